//! What came of running a flow, as whoever runs it tells the API.

use flow::engine::Failure;
use flow::values::Values;
use trace::{FlowRecord, TraceId};

/// What came of a run.
#[derive(Clone, Debug)]
pub struct FlowRan {
    /// The trace of its calls.
    pub trace_id: TraceId,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// What it gives; of one that failed, nothing.
    pub outputs: Values,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// Why optional steps are missing.
    pub absent: Vec<Failure>,
    /// Its steps.
    pub record: FlowRecord,
}
