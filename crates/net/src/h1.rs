//! HTTP/1 towards clients: one task a connection, one read and one write a small request.

mod body;
mod driver;
mod head;
mod link;
mod presence;
mod respond;

pub(crate) use driver::serve;
pub(crate) use link::Link;
