//! Answers that come piece by piece: what a query defers is told when it has come, and the first piece does not wait for it.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use graphql::Error;
use graphql::guard::Admitted;
use graphql::http::{Form, Media, Request, Response, part};
use graphql::serve::{Data, Piece, Pieces};
use graphql::subscribe::sse;
use message::{Body, BodyError, Frame, Known, Reason, ResponseHead, Stream};
use net::Reply;
use snapshot::Graphql;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, timeout_at};

use super::calls::Calls;
use super::refused;
use super::serve::whole;
use crate::Refusal;
use crate::exchange::Exchange;

/// So many pieces wait for a client that reads slowly; calls go on only as they are taken.
const UNREAD: usize = 4;

/// What a run tells.
enum Told {
    Piece(Piece),
    /// It cannot be run.
    Refused(Response<Data>),
    /// The first piece did not come in time.
    Late,
}

/// The pieces behind the first, as a body.
struct Rest {
    said: Receiver<Told>,
    framing: Framing,
    /// What is to be sent before anything else comes.
    ready: Option<Bytes>,
    more: bool,
}

/// How pieces are carried.
#[derive(Clone, Copy)]
struct Framing {
    form: Form,
    events: bool,
}

/// Answers a call piece by piece, or at once if nothing comes later.
pub(super) async fn serve(
    x: &mut Exchange<'_>,
    served: &Arc<Graphql>,
    (request, admitted): (Request, Admitted),
    (media, form): (Media, Form),
) -> Result<Reply, Refusal> {
    let (say, mut said) = channel(UNREAD);
    let run = run((Arc::clone(served), Calls::new(x, served)), request, admitted, say);
    x.core.spawn(run);
    let first = match said.recv().await {
        Some(Told::Piece(piece)) => piece,
        Some(Told::Refused(response)) => return Err(refused::query(media, response.errors)),
        Some(Told::Late) | None => {
            let detail = format!("the query took longer than {:?}", served.timeout);
            return Err(Refusal::new(Reason::CallTimeout, detail).shaped(x.shape()));
        }
    };
    x.mark("calls");
    if let (false, Some(response)) = (first.more, &first.first) {
        return Ok(whole(response, media));
    }
    let framing = Framing { form, events: media == Media::Events };
    let mut head = ResponseHead::new(200);
    let kind = if framing.events { media.content_type() } else { form.content_type() };
    head.fields.push(Known::ContentType, kind.as_bytes());
    head.fields.push(Known::Vary, b"Accept");
    // What lies between must not hold pieces back to make one of them.
    head.fields.push(Known::CacheControl, b"no-cache");
    let rest = Rest { said, framing, ready: Some(framing.frame(&first)), more: first.more };
    Ok(Reply::new(head, Body::stream(rest)))
}

/// Runs a query until it is over, its time is, or nobody hears of it any more.
async fn run(
    (served, calls): (Arc<Graphql>, Calls),
    request: Request,
    admitted: Admitted,
    say: Sender<Told>,
) {
    let until = Instant::now() + served.timeout;
    let mut execution = match served.schema.start_in_parts(&request, &admitted) {
        Ok(execution) => execution,
        Err(refused) => return drop(say.send(Told::Refused(refused)).await),
    };
    execution.limit_calls(served.max_calls);
    let mut pieces = Pieces::new(execution, &calls);
    let mut told = false;
    loop {
        let next = tokio::select! {
            biased;
            () = say.closed() => return,
            next = timeout_at(until, pieces.next()) => next,
        };
        let piece = match next {
            Ok(None) => return,
            Ok(Some(piece)) => Told::Piece(piece),
            Err(_) if !told => Told::Late,
            Err(_) => {
                let error = Error::new(format!("the query took longer than {:?}", served.timeout));
                match pieces.give_up(&error.coded(Reason::CallTimeout.code())) {
                    Some(piece) => Told::Piece(piece),
                    None => return,
                }
            }
        };
        let last = matches!(piece, Told::Late | Told::Piece(Piece { more: false, .. }));
        if say.send(piece).await.is_err() || last {
            return;
        }
        told = true;
    }
}

// === impl Framing ===

impl Framing {
    fn frame(self, piece: &Piece) -> Bytes {
        let json = self.form.json(piece);
        if !self.events {
            return part(&json, piece.first.is_some(), piece.more).into();
        }
        let mut events = sse::next(&json);
        if !piece.more {
            events.extend_from_slice(&sse::complete());
        }
        events.into()
    }
}

// === impl Rest ===

impl Stream for Rest {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        if let Some(ready) = self.ready.take() {
            return Poll::Ready(Some(Ok(Frame::Data(ready))));
        }
        if !self.more {
            return Poll::Ready(None);
        }
        if let Some(Told::Piece(piece)) = std::task::ready!(self.said.poll_recv(cx)) {
            self.more = piece.more;
            return Poll::Ready(Some(Ok(Frame::Data(self.framing.frame(&piece)))));
        }
        self.more = false;
        let error = BodyError::new(Reason::CallTimeout, "the query went down before all of it had come");
        Poll::Ready(Some(Err(error)))
    }
}
