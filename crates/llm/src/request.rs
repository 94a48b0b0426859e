//! The client's request as bytes: what the gateway must know of it, and how to change it without touching
//! the rest.

mod peek;
mod rewrite;
mod weigh;

pub(crate) use peek::Member;
pub use peek::{Address, Peek, peek};
pub use rewrite::{Rewrite, rewrite};
