//! Forms with files (`multipart/form-data`, RFC 7578), as far as the gateway looks into one: its model,
//! and where its other parts are.

use std::ops::Range;

use crate::RequestError;

/// What a gateway must know of a form, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The model that is asked for.
    pub model: String,
    span: Range<usize>,
    /// Its parts by name, and whether they are files.
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    name: String,
    file: bool,
    content: Range<usize>,
}

/// The boundary that a `Content-Type` names; none if it is no form.
fn boundary(content_type: &str) -> Option<&str> {
    let (essence, parameters) = content_type.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let found = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let (_, value) = found.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    let value = value.trim().trim_matches('"');
    (!value.is_empty() && value.len() <= 70).then_some(value)
}

/// Looks for the form's model. Fails if the content type is not a form's, if there is no model, if there are two, or if
/// it is not text.
pub fn peek_form(body: &[u8], content_type: &str) -> Result<Form, RequestError> {
    let boundary = boundary(content_type).ok_or_else(|| {
        RequestError::body("the body must be a form, and `content-type` name its boundary: `multipart/form-data; boundary=x`")
    })?;
    // A boundary stands at the start of a line (RFC 2046 §5.1.1).
    let mark = format!("\r\n--{boundary}");
    let first = mark.as_bytes().get(2..).filter(|first| body.starts_with(first)).map(|_| 0);
    let later = memchr::memmem::find_iter(body, mark.as_bytes()).map(|at| at + 2);
    let starts: Vec<usize> = first.into_iter().chain(later).collect();
    let mut found: Option<(String, Range<usize>)> = None;
    let mut parts = Vec::new();
    for pair in starts.windows(2) {
        let [start, end] = *pair else { continue };
        let (part, is_model) = part_of(body, start + mark.len() - 2, end)?;
        let content = part.content.clone();
        parts.push(part);
        if !is_model {
            continue;
        }
        if found.is_some() {
            return Err(RequestError::new("model", "duplicate_parameter", "`model` is given more than once"));
        }
        let text = body.get(content.clone()).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| RequestError::invalid("model", "`model` is not UTF-8"))?;
        if text.trim().is_empty() {
            return Err(RequestError::invalid("model", "`model` is empty"));
        }
        found = Some((text.to_owned(), content));
    }
    let (model, span) = found.ok_or_else(|| RequestError::missing("model"))?;
    Ok(Form { model, span, parts })
}

/// The part between two boundaries, and whether its name is `model`. A part that cannot be read might be that.
fn part_of(body: &[u8], start: usize, end: usize) -> Result<(Part, bool), RequestError> {
    let unreadable = || RequestError::body("a part of the form cannot be read");
    let part = body.get(start..end).ok_or_else(unreadable)?;
    let head_end = memchr::memmem::find(part, b"\r\n\r\n").ok_or_else(unreadable)?;
    let head = part.get(..head_end).and_then(|head| std::str::from_utf8(head).ok()).ok_or_else(unreadable)?;
    let dispositions = head.split("\r\n").filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    let parameters: Vec<(String, String)> = dispositions
        .flat_map(|value| value.split(';'))
        .filter_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let name = name.trim().trim_end_matches('*').to_ascii_lowercase();
            let value = value.trim().trim_matches('"');
            Some((name, value.rsplit('\'').next().unwrap_or_default().to_owned()))
        })
        .collect();
    let names = |wanted: &str| parameters.iter().any(|(name, value)| name == "name" && value == wanted);
    let content = start + head_end + 4..end.checked_sub(2).ok_or_else(unreadable)?;
    if content.start > content.end {
        return Err(unreadable());
    }
    let file = parameters.iter().any(|(name, _)| name == "filename");
    let name = parameters.iter().find(|(name, _)| name == "name").map(|(_, value)| value.clone());
    Ok((Part { name: name.unwrap_or_default(), file, content }, names("model")))
}

// === impl Form ===

impl Form {
    /// The form with another model; every other byte is as it was. `body` must be the one that was looked at.
    pub fn rewrite(&self, body: &[u8], model: &str) -> Vec<u8> {
        let (before, rest) = body.split_at_checked(self.span.start).unwrap_or((body, &[]));
        let after = rest.get(self.span.len()..).unwrap_or_default();
        [before, model.as_bytes(), after].concat()
    }

    /// A field's text, if the form has it and it is text.
    pub fn text<'b>(&self, body: &'b [u8], name: &str) -> Option<&'b str> {
        let part = self.parts.iter().find(|part| !part.file && part.name == name)?;
        std::str::from_utf8(body.get(part.content.clone())?).ok().map(str::trim)
    }

    /// The first file.
    pub fn file<'b>(&self, body: &'b [u8]) -> Option<&'b [u8]> {
        body.get(self.parts.iter().find(|part| part.file)?.content.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=b";
    const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n--x\r\n--b\r\n\
                        content-disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n--b--\r\n";

    #[test]
    fn the_model_of_a_form_is_found_and_changed() {
        let form = peek_form(FORM.as_bytes(), TYPE).unwrap();
        assert_eq!(form.model, "whisper");
        let changed = String::from_utf8(form.rewrite(FORM.as_bytes(), "up")).unwrap();
        assert_eq!(changed, FORM.replace("whisper", "up"));
        assert_eq!(form.text(FORM.as_bytes(), "model"), Some("whisper"));
        assert_eq!(
            (form.text(FORM.as_bytes(), "file"), form.file(FORM.as_bytes())),
            (None, Some(&b"--x"[..]))
        );
    }

    #[test]
    fn forms_without_a_clear_model_are_refused() {
        let twice = FORM.replace("name=\"file\"; filename=\"a.wav\"", "name=\"model\"");
        for body in ["", "--b--", &FORM.replace("whisper", " "), &FORM.replace("model", "other"), &twice] {
            assert_eq!(
                peek_form(body.as_bytes(), TYPE).unwrap_err().param.as_deref(),
                Some("model"),
                "{body}"
            );
        }
    }

    #[test]
    fn boundaries_are_read_however_they_are_written() {
        assert_eq!(boundary("multipart/form-data; boundary=abc"), Some("abc"));
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""), Some("a b"));
        for none in ["application/json", "multipart/form-data", "multipart/mixed; boundary=a"] {
            assert_eq!(boundary(none), None, "{none}");
        }
    }
}
