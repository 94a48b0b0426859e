//! How often one may try to sign in.

use std::time::Duration;

use base::Nanos;
use limits::{Limit, Limiter};

use crate::ControlError;

/// Counts tries by account and by address.
#[derive(Debug)]
pub(crate) struct Throttle {
    limiter: Limiter,
}

/// Tries in ten minutes: of one account, and from one address.
const PER_ACCOUNT: u64 = 10;
const PER_ADDRESS: u64 = 30;
const WINDOW: Duration = Duration::from_mins(10);

impl Throttle {
    pub(crate) fn new() -> Self {
        Self { limiter: Limiter::new(50_000) }
    }

    /// Counts a try. One from an address that has had its tries is none of the account's: else a single
    /// address could shut others out.
    pub(crate) fn count(&self, account: &str, address: &str, now: Nanos) -> Result<(), ControlError> {
        for (kind, who, quantity) in [("address", address, PER_ADDRESS), ("account", account, PER_ACCOUNT)] {
            let limit = Limit::new(quantity, WINDOW, quantity)
                .map_err(|_| ControlError::Internal("a limit is none"))?;
            let decision = self.limiter.check(self.limiter.key((kind, who)), &limit, 1, now);
            if !decision.allowed {
                let wait = decision.retry_after.map_or(WINDOW.as_secs(), |wait| wait.as_secs() + 1);
                return Err(ControlError::Throttled(wait));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_refused_uses_up_no_account() {
        let throttle = Throttle::new();
        let now = Nanos(1);
        for other in 0..PER_ADDRESS {
            throttle.count(&format!("user-{other}"), "192.0.2.1", now).unwrap();
        }
        for _ in 0..PER_ACCOUNT {
            assert!(throttle.count("ann", "192.0.2.1", now).is_err());
        }
        throttle.count("ann", "192.0.2.2", now).unwrap();
    }
}
