//! Conversations made short where no vendor behind does so: the model is asked for a summary, which Weir seals for its
//! caller and puts in the place of the conversation when it comes back.

use bytes::Bytes;
use llm::conversation::compaction::{self, CompactionId};
use llm::{ApiError, Dialect, ErrorKind};
use message::{Body, Reason};
use net::Reply;

use super::owner::Owner;
use super::refusal_of;
use crate::Refusal;
use crate::exchange::Exchange;

/// The longest answer that is read, in bytes.
const ANSWER_CAP: usize = 8 << 20;

/// The request for a summary.
pub(crate) fn ask(body: &Bytes) -> Result<Bytes, Refusal> {
    let made = compaction::summary_request(body).map(Bytes::from);
    made.map_err(|error| refusal_of(Dialect::OpenAiResponses, &error.into(), Reason::InvalidAiRequest))
}

/// Makes the shortened conversation of the answer with the summary.
pub(crate) async fn answer(
    x: &mut Exchange<'_>,
    request: &Bytes,
    mut reply: Reply,
) -> Result<Reply, Refusal> {
    let said = reply.body.collect(ANSWER_CAP).await;
    let said = said.map_err(|error| Refusal::new(error.reason, error.detail).shaped(x.shape()))?;
    let summary = compaction::summary(&said).map_err(|why| {
        let error = ApiError::new(502, ErrorKind::Server, why);
        refusal_of(Dialect::OpenAiResponses, &error, Reason::ProviderMalformed)
    })?;
    let sealed = x.shared().seal.hide(&Owner::of(x), compaction::SEALED, &summary);
    let sealed = sealed
        .ok_or_else(|| Refusal::new(Reason::InternalError, "nothing can be sealed").shaped(x.shape()))?;
    let id = x.ledger.id().to_string();
    let created = x.shared().config.clock.wall().0 / 1_000_000;
    reply.body =
        Body::full(compaction::compacted(request, &said, &sealed, CompactionId { id: &id, created }));
    Ok(reply)
}
