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

#[tokio::test]
async fn a_masked_secret_stands_for_the_one_that_is_kept() {
    let api = api();
    let admin = api.admin().await;
    let targets = json!([{ "host": "127.0.0.1", "port": 9 }]);
    let tls = json!({ "ca": { "value": include_str!("ca.pem") } });
    let upstream = json!({ "name": "shop", "spec": { "targets": targets, "tls": tls } });
    let path = "/api/v1/teams/default/upstreams";
    let read = api.post(&admin, path, upstream).await.expect(201).json();
    let masked = json!({ "sealed": "***" });
    assert_eq!(read["spec"]["tls"]["ca"], masked);
    let document = |name: &str| json!({ "kind": "Upstream", "name": name, "spec": read["spec"] });
    let validate = async |document: serde_json::Value| {
        let body = json!({ "documents": [document] });
        api.post(&admin, "/api/v1/validate", body).await.expect(200).json()
    };
    assert_eq!(validate(document("shop")).await, json!({ "valid": true, "errors": [] }));
    let told = validate(document("new")).await;
    let refused = api.post(&admin, path, document("new")).await;
    assert_eq!(refused.problem(422), "invalid");
    let [mistake] = &told["errors"].as_array().unwrap()[..] else { panic!("{told}") };
    let written = &refused.json()["errors"][0];
    assert_eq!((&mistake["path"], &mistake["message"]), (&written["path"], &written["message"]));
}
