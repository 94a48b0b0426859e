//! Requests and answers of the same dialect on both sides: their bytes pass, and are looked at on the way.

use std::ops::Range;

use json::{JsonError, Scanner, Text, Token, Value};

use super::error;
use super::frame::{BLANK, Framer};
use super::members::is;
use super::state;
use crate::dialect::{Facts, PassStream};
use crate::provider::gemini::{Frame, Frames, Seen, look};
use crate::sse::TooLarge;
use crate::{ApiError, Context, RequestError, ResponseError, Translated, Usage};

/// Refuses a request in which a member that somebody acts on has both of its names.
pub(super) fn check(text: &str) -> Result<(), RequestError> {
    const NAMES: [&str; 3] = ["contents", "generationConfig", "systemInstruction"];
    let mut seen = [false; NAMES.len()];
    let mut scanner = Scanner::new(text);
    let mut doubled = None;
    let mut scan = || -> Result<(), JsonError> {
        if scanner.token()? != Token::Object {
            return Ok(());
        }
        scanner.enter()?;
        while let Some(key) = scanner.next_key()? {
            let known = NAMES.iter().zip(&mut seen).find(|(name, _)| is(&key, name));
            if let Some((name, seen)) = known
                && std::mem::replace(seen, true)
            {
                doubled = Some(*name);
            }
            scanner.pass()?;
        }
        Ok(())
    };
    scan().map_err(RequestError::json)?;
    doubled.map_or(Ok(()), |name| {
        Err(RequestError::new(name, "duplicate_parameter", format!("`{name}` is given more than once")))
    })
}

/// What is taken out of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// State of other vendors, which Weir itself gave to the client.
    ForeignState,
    /// Ids of calls and results.
    Ids,
}

/// The request without what is unfit for the provider; none if all of it fits.
pub(crate) fn without(body: &[u8], unfit: Unfit) -> Option<Vec<u8>> {
    let mark: &[u8] = if unfit == Unfit::Ids { b"\"id\"" } else { b"d2Vpci" };
    memchr::memmem::find(body, mark)?;
    let text = std::str::from_utf8(body).ok()?;
    let mut walk = Walk { scanner: Scanner::new(text), unfit, edits: Vec::new() };
    walk.object(Level::Body).ok()?;
    if walk.edits.is_empty() {
        return None;
    }
    walk.edits.sort_by_key(|(span, _)| span.start);
    let mut out = Vec::with_capacity(body.len());
    let mut copied = 0;
    for (span, new) in &walk.edits {
        out.extend_from_slice(body.get(copied..span.start).unwrap_or_default());
        out.extend_from_slice(new.as_bytes());
        copied = span.end;
    }
    out.extend_from_slice(body.get(copied..).unwrap_or_default());
    Some(out)
}

/// A walk over the parts of a request.
struct Walk<'a> {
    scanner: Scanner<'a>,
    unfit: Unfit,
    /// What is replaced, and by what.
    edits: Vec<(Range<usize>, &'static str)>,
}

/// Where a walk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Body,
    Content,
    Part,
    /// A call or a result.
    Call,
}

/// What stands in for the signature of a call of another vendor's, in JSON.
pub(in crate::dialect) const NO_SIGNATURE: &str = "\"c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=\"";

// === impl Walk ===

impl Walk<'_> {
    /// Walks over an object. What is taken out of it goes with one comma.
    fn object(&mut self, level: Level) -> Result<(), JsonError> {
        if self.scanner.token()? != Token::Object {
            return self.scanner.pass();
        }
        self.scanner.enter()?;
        let first = self.scanner.pos();
        let mut before = first;
        let (mut is_call, mut taken) = (false, None);
        while let Some(key) = self.scanner.next_key()? {
            self.scanner.token()?;
            let value = self.scanner.pos();
            let unfit = self.value(level, &key)?;
            is_call |= level == Level::Part && is(&key, "functionCall");
            let mut end = self.scanner.pos();
            if unfit {
                let value = value..end;
                if before == first {
                    // The first member goes with the comma after it, the others with the one before.
                    self.scanner.skip_space();
                    let comma = self.scanner.rest().starts_with(',');
                    end = self.scanner.pos() + usize::from(comma);
                }
                taken = Some((before..end, value));
                if before == first {
                    continue;
                }
            }
            before = end;
        }
        match taken {
            // A call must have one.
            Some((_, value)) if is_call => self.edits.push((value, NO_SIGNATURE)),
            Some((member, _)) => self.edits.push((member, "")),
            None => {}
        }
        Ok(())
    }

    /// Walks over a member's value; whether it is unfit.
    fn value(&mut self, level: Level, key: &Text<'_>) -> Result<bool, JsonError> {
        let token = self.scanner.token()?;
        match level {
            Level::Body if key.is("contents") => self.list(Level::Content)?,
            Level::Content if key.is("parts") => self.list(Level::Part)?,
            Level::Part
                if self.unfit == Unfit::ForeignState
                    && is(key, "thoughtSignature")
                    && token == Token::String =>
            {
                return Ok(state::is_foreign(&self.scanner.string()?.decode()));
            }
            Level::Part
                if self.unfit == Unfit::Ids && (is(key, "functionCall") || is(key, "functionResponse")) =>
            {
                self.object(Level::Call)?;
            }
            Level::Call if key.is("id") => {
                self.scanner.pass()?;
                return Ok(true);
            }
            _ => self.scanner.pass()?,
        }
        Ok(false)
    }

    /// Walks over a list, or one item by itself.
    fn list(&mut self, level: Level) -> Result<(), JsonError> {
        if self.scanner.token()? != Token::Array {
            return self.object(level);
        }
        self.scanner.enter()?;
        while self.scanner.next_item()? {
            self.object(level)?;
        }
        Ok(())
    }
}

/// Looks at a whole answer.
pub(super) fn response(text: &str, ctx: &Context) -> Result<Translated, ResponseError> {
    let value = Value::parse(text).map_err(|_| ResponseError::NotJson)?;
    let seen = look(value.items().first().unwrap_or(&value));
    if let Some(error) = seen.error {
        return Err(ResponseError::Failed(Box::new(error)));
    }
    if seen.finish.is_none() && value.get("candidates").items().is_empty() {
        return Err(ResponseError::Unexpected { what: "it has no `candidates`" });
    }
    Ok(Translated {
        body: Vec::new(),
        unchanged: true,
        usage: Usage {
            images: seen.images,
            ..seen.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, seen.output_bytes))
        },
        finish_reason: seen.reason(false),
        kept: Vec::new(),
        model: seen.model.map(|model| model.decode().into_owned()),
    })
}

/// Passes one stream: each answer as it came, framed as the client wants it.
#[derive(Debug)]
pub(super) struct Stream {
    frames: Frames,
    state: State,
}

#[derive(Debug)]
struct State {
    framer: Framer,
    array: bool,
    /// Whether the model told why it stopped.
    stopped: bool,
    called: bool,
    images: u64,
}

impl PassStream for Stream {
    fn push(&mut self, bytes: &[u8], facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { frames, state } = self;
        frames.push(bytes, |frame| state.frame(frame, facts, out))
    }

    fn finish(&mut self, facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { frames, state } = self;
        frames.finish(|frame| state.frame(frame, facts, out))?;
        state.end(facts, out);
        Ok(())
    }

    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) -> bool {
        self.state.framer.item(out, |out| error::encode(error, out));
        self.state.framer.end(out);
        true
    }
}

// === impl Stream ===

impl Stream {
    pub(super) fn new(ctx: &Context) -> Self {
        let framer = Framer::new(ctx.array, false);
        let state = State { framer, array: ctx.array, stopped: false, called: false, images: 0 };
        Self { frames: Frames::new(ctx.max_event), state }
    }
}

// === impl State ===

impl State {
    fn frame(&mut self, frame: Frame<'_>, facts: &mut Facts, out: &mut Vec<u8>) {
        if facts.done {
            return;
        }
        let data = match frame {
            Frame::Data(data) => data,
            Frame::Comment if facts.content => {
                out.extend_from_slice(if self.array { BLANK } else { super::SIGN_OF_LIFE });
                return;
            }
            Frame::Comment => return,
            Frame::End => return self.end(facts, out),
        };
        let value = std::str::from_utf8(data).ok().and_then(|text| Value::parse(text).ok());
        let seen =
            value.as_ref().map(|value| look(value.items().first().unwrap_or(value))).unwrap_or_default();
        if let Some(error) = seen.error.clone().map(ApiError::for_client) {
            self.framer.item(out, |out| error::encode(&error, out));
            self.framer.end(out);
            facts.error = Some(error);
            facts.done = true;
        } else if !seen.known {
            // The client's library would give up on it, and the answers after it may be fine.
            facts.skipped += 1;
        } else {
            self.framer.item(out, |out| one_line(data, out));
            self.note(&seen, facts);
        }
    }

    fn note(&mut self, seen: &Seen<'_>, facts: &mut Facts) {
        self.images += seen.images;
        let told = seen.usage.or(facts.usage_so_far);
        facts.usage_so_far = told.map(|usage| Usage { images: self.images, ..usage });
        facts.content |= seen.content || seen.finish.is_some();
        facts.output_bytes = facts.output_bytes.saturating_add(seen.output_bytes);
        self.called |= seen.calls;
        self.stopped |= seen.finish.is_some();
        facts.finish_reason = seen.reason(self.called).or(facts.finish_reason);
        if facts.model.is_none() {
            facts.model = seen.model.as_ref().map(|model| model.decode().into_owned());
        }
    }

    /// The stream is over. Without a reason to stop it lost its end.
    fn end(&mut self, facts: &mut Facts, out: &mut Vec<u8>) {
        if self.stopped && !facts.done {
            facts.done = true;
            facts.usage = facts.usage_so_far;
            self.framer.end(out);
        }
    }
}

/// Writes JSON in one line: an event ends with its line.
fn one_line(json: &[u8], out: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(at) = memchr::memchr2(b'\n', b'\r', rest) {
        let (line, after) = rest.split_at(at);
        out.extend_from_slice(line);
        out.push(b' ');
        rest = after.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}
