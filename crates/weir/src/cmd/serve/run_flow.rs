//! Flows are run by the gateway, on the control plane's runtime: the admin API asks, and knows no gateway.

use std::sync::Arc;

use admin::{FlowRan, Runner};
use gateway::{Gateway, Ran};

/// Runs flows by this gateway.
pub(crate) fn runner(gateway: Gateway) -> Runner {
    Arc::new(move |flow, inputs| {
        let run = gateway.run_flow(flow, inputs);
        Box::pin(async move { ran(run.await) })
    })
}

fn ran(ran: Ran) -> FlowRan {
    let Ran { trace_id, duration, outputs, failure, absent, record } = ran;
    let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    FlowRan { trace_id, duration_us, outputs, failure, absent, record }
}
