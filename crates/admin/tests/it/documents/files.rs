//! Documents that come from files are shown, not changed.

use serde_json::json;

use crate::support::api_over_files;

#[tokio::test]
async fn they_are_read_and_refused_to_be_written() {
    let document = |name: &str| json!({ "kind": "Upstream", "name": name, "spec": { "targets": [{ "host": "a", "port": 1 }] } });
    let api = api_over_files(&[document("a"), document("b"), document("c")], &[]);
    let admin = api.admin().await;
    let path = "/api/v1/teams/default/upstreams";
    let first = api.get(&admin, &format!("{path}?limit=2")).await.expect(200);
    assert_eq!(first.names(), ["a", "b"]);
    let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(api.get(&admin, &format!("{path}?limit=2&cursor={cursor}")).await.expect(200).names(), ["c"]);
    let tag = api.get(&admin, &format!("{path}/a")).await.expect(200).header("etag");
    assert_eq!(api.post(&admin, path, document("d")).await.problem(409), "managed_by_files");
    let put =
        api.send_with(&admin, "PUT", &format!("{path}/a"), &[("if-match", &tag)], Some(document("a"))).await;
    assert_eq!(put.problem(409), "managed_by_files");
    let gone = api.send_with(&admin, "DELETE", &format!("{path}/a"), &[("if-match", &tag)], None).await;
    assert_eq!(gone.problem(409), "managed_by_files");
    assert_eq!(api.get(&admin, "/api/v1/system").await.expect(200).json()["mode"], "files");
}

#[tokio::test]
async fn what_the_store_was_left_with_is_not_there() {
    let document = |name: &str| json!({ "kind": "Upstream", "name": name, "spec": { "targets": [{ "host": "a", "port": 1 }] } });
    let api = api_over_files(&[document("a")], &[document("a"), document("left")]);
    let admin = api.admin().await;
    let path = "/api/v1/teams/default/upstreams";
    for name in ["a", "left"] {
        let history = api.get(&admin, &format!("{path}/{name}/history")).await;
        assert_eq!(history.problem(409), "managed_by_files");
        let back = [("if-none-match", "*")];
        let back = if name == "left" { &back[..] } else { &[("if-match", "*")] };
        let body = Some(json!({ "revision": 1 }));
        let rollback = api.send_with(&admin, "POST", &format!("{path}/{name}/rollback"), back, body).await;
        assert_eq!(rollback.problem(409), "managed_by_files");
        assert_eq!(api.post(&admin, path, document(name)).await.problem(409), "managed_by_files");
    }
    assert_eq!(api.get(&admin, &format!("{path}/left")).await.problem(404), "not_found");
}
