//! OpenAI's audio: texts are read out as silence of the right length, and sounds are written down by their
//! size.

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

use crate::world::World;

mod hear;
mod speak;

pub(super) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/audio/speech", post(speak::create))
        .route("/v1/audio/transcriptions", post(hear::transcribe))
        .route("/v1/audio/translations", post(hear::translate))
}
