//! One request of a session: made as a call of the caller's, its events told as they come.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use base::RequestId;
use bytes::Bytes;
use llm::conversation::{self, socket};
use llm::{ApiError, Dialect, ErrorKind, sse};
use message::{Frame, Guard as _, Outcome, Reason, ResponseHead};
use tokio::sync::mpsc::Sender;
use trace::AiRecord;

use crate::ai::alias::Allowed;
use crate::ai::endpoint::Place;
use crate::ai::target::api_error;
use crate::ai::task::Task;
use crate::ai::{refusal_of, responses};
use crate::exchange::Exchange;
use crate::gateway::{Core, Shared};
use crate::inside::{Inner, Named, Origin};
use crate::{Refusal, stage};

const DIALECT: Dialect = Dialect::OpenAiResponses;

/// The largest event that is read, in bytes.
const MAX_EVENT: usize = 8 << 20;

/// The longest error that is read, in bytes.
const ERROR_CAP: usize = 1 << 20;

/// How many answers of a session can be gone on from without being kept elsewhere.
const REMEMBERED: usize = 2;

/// What is told to a client.
#[derive(Debug)]
pub(super) enum Said {
    /// A message.
    Text(String),
    /// That the model is still silent.
    Alive,
}

/// What all sessions remember, in bytes. Beyond, a client is told that its answer is not found, and sends the whole.
const BUDGET: usize = 256 << 20;

/// What a session's last answers said, by their ids.
pub(super) struct Past {
    shared: Arc<Shared>,
    answers: VecDeque<(String, Bytes)>,
}

// === impl Past ===

impl Past {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), answers: VecDeque::new() }
    }

    fn find(&self, id: &str) -> Option<Bytes> {
        self.answers.iter().find(|(known, _)| known == id).map(|(_, kept)| kept.clone())
    }

    fn forget(&mut self, id: &str) {
        if let Some(at) = self.answers.iter().position(|(known, _)| known == id) {
            self.drop_at(at);
        }
    }

    fn keep(&mut self, request: &[u8], object: &[u8]) {
        let Some((id, kept)) = conversation::kept(request, object) else { return };
        if self.answers.len() >= REMEMBERED {
            self.drop_at(0);
        }
        let held = self.shared.remembered.fetch_add(kept.len(), Ordering::Relaxed);
        self.answers.push_back((id, kept.into()));
        if held > BUDGET {
            self.drop_at(self.answers.len() - 1);
        }
    }

    fn drop_at(&mut self, at: usize) {
        if let Some((_, kept)) = self.answers.remove(at) {
            self.shared.remembered.fetch_sub(kept.len(), Ordering::Relaxed);
        }
    }
}

impl Drop for Past {
    fn drop(&mut self) {
        while !self.answers.is_empty() {
            self.drop_at(0);
        }
    }
}

/// Answers a request. It ends early when nobody listens any more.
pub(super) async fn answer(
    (core, origin, path): (&Core, &Origin, &str),
    message: &[u8],
    past: &mut Past,
    say: Sender<Said>,
) {
    let lane = socket::lane(message);
    let (create, body, known) = match prepare(message, past) {
        Ok(prepared) => prepared,
        Err(error) => {
            say.send(Said::Text(socket::error(&error.into(), &lane))).await.ok();
            return;
        }
    };
    if !create.generate {
        match create.previous.as_deref().filter(|_| !known) {
            // What is put by must be whole, and only what the session said is at hand.
            Some(previous) => {
                let error = responses::not_found(previous);
                say.send(Said::Text(socket::error(&error, &lane))).await.ok();
            }
            None => match admit((core, origin, path), &body) {
                Ok(()) => warm(core, (&create, &body, &lane), past, &say).await,
                Err(refusal) => {
                    say.send(Said::Text(socket::error(&refusal.api_error(), &lane))).await.ok();
                }
            },
        }
        return;
    }
    let after = create.previous.clone().filter(|_| known);
    let named = Named { after, ..Named::default() };
    let inner = Inner { answer: Some(named), ..Inner::post(path, body.clone()) };
    let told = tell((core, origin), inner, &lane, &say).await;
    match (told, &create.previous) {
        (Some(object), _) => past.keep(&body, &object),
        // What failed is not gone on from by guess.
        (None, Some(previous)) => past.forget(previous),
        (None, None) => {}
    }
}

/// Reads a request, and puts in what it goes on from if the session knows that; tells whether it does.
fn prepare(message: &[u8], past: &Past) -> Result<(socket::Create, Bytes, bool), llm::RequestError> {
    let create = socket::read(message)?;
    let kept = create.previous.as_deref().and_then(|previous| past.find(previous));
    let body = match &kept {
        Some(kept) => conversation::joined(&create.body, kept)?.into(),
        None => Bytes::copy_from_slice(&create.body),
    };
    Ok((create, body, kept.is_some()))
}

/// Whether the caller may ask the model. Though that is not asked anything, this counts as a call and leaves a record.
fn admit((core, origin, path): (&Core, &Origin, &str), body: &[u8]) -> Result<(), Refusal> {
    let mut x = origin.turn(core, path, false);
    match allow(&mut x, body) {
        Ok(()) => {
            let now = x.now();
            x.ledger.answered(&ResponseHead::new(200), None, now);
            x.ledger.settle(Outcome::Complete);
            Ok(())
        }
        Err(refusal) => {
            let reply = x.refuse(&refusal);
            drop(x.finish(reply));
            Err(refusal)
        }
    }
}

fn allow(x: &mut Exchange<'_>, body: &[u8]) -> Result<(), Refusal> {
    stage::route::apply(x)?;
    stage::authenticate::apply(x)?;
    stage::limit::apply(x)?;
    let Some(route) = x.route.clone() else { return Err(Refusal::new(Reason::NoRoute, "no route matches")) };
    let scanned = Task::Generate.scan(DIALECT, &x.head, body, &Place::default());
    let scanned = scanned.map_err(|error| refusal_of(DIALECT, &error.into(), Reason::InvalidAiRequest))?;
    let alias = Allowed::of(&route, DIALECT).find(&x.snapshot, &scanned.model)?;
    x.ledger.note(|record| {
        record.ai = Some(Box::new(AiRecord {
            dialect: DIALECT.as_str().into(),
            alias: Some(Arc::clone(&alias.name)),
            streamed: true,
            cost_micros: Some(0),
            ..AiRecord::default()
        }));
    });
    Ok(())
}

/// Puts by what the model would be asked.
async fn warm(
    core: &Core,
    (create, body, lane): (&socket::Create, &Bytes, &socket::Lane),
    past: &mut Past,
    say: &Sender<Said>,
) {
    let now = core.shared.config.clock.wall();
    let id = core.with_rng(|rng| RequestId::new(now, rng));
    let Some(warmed) = socket::warmed(create, &format!("resp_{id}"), now.0 / 1_000_000, lane) else { return };
    past.keep(body, &warmed.object);
    for event in warmed.events {
        if say.send(Said::Text(event)).await.is_err() {
            return;
        }
    }
}

/// Makes the call and tells its events; gives the answer's object if it came to one.
async fn tell(
    (core, origin): (&Core, &Origin),
    inner: Inner,
    lane: &socket::Lane,
    say: &Sender<Said>,
) -> Option<Vec<u8>> {
    let mut reply = origin.call(core, inner).await;
    if reply.head.status != 200 {
        let said = reply.body.collect(ERROR_CAP).await.unwrap_or_default();
        say.send(Said::Text(socket::refused(reply.head.status, &said, lane))).await.ok();
        return None;
    }
    let mut parser = sse::Parser::new(MAX_EVENT);
    let (mut whole, mut ended) = (None, false);
    let mut error = ApiError::new(502, ErrorKind::Server, "the answer broke off before its end");
    while let Some(frame) = reply.body.frame().await {
        let data = match frame {
            Ok(Frame::Data(data)) => data,
            Ok(Frame::Trailers(_)) => continue,
            Err(failed) => {
                error = api_error(failed.reason, &failed.detail);
                break;
            }
        };
        let mut messages = Vec::new();
        let read = parser.push(&data, |block| match block.event {
            Some(event) => {
                whole = socket::whole(event.data).or(whole.take());
                ended |= socket::ends(event.data);
                messages.extend(socket::event(event.data, lane).map(Said::Text));
            }
            None if block.raw.starts_with(b":") => messages.push(Said::Alive),
            None => {}
        });
        for message in messages {
            say.send(message).await.ok()?;
        }
        if read.is_err() {
            error = ApiError::new(502, ErrorKind::Server, "an event of the answer is too long");
            break;
        }
    }
    if !ended {
        say.send(Said::Text(socket::error(&error, lane))).await.ok()?;
    }
    whole
}
