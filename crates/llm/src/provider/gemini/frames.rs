//! How Google frames a streamed answer: as server-sent events, or, where nobody asked for those, as one JSON array
//! whose items arrive one by one.

use crate::sse::{self, TooLarge};

/// A piece of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    /// The JSON of one answer, or of an error.
    Data(&'a [u8]),
    /// A sign of life.
    Comment,
    /// The array has ended; of events nothing tells the last.
    End,
}

/// Reads frames from pieces of a stream.
#[derive(Debug)]
pub(crate) struct Frames {
    limit: usize,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// Nothing but white space came.
    Unknown,
    Events(sse::Parser),
    Array(Items),
}

/// The objects of one JSON array.
#[derive(Debug, Default)]
struct Items {
    limit: usize,
    /// An object whose end has not come.
    pending: Vec<u8>,
    /// How deep the next byte is within the object; 0 between objects.
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// Nothing more is read: the array has ended, or an object was too large.
    over: Option<Over>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Ended,
    TooLarge,
}

// === impl Frames ===

impl Frames {
    /// A reader that takes frames of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, form: Form::Unknown }
    }

    /// Reads a piece and gives every frame that it completes.
    pub(crate) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Frame<'_>)) -> Result<(), TooLarge> {
        let mut bytes = bytes;
        if let Form::Unknown = self.form {
            bytes = bytes.trim_ascii_start();
            self.form = match bytes.first() {
                None => return Ok(()),
                Some(b'[') => Form::Array(Items { limit: self.limit, ..Items::default() }),
                Some(_) => Form::Events(sse::Parser::new(self.limit)),
            };
        }
        match &mut self.form {
            Form::Unknown => Ok(()),
            Form::Events(parser) => parser.push(bytes, |block| event(block, &mut each)),
            Form::Array(items) => items.push(bytes, each),
        }
    }

    /// The stream has ended: gives what was held back.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(Frame<'_>)) -> Result<(), TooLarge> {
        match &mut self.form {
            Form::Events(parser) => parser.finish(|block| event(block, &mut each)),
            Form::Unknown | Form::Array(_) => Ok(()),
        }
    }
}

/// An error amid events may come as bare JSON.
fn event(block: sse::Block<'_>, each: &mut impl FnMut(Frame<'_>)) {
    let raw = block.raw.trim_ascii();
    match (block.event, raw.first()) {
        (Some(event), _) => each(Frame::Data(event.data)),
        (None, Some(b'{' | b'[')) => each(Frame::Data(raw)),
        (None, Some(b':')) => each(Frame::Comment),
        (None, _) => {}
    }
}

// === impl Items ===

impl Items {
    fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Frame<'_>)) -> Result<(), TooLarge> {
        let mut start = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            if self.over.is_some() {
                break;
            }
            if self.depth == 0 {
                match byte {
                    b'{' => (self.depth, start) = (1, at),
                    b']' => {
                        self.over = Some(Over::Ended);
                        each(Frame::End);
                    }
                    _ => {}
                }
                continue;
            }
            self.within(byte);
            if self.depth == 0 {
                self.pending.extend_from_slice(bytes.get(start..=at).unwrap_or_default());
                self.check()?;
                each(Frame::Data(&self.pending));
                self.pending.clear();
            }
        }
        if self.depth > 0 && self.over.is_none() {
            self.pending.extend_from_slice(bytes.get(start..).unwrap_or_default());
        }
        self.check()
    }

    fn check(&mut self) -> Result<(), TooLarge> {
        if self.pending.len() > self.limit {
            self.over = Some(Over::TooLarge);
        }
        if self.over == Some(Over::TooLarge) { Err(TooLarge { limit: self.limit }) } else { Ok(()) }
    }

    /// Follows a byte of an object.
    fn within(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(pieces: &[&[u8]], limit: usize) -> (Vec<String>, bool) {
        let mut frames = Frames::new(limit);
        let mut seen = Vec::new();
        let mut note = |frame: Frame<'_>| {
            seen.push(match frame {
                Frame::Data(data) => String::from_utf8_lossy(data).into_owned(),
                Frame::Comment => "comment".to_owned(),
                Frame::End => "end".to_owned(),
            });
        };
        let read = pieces.iter().all(|piece| frames.push(piece, &mut note).is_ok());
        let read = read && frames.finish(&mut note).is_ok();
        (seen, read)
    }

    #[test]
    fn an_array_gives_its_objects_however_it_is_cut() {
        let text = "\n[{\"a\":\"}\\\"]{\",\"b\":[1,{}]}\n,\r\n{\"c\":2} ] {\"late\":1}".as_bytes();
        let expect =
            (vec![r#"{"a":"}\"]{","b":[1,{}]}"#.to_owned(), r#"{"c":2}"#.into(), "end".into()], true);
        for at in 0..=text.len() {
            let (front, back) = text.split_at(at);
            assert_eq!(frames(&[front, back], 100), expect, "cut at {at}");
        }
    }

    #[test]
    fn events_give_their_data_and_bare_errors() {
        let text = b"data: {\"a\":1}\r\n\r\n: hi\r\n\r\n{\r\n \"error\": {}\r\n}\r\n";
        let expect =
            (vec![r#"{"a":1}"#.to_owned(), "comment".into(), "{\r\n \"error\": {}\r\n}".into()], true);
        assert_eq!(frames(&[text], 100), expect);
    }

    #[test]
    fn an_object_without_end_is_too_large() {
        assert_eq!(frames(&[b"[{\"a\":\"", &[b'x'; 20], &[b'x'; 20]], 30), (vec![], false));
        assert!(!frames(&[b"[{\"a\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}]"], 30).1);
    }
}
