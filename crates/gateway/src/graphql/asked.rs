//! What a call asks for, as GraphQL over HTTP has it.

use bytes::Bytes;
use graphql::guard::{Admitted, Guard, Kind};
use graphql::http::{self, Form, Media, Request, RequestError};
use message::{Body, Known, Method};
use trace::GraphqlRecord;

use super::refused;
use crate::Refusal;
use crate::exchange::Exchange;

/// The parameters of an address that say what is asked for.
const PARAMETERS: [&str; 4] = ["query", "operationName", "variables", "extensions"];

/// A request and how its answer is to look.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) media: Media,
    /// How it may come piece by piece, if it may.
    pub(super) form: Option<Form>,
    safe: bool,
}

/// Reads a request.
pub(super) async fn of(x: &mut Exchange<'_>) -> Result<Asked, Refusal> {
    let pieces = || http::form(&x.head.fields, Media::Json).map(|_| Media::Json);
    let Some(media) = http::media(&x.head.fields).or_else(pieces) else {
        return Err(refused::transport(Media::Json, RequestError::not_acceptable()));
    };
    let refuse = |error| refused::transport(media, error);
    // Readers that take it from the address would read another request than the body's.
    let twice = x.head.query().is_some_and(|query| query.split('&').any(is_asked));
    if x.head.method == Method::Post && twice {
        return Err(refuse(RequestError::twice()));
    }
    if x.head.fields.has(Known::ContentEncoding) {
        return Err(refuse(RequestError::encoded()));
    }
    let cap = x.shared().config.ai_body_limit;
    let body = match x.head.method {
        Method::Post => x.read_body(cap).await,
        _ => Ok(Bytes::new()),
    };
    let body = body.map_err(|error| Refusal::new(error.reason, error.detail).shaped(super::shape(x)))?;
    let request = http::read(&x.head, &body).map_err(refuse)?;
    let form = http::form(&x.head.fields, media);
    Ok(Asked { request, media, form, safe: matches!(x.head.method, Method::Get | Method::Head) })
}

/// Whether a pair of an address's query says what is asked for, however it is escaped.
pub(super) fn is_asked(pair: &str) -> bool {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    name.contains('%') || PARAMETERS.contains(&name)
}

/// Puts a request where it was, as it was read.
pub(super) fn put_back(x: &mut Exchange<'_>, request: &Request) {
    if x.head.method == Method::Post {
        x.head.fields.remove(Known::ContentLength);
        x.head.fields.set(Known::ContentType, b"application/json");
        x.body = Body::full(request.to_body());
        return;
    }
    let others =
        x.head.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !is_asked(pair));
    let query: Vec<String> = others.map(str::to_owned).chain(request.to_query()).collect();
    x.head.set_query(Some(&query.join("&")));
}

// === impl Asked ===

impl Asked {
    /// What is asked for, if it may be asked for. The record has the name of what is refused as the request tells it.
    pub(super) fn admit(&mut self, x: &mut Exchange<'_>, guard: &Guard) -> Result<Admitted, Refusal> {
        let admitted = guard.admit(&mut self.request).map_err(|error| {
            let claimed = GraphqlRecord::new("", self.request.operation_name.as_deref());
            x.ledger.note(|record| record.graphql = Some(Box::new(claimed)));
            refused::query(self.media, vec![error])
        })?;
        super::note(x, &admitted);
        if self.safe && admitted.kind == Kind::Mutation {
            return Err(refused::transport(self.media, RequestError::unsafe_by_get()));
        }
        Ok(admitted)
    }
}

#[cfg(test)]
mod tests {
    use message::Reason;

    use super::*;

    #[test]
    fn what_is_asked_in_an_address_is_known_by_its_name() {
        for (pair, expect) in [
            ("query=x", true),
            ("variables", true),
            ("quer%79=x", true),
            ("key=1", false),
            ("q=query", false),
        ] {
            assert_eq!(is_asked(pair), expect, "{pair}");
        }
    }

    #[test]
    fn a_refusal_has_the_reason_of_its_cause() {
        assert_eq!(
            refused::transport(Media::Json, RequestError::not_acceptable()).reason,
            Reason::NotGraphql
        );
    }
}
