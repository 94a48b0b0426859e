//! The one thread that writes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread::JoinHandle;
use std::time::Duration;

use base::{Micros, Nanos};
use trace::{Aggregates, CallRecord};

use crate::block::Block;
use crate::bodies::Waiting;
use crate::days::Days;
use crate::groups::{Groups, Numbers};
use crate::{Call, CallLogError, Inner};

/// Calls and bytes in one block at most.
const CALLS: usize = 4_096;
const BYTES: usize = 512 * 1024;
/// How long the writer rests between two strokes.
const STROKE: Duration = Duration::from_millis(10);
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// How often what is kept is looked at.
const PRUNE: Duration = Duration::from_secs(10);
/// Bytes of bodies that are written at once.
const BODIES: usize = 8 << 20;
/// Keys of aggregates that may be open at a time.
const KEYS: usize = 20_000;

/// The running writer.
#[derive(Debug)]
pub struct Writer {
    thread: JoinHandle<()>,
}

impl Writer {
    pub(crate) fn start(inner: Arc<Inner>, records: Receiver<Box<CallRecord>>) -> Result<Self, CallLogError> {
        let run = move || run(&inner, &records);
        let thread =
            std::thread::Builder::new().name("call-log".into()).spawn(run).map_err(CallLogError::Thread)?;
        Ok(Self { thread })
    }

    /// Waits until all that was recorded is written. Every [`Recorder`](crate::Recorder) must be gone.
    pub fn finish(self) {
        self.thread.join().unwrap_or_default();
    }
}

/// What the writer has of its own.
struct Work {
    block: Block,
    bodies: Waiting,
    groups: Groups,
    aggregates: Aggregates,
    /// When what is kept is looked at again.
    prune_due: Nanos,
}

fn run(inner: &Inner, records: &Receiver<Box<CallRecord>>) {
    let aggregates = Aggregates::new(KEYS);
    let now = inner.clock.now();
    let mut work = Work {
        block: Block::default(),
        bodies: Waiting::default(),
        groups: Groups::default(),
        aggregates,
        prune_due: now,
    };
    let mut due = now + inner.config.flush;
    loop {
        // The queue is emptied in strokes: a writer that waited on it would have to be woken, by a system
        // call of the data plane's, for every record.
        let drained = work.drain(inner, records);
        let full = matches!(drained, Drained::Full);
        if full || matches!(drained, Drained::Ended) || inner.clock.now() >= due {
            work.flush(inner);
        }
        if inner.clock.now() >= due {
            due = inner.clock.now() + inner.config.flush;
            work.tend(inner);
        }
        match drained {
            Drained::Ended => return work.tend(inner),
            Drained::Full => {}
            Drained::Empty => std::thread::sleep(STROKE),
        }
    }
}

/// How a stroke ended.
enum Drained {
    /// Nothing waits any more.
    Empty,
    /// The block is full; more may wait.
    Full,
    /// Every recorder is gone and nothing waits.
    Ended,
}

impl Work {
    /// Takes what waits, a block at most.
    fn drain(&mut self, inner: &Inner, records: &Receiver<Box<CallRecord>>) -> Drained {
        let mut series = inner.series.lock();
        let watched = inner.live.receiver_count() > 0;
        while self.block.calls < CALLS && self.block.rows.len() < BYTES && self.bodies.bytes < BODIES {
            match records.try_recv() {
                Ok(mut record) => {
                    inner.stats.taken(&record);
                    self.bodies.add(&mut record);
                    let words = &mut self.block.words;
                    let numbers = self.groups.add(&record, words).unwrap_or_else(|| {
                        self.aggregates.add(&record);
                        series.add(&record);
                        Numbers::of(&record, words)
                    });
                    self.block.add(&record, &numbers);
                    if watched {
                        // The last watcher may have left this moment.
                        inner.live.send(Arc::new(Call::from(&*record))).unwrap_or_default();
                    }
                }
                Err(TryRecvError::Empty) => return Drained::Empty,
                Err(TryRecvError::Disconnected) => return Drained::Ended,
            }
        }
        Drained::Full
    }

    /// Writes the block.
    fn flush(&mut self, inner: &Inner) {
        let calls = self.block.calls;
        if calls == 0 {
            return;
        }
        if let Err(error) = inner.bodies.append(&mut self.bodies) {
            inner.stats.lost_bodies();
            tracing::error!(error = %base::chain(&error), "bodies of calls could not be written");
        }
        self.groups.settle(&mut self.aggregates, &mut inner.series.lock());
        match inner.days.append(&Days::of(inner.clock.wall()), &self.block) {
            Ok(()) => inner.stats.wrote(calls),
            Err(error) => {
                inner.stats.lost(calls);
                tracing::error!(error = %base::chain(&error), lost = calls, "records could not be written");
            }
        }
        self.block.clear();
    }

    /// Writes aggregates, and once in a while deletes what is too old or too much.
    fn tend(&mut self, inner: &Inner) {
        let cells = self.aggregates.take_before(i64::MAX);
        let mut store = inner.aggregates.lock();
        if let Err(error) = store.add(&cells) {
            tracing::error!(error = %base::chain(&error), "aggregates could not be written; they are tried again");
            for (key, cell) in &cells {
                self.aggregates.merge(key, cell);
            }
        }
        let now = inner.clock.now();
        if now < self.prune_due {
            return;
        }
        self.prune_due = now + PRUNE;
        let wall = inner.clock.wall();
        let first = Days::of(Micros(wall.0 - i64::from(inner.config.keep_days.max(1) - 1) * DAY));
        if let Err(error) = inner.days.prune(&first, inner.config.disk_budget) {
            tracing::error!(error = %base::chain(&error), "old records could not be deleted");
        }
        let first = Days::of(Micros(wall.0 - i64::from(inner.config.body_days.max(1) - 1) * DAY));
        if let Err(error) = inner.bodies.prune(&first, inner.config.body_budget) {
            tracing::error!(error = %base::chain(&error), "old bodies could not be deleted");
        }
        store.prune(wall);
    }
}
