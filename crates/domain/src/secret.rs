//! Where a secret of a document comes from.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A secret's source. In a store a `value` is sealed before it is written, and never read out again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretSource {
    /// The secret itself.
    Value(String),
    /// The name of an environment variable, read when the configuration is compiled.
    Env(String),
    /// The path of a file whose trimmed content is the secret.
    File(String),
    /// The secret, encrypted with the key file of this installation.
    Sealed(String),
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => f.write_str("Value(***)"),
            Self::Sealed(_) => f.write_str("Sealed(***)"),
            Self::Env(name) => f.debug_tuple("Env").field(name).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}
