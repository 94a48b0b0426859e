//! `GET /api/v1/calls/{id}/bodies`.

use serde_json::json;
use trace::{BodyPart, KeptBody};

use super::{record, record_with};
use crate::support::api;

fn body(part: BodyPart, attempt: u8, text: &[u8]) -> KeptBody {
    let format = if attempt > 0 { "anthropic" } else { "" };
    let mut body = KeptBody {
        part,
        attempt,
        format: format.into(),
        media_type: "application/json".into(),
        to: "".into(),
        total: 0,
        bytes: Vec::new(),
        arrivals: Vec::new(),
    };
    body.push(text, 5, 10);
    body
}

#[tokio::test]
async fn bodies_are_read_in_the_order_of_time_by_those_who_may() {
    let mut api = api();
    let admin = api.admin().await;
    let kept = vec![
        body(BodyPart::Request, 0, b"{\"a\":1}"),
        body(BodyPart::Sent, 1, "12345678\u{e4}\u{e4}".as_bytes()),
        body(BodyPart::Received, 1, b"\xff\xfe"),
        body(BodyPart::Answer, 0, b"{}"),
    ];
    let id = record_with(&api, "default", "/v1", 200, |record| record.bodies = kept).await;
    let without = record(&api, "default", "/v1", 200).await;
    api.written();
    let told = api.get(&admin, &format!("/api/v1/calls/{id}/bodies")).await.expect(200).json();
    let items = told["items"].as_array().unwrap();
    let parts: Vec<_> = items.iter().map(|item| item["part"].as_str().unwrap()).collect();
    assert_eq!(parts, ["request", "sent", "received", "answer"]);
    assert_eq!((&items[0]["text"], &items[0]["attempt"]), (&json!("{\"a\":1}"), &json!(null)));
    assert_eq!((&items[1]["text"], &items[1]["format"]), (&json!("12345678\u{e4}"), &json!("anthropic")));
    assert_eq!((&items[1]["bytes"], &items[1]["kept_bytes"]), (&json!(12), &json!(10)));
    assert_eq!((&items[2]["text"], &items[2]["arrivals"]), (&json!(null), &json!([[5, 2]])));
    let none = api.get(&admin, &format!("/api/v1/calls/{without}/bodies")).await.expect(200).json();
    assert_eq!(none["items"], json!([]));
    let gone = "/api/v1/calls/01900000-0000-7000-8000-000000000000/bodies";
    assert_eq!(api.get(&admin, gone).await.problem(404), "not_found");
    let viewer = api.user(&admin, "v@example.com", json!([{ "team": "default", "role": "viewer" }])).await;
    assert_eq!(api.get(&viewer, &format!("/api/v1/calls/{id}/bodies")).await.problem(403), "forbidden");
    let editor = api.user(&admin, "e@example.com", json!([{ "team": "default", "role": "editor" }])).await;
    assert_eq!(api.get(&editor, &format!("/api/v1/calls/{id}/bodies")).await.problem(403), "forbidden");
    let other = api.user(&admin, "o@example.com", json!([{ "team": "other", "role": "admin" }])).await;
    assert_eq!(api.get(&other, &format!("/api/v1/calls/{id}/bodies")).await.problem(404), "not_found");
}
