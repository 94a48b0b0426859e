//! Keys of applications.

use domain::{DocId, Kind};
use serde_json::json;
use snapshot::key_hash;

use crate::support::api;

#[tokio::test]
async fn a_key_is_shown_once_and_counts_until_it_is_revoked() {
    let api = api();
    let admin = api.admin().await;
    let path = "/api/v1/teams/default/applications";
    api.post(&admin, path, json!({ "name": "app", "spec": {} })).await.expect(201);
    let made =
        api.post(&admin, &format!("{path}/app/keys"), json!({ "name": "first" })).await.expect(201).json();
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with("weir_"));
    let hash = key_hash(key.as_bytes());
    assert!(api.control.live().load().credential(&hash).is_some());
    let listed = api.get(&admin, "/api/v1/teams/default/credentials").await.expect(200);
    assert!(listed.text.contains("first") && !listed.text.contains(key));
    let credential = "/api/v1/teams/default/credentials/first";
    let tag = api.get(&admin, credential).await.header("etag");
    api.send_with(&admin, "DELETE", credential, &[("if-match", &tag)], None).await.expect(204);
    assert!(api.control.live().load().credential(&hash).is_none());
    assert_eq!(api.post(&admin, &format!("{path}/nothing/keys"), json!({})).await.problem(404), "not_found");
    let id = DocId::new("default", Kind::Application, "app").unwrap();
    assert!(api.control.live().load().document(&id).is_some());
}
