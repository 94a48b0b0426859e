//! Several answers to one request (`n`) of a provider that gives one alone: so many calls inside at once, each with its
//! own limits, targets and record, and their answers joined.

use std::task::{Context, Poll};

use bytes::Bytes;
use llm::fan::{self, Joiner};
use llm::{ApiError, Dialect, ErrorKind};
use message::{Body, BodyError, Frame, Known, Reason, ResponseHead, Stream};
use net::Reply;

use super::at_once::{self, Waiting};
use super::refusal_of;
use super::target::api_error;
use crate::exchange::Exchange;
use crate::inside::{Inner, Origin};
use crate::{Refusal, Shape};

/// Answers to one request at most: each is a call that costs.
const MOST: u64 = 16;

/// The longest answer that is held in memory, in bytes.
const ANSWER_CAP: usize = 64 << 20;

/// The largest event of a stream, in bytes.
const MAX_EVENT: usize = 8 << 20;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) count: u64,
    pub(crate) streamed: bool,
    pub(crate) include_usage: bool,
}

/// Makes the calls; `path` is the service's own.
pub(crate) async fn serve(
    x: &mut Exchange<'_>,
    dialect: Dialect,
    (path, body): (&str, &Bytes),
    wish: Wish,
) -> Result<Reply, Refusal> {
    let refuse = |message: String| {
        let error = ApiError::new(400, ErrorKind::InvalidRequest, message).with_param("n");
        refusal_of(dialect, &error.with_code("invalid_value"), Reason::InvalidAiRequest)
    };
    if wish.count > MOST {
        return Err(refuse(format!("`n` is at most {MOST} for the chosen model")));
    }
    let origin = Origin::of(x);
    let mut calls: Vec<Waiting<'_, Reply>> = Vec::new();
    // The last begins first, and the first, which limits have let pass already, when all others have asked them.
    for at in (0..usize::try_from(wish.count).unwrap_or(1)).rev() {
        let one = fan::split(body, at).ok_or_else(|| refuse("the body is not a JSON object".into()))?;
        let charged = (at == 0).then(Vec::new);
        calls.push(origin.call(x.core, Inner { charged, ..Inner::post(path, one) }));
    }
    let replies = at_once::all_good(calls, |reply| reply.head.status == 200).await;
    x.mark("fan_out");
    let mut replies = match replies {
        Ok(replies) => replies,
        // The others, which have hardly begun where it was a limit, are not waited for and paid for in vain.
        Err(failed) => return Ok(told(failed)),
    };
    replies.reverse();
    if wish.streamed {
        Ok(stream(replies, wish))
    } else {
        whole(replies).await.map_err(|e| refused(dialect, &e))
    }
}

fn refused(dialect: Dialect, error: &BodyError) -> Refusal {
    Refusal::new(error.reason, error.detail.clone()).shaped(Shape::ai(dialect))
}

/// An answer that is no success, as it came, but for what the outer call says itself.
fn told(reply: Reply) -> Reply {
    let mut head = ResponseHead::new(reply.head.status);
    for (name, value, known) in &reply.head.fields {
        if !matches!(known, Known::ContentLength | Known::RateLimit | Known::RateLimitPolicy) {
            head.fields.push_named(name, value);
        }
    }
    Reply::new(head, reply.body)
}

async fn whole(replies: Vec<Reply>) -> Result<Reply, BodyError> {
    let head = head_of(&replies);
    let mut answers = Vec::new();
    for mut reply in replies {
        answers.push(reply.body.collect(ANSWER_CAP).await?);
    }
    let answers: Vec<&[u8]> = answers.iter().map(AsRef::as_ref).collect();
    let joined = fan::join(&answers);
    let joined =
        joined.ok_or_else(|| BodyError::new(Reason::ProviderMalformed, "an answer is none of a chat"))?;
    Ok(Reply::new(head, Body::full(joined)))
}

fn stream(replies: Vec<Reply>, wish: Wish) -> Reply {
    let head = head_of(&replies);
    let joiner = Joiner::new(replies.len(), MAX_EVENT, wish.include_usage);
    let bodies = replies.into_iter().map(|reply| Some(reply.body)).collect();
    Reply::new(head, Body::stream(Joined { joiner, bodies, next: 0, over: false }))
}

/// The head of the first, without what tells of its body or of that call alone.
fn head_of(replies: &[Reply]) -> ResponseHead {
    let mut head = ResponseHead::new(200);
    let Some(first) = replies.first() else { return head };
    for (name, value, known) in &first.head.fields {
        let own = matches!(known, Known::ContentLength | Known::RateLimit | Known::RateLimitPolicy);
        if !own && !name.eq_ignore_ascii_case(b"x-request-id") {
            head.fields.push_named(name, value);
        }
    }
    head
}

/// The streams of all, as they come.
struct Joined {
    joiner: Joiner,
    bodies: Vec<Option<Body>>,
    /// Who is asked first, so that one that always has something does not hold up the others.
    next: usize,
    over: bool,
}

impl Joined {
    fn step(&mut self, at: usize, frame: Option<Result<Frame, BodyError>>, out: &mut Vec<u8>) {
        let failed = match frame {
            Some(Ok(Frame::Data(data))) => {
                let read = self.joiner.push(at, &data, out);
                read.err().map(|error| api_error(Reason::ProviderMalformed, &error.to_string()))
            }
            Some(Ok(Frame::Trailers(_))) => None,
            Some(Err(error)) => Some(api_error(error.reason, &error.detail)),
            None => {
                if let Some(body) = self.bodies.get_mut(at) {
                    *body = None;
                }
                self.over = self.joiner.end(at, out);
                None
            }
        };
        if let Some(error) = failed {
            out.extend_from_slice(b"data: ");
            out.extend_from_slice(&Dialect::OpenAiChat.encode_error(&error));
            out.extend_from_slice(b"\n\n");
            self.over = true;
        }
        if self.over {
            self.bodies.clear();
        }
    }
}

impl Stream for Joined {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let mut out = Vec::new();
        loop {
            let count = self.bodies.len();
            if self.over || count == 0 {
                return Poll::Ready(None);
            }
            let mut moved = false;
            for turn in 0..count {
                let at = (self.next + turn) % count;
                let Some(Some(body)) = self.bodies.get_mut(at) else { continue };
                if let Poll::Ready(frame) = body.poll_frame(cx) {
                    moved = true;
                    self.next = at + 1;
                    self.step(at, frame, &mut out);
                    break;
                }
            }
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(Frame::Data(Bytes::from(out)))));
            }
            if !moved {
                return Poll::Pending;
            }
        }
    }
}
