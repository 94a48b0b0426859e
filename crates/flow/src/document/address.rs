//! Addresses of documents (Arazzo 1.1.0, "Establishing the Base URI"; RFC 3986 §5.2).

use super::{Document, SourceDescription};

/// An address in its parts (RFC 3986, appendix B).
struct Parts<'t> {
    scheme: Option<&'t str>,
    authority: Option<&'t str>,
    path: &'t str,
    query: Option<&'t str>,
}

// === impl Document ===

impl Document {
    /// The document's address, by which others name it: its own, resolved against where it was retrieved from.
    pub fn address(&self, retrieved: &str) -> String {
        self.own.as_deref().map_or_else(|| retrieved.to_owned(), |own| resolve(retrieved, own))
    }

    /// The address of something that it names.
    pub fn address_of(&self, source: &SourceDescription, retrieved: &str) -> String {
        resolve(&self.address(retrieved), &source.url)
    }
}

/// The id of a workflow that is named: in `$sourceDescriptions.NAME.ID` the last, else what stands there.
pub(crate) fn id_of(written: &str) -> &str {
    let foreign = written.strip_prefix("$sourceDescriptions.").and_then(|rest| rest.split_once('.'));
    foreign.map_or(written, |(_, id)| id)
}

/// The workflow's id and the step's in `$workflows.ID.steps.STEP` and `$sourceDescriptions.NAME.ID.steps.STEP`.
pub(crate) fn step_elsewhere(written: &str) -> Option<(&str, &str)> {
    let foreign = || written.strip_prefix("$sourceDescriptions.").and_then(|rest| rest.split_once('.'));
    let rest = written.strip_prefix("$workflows.").or_else(|| Some(foreign()?.1))?;
    rest.split_once(".steps.").filter(|(id, step)| !id.is_empty() && !step.is_empty())
}

/// A reference resolved against a base (RFC 3986 §5.2.2), without its fragment.
pub fn resolve(base: &str, reference: &str) -> String {
    let (base, reference) = (Parts::of(base), Parts::of(reference));
    let (authority, path, query) = match (&reference, reference.path) {
        (Parts { scheme: Some(_), .. } | Parts { authority: Some(_), .. }, path) => {
            (reference.authority, without_dots(path), reference.query)
        }
        (_, "") => (base.authority, base.path.to_owned(), reference.query.or(base.query)),
        (_, path) if path.starts_with('/') => (base.authority, without_dots(path), reference.query),
        (_, path) => (base.authority, without_dots(&base.merge(path)), reference.query),
    };
    let mut out = String::new();
    if let Some(scheme) = reference.scheme.or(base.scheme) {
        out.push_str(scheme);
        out.push(':');
    }
    if let Some(authority) = authority {
        out.push_str("//");
        out.push_str(authority);
    }
    out.push_str(&path);
    if let Some(query) = query {
        out.push('?');
        out.push_str(query);
    }
    out
}

/// Whether a text has the characters of a URI reference alone (RFC 3986 §2).
pub(super) fn is_reference(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte);
        let mut digit = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        let escaped = byte == b'%' && digit() && digit();
        if !plain && !escaped {
            return false;
        }
    }
    true
}

// === impl Parts ===

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Self {
        let text = text.split_once('#').map_or(text, |(text, _)| text);
        let (text, query) = text.split_once('?').map_or((text, None), |(text, query)| (text, Some(query)));
        let scheme = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme));
        let (scheme, rest) = scheme.map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
        let Some(rest) = rest.strip_prefix("//") else {
            return Self { scheme, authority: None, path: rest, query };
        };
        let end = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        Self { scheme, authority: Some(authority), path, query }
    }

    /// A path that begins without a slash, behind all but the last part of the base's (RFC 3986 §5.2.3).
    fn merge(&self, path: &str) -> String {
        if self.authority.is_some() && self.path.is_empty() {
            return format!("/{path}");
        }
        self.path.rsplit_once('/').map_or_else(|| path.to_owned(), |(before, _)| format!("{before}/{path}"))
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// RFC 3986 §5.2.4.
fn without_dots(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "." => {}
            ".." => drop(kept.pop()),
            part => {
                kept.push(part);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{is_reference, resolve};

    /// RFC 3986 §5.4, but for fragments, and for what is not addressed: `g;x=1/../y` stays in.
    #[test]
    fn the_rfc_s_examples() {
        for (reference, expect) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
        ] {
            assert_eq!(resolve("http://a/b/c/d;p?q", reference), expect, "{reference}");
        }
        assert!(is_reference("../a%20b?x=[1]#y") && is_reference(""));
        assert!(!is_reference("a b") && !is_reference("é") && !is_reference("%2") && !is_reference("<a>"));
        assert_eq!(resolve("http://a", "g"), "http://a/g");
        assert_eq!(resolve("flows/w.yaml", "api.yaml"), "flows/api.yaml");
        assert_eq!(resolve("w.yaml", "api.yaml"), "api.yaml");
    }
}
