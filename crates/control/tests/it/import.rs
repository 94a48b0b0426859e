//! Documents carried into a store: all or none, secrets sealed, again without a change.

use base::Micros;
use control::{Import, Imported};
use domain::{DocId, Document, Kind};
use serde_json::{Value, json};
use store::Documents;
use store::seal::Sealer;
use store_sqlite::SqliteStore;

struct World {
    store: SqliteStore,
    sealer: Sealer,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path()).unwrap();
        let sealer = Sealer::open(&folder.path().join("weir.key")).unwrap();
        sealer.make_key().unwrap();
        Self { store, sealer, _folder: folder }
    }

    /// What an import did, or the documents and places of what is wrong.
    fn import(&self, documents: &[Document]) -> Result<Imported, Vec<String>> {
        let import = Import::open(&self.store, &self.sealer).unwrap().unwrap();
        let done = import.write(documents.to_vec(), "test", Micros(1)).unwrap();
        done.map_err(|found| found.iter().map(|m| format!("{}{}", m.document.name, m.path)).collect())
    }
}

fn document(kind: &str, name: &str, spec: &Value) -> Document {
    Document::from_json(json!({ "kind": kind, "name": name, "spec": spec })).unwrap()
}

fn service(name: &str, upstream: &str) -> Document {
    document("Service", name, &json!({ "backend": { "upstream": { "name": upstream } } }))
}

fn upstream(name: &str, port: u16) -> Document {
    document("Upstream", name, &json!({ "targets": [{ "host": "a.example", "port": port }] }))
}

#[test]
fn one_mistake_keeps_all_documents_out() {
    let world = World::new();
    let found = world.import(&[upstream("u", 80), service("s", "u"), service("t", "missing")]);
    assert_eq!(found.unwrap_err(), ["t/spec/backend/upstream/name"]);
    assert!(world.store.load_all().unwrap().is_empty());
    assert_eq!(world.store.revision().unwrap(), 0);
}

#[test]
fn only_what_is_new_or_changed_is_written_and_what_is_stored_counts() {
    let world = World::new();
    let done = world.import(&[upstream("u", 80), service("s", "u")]).unwrap();
    assert_eq!(done, Imported { written: 2, unchanged: 0, revision: 1 });
    // The upstream that the new service refers to is in the store alone.
    let done = world.import(&[service("s", "u"), service("t", "u")]).unwrap();
    assert_eq!(done, Imported { written: 1, unchanged: 1, revision: 2 });
    let done = world.import(&[upstream("u", 81)]).unwrap();
    assert_eq!(done, Imported { written: 1, unchanged: 0, revision: 3 });
    let again = world.import(&[upstream("u", 81)]).unwrap();
    assert_eq!(again, Imported { written: 0, unchanged: 1, revision: 3 });
    let id = DocId::new("default", Kind::Upstream, "u").unwrap();
    let past = world.store.history(&id, None, 10).unwrap();
    assert_eq!(past.items.iter().map(|entry| entry.revision).collect::<Vec<_>>(), [3, 1]);
}

fn provider() -> Document {
    document("Provider", "p", &json!({ "api": "openai", "base_url": "http://a.example/v1" }))
}

fn provider_key(secret: &str) -> Document {
    document("ProviderKey", "k", &json!({ "provider": "p", "secret": { "value": secret } }))
}

#[test]
fn secrets_are_sealed() {
    let world = World::new();
    world.import(&[provider(), provider_key("sk-plain")]).unwrap();
    let stored = world.store.load_all().unwrap();
    let text: String = stored.iter().map(|document| document.to_json().to_string()).collect();
    assert!(text.contains("sealed") && !text.contains("sk-plain"), "{text}");
}

#[test]
fn a_secret_that_is_stored_already_is_not_written_again() {
    let world = World::new();
    world.import(&[provider(), provider_key("sk-1")]).unwrap();
    let again = world.import(&[provider(), provider_key("sk-1")]).unwrap();
    assert_eq!(again, Imported { written: 0, unchanged: 2, revision: 1 });
    let other = world.import(&[provider(), provider_key("sk-2")]).unwrap();
    assert_eq!(other, Imported { written: 1, unchanged: 1, revision: 2 });
}

#[test]
fn a_secret_of_white_space_is_none() {
    let world = World::new();
    let found = world.import(&[provider(), provider_key(" \n")]);
    assert_eq!(found.unwrap_err(), ["k/spec/secret"]);
}
