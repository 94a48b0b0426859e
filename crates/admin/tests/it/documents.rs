//! Documents.

mod files;
mod health;
mod history;
mod keys;
mod list;
mod secrets;
mod validate;
mod write;
