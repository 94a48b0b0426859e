//! A batch as `multipart/mixed` (RFC 2046 §5.1) whose parts are requests (`application/http`, RFC 9112 §10.2). Lines end in
//! CRLF; a body whose first boundary ends in LF alone has LF everywhere, as Python's `email` writes it.

use bytes::Bytes;
use expr::Pointer;
use flow::{Mistake, Mistakes};
use memchr::memmem;

use crate::content::Content;
use crate::item::{Item, check_header, check_target, method};
use crate::names::Names;
use crate::reader::{check_count, finish, one};
use crate::text::Text;
use crate::{Batch, Limits, OnError};

/// The longest head of a part, and of the request in it.
const HEAD_CAP: usize = 32 << 10;

/// A part as it stands there.
struct Part<'b> {
    id: Option<&'b str>,
    request: &'b [u8],
}

/// Names and values of fields.
type Lines<'b> = Vec<(&'b str, &'b str)>;

/// The boundary that a media type's parameters name (RFC 2046 §5.1.1).
pub(crate) fn boundary(parameters: &str) -> Option<String> {
    let found = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim())
    })?;
    let bare = found.strip_prefix('"').and_then(|found| found.strip_suffix('"')).unwrap_or(found);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    ((1..=70).contains(&bare.len()) && !bare.ends_with(' ') && bare.bytes().all(allowed))
        .then(|| bare.to_owned())
}

/// Reads a batch. The places of mistakes are those that they would have in JSON.
pub(crate) fn read(body: &Bytes, boundary: &str, limits: Limits<'_>) -> Result<Batch, Vec<Mistake>> {
    let root = Pointer::default();
    let (parts, eol) = split(body, boundary).map_err(|message| one(&root, message))?;
    let at = root.join("requests");
    check_count(parts.len(), limits).map_err(|message| one(&at, message))?;
    let mut mistakes = Mistakes::default();
    let mut found = Vec::with_capacity(parts.len());
    for (own, part) in parts.into_iter().enumerate() {
        match open(part, eol) {
            Ok(part) => found.push(part),
            Err(message) => mistakes.add(&at.join(&own.to_string()), message),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes.into_vec());
    }
    let ids =
        found.iter().enumerate().map(|(own, part)| Some((at.join(&own.to_string()).join("id"), part.id?)));
    let names = Names::of(ids, &mut mistakes);
    let mut items = Vec::with_capacity(found.len());
    for (own, part) in found.iter().enumerate() {
        let mut reader =
            Reader { names: &names, own, at: at.join(&own.to_string()), mistakes: &mut mistakes };
        match reader.item(body, part, eol) {
            Ok(item) => items.push(item),
            Err(message) => mistakes.add(&at.join(&own.to_string()), message),
        }
    }
    finish(items, OnError::Continue, (&at, limits), mistakes)
}

/// The parts, and how lines end.
fn split<'b>(body: &'b [u8], boundary: &str) -> Result<(Vec<&'b [u8]>, &'static str), &'static str> {
    let dashes = format!("--{boundary}");
    let starts = |at: usize| at == 0 || body.get(at - 1) == Some(&b'\n');
    // What stands before the first boundary means nothing.
    let first = memmem::find_iter(body, dashes.as_bytes()).find(|at| starts(*at));
    let first = first.ok_or("the boundary that `content-type` names is not in the body")?;
    let behind = body.get(first + dashes.len()..).unwrap_or_default();
    let line_end = memchr::memchr(b'\n', behind).ok_or("no part follows the first boundary")?;
    let eol = if behind.get(..line_end).is_some_and(|line| line.ends_with(b"\r")) { "\r\n" } else { "\n" };
    let mark = format!("{eol}{dashes}");
    let mut parts = Vec::new();
    let mut rest = behind;
    loop {
        let (is_last, behind) = rest.strip_prefix(b"--").map_or((false, rest), |behind| (true, behind));
        let line_end = memmem::find(behind, eol.as_bytes());
        let (line, content) = behind.split_at(line_end.unwrap_or(behind.len()));
        // Spaces may follow a boundary (RFC 2046 §5.1.1).
        if (is_last || line_end.is_some()) && !line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            return Err("something stands behind a boundary on its line");
        }
        if is_last {
            return Ok((parts, eol));
        }
        let end = memmem::find(content, mark.as_bytes()).ok_or("the last boundary is missing")?;
        let (part, behind) = content.split_at(end);
        // A part without any line lies between two boundaries that follow each other.
        parts.push(part.get(eol.len()..).unwrap_or_default());
        rest = behind.get(mark.len()..).unwrap_or_default();
    }
}

/// Reads the head of a part.
fn open<'b>(part: &'b [u8], eol: &str) -> Result<Part<'b>, String> {
    let (fields, request) = head(part, eol)?;
    let (mut id, mut kind, mut coding) = (None, None, None);
    for (name, value) in fields {
        if name.eq_ignore_ascii_case("content-id") {
            let bare = value.strip_prefix('<').and_then(|value| value.strip_suffix('>'));
            id = Some(bare.unwrap_or(value));
        } else if name.eq_ignore_ascii_case("content-type") {
            kind = Some(value);
        } else if name.eq_ignore_ascii_case("content-transfer-encoding") {
            coding = Some(value.to_ascii_lowercase());
        }
    }
    let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/http") {
        return Err("the part's `content-type` is `application/http`".into());
    }
    match coding.as_deref() {
        None | Some("7bit" | "8bit" | "binary") => Ok(Part { id, request }),
        Some(other) => Err(format!("`content-transfer-encoding: {other}` is not known; send `binary`")),
    }
}

/// Fields up to an empty line, and what stands behind it.
fn head<'b>(text: &'b [u8], eol: &str) -> Result<(Lines<'b>, &'b [u8]), String> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let Some(end) =
            memmem::find(rest.get(..rest.len().min(HEAD_CAP)).unwrap_or_default(), eol.as_bytes())
        else {
            return Err("its fields do not end with an empty line".into());
        };
        let (line, behind) = rest.split_at(end);
        rest = behind.get(eol.len()..).unwrap_or_default();
        if line.is_empty() {
            return Ok((fields, rest));
        }
        let line = std::str::from_utf8(line).map_err(|_| "a field is no text".to_owned())?;
        let (name, value) =
            line.split_once(':').ok_or_else(|| format!("`{}` is no field", line.escape_debug()))?;
        fields.push((name, value.trim_matches([' ', '\t'])));
        if text.len() - rest.len() > HEAD_CAP {
            return Err("its fields are too long".into());
        }
    }
}

/// Reads the request of a part.
struct Reader<'r> {
    names: &'r Names,
    own: usize,
    at: Pointer,
    mistakes: &'r mut Mistakes,
}

// === impl Reader ===

impl Reader<'_> {
    fn item(&mut self, whole: &Bytes, part: &Part<'_>, eol: &str) -> Result<Item, String> {
        let line_end = memmem::find(part.request, eol.as_bytes()).unwrap_or(part.request.len());
        let (line, behind) = part.request.split_at(line_end);
        let line = std::str::from_utf8(line).map_err(|_| "the request line is no text".to_owned())?;
        let (method, target) = self.line(line)?;
        // A request without fields may end with its first line.
        let behind = behind.get(eol.len()..).unwrap_or_default();
        let (fields, body) = if behind.is_empty() { (Vec::new(), behind) } else { head(behind, eol)? };
        let mut headers = Vec::new();
        for (name, value) in fields {
            let at = self.at.join("headers").join(name);
            if name.eq_ignore_ascii_case("content-length") {
                let digits = value.bytes().all(|byte| byte.is_ascii_digit());
                if !digits || value.parse() != Ok(body.len()) {
                    let message = format!("it says {value} bytes, the part has {}", body.len());
                    self.mistakes.add(&at, message);
                }
                continue;
            }
            // The service is asked at the host of the batch, whatever the part calls it.
            if name.eq_ignore_ascii_case("host") {
                continue;
            }
            let text = Text::read(self.names, self.own, (&at, value), self.mistakes);
            check_header((&at, name), &text, self.mistakes);
            headers.push((name.into(), text));
        }
        let content = if body.is_empty() { Content::None } else { Content::Bytes(whole.slice_ref(body)) };
        let id = part.id.map(Box::from);
        Ok(Item { id, method, target, headers, content, needs: Vec::new() }.with_needs())
    }

    /// `METHOD TARGET`, with or without the version: many clients leave it out.
    fn line(&mut self, line: &str) -> Result<(message::Method, Text), String> {
        let shown = || format!("`{}` is no request line: `GET /path HTTP/1.1`", line.escape_debug());
        let (word, rest) = line.split_once(' ').ok_or_else(shown)?;
        let target = match rest.rsplit_once(' ') {
            Some((target, "HTTP/1.1" | "HTTP/1.0")) => target,
            Some(_) => return Err(shown()),
            None => rest,
        };
        let at = self.at.join("path");
        let text = Text::read(self.names, self.own, (&at, target), self.mistakes);
        check_target((&at, &text), self.mistakes);
        Ok((method((&self.at.join("method"), word), self.mistakes), text))
    }
}
