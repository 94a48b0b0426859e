//! The models that are there.

use serde::Serialize;

/// Aliases and the dated names that answers carry for them.
const DATED: [(&str, &str); 6] = [
    ("gpt-5", "gpt-5-2025-08-07"),
    ("gpt-5-mini", "gpt-5-mini-2025-08-07"),
    ("gpt-4.1", "gpt-4.1-2025-04-14"),
    ("gpt-4o", "gpt-4o-2024-08-06"),
    ("gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
    ("o3", "o3-2025-04-16"),
];

/// What the list shows besides them; any other name of the families is taken as well.
const LISTED: [&str; 10] = [
    "sim-small",
    "sim-large",
    "text-embedding-3-small",
    "text-embedding-3-large",
    "omni-moderation-latest",
    "gpt-image-1",
    "gpt-4o-mini-tts",
    "gpt-4o-transcribe",
    "whisper-1",
    "gpt-3.5-turbo-instruct",
];

/// How names of models begin that are not `gpt-`.
const FAMILIES: [&str; 10] = [
    "gpt-",
    "chatgpt-",
    "sim-",
    "text-embedding-",
    "omni-moderation-",
    "text-moderation-",
    "dall-e-",
    "tts-",
    "whisper-",
    "davinci-",
];

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    Chat,
    /// Completing a text, the way that came before chats.
    Completion,
    Embedding,
    Moderation,
    Image,
    Speech,
    Transcription,
    /// Everything: models that are only simulated.
    Any,
}

/// 2025-08-07T00:00:00Z.
const CREATED: i64 = 1_754_524_800;

/// A model that a request can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    /// As asked for, without faults.
    pub(super) name: String,
    /// As the answer names it.
    pub(super) dated: String,
    /// Whether it thinks first, and so takes no sampling parameters and no `max_tokens`.
    pub(super) reasons: bool,
    task: Task,
}

#[derive(Serialize)]
pub(super) struct Described {
    id: String,
    object: &'static str,
    created: i64,
    owned_by: &'static str,
}

#[derive(Serialize)]
pub(super) struct List {
    object: &'static str,
    data: Vec<Described>,
}

/// A model of the families above or of `o1` to `o9`; `None` for any other name.
pub(super) fn resolve(name: &str) -> Option<Model> {
    let bare = name.split('+').next().unwrap_or_default();
    let numbered = bare.strip_prefix('o').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let known = numbered || FAMILIES.iter().any(|start| bare.starts_with(start));
    let plain = bare.len() <= 128 && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b));
    if !known || !plain {
        return None;
    }
    let dated = DATED.iter().find(|(alias, _)| *alias == bare).map_or(bare, |(_, dated)| dated);
    let reasons = numbered || bare.starts_with("gpt-5") && !bare.contains("chat");
    Some(Model { name: bare.to_owned(), dated: dated.to_owned(), reasons, task: task(bare) })
}

/// What a model is for, by its name.
fn task(name: &str) -> Task {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    match name {
        _ if name.starts_with("sim-") => Task::Any,
        _ if has(&["embedding"]) => Task::Embedding,
        _ if has(&["moderation"]) => Task::Moderation,
        _ if has(&["dall-e", "-image"]) => Task::Image,
        _ if has(&["tts"]) => Task::Speech,
        _ if has(&["whisper", "transcribe"]) => Task::Transcription,
        _ if has(&["instruct", "davinci"]) => Task::Completion,
        _ => Task::Chat,
    }
}

// === impl Model ===

impl Model {
    /// Whether it can be asked to do this.
    pub(super) fn does(&self, task: Task) -> bool {
        [Task::Any, task].contains(&self.task)
    }
}

pub(super) fn describe(name: &str) -> Described {
    let owned_by = if name.starts_with("sim-") { "simulate" } else { "openai" };
    Described { id: name.to_owned(), object: "model", created: CREATED, owned_by }
}

pub(super) fn list() -> List {
    let names = DATED.iter().map(|(alias, _)| *alias).chain(LISTED);
    List { object: "list", data: names.map(describe).collect() }
}
