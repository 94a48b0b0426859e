//! A request in Anthropic's words. The order of the members is fixed, tools before system before messages,
//! which is the order that prompt caches are matched in.

mod messages;
mod thinking;
mod turns;

use std::fmt;

use json::{Object, Text};

use super::rules::Rules;
use super::schema;
use crate::canonical::{Content, Dropped, Format, Part, Request, Tool, ToolChoice};
use crate::provider::Wired;
use crate::provider::names::{Limits, Names};
use crate::{Carry, RequestError, Target};

/// The longest answer where neither the client nor the catalogue says.
const DEFAULT_MAX_TOKENS: u64 = 4096;

/// The names of tools and the ids of calls that Anthropic takes.
const NAMES: Limits = Limits { longest: 128, marks: b"_-", any_start: true };

/// The tool that stands in for a JSON schema where the model has none.
const ANSWER_TOOL: &str = "answer_as_json";

/// What stands in for a JSON mode without a schema, which Anthropic has not.
const JSON_ONLY: &str = "Answer with one valid JSON object and nothing else: no other text, no code fence.";

/// Parameters that are Anthropic's own and pass as they are.
const OWN: [&str; 2] = ["thinking", "cache_control"];

/// Writes a request.
pub(super) fn encode(request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
    let mut encoder = Encoder {
        request,
        rules: Rules::of(target.model),
        native_schema: target.native_json_schema,
        max_tokens: request.max_tokens.or(target.max_output).unwrap_or(DEFAULT_MAX_TOKENS),
        names: Names::of(&request.tools, NAMES),
        dropped: request.dropped.clone(),
        answer_tool: None,
    };
    if let (Some(Format::JsonSchema { .. }), false) = (&request.format, encoder.native_schema) {
        encoder.answer_tool = Some(encoder.names.add(ANSWER_TOOL));
    }
    let mut body = Vec::with_capacity(1024);
    encoder.body(target.model, &mut body)?;
    let Encoder { names, dropped, answer_tool, .. } = encoder;
    Ok(Wired { body, dropped, carry: Carry { tool_names: names.changed(), answer_tool, ..Carry::default() } })
}

/// A request being written.
struct Encoder<'r, 'a> {
    request: &'r Request<'a>,
    rules: Rules,
    native_schema: bool,
    max_tokens: u64,
    names: Names,
    dropped: Dropped,
    /// The name of the tool that stands in for a JSON schema.
    answer_tool: Option<String>,
}

// === impl Encoder ===

impl Encoder<'_, '_> {
    fn body(&mut self, model: &str, out: &mut Vec<u8>) -> Result<(), RequestError> {
        let request = self.request;
        let turns = turns::of(request)?;
        let mut body = Object::begin(out);
        body.string("model", model);
        body.number("max_tokens", self.max_tokens);
        self.tools(&mut body);
        let thinking = self.thinking(&turns);
        self.tool_choice(&mut body);
        self.system(&mut body);
        messages::write(&turns, &mut self.names, &mut body);
        self.sampling(&thinking, &mut body);
        self.stop(&mut body);
        self.output_config(&thinking, &mut body);
        thinking.write(&mut body);
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

    fn tools(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        if request.tools.is_empty() && self.answer_tool.is_none() {
            return;
        }
        let mut tools = body.array("tools");
        for tool in &request.tools {
            let mut object = tools.object();
            self.tool(tool, &mut object);
            object.end();
        }
        if let (Some(name), Some(Format::JsonSchema { schema, .. })) = (&self.answer_tool, &request.format) {
            let mut object = tools.object();
            object.string("name", name).string("description", "Gives the answer, in the demanded shape.");
            schema::write_loose(Some(schema), object.key("input_schema"));
            object.end();
        }
        tools.end();
    }

    fn tool(&mut self, tool: &Tool<'_>, object: &mut Object<'_>) {
        object.string("name", self.names.sent(&tool.name));
        if let Some(description) = &tool.description {
            object.text("description", description);
        }
        match &tool.schema {
            Some(schema) if tool.strict && self.native_schema => {
                schema::write_strict(schema, object.key("input_schema"));
                object.raw("strict", "true");
            }
            schema => {
                schema::write_loose(schema.as_ref(), object.key("input_schema"));
                if tool.strict {
                    self.drop(format_args!("tools[{}].function.strict", tool.index));
                }
            }
        }
        if let Some(cache) = tool.cache {
            object.raw("cache_control", cache);
        }
    }

    /// Whether the model must call a tool.
    fn forced(&self) -> bool {
        self.answer_tool.is_some()
            || matches!(self.request.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_)))
    }

    fn tool_choice(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let serial = request.parallel_tools == Some(false);
        if request.tools.is_empty() && self.answer_tool.is_none() {
            return;
        }
        let (kind, name) = match (&self.answer_tool, &request.tool_choice) {
            (Some(answer), _) if request.tools.is_empty() => ("tool", Some(answer.as_str())),
            (Some(answer), Some(ToolChoice::None)) => ("tool", Some(answer.as_str())),
            (_, Some(ToolChoice::Tool(name))) => ("tool", Some(self.names.sent(name))),
            (Some(_), _) | (None, Some(ToolChoice::Required)) => ("any", None),
            (None, Some(ToolChoice::None)) => ("none", None),
            (None, Some(ToolChoice::Auto)) => ("auto", None),
            (None, None) if serial => ("auto", None),
            (None, None) => return,
        };
        let mut choice = body.object("tool_choice");
        choice.string("type", kind);
        if let Some(name) = name {
            choice.string("name", name);
        }
        // Two answers by the tool that stands in for a schema would be no JSON.
        let one_answer = kind == "tool" && name == self.answer_tool.as_deref();
        if (serial && kind != "none") || one_answer {
            choice.raw("disable_parallel_tool_use", "true");
        }
        choice.end();
    }

    /// One text stays a string; several, or one with a cache marker, are blocks, in their order.
    fn system(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let json_only = matches!(request.format, Some(Format::JsonObject));
        let alone = request.messages.is_empty();
        match request.system.as_slice() {
            [] if !json_only => {}
            // A request of instructions alone: they are the conversation.
            _ if alone && !json_only => {}
            [Part { content: Content::Text(text), cache: None, .. }] if !json_only => {
                body.text("system", text);
            }
            parts => {
                let mut blocks = body.array("system");
                for part in parts.iter().filter(|_| !alone) {
                    messages::block(part, &mut self.names, &mut blocks);
                }
                if json_only {
                    let mut block = blocks.object();
                    block.string("type", "text").string("text", JSON_ONLY);
                    block.end();
                }
                blocks.end();
            }
        }
        if json_only {
            self.drop("response_format");
        }
    }

    fn sampling(&mut self, thinking: &thinking::Plan, body: &mut Object<'_>) {
        let request = self.request;
        let both = request.temperature.is_some() && request.top_p.is_some();
        let thinks = thinking.thinks();
        if let Some(temperature) = request.temperature {
            let value: f64 = temperature.parse().unwrap_or(1.0);
            if !self.rules.sampling || thinks {
                // One is what the model does anyway.
                if (value - 1.0).abs() > f64::EPSILON {
                    self.drop("temperature");
                }
            } else if value > 1.0 {
                // Anthropic's scale ends at 1, OpenAI's at 2.
                body.raw("temperature", "1");
                self.drop("temperature");
            } else {
                body.raw("temperature", temperature);
            }
        }
        if let Some(top_p) = request.top_p {
            if !self.rules.sampling || thinks || (both && !self.rules.both_samplers) {
                if top_p.parse() != Ok(1.0_f64) {
                    self.drop("top_p");
                }
            } else {
                body.raw("top_p", top_p);
            }
        }
        if let Some(top_k) = request.top_k {
            if self.rules.sampling && !thinks {
                body.raw("top_k", top_k);
            } else {
                self.drop("top_k");
            }
        }
    }

    fn stop(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let usable: Vec<&Text<'_>> = request.stop.iter().filter(|stop| !stop.is_blank()).collect();
        if usable.len() < request.stop.len() {
            self.drop("stop");
        }
        if usable.is_empty() {
            return;
        }
        let mut stops = body.array("stop_sequences");
        for stop in usable {
            json::push_text(stops.item(), stop);
        }
        stops.end();
    }

    fn output_config(&mut self, thinking: &thinking::Plan, body: &mut Object<'_>) {
        let schema = match &self.request.format {
            Some(Format::JsonSchema { schema, .. }) if self.native_schema => Some(schema),
            Some(Format::JsonSchema { strict: true, .. }) => {
                self.drop("response_format.json_schema.strict");
                None
            }
            _ => None,
        };
        if schema.is_none() && thinking.effort.is_none() {
            return;
        }
        let mut config = body.object("output_config");
        if let Some(effort) = thinking.effort {
            config.string("effort", effort);
        }
        if let Some(schema) = schema {
            let mut format = config.object("format");
            format.string("type", "json_schema");
            schema::write_strict(schema, format.key("schema"));
            format.end();
        }
        config.end();
    }

    /// Names what Anthropic has nothing for.
    fn unknown_here(&mut self) {
        let request = self.request;
        let said = request.messages.iter().flat_map(|message| &message.parts);
        let foreign = said.into_iter().any(|part| messages::is_foreign(&part.content));
        let asked = [
            ("messages[].reasoning", foreign),
            ("seed", request.seed.is_some()),
            ("presence_penalty", request.presence_penalty.is_some()),
            ("frequency_penalty", request.frequency_penalty.is_some()),
            ("logprobs", request.logprobs.is_some()),
            ("n", request.n.is_some()),
            ("prompt_cache_key", request.cache_key.is_some()),
            (
                "response_format.json_schema.description",
                matches!(request.format, Some(Format::JsonSchema { description: Some(_), .. })),
            ),
        ];
        asked.into_iter().filter(|(_, asked)| *asked).for_each(|(name, _)| self.drop(name));
    }

    fn rest(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        if let Some(user) = &request.user {
            let mut metadata = body.object("metadata");
            metadata.text("user_id", user);
            metadata.end();
        }
        match request.service_tier.as_ref().map(Text::decode).as_deref() {
            None => {}
            Some("auto") => drop(body.string("service_tier", "auto")),
            Some("default") => drop(body.string("service_tier", "standard_only")),
            Some(_) => self.drop("service_tier"),
        }
        self.unknown_here();
        for rest in &request.rest {
            match OWN.iter().find(|own| rest.name.is(own)) {
                Some(own) => drop(body.raw(own, rest.raw)),
                None => self.drop(rest.name.decode()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
