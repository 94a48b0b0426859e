//! What the model answers.

use serde_json::{Map, Value, json};

use super::ask::Ask;
use super::tools::{Choice, Tool};
use crate::fault::{Faults, Finish};
use crate::say;
use crate::script::{self, Called};
use crate::seed;
use crate::synth;
use crate::world::{Ticket, World};

/// What a call costs besides its name and input.
const CALL_TOKENS: u32 = 4;

/// A block of the answer.
#[derive(Clone, Debug)]
pub(super) enum Block {
    Thinking {
        thought: String,
        signature: String,
    },
    Text(String),
    /// A text that is from a page.
    Cited(String),
    ToolUse {
        id: String,
        name: String,
        input: Map<String, Value>,
    },
}

/// The answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) blocks: Vec<Block>,
    /// Everything written, thoughts too.
    pub(super) tokens: u32,
    pub(super) thinking_tokens: u32,
    pub(super) stop_reason: &'static str,
    pub(super) stop_sequence: Option<String>,
    /// Why it was refused.
    pub(super) stop_details: Option<Value>,
}

pub(super) fn make(world: &World, ticket: &Ticket, ask: &Ask, faults: Faults) -> Reply {
    let mut reply = Reply {
        blocks: Vec::new(),
        tokens: 0,
        thinking_tokens: 0,
        stop_reason: "end_turn",
        stop_sequence: None,
        stop_details: None,
    };
    let about = seed::hash(&[ask.model.as_bytes(), &ask.prompt.hash().to_le_bytes()]);
    let mut left = ask.most_tokens;
    if let Some(thinking) = ask.thinking {
        let length = thinking.tokens.min(left);
        let mut rng = seed::rng(world.config.seed, "thought", about);
        let thought =
            if thinking.shown { synth::thought(&ask.prompt.user, length, &mut rng) } else { String::new() };
        let nonce = seed::letters(&mut rng, 22);
        let signature = sign(world.config.seed, &thought, &nonce);
        reply.blocks.push(Block::Thinking { thought, signature });
        reply.thinking_tokens = length;
        reply.tokens = length;
        left -= length;
    }
    if left == 0 {
        reply.stop_reason = "max_tokens";
        return reply;
    }
    if let Some(finish @ (Finish::Refusal | Finish::Filter | Finish::Blocked)) = faults.finish {
        refuse(world, ask, finish, about, left, &mut reply);
        return reply;
    }
    let (user, results) = (&ask.prompt.user, ask.prompt.returned);
    let plan = script::plan(user, results, &ask.tools, |tool| &tool.name);
    let calls = plan.calls_or(|| free_calls(ask, faults));
    if calls.is_empty() {
        speak(world, ask, faults, about, left, &mut reply);
    } else {
        call(world, ticket, ask, calls, &mut reply);
    }
    reply
}

/// A refusal: with its reason in words, after half of an answer, or before a word was said.
fn refuse(world: &World, ask: &Ask, finish: Finish, about: u64, left: u32, reply: &mut Reply) {
    match finish {
        Finish::Refusal => {
            let (text, _) = say::fit(say::REFUSAL, Some(left));
            reply.blocks.push(Block::Text(text));
        }
        Finish::Filter => {
            speak(world, ask, Faults::default(), about, left, reply);
            if let Some(Block::Text(text)) = reply.blocks.last_mut() {
                *text = say::half(text);
            }
        }
        _ => {}
    }
    let said = match reply.blocks.last() {
        Some(Block::Text(text)) => synth::count(text),
        _ => 0,
    };
    reply.tokens = reply.thinking_tokens + said;
    reply.stop_reason = "refusal";
    reply.stop_sequence = None;
    let category = if finish == Finish::Refusal { Value::Null } else { Value::from("general_harms") };
    reply.stop_details = Some(json!({"type": "refusal", "category": category, "explanation": null}));
}

fn speak(world: &World, ask: &Ask, faults: Faults, about: u64, left: u32, reply: &mut Reply) {
    let mut rng = seed::rng(world.config.seed, "answer", about);
    let scripted = script::text(&ask.prompt.user, ask.prompt.returned);
    let text = match &ask.schema {
        Some(schema) => synth::example(schema).to_string(),
        None if scripted.is_some() => scripted.unwrap_or_default(),
        None if ask.prompt.after_tool => synth::relay(&ask.prompt.results, faults.tokens, &mut rng),
        None => synth::answer(&ask.prompt.user, faults.tokens, &mut rng),
    };
    let found = ask.stops.iter().filter_map(|stop| text.find(stop.as_str()).map(|at| (at, stop))).min();
    let (text, stopped) = match found {
        Some((at, stop)) => (text.get(..at).unwrap_or_default().to_owned(), Some(stop.clone())),
        None => (text, None),
    };
    let mut tokens = synth::tokens(&text);
    let most = usize::try_from(left).unwrap_or(usize::MAX);
    if tokens.len() > most {
        reply.stop_reason = "max_tokens";
    } else if stopped.is_some() {
        reply.stop_reason = "stop_sequence";
        reply.stop_sequence = stopped;
    }
    tokens.truncate(most);
    reply.tokens += u32::try_from(tokens.len()).unwrap_or(0);
    if !tokens.is_empty() {
        let text = tokens.concat();
        reply.blocks.push(if faults.cite { Block::Cited(text) } else { Block::Text(text) });
    }
}

/// Where a text is from.
pub(super) fn citation(text: &str) -> Value {
    json!({"type": "web_search_result_location", "url": say::SOURCE, "title": say::TITLE,
        "encrypted_index": "Eo8BCioIARgB", "cited_text": synth::cut(text, 150)})
}

/// Without a script: the first tool comes first, or the one that was named; none after a result.
fn free_calls(ask: &Ask, faults: Faults) -> Vec<(&Tool, Called)> {
    if ask.prompt.after_tool {
        return Vec::new();
    }
    let tools: Vec<_> = match &ask.choice {
        Choice::Never => Vec::new(),
        Choice::Auto | Choice::Any => ask.tools.iter().collect(),
        Choice::Named(name) => ask.tools.iter().filter(|tool| tool.name == *name).collect(),
    };
    let most = if ask.one_at_a_time { 1 } else { faults.calls.unwrap_or(1) };
    let tools = tools.into_iter().cycle().take(usize::try_from(most).unwrap_or(1));
    tools.map(|tool| (tool, Called::fitting(&tool.name, &tool.schema))).collect()
}

fn call(world: &World, ticket: &Ticket, ask: &Ask, calls: Vec<(&Tool, Called)>, reply: &mut Reply) {
    let mut rng = world.rng("call id", ticket);
    // Where the caller forces a tool, the model says nothing before it.
    if let (Choice::Auto, Some((first, _))) = (&ask.choice, calls.first()) {
        let text = format!("I will use {}.", first.name);
        reply.tokens += synth::count(&text);
        reply.blocks.push(Block::Text(text));
    }
    for (_, called) in calls {
        reply.tokens += CALL_TOKENS + synth::count(&called.text());
        let id = format!("toolu_01{}", seed::letters(&mut rng, 22));
        reply.blocks.push(Block::ToolUse { id, name: called.name, input: called.arguments });
    }
    reply.stop_reason = "tool_use";
}

/// Signs a thought, so that it can be told apart from one that was made up or changed.
fn sign(seed: u64, thought: &str, nonce: &str) -> String {
    let mac = seed::hash(&[b"thought", &seed.to_le_bytes(), nonce.as_bytes(), thought.as_bytes()]);
    format!("Eq{nonce}{mac:016x}Cg==")
}

/// Whether the signature is ours and belongs to this thought.
pub(super) fn signed(seed: u64, thought: &str, signature: &str) -> bool {
    let nonce = signature.get(2..24).unwrap_or_default();
    signature == sign(seed, thought, nonce)
}
