//! Who asks, and what they may.

use domain::{Permission, Role, SYSTEM_TEAM};
use store::{Token, User};

use crate::ControlError;

/// Someone who is signed in.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The user.
    pub user: User,
    /// How they are signed in.
    pub via: Via,
}

/// How someone is signed in.
#[derive(Clone, Debug)]
pub enum Via {
    /// By a browser's session; unsafe requests must show this.
    Session {
        /// The session's CSRF token.
        csrf: String,
        /// The session's hash.
        hash: [u8; 32],
    },
    /// By an API token.
    Token(Box<Token>),
}

impl Principal {
    /// Whether they may do something in a team.
    pub fn can(&self, team: &str, permission: Permission) -> bool {
        let by_role = self.role(team).is_some_and(|role| role.allows(permission));
        by_role
            && match &self.via {
                Via::Session { .. } => true,
                Via::Token(token) => {
                    token.scopes.contains(&permission)
                        && token.team.as_deref().is_none_or(|only| only == team)
                }
            }
    }

    /// Whether they may do anything in a team, and so may know of it.
    pub fn knows(&self, team: &str) -> bool {
        Permission::ALL.iter().any(|permission| self.can(team, *permission))
    }

    /// Whether they may do something to the installation as a whole.
    pub fn can_system(&self, permission: Permission) -> bool {
        self.can(SYSTEM_TEAM, permission)
    }

    /// The teams in which they may do something; `None`: all.
    pub fn teams(&self, permission: Permission) -> Option<Vec<String>> {
        let only = match &self.via {
            Via::Token(token) => token.team.clone(),
            Via::Session { .. } => None,
        };
        if only.is_none() && self.can_system(permission) {
            return None;
        }
        let named = self.user.roles.iter().map(|(team, _)| team.clone());
        let mut teams: Vec<String> = named.chain(only).filter(|team| self.can(team, permission)).collect();
        teams.sort();
        teams.dedup();
        Some(teams)
    }

    /// Refuses what they may not: as unknown where they may not even know of the team.
    pub(crate) fn require(
        &self,
        team: &str,
        permission: Permission,
        what: &'static str,
    ) -> Result<(), ControlError> {
        if self.can(team, permission) {
            Ok(())
        } else if self.knows(team) {
            Err(ControlError::Forbidden(permission.as_str()))
        } else {
            Err(ControlError::NotFound(what))
        }
    }

    /// What `by` in histories says.
    pub fn label(&self) -> String {
        match &self.via {
            Via::Session { .. } => self.user.email.clone(),
            Via::Token(token) => format!("{} (token {})", self.user.email, token.name),
        }
    }

    /// The system team's role holds in every team.
    fn role(&self, team: &str) -> Option<Role> {
        let of =
            |wanted: &str| self.user.roles.iter().find(|(team, _)| team == wanted).map(|(_, role)| *role);
        match (of(SYSTEM_TEAM), of(team)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}
