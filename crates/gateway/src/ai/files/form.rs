//! Forms with files (`multipart/form-data`, RFC 7578), read piece by piece as they come: the content of a file is handed
//! on at once, the other fields are short. No I/O.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;

/// The longest head of a part, and the longest field that is no file, in bytes.
const HEAD_CAP: usize = 16 << 10;
const FIELD_CAP: usize = 64 << 10;

/// The most parts of a form.
const MOST_PARTS: usize = 64;

/// A piece of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A field that is no file, whole.
    Field(String, String),
    /// A file begins.
    File {
        /// The field's name.
        name: String,
        /// As the client calls it.
        filename: String,
        /// As the client says, where it does.
        media_type: Option<String>,
    },
    /// Content of the file that has begun; never empty.
    Data(Bytes),
    /// The file has ended.
    FileEnd,
    /// The form has ended.
    End,
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Form {
    /// What stands between parts.
    mark: Vec<u8>,
    buffer: BytesMut,
    state: State,
    parts: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Before the first part.
    Preamble,
    /// Behind a mark.
    Marked,
    /// In a field of this name.
    Field(String),
    File,
    Ended,
}

/// What is wrong with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FormError(pub(crate) &'static str);

// === impl Form ===

impl Form {
    /// A form with the boundary that its content type names. `None`: it is no form's.
    pub(crate) fn of(content_type: &str) -> Option<Self> {
        let (essence, parameters) = content_type.split_once(';')?;
        if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = parameter(parameters, "boundary")?;
        if boundary.is_empty() || boundary.len() > 70 {
            return None;
        }
        let mark = format!("\r\n--{boundary}").into_bytes();
        // A boundary stands at the start of a line (RFC 2046 §5.1.1), and so does the body.
        Some(Self { mark, buffer: BytesMut::from(&b"\r\n"[..]), state: State::Preamble, parts: 0 })
    }

    /// Takes what has come.
    pub(crate) fn push(&mut self, data: &[u8]) {
        if self.state != State::Ended {
            self.buffer.extend_from_slice(data);
        }
    }

    /// The next piece; `None`: more must come first. Before more is pushed it is to be asked until there is none.
    pub(crate) fn next(&mut self) -> Result<Option<Piece>, FormError> {
        loop {
            let piece = match &self.state {
                State::Preamble => self.preamble()?,
                State::Marked => self.marked()?,
                State::Field(_) => self.field()?,
                State::File => self.file(),
                State::Ended => return Ok(None),
            };
            match piece {
                Step::Piece(piece) => return Ok(Some(piece)),
                Step::On => {}
                Step::More => return Ok(None),
            }
        }
    }

    /// Whether all of it has come.
    pub(crate) fn is_over(&self) -> bool {
        self.state == State::Ended
    }

    fn preamble(&mut self) -> Result<Step, FormError> {
        match memmem::find(&self.buffer, &self.mark) {
            Some(at) => {
                self.buffer.advance(at + self.mark.len());
                self.state = State::Marked;
                Ok(Step::On)
            }
            None if self.buffer.len() > HEAD_CAP => Err(FormError("it does not begin with its boundary")),
            None => Ok(Step::More),
        }
    }

    /// Behind a mark the form ends, or a head follows.
    fn marked(&mut self) -> Result<Step, FormError> {
        if self.buffer.len() < 2 {
            return Ok(Step::More);
        }
        if self.buffer.starts_with(b"--") {
            self.buffer.clear();
            self.state = State::Ended;
            return Ok(Step::Piece(Piece::End));
        }
        let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") else {
            let long = self.buffer.len() > HEAD_CAP;
            return if long { Err(FormError("the head of a part is too long")) } else { Ok(Step::More) };
        };
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return Err(FormError("it has too many parts"));
        }
        let head = self.buffer.split_to(end + 4);
        let part = Part::read(&head).ok_or(FormError("the head of a part cannot be read"))?;
        let Some(filename) = part.filename else {
            self.state = State::Field(part.name);
            return Ok(Step::On);
        };
        self.state = State::File;
        Ok(Step::Piece(Piece::File { name: part.name, filename, media_type: part.media_type }))
    }

    fn field(&mut self) -> Result<Step, FormError> {
        let Some(end) = memmem::find(&self.buffer, &self.mark) else {
            let long = self.buffer.len() > FIELD_CAP + self.mark.len();
            return if long { Err(FormError("a field is too long")) } else { Ok(Step::More) };
        };
        let value = self.buffer.split_to(end);
        self.buffer.advance(self.mark.len());
        let State::Field(name) = std::mem::replace(&mut self.state, State::Marked) else {
            return Ok(Step::On);
        };
        let value = std::str::from_utf8(&value).map_err(|_| FormError("a field is not UTF-8"))?;
        Ok(Step::Piece(Piece::Field(name, value.to_owned())))
    }

    fn file(&mut self) -> Step {
        if let Some(end) = memmem::find(&self.buffer, &self.mark) {
            if end > 0 {
                return Step::Piece(Piece::Data(self.buffer.split_to(end).freeze()));
            }
            self.buffer.advance(self.mark.len());
            self.state = State::Marked;
            return Step::Piece(Piece::FileEnd);
        }
        // What may be the beginning of a mark waits.
        let sure = self.buffer.len().saturating_sub(self.mark.len() - 1);
        if sure == 0 { Step::More } else { Step::Piece(Piece::Data(self.buffer.split_to(sure).freeze())) }
    }
}

enum Step {
    Piece(Piece),
    /// The state has changed.
    On,
    /// More must come.
    More,
}

/// What the head of a part says.
struct Part {
    name: String,
    filename: Option<String>,
    media_type: Option<String>,
}

// === impl Part ===

impl Part {
    /// Reads a head, which begins behind a mark and ends with an empty line.
    fn read(head: &[u8]) -> Option<Self> {
        let (rest_of_mark, head) = std::str::from_utf8(head).ok()?.split_once("\r\n")?;
        if !rest_of_mark.trim().is_empty() {
            return None;
        }
        let field = |wanted: &str| {
            head.split("\r\n").find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
            })
        };
        let (kind, parameters) = field("content-disposition")?.split_once(';')?;
        if !kind.trim().eq_ignore_ascii_case("form-data") {
            return None;
        }
        Some(Self {
            name: parameter(parameters, "name")?,
            filename: parameter(parameters, "filename"),
            media_type: field("content-type").map(str::to_owned),
        })
    }
}

/// A parameter of a header's value: a word, or a string in quotes, in which a backslash escapes and `%22` is a quote, as
/// browsers write it.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        let (name, behind) = rest.split_once('=')?;
        let (value, behind) = value(behind.trim_start());
        if name.trim().trim_start_matches(';').trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = behind.trim_start().strip_prefix(';').unwrap_or(behind);
    }
}

/// A value, and what stands behind it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        return (word.trim().to_owned(), rest);
    };
    let (mut value, mut chars) = (String::new(), quoted.chars());
    while let Some(next) = chars.next() {
        match next {
            '"' => break,
            // Old browsers send paths with single backslashes: only what must be escaped is taken for escaped.
            '\\' if chars.as_str().starts_with(['"', '\\']) => value.extend(chars.next()),
            other => value.push(other),
        }
    }
    (value.replace("%22", "\""), chars.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORM: &[u8] = b"--b-1\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
        --b-1\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".jsonl\"\r\n\
        Content-Type: application/jsonl\r\n\r\nline\r\n--b-\r\n--b-2\r\n\r\n--b-1  \r\n\
        Content-Disposition: form-data; name=expires_after[anchor]\r\n\r\n\r\n--b-1--\r\nepilogue";

    fn form(boundary: &str) -> Form {
        Form::of(&format!("multipart/form-data; charset=utf-8; boundary=\"{boundary}\"")).unwrap()
    }

    /// The pieces, with a file's content joined.
    fn read(form: &mut Form, parts: &[&[u8]]) -> Result<Vec<Piece>, FormError> {
        let mut pieces: Vec<Piece> = Vec::new();
        for part in parts {
            form.push(part);
            while let Some(piece) = form.next()? {
                match (pieces.last_mut(), piece) {
                    (Some(Piece::Data(last)), Piece::Data(more)) => {
                        *last = [&last[..], &more].concat().into();
                    }
                    (_, piece) => pieces.push(piece),
                }
            }
        }
        Ok(pieces)
    }

    fn expected() -> Vec<Piece> {
        vec![
            Piece::Field("purpose".into(), "batch".into()),
            Piece::File {
                name: "file".into(),
                filename: "a \"b\".jsonl".into(),
                media_type: Some("application/jsonl".into()),
            },
            Piece::Data(Bytes::from_static(b"line\r\n--b-\r\n--b-2\r\n")),
            Piece::FileEnd,
            Piece::Field("expires_after[anchor]".into(), String::new()),
            Piece::End,
        ]
    }

    #[test]
    fn content_types_that_are_no_forms_are_told() {
        for none in [
            "application/json",
            "multipart/form-data",
            "multipart/mixed; boundary=a",
            "multipart/form-data; boundary=\"\"",
        ] {
            assert!(Form::of(none).is_none(), "{none}");
        }
    }

    #[test]
    fn broken_forms_are_refused() {
        for bad in [
            &b"--b\r\n\r\nx\r\n--b--"[..],
            b"--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx",
            b"--bc\r\nContent-Disposition: form-data; name=a\r\n\r\nx",
            b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--b--",
        ] {
            assert!(read(&mut form("b"), &[bad]).is_err(), "{bad:?}");
        }
        let long = "x".repeat(FIELD_CAP + 100);
        for head in ["", "--b\r\n", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n"] {
            assert!(read(&mut form("b"), &[head.as_bytes(), long.as_bytes()]).is_err(), "{head}");
        }
    }

    proptest! {
        #[test]
        fn a_form_cut_anywhere_is_the_same_form(mut cuts in prop::collection::vec(0..FORM.len(), 0..20)) {
            cuts.sort_unstable();
            let mut parts = Vec::new();
            let mut from = 0;
            for cut in cuts {
                parts.push(&FORM[from..cut]);
                from = cut;
            }
            parts.push(&FORM[from..]);
            let mut form = form("b-1");
            prop_assert_eq!(read(&mut form, &parts).unwrap(), expected());
            prop_assert!(form.is_over());
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0..300_usize) {
            let all = [b"--b\r\nContent-Disposition: form-data; name=a; filename=\"".as_slice(), &bytes].concat();
            let (a, b) = all.split_at(cut.min(all.len()));
            drop(read(&mut form("b"), &[a, b]));
        }
    }
}
