//! The client's request as bytes: what the gateway must know of it, and how to change it without touching
//! the rest.

mod form;
mod peek;
mod rewrite;
mod weigh;

pub use form::{Form, peek_form};
pub use peek::{Address, Peek, peek, peek_passing};
pub(crate) use peek::{Member, peek_members};
pub use rewrite::{Rewrite, rewrite};
