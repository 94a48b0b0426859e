//! A run that an administrator asks for: no call came in, so it has no record of its own; its calls have theirs, in a trace
//! of its own.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use base::Rng;
use flow::engine::Failure;
use flow::values::Values;
use snapshot::Flow;
use trace::{FlowRecord, Sampling, TraceContext, TraceId};

use super::apart;
use super::run::Running;
use crate::Gateway;
use crate::inside::Origin;

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// The trace of its calls.
    pub trace_id: TraceId,
    /// How long it took.
    pub duration: Duration,
    /// What it gives; of one that failed, nothing.
    pub outputs: Values,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// Why optional steps are missing.
    pub absent: Vec<Failure>,
    /// Its steps.
    pub record: FlowRecord,
}

impl Gateway {
    /// Runs a flow in nobody's name, on connections of its own. Where whoever asked has left, it is given up: what is
    /// under way and changes something comes to its end, and what was done is undone. Policies and limits of the routes
    /// hold for its calls.
    pub fn run_flow(&self, flow: Arc<Flow>, inputs: Values) -> impl Future<Output = Ran> + Send + 'static {
        let gateway = self.clone();
        async move {
            // Any but the first, which takes up what an earlier process has left.
            let core = gateway.core(1);
            let context = TraceContext::start(&mut Rng::from_system(), Sampling::On);
            let parent = String::from_utf8_lossy(&context.parent_of(context.span_id).encode()).into_owned();
            let started = core.shared.config.clock.now();
            let running = Running::new(&core, flow, &Origin::own(parent), inputs);
            let told = apart(&core, running).await;
            let duration = core.shared.config.clock.now().since(started);
            Ran {
                trace_id: context.trace_id,
                duration,
                outputs: told.outputs,
                failure: told.failure,
                absent: told.absent,
                record: FlowRecord { steps: told.steps },
            }
        }
    }
}
