//! What a path of an AI service asks for. The vendors' SDKs bring their own paths, so that each path tells a dialect;
//! the few that several vendors share are told apart by what else the SDK sends.

use llm::request::Address;
use llm::{Dialect, EmbedFormat};
use message::percent::{self, Plus};
use message::{Method, RequestHead};

use super::batches::Batches;
use super::files::Files;
use super::interactions;
use super::live;
use super::responses::Kept;
use super::task::Task;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Batches of the caller's.
    Batches(Batches),
    /// Something that a model does.
    Do(Task, Place),
    /// Files of the caller's.
    Files(Files),
    /// An interaction that is kept.
    Interaction(interactions::Kept),
    /// The models that may be used.
    Models,
    /// One of them.
    Model(String),
    /// An answer that is kept.
    Kept(Kept),
    /// A live session.
    Live(live::Place),
}

/// What the address says of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The model, where the dialect has it in the path.
    pub(crate) model: Option<String>,
    /// Whether the answer is streamed, where the dialect has it in the path.
    pub(crate) stream: Option<bool>,
    /// Whether a streamed answer is one JSON array.
    pub(crate) array: bool,
}

/// An endpoint, the dialect that it speaks, and the methods that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) dialect: Dialect,
    pub(crate) endpoint: Endpoint,
}

/// What stands before the endpoints of a vendor's SDK.
const BASES: [&[&str]; 4] = [&["openai", "v1"], &["v1"], &["v1beta"], &["v1alpha"]];

// === impl Place ===

impl Place {
    pub(crate) fn address(&self) -> Address<'_> {
        Address { model: self.model.as_deref(), stream: self.stream, array: self.array }
    }
}

// === impl Endpoint ===

impl Endpoint {
    /// The methods, as `Allow` names them.
    pub(crate) fn allow(&self) -> &'static str {
        match self {
            Self::Batches(batches) => batches.allow(),
            Self::Do(..) | Self::Interaction(interactions::Kept::Cancel(_)) | Self::Kept(Kept::Cancel(_)) => {
                "POST"
            }
            Self::Files(files) => files.allow(),
            Self::Models | Self::Model(_) | Self::Kept(Kept::Items(_)) => "GET, HEAD",
            Self::Interaction(interactions::Kept::Interaction(_)) | Self::Kept(Kept::Answer(_)) => {
                "GET, HEAD, DELETE"
            }
            Self::Live(_) => "GET",
        }
    }

    /// Whether it takes this method.
    pub(crate) fn takes(&self, method: &Method) -> bool {
        match self {
            Self::Do(..) | Self::Kept(Kept::Cancel(_)) => matches!(method, Method::Post),
            Self::Batches(_) | Self::Files(_) | Self::Interaction(_) => {
                self.allow().split(", ").any(|allowed| allowed == method.as_str())
            }
            Self::Kept(Kept::Answer(_)) if matches!(method, Method::Delete) => true,
            Self::Live(_) => matches!(method, Method::Get),
            Self::Models | Self::Model(_) | Self::Kept(_) => matches!(method, Method::Get | Method::Head),
        }
    }
}

/// The endpoints whose requests only pass.
const PASSING: [(&[&str], Task); 8] = [
    (&["completions"], Task::Pass("/completions")),
    (&["rerank"], Task::Pass("/rerank")),
    (&["moderations"], Task::Pass("/moderations")),
    (&["images", "generations"], Task::Pass("/images/generations")),
    (&["images", "edits"], Task::PassForm("/images/edits")),
    (&["audio", "speech"], Task::Pass("/audio/speech")),
    (&["audio", "transcriptions"], Task::PassForm("/audio/transcriptions")),
    (&["audio", "translations"], Task::PassForm("/audio/translations")),
];

/// The endpoint of a path, which begins where the service does.
/// `key_of` is whose SDK puts a key where the caller's stood.
pub(crate) fn find(path: &str, head: &RequestHead, key_of: Option<Dialect>) -> Option<Found> {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    if let ["openai", "deployments", deployment, rest @ ..] = segments.as_slice() {
        let place = Place { model: Some(plain(deployment)), ..Place::default() };
        return openai(rest, place);
    }
    if let ["model", model, verb @ ("converse" | "converse-stream")] = segments.as_slice() {
        let stream = Some(*verb == "converse-stream");
        let place = Place { model: Some(plain(model)), stream, array: false };
        return Some(doing(Dialect::Bedrock, Task::Generate, place));
    }
    if let Some(place) = live::Place::of(&segments) {
        return Some(Found { dialect: place.dialect(), endpoint: Endpoint::Live(place) });
    }
    let rest = BASES.iter().find_map(|base| segments.strip_prefix(*base)).unwrap_or(&segments);
    Some(match rest {
        ["models"] => Found { dialect: of_head(&segments, head, key_of), endpoint: Endpoint::Models },
        ["models", name @ ..] if !name.is_empty() => {
            let name = name.join("/");
            let verb = name.rsplit_once(':').and_then(|(model, verb)| gemini(model, verb, head));
            let dialect = of_head(&segments, head, key_of);
            verb.unwrap_or_else(|| Found { dialect, endpoint: Endpoint::Model(plain(&name)) })
        }
        ["batches" | "files", ..] | ["openai", "batches" | "files", ..] => {
            let below = rest.strip_prefix(&["openai"]).unwrap_or(rest);
            return kept_for(below).filter(|_| of_head(&segments, head, key_of) == Dialect::OpenAiChat);
        }
        ["messages"] => generate(Dialect::Anthropic),
        ["messages", "count_tokens"] => doing(Dialect::Anthropic, Task::Count, Place::default()),
        ["interactions"] => generate(Dialect::GeminiInteractions),
        ["interactions", id] => interaction(interactions::Kept::Interaction(plain(id))),
        ["interactions", id, "cancel"] => interaction(interactions::Kept::Cancel(plain(id))),
        ["responses"] => generate(Dialect::OpenAiResponses),
        ["responses", "input_tokens"] => doing(Dialect::OpenAiResponses, Task::Count, Place::default()),
        ["responses", "compact"] => doing(Dialect::OpenAiResponses, Task::Compact, Place::default()),
        ["responses", id] => kept(Kept::Answer(plain(id))),
        ["responses", id, "input_items"] => kept(Kept::Items(plain(id))),
        ["responses", id, "cancel"] => kept(Kept::Cancel(plain(id))),
        ["api", "chat"] => generate(Dialect::Ollama),
        ["api", "generate"] => generate(Dialect::OllamaGenerate),
        ["api", "embed"] => doing(Dialect::Ollama, Task::Embed(EmbedFormat::Ollama), Place::default()),
        ["api", "tags"] => Found { dialect: Dialect::Ollama, endpoint: Endpoint::Models },
        ["v2", "chat"] => generate(Dialect::Cohere),
        ["v2", "rerank"] => doing(Dialect::Cohere, Task::Pass("/rerank"), Place::default()),
        ["v2", "embed"] => doing(Dialect::Cohere, Task::Embed(EmbedFormat::Cohere), Place::default()),
        rest => return openai(rest, Place::default()),
    })
}

fn doing(dialect: Dialect, task: Task, place: Place) -> Found {
    Found { dialect, endpoint: Endpoint::Do(task, place) }
}

/// What is asked of files and batches, in OpenAI's manner.
fn kept_for(below: &[&str]) -> Option<Found> {
    let endpoint = match below {
        ["batches"] => Endpoint::Batches(Batches::All),
        ["batches", id] => Endpoint::Batches(Batches::One(plain(id))),
        ["batches", id, "cancel"] => Endpoint::Batches(Batches::Cancel(plain(id))),
        ["files"] => Endpoint::Files(Files::All),
        ["files", id] => Endpoint::Files(Files::One(plain(id))),
        ["files", id, "content"] => Endpoint::Files(Files::Content(plain(id))),
        _ => return None,
    };
    Some(Found { dialect: Dialect::OpenAiChat, endpoint })
}

fn interaction(kept: interactions::Kept) -> Found {
    Found { dialect: Dialect::GeminiInteractions, endpoint: Endpoint::Interaction(kept) }
}

fn kept(kept: Kept) -> Found {
    Found { dialect: Dialect::OpenAiResponses, endpoint: Endpoint::Kept(kept) }
}

fn generate(dialect: Dialect) -> Found {
    doing(dialect, Task::Generate, Place::default())
}

/// What a verb behind a model asks for, in Gemini's manner.
fn gemini(model: &str, verb: &str, head: &RequestHead) -> Option<Found> {
    let (task, stream) = match verb {
        "generateContent" => (Task::Generate, false),
        "streamGenerateContent" => (Task::Generate, true),
        "countTokens" => (Task::Count, false),
        "embedContent" => (Task::Embed(EmbedFormat::Gemini), false),
        "batchEmbedContents" => (Task::Embed(EmbedFormat::GeminiBatch), false),
        _ => return None,
    };
    let events = head.query().is_some_and(|query| query.split('&').any(|pair| pair == "alt=sse"));
    let place = Place { model: Some(plain(model)), stream: Some(stream), array: stream && !events };
    Some(doing(Dialect::Gemini, task, place))
}

/// What OpenAI's own paths ask for, without what stands before them.
fn openai(rest: &[&str], place: Place) -> Option<Found> {
    let task = match rest {
        ["chat", "completions"] => Task::Generate,
        ["embeddings"] => Task::Embed(EmbedFormat::OpenAi),
        rest => PASSING.iter().find(|(path, _)| *path == rest)?.1,
    };
    Some(doing(Dialect::OpenAiChat, task, place))
}

/// The dialect in which a caller reads errors, also where no endpoint is.
pub(crate) fn dialect_of(path: &str, head: &RequestHead, key_of: Option<Dialect>) -> Dialect {
    find(path, head, key_of).map_or(Dialect::OpenAiChat, |found| found.dialect)
}

/// The dialect of a path that several vendors share, by what their SDKs send.
fn of_head(segments: &[&str], head: &RequestHead, key_of: Option<Dialect>) -> Dialect {
    let sends = |name: &str| head.fields.get_named(name).is_some();
    match segments.first() {
        Some(&("v1beta" | "v1alpha")) => Dialect::Gemini,
        _ if sends("x-goog-api-key") || sends("x-goog-api-client") => Dialect::Gemini,
        _ if sends("anthropic-version") || sends("x-api-key") => Dialect::Anthropic,
        _ => key_of.unwrap_or(Dialect::OpenAiChat),
    }
}

/// A segment with its percent escapes undone.
pub(crate) fn plain(segment: &str) -> String {
    percent::decoded(segment, Plus::Itself)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(path: &str) -> Option<Found> {
        super::find(path, &RequestHead::new(Method::Get, "a", path), None)
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
        assert_eq!(generate("/v1/responses"), (Dialect::OpenAiResponses, None, None));
        let bedrock = generate("/model/us.anthropic.claude%3A0/converse-stream");
        assert_eq!(bedrock, (Dialect::Bedrock, Some("us.anthropic.claude:0".into()), Some(true)));
        assert_eq!(generate("/v2/chat"), (Dialect::Cohere, None, None));
        let kept = find("/v1/responses/resp_1/input_items").unwrap().endpoint;
        assert_eq!(kept, Endpoint::Kept(Kept::Items("resp_1".into())));
        assert_eq!(generate("/v1beta/interactions"), (Dialect::GeminiInteractions, None, None));
        let kept = find("/v1beta/interactions/v1_1").unwrap().endpoint;
        assert_eq!(kept, Endpoint::Interaction(interactions::Kept::Interaction("v1_1".into())));
        let cancel = find("/v1beta/interactions/v1_1/cancel").unwrap().endpoint;
        assert!(cancel.takes(&Method::Post) && !cancel.takes(&Method::Get));
        assert_eq!(generate("/api/chat"), (Dialect::Ollama, None, None));
        for base in ["/v1beta", "/v1"] {
            let path = format!("{base}/models/a%2Fb:streamGenerateContent");
            assert_eq!(generate(&path), (Dialect::Gemini, Some("a/b".into()), Some(true)));
            let path = format!("{base}/models/gemini-3-pro:generateContent");
            assert_eq!(generate(&path), (Dialect::Gemini, Some("gemini-3-pro".into()), Some(false)));
        }
        assert_eq!(find("/v1/models/llama3:8b").unwrap().endpoint, Endpoint::Model("llama3:8b".into()));
        assert_eq!(generate("/v1/messages"), (Dialect::Anthropic, None, None));
        let azure = generate("/openai/deployments/gpt%2D5/chat/completions");
        assert_eq!(azure, (Dialect::OpenAiChat, Some("gpt-5".into()), None));
        let does = |path: &str| match find(path).unwrap().endpoint {
            Endpoint::Do(task, _) => task,
            other => panic!("{other:?}"),
        };
        assert_eq!(does("/openai/deployments/e/embeddings"), Task::Embed(EmbedFormat::OpenAi));
        for path in
            ["/v1/messages/count_tokens", "/v1/responses/input_tokens", "/v1beta/models/m:countTokens"]
        {
            assert_eq!(does(path), Task::Count, "{path}");
        }
        assert_eq!(does("/v2/embed"), Task::Embed(EmbedFormat::Cohere));
        assert_eq!(does("/api/embed"), Task::Embed(EmbedFormat::Ollama));
        assert_eq!((does("/v2/rerank"), does("/v1/rerank")), (Task::Pass("/rerank"), Task::Pass("/rerank")));
        assert_eq!(does("/v1/images/generations"), Task::Pass("/images/generations"));
        assert_eq!(does("/v1/audio/transcriptions"), Task::PassForm("/audio/transcriptions"));
        assert_eq!(find("/v1/models").unwrap().endpoint, Endpoint::Models);
        assert_eq!(find("/v1/models/a/b").unwrap().endpoint, Endpoint::Model("a/b".into()));
        for base in ["/v1", "", "/openai/v1", "/openai"] {
            let files = |below: &str| find(&format!("{base}/files{below}")).unwrap().endpoint;
            assert_eq!(files(""), Endpoint::Files(Files::All));
            let batch = find(&format!("{base}/batches/batch_1/cancel")).unwrap().endpoint;
            assert_eq!(batch, Endpoint::Batches(Batches::Cancel("batch_1".into())));
            assert_eq!(files("/file-1/content"), Endpoint::Files(Files::Content("file-1".into())));
        }
        assert_eq!((find("/v1/nothing"), find("/v1beta/files")), (None, None));
    }
    #[test]
    fn a_stream_of_gemini_is_an_array_unless_events_are_asked_for() {
        let path = "/v1beta/models/m:streamGenerateContent";
        for (query, array) in
            [("", true), ("?alt=sse", false), ("?key=k&alt=sse", false), ("?alt=json", true)]
        {
            let head = RequestHead::new(Method::Post, "a", &format!("{path}{query}"));
            let Some(Found { endpoint: Endpoint::Do(_, place), .. }) = super::find(path, &head, None) else {
                panic!("{query}")
            };
            assert_eq!(place.address().array, array, "{query}");
        }
    }
}
