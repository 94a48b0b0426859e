//! A request in Cohere's words. Tools stand before the messages, as in the prompt that is made of them.

mod messages;

use std::fmt;

use json::{Object, push_text};

use super::rules;
use crate::canonical::{Dropped, Effort, Format, Request, Tool, ToolChoice};
use crate::provider::names::{Limits, Names};
use crate::provider::{Wired, pairs};
use crate::{Carry, RequestError, Target};

/// The names of tools that Cohere takes.
const NAMES: Limits = Limits { longest: 128, marks: b"_", any_start: false };

/// Parameters that are Cohere's own and pass as they are.
const OWN: [&str; 5] = ["citation_options", "documents", "priority", "safety_mode", "thinking"];

/// How many stop sequences Cohere takes.
const STOPS: usize = 5;

/// The highest `k`.
const HIGHEST_K: u64 = 500;

/// What stands in for the schema of a tool that takes nothing.
const NOTHING: &str = r#"{"type":"object","properties":{}}"#;

/// Writes a request.
pub(super) fn encode(request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
    pairs::check(request)?;
    let mut encoder = Encoder {
        request,
        reasons: rules::reasons(target.model),
        names: Names::of(&request.tools, NAMES),
        dropped: request.dropped.clone(),
    };
    let mut out = Vec::with_capacity(1024);
    encoder.body(target.model, &mut out)?;
    let Encoder { names, dropped, .. } = encoder;
    Ok(Wired { body: out, dropped, carry: Carry { tool_names: names.changed(), ..Carry::default() } })
}

/// A request being written.
struct Encoder<'r, 'a> {
    request: &'r Request<'a>,
    /// Whether the model reasons.
    reasons: bool,
    names: Names,
    dropped: Dropped,
}

// === impl Encoder ===

impl Encoder<'_, '_> {
    fn body(&mut self, model: &str, out: &mut Vec<u8>) -> Result<(), RequestError> {
        let request = self.request;
        let mut body = Object::begin(out);
        body.string("model", model);
        self.tools(&mut body);
        self.own("documents", &mut body);
        messages::Writer { reasons: self.reasons, names: &mut self.names, dropped: &mut self.dropped }
            .write(request, &mut body)?;
        if let Some(limit) = request.max_tokens {
            body.number("max_tokens", limit);
        }
        self.sampling(&mut body);
        self.stop(&mut body);
        self.format(&mut body);
        self.thinking(&mut body);
        self.rest(&mut body);
        if request.stream {
            body.raw("stream", "true");
        }
        body.end();
        Ok(())
    }

    fn drop(&mut self, name: impl fmt::Display) {
        self.dropped.add(name);
    }

    /// One tool cannot be demanded among others: it is the only one told, then.
    fn tools(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let chosen = match &request.tool_choice {
            Some(ToolChoice::Tool(name)) => Some(name.decode()),
            _ => None,
        };
        let told = |tool: &&Tool<'_>| chosen.as_ref().is_none_or(|name| tool.name.is(name));
        if !request.tools.iter().any(|tool| told(&tool)) {
            return;
        }
        let mut tools = body.array("tools");
        for tool in request.tools.iter().filter(told) {
            let mut object = tools.object();
            self.tool(tool, &mut object);
            object.end();
        }
        tools.end();
        let all_strict = request.tools.iter().filter(told).all(|tool| tool.strict);
        if all_strict {
            body.raw("strict_tools", "true");
        }
        for tool in request.tools.iter().filter(told).filter(|tool| tool.strict && !all_strict) {
            self.drop(format_args!("tools[{}].function.strict", tool.index));
        }
        match &request.tool_choice {
            Some(ToolChoice::Required | ToolChoice::Tool(_)) => drop(body.string("tool_choice", "REQUIRED")),
            Some(ToolChoice::None) => drop(body.string("tool_choice", "NONE")),
            Some(ToolChoice::Auto) | None => {}
        }
        if request.parallel_tools == Some(false) {
            self.drop("parallel_tool_calls");
        }
    }

    fn tool(&mut self, tool: &Tool<'_>, object: &mut Object<'_>) {
        object.string("type", "function");
        let mut function = object.object("function");
        function.string("name", self.names.sent(&tool.name));
        if let Some(description) = &tool.description {
            function.text("description", description);
        }
        function.raw("parameters", tool.schema.as_ref().map_or(NOTHING, |schema| schema.raw));
        function.end();
        if tool.cache.is_some() {
            self.drop(format_args!("tools[{}].cache_control", tool.index));
        }
    }

    fn sampling(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        if let Some(temperature) = request.temperature {
            body.raw("temperature", temperature);
        }
        if let Some(top_p) = request.top_p {
            // Cohere's scale ends on both sides; all of the tokens are nearly all of them.
            let written = match top_p.parse::<f64>().unwrap_or(1.0) {
                value if value > 0.99 => "0.99",
                value if value < 0.01 => "0.01",
                _ => top_p,
            };
            body.raw("p", written);
        }
        if let Some(top_k) = request.top_k {
            let k = top_k.parse::<u64>().ok();
            if k.is_none_or(|k| k > HIGHEST_K) {
                self.drop("top_k");
            }
            if let Some(k) = k {
                body.number("k", k.min(HIGHEST_K));
            }
        }
        if let Some(seed) = request.seed {
            if seed.parse::<u64>().is_ok() {
                body.raw("seed", seed);
            } else {
                self.drop("seed");
            }
        }
        let penalties = [
            ("frequency_penalty", request.frequency_penalty),
            ("presence_penalty", request.presence_penalty),
        ];
        for (name, penalty) in penalties {
            self.penalty(name, penalty, body);
        }
    }

    /// Cohere's penalties are from 0 to 1, OpenAI's from -2 to 2.
    fn penalty(&mut self, name: &'static str, penalty: Option<&str>, body: &mut Object<'_>) {
        let Some(penalty) = penalty else { return };
        let value: f64 = penalty.parse().unwrap_or(0.0);
        if !(0.0..=1.0).contains(&value) {
            self.drop(name);
        }
        if value > 1.0 {
            body.raw(name, "1");
        } else if value >= 0.0 {
            body.raw(name, penalty);
        }
    }

    fn stop(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        if request.stop.is_empty() {
            return;
        }
        if request.stop.len() > STOPS {
            self.drop("stop");
        }
        let mut stops = body.array("stop_sequences");
        for stop in request.stop.iter().take(STOPS) {
            push_text(stops.item(), stop);
        }
        stops.end();
    }

    /// A shape is refused beside tools and documents.
    fn format(&mut self, body: &mut Object<'_>) {
        let Some(format) = &self.request.format else { return };
        let documents = self.request.rest.iter().any(|rest| rest.name.is("documents"));
        if !self.request.tools.is_empty() || documents {
            self.drop("response_format");
            return;
        }
        let mut object = body.object("response_format");
        object.string("type", "json_object");
        if let Format::JsonSchema { schema, description, .. } = format {
            object.raw("json_schema", schema.raw);
            if description.is_some() {
                self.drop("response_format.json_schema.description");
            }
        }
        object.end();
    }

    /// The client's own setting counts; a model that reasons does so unless it is told not to.
    fn thinking(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let own = request.rest.iter().any(|rest| rest.name.is("thinking"));
        let Some(effort) = request.effort_wanted().filter(|_| !own) else { return };
        if !self.reasons {
            if effort != Effort::None {
                self.drop("reasoning_effort");
            }
            return;
        }
        let mut thinking = body.object("thinking");
        let budget = request.thinking_budget.filter(|&budget| budget > 0).or(effort.budget());
        match budget.filter(|_| effort != Effort::None) {
            None => drop(thinking.string("type", "disabled")),
            Some(budget) => {
                let room = request.max_tokens.map_or(budget, |limit| limit.saturating_sub(1).max(1));
                thinking.string("type", "enabled").number("token_budget", budget.min(room));
            }
        }
        thinking.end();
    }

    fn rest(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        if let Some(alternatives) = request.logprobs {
            body.raw("logprobs", "true");
            if alternatives > 0 {
                self.drop("top_logprobs");
            }
        }
        let tier = request.service_tier.as_ref();
        let asked = [
            ("user", request.user.is_some()),
            ("service_tier", tier.is_some_and(|tier| !tier.is("auto") && !tier.is("default"))),
            ("n", request.n.is_some()),
            ("prompt_cache_key", request.cache_key.is_some()),
        ];
        asked.into_iter().filter(|(_, asked)| *asked).for_each(|(name, _)| self.drop(name));
        for own in OWN.iter().filter(|own| **own != "documents") {
            self.own(own, body);
        }
        for rest in request.rest.iter().filter(|rest| !OWN.iter().any(|own| rest.name.is(own))) {
            self.drop(rest.name.decode());
        }
    }

    /// Writes a parameter of Cohere's own as the client did.
    fn own(&self, name: &'static str, body: &mut Object<'_>) {
        if let Some(rest) = self.request.rest.iter().rev().find(|rest| rest.name.is(name)) {
            body.raw(name, rest.raw);
        }
    }
}

#[cfg(test)]
mod tests;
