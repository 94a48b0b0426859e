//! Flows: Arazzo documents read, planned and run at the most parallelism that their data allows. No I/O: calls are made by
//! whoever runs a plan.

#![warn(missing_docs)]

pub mod describe;
pub mod document;
pub mod engine;
pub mod extension;
pub mod inputs;
mod mistakes;
pub mod plan;
pub mod program;
mod query;
pub mod request;
pub mod resolve;
pub mod run;
pub mod short;
mod sieve;
pub mod values;

pub use document::Document;
pub use engine::Engine;
pub use mistakes::{Mistake, Mistakes};
pub use plan::Plan;
pub use program::Program;
