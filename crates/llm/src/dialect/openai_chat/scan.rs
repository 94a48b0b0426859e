//! A look at an answer or a chunk of one, without a tree: what it used, why it stopped, whether it says
//! anything.

use json::{JsonError, Scanner, Text, Token, Value};

use super::usage;
use crate::{FinishReason, Usage};

/// What stands in an answer or a chunk.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    pub(super) usage: Option<Usage>,
    pub(super) model: Option<Text<'a>>,
    /// The whole value of `error`, unless null.
    pub(super) error: bool,
    /// How many choices it has; none if it has no `choices`.
    pub(super) choices: Option<usize>,
    /// The reason of the first choice that gives one.
    pub(super) finish: Option<FinishReason>,
    /// Indexes of the choices that occur, and of those that give a reason, as bits.
    pub(super) present: u64,
    pub(super) finished: u64,
    /// Bytes of text, reasoning and arguments.
    pub(super) output_bytes: usize,
    /// Whether a choice says or does anything.
    pub(super) content: bool,
}

/// Looks at a chat completion or a chunk of one.
pub(super) fn scan(text: &str) -> Result<Seen<'_>, JsonError> {
    let mut scanner = Scanner::new(text);
    let mut seen = Seen::default();
    if scanner.token()? != Token::Object {
        scanner.skip()?;
        scanner.end()?;
        return Ok(seen);
    }
    scanner.enter()?;
    while let Some(key) = scanner.next_key()? {
        match key.literal() {
            "choices" if scanner.token()? == Token::Array => choices(&mut scanner, &mut seen)?,
            "usage" => seen.usage = object(&mut scanner, usage::read)?.or(seen.usage),
            "x_groq" => {
                seen.usage = seen.usage.or(object(&mut scanner, |value| usage::read(value.get("usage")))?);
            }
            "model" if scanner.token()? == Token::String => seen.model = Some(scanner.string()?),
            "error" => {
                seen.error |= scanner.token()? != Token::Null;
                scanner.skip()?;
            }
            _ => scanner.pass()?,
        }
    }
    scanner.end()?;
    Ok(seen)
}

/// Reads an object as a tree; anything else is passed.
fn object<T>(
    scanner: &mut Scanner<'_>,
    read: impl FnOnce(&Value<'_>) -> Option<T>,
) -> Result<Option<T>, JsonError> {
    if scanner.token()? != Token::Object {
        scanner.pass()?;
        return Ok(None);
    }
    Ok(read(&Value::read(scanner)?))
}

fn choices(scanner: &mut Scanner<'_>, seen: &mut Seen<'_>) -> Result<(), JsonError> {
    scanner.enter()?;
    let mut count = 0;
    while scanner.next_item()? {
        count += 1;
        if scanner.token()? == Token::Object {
            choice(scanner, seen)?;
        } else {
            scanner.skip()?;
        }
    }
    seen.choices = Some(count);
    Ok(())
}

fn choice(scanner: &mut Scanner<'_>, seen: &mut Seen<'_>) -> Result<(), JsonError> {
    let (mut index, mut finish) = (0_u32, None);
    scanner.enter()?;
    while let Some(key) = scanner.next_key()? {
        let token = scanner.token()?;
        match (key.literal(), token) {
            ("index", Token::Number) => index = scanner.number()?.parse().unwrap_or(0),
            ("finish_reason", Token::String) => finish = reason(&scanner.string()?),
            ("delta" | "message", Token::Object) => message(scanner, seen)?,
            ("text", Token::String) => said(scanner, seen)?,
            _ => scanner.pass()?,
        }
    }
    let bit = 1_u64.checked_shl(index).unwrap_or(0);
    seen.present |= bit;
    if finish.is_some() {
        seen.finished |= bit;
        seen.finish = seen.finish.or(finish);
    }
    Ok(())
}

/// The reason, also in the words of imitators; none if it is empty, as some leave it until the end.
pub(crate) fn reason(word: &Text<'_>) -> Option<FinishReason> {
    Some(match &*word.decode() {
        "" => return None,
        "length" | "model_length" | "max_tokens" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" | "sensitive" => FinishReason::ContentFilter,
        "error" | "network_error" | "insufficient_system_resource" => FinishReason::Error,
        _ => FinishReason::Stop,
    })
}

/// Passes a string that the model said.
fn said(scanner: &mut Scanner<'_>, seen: &mut Seen<'_>) -> Result<(), JsonError> {
    let text = scanner.string()?;
    seen.output_bytes += text.literal().len();
    seen.content |= !text.is_empty();
    Ok(())
}

fn message(scanner: &mut Scanner<'_>, seen: &mut Seen<'_>) -> Result<(), JsonError> {
    scanner.enter()?;
    while let Some(key) = scanner.next_key()? {
        let token = scanner.token()?;
        match (key.literal(), token) {
            ("content" | "reasoning_content" | "reasoning" | "refusal", Token::String) => {
                said(scanner, seen)?;
            }
            (
                "content" | "tool_calls" | "reasoning_details" | "audio" | "function_call",
                Token::Array | Token::Object,
            ) => {
                let span = scanner.skip()?;
                // `[]` and `{}` say nothing.
                seen.content |= span.len() > 2;
                seen.output_bytes += span.len().saturating_sub(2);
            }
            _ => scanner.pass()?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_what_a_chunk_says() {
        let seen =
            scan(r#"{"model":"m","choices":[{"index":1,"delta":{"content":"hi"},"finish_reason":null}]}"#)
                .unwrap();
        assert!(seen.content && seen.finish.is_none() && seen.usage.is_none());
        assert_eq!((seen.choices, seen.present, seen.finished, seen.output_bytes), (Some(1), 2, 0, 2));
        for empty in [
            r#"{"choices":[{"delta":{"role":"assistant","content":"","refusal":null,"tool_calls":[]},"finish_reason":""}],"usage":null}"#,
            r#"{"choices":[]}"#,
            "[]",
        ] {
            let seen = scan(empty).unwrap();
            assert!(!seen.content && seen.finish.is_none() && seen.usage.is_none() && !seen.error, "{empty}");
        }
        for full in [
            r#"{"choices":[{"delta":{"reasoning_content":"x"}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0}]}}]}"#,
            r#"{"choices":[{"message":{"content":[{"type":"thinking"}]}}]}"#,
        ] {
            assert!(scan(full).unwrap().content, "{full}");
        }
    }

    #[test]
    fn usage_is_found_also_where_groq_puts_it() {
        let seen =
            scan(r#"{"choices":[],"x_groq":{"id":"r","usage":{"prompt_tokens":3,"completion_tokens":4}}}"#)
                .unwrap();
        assert_eq!(seen.usage.map(|usage| usage.total()), Some(7));
    }
}
