//! Answers of OpenAI's Responses that Weir keeps, where the vendor behind it has no such state: reading them, going on
//! from them, deleting them. Each belongs to its caller.

use std::time::Duration;

use bytes::Bytes;
use llm::{ApiError, Dialect, ErrorKind, conversation};
use message::{Method, Reason};
use net::Reply;
use stateport::StateError;

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
    let fail = |error| refusal_of(Dialect::OpenAiResponses, &unavailable(error), Reason::Overloaded);
    let found = keeper.answer(id).await.map_err(fail)?;
    let body = match (kept, &found) {
        (Kept::Answer(_), Some(_)) if matches!(x.head.method, Method::Delete) => {
            keeper.forget(id).await.map_err(fail)?;
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
/// None: it is not kept here.
pub(crate) async fn go_on(keeper: &Keeper, body: &Bytes, previous: &str) -> Result<Option<Bytes>, ApiError> {
    let Some(found) = keeper.answer(previous).await.map_err(unavailable)? else { return Ok(None) };
    conversation::joined(body, &found).map(|joined| Some(joined.into())).map_err(ApiError::from)
}

/// What is told of an answer that is not there to go on from.
pub(crate) fn not_found(previous: &str) -> ApiError {
    let message = format!("Previous response with id '{previous}' not found.");
    let error = ApiError::new(400, ErrorKind::InvalidRequest, message).with_param("previous_response_id");
    error.with_code("previous_response_not_found")
}

/// What is told where nobody can say whether it is there.
fn unavailable(error: StateError) -> ApiError {
    ApiError::new(503, ErrorKind::Overloaded, format!("what was kept cannot be read at the moment: {error}"))
}
