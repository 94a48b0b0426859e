//! OpenAI's Responses over a WebSocket, through a foreign client's.

use serde_json::{Value, json};

use crate::live::{Socket, open};
use crate::support::{Server, quick};

fn session(server: &Server) -> Socket {
    open(server, "/openai/v1/responses", ("authorization", "Bearer sk-1")).unwrap()
}

/// Asks, and gives the last event of the answer.
fn ask(socket: &mut Socket, mut message: Value) -> Value {
    message["type"] = "response.create".into();
    socket.say(&message);
    loop {
        let event = socket.hear();
        if ["response.completed", "error"].contains(&event["type"].as_str().unwrap()) {
            return event;
        }
    }
}

#[test]
fn turns_go_on_from_each_other_within_a_session_alone() {
    let server = Server::start(quick());
    let mut socket = session(&server);
    let first = ask(&mut socket, json!({"model": "gpt-5", "input": "hi", "store": false, "stream_id": "a"}));
    assert_eq!((&first["type"], &first["stream_id"]), (&json!("response.completed"), &json!("a")));
    let id = &first["response"]["id"];
    let next = json!({"model": "gpt-5", "input": "more", "store": false, "previous_response_id": id});
    let second = ask(&mut socket, next.clone());
    assert_eq!(&second["response"]["previous_response_id"], id, "{second}");
    // The session knows the last alone, and nobody else knows it at all.
    let stale = ask(&mut socket, next);
    assert_eq!(
        (&stale["status"], &stale["error"]["code"]),
        (&json!(400), &json!("previous_response_not_found"))
    );
    let mut other = session(&server);
    let stolen = json!({"model": "gpt-5", "input": "x", "previous_response_id": second["response"]["id"]});
    assert_eq!(ask(&mut other, stolen)["error"]["code"], "previous_response_not_found");
}

#[test]
fn a_request_may_be_put_by_and_mistakes_end_no_session() {
    let server = Server::start(quick());
    let mut socket = session(&server);
    let warm = ask(&mut socket, json!({"model": "gpt-5", "input": "hi", "store": false, "generate": false}));
    assert_eq!(
        (&warm["response"]["output"], &warm["response"]["usage"]["output_tokens"]),
        (&json!([]), &json!(0))
    );
    let next = json!({"model": "gpt-5", "input": "now", "previous_response_id": warm["response"]["id"]});
    assert_eq!(ask(&mut socket, next)["type"], "response.completed");
    for (message, param) in [
        (json!({"model": "gpt-5", "input": "x", "background": true}), json!("background")),
        (json!({"model": "gpt-5", "input": "x", "unknown": 1}), json!("unknown")),
    ] {
        assert_eq!(ask(&mut socket, message)["error"]["param"], param);
    }
    socket.say(&json!({"type": "response.steer"}));
    assert_eq!(socket.hear()["error"]["param"], "type");
    assert_eq!(ask(&mut socket, json!({"model": "gpt-5+status=429", "input": "x"}))["status"], 429);
    assert_eq!(open(&server, "/openai/v1/responses", ("x-none", "none")).err(), Some(401));
}
