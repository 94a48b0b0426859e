//! Which target a call goes to, which targets are left out for a while, and whether a failed attempt is
//! made again. Time and randomness in, decisions out; state that must outlive a configuration is kept
//! by stable id.
#![warn(missing_docs)]

mod balance;
mod health;
mod retry;
mod statuses;
mod targets;

pub use balance::SmoothWrr;
pub use health::{EjectionPolicy, HealthRegistry, HealthState, Outcome, TargetHealth};
pub use retry::{
    Backoff, BudgetPolicy, Failure, NoRetry, RetryBudget, RetryDecision, RetryPolicy, RetryRequest,
};
pub use statuses::Statuses;
pub use targets::{Member, NoTarget, Pick, TargetSet, WhenNoneHealthy};
