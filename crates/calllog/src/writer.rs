//! The one thread that writes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread::JoinHandle;
use std::time::Duration;

use trace::{Aggregates, CallRecord};

use crate::days::Days;
use crate::{Call, CallLogError, Inner};

/// Records in one transaction at most.
const BATCH: usize = 8_192;
/// How long the writer rests between two strokes.
const STROKE: Duration = Duration::from_millis(10);
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

fn run(inner: &Inner, records: &Receiver<Box<CallRecord>>) {
    let mut batch: Vec<Arc<Call>> = Vec::new();
    let mut aggregates = Aggregates::new(KEYS);
    let mut due = inner.clock.now() + inner.config.flush;
    let mut pruned = String::new();
    loop {
        // The queue is emptied in strokes: a writer that waited on it would have to be woken, by a system
        // call of the data plane's, for every record.
        let ended = drain(inner, records, &mut batch, &mut aggregates);
        if ended || batch.len() >= BATCH || inner.clock.now() >= due {
            flush(inner, &mut batch, &mut aggregates);
            due = inner.clock.now() + inner.config.flush;
            let today = Days::of(inner.clock.wall());
            if pruned != today {
                inner
                    .days
                    .prune(usize::try_from(inner.config.keep_days).unwrap_or(1), inner.config.disk_budget);
                inner.aggregates.lock().prune(inner.clock.wall());
                pruned = today;
            }
        }
        if ended {
            return;
        }
        if batch.len() < BATCH {
            std::thread::sleep(STROKE);
        }
    }
}

/// Takes what waits, a batch at most; `true` once every recorder is gone and nothing waits any more.
fn drain(
    inner: &Inner,
    records: &Receiver<Box<CallRecord>>,
    batch: &mut Vec<Arc<Call>>,
    aggregates: &mut Aggregates,
) -> bool {
    while batch.len() < BATCH {
        match records.try_recv() {
            Ok(record) => take(inner, &record, batch, aggregates),
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Disconnected) => return true,
        }
    }
    false
}

fn take(inner: &Inner, record: &CallRecord, batch: &mut Vec<Arc<Call>>, aggregates: &mut Aggregates) {
    aggregates.add(record);
    inner.series.lock().add(record);
    let call = Arc::new(Call::from(record));
    // Nobody may be watching.
    inner.live.send(Arc::clone(&call)).unwrap_or_default();
    batch.push(call);
}

fn flush(inner: &Inner, batch: &mut Vec<Arc<Call>>, aggregates: &mut Aggregates) {
    let cells = aggregates.take_before(i64::MAX);
    if let Err(error) = inner.aggregates.lock().add(&cells) {
        tracing::error!(error = %base::chain(&error), "aggregates could not be written");
    }
    if batch.is_empty() {
        return;
    }
    let day = Days::of(inner.clock.wall());
    match inner.days.append(&day, batch) {
        Ok(()) => inner.stats.wrote(batch.len()),
        Err(error) => {
            inner.stats.lost(batch.len());
            tracing::error!(error = %base::chain(&error), lost = batch.len(), "records could not be written");
        }
    }
    batch.clear();
}
