//! Jobs of a service: calls that are answered later.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ByteSize, Span};

/// Calls that are answered later, each a job below one path of the service. `{}` switches it on, by defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Jobs {
    /// Below it the jobs are found, as the service's own paths are; a route must lead there.
    pub path: String,
    /// How long a job is found after its end, at most `30d`.
    pub retention: Span,
    /// How many run at once, 1 to 1000; further ones wait.
    pub max_running: u32,
    /// How many may wait, at most 100000; further ones are refused.
    pub max_queued: u32,
    /// The most that is noted of the answers within a job, at most `256MiB`.
    pub max_journal: ByteSize,
    /// Calls of routes that run no flow may be made again where nobody knows whether they were made, also those that
    /// change something.
    pub repeatable: bool,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            path: "/jobs".into(),
            retention: Span::secs(86_400),
            max_running: 16,
            max_queued: 1_000,
            max_journal: ByteSize(16 << 20),
            repeatable: false,
        }
    }
}
