//! One attempt at one target, noted in the ledger and reported to the target's health.

use std::borrow::Cow;
use std::sync::Arc;

use base::Nanos;
use message::{Body, Reason, RequestHead, Side};
use net::{ClientTimeouts, Interim, Received, Response, SendError, SendOptions};
use resilience::{Failure, Outcome, Pick, RetryPolicy};
use snapshot::Upstream;
use trace::Attempt;

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
    /// 1 for the first.
    pub(crate) number: u8,
    /// When it begins: now.
    pub(crate) at: Nanos,
    /// Why it is made, where it is not the first.
    pub(crate) reason: Option<String>,
    pub(crate) overrule: snapshot::Timeouts,
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
        let detail = Cow::Borrowed("the target is gone");
        let reason = Reason::InternalError;
        return Err(SendError { reason, detail, sent: false, body_intact: true, stale: None });
    };
    let number = x.ledger.attempts().saturating_add(1);
    let started_us = once.at.micros_since(x.ledger.started());
    let mut attempt = Attempt::new(number, Arc::clone(&compiled.label), started_us);
    attempt.retry_of = (once.number > 1).then(|| number.saturating_sub(1));
    attempt.reason = once.reason.clone().map(Cow::Owned);
    let options = SendOptions {
        timeouts: timeouts(once.upstream, once.overrule),
        interim: if once.relays { x.interim.clone() } else { Interim::default() },
        upgrade: x.upgrade.as_ref().filter(|_| once.relays).map(|upgrade| upgrade.protocol.clone()),
        started: x.ledger.started(),
        at: Some(once.at),
    };
    let outcome = x.core.client.send(target, once.head, body, &options, &mut attempt).await;
    let now = x.read_clock();
    match outcome {
        Ok(mut response) => {
            if let Some(stale) = response.stale.take() {
                x.ledger.attempt(*stale, None);
            }
            once.running.set.report_status(once.pick, response.head.status, now);
            let receipt = match &response.received {
                Received::Done => None,
                Received::Later(receipt) => Some(Arc::clone(receipt)),
            };
            x.ledger.attempt(attempt, receipt);
            Ok(response)
        }
        Err(mut error) => {
            if let Some(stale) = error.stale.take() {
                x.ledger.attempt(*stale, None);
            }
            // Neither a body that the client did not finish nor our own queue says anything of the target.
            if error.reason.side() == Side::Upstream && error.reason != Reason::QueueTimeout {
                once.running.set.report(once.pick, Outcome::Failure, now);
            }
            attempt.error = Some(Cow::Borrowed(error.reason.code()));
            x.ledger.attempt(attempt, None);
            Err(error)
        }
    }
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
