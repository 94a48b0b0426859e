//! What is kept of batches: each as clients are told of it, and of those that Weir runs also what came of each line.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use stateport::{Key, StateError, StatePort};

use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::inside::Origin;

use super::super::files::shelf::Shelf;
use super::super::owner::Owner;

/// How long a batch is told of, and how long what is needed to run one is kept.
const KEEP: Duration = Duration::from_hours(24 * 90);
const RUNNING: Duration = Duration::from_hours(24 * 3);

/// Who has the list of the batches that run.
const ALL: &str = "weir";

/// A batch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) told: Map<String, Value>,
    /// How Weir runs it; `None`: a provider does.
    pub(crate) run: Option<Run>,
}

/// What Weir needs to run a batch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) owner: String,
    pub(crate) origin: Origin,
    /// What stands before the paths of the lines, behind their own `/v1`.
    pub(crate) base: String,
    /// How long what comes out is kept, in seconds.
    pub(crate) keep: Option<u64>,
}

/// The batches of one owner.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    state: Arc<dyn StatePort>,
    owner: Arc<str>,
    pub(crate) shelf: Shelf,
}

/// Words of a batch's status after which nothing changes.
const FINAL: [&str; 4] = ["completed", "failed", "expired", "cancelled"];

// === impl Batch ===

impl Batch {
    pub(crate) fn id(&self) -> &str {
        self.text("id")
    }

    pub(crate) fn status(&self) -> &str {
        self.text("status")
    }

    pub(crate) fn is_over(&self) -> bool {
        FINAL.contains(&self.status())
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.told.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn number(&self, name: &str) -> i64 {
        self.told.get(name).and_then(Value::as_i64).unwrap_or_default()
    }
}

// === impl Desk ===

impl Desk {
    /// The desk of this call's caller.
    pub(crate) fn of(x: &Exchange<'_>) -> Self {
        Self::new(x.core, Owner::of(x).to_string())
    }

    pub(crate) fn new(core: &Core, owner: impl Into<Arc<str>>) -> Self {
        let config = &core.shared.config;
        let owner = owner.into();
        let shelf = Shelf::new(Arc::clone(&config.files), Arc::clone(&owner), config.clock.clone());
        Self { state: Arc::clone(&config.files), owner, shelf }
    }

    /// Whose it is.
    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    /// The batches that were under way when the process ended: their owners and ids.
    pub(crate) async fn left(core: &Core) -> Result<Vec<(String, String)>, StateError> {
        let left = core.shared.config.files.list("batch runs", ALL).await?;
        Ok(left.into_iter().map(|(id, owner)| (String::from_utf8_lossy(&owner).into_owned(), id)).collect())
    }

    /// All batches, the newest first.
    pub(crate) async fn all(&self) -> Result<Vec<Batch>, StateError> {
        let listed = self.state.list("batches", &self.owner).await?;
        let mut all: Vec<Batch> =
            listed.iter().filter_map(|(_, value)| serde_json::from_slice(value).ok()).collect();
        all.sort_by(|a, b| (b.number("created_at"), b.id()).cmp(&(a.number("created_at"), a.id())));
        Ok(all)
    }

    pub(crate) async fn find(&self, id: &str) -> Result<Option<Batch>, StateError> {
        let found = self.state.get(&self.key("batches", id)).await?;
        Ok(found.and_then(|value| serde_json::from_slice(&value).ok()))
    }

    /// Keeps a batch as it is. One that Weir runs is on the list of those until it is over.
    pub(crate) async fn keep(&self, batch: &Batch) -> Result<(), StateError> {
        let value = serde_json::to_vec(batch).unwrap_or_default();
        self.state.put(&self.key("batches", batch.id()), value.into(), KEEP).await?;
        if batch.run.is_none() {
            return Ok(());
        }
        let listed = Key::new("batch runs", ALL, batch.id());
        if batch.is_over() {
            self.state.remove(&self.key("batch cancels", batch.id())).await?;
            return self.state.remove(&listed).await.map(drop);
        }
        self.state.put(&listed, Bytes::copy_from_slice(self.owner.as_bytes()), RUNNING).await
    }

    /// Notes that a batch is to be cancelled.
    pub(crate) async fn cancel(&self, id: &str) -> Result<(), StateError> {
        self.state.put(&self.key("batch cancels", id), Bytes::from_static(b"1"), RUNNING).await
    }

    pub(crate) async fn is_cancelled(&self, id: &str) -> Result<bool, StateError> {
        Ok(self.state.get(&self.key("batch cancels", id)).await?.is_some())
    }

    /// Notes that the usage of a batch that a provider runs is not told yet, and its model where it has one alone.
    pub(crate) async fn owe(&self, id: &str, model: &str) -> Result<(), StateError> {
        self.state.put(&self.key("batches owed", id), Bytes::copy_from_slice(model.as_bytes()), KEEP).await
    }

    /// The model of a batch whose usage was still to be told; from now on it is not. A store that does not answer leaves it
    /// to a later call.
    pub(crate) async fn settle(&self, id: &str) -> Option<String> {
        let key = self.key("batches owed", id);
        let model = self.state.get(&key).await.ok()??;
        let first = self.state.remove(&key).await.ok()?;
        first.then(|| String::from_utf8_lossy(&model).into_owned())
    }

    /// What came of a line.
    pub(crate) async fn done(&self, id: &str, at: usize) -> Result<Option<Bytes>, StateError> {
        self.state.get(&self.line(id, at)).await
    }

    pub(crate) async fn note(&self, id: &str, at: usize, outcome: Bytes) -> Result<(), StateError> {
        self.state.put(&self.line(id, at), outcome, RUNNING).await
    }

    pub(crate) async fn forget(&self, id: &str, at: usize) -> Result<(), StateError> {
        self.state.remove(&self.line(id, at)).await.map(drop)
    }

    fn line(&self, id: &str, at: usize) -> Key {
        self.key("batch lines", &format!("{id}/{at:06}"))
    }

    fn key(&self, space: &'static str, name: &str) -> Key {
        Key::new(space, Arc::clone(&self.owner), name)
    }
}
