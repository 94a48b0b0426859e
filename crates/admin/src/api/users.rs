//! `/api/v1/users`: who may sign in.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod update;

use control::{UserChange, UserView};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session::RoleIn;
use crate::time;

/// Someone who may sign in.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct User {
    /// The id.
    id: String,
    /// The address.
    email: String,
    /// The name for people.
    name: String,
    /// A role for each team; that of `system` holds in every team.
    roles: Vec<RoleIn>,
    /// Whether they may no longer sign in.
    disabled: bool,
    /// When they were made.
    created_at: String,
}

/// A new user, or what a user is to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBody {
    /// The address.
    email: String,
    /// The name for people.
    name: String,
    /// A role for each team; that of `system` holds in every team.
    roles: Vec<RoleIn>,
    /// Whether they may no longer sign in.
    #[serde(default)]
    disabled: bool,
    /// A new password, at least 12 characters; needed for a new user.
    #[serde(default)]
    password: Option<String>,
}

impl From<UserView> for User {
    fn from(view: UserView) -> Self {
        let UserView { id, email, name, roles, disabled, created_at } = view;
        let roles = roles.into_iter().map(RoleIn::from).collect();
        Self { id, email, name, roles, disabled, created_at: time::show(created_at) }
    }
}

impl From<UserBody> for UserChange {
    fn from(body: UserBody) -> Self {
        let UserBody { email, name, roles, disabled, password } = body;
        let roles = roles.into_iter().map(Into::into).collect();
        Self { email, name, roles, disabled, password }
    }
}
