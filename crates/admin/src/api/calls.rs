//! `/api/v1/calls`: calls as they were recorded.

pub(crate) mod bodies;
mod detail;
mod filter;
pub(crate) mod list;
pub(crate) mod live;
pub(crate) mod read;
pub(crate) mod view;

pub(crate) use filter::teams;
