//! What the model answers, and what it costs.

use base::Rng;
use serde_json::{Value, json};

use super::ask::Ask;
use super::tools::{Choice, Format, Input, Tool};
use super::wire::{CompletionDetails, Custom, Function, PromptDetails, ToolCall, Usage};
use crate::fault::Faults;
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
    if let Some(tools) = tools_to_call(ask) {
        let count = if ask.one_at_a_time { 1 } else { faults.calls.unwrap_or(1) };
        let count = usize::try_from(count).unwrap_or(1);
        let tools = tools.into_iter().cycle().take(count);
        let calls = tools.map(|tool| call(tool, format!("call_{}", seed::letters(ids, 24)))).collect();
        return fit_calls(calls, budget);
    }
    let mut rng = seed::rng(world.config.seed, "answer", about);
    let text = match &ask.format {
        Format::Schema(schema) => synth::example(schema).to_string(),
        Format::Object => json!({"answer": synth::answer(&ask.prompt.user, None, &mut rng)}).to_string(),
        Format::Text if ask.prompt.after_tool => synth::relay(&ask.prompt.results, faults.tokens, &mut rng),
        Format::Text => synth::answer(&ask.prompt.user, faults.tokens, &mut rng),
    };
    let (text, stopped) = stop_at(text, &ask.stop);
    let (text, cut) = fit(&text, budget);
    let finish = if cut && !stopped { "length" } else { "stop" };
    Reply { text: Some(text), calls: Vec::new(), finish }
}

/// The tools that are called: the first comes first, or the one that was named; none after a result.
fn tools_to_call(ask: &Ask) -> Option<Vec<&Tool>> {
    if ask.tools.is_empty() || ask.prompt.after_tool {
        return None;
    }
    match &ask.choice {
        Choice::Never => None,
        Choice::Auto | Choice::Required => Some(ask.tools.iter().collect()),
        Choice::Named(name) => Some(ask.tools.iter().filter(|tool| tool.name == *name).collect()),
    }
}

fn call(tool: &Tool, id: String) -> ToolCall {
    let name = Some(tool.name.clone());
    let (kind, function, custom) = match &tool.input {
        Input::Json(schema) => {
            let arguments = match synth::example(schema) {
                Value::Object(arguments) => Value::Object(arguments).to_string(),
                _ => "{}".to_owned(),
            };
            ("function", Some(Function { name, arguments }), None)
        }
        Input::Text => ("custom", None, Some(Custom { name, input: "simulated input".to_owned() })),
    };
    ToolCall { index: None, id: Some(id), kind: Some(kind), function, custom }
}

/// Calls that are too long for the budget lose the end of their arguments, as with real models.
fn fit_calls(mut calls: Vec<ToolCall>, budget: Option<u32>) -> Reply {
    let mut finish = "tool_calls";
    let mut left = budget;
    for call in &mut calls {
        let Some(function) = &mut call.function else { continue };
        let (arguments, cut) = fit(&function.arguments, left);
        left = left.map(|left| left.saturating_sub(synth::count(&arguments)));
        function.arguments = arguments;
        if cut {
            finish = "length";
        }
    }
    Reply { text: None, calls, finish }
}

/// As many tokens as the budget has, and whether that cut the text.
fn fit(text: &str, budget: Option<u32>) -> (String, bool) {
    let mut tokens = synth::tokens(text);
    let budget = budget.and_then(|budget| usize::try_from(budget).ok()).unwrap_or(usize::MAX);
    let cut = tokens.len() > budget;
    tokens.truncate(budget);
    (tokens.concat(), cut)
}

/// The text before the first stop sequence, and whether there was one.
fn stop_at(text: String, stops: &[String]) -> (String, bool) {
    let first =
        stops.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| text.find(stop.as_str())).min();
    match first.and_then(|end| text.get(..end)) {
        Some(before) => (before.to_owned(), true),
        None => (text, false),
    }
}

/// What it cost. A long prompt whose beginning was seen before under the same key was read from the cache.
pub(super) fn usage(world: &World, ask: &Ask, replies: &[Reply], key: &[u8]) -> Usage {
    let prompt_tokens = ask.prompt.tokens;
    let mut cached_tokens = 0;
    if prompt_tokens >= CACHED_TOKENS {
        let most = usize::try_from(CACHED_TOKENS).unwrap_or(0);
        let start = synth::cut(&ask.prompt.text, most);
        let prompt = seed::hash(&[b"openai", key, ask.model.name.as_bytes(), start.as_bytes()]);
        cached_tokens = if world.cache.holds(prompt) { CACHED_TOKENS } else { 0 };
        world.cache.keep(prompt);
    }
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

fn written(reply: &Reply) -> u32 {
    let call = |call: &ToolCall| {
        let function = call.function.as_ref().map_or(0, |function| synth::count(&function.arguments));
        let custom = call.custom.as_ref().map_or(0, |custom| synth::count(&custom.input));
        CALL_TOKENS + function + custom
    };
    synth::count(reply.text.as_deref().unwrap_or_default()) + reply.calls.iter().map(call).sum::<u32>()
}
