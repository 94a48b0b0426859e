//! `/api/v1/session`.

mod create;
mod forgery;
mod lifetime;
