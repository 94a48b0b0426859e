//! An answer in parts, each sent as soon as it is known, for who asks for it (`Accept`): as server-sent events, or as a JSON
//! object a line.
//!
//! The head is sent with the first part: what fails before is answered as ever. `missing` tells of an optional step that
//! has failed (not `error`, which is what `EventSource` calls its own), `done` of the end.

use std::sync::Arc;

use base::{Nanos, RequestId};
use domain::DocId;
use flow::engine::{Engine, Part, Parts};
use flow::extension::Status;
use flow::program::Compiled;
use message::{Body, Fields, Known, ResponseHead};
use net::Reply;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use snapshot::Flow;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{oneshot, watch};
use trace::{CallRecord, FlowRecord};

use super::outcome::{self, Told};
use super::run::Running;
use crate::Refusal;
use crate::accept::Accepts;
use crate::events::{self, Event, Form, News};
use crate::exchange::Exchange;
use crate::gateway::Shared;

/// The id of the last event: who comes back with it has all (WHATWG HTML, "server-sent events": 204 ends the connection for
/// good).
const LAST: &str = "done";

/// The forms, the first before the second where both are liked the same.
const FORMS: [(&str, Form); 3] = [
    ("text/event-stream", Form::Events),
    ("application/x-ndjson", Form::Lines("application/x-ndjson")),
    ("application/jsonl", Form::Lines("application/jsonl")),
];

/// What a run has told so far.
#[derive(Debug, Default)]
pub(super) struct Feed {
    state: Mutex<State>,
    /// Tells of each change.
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// Names and data of events that were not taken.
    news: Vec<(&'static str, Value)>,
    /// There was a part.
    begun: bool,
}

/// A run's end of it.
#[derive(Debug)]
pub(super) struct Feeding {
    feed: Arc<Feed>,
    parts: Parts,
    /// So many failures of optional steps were told.
    absent: usize,
}

/// What a record gets once the run has ended.
type Slot = Arc<Mutex<Option<(FlowRecord, Option<&'static str>)>>>;

/// The client's end of it. Dropping it tells the run that its caller has left.
struct Telling {
    feed: Arc<Feed>,
    told: oneshot::Receiver<Told>,
    end: Option<Told>,
    count: u64,
    shared: Arc<Shared>,
    flow: DocId,
    id: RequestId,
    /// When the call began, and how much later the run did, in microseconds.
    began: (Nanos, u64),
    slot: Slot,
}

/// The form in which a call wants the answer in parts, if it wants that and the answer has parts.
pub(super) fn form(fields: &Fields, compiled: &Compiled) -> Option<Form> {
    let status = compiled.workflow.weir.response.as_ref().and_then(|response| response.status.as_ref());
    if compiled.stream.is_some() || matches!(status, Some(Status::Fixed(204 | 205 | 304))) {
        return None;
    }
    Accepts::of(fields).rather("application/json", &FORMS)
}

/// Whether a client comes back that was told all.
pub(super) fn has_all(fields: &Fields, form: Form) -> bool {
    form == Form::Events && fields.get_named("last-event-id") == Some(LAST.as_bytes())
}

/// The answer to who has all already.
pub(crate) fn nothing_more() -> Reply {
    let mut head = ResponseHead::new(204);
    // To whoever has nothing yet it says that nothing comes (RFC 9110 §15.3.5 lets caches keep it).
    head.fields.push(Known::CacheControl, b"no-store");
    Reply::new(head, Body::empty())
}

/// Answers by a run in parts.
pub(super) async fn serve(
    x: &mut Exchange<'_>,
    flow: &Flow,
    (running, compiled): (Running, &Compiled),
    form: Form,
) -> Result<Reply, Refusal> {
    let feed = Arc::new(Feed::default());
    let running = running.feeding(Feeding::new(Arc::clone(&feed), compiled));
    let began = u64::from(x.ledger.offset());
    let (tell, mut told) = oneshot::channel();
    x.core.spawn(running.telling(tell));
    let mut end = feed.first(&mut told).await;
    x.mark("flow");
    if let Some(told) = end.as_mut().filter(|told| told.failure.is_some()) {
        let steps = FlowRecord::of(told.steps.clone()).later(began);
        x.ledger.note(|record| record.flow = Some(Box::new(steps)));
        return outcome::reply(x, flow, told);
    }
    let slot = Slot::default();
    let of_record = Arc::clone(&slot);
    x.ledger.tell_usage(move |record| settle(record, of_record.lock().take()));
    let telling = Telling {
        feed,
        told,
        end,
        count: 0,
        shared: Arc::clone(&x.core.shared),
        flow: flow.id.clone(),
        id: x.ledger.id(),
        began: (x.ledger.started(), began),
        slot,
    };
    Ok(events::follow(telling, form))
}

/// Notes what came of a run. `true`: the client was handed all.
fn settle(record: &mut CallRecord, ended: Option<(FlowRecord, Option<&'static str>)>) -> bool {
    let Some((steps, reason)) = ended else { return false };
    record.flow = Some(Box::new(steps));
    record.reason = reason.map(Into::into);
    true
}

// === impl Feed ===

impl Feed {
    fn tell(&self, news: Vec<(&'static str, Value)>, has_parts: bool) {
        let mut state = self.state.lock();
        state.news.extend(news);
        state.begun |= has_parts;
        drop(state);
        self.wake();
    }

    /// Something has changed: there are news, or the run has told its end.
    pub(super) fn wake(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// Waits for the first part, or for the end if that comes before.
    async fn first(&self, told: &mut oneshot::Receiver<Told>) -> Option<Told> {
        let mut changes = self.changed.subscribe();
        loop {
            if self.state.lock().begun {
                return None;
            }
            tokio::select! {
                biased;
                told = &mut *told => return Some(told.unwrap_or_else(|_| Told::nothing())),
                _ = changes.changed() => {}
            }
        }
    }

    fn take(&self) -> Vec<(&'static str, Value)> {
        std::mem::take(&mut self.state.lock().news)
    }
}

// === impl Feeding ===

impl Feeding {
    fn new(feed: Arc<Feed>, compiled: &Compiled) -> Self {
        Self { feed, parts: Parts::new(compiled), absent: 0 }
    }

    /// Tells what has become known.
    pub(super) fn look(&mut self, engine: &Engine) {
        let mut news = Vec::new();
        for failure in engine.absent().iter().skip(self.absent) {
            let mut told = outcome::failed_step(failure);
            let reading = self.parts.reading(engine, failure);
            told["paths"] = reading.into_iter().map(|name| Value::from(path(Some(name)))).collect();
            news.push(("missing", told));
            self.absent += 1;
        }
        let parts = self.parts.take(engine);
        let has_parts = !parts.is_empty();
        news.extend(
            parts
                .into_iter()
                .map(|Part { name, value }| ("part", json!({"path": path(name.as_deref()), "data": value}))),
        );
        if !news.is_empty() {
            self.feed.tell(news, has_parts);
        }
    }

    /// The run has told its end.
    pub(super) fn over(&self) {
        self.feed.wake();
    }
}

// === impl Telling ===

impl News for Telling {
    fn changes(&self) -> watch::Receiver<u64> {
        self.feed.changed.subscribe()
    }

    fn take(&mut self, news: &mut Vec<Event>) -> bool {
        let mut came = self.feed.take();
        if self.end.is_none() {
            self.end = match self.told.try_recv() {
                Ok(told) => Some(told),
                Err(TryRecvError::Closed) => Some(Told::nothing()),
                Err(TryRecvError::Empty) => None,
            };
            // What was told between the two.
            came.extend(self.feed.take());
        }
        for (name, data) in came {
            self.count += 1;
            news.push(Event { name, id: self.count.to_string(), data });
        }
        let Some(told) = self.end.take() else { return false };
        news.push(Event { name: "done", id: LAST.to_owned(), data: self.done(told) });
        true
    }
}

impl Telling {
    /// How the run ended.
    fn done(&self, told: Told) -> Value {
        let (started, later) = self.began;
        let lasted = self.shared.config.clock.now().since(started);
        let mut done = json!({"duration_ms": outcome::millis(lasted), "completed": false});
        let reason = if let Some(answer) = told.answer() {
            done["status"] = answer.status.into();
            done["completed"] = told.absent.is_empty().into();
            let fields = answer.headers.iter().map(|(name, value)| (name.to_string(), value.as_str().into()));
            let fields: Map<String, Value> = fields.collect();
            if !fields.is_empty() {
                done["headers"] = fields.into();
            }
            None
        } else {
            let refusal = told.refusal(&self.flow);
            done["status"] = refusal.status().into();
            done["problem"] = refusal.problem(&self.shared.config.reasons_at, &self.id);
            Some(refusal.reason.code())
        };
        if !told.absent.is_empty() {
            done["missing"] = told.absent.iter().map(outcome::failed_step).collect();
        }
        *self.slot.lock() = Some((FlowRecord::of(told.steps).later(later), reason));
        done
    }
}

/// Where a part stands in the answer: a JSON Pointer (RFC 6901).
fn path(name: Option<&str>) -> String {
    name.map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).unwrap_or_default()
}
