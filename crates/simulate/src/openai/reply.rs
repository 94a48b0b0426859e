//! What the model answers, and what it costs.

use base::Rng;
use serde_json::{Value, json};

use super::ask::Ask;
use super::models::Model;
use super::tools::{Choice, Input, Tool};
use super::wire::{CompletionDetails, Custom, Function, PromptDetails, ToolCall, Usage};
use crate::fault::{Faults, Finish};
use crate::say::{self, Brief, End};
use crate::script::{self, Called};
use crate::seed;
use crate::synth;
use crate::world::{Ticket, World};

/// Prompts are cached from this length on; that much of them counts as read from the cache.
const CACHED_TOKENS: u32 = 1_024;

/// What a call costs besides its name and arguments.
const CALL_TOKENS: u32 = 4;

/// One choice of the answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) text: Option<String>,
    pub(super) refusal: Option<String>,
    /// Where the text is from.
    pub(super) annotations: Vec<Value>,
    pub(super) calls: Vec<ToolCall>,
    pub(super) finish: &'static str,
}

/// All choices.
pub(super) fn make(world: &World, ticket: &Ticket, ask: &Ask, faults: Faults) -> Vec<Reply> {
    let about = seed::hash(&[ask.model.name.as_bytes(), ask.prompt.text.as_bytes()]);
    let mut ids = world.rng("call id", ticket);
    (0..ask.n).map(|index| one(world, ask, faults, about.wrapping_add(index.into()), &mut ids)).collect()
}

/// `ids` makes the ids of calls, no two the same.
fn one(world: &World, ask: &Ask, faults: Faults, about: u64, ids: &mut Rng) -> Reply {
    let budget = ask.most_tokens.map(|most| most.saturating_sub(ask.reasoning_tokens));
    if faults.finish == Some(Finish::Refusal) {
        let refusal = Some(say::fit(say::REFUSAL, budget).0);
        return Reply { text: None, refusal, annotations: Vec::new(), calls: Vec::new(), finish: "stop" };
    }
    let prompt = &ask.prompt;
    let plan = script::plan(&prompt.user, prompt.results.len(), &ask.tools, |tool| &tool.name);
    let calls = plan.calls_or(|| free_calls(ask, faults));
    if !calls.is_empty() {
        let id = |ids: &mut Rng| format!("call_{}", seed::letters(ids, 24));
        let calls = calls.into_iter().map(|(tool, called)| call(tool, called, id(ids))).collect();
        return fit_calls(calls, budget);
    }
    let brief = Brief {
        seed: world.config.seed,
        about,
        user: &prompt.user,
        results: &prompt.results,
        after_tool: prompt.after_tool,
        form: ask.format.form(),
        stops: &ask.stop,
        budget,
        length: faults.tokens,
    };
    let said = say::text(&brief);
    let reply = |text: String, finish| {
        let annotations = cited(&text, faults);
        Reply { text: Some(text), refusal: None, annotations, calls: Vec::new(), finish }
    };
    match faults.finish {
        Some(Finish::Filter) => reply(say::half(&said.text), "content_filter"),
        _ if said.end == End::Cut => reply(said.text, "length"),
        _ => reply(said.text, "stop"),
    }
}

/// Where a text is from.
fn cited(text: &str, faults: Faults) -> Vec<Value> {
    let citation = json!({"start_index": 0, "end_index": text.chars().count(), "url": say::SOURCE,
        "title": say::TITLE});
    faults.cite.then(|| json!({"type": "url_citation", "url_citation": citation})).into_iter().collect()
}

/// Without a script: the first tool comes first, or the one that was named; none after a result.
fn free_calls(ask: &Ask, faults: Faults) -> Vec<(&Tool, Called)> {
    if ask.prompt.after_tool {
        return Vec::new();
    }
    let tools: Vec<_> = match &ask.choice {
        Choice::Never => Vec::new(),
        Choice::Auto | Choice::Required => ask.tools.iter().collect(),
        Choice::Named(name) => ask.tools.iter().filter(|tool| tool.name == *name).collect(),
    };
    let count = if ask.one_at_a_time { 1 } else { faults.calls.unwrap_or(1) };
    let count = usize::try_from(count).unwrap_or(1);
    tools.into_iter().cycle().take(count).map(|tool| (tool, tool.fitting())).collect()
}

fn call(tool: &Tool, called: Called, id: String) -> ToolCall {
    let name = Some(tool.name.clone());
    let (kind, function, custom) = match &tool.input {
        Input::Json(_) => ("function", Some(Function { name, arguments: called.text() }), None),
        Input::Text => ("custom", None, Some(Custom { name, input: called.input })),
    };
    ToolCall { index: None, id: Some(id), kind: Some(kind), function, custom }
}

/// Calls that are too long for the budget lose the end of their arguments, as with real models.
fn fit_calls(mut calls: Vec<ToolCall>, budget: Option<u32>) -> Reply {
    let mut finish = "tool_calls";
    let mut left = budget;
    for call in &mut calls {
        let Some(function) = &mut call.function else { continue };
        let (arguments, cut) = say::fit(&function.arguments, left);
        left = left.map(|left| left.saturating_sub(synth::count(&arguments)));
        function.arguments = arguments;
        if cut {
            finish = "length";
        }
    }
    Reply { text: None, refusal: None, annotations: Vec::new(), calls, finish }
}

/// What it cost.
pub(super) fn usage(world: &World, ask: &Ask, replies: &[Reply], key: &[u8]) -> Usage {
    let prompt_tokens = ask.prompt.tokens;
    let cached_tokens = cached(world, key, &ask.model, &ask.prompt.text, prompt_tokens);
    let written: u32 = replies.iter().map(written).sum();
    let reasoning_tokens = ask.reasoning_tokens.min(ask.most_tokens.unwrap_or(u32::MAX));
    let completion_tokens = written.saturating_add(reasoning_tokens);
    Usage {
        prompt_tokens,
        completion_tokens,
        total_tokens: prompt_tokens.saturating_add(completion_tokens),
        prompt_tokens_details: PromptDetails { cached_tokens, audio_tokens: 0 },
        completion_tokens_details: CompletionDetails {
            reasoning_tokens,
            audio_tokens: 0,
            accepted_prediction_tokens: 0,
            rejected_prediction_tokens: 0,
        },
    }
}

/// How much of a prompt was read from the cache: a long one whose beginning was seen before under the
/// same key.
pub(super) fn cached(world: &World, key: &[u8], model: &Model, text: &str, tokens: u32) -> u32 {
    if tokens < CACHED_TOKENS {
        return 0;
    }
    let most = usize::try_from(CACHED_TOKENS).unwrap_or(0);
    let start = synth::cut(text, most);
    let prompt = seed::hash(&[b"openai", key, model.name.as_bytes(), start.as_bytes()]);
    let held = world.cache.holds(prompt);
    world.cache.keep(prompt);
    if held { CACHED_TOKENS } else { 0 }
}

fn written(reply: &Reply) -> u32 {
    let call = |call: &ToolCall| {
        let function = call.function.as_ref().map_or(0, |function| synth::count(&function.arguments));
        let custom = call.custom.as_ref().map_or(0, |custom| synth::count(&custom.input));
        CALL_TOKENS + function + custom
    };
    let text = reply.text.as_deref().or(reply.refusal.as_deref()).unwrap_or_default();
    synth::count(text) + reply.calls.iter().map(call).sum::<u32>()
}
