//! The parts of turns.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use json::{Array, Object, Text, push_string, push_text};

use super::rounds::{Answer, Round};
use crate::RequestError;
use crate::canonical::{Content, Dropped, Opaque, Origin, Part, Source, ToolUse};
use crate::provider::gemini::Service;
use crate::provider::gemini::rules::Rules;
use crate::provider::names::Names;

/// What stands in for the signature of a call that another vendor's model made: base64 of
/// `skip_thought_signature_validator`.
const NO_SIGNATURE: &str = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";

/// A list of parts being written.
pub(super) struct Parts<'e, 'o> {
    pub(super) list: &'e mut Array<'o>,
    pub(super) service: Service,
    pub(super) rules: Rules,
    pub(super) names: &'e mut Names,
    pub(super) dropped: &'e mut Dropped,
}

impl Parts<'_, '_> {
    /// What the model said. `demands`: the first call must have a signature.
    pub(super) fn model(&mut self, round: &Round<'_, '_>, demands: bool) -> Result<(), RequestError> {
        let mut demands = demands;
        for (part, index) in &round.model {
            if let Content::ToolUse(call) = &part.content {
                let own = gemini(part.state.as_ref());
                let made = std::mem::take(&mut demands).then_some(Text::from_literal(NO_SIGNATURE));
                self.call(call, own.or(made.as_ref()));
                self.note_marker(part);
            } else {
                self.write(part, *index)?;
            }
        }
        Ok(())
    }

    /// The results of calls, and nothing else.
    pub(super) fn results(&mut self, round: &Round<'_, '_>) -> Result<(), RequestError> {
        round.results.iter().try_for_each(|answer| self.result(answer))
    }

    /// What the user said, and media of results that cannot stand in these.
    pub(super) fn user(&mut self, round: &Round<'_, '_>) -> Result<(), RequestError> {
        if !self.rules.third {
            for answer in &round.results {
                for part in answer.result.parts.iter().filter(|part| is_medium(part)) {
                    self.write(part, answer.index)?;
                }
            }
        }
        round.user.iter().try_for_each(|(part, index)| self.write(part, *index))
    }

    /// A text that says nothing.
    pub(super) fn blank(&mut self) {
        let mut object = self.list.object();
        object.string("text", " ");
        object.end();
    }

    /// Writes a part of any kind but calls and results. What another vendor thought is left out.
    pub(super) fn write(&mut self, part: &Part<'_>, index: usize) -> Result<(), RequestError> {
        self.note_marker(part);
        let state = gemini(part.state.as_ref());
        match &part.content {
            Content::Text(text) => {
                let mut object = self.list.object();
                object.text("text", text);
                signature(state, &mut object);
                object.end();
            }
            Content::Thinking { text, state: own } => match gemini(own.as_ref()).or(state) {
                Some(state) => {
                    let mut object = self.list.object();
                    object.text("text", text).raw("thought", "true");
                    signature(Some(state), &mut object);
                    object.end();
                }
                None => self.dropped.add("messages[].reasoning"),
            },
            Content::Redacted(_) => self.dropped.add("messages[].reasoning"),
            Content::Image(source) | Content::Audio(source) => self.medium(source, index)?,
            Content::Document { source, title } => {
                if title.is_some() {
                    self.dropped.add("messages[].content[].file.filename");
                }
                self.medium(source, index)?;
            }
            // Written with their round.
            Content::ToolUse(_) | Content::ToolResult(_) => {}
        }
        Ok(())
    }

    /// Gemini has no markers; what it caches it caches by itself.
    fn note_marker(&mut self, part: &Part<'_>) {
        if part.cache.is_some() {
            self.dropped.add("messages[].cache_control");
        }
    }

    fn call(&mut self, call: &ToolUse<'_>, state: Option<&Text<'_>>) {
        let mut object = self.list.object();
        let mut inner = object.object("functionCall");
        if self.service == Service::GeminiApi {
            inner.text("id", &call.id);
        }
        inner.string("name", &self.names.sent_or_add(&call.name)).raw("args", &call.arguments);
        inner.end();
        signature(state, &mut object);
        object.end();
    }

    fn result(&mut self, answer: &Answer<'_, '_>) -> Result<(), RequestError> {
        let result = answer.result;
        self.note_marker(answer.part);
        for part in &result.parts {
            self.note_marker(part);
        }
        let name = self.names.sent_or_add(&answer.call.name);
        let mut object = self.list.object();
        let mut inner = object.object("functionResponse");
        if self.service == Service::GeminiApi {
            inner.text("id", &result.id);
        }
        inner.string("name", &name);
        let mut response = inner.object("response");
        let texts: Vec<_> = result.parts.iter().filter_map(text).collect();
        let out = response.key(if result.is_error { "error" } else { "output" });
        if let [text] = texts.as_slice() {
            push_text(out, text);
        } else if texts.is_empty() {
            push_string(out, "");
        } else {
            let mut list = Array::begin(out);
            for text in texts {
                push_text(list.item(), text);
            }
            list.end();
        }
        response.end();
        if self.rules.third && result.parts.iter().any(is_medium) {
            let mut list = inner.array("parts");
            for part in result.parts.iter().filter(|part| is_medium(part)) {
                if let Some(source) = source(part) {
                    medium(source, self.service, answer.index, &mut list)?;
                }
            }
            list.end();
        }
        inner.end();
        object.end();
        Ok(())
    }

    fn medium(&mut self, source: &Source<'_>, index: usize) -> Result<(), RequestError> {
        medium(source, self.service, index, self.list)
    }
}

/// State that Gemini itself gave out.
fn gemini<'s, 'a>(state: Option<&'s Opaque<'a>>) -> Option<&'s Text<'a>> {
    state.and_then(|state| state.of(Origin::Gemini))
}

fn signature(state: Option<&Text<'_>>, part: &mut Object<'_>) {
    if let Some(state) = state {
        part.text("thoughtSignature", state);
    }
}

/// Whether a part of a result is more than text.
fn is_medium(part: &Part<'_>) -> bool {
    source(part).is_some_and(|source| !matches!(source, Source::Text(_)))
}

/// The text of a part of a result.
fn text<'p, 'a>(part: &'p Part<'a>) -> Option<&'p Text<'a>> {
    match &part.content {
        Content::Text(text) | Content::Document { source: Source::Text(text), .. } => Some(text),
        _ => None,
    }
}

fn source<'p, 'a>(part: &'p Part<'a>) -> Option<&'p Source<'a>> {
    match &part.content {
        Content::Image(source) | Content::Audio(source) | Content::Document { source, .. } => Some(source),
        _ => None,
    }
}

fn medium(
    source: &Source<'_>,
    service: Service,
    index: usize,
    list: &mut Array<'_>,
) -> Result<(), RequestError> {
    match source {
        Source::Base64 { media_type, data } => {
            let mut object = list.object();
            let mut inner = object.object("inlineData");
            inner.string("mimeType", own_type(&media_type.decode())).text("data", data);
            inner.end();
            object.end();
        }
        Source::Text(text) => {
            let mut object = list.object();
            let mut inner = object.object("inlineData");
            inner.string("mimeType", "text/plain");
            push_string(inner.key("data"), &STANDARD.encode(text.decode().as_bytes()));
            inner.end();
            object.end();
        }
        Source::Url { url, media_type } => {
            let plain = url.decode();
            if service == Service::VertexAi && plain.starts_with("http") {
                let path = format!("messages[{index}].content");
                let message =
                    format!("`{path}` has an address that Vertex AI does not fetch; send the data itself");
                return Err(RequestError::unsupported(path, message));
            }
            let mut object = list.object();
            let mut inner = object.object("fileData");
            let told = media_type.as_ref().map(Text::decode);
            if let Some(media_type) = told.as_deref().or_else(|| type_of_name(&plain)) {
                inner.string("mimeType", own_type(media_type));
            }
            inner.text("fileUri", url);
            inner.end();
            object.end();
        }
    }
    Ok(())
}

/// Google's name of a type that others call otherwise.
fn own_type(media_type: &str) -> &str {
    match media_type {
        "image/jpg" => "image/jpeg",
        "audio/mpeg" => "audio/mp3",
        "audio/x-wav" => "audio/wav",
        other => other,
    }
}

/// The type that the name at the end of an address tells.
fn type_of_name(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "wav" => "audio/wav",
        "mp3" => "audio/mp3",
        _ => return None,
    })
}
