//! The media type of an answer, by what the client takes (RFC 9110 §12.5.1).

use message::{Fields, Known};

/// A media type that an answer can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the status tells how it went.
    Response,
    /// `application/json`: for clients from before, the status tells nothing.
    Json,
    /// `text/event-stream`, as graphql-sse has it.
    Events,
}

/// The media type that the client would rather have; `None`: it takes none of them. Who does not say takes JSON, as clients
/// from before expect it (the audits of `graphql-http`, 80D8 and 47DE).
pub fn media(fields: &Fields) -> Option<Media> {
    if !fields.has(Known::Accept) {
        return Some(Media::Json);
    }
    let mut best: Option<(u16, Media)> = None;
    let mut refused = Vec::new();
    let mut any: Option<u16> = None;
    let values = fields.get_all(Known::Accept).filter_map(|value| std::str::from_utf8(value).ok());
    for range in values.flat_map(|value| value.split(',')) {
        let Some((kind, weight)) = weighed(range) else { continue };
        let Some(media) = Media::named(&kind) else {
            if kind == "*/*" || kind == "application/*" {
                any = any.max(Some(weight));
            }
            continue;
        };
        if weight == 0 {
            refused.push(media);
        } else if best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, media));
        }
    }
    let open = [Media::Json, Media::Response].into_iter().find(|media| !refused.contains(media));
    match (best, any.filter(|weight| *weight > 0)) {
        (Some((weight, media)), Some(any)) if weight >= any => Some(media),
        (Some((_, media)), None) => Some(media),
        (_, Some(_)) => open.or(best.map(|(_, media)| media)),
        (None, None) => None,
    }
}

/// The weight that the client gives to a media type, by the range that says most of it.
pub(super) fn weight(fields: &Fields, media: Media) -> u16 {
    let own = media.content_type().split(';').next().unwrap_or_default();
    let family = own.split_once('/').map_or(String::new(), |(family, _)| format!("{family}/*"));
    let values = fields.get_all(Known::Accept).filter_map(|value| std::str::from_utf8(value).ok());
    let ranges: Vec<(String, u16)> = values.flat_map(|value| value.split(',')).filter_map(weighed).collect();
    let of = |name: &str| ranges.iter().filter(|(kind, _)| kind == name).map(|(_, weight)| *weight).max();
    of(own).or_else(|| of(&family)).or_else(|| of("*/*")).unwrap_or(0)
}

/// A range in lower case without its parameters, and its weight in thousandths; `None` for what cannot be meant: a
/// charset other than UTF-8.
pub(super) fn weighed(range: &str) -> Option<(String, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let mut weight = 1000;
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => weight = thousandths(value.trim())?,
            "charset" if !is_utf8(value) => return None,
            _ => {}
        }
    }
    Some((kind, weight))
}

/// Whether a charset is UTF-8.
pub(super) fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim().trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

fn thousandths(weight: &str) -> Option<u16> {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    Some((whole * 1000 + part).min(1000))
}

// === impl Media ===

impl Media {
    fn named(kind: &str) -> Option<Self> {
        Some(match kind {
            "application/graphql-response+json" => Self::Response,
            "application/json" => Self::Json,
            "text/event-stream" => Self::Events,
            _ => return None,
        })
    }

    /// `Content-Type` of an answer.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Response => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Events => "text/event-stream; charset=utf-8",
        }
    }
}
