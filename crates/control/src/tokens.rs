//! API tokens.

use base::Micros;
use domain::Permission;
use serde::{Deserialize, Serialize};
use store::Token;

use crate::principal::{Principal, Via};
use crate::{Control, ControlError, hash, identity, random_text};

/// What a new token is for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// The only team in which it may.
    #[serde(default)]
    pub team: Option<String>,
    /// When it ends, in microseconds since 1970.
    #[serde(default)]
    pub expires_at: Option<Micros>,
}

/// A token as it is listed.
#[derive(Clone, Debug, Serialize)]
pub struct TokenView {
    /// The public id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// The only team in which it may.
    pub team: Option<String>,
    /// When it was made.
    pub created_at: Micros,
    /// When it ends.
    pub expires_at: Option<Micros>,
    /// When it was last used.
    pub last_used_at: Option<Micros>,
}

/// A token that has just been made; it is never shown again.
#[derive(Clone, Serialize)]
pub struct TokenMade {
    /// The token.
    pub token: String,
    /// What is listed of it.
    #[serde(flatten)]
    pub view: TokenView,
}

impl Control {
    /// The principal's tokens.
    pub fn tokens(&self, principal: &Principal) -> Result<Vec<TokenView>, ControlError> {
        Ok(self.inner.store.tokens(&principal.user.id)?.into_iter().map(Into::into).collect())
    }

    /// Makes a token. It can do no more than its maker, and a token makes none that can do more than itself.
    pub fn make_token(&self, principal: &Principal, new: &NewToken) -> Result<TokenMade, ControlError> {
        if new.scopes.is_empty() {
            return Err(ControlError::at("/scopes", "a token needs at least one scope"));
        }
        if let Via::Token(own) = &principal.via
            && (new.scopes.iter().any(|scope| !own.scopes.contains(scope))
                || (own.team.is_some() && own.team != new.team))
        {
            return Err(ControlError::at("/scopes", "a token makes none that can do more than itself"));
        }
        if let Via::Token(own) = &principal.via
            && let Some(end) = own.expires_at
            && new.expires_at.is_none_or(|wanted| wanted > end)
        {
            return Err(ControlError::at("/expires_at", "a token makes none that ends later than itself"));
        }
        let text = format!("weir_at_{}", random_text());
        let token = Token {
            id: uuid::Uuid::now_v7().to_string(),
            hash: hash(&text),
            user: principal.user.id.clone(),
            name: identity::name(&new.name)?,
            scopes: new.scopes.clone(),
            team: new.team.clone(),
            created_at: self.inner.clock.wall(),
            expires_at: new.expires_at,
            last_used_at: None,
        };
        self.inner.store.add_token(&token)?;
        Ok(TokenMade { token: text, view: token.into() })
    }

    /// Revokes one of the principal's tokens.
    pub fn revoke_token(&self, principal: &Principal, id: &str) -> Result<(), ControlError> {
        let revoked = self.inner.store.delete_token(&principal.user.id, id)?;
        if revoked { Ok(()) } else { Err(ControlError::NotFound("token")) }
    }
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        let Token { id, name, scopes, team, created_at, expires_at, last_used_at, .. } = token;
        Self { id, name, scopes, team, created_at, expires_at, last_used_at }
    }
}

impl std::fmt::Debug for TokenMade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenMade").field("view", &self.view).finish_non_exhaustive()
    }
}
