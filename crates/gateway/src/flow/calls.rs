//! The calls of a run under way.

use std::collections::HashMap;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use flow::engine::{CallId, Lost, Reply as Answer};
use flow::request::Request;
use futures_util::StreamExt;
use futures_util::stream::{AbortHandle, Abortable, FuturesUnordered};
use message::{Fields, Known, Method, Reason};
use net::Reply;
use snapshot::Flow;

use crate::gateway::Core;
use crate::inside::{Inner, Origin};

/// The calls under way.
pub(super) struct Calls {
    core: Core,
    flow: Arc<Flow>,
    /// Of each of the program's sources, where its calls go.
    origins: Vec<Origin>,
    under_way: FuturesUnordered<Abortable<Pin<Box<dyn Future<Output = Done> + Send>>>>,
    handles: HashMap<CallId, AbortHandle>,
}

/// A call that has come to its end.
pub(super) struct Done {
    pub(super) id: CallId,
    pub(super) result: Result<Answer, Lost>,
}

// === impl Calls ===

impl Calls {
    pub(super) fn new(core: &Core, flow: Arc<Flow>, origin: &Origin) -> Self {
        let origins = flow.places.iter().map(|place| origin.at(place)).collect();
        Self {
            core: core.clone(),
            flow,
            origins,
            under_way: FuturesUnordered::new(),
            handles: HashMap::new(),
        }
    }

    /// Makes a call.
    pub(super) fn make(&mut self, id: CallId, source: usize, request: Request) {
        let (handle, registration) = AbortHandle::new_pair();
        let cap = self.flow.max_answer;
        let made = self.origins.get(source).zip(inner(request));
        let call = made.map(|(origin, inner)| origin.call(&self.core, inner));
        let future = Box::pin(async move {
            let result = match call {
                Some(call) => answer(call.await, cap).await,
                None => Err(Lost::Unreachable("its method is none".into())),
            };
            Done { id, result }
        });
        self.handles.insert(id, handle);
        self.under_way.push(Abortable::new(future, registration));
    }

    /// Gives a call up.
    pub(super) fn cancel(&mut self, id: CallId) {
        if let Some(handle) = self.handles.remove(&id) {
            handle.abort();
        }
    }

    /// The next call that comes to its end; never, where none is under way.
    pub(super) async fn next(&mut self) -> Done {
        loop {
            match self.under_way.next().await {
                Some(Ok(done)) => {
                    self.handles.remove(&done.id);
                    return done;
                }
                // It was given up.
                Some(Err(_)) => {}
                None => pending().await,
            }
        }
    }
}

/// The request of a step as a call inside.
fn inner(request: Request) -> Option<Inner> {
    let mut fields = Fields::new();
    for (name, value) in &request.headers {
        fields.push_named(name.as_bytes(), value.as_bytes());
    }
    let mut body = Bytes::new();
    if let Some((kind, bytes)) = request.body {
        fields.push(Known::ContentType, kind.as_bytes());
        body = bytes.into();
    }
    let method = Method::parse(request.method.as_bytes())?;
    Some(Inner { method, path: request.target, fields, body, charged: None, answer: None })
}

/// Reads an answer whole.
async fn answer(mut reply: Reply, cap: usize) -> Result<Answer, Lost> {
    let body = reply.body.collect(cap).await.map_err(|error| match error.reason {
        Reason::UpstreamStalled | Reason::CallTimeout => Lost::Timeout,
        Reason::BodyTooLarge => Lost::Unreachable(format!("its answer is longer than {cap} bytes").into()),
        _ => Lost::Unreachable(error.detail.into_owned().into()),
    })?;
    let name = |name: &[u8]| String::from_utf8_lossy(name).to_ascii_lowercase().into_boxed_str();
    let one =
        |(field, value, _): (&[u8], &[u8], Known)| (name(field), String::from_utf8_lossy(value).into_owned());
    Ok(Answer {
        status: reply.head.status,
        headers: reply.head.fields.iter().map(one).collect(),
        body: body.into(),
    })
}
