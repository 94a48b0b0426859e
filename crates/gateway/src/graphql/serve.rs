//! Serves a schema from calls.

use std::sync::Arc;

use graphql::guard::Admitted;
use graphql::http::{Media, Request, Response};
use graphql::serve::{Data, run};
use message::{Body, Known, Reason, ResponseHead};
use net::Reply;
use snapshot::Graphql;
use tokio::time::timeout;

use super::cache::Place;
use super::calls::Calls;
use super::{asked, guard_of, pieces, refused};
use crate::Refusal;
use crate::exchange::Exchange;

/// Answers a call by a schema.
pub(crate) async fn serve(x: &mut Exchange<'_>, served: &Arc<Graphql>) -> Result<Reply, Refusal> {
    let mut asked = asked::of(x).await?;
    let policy = guard_of(x);
    let guard = policy.as_deref().unwrap_or(&served.guard);
    let admitted = asked.admit(x, guard)?;
    let media = asked.media;
    x.mark("graphql");
    let place = Place::of(x, guard, &admitted, media);
    if let Some(kept) = place.as_ref().and_then(|place| place.find(x)) {
        return Ok(kept);
    }
    if let Some(form) = asked.form.filter(|_| admitted.defers()) {
        return pieces::serve(x, served, (asked.request, admitted), (media, form)).await;
    }
    let response = match execute(x, served, (&asked.request, &admitted)).await? {
        Ok(response) => response,
        Err(refused) => return Err(refused::query(media, refused.errors)),
    };
    let mut reply = whole(&response, media);
    if let Some(place) = place {
        place.keep(x, &mut reply);
    }
    Ok(reply)
}

/// An answer that comes at once.
pub(super) fn whole(response: &Response<Data>, media: Media) -> Reply {
    let answer = response.answer(media);
    let mut head = ResponseHead::new(answer.status);
    head.fields.push(Known::ContentType, answer.media.content_type().as_bytes());
    head.fields.push(Known::Vary, b"Accept");
    Reply::new(head, Body::full(answer.body))
}

/// Runs a request that was let pass; within, the answer to one that cannot be run.
pub(super) async fn execute(
    x: &mut Exchange<'_>,
    served: &Arc<Graphql>,
    (request, admitted): (&Request, &Admitted),
) -> Result<Result<Response<Data>, Response<Data>>, Refusal> {
    let mut execution = match served.schema.start(request, admitted) {
        Ok(execution) => execution,
        Err(refused) => return Ok(Err(refused)),
    };
    execution.limit_calls(served.max_calls);
    let calls = Calls::new(x, served);
    let Ok(response) = timeout(served.timeout, run(execution, &calls)).await else {
        let detail = format!("the query took longer than {:?}", served.timeout);
        return Err(Refusal::new(Reason::CallTimeout, detail).shaped(x.shape()));
    };
    x.mark("calls");
    Ok(Ok(response))
}
