//! `/api/v1/setup`: the first administrator.

pub(crate) mod create;
pub(crate) mod read;
