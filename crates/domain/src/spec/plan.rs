//! Plans.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PolicyUse;

/// Limits under which applications subscribe. Its policies apply to each subscription by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Plan {
    /// What is done to the traffic of each subscription: mostly `rate_limit` and `concurrency`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyUse>,
}
