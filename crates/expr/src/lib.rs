//! The small languages of flows: JSON Pointer (RFC 6901), the runtime expressions of Arazzo and OpenAPI, Arazzo's
//! simple conditions, and CEL. Values in, values out: where they come from is for the caller.

#![warn(missing_docs, clippy::indexing_slicing)]

mod canonical;
pub mod cel;
pub mod condition;
mod pointer;
pub mod runtime;
pub mod template;

pub use canonical::{canonical, canonical_bytes, canonical_object};
pub use cel::Cel;
pub use condition::Condition;
pub use pointer::{Pointer, PointerError};
pub use runtime::Expression;
pub use template::Template;
