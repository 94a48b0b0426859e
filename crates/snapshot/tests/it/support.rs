//! Documents and secrets for tests.

use std::sync::Arc;

use base::Secret;
use domain::{DocId, Document, SecretSource};
use serde_json::{Value, json};
use snapshot::{Change, Mistake, Secrets, Snapshot};

/// Gives what is written, and nothing from elsewhere.
pub(crate) struct Plain;

impl Secrets for Plain {
    fn resolve(&self, _: &DocId, source: &SecretSource) -> Result<Secret<String>, String> {
        match source {
            SecretSource::Value(value) => Ok(Secret::new(value.clone())),
            _ => Err("there is no such secret".into()),
        }
    }
}

pub(crate) fn document(kind: &str, name: &str, spec: Value) -> Document {
    in_team("default", kind, name, spec)
}

pub(crate) fn in_team(team: &str, kind: &str, name: &str, spec: Value) -> Document {
    let mut value = json!({ "kind": kind, "team": team, "name": name });
    value["spec"] = spec;
    Document::from_json(value).unwrap()
}

pub(crate) fn put(document: &Document) -> Change {
    Change { id: document.id.clone(), document: Some(Arc::new(document.clone())) }
}

pub(crate) fn full(documents: &[Document]) -> Result<Snapshot, Vec<Mistake>> {
    let changes: Vec<Change> = documents.iter().map(put).collect();
    Snapshot::empty().apply(&changes, 1, &Plain)
}

pub(crate) fn upstream(name: &str) -> Document {
    document("Upstream", name, json!({ "targets": [{ "host": "a.example", "port": 80 }] }))
}

pub(crate) fn service(name: &str, upstream: &str) -> Document {
    document("Service", name, json!({ "backend": { "upstream": { "name": upstream } } }))
}

pub(crate) fn hash(key: &str) -> String {
    snapshot::key_hash(key.as_bytes()).to_string()
}
