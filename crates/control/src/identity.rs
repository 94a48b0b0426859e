//! The first administrator, signing in and out, and who a request comes from.

use std::time::Duration;

use base::Micros;
use domain::{Permission, Role, SYSTEM_TEAM};
use serde::{Deserialize, Serialize};
use store::{Session, User};

use crate::principal::{Principal, Via};
use crate::{Control, ControlError, hash, password, random_text};

/// The name under which the set-up token's hash is kept.
const SETUP: &str = "setup_token";
/// A session ends when it was not used for so long.
const IDLE: Duration = Duration::from_hours(12);
/// A session ends at the latest after so long.
const LONGEST: Duration = Duration::from_hours(7 * 24);
/// Use is noted at most this often.
const NOTED: Duration = Duration::from_mins(1);

/// Who becomes the first administrator.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAdmin {
    /// The token of the link that was printed.
    pub token: String,
    /// The address to sign in with.
    pub email: String,
    /// The name for people.
    pub name: String,
    /// The password.
    pub password: String,
}

/// A session that has just begun.
#[derive(Clone)]
pub struct LoggedIn {
    /// The cookie's value.
    pub cookie: String,
    /// Who it is.
    pub principal: Principal,
}

/// What a signed-in person is told of themselves.
#[derive(Clone, Debug, Serialize)]
pub struct SessionView {
    /// The user.
    pub user: SessionUser,
    /// A role for each team; that of `system` holds in every team.
    pub roles: Vec<TeamRole>,
    /// The teams whose documents they may read.
    pub teams: Vec<String>,
    /// To be sent as `x-csrf-token` with every unsafe request.
    pub csrf_token: Option<String>,
}

/// The user of a session.
#[derive(Clone, Debug, Serialize)]
pub struct SessionUser {
    /// The id.
    pub id: String,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
}

/// A role in a team.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TeamRole {
    /// The team.
    pub team: String,
    /// The role.
    pub role: Role,
}

impl Control {
    /// Whether the installation still waits for its first administrator.
    pub fn needs_setup(&self) -> Result<bool, ControlError> {
        Ok(self.inner.store.users()?.is_empty())
    }

    /// Makes a new set-up token, which replaces the last; `None` where there is an administrator already.
    pub fn new_setup_token(&self) -> Result<Option<String>, ControlError> {
        if !self.needs_setup()? {
            return Ok(None);
        }
        let token = random_text();
        self.inner.store.set_meta(SETUP, Some(&snapshot::key_hash(token.as_bytes()).to_string()))?;
        Ok(Some(token))
    }

    /// Makes the first administrator. The token works once.
    pub fn set_up(&self, new: &NewAdmin, address: &str) -> Result<LoggedIn, ControlError> {
        let inner = &self.inner;
        inner.throttle.count("setup", address, inner.clock.now())?;
        if !self.needs_setup()? {
            return Err(ControlError::SetUpAlready);
        }
        let wanted = inner.store.meta(SETUP)?;
        if wanted != Some(snapshot::key_hash(new.token.as_bytes()).to_string()) {
            return Err(ControlError::WrongSetupToken);
        }
        let user = User {
            id: uuid::Uuid::now_v7().to_string(),
            email: email(&new.email)?,
            name: name(&new.name)?,
            password: password::hash(&new.password)?,
            roles: vec![(SYSTEM_TEAM.to_owned(), Role::Admin)],
            disabled: false,
            created_at: inner.clock.wall(),
        };
        if !inner.store.put_first_user(&user)? {
            return Err(ControlError::SetUpAlready);
        }
        inner.store.set_meta(SETUP, None)?;
        tracing::info!(user = user.email, "first administrator made");
        self.begin_session(user)
    }

    /// Signs in. Tries are counted by account and by address.
    pub fn log_in(&self, address_of_user: &str, word: &str, address: &str) -> Result<LoggedIn, ControlError> {
        let inner = &self.inner;
        let wanted = address_of_user.trim().to_lowercase();
        inner.throttle.count(&wanted, address, inner.clock.now())?;
        let user = inner.store.user_by_email(&wanted)?;
        let right = password::verify(word, user.as_ref().map(|user| user.password.as_str()));
        match user {
            Some(user) if right => self.begin_session(user),
            _ => Err(ControlError::WrongLogin),
        }
    }

    /// Signs out.
    pub fn log_out(&self, principal: &Principal) -> Result<(), ControlError> {
        match &principal.via {
            Via::Session { hash, .. } => Ok(self.inner.store.delete_session(hash)?),
            Via::Token(_) => Ok(()),
        }
    }

    /// Who a session cookie belongs to.
    pub fn by_cookie(&self, cookie: &str) -> Result<Principal, ControlError> {
        let inner = &self.inner;
        let hash = hash(cookie);
        let session = inner.store.session(&hash)?.ok_or(ControlError::Unauthenticated)?;
        let now = inner.clock.wall();
        if past(session.seen_at, IDLE, now) || past(session.created_at, LONGEST, now) {
            inner.store.delete_session(&hash)?;
            return Err(ControlError::Unauthenticated);
        }
        let user = self.active_user(&session.user)?;
        if past(session.seen_at, NOTED, now) {
            there(inner.store.touch_session(&hash, now)?)?;
        }
        Ok(Principal { user, via: Via::Session { csrf: session.csrf, hash } })
    }

    /// Who an API token belongs to.
    pub fn by_token(&self, token: &str) -> Result<Principal, ControlError> {
        let inner = &self.inner;
        let token = inner.store.token(&hash(token))?.ok_or(ControlError::Unauthenticated)?;
        let now = inner.clock.wall();
        if token.expires_at.is_some_and(|end| now >= end) {
            return Err(ControlError::Unauthenticated);
        }
        let user = self.active_user(&token.user)?;
        if token.last_used_at.is_none_or(|at| past(at, NOTED, now)) {
            there(inner.store.touch_token(&token.hash, now)?)?;
        }
        Ok(Principal { user, via: Via::Token(Box::new(token)) })
    }

    /// What a signed-in person is told of themselves.
    pub fn session_view(&self, principal: &Principal) -> SessionView {
        let user = &principal.user;
        let visible = principal.teams(Permission::DocumentsRead).unwrap_or_else(|| self.all_teams());
        SessionView {
            teams: visible,
            user: SessionUser { id: user.id.clone(), email: user.email.clone(), name: user.name.clone() },
            roles: user
                .roles
                .iter()
                .map(|(team, role)| TeamRole { team: team.clone(), role: *role })
                .collect(),
            csrf_token: match &principal.via {
                Via::Session { csrf, .. } => Some(csrf.clone()),
                Via::Token(_) => None,
            },
        }
    }

    fn all_teams(&self) -> Vec<String> {
        let live = self.inner.live.load();
        let named = live.documents().map(|document| document.id.team.to_string());
        let builtin = [SYSTEM_TEAM, domain::DEFAULT_TEAM].map(str::to_owned);
        let mut teams: Vec<String> = named.chain(builtin).collect();
        teams.sort();
        teams.dedup();
        teams
    }

    fn active_user(&self, id: &str) -> Result<User, ControlError> {
        let user = self.inner.store.user(id)?.filter(|user| !user.disabled);
        user.ok_or(ControlError::Unauthenticated)
    }

    fn begin_session(&self, user: User) -> Result<LoggedIn, ControlError> {
        let inner = &self.inner;
        let (cookie, csrf) = (random_text(), random_text());
        let now = inner.clock.wall();
        let hash = hash(&cookie);
        let session =
            Session { hash, user: user.id.clone(), csrf: csrf.clone(), created_at: now, seen_at: now };
        // The password may have changed since it was looked at.
        if !inner.store.begin_session(&session, &user.password)? {
            return Err(ControlError::WrongLogin);
        }
        let idle = i64::try_from(IDLE.as_micros()).unwrap_or(i64::MAX);
        inner.store.expire_sessions(Micros(now.0 - idle))?;
        Ok(LoggedIn { cookie, principal: Principal { user, via: Via::Session { csrf, hash } } })
    }
}

impl std::fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoggedIn").field("user", &self.principal.user.id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for NewAdmin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAdmin").field("email", &self.email).finish_non_exhaustive()
    }
}

/// Refuses what has ended between being read and being noted as used.
fn there(touched: bool) -> Result<(), ControlError> {
    if touched { Ok(()) } else { Err(ControlError::Unauthenticated) }
}

fn past(at: Micros, length: Duration, now: Micros) -> bool {
    now.0.saturating_sub(at.0) >= i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}

/// An address in the form in which it is kept. Whether it is anyone's, only a letter to it could tell.
pub(crate) fn email(text: &str) -> Result<String, ControlError> {
    let email = text.trim().to_lowercase();
    let parts = email.split_once('@');
    let fits = parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    let plain = email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if fits && plain { Ok(email) } else { Err(ControlError::at("/email", "this is not an e-mail address")) }
}

pub(crate) fn name(text: &str) -> Result<String, ControlError> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(ControlError::at("/name", "a name has 1 to 100 characters"));
    }
    Ok(name.to_owned())
}
