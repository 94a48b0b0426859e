//! `/api/v1/tokens`.

use std::time::Duration;

use serde_json::json;

use crate::support::{Who, api};

#[tokio::test]
async fn a_token_does_what_its_scopes_say_in_its_team() {
    let api = api();
    let admin = api.admin().await;
    api.upstream(&admin, "default", "shop").await;
    let body = json!({ "name": "ci", "scopes": ["documents_read"], "team": "default", "expires_at": "2023-11-14T23:00:00Z" });
    let made = api.post(&admin, "/api/v1/tokens", body).await.expect(201).json();
    let text = made["token"].as_str().unwrap();
    assert!(text.starts_with("weir_at_"));
    let token = Who::token(text);
    api.get(&token, "/api/v1/teams/default/upstreams/shop").await.expect(200);
    let body = json!({ "name": "x", "spec": { "targets": [{ "host": "a", "port": 1 }] } });
    assert_eq!(api.post(&token, "/api/v1/teams/default/upstreams", body).await.problem(403), "forbidden");
    assert_eq!(api.get(&token, "/api/v1/teams/system/upstreams").await.problem(404), "not_found");
    assert_eq!(api.get(&token, "/api/v1/users").await.problem(403), "forbidden");
    assert_eq!(api.get(&token, "/api/v1/calls").await.problem(403), "forbidden");
    let listed = api.get(&admin, "/api/v1/tokens").await.expect(200);
    assert!(!listed.text.contains(text), "{}", listed.text);
    assert_eq!(listed.json()["items"][0]["expires_at"], "2023-11-14T23:00:00.000000Z");
    api.clock.advance(Duration::from_hours(1));
    assert_eq!(api.get(&token, "/api/v1/session").await.problem(401), "unauthenticated");
}

#[tokio::test]
async fn a_revoked_token_ends_at_once() {
    let api = api();
    let admin = api.admin().await;
    let body = json!({ "name": "ci", "scopes": ["documents_read", "tokens_manage"] });
    let made = api.post(&admin, "/api/v1/tokens", body).await.expect(201).json();
    let token = Who::token(made["token"].as_str().unwrap());
    let more = json!({ "name": "more", "scopes": ["users_manage"] });
    assert_eq!(api.post(&token, "/api/v1/tokens", more).await.problem(422), "invalid");
    let path = format!("/api/v1/tokens/{}", made["id"].as_str().unwrap());
    api.send(&admin, "DELETE", &path, None).await.expect(204);
    assert_eq!(api.get(&token, "/api/v1/session").await.problem(401), "unauthenticated");
    assert_eq!(api.send(&admin, "DELETE", &path, None).await.problem(404), "not_found");
}
