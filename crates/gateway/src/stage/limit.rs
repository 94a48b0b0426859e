//! Rate, concurrency and body limits: every one that applies must allow the call.

use std::net::IpAddr;

use base::Nanos;
use bytes::Bytes;
use domain::spec::policy::CountBy;
use limits::{Decision, Limit, Permit, policy_field, retry_after_field, state_field};
use llm::{Quota, Window};
use message::{BodyError, Fields, Filter, Known, Out, Reason};
use smallvec::SmallVec;
use snapshot::{Backend, RateRule};

use crate::exchange::Exchange;
use crate::inside::Passed;
use crate::{Refusal, ai};

/// What a limit counts apart: whose counter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whose {
    All,
    Stable(u64),
    Address(IpAddr),
}

/// What the data plane keeps for a rate limit.
struct Kept {
    limit: Limit,
    /// Its item of `RateLimit-Policy`.
    policy: Vec<u8>,
}

/// `false`: there is no limit but that of the body.
pub(crate) fn apply(x: &mut Exchange<'_>) -> Result<bool, Refusal> {
    limit_body(x)?;
    if x.vouched.as_ref().is_some_and(|vouched| vouched.passed >= Passed::Limits) {
        return Ok(false);
    }
    if x.chains().all(|chain| chain.concurrency.is_empty() && chain.rates.is_empty()) {
        return Ok(false);
    }
    if !x.vouched.as_ref().is_some_and(|vouched| vouched.held) {
        limit_concurrency(x)?;
    }
    limit_rate(x)?;
    Ok(true)
}

fn limit_rate(x: &mut Exchange<'_>) -> Result<(), Refusal> {
    let now = x.marked();
    let mut answer = std::mem::take(&mut x.answer);
    let outcome = check_rates(x, now, &mut answer);
    x.answer = answer;
    outcome
}

fn check_rates(x: &Exchange<'_>, now: Nanos, answer: &mut Fields) -> Result<(), Refusal> {
    let limiter = &x.shared().state.limiter;
    let key = |rule: &RateRule| limiter.key((rule.id.0, whose(x, rule.by, rule.per_subscription)));
    let mut decided: SmallVec<[(&RateRule, &Kept, Decision); 4]> = SmallVec::new();
    for rule in x.chains().flat_map(|chain| &chain.rates) {
        // The snapshot has refused what is no limit.
        let Some(Ok(kept)) = rule.attachment.get_or_init(|| keep(rule)) else { continue };
        decided.push((rule, kept, limiter.check(key(rule), &kept.limit, 1, now)));
    }
    if decided.is_empty() {
        return Ok(());
    }
    answer.push_with(Known::RateLimitPolicy, |out| {
        for (at, (_, kept, _)) in decided.iter().enumerate() {
            out.extend_from_slice(if at == 0 { b"" } else { b", " });
            out.extend_from_slice(&kept.policy);
        }
    });
    tell_sdk(x, &decided, answer);
    let states = decided.iter().map(|(rule, _, decision)| (rule.name.as_ref(), decision));
    answer.push_with(Known::RateLimit, |out| state_field(out, states));
    let Some((rule, _, decision)) = decided.iter().find(|(_, _, decision)| !decision.allowed) else {
        return Ok(());
    };
    // What other limits have taken for a call that is not made goes back.
    for (rule, kept, _) in decided.iter().filter(|(_, _, decision)| decision.allowed) {
        limiter.refund(key(rule), &kept.limit, 1);
    }
    let detail = format!("limit `{}`: {} requests in {:?}", rule.name, rule.requests, rule.window);
    let refusal = Refusal::new(Reason::RateLimited, detail).shaped(x.shape());
    Err(Refusal { retry_after: Some(retry_after_field(decision).unwrap_or(1).max(1)), ..refusal })
}

/// The tightest limit under the names that the caller's SDK looks at, where models answer.
fn tell_sdk(x: &Exchange<'_>, decided: &[(&RateRule, &Kept, Decision)], answer: &mut Fields) {
    let Some(route) = x.route.as_deref().filter(|route| matches!(route.service.backend, Backend::Ai { .. }))
    else {
        return;
    };
    let tightest = decided.iter().min_by_key(|(_, _, decision)| (decision.allowed, decision.remaining));
    let Some((_, kept, decision)) = tightest else { return };
    let requests = Window {
        limit: Some(kept.limit.quantity()),
        remaining: Some(decision.remaining),
        reset: Some(decision.reset_after),
    };
    let at = x.shared().config.clock.wall().0 / 1_000_000;
    let quota = Quota { requests, at, ..Quota::default() };
    for (name, value) in quota.headers(ai::dialect(x, route)) {
        answer.push_named(name.as_bytes(), value.as_bytes());
    }
}

fn keep(rule: &RateRule) -> Result<Kept, limits::LimitError> {
    let limit = Limit::new(rule.requests, rule.window, rule.burst)?;
    let mut policy = Vec::new();
    policy_field(&mut policy, [(rule.name.as_ref(), &limit)]);
    Ok(Kept { limit, policy })
}

fn limit_concurrency(x: &mut Exchange<'_>) -> Result<(), Refusal> {
    let mut permits: SmallVec<[Permit; 4]> = SmallVec::new();
    for rule in x.chains().flat_map(|chain| &chain.concurrency) {
        let of = (rule.id.0, whose(x, rule.by, rule.per_subscription));
        let Some(permit) = x.shared().state.inflights.acquire(of, rule.max) else {
            let detail = format!("{} calls are under way already, which is the limit", rule.max);
            let refusal = Refusal::new(Reason::ConcurrencyLimited, detail).shaped(x.shape());
            return Err(Refusal { retry_after: Some(1), ..refusal });
        };
        permits.push(permit);
    }
    permits.into_iter().for_each(|permit| x.ledger.hold(permit));
    Ok(())
}

fn limit_body(x: &mut Exchange<'_>) -> Result<(), Refusal> {
    let asked = x.chains().rev().find_map(|chain| chain.body_limit);
    let Some(limit) = asked.or(x.shared().config.body_limit) else { return Ok(()) };
    match x.body.remaining() {
        Some(length) if length <= limit => {}
        Some(length) => {
            let detail = format!("the body has {length} bytes, the limit is {limit}");
            return Err(Refusal::new(Reason::BodyTooLarge, detail).shaped(x.shape()));
        }
        None => x.body.filter(AtMost(limit)),
    }
    Ok(())
}

/// Lets so many bytes pass.
struct AtMost(u64);

impl Filter for AtMost {
    fn data(&mut self, data: Bytes, out: &mut Out) {
        match self.0.checked_sub(data.len() as u64) {
            Some(left) => {
                self.0 = left;
                out.data(data);
            }
            None => out.abort(BodyError::new(Reason::BodyTooLarge, "the body is over the limit")),
        }
    }

    fn end(&mut self, trailers: Option<Fields>, out: &mut Out) {
        if let Some(trailers) = trailers {
            out.trailers(trailers);
        }
    }

    fn changes_length(&self) -> bool {
        false
    }
}

fn whose(x: &Exchange<'_>, by: CountBy, per_subscription: bool) -> Whose {
    let caller = x.caller.as_ref();
    let subscription = caller.and_then(|caller| caller.subscription.as_ref());
    if let (true, Some(subscription)) = (per_subscription, subscription) {
        return Whose::Stable(subscription.stable.0);
    }
    let address = || Whose::Address(network(x.ledger.client()));
    match by {
        CountBy::All => Whose::All,
        CountBy::ClientAddress => address(),
        CountBy::Application => {
            caller.map_or_else(address, |c| Whose::Stable(c.credential.application.stable.0))
        }
        CountBy::Credential => caller.map_or_else(address, |c| Whose::Stable(c.credential.stable.0)),
    }
}

/// One subscriber of a network has a whole /64 of IPv6 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        other => other,
    }
}
