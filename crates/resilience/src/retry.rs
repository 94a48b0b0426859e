//! Whether a failed attempt is made again, and when.

use std::time::Duration;

use base::{Nanos, Rng};
use message::Method;

use crate::statuses::Statuses;

mod budget;
#[cfg(test)]
mod tests;

pub use budget::{BudgetPolicy, RetryBudget};

/// What is made again, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included; 1 retries nothing.
    pub max_attempts: u8,
    /// Retry methods that are not idempotent as well (RFC 9110 §9.2.2), although they may then take
    /// effect twice.
    pub any_method: bool,
    /// Retry when an answer took too long.
    pub on_timeout: bool,
    /// Retry when a connection broke before an answer.
    pub on_reset: bool,
    /// Statuses to retry.
    pub statuses: Statuses,
    /// How long to wait before the next attempt.
    pub backoff: Backoff,
}

/// Exponential, with full jitter: a random part of `base`, then of twice `base`, up to `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The bound of the first wait.
    pub base: Duration,
    /// The bound of any wait, also of one asked for by `Retry-After`.
    pub max: Duration,
}

/// How an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection came about: nothing was sent.
    Connect,
    /// The connection broke before the head of the answer.
    Reset,
    /// The answer did not begin in time.
    Timeout,
    /// The target answered with this status, and perhaps with `Retry-After`.
    Status(u16, Option<Duration>),
}

/// An attempt that failed, before anything of its answer went to the client.
#[derive(Clone, Copy, Debug)]
pub struct RetryRequest<'a> {
    /// Attempts made, the failed one included.
    pub attempts: u8,
    /// The request's method.
    pub method: &'a Method,
    /// The body can be sent again: there is none, or it was kept.
    pub replayable: bool,
    /// How it failed.
    pub failure: Failure,
    /// The time left for the call; `None` if it is not limited.
    pub time_left: Option<Duration>,
}

/// Whether to make another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    /// After this time.
    After(Duration),
    /// Not, and why.
    No(NoRetry),
}

/// Why no further attempt is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRetry {
    /// As many attempts as allowed were made.
    Exhausted,
    /// The policy does not retry this failure.
    NotRetryable,
    /// The request may have taken effect, and its method is not idempotent.
    Unsafe,
    /// The body is gone.
    BodyGone,
    /// Too many calls are retried already.
    OverBudget,
    /// The wait would take longer than the policy or the time left allows.
    TooLong,
}

// === impl RetryPolicy ===

impl RetryPolicy {
    /// Decides; a decision to retry is paid for from the budget.
    pub fn decide(
        &self,
        request: &RetryRequest<'_>,
        budget: &RetryBudget,
        now: Nanos,
        rng: &mut Rng,
    ) -> RetryDecision {
        match self.wait(request, rng) {
            Err(why) => RetryDecision::No(why),
            Ok(_) if !budget.withdraw(now) => RetryDecision::No(NoRetry::OverBudget),
            Ok(wait) => RetryDecision::After(wait),
        }
    }

    fn wait(&self, request: &RetryRequest<'_>, rng: &mut Rng) -> Result<Duration, NoRetry> {
        let failure = request.failure;
        if request.attempts >= self.max_attempts {
            return Err(NoRetry::Exhausted);
        }
        if !self.retries(failure) {
            return Err(NoRetry::NotRetryable);
        }
        if !failure.sent_nothing() && !self.any_method && !request.method.is_idempotent() {
            return Err(NoRetry::Unsafe);
        }
        if !request.replayable {
            return Err(NoRetry::BodyGone);
        }
        let wait = match failure {
            Failure::Status(_, Some(asked)) if asked > self.backoff.max => return Err(NoRetry::TooLong),
            Failure::Status(_, Some(asked)) => asked,
            _ => self.backoff.wait(request.attempts, rng),
        };
        match request.time_left {
            Some(left) if wait >= left => Err(NoRetry::TooLong),
            _ => Ok(wait),
        }
    }

    fn retries(&self, failure: Failure) -> bool {
        match failure {
            Failure::Connect => true,
            Failure::Reset => self.on_reset,
            Failure::Timeout => self.on_timeout,
            Failure::Status(status, _) => self.statuses.contains(status),
        }
    }
}

/// Three attempts in all, of idempotent methods, on broken connections and 502, 503, 504; 25 ms to 1 s apart.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            any_method: false,
            on_timeout: false,
            on_reset: true,
            statuses: Statuses::of([502..=504]),
            backoff: Backoff { base: Duration::from_millis(25), max: Duration::from_secs(1) },
        }
    }
}

// === impl Backoff ===

impl Backoff {
    /// A wait after so many attempts (from 1).
    pub fn wait(&self, attempts: u8, rng: &mut Rng) -> Duration {
        let factor = 1_u32.checked_shl(u32::from(attempts.saturating_sub(1))).unwrap_or(u32::MAX);
        let bound = self.base.checked_mul(factor).unwrap_or(self.max).min(self.max);
        let nanos = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(rng.below(nanos.saturating_add(1)))
    }
}

// === impl Failure ===

impl Failure {
    /// The target cannot have acted on the request.
    pub const fn sent_nothing(self) -> bool {
        matches!(self, Self::Connect)
    }
}
