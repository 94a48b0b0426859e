//! Teams.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PolicyUse;

/// The tenant; owns everything else. The document's own team must be its name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Team {
    /// Hosts that only this team's routes may match, exact or `*.example.com`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Path prefixes that only this team's routes may match on hosts that no team claims.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path_prefixes: Vec<String>,
    /// Policies of all the team's services; the team `system`'s are those of the whole gateway.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyUse>,
}
