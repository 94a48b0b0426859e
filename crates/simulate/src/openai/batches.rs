//! OpenAI's batches: the lines of a file are executed when the batch is made; what came of it is told once
//! its time has passed.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use base::Nanos;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::check::{self, Object};
use super::desk::Desk;
use super::error::ApiError;
use super::fields::{self, Field, Takes, metadata};
use super::files::{self, owner};
use super::responses::list;
use crate::fault::Faults;
use crate::world::{Ticket, World};
use crate::{seed, when};

mod run;

const ENDPOINTS: [&str; 6] = [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/images/generations",
    "/v1/moderations",
    "/v1/responses",
];

const FIELDS: [Field; 5] = [
    ("completion_window", false, Takes::Word(&["24h"])),
    ("endpoint", false, Takes::Word(&ENDPOINTS)),
    ("input_file_id", false, Takes::Text),
    ("metadata", true, Takes::Object),
    ("output_expires_after", true, Takes::Object),
];

/// A batch as it is when it is done, and when that is.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    told: Value,
    ready: Nanos,
    cancelled: bool,
}

pub(super) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/batches", get(list_all).post(create))
        .route("/v1/batches/{id}", get(retrieve))
        .route("/v1/batches/{id}/cancel", post(cancel))
}

async fn create(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match make(&mut desk, &headers, body).await {
        Ok((told, faults)) => desk.whole(&told, faults),
        Err(error) => desk.refuse(error),
    }
}

async fn make(desk: &mut Desk, headers: &HeaderMap, body: Body) -> Result<(Value, Faults), ApiError> {
    let (value, faults) = desk.read(headers, body).await?;
    let Value::Object(map) = value else { return Err(ApiError::no_json()) };
    fields::known(&map, &FIELDS)?;
    metadata(map.get("metadata"))?;
    check::required(&map, "", "completion_window")?;
    let endpoint = check::string("endpoint", check::required(&map, "", "endpoint")?)?;
    let input = check::string("input_file_id", check::required(&map, "", "input_file_id")?)?;
    let file = desk.world.files.get(owner(headers), input).ok_or_else(|| files::no_file(input))?;
    if file.told.get("purpose").is_none_or(|purpose| purpose != "batch") {
        let message = "Invalid input file: its purpose must be 'batch'.";
        return Err(ApiError::of("input_file_id", message).code("invalid_value"));
    }
    let mut rng = desk.world.rng("batch id", &desk.ticket);
    let id = format!("batch_{}", seed::letters(&mut rng, 32).to_ascii_lowercase());
    let now = when::seconds(desk.world.clock.wall());
    let mut batch = start(&map, &id, now);
    match run::lines(&file.bytes, endpoint) {
        Ok(lines) => {
            let results = run::all(&desk.world, headers, &lines).await;
            finish(&desk.world, owner(headers), &mut batch, &results, now);
        }
        Err(wrong) => {
            batch.insert("status".to_owned(), json!("failed"));
            batch.insert("failed_at".to_owned(), json!(now));
            batch.insert("errors".to_owned(), json!({"object": "list", "data": wrong}));
        }
    }
    let told = Value::Object(batch);
    let pause = u64::try_from(desk.pace(1, faults).as_nanos()).unwrap_or(u64::MAX);
    let ready = Nanos(desk.world.clock.now().0.saturating_add(pause));
    let kept = Batch { told, ready, cancelled: false };
    desk.world.batches.put(owner(headers), &id, 1_024, kept.clone());
    Ok((kept.early("validating"), faults))
}

/// A batch of which nothing is known but what was asked for.
fn start(map: &Object, id: &str, now: i64) -> Object {
    let batch = json!({
        "id": id,
        "object": "batch",
        "endpoint": map.get("endpoint"),
        "errors": null,
        "input_file_id": map.get("input_file_id"),
        "completion_window": "24h",
        "status": "completed",
        "output_file_id": null,
        "error_file_id": null,
        "created_at": now,
        "in_progress_at": null,
        "expires_at": now + 86_400,
        "finalizing_at": null,
        "completed_at": null,
        "failed_at": null,
        "expired_at": null,
        "cancelling_at": null,
        "cancelled_at": null,
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "metadata": map.get("metadata"),
    });
    match batch {
        Value::Object(batch) => batch,
        _ => Object::new(),
    }
}

/// What came of the lines: two files, and counts.
fn finish(world: &World, owner: u64, batch: &mut Object, results: &[run::Done], now: i64) {
    let id = batch.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (good, bad): (Vec<_>, Vec<_>) = results.iter().partition(|done| done.good);
    for (field, done) in [("output", &good), ("error", &bad)] {
        if done.is_empty() {
            continue;
        }
        let file = format!("file-{field}-{}", id.trim_start_matches("batch_"));
        let lines: Vec<_> = done.iter().map(|done| done.told.to_string()).collect();
        let text = lines.join("\n") + "\n";
        let name = format!("{id}_{field}.jsonl");
        files::put(world, owner, &file, (&name, "batch_output"), text.into());
        batch.insert(format!("{field}_file_id"), Value::from(file));
    }
    for name in ["in_progress_at", "finalizing_at", "completed_at"] {
        batch.insert(name.to_owned(), Value::from(now));
    }
    let counts = json!({"total": results.len(), "completed": good.len(), "failed": bad.len()});
    batch.insert("request_counts".to_owned(), counts);
}

async fn list_all(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    let entered = desk.enter(&headers, Faults::default()).await;
    let now = desk.world.clock.now();
    let batches: Vec<Value> =
        desk.world.batches.all(owner(&headers)).iter().map(|batch| batch.as_of(now)).collect();
    match entered.and_then(|faults| Ok((list::newest_first(&batches, &query)?, faults))) {
        Ok((page, faults)) => desk.whole(&page, faults),
        Err(error) => desk.refuse(error),
    }
}

async fn retrieve(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match find(&mut desk, &headers, &id).await {
        Ok((batch, faults)) => desk.whole(&batch.as_of(desk.world.clock.now()), faults),
        Err(error) => desk.refuse(error),
    }
}

async fn cancel(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    let found = find(&mut desk, &headers, &id).await.and_then(|(batch, faults)| {
        let told = batch.as_of(desk.world.clock.now());
        let status = told.get("status").and_then(Value::as_str).unwrap_or_default();
        if ["completed", "failed"].contains(&status) {
            let message = format!("Cannot cancel a batch with status '{status}'.");
            return Err(ApiError::invalid(StatusCode::CONFLICT, message));
        }
        Ok((Batch { cancelled: true, ..batch }, faults))
    });
    match found {
        Ok((batch, faults)) => {
            desk.world.batches.put(owner(&headers), &id, 1_024, batch.clone());
            desk.whole(&batch.early("cancelling"), faults)
        }
        Err(error) => desk.refuse(error),
    }
}

/// Lets the caller in and finds a batch of its own.
async fn find(desk: &mut Desk, headers: &HeaderMap, id: &str) -> Result<(Batch, Faults), ApiError> {
    let faults = desk.enter(headers, Faults::default()).await?;
    let batch =
        desk.world.batches.get(owner(headers), id).ok_or_else(|| {
            ApiError::invalid(StatusCode::NOT_FOUND, format!("No batch found with id '{id}'."))
        })?;
    Ok((batch, faults))
}

// === impl Batch ===

impl Batch {
    /// As it is at a time.
    fn as_of(&self, now: Nanos) -> Value {
        match self.cancelled {
            true => self.early("cancelled"),
            false if now < self.ready => self.early("in_progress"),
            false => self.told.clone(),
        }
    }

    /// As it is before it is done.
    fn early(&self, status: &str) -> Value {
        let mut told = self.told.clone();
        told["status"] = Value::from(status);
        for name in
            ["errors", "output_file_id", "error_file_id", "finalizing_at", "completed_at", "failed_at"]
        {
            told[name] = Value::Null;
        }
        let begun = if status == "validating" { Value::Null } else { self.told["created_at"].clone() };
        told["in_progress_at"] = begun.clone();
        match status {
            "cancelling" => told["cancelling_at"] = begun,
            "cancelled" => {
                told["cancelling_at"] = begun.clone();
                told["cancelled_at"] = begun;
            }
            _ => {}
        }
        let total = if status == "validating" {
            Value::from(0)
        } else {
            self.told["request_counts"]["total"].clone()
        };
        told["request_counts"] = json!({"total": total, "completed": 0, "failed": 0});
        told
    }
}
