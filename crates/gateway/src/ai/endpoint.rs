//! What a path of an AI service asks for. The vendors' SDKs bring their own paths, so that each path tells a dialect;
//! the few that several vendors share are told apart by what else the SDK sends.

use llm::request::Address;
use llm::{Dialect, EmbedFormat};
use message::{Method, RequestHead};

use super::task::Task;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Something that a model does.
    Do(Task, Place),
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
        Address { model: self.model.as_deref(), stream: self.stream, ..Address::default() }
    }
}

// === impl Endpoint ===

impl Endpoint {
    /// The methods, as `Allow` names them.
    pub(crate) fn allow(&self) -> &'static str {
        match self {
            Self::Do(..) => "POST",
            Self::Models | Self::Model(_) => "GET, HEAD",
        }
    }

    /// Whether it takes this method.
    pub(crate) fn takes(&self, method: &Method) -> bool {
        match self {
            Self::Do(..) => matches!(method, Method::Post),
            Self::Models | Self::Model(_) => matches!(method, Method::Get | Method::Head),
        }
    }
}

/// The endpoints of OpenAI's whose requests only pass.
const PASSING: [(&[&str], Task); 6] = [
    (&["moderations"], Task::Pass("/moderations")),
    (&["images", "generations"], Task::Pass("/images/generations")),
    (&["images", "edits"], Task::PassForm("/images/edits")),
    (&["audio", "speech"], Task::Pass("/audio/speech")),
    (&["audio", "transcriptions"], Task::PassForm("/audio/transcriptions")),
    (&["audio", "translations"], Task::PassForm("/audio/translations")),
];

/// The endpoint of a path, which begins where the service does.
pub(crate) fn find(path: &str, head: &RequestHead) -> Option<Found> {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    if let ["openai", "deployments", deployment, rest @ ..] = segments.as_slice() {
        let place = Place { model: Some(plain(deployment)), stream: None };
        return openai(rest, place);
    }
    let rest = BASES.iter().find_map(|base| segments.strip_prefix(*base)).unwrap_or(&segments);
    match rest {
        ["models"] => Some(Found { dialect: of_head(head), endpoint: Endpoint::Models }),
        ["models", name @ ..] if !name.is_empty() => {
            let endpoint = Endpoint::Model(plain(&name.join("/")));
            Some(Found { dialect: of_head(head), endpoint })
        }
        ["messages"] => Some(Found {
            dialect: Dialect::Anthropic,
            endpoint: Endpoint::Do(Task::Generate, Place::default()),
        }),
        ["messages", "count_tokens"] => {
            Some(Found { dialect: Dialect::Anthropic, endpoint: Endpoint::Do(Task::Count, Place::default()) })
        }
        ["api", "embed"] => embed(EmbedFormat::Ollama, Place::default()),
        _ if segments.as_slice() == ["v2", "embed"] => embed(EmbedFormat::Cohere, Place::default()),
        rest => openai(rest, Place::default()),
    }
}

/// What OpenAI's own paths ask for, without what stands before them.
fn openai(rest: &[&str], place: Place) -> Option<Found> {
    let task = match rest {
        ["chat", "completions"] => Task::Generate,
        ["embeddings"] => Task::Embed(EmbedFormat::OpenAi),
        rest => PASSING.iter().find(|(path, _)| *path == rest)?.1,
    };
    Some(Found { dialect: Dialect::OpenAiChat, endpoint: Endpoint::Do(task, place) })
}

fn embed(format: EmbedFormat, place: Place) -> Option<Found> {
    Some(Found { dialect: Dialect::OpenAiChat, endpoint: Endpoint::Do(Task::Embed(format), place) })
}

/// The dialect in which a caller reads errors, also where no endpoint is.
pub(crate) fn dialect_of(path: &str, head: &RequestHead) -> Dialect {
    find(path, head).map_or(Dialect::OpenAiChat, |found| found.dialect)
}

/// The dialect of a path that several vendors share, by what their SDKs send.
fn of_head(head: &RequestHead) -> Dialect {
    if head.fields.get_named("anthropic-version").is_some() {
        Dialect::Anthropic
    } else {
        Dialect::OpenAiChat
    }
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

    fn find(path: &str) -> Option<Found> {
        super::find(path, &RequestHead::new(Method::Get, "a", path))
    }

    #[test]
    fn every_sdks_path_is_known() {
        let generate = |path: &str| match find(path).unwrap() {
            Found { dialect, endpoint: Endpoint::Do(Task::Generate, place) } => {
                (dialect, place.model, place.stream)
            }
            other => panic!("{other:?}"),
        };
        for path in ["/v1/chat/completions", "/chat/completions", "/openai/v1/chat/completions"] {
            assert_eq!(generate(path), (Dialect::OpenAiChat, None, None), "{path}");
        }
        assert_eq!(generate("/v1/messages"), (Dialect::Anthropic, None, None));
        let azure = generate("/openai/deployments/gpt%2D5/chat/completions");
        assert_eq!(azure, (Dialect::OpenAiChat, Some("gpt-5".into()), None));
        let does = |path: &str| match find(path).unwrap().endpoint {
            Endpoint::Do(task, _) => task,
            other => panic!("{other:?}"),
        };
        assert_eq!(does("/openai/deployments/e/embeddings"), Task::Embed(EmbedFormat::OpenAi));
        assert_eq!(does("/v1/messages/count_tokens"), Task::Count);
        assert_eq!(does("/v2/embed"), Task::Embed(EmbedFormat::Cohere));
        assert_eq!(does("/api/embed"), Task::Embed(EmbedFormat::Ollama));
        assert_eq!(does("/v1/images/generations"), Task::Pass("/images/generations"));
        assert_eq!(does("/v1/audio/transcriptions"), Task::PassForm("/audio/transcriptions"));
        assert_eq!(find("/v1/models").unwrap().endpoint, Endpoint::Models);
        assert_eq!(find("/v1/models/a/b").unwrap().endpoint, Endpoint::Model("a/b".into()));
        assert_eq!(find("/v1/nothing"), None);
    }
}
