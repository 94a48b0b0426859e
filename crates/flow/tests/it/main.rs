//! Flows as the specification has them: its schema's cases, its examples, and what 1.1 added.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod entry;
mod examples;
mod extensions;
mod features;
mod random;
mod runner;
mod schema;

use flow::{Document, Mistake};
use serde_json::Value;

/// A value written as YAML.
fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What is wrong with a document.
fn mistakes(document: &Value) -> Vec<Mistake> {
    Document::read(document).err().unwrap_or_default()
}
