//! Reading of a JSON document no more than somebody asks of it: what no pointer names is passed over without being kept.

use std::borrow::Cow;
use std::iter::Peekable;

use expr::Pointer;
use expr::runtime::{Expression, Source};
use json::{JsonError, Scanner, Token};
use serde_json::{Map, Value};

use crate::document::Step;

/// The parts of a document that are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sieve {
    /// All of it.
    whole: bool,
    /// Parts of it.
    parts: Vec<Part>,
}

/// A part, by the name of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    name: Box<str>,
    /// The name as the index of an item.
    index: Option<usize>,
    asked: Sieve,
}

/// Why a text is no document.
#[derive(Debug, thiserror::Error)]
pub enum SieveError {
    /// It is no JSON.
    #[error(transparent)]
    Form(#[from] JsonError),
    /// What is asked for cannot be kept, such as a number that is too large.
    #[error(transparent)]
    Value(#[from] serde_json::Error),
    /// What is asked for is no text.
    #[error("a text in it is no UTF-8")]
    Text,
}

/// A document under the sieve.
struct Sifted<'t, R: Iterator<Item = usize>> {
    scanner: Scanner<'t>,
    /// Where what was no UTF-8 in it has been replaced, in order.
    replaced: Peekable<R>,
}

// === impl Sieve ===

impl Sieve {
    /// The whole document.
    pub fn whole() -> Self {
        Self { whole: true, parts: Vec::new() }
    }

    /// What a step asks of the bodies of its answers. Parts of an answer that several elements share are looked at one by
    /// one.
    pub fn of_step(step: &Step) -> Self {
        if step.weir.for_each.as_ref().is_some_and(|each| each.batch.is_some()) {
            return Self::whole();
        }
        let own = step.looks_at().into_iter().chain(step.weir.needs()).chain(step.weir.looks_at());
        let mut sieve = Self::default();
        for (_, expression) in own {
            if let Expression::Response(Source::Body(pointer)) = expression {
                sieve.add(pointer);
            }
        }
        sieve
    }

    fn add(&mut self, pointer: &Pointer) {
        let mut at = self;
        for token in pointer.tokens() {
            if at.whole {
                return;
            }
            let known = at.parts.iter().position(|part| *part.name == *token).unwrap_or_else(|| {
                let index = Pointer::index(token);
                at.parts.push(Part { name: token.into(), index, asked: Self::default() });
                at.parts.len() - 1
            });
            at = &mut at.parts[known].asked;
        }
        *at = Self::whole();
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        !self.whole && self.parts.is_empty()
    }

    /// Whether all of it is asked for.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Reads a document: each pointer that was given finds in it what it finds in the whole document. What is not asked
    /// for must be JSON too (RFC 8259), but may have text that is no UTF-8.
    pub fn read(&self, text: &[u8]) -> Result<Value, SieveError> {
        if self.whole {
            return Ok(serde_json::from_slice(text)?);
        }
        let bytes = text;
        let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
        let mended = matches!(text, Cow::Owned(_)).then_some(bytes);
        let replaced = mended.into_iter().flat_map(replaced).peekable();
        let mut sifted = Sifted { scanner: Scanner::new(&text), replaced };
        let value = sifted.value(self)?;
        sifted.scanner.end()?;
        Ok(value)
    }
}

/// Where in the text that is made of bytes what is no UTF-8 is replaced.
fn replaced(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let mut end = 0;
    bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).map(move |chunk| {
        let at = end + chunk.valid().len();
        end = at + char::REPLACEMENT_CHARACTER.len_utf8();
        at
    })
}

// === impl Sifted ===

impl<R: Iterator<Item = usize>> Sifted<'_, R> {
    /// What is asked of the value that stands next. Where nothing can be asked for, that is nothing.
    fn value(&mut self, asked: &Sieve) -> Result<Value, SieveError> {
        match self.scanner.token()? {
            _ if asked.whole => self.whole(),
            Token::Object if !asked.is_empty() => self.members(asked),
            Token::Array if !asked.is_empty() => self.items(asked),
            _ => Ok(self.scanner.pass().map(|()| Value::Null)?),
        }
    }

    fn whole(&mut self) -> Result<Value, SieveError> {
        let range = self.scanner.skip()?;
        while self.replaced.next_if(|at| *at < range.start).is_some() {}
        if self.replaced.peek().is_some_and(|at| *at < range.end) {
            return Err(SieveError::Text);
        }
        let text = self.scanner.slice(range);
        let plain = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match plain.filter(|plain| !plain.contains('\\')) {
            Some(plain) => Ok(Value::String(plain.to_owned())),
            None => Ok(serde_json::from_str(text)?),
        }
    }

    fn members(&mut self, asked: &Sieve) -> Result<Value, SieveError> {
        let mut kept = Map::with_capacity(asked.parts.len());
        self.scanner.enter()?;
        while let Some(name) = self.scanner.next_key()? {
            match asked.parts.iter().find(|part| name.is(&part.name)) {
                // Of two of one name the last counts.
                Some(part) => drop(kept.insert(String::from(&*part.name), self.value(&part.asked)?)),
                None => self.scanner.pass()?,
            }
        }
        Ok(Value::Object(kept))
    }

    fn items(&mut self, asked: &Sieve) -> Result<Value, SieveError> {
        let mut kept = Vec::new();
        self.scanner.enter()?;
        for at in 0.. {
            if !self.scanner.next_item()? {
                break;
            }
            match asked.parts.iter().find(|part| part.index == Some(at)) {
                Some(part) => {
                    kept.resize(at, Value::Null);
                    kept.push(self.value(&part.asked)?);
                }
                None => self.scanner.pass()?,
            }
        }
        Ok(Value::Array(kept))
    }
}

#[cfg(test)]
mod tests;
