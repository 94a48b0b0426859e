//! Searching, reading, summing up.

use serde_json::json;

use trace::{GraphqlRecord, StageTime};

use super::{record, record_with};
use crate::support::api;

#[tokio::test]
async fn calls_are_found_by_those_who_may_see_them() {
    let mut api = api();
    let admin = api.admin().await;
    let mut ids = Vec::new();
    for (team, path, status) in [("red", "/a", 200), ("blue", "/b", 503), ("", "/c", 404), ("red", "/d", 500)]
    {
        ids.push(record(&api, team, path, status).await);
    }
    api.written();
    let all = api.get(&admin, "/api/v1/calls").await.expect(200).json();
    let found: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|call| call["id"].as_str().unwrap()).collect();
    assert_eq!(found, ids.iter().rev().collect::<Vec<_>>());
    let first = api.get(&admin, "/api/v1/calls?limit=3").await.expect(200).json();
    let next = format!("/api/v1/calls?limit=3&cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(api.get(&admin, &next).await.expect(200).json()["items"][0]["id"], ids[0]);
    let failed = api.get(&admin, "/api/v1/calls?status=5xx&team=red").await.expect(200).json();
    assert_eq!(failed["items"].as_array().unwrap().len(), 1);
    let call = &failed["items"][0];
    assert_eq!(call["at"], "2023-11-14T22:13:20.000000Z");
    assert_eq!((&call["attempts"], &call["stages_us"]), (&json!(1), &json!(300)));
    assert_eq!(call["bars"][1], json!({ "name": "wait", "start_us": 150, "duration_us": 500 }));
    assert_eq!(call["phases"]["wait"], 500);
    assert!(call["phases"]["dns"].is_null());

    let ann = api.user(&admin, "ann@example.com", json!([{ "team": "red", "role": "viewer" }])).await;
    let own = api.get(&ann, "/api/v1/calls").await.expect(200).json();
    assert_eq!(own["items"].as_array().unwrap().len(), 2);
    api.get(&ann, &format!("/api/v1/calls/{}", ids[0])).await.expect(200);
    for id in [&ids[1], &ids[2]] {
        assert_eq!(api.get(&ann, &format!("/api/v1/calls/{id}")).await.problem(404), "not_found");
    }
    assert_eq!(api.get(&ann, "/api/v1/calls?team=blue").await.problem(404), "not_found");
    let detail = api.get(&admin, &format!("/api/v1/calls/{}", ids[0])).await.expect(200).json();
    assert_eq!(detail["attempts"][0]["status"], 200);
    assert_eq!(detail["spans"][0]["kind"], "call");
    assert!(detail["traceparent"].as_str().unwrap().starts_with("00-0707"));

    let window = "from=2023-11-14T22:00:00Z&to=2023-11-14T23:00:00Z";
    let overview = api.get(&admin, &format!("/api/v1/metrics/overview?{window}")).await.expect(200).json();
    assert_eq!((&overview["totals"]["calls"], &overview["totals"]["errors_5xx"]), (&json!(4), &json!(2)));
    assert_eq!(overview["from"], "2023-11-14T22:00:00.000000Z");
    let own = api.get(&ann, &format!("/api/v1/metrics/overview?{window}")).await.expect(200).json();
    assert_eq!(own["totals"]["calls"], 2);
    for wrong in ["from=yesterday", "from=2&to=1"] {
        let answer = api.get(&admin, &format!("/api/v1/metrics/overview?{wrong}")).await;
        assert_eq!(answer.problem(400), "invalid_request");
    }
    assert_eq!(api.get(&admin, "/api/v1/calls?status=bad").await.problem(400), "invalid_request");
    let metrics = api.get(&admin, "/metrics").await.expect(200).text;
    assert!(
        metrics.contains("gateway_records_written_total 4") && metrics.contains("listener_connections 3"),
        "{metrics}"
    );
}

#[tokio::test]
async fn the_gateways_own_time_leaves_out_the_calls_within() {
    let mut api = api();
    let admin = api.admin().await;
    let calls = StageTime { name: "calls".into(), start_us: 800, duration_us: 150 };
    record_with(&api, "red", "/graphql", 200, |record| record.stages.push(calls)).await;
    api.written();
    let found = api.get(&admin, "/api/v1/calls").await.expect(200).json();
    assert_eq!(found["items"][0]["stages_us"], 150);
}

#[tokio::test]
async fn calls_of_graphql_tell_their_operation_and_are_found_by_it() {
    let mut api = api();
    let admin = api.admin().await;
    for (kind, operation) in [("query", Some("Cart")), ("query", None), ("mutation", Some("Order"))] {
        let graphql = Some(Box::new(GraphqlRecord::new(kind, operation)));
        record_with(&api, "red", "/graphql", 200, |record| record.graphql = graphql).await;
    }
    record(&api, "red", "/a", 200).await;
    api.written();
    for (asked, expect) in [
        ("operation=Cart", json!([["query", "Cart"]])),
        ("operation_kind=query", json!([["query", null], ["query", "Cart"]])),
        ("operation=Cart&operation_kind=mutation", json!([])),
        ("q=%2Fa", json!([[null, null]])),
    ] {
        let found = api.get(&admin, &format!("/api/v1/calls?{asked}")).await.expect(200).json();
        let found = found["items"].as_array().unwrap().iter();
        let told: Vec<_> = found.map(|call| json!([call["operation_kind"], call["operation"]])).collect();
        assert_eq!(json!(told), expect, "{asked}");
    }
}
