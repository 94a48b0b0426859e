//! A request in Gemini's words. The order of the members is fixed, instructions and tools before the conversation,
//! so that the front of it stays the same from turn to turn.

mod config;
mod parts;
mod rounds;
mod thinking;

use std::fmt;

use json::{Array, Object, push_string};

use self::parts::Parts;
use self::rounds::Round;
use super::Service;
use super::rules::Rules;
use crate::canonical::{Dropped, Request, Tool, ToolChoice};
use crate::provider::Wired;
use crate::provider::names::{Limits, Names};
use crate::{Carry, RequestError, Target};

/// The names of functions that Gemini takes.
const NAMES: Limits = Limits { longest: 64, marks: b"_.:-", any_start: false };

/// Parameters that are Gemini's own and pass as they are, by both of their names.
const OWN: [(&str, &str); 3] =
    [("safetySettings", "safety_settings"), ("cachedContent", "cached_content"), ("labels", "labels")];

/// Writes a request.
pub(super) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    service: Service,
) -> Result<Wired, RequestError> {
    let mut encoder = Encoder {
        request,
        service,
        rules: Rules::of(target.model),
        names: Names::of(&request.tools, NAMES),
        dropped: request.dropped.clone(),
    };
    let mut body = Vec::with_capacity(1024);
    encoder.body(&mut body)?;
    let Encoder { names, dropped, .. } = encoder;
    Ok(Wired { body, dropped, carry: Carry { tool_names: names.changed(), ..Carry::default() } })
}

/// A request being written.
struct Encoder<'r, 'a> {
    request: &'r Request<'a>,
    service: Service,
    rules: Rules,
    names: Names,
    dropped: Dropped,
}

// === impl Encoder ===

impl Encoder<'_, '_> {
    fn body(&mut self, out: &mut Vec<u8>) -> Result<(), RequestError> {
        let request = self.request;
        let rounds = rounds::of(request)?;
        let mut body = Object::begin(out);
        if !request.system.is_empty() {
            let mut instruction = body.object("systemInstruction");
            let mut list = instruction.array("parts");
            for part in &request.system {
                self.parts(&mut list).write(part, 0)?;
            }
            list.end();
            instruction.end();
        }
        self.tools(&mut body);
        self.tool_config(&mut body);
        self.contents(&rounds, &mut body)?;
        self.generation_config(&mut body);
        self.service_tier(&mut body);
        self.rest(&mut body);
        body.end();
        Ok(())
    }

    fn drop(&mut self, name: impl fmt::Display) {
        self.dropped.add(name);
    }

    fn parts<'e, 'o>(&'e mut self, list: &'e mut Array<'o>) -> Parts<'e, 'o> {
        Parts {
            list,
            service: self.service,
            rules: self.rules,
            names: &mut self.names,
            dropped: &mut self.dropped,
        }
    }

    fn tools(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        if request.tools.is_empty() {
            return;
        }
        let mut tools = body.array("tools");
        let mut group = tools.object();
        let mut declarations = group.array("functionDeclarations");
        for tool in &request.tools {
            self.tool(tool, &mut declarations);
        }
        declarations.end();
        group.end();
        tools.end();
    }

    fn tool(&mut self, tool: &Tool<'_>, declarations: &mut Array<'_>) {
        let mut object = declarations.object();
        object.string("name", self.names.sent(&tool.name));
        if let Some(description) = &tool.description {
            object.text("description", description);
        }
        if let Some(schema) = &tool.schema {
            object.raw("parametersJsonSchema", schema.raw);
        }
        object.end();
        if tool.strict && !self.keeps_strictly() {
            self.drop(format_args!("tools[{}].function.strict", tool.index));
        }
        if tool.cache.is_some() {
            self.drop(format_args!("tools[{}].cache_control", tool.index));
        }
    }

    /// Whether calls follow their schemas to the letter.
    fn keeps_strictly(&self) -> bool {
        self.rules.strict_tools
            || matches!(self.request.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_)))
    }

    fn tool_config(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        if request.tools.is_empty() {
            return;
        }
        if request.parallel_tools == Some(false) {
            self.drop("parallel_tool_calls");
        }
        let strict = self.rules.strict_tools && request.tools.iter().any(|tool| tool.strict);
        let mode = match &request.tool_choice {
            Some(ToolChoice::None) => "NONE",
            Some(ToolChoice::Required | ToolChoice::Tool(_)) => "ANY",
            Some(ToolChoice::Auto) | None if strict => "VALIDATED",
            Some(ToolChoice::Auto) => "AUTO",
            None => return,
        };
        let mut config = body.object("toolConfig");
        let mut calling = config.object("functionCallingConfig");
        calling.string("mode", mode);
        if let Some(ToolChoice::Tool(name)) = &request.tool_choice {
            let mut allowed = calling.array("allowedFunctionNames");
            push_string(allowed.item(), self.names.sent(name));
            allowed.end();
        }
        calling.end();
        config.end();
    }

    fn contents(&mut self, rounds: &[Round<'_, '_>], body: &mut Object<'_>) -> Result<(), RequestError> {
        let mut contents = body.array("contents");
        let under_way = rounds.iter().rposition(|round| !round.user.is_empty());
        let mut written = false;
        for (at, round) in rounds.iter().enumerate() {
            let demands = self.rules.third && under_way.is_none_or(|before| at > before);
            written |= self.turn("model", &mut contents, |parts| parts.model(round, demands))?;
            written |= self.turn("user", &mut contents, |parts| parts.results(round))?;
            written |= self.turn("user", &mut contents, |parts| parts.user(round))?;
        }
        if !written {
            // Instructions alone are a request to others; Gemini wants somebody to say something.
            self.turn("user", &mut contents, |parts| {
                parts.blank();
                Ok(())
            })?;
        }
        contents.end();
        Ok(())
    }

    /// Writes a turn, unless nothing of it is left to be written.
    fn turn(
        &mut self,
        role: &'static str,
        contents: &mut Array<'_>,
        write: impl FnOnce(&mut Parts<'_, '_>) -> Result<(), RequestError>,
    ) -> Result<bool, RequestError> {
        let mut out = Vec::new();
        let mut list = Array::begin(&mut out);
        write(&mut self.parts(&mut list))?;
        list.end();
        if out == b"[]" {
            return Ok(false);
        }
        let mut content = contents.object();
        content.string("role", role);
        content.key("parts").extend_from_slice(&out);
        content.end();
        Ok(true)
    }

    fn service_tier(&mut self, body: &mut Object<'_>) {
        let Some(tier) = &self.request.service_tier else { return };
        let tier = tier.decode();
        match (&*tier, self.service) {
            ("auto", _) => {}
            ("default" | "standard", Service::GeminiApi) => drop(body.string("serviceTier", "standard")),
            (tier @ ("flex" | "priority"), Service::GeminiApi) => drop(body.string("serviceTier", tier)),
            _ => self.drop("service_tier"),
        }
    }

    fn rest(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        for rest in &request.rest {
            let own = OWN.iter().find(|(camel, snake)| rest.name.is(camel) || rest.name.is(snake));
            match own {
                Some(("labels", _)) if self.service == Service::GeminiApi => self.drop("labels"),
                Some((name, _)) => drop(body.raw(name, rest.raw)),
                // Read with the configuration.
                None if rest.name.is("modalities") && config::modalities(rest.raw).is_some() => {}
                None => self.drop(rest.name.decode()),
            }
        }
        let asked = [
            ("user", request.user.is_some()),
            ("prompt_cache_key", request.cache_key.is_some()),
            ("n", request.n.is_some_and(|n| n > 1)),
        ];
        asked.into_iter().filter(|(_, asked)| *asked).for_each(|(name, _)| self.drop(name));
    }
}
