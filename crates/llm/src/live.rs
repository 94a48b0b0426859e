//! Sessions over a `WebSocket`: OpenAI's Realtime and Gemini's Live. Their messages pass as they are; they are looked at for
//! the models that they name, for where a turn begins and ends, and for what it used. Nothing of one wire is translated to
//! the other.

mod gemini;
mod look;
mod openai;

use std::ops::Range;

use json::push_string;

use crate::{ApiError, ErrorKind, ProviderKind, RequestError, Target, Usage};

/// The wire of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// OpenAI's Realtime, which others speak as well.
    OpenAi,
    /// Gemini's Live: `BidiGenerateContent`.
    Gemini,
}

/// A client's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What it asks for.
    pub asks: Asks,
    /// The models that it names.
    pub models: Vec<Named>,
    /// The client's own name for it.
    pub id: Option<String>,
}

/// What a client's message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// The session is set up; the first message where the wire wants that.
    Setup,
    /// The model is to speak.
    Turn,
    /// Sound or pictures, of which there are many.
    Media,
    /// Anything else.
    Other,
}

/// A model named in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Whether it is the model that writes down what was said, and not the session's own.
    pub transcribes: bool,
    /// Where it stands, for errors.
    pub path: String,
    /// The bytes that say it.
    span: Range<usize>,
}

/// A server's message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a message may say several of these at once")]
pub struct Heard {
    /// The turn that it belongs to, where the wire names turns.
    pub turn: Option<String>,
    /// A turn has begun, or goes on.
    pub speaks: bool,
    /// So many bytes of text were said.
    pub text: usize,
    /// Something was said.
    pub content: bool,
    /// What was used; of the turn unless [`Heard::transcribed`].
    pub usage: Option<Usage>,
    /// It tells of something that was written down.
    pub transcribed: bool,
    /// The turn has ended, and why.
    pub ended: Option<&'static str>,
    /// The turn failed.
    pub failed: bool,
    /// A message of the client's was refused: the client's own name for it; empty where that is not told.
    pub refused: Option<String>,
}

// === impl Live ===

impl Live {
    /// The name in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai_realtime",
            Self::Gemini => "gemini_live",
        }
    }

    /// Looks at a message of a client's. One that two readers could read differently is refused.
    pub fn said(self, message: &[u8]) -> Result<Said, RequestError> {
        let text =
            std::str::from_utf8(message).map_err(|_| RequestError::body("the message is not UTF-8"))?;
        match self {
            Self::OpenAi => openai::said(text),
            Self::Gemini => gemini::said(text),
        }
    }

    /// Looks at a message of a server's; what cannot be read says nothing.
    pub fn heard(self, message: &[u8]) -> Heard {
        let text = std::str::from_utf8(message).unwrap_or_default();
        match self {
            Self::OpenAi => openai::heard(text),
            Self::Gemini => gemini::heard(text),
        }
        .unwrap_or_default()
    }

    /// The message that tells a client of an error within a session; none where the wire has only the close for that.
    /// `of`: the client's own name for its message.
    pub fn error(self, error: &ApiError, of: Option<&str>, id: &str) -> Option<Vec<u8>> {
        match self {
            Self::OpenAi => Some(openai::error(error, of, id)),
            Self::Gemini => None,
        }
    }

    /// The message that has a server stop a turn that it began by itself; none where the wire has none.
    pub fn cancel(self, turn: Option<&str>) -> Option<Vec<u8>> {
        match self {
            Self::OpenAi => Some(openai::cancel(turn)),
            Self::Gemini => None,
        }
    }

    /// The code with which a session is closed for an error (RFC 6455 §7.4.1), as the vendors use them.
    pub fn close_code(self, error: &ApiError) -> u16 {
        match error.kind {
            ErrorKind::InvalidRequest | ErrorKind::TooLarge if self == Self::Gemini => 1007,
            ErrorKind::Server | ErrorKind::Overloaded | ErrorKind::Timeout => 1011,
            // Google closes so where a quota is used up.
            ErrorKind::RateLimited if self == Self::Gemini => 1011,
            _ => 1008,
        }
    }

    /// Where a provider's sessions are opened, with the base address; none if it has none on this wire.
    pub fn path(self, kind: ProviderKind, target: &Target<'_>, version: &str) -> Option<String> {
        match self {
            Self::OpenAi => openai::path(kind, target),
            Self::Gemini => gemini::path(kind, target, version),
        }
    }

    /// The model as a target's messages name it.
    pub fn model(self, kind: ProviderKind, target: &Target<'_>) -> String {
        match self {
            Self::OpenAi => target.model.to_owned(),
            Self::Gemini => gemini::model(kind, target),
        }
    }
}

// === impl Said ===

impl Said {
    /// The message with other names of models, in the order of [`Said::models`]. It must be the one that was looked at.
    pub fn renamed(&self, message: &[u8], names: &[String]) -> Vec<u8> {
        let mut out = Vec::with_capacity(message.len() + 64);
        let mut at = 0;
        for (named, name) in self.models.iter().zip(names) {
            out.extend_from_slice(message.get(at..named.span.start).unwrap_or_default());
            push_string(&mut out, name);
            at = named.span.end;
        }
        out.extend_from_slice(message.get(at..).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests;
