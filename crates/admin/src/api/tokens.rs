//! `/api/v1/tokens`: one's own API tokens.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;

use control::TokenView;
use domain::Permission;
use schemars::JsonSchema;
use serde::Serialize;

use crate::time;

/// An API token as it is listed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ApiToken {
    /// The public id.
    id: String,
    /// What it is for.
    name: String,
    /// What it may do.
    scopes: Vec<Permission>,
    /// The only team in which it may; null: all of its maker's.
    team: Option<String>,
    /// When it was made.
    created_at: String,
    /// When it ends; null: never.
    expires_at: Option<String>,
    /// When it was last used, to a minute.
    last_used_at: Option<String>,
}

impl From<TokenView> for ApiToken {
    fn from(view: TokenView) -> Self {
        let TokenView { id, name, scopes, team, created_at, expires_at, last_used_at } = view;
        Self {
            id,
            name,
            scopes,
            team,
            created_at: time::show(created_at),
            expires_at: expires_at.map(time::show),
            last_used_at: last_used_at.map(time::show),
        }
    }
}
