//! What the endpoints stand on, and the router that they make.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use base::Rng;
use control::{Control, ControlError};
use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::desk::JobDesk;
use crate::probed::Probed;
use crate::problem::{Code, Problem};
use crate::ran::FlowRan;
use crate::{api, frame};

/// The longest request body, in bytes.
const BODY_LIMIT: usize = 1 << 20;
/// Passwords that are hashed at the same time; each takes 19 MiB and a core for some 50 ms.
const HASHING: usize = 2;
/// Live views at the same time.
const STREAMS: usize = 64;
/// Providers that are tried at the same time; each costs money and may take half a minute.
const TRIALS: usize = 4;
/// Flows that are run at the same time for administrators.
const RUNS: usize = 8;

/// How the targets of an upstream fare: objects of `target`, `state`, `weight`, `consecutive_failures`
/// and, while ejected, `ejected_for_ms`.
pub type Health = Arc<dyn Fn(&snapshot::Upstream) -> Vec<serde_json::Value> + Send + Sync>;

/// The data plane's listeners as they are now.
pub type Listeners = Arc<dyn Fn() -> Vec<ListenerView> + Send + Sync>;

/// Tries a provider with its stored key; a model may be named.
pub type Prober = Arc<dyn Fn(Arc<snapshot::Provider>, Option<String>) -> Probing + Send + Sync>;

/// A trial under way.
pub type Probing = Pin<Box<dyn Future<Output = Probed> + Send>>;

/// Runs a flow with these inputs.
pub type Runner = Arc<dyn Fn(Arc<snapshot::Flow>, flow::values::Values) -> Run + Send + Sync>;

/// A run under way.
pub type Run = Pin<Box<dyn Future<Output = FlowRan> + Send>>;

/// What the admin API is built from.
#[derive(Clone)]
pub struct Admin {
    /// The use-cases.
    pub control: Control,
    /// How upstreams fare.
    pub health: Health,
    /// Tries providers.
    pub prober: Prober,
    /// Runs flows.
    pub runner: Runner,
    /// Runs jobs and keeps schedules.
    pub jobs: Arc<dyn JobDesk>,
    /// The listeners.
    pub listeners: Listeners,
    /// Further metrics in Prometheus' text format, such as the listeners'.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// What is wrong with the configuration that could not be taken, if so.
    pub config_error: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// Serves every path that is not the API's.
    pub console: Router,
    /// The version of the binary.
    pub version: &'static str,
    /// Where documents are kept.
    pub store: StoreView,
    /// Host names, without port, under which the API may be asked for besides `localhost` and IP addresses.
    pub hosts: Vec<String>,
    /// Ends what would go on for ever, such as live views.
    pub shutdown: CancellationToken,
}

/// A listener of the data plane.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ListenerView {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub address: String,
    /// What it speaks.
    pub protocol: String,
    /// Connections that are open now.
    pub connections: u64,
}

/// Where documents are kept.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StoreView {
    /// Such as `sqlite`.
    pub kind: String,
    /// The folder or address.
    pub path: Option<String>,
}

/// What handlers reach.
#[derive(Clone)]
pub(crate) struct App {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) admin: Admin,
    pub(crate) started: base::Micros,
    pub(crate) rng: Mutex<Rng>,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) trials: Arc<Semaphore>,
    pub(crate) runs: Arc<Semaphore>,
    hashing: Arc<Semaphore>,
}

// === impl Admin ===

impl Admin {
    /// The router with every endpoint; what is not the API's goes to the console.
    pub fn router(self) -> Router {
        let console = self.console.clone();
        let inner = Inner {
            started: self.control.clock().wall(),
            rng: Mutex::new(Rng::from_system()),
            streams: Arc::new(Semaphore::new(STREAMS)),
            trials: Arc::new(Semaphore::new(TRIALS)),
            runs: Arc::new(Semaphore::new(RUNS)),
            hashing: Arc::new(Semaphore::new(HASHING)),
            admin: self,
        };
        let app = App { inner: Arc::new(inner) };
        let mut router = Router::new();
        for endpoint in api::endpoints() {
            router = endpoint.add_to(router, &app);
        }
        router
            .route("/api/{*rest}", any(nothing_here))
            .method_not_allowed_fallback(wrong_method)
            .fallback_service(console)
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .layer(from_fn_with_state(app.clone(), frame::frame))
            .with_state(app)
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin").field("version", &self.version).finish_non_exhaustive()
    }
}

// === impl App ===

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl App {
    /// Runs a use-case on a thread that may wait.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&Control) -> Result<T, ControlError> + Send + 'static,
    {
        let control = self.admin.control.clone();
        match tokio::task::spawn_blocking(move || work(&control)).await {
            Ok(done) => done.map_err(Problem::from),
            Err(error) => {
                tracing::error!(error = %error, "a use-case was cut short");
                Err(Problem::new(Code::Internal))
            }
        }
    }

    /// Runs a use-case that hashes a password; few do so at a time. The thread keeps its place to the end,
    /// though the caller may have gone.
    pub(crate) async fn run_hashing<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&Control) -> Result<T, ControlError> + Send + 'static,
    {
        let place = Arc::clone(&self.hashing).acquire_owned().await;
        let place = place.map_err(|_| Problem::new(Code::Internal))?;
        self.run(move |control| {
            let done = work(control);
            drop(place);
            done
        })
        .await
    }
}

async fn nothing_here() -> Problem {
    Problem::new(Code::NotFound).detail("there is no such endpoint; /openapi.json lists them")
}

async fn wrong_method() -> Problem {
    Problem::new(Code::MethodNotAllowed)
}
