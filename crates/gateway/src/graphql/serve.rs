//! Serves a schema from calls.

use std::sync::Arc;

use graphql::serve::run;
use message::{Body, Known, Reason, ResponseHead};
use net::Reply;
use snapshot::Graphql;
use tokio::time::timeout;

use super::calls::Calls;
use super::{asked, guard_of, refused};
use crate::Refusal;
use crate::exchange::Exchange;

/// Answers a call by a schema.
pub(crate) async fn serve(x: &mut Exchange<'_>, served: &Arc<Graphql>) -> Result<Reply, Refusal> {
    let mut asked = asked::of(x).await?;
    let policy = guard_of(x);
    let guard = policy.as_deref().unwrap_or(&served.guard);
    let admitted = asked.admit(guard)?;
    let media = asked.media;
    x.mark("graphql");
    let mut execution = served
        .schema
        .start(&asked.request, &admitted)
        .map_err(|refused| refused::query(media, refused.errors))?;
    execution.limit_calls(served.max_calls);
    let calls = Calls::new(x, served);
    let Ok(response) = timeout(served.timeout, run(execution, &calls)).await else {
        let detail = format!("the query took longer than {:?}", served.timeout);
        return Err(Refusal::new(Reason::CallTimeout, detail).shaped(super::shape(x)));
    };
    x.mark("calls");
    let answer = response.answer(media);
    let mut head = ResponseHead::new(answer.status);
    head.fields.push(Known::ContentType, answer.media.content_type().as_bytes());
    head.fields.push(Known::Vary, b"Accept");
    Ok(Reply::new(head, Body::full(answer.body)))
}
