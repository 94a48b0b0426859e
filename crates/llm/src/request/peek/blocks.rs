//! Messages whose content is a list of blocks (Anthropic's): what they say is counted, and reasoning of other vendors is
//! found, which Anthropic would refuse: a signature that is sealed or empty is one that Weir itself gave to the client.

use json::{Scanner, Token, Value};

use super::super::weigh::{Within, weigh};
use super::Peeking;
use crate::RequestError;
use crate::canonical::{Opaque, Origin};

/// What to cut out of a list so that some of its items are gone and the commas are right.
#[derive(Debug, Default)]
struct Cuts {
    /// Where the last item ended, the first of them that stays having been seen.
    kept: Option<usize>,
    /// Where the first item began, all so far having to go.
    front: Option<usize>,
    items: usize,
    gone: usize,
}

// === impl Cuts ===

impl Cuts {
    /// An item stood from `start` to `end`. Gives what to cut, as far as it is known.
    fn item(&mut self, (start, end): (usize, usize), goes: bool) -> Option<std::ops::Range<usize>> {
        self.items += 1;
        if !goes {
            self.kept = Some(end);
            return self.front.take().map(|front| front..start);
        }
        self.gone += 1;
        if let Some(kept) = &mut self.kept {
            return Some(std::mem::replace(kept, end)..end);
        }
        self.front.get_or_insert(start);
        None
    }

    /// Whether nothing is left of a list that was not empty.
    fn all_gone(&self) -> bool {
        self.items > 0 && self.gone == self.items
    }
}

impl Peeking<'_> {
    /// Passes the list of messages.
    pub(super) fn blocks_of_messages(&mut self, key: &'static str) -> Result<(), RequestError> {
        match self.token()? {
            Token::Array => {}
            other => return Err(RequestError::wrong_type(key, "an array", other.noun())),
        }
        self.json(Scanner::enter)?;
        let mut cuts = Cuts::default();
        while self.json(Scanner::next_item)? {
            let token = self.token()?;
            let start = self.scanner.pos();
            let mut goes = false;
            if token == Token::Object {
                let before = self.foreign.len();
                goes = self.message_of_blocks()?;
                if goes {
                    self.foreign.truncate(before);
                }
            } else {
                self.prompt_bytes += self.json(|scanner| weigh(scanner, Within::Text))?;
            }
            self.foreign.extend(cuts.item((start, self.scanner.pos()), goes));
        }
        Ok(())
    }

    /// Passes a message; gives whether nothing is left of it.
    fn message_of_blocks(&mut self) -> Result<bool, RequestError> {
        self.json(Scanner::enter)?;
        let mut goes = false;
        while let Some(key) = self.json(Scanner::next_key)? {
            if key.is("content") && self.token()? == Token::Array {
                goes = self.blocks()?;
            } else {
                self.prompt_bytes += self.json(|scanner| weigh(scanner, Within::Text))?;
            }
        }
        Ok(goes)
    }

    fn blocks(&mut self) -> Result<bool, RequestError> {
        self.json(Scanner::enter)?;
        let mut cuts = Cuts::default();
        while self.json(Scanner::next_item)? {
            let token = self.token()?;
            let start = self.scanner.pos();
            let goes = if token == Token::Object {
                self.block()?
            } else {
                self.prompt_bytes += self.json(|scanner| weigh(scanner, Within::Text))?;
                false
            };
            self.foreign.extend(cuts.item((start, self.scanner.pos()), goes));
        }
        Ok(cuts.all_gone())
    }

    /// Passes a block; gives whether it is another vendor's reasoning. Sources that another vendor cited are cut out of it.
    fn block(&mut self) -> Result<bool, RequestError> {
        self.json(Scanner::enter)?;
        let cuts_before = self.foreign.len();
        let mut cuts = Cuts::default();
        let (mut reasons, mut foreign, mut weight) = (false, false, 0);
        self.scanner.skip_space();
        let mut start = self.scanner.pos();
        while let Some(key) = self.json(Scanner::next_key)? {
            let token = self.token()?;
            let mut goes = false;
            match (key.literal(), token) {
                ("type", Token::String) => {
                    let kind = self.json(Scanner::string)?;
                    reasons = kind.is("thinking") || kind.is("redacted_thinking");
                    weight += kind.literal().len();
                }
                ("signature" | "data", Token::String) => {
                    let mut ahead = self.scanner.clone();
                    let state = ahead.string().map_err(RequestError::json)?;
                    foreign |= state.is_empty()
                        || Opaque::open(state, Origin::Anthropic).of(Origin::Anthropic).is_none();
                    weight += self.json(|scanner| weigh(scanner, Within::Data))?;
                }
                ("citations", Token::Array) => {
                    let span = self.json(Scanner::skip)?;
                    goes = is_foreign(self.scanner.slice(span));
                }
                _ => weight += self.json(|scanner| weigh(scanner, within(key.literal())))?,
            }
            self.foreign.extend(cuts.item((start, self.scanner.pos()), goes));
            start = self.next_member();
        }
        let goes = reasons && foreign;
        if goes {
            self.foreign.truncate(cuts_before);
            return Ok(true);
        }
        self.prompt_bytes += weight;
        Ok(false)
    }

    /// Where the next member would begin, behind the comma.
    fn next_member(&mut self) -> usize {
        self.scanner.skip_space();
        let rest = self.scanner.rest();
        let space = |rest: &str| rest.len() - rest.trim_ascii_start().len();
        let behind = rest.strip_prefix(',').map_or(0, |after| 1 + space(after));
        self.scanner.pos() + behind
    }
}

/// Whether citations are not Anthropic's: what it found on the web has a sealed index, what Weir tells of others none.
fn is_foreign(citations: &str) -> bool {
    let list = Value::parse(citations);
    list.is_ok_and(|list| list.items().iter().any(|citation| citation.get("encrypted_index").is("")))
}

/// What a string is by the member that it stands in.
fn within(member: &str) -> Within {
    if member == "url" { Within::Address } else { Within::Text }
}
