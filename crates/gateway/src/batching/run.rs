//! Runs a batch: begins each item when the scheduler says so, and keeps its answer.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use ::batch::{Answer, Batch, Item, OnError};
use base::RequestId;
use bytes::{Bytes, BytesMut};
use flow::run::{Command, Verdict};
use message::{BodyError, Fields, Frame, Known, Method, Reason};
use net::Reply;
use snapshot::{Batching, Route, Snapshot};
use trace::FlowStep;

use super::trail::Trail;
use crate::Refusal;
use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::inside::{Inner, Origin};
use crate::stage::route::Conditions;

/// An answer that is waited for.
type Waiting<'w> = Pin<Box<dyn Future<Output = Came> + Send + 'w>>;

/// An answer, and the call that it is to, if one was made.
struct Came {
    answer: Answer,
    call: Option<RequestId>,
}

/// Runs one batch.
pub(super) struct Runner<'r> {
    core: &'r Core,
    snapshot: Arc<Snapshot>,
    origin: Origin,
    route: &'r Route,
    batching: &'r Batching,
    batch: &'r Batch,
    /// Fields of the batch that hold for each item.
    inherited: Fields,
    /// The batch's own id.
    id: RequestId,
    /// So many bytes may further answers have.
    room: AtomicUsize,
}

// === impl Runner ===

impl<'r> Runner<'r> {
    pub(super) fn new(
        x: &Exchange<'r>,
        (route, batching): (&'r Route, &'r Batching),
        (batch, inherited): (&'r Batch, Fields),
    ) -> Self {
        Self {
            core: x.core,
            snapshot: Arc::clone(&x.snapshot),
            origin: Origin::of(x),
            route,
            batching,
            batch,
            inherited,
            id: x.ledger.id(),
            room: AtomicUsize::new(batching.max_answer),
        }
    }

    /// Makes all items; gives the answer to each, and what was done.
    pub(super) async fn run(&self) -> (Vec<Option<Answer>>, Vec<FlowStep>) {
        let mut run = self.batch.run(self.batching.concurrency);
        let mut answers: Vec<Option<Answer>> = self.batch.items.iter().map(|_| None).collect();
        let mut under_way: Vec<(usize, Waiting<'_>)> = Vec::new();
        let mut trail = Trail::new(&self.core.shared.config.clock, self.batch);
        loop {
            let commands = run.commands(Duration::ZERO);
            let mut over = Vec::new();
            for command in commands {
                match command {
                    Command::Start(item, _) => match self.begin(item, &answers) {
                        Ok(call) => {
                            trail.begin(item);
                            under_way.push((item, call));
                        }
                        Err(refusal) => {
                            let answer = self.told(&refusal);
                            trail.skip(item, &answer);
                            over.push((item, Came { answer, call: None }));
                        }
                    },
                    Command::Cancel(item) => {
                        trail.cancel(item);
                        under_way.retain(|(other, _)| *other != item);
                    }
                    // Items share no graph.
                    Command::Reached(_) => {}
                }
            }
            if over.is_empty() {
                if under_way.is_empty() {
                    break;
                }
                over.push(first(&mut under_way).await);
            }
            for (item, Came { answer, call }) in over {
                trail.end(item, &answer, call);
                let stops = answer.is_failure() && self.batch.on_error == OnError::Stop;
                let verdict = if stops { Verdict::Failed } else { Verdict::Succeeded };
                run.settle(item, verdict, Duration::ZERO);
                if let Some(place) = answers.get_mut(item) {
                    *place = Some(answer);
                }
            }
        }
        let left = "not made, or given up: another request failed, and `on_error` is `stop`";
        for (item, answer) in answers.iter_mut().enumerate().filter(|(_, answer)| answer.is_none()) {
            let told = self.told(&Refusal::new(Reason::DependencyFailed, left));
            trail.skip(item, &told);
            *answer = Some(told);
        }
        (answers, trail.into_steps())
    }

    /// The call of an item, or why it is not made.
    fn begin(&self, at: usize, answers: &[Option<Answer>]) -> Result<Waiting<'_>, Refusal> {
        let unmade = |detail: String| Refusal::new(Reason::DependencyFailed, detail);
        let item = self.batch.items.get(at).ok_or_else(|| unmade("there is no such request".into()))?;
        let failed = |on: &&usize| {
            answers.get(**on).is_some_and(|answer| answer.as_ref().is_none_or(Answer::is_failure))
        };
        if let Some(on) = item.needs().iter().find(failed) {
            return Err(unmade(format!("not made: request {} failed", self.name(*on))));
        }
        let request = item.request(answers, self.batching.max_body);
        let request = request.map_err(|lacking| unmade(format!("not made: {lacking}")))?;
        self.check_place(&item.method, &request.target)?;
        let mut fields = request.fields;
        for (name, value, _) in &self.inherited {
            let own = item.has_header(name);
            if !own {
                fields.push_named(name, value);
            }
        }
        let inner = Inner {
            method: item.method.clone(),
            path: request.target,
            fields,
            body: request.body,
            charged: None,
            answer: None,
        };
        let call = self.origin.call(self.core, inner);
        Ok(Box::pin(async move {
            let reply = call.await;
            let call = reply.head.fields.get_str(Known::XRequestId).and_then(RequestId::parse);
            let answer = match self.take(item, reply).await {
                Ok(answer) => answer,
                Err(error) => self.told(&Refusal::new(error.reason, error.detail)),
            };
            Came { answer, call }
        }))
    }

    /// What a person calls an item.
    fn name(&self, at: usize) -> String {
        let id = self.batch.items.get(at).and_then(|item: &Item| item.id.as_deref());
        id.map_or_else(|| at.to_string(), |id| format!("`{id}`"))
    }

    /// Whether the item goes to this service; what no route matches is answered and recorded as any other call.
    fn check_place(&self, method: &Method, target: &str) -> Result<(), Refusal> {
        let path = self.origin.path(target.split('?').next().unwrap_or_default());
        let Ok(path) = route::normalise(&path) else { return Ok(()) };
        let facts = Conditions(&self.inherited, None);
        let found = self.snapshot.find(self.origin.host(), &path, method.as_str(), &facts);
        match found {
            Ok(found) if found.route.service.id != self.route.service.id => {
                let detail = format!("`{path}` is not a path of this service");
                Err(Refusal::new(Reason::NoRoute, detail))
            }
            _ => Ok(()),
        }
    }

    /// Reads an answer, as far as there is room.
    async fn take(&self, item: &Item, mut reply: Reply) -> Result<Answer, BodyError> {
        if item.method == Method::Head {
            reply.body.discard();
        }
        let (mut first, mut joined) = (Bytes::new(), BytesMut::new());
        while let Some(frame) = reply.body.frame().await {
            let Frame::Data(data) = frame? else { continue };
            let taken = self
                .room
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(data.len()));
            if taken.is_err() {
                let detail = format!("all answers together may have {} bytes", self.batching.max_answer);
                return Err(BodyError::new(Reason::AnswerTooLarge, detail));
            }
            if first.is_empty() && joined.is_empty() {
                first = data;
            } else {
                joined.extend_from_slice(&std::mem::take(&mut first));
                joined.extend_from_slice(&data);
            }
        }
        let body = if joined.is_empty() { first } else { joined.freeze() };
        Ok(Answer::new(reply.head.status, reply.head.fields, body))
    }

    /// A refusal as the answer to an item.
    fn told(&self, refusal: &Refusal) -> Answer {
        let mut reply = refusal.reply(&self.core.shared.config, &self.id);
        let body = reply.body.take_full().unwrap_or_default();
        Answer::new(reply.head.status, reply.head.fields, body)
    }
}

/// The first of some that comes to its end.
async fn first(waiting: &mut Vec<(usize, Waiting<'_>)>) -> (usize, Came) {
    poll_fn(|cx| {
        let done =
            waiting.iter_mut().enumerate().find_map(|(at, (item, wait))| match wait.as_mut().poll(cx) {
                Poll::Ready(came) => Some((at, *item, came)),
                Poll::Pending => None,
            });
        match done {
            Some((at, item, came)) => {
                drop(waiting.swap_remove(at));
                Poll::Ready((item, came))
            }
            None => Poll::Pending,
        }
    })
    .await
}
