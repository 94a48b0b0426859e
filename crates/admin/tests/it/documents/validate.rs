//! Looking without writing.

use serde_json::json;

use crate::support::api;

#[tokio::test]
async fn mistakes_are_told_and_nothing_is_written() {
    let api = api();
    let admin = api.admin().await;
    let documents = json!([
        { "kind": "Upstream", "name": "shop", "spec": { "targets": [{ "host": "a", "port": 1 }] } },
        { "kind": "Service", "name": "good", "spec": { "backend": { "upstream": { "name": "shop" } } } },
        { "kind": "Service", "name": "bad", "spec": { "backend": { "upstream": { "name": "nothing" } } } },
        { "kind": "Upstream", "name": "worse", "spec": { "targets": 1 } },
    ]);
    let answer =
        api.post(&admin, "/api/v1/validate", json!({ "documents": documents })).await.expect(200).json();
    assert_eq!(answer["valid"], false);
    assert_eq!(answer["errors"].as_array().unwrap().len(), 2, "{answer}");
    assert!(api.control.live().load().is_empty());
    let answer =
        api.post(&admin, "/api/v1/validate", json!({ "documents": [documents[0], documents[1]] })).await;
    assert_eq!(answer.expect(200).json(), json!({ "valid": true, "errors": [] }));
}
