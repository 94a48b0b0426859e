//! A request in Ollama's words. Tools stand before the messages, as in the prompt that its templates make of them.

mod messages;

use std::collections::HashSet;
use std::fmt;

use foldhash::fast::RandomState;
use json::{Data, Object, Text, Value, push_text};

use crate::canonical::{Dropped, Effort, Format, Request, Tool, ToolChoice};
use crate::provider::{Wired, pairs};
use crate::{Carry, RequestError, Target};

/// Parameters that are Ollama's own and pass as they are.
const OWN: [&str; 4] = ["keep_alive", "shift", "think", "truncate"];

/// Options of Ollama's own that clients of other dialects may write among their parameters. The first one decides
/// how much of a conversation the model sees: by default older messages are left away in silence.
const OPTIONS: [&str; 15] = [
    "num_ctx",
    "num_keep",
    "num_batch",
    "num_gpu",
    "num_thread",
    "main_gpu",
    "use_mmap",
    "min_p",
    "typical_p",
    "repeat_last_n",
    "repeat_penalty",
    "penalize_newline",
    "mirostat",
    "mirostat_tau",
    "mirostat_eta",
];

/// What stands in for the schema of a tool that takes nothing.
const NOTHING: &str = r#"{"type":"object","properties":{}}"#;

/// Writes a request.
pub(super) fn encode(request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
    pairs::check(request)?;
    let mut encoder =
        Encoder { request, thinks: !is_known_not_to_think(target.model), dropped: request.dropped.clone() };
    let mut out = Vec::with_capacity(1024);
    encoder.body(target.model, &mut out)?;
    Ok(Wired { body: out, dropped: encoder.dropped, carry: Carry::default() })
}

/// A request being written.
struct Encoder<'r, 'a> {
    request: &'r Request<'a>,
    /// Whether the model may think: Ollama refuses `think` of one that cannot.
    thinks: bool,
    dropped: Dropped,
}

/// Families whose models do not think. Of others Ollama itself knows.
const SILENT: [&str; 26] = [
    "aya",
    "codegemma",
    "codellama",
    "command-r",
    "falcon",
    "gemma",
    "gemma2",
    "gemma3",
    "granite3",
    "llama2",
    "llama3",
    "llama3.1",
    "llama3.2",
    "llama3.3",
    "llama4",
    "llava",
    "mistral",
    "mistral-nemo",
    "mixtral",
    "olmo2",
    "phi3",
    "phi4",
    "qwen2",
    "qwen2.5",
    "qwen2.5-coder",
    "tinyllama",
];

fn is_known_not_to_think(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or_default();
    let family = name.split(':').next().unwrap_or_default();
    SILENT.contains(&family)
}

// === impl Encoder ===

impl Encoder<'_, '_> {
    fn body(&mut self, model: &str, out: &mut Vec<u8>) -> Result<(), RequestError> {
        let request = self.request;
        let mut body = Object::begin(out);
        body.string("model", model);
        self.tools(&mut body);
        messages::write(request, &mut self.dropped, &mut body)?;
        self.format(&mut body);
        self.options(&mut body);
        self.think(&mut body);
        self.logprobs(&mut body);
        self.rest(&mut body);
        // Without it Ollama streams.
        body.raw("stream", if request.stream { "true" } else { "false" });
        body.end();
        Ok(())
    }

    fn drop(&mut self, name: impl fmt::Display) {
        self.dropped.add(name);
    }

    /// There is no choice among tools here: a forbidden one is not told, and a demanded one is the only one told.
    fn tools(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let chosen = match &request.tool_choice {
            Some(ToolChoice::None) => return,
            Some(ToolChoice::Tool(name)) => Some(name.decode()),
            _ => None,
        };
        if matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_))) {
            self.drop("tool_choice");
        }
        if request.parallel_tools == Some(false) && !request.tools.is_empty() {
            self.drop("parallel_tool_calls");
        }
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
    }

    fn tool(&mut self, tool: &Tool<'_>, object: &mut Object<'_>) {
        object.string("type", "function");
        let mut function = object.object("function");
        function.text("name", &tool.name);
        if let Some(description) = &tool.description {
            function.text("description", description);
        }
        function.raw("parameters", tool.schema.as_ref().map_or(NOTHING, |schema| schema.raw));
        function.end();
        if tool.strict {
            self.drop(format_args!("tools[{}].function.strict", tool.index));
        }
        if tool.cache.is_some() {
            self.drop(format_args!("tools[{}].cache_control", tool.index));
        }
    }

    fn format(&mut self, body: &mut Object<'_>) {
        match &self.request.format {
            None => {}
            Some(Format::JsonObject) => drop(body.string("format", "json")),
            Some(Format::JsonSchema { schema, description, .. }) => {
                body.raw("format", schema.raw);
                if description.is_some() {
                    self.drop("response_format.json_schema.description");
                }
            }
        }
    }

    fn options(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let own = self.own_options();
        let limit = request.max_tokens.map(|limit| limit.to_string());
        let numbers = [
            ("temperature", request.temperature),
            ("top_p", request.top_p),
            ("top_k", request.top_k),
            ("seed", request.seed),
            ("num_predict", limit.as_deref()),
            ("presence_penalty", request.presence_penalty),
            ("frequency_penalty", request.frequency_penalty),
        ];
        let written = |name: &Text<'_>| {
            let number = numbers.iter().any(|(known, value)| value.is_some() && name.is(known));
            number || (name.is("stop") && !request.stop.is_empty())
        };
        let own: Vec<_> = own.into_iter().filter(|(name, _)| !written(name)).collect();
        if own.is_empty() && request.stop.is_empty() && numbers.iter().all(|(_, value)| value.is_none()) {
            return;
        }
        let mut options = body.object("options");
        for (name, value) in numbers {
            if let Some(value) = value {
                options.raw(name, value);
            }
        }
        if !request.stop.is_empty() {
            let mut stops = options.array("stop");
            for stop in &request.stop {
                push_text(stops.item(), stop);
            }
            stops.end();
        }
        for (name, raw) in own {
            options.text_key(&name).extend_from_slice(raw.as_bytes());
        }
        options.end();
    }

    /// Options that the client wrote as Ollama calls them, within `options` or beside it.
    fn own_options(&self) -> Vec<(Text<'_>, &str)> {
        let mut own: Vec<(Text<'_>, &str)> = Vec::new();
        for rest in &self.request.rest {
            if OPTIONS.iter().any(|known| rest.name.is(known)) {
                own.push((rest.name.clone(), rest.raw));
            } else if rest.name.is("options")
                && let Ok(Value { data: Data::Object(members), .. }) = Value::parse(rest.raw)
            {
                own.extend(members.into_iter().map(|(name, value)| (name, value.raw)));
            }
        }
        // Of one that is written twice the last counts.
        let mut kept: Vec<(Text<'_>, &str)> = Vec::with_capacity(own.len());
        let mut seen: HashSet<Text<'_>, RandomState> = HashSet::default();
        for (name, raw) in own.into_iter().rev() {
            if seen.insert(name.clone()) {
                kept.push((name, raw));
            }
        }
        kept.reverse();
        kept
    }

    /// Levels are for the models that know them; the others take any of them for yes.
    fn think(&mut self, body: &mut Object<'_>) {
        if !self.thinks {
            if self.request.effort_wanted().is_some_and(|effort| effort != Effort::None) {
                self.drop("reasoning_effort");
            }
            return;
        }
        if self.request.rest.iter().any(|rest| rest.name.is("think")) {
            return;
        }
        match self.request.effort_wanted() {
            Some(Effort::None) => drop(body.raw("think", "false")),
            Some(Effort::Minimal | Effort::Low) => drop(body.string("think", "low")),
            Some(Effort::Medium) => drop(body.string("think", "medium")),
            Some(Effort::High | Effort::XHigh | Effort::Max) => drop(body.string("think", "high")),
            None if self.request.show_thinking == Some(true) => drop(body.raw("think", "true")),
            None => {}
        }
    }

    fn logprobs(&self, body: &mut Object<'_>) {
        let Some(alternatives) = self.request.logprobs else { return };
        body.raw("logprobs", "true");
        if alternatives > 0 {
            body.number("top_logprobs", alternatives);
        }
    }

    fn rest(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let tier = request.service_tier.as_ref();
        let asked = [
            ("user", request.user.is_some()),
            ("service_tier", tier.is_some_and(|tier| !tier.is("auto") && !tier.is("default"))),
            ("n", request.n.is_some()),
            ("prompt_cache_key", request.cache_key.is_some()),
        ];
        asked.into_iter().filter(|(_, asked)| *asked).for_each(|(name, _)| self.drop(name));
        for rest in &request.rest {
            match OWN.iter().find(|own| rest.name.is(own)) {
                Some(own) => drop(body.raw(own, rest.raw)),
                None if rest.name.is("options") || OPTIONS.iter().any(|known| rest.name.is(known)) => {}
                None => self.drop(rest.name.decode()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
