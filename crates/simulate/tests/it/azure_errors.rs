//! What Azure refuses, and in whose words.

use serde_json::{Value, json};
use simulate::{Config, RateLimit};

use crate::azure::{VERSION, chat, hello, send, with};
use crate::support::{Answer, Server, quick};

/// An error of the service itself: a code and a message and nothing else.
fn refused(answer: &Answer, status: u16, code: &str) -> String {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    let body = answer.json();
    let error = body["error"].as_object().unwrap();
    assert_eq!((error.len(), &error["code"]), (2, &json!(code)), "{text}");
    error["message"].as_str().unwrap().to_owned()
}

#[test]
fn keys_versions_and_deployments_are_checked() {
    let server = Server::start(quick());
    let path = format!("deployments/gpt-4o/chat/completions?{VERSION}");
    let nobody = server.send("POST", &format!("/azure/openai/{path}"), &[], hello().to_string().as_bytes());
    assert!(refused(&nobody, 401, "401").contains("invalid subscription key"));
    refused(&send(&server, &path, &[("api-key", "sk-bad")], &hello()), 401, "401");
    let token = [("authorization", "Bearer sk-bad")];
    let token = server.send("POST", &format!("/azure/openai/{path}"), &token, hello().to_string().as_bytes());
    assert!(refused(&token, 401, "401").contains("Access token is missing, invalid"));
    for path in [
        "deployments/gpt-4o/chat/completions",
        "deployments/gpt-4o/chat/completions?api-version=soon",
        "deployments/gpt-4o/chats?api-version=2024-10-21",
        "chat/completions",
        "responses",
    ] {
        refused(&send(&server, path, &[], &hello()), 404, "404");
    }
    let missing = send(&server, &format!("deployments/none/chat/completions?{VERSION}"), &[], &hello());
    refused(&missing, 404, "DeploymentNotFound");
    let named = with(&json!({"model": "llama"}));
    refused(&send(&server, "v1/chat/completions", &[], &named), 404, "DeploymentNotFound");
    refused(&send(&server, "v1/chat/completions?api-version=2024-10-21", &[], &hello()), 400, "BadRequest");
    refused(&send(&server, "v1/responses", &[("api-key", "sk-bad")], &json!({})), 401, "401");
}

#[test]
fn what_the_model_refuses_is_in_its_makers_words() {
    let server = Server::start(quick());
    let answer = chat(&server, &[], &with(&json!({"temperature": 3})));
    let error = answer.json()["error"].clone();
    assert_eq!(
        (answer.status, &error["param"], &error["code"]),
        (400, &json!("temperature"), &json!("decimal_above_max_value"))
    );
    assert_eq!(error["type"], "invalid_request_error");
    let blocked = chat(&server, &[("x-simulate", "finish=blocked")], &hello());
    let error = blocked.json()["error"].clone();
    assert_eq!(
        (blocked.status, &error["code"], &error["type"]),
        (400, &json!("content_filter"), &Value::Null)
    );
    assert_eq!(error["innererror"]["code"], "ResponsibleAIPolicyViolation");
    assert_eq!(
        error["innererror"]["content_filter_result"]["jailbreak"],
        json!({"filtered": true, "detected": true})
    );
}

#[test]
fn statuses_and_broken_streams_come_as_asked_for() {
    let server = Server::start(quick());
    for (status, code) in [
        (400, "BadRequest"),
        (401, "401"),
        (403, "403"),
        (404, "DeploymentNotFound"),
        (408, "Timeout"),
        (429, "429"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ] {
        refused(&chat(&server, &[("x-simulate", &format!("status={status}"))], &hello()), status, code);
    }
    let path = format!("deployments/gpt-4o+status=429+retry-after=4/chat/completions?{VERSION}");
    let limited = send(&server, &path, &[], &hello());
    assert!(refused(&limited, 429, "429").contains("retry after 4 seconds"));
    assert_eq!((limited.header("retry-after"), limited.header("retry-after-ms")), (Some("4"), Some("4000")));
    let stream = |faults: &str| chat(&server, &[("x-simulate", faults)], &with(&json!({"stream": true})));
    let (_, last) = stream("error-after=3").events().pop().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&last).unwrap()["error"]["type"], "server_error");
    let cut = stream("cut-after=2");
    assert_eq!((cut.complete, cut.events().len()), (false, 2));
    assert!(serde_json::from_str::<Value>(&stream("garbage").events()[1].1).is_err());
    let rate_limit = Some(RateLimit { requests_per_minute: 1, tokens_per_minute: 10_000 });
    let tight = Server::start(Config { rate_limit, ..quick() });
    assert_eq!(chat(&tight, &[], &hello()).status, 200);
    refused(&chat(&tight, &[], &hello()), 429, "429");
}
