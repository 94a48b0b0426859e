//! Listing documents.

use serde_json::json;

use crate::support::api;

#[tokio::test]
async fn pages_are_stable_and_bounded() {
    let api = api();
    let admin = api.admin().await;
    for name in ["e", "b", "d", "a", "c"] {
        api.upstream(&admin, "default", name).await;
    }
    let mut names = Vec::new();
    let mut path = "/api/v1/teams/default/upstreams?limit=2".to_owned();
    loop {
        let page = api.get(&admin, &path).await.expect(200);
        names.extend(page.names());
        // What is written before the cursor does not move what comes behind it.
        if names.len() == 2 {
            api.upstream(&admin, "default", "aa").await;
        }
        let Some(cursor) = page.json()["next_cursor"].as_str().map(str::to_owned) else { break };
        path = format!("/api/v1/teams/default/upstreams?limit=2&cursor={cursor}");
    }
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    for limit in ["0", "201", "x"] {
        let answer = api.get(&admin, &format!("/api/v1/documents?limit={limit}")).await;
        assert_eq!(answer.problem(400), "invalid_request");
    }
    let found = api.get(&admin, "/api/v1/documents?kind=Upstream&q=AA").await.expect(200);
    assert_eq!(found.names(), ["aa"]);
    assert_eq!(api.get(&admin, "/api/v1/documents?kind=Thing").await.problem(400), "invalid_request");
    assert_eq!(api.get(&admin, "/api/v1/teams/default/things").await.problem(404), "not_found");
}

#[tokio::test]
async fn a_team_sees_its_own_alone() {
    let api = api();
    let admin = api.admin().await;
    for team in ["red", "blue"] {
        api.post(&admin, &format!("/api/v1/teams/{team}/teams"), json!({ "name": team, "spec": {} }))
            .await
            .expect(201);
        api.upstream(&admin, team, &format!("{team}-up")).await;
    }
    let ann = api.user(&admin, "ann@example.com", json!([{ "team": "red", "role": "editor" }])).await;
    assert_eq!(api.get(&ann, "/api/v1/documents?kind=Upstream").await.expect(200).names(), ["red-up"]);
    assert_eq!(api.get(&ann, "/api/v1/documents?team=blue").await.problem(404), "not_found");
    assert_eq!(api.get(&ann, "/api/v1/teams/blue/upstreams/blue-up").await.problem(404), "not_found");
    assert_eq!(api.get(&ann, "/api/v1/session").await.json()["teams"], json!(["red"]));
    let foreign = json!({ "name": "x", "spec": { "backend": { "upstream": { "name": "blue::blue-up" } } } });
    assert_eq!(api.post(&ann, "/api/v1/teams/red/services", foreign).await.problem(422), "invalid");
}
