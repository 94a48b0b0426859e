//! Anthropic's messages, under `/anthropic/v1`.

use std::sync::Arc;

use axum::Router;

use crate::world::World;

/// The routes under `/anthropic`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
}
