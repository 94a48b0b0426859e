//! Refusals in the shape that clients of GraphQL read.

use graphql::Error;
use graphql::http::{Media, RequestError, Response};
use graphql::subscribe::sse;
use message::Reason;

use crate::{Refusal, Shape};

/// The errors of an answer that has no data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorsOf {
    /// The media type of the answer.
    pub(crate) media: Media,
    /// The errors; none: what the refusal says.
    pub(crate) errors: Vec<Error>,
}

/// It is no request of GraphQL's.
pub(super) fn transport(media: Media, refused: RequestError) -> Refusal {
    let message = refused.error.message.to_string();
    // There is no operation whose stream it could be.
    let media = if media == Media::Events { Media::Json } else { media };
    let shape = Shape::Graphql(Box::new(ErrorsOf { media, errors: vec![refused.error] }));
    let refusal = Refusal::new(Reason::NotGraphql, message).shaped(shape);
    Refusal { status: Some(refused.status), allow: refused.allow.map(str::to_owned), ..refusal }
}

/// A query is not run. Who takes JSON alone learns nothing of the status.
pub(super) fn query(media: Media, errors: Vec<Error>) -> Refusal {
    let message = errors.first().map(|error| error.message.to_string()).unwrap_or_default();
    let status = if media == Media::Response { 400 } else { 200 };
    let shape = Shape::Graphql(Box::new(ErrorsOf { media, errors }));
    Refusal { status: Some(status), ..Refusal::new(Reason::GraphqlRefused, message).shaped(shape) }
}

// === impl ErrorsOf ===

impl ErrorsOf {
    /// The media type and the body, `code` and `detail` being those of the refusal.
    pub(crate) fn body(&self, status: u16, (code, detail): (&'static str, &str)) -> (&'static str, Vec<u8>) {
        let errors = match &self.errors[..] {
            [] => vec![Error::new(detail).coded(code)],
            errors => errors.to_vec(),
        };
        let body = Response::<()> { errors, data: None }.to_json();
        match self.media {
            Media::Events if status == 200 => (Media::Events.content_type(), sse::whole(&body)),
            Media::Events => (Media::Json.content_type(), body),
            media => (media.content_type(), body),
        }
    }
}
