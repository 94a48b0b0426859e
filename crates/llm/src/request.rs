//! The client's request as bytes: what the gateway must know of it, and how to change it without touching
//! the rest.

mod peek;
mod rewrite;
mod weigh;

pub use peek::{Address, Peek, peek};
pub(crate) use peek::{Member, peek_members};
pub use rewrite::{Rewrite, rewrite};
