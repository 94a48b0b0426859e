//! The calls of a run under way.

use std::collections::HashMap;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;

use base::RequestId;
use bytes::Bytes;
use flow::engine::{Call as Wanted, CallId, Lost, Reply as Answer, Role};
use flow::values::Headers;
use foldhash::fast::RandomState;
use futures_util::StreamExt;
use futures_util::stream::{AbortHandle, Abortable, FuturesUnordered};
use message::{Body, BodyError, Filter, Known, Out, Reason, ResponseHead};
use net::Reply;
use snapshot::Flow;

use super::cache::{Kept, Key};
use super::events::Events;
use crate::gateway::Core;
use crate::inside::{Budget, Inner, Origin};

/// Words for a call that is not made since there were too many.
const SPENT: &str = "the run has made as many calls as it may, with those of the flows within it";

/// The calls under way.
pub(crate) struct Calls {
    core: Core,
    flow: Arc<Flow>,
    /// Of each of the program's sources, where its calls go; of events, nowhere.
    origins: Vec<Option<Arc<Origin>>>,
    /// The calls that may still be made, in the run and in the flows that these answer.
    budget: Budget,
    events: Events,
    under_way: FuturesUnordered<Abortable<Pin<Box<dyn Future<Output = Done> + Send>>>>,
    handles: HashMap<CallId, AbortHandle, RandomState>,
    /// Bodies that may be handed on are told unread.
    hands_on: bool,
}

/// A call that has come to its end.
pub(crate) struct Done {
    pub(crate) id: CallId,
    pub(crate) result: Result<Answer, Lost>,
    /// Its record's id; none where it was not made.
    pub(crate) record: Option<RequestId>,
    /// What was not read of its answer, since it is handed on.
    pub(crate) rest: Option<Body>,
}

// === impl Calls ===

impl Calls {
    /// Those of the run of this id.
    pub(crate) fn new(core: &Core, flow: Arc<Flow>, origin: &Origin, run: String) -> Self {
        let sources = 0..flow.program.sources.len();
        let origins =
            sources.map(|source| flow.place(source).map(|place| Arc::new(origin.at(place)))).collect();
        let events = Events::new(&core.shared.config.events, &flow, run);
        Self {
            core: core.clone(),
            budget: origin.budget().cloned().unwrap_or_else(|| Budget::new(most(&flow))),
            flow,
            origins,
            events,
            under_way: FuturesUnordered::new(),
            handles: HashMap::default(),
            hands_on: false,
        }
    }

    /// Bodies that may be handed on are told unread.
    pub(crate) fn handing_on(self) -> Self {
        Self { hands_on: true, ..self }
    }

    /// Makes a call.
    pub(crate) fn make(&mut self, id: CallId, call: Wanted) {
        self.make_after(id, call, std::future::ready(Ok(())));
    }

    /// Makes a call once something else is done, if it goes well.
    pub(crate) fn make_after(
        &mut self,
        id: CallId,
        call: Wanted,
        before: impl Future<Output = Result<(), Lost>> + Send + 'static,
    ) {
        if self.flow.program.is_events(call.source) {
            return self.send_after(id, &call, before);
        }
        let Wanted { source, request, cache, as_caller, credentials, max_body, role, .. } = call;
        let (streams, undoes) = (role == Role::HandedOn && self.hands_on, role == Role::Undo);
        let own = max_body.and_then(|own| usize::try_from(own).ok());
        let cap = self.flow.max_answer.min(own.unwrap_or(usize::MAX));
        let has_room = undoes || self.budget.take();
        let with = credentials.as_deref().map(|name| self.flow.credentials(source, name).cloned());
        // What is for one caller alone is not kept for others.
        let own = self.flow.place(source).is_some_and(|place| place.own);
        let kept = cache.filter(|_| own && !as_caller).and_then(|(ttl, own)| {
            let key = Key::of(&self.flow, source, (&request, credentials), own)?;
            Some(Kept { key, ttl })
        });
        let core = self.core.clone();
        let known = kept
            .as_ref()
            .and_then(|kept| core.shared.answers.find(&kept.key, core.shared.config.clock.now()));
        let made = self.origins.get(source).cloned().flatten();
        // What has credentials is not made without them.
        let made = made.filter(|_| has_room && !matches!(with, Some(None))).zip(Inner::of(request));
        let budget = (!undoes).then(|| self.budget.clone());
        let call = Box::pin(async move {
            let (mut record, mut rest) = (None, None);
            let result = match (before.await, known, made) {
                (Err(lost), ..) => Err(lost),
                (Ok(()), Some(known), _) => Ok(known),
                (Ok(()), None, Some((origin, inner))) => {
                    let by = (as_caller, with.flatten());
                    let reply = origin.call_as(&core, inner, by, budget).answer().await;
                    record = reply.head.fields.get_str(Known::XRequestId).and_then(RequestId::parse);
                    if streams { bounded(reply, cap, &mut rest) } else { whole(reply, cap).await }
                }
                (Ok(()), None, None) if !has_room => Err(Lost::Bound(SPENT.into())),
                (Ok(()), None, None) => Err(Lost::Unreachable("it cannot be made".into())),
            };
            if let (Some(kept), Ok(answer)) = (kept, &result) {
                core.shared.answers.keep(kept, answer, core.shared.config.clock.now());
            }
            Done { id, result, record, rest }
        });
        self.begin(id, call);
    }

    /// Sends an event.
    fn send_after(
        &mut self,
        id: CallId,
        call: &Wanted,
        before: impl Future<Output = Result<(), Lost>> + Send + 'static,
    ) {
        let sent = self.events.event(call).map(|event| self.events.send(event));
        let call = Box::pin(async move {
            let result = match (before.await, sent) {
                (Err(lost), _) => Err(lost),
                (Ok(()), Some(sent)) => sent.await,
                (Ok(()), None) => Err(Lost::Unreachable("it is no event".into())),
            };
            Done { id, result, record: None, rest: None }
        });
        self.begin(id, call);
    }

    fn begin(&mut self, id: CallId, call: Pin<Box<dyn Future<Output = Done> + Send>>) {
        let (handle, registration) = AbortHandle::new_pair();
        self.handles.insert(id, handle);
        self.under_way.push(Abortable::new(call, registration));
    }

    /// Gives a call up.
    pub(crate) fn cancel(&mut self, id: CallId) {
        if let Some(handle) = self.handles.remove(&id) {
            handle.abort();
        }
    }

    /// The next call that comes to its end; never, where none is under way.
    pub(crate) async fn next(&mut self) -> Done {
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

/// How many calls a run of a flow may make.
fn most(flow: &Flow) -> u32 {
    let own = flow.program.workflows.get(flow.workflow).and_then(|own| own.workflow.weir.max_calls);
    own.unwrap_or(flow.bounds.steps)
}

/// An answer that is handed on as it comes: one that says that it is too long is none, and one that turns out to be breaks off.
/// Its body is what is left to be read.
fn bounded(mut reply: Reply, cap: usize, rest: &mut Option<Body>) -> Result<Answer, Lost> {
    let cap = cap as u64;
    if reply.body.remaining().is_some_and(|length| length > cap) {
        return Err(Lost::too_long(cap));
    }
    reply.body.filter(Within { cap, left: cap });
    *rest = Some(reply.body);
    Ok(answer(&reply.head, Vec::new()))
}

/// Lets so much of a body through.
struct Within {
    cap: u64,
    left: u64,
}

impl Filter for Within {
    fn data(&mut self, data: Bytes, out: &mut Out) {
        match self.left.checked_sub(data.len() as u64) {
            Some(left) => {
                self.left = left;
                out.data(data);
            }
            None => out.abort(BodyError::new(
                Reason::AnswerTooLarge,
                format!("the step's answer is longer than {} bytes", self.cap),
            )),
        }
    }

    fn changes_length(&self) -> bool {
        false
    }
}

/// Reads an answer whole.
async fn whole(mut reply: Reply, cap: usize) -> Result<Answer, Lost> {
    let body = reply.body.collect(cap).await.map_err(|error| match error.reason {
        Reason::UpstreamStalled | Reason::CallTimeout => Lost::Timeout,
        Reason::BodyTooLarge => Lost::too_long(cap as u64),
        _ => Lost::Unreachable(error.detail.into_owned().into()),
    })?;
    Ok(answer(&reply.head, body.into()))
}

fn answer(head: &ResponseHead, body: Vec<u8>) -> Answer {
    let headers = Headers::new(head.fields.iter().map(|(name, value, _)| (name, value)));
    Answer { status: head.status, headers, body }
}
