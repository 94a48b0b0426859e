//! One attempt at one target, noted in the ledger and reported to the target's health.

use std::borrow::Cow;
use std::sync::Arc;

use base::{Clock, Nanos};
use message::{Body, Reason, RequestHead, Side};
use net::{ClientTimeouts, Interim, Received, Response, SendError, SendOptions};
use resilience::{Failure, Outcome, Pick, RetryPolicy};
use snapshot::Upstream;
use trace::{Attempt, Phase, Phases};

use super::Deadline;
use crate::exchange::Exchange;
use crate::state::Running;

/// Which attempt, and at what.
pub(crate) struct Once<'a> {
    pub(crate) upstream: &'a Upstream,
    pub(crate) running: &'a Running,
    pub(crate) pick: &'a Pick,
    /// What is sent.
    pub(crate) head: &'a RequestHead,
    /// Whether interim answers and changes of protocol pass between client and target.
    pub(crate) relays: bool,
    /// When it begins: now.
    pub(crate) at: Nanos,
    /// Why it is made, where it is not the first.
    pub(crate) reason: Option<String>,
    pub(crate) overrule: snapshot::Timeouts,
    pub(crate) deadline: Option<Deadline>,
}

/// An attempt under way. Dropped before its end, it says in the record where it was.
struct Trying<'a> {
    attempt: &'a mut Attempt,
    once: &'a Once<'a>,
    clock: &'a Clock,
    /// The start of the call.
    started: Nanos,
    over: bool,
}

/// Sends the call's head with a body to the picked target.
pub(crate) async fn send_once(
    x: &mut Exchange<'_>,
    once: &Once<'_>,
    body: &mut Body,
) -> Result<Response, SendError> {
    let (Some(target), Some(compiled)) =
        (once.running.targets.get(once.pick.index), once.upstream.targets.get(once.pick.index))
    else {
        return Err(impossible("the target is gone"));
    };
    let number = x.ledger.attempts().saturating_add(1);
    let started_us = once.at.micros_since(x.ledger.started());
    let mut attempt = Attempt::new(number, Arc::clone(&compiled.label), started_us);
    attempt.retry_of = (number > 1).then(|| number.saturating_sub(1));
    attempt.reason = once.reason.clone().map(Cow::Owned);
    let options = SendOptions {
        timeouts: timeouts(once.upstream, once.overrule),
        interim: if once.relays { x.interim.clone() } else { Interim::default() },
        upgrade: x.upgrade.as_ref().filter(|_| once.relays).map(|upgrade| upgrade.protocol.clone()),
        started: x.ledger.started(),
        at: Some(once.at),
    };
    let core = x.core;
    let Some(attempt) = x.ledger.begin(attempt) else { return Err(impossible("the record is closed")) };
    let clock = &core.shared.config.clock;
    let mut trying = Trying { attempt, once, clock, started: options.started, over: false };
    let outcome = core.client.send(target, once.head, body, &options, trying.attempt).await;
    trying.over = true;
    if let Err(error) = &outcome {
        trying.attempt.error = Some(Cow::Borrowed(error.reason.code()));
    }
    drop(trying);
    let now = x.read_clock();
    match outcome {
        Ok(mut response) => {
            if let Some(stale) = response.stale.take() {
                x.ledger.stale(*stale);
            }
            once.running.set.report_status(once.pick, response.head.status, now);
            if let Received::Later(receipt) = &response.received {
                x.ledger.receives(Arc::clone(receipt));
            }
            Ok(response)
        }
        Err(mut error) => {
            if let Some(stale) = error.stale.take() {
                x.ledger.stale(*stale);
            }
            // Neither a body that the client did not finish nor our own queue says anything of the target.
            if error.reason.side() == Side::Upstream && error.reason != Reason::QueueTimeout {
                once.running.set.report(once.pick, Outcome::Failure, now);
            }
            Err(error)
        }
    }
}

fn impossible(detail: &'static str) -> SendError {
    let (reason, detail) = (Reason::InternalError, Cow::Borrowed(detail));
    SendError { reason, detail, sent: false, body_intact: true, stale: None }
}

// === impl Trying ===

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let now = self.clock.now();
        let phase = phase_of(self.attempt);
        let lasted = u64::from(now.micros_since(self.started)).saturating_sub(self.attempt.ended_us());
        self.attempt.phases.set(phase, u32::try_from(lasted).unwrap_or(Phases::NA - 1));
        let late = self.once.deadline.is_some_and(|deadline| deadline.is_over());
        let reason = if late { Reason::CallTimeout } else { Reason::ClientClosed };
        self.attempt.error = Some(Cow::Borrowed(reason.code()));
        // Who is slow in sending may be the client.
        if late && phase != Phase::Send {
            self.once.running.set.report(self.once.pick, Outcome::Failure, now);
        }
    }
}

/// The phase that an attempt under way is in: the first that has no time yet.
pub(crate) fn phase_of(attempt: &Attempt) -> Phase {
    let unset = |phase: &Phase| attempt.phases.get(*phase).is_none();
    let phases: &[Phase] = match (attempt.protocol, attempt.peer) {
        (Some(_), _) => &[Phase::Send],
        (None, Some(_)) => &[Phase::Connect, Phase::Tls],
        (None, None) => &[Phase::Queued, Phase::Dns],
    };
    phases.iter().copied().find(unset).unwrap_or(Phase::Wait)
}

/// The failure that another attempt might mend; `None`: the outcome stands.
pub(crate) fn failure_of(outcome: &Result<Response, SendError>, policy: &RetryPolicy) -> Option<Failure> {
    match outcome {
        Ok(response) => {
            let status = response.head.status;
            let wait =
                response.head.fields.get_str(message::Known::RetryAfter).and_then(|text| text.parse().ok());
            let failure = Failure::Status(status, wait.map(std::time::Duration::from_secs));
            policy.statuses.contains(status).then_some(failure)
        }
        Err(error) if error.reason.side() != Side::Upstream => None,
        Err(error) if !error.sent => Some(Failure::Connect),
        Err(error) => Some(match error.reason {
            Reason::UpstreamTimeout | Reason::SendTimeout => Failure::Timeout,
            _ => Failure::Reset,
        }),
    }
}

/// The upstream's time limits, overruled by the chain's.
fn timeouts(upstream: &Upstream, overrule: snapshot::Timeouts) -> ClientTimeouts {
    let own = &upstream.timeouts;
    let connect = overrule.connect.unwrap_or(own.connect.0);
    ClientTimeouts {
        queue: own.queue.0,
        dns: connect,
        connect,
        tls: own.tls.0,
        send: own.send.0,
        first_byte: overrule.first_byte.unwrap_or(own.first_byte.0),
        between: overrule.idle.unwrap_or(own.idle.0),
    }
}
