//! OpenAI's files: each belongs to its caller, and lies with the provider that keeps files or on Weir's own shelf.

mod form;
pub(crate) mod incoming;
pub(crate) mod shelf;
mod upload;

pub(crate) use self::upload::TOO_MANY;

use std::collections::VecDeque;
use std::pin::pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use llm::ApiError;
use message::{Body, BodyError, Frame, Known, Method, Reason, ResponseHead, Stream};
use net::{Reply, Response};
use serde_json::{Map, Value, json};
use snapshot::AliasTarget;

use self::shelf::{File, Shelf};
use super::alias::Allowed;
use super::answer::json as json_reply;
use super::errand::{self, DIALECT, Errand, absent, failed, unavailable};
use super::owner::Owner;
use super::seal::Opened;
use super::{page, refusal_of};
use crate::exchange::Exchange;
use crate::proxy::{Deadline, within};
use crate::{Refusal, Shape};

/// The longest object of a provider's that is read, in bytes.
const OBJECT_CAP: usize = 4 << 20;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Files {
    /// The list, or a new one.
    All,
    /// What is known of one.
    One(String),
    /// The content of one.
    Content(String),
}

/// Where a file is.
enum Found {
    Here(Shelf, File),
    /// With a provider, under an id of its own.
    There(Box<AliasTarget>, String),
}

// === impl Files ===

impl Files {
    /// The methods, as `Allow` names them.
    pub(crate) fn allow(&self) -> &'static str {
        match self {
            Self::All => "GET, HEAD, POST",
            Self::One(_) => "GET, HEAD, DELETE",
            Self::Content(_) => "GET, HEAD",
        }
    }
}

/// Serves files.
pub(crate) async fn serve(
    x: &mut Exchange<'_>,
    allowed: &Allowed<'_>,
    files: &Files,
) -> Result<Reply, Refusal> {
    let deadline = Deadline::of(&x.timeouts());
    let outcome = within(deadline, pin!(run(x, allowed, files))).await;
    outcome.map_err(|refusal| match refusal.shape {
        Shape::Problem => refusal.shaped(Shape::ai(DIALECT)),
        Shape::Ai { .. } | Shape::Graphql(_) => refusal,
    })
}

async fn run(x: &mut Exchange<'_>, allowed: &Allowed<'_>, files: &Files) -> Result<Reply, Refusal> {
    Owner::named(x, "Files")?;
    match files {
        Files::All if matches!(x.head.method, Method::Post) => Box::pin(upload::upload(x, allowed)).await,
        Files::All => list(x).await,
        Files::One(id) => match find(x, allowed, id).await? {
            Found::Here(shelf, file) if matches!(x.head.method, Method::Delete) => {
                shelf.forget(&file).await.map_err(unavailable)?;
                Ok(deleted(id))
            }
            Found::Here(_, file) => Ok(answer(&Value::Object(file.told))),
            Found::There(target, own) => at_provider(x, &target, (id, &own)).await,
        },
        Files::Content(id) => match find(x, allowed, id).await? {
            Found::Here(shelf, file) => Ok(content("application/octet-stream", shelf.content(&file))),
            Found::There(target, own) => {
                let below = format!("/{own}/content");
                let response = errand::run(x, &target, get("/files", below)).await;
                let Response { head, body, .. } = response.map_err(|refusal| renamed(refusal, &own, id))?;
                let media_type = head.fields.get_str(Known::ContentType);
                Ok(content(media_type.unwrap_or("application/octet-stream"), body))
            }
        },
    }
}

async fn list(x: &mut Exchange<'_>) -> Result<Reply, Refusal> {
    let files = Shelf::of(x).all().await.map_err(unavailable)?;
    let purpose = page::parameter(x.head.query(), "purpose");
    let told = files.into_iter().filter(|file| purpose.as_deref().is_none_or(|it| it == file.purpose()));
    let page = page::of(told.map(|file| file.told).collect(), x.head.query(), (10_000, 10_000));
    let page = page.map_err(|error| refusal_of(DIALECT, &error, Reason::InvalidAiRequest))?;
    Ok(answer(&page))
}

/// Finds a file of the caller's.
async fn find(x: &mut Exchange<'_>, allowed: &Allowed<'_>, id: &str) -> Result<Found, Refusal> {
    if let Some(Opened { provider, id: own, .. }) = x.shared().seal.open(&Owner::of(x), id) {
        let provider = errand::keeper(x, allowed, &provider).filter(|_| is_plain(&own));
        let provider = provider.ok_or_else(|| absent("File object", id))?;
        return Ok(Found::There(Box::new(errand::at(&provider)), own));
    }
    let shelf = Shelf::of(x);
    match shelf.find(id).await.map_err(unavailable)? {
        Some(file) if file.kept => Ok(Found::Here(shelf, file)),
        _ => Err(absent("File object", id)),
    }
}

/// What a provider says of a file of its own, or does with it.
async fn at_provider(
    x: &mut Exchange<'_>,
    target: &AliasTarget,
    (id, own): (&str, &str),
) -> Result<Reply, Refusal> {
    let delete = matches!(x.head.method, Method::Delete);
    let method = if delete { Method::Delete } else { Method::Get };
    let errand = Errand { method, ..get("/files", format!("/{own}")) };
    let response = errand::run(x, target, errand).await;
    let Response { mut body, .. } = response.map_err(|refusal| renamed(refusal, own, id))?;
    let mut told = object(&mut body).await?;
    told.insert("id".into(), id.into());
    if delete {
        let file = File { told: told.clone(), kept: false };
        Shelf::of(x).forget(&file).await.map_err(unavailable)?;
    }
    Ok(answer(&Value::Object(told)))
}

/// An errand that only asks.
pub(crate) fn get(path: &'static str, below: String) -> Errand {
    Errand { method: Method::Get, path, below, content_type: None, body: Body::empty() }
}

/// A provider's word of an id, by the name that the client knows it by.
pub(crate) fn renamed(mut refusal: Refusal, own: &str, id: &str) -> Refusal {
    if let Shape::Ai { error: Some(error), .. } = &mut refusal.shape {
        let ApiError { message, .. } = &mut **error;
        *message = message.replace(own, id);
    }
    refusal.detail = refusal.detail.replace(own, id).into();
    refusal
}

/// Reads a JSON object of a provider's.
pub(crate) async fn object(body: &mut Body) -> Result<Map<String, Value>, Refusal> {
    let read = body.collect(OBJECT_CAP).await.map_err(|error| failed(error.reason, &error.detail))?;
    match serde_json::from_slice(&read) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(failed(Reason::ProviderMalformed, "the provider's answer is no JSON object")),
    }
}

pub(crate) fn answer(value: &Value) -> Reply {
    json_reply(serde_json::to_vec(value).unwrap_or_default())
}

fn deleted(id: &str) -> Reply {
    answer(&json!({"id": id, "object": "file", "deleted": true}))
}

fn content(media_type: &str, body: Body) -> Reply {
    let mut head = ResponseHead::new(200);
    head.fields.push(Known::ContentType, media_type.as_bytes());
    Reply::new(head, body)
}

/// Whether an id of a provider's can stand in a path as it is.
pub(crate) fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !id.is_empty() && id.bytes().all(plain) && !id.bytes().all(|byte| byte == b'.')
}

/// Bytes, then a body, then bytes.
pub(crate) fn joined(start: Vec<u8>, body: Body, end: Vec<u8>) -> Body {
    Body::stream(Joined { start: VecDeque::from([start.into()]), body: Some(body), end: Some(end.into()) })
}

struct Joined {
    start: VecDeque<Bytes>,
    body: Option<Body>,
    end: Option<Bytes>,
}

impl Stream for Joined {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        if let Some(start) = self.start.pop_front() {
            return Poll::Ready(Some(Ok(Frame::Data(start))));
        }
        while let Some(body) = &mut self.body {
            match ready!(body.poll_frame(cx)) {
                Some(Ok(Frame::Data(data))) => return Poll::Ready(Some(Ok(Frame::Data(data)))),
                Some(Ok(Frame::Trailers(_))) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => self.body = None,
            }
        }
        Poll::Ready(self.end.take().map(|end| Ok(Frame::Data(end))))
    }

    fn remaining(&self) -> Option<u64> {
        let body = self.body.as_ref().map_or(Some(0), Body::remaining)?;
        let ends = self.start.iter().chain(&self.end).map(|bytes| bytes.len() as u64).sum::<u64>();
        Some(body + ends)
    }
}
