//! History and rollback.

use serde_json::json;

use crate::support::api;

const PATH: &str = "/api/v1/teams/default/upstreams/shop";

#[tokio::test]
async fn the_past_is_told_and_comes_back() {
    let api = api();
    let admin = api.admin().await;
    let first = api.upstream(&admin, "default", "shop").await;
    let body = json!({ "spec": { "targets": [{ "host": "other", "port": 1 }] } });
    let second = api
        .send_with(&admin, "PUT", PATH, &[("if-match", &first)], Some(body))
        .await
        .expect(200)
        .header("etag");
    let history = api.get(&admin, &format!("{PATH}/history")).await.expect(200).json();
    let actions = |history: &serde_json::Value| {
        let items = history["items"].as_array().unwrap().iter();
        items.map(|item| item["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(actions(&history), ["updated", "created"]);
    assert_eq!(history["items"][1]["document"]["spec"]["targets"][0]["host"], "127.0.0.1");
    let to = json!({ "revision": history["items"][1]["revision"] });
    let rollback = format!("{PATH}/rollback");
    let answer = api.post(&admin, &rollback, to.clone()).await;
    assert_eq!(answer.problem(428), "precondition_required");
    let stale = api.send_with(&admin, "POST", &rollback, &[("if-match", &first)], Some(to.clone())).await;
    assert_eq!(stale.problem(412), "changed");
    let back = api
        .send_with(&admin, "POST", &rollback, &[("if-match", &second)], Some(to.clone()))
        .await
        .expect(200);
    assert_eq!(back.json()["spec"]["targets"][0]["host"], "127.0.0.1");
    let tag = back.header("etag");
    api.send_with(&admin, "DELETE", PATH, &[("if-match", &tag)], None).await.expect(204);
    let undeleted = api.send_with(&admin, "POST", &rollback, &[("if-none-match", "*")], Some(to)).await;
    undeleted.expect(200);
    let history = api.get(&admin, &format!("{PATH}/history?limit=3")).await.expect(200).json();
    assert_eq!(actions(&history), ["rolled_back", "deleted", "rolled_back"]);
    let next = format!("{PATH}/history?limit=3&cursor={}", history["next_cursor"].as_str().unwrap());
    let rest = api.get(&admin, &next).await.expect(200).json();
    assert_eq!(actions(&rest), ["updated", "created"]);
    assert!(rest["next_cursor"].is_null());
    let wrong = api
        .send_with(&admin, "POST", &rollback, &[("if-match", "*")], Some(json!({ "revision": 999 })))
        .await;
    assert_eq!(wrong.problem(404), "not_found");
    assert_eq!(
        api.get(&admin, "/api/v1/teams/default/upstreams/nothing/history").await.problem(404),
        "not_found"
    );
}
