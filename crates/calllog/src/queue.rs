//! The way from the data plane to the writer.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use serde::Serialize;
use trace::{CallRecord, KeptBody};

/// Bytes of bodies that may wait for the writer.
const BODIES_WAIT: usize = 64 << 20;

/// Takes records; clones feed one queue. It never blocks.
#[derive(Clone, Debug)]
pub struct Recorder {
    queue: SyncSender<Box<CallRecord>>,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    queued: AtomicU64,
    written: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
    /// Bytes of bodies that wait.
    bodies: AtomicUsize,
    bodies_dropped: AtomicU64,
}

/// How the queue and the files fare, since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueStats {
    /// Records taken.
    pub queued: u64,
    /// Records written.
    pub written: u64,
    /// Records dropped because the queue was full.
    pub dropped: u64,
    /// Records lost because the disk failed.
    pub failed: u64,
    /// Calls whose bodies were not kept, too many bytes waiting already or the disk having failed.
    pub bodies_dropped: u64,
    /// Bytes of the bodies' files.
    pub body_bytes: u64,
    /// Bytes of the records' files.
    pub disk_bytes: u64,
    /// The oldest day that is kept.
    pub oldest: Option<String>,
}

pub(crate) fn bounded(size: usize) -> (Recorder, Receiver<Box<CallRecord>>) {
    let (queue, records) = sync_channel(size.max(1));
    (Recorder { queue, counters: Arc::default() }, records)
}

impl Recorder {
    /// Takes the record of a call that has ended.
    pub fn record(&self, mut record: Box<CallRecord>) {
        let weight = weight(&record);
        if weight > 0 && !self.counters.take_room(weight) {
            record.bodies.clear();
        }
        let counter = match self.queue.try_send(record) {
            Ok(()) => &self.counters.queued,
            Err(TrySendError::Full(record) | TrySendError::Disconnected(record)) => {
                self.counters.taken(&record);
                &self.counters.dropped
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }
}

/// Bytes of a record's bodies.
fn weight(record: &CallRecord) -> usize {
    record.bodies.iter().map(KeptBody::weight).sum()
}

impl Counters {
    /// Room for bodies to wait in; `false`: there is none.
    fn take_room(&self, weight: usize) -> bool {
        let before = self.bodies.fetch_add(weight, Ordering::Relaxed);
        let fits = before + weight <= BODIES_WAIT;
        if !fits {
            self.bodies.fetch_sub(weight, Ordering::Relaxed);
            self.bodies_dropped.fetch_add(1, Ordering::Relaxed);
        }
        fits
    }

    /// A record waits no longer.
    pub(crate) fn taken(&self, record: &CallRecord) {
        if !record.bodies.is_empty() {
            self.bodies.fetch_sub(weight(record), Ordering::Relaxed);
        }
    }

    pub(crate) fn lost_bodies(&self) {
        self.bodies_dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn wrote(&self, count: usize) {
        self.written.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn lost(&self, count: usize) {
        self.failed.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> QueueStats {
        QueueStats {
            queued: self.queued.load(Ordering::Relaxed),
            written: self.written.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            bodies_dropped: self.bodies_dropped.load(Ordering::Relaxed),
            ..QueueStats::default()
        }
    }
}

impl QueueStats {
    pub(crate) fn render(&self, out: &mut String) {
        let counters = [
            (
                "gateway_bodies_dropped_total",
                "Calls whose bodies were not kept, too much of them waiting.",
                self.bodies_dropped,
            ),
            ("gateway_records_queued_total", "Records of calls taken by the queue.", self.queued),
            ("gateway_records_written_total", "Records of calls written.", self.written),
            (
                "gateway_records_dropped_total",
                "Records of calls dropped, the queue being full.",
                self.dropped,
            ),
            ("gateway_records_failed_total", "Records of calls that could not be written.", self.failed),
        ];
        for (name, help, value) in counters {
            // Writing to a string cannot fail.
            writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}").unwrap_or_default();
        }
    }
}
