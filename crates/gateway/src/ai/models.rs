//! `GET /v1/models` and `GET /v1/models/{id}`.

use llm::ModelEntry;
use net::Reply;
use snapshot::Alias;

use super::alias::Allowed;
use super::answer::json;
use crate::Refusal;
use crate::exchange::Exchange;

/// The aliases that the caller may use, sorted by name.
pub(crate) fn list(x: &Exchange<'_>, allowed: &Allowed<'_>) -> Reply {
    let aliases = allowed.all(&x.snapshot);
    let entries = aliases.iter().map(|alias| entry(alias));
    json(allowed.dialect.encode_models(entries))
}

/// One of them.
pub(crate) fn one(x: &Exchange<'_>, allowed: &Allowed<'_>, name: &str) -> Result<Reply, Refusal> {
    let alias = allowed.find(&x.snapshot, name)?;
    Ok(json(allowed.dialect.encode_model(&entry(&alias))))
}

/// A document has no time of its own, and clients sort by it at most; 0 says that it is not known.
fn entry(alias: &Alias) -> ModelEntry<'_> {
    let owner = alias.targets.first().map_or("weir", |target| target.provider.label.as_ref());
    ModelEntry { id: &alias.name, created: 0, owned_by: owner }
}
