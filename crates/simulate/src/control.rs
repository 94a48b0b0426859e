//! `/_simulate`: the simulator about itself.

use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ledger::Stats;
use crate::world::Shared;

#[derive(Debug, Deserialize)]
struct Last {
    #[serde(default = "ten")]
    last: usize,
}

fn ten() -> usize {
    10
}

pub(crate) fn routes(_world: Shared) -> Router<Shared> {
    Router::new()
        .route("/_simulate/health", get(health))
        .route("/_simulate/stats", get(stats))
        .route("/_simulate/reset", post(reset))
}

async fn health(State(world): State<Shared>) -> Json<Value> {
    Json(json!({"status": "ok", "seed": world.config.seed}))
}

async fn stats(State(world): State<Shared>, Query(Last { last }): Query<Last>) -> Json<Stats> {
    Json(world.ledger.stats(last))
}

async fn reset(State(world): State<Shared>) -> StatusCode {
    world.reset();
    StatusCode::NO_CONTENT
}
