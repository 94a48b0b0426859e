//! What an answer looks like, by the media type and by how the request went.

use message::{Body, Known, ResponseHead};
use serde::Serialize;

use super::{Media, RequestError};
use crate::Error;

/// The result of a request (October 2021, §7.1). `D` is whatever the data is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Response<D> {
    /// What went wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Error>,
    /// What was found. `None`: nothing was run, which is something else than that nothing was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<D>,
}

/// An answer, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type.
    pub media: Media,
    /// `Allow`.
    pub allow: Option<&'static str>,
    /// The body.
    pub body: Vec<u8>,
}

/// The answer to what is no request; `media`: what the client takes, if that is known.
pub fn refused(media: Option<Media>, refused: &RequestError) -> Answer {
    let response = Response::<()>::of_error(refused.error.clone());
    // Errors of the transport are told as they are by an event stream too: there is no operation whose stream it could be.
    let media = media.filter(|media| *media != Media::Events).unwrap_or(Media::Json);
    Answer { status: refused.status, media, allow: refused.allow, body: response.to_json() }
}

// === impl Response ===

impl<D: Serialize> Response<D> {
    /// Nothing was run, for one reason.
    pub fn of_error(error: Error) -> Self {
        Self { errors: vec![error], data: None }
    }

    /// The JSON of it.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The answer. Where nothing was run, the status is 400 for clients to whom a status means something, and 200 for those
    /// who could not tell it from that of an intermediary ("Status Codes").
    pub fn answer(&self, media: Media) -> Answer {
        let (status, body) = match media {
            Media::Json => (200, self.to_json()),
            Media::Response => (if self.data.is_some() { 200 } else { 400 }, self.to_json()),
            Media::Events => (200, crate::subscribe::sse::whole(&self.to_json())),
        };
        Answer { status, media, allow: None, body }
    }
}

// === impl Answer ===

impl Answer {
    /// As a message.
    pub fn into_message(self) -> (ResponseHead, Body) {
        let mut head = ResponseHead::new(self.status);
        head.fields.push(Known::ContentType, self.media.content_type().as_bytes());
        head.fields.push(Known::Vary, b"Accept");
        if let Some(allow) = self.allow {
            head.fields.push(Known::Allow, allow.as_bytes());
        }
        (head, Body::full(self.body))
    }
}
