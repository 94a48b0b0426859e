//! Providers are tried by the gateway, on the control plane's runtime: the admin API asks, and knows no gateway.

use std::sync::Arc;

use admin::{Probed, ProbedAnswer, ProbedFailure, Prober};
use gateway::{Gateway, Probe, ProbeAnswer, ProbeFailure, ProbeStep};

/// Tries providers by this gateway's client.
pub(crate) fn prober(gateway: Gateway) -> Prober {
    Arc::new(move |provider, model| {
        let probe = gateway.probe(provider, model);
        Box::pin(async move { probed(probe.await) })
    })
}

fn probed(probe: Probe) -> Probed {
    let Probe { target, model, attempt, duration, outcome, models } = probe;
    Probed {
        target: target.to_string(),
        model,
        attempt,
        duration_us: u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
        outcome: outcome.map(answer).map_err(failure),
        models,
    }
}

fn answer(answer: ProbeAnswer) -> ProbedAnswer {
    let ProbeAnswer { text, usage, cost_micros, finish_reason } = answer;
    let (input_tokens, output_tokens) = (usage.input, usage.output);
    ProbedAnswer { text, input_tokens, output_tokens, cost_micros, finish_reason }
}

fn failure(failure: ProbeFailure) -> ProbedFailure {
    let ProbeFailure { step, code, message } = failure;
    let step = match step {
        ProbeStep::Request => "request",
        ProbeStep::Phase(phase) => phase.name(),
        ProbeStep::Status => "status",
        ProbeStep::Answer => "answer",
    };
    ProbedFailure { step, code, message }
}
