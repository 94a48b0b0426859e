//! The calls of a query, made inside: of operations at services, and of flows.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use flow::request::plain;
use graphql::serve::{Call, CallError, Resolve, Target};
use message::{Known, Reason};
use net::Reply;
use serde_json::{Map, Value};
use snapshot::{Graphql, Snapshot};
use tokio::sync::Semaphore;

use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::inside::{Inner, Origin};

/// The name of errors of calls.
const FAILED: &str = "CALL_FAILED";

/// What makes the calls of a query.
pub(super) struct Calls {
    core: Core,
    served: Arc<Graphql>,
    snapshot: Arc<Snapshot>,
    /// The query's own.
    origin: Origin,
    /// Of each place.
    origins: Vec<Origin>,
    free: Semaphore,
}

// === impl Calls ===

impl Calls {
    pub(super) fn new(x: &Exchange<'_>, served: &Arc<Graphql>) -> Self {
        let origin = Origin::of(x);
        Self {
            core: x.core.clone(),
            served: Arc::clone(served),
            snapshot: Arc::clone(&x.snapshot),
            origins: served.places.iter().map(|place| origin.at(place)).collect(),
            origin,
            free: Semaphore::new(served.concurrency),
        }
    }

    async fn operation(
        &self,
        target: &Target,
        name: &str,
        arguments: &Map<String, Value>,
    ) -> Result<Value, CallError> {
        let failed = |message: String| CallError::new(FAILED, format!("`{name}`: {message}"));
        let found = self.served.operation(target);
        let (place, operation) = found.ok_or_else(|| failed("there is no such operation".into()))?;
        let request = plain::of(operation, arguments).map_err(|error| failed(error.to_string()))?;
        let origin = self.origins.get(place).ok_or_else(|| failed("it is served nowhere".into()))?;
        let mut inner = Inner::of(Arc::new(request)).ok_or_else(|| failed("its method is none".into()))?;
        inner.fields.push(Known::Accept, b"application/json");
        let reply = origin.call(&self.core, inner).await;
        let absent = reply.head.status == 404 && operation.is_safe() && reply.refused.is_none();
        let (status, refused) = (reply.head.status, reply.refused);
        let body = collect(reply, self.served.max_answer).await.map_err(failed)?;
        // What is not there is null.
        if absent {
            return Ok(Value::Null);
        }
        if !(200..300).contains(&status) {
            return Err(failed(match refused {
                Some(reason) => format!("it was refused with status {status}, `{}`", reason.code()),
                None => format!("it was answered with status {status}"),
            }));
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|error| failed(format!("its answer is no JSON: {error}")))
    }

    async fn flow(&self, name: &str, inputs: Map<String, Value>) -> Result<Value, CallError> {
        let failed = |message: String| CallError::new(FAILED, format!("flow `{name}`: {message}"));
        let flow = self.served.flow(name).and_then(|id| self.snapshot.flow(id));
        let flow = flow.ok_or_else(|| failed("it is not there".into()))?;
        let outputs = crate::flow::outputs(&self.core, flow, &self.origin, inputs).await;
        outputs.map(Value::Object).map_err(failed)
    }
}

impl Resolve for Calls {
    fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Value, CallError>> + Send + '_>> {
        Box::pin(async move {
            // It is never closed.
            let _free = self.free.acquire().await.ok();
            match &call.target {
                Target::Operation { operation, .. } => {
                    self.operation(&call.target, operation, &call.arguments).await
                }
                Target::Flow(name) => self.flow(name, call.arguments).await,
            }
        })
    }
}

async fn collect(mut reply: Reply, cap: usize) -> Result<Bytes, String> {
    reply.body.collect(cap).await.map_err(|error| match error.reason {
        Reason::BodyTooLarge => format!("its answer is longer than {cap} bytes"),
        _ => error.detail.into_owned(),
    })
}
