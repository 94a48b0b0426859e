//! A look at an answer or an event of one, without a tree: what it used, why it stopped, whether it says anything.

use json::{JsonError, Scanner, Text, Token, Value};

use crate::FinishReason;

/// What stands in a message or an event.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    /// The name of the event, or `message`.
    pub(super) kind: Text<'a>,
    pub(super) model: Option<Text<'a>>,
    /// The object of what was used.
    pub(super) usage: Option<Value<'a>>,
    pub(super) stop: Option<Text<'a>>,
    pub(super) shape: Shape,
    /// Whether it calls a tool of the client's.
    pub(super) calls: bool,
    /// Bytes of text, reasoning and arguments.
    pub(super) output_bytes: usize,
    /// Whether it says or does anything.
    pub(super) content: bool,
}

/// What an object is, by its members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    #[default]
    Other,
    /// It has a list of blocks.
    Message,
    /// It has an error.
    Error,
}

/// Looks at a message or an event.
pub(super) fn scan(text: &str) -> Result<Seen<'_>, JsonError> {
    let mut scanner = Scanner::new(text);
    let mut seen = Seen::default();
    if scanner.token()? == Token::Object {
        object(&mut scanner, &mut seen)?;
    } else {
        scanner.pass()?;
    }
    scanner.end()?;
    Ok(seen)
}

/// Why the model stopped, by Anthropic's word and by what it did.
pub(super) fn reason(word: &Text<'_>, calls: bool) -> FinishReason {
    match &*word.decode() {
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "refusal" => FinishReason::ContentFilter,
        "pause_turn" => FinishReason::Pause,
        _ if calls => FinishReason::ToolCalls,
        _ => FinishReason::Stop,
    }
}

fn object<'a>(scanner: &mut Scanner<'a>, seen: &mut Seen<'a>) -> Result<(), JsonError> {
    scanner.enter()?;
    while let Some(key) = scanner.next_key()? {
        let token = scanner.token()?;
        match (key.literal(), token) {
            // A message within an event has a type of its own.
            ("type", Token::String) => {
                let kind = scanner.string()?;
                if seen.kind.is_empty() || kind.is("message_start") {
                    seen.kind = kind;
                }
            }
            ("message", Token::Object) => object(scanner, seen)?,
            ("model", Token::String) => seen.model = Some(scanner.string()?),
            ("stop_reason", Token::String) => seen.stop = Some(scanner.string()?),
            ("usage", Token::Object) => {
                let span = scanner.skip()?;
                seen.usage = Some(Value::parse(scanner.slice(span))?);
            }
            ("content", Token::Array) => {
                if seen.shape == Shape::Other {
                    seen.shape = Shape::Message;
                }
                scanner.enter()?;
                while scanner.next_item()? {
                    match scanner.token()? {
                        Token::Object => block(scanner, seen)?,
                        _ => scanner.pass()?,
                    }
                }
            }
            ("content_block" | "delta", Token::Object) => block(scanner, seen)?,
            ("error", token) => {
                if token != Token::Null {
                    seen.shape = Shape::Error;
                }
                scanner.pass()?;
            }
            _ => scanner.pass()?,
        }
    }
    Ok(())
}

/// Looks at a block, a piece of one, or the last piece of a message.
fn block<'a>(scanner: &mut Scanner<'a>, seen: &mut Seen<'a>) -> Result<(), JsonError> {
    scanner.enter()?;
    while let Some(key) = scanner.next_key()? {
        let token = scanner.token()?;
        match (key.literal(), token) {
            ("type", Token::String) => {
                let kind = scanner.string()?;
                seen.calls |= kind.is("tool_use");
                // A block of any other kind says something by being there.
                let pieces = ["text", "thinking", "text_delta", "thinking_delta", "input_json_delta"];
                seen.content |= !pieces.iter().any(|piece| kind.is(piece));
            }
            ("text" | "thinking" | "partial_json", Token::String) => {
                let text = scanner.string()?;
                seen.output_bytes += text.literal().len();
                seen.content |= !text.is_empty();
            }
            ("input", Token::Object) => {
                let span = scanner.skip()?;
                seen.output_bytes += span.len().saturating_sub(2);
            }
            ("stop_reason", Token::String) => seen.stop = Some(scanner.string()?),
            _ => scanner.pass()?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_what_an_event_says() {
        let start = scan(
            r#"{"type":"message_start","message":{"type":"message","model":"m","content":[],"usage":{"input_tokens":3}}}"#,
        )
        .unwrap();
        assert!(start.kind.is("message_start") && !start.content && start.usage.is_some());
        let backwards = scan(r#"{"message":{"type":"message","model":"m"},"type":"message_start"}"#).unwrap();
        assert!(backwards.kind.is("message_start"));
        for (event, says, bytes) in [
            (
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
                false,
                0,
            ),
            (r#"{"type":"content_block_start","content_block":{"type":"tool_use","input":{}}}"#, true, 0),
            (r#"{"type":"content_block_start","content_block":{"type":"redacted_thinking"}}"#, true, 0),
            (r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"hi"}}"#, true, 2),
            (
                r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":""}}"#,
                false,
                0,
            ),
            (r#"{"type":"ping"}"#, false, 0),
        ] {
            let seen = scan(event).unwrap();
            assert_eq!((seen.content, seen.output_bytes), (says, bytes), "{event}");
        }
        let last = scan(r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{}}"#).unwrap();
        assert!(last.stop.is_some_and(|stop| stop.is("tool_use")));
        assert!(scan(r#"{"type":"error","error":{"message":"m"}}"#).unwrap().shape == Shape::Error);
    }
}
