//! What others build on: the API's document and the documents' schema, as they are committed.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::support::{Who, api};

/// Compares with what is committed; with `UPDATE=1` in the environment, writes it.
#[expect(clippy::disallowed_methods, reason = "a switch of the test alone")]
fn committed(name: &str, value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let text = format!("{}\n", serde_json::to_string_pretty(value).unwrap());
    if std::env::var("UPDATE").is_ok() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "docs/{name} is not what the code says; run `UPDATE=1 cargo test -p admin contract`"
    );
}

#[test]
fn openapi() {
    committed("openapi.json", &admin::openapi());
}

#[test]
fn document_schema() {
    committed("schema/weir.schema.json", &domain::document_schema());
}

#[test]
fn the_document_holds_together() {
    let document = admin::openapi();
    let mut references = BTreeSet::new();
    gather(&document, &mut references);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} is nowhere");
    }
    let mut ids = BTreeSet::new();
    for endpoint in admin::endpoints() {
        let operation = &document["paths"][endpoint.path][endpoint.method.to_lowercase()];
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{endpoint:?} is not described"));
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
        let successes =
            operation["responses"].as_object().unwrap().keys().filter(|status| status.starts_with('2'));
        assert!(successes.count() > 0, "{id} tells no success");
    }
}

#[tokio::test]
async fn it_is_served() {
    let answer = api().get(&Who::default(), "/openapi.json").await.expect(200);
    assert_eq!(answer.json(), admin::openapi());
}

fn gather(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            references.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| gather(value, references));
        }
        Value::Array(array) => array.iter().for_each(|value| gather(value, references)),
        _ => {}
    }
}
