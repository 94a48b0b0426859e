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
    dropped: Arc<AtomicU64>,
}

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
        Ok((Self { queue, dropped: Arc::default() }, thread))
    }
}

impl AccessLog {
    /// Hands a record to the writer, or drops it where too many wait.
    pub(crate) fn record(&self, record: Box<CallRecord>) {
        if let Err(TrySendError::Full(_)) = self.queue.try_send(record) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
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
        "stages": record.stages.as_slice(),
    });
    // A log that cannot be written must not stop the gateway; the disk's owner sees the gap.
    writeln!(out, "{line}").unwrap_or_default();
}
