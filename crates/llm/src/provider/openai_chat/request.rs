//! A request as a chat completion. The order of the members is fixed, tools before messages, which is the
//! order that prompt caches are matched in.

mod content;
mod messages;
mod turns;

use std::fmt;

use json::{Object, Text, push_text};

use crate::canonical::{Dropped, Effort, Format, Request, Tool, ToolChoice, ToolNames};
use crate::provider::Wired;
use crate::provider::anthropic::schema;
use crate::provider::names::{Limits, Names};
use crate::provider::openai_responses::rules::Rules;
use crate::provider::pairs;
use crate::vendor::{self, CacheMarkers};
use crate::{Carry, RequestError, Target, Vendor};

/// Names of tools and of shapes.
const NAMES: Limits = Limits { longest: 64, marks: b"_-", any_start: true };

/// The name of a shape that has none.
const UNNAMED: &str = "answer";

/// Parameters of OpenAI's own that pass as they are.
const OWN: [&str; 9] = [
    "logit_bias",
    "metadata",
    "moderation",
    "prediction",
    "prompt_cache_options",
    "prompt_cache_retention",
    "store",
    "verbosity",
    "web_search_options",
];

/// Writes a request.
pub(super) fn encode(request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
    let mut encoder = Encoder {
        request,
        vendor: target.vendor,
        rules: Rules::of(target.model),
        effort: None,
        markers: target
            .vendor
            .map_or(CacheMarkers::Never, |vendor| vendor.cache_markers.of_model(target.model)),
        names: Names::of(&request.tools, NAMES),
        dropped: request.dropped.clone(),
        called: None,
    };
    encoder.choose_effort();
    let mut body = Vec::with_capacity(1024);
    encoder.body(target.model, &mut body)?;
    let Encoder { names, mut dropped, .. } = encoder;
    if let Some(vendor) = target.vendor {
        body = vendor::apply(body, vendor, request.thinking_budget, &mut dropped);
    }
    Ok(Wired { body, dropped, carry: Carry { tool_names: names.changed(), ..Carry::default() } })
}

/// A request being written.
struct Encoder<'r, 'a> {
    request: &'r Request<'a>,
    vendor: Option<&'r Vendor>,
    rules: Rules,
    /// What is sent of it.
    effort: Option<Effort>,
    markers: CacheMarkers,
    names: Names,
    dropped: Dropped,
    /// The tools that were called, once a result without a name asks.
    called: Option<ToolNames<'r, 'a>>,
}

// === impl Encoder ===

impl Encoder<'_, '_> {
    fn body(&mut self, model: &str, out: &mut Vec<u8>) -> Result<(), RequestError> {
        let request = self.request;
        pairs::check(request)?;
        let turns = turns::of(request)?;
        let mut body = Object::begin(out);
        body.string("model", model);
        self.tools(&mut body);
        self.messages(&turns, &mut body)?;
        if let Some(max) = request.max_tokens {
            body.number("max_completion_tokens", max);
        }
        self.sampling(&mut body);
        self.format(&mut body);
        self.thinking(&mut body);
        self.rest(&mut body);
        if request.stream {
            body.raw("stream", "true");
            if self.vendor.is_none_or(Vendor::asks_for_usage) {
                body.raw("stream_options", r#"{"include_usage":true}"#);
            }
        }
        body.end();
        Ok(())
    }

    /// Whether the vendor takes a parameter that OpenAI does not have.
    fn takes(&self, parameter: &str) -> bool {
        self.vendor.is_some_and(|vendor| vendor.takes(parameter))
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
            object.string("type", "function");
            let mut function = object.object("function");
            self.tool(tool, &mut function);
            function.end();
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
                choice.string("type", "function");
                let mut function = choice.object("function");
                function.string("name", self.names.sent(name));
                function.end();
                choice.end();
            }
        }
        if let Some(parallel) = request.parallel_tools {
            body.raw("parallel_tool_calls", if parallel { "true" } else { "false" });
        }
    }

    fn tool(&mut self, tool: &Tool<'_>, function: &mut Object<'_>) {
        function.string("name", self.names.sent(&tool.name));
        if let Some(description) = &tool.description {
            function.text("description", description);
        }
        schema::write_loose(tool.schema.as_ref(), function.key("parameters"));
        if tool.strict {
            function.raw("strict", "true");
        }
        if tool.cache.is_some() {
            self.drop(format_args!("tools[{}].cache_control", tool.index));
        }
    }

    fn sampling(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let samples = self.rules.samples(self.effort);
        // Each with what the model does anyway.
        let numbers = [
            ("temperature", request.temperature, 1.0_f64),
            ("top_p", request.top_p, 1.0),
            ("presence_penalty", request.presence_penalty, 0.0),
            ("frequency_penalty", request.frequency_penalty, 0.0),
        ];
        for (name, number, usual) in numbers {
            match number {
                Some(number) if samples || number.parse() == Ok(usual) => drop(body.raw(name, number)),
                Some(_) => self.drop(name),
                None => {}
            }
        }
        if let Some(seed) = request.seed {
            body.raw("seed", seed);
        }
        match request.top_k {
            Some(top_k) if self.takes("top_k") => drop(body.raw("top_k", top_k)),
            Some(_) => self.drop("top_k"),
            None => {}
        }
        match request.logprobs {
            Some(alternatives) if samples => {
                body.raw("logprobs", "true");
                if alternatives > 0 {
                    body.number("top_logprobs", alternatives);
                }
            }
            Some(_) => self.drop("logprobs"),
            None => {}
        }
        // The canonical answer is one; the others would cost and never be told.
        if request.n.is_some() {
            self.drop("n");
        }
        if !request.stop.is_empty() && !samples {
            self.drop("stop");
        } else if !request.stop.is_empty() {
            let mut stops = body.array("stop");
            for stop in &request.stop {
                push_text(stops.item(), stop);
            }
            stops.end();
        }
    }

    fn format(&mut self, body: &mut Object<'_>) {
        let Some(format) = &self.request.format else { return };
        let mut object = body.object("response_format");
        match format {
            Format::JsonObject => drop(object.string("type", "json_object")),
            Format::JsonSchema { name, description, schema, strict } => {
                object.string("type", "json_schema");
                let mut inner = object.object("json_schema");
                let name = name.as_ref().filter(|name| !name.is_blank());
                inner.string("name", &NAMES.accepted(&name.map_or(UNNAMED.into(), Text::decode)));
                if let Some(description) = description {
                    inner.text("description", description);
                }
                inner.raw("schema", schema.raw);
                if *strict {
                    inner.raw("strict", "true");
                }
                inner.end();
            }
        }
        object.end();
    }

    /// Chooses the effort by what the model knows.
    fn choose_effort(&mut self) {
        let Some(wanted) = self.request.effort_wanted() else { return };
        self.effort = self.rules.effort(wanted);
        if !self.rules.meets(wanted) {
            self.drop("reasoning_effort");
        }
    }

    fn thinking(&mut self, body: &mut Object<'_>) {
        if let Some(effort) = self.effort {
            body.string("reasoning_effort", effort.as_str());
        }
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
        for rest in &request.rest {
            match OWN.iter().find(|own| rest.name.is(own)) {
                Some(&"logit_bias") if !self.rules.samples(self.effort) => self.drop("logit_bias"),
                Some(own) => drop(body.raw(own, rest.raw)),
                None if self.takes(&rest.name.decode()) => {
                    body.text_key(&rest.name).extend_from_slice(rest.raw.as_bytes());
                }
                None => self.drop(rest.name.decode()),
            }
        }
    }
}
