//! The translations, as a caller of this crate sees them: golden files, and streams cut anywhere.

mod cuts;
mod errors;
mod requests;
mod responses;
mod streams;
mod support;
