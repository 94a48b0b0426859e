//! A target's answer: whole, or a stream whose head is held back until it has something to say.

use std::sync::Arc;

use bytes::Bytes;
use llm::{Dialect, ProviderKind, Quota, ResponseError, StreamTranslator, Translated};
use message::{Body, Frame, Known, Reason, ResponseHead};
use net::{Reply, Response};
use snapshot::Pace;
use tokio::time::{Instant, timeout_at};

use super::debt::Debt;
use super::keeper::Keeper;
use super::pace::Timers;
use super::passed;
use super::serve::Failed;
use super::stream::ChatStream;
use super::target::{api_error, failed};
use super::tariff::Tariff;
use super::task::Answer;
use crate::exchange::Exchange;

/// The longest answer that is held in memory, in bytes.
pub(super) const ANSWER_CAP: usize = 64 << 20;

/// What of a stream is held back until there is content, in bytes, besides what it may repeat of its request.
pub(crate) const READY_CAP: usize = 256 << 10;

/// What of OpenAI's own headers tells of the answer; the others tell of the account.
const OPENAI: [&[u8]; 3] = [b"openai-processing-ms", b"openai-version", b"openai-model"];

/// How a target's answer becomes the client's.
pub(crate) struct Plan {
    pub(crate) dialect: Dialect,
    /// When it was asked, in seconds since 1970.
    pub(crate) asked_at: i64,
    pub(crate) kind: ProviderKind,
    /// What it costs.
    pub(crate) tariff: Arc<Tariff>,
    pub(crate) dropped: Vec<String>,
    pub(crate) streamed: bool,
    pub(crate) pace: Pace,
    /// What of a stream is held back until there is content, in bytes.
    pub(crate) ready_cap: usize,
    /// When the attempt began.
    pub(crate) began: Instant,
    /// Where state of its vendor goes.
    pub(crate) keeper: Keeper,
    /// Its vendor may make the answer in the background.
    pub(crate) owes: bool,
    /// What is owed of it already.
    pub(crate) debt: Option<Debt>,
}

pub(crate) async fn begin(
    x: &mut Exchange<'_>,
    answer: Answer,
    plan: Plan,
    response: Response,
) -> Result<Reply, Failed> {
    let kind = plan.kind;
    match answer {
        Answer::Generate(context) if plan.streamed => stream(x, plan, kind.stream(context), response).await,
        Answer::Generate(context) => {
            whole(x, plan, response, |bytes| kind.decode_response(bytes, &context)).await
        }
        Answer::Embed(embedding, context) => {
            whole(x, plan, response, |bytes| embedding.decode(bytes, &context)).await
        }
        Answer::Count => Ok(passed::unseen(&plan, response)),
        Answer::Pass(asked) => passed::begin(x, *asked, plan, response).await,
    }
}

/// An answer that the gateway gives by itself.
pub(crate) fn json(body: Vec<u8>) -> Reply {
    let mut head = ResponseHead::new(200);
    head.fields.push(Known::ContentType, b"application/json");
    Reply::new(head, Body::full(body))
}

async fn whole(
    x: &mut Exchange<'_>,
    plan: Plan,
    response: Response,
    decode: impl Fn(&[u8]) -> Result<Translated, ResponseError>,
) -> Result<Reply, Failed> {
    let Response { head, mut body, .. } = response;
    let read = body.collect(ANSWER_CAP).await;
    let bytes = read.map_err(|error| failed(error.reason, &error.detail))?;
    let translated = decode(&bytes)
        .map_err(|error| Failed::Next(Box::new(error.api_error()), Reason::ProviderMalformed))?;
    plan.keeper.keep(&translated.kept);
    let mut owed = false;
    if !translated.unchanged {
        plan.keeper.keep_answer(&translated.body);
        // It is dropped at once, and so noted for later calls.
        owed = plan.owes && Debt::of(&plan.keeper, &translated.body).is_some();
    }
    let finish = translated.finish_reason.map(llm::FinishReason::as_str);
    x.ledger.note(|record| {
        if let Some(ai) = &mut record.ai {
            if !owed {
                plan.tariff.settle(ai, &translated.usage);
            }
            ai.finish_reason = finish.map(Into::into);
        }
    });
    let body = if translated.unchanged { bytes } else { Bytes::from(translated.body) };
    Ok(Reply::new(answer_head(&head, &plan, "application/json"), Body::full(body)))
}

pub(super) async fn stream(
    x: &mut Exchange<'_>,
    plan: Plan,
    mut translator: StreamTranslator,
    response: Response,
) -> Result<Reply, Failed> {
    let Response { head, mut body, .. } = response;
    let media_type = translator.media_type();
    let mut ready = Vec::new();
    // Until there is content another target may still take over, with a real status.
    let mut ended = false;
    let first = plan.began + plan.pace.first_token;
    let end = plan.began + plan.pace.whole;
    let until = first.min(end).min(Instant::now() + plan.pace.hold);
    while !ended && !translator.first_content_seen() && !translator.is_done() {
        match timeout_at(until, body.frame()).await {
            Ok(Some(Ok(Frame::Data(data)))) => translator.push(&data, &mut ready),
            Ok(Some(Ok(Frame::Trailers(_)))) => {}
            Ok(Some(Err(error))) => return Err(failed(error.reason, &error.detail)),
            Ok(None) => {
                translator.finish(&mut ready);
                ended = true;
            }
            Err(_) if until == first || until == end => {
                let detail = format!("it said nothing within {:?}", until.duration_since(plan.began));
                return Err(failed(Reason::FirstTokenTimeout, &detail));
            }
            // It was held back long enough: what is still to come is told within the stream.
            Err(_) => break,
        }
        if let Some(error) = translator.error() {
            return Err(Failed::Next(Box::new(error.clone()), Reason::ProviderError));
        }
        if ready.len() > plan.ready_cap && !translator.first_content_seen() {
            return Err(failed(
                Reason::ProviderMalformed,
                "the stream began with too much that says nothing",
            ));
        }
    }
    if translator.first_content_seen() {
        let ttft = x.ledger.offset();
        x.ledger.note(|record| {
            if let Some(ai) = &mut record.ai {
                ai.ttft_us = Some(ttft);
            }
        });
    }
    let mut head = answer_head(&head, &plan, media_type);
    head.fields.push(Known::CacheControl, b"no-cache");
    let clock = x.shared().config.clock.clone();
    let timers = Timers::new(plan.pace, plan.began, &translator);
    let begun = || if plan.owes { Debt::of_events(&plan.keeper, &ready) } else { None };
    let debt = plan.debt.or_else(begun);
    let began = (clock, x.ledger.started(), timers, plan.keeper);
    let (stream, told) = ChatStream::new((translator, debt), body, ready, ended, began);
    let tariff = plan.tariff;
    x.ledger.tell_usage(move |record| told.tell(record, &tariff));
    Ok(Reply::new(head, Body::stream(stream)))
}

/// What of the provider's head the client's SDKs look at, and which parameters were not carried.
pub(super) fn answer_head(from: &ResponseHead, plan: &Plan, media_type: &str) -> ResponseHead {
    let dialect = plan.dialect;
    let (mut told, mut foreign) = (false, false);
    let mut head = ResponseHead::new(200);
    head.fields.push(Known::ContentType, media_type.as_bytes());
    for (name, value, _) in &from.fields {
        let lower = name.to_ascii_lowercase();
        if Quota::is_own(dialect, &lower) || OPENAI.contains(&lower.as_slice()) {
            told |= Quota::is_own(dialect, &lower);
            head.fields.push_named(name, value);
        }
        foreign |= Quota::names(&lower);
    }
    if foreign && !told {
        for (name, value) in quota(from, plan.asked_at).headers(dialect) {
            head.fields.push_named(name.as_bytes(), value.as_bytes());
        }
    }
    if !plan.dropped.is_empty() {
        head.fields.push_named(b"weir-dropped-params", plan.dropped.join(", ").as_bytes());
    }
    head
}

/// What a provider's head tells of its limits.
pub(crate) fn quota(head: &ResponseHead, at: i64) -> Quota {
    let header = |name: &str| {
        let value = head.fields.get_named(name)?;
        std::str::from_utf8(value).ok().map(str::to_owned)
    };
    Quota::read(&header, at)
}

/// The error that a stream ends with when its provider's body fails.
pub(crate) fn cut(error: &message::BodyError) -> llm::ApiError {
    api_error(error.reason, &error.detail)
}
