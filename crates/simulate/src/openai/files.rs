//! OpenAI's files: kept in memory for the key that sent them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::check;
use super::desk::{self, Desk};
use super::error::ApiError;
use super::responses::list;
use crate::fault::Faults;
use crate::world::{Ticket, World};
use crate::{seed, when};

const PURPOSES: [&str; 6] = ["assistants", "batch", "evals", "fine-tune", "user_data", "vision"];

/// A file, and how it is told.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(super) told: Value,
    pub(super) bytes: Bytes,
}

pub(super) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/files", get(list_all).post(upload))
        .route("/v1/files/{id}", get(retrieve).delete(delete))
        .route("/v1/files/{id}/content", get(content))
}

async fn upload(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match keep(&mut desk, &headers, body).await {
        Ok((told, faults)) => desk.whole(&told, faults),
        Err(error) => desk.refuse(error),
    }
}

async fn keep(desk: &mut Desk, headers: &HeaderMap, body: Body) -> Result<(Value, Faults), ApiError> {
    let (form, faults) = desk.form(headers, body).await?;
    let purpose = Value::from(form.text("purpose").ok_or_else(|| ApiError::missing("purpose"))?);
    let purpose = check::one_of("purpose", &purpose, &PURPOSES)?;
    let file = form.file("file").ok_or_else(|| ApiError::missing("file"))?;
    if file.bytes.is_empty() {
        return Err(ApiError::of("file", "File is empty.").code("empty_file"));
    }
    let name = file.filename.as_deref().unwrap_or_default();
    if purpose == "batch" && name.rsplit('.').next().is_none_or(|end| end != "jsonl") {
        let message = "Invalid file format for Batch API. Must be .jsonl";
        return Err(ApiError::invalid(StatusCode::BAD_REQUEST, message));
    }
    let mut rng = desk.world.rng("file id", &desk.ticket);
    let id = format!("file-{}", seed::letters(&mut rng, 22));
    let told = put(&desk.world, owner(headers), &id, (name, purpose), file.bytes.clone());
    Ok((told, faults))
}

/// Keeps a file under its name and purpose.
pub(super) fn put(world: &World, owner: u64, id: &str, (name, purpose): (&str, &str), bytes: Bytes) -> Value {
    let told = json!({
        "id": id,
        "object": "file",
        "bytes": bytes.len(),
        "created_at": when::seconds(world.clock.wall()),
        "expires_at": null,
        "filename": name,
        "purpose": purpose,
        "status": "processed",
        "status_details": null,
    });
    world.files.put(owner, id, bytes.len(), File { told: told.clone(), bytes });
    told
}

async fn list_all(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    let entered = desk.enter(&headers, Faults::default()).await;
    let purpose = query.get("purpose");
    let right =
        |told: &Value| purpose.is_none_or(|purpose| told.get("purpose").is_some_and(|it| it == purpose));
    let files = desk.world.files.all(owner(&headers)).into_iter().map(|file| file.told).filter(right);
    let files: Vec<Value> = files.collect();
    match entered.and_then(|faults| Ok((list::newest_first(&files, &query)?, faults))) {
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
        Ok((file, faults)) => desk.whole(&file.told, faults),
        Err(error) => desk.refuse(error),
    }
}

async fn content(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match find(&mut desk, &headers, &id).await {
        Ok((file, faults)) => desk.bytes("application/octet-stream", file.bytes, faults),
        Err(error) => desk.refuse(error),
    }
}

async fn delete(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match find(&mut desk, &headers, &id).await {
        Ok((_, faults)) => {
            desk.world.files.delete(owner(&headers), &id);
            desk.whole(&json!({"id": id, "object": "file", "deleted": true}), faults)
        }
        Err(error) => desk.refuse(error),
    }
}

/// Lets the caller in and finds a file of its own.
async fn find(desk: &mut Desk, headers: &HeaderMap, id: &str) -> Result<(File, Faults), ApiError> {
    let faults = desk.enter(headers, Faults::default()).await?;
    let file = desk.world.files.get(owner(headers), id).ok_or_else(|| no_file(id))?;
    Ok((file, faults))
}

pub(super) fn no_file(id: &str) -> ApiError {
    ApiError::of("id", format!("No such File object: {id}")).status(StatusCode::NOT_FOUND)
}

pub(super) fn owner(headers: &HeaderMap) -> u64 {
    seed::hash(&[desk::key(headers)])
}
