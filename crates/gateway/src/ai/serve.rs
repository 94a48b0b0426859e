//! An answer of a model: the request is read once, then the alias's targets are tried in order
//! until one begins to answer.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use llm::{ApiError, Dialect};
use message::{Reason, RequestHead};
use net::Reply;
use snapshot::{AliasTarget, Timeouts};
use trace::AiRecord;

use super::alias::Allowed;
use super::endpoint::Place;
use super::keeper::Keeper;
use super::refusal_of;
use super::responses;
use super::target::{self, Asked};
use super::task::{Scanned, Task};
use crate::exchange::Exchange;
use crate::proxy::{Deadline, within};
use crate::{Refusal, Shape};

/// How a target failed, and whether the next may be tried.
pub(crate) enum Failed {
    /// The next target may fare better.
    Next(Box<ApiError>, Reason),
    /// It would not.
    Final(Box<ApiError>, Reason),
    /// It was not asked, since it cannot carry the request; another may.
    Unfit(Box<ApiError>),
}

pub(crate) async fn serve(
    x: &mut Exchange<'_>,
    allowed: &Allowed<'_>,
    task: Task,
    place: &Place,
) -> Result<Reply, Refusal> {
    let overrule = x.timeouts();
    let deadline = Deadline::of(&overrule);
    let outcome = within(deadline, pin!(run(x, allowed, (task, place), (overrule, deadline)))).await;
    outcome.map_err(|refusal| match refusal.shape {
        Shape::Problem => refusal.shaped(x.shape()),
        Shape::Ai { .. } => refusal,
    })
}

async fn run(
    x: &mut Exchange<'_>,
    allowed: &Allowed<'_>,
    (task, place): (Task, &Place),
    (overrule, deadline): (Timeouts, Option<Deadline>),
) -> Result<Reply, Refusal> {
    let mut body = read(x).await?;
    let dialect = allowed.dialect;
    let scan = |body: &Bytes, head: &RequestHead| {
        let scanned = task.scan(dialect, head, body, place);
        scanned.map_err(|error| refusal_of(dialect, &error.into(), Reason::InvalidAiRequest))
    };
    let mut scanned = scan(&body, &x.head)?;
    let alias = allowed.find(&x.snapshot, &scanned.model)?;
    let mut keeper = Keeper::of(x);
    let mut unresolved = None;
    // Who speaks the dialect has the state itself.
    let kept_here = |target: &AliasTarget| !target::kind(target).keeps_answers(dialect);
    if dialect == Dialect::OpenAiResponses && alias.targets.iter().any(kept_here) {
        if let Some(previous) = scanned.previous() {
            let refuse = |error| refusal_of(dialect, &error, Reason::InvalidAiRequest);
            match responses::go_on(&keeper, &body, previous).await.map_err(refuse)? {
                Some(whole) if whole.len() > x.shared().config.ai_body_limit => {
                    let message = "the conversation is longer than is taken in one request";
                    let error = ApiError::new(413, llm::ErrorKind::TooLarge, message);
                    return Err(refusal_of(dialect, &error, Reason::BodyTooLarge));
                }
                Some(whole) => {
                    body = whole;
                    scanned = scan(&body, &x.head)?;
                }
                None => unresolved = Some(responses::not_found(previous)),
            }
        }
        keeper = keeper.keeping(&body);
    }
    note(x, dialect, &scanned, &alias.name);
    let loses = |target: &AliasTarget| target::kind(target).hands_out_state(dialect);
    let held = match task {
        Task::Generate if alias.targets.iter().any(loses) => keeper.held(dialect, &body).await,
        _ => None,
    };
    let asked = Asked {
        dialect,
        unsupported: allowed.unsupported,
        body: &body,
        scanned: &scanned,
        held,
        unresolved,
        keeper,
        overrule,
        deadline,
    };
    let mut failed: Option<(Box<ApiError>, Reason)> = None;
    for target in &alias.targets {
        // One that could not carry the request was not asked.
        let asked_before = failed.as_ref().filter(|(_, reason)| *reason != Reason::UnsupportedContent);
        let cause = asked_before.map(|(error, _)| format!("fallback_{}", error.status));
        match Box::pin(target::ask(x, &asked, target, cause)).await {
            Ok(reply) => return Ok(reply),
            Err(Failed::Final(error, reason)) => {
                return Err(refusal_of(dialect, &error.for_client(), reason));
            }
            Err(Failed::Next(error, reason)) => failed = Some((error, reason)),
            // It says nothing of those that can, so that it counts only where none could.
            Err(Failed::Unfit(error)) => {
                failed.get_or_insert((error, Reason::UnsupportedContent));
            }
        }
    }
    let (error, reason) = failed.unwrap_or_else(|| {
        let error = ApiError::new(502, llm::ErrorKind::Server, "the alias has no targets");
        (Box::new(error), Reason::ProvidersExhausted)
    });
    let several = alias.targets.len() > 1 && reason != Reason::UnsupportedContent;
    let reason = if several { Reason::ProvidersExhausted } else { reason };
    Err(refusal_of(dialect, &error.for_client(), reason))
}

async fn read(x: &mut Exchange<'_>) -> Result<Bytes, Refusal> {
    let limit = x.shared().config.ai_body_limit;
    let body = x
        .body
        .collect(limit)
        .await
        .map_err(|error| Refusal::new(error.reason, error.detail).shaped(x.shape()))?;
    x.ledger.body_in = Some(body.len() as u64);
    Ok(body)
}

fn note(x: &mut Exchange<'_>, dialect: Dialect, scanned: &Scanned, alias: &Arc<str>) {
    x.ledger.note(|record| {
        record.ai = Some(Box::new(AiRecord {
            dialect: dialect.as_str().into(),
            alias: Some(Arc::clone(alias)),
            streamed: scanned.streamed,
            ..AiRecord::default()
        }));
    });
}
