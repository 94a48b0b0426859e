//! The router of everything, and serving it on a socket.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Query, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use crate::world::World;
use crate::{anthropic, azure, bedrock, cohere, gemini, mistral, ollama, openai, shop};

/// The simulator, ready to serve. Clones share their state.
#[derive(Clone, Debug)]
pub struct Simulator {
    world: Arc<World>,
}

// === impl Simulator ===

impl Simulator {
    pub(crate) fn new(world: World) -> Self {
        Self { world: Arc::new(world) }
    }

    /// Everything: `/shop`, `/openai/v1`, `/anthropic/v1` and `/_simulate`.
    pub fn router(&self) -> Router {
        let world = &self.world;
        let observed = Router::new()
            .nest("/shop", shop::router())
            .nest("/openai", openai::router())
            .nest("/anthropic", anthropic::router())
            .nest("/azure", azure::router())
            .nest("/bedrock", bedrock::router())
            .nest("/gemini", gemini::router())
            .nest("/vertex", gemini::vertex())
            .nest("/google", gemini::tokens())
            .nest("/cohere", cohere::router())
            .nest("/ollama", ollama::router())
            .nest("/mistral", mistral::router())
            .layer(from_fn_with_state(Arc::clone(world), observe));
        let control = Router::new()
            .route("/_simulate/health", get(health))
            .route("/_simulate/stats", get(stats))
            .route("/_simulate/reset", post(reset));
        observed.merge(control).fallback(shop::nowhere).with_state(Arc::clone(world))
    }

    /// Serves on `listener` until `shutdown` completes, then finishes open answers; those that wait or
    /// stall are ended at once.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let router = self.router();
        let closing = self.world.closing.clone();
        let listener = listener.tap_io(|socket| {
            // Events are small and each must leave at once; a socket that is gone already fails later.
            socket.set_nodelay(true).ok();
        });
        let ended = async move {
            shutdown.await;
            closing.cancel();
        };
        axum::serve(listener, router).with_graceful_shutdown(ended).await
    }

    /// Like [`Simulator::serve`], on a listener of the standard library; call it inside of a runtime.
    pub async fn serve_std(
        self,
        listener: std::net::TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        self.serve(TcpListener::from_std(listener)?, shutdown).await
    }
}

/// Numbers, counts and remembers a request.
async fn observe(State(world): State<Arc<World>>, mut request: Request, next: Next) -> Response {
    let ticket = world.ticket(request.headers());
    let seen = world.stats.see(ticket.number, request.method(), request.uri(), request.headers());
    let path = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str);
    let endpoint = format!("{} {path}", request.method());
    request.extensions_mut().insert(ticket);
    let response = next.run(request).await;
    world.stats.count(endpoint, response.status(), seen);
    response
}

async fn health() -> Response {
    Json(serde_json::json!({"status": "ok"})).into_response()
}

async fn stats(State(world): State<Arc<World>>, Query(query): Query<HashMap<String, String>>) -> Response {
    let recent = query.get("recent").and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    Json(world.stats.report(recent)).into_response()
}

async fn reset(State(world): State<Arc<World>>) -> Response {
    world.reset();
    http::StatusCode::NO_CONTENT.into_response()
}
