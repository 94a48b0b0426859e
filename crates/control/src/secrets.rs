//! Secrets of stored documents: sealed before they are written, opened when a snapshot is compiled, never
//! read out.

use base::Secret;
use domain::spec::Policy;
use domain::{DocId, Document, SYSTEM_TEAM, SecretSource, Spec};
use snapshot::Secrets;
use store::seal::Sealer;

use crate::ControlError;

/// Stands for a sealed secret wherever documents are read out.
pub(crate) const MASK: &str = "***";
/// What is wrong with a mask where no secret is kept.
pub(crate) const NOTHING_KEPT: &str = "there is no secret yet that could be kept; write one";

/// Opens the secrets of stored documents.
pub(crate) struct StoreSecrets<'a> {
    pub(crate) sealer: &'a Sealer,
}

impl Secrets for StoreSecrets<'_> {
    fn resolve(&self, owner: &DocId, source: &SecretSource) -> Result<Secret<String>, String> {
        let secret = match source {
            SecretSource::Value(value) => Secret::new(value.clone()),
            SecretSource::Sealed(sealed) => {
                self.sealer.open_sealed(&owner.to_string(), sealed).map_err(|error| error.to_string())?
            }
            // The process's environment and files are the operator's, who is the system team.
            SecretSource::Env(_) | SecretSource::File(_) if owner.team.as_str() != SYSTEM_TEAM => {
                return Err(
                    "only documents of the team `system` may take secrets from the environment or from files"
                        .into(),
                );
            }
            SecretSource::Env(name) => Secret::new(from_env(name)?),
            SecretSource::File(path) => {
                let read = std::fs::read_to_string(path);
                Secret::new(read.map_err(|error| format!("cannot read the secret's file `{path}`: {error}"))?)
            }
        };
        match secret.expose().trim() {
            "" => Err("the secret is empty".into()),
            secret => Ok(Secret::new(secret.to_owned())),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where stored documents' secrets come out of the environment"
)]
fn from_env(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("the environment variable `{name}` is not set"))
}

/// Every secret of a document, with its path.
fn slots(document: &mut Document) -> Vec<(&'static str, &mut SecretSource)> {
    match &mut document.spec {
        Spec::ProviderKey(key) => vec![("/spec/secret", &mut key.secret)],
        Spec::Upstream(upstream) => ca(upstream.tls.as_mut()),
        Spec::Provider(provider) => ca(provider.tls.as_mut()),
        Spec::Route(route) => route.verify.as_mut().map(verify).unwrap_or_default(),
        Spec::Policy(policy) => match &mut **policy {
            Policy::Credentials(credentials) => credentials.secret_mut().into_iter().collect(),
            _ => Vec::new(),
        },
        Spec::Webhook(webhook) => {
            let old = webhook.old_secret.as_mut().map(|old| ("/spec/old_secret", old));
            [("/spec/secret", &mut webhook.secret)].into_iter().chain(old).collect()
        }
        _ => Vec::new(),
    }
}

fn verify(verify: &mut domain::spec::Verify) -> Vec<(&'static str, &mut SecretSource)> {
    let old = verify.old_secret.as_mut().map(|old| ("/spec/verify/old_secret", old));
    [("/spec/verify/secret", &mut verify.secret)].into_iter().chain(old).collect()
}

fn ca(tls: Option<&mut domain::spec::UpstreamTls>) -> Vec<(&'static str, &mut SecretSource)> {
    tls.and_then(|tls| tls.ca.as_mut()).map(|ca| ("/spec/tls/ca", ca)).into_iter().collect()
}

/// Seals what was written in plain; what came back masked stays as it was.
pub(crate) fn seal(
    sealer: &Sealer,
    document: &mut Document,
    old: Option<&Document>,
) -> Result<(), ControlError> {
    if let Some(path) = keep(document, old).first() {
        return Err(ControlError::at(path, NOTHING_KEPT));
    }
    let owner = document.id.to_string();
    for (_, source) in slots(document) {
        if let SecretSource::Value(value) = source {
            *source = SecretSource::Sealed(sealer.seal(&owner, value)?);
        }
    }
    Ok(())
}

/// Puts the secrets that are kept in the place of their masks; gives the places where none is kept.
pub(crate) fn keep(document: &mut Document, old: Option<&Document>) -> Vec<&'static str> {
    let mut old = old.cloned();
    let old: Vec<_> = old.as_mut().map(slots).unwrap_or_default();
    let mut missing = Vec::new();
    for (path, source) in slots(document) {
        if !matches!(source, SecretSource::Sealed(text) if text == MASK) {
            continue;
        }
        match old.iter().find(|(old_path, _)| *old_path == path) {
            Some((_, kept)) => *source = (*kept).clone(),
            None => missing.push(path),
        }
    }
    missing
}

/// Masks every secret, for reading out.
pub(crate) fn mask(document: &mut Document) {
    for (_, source) in slots(document) {
        if matches!(source, SecretSource::Value(_) | SecretSource::Sealed(_)) {
            *source = SecretSource::Sealed(MASK.into());
        }
    }
}

/// Leaves a secret as it is stored where the same is written in plain: sealed anew, it would look changed.
pub(crate) fn reuse(sealer: &Sealer, document: &mut Document, old: &Document) {
    let owner = document.id.to_string();
    let mut old = old.clone();
    let old = slots(&mut old);
    for (path, source) in slots(document) {
        let kept = old.iter().find(|(old_path, _)| *old_path == path).map(|(_, kept)| &**kept);
        let (SecretSource::Value(value), Some(SecretSource::Sealed(sealed))) = (&*source, kept) else {
            continue;
        };
        if sealer.open_sealed(&owner, sealed).is_ok_and(|plain| plain.expose() == value) {
            *source = SecretSource::Sealed(sealed.clone());
        }
    }
}
