//! Users, their sessions and API tokens.

use base::Micros;
use domain::{Permission, Role};

use crate::StoreError;

/// A user's id: a UUID.
pub type UserId = String;

/// Someone who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The address, in lower case; unique.
    pub email: String,
    /// The name for people.
    pub name: String,
    /// The password's hash in PHC form.
    pub password: String,
    /// A role for each team.
    pub roles: Vec<(String, Role)>,
    /// Whether they may no longer sign in.
    pub disabled: bool,
    /// When they were made.
    pub created_at: Micros,
}

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The SHA-256 of the cookie's value.
    pub hash: [u8; 32],
    /// Whose.
    pub user: UserId,
    /// What unsafe requests must show.
    pub csrf: String,
    /// When it began.
    pub created_at: Micros,
    /// When it was last used, to a minute.
    pub seen_at: Micros,
}

/// What a program signs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The public id.
    pub id: String,
    /// The SHA-256 of the token.
    pub hash: [u8; 32],
    /// Who made it; it can do no more than they.
    pub user: UserId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// The only team in which it may; `None`: all of its maker's.
    pub team: Option<String>,
    /// When it was made.
    pub created_at: Micros,
    /// When it ends.
    pub expires_at: Option<Micros>,
    /// When it was last used, to a minute.
    pub last_used_at: Option<Micros>,
}

/// Users, sessions and tokens.
pub trait Identities {
    /// Every user, sorted by address.
    fn users(&self) -> Result<Vec<User>, StoreError>;

    /// One user.
    fn user(&self, id: &str) -> Result<Option<User>, StoreError>;

    /// The user of an address.
    fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError>;

    /// Writes a new user.
    fn add_user(&self, user: &User) -> Result<(), StoreError>;

    /// Writes a user again; `false`, and nothing is written, if there is none of this id.
    fn update_user(&self, user: &User) -> Result<bool, StoreError>;

    /// Writes the first user; `false`, and nothing is written, if there is one.
    fn put_first_user(&self, user: &User) -> Result<bool, StoreError>;

    /// Deletes a user with all sessions and tokens.
    fn delete_user(&self, id: &str) -> Result<(), StoreError>;

    /// The session of a hash.
    fn session(&self, hash: &[u8; 32]) -> Result<Option<Session>, StoreError>;

    /// Writes a new session; `false`, and nothing is written, unless its user has this password's hash and
    /// may sign in.
    fn begin_session(&self, session: &Session, password: &str) -> Result<bool, StoreError>;

    /// Notes that a session was used; `false`, and nothing is written, if it has ended.
    fn touch_session(&self, hash: &[u8; 32], seen_at: Micros) -> Result<bool, StoreError>;

    /// Ends a session.
    fn delete_session(&self, hash: &[u8; 32]) -> Result<(), StoreError>;

    /// Ends all sessions of a user but one.
    fn end_sessions(&self, user: &str, keep: Option<&[u8; 32]>) -> Result<(), StoreError>;

    /// Ends sessions last seen before a time.
    fn expire_sessions(&self, seen_before: Micros) -> Result<(), StoreError>;

    /// A user's tokens, oldest first.
    fn tokens(&self, user: &str) -> Result<Vec<Token>, StoreError>;

    /// The token of a hash.
    fn token(&self, hash: &[u8; 32]) -> Result<Option<Token>, StoreError>;

    /// Writes a new token.
    fn add_token(&self, token: &Token) -> Result<(), StoreError>;

    /// Notes that a token was used; `false`, and nothing is written, if it was revoked.
    fn touch_token(&self, hash: &[u8; 32], used_at: Micros) -> Result<bool, StoreError>;

    /// Revokes a user's token; `false` if there is none of this id.
    fn delete_token(&self, user: &str, id: &str) -> Result<bool, StoreError>;
}
