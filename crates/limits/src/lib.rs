//! Limits on calls: rates (GCRA) and calls under way, shared by all threads of the process and keyed by
//! stable ids, so that they outlive a change of configuration. Values and a time in, decisions out.
#![warn(missing_docs)]

mod fields;
mod gcra;
mod inflight;
mod key;
mod limiter;

pub use fields::{policy_field, retry_after_field, state_field};
pub use gcra::{Decision, Gcra, Limit, LimitError};
pub use inflight::{Inflights, Permit};
pub use key::Key;
pub use limiter::{Limiter, LimiterStats};
