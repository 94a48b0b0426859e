//! The small languages of flows: JSON Pointer (RFC 6901), the runtime expressions of Arazzo and OpenAPI, and Arazzo's
//! simple conditions. Values in, values out: where they come from is for the caller.

#![warn(missing_docs, clippy::indexing_slicing)]

pub mod condition;
mod pointer;
pub mod runtime;
pub mod template;

pub use condition::Condition;
pub use pointer::{Pointer, PointerError};
pub use runtime::Expression;
pub use template::Template;
