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
async fn who_may_do_something_in_a_team_knows_of_it() {
    let api = api();
    let admin = api.admin().await;
    api.upstream(&admin, "default", "shop").await;
    let route = [
        ("services", json!({ "name": "s", "spec": { "backend": { "upstream": { "name": "shop" } } } })),
        ("routes", json!({ "name": "r", "spec": { "service": "s", "paths": ["/x"] } })),
    ];
    for (plural, body) in route {
        api.post(&admin, &format!("/api/v1/teams/default/{plural}"), body).await.expect(201);
    }
    let team = json!({ "name": "blue", "spec": {} });
    api.post(&admin, "/api/v1/teams/blue/teams", team).await.expect(201);
    let roles = json!([{ "team": "default", "role": "viewer" }, { "team": "blue", "role": "viewer" }]);
    let ann = api.user(&admin, "ann@example.com", roles).await;
    // It may read documents of one team, and the calls of another.
    let scoped = async |scopes: serde_json::Value, team: &str| {
        let body = json!({ "name": "t", "scopes": scopes, "team": team });
        let made = api.post(&ann, "/api/v1/tokens", body).await.expect(201).json();
        Who::token(made["token"].as_str().unwrap())
    };
    let calls = scoped(json!(["calls_read", "metrics_read"]), "default").await;
    let path = "/api/v1/teams/default/upstreams/shop";
    assert_eq!(api.get(&calls, path).await.problem(403), "forbidden");
    let body = json!({ "name": "w", "scopes": ["documents_write"] });
    let made = api.post(&admin, "/api/v1/tokens", body).await.expect(201).json();
    let writes = Who::token(made["token"].as_str().unwrap());
    let tag = api.upstream(&writes, "default", "new").await;
    let new = "/api/v1/teams/default/upstreams/new";
    assert_eq!(api.get(&writes, new).await.problem(403), "forbidden");
    let delete = api.send_with(&writes, "DELETE", new, &[("if-match", tag.as_str())], None).await;
    assert_eq!(delete.problem(403), "forbidden");
    let (path, body) = (format!("{new}/rollback"), Some(json!({ "revision": 1 })));
    let back = api.send_with(&writes, "POST", &path, &[("if-match", tag.as_str())], body).await;
    assert_eq!(back.problem(403), "forbidden");
    let blue = scoped(json!(["documents_read"]), "blue").await;
    let list = "/api/v1/documents?team=default";
    assert_eq!(api.get(&blue, list).await.problem(404), "not_found");
    let explain = json!({ "url": "/x" });
    assert_eq!(api.post(&blue, "/api/v1/explain", explain).await.problem(404), "not_found");
    assert_eq!(api.get(&ann, list).await.expect(200).names(), ["r", "s", "new", "shop"]);
}

#[tokio::test]
async fn a_token_for_the_team_system_sees_no_other_team() {
    let api = api();
    let admin = api.admin().await;
    api.upstream(&admin, "default", "shop").await;
    api.upstream(&admin, "system", "own").await;
    let body = json!({ "name": "ci", "scopes": ["documents_read"], "team": "system" });
    let made = api.post(&admin, "/api/v1/tokens", body).await.expect(201).json();
    let token = Who::token(made["token"].as_str().unwrap());
    assert_eq!(api.get(&token, "/api/v1/teams/default/upstreams/shop").await.problem(404), "not_found");
    assert_eq!(api.get(&token, "/api/v1/documents").await.expect(200).names(), ["own"]);
    let session = api.get(&token, "/api/v1/session").await.expect(200).json();
    assert_eq!(session["teams"], json!(["system"]));
}

#[tokio::test]
async fn a_token_makes_none_that_outlives_it() {
    let api = api();
    let admin = api.admin().await;
    let end = "2023-11-14T23:00:00Z";
    let body = json!({ "name": "ci", "scopes": ["tokens_manage"], "expires_at": end });
    let made = api.post(&admin, "/api/v1/tokens", body).await.expect(201).json();
    let token = Who::token(made["token"].as_str().unwrap());
    for later in [json!(null), json!("2023-11-14T23:00:01Z")] {
        let body = json!({ "name": "more", "scopes": ["tokens_manage"], "expires_at": later });
        let refused = api.post(&token, "/api/v1/tokens", body).await;
        assert_eq!(refused.problem(422), "invalid");
        assert_eq!(refused.json()["errors"][0]["path"], "/expires_at");
    }
    let body = json!({ "name": "more", "scopes": ["tokens_manage"], "expires_at": end });
    api.post(&token, "/api/v1/tokens", body).await.expect(201);
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
