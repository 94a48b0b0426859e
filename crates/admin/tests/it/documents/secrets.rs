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
async fn credentials_of_steps_are_sealed_and_never_read_out() {
    let api = api();
    let admin = api.admin().await;
    let secret = json!({ "value": SECRET });
    for (name, credentials, at) in [
        ("bearer", json!({ "bearer": secret }), "/bearer"),
        ("basic", json!({ "basic": { "user": "weir", "password": secret } }), "/basic/password"),
        ("header", json!({ "header": { "name": "X-Key", "value": secret } }), "/header/value"),
        ("query", json!({ "query": { "name": "key", "value": secret } }), "/query/value"),
    ] {
        let policy = json!({ "name": name, "spec": { "credentials": credentials } });
        let made = api.post(&admin, "/api/v1/teams/default/policies", policy).await.expect(201);
        let masked = made.json().pointer(&format!("/spec/credentials{at}")).cloned();
        assert_eq!(masked, Some(json!({ "sealed": "***" })), "{}", made.text);
        // What is read out can be written back.
        let (path, tag) = (format!("/api/v1/teams/default/policies/{name}"), made.header("etag"));
        let mut back = made.json();
        back["title"] = "Again".into();
        let kept = api.send_with(&admin, "PUT", &path, &[("if-match", &tag)], Some(back)).await.expect(200);
        assert_eq!(kept.json()["title"], "Again");
        for path in [&*path, "/api/v1/documents", &format!("{path}/history")] {
            let text = api.get(&admin, path).await.expect(200).text;
            assert!(!text.contains(SECRET) && !text.contains("v1:"), "{text}");
        }
    }
    let oauth2 = json!({ "name": "o", "spec": { "credentials": { "oauth2": { "client_id": "weir" } } } });
    let refused = api.post(&admin, "/api/v1/teams/default/policies", oauth2).await;
    assert_eq!(
        (refused.problem(422).as_str(), refused.json()["errors"][0]["path"].as_str()),
        ("invalid", Some("/spec/credentials/oauth2"))
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

#[tokio::test]
async fn what_senders_of_webhooks_sign_with_is_never_given_out() {
    let api = api();
    let admin = api.admin().await;
    api.upstream(&admin, "default", "u").await;
    let service =
        json!({ "name": "hooks", "spec": { "backend": { "upstream": { "name": "u" } }, "jobs": {} } });
    api.post(&admin, "/api/v1/teams/default/services", service).await.expect(201);
    let secrets =
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_b2xkIGFuZCBncmV5IGFuZCBsb25nIGVub3VnaA=="];
    let [secret, old_secret] = secrets.map(|value| json!({ "value": value }));
    let verify = json!({ "scheme": "standard", "secret": secret, "old_secret": old_secret });
    let spec = |methods: &str| json!({ "service": "hooks", "paths": ["/hooks"], "methods": [methods], "verify": verify });
    let hidden = |text: &str| {
        for part in ["MfKQ9r8GKY", "b2xkIGFuZCBn", "v1:"] {
            assert!(!text.contains(part), "{part}: {text}");
        }
    };
    let routes = "/api/v1/teams/default/routes";
    let made = api.post(&admin, routes, json!({ "name": "in", "spec": spec("POST") })).await.expect(201);
    let masked = json!({ "sealed": "***" });
    assert_eq!(made.json()["spec"]["verify"]["secret"], masked);
    assert_eq!(made.json()["spec"]["verify"]["old_secret"], masked);
    hidden(&made.text);
    let path = format!("{routes}/in");
    let mut back = made.json();
    back["title"] = "Hooks".into();
    let kept = api.send_with(&admin, "PUT", &path, &[("if-match", &made.header("etag"))], Some(back)).await;
    hidden(&kept.expect(200).text);
    let reads = [
        path.clone(),
        routes.to_owned(),
        "/api/v1/documents".to_owned(),
        "/api/v1/documents?q=MfKQ9r8GKY".to_owned(),
        format!("{path}/history"),
        "/api/v1/explain?method=POST&url=http://localhost/hooks".to_owned(),
        "/api/v1/system".to_owned(),
    ];
    for path in reads {
        hidden(&api.get(&admin, &path).await.text);
    }
    let found = api.get(&admin, "/api/v1/documents?q=MfKQ9r8GKY").await.expect(200);
    assert_eq!(found.json()["items"], json!([]), "nor can it be searched for");
    // What is refused is not told with it.
    let mut bad = json!({ "name": "other", "spec": spec("POST") });
    bad["spec"]["verify"]["tolerance"] = "2h".into();
    let answer = api.post(&admin, routes, bad.clone()).await;
    assert_eq!(answer.problem(422), "invalid");
    hidden(&answer.text);
    hidden(&api.post(&admin, "/api/v1/validate", json!({ "documents": [bad] })).await.expect(200).text);
    // Masked as it was read out, the stored one counts.
    let snapshot = api.control.live().load();
    let Spec::Route(route) =
        snapshot.document(&DocId::new("default", Kind::Route, "in").unwrap()).unwrap().spec.clone()
    else {
        panic!("no route")
    };
    let verify = route.verify.unwrap();
    for secret in [verify.secret, verify.old_secret.unwrap()] {
        let SecretSource::Sealed(sealed) = secret else { panic!("not sealed") };
        assert!(sealed.starts_with("v1:"));
    }
}
