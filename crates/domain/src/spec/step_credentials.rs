//! What steps of flows show the services that they call.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::SecretSource;

/// What a step that names the policy (`x-weir-credentials`) shows the service that it calls. It is attached to nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StepCredentials {
    /// `Authorization: Bearer`, with this token (RFC 6750).
    Bearer(SecretSource),
    /// `Authorization: Basic`, with a user and a password (RFC 7617).
    Basic(BasicCredentials),
    /// A header field.
    Header(NamedCredentials),
    /// A parameter of the query.
    Query(NamedCredentials),
    /// A token that an authorization server gives out (RFC 6749). It is refused: Weir fetches none yet.
    Oauth2(Value),
}

/// A user and a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasicCredentials {
    /// The user, without a colon.
    pub user: String,
    /// The password.
    pub password: SecretSource,
}

/// A secret under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedCredentials {
    /// The name of the header field or parameter.
    pub name: String,
    /// Its value.
    pub value: SecretSource,
}

// === impl StepCredentials ===

impl StepCredentials {
    /// The secret, and where it stands in the document.
    pub fn secret(&self) -> Option<(&'static str, &SecretSource)> {
        Some(match self {
            Self::Bearer(token) => (BEARER, token),
            Self::Basic(basic) => (PASSWORD, &basic.password),
            Self::Header(header) => (HEADER, &header.value),
            Self::Query(query) => (QUERY, &query.value),
            Self::Oauth2(_) => return None,
        })
    }

    /// The same, to change it.
    pub fn secret_mut(&mut self) -> Option<(&'static str, &mut SecretSource)> {
        Some(match self {
            Self::Bearer(token) => (BEARER, token),
            Self::Basic(basic) => (PASSWORD, &mut basic.password),
            Self::Header(header) => (HEADER, &mut header.value),
            Self::Query(query) => (QUERY, &mut query.value),
            Self::Oauth2(_) => return None,
        })
    }
}

const BEARER: &str = "/spec/credentials/bearer";
const PASSWORD: &str = "/spec/credentials/basic/password";
const HEADER: &str = "/spec/credentials/header/value";
const QUERY: &str = "/spec/credentials/query/value";
