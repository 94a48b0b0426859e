//! What is asked and what the model says, without any vendor's words: it calls the tools that it is given
//! once, then answers from their results; else it answers from what was said.

use serde_json::{Map, Value, json};

use crate::fault::{Faults, Finish};
use crate::say;
use crate::script::{self, Called};
use crate::seed;
use crate::synth;
use crate::world::World;

/// What a call costs besides its name and arguments.
const CALL_TOKENS: u32 = 4;

/// What was said, boiled down to what an answer is made from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// A hash of everything.
    pub(crate) about: u64,
    pub(crate) tokens: u32,
    /// The text of the last user message that has some.
    pub(crate) user: String,
    /// The last results after it: the tool's name and what it gave.
    pub(crate) results: Vec<(String, String)>,
    /// How many results came after it in all.
    pub(crate) returned: usize,
}

/// A tool that can be called.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) schema: Value,
}

/// Which tools to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    #[default]
    Auto,
    Never,
    Required,
    /// This one.
    Named(String),
}

/// What the text of the answer must be.
#[derive(Clone, Debug, Default)]
pub(crate) enum Form {
    #[default]
    Text,
    /// Any JSON object.
    Object,
    /// A value that fits a schema.
    Schema(Value),
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    pub(crate) model: String,
    pub(crate) heard: Heard,
    pub(crate) tools: Vec<Tool>,
    pub(crate) choice: Choice,
    pub(crate) one_at_a_time: bool,
    pub(crate) form: Form,
    pub(crate) stops: Vec<String>,
    pub(crate) most_tokens: Option<u32>,
    /// How many tokens the model thinks, if it does.
    pub(crate) thinks: Option<u32>,
}

/// A call of a tool.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: Map<String, Value>,
}

/// Why an answer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Stop,
    /// This text came, which was asked to end it.
    Sequence(String),
    Length,
    Calls,
    /// The model does not want to.
    Refused,
    /// A filter ended it in its middle.
    Filtered,
    /// A filter did not let the prompt in.
    Blocked,
    /// The model failed in its middle.
    Failed,
}

/// What the model says.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) thought: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) calls: Vec<Call>,
    pub(crate) end: End,
    pub(crate) thought_tokens: u32,
    /// Everything written, thoughts too.
    pub(crate) tokens: u32,
}

// === impl Heard ===

impl Heard {
    /// Takes in a text and counts its tokens.
    pub(crate) fn add(&mut self, text: &str) {
        self.mix(text.as_bytes());
        self.count(synth::count(text));
    }

    /// Takes in what has no text, such as a picture, for so many tokens.
    pub(crate) fn add_media(&mut self, data: &str, tokens: u32) {
        self.mix(data.as_bytes());
        self.count(tokens);
    }

    pub(crate) fn count(&mut self, tokens: u32) {
        self.tokens = self.tokens.saturating_add(tokens);
    }

    /// The user said this; what tools gave before is past.
    pub(crate) fn said(&mut self, text: &str) {
        text.clone_into(&mut self.user);
        self.results.clear();
        self.returned = 0;
    }

    /// A tool gave this.
    pub(crate) fn gave(&mut self, tool: String, result: String) {
        self.results.push((tool, result));
        self.returned += 1;
    }

    fn mix(&mut self, bytes: &[u8]) {
        self.about = seed::hash(&[&self.about.to_le_bytes(), bytes]);
    }
}

// === impl Question ===

impl Question {
    /// What the model says to it; `index` tells apart the answers to one question.
    pub(crate) fn answer(&self, world: &World, faults: Faults, index: u64) -> Answer {
        let about =
            seed::hash(&[self.model.as_bytes(), &self.heard.about.to_le_bytes(), &index.to_le_bytes()]);
        let mut answer = Answer {
            thought: None,
            text: None,
            calls: Vec::new(),
            end: End::Stop,
            thought_tokens: 0,
            tokens: 0,
        };
        let mut left = self.most_tokens.unwrap_or(u32::MAX);
        if let Some(length) = self.thinks.map(|length| length.min(left)) {
            let mut rng = seed::rng(world.config.seed, "thought", about);
            answer.thought = Some(synth::thought(&self.heard.user, length, &mut rng));
            (answer.thought_tokens, answer.tokens) = (length, length);
            left -= length;
        }
        let heard = &self.heard;
        let plan = script::plan(&heard.user, heard.returned, &self.tools, |tool| &tool.name);
        let calls = plan.calls_or(|| self.free_calls(faults));
        if left == 0 {
            answer.end = End::Length;
        } else if calls.is_empty() || faults.finish.is_some() {
            self.speak(world, faults, about, left, &mut answer);
        } else {
            Self::call(calls, &mut answer);
        }
        answer
    }

    /// Without a script: the first tool comes first, or the one that was named; none after a result.
    fn free_calls(&self, faults: Faults) -> Vec<(&Tool, Called)> {
        if !self.heard.results.is_empty() {
            return Vec::new();
        }
        let tools: Vec<_> = match &self.choice {
            Choice::Never => Vec::new(),
            Choice::Auto | Choice::Required => self.tools.iter().collect(),
            Choice::Named(name) => self.tools.iter().filter(|tool| tool.name == *name).collect(),
        };
        let count = if self.one_at_a_time { 1 } else { faults.calls.unwrap_or(1) };
        let tools = tools.into_iter().cycle().take(usize::try_from(count).unwrap_or(1));
        tools.map(|tool| (tool, Called::fitting(&tool.name, &tool.schema))).collect()
    }

    fn call(calls: Vec<(&Tool, Called)>, answer: &mut Answer) {
        for (_, called) in calls {
            let call = Call { name: called.name, arguments: called.arguments };
            answer.tokens += CALL_TOKENS + synth::count(&call.text());
            answer.calls.push(call);
        }
        answer.end = End::Calls;
    }

    fn speak(&self, world: &World, faults: Faults, about: u64, left: u32, answer: &mut Answer) {
        let mut rng = seed::rng(world.config.seed, "answer", about);
        let heard = &self.heard;
        let scripted = script::text(&heard.user, heard.returned);
        let text = match &self.form {
            _ if matches!(faults.finish, Some(Finish::Refusal | Finish::Blocked)) => say::REFUSAL.to_owned(),
            Form::Schema(schema) => synth::example(schema).to_string(),
            Form::Object => json!({"answer": synth::answer(&heard.user, None, &mut rng)}).to_string(),
            Form::Text if scripted.is_some() => scripted.unwrap_or_default(),
            Form::Text if !heard.results.is_empty() => synth::relay(&heard.results, faults.tokens, &mut rng),
            Form::Text => synth::answer(&heard.user, faults.tokens, &mut rng),
        };
        let stops = self.stops.iter().filter(|stop| !stop.is_empty());
        let found = stops.filter_map(|stop| text.find(stop.as_str()).map(|at| (at, stop))).min();
        let (text, sequence) = match found {
            Some((at, stop)) => (text.get(..at).unwrap_or_default(), Some(stop)),
            None => (text.as_str(), None),
        };
        let mut tokens = synth::tokens(text);
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        if tokens.len() > most {
            answer.end = End::Length;
        } else if let Some(sequence) = sequence {
            answer.end = End::Sequence(sequence.clone());
        }
        let ending = ending(faults);
        if matches!(ending, Some(End::Filtered | End::Failed)) {
            tokens.truncate(tokens.len().div_ceil(2));
        }
        answer.end = ending.unwrap_or(answer.end.clone());
        tokens.truncate(most);
        answer.tokens += u32::try_from(tokens.len()).unwrap_or(0);
        answer.text = Some(tokens.concat());
    }
}

/// The end that a fault asks for.
fn ending(faults: Faults) -> Option<End> {
    match faults.finish? {
        Finish::Refusal => Some(End::Refused),
        Finish::Filter => Some(End::Filtered),
        Finish::Blocked => Some(End::Blocked),
        Finish::Failed => Some(End::Failed),
        Finish::Word(_) => None,
    }
}

// === impl Call ===

impl Call {
    /// The arguments as JSON text.
    pub(crate) fn text(&self) -> String {
        Value::Object(self.arguments.clone()).to_string()
    }
}
