//! What the models say: made from the request by simple rules, with no model behind it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use base::Rng;

use crate::seed;

mod schema;

pub(crate) use schema::example;

/// How many prompts the cache remembers; one more makes room by forgetting all.
const MOST_CACHED: usize = 16_384;

/// The longest token, in characters.
const LONGEST_TOKEN: usize = 8;

const WORDS: [&str; 48] = [
    "river", "water", "level", "gate", "stone", "bridge", "quiet", "steady", "flows", "carries", "turns",
    "rises", "falls", "under", "over", "along", "north", "south", "early", "late", "light", "deep", "wide",
    "narrow", "every", "second", "hour", "measured", "counted", "held", "opened", "closed", "small", "large",
    "clear", "plain", "answer", "question", "result", "number", "names", "order", "parts", "whole", "first",
    "last", "again", "enough",
];

/// Prompts that were seen before, by their hash.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    seen: Mutex<HashSet<u64>>,
}

// === impl Cache ===

impl Cache {
    pub(crate) fn reset(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn holds(&self, prompt: u64) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains(&prompt)
    }

    pub(crate) fn keep(&self, prompt: u64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST_CACHED {
            seen.clear();
        }
        seen.insert(prompt);
    }
}

/// Splits a text into its tokens. The rule: a word with the white space before it is one token for
/// each eight characters begun, and white space at the end is one more. Joined, they are the text.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for (c, starts) in marked(text) {
        match tokens.last_mut().filter(|_| !starts) {
            Some(token) => token.push(c),
            None => tokens.push(c.to_string()),
        }
    }
    tokens
}

/// How many tokens a text has.
pub(crate) fn count(text: &str) -> u32 {
    u32::try_from(marked(text).filter(|(_, starts)| *starts).count()).unwrap_or(u32::MAX)
}

/// Each character, and whether a token starts with it.
fn marked(text: &str) -> impl Iterator<Item = (char, bool)> + '_ {
    let (mut length, mut in_word) = (0, false);
    text.chars().map(move |c| {
        let starts = length == 0 || length == LONGEST_TOKEN || in_word && c.is_whitespace();
        length = if starts { 1 } else { length + 1 };
        in_word = !c.is_whitespace();
        (c, starts)
    })
}

/// An answer to what the user said last: exactly `length` tokens if that is given.
pub(crate) fn answer(user: &str, length: Option<u32>, rng: &mut Rng) -> String {
    let said = words_of(user, 12);
    let opening =
        if said.is_empty() { "You said nothing.".to_owned() } else { format!("You said: \"{said}\".") };
    let sentences = 1 + rng.below(2);
    let text = (0..sentences).fold(opening, |text, _| {
        let words = 5 + rng.below(6);
        format!("{text} {}", sentence(words, rng))
    });
    match length {
        None => text,
        Some(length) => of_length(&text, length, rng),
    }
}

/// An answer that tells what a tool gave.
pub(crate) fn relay(results: &[(String, String)], length: Option<u32>, rng: &mut Rng) -> String {
    let told: Vec<_> = results
        .iter()
        .map(|(tool, result)| format!("The tool {tool} returned: {}", cut(result, 400)))
        .collect();
    let text = told.join("\n");
    match length {
        None => text,
        Some(length) => of_length(&text, length, rng),
    }
}

/// What a model thinks before it answers.
pub(crate) fn thought(user: &str, length: u32, rng: &mut Rng) -> String {
    let text = format!("The user asks: {}. I look at each part in turn.", words_of(user, 8));
    of_length(&text, length, rng)
}

fn of_length(text: &str, length: u32, rng: &mut Rng) -> String {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let mut tokens = tokens(text);
    while tokens.len() < length {
        tokens.push(format!(" {}", seed::pick(rng, &SHORT).unwrap_or(&"word")));
    }
    tokens.truncate(length);
    tokens.concat()
}

/// Words that are one token each, with the space before them.
const SHORT: [&str; 12] = [
    "river", "water", "level", "stone", "quiet", "flows", "turns", "rises", "light", "clear", "order",
    "whole",
];

fn sentence(words: u64, rng: &mut Rng) -> String {
    let words: Vec<_> = (0..words).filter_map(|_| seed::pick(rng, &WORDS).copied()).collect();
    let mut text = words.join(" ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text.push('.');
    text
}

/// The first words of a text, on one line.
fn words_of(text: &str, most: usize) -> String {
    let words: Vec<_> = text.split_whitespace().take(most).map(|word| cut(word, 64)).collect();
    words.join(" ")
}

/// At most the first `most` characters.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        None => text,
        Some((end, _)) => text.get(..end).unwrap_or(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_join_to_the_text_and_follow_the_rule() {
        for text in
            ["", " ", "a", "two words", "  lead and trail  ", "incomprehensibilities", "ünï cödé 日本語"]
        {
            assert_eq!(tokens(text).concat(), text);
            assert_eq!(tokens(text).len(), usize::try_from(count(text)).unwrap());
        }
        assert_eq!(tokens("one two incomprehensible "), ["one", " two", " incompr", "ehensibl", "e", " "]);
    }

    #[test]
    fn an_answer_has_the_length_that_was_asked_for() {
        for length in [1, 2, 30, 200] {
            let text = answer("What is a weir?", Some(length), &mut Rng::seeded(9));
            assert_eq!(count(&text), length);
        }
        let twice = [0, 1].map(|_| answer("Hi", None, &mut Rng::seeded(4)));
        assert_eq!(twice[0], twice[1]);
    }
}
