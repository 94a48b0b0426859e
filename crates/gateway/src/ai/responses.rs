//! Answers of OpenAI's Responses that Weir keeps, where the vendor behind it has no such state: reading them, going on
//! from them, deleting them. Each belongs to its caller.

use std::time::Duration;

use bytes::Bytes;
use llm::{ApiError, Dialect, ErrorKind, conversation};
use message::{Method, Reason};
use net::Reply;

use super::answer::json;
use super::keeper::Keeper;
use super::refusal_of;
use crate::Refusal;
use crate::exchange::Exchange;

/// How long an answer is kept: as long as OpenAI keeps one.
pub(crate) const KEEP: Duration = Duration::from_hours(24 * 30);

/// What is asked of an answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The answer.
    Answer(String),
    /// What it was asked.
    Items(String),
}

/// Serves what is kept.
pub(crate) async fn serve(x: &mut Exchange<'_>, kept: &Kept) -> Result<Reply, Refusal> {
    let keeper = Keeper::of(x);
    let (Kept::Answer(id) | Kept::Items(id)) = kept;
    let found = keeper.answer(id).await;
    let body = match (kept, &found) {
        (Kept::Answer(_), Some(_)) if matches!(x.head.method, Method::Delete) => {
            keeper.forget(id).await;
            Some(conversation::deleted(id))
        }
        (Kept::Answer(_), Some(found)) => conversation::answer(found),
        (Kept::Items(_), Some(found)) => conversation::input_items(found),
        (_, None) => None,
    };
    body.map(json).ok_or_else(|| {
        let message = format!("Response with id '{id}' not found.");
        let error = ApiError::new(404, ErrorKind::NotFound, message).with_code("response_not_found");
        refusal_of(Dialect::OpenAiResponses, &error, Reason::UnknownModel)
    })
}

/// The request that goes on from the answer that it names, standing for itself.
pub(crate) async fn go_on(keeper: &Keeper, body: &Bytes, previous: &str) -> Result<Bytes, ApiError> {
    let Some(found) = keeper.answer(previous).await else {
        let message = format!("Previous response with id '{previous}' not found.");
        let error = ApiError::new(400, ErrorKind::InvalidRequest, message).with_param("previous_response_id");
        return Err(error.with_code("previous_response_not_found"));
    };
    conversation::joined(body, &found).map(Bytes::from).map_err(ApiError::from)
}
