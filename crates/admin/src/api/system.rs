//! `GET /api/v1/system`.

use axum::extract::State;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{App, ListenerView, StoreView};
use crate::endpoint::{Access, Endpoint};
use crate::extract::Json;
use crate::problem::Problem;
use crate::time;

/// The state of the installation.
#[derive(Debug, Serialize, JsonSchema)]
struct SystemInfo {
    /// The version of weir.
    version: String,
    /// The revision of the configuration that is live.
    snapshot_revision: u64,
    /// Documents in it.
    documents: usize,
    /// When the process started.
    started_at: String,
    /// For how long it has run, in seconds.
    uptime_s: i64,
    /// Where the configuration comes from: `store` or `files`.
    mode: String,
    /// The data plane's listeners.
    listeners: Vec<ListenerView>,
    /// How the records of calls fare.
    records: Records,
    /// Where documents are kept.
    store: StoreView,
    /// What is wrong with a configuration that could not be taken.
    last_config_error: Option<String>,
}

/// How the records of calls fare, since the start.
#[derive(Debug, Serialize, JsonSchema)]
struct Records {
    /// Taken by the queue.
    queued: u64,
    /// Written.
    written: u64,
    /// Dropped, the queue being full.
    dropped: u64,
    /// Lost, the disk having failed.
    failed: u64,
    /// Bytes of the files.
    disk_bytes: u64,
    /// The oldest day that is kept.
    oldest: Option<String>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("getSystem", "The state of the installation");
    let access = Access::Installation(Permission::SystemRead);
    Endpoint::new((Method::GET, "/api/v1/system"), access, names, handle)
        .answer::<SystemInfo>(200, "The state.")
}

async fn handle(State(app): State<App>) -> Result<Json<SystemInfo>, Problem> {
    let stats = app.run(|control| Ok(control.log().stats())).await?;
    let snapshot = app.admin.control.live().load();
    let now = app.admin.control.clock().wall();
    let records = Records {
        queued: stats.queued,
        written: stats.written,
        dropped: stats.dropped,
        failed: stats.failed,
        disk_bytes: stats.disk_bytes,
        oldest: stats.oldest,
    };
    let mode = match app.admin.control.source() {
        control::Source::Store => "store",
        control::Source::Files => "files",
    };
    Ok(Json(SystemInfo {
        version: app.admin.version.to_owned(),
        snapshot_revision: snapshot.revision(),
        documents: snapshot.len(),
        started_at: time::show(app.started),
        uptime_s: (now.0 - app.started.0) / 1_000_000,
        mode: mode.to_owned(),
        listeners: (app.admin.listeners)(),
        records,
        store: app.admin.store.clone(),
        last_config_error: (app.admin.config_error)(),
    }))
}
