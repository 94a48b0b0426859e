//! What a signed-in person or a token may do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One right. Every admin route declares the one it needs. All hold within a team, except where said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Read documents and their history.
    DocumentsRead,
    /// Create, change, delete and roll back documents.
    DocumentsWrite,
    /// Search calls and read one with its spans.
    CallsRead,
    /// Read the bodies of calls, where a policy keeps them.
    BodiesRead,
    /// Read metrics, for the overview.
    MetricsRead,
    /// Make and revoke one's own API tokens.
    TokensManage,
    /// Read and change users and their roles (installation-wide).
    UsersManage,
    /// Read the state of the installation: listeners, store, version (installation-wide).
    SystemRead,
}

/// A named set of rights, given to a user for a team; for the team `system` it holds in every team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
    /// Everything but users and the bodies of calls.
    Editor,
    /// Reads alone, and no bodies of calls.
    Viewer,
}

impl Permission {
    /// Every right.
    pub const ALL: &'static [Self] = &[
        Self::DocumentsRead,
        Self::DocumentsWrite,
        Self::CallsRead,
        Self::BodiesRead,
        Self::MetricsRead,
        Self::TokensManage,
        Self::UsersManage,
        Self::SystemRead,
    ];

    /// As tokens' scopes and the API document spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DocumentsRead => "documents_read",
            Self::DocumentsWrite => "documents_write",
            Self::CallsRead => "calls_read",
            Self::BodiesRead => "bodies_read",
            Self::MetricsRead => "metrics_read",
            Self::TokensManage => "tokens_manage",
            Self::UsersManage => "users_manage",
            Self::SystemRead => "system_read",
        }
    }

    /// The right of a spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.as_str() == text)
    }
}

impl Role {
    /// Whether the role includes the right.
    pub fn allows(self, permission: Permission) -> bool {
        match self {
            Self::Admin => true,
            Self::Editor => !matches!(permission, Permission::UsersManage | Permission::BodiesRead),
            Self::Viewer => matches!(
                permission,
                Permission::DocumentsRead
                    | Permission::CallsRead
                    | Permission::MetricsRead
                    | Permission::TokensManage
                    | Permission::SystemRead
            ),
        }
    }
}
