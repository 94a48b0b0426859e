//! Secrets that documents name.

use base::Secret;
use domain::{DocId, SecretSource};
use snapshot::Secrets;

/// Secrets of configuration files: written there, in the environment, or in files.
#[derive(Debug)]
pub(crate) struct FileSecrets;

/// Takes every secret for granted, where only the rest of the configuration is looked at.
#[derive(Debug)]
pub(crate) struct AnySecrets;

/// What stands for a secret: text that a webhook's key may be too.
const ANY: &str = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";

impl Secrets for FileSecrets {
    fn resolve(&self, _: &DocId, source: &SecretSource) -> Result<Secret<String>, String> {
        let secret = match source {
            SecretSource::Value(value) => value.clone(),
            SecretSource::Env(name) => from_env(name)?,
            SecretSource::File(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read the secret's file `{path}`: {error}"))?,
            SecretSource::Sealed(_) => {
                return Err("a sealed secret can only be read by the store that sealed it".into());
            }
        };
        match secret.trim() {
            "" => Err("the secret is empty".into()),
            secret => Ok(Secret::new(secret.to_owned())),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where documents' secrets come out of the environment")]
fn from_env(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("the environment variable `{name}` is not set"))
}

impl Secrets for AnySecrets {
    fn resolve(&self, _: &DocId, source: &SecretSource) -> Result<Secret<String>, String> {
        let secret = if let SecretSource::Value(value) = source { value.trim() } else { ANY };
        Ok(Secret::new(secret.to_owned()))
    }
}
