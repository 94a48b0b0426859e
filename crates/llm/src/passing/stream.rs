//! Streamed answers of speech, transcriptions and images: the events pass as they come, and are looked at.

use json::{JsonError, Scanner, Token, Value};

use super::{Picture, answer};
use crate::dialect::{Facts, PassStream, openai_chat};
use crate::sse::{self, TooLarge};

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Stream {
    parser: sse::Parser,
    state: State,
}

#[derive(Debug)]
struct State {
    path: &'static str,
    /// An event told that it was the last of its answer.
    ended: bool,
    images: u64,
}

/// What an event says of itself.
#[derive(Debug, Default)]
struct Seen {
    kind: String,
    error: bool,
    /// Bytes of the piece of text or data in it.
    piece: usize,
}

// === impl Stream ===

impl Stream {
    /// A stream of one of OpenAI's paths, without `/v1`.
    pub(crate) fn new(path: &'static str, max_event: usize) -> Self {
        Self { parser: sse::Parser::new(max_event), state: State { path, ended: false, images: 0 } }
    }
}

impl PassStream for Stream {
    fn push(&mut self, bytes: &[u8], facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { parser, state } = self;
        parser.push(bytes, |block| state.block(block, facts, out))
    }

    fn finish(&mut self, facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { parser, state } = self;
        let start = out.len();
        parser.finish(|block| state.block(block, facts, out))?;
        if out.len() > start && !facts.done && !out.ends_with(b"\n\n") {
            out.extend_from_slice(b"\n\n");
        }
        facts.done |= state.ended;
        Ok(())
    }
}

// === impl State ===

impl State {
    fn block(&mut self, block: sse::Block<'_>, facts: &mut Facts, out: &mut Vec<u8>) {
        if facts.done {
            return;
        }
        let Some(event) = block.event else {
            out.extend_from_slice(block.raw);
            return;
        };
        if event.data.trim_ascii() == b"[DONE]" {
            facts.done = true;
            out.extend_from_slice(b"data: [DONE]\n\n");
            return;
        }
        let text = std::str::from_utf8(event.data).unwrap_or("not UTF-8");
        let Ok(seen) = scan(text) else {
            facts.skipped += 1;
            return;
        };
        if seen.error || event.name == b"error" || seen.kind == "error" {
            let error = Value::parse(text).map(|value| openai_chat::error_of(0, &value));
            if let Ok(error) = error {
                openai_chat::fail_stream(error, facts, out);
                return;
            }
        }
        self.note(&seen, text, facts);
        out.extend_from_slice(block.raw);
    }

    fn note(&mut self, seen: &Seen, text: &str, facts: &mut Facts) {
        let last = matches!(seen.kind.rsplit('.').next(), Some("done" | "completed"));
        facts.content |= last || seen.piece > 0;
        facts.signs += 1;
        if seen.kind.ends_with("text.delta") {
            facts.output_bytes = facts.output_bytes.saturating_add(seen.piece);
        }
        if !last {
            return;
        }
        self.ended = true;
        if self.path.starts_with("/images/") {
            self.images += 1;
        }
        // A number that is told again is the same number, and not to be added.
        let Ok(value) = Value::parse(text) else { return };
        facts.picture = Picture::said(&value);
        let usage = answer::read(self.path, &value).or(facts.usage);
        facts.usage = usage.map(|usage| crate::Usage { images: self.images, ..usage });
    }
}

/// Looks at an event. Pieces of data are large: they are passed over and not read.
fn scan(text: &str) -> Result<Seen, JsonError> {
    let mut scanner = Scanner::new(text);
    let mut seen = Seen::default();
    if scanner.token()? != Token::Object {
        scanner.skip()?;
        scanner.end()?;
        return Ok(seen);
    }
    scanner.enter()?;
    while let Some(key) = scanner.next_key()? {
        let token = scanner.token()?;
        match (key.literal(), token) {
            ("type", Token::String) => seen.kind = scanner.string()?.decode().into_owned(),
            ("delta" | "audio" | "text" | "b64_json", Token::String) | ("choices", Token::Array) => {
                seen.piece += scanner.skip()?.len().saturating_sub(2);
            }
            ("error", _) => {
                seen.error |= token != Token::Null;
                scanner.skip()?;
            }
            _ => scanner.pass()?,
        }
    }
    scanner.end()?;
    Ok(seen)
}
