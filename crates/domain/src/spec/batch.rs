//! Batches of a service: many requests in one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ByteSize;

/// Many requests in one, at one path of the service. What is not said has its default: `{}` switches it on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Batch {
    /// Where batches are sent to by `POST`, as the service's own paths are; a route must lead there.
    pub path: String,
    /// The most requests of a batch, 1 to 1000.
    pub max_items: u32,
    /// How many of them are under way at once, 1 to 64.
    pub concurrency: u32,
    /// The longest batch, at most `32MiB`; it is held in memory.
    pub max_body: ByteSize,
    /// The longest that all answers together may be, at most `256MiB`; they are held in memory.
    pub max_answer: ByteSize,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            path: "/batch".into(),
            max_items: 20,
            concurrency: 8,
            max_body: ByteSize(1 << 20),
            max_answer: ByteSize(8 << 20),
        }
    }
}
