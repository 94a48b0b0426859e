//! Serving a call from an upstream: attempts, targets, retries.

mod attempt;
mod deadline;
mod forward;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Nanos};
use domain::spec::policy::Retry;
use message::{Body, Reason, RequestHead};
use net::{Reply, Response, SendError};
use resilience::{Backoff, Failure, Pick, RetryDecision, RetryPolicy, RetryRequest, Statuses};
use smallvec::SmallVec;
use snapshot::{HostRule, Route, Timeouts, Upstream};

pub(crate) use attempt::{Once, failure_of, phase_of, send_once};
pub(crate) use deadline::{Deadline, within};
pub(crate) use forward::{announce, came};

use crate::Refusal;
use crate::exchange::Exchange;
use crate::gateway::Shared;
use crate::problem::whole_seconds;
use crate::state::Running;

/// A body up to this long is read ahead where retries are allowed, so that it can be sent again.
const REPLAY: u64 = 64 * 1024;

pub(crate) async fn serve(
    x: &mut Exchange<'_>,
    route: &Arc<Route>,
    upstream: &Arc<Upstream>,
) -> Result<Reply, Refusal> {
    x.ledger.note(|record| record.upstream = Some(Arc::clone(&upstream.label)));
    if !route.keeps_path() {
        let (strip, before) = route.path_change(x.head.path());
        x.head.change_path(strip, before);
    }
    announce(x);
    let overrule = x.timeouts();
    // Given back whatever happens, since the record may want it.
    let mut head = x.take_head();
    let response = {
        // Pinned once, so that the two ways to wait for it do not make two of it.
        let deadline = Deadline::of(&overrule);
        let attempts = pin!(run(x, upstream, (overrule, deadline), &mut head));
        within(deadline, attempts).await
    };
    x.head = head;
    let response = response?;
    let extended = x.upgrade.as_ref().is_some_and(|upgrade| upgrade.extended_connect);
    if extended && response.tunnel.is_none() && (200..300).contains(&response.head.status) {
        // To the client a success would be an accepted protocol.
        let detail = "the upstream passed over the change of protocol (RFC 8441 §5)";
        return Err(Refusal::new(Reason::UpstreamMalformed, detail));
    }
    Ok(forward::answer(x, response))
}

async fn run(
    x: &mut Exchange<'_>,
    upstream: &Upstream,
    (overrule, deadline): (Timeouts, Option<Deadline>),
    head: &mut RequestHead,
) -> Result<Response, Refusal> {
    let core = x.core;
    let running =
        core.shared.state.running(upstream).map_err(|message| Refusal::new(Reason::TlsFailed, message))?;
    let policy = retry_policy(x.chains().rev().find_map(|chain| chain.retry.as_ref()), running.targets.len());
    let mut body = std::mem::take(&mut x.body);
    if policy.max_attempts > 1 && body.remaining().is_some_and(|length| length > 0 && length <= REPLAY) {
        let read = body.collect(usize::try_from(REPLAY).unwrap_or(usize::MAX)).await;
        body = Body::full(read.map_err(|error| Refusal::new(error.reason, error.detail))?);
    }
    let mut now = x.marked();
    running.budget.deposit(now);
    let mut tried: SmallVec<[usize; 4]> = SmallVec::new();
    let mut reason = None;
    for number in 1..=u8::MAX {
        let pick = running.set.pick(now, &tried).map_err(|none| no_target(upstream, none.retry_after))?;
        tried.push(pick.index);
        set_host(head, upstream, pick.index);
        let once =
            Once { upstream, running, pick: &pick, head, at: now, reason, overrule, deadline, relays: true };
        let outcome = send_once(x, &once, &mut body).await;
        let Some(failure) = failure_of(&outcome, &policy) else { return outcome.map_err(refusal) };
        let request = RetryRequest {
            attempts: number,
            method: &head.method,
            replayable: is_whole(&outcome),
            failure,
            time_left: None,
        };
        now = x.latest();
        match core.with_rng(|rng| policy.decide(&request, &running.budget, now, rng)) {
            RetryDecision::No(_) => return outcome.map_err(refusal),
            RetryDecision::After(wait) => {
                // What is not read of its answer is not received while we wait.
                drop(outcome);
                now = pause(&core.shared.config.clock, wait).await;
            }
        }
        reason = Some(describe(failure));
        // All were tried: the next round may try them again.
        if tried.len() >= running.targets.len() {
            tried.clear();
        }
    }
    Err(Refusal::new(Reason::NoHealthyUpstream, "no attempt succeeded"))
}

/// Whether the request's body can be sent once more.
fn is_whole(outcome: &Result<Response, SendError>) -> bool {
    match outcome {
        Ok(response) => response.body_intact,
        Err(error) => error.body_intact,
    }
}

/// Waits; gives the time after.
async fn pause(clock: &Clock, wait: Duration) -> Nanos {
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    clock.now()
}

/// What the upstream sees as `Host`.
fn set_host(head: &mut RequestHead, upstream: &Upstream, target: usize) {
    match &upstream.host {
        HostRule::Client => {}
        HostRule::Value(host) => head.set_authority(host),
        HostRule::Target => {
            if let Some(target) = upstream.targets.get(target) {
                head.set_authority(&target.label);
            }
        }
    }
}

fn retry_policy(retry: Option<&Retry>, targets: usize) -> RetryPolicy {
    let Some(retry) = retry else {
        // Where nothing was sent there is nothing to lose: each other target is tried once.
        let attempts = u8::try_from(targets.clamp(1, 3)).unwrap_or(1);
        return RetryPolicy {
            max_attempts: attempts,
            any_method: false,
            on_timeout: false,
            on_reset: false,
            statuses: Statuses::none(),
            backoff: Backoff { base: Duration::ZERO, max: Duration::ZERO },
        };
    };
    RetryPolicy {
        max_attempts: retry.attempts,
        any_method: retry.unsafe_methods,
        on_timeout: true,
        on_reset: true,
        statuses: retry.statuses.iter().copied().collect(),
        backoff: Backoff { base: retry.backoff.0, max: retry.max_backoff.0 },
    }
}

fn describe(failure: Failure) -> String {
    match failure {
        Failure::Connect => "connect_failed".into(),
        Failure::Reset => "upstream_reset".into(),
        Failure::Timeout => "upstream_timeout".into(),
        Failure::Status(status, _) => format!("status_{status}"),
    }
}

pub(crate) fn refusal(error: SendError) -> Refusal {
    Refusal::new(error.reason, error.detail)
}

/// A target for a request that is tried once, and its upstream's running form.
pub(crate) fn one_target<'u>(
    shared: &Shared,
    upstream: &'u Upstream,
    now: Nanos,
) -> Result<(&'u Running, Pick), Refusal> {
    let running = shared.state.running(upstream);
    let running = running.map_err(|message| Refusal::new(Reason::TlsFailed, message))?;
    let pick = running.set.pick(now, &[]).map_err(|none| no_target(upstream, none.retry_after))?;
    Ok((running, pick))
}

fn no_target(upstream: &Upstream, retry_after: Option<Duration>) -> Refusal {
    let detail = format!("every target of upstream `{}` is ejected", upstream.label);
    let refusal = Refusal::new(Reason::NoHealthyUpstream, detail);
    Refusal { retry_after: retry_after.map(whole_seconds), ..refusal }
}
