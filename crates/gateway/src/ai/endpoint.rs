//! What a path of an AI service asks for. The vendors' SDKs bring their own paths, so that each path tells a dialect;
//! the few that several vendors share are told apart by what else the SDK sends.

use llm::Dialect;
use llm::request::Address;
use message::{Method, RequestHead};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// An answer of a model.
    Generate(Place),
    /// The models that may be used.
    Models,
    /// One of them.
    Model(String),
}

/// What the address says of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The model, where the dialect has it in the path.
    pub(crate) model: Option<String>,
    /// Whether the answer is streamed, where the dialect has it in the path.
    pub(crate) stream: Option<bool>,
}

/// An endpoint, the dialect that it speaks, and the methods that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) dialect: Dialect,
    pub(crate) endpoint: Endpoint,
}

/// What stands before the endpoints of a vendor's SDK.
const BASES: [&[&str]; 2] = [&["openai", "v1"], &["v1"]];

// === impl Place ===

impl Place {
    pub(crate) fn address(&self) -> Address<'_> {
        Address { model: self.model.as_deref(), stream: self.stream }
    }
}

// === impl Endpoint ===

impl Endpoint {
    /// The methods, as `Allow` names them.
    pub(crate) fn allow(&self) -> &'static str {
        match self {
            Self::Generate(_) => "POST",
            Self::Models | Self::Model(_) => "GET, HEAD",
        }
    }

    /// Whether it takes this method.
    pub(crate) fn takes(&self, method: &Method) -> bool {
        match self {
            Self::Generate(_) => matches!(method, Method::Post),
            Self::Models | Self::Model(_) => matches!(method, Method::Get | Method::Head),
        }
    }
}

/// The endpoint of a path, which begins where the service does.
pub(crate) fn find(path: &str) -> Option<Found> {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    if let ["openai", "deployments", deployment, "chat", "completions"] = segments.as_slice() {
        let place = Place { model: Some(plain(deployment)), stream: None };
        return Some(Found { dialect: Dialect::OpenAiChat, endpoint: Endpoint::Generate(place) });
    }
    let rest = BASES.iter().find_map(|base| segments.strip_prefix(*base)).unwrap_or(&segments);
    let generate = |dialect| Some(Found { dialect, endpoint: Endpoint::Generate(Place::default()) });
    match rest {
        ["chat", "completions"] => generate(Dialect::OpenAiChat),
        ["models"] => Some(Found { dialect: Dialect::OpenAiChat, endpoint: Endpoint::Models }),
        ["models", name @ ..] if !name.is_empty() => {
            let endpoint = Endpoint::Model(plain(&name.join("/")));
            Some(Found { dialect: Dialect::OpenAiChat, endpoint })
        }
        _ => None,
    }
}

/// The dialect in which a caller reads errors, also where no endpoint is.
pub(crate) fn dialect_of(path: &str, _: &RequestHead) -> Dialect {
    find(path).map_or(Dialect::OpenAiChat, |found| found.dialect)
}

/// A segment with its percent escapes undone.
fn plain(segment: &str) -> String {
    let mut rest = segment.as_bytes();
    let mut out = Vec::with_capacity(segment.len());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let digits = after.split_at_checked(2).filter(|_| byte == b'%');
        let decoded = digits.and_then(|(two, behind)| {
            Some((u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()?, behind))
        });
        out.push(decoded.map_or(byte, |(decoded, _)| decoded));
        rest = decoded.map_or(rest, |(_, behind)| behind);
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sdks_path_is_known() {
        let generate = |path: &str| match find(path).unwrap() {
            Found { dialect, endpoint: Endpoint::Generate(place) } => (dialect, place.model, place.stream),
            other => panic!("{other:?}"),
        };
        for path in ["/v1/chat/completions", "/chat/completions", "/openai/v1/chat/completions"] {
            assert_eq!(generate(path), (Dialect::OpenAiChat, None, None), "{path}");
        }
        let azure = generate("/openai/deployments/gpt%2D5/chat/completions");
        assert_eq!(azure, (Dialect::OpenAiChat, Some("gpt-5".into()), None));
        assert_eq!(find("/v1/models").unwrap().endpoint, Endpoint::Models);
        assert_eq!(find("/v1/models/a/b").unwrap().endpoint, Endpoint::Model("a/b".into()));
        assert_eq!(find("/v1/nothing"), None);
    }
}
