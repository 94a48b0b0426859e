//! How an upstream's targets fare.

use serde_json::json;

use crate::support::api;

#[tokio::test]
async fn targets_are_told_with_when_they_come_back() {
    let api = api();
    let admin = api.admin().await;
    api.upstream(&admin, "default", "shop").await;
    let answer = api.get(&admin, "/api/v1/teams/default/upstreams/shop/health").await.expect(200).json();
    assert_eq!(
        answer["targets"],
        json!([{ "target": "127.0.0.1:9000", "state": "ejected", "weight": 1, "consecutive_failures": 5, "ejected_until": "2023-11-14T22:13:30.000000Z" }])
    );
    let overview = api.get(&admin, "/api/v1/metrics/overview").await.expect(200).json();
    assert_eq!(overview["attention"][0]["code"], "ejected");
    assert_eq!(
        api.get(&admin, "/api/v1/teams/default/upstreams/nothing/health").await.problem(404),
        "not_found"
    );
}
