//! Where records of calls go: the call log and, if asked for, the access log.

use calllog::Recorder;
use gateway::Sink;
use trace::CallRecord;

use crate::access_log::AccessLog;

/// Hands each record on. Neither of the two can block.
pub(crate) struct Records {
    pub(crate) recorder: Recorder,
    pub(crate) access_log: Option<AccessLog>,
}

impl Sink for Records {
    fn record(&self, record: Box<CallRecord>) {
        if let Some(log) = &self.access_log {
            log.record(record.clone());
        }
        self.recorder.record(record);
    }
}
