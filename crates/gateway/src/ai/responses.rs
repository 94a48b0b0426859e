//! Answers of OpenAI's Responses that are kept: reading them, following those that are made in the background, going on
//! from them, ending and deleting them. Each belongs to its caller.

use std::time::Duration;

use bytes::Bytes;
use llm::conversation;
use llm::conversation::background::{self, Ended};
use llm::{ApiError, Dialect, ErrorKind};
use message::{Method, Reason, RequestHead};
use net::Reply;
use stateport::StateError;

use super::alias::Allowed;
use super::answer::json;
use super::keeper::Keeper;
use super::owner::Owner;
use super::page::parameter;
use super::{follow, native, refusal_of};
use crate::Refusal;
use crate::exchange::Exchange;

/// How long an answer is kept: as long as OpenAI keeps one.
pub(crate) const KEEP: Duration = Duration::from_hours(24 * 30);

/// What is told of an answer that nobody makes any more.
const GONE: &str = "the gateway was stopped while the answer was made";

/// What is asked of an answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The answer.
    Answer(String),
    /// That it is not made any further.
    Cancel(String),
    /// What it was asked.
    Items(String),
}

// === impl Kept ===

impl Kept {
    /// The id of the answer, as the client has it.
    pub(crate) fn id(&self) -> &str {
        let (Self::Answer(id) | Self::Cancel(id) | Self::Items(id)) = self;
        id
    }

    /// Whether its events are asked for.
    pub(crate) fn streams(&self, head: &RequestHead) -> bool {
        let streamed = || matches!(parameter(head.query(), "stream").as_deref(), Some("true" | "True" | "1"));
        matches!(self, Self::Answer(_)) && head.method == Method::Get && streamed()
    }
}

/// Serves what is kept.
pub(crate) async fn serve(
    x: &mut Exchange<'_>,
    allowed: &Allowed<'_>,
    kept: &Kept,
) -> Result<Reply, Refusal> {
    if let Some(opened) = x.shared().seal.open(&Owner::of(x), kept.id()) {
        return native::ask(x, allowed, kept, &opened).await;
    }
    let keeper = Keeper::of(x);
    let id = kept.id();
    let found = keeper.answer(id).await.map_err(out_of_reach)?.ok_or_else(|| missing(id))?;
    match kept {
        Kept::Answer(_) if x.head.method == Method::Delete => {
            if let Some(run) = x.shared().runs.find(&keeper.owner(), id) {
                run.discard(&x.shared().runs);
            }
            keeper.forget(id).await.map_err(out_of_reach)?;
            Ok(json(conversation::deleted(id)))
        }
        Kept::Answer(_) if kept.streams(&x.head) => events(x, &keeper, id, &found).await,
        Kept::Answer(_) => object(x, &keeper, id, &found).await.map(|object| json(object.to_vec())),
        Kept::Cancel(_) => cancel(x, &keeper, id, &found).await,
        Kept::Items(_) => conversation::input_items(&found).map(json).ok_or_else(|| missing(id)),
    }
}

/// The response object as it stands now.
async fn object(x: &mut Exchange<'_>, keeper: &Keeper, id: &str, found: &Bytes) -> Result<Bytes, Refusal> {
    if let Some(run) = x.shared().runs.find(&keeper.owner(), id) {
        return Ok(run.object());
    }
    let object = conversation::answer(found).ok_or_else(|| missing(id))?;
    if !background::is_under(&object) || keeper.lives(id).await.map_err(out_of_reach)? {
        return Ok(object.into());
    }
    let lost = background::lost(&object, GONE).ok_or_else(|| missing(id))?;
    Ok(lost.into())
}

/// The events of an answer that is or was made in the background.
async fn events(x: &mut Exchange<'_>, keeper: &Keeper, id: &str, found: &Bytes) -> Result<Reply, Refusal> {
    let after = match parameter(x.head.query(), "starting_after") {
        None => None,
        Some(number) => Some(number.parse::<u64>().map_err(|_| {
            let message = "`starting_after` must be a whole number that is not negative";
            invalid(&ApiError::new(400, ErrorKind::InvalidRequest, message).with_param("starting_after"))
        })?),
    };
    if let Some(run) = x.shared().runs.find(&keeper.owner(), id) {
        return Ok(follow::events(run, after));
    }
    let log = keeper.log(id).await.map_err(out_of_reach)?;
    if let Some(log) = log {
        return Ok(follow::replay(&log, after));
    }
    let made = conversation::answer(found).is_some_and(|object| background::ended_as(&object).is_some());
    let message = if made {
        "The events of this response are not kept any more; read it without `stream`."
    } else {
        "This response cannot be streamed because it was not created with background=true."
    };
    Err(invalid(&ApiError::new(400, ErrorKind::InvalidRequest, message).with_param("stream")))
}

/// Ends an answer that is made in the background; of one that has ended, nothing changes.
async fn cancel(x: &mut Exchange<'_>, keeper: &Keeper, id: &str, found: &Bytes) -> Result<Reply, Refusal> {
    let Some(run) = x.shared().runs.find(&keeper.owner(), id) else {
        let object = object(x, keeper, id, found).await?;
        let message = match background::ended_as(&object) {
            Some(Ended::Completed) => "Cannot cancel a completed response.",
            Some(Ended::Otherwise) => return Ok(json(object.to_vec())),
            None => "Cannot cancel a synchronous response.",
        };
        return Err(invalid(&ApiError::new(400, ErrorKind::InvalidRequest, message)));
    };
    run.cancel(&x.shared().runs);
    Ok(json(run.object().to_vec()))
}

/// The request that goes on from the answer that it names, standing for itself.
/// None: it is not kept here.
pub(crate) async fn go_on(
    x: &mut Exchange<'_>,
    keeper: &Keeper,
    body: &Bytes,
    previous: &str,
) -> Result<Option<Bytes>, ApiError> {
    let Some(found) = keeper.answer(previous).await.map_err(unavailable)? else { return Ok(None) };
    let under = x.shared().runs.find(&keeper.owner(), previous).is_some_and(|run| !run.is_ended());
    let under = under || conversation::answer(&found).is_some_and(|object| background::is_under(&object));
    if under {
        let message = format!("Previous response with id '{previous}' is not completed.");
        let error = ApiError::new(400, ErrorKind::InvalidRequest, message).with_param("previous_response_id");
        return Err(error);
    }
    conversation::joined(body, &found).map(|joined| Some(joined.into())).map_err(ApiError::from)
}

/// What is told of an answer that is not there to go on from.
pub(crate) fn not_found(previous: &str) -> ApiError {
    let message = format!("Previous response with id '{previous}' not found.");
    let error = ApiError::new(400, ErrorKind::InvalidRequest, message).with_param("previous_response_id");
    error.with_code("previous_response_not_found")
}

/// What is told of an answer that is not there.
pub(crate) fn missing(id: &str) -> Refusal {
    let message = format!("Response with id '{id}' not found.");
    let error = ApiError::new(404, ErrorKind::NotFound, message).with_code("response_not_found");
    refusal_of(Dialect::OpenAiResponses, &error, Reason::UnknownObject)
}

/// What is told where nobody can say whether it is there.
pub(crate) fn unavailable(error: StateError) -> ApiError {
    ApiError::new(503, ErrorKind::Overloaded, format!("what was kept cannot be read at the moment: {error}"))
}

fn out_of_reach(error: StateError) -> Refusal {
    refusal_of(Dialect::OpenAiResponses, &unavailable(error), Reason::Overloaded)
}

fn invalid(error: &ApiError) -> Refusal {
    refusal_of(Dialect::OpenAiResponses, error, Reason::InvalidAiRequest)
}
