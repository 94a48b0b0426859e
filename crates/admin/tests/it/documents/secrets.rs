//! Secrets go in and never come out.

use domain::{DocId, Kind, SecretSource, Spec};
use serde_json::json;

use crate::support::api;

const SECRET: &str = "sk-very-secret";

#[tokio::test]
async fn a_secret_is_sealed_masked_and_kept() {
    let api = api();
    let admin = api.admin().await;
    let provider = json!({ "name": "ai", "spec": { "api": "openai", "base_url": "http://127.0.0.1:9/v1" } });
    api.post(&admin, "/api/v1/teams/default/providers", provider).await.expect(201);
    let key = json!({ "name": "k", "spec": { "provider": "ai", "secret": { "value": SECRET } } });
    let made = api.post(&admin, "/api/v1/teams/default/provider-keys", key).await.expect(201);
    assert_eq!(made.json()["spec"]["secret"], json!({ "sealed": "***" }));
    let path = "/api/v1/teams/default/provider-keys/k";
    let sealed = || {
        let id = DocId::new("default", Kind::ProviderKey, "k").unwrap();
        let snapshot = api.control.live().load();
        let Spec::ProviderKey(key) = snapshot.document(&id).unwrap().spec.clone() else { panic!("no key") };
        let SecretSource::Sealed(sealed) = key.secret else { panic!("not sealed") };
        sealed
    };
    let first = sealed();
    assert!(first.starts_with("v1:") && !first.contains(SECRET));
    let mut back = made.json();
    back["title"] = "The key".into();
    let tag = made.header("etag");
    let kept = api.send_with(&admin, "PUT", path, &[("if-match", &tag)], Some(back)).await.expect(200);
    assert_eq!(sealed(), first);
    let fresh = json!({ "spec": { "provider": "ai", "secret": { "value": "sk-other" } } });
    let tag = kept.header("etag");
    api.send_with(&admin, "PUT", path, &[("if-match", &tag)], Some(fresh)).await.expect(200);
    assert_ne!(sealed(), first);
    for path in [path, "/api/v1/documents", &format!("{path}/history")] {
        let text = api.get(&admin, path).await.expect(200).text;
        assert!(!text.contains(SECRET) && !text.contains("sk-other") && !text.contains("v1:"), "{text}");
    }
    let masked = json!({ "name": "new", "spec": { "provider": "ai", "secret": { "sealed": "***" } } });
    let answer = api.post(&admin, "/api/v1/teams/default/provider-keys", masked).await;
    assert_eq!(
        (answer.problem(422).as_str(), answer.json()["errors"][0]["path"].as_str()),
        ("invalid", Some("/spec/secret"))
    );
}

#[tokio::test]
async fn a_team_does_not_read_this_machines_secrets() {
    let api = api();
    let admin = api.admin().await;
    let ann = api.user(&admin, "ann@example.com", json!([{ "team": "default", "role": "editor" }])).await;
    let provider = json!({ "name": "ai", "spec": { "api": "openai", "base_url": "http://127.0.0.1:9/v1" } });
    api.post(&ann, "/api/v1/teams/default/providers", provider).await.expect(201);
    for secret in [json!({ "file": "/etc/passwd" }), json!({ "env": "PATH" })] {
        let key = json!({ "name": "k", "spec": { "provider": "ai", "secret": secret } });
        let answer = api.post(&ann, "/api/v1/teams/default/provider-keys", key).await;
        assert_eq!(answer.problem(422), "invalid");
    }
}
