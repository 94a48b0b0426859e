//! A line of JSON for every call, written away from the data plane.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use anyhow::Context;
use serde_json::json;
use trace::CallRecord;

/// Records that may wait; more are dropped and counted.
const QUEUE: usize = 65_536;

/// See the module's description.
pub(crate) struct AccessLog {
    queue: SyncSender<Box<CallRecord>>,
    dropped: Dropped,
}

/// How many records were dropped; clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dropped(Arc<AtomicU64>);

impl AccessLog {
    /// Starts the writer; `-` is standard output. It ends when the log is dropped.
    pub(crate) fn start(path: &Path) -> anyhow::Result<(Self, JoinHandle<()>)> {
        let mut out: BufWriter<Box<dyn Write + Send>> = BufWriter::new(if path.as_os_str() == "-" {
            Box::new(std::io::stdout())
        } else {
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
            Box::new(file.with_context(|| format!("cannot open access log `{}`", path.display()))?)
        });
        let (queue, records) = sync_channel::<Box<CallRecord>>(QUEUE);
        let write = move || {
            while let Ok(record) = records.recv() {
                write_line(&mut out, &record);
                // What else waits goes out with it, then the buffer is emptied.
                for record in records.try_iter() {
                    write_line(&mut out, &record);
                }
                out.flush().unwrap_or_default();
            }
        };
        let thread = std::thread::Builder::new().name("access-log".into()).spawn(write)?;
        Ok((Self { queue, dropped: Dropped::default() }, thread))
    }
}

impl AccessLog {
    /// Hands a record to the writer, or drops it where too many wait.
    pub(crate) fn record(&self, record: Box<CallRecord>) {
        if let Err(TrySendError::Full(_)) = self.queue.try_send(record) {
            self.dropped.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What it could not take; it goes on counting.
    pub(crate) fn dropped(&self) -> Dropped {
        self.dropped.clone()
    }
}

impl Dropped {
    pub(crate) fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn write_line(out: &mut impl Write, record: &CallRecord) {
    let line = json!({
        "id": record.id.to_string(),
        "trace_id": record.trace_id.to_string(),
        "started_us": record.started.0,
        "duration_us": record.duration_us,
        "client": record.client,
        "protocol": record.protocol,
        "method": record.method,
        "host": record.host,
        "path": record.path,
        "status": record.status,
        "reason": record.reason,
        "team": record.team(),
        "service": record.service(),
        "route": record.route(),
        "application": record.application(),
        "upstream": record.upstream,
        "attempts": record.attempts.as_slice(),
        "bytes_in": record.bytes_in,
        "bytes_out": record.bytes_out,
        "ai": record.ai,
        "graphql": record.graphql,
        "stages": record.stages.as_slice(),
    });
    // A log that cannot be written must not stop the gateway; the disk's owner sees the gap.
    writeln!(out, "{line}").unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use base::{Micros, RequestId};
    use trace::{SpanId, TraceId};

    use super::*;

    #[test]
    fn what_finds_the_queue_full_is_dropped_and_counted() {
        let (queue, records) = sync_channel(1);
        let log = AccessLog { queue, dropped: Dropped::default() };
        let dropped = log.dropped();
        let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
        for _ in 0..3 {
            let id = RequestId::from_bytes([1; 16]);
            let record = CallRecord::new(id, TraceId::default(), SpanId::default(), Micros(1), client);
            log.record(Box::new(record));
        }
        assert_eq!((records.try_iter().count(), dropped.read()), (1, 2));
    }
}
