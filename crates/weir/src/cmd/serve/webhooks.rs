//! Events on their way to webhooks: what steps of flows send goes to the control plane; what is due is tried by the gateway,
//! on the control plane's runtime, and the control plane is told what came of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use control::{Control, ControlError, Dispatch, Job, Outcome, Tried};
use gateway::Gateway;
use stateport::{EventPort, NewEvent, Pending, StateError, Taken};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

/// How often it is looked for what is due.
const EVERY: Duration = Duration::from_millis(500);

/// What steps of flows send, as the control plane takes it in.
#[derive(Debug)]
pub(crate) struct Events(pub(crate) Control);

impl EventPort for Events {
    fn send(&self, event: NewEvent) -> Pending<Taken> {
        let control = self.0.clone();
        Box::pin(async move {
            blocking(move || control.event_of_flow(&event)).await.map_err(|error| {
                tracing::error!("an event of a flow is not taken in: {}", base::chain(&error));
                StateError::Unavailable
            })
        })
    }
}

/// Sends until it is dropped; attempts that are under way then are made again later.
pub(crate) async fn send(dispatch: Dispatch, gateway: Gateway) {
    let dispatch = Arc::new(dispatch);
    let tasks = TaskTracker::new();
    let ended = Arc::new(Notify::new());
    loop {
        let asked = Arc::clone(&dispatch);
        match blocking(move || asked.begin()).await {
            Ok(jobs) => {
                for job in jobs {
                    let (dispatch, ended) = (Arc::clone(&dispatch), Arc::clone(&ended));
                    let attempt = attempt(dispatch, gateway.clone(), job);
                    tasks.spawn(async move {
                        attempt.await;
                        ended.notify_one();
                    });
                }
            }
            Err(error) => tracing::error!("webhooks are not sent: {}", base::chain(&error)),
        }
        // What ended may have made others due.
        let _ends_sooner = tokio::time::timeout(EVERY, ended.notified()).await;
    }
}

async fn attempt(dispatch: Arc<Dispatch>, gateway: Gateway, job: Job) {
    let (webhook, message) = (Arc::clone(&job.webhook), job.message.clone());
    let posted = gateway.deliver(webhook, message.id, Bytes::from(message.payload)).await;
    let tried = match posted {
        Ok(posted) => Tried {
            outcome: Outcome::Answered(posted.status, posted.retry_after),
            detail: format!("it answered {}", posted.status),
        },
        Err(why) => Tried { outcome: Outcome::Unanswered, detail: why },
    };
    if let Err(error) = blocking(move || dispatch.end(job, tried)).await {
        tracing::error!("what came of a webhook is not kept: {}", base::chain(&error));
    }
}

/// The store blocks.
async fn blocking<T: Send + 'static>(
    run: impl FnOnce() -> Result<T, ControlError> + Send + 'static,
) -> Result<T, ControlError> {
    let done = tokio::task::spawn_blocking(run).await;
    done.unwrap_or(Err(ControlError::Internal("a thread of the control plane ended")))
}
