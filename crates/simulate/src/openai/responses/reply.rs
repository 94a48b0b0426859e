//! What the model answers: the response as it is when it is complete.

use base::Rng;
use serde_json::{Value, json};

use super::super::check::Object;
use super::super::reply::cached;
use super::super::tools::{Choice, Input};
use super::super::wire;
use super::ask::Ask;
use super::seal;
use super::tools::Tool;
use crate::fault::{Faults, Finish};
use crate::say::{self, Brief, End, Said};
use crate::script::{self, Called};
use crate::world::{Ticket, World};
use crate::{seed, synth, when};

/// What a call costs besides its name and arguments.
const CALL_TOKENS: u32 = 4;

/// A response, and how many tokens the model wrote for it.
pub(super) struct Reply {
    pub(super) response: Object,
    pub(super) tokens: u32,
}

/// What is being written.
struct Writer<'a> {
    world: &'a World,
    ask: &'a Ask,
    faults: Faults,
    /// The same for the same request.
    about: u64,
    /// Makes ids, each time others.
    ids: Rng,
    output: Vec<Value>,
    tokens: u32,
    /// Why it was ended, if it was.
    incomplete: Option<&'static str>,
}

/// Makes the answer.
pub(super) fn make(world: &World, ticket: &Ticket, ask: &Ask, faults: Faults, key: &[u8]) -> Reply {
    let about = seed::hash(&[ask.model.name.as_bytes(), ask.prompt.text.as_bytes()]);
    let ids = world.rng("response id", ticket);
    let mut writer =
        Writer { world, ask, faults, about, ids, output: Vec::new(), tokens: 0, incomplete: None };
    let id = writer.id("resp");
    if faults.finish != Some(Finish::Failed) {
        writer.write();
    }
    let now = when::seconds(world.clock.wall());
    let input = ask.prompt.tokens;
    let failed = faults.finish == Some(Finish::Failed);
    let status = match writer.incomplete {
        _ if failed => "failed",
        Some(_) => "incomplete",
        None => "completed",
    };
    let error = json!({"code": "server_error", "message": "The model failed to generate a response."});
    let cached = cached(world, key, &ask.model, &ask.prompt.text, input);
    let mut response = ask.told.clone();
    let own = json!({
        "id": id,
        "object": "response",
        "created_at": now,
        "completed_at": (status == "completed").then_some(now),
        "status": status,
        "error": failed.then_some(error),
        "incomplete_details": writer.incomplete.map(|reason| json!({"reason": reason})),
        "output": writer.output,
        "usage": (!failed).then(|| usage(input, cached, writer.tokens, ask)),
    });
    if let Value::Object(own) = own {
        response.extend(own);
    }
    Reply { response, tokens: writer.tokens }
}

/// Takes out what the model said.
pub(super) fn silence(response: &mut Object) {
    let input =
        response.get("usage").and_then(|usage| usage.get("input_tokens")).cloned().unwrap_or_default();
    response.insert("output".to_owned(), json!([]));
    if let Some(usage) = response.get_mut("usage").filter(|usage| usage.is_object()) {
        usage["output_tokens"] = json!(0);
        usage["output_tokens_details"] = json!({"reasoning_tokens": 0});
        usage["total_tokens"] = input;
    }
}

/// Where a text is from.
fn cited(text: &str, faults: Faults) -> Value {
    if !faults.cite {
        return json!([]);
    }
    json!([{"type": "url_citation", "start_index": 0, "end_index": text.chars().count(), "url": say::SOURCE,
        "title": say::TITLE}])
}

/// What it cost.
fn usage(input: u32, cached: u32, output: u32, ask: &Ask) -> Value {
    json!({
        "input_tokens": input,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": ask.reasoning_tokens.min(output)},
        "total_tokens": input.saturating_add(output),
    })
}

// === impl Writer ===

impl Writer<'_> {
    fn write(&mut self) {
        let mut left = self.ask.most_tokens;
        if self.ask.reasoning_tokens > 0 {
            self.think(left);
            left = left.map(|left| left.saturating_sub(self.tokens));
            if left == Some(0) {
                self.incomplete = Some("max_output_tokens");
                return;
            }
        }
        let calls = self.calls();
        if self.faults.finish == Some(Finish::Refusal) {
            let (refusal, _) = say::fit(say::REFUSAL, left);
            self.tokens += synth::count(&refusal);
            let refusal = json!({"type": "refusal", "refusal": refusal});
            return self.message(&refusal, "completed");
        }
        if calls.is_empty() {
            self.search();
            self.speak(left);
        } else {
            self.call(calls, left);
        }
    }

    fn think(&mut self, budget: Option<u32>) {
        let tokens = self.ask.reasoning_tokens.min(budget.unwrap_or(u32::MAX));
        let mut rng = seed::rng(self.world.config.seed, "thought", self.about);
        let thought = synth::thought(&self.ask.prompt.user, tokens, &mut rng);
        let id = self.id("rs");
        let summary =
            if self.ask.summarise { json!([{"type": "summary_text", "text": thought}]) } else { json!([]) };
        let mut item = json!({"id": id, "type": "reasoning", "summary": summary});
        if self.ask.seal {
            item["encrypted_content"] = Value::from(seal::seal(self.world.config.seed, &id, &thought));
        }
        self.tokens += tokens;
        self.output.push(item);
    }

    /// The calls that are made: a script's, or those of the first tools, or of the one that was named; none
    /// after a result.
    fn calls(&self) -> Vec<(Tool, Called)> {
        let (ask, prompt) = (self.ask, &self.ask.prompt);
        let all = &ask.tools.callable;
        let plan = script::plan(&prompt.user, prompt.results.len(), all, |tool| &tool.name);
        let free = || {
            let tools: Vec<_> = match &ask.choice {
                _ if prompt.after_tool => Vec::new(),
                Choice::Never => Vec::new(),
                Choice::Auto | Choice::Required => all.iter().collect(),
                Choice::Named(name) => all.iter().filter(|tool| tool.name == *name).collect(),
            };
            let count = if ask.one_at_a_time { 1 } else { self.faults.calls.unwrap_or(1) };
            let tools = tools.into_iter().cycle().take(usize::try_from(count).unwrap_or(1));
            tools.map(|tool| (tool, tool.input.fitting(&tool.name))).collect()
        };
        plan.calls_or(free).into_iter().map(|(tool, called)| (tool.clone(), called)).collect()
    }

    fn call(&mut self, calls: Vec<(Tool, Called)>, mut left: Option<u32>) {
        for (tool, called) in calls {
            let (start, kind, field, input) = match &tool.input {
                Input::Json(_) => ("fc", "function_call", "arguments", called.text()),
                Input::Text => ("ctc", "custom_tool_call", "input", called.input),
            };
            let (input, cut) = say::fit(&input, left);
            let written = synth::count(&input);
            left = left.map(|left| left.saturating_sub(written));
            self.tokens += CALL_TOKENS + written;
            let call = format!("call_{}", seed::letters(&mut self.ids, 24));
            let mut item = json!({
                "id": self.id(start),
                "type": kind,
                "status": if cut { "incomplete" } else { "completed" },
                "call_id": call,
                "name": tool.name,
            });
            item[field] = Value::from(input);
            if let Some(namespace) = &tool.namespace {
                item["namespace"] = Value::from(namespace.as_str());
            }
            self.output.push(item);
            if cut {
                self.incomplete = Some("max_output_tokens");
                return;
            }
        }
    }

    /// The vendor's own search, if it is among the tools and a page shall be cited.
    fn search(&mut self) {
        let searches = |tool: &Value| {
            tool.get("type").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("web_search"))
        };
        if !self.faults.cite || !self.ask.tools.told.iter().any(searches) {
            return;
        }
        let id = self.id("ws");
        let query = synth::cut(&self.ask.prompt.user, 64);
        let action = json!({"type": "search", "query": query, "queries": [query]});
        self.output
            .push(json!({"id": id, "type": "web_search_call", "status": "completed", "action": action}));
    }

    fn speak(&mut self, budget: Option<u32>) {
        let brief = Brief {
            seed: self.world.config.seed,
            about: self.about,
            user: &self.ask.prompt.user,
            results: &self.ask.prompt.results,
            after_tool: self.ask.prompt.after_tool,
            form: self.ask.format.form(),
            stops: &[],
            budget,
            length: self.faults.tokens,
        };
        let Said { mut text, end } = say::text(&brief);
        if end == End::Cut {
            self.incomplete = Some("max_output_tokens");
        }
        if self.faults.finish == Some(Finish::Filter) {
            text = say::half(&text);
            self.incomplete = Some("content_filter");
        }
        self.tokens += synth::count(&text);
        let logprobs = match self.ask.logprobs {
            Some(others) => serde_json::to_value(wire::logprobs(&text, others).content).unwrap_or_default(),
            None => json!([]),
        };
        let annotations = cited(&text, self.faults);
        let part =
            json!({"type": "output_text", "text": text, "annotations": annotations, "logprobs": logprobs});
        let status = if self.incomplete.is_some() { "incomplete" } else { "completed" };
        self.message(&part, status);
    }

    fn message(&mut self, part: &Value, status: &str) {
        let id = self.id("msg");
        let message = json!({"id": id, "type": "message", "role": "assistant", "status": status,
            "content": [part]});
        self.output.push(message);
    }

    fn id(&mut self, start: &str) -> String {
        format!("{start}_{}", seed::letters(&mut self.ids, 48).to_ascii_lowercase())
    }
}
