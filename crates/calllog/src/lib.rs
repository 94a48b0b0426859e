//! The call log: a bounded queue from the data plane, one writer thread, day files of SQLite for blocks of records,
//! aggregates for dashboards, counters for Prometheus, a feed for the live view. A full queue drops and
//! counts; nothing here can hold up a call.
#![warn(missing_docs)]

mod aggregates;
mod block;
mod bodies;
mod call;
mod days;
mod groups;
mod metrics;
mod overview;
mod providers;
mod queue;
mod row;
mod search;
mod words;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, RequestId};
use parking_lot::Mutex;
use trace::KeptBody;

pub use call::Call;
pub use overview::{Overview, OverviewQuery, Point, ReasonCount, Top, Tops, Totals};
pub use providers::ProviderTraffic;
pub use queue::{QueueStats, Recorder};
pub use search::{CallFilter, CallPage, StatusFilter};
pub use writer::Writer;

use aggregates::AggregateStore;
use bodies::BodyFiles;
use days::Days;
use metrics::Series;

/// What the call log is built from.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the files; made if it is not there.
    pub folder: PathBuf,
    /// Days of records that are kept, today included.
    pub keep_days: u32,
    /// Bytes that the records' files may take; the oldest day goes first, then the oldest calls of today.
    pub disk_budget: u64,
    /// Days of bodies that are kept, today included.
    pub body_days: u32,
    /// Bytes that the bodies' files may take.
    pub body_budget: u64,
    /// Records that may wait for the writer.
    pub queue: usize,
    /// How often what has gathered is written: what a crash may lose.
    pub flush: Duration,
}

/// Why the call log failed.
#[derive(Debug, thiserror::Error)]
pub enum CallLogError {
    /// The folder cannot be used.
    #[error("the folder `{path}` cannot be used")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite failed.
    #[error("the call log's database failed")]
    Database(#[from] rusqlite::Error),
    /// What was read is not what was written.
    #[error("a stored call cannot be read")]
    Corrupt(#[from] trace::codec::DecodeError),
    /// The writer's thread cannot be started.
    #[error("the call log's writer cannot be started")]
    Thread(#[source] std::io::Error),
}

/// Reads what the writer wrote. Its methods block: call them where that is allowed.
#[derive(Clone, Debug)]
pub struct CallLog {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    config: Config,
    clock: Clock,
    days: Days,
    bodies: BodyFiles,
    aggregates: Mutex<AggregateStore>,
    series: Mutex<Series>,
    live: tokio::sync::broadcast::Sender<Arc<Call>>,
    stats: Arc<queue::Counters>,
}

impl Config {
    /// The usual settings in a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            keep_days: 14,
            disk_budget: 4 << 30,
            body_days: 3,
            body_budget: 1 << 30,
            queue: 65_536,
            flush: Duration::from_secs(1),
        }
    }

    /// Starts the writer; it ends, with all written, when [`Writer::finish`] is called.
    pub fn build(self, clock: Clock) -> Result<(Recorder, CallLog, Writer), CallLogError> {
        let named = |source| CallLogError::Folder { path: self.folder.clone(), source };
        std::fs::create_dir_all(&self.folder).map_err(named)?;
        let (recorder, records) = queue::bounded(self.queue);
        let inner = Inner {
            days: Days::new(self.folder.clone()),
            bodies: BodyFiles::new(self.folder.clone()),
            aggregates: Mutex::new(AggregateStore::open(&self.folder)?),
            series: Mutex::default(),
            live: tokio::sync::broadcast::channel(1_024).0,
            stats: recorder.counters(),
            config: self,
            clock,
        };
        let log = CallLog { inner: Arc::new(inner) };
        let writer = Writer::start(Arc::clone(&log.inner), records)?;
        Ok((recorder, log, writer))
    }
}

impl CallLog {
    /// Calls as they are written. A reader that falls behind is told how many it missed.
    pub fn live(&self) -> tokio::sync::broadcast::Receiver<Arc<Call>> {
        self.inner.live.subscribe()
    }

    /// The bodies of a call, in the order of their beginnings; none where no policy asked to keep them, or not any more.
    pub fn bodies(&self, id: &str) -> Result<Vec<KeptBody>, CallLogError> {
        RequestId::parse(id).map_or(Ok(Vec::new()), |id| self.inner.bodies.read(id))
    }

    /// How the queue and the files fare.
    pub fn stats(&self) -> QueueStats {
        let (disk_bytes, oldest) = self.inner.days.size();
        let body_bytes = self.inner.bodies.size();
        QueueStats { body_bytes, disk_bytes, oldest, ..self.inner.stats.read() }
    }

    /// Metrics in Prometheus' text format (version 0.0.4).
    pub fn prometheus(&self) -> String {
        let mut text = self.inner.series.lock().render();
        self.inner.stats.read().render(&mut text);
        text
    }
}
