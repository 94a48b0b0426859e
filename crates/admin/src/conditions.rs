//! Conditional requests (RFC 9110 §13): revisions as entity tags.

use http::header::{ETAG, HeaderMap, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderName, HeaderValue};

use crate::problem::{Code, Problem};

/// What a condition names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tags {
    /// `*`: whatever there is.
    Any,
    /// Tags; whether each is weak, and what stands in it.
    These(Vec<(bool, String)>),
}

/// What a change says of the state that the client has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// `If-Match`.
    Match(Tags),
    /// `If-None-Match: *`.
    Absent,
}

/// A revision's entity tag.
pub(crate) fn tag(revision: u64) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(&format!("\"{revision}\""));
    (ETAG, value.unwrap_or(HeaderValue::from_static("\"\"")))
}

/// Whether a client that reads has this revision already (§13.1.2, weak comparison).
pub(crate) fn is_known(headers: &HeaderMap, revision: u64) -> bool {
    match tags(headers, &IF_NONE_MATCH) {
        Some(Ok(Tags::Any)) => true,
        Some(Ok(Tags::These(tags))) => tags.iter().any(|(_, tag)| *tag == revision.to_string()),
        Some(Err(_)) | None => false,
    }
}

/// The condition of a change, which must have one.
pub(crate) fn required(headers: &HeaderMap) -> Result<Condition, Problem> {
    if let Some(tags) = tags(headers, &IF_MATCH) {
        return tags.map(Condition::Match);
    }
    match tags(headers, &IF_NONE_MATCH).transpose()? {
        Some(Tags::Any) => Ok(Condition::Absent),
        Some(Tags::These(_)) => {
            Err(Problem::new(Code::InvalidRequest).detail("`If-None-Match` of a change can only be `*`"))
        }
        None => Err(Problem::new(Code::PreconditionRequired)),
    }
}

// === impl Condition ===

impl Condition {
    /// The revision that may be changed, out of what there is; `None`: it must be new.
    pub(crate) fn check(&self, current: Option<u64>) -> Result<Option<u64>, Problem> {
        let changed = |detail: String| Err(Problem::new(Code::Changed).detail(detail));
        match (self, current) {
            (Self::Absent, None) => Ok(None),
            (Self::Absent, Some(revision)) => changed(format!("it exists, at revision {revision}")),
            (Self::Match(_), None) => changed("it does not exist".into()),
            (Self::Match(Tags::Any), Some(revision)) => Ok(Some(revision)),
            // §13.1.1 compares strongly: a weak tag matches nothing.
            (Self::Match(Tags::These(tags)), Some(revision)) => {
                if tags.iter().any(|(weak, tag)| !weak && *tag == revision.to_string()) {
                    Ok(Some(revision))
                } else {
                    changed(format!("it is at revision {revision} now; read it again"))
                }
            }
        }
    }
}

/// The tags of a field, which may be on several lines; `None`: the field is not there.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Option<Result<Tags, Problem>> {
    let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?")).collect();
    if lines.is_empty() {
        return None;
    }
    let text = lines.join(",");
    if text.trim() == "*" {
        return Some(Ok(Tags::Any));
    }
    let tags = list(&text).map(Tags::These);
    Some(tags.ok_or_else(|| {
        Problem::new(Code::InvalidRequest).detail(format!("`{name}` is not a list of entity tags"))
    }))
}

/// A list of entity tags (§8.8.3); a comma may stand inside one.
fn list(text: &str) -> Option<Vec<(bool, String)>> {
    let mut tags = Vec::new();
    let mut rest = text.trim_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let (weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let (tag, behind) = quoted.strip_prefix('"')?.split_once('"')?;
        tags.push((weak, tag.to_owned()));
        let behind = behind.trim_start_matches([' ', '\t']);
        if !behind.is_empty() && !behind.starts_with(',') {
            return None;
        }
        rest = behind.trim_start_matches([' ', '\t', ',']);
    }
    (!tags.is_empty()).then_some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_change_needs_a_strong_match() {
        let check = |value, current| required(&headers(IF_MATCH, value)).and_then(|c| c.check(current)).ok();
        assert_eq!(check("\"7\"", Some(7)), Some(Some(7)));
        assert_eq!(check("\"1\", \"7\"", Some(7)), Some(Some(7)));
        assert_eq!(check("*", Some(7)), Some(Some(7)));
        assert_eq!(check("*", None), None);
        assert_eq!(check("W/\"7\"", Some(7)), None);
        assert_eq!(check("\"a,\\\", \"7\"", Some(7)), Some(Some(7)));
        assert_eq!(check("7", Some(7)), None);
        assert!(required(&HeaderMap::new()).is_err());
        let absent = required(&headers(IF_NONE_MATCH, "*")).unwrap();
        assert_eq!(absent.check(None).ok(), Some(None));
        assert!(absent.check(Some(1)).is_err());
    }

    #[test]
    fn a_reader_compares_weakly() {
        assert!(is_known(&headers(IF_NONE_MATCH, "W/\"7\""), 7));
        assert!(!is_known(&headers(IF_NONE_MATCH, "\"8\""), 7));
        assert!(!is_known(&HeaderMap::new(), 7));
    }
}
