//! `/api/v1/session`: signing in and out.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod read;

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use control::{Control, LoggedIn, Principal, TeamRole};
use domain::{Permission, Role};
use http::StatusCode;
use http::header::SET_COOKIE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::cookie;
use crate::extract::Json;
use crate::problem::Problem;

/// What a signed-in person is told of themselves.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Session")]
pub(crate) struct SessionInfo {
    /// Who they are.
    user: SessionUser,
    /// A role for each team; that of `system` holds in every team.
    roles: Vec<RoleIn>,
    /// The teams whose documents they may read.
    teams: Vec<String>,
    /// What they may do, by team.
    permissions: BTreeMap<String, Vec<Permission>>,
    /// To be sent as `x-csrf-token` with every unsafe request; null with a token.
    csrf_token: Option<String>,
    /// The version of weir.
    version: String,
}

/// The user of a session.
#[derive(Debug, Serialize, JsonSchema)]
struct SessionUser {
    /// The id.
    id: String,
    /// The address.
    email: String,
    /// The name.
    name: String,
}

/// A role in a team.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleIn {
    /// The team; `system` stands for all.
    pub(crate) team: String,
    /// The role.
    pub(crate) role: Role,
}

impl SessionInfo {
    pub(crate) fn of(control: &Control, principal: &Principal, version: &str) -> Self {
        let view = control.session_view(principal);
        let rights = |team: &String| {
            let all = Permission::ALL.iter().copied();
            (team.clone(), all.filter(|permission| principal.can(team, *permission)).collect())
        };
        let user = SessionUser { id: view.user.id, email: view.user.email, name: view.user.name };
        Self {
            user,
            roles: view.roles.into_iter().map(RoleIn::from).collect(),
            permissions: view.teams.iter().map(rights).collect(),
            teams: view.teams,
            csrf_token: view.csrf_token,
            version: version.to_owned(),
        }
    }
}

impl From<TeamRole> for RoleIn {
    fn from(TeamRole { team, role }: TeamRole) -> Self {
        Self { team, role }
    }
}

impl From<RoleIn> for TeamRole {
    fn from(RoleIn { team, role }: RoleIn) -> Self {
        Self { team, role }
    }
}

/// The answer to someone whose session has just begun.
pub(crate) async fn signed_in(
    app: &App,
    begun: LoggedIn,
    secure: bool,
    status: StatusCode,
) -> Result<Response, Problem> {
    let version = app.admin.version;
    let cookie = cookie::set(&begun.cookie, secure);
    let principal = begun.principal;
    let info = app.run(move |control| Ok(SessionInfo::of(control, &principal, version))).await?;
    let mut response = (status, Json(info)).into_response();
    response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}
