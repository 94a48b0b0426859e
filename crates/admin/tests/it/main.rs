//! The admin API over its router, with a real store and call log in a folder of its own.

mod calls;
mod contract;
mod documents;
mod edges;
mod session;
mod setup;
mod support;
mod sweep;
mod system;
mod tokens;
mod users;
