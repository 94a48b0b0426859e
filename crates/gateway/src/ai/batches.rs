//! OpenAI's batches: run by the provider that can run all of one, else by Weir, line by line.

mod abroad;
mod ask;
mod desk;
mod lines;
mod outcome;
mod run;

use std::pin::pin;

use base::RequestId;
use llm::{ApiError, ErrorKind};
use message::{Method, Reason};
use net::Reply;
use serde_json::{Map, Value, json};

use self::ask::Ask;
use self::desk::{Batch, Desk, Run};
pub(crate) use self::run::{UnderWay, resume};
use super::alias::Allowed;
use super::errand::{DIALECT, absent, failed, unavailable, wrong};
use super::files::answer;
use super::owner::Owner;
use super::{page, refusal_of};
use crate::exchange::Exchange;
use crate::inside::Origin;
use crate::proxy::{Deadline, within};
use crate::{Refusal, Shape};

/// The longest request for a new batch, in bytes.
const ASK_CAP: usize = 1 << 20;

/// How long a batch may take, in seconds.
const WINDOW: i64 = 86_400;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Batches {
    /// The list, or a new one.
    All,
    /// How one is.
    One(String),
    /// The end of one.
    Cancel(String),
}

// === impl Batches ===

impl Batches {
    /// The methods, as `Allow` names them.
    pub(crate) fn allow(&self) -> &'static str {
        match self {
            Self::All => "GET, HEAD, POST",
            Self::One(_) => "GET, HEAD",
            Self::Cancel(_) => "POST",
        }
    }
}

/// Serves batches.
pub(crate) async fn serve(
    x: &mut Exchange<'_>,
    allowed: &Allowed<'_>,
    batches: &Batches,
) -> Result<Reply, Refusal> {
    let deadline = Deadline::of(&x.timeouts());
    let outcome = within(deadline, pin!(run(x, allowed, batches))).await;
    outcome.map_err(|refusal| match refusal.shape {
        Shape::Problem => refusal.shaped(Shape::ai(DIALECT)),
        Shape::Ai { .. } | Shape::Graphql(_) => refusal,
    })
}

async fn run(x: &mut Exchange<'_>, allowed: &Allowed<'_>, batches: &Batches) -> Result<Reply, Refusal> {
    Owner::named(x, "Batches")?;
    let told = match batches {
        Batches::All if matches!(x.head.method, Method::Post) => Box::pin(create(x, allowed)).await?,
        Batches::All => return Box::pin(list(x, allowed)).await,
        Batches::One(id) => Box::pin(one(x, allowed, id)).await?,
        Batches::Cancel(id) => Box::pin(cancel(x, allowed, id)).await?,
    };
    Ok(answer(&Value::Object(told)))
}

async fn create(x: &mut Exchange<'_>, allowed: &Allowed<'_>) -> Result<Map<String, Value>, Refusal> {
    let body = x.body.collect(ASK_CAP).await.map_err(|error| failed(error.reason, &error.detail))?;
    x.ledger.body_in = Some(body.len() as u64);
    let ask = Ask::read(&body);
    let ask = ask.map_err(|error| refusal_of(DIALECT, &error, Reason::InvalidAiRequest))?;
    let desk = Desk::of(x);
    let file = desk.shelf.find(&ask.input).await.map_err(unavailable)?;
    let file = file.ok_or_else(|| absent("File object", &ask.input))?;
    if file.purpose() != "batch" || !file.kept {
        return Err(wrong("input_file_id", "the purpose of a batch's input file must be `batch`"));
    }
    if let Some(home) = abroad::home(x, allowed, (&desk, &file, &ask.work)).await {
        let model = home.model();
        let told = abroad::hand_over(x, home, (&desk, &file), &ask).await?;
        let batch = Batch { told, run: None };
        desk.owe(batch.id(), &model).await.map_err(unavailable)?;
        desk.keep(&batch).await.map_err(unavailable)?;
        return Ok(batch.told);
    }
    if x.shared().batches.is_full(desk.owner()) {
        return Err(too_many());
    }
    let batch = new(x, &ask);
    desk.keep(&batch).await.map_err(unavailable)?;
    run::start(x.core, &batch);
    Ok(batch.told)
}

/// A batch that Weir is to run.
fn new(x: &Exchange<'_>, ask: &Ask) -> Batch {
    let wall = x.shared().config.clock.wall();
    let id = x.core.with_rng(|rng| RequestId::new(wall, rng)).to_string().replace('-', "");
    let now = wall.0 / 1_000_000;
    let told = json!({
        "id": format!("batch_{id}"),
        "object": "batch",
        "endpoint": ask.work.endpoint,
        "errors": null,
        "input_file_id": ask.input,
        "completion_window": "24h",
        "status": "validating",
        "output_file_id": null,
        "error_file_id": null,
        "created_at": now,
        "in_progress_at": null,
        "expires_at": now + WINDOW,
        "finalizing_at": null,
        "completed_at": null,
        "failed_at": null,
        "expired_at": null,
        "cancelling_at": null,
        "cancelled_at": null,
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "metadata": ask.metadata,
    });
    let told = if let Value::Object(told) = told { told } else { Map::new() };
    let desk = Desk::of(x);
    let run = Run { owner: desk.owner().to_owned(), origin: Origin::of(x), base: base(x), keep: ask.keep };
    Batch { told, run: Some(run) }
}

/// What stands before the paths of the lines: as before that of the batches, in the form that knows them all.
fn base(x: &Exchange<'_>) -> String {
    let path = x.route.as_ref().map(|route| route.upstream_path(x.head.path()));
    let path = path.unwrap_or_default();
    let before = path.split_once("/batches").map_or("", |(before, _)| before).trim_end_matches('/');
    if before.ends_with("/v1") || before.is_empty() { before.to_owned() } else { format!("{before}/v1") }
}

/// How one is. The first call that learns that a provider's is over has its usage and cost in its record.
async fn one(x: &mut Exchange<'_>, allowed: &Allowed<'_>, id: &str) -> Result<Map<String, Value>, Refusal> {
    let told = retrieve(x, allowed, id).await?;
    let batch = Batch { told, run: None };
    if batch.is_over()
        && let Some(usage) = abroad::usage(&batch.told)
        && let Some(model) = Desk::of(x).settle(id).await
        && let Some(Ok(there)) = abroad::find(x, allowed, id)
    {
        abroad::note_usage(x, &abroad::priced(x, allowed, (&there, &model)), &usage);
    }
    Ok(batch.told)
}

async fn retrieve(
    x: &mut Exchange<'_>,
    allowed: &Allowed<'_>,
    id: &str,
) -> Result<Map<String, Value>, Refusal> {
    let desk = Desk::of(x);
    let known = desk.find(id).await.map_err(unavailable)?;
    if let Some(there) = abroad::find(x, allowed, id) {
        let there = there?;
        let input = known.as_ref().map(|batch| batch.text("input_file_id").to_owned());
        let told = abroad::retrieve(x, &there, (id, input.as_deref())).await?;
        let batch = Batch { told, run: None };
        desk.keep(&batch).await.map_err(unavailable)?;
        return Ok(batch.told);
    }
    let batch = known.filter(|batch| batch.run.is_some()).ok_or_else(|| no_batch(id))?;
    if let Some(told) = x.shared().batches.told(id) {
        return Ok(told);
    }
    // One that does not run though it is not over was left by a process that ended, or by a store that did not answer.
    run::start(x.core, &batch);
    Ok(batch.told)
}

async fn list(x: &mut Exchange<'_>, allowed: &Allowed<'_>) -> Result<Reply, Refusal> {
    let all = Desk::of(x).all().await.map_err(unavailable)?;
    let told = all.into_iter().map(|batch| batch.told).collect();
    let page = page::of(told, x.head.query(), (20, 100));
    let mut page = page.map_err(|error| refusal_of(DIALECT, &error, Reason::InvalidAiRequest))?;
    for entry in page.get_mut("data").and_then(Value::as_array_mut).into_iter().flatten() {
        let Value::Object(told) = entry.take() else { continue };
        let batch = Batch { told, run: None };
        let now = if batch.is_over() { None } else { retrieve(x, allowed, batch.id()).await.ok() };
        *entry = Value::Object(now.unwrap_or(batch.told));
    }
    Ok(answer(&page))
}

async fn cancel(
    x: &mut Exchange<'_>,
    allowed: &Allowed<'_>,
    id: &str,
) -> Result<Map<String, Value>, Refusal> {
    let desk = Desk::of(x);
    let known = desk.find(id).await.map_err(unavailable)?;
    if let Some(there) = abroad::find(x, allowed, id) {
        let input = known.as_ref().map(|batch| batch.text("input_file_id").to_owned());
        let told = abroad::cancel(x, &there?, (id, input.as_deref())).await?;
        let batch = Batch { told, run: None };
        desk.keep(&batch).await.map_err(unavailable)?;
        return Ok(batch.told);
    }
    let batch = known.filter(|batch| batch.run.is_some()).ok_or_else(|| no_batch(id))?;
    let batch = Batch { told: x.shared().batches.told(id).unwrap_or(batch.told), run: batch.run };
    if batch.is_over() || batch.status() == "finalizing" {
        let message = format!("Cannot cancel a batch with status '{}'.", batch.status());
        let error = ApiError::new(409, ErrorKind::InvalidRequest, message);
        return Err(refusal_of(DIALECT, &error, Reason::InvalidAiRequest));
    }
    desk.cancel(id).await.map_err(unavailable)?;
    run::start(x.core, &batch);
    let now = x.shared().config.clock.wall().0 / 1_000_000;
    Ok(x.shared().batches.cancel(id, now).unwrap_or(batch.told))
}

fn too_many() -> Refusal {
    let message = "Too many batches are waiting already: wait until some are over, or cancel some.";
    let error = ApiError::new(429, ErrorKind::RateLimited, message);
    refusal_of(DIALECT, &error, Reason::ConcurrencyLimited)
}

fn no_batch(id: &str) -> Refusal {
    let error = ApiError::new(404, ErrorKind::NotFound, format!("No batch found with id '{id}'."));
    refusal_of(DIALECT, &error, Reason::UnknownObject)
}
