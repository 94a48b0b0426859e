//! Users, managed by administrators of the installation.

use base::Micros;
use domain::{Role, SYSTEM_TEAM};
use serde::{Deserialize, Serialize};
use store::User;

use crate::identity::{TeamRole, email, name};
use crate::principal::{Principal, Via};
use crate::{Control, ControlError, password};

/// A user as they are listed.
#[derive(Clone, Debug, Serialize)]
pub struct UserView {
    /// The id.
    pub id: String,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// A role for each team.
    pub roles: Vec<TeamRole>,
    /// Whether they may no longer sign in.
    pub disabled: bool,
    /// When they were made.
    pub created_at: Micros,
}

/// A new user, or what changes of one.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// A role for each team.
    pub roles: Vec<TeamRole>,
    /// Whether they may no longer sign in.
    #[serde(default)]
    pub disabled: bool,
    /// A new password; needed for a new user.
    #[serde(default)]
    pub password: Option<String>,
}

impl Control {
    /// Every user.
    pub fn users(&self) -> Result<Vec<UserView>, ControlError> {
        Ok(self.inner.store.users()?.into_iter().map(Into::into).collect())
    }

    /// Makes a user.
    pub fn make_user(&self, new: &UserChange) -> Result<UserView, ControlError> {
        let word = new
            .password
            .as_deref()
            .ok_or_else(|| ControlError::at("/password", "a new user needs a password"))?;
        let user = User {
            id: uuid::Uuid::now_v7().to_string(),
            email: email(&new.email)?,
            name: name(&new.name)?,
            password: password::hash(word)?,
            roles: new.roles.iter().map(|role| (role.team.clone(), role.role)).collect(),
            disabled: new.disabled,
            created_at: self.inner.clock.wall(),
        };
        let _changing = self.inner.users.lock();
        self.inner.store.add_user(&user)?;
        Ok(user.into())
    }

    /// Changes a user. There is always an administrator left. A new password ends the user's sessions, but
    /// for the one by which they changed it themselves.
    pub fn change_user(
        &self,
        principal: &Principal,
        id: &str,
        change: &UserChange,
    ) -> Result<UserView, ControlError> {
        let unknown = || ControlError::NotFound("user");
        self.inner.store.user(id)?.ok_or_else(unknown)?;
        let password = change.password.as_deref().map(password::hash).transpose()?;
        let _changing = self.inner.users.lock();
        let mut user = self.inner.store.user(id)?.ok_or_else(unknown)?;
        user.email = email(&change.email)?;
        user.name = name(&change.name)?;
        user.roles = change.roles.iter().map(|role| (role.team.clone(), role.role)).collect();
        user.disabled = change.disabled;
        user.password = password.unwrap_or(user.password);
        self.keep_an_admin(id, Some(&user))?;
        if !self.inner.store.update_user(&user)? {
            return Err(unknown());
        }
        if change.password.is_some() {
            let own = match &principal.via {
                Via::Session { hash, .. } if principal.user.id == id => Some(hash),
                _ => None,
            };
            self.inner.store.end_sessions(id, own)?;
        }
        Ok(user.into())
    }

    /// Deletes a user with their sessions and tokens.
    pub fn delete_user(&self, principal: &Principal, id: &str) -> Result<(), ControlError> {
        let _changing = self.inner.users.lock();
        self.inner.store.user(id)?.ok_or(ControlError::NotFound("user"))?;
        if principal.user.id == id {
            return Err(ControlError::at("/id", "one does not delete oneself; ask another administrator"));
        }
        self.keep_an_admin(id, None)?;
        Ok(self.inner.store.delete_user(id)?)
    }

    /// Holds as long as `users` is locked.
    fn keep_an_admin(&self, id: &str, change: Option<&User>) -> Result<(), ControlError> {
        let admin = |user: &User| {
            !user.disabled
                && user.roles.iter().any(|(team, role)| team == SYSTEM_TEAM && *role == Role::Admin)
        };
        let others =
            self.inner.store.users()?.into_iter().filter(|user| user.id != id).any(|user| admin(&user));
        if others || change.is_some_and(admin) {
            return Ok(());
        }
        Err(ControlError::at("/roles", "this is the last administrator; name another first"))
    }
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let User { id, email, name, roles, disabled, created_at, .. } = user;
        let roles = roles.into_iter().map(|(team, role)| TeamRole { team, role }).collect();
        Self { id, email, name, roles, disabled, created_at }
    }
}

impl std::fmt::Debug for UserChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserChange").field("email", &self.email).finish_non_exhaustive()
    }
}
