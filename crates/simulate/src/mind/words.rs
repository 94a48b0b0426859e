//! Sentences.

use base::Rng;

use super::tokens::pieces;
use crate::dice;

/// How a model declines.
pub(super) const REFUSAL: &str = "I cannot help with that.";

const FILLERS: [&str; 16] = [
    "Here is what matters most.",
    "The short answer is that it depends on the details.",
    "A good first step is to measure before changing anything.",
    "Two things follow from this.",
    "First, keep the moving parts few.",
    "Second, make every part easy to replace.",
    "In practice the simple way is often good enough.",
    "Let me know if you want more depth on any point.",
    "The numbers agree with what one would expect.",
    "There is one exception worth knowing about.",
    "It helps to look at an example.",
    "Most of the time is spent waiting for something else.",
    "This holds for small and large cases alike.",
    "The rest follows in the same manner.",
    "That is all there is to it.",
    "Please check the result against your own data.",
];

/// Words that begin questions and are no names.
const NO_NAMES: [&str; 18] = [
    "What", "Which", "Who", "Where", "When", "Why", "How", "Is", "Are", "Do", "Does", "Can", "Could", "Please", "The",
    "Tell", "Use", "Call",
];

/// An answer to a user's message: so many tokens, or as many as come.
pub(super) fn answer(prompt: &str, tokens: Option<u64>, rng: &mut Rng) -> String {
    let opening = match quote(prompt) {
        quoted if quoted.is_empty() => "Hello.".to_owned(),
        quoted => format!("You said: \"{quoted}\"."),
    };
    extend(opening, tokens, rng)
}

/// An answer that uses what the tools said.
pub(super) fn after_tool(results: &str, tokens: Option<u64>, rng: &mut Rng) -> String {
    extend(format!("The tool says: {results}."), tokens, rng)
}

/// What a model thinks aloud.
pub(super) fn thinking(prompt: &str, rng: &mut Rng) -> String {
    extend(format!("The user says: \"{}\". I should answer briefly.", quote(prompt)), None, rng)
}

/// The words of a message that it may be about, the likeliest first: names, then longer words from the end.
pub(super) fn topics(prompt: &str) -> Vec<String> {
    let words: Vec<&str> =
        prompt.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 1).collect();
    let is_name = |word: &&&str| word.starts_with(char::is_uppercase) && !NO_NAMES.contains(word);
    let names = words.iter().filter(is_name);
    let others = words.iter().rev().filter(|word| word.chars().count() > 3 && !is_name(word));
    names.chain(others).map(|word| (*word).to_owned()).collect()
}

fn quote(prompt: &str) -> String {
    prompt.split_whitespace().take(12).collect::<Vec<_>>().join(" ").replace('"', "'")
}

fn extend(opening: String, tokens: Option<u64>, rng: &mut Rng) -> String {
    let mut text = opening;
    let Some(tokens) = tokens else {
        for _ in 0..=rng.below(3) {
            push_filler(&mut text, rng);
        }
        return text;
    };
    let tokens = usize::try_from(tokens).unwrap_or(usize::MAX);
    let mut have = pieces(&text).len();
    while have < tokens {
        have += push_filler(&mut text, rng);
    }
    pieces(&text).into_iter().take(tokens).collect()
}

/// Adds a sentence and gives the number of its tokens.
fn push_filler(text: &mut String, rng: &mut Rng) -> usize {
    let filler = dice::pick(rng, &FILLERS).copied().unwrap_or_default();
    text.push(' ');
    text.push_str(filler);
    pieces(filler).len()
}
