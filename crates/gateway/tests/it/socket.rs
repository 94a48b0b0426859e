//! OpenAI's Responses over a WebSocket: turns that go on from each other, each a call with a record of its own.

use bytes::Bytes;
use net::websocket::{Message, WebSocket};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::gate::Gate;
use crate::responses::{gate, gate_at};
use crate::vendor::Vendor;

const OPEN: &str = "GET /v1/responses HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer shop\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

struct Peer(WebSocket<'static>);

impl Peer {
    async fn open(gate: &Gate) -> Self {
        Self::open_at(gate, "/v1/responses").await
    }

    async fn open_at(gate: &Gate, path: &str) -> Self {
        let mut stream = TcpStream::connect(gate.addr).await.unwrap();
        stream.write_all(OPEN.replace("/v1/responses", path).as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        assert!(head.starts_with("http/1.1 101 ") && head.contains("s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
        Self(WebSocket::client(Box::new(stream), Bytes::new(), 1 << 20))
    }

    async fn say(&mut self, mut message: Value) {
        message["type"] = "response.create".into();
        self.0.send(message.to_string().into()).await.unwrap();
    }

    async fn hear(&mut self) -> Value {
        match self.0.next().await.unwrap().unwrap() {
            Message::Text(text) => serde_json::from_slice(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// Asks, and gives all that is answered up to the end of the answer.
    async fn ask(&mut self, message: Value) -> Vec<Value> {
        self.say(message).await;
        let mut told = Vec::new();
        loop {
            told.push(self.hear().await);
            let kind = told.last().unwrap()["type"].as_str().unwrap();
            if matches!(kind, "response.completed" | "response.failed" | "error") {
                return told;
            }
        }
    }

    async fn close(mut self) {
        self.0.send(Message::Close(None)).await.unwrap();
        while self.0.next().await.is_some() {}
    }
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
fn a_conversation_goes_on_within_a_session_though_nothing_is_kept() {
    let vendor = Vendor::start();
    for model in ["claude", "native"] {
        let gate = gate(&vendor);
        run(async {
            let mut peer = Peer::open(&gate).await;
            let first = peer.ask(json!({"model": model, "input": "Say hello", "store": false})).await;
            let first = &first.last().unwrap()["response"];
            assert_eq!(first["status"], "completed", "{first}");
            let next = json!({"model": model, "input": [{"role": "user", "content": "more"}], "store": false,
                "previous_response_id": first["id"], "stream_id": "a"});
            let second = peer.ask(next).await;
            assert!(second.iter().all(|event| event["stream_id"] == "a"));
            let last = second.last().unwrap();
            assert_eq!(last["type"], "response.completed", "{model}: {last}");
            let second = &last["response"];
            assert_eq!(second["previous_response_id"], first["id"]);
            let tokens = |response: &Value| response["usage"]["input_tokens"].as_u64().unwrap();
            assert!(tokens(second) > tokens(first), "{model}: {first} {second}");
            peer.close().await;
        });
        let mut records = [gate.record(), gate.record(), gate.record()];
        records.sort_by_key(|record| record.parent_span_id.is_some());
        assert_eq!((records[0].status, records[0].reason.as_deref()), (101, None));
        for record in &records[1..] {
            assert_eq!((record.trace_id, record.status, &*record.method), (records[0].trace_id, 200, "POST"));
            assert!(record.ai.as_ref().unwrap().usage.output > 0);
        }
        gate.end();
    }
}

#[test]
fn what_is_put_by_is_gone_on_from_without_a_call_of_its_own() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    run(async {
        let mut peer = Peer::open(&gate).await;
        let warm = json!({"model": "claude", "input": "Say hello", "store": false, "generate": false});
        let warm = peer.ask(warm).await;
        assert_eq!(warm.len(), 2);
        let warm = &warm[1]["response"];
        assert_eq!((&warm["output"], &warm["usage"]["total_tokens"]), (&json!([]), &json!(0)));
        let next =
            json!({"model": "claude", "input": "Now", "store": false, "previous_response_id": warm["id"]});
        let answer = peer.ask(next).await;
        let answer = &answer.last().unwrap()["response"];
        assert!(answer["usage"]["input_tokens"].as_u64() > Some(5), "{answer}");
        peer.close().await;
    });
    // What is put by is counted as a call, though it costs nothing; then the turn's and the session's.
    let warm = gate.record();
    assert_eq!((warm.status, warm.ai.unwrap().cost_micros), (200, Some(0)));
    assert_eq!((gate.record().status, gate.record().status), (200, 101));
    gate.end();
}

#[test]
fn what_is_put_by_is_for_models_that_may_be_used() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    run(async {
        let mut peer = Peer::open(&gate).await;
        let told = peer.ask(json!({"model": "nobody", "input": "hi", "generate": false})).await;
        assert_eq!((told.len(), &told[0]["error"]["code"]), (1, &json!("model_not_found")), "{told:?}");
        peer.close().await;
    });
    assert_eq!((gate.record().status, gate.record().status), (404, 101));
    gate.end();
}

#[test]
fn requests_of_a_session_are_made_where_it_was_opened() {
    let vendor = Vendor::start();
    for (paths, open) in [("/openai/v1/*", "/openai/v1/responses"), ("/responses", "/responses")] {
        let gate = gate_at(&vendor, paths);
        run(async {
            let mut peer = Peer::open_at(&gate, open).await;
            let told = peer.ask(json!({"model": "claude", "input": "Say hello"})).await;
            assert_eq!(told.last().unwrap()["type"], "response.completed", "{told:?}");
            peer.close().await;
        });
        let (turn, session) = (gate.record(), gate.record());
        assert_eq!((turn.status, &*turn.path, session.status), (200, open, 101));
        gate.end();
    }
}

#[test]
fn mistakes_are_told_and_the_session_goes_on() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    run(async {
        let mut peer = Peer::open(&gate).await;
        for (message, status, code) in [
            (json!({"model": "nobody", "input": "hi"}), 404, json!("model_not_found")),
            (
                json!({"model": "claude", "input": "hi", "previous_response_id": "resp_none"}),
                400,
                json!("previous_response_not_found"),
            ),
            (
                json!({"model": "claude", "generate": false, "previous_response_id": "resp_none"}),
                400,
                json!("previous_response_not_found"),
            ),
        ] {
            let told = peer.ask(message).await;
            assert_eq!(
                (told.len(), &told[0]["status"], &told[0]["error"]["code"]),
                (1, &json!(status), &code),
                "{told:?}"
            );
        }
        let background = peer.ask(json!({"model": "claude", "background": true})).await;
        assert_eq!(background[0]["error"]["param"], "background");
        peer.0.send("{".to_owned().into()).await.unwrap();
        assert_eq!(peer.hear().await["error"]["type"], "invalid_request_error");
        // Requests that come at once are answered one after the other.
        for stream in ["a", "b"] {
            peer.say(json!({"model": "claude", "input": "hi", "stream_id": stream})).await;
        }
        let mut lanes = Vec::new();
        while lanes.len() < 2 {
            let event = peer.hear().await;
            if event["type"] == "response.completed" {
                lanes.push(event["stream_id"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(lanes, ["a", "b"]);
        peer.close().await;
    });
    let records: Vec<_> = (0..5).map(|_| gate.record()).collect();
    assert_eq!(records.iter().map(|record| record.status).collect::<Vec<_>>(), [404, 400, 200, 200, 101]);
    gate.end();
}

#[test]
fn a_client_that_leaves_ends_what_it_asked_for() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    run(async {
        let mut peer = Peer::open(&gate).await;
        peer.say(json!({"model": "slow", "input": "Tell me of the sea."})).await;
        while peer.hear().await["type"] != "response.output_text.delta" {}
    });
    let (turn, session) = (gate.record(), gate.record());
    assert_eq!((turn.status, turn.reason.as_deref()), (200, Some("client_closed")));
    assert!(turn.ai.unwrap().estimated);
    assert_eq!((session.status, session.reason.as_deref()), (101, Some("client_closed")));
    gate.end();
}

#[test]
fn a_handshake_of_another_version_is_refused() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    let (answer, record) = gate.call(OPEN.replace("Version: 13", "Version: 8"));
    assert_eq!((answer.status, answer.field("sec-websocket-version")), (400, Some("13")));
    assert_eq!(record.reason.as_deref(), Some("malformed_request"));
    gate.end();
}
