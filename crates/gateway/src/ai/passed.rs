//! Answers that pass as they are: events are looked at as they go by, a JSON answer is read for what it used, and of
//! anything else the request alone says what is paid.

use llm::Context;
use llm::passing::Asked;
use message::{Body, Known};
use net::{Reply, Response};

use super::answer::{ANSWER_CAP, Plan, answer_head, stream};
use super::serve::Failed;
use super::target::failed;
use crate::exchange::Exchange;

pub(super) async fn begin(
    x: &mut Exchange<'_>,
    (asked, context): (Asked, Context),
    plan: Plan,
    response: Response,
) -> Result<Reply, Failed> {
    let media_type = response.head.fields.get_str(Known::ContentType).unwrap_or_default();
    if media_type.starts_with("text/event-stream") {
        x.ledger.note(|record| {
            if let Some(ai) = &mut record.ai {
                ai.streamed = true;
            }
        });
        let translator = plan.kind.pass_stream(asked, context);
        return stream(x, plan, translator, response).await;
    }
    if !media_type.starts_with("application/json") {
        x.ledger.note(|record| {
            if let Some(ai) = &mut record.ai {
                plan.tariff.settle(ai, &asked.used_unsaid());
            }
        });
        return Ok(unseen(&plan, response));
    }
    let Response { head, mut body, .. } = response;
    let read = body.collect(ANSWER_CAP).await;
    let bytes = read.map_err(|error| failed(error.reason, &error.detail))?;
    x.ledger.note(|record| {
        if let Some(ai) = &mut record.ai {
            let usage = asked.used_by(&bytes);
            match asked.picture_of(&bytes) {
                Some(picture) => plan.tariff.settle_images(ai, &usage, &picture),
                None => plan.tariff.settle(ai, &usage),
            }
        }
    });
    Ok(Reply::new(answer_head(&head, &plan, "application/json"), Body::full(bytes)))
}

/// An answer that nobody looks into.
pub(super) fn unseen(plan: &Plan, response: Response) -> Reply {
    let Response { head, body, .. } = response;
    let media_type = head.fields.get_str(Known::ContentType).unwrap_or("application/octet-stream");
    Reply::new(answer_head(&head, plan, media_type), body)
}
