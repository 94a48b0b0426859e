//! An answer of a model: the request is read once, then the alias's targets are tried in order
//! until one begins to answer.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use llm::{ApiError, Dialect, Quota};
use memchr::memmem;
use message::Reason;
use net::Reply;
use snapshot::{Alias, AliasTarget, Timeouts};
use trace::AiRecord;

use super::alias::Allowed;
use super::conversation::{Reading, Resolved};
use super::endpoint::Place;
use super::fan::{self, Wish};
use super::fetch::Fetches;
use super::interactions;
use super::keeper::Keeper;
use super::lent::Lent;
use super::target::{self, Asked};
use super::task::{Scanned, Stamp, Task};
use super::{background, compact, refusal_of};
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

// === impl Failed ===

impl Failed {
    /// With what is left of the provider's limits.
    pub(crate) fn telling(mut self, quota: Quota) -> Self {
        let (Self::Next(error, _) | Self::Final(error, _) | Self::Unfit(error)) = &mut self;
        error.quota = (!quota.is_empty()).then(|| Box::new(quota));
        self
    }

    /// With the client's name of an answer in place of its vendor's.
    pub(crate) fn renamed(self, from: &str, to: &str) -> Self {
        let rename = |error: Box<ApiError>| {
            let message = error.message.replace(from, to);
            Box::new(ApiError { message, ..*error })
        };
        match self {
            Self::Next(error, reason) => Self::Next(rename(error), reason),
            Self::Final(error, reason) => Self::Final(rename(error), reason),
            Self::Unfit(error) => Self::Unfit(rename(error)),
        }
    }
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
        Shape::Ai { .. } | Shape::Graphql(_) => refusal,
    })
}

async fn run(
    x: &mut Exchange<'_>,
    allowed: &Allowed<'_>,
    (task, place): (Task, &Place),
    (overrule, deadline): (Timeouts, Option<Deadline>),
) -> Result<Reply, Refusal> {
    let dialect = allowed.dialect;
    let mut keeper = Keeper::of(x);
    let lent = Lent::open(&x.core.shared.seal, keeper.whose(), read(x).await?);
    let (body, lent) = lent.map_err(|error| refusal_of(dialect, &error, Reason::InvalidAiRequest))?;
    let reading = Reading { task, dialect, place };
    let body = reading.prepare(x, &keeper, body).await?;
    let scanned = reading.scan(&x.head, &body)?;
    let alias = allowed.find(&x.snapshot, &scanned.model)?;
    if let Some(wish) = fans_out(dialect, &alias, &scanned) {
        note(x, dialect, &scanned, &alias.name);
        let path = x.route.as_ref().map(|route| route.upstream_path(x.head.path())).unwrap_or_default();
        return Box::pin(fan::serve(x, dialect, (&path, &body), wish)).await;
    }
    let mut resolved = reading.resolve(x, &keeper, (body, scanned)).await?;
    if dialect == Dialect::GeminiInteractions {
        (resolved, keeper) = interactions::go_on(x, keeper, reading, resolved).await?;
    }
    let told = x.vouched.as_mut().and_then(|vouched| vouched.answer.take()).unwrap_or_default();
    let (named, mut short) = (told.name, None);
    resolved.previous = resolved.previous.or(told.after);
    if dialect == Dialect::OpenAiResponses && !resolved.is_native(dialect, &alias) {
        // Who named the answer keeps it.
        if named.is_none() {
            keeper = keeper.keeping(&resolved.body);
        }
        match task {
            Task::Generate if wants_background(&resolved.body)? => {
                check(&resolved, &alias, dialect)?;
                return background::begin(x, keeper, resolved).await;
            }
            Task::Compact => short = Some(shorten(x, &mut resolved, place)?),
            _ => {}
        }
    }
    let Resolved { body, scanned, previous, opened } = resolved;
    note(x, dialect, &scanned, &alias.name);
    let loses = |target: &AliasTarget| target::kind(target).hands_out_state(dialect);
    let held = match task {
        Task::Generate if short.is_none() && alias.targets.iter().any(loses) => {
            keeper.held(dialect, &body).await
        }
        _ => None,
    };
    let asked = Asked {
        dialect,
        unsupported: allowed.ways.unsupported,
        body: &body,
        scanned: &scanned,
        held,
        previous,
        opened,
        lent,
        named,
        fetches: Fetches::new(allowed.ways.fetch),
        marks_cache: alias.marks_cache,
        keeper,
        overrule,
        deadline,
    };
    let reply = ask_in_turn(x, &asked, &alias).await?;
    match &short {
        Some(request) => compact::answer(x, request, reply).await,
        None => Ok(reply),
    }
}

/// Asks the targets of an alias, one after the other, until one answers.
async fn ask_in_turn(x: &mut Exchange<'_>, asked: &Asked<'_>, alias: &Alias) -> Result<Reply, Refusal> {
    let dialect = asked.dialect;
    let mut failed: Option<(Box<ApiError>, Reason)> = None;
    for target in &alias.targets {
        // One that could not carry the request was not asked.
        let asked_before = failed.as_ref().filter(|(_, reason)| *reason != Reason::UnsupportedContent);
        let cause = asked_before.map(|(error, _)| format!("fallback_{}", error.status));
        match Box::pin(target::ask(x, asked, target, cause)).await {
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

/// A mistake in a request is told before its answer is begun.
fn check(resolved: &Resolved, alias: &Alias, dialect: Dialect) -> Result<(), Refusal> {
    let stamp = || Stamp { id: String::new(), created: 0 };
    let mut refused = None;
    for target in &alias.targets {
        let to = llm::Target::new(&target.model, None).of(target.provider.vendor).at(&target.provider.path);
        match resolved.scanned.encode((dialect, &resolved.body), target::kind(target), &to, stamp()) {
            Ok(_) => return Ok(()),
            // What is to be fetched first is looked at then.
            Err(_)
                if !resolved
                    .scanned
                    .remotes((dialect, &resolved.body), target::kind(target), &to)
                    .is_empty() =>
            {
                return Ok(());
            }
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    refused.map_or(Ok(()), |error| Err(refusal_of(dialect, &error.into(), Reason::UnsupportedContent)))
}

/// Puts a request for a summary in the place of one for a short conversation; gives the latter.
fn shorten(x: &Exchange<'_>, resolved: &mut Resolved, place: &Place) -> Result<Bytes, Refusal> {
    let body = compact::ask(&resolved.body)?;
    let reading = Reading { task: Task::Generate, dialect: Dialect::OpenAiResponses, place };
    resolved.scanned = reading.scan(&x.head, &body)?;
    resolved.previous = None;
    Ok(std::mem::replace(&mut resolved.body, body))
}

fn wants_background(body: &[u8]) -> Result<bool, Refusal> {
    let wanted = memmem::find(body, b"background").map_or(Ok(false), |_| background::wanted(body));
    wanted.map_err(|error| refusal_of(Dialect::OpenAiResponses, &error.into(), Reason::InvalidAiRequest))
}

/// Whether a wish for several answers is to be met by several calls: the alias says so, and the target that would be
/// asked first gives one alone.
fn fans_out(dialect: Dialect, alias: &Alias, scanned: &Scanned) -> Option<Wish> {
    if !alias.fans_out || dialect != Dialect::OpenAiChat {
        return None;
    }
    let first = alias.targets.first()?;
    let several = target::kind(first).answers_several(dialect, first.provider.vendor);
    scanned.several().filter(|_| !several)
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
