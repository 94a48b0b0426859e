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

#[tokio::test]
async fn it_is_told_whether_a_document_must_be_there_already() {
    let api = api();
    let admin = api.admin().await;
    api.upstream(&admin, "default", "shop").await;
    let service = |name: &str, upstream: &str| json!({ "kind": "Service", "name": name, "spec": { "backend": { "upstream": { "name": upstream } } } });
    api.post(&admin, "/api/v1/teams/default/services", service("api", "shop")).await.expect(201);
    let paths = async |mode: &str, documents: serde_json::Value| {
        let body = json!({ "mode": mode, "documents": documents });
        let answer = api.post(&admin, "/api/v1/validate", body).await.expect(200).json();
        let errors = answer["errors"].as_array().unwrap().iter();
        errors.map(|error| error["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (known, new) = (service("api", "shop"), service("new", "shop"));
    assert_eq!(paths("write", json!([known, new])).await, [""; 0]);
    assert_eq!(paths("create", json!([known, new])).await, ["/name"]);
    assert_eq!(paths("replace", json!([known, new])).await, ["/name"]);
    assert_eq!(paths("replace", json!([known])).await, [""; 0]);
    assert_eq!(paths("replace", json!([service("api", "none")])).await, ["/spec/backend/upstream/name"]);
    assert_eq!(paths("write", json!([new, new])).await, ["/name"]);
    let body = json!({ "mode": "other", "documents": [] });
    assert_eq!(api.post(&admin, "/api/v1/validate", body).await.problem(400), "invalid_body");
}
