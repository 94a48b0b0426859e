//! The words of a block: names that many calls share are written once and numbered.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use trace::Label;
use trace::codec::{DecodeError, put, take};

/// Numbers words as they come; 0 is the empty one.
#[derive(Debug, Default)]
pub(crate) struct Words {
    numbers: HashMap<Box<str>, u64, foldhash::fast::RandomState>,
    bytes: Vec<u8>,
    /// Words that stay where they are while the block is filled, found by their place.
    fixed: Vec<(usize, usize, u64)>,
    held: Vec<Arc<str>>,
}

/// Fixed words that are looked through; further ones are looked up as any other.
const FIXED: usize = 24;

/// The words of a stored block by number.
#[derive(Debug)]
pub(crate) struct WordList<'a>(Vec<&'a str>);

impl Words {
    /// The number of a word.
    pub(crate) fn number(&mut self, word: &str) -> u64 {
        if word.is_empty() {
            return 0;
        }
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        let number = self.numbers.len() as u64 + 1;
        self.numbers.insert(word.into(), number);
        put_text(&mut self.bytes, word);
        number
    }

    /// The number of a label; one of the program's own is found by its place.
    pub(crate) fn label(&mut self, label: &Label) -> u64 {
        match label {
            Cow::Borrowed(name) => self.at(name, None),
            Cow::Owned(name) => self.number(name),
        }
    }

    /// The number of a shared word, found by its place: it is held, so that nothing else comes to lie there.
    pub(crate) fn shared(&mut self, word: &Arc<str>) -> u64 {
        self.at(word, Some(word))
    }

    fn at(&mut self, word: &str, hold: Option<&Arc<str>>) -> u64 {
        let place = (word.as_ptr().addr(), word.len());
        if let Some((.., number)) = self.fixed.iter().find(|(at, len, _)| (*at, *len) == place) {
            return *number;
        }
        let number = self.number(word);
        if self.fixed.len() < FIXED {
            self.fixed.push((place.0, place.1, number));
            self.held.extend(hold.cloned());
        }
        number
    }

    /// As they are stored.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets all words.
    pub(crate) fn clear(&mut self) {
        self.numbers.clear();
        self.bytes.clear();
        self.fixed.clear();
        self.held.clear();
    }
}

impl<'a> WordList<'a> {
    /// Reads what [`Words::bytes`] gave.
    pub(crate) fn read(mut bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut words = vec![""];
        while !bytes.is_empty() {
            words.push(take_text(&mut bytes)?);
        }
        Ok(Self(words))
    }

    /// The word of a number.
    pub(crate) fn get(&self, number: u64) -> Result<&'a str, DecodeError> {
        usize::try_from(number).ok().and_then(|at| self.0.get(at).copied()).ok_or(DecodeError)
    }
}

/// Appends a text with its length.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Takes a text off the front of `bytes`.
pub(crate) fn take_text<'a>(bytes: &mut &'a [u8]) -> Result<&'a str, DecodeError> {
    let length = usize::try_from(take(bytes)?).map_err(|_| DecodeError)?;
    std::str::from_utf8(take_bytes(bytes, length)?).map_err(|_| DecodeError)
}

/// Takes so many bytes off the front of `bytes`.
pub(crate) fn take_bytes<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], DecodeError> {
    let (first, rest) = bytes.split_at_checked(length).ok_or(DecodeError)?;
    *bytes = rest;
    Ok(first)
}
