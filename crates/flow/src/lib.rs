//! Flows: Arazzo documents read, planned and run at the most parallelism that their data allows. No I/O: calls are made by
//! whoever runs a plan.

#![warn(missing_docs)]

pub mod document;
mod mistakes;
pub mod plan;
pub mod request;
pub mod resolve;
pub mod run;
pub mod values;

pub use document::Document;
pub use mistakes::{Mistake, Mistakes};
pub use plan::Plan;
