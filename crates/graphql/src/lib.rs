//! GraphQL, values in and values out: how it is carried over HTTP (`http`), what a query may ask for (`guard`), a schema
//! that is served from calls (`serve`), and the protocols of subscriptions (`subscribe`). No sockets, no clock: whoever
//! uses it brings requests and makes calls.

#![warn(missing_docs)]

mod error;
pub mod guard;
pub mod http;
mod parse;
pub mod serve;
pub mod subscribe;
mod tokens;

pub use error::{Error, Location, Part};
