//! Google's interactions, which Weir keeps whoever answers: reading them, hearing their events again, going on from them,
//! deleting them. Each belongs to its caller.

use bytes::Bytes;
use llm::conversation::interactions;
use llm::{ApiError, Dialect, ErrorKind};
use message::{Body, Known, Method, Reason, RequestHead, ResponseHead};
use net::Reply;
use stateport::StateError;

use super::answer::json;
use super::conversation::{Reading, Resolved};
use super::keeper::Keeper;
use super::page::parameter;
use super::refusal_of;
use super::responses::unavailable;
use crate::Refusal;
use crate::exchange::Exchange;

const DIALECT: Dialect = Dialect::GeminiInteractions;

/// What is asked of an interaction that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The interaction.
    Interaction(String),
    /// That it goes on no further.
    Cancel(String),
}

/// Serves what is kept.
pub(crate) async fn serve(x: &mut Exchange<'_>, kept: &Kept) -> Result<Reply, Refusal> {
    let keeper = Keeper::of(x);
    let (Kept::Interaction(id) | Kept::Cancel(id)) = kept;
    let found = keeper.interaction(id).await.map_err(out_of_reach)?.ok_or_else(|| missing(id))?;
    if matches!(kept, Kept::Cancel(_)) {
        let message = "only an interaction in the background can be cancelled, and this one has ended";
        return Err(invalid(message, None));
    }
    if matches!(x.head.method, Method::Delete) {
        keeper.forget_interaction(id).await.map_err(out_of_reach)?;
        return Ok(json(b"{}".to_vec()));
    }
    if is_set(&x.head, "stream") {
        return events(&x.head, &found);
    }
    let object = interactions::object(&found, is_set(&x.head, "include_input"));
    object.map(json).ok_or_else(|| missing(id))
}

/// The events of an interaction, from the one on that the client had last.
fn events(head: &RequestHead, found: &[u8]) -> Result<Reply, Refusal> {
    const AFTER: &str = "last_event_id";
    let object = interactions::object(found, false).unwrap_or_default();
    let told = interactions::replay(&object, parameter(head.query(), AFTER).as_deref());
    let told =
        told.map_err(|_| invalid("`last_event_id` names no event of this interaction", Some(AFTER)))?;
    let mut head = ResponseHead::new(200);
    head.fields.push(Known::ContentType, DIALECT.stream_media_type().as_bytes());
    head.fields.push(Known::CacheControl, b"no-cache");
    Ok(Reply::new(head, Body::full(told)))
}

fn is_set(head: &RequestHead, name: &str) -> bool {
    parameter(head.query(), name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
}

/// Puts what was said before into a request that goes on from an interaction. Its answer will be kept, if it wants that.
pub(crate) async fn go_on(
    x: &mut Exchange<'_>,
    keeper: Keeper,
    reading: Reading<'_>,
    asked: Resolved,
) -> Result<(Resolved, Keeper), Refusal> {
    let refuse = |error: &ApiError| refusal_of(DIALECT, error, Reason::InvalidAiRequest);
    let Some(previous) = asked.scanned.previous().filter(|previous| !previous.is_empty()) else {
        let keeper = keeper.keeping_interaction(asked.body.clone(), None);
        return Ok((asked, keeper));
    };
    let found = keeper.interaction(previous).await.map_err(out_of_reach)?;
    let found = found.ok_or_else(|| {
        let message = format!("the interaction `{previous}` of `previous_interaction_id` was not found");
        refuse(&ApiError::new(404, ErrorKind::NotFound, message).with_param("previous_interaction_id"))
    })?;
    let whole = interactions::joined(&asked.body, &found).map_err(|error| refuse(&error.into()))?;
    if whole.len() > x.shared().config.ai_body_limit {
        let message = "the conversation is longer than is taken in one request";
        let error = ApiError::new(413, ErrorKind::TooLarge, message);
        return Err(refusal_of(DIALECT, &error, Reason::BodyTooLarge));
    }
    let body = Bytes::from(whole);
    let scanned = reading.scan(&x.head, &body)?;
    let keeper = keeper.keeping_interaction(asked.body, Some(found));
    Ok((Resolved { body, scanned, previous: None, opened: None }, keeper))
}

fn out_of_reach(error: StateError) -> Refusal {
    refusal_of(DIALECT, &unavailable(error), Reason::Overloaded)
}

fn missing(id: &str) -> Refusal {
    let error = ApiError::new(404, ErrorKind::NotFound, format!("the interaction `{id}` was not found"));
    refusal_of(DIALECT, &error, Reason::UnknownObject)
}

fn invalid(message: &str, param: Option<&str>) -> Refusal {
    let error = ApiError::new(400, ErrorKind::InvalidRequest, message);
    let error = if let Some(param) = param { error.with_param(param) } else { error };
    refusal_of(DIALECT, &error, Reason::InvalidAiRequest)
}
