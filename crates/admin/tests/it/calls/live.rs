//! The live view.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt;
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::record;
use crate::support::{Api, Who, api};

struct Watch {
    body: axum::body::BodyDataStream,
    text: String,
}

async fn watch(api: &Api, who: &Who, query: &str) -> Watch {
    let mut request = Request::get(format!("/api/v1/calls/live?{query}")).header("host", "localhost");
    for (name, value) in &who.headers {
        request = request.header(name, value);
    }
    let response = api.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Watch { body: response.into_body().into_data_stream(), text: String::new() }
}

impl Watch {
    /// The next event; `None`: the view has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned())
                };
                let found = field("event:")
                    .map(|name| (name, serde_json::from_str(&field("data:").unwrap()).unwrap()));
                let rest = rest.to_owned();
                self.text = rest;
                if found.is_some() {
                    return found;
                }
                continue;
            }
            let chunk = self.body.next().await?.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn calls_are_seen_as_they_end_by_those_who_may() {
    let api = api();
    let admin = api.admin().await;
    let ann = api.user(&admin, "ann@example.com", json!([{ "team": "red", "role": "viewer" }])).await;
    let mut all = watch(&api, &admin, "").await;
    let mut own = watch(&api, &ann, "status=error").await;
    for (team, status) in [("blue", 500), ("red", 200), ("red", 500)] {
        record(&api, team, "/x", status).await;
    }
    for (team, status) in [("blue", 500), ("red", 200), ("red", 500)] {
        let (event, call) = all.next().await.unwrap();
        assert_eq!((event.as_str(), &call["team"], &call["status"]), ("call", &json!(team), &json!(status)));
    }
    let (_, call) = own.next().await.unwrap();
    assert_eq!((&call["team"], &call["status"]), (&json!("red"), &json!(500)));
    api.shutdown.cancel();
    assert!(all.next().await.is_none());
}

#[tokio::test]
async fn a_view_ends_after_ten_minutes_though_calls_come() {
    let api = api();
    let admin = api.admin().await;
    let mut all = watch(&api, &admin, "").await;
    record(&api, "red", "/x", 200).await;
    assert_eq!(all.next().await.unwrap().0, "call");
    api.clock.advance(Duration::from_mins(10));
    record(&api, "red", "/x", 200).await;
    assert!(all.next().await.is_none());
}

#[tokio::test]
async fn a_view_ends_after_ten_minutes_though_no_call_comes() {
    let api = api();
    let admin = api.admin().await;
    let mut all = watch(&api, &admin, "").await;
    tokio::time::pause();
    let end = tokio::time::timeout(Duration::from_mins(11), all.next()).await;
    assert_eq!(end.expect("the view goes on"), None);
}

#[tokio::test]
async fn more_than_can_be_read_are_counted() {
    let api = api();
    let admin = api.admin().await;
    let mut all = watch(&api, &admin, "").await;
    for _ in 0..25 {
        record(&api, "red", "/x", 200).await;
    }
    for _ in 0..20 {
        assert_eq!(all.next().await.unwrap().0, "call");
    }
    assert_eq!(all.next().await.unwrap(), ("dropped".to_owned(), json!({ "count": 5 })));
}
