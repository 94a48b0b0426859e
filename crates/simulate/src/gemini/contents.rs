//! The turns of a conversation: what a part can be, whose turn it is, and how calls, their responses and
//! what was thought go together.

use serde_json::{Map, Value};

use super::Surface;
use super::error::ApiError;
use super::models::{Model, Thinks};
use super::sign::{Owner, Verdict};
use crate::synth;

/// What a picture, a sound or a file counts for; real models count its size.
const MEDIA_TOKENS: u32 = 258;

/// The fields of a part of which exactly one is there.
const DATA: [&str; 9] = [
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
];

const MEDIA: [&str; 5] = ["image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"];

/// What was said, boiled down to what the answer is made from.
#[derive(Debug, Default)]
pub(super) struct Prompt {
    pub(super) text: String,
    /// The text of the last user turn.
    pub(super) user: String,
    /// Function responses after it: name and what was returned.
    pub(super) results: Vec<(String, String)>,
    pub(super) after_tool: bool,
    pub(super) text_tokens: u32,
    pub(super) media_tokens: u32,
}

/// Reads turns one after the other.
pub(super) struct Reader<'a> {
    pub(super) surface: Surface,
    pub(super) model: &'a Model,
    pub(super) seed: u64,
    pub(super) prompt: Prompt,
    /// The names of the calls that wait for their responses.
    open: Vec<String>,
    /// Whether the turn before was the model's; `None` before the first.
    before: Option<bool>,
}

/// The parts of one turn by kind.
#[derive(Default)]
struct Turn {
    texts: Vec<String>,
    calls: Vec<String>,
    responses: Vec<(String, String)>,
    others: usize,
    /// The first call came without a signature.
    unsigned: bool,
}

// === impl Prompt ===

impl Prompt {
    pub(super) fn tokens(&self) -> u32 {
        self.text_tokens.saturating_add(self.media_tokens)
    }

    pub(super) fn add(&mut self, text: &str) {
        self.text_tokens = self.text_tokens.saturating_add(synth::count(text));
        self.text.push_str(text);
        self.text.push('\n');
    }
}

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) fn new(surface: Surface, model: &'a Model, seed: u64) -> Self {
        Self { surface, model, seed, prompt: Prompt::default(), open: Vec::new(), before: None }
    }

    /// All turns of a request.
    pub(super) fn contents(mut self, contents: &[Value]) -> Result<Prompt, ApiError> {
        if contents.is_empty() {
            return Err(ApiError::field("contents", "contents is not specified"));
        }
        // Only calls that were made since the user spoke last need what was thought before them.
        let spoke = contents.iter().rposition(|content| {
            content.get("role").is_none_or(|role| role == "user")
                && parts(content).iter().any(|part| part.get("functionResponse").is_none())
        });
        for (at, content) in contents.iter().enumerate() {
            let turn = self.turn(at, content)?;
            if turn.unsigned && spoke.is_none_or(|spoke| at > spoke) && self.model.thinks == Thinks::ByLevel {
                let name = turn.calls.first().map_or("", String::as_str);
                return Err(ApiError::unsigned(name, at + 1, self.surface));
            }
            self.order(content, turn)?;
        }
        if !self.open.is_empty() {
            return Err(unequal());
        }
        Ok(self.prompt)
    }

    /// What the system says; only its texts count.
    pub(super) fn system(&mut self, content: &Value) {
        for part in parts(content) {
            self.prompt.add(part.get("text").and_then(Value::as_str).unwrap_or_default());
        }
    }

    fn turn(&mut self, at: usize, content: &Value) -> Result<Turn, ApiError> {
        match content.get("role").and_then(Value::as_str) {
            Some("user" | "model") => {}
            None if self.surface != Surface::Vertex => {}
            _ => return Err(ApiError::invalid("Please use a valid role: user, model.")),
        }
        let parts = parts(content);
        if parts.is_empty() {
            return Err(ApiError::field(
                &format!("contents[{at}].parts"),
                "contents.parts must not be empty.",
            ));
        }
        self.prompt.text_tokens += 1;
        let mut turn = Turn::default();
        for (number, part) in parts.iter().enumerate() {
            self.part(part, &format!("contents[{at}].parts[{number}]"), &mut turn)?;
        }
        Ok(turn)
    }

    fn part(&mut self, part: &Value, at: &str, turn: &mut Turn) -> Result<(), ApiError> {
        let empty = Map::new();
        let map = part.as_object().unwrap_or(&empty);
        let given: Vec<&str> = DATA.iter().copied().filter(|name| map.contains_key(*name)).collect();
        let [kind] = given.as_slice() else {
            return Err(one_datum(&given, at));
        };
        let inner = map.get(*kind).unwrap_or(&Value::Null);
        let name = || inner.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        let signed = self.signature(map, name().filter(|_| *kind == "functionCall"))?;
        match *kind {
            "text" => {
                let text = inner.as_str().unwrap_or_default();
                self.prompt.add(text);
                if map.get("thought") != Some(&Value::Bool(true)) {
                    turn.texts.push(text.to_owned());
                }
                turn.others += 1;
            }
            "functionCall" => {
                let name = name().ok_or_else(|| nameless(at, "function_call"))?;
                self.prompt.add(&inner.to_string());
                turn.unsigned |= turn.calls.is_empty() && !signed;
                turn.calls.push(name.to_owned());
            }
            "functionResponse" => {
                let name = name().ok_or_else(|| nameless(at, "function_response"))?;
                self.prompt.add(&inner.to_string());
                turn.responses.push((name.to_owned(), returned(inner.get("response"))));
            }
            "inlineData" | "fileData" => {
                self.media(inner, at, kind)?;
                self.prompt.media_tokens = self.prompt.media_tokens.saturating_add(MEDIA_TOKENS);
                turn.others += 1;
            }
            _ => {
                self.prompt.add(&inner.to_string());
                turn.others += 1;
            }
        }
        Ok(())
    }

    /// Whether the part is signed; a signature must be ours and this part's.
    fn signature(&self, part: &Map<String, Value>, function: Option<&str>) -> Result<bool, ApiError> {
        let Some(signature) = part.get("thoughtSignature").and_then(Value::as_str) else { return Ok(false) };
        let owner = Owner {
            seed: self.seed,
            surface: self.surface,
            model: &self.model.name,
            function: function.unwrap_or_default(),
        };
        match owner.check(signature) {
            Verdict::Forged => Err(ApiError::forged(self.surface)),
            Verdict::Ours | Verdict::Skipped => Ok(true),
        }
    }

    fn media(&self, inner: &Value, at: &str, kind: &str) -> Result<(), ApiError> {
        let text = |name: &str| inner.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let mime = text("mimeType");
        if kind == "inlineData" {
            let Some(mime) = mime else {
                return Err(ApiError::field(&format!("{at}.inline_data.mime_type"), "must be specified."));
            };
            let family = ["audio/", "video/", "text/", "application/pdf", "application/json"];
            if MEDIA.contains(&mime) || family.iter().any(|start| mime.starts_with(start)) {
                return Ok(());
            }
            return Err(ApiError::invalid(format!("Unsupported MIME type: {mime}")));
        }
        let Some(uri) = text("fileUri") else {
            return Err(ApiError::field(&format!("{at}.file_data.file_uri"), "must be specified."));
        };
        match self.surface {
            Surface::Vertex if mime.is_none() => {
                let message = "Unable to submit request because it must have a mimeType parameter when fileUri is \
                               given.";
                Err(ApiError::invalid(message))
            }
            Surface::Vertex if !uri.starts_with("gs://") => {
                let message = "Cannot fetch content from the provided URL. Please ensure the URL is valid and \
                               accessible by Vertex AI.";
                Err(ApiError::invalid(message))
            }
            Surface::Gemini(_) if !uri.starts_with("https://") => {
                Err(ApiError::invalid(format!("Unsupported file URI: {uri}")))
            }
            _ => Ok(()),
        }
    }

    /// Calls follow the user, and their responses follow them: all, alone and in their order.
    fn order(&mut self, content: &Value, turn: Turn) -> Result<(), ApiError> {
        let model = content.get("role").is_some_and(|role| role == "model");
        let before = self.before.replace(model);
        let calls = !turn.calls.is_empty();
        if calls && (!model || before != Some(false)) {
            let message = "Please ensure that function call turn comes immediately after a user turn or after a \
                           function response turn.";
            return Err(ApiError::invalid(message));
        }
        let open = std::mem::take(&mut self.open);
        let responds = !turn.responses.is_empty();
        if responds && (model || open.is_empty()) {
            let message =
                "Please ensure that function response turn comes immediately after a function call turn.";
            return Err(ApiError::invalid(message));
        }
        if turn.responses.len() != open.len() {
            return Err(unequal());
        }
        if responds && turn.others > 0 && self.model.thinks == Thinks::ByLevel {
            let message = "Please ensure that function response parts stand alone in their turn.";
            return Err(ApiError::invalid(message));
        }
        if turn.responses.iter().zip(&open).any(|((name, _), call)| name != call) {
            let message = "Please ensure that function response parts come in the order of the function call \
                           parts of the function call turn.";
            return Err(ApiError::invalid(message));
        }
        self.open = turn.calls;
        self.prompt.after_tool = responds;
        if responds {
            self.prompt.results.extend(turn.responses);
        } else if !model {
            self.prompt.user = turn.texts.join("\n");
            self.prompt.results.clear();
        }
        Ok(())
    }
}

fn parts(content: &Value) -> &[Value] {
    content.get("parts").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A part has one datum, no more and no less.
fn one_datum(given: &[&str], at: &str) -> ApiError {
    if let [_, second, ..] = given {
        let message = format!(
            "Invalid value at '{at}' (oneof), oneof field 'data' is already set. Cannot set '{second}'"
        );
        return ApiError::invalid(message);
    }
    ApiError::field(&format!("{at}.data"), "required oneof field 'data' must have one initialized field")
}

fn nameless(at: &str, field: &str) -> ApiError {
    ApiError::field(&format!("{at}.{field}.name"), "Name cannot be empty.")
}

fn unequal() -> ApiError {
    let message = "Please ensure that the number of function response parts is equal to the number of function \
                   call parts of the function call turn.";
    ApiError::invalid(message)
}

/// What a function gave: the one text in its response, or all of it.
fn returned(response: Option<&Value>) -> String {
    let Some(response) = response else { return String::new() };
    let one = ["output", "result", "error"].iter().find_map(|name| response.get(name)?.as_str());
    match one {
        Some(text) if response.as_object().is_some_and(|map| map.len() == 1) => text.to_owned(),
        _ => response.to_string(),
    }
}
