//! The gateway's own HTTP messages: heads, fields, bodies, and the closed table of reason codes.
//! No parsing (that is `http1`) and no I/O; every protocol and every kind of caller speaks these types.
#![warn(missing_docs)]

mod body;
mod cache_control;
mod fields;
mod head;
mod known;
mod list;
mod method;
pub mod percent;
mod prefer;
mod reason;

pub use body::{Body, BodyError, Filter, Frame, Guard, Out, Outcome, Stream};
pub use cache_control::CacheControl;
pub use fields::{Fields, Iter, Span};
pub use head::{RequestHead, ResponseHead, Scheme, Version};
pub use known::Known;
pub use list::{Quoted, parts};
pub use method::Method;
pub use prefer::{Prefers, idempotency_key};
pub use reason::{Reason, Side};
