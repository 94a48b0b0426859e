//! A request for a response. The order of the members is fixed, tools before instructions before items, which is the
//! order that prompt caches are matched in.

mod content;
mod input;

use std::fmt;

use json::{Object, Text};

use super::rules::Rules;
use crate::canonical::{Dropped, Effort, Format, Request, Rest, Tool, ToolChoice};
use crate::provider::Wired;
use crate::provider::anthropic::schema;
use crate::provider::names::{Limits, Names};
use crate::provider::pairs;
use crate::vendor::CacheMarkers;
use crate::{Carry, RequestError, Target};

/// Names of tools and of shapes.
const NAMES: Limits = Limits { longest: 64, marks: b"_-", any_start: true };

/// The name of a shape that has none.
const UNNAMED: &str = "answer";

/// The shortest limit of an answer that OpenAI takes.
const LEAST_TOKENS: u64 = 16;

/// Parameters of OpenAI's own that pass as they are.
const OWN: [&str; 6] = [
    "max_tool_calls",
    "metadata",
    "moderation",
    "prompt_cache_options",
    "prompt_cache_retention",
    "truncation",
];

/// Writes a request.
pub(super) fn encode(request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
    let mut encoder = Encoder {
        request,
        rules: Rules::of(target.model),
        effort: None,
        markers: target
            .vendor
            .map_or(CacheMarkers::Never, |vendor| vendor.cache_markers.of_model(target.model)),
        names: Names::of(&request.tools, NAMES),
        dropped: request.dropped.clone(),
    };
    encoder.choose_effort();
    let mut body = Vec::with_capacity(1024);
    encoder.body(target.model, &mut body)?;
    let Encoder { names, dropped, .. } = encoder;
    Ok(Wired { body, dropped, carry: Carry { tool_names: names.changed(), ..Carry::default() } })
}

/// A request being written.
struct Encoder<'r, 'a> {
    request: &'r Request<'a>,
    rules: Rules,
    /// What is sent of it.
    effort: Option<Effort>,
    markers: CacheMarkers,
    names: Names,
    dropped: Dropped,
}

// === impl Encoder ===

impl Encoder<'_, '_> {
    fn body(&mut self, model: &str, out: &mut Vec<u8>) -> Result<(), RequestError> {
        pairs::check(self.request)?;
        let mut body = Object::begin(out);
        body.string("model", model);
        self.tools(&mut body);
        self.input(&mut body)?;
        self.limits(&mut body);
        self.text(&mut body);
        self.reasoning(&mut body);
        self.rest(&mut body);
        // Nothing is left at the vendor, so that what must be seen again comes with the answer.
        body.raw("store", "false");
        if self.request.stream {
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
        if request.tools.is_empty() {
            return;
        }
        let mut tools = body.array("tools");
        for tool in &request.tools {
            let mut object = tools.object();
            self.tool(tool, &mut object);
            object.end();
        }
        tools.end();
        match &request.tool_choice {
            None => {}
            Some(ToolChoice::Auto) => drop(body.string("tool_choice", "auto")),
            Some(ToolChoice::None) => drop(body.string("tool_choice", "none")),
            Some(ToolChoice::Required) => drop(body.string("tool_choice", "required")),
            Some(ToolChoice::Tool(name)) => {
                let mut choice = body.object("tool_choice");
                choice.string("type", "function").string("name", self.names.sent(name));
                choice.end();
            }
        }
        if let Some(parallel) = request.parallel_tools {
            body.raw("parallel_tool_calls", if parallel { "true" } else { "false" });
        }
    }

    fn tool(&mut self, tool: &Tool<'_>, object: &mut Object<'_>) {
        object.string("type", "function").string("name", self.names.sent(&tool.name));
        if let Some(description) = &tool.description {
            object.text("description", description);
        }
        schema::write_loose(tool.schema.as_ref(), object.key("parameters"));
        // Left out, it would be true.
        object.raw("strict", if tool.strict { "true" } else { "false" });
        if tool.cache.is_some() {
            self.drop(format_args!("tools[{}].cache_control", tool.index));
        }
    }

    /// Limits and sampling.
    fn limits(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        if let Some(max) = request.max_tokens {
            body.number("max_output_tokens", max.max(LEAST_TOKENS));
            if max < LEAST_TOKENS {
                self.drop("max_tokens");
            }
        }
        let samples = self.rules.samples(self.effort);
        for (name, number) in [("temperature", request.temperature), ("top_p", request.top_p)] {
            match number {
                Some(number) if samples => drop(body.raw(name, number)),
                // One is what the model does anyway.
                Some(number) if number.parse() != Ok(1.0_f64) => self.drop(name),
                _ => {}
            }
        }
        if let Some(alternatives) = request.logprobs {
            body.number("top_logprobs", alternatives);
        }
        let unknown = [
            ("top_k", request.top_k.is_some()),
            ("seed", request.seed.is_some()),
            ("presence_penalty", request.presence_penalty.is_some()),
            ("frequency_penalty", request.frequency_penalty.is_some()),
            ("n", request.n.is_some()),
            ("stop", !request.stop.is_empty()),
        ];
        unknown.into_iter().filter(|(_, asked)| *asked).for_each(|(name, _)| self.drop(name));
    }

    /// Writes `text`: the shape of the answer, and how long-winded it is to be.
    fn text(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let verbosity = request.rest.iter().find(|rest| rest.name.is("verbosity"));
        if request.format.is_none() && verbosity.is_none() {
            return;
        }
        let mut text = body.object("text");
        if let Some(format) = &request.format {
            let mut object = text.object("format");
            write_format(format, &mut object);
            object.end();
        }
        if let Some(verbosity) = verbosity {
            text.raw("verbosity", verbosity.raw);
        }
        text.end();
    }

    /// Chooses the effort by what the model knows.
    fn choose_effort(&mut self) {
        let Some(wanted) = self.request.effort_wanted() else { return };
        self.effort = self.rules.effort(wanted);
        if !self.rules.meets(wanted) {
            self.drop("reasoning_effort");
        }
    }

    fn reasoning(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let summary = self.rules.reasons && request.show_thinking == Some(true);
        if self.effort.is_some() || summary {
            let mut reasoning = body.object("reasoning");
            if let Some(effort) = self.effort {
                reasoning.string("effort", effort.as_str());
            }
            if summary {
                reasoning.string("summary", "auto");
            }
            reasoning.end();
        }
        let mut include = body.array("include");
        // Models that do not reason refuse to be asked.
        if self.rules.reasons {
            json::push_string(include.item(), "reasoning.encrypted_content");
        }
        if request.logprobs.is_some() {
            json::push_string(include.item(), "message.output_text.logprobs");
        }
        include.end();
    }

    fn rest(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        if let Some(key) = &request.cache_key {
            body.text("prompt_cache_key", key);
        }
        if let Some(user) = &request.user {
            body.text("user", user);
        }
        match request.service_tier.as_ref().map(Text::decode).as_deref() {
            None => {}
            Some("standard" | "standard_only") => drop(body.string("service_tier", "default")),
            Some(tier) => drop(body.string("service_tier", tier)),
        }
        for Rest { name, raw } in request.rest.iter().filter(|rest| !rest.name.is("verbosity")) {
            match OWN.iter().find(|own| name.is(own)) {
                Some(own) => drop(body.raw(own, raw)),
                None => self.drop(name.decode()),
            }
        }
    }
}

fn write_format(format: &Format<'_>, object: &mut Object<'_>) {
    match format {
        Format::JsonObject => drop(object.string("type", "json_object")),
        Format::JsonSchema { name, description, schema, strict } => {
            object.string("type", "json_schema");
            let name = name.as_ref().filter(|name| !name.is_blank());
            object.string("name", &NAMES.accepted(&name.map_or(UNNAMED.into(), Text::decode)));
            if let Some(description) = description {
                object.text("description", description);
            }
            object.raw("schema", schema.raw).raw("strict", if *strict { "true" } else { "false" });
        }
    }
}
