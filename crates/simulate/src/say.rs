//! What a model says, in no vendor's words: the text of an answer, and with what a tool is called. The
//! vendors' folders put it into their forms.

use serde_json::{Map, Value, json};

use crate::{script, seed, synth};

/// What a refusal says.
pub(crate) const REFUSAL: &str = "I'm sorry, but I cannot help with that request.";

/// The page that an answer cites where it cites one: all of its text is from there.
pub(crate) const SOURCE: &str = "https://example.com/weirs";
pub(crate) const TITLE: &str = "Weirs";

/// What the text of an answer must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form<'a> {
    Text,
    /// Any JSON object.
    Object,
    /// A value that fits this schema.
    Schema(&'a Value),
}

/// What an answer is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brief<'a> {
    /// The simulator's seed, and a hash of what was asked: the same gives the same.
    pub(crate) seed: u64,
    pub(crate) about: u64,
    /// What the user said last.
    pub(crate) user: &'a str,
    /// What tools gave since then: name and result.
    pub(crate) results: &'a [(String, String)],
    /// Whether a tool had the last word.
    pub(crate) after_tool: bool,
    pub(crate) form: Form<'a>,
    pub(crate) stops: &'a [String],
    /// How many tokens are left for it.
    pub(crate) budget: Option<u32>,
    /// How many tokens it shall have.
    pub(crate) length: Option<u32>,
}

/// A text, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) end: End,
}

/// How a text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All was said, or a stop sequence came.
    Done,
    /// The budget was used up.
    Cut,
}

/// The text of an answer.
pub(crate) fn text(brief: &Brief<'_>) -> Said {
    let mut rng = seed::rng(brief.seed, "answer", brief.about);
    let scripted = script::text(brief.user, brief.results.len());
    let text = match brief.form {
        Form::Schema(schema) => synth::example(schema).to_string(),
        Form::Object => json!({"answer": synth::answer(brief.user, None, &mut rng)}).to_string(),
        Form::Text if scripted.is_some() => scripted.unwrap_or_default(),
        Form::Text if brief.after_tool => synth::relay(brief.results, brief.length, &mut rng),
        Form::Text => synth::answer(brief.user, brief.length, &mut rng),
    };
    let found = brief.stops.iter().filter(|stop| !stop.is_empty());
    let stopped = found.filter_map(|stop| text.find(stop.as_str())).min();
    let text = stopped.and_then(|at| text.get(..at)).unwrap_or(&text);
    let (text, cut) = fit(text, brief.budget);
    Said { text, end: if cut { End::Cut } else { End::Done } }
}

/// The first half of a text, as it is when a filter ends it.
pub(crate) fn half(text: &str) -> String {
    let tokens = synth::tokens(text);
    tokens.iter().take(tokens.len().div_ceil(2)).map(String::as_str).collect()
}

/// With what a tool of this schema is called.
pub(crate) fn arguments(schema: &Value) -> Map<String, Value> {
    match synth::example(schema) {
        Value::Object(arguments) => arguments,
        _ => Map::new(),
    }
}

/// As many tokens as the budget has, and whether that cut the text.
pub(crate) fn fit(text: &str, budget: Option<u32>) -> (String, bool) {
    let mut tokens = synth::tokens(text);
    let budget = budget.and_then(|budget| usize::try_from(budget).ok()).unwrap_or(usize::MAX);
    let cut = tokens.len() > budget;
    tokens.truncate(budget);
    (tokens.concat(), cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_and_budgets_end_a_text() {
        let stops = ["is".to_owned()];
        let brief = Brief {
            seed: 1,
            about: 2,
            user: "What is a weir?",
            results: &[],
            after_tool: false,
            form: Form::Text,
            stops: &[],
            budget: None,
            length: None,
        };
        assert_eq!(text(&brief), text(&brief));
        assert_eq!(text(&brief).end, End::Done);
        let stopped = text(&Brief { stops: &stops, ..brief });
        assert_eq!((stopped.text.as_str(), stopped.end), ("You said: \"What ", End::Done));
        let cut = text(&Brief { budget: Some(3), ..brief });
        assert_eq!((cut.text.as_str(), cut.end), ("You said: \"What", End::Cut));
        assert_eq!(half("one two three"), "one two");
    }
}
