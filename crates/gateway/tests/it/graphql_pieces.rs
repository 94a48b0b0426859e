//! GraphQL answers that come piece by piece.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::client::Raw;
use crate::gate::{Gate, upstream};
use crate::upstream::Upstream;

const SDL: &str = r#"
type Query { user(id: ID!): User @rest(operation: "getUser") }
type User { id: ID! orders: [Order!] @rest(operation: "getOrders", args: {id: "$parent.id"}) }
type Order { id: ID! }
"#;

/// A schema over users, whose orders wait for a word of the test; it hears when somebody waits for them, and when nobody
/// does any more.
fn gate() -> (Gate, Upstream, Sender<()>, Receiver<&'static str>) {
    let (release, released) = channel::<()>();
    let (tell, told) = channel();
    let (released, tell) = (Arc::new(Mutex::new(released)), Arc::new(Mutex::new(tell)));
    let up = Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            if head.starts_with("GET /users/7/orders ") {
                tell.lock().unwrap().send("waits").unwrap();
                if released.lock().unwrap().recv().is_err() {
                    // The test has let go: who asked has left, or will.
                    conn.rest();
                    tell.lock().unwrap().send("left").unwrap();
                    return;
                }
                answer(conn, &json!([{"id": 1}]));
            } else {
                answer(conn, &json!({"id": 7}));
            }
        }
    });
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {}}]);
    let openapi = json!({
        "openapi": "3.1.0", "info": {"title": "Users", "version": "1"},
        "paths": {
            "/users/{id}": {"get": {"operationId": "getUser", "parameters": id}},
            "/users/{id}/orders": {"get": {"operationId": "getOrders", "parameters": id}},
        },
    });
    let document = |kind: &str, name: &str, spec: Value| {
        format!("---\n{}\n", json!({"kind": kind, "name": name, "spec": spec}))
    };
    let graphql = json!({"schema": SDL, "sources": {"users": {"service": "users"}}});
    let yaml = [
        upstream(&[up.addr], ""),
        document("Service", "users", json!({"backend": {"upstream": {"name": "up"}}, "openapi": openapi})),
        document("Route", "users", json!({"service": "users", "paths": ["/api/*"], "strip_prefix": "/api"})),
        document("Service", "graph", json!({"backend": {"graphql": graphql}, "access": {"mode": "public"}})),
        document("Route", "graph", json!({"service": "graph", "paths": ["/graphql"]})),
    ];
    (Gate::start(&yaml.concat()), up, release, told)
}

fn answer(conn: &mut Raw, body: &Value) {
    let body = body.to_string();
    conn.try_send(format!(
        "HTTP/1.1 200 S\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
}

fn ask(gate: &Gate, accept: &str, query: &str) -> Raw {
    let body = json!({ "query": query }).to_string();
    let fields =
        format!("Content-Type: application/json\r\nAccept: {accept}\r\nContent-Length: {}", body.len());
    let mut conn = gate.connect();
    conn.send(format!("POST /graphql HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}"));
    conn
}

const QUERY: &str = "{ user(id: 7) { id ... @defer(label: \"O\") { orders { id } } } }";
const FIRST: &str = r#"{"data":{"user":{"id":"7"}},"hasNext":true}"#;

/// The content of the next chunk; empty behind the last.
fn chunk(conn: &mut Raw) -> String {
    let mut line = String::new();
    while !line.ends_with("\r\n") {
        line += &conn.text(1);
    }
    let text = conn.text(usize::from_str_radix(line.trim(), 16).unwrap());
    conn.text(2);
    text
}

#[test]
fn what_is_deferred_comes_behind_the_first_piece() {
    let (gate, _up, release, told) = gate();
    let kind = "application/json; charset=utf-8";
    for (accept, content_type, later) in [
        (
            "multipart/mixed;deferSpec=20220824, application/json",
            "multipart/mixed; boundary=\"-\"; deferspec=20220824",
            r#"{"incremental":[{"data":{"orders":[{"id":"1"}]},"path":["user"],"label":"O"}],"hasNext":false}"#,
        ),
        (
            "application/graphql-response+json, multipart/mixed;incrementalSpec=v0.2",
            "multipart/mixed; boundary=\"-\"; incrementalspec=v0.2",
            r#"{"incremental":[{"id":"1","data":{"orders":[{"id":"1"}]}}],"completed":[{"id":"1"}],"hasNext":false}"#,
        ),
    ] {
        let mut conn = ask(&gate, accept, QUERY);
        let head = conn.head().to_lowercase();
        assert!(head.contains(&format!("content-type: {content_type}\r\n")), "{head}");
        let first = chunk(&mut conn);
        let by_id = content_type.contains("incremental");
        let pending = r#"{"data":{"user":{"id":"7"}},"pending":[{"id":"1","path":["user"],"label":"O"}],"hasNext":true}"#;
        let expect = if by_id { pending } else { FIRST };
        assert_eq!(first, format!("\r\n---\r\nContent-Type: {kind}\r\n\r\n{expect}\r\n---"));
        // Only now are the orders answered.
        assert_eq!(told.recv().unwrap(), "waits");
        release.send(()).unwrap();
        assert_eq!(chunk(&mut conn), format!("\r\nContent-Type: {kind}\r\n\r\n{later}\r\n-----\r\n"));
        assert_eq!(chunk(&mut conn), "");
    }
    gate.end_with();
}

#[test]
fn events_carry_pieces_and_who_takes_none_waits_for_the_whole() {
    let (gate, _up, release, told) = gate();
    let mut conn = ask(&gate, "text/event-stream", QUERY);
    conn.head();
    assert_eq!(chunk(&mut conn), format!("event: next\ndata: {FIRST}\n\n"));
    release.send(()).unwrap();
    let last = chunk(&mut conn);
    assert!(last.starts_with("event: next\ndata: {\"incremental\":[{"), "{last}");
    assert!(last.ends_with("\n\nevent: complete\ndata: \n\n"), "{last}");
    release.send(()).unwrap();
    let whole = ask(&gate, "application/json", QUERY).answer();
    assert_eq!(whole.json(), json!({"data": {"user": {"id": "7", "orders": [{"id": "1"}]}}}));
    // Nothing is deferred, so that there is one piece.
    let plain =
        ask(&gate, "multipart/mixed, application/json", "{ user(id: 7) { ... @defer(if: false) { id } } }")
            .answer();
    assert_eq!(plain.field("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(plain.json(), json!({"data": {"user": {"id": "7"}}}));
    assert_eq!(told.try_iter().count(), 2);
    gate.end_with();
}

#[test]
fn a_client_that_leaves_takes_what_is_under_way_with_it() {
    let (gate, _up, release, told) = gate();
    let mut conn = ask(&gate, "multipart/mixed, application/json", QUERY);
    conn.head();
    chunk(&mut conn);
    assert_eq!(told.recv().unwrap(), "waits");
    conn.reset();
    drop(release);
    assert_eq!(told.recv().unwrap(), "left");
    gate.end_with();
}
