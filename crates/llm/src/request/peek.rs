//! One scan over a request: no tree, no copy but the model's name.
//!
//! The scan refuses what two parsers could read in two ways: a doubled top-level key that anybody acts on
//! (a policy might check one `model` and the provider serve the other), text that is not UTF-8, and
//! nesting beyond 128. Keys are compared after unescaping, for the same reason.

mod blocks;

use std::ops::Range;

use json::{JsonError, Scanner, Token};

use super::weigh::{Within, weigh};
use crate::provider::Headers;
use crate::{Dialect, RequestError, Usage};

/// What a gateway must know of a request, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peek {
    /// The model that is asked for.
    pub model: String,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// What the request says of it.
    told_stream: Option<bool>,
    /// Whether the client asked for usage at the end of the stream.
    pub include_usage: bool,
    /// Whether a streamed answer is to be one JSON array, not events.
    pub array: bool,
    /// How many answers are asked for, at least one.
    pub n: u64,
    /// The limit of the answer in tokens; `max_completion_tokens` counts before `max_tokens`.
    pub max_tokens: Option<u64>,
    /// Bytes of text that the model reads: the strings of the messages, tools, the shape of the answer. A
    /// picture, a recording and a file count a fixed number each.
    pub prompt_bytes: usize,
    /// The answer that the request goes on from, whose conversation the vendor of the dialect would keep.
    pub previous: Option<String>,
    /// The value of it, quotes included.
    pub(super) previous_at: Range<usize>,
    /// The value of `model`, quotes included, and what it says; none if the body has none.
    pub(super) written: Option<(String, Range<usize>)>,
    /// Where a member would stand that is put before all others, and whether others follow it; none where bodies do
    /// not name the model.
    pub(super) front: Option<(usize, bool)>,
    /// What is known of `stream_options`.
    pub(super) options: Options,
    /// Members and items that only Weir understands and no provider of the same dialect may see, one comma included.
    pub(super) foreign: Vec<Range<usize>>,
    /// The first parameter of sampling, where the dialect has to know.
    sampling: Option<&'static str>,
    /// The client's own headers that go to providers of its dialect.
    headers: Vec<(&'static str, String)>,
}

/// Where usage is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Options {
    /// There is no `stream_options`.
    #[default]
    Absent,
    /// It is null, here.
    Null(Range<usize>),
    /// It is an object; its first member stands, or would stand, here.
    Object { inside: usize, empty: bool },
    /// It has `include_usage`, the value of which is here.
    Usage(Range<usize>),
}

/// What a member at the top of a request is to the scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    /// The model's name.
    Model,
    /// Whether the answer is to be streamed.
    Stream,
    /// OpenAI's `stream_options`.
    StreamOptions,
    /// How many answers.
    Number,
    /// The limit of the answer in tokens.
    MaxTokens,
    /// The same, counting before the other.
    MaxTokensFirst,
    /// An object that has the limit as this member, and maybe the number of answers in Gemini's words.
    Limits(&'static str),
    /// The list of items of a response's input, or its text.
    Items,
    /// The list of messages of a chat.
    Messages,
    /// The same, the content of a message being a string or a list of blocks.
    Blocks,
    /// A parameter of sampling.
    Sampling,
    /// The answer that the request goes on from.
    Previous,
    /// Text that the model reads, in whatever shape.
    Prompt,
    /// Media in base64.
    Media,
    /// What cannot be served, and why.
    Refused(&'static str),
    /// Schemas, which the model reads as they are written.
    Schema,
}

/// What the address of a request says of it, in dialects that put it there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address<'a> {
    /// The model.
    pub model: Option<&'a str>,
    /// Whether the answer is streamed.
    pub stream: Option<bool>,
    /// Whether it is then one JSON array, not events, as Gemini's is without `alt=sse`.
    pub array: bool,
}

/// The member of an assistant message that carries another vendor's reasoning state.
const FOREIGN: &str = "thinking_blocks";

/// Members of items that tell that an item is of Weir's making, and what their value begins with then.
const FOREIGN_ITEM: [(&str, &str); 2] = [("encrypted_content", "weir."), ("id", "rs_weir_")];

/// Scans a request of a dialect. Fails if it is not a JSON object in UTF-8, nests more than 128 deep, lacks the
/// model (unless its address has it) or what every request has, doubles a key that is acted on, or gives a wrong type
/// to one of them.
pub fn peek(dialect: Dialect, body: &[u8], address: Address<'_>) -> Result<Peek, RequestError> {
    let client = dialect.client();
    let mut peek = peek_members((client.members(), client.required()), body, address)?;
    peek.stream = peek.told_stream.unwrap_or_else(|| client.streams_by_default());
    Ok(peek)
}

/// What is looked at in a request that only passes.
const PASSING: [(&str, Member); 7] = [
    ("query", Member::Prompt),
    ("documents", Member::Prompt),
    ("model", Member::Model),
    ("stream", Member::Stream),
    ("stream_options", Member::StreamOptions),
    ("input", Member::Prompt),
    ("prompt", Member::Prompt),
];

/// Scans a request that only passes, such as one for an image or for speech.
pub fn peek_passing(body: &[u8], address: Address<'_>) -> Result<Peek, RequestError> {
    peek_members((&PASSING, ""), body, address)
}

/// The same by a table of members, one of which every request must have.
pub(crate) fn peek_members(
    (members, required): (&'static [(&'static str, Member)], &'static str),
    body: &[u8],
    address: Address<'_>,
) -> Result<Peek, RequestError> {
    let text = std::str::from_utf8(body).map_err(|error| {
        RequestError::body(format!("the body is not UTF-8 at byte {}", error.valid_up_to()))
    })?;
    let mut peeking = Peeking { scanner: Scanner::new(text), members, ..Peeking::default() };
    if peeking.scanner.token().map_err(RequestError::json)? != Token::Object {
        return Err(RequestError::body("the body must be a JSON object"));
    }
    peeking.object()?;
    peeking.scanner.end().map_err(RequestError::json)?;
    peeking.finish(required, address)
}

// === impl Peek ===

impl Peek {
    /// Whether the conversation carries reasoning state of another vendor.
    pub(crate) fn has_foreign_state(&self) -> bool {
        !self.foreign.is_empty()
    }

    /// What of this body, which was scanned, is other vendors'.
    pub(crate) fn foreign<'b>(&'b self, body: &'b [u8]) -> impl Iterator<Item = &'b [u8]> {
        self.foreign.iter().filter_map(|span| body.get(span.clone()))
    }

    /// The first parameter of sampling.
    pub(crate) fn sampling(&self) -> Option<&'static str> {
        self.sampling
    }

    /// The client's own headers that go to providers of its dialect.
    pub(crate) fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// With what the client's headers say of the request: the vendor's version and betas go to providers of the same
    /// dialect as they came. Of a header that repeats, all values are expected, with commas between. Fails if the
    /// version forbids what the request has.
    pub fn with_headers(mut self, dialect: Dialect, headers: Headers<'_>) -> Result<Self, RequestError> {
        let client = dialect.client();
        client.check_headers(&self, headers)?;
        let own = client.own_headers().iter();
        self.headers = own.filter_map(|name| Some((*name, headers(name)?))).collect();
        Ok(self)
    }

    /// An estimate of the prompt's tokens: four bytes of text a token, rounded up, and 1,000 tokens for a medium.
    pub fn estimated_tokens(&self) -> u64 {
        Usage::estimate(self.prompt_bytes, 0).input
    }
}

/// A scan under way.
#[derive(Debug)]
struct Peeking<'a> {
    scanner: Scanner<'a>,
    members: &'static [(&'static str, Member)],
    seen: u32,
    front: (usize, bool),
    model: Option<(String, Range<usize>)>,
    stream: Option<bool>,
    include_usage: bool,
    options: Options,
    n: Option<u64>,
    max_tokens: Option<u64>,
    max_completion_tokens: Option<u64>,
    prompt_bytes: usize,
    previous: Option<String>,
    previous_at: Range<usize>,
    foreign: Vec<Range<usize>>,
    sampling: Option<&'static str>,
}

// === impl Peeking ===

impl Default for Peeking<'_> {
    fn default() -> Self {
        Self {
            scanner: Scanner::new(""),
            members: &[],
            seen: 0,
            front: (0, false),
            model: None,
            stream: None,
            include_usage: false,
            options: Options::Absent,
            n: None,
            max_tokens: None,
            max_completion_tokens: None,
            prompt_bytes: 0,
            previous: None,
            previous_at: 0..0,
            foreign: Vec::new(),
            sampling: None,
        }
    }
}

impl<'a> Peeking<'a> {
    fn finish(self, required: &'static str, address: Address<'_>) -> Result<Peek, RequestError> {
        let written = self.model.as_ref().map(|(model, _)| model.as_str());
        let model = address.model.or(written).ok_or_else(|| RequestError::missing("model"))?.to_owned();
        let at = self.members.iter().position(|(name, _)| *name == required);
        if at.is_some_and(|at| self.seen & (1 << at) == 0) {
            return Err(RequestError::missing(required));
        }
        Ok(Peek {
            model,
            written: self.model,
            front: self.members.iter().any(|(_, member)| *member == Member::Model).then_some(self.front),
            told_stream: address.stream.or(self.stream),
            stream: address.stream.or(self.stream).unwrap_or_default(),
            include_usage: self.include_usage,
            array: address.array,
            n: self.n.unwrap_or(1),
            max_tokens: self.max_completion_tokens.or(self.max_tokens),
            prompt_bytes: self.prompt_bytes,
            previous: self.previous,
            previous_at: self.previous_at,
            options: self.options,
            foreign: self.foreign,
            sampling: self.sampling,
            headers: Vec::new(),
        })
    }

    fn object(&mut self) -> Result<(), RequestError> {
        self.json(Scanner::enter)?;
        self.front.0 = self.scanner.pos();
        while let Some(key) = self.json(Scanner::next_key)? {
            self.front.1 = true;
            let found = self.members.iter().enumerate().find(|(_, (name, _))| key.is(name));
            let Some((index, &(name, member))) = found else {
                self.json(Scanner::skip)?;
                continue;
            };
            if self.seen & (1 << index) != 0 {
                let message = format!("`{name}` is given more than once");
                return Err(RequestError::new(name, "duplicate_parameter", message));
            }
            self.seen |= 1 << index;
            self.member(name, member)?;
        }
        Ok(())
    }

    fn member(&mut self, key: &'static str, member: Member) -> Result<(), RequestError> {
        match member {
            Member::Model => self.model(key),
            Member::Items => self.items(),
            Member::Messages => self.messages(key),
            Member::Blocks => self.blocks_of_messages(key),
            Member::Sampling => {
                self.sampling = self.sampling.or(Some(key));
                self.json(Scanner::pass)
            }
            Member::Previous => {
                self.token()?;
                let start = self.scanner.pos();
                self.previous = self.text(key)?;
                self.previous_at = start..self.scanner.pos();
                Ok(())
            }
            Member::Stream => self.bool(key).map(|stream| self.stream = stream),
            Member::StreamOptions => self.stream_options(),
            Member::Number => {
                self.n = self.count(key)?;
                if self.n == Some(0) {
                    return Err(RequestError::invalid(key, format!("`{key}` must be at least 1")));
                }
                Ok(())
            }
            Member::MaxTokens => self.count(key).map(|max| self.max_tokens = max),
            Member::MaxTokensFirst => self.count(key).map(|max| self.max_completion_tokens = max),
            Member::Limits(inner) => self.limits(inner),
            Member::Prompt => {
                self.prompt_bytes += self.json(|scanner| weigh(scanner, Within::Text))?;
                Ok(())
            }
            Member::Refused(why) => match self.token()? {
                Token::Null => self.json(Scanner::null),
                _ => Err(RequestError::unsupported(key, why)),
            },
            Member::Media => {
                self.prompt_bytes += self.json(|scanner| weigh(scanner, Within::Data))?;
                Ok(())
            }
            Member::Schema => {
                self.prompt_bytes += self.json(Scanner::skip)?.len();
                Ok(())
            }
        }
    }

    /// Reads the limit within an object. What else is wrong with it is for the dialect's reader to say.
    fn limits(&mut self, inner: &'static str) -> Result<(), RequestError> {
        if self.token()? != Token::Object {
            return self.json(Scanner::pass);
        }
        self.json(Scanner::enter)?;
        while let Some(key) = self.json(Scanner::next_key)? {
            if key.is(inner) && self.token()? == Token::Number {
                let number = self.json(|scanner| scanner.number().map(str::parse::<u64>))?;
                self.max_tokens = number.ok();
            } else if (key.is("candidateCount") || key.is("candidate_count"))
                && self.token()? == Token::Number
            {
                let number = self.json(|scanner| scanner.number().map(str::parse::<u64>))?;
                self.n = number.ok().filter(|&n| n > 0);
            } else {
                self.json(Scanner::skip)?;
            }
        }
        Ok(())
    }

    /// Runs one step of the scanner.
    fn json<T>(
        &mut self,
        step: impl FnOnce(&mut Scanner<'a>) -> Result<T, JsonError>,
    ) -> Result<T, RequestError> {
        step(&mut self.scanner).map_err(RequestError::json)
    }

    fn token(&mut self) -> Result<Token, RequestError> {
        self.json(Scanner::token)
    }

    fn model(&mut self, key: &'static str) -> Result<(), RequestError> {
        match self.token()? {
            Token::String => {}
            other => return Err(RequestError::wrong_type(key, "a string", other.noun())),
        }
        let start = self.scanner.pos();
        let model = self.json(|scanner| scanner.string().map(|text| text.decode().into_owned()))?;
        if model.trim().is_empty() {
            return Err(RequestError::invalid(key, format!("`{key}` is empty")));
        }
        self.model = Some((model, start..self.scanner.pos()));
        Ok(())
    }

    /// A string, or null.
    fn text(&mut self, key: &'static str) -> Result<Option<String>, RequestError> {
        match self.token()? {
            Token::String => {
                self.json(|scanner| scanner.string().map(|text| Some(text.decode().into_owned())))
            }
            Token::Null => self.json(Scanner::null).map(|()| None),
            other => Err(RequestError::wrong_type(key, "a string", other.noun())),
        }
    }

    /// A boolean, or null.
    fn bool(&mut self, key: &'static str) -> Result<Option<bool>, RequestError> {
        match self.token()? {
            Token::Bool => self.json(Scanner::bool).map(Some),
            Token::Null => self.json(Scanner::null).map(|()| None),
            other => Err(RequestError::wrong_type(key, "a boolean", other.noun())),
        }
    }

    /// A whole number that is not negative, or null.
    fn count(&mut self, key: &'static str) -> Result<Option<u64>, RequestError> {
        match self.token()? {
            Token::Null => return self.json(Scanner::null).map(|()| None),
            Token::Number => {}
            other => return Err(RequestError::wrong_type(key, "an integer", other.noun())),
        }
        let number = self.json(|scanner| scanner.number().map(str::parse::<u64>))?;
        let message = || format!("`{key}` must be a whole number from 0 to 2^64 - 1");
        number.map(Some).map_err(|_| RequestError::invalid(key, message()))
    }

    fn stream_options(&mut self) -> Result<(), RequestError> {
        match self.token()? {
            Token::Null => {
                self.options = Options::Null(self.json(Scanner::skip)?);
                return Ok(());
            }
            Token::Object => {}
            other => return Err(RequestError::wrong_type("stream_options", "an object", other.noun())),
        }
        self.json(Scanner::enter)?;
        let inside = self.scanner.pos();
        let (mut usage, mut empty) = (None, true);
        while let Some(key) = self.json(Scanner::next_key)? {
            empty = false;
            if !key.is("include_usage") {
                self.json(Scanner::skip)?;
                continue;
            }
            self.token()?;
            let start = self.scanner.pos();
            self.include_usage = self.bool("stream_options.include_usage")?.unwrap_or_default();
            if usage.replace(start..self.scanner.pos()).is_some() {
                let message = "`stream_options.include_usage` is given more than once";
                return Err(RequestError::new(
                    "stream_options.include_usage",
                    "duplicate_parameter",
                    message,
                ));
            }
        }
        self.options = usage.map_or(Options::Object { inside, empty }, Options::Usage);
        Ok(())
    }

    fn messages(&mut self, key: &'static str) -> Result<(), RequestError> {
        match self.token()? {
            Token::Array => {}
            other => return Err(RequestError::wrong_type(key, "an array", other.noun())),
        }
        self.json(Scanner::enter)?;
        while self.json(Scanner::next_item)? {
            match self.token()? {
                Token::Object => self.message()?,
                _ => self.prompt_bytes += self.json(|scanner| weigh(scanner, Within::Text))?,
            }
        }
        Ok(())
    }

    /// Passes the items of a response's input, and notes which of them only Weir understands. What else is wrong
    /// with them is for the dialect's reader to say.
    fn items(&mut self) -> Result<(), RequestError> {
        if self.token()? != Token::Array {
            self.prompt_bytes += self.json(|scanner| weigh(scanner, Within::Text))?;
            return Ok(());
        }
        self.json(Scanner::enter)?;
        let first = self.scanner.pos();
        let mut before = first;
        while self.json(Scanner::next_item)? {
            let (weight, foreign) = self.item()?;
            let mut end = self.scanner.pos();
            if foreign {
                if before == first {
                    end = self.with_comma(end);
                }
                self.foreign.push(before..end);
                if before == first {
                    continue;
                }
            } else {
                self.prompt_bytes += weight;
            }
            before = end;
        }
        Ok(())
    }

    /// Passes an item; gives what it weighs, and whether it carries another vendor's state or is of Weir's making.
    fn item(&mut self) -> Result<(usize, bool), RequestError> {
        if self.token()? != Token::Object {
            return Ok((self.json(|scanner| weigh(scanner, Within::Text))?, false));
        }
        let (mut weight, mut foreign) = (0, false);
        self.json(Scanner::enter)?;
        while let Some(key) = self.json(Scanner::next_key)? {
            let mark = FOREIGN_ITEM.iter().find(|(member, _)| key.is(member));
            if let (Some((_, mark)), Token::String) = (mark, self.token()?) {
                let text = self.json(Scanner::string)?;
                foreign |= text.decode().starts_with(mark);
                weight += text.literal().len();
            } else {
                weight += self.json(|scanner| weigh(scanner, Within::Text))?;
            }
        }
        Ok((weight, foreign))
    }

    /// The end of what is taken out at the front of a list, the comma after it included.
    fn with_comma(&mut self, end: usize) -> usize {
        self.scanner.skip_space();
        if self.scanner.rest().starts_with(',') { self.scanner.pos() + 1 } else { end }
    }

    /// Passes a message, counts what it says, and notes where foreign state stands in it.
    fn message(&mut self) -> Result<(), RequestError> {
        self.json(Scanner::enter)?;
        let first = self.scanner.pos();
        let mut before = first;
        while let Some(key) = self.json(Scanner::next_key)? {
            let weight = self.json(|scanner| weigh(scanner, Within::of(&key)))?;
            let mut end = self.scanner.pos();
            if !key.is(FOREIGN) {
                self.prompt_bytes += weight;
            } else {
                if before == first {
                    // The first member goes with the comma after it, the others with the one before.
                    self.scanner.skip_space();
                    let comma = self.scanner.rest().starts_with(',');
                    end = self.scanner.pos() + usize::from(comma);
                }
                self.foreign.push(before..end);
                if before == first {
                    continue;
                }
            }
            before = end;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
