//! What the simulated models think: a text made from the last message, a call of the first tool, the answer that
//! uses the tool's result. The same request gets the same thought, whatever the vendor's wire format.

use base::Rng;
use serde_json::{Value, json};

mod schema;
mod tokens;
mod words;

pub(crate) use tokens::{count, pieces};

/// What a model is asked, taken from a vendor's request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    /// The text of the last turn of the user.
    pub(crate) prompt: String,
    /// What the tools said, when the last turn brings their results.
    pub(crate) results: Option<String>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) choice: Choice,
    pub(crate) form: Form,
    /// The text's length in tokens, if it was asked for.
    pub(crate) tokens: Option<u64>,
    /// No more tokens than these, thinking included.
    pub(crate) limit: Option<u64>,
    /// Texts at which the model stops.
    pub(crate) stops: Vec<String>,
    /// Whether to think aloud first.
    pub(crate) thinks: bool,
    /// Tokens thought in silence.
    pub(crate) silent: u64,
    /// How many tools to call at once.
    pub(crate) calls: usize,
    /// Whether to decline.
    pub(crate) refuse: bool,
}

/// A tool that may be called.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    /// JSON Schema of its arguments; without one it takes free text.
    pub(crate) schema: Option<Value>,
}

/// Which tool to call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    /// None.
    Never,
    /// The first, if a user speaks.
    #[default]
    Free,
    /// The first, in any case.
    Must,
    /// This one, in any case.
    Named(String),
}

/// What the text looks like.
#[derive(Clone, Debug, Default)]
pub(crate) enum Form {
    #[default]
    Prose,
    /// Some JSON object.
    Json,
    /// JSON that this schema describes.
    Schema(Value),
}

/// What a model has to say.
#[derive(Clone, Debug)]
pub(crate) struct Thought {
    pub(crate) thinking: Option<String>,
    pub(crate) text: String,
    pub(crate) calls: Vec<ToolCall>,
    pub(crate) end: End,
}

/// A call of a tool.
#[derive(Clone, Debug)]
pub(crate) struct ToolCall {
    pub(crate) name: String,
    /// An object, or free text.
    pub(crate) input: Value,
}

/// Why a model stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Said,
    Limit,
    /// This text would have come next.
    Stop(String),
    Calls,
    Refused,
}

/// Longest quote of a tool's result, in characters.
const QUOTE: usize = 2_000;

/// Thinks; `rng` comes from the seed and the request.
pub(crate) fn think(ask: &Ask, rng: &mut Rng) -> Thought {
    let mut left = ask.limit.unwrap_or(u64::MAX).saturating_sub(ask.silent);
    let thinking = ask.thinks.then(|| limited(&words::thinking(&ask.prompt, rng), &mut left).0);
    if ask.refuse {
        return Thought { thinking, text: words::REFUSAL.to_owned(), calls: Vec::new(), end: End::Refused };
    }
    let calls = calls(ask, rng);
    if !calls.is_empty() {
        let forced = matches!(ask.choice, Choice::Must | Choice::Named(_));
        let text = calls.first().filter(|_| !forced).map(|call| format!("I will use {}.", call.name));
        return Thought { thinking, text: text.unwrap_or_default(), calls, end: End::Calls };
    }
    let (text, end) = stopped(text(ask, rng), &ask.stops);
    let (text, cut) = limited(&text, &mut left);
    Thought { thinking, text, calls, end: if cut { End::Limit } else { end } }
}

fn text(ask: &Ask, rng: &mut Rng) -> String {
    match &ask.form {
        Form::Prose => match &ask.results {
            Some(results) => words::after_tool(&results.chars().take(QUOTE).collect::<String>(), ask.tokens, rng),
            None => words::answer(&ask.prompt, ask.tokens, rng),
        },
        Form::Json => json!({"answer": words::answer(&ask.prompt, ask.tokens, rng)}).to_string(),
        Form::Schema(schema) => schema::example(schema, &words::topics(&ask.prompt), rng).to_string(),
    }
}

fn calls(ask: &Ask, rng: &mut Rng) -> Vec<ToolCall> {
    let tools: Vec<&Tool> = match &ask.choice {
        Choice::Never => Vec::new(),
        Choice::Free if ask.results.is_some() => Vec::new(),
        Choice::Free | Choice::Must => ask.tools.iter().collect(),
        Choice::Named(name) => ask.tools.iter().filter(|tool| tool.name == *name).collect(),
    };
    let topics = words::topics(&ask.prompt);
    let call = |tool: &Tool| ToolCall {
        name: tool.name.clone(),
        input: match &tool.schema {
            Some(schema) => schema::example(schema, &topics, rng),
            None => Value::String(ask.prompt.clone()),
        },
    };
    tools.into_iter().cycle().take(if ask.tools.is_empty() { 0 } else { ask.calls.max(1) }).map(call).collect()
}

/// The text up to the first of the stops, and that stop.
fn stopped(text: String, stops: &[String]) -> (String, End) {
    let found = stops.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| Some((text.find(stop)?, stop)));
    match found.min_by_key(|(at, _)| *at) {
        None => (text, End::Said),
        Some((at, stop)) => (text.get(..at).unwrap_or_default().to_owned(), End::Stop(stop.clone())),
    }
}

/// The text within the tokens left, and whether something was cut off.
fn limited(text: &str, left: &mut u64) -> (String, bool) {
    let all = pieces(text);
    let fits = usize::try_from(*left).unwrap_or(usize::MAX);
    *left = left.saturating_sub(all.len() as u64);
    (all.iter().take(fits).copied().collect(), all.len() > fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask() -> Ask {
        Ask { prompt: "What is the weather in Paris today?".to_owned(), ..Ask::default() }
    }

    fn weather() -> Tool {
        let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
        Tool { name: "get_weather".to_owned(), schema: Some(schema) }
    }

    #[test]
    fn the_same_request_gets_the_same_answer_and_the_length_asked_for() {
        let thought = think(&ask(), &mut Rng::seeded(3));
        assert_eq!(thought.text, think(&ask(), &mut Rng::seeded(3)).text);
        assert_ne!(thought.text, think(&ask(), &mut Rng::seeded(4)).text);
        assert!(thought.text.contains("weather in Paris"), "{}", thought.text);
        for tokens in [0, 1, 7, 500] {
            let thought = think(&Ask { tokens: Some(tokens), ..ask() }, &mut Rng::seeded(3));
            assert_eq!(count(&thought.text), tokens);
        }
    }

    #[test]
    fn limits_and_stops_end_a_text() {
        let limited = think(&Ask { limit: Some(3), ..ask() }, &mut Rng::seeded(3));
        assert_eq!((count(&limited.text), limited.end), (3, End::Limit));
        let stopped = think(&Ask { stops: vec!["Paris".to_owned()], ..ask() }, &mut Rng::seeded(3));
        assert_eq!(stopped.end, End::Stop("Paris".to_owned()));
        assert!(stopped.text.ends_with("weather in "));
    }

    #[test]
    fn a_tool_is_called_once_and_its_result_is_used() {
        let asked = Ask { tools: vec![weather()], ..ask() };
        let thought = think(&asked, &mut Rng::seeded(3));
        assert_eq!(thought.end, End::Calls);
        assert_eq!(thought.calls[0].input, json!({"city": "Paris"}));
        let answered = think(&Ask { results: Some("18 degrees".to_owned()), ..asked.clone() }, &mut Rng::seeded(3));
        assert!(answered.text.contains("18 degrees") && answered.calls.is_empty());
        assert!(think(&Ask { choice: Choice::Never, ..asked.clone() }, &mut Rng::seeded(3)).calls.is_empty());
        assert_eq!(think(&Ask { calls: 3, ..asked }, &mut Rng::seeded(3)).calls.len(), 3);
    }
}
