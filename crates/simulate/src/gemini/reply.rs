//! What the model answers, and what it costs: the response as it is when it is whole.

use serde_json::{Map, Value, json};

use super::Surface;
use super::ask::Ask;
use super::models::Thinks;
use super::sign::Owner;
use super::tools::{Choice, Function};
use crate::fault::{Faults, Finish};
use crate::say::{self, Brief, End, Said};
use crate::script::{self, Called};
use crate::world::{Ticket, World};
use crate::{seed, synth, when};

/// Prompts are cached from this length on; that much of them counts as read from the cache.
const CACHED_TOKENS: u32 = 1_024;

/// What a call costs besides its name and arguments.
const CALL_TOKENS: u32 = 4;

/// An answer, and what it is counted with.
pub(super) struct Reply {
    /// The fields that every chunk has.
    pub(super) common: Map<String, Value>,
    pub(super) candidates: Vec<Value>,
    pub(super) usage: Usage,
    /// Whether a stream shall tell calls bit by bit.
    pub(super) partial_calls: bool,
    /// Why there is none.
    pub(super) blocked: Option<Value>,
}

/// What it cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    text: u32,
    media: u32,
    cached: u32,
    pub(super) thoughts: u32,
    pub(super) candidates: u32,
    surface: Option<Surface>,
}

/// What is being written.
struct Writer<'a> {
    world: &'a World,
    ticket: &'a Ticket,
    ask: &'a Ask,
    faults: Faults,
    about: u64,
    usage: Usage,
}

/// Makes the answer.
pub(super) fn make(world: &World, ticket: &Ticket, ask: &Ask, faults: Faults, key: &[u8]) -> Reply {
    let about = seed::hash(&[ask.model.name.as_bytes(), ask.prompt.text.as_bytes()]);
    let usage = Usage {
        text: ask.prompt.text_tokens,
        media: ask.prompt.media_tokens,
        cached: cached(world, ask, key),
        surface: Some(ask.surface),
        ..Usage::default()
    };
    let mut common = Map::new();
    common.insert("modelVersion".to_owned(), Value::from(ask.model.name.as_str()));
    let id = seed::letters(&mut world.rng("response id", ticket), 22);
    common.insert("responseId".to_owned(), Value::from(id));
    if ask.surface == Surface::Vertex {
        let now = when::rfc3339(when::seconds(world.clock.wall()));
        common.insert("createTime".to_owned(), Value::from(now));
    }
    if faults.finish == Some(Finish::Blocked) {
        let blocked = json!({"blockReason": "PROHIBITED_CONTENT", "safetyRatings": ratings(true)});
        return Reply { common, candidates: Vec::new(), usage, partial_calls: false, blocked: Some(blocked) };
    }
    let mut writer = Writer { world, ticket, ask, faults, about, usage };
    let candidates = (0..ask.config.candidates).map(|index| writer.candidate(index)).collect();
    Reply { common, candidates, usage: writer.usage, partial_calls: ask.partial_calls, blocked: None }
}

/// How much of a long prompt was read from the cache: its beginning was seen before under the same key.
fn cached(world: &World, ask: &Ask, key: &[u8]) -> u32 {
    if ask.prompt.tokens() < CACHED_TOKENS {
        return 0;
    }
    let start = synth::cut(&ask.prompt.text, usize::try_from(CACHED_TOKENS).unwrap_or(0));
    let prompt = seed::hash(&[b"gemini", key, ask.model.name.as_bytes(), start.as_bytes()]);
    let held = world.cache.holds(prompt);
    world.cache.keep(prompt);
    if held { CACHED_TOKENS } else { 0 }
}

fn ratings(blocked: bool) -> Value {
    let rating = |category: &str, blocked: bool| {
        let mut rating = json!({
            "category": format!("HARM_CATEGORY_{category}"),
            "probability": if blocked { "HIGH" } else { "NEGLIGIBLE" },
        });
        if blocked {
            rating["blocked"] = json!(true);
        }
        rating
    };
    json!([
        rating("HATE_SPEECH", false),
        rating("DANGEROUS_CONTENT", blocked),
        rating("HARASSMENT", false),
        rating("SEXUALLY_EXPLICIT", false),
    ])
}

// === impl Reply ===

impl Reply {
    pub(super) fn whole(self) -> Value {
        let mut whole = self.common;
        match self.blocked {
            Some(blocked) => whole.insert("promptFeedback".to_owned(), blocked),
            None => whole.insert("candidates".to_owned(), Value::from(self.candidates)),
        };
        whole.insert("usageMetadata".to_owned(), self.usage.wire());
        Value::Object(whole)
    }

    /// All that the model wrote.
    pub(super) fn tokens(&self) -> u32 {
        self.usage.candidates.saturating_add(self.usage.thoughts)
    }
}

// === impl Usage ===

impl Usage {
    /// The same with nothing answered yet.
    pub(super) fn start(self) -> Self {
        Self { candidates: 0, ..self }
    }

    /// Counts from the start; what is 0 is left out.
    pub(super) fn wire(self) -> Value {
        let prompt = self.text.saturating_add(self.media);
        let total = prompt.saturating_add(self.candidates).saturating_add(self.thoughts);
        let mut details = vec![json!({"modality": "TEXT", "tokenCount": self.text})];
        if self.media > 0 {
            details.push(json!({"modality": "IMAGE", "tokenCount": self.media}));
        }
        let mut wire =
            json!({"promptTokenCount": prompt, "totalTokenCount": total, "promptTokensDetails": details});
        let mut add = |name: &str, count: u32| {
            if count > 0 {
                wire[name] = Value::from(count);
            }
        };
        add("candidatesTokenCount", self.candidates);
        add("thoughtsTokenCount", self.thoughts);
        add("cachedContentTokenCount", self.cached);
        if self.cached > 0 {
            wire["cacheTokensDetails"] = json!([{"modality": "TEXT", "tokenCount": self.cached}]);
        }
        if self.surface == Some(Surface::Vertex) {
            wire["trafficType"] = json!("ON_DEMAND");
            if self.candidates > 0 {
                wire["candidatesTokensDetails"] =
                    json!([{"modality": "TEXT", "tokenCount": self.candidates}]);
            }
        }
        wire
    }
}

// === impl Writer ===

impl Writer<'_> {
    fn candidate(&mut self, index: u32) -> Value {
        let about = self.about.wrapping_add(index.into());
        let mut left = self.ask.config.most_tokens;
        let mut parts = Vec::new();
        let thinking = self.ask.config.thinking_tokens.min(left.unwrap_or(u32::MAX));
        if thinking > 0 {
            left = left.map(|left| left.saturating_sub(thinking));
            self.usage.thoughts += thinking;
            if self.ask.config.include_thoughts {
                let mut rng = seed::rng(self.world.config.seed, "thought", about);
                let thought = synth::thought(&self.ask.prompt.user, thinking, &mut rng);
                parts.push(json!({"text": thought, "thought": true}));
            }
        }
        let calls = self.calls();
        let mut candidate = json!({"index": index});
        let finish = if left == Some(0) {
            "MAX_TOKENS"
        } else if calls.is_empty() || self.faults.finish.is_some() {
            self.speak(about, left, &mut parts, &mut candidate)
        } else {
            self.call(calls, index, &mut parts);
            "STOP"
        };
        candidate["content"] = json!({"role": "model"});
        if !parts.is_empty() {
            candidate["content"]["parts"] = Value::from(parts);
        }
        candidate["finishReason"] = Value::from(finish);
        candidate
    }

    fn speak(
        &mut self,
        about: u64,
        budget: Option<u32>,
        parts: &mut Vec<Value>,
        candidate: &mut Value,
    ) -> &'static str {
        let prompt = &self.ask.prompt;
        let brief = Brief {
            seed: self.world.config.seed,
            about,
            user: &prompt.user,
            results: &prompt.results,
            after_tool: prompt.after_tool,
            form: self.ask.config.form.form(),
            stops: &self.ask.config.stops,
            budget,
            length: self.faults.tokens,
        };
        let Said { text, end } = say::text(&brief);
        let (text, finish) = match self.faults.finish {
            Some(Finish::Refusal) => (say::REFUSAL.to_owned(), "STOP"),
            Some(Finish::Filter) => {
                candidate["safetyRatings"] = ratings(true);
                (say::half(&text), "SAFETY")
            }
            Some(Finish::Failed) => (say::half(&text), "OTHER"),
            Some(Finish::Word(word)) => {
                candidate["finishMessage"] = Value::from(format!("The answer was ended: {word}."));
                let said = ["LANGUAGE", "OTHER", "RECITATION"].contains(&word);
                (if said { say::half(&text) } else { String::new() }, word)
            }
            _ if end == End::Cut => (text, "MAX_TOKENS"),
            _ => (text, "STOP"),
        };
        let written = synth::count(&text);
        self.usage.candidates += written;
        if let Some(others) = self.ask.config.logprobs {
            chances(&text, others, candidate);
        }
        if self.faults.cite {
            candidate["groundingMetadata"] = grounding(&text, &prompt.user);
        }
        if !text.is_empty() {
            let mut part = json!({"text": text});
            if self.ask.model.thinks == Thinks::ByLevel && self.ask.config.thinking_tokens > 0 {
                part["thoughtSignature"] = Value::from(self.owner("").sign(about));
            }
            parts.push(part);
        }
        finish
    }

    /// The calls that are made: a script's, or those of the first functions, or of those that are allowed;
    /// none after a response.
    fn calls(&self) -> Vec<(Function, Called)> {
        let (all, prompt) = (&self.ask.functions, &self.ask.prompt);
        let plan = script::plan(&prompt.user, prompt.results.len(), all, |function| &function.name);
        let free = || {
            let functions: Vec<_> = match &self.ask.choice {
                _ if prompt.after_tool => Vec::new(),
                Choice::Never => Vec::new(),
                Choice::Any(names) if !names.is_empty() => {
                    all.iter().filter(|function| names.contains(&function.name)).collect()
                }
                Choice::Auto | Choice::Any(_) => all.iter().collect(),
            };
            let count = usize::try_from(self.faults.calls.unwrap_or(1)).unwrap_or(1);
            let functions = functions.into_iter().cycle().take(count);
            functions.map(|one| (one, Called::fitting(&one.name, &one.schema))).collect()
        };
        plan.calls_or(free).into_iter().map(|(function, called)| (function.clone(), called)).collect()
    }

    fn call(&mut self, calls: Vec<(Function, Called)>, index: u32, parts: &mut Vec<Value>) {
        let mut rng = self.world.rng(&format!("call id {index}"), self.ticket);
        for (number, (function, called)) in calls.into_iter().enumerate() {
            self.usage.candidates += CALL_TOKENS + synth::count(&called.text());
            let arguments = Value::Object(called.arguments);
            let mut call = json!({"name": function.name, "args": arguments});
            if self.ask.surface != Surface::Vertex {
                call["id"] = Value::from(seed::letters(&mut rng, 8).to_ascii_lowercase());
            }
            let mut part = json!({"functionCall": call});
            // Only the first call of a step carries what was thought before it.
            let thought = self.ask.model.thinks == Thinks::ByLevel || self.ask.config.thinking_tokens > 0;
            if number == 0 && thought {
                part["thoughtSignature"] = Value::from(self.owner(&function.name).sign(self.about));
            }
            parts.push(part);
        }
    }

    fn owner<'b>(&'b self, function: &'b str) -> Owner<'b> {
        Owner {
            seed: self.world.config.seed,
            surface: self.ask.surface,
            model: &self.ask.model.name,
            function,
        }
    }
}

/// Where a text is from; places are counted in bytes.
fn grounding(text: &str, query: &str) -> Value {
    json!({
        "webSearchQueries": [synth::cut(query, 64)],
        "searchEntryPoint": {"renderedContent": "<div class=\"container\"></div>"},
        "groundingChunks": [{"web": {"uri": say::SOURCE, "title": say::TITLE}}],
        "groundingSupports": [{"segment": {"endIndex": text.len(), "text": text}, "groundingChunkIndices": [0]}],
    })
}

/// One entry a token; the chance follows from its length, so that it is the same each time.
fn chances(text: &str, others: usize, candidate: &mut Value) {
    let chance = |token: &str, rank: usize| {
        let size = u32::try_from(token.len() + 100 * rank).unwrap_or(0);
        let id = seed::hash(&[token.as_bytes()]) % 200_000;
        json!({"token": format!("{token}{}", "'".repeat(rank)), "tokenId": id, "logProbability": -0.01 * f64::from(size)})
    };
    let tokens = synth::tokens(text);
    let chosen: Vec<Value> = tokens.iter().map(|token| chance(token, 0)).collect();
    let top = |token: &String| {
        let ranked: Vec<Value> = (0..others).map(|rank| chance(token, rank)).collect();
        json!({"candidates": ranked})
    };
    let top: Vec<Value> = tokens.iter().map(top).collect();
    let sum: f64 = chosen.iter().filter_map(|one| one["logProbability"].as_f64()).sum();
    let count = f64::from(u32::try_from(chosen.len().max(1)).unwrap_or(1));
    candidate["avgLogprobs"] = Value::from(sum / count);
    candidate["logprobsResult"] = json!({"chosenCandidates": chosen, "topCandidates": top});
}
