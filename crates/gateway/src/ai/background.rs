//! Answers of OpenAI's Responses in the background, where the vendor behind does not make them so: Weir asks for the answer
//! as a call of the caller's own, keeps what comes, and tells of it whenever it is asked.
//!
//! An answer under way lives in this process. What is kept says that it is being made, and a sign of life beside it until
//! when; one whose process is gone without an end has failed. Nothing is asked of a model a second time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use llm::conversation::background::{self, Making};
use llm::{ApiError, Dialect, ErrorKind};
use message::{Frame, Reason};
use net::Reply;

use super::answer::json;
use super::conversation::Resolved;
use super::follow;
use super::keeper::Keeper;
use super::refusal_of;
use super::runs::Run;
use crate::Refusal;
use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::inside::{self, Inner, Named, Origin};

/// So often an answer under way gives a sign of life.
const BEAT: Duration = Duration::from_secs(3);

/// Without one for so long it is lost.
pub(crate) const LOST: Duration = Duration::from_secs(10);

/// The longest error that is read, in bytes.
const ERROR_CAP: usize = 1 << 20;

/// What makes an answer.
struct Maker {
    core: Core,
    origin: Origin,
    keeper: Keeper,
    run: Arc<Run>,
    id: String,
    request: Bytes,
}

/// Whether a request asks for its answer in the background, where it can be.
pub(crate) use llm::conversation::background::wanted;

/// Begins an answer and tells of it at once.
pub(crate) async fn begin(
    x: &mut Exchange<'_>,
    keeper: Keeper,
    resolved: Resolved,
) -> Result<Reply, Refusal> {
    let Resolved { body, scanned, previous, .. } = resolved;
    let refuse = |message: &str| {
        let error = ApiError::new(503, ErrorKind::Overloaded, message);
        refusal_of(Dialect::OpenAiResponses, &error, Reason::Overloaded)
    };
    let id = format!("resp_{}", x.ledger.id());
    let created = x.shared().config.clock.wall().0 / 1_000_000;
    let making = Making::new(&body, &id, created, previous.as_deref());
    let queued = Bytes::copy_from_slice(making.object());
    let Some(request) = background::request(&body) else { return Err(refuse("the request cannot be kept")) };
    let owner = keeper.owner();
    let Some(run) = x.shared().runs.begin(&owner, &id, making, 2 * body.len()) else {
        return Err(refuse("too many answers are made in the background at the moment"));
    };
    // Dropped before it is spawned, as by a caller who leaves meanwhile, it ends the run.
    let maker = Maker {
        core: x.core.clone(),
        origin: Origin::of(x),
        keeper,
        run: Arc::clone(&run),
        id: id.clone(),
        request: body,
    };
    maker.keeper.beat(&id);
    if maker.keeper.keep_object(&maker.request, &queued).await.is_err() {
        return Err(refuse("the answer cannot be kept at the moment"));
    }
    let permits = x.ledger.release();
    let inner = Inner {
        charged: Some(permits),
        answer: Some(Named { name: Some(id), after: previous }),
        ..Inner::post(inside::path_of(x), request)
    };
    run.made_by(x.core.spawn(maker.make(inner)));
    Ok(if scanned.streamed { follow::events(run, None) } else { json(queued.to_vec()) })
}

// === impl Maker ===

impl Maker {
    async fn make(self, inner: Inner) {
        let call = self.origin.call(&self.core, inner);
        let read = async {
            let mut reply = call.await;
            let runs = &self.core.shared.runs;
            if reply.head.status != 200 {
                let said = reply.body.collect(ERROR_CAP).await.unwrap_or_default();
                self.run.fail(runs, &llm::conversation::error_of(reply.head.status, &said));
                return;
            }
            while let Some(frame) = reply.body.frame().await {
                match frame {
                    Ok(Frame::Data(data)) => self.run.push(runs, &data),
                    Ok(Frame::Trailers(_)) => {}
                    Err(_) => break,
                }
            }
            self.run.finish(runs);
        };
        let mut read = std::pin::pin!(read);
        while tokio::time::timeout(BEAT, &mut read).await.is_err() {
            self.keeper.beat(&self.id);
        }
    }
}

impl Drop for Maker {
    /// However it ended, also with the process: what there is is kept.
    fn drop(&mut self) {
        let runs = &self.core.shared.runs;
        let error =
            ApiError::new(500, ErrorKind::Server, "the gateway was stopped while the answer was made");
        self.run.fail(runs, &error);
        if self.run.is_wanted() {
            self.keeper.keep_log(&self.id, &self.run.log());
            drop(self.keeper.keep_object(&self.request, &self.run.object()));
        }
        runs.end(&self.keeper.owner(), &self.id);
    }
}
