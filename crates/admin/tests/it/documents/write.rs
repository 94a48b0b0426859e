//! Writing documents.

use serde_json::{Value, json};

use crate::support::api;

const PATH: &str = "/api/v1/teams/default/upstreams/shop";

fn upstream(port: u16) -> Value {
    json!({ "name": "shop", "spec": { "targets": [{ "host": "127.0.0.1", "port": port }] } })
}

#[tokio::test]
async fn a_document_is_made_read_changed_and_deleted() {
    let api = api();
    let admin = api.admin().await;
    let made = api.post(&admin, "/api/v1/teams/default/upstreams", upstream(9000)).await.expect(201);
    assert_eq!(made.header("location"), PATH);
    let body = made.json();
    assert_eq!((body["kind"].as_str(), body["team"].as_str()), (Some("Upstream"), Some("default")));
    assert_eq!(
        (body["created_at"].as_str(), body["updated_by"].as_str()),
        (Some("2023-11-14T22:13:20.000000Z"), Some("root@example.com"))
    );
    assert_eq!(made.header("etag"), format!("\"{}\"", body["revision"]));
    assert_eq!(api.control.live().load().len(), 1);
    let again = api.post(&admin, "/api/v1/teams/default/upstreams", upstream(9000)).await;
    assert_eq!(again.problem(409), "exists");
    let read = api.get(&admin, PATH).await.expect(200);
    assert_eq!(read.json(), body);
    let known = [("if-none-match", made.header("etag"))];
    let known: Vec<(&str, &str)> = known.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(api.send_with(&admin, "GET", PATH, &known, None).await.expect(304).text, "");
    // What was read can be sent back as it is.
    let mut changed = body.clone();
    changed["spec"]["targets"][0]["port"] = 9001.into();
    let tag = made.header("etag");
    let put = api.send_with(&admin, "PUT", PATH, &[("if-match", &tag)], Some(changed)).await.expect(200);
    assert_ne!(put.header("etag"), tag);
    assert_eq!(put.json()["spec"]["targets"][0]["port"], 9001);
    let tag = put.header("etag");
    api.send_with(&admin, "DELETE", PATH, &[("if-match", &tag)], None).await.expect(204);
    assert_eq!(api.get(&admin, PATH).await.problem(404), "not_found");
    assert!(api.control.live().load().is_empty());
}

#[tokio::test]
async fn a_change_needs_the_state_that_was_seen() {
    let api = api();
    let admin = api.admin().await;
    let old = api.upstream(&admin, "default", "shop").await;
    let put = async |headers: &[(&str, &str)]| {
        api.send_with(&admin, "PUT", PATH, headers, Some(upstream(9001))).await
    };
    assert_eq!(put(&[]).await.problem(428), "precondition_required");
    assert_eq!(put(&[("if-match", "\"999\"")]).await.problem(412), "changed");
    assert_eq!(put(&[("if-match", &format!("W/{old}"))]).await.problem(412), "changed");
    assert_eq!(put(&[("if-match", "x")]).await.problem(400), "invalid_request");
    assert_eq!(put(&[("if-none-match", "*")]).await.problem(412), "changed");
    put(&[("if-match", &format!("\"999\", {old}"))]).await.expect(200);
    assert_eq!(put(&[("if-match", &old)]).await.problem(412), "changed");
    put(&[("if-match", "*")]).await.expect(200);
    let delete = async |path: &str, headers: &[(&str, &str)]| {
        api.send_with(&admin, "DELETE", path, headers, None).await
    };
    assert_eq!(delete(PATH, &[]).await.problem(428), "precondition_required");
    assert_eq!(delete(PATH, &[("if-match", &old)]).await.problem(412), "changed");
    let nothing = "/api/v1/teams/default/upstreams/nothing";
    assert_eq!(delete(nothing, &[("if-match", "*")]).await.problem(404), "not_found");
    let body = Some(json!({ "spec": { "targets": [{ "host": "a", "port": 1 }] } }));
    let put =
        async |headers: &[(&str, &str)]| api.send_with(&admin, "PUT", nothing, headers, body.clone()).await;
    assert_eq!(put(&[("if-match", "*")]).await.problem(412), "changed");
    put(&[("if-none-match", "*")]).await.expect(201);
}

#[tokio::test]
async fn every_mistake_is_told_with_its_place() {
    let api = api();
    let admin = api.admin().await;
    let body = json!({ "name": "shop", "colour": 1, "spec": { "targets": [{ "host": 5, "port": 70_000 }, { "hots": "a", "port": 1 }] } });
    let answer = api.post(&admin, "/api/v1/teams/default/upstreams", body).await;
    assert_eq!(answer.problem(422), "invalid");
    let body = answer.json();
    let paths: Vec<&str> =
        body["errors"].as_array().unwrap().iter().map(|error| error["path"].as_str().unwrap()).collect();
    for path in ["/colour", "/spec/targets/0/host", "/spec/targets/0/port", "/spec/targets/1/hots"] {
        assert!(paths.contains(&path), "{path} is not among {paths:?}");
    }
    let body = json!({ "name": "shop", "spec": { "backend": { "upstream": { "name": "nothing" } } } });
    let answer = api.post(&admin, "/api/v1/teams/default/services", body).await;
    assert_eq!(answer.problem(422), "invalid");
    assert!(
        answer.json()["errors"][0]["path"].as_str().unwrap().starts_with("/spec/backend/upstream"),
        "{}",
        answer.text
    );
    let body = json!({ "kind": "Plan", "name": "shop", "spec": {} });
    let answer = api.post(&admin, "/api/v1/teams/default/upstreams", body).await;
    assert_eq!(
        (answer.problem(422).as_str(), answer.json()["errors"][0]["path"].as_str()),
        ("invalid", Some("/kind"))
    );
    assert!(api.control.live().load().is_empty());
}

#[tokio::test]
async fn what_others_refer_to_is_not_deleted() {
    let api = api();
    let admin = api.admin().await;
    let tag = api.upstream(&admin, "default", "shop").await;
    let body = json!({ "name": "api", "spec": { "backend": { "upstream": { "name": "shop" } } } });
    api.post(&admin, "/api/v1/teams/default/services", body).await.expect(201);
    let answer = api.send_with(&admin, "DELETE", PATH, &[("if-match", &tag)], None).await;
    assert_eq!(answer.problem(422), "invalid");
    assert_eq!(answer.json()["errors"][0]["document"], "default/default/Service/api");
}

#[tokio::test]
async fn mistakes_do_not_tell_of_documents_of_other_teams() {
    let api = api();
    let admin = api.admin().await;
    for team in ["red", "blue"] {
        let body = json!({ "name": team, "spec": {} });
        api.post(&admin, &format!("/api/v1/teams/{team}/teams"), body).await.expect(201);
        api.upstream(&admin, team, "shop").await;
        let body = json!({ "name": "secret-s", "spec": { "backend": { "upstream": { "name": "shop" } } } });
        api.post(&admin, &format!("/api/v1/teams/{team}/services"), body).await.expect(201);
    }
    let post = async |who: &crate::support::Who, team: &str, plural: &str, body: Value| {
        api.post(who, &format!("/api/v1/teams/{team}/{plural}"), body).await
    };
    let made = post(&admin, "red", "applications", json!({ "name": "a", "spec": {} })).await.expect(201);
    post(&admin, "blue", "plans", json!({ "name": "p", "spec": {} })).await.expect(201);
    let spec = json!({ "application": "red::a", "service": "secret-s", "plan": "p" });
    post(&admin, "blue", "subscriptions", json!({ "name": "secret-sub", "spec": spec })).await.expect(201);
    let route = |name: &str| json!({ "name": name, "spec": { "service": "secret-s", "paths": ["/x"] } });
    post(&admin, "blue", "routes", route("secret-r")).await.expect(201);

    let ann = api.user(&admin, "ann@example.com", json!([{ "team": "red", "role": "admin" }])).await;
    let (path, tag) = ("/api/v1/teams/red/applications/a", made.header("etag"));
    let deleted = async |who| api.send_with(who, "DELETE", path, &[("if-match", tag.as_str())], None).await;
    let answer = deleted(&ann).await;
    assert_eq!(answer.problem(422), "invalid");
    assert!(!answer.text.contains("blue") && !answer.text.contains("secret"), "{}", answer.text);
    assert!(answer.text.contains("documents of other teams"), "{}", answer.text);
    assert!(deleted(&admin).await.text.contains("blue/default/Subscription/secret-sub"));

    let answer = post(&ann, "red", "routes", route("r")).await;
    assert_eq!(answer.problem(422), "invalid");
    assert!(!answer.text.contains("blue") && !answer.text.contains("secret-r"), "{}", answer.text);
    let validate = json!({ "documents": [{ "kind": "Route", "team": "red", "name": "r", "spec": { "service": "secret-s", "paths": ["/x"] } }] });
    let answer = api.post(&ann, "/api/v1/validate", validate).await.expect(200);
    assert_eq!(answer.json()["valid"], false);
    assert!(!answer.text.contains("blue") && !answer.text.contains("secret-r"), "{}", answer.text);
    assert!(post(&admin, "red", "routes", route("r")).await.text.contains("blue/default/Route/secret-r"));
}

#[tokio::test]
async fn names_with_slashes_and_other_environments_have_their_paths() {
    let api = api();
    let admin = api.admin().await;
    let provider = json!({ "name": "ai", "environment": "staging", "spec": { "api": "openai", "base_url": "http://127.0.0.1:9/v1" } });
    api.post(&admin, "/api/v1/teams/default/providers", provider).await.expect(201);
    let alias = json!({ "name": "acme/fast:1", "environment": "staging", "spec": { "targets": [{ "provider": "ai", "model": "m" }] } });
    let made = api.post(&admin, "/api/v1/teams/default/model-aliases", alias).await.expect(201);
    let path = made.header("location");
    assert_eq!(path, "/api/v1/teams/default/model-aliases/acme%2Ffast:1?environment=staging");
    assert_eq!(api.get(&admin, &path).await.expect(200).json()["name"], "acme/fast:1");
    assert_eq!(
        api.get(&admin, "/api/v1/teams/default/model-aliases/acme%2Ffast:1").await.problem(404),
        "not_found"
    );
}

#[tokio::test]
async fn of_two_who_write_one_new_name_the_later_is_told_that_it_exists() {
    let api = api();
    let admin = api.admin().await;
    for round in 0..20 {
        let name = format!("shop-{round}");
        let body = json!({ "name": name, "spec": { "targets": [{ "host": "127.0.0.1", "port": 9 }] } });
        let write = || api.post(&admin, "/api/v1/teams/default/upstreams", body.clone());
        let (a, b) = tokio::join!(write(), write());
        let (made, late) = if a.status == 201 { (a, b) } else { (b, a) };
        made.expect(201);
        assert_eq!(late.problem(409), "exists");
    }
}
