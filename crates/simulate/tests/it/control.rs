//! What the simulator tells of itself, and its settings as text.

use serde_json::json;
use simulate::{Config, Latency};

use crate::openai;
use crate::support::{Server, quick};

#[test]
fn requests_are_counted_and_remembered() {
    let server = Server::start(Config { recent: 3, ..quick() });
    assert_eq!(server.get("/_simulate/health").json(), json!({"status": "ok"}));
    for number in 1..=4 {
        server.get(&format!("/shop/users/usr-{number}?x=1"));
    }
    server.get("/shop/users/usr-99");
    server.get("/shop/nowhere");
    server.chat(&[("x-trace", "abc")], &openai::hello());
    let stats = server.stats();
    assert_eq!(stats["requests"], 7);
    let users = &stats["endpoints"]["GET /shop/users/{id}"];
    assert_eq!(users, &json!({"count": 5, "statuses": {"200": 4, "404": 1}}));
    let recent = stats["recent"].as_array().unwrap();
    assert_eq!(recent.len(), 3);
    let last = &recent[2];
    assert_eq!((&last["number"], &last["status"]), (&json!(7), &json!(200)));
    assert_eq!(last["path"], "/openai/v1/chat/completions");
    let headers = last["headers"].as_array().unwrap();
    assert!(headers.contains(&json!(["x-trace", "abc"])));
    // A key is told only in part.
    assert!(headers.contains(&json!(["authorization", "Bearer sk-te…"])), "{headers:?}");
    assert_eq!(server.get("/_simulate/stats?recent=1").json()["recent"].as_array().unwrap().len(), 1);
}

#[test]
fn a_reset_forgets_everything() {
    let server = Server::start(quick());
    let first = server.chat(&[], &openai::hello()).body;
    let order = br#"{"user_id":"usr-1","items":[{"product_id":"prd-1"}]}"#;
    let json = [("content-type", "application/json")];
    assert_eq!(server.send("POST", "/shop/orders", &json, order).status, 201);
    assert_eq!(server.send("POST", "/_simulate/reset", &[], &[]).status, 204);
    assert_eq!(server.stats()["requests"], 0);
    assert_eq!(server.chat(&[], &openai::hello()).body, first);
    assert_eq!(server.get("/shop/orders").json()["total"], 400);
}

#[test]
fn settings_are_read_from_text() {
    let config: Config = serde_json::from_value(json!({"seed": 7, "latency": "none"})).unwrap();
    assert_eq!(config, Config { seed: 7, latency: Latency::None, ..Config::default() });
    let config: Config = serde_json::from_value(json!({"latency": "lognormal(20ms,200ms)",
        "rate_limit": {"requests_per_minute": 5}}))
    .unwrap();
    assert_eq!(config.rate_limit.unwrap().tokens_per_minute, 200_000);
    let text = serde_json::to_value(&config).unwrap();
    assert_eq!(text["latency"], "lognormal(20ms,200ms)");
    assert_eq!(serde_json::from_value::<Config>(text).unwrap(), config);
    for wrong in [json!({"sede": 1}), json!({"latency": "soon"}), json!({"rate_limit": {"per_day": 1}})] {
        assert!(serde_json::from_value::<Config>(wrong).is_err());
    }
}

#[test]
fn endpoints_take_the_time_that_is_set() {
    let config: Config = serde_json::from_value(json!({"latency": "uniform(1ms,2ms)"})).unwrap();
    let server = Server::start(config);
    assert_eq!(server.get("/shop/users/usr-1").status, 200);
    let answer = server.chat(&[], &openai::with(&json!({"stream": true})));
    assert!(answer.complete);
}
