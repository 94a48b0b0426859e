//! GraphQL: schemas that are served from calls, and queries that are looked at before they go to an upstream.

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use message::Reason;
use net::websocket::{Message, WebSocket};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Answer, Raw};
use crate::flows::{by_target, flow, get};
use crate::gate::{Gate, public, upstream};
use crate::upstream::Upstream;

const SDL: &str = r#"
type Query {
  users(first: Int = 2): [User!]! @rest(operation: "listUsers", args: {limit: "$args.first"}, select: "/items")
  user(id: ID!): User @rest(operation: "GET /users/{id}")
}
type Mutation { add(name: String!): User @rest(operation: "addUser", args: {body: {name: "$args.name"}}) }
type User {
  id: ID!
  name: String
  orders: [Order!] @rest(operation: "listOrders", args: {user: "$parent.id"}, batch: {argument: "user", by: "user"})
}
type Order { id: ID! }
"#;

/// A service at `/api` behind an upstream, and a schema over it at `/graphql`.
fn served(up: &Upstream, extra: &str) -> String {
    let query = |name: &str| json!({"name": name, "in": "query", "schema": {}});
    let openapi = json!({
        "openapi": "3.1.0", "info": {"title": "Users", "version": "1"},
        "paths": {
            "/users": {
                "get": {"operationId": "listUsers", "parameters": [query("limit")]},
                "post": {"operationId": "addUser", "requestBody": {"content": {"application/json": {}}}},
            },
            "/users/{id}": {"get": {"parameters": [{"name": "id", "in": "path", "required": true, "schema": {}}]}},
            "/orders": {"get": {"operationId": "listOrders", "parameters": [query("user")]}},
        },
    });
    let schema = json!(SDL);
    upstream(&[up.addr], "")
        + &format!(
            "---
kind: Service
name: users
spec: {{backend: {{upstream: {{name: up}}}}, openapi: {openapi}}}
---
kind: Route
name: users
spec: {{service: users, paths: [\"/api/*\"], strip_prefix: /api}}
---
kind: Service
name: graph
spec: {{backend: {{graphql: {{schema: {schema}, sources: {{users: {{service: users}}}}}}}}, access: {{mode: public}}{extra}}}
---
kind: Route
name: graph
spec: {{service: graph, paths: [\"/graphql\"]}}
"
        )
}

/// Answers users and orders, and notes what it was asked.
fn users(asked: &Arc<Mutex<Vec<String>>>) -> Upstream {
    let asked = Arc::clone(asked);
    Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            let line = head.split(" HTTP/").next().unwrap_or_default().to_owned();
            let length = field(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            let sent = if length > 0 { conn.text(length) } else { String::new() };
            let (status, body) = match &*line {
                "GET /users?limit=2" => (200, json!({"items": [{"id": 1, "name": "a"}, {"id": 2}]})),
                "GET /orders?user=1&user=2" => {
                    (200, json!([{"id": "o1", "user": 1}, {"id": "o2", "user": 1}]))
                }
                "POST /users" => (201, json!({"id": 3, "name": "n"})),
                "GET /users/500" => (500, json!({})),
                "GET /users/8" => {
                    // It has its own way of saying why.
                    conn.try_send("HTTP/1.1 404 S\r\nProxy-Status: far; error=http_request_error\r\nContent-Length: 0\r\n\r\n");
                    continue;
                }
                _ => (404, json!({})),
            };
            asked.lock().unwrap().push([line, sent].join(" ").trim().to_owned());
            tell(conn, status, &body);
        }
    })
}

fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn tell(conn: &mut Raw, status: u16, body: &Value) {
    let (body, kind) = (body.to_string(), "application/json");
    conn.try_send(format!(
        "HTTP/1.1 {status} S\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
}

fn post(gate: &Gate, path: &str, accept: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let fields =
        format!("Content-Type: application/json\r\nAccept: {accept}\r\nContent-Length: {}", body.len());
    gate.connect().send(format!("POST {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}")).answer()
}

const RESPONSE: &str = "application/graphql-response+json";

#[test]
fn a_nested_query_becomes_the_fewest_calls_each_with_its_record() {
    let asked = Arc::default();
    let up = users(&asked);
    let gate = Gate::start(&served(&up, ""));
    let query = json!({"query": "{ users { name orders { id } } a: user(id: 7) { id } b: user(id: \"7\") { name } }"});
    let answered = post(&gate, "/graphql", RESPONSE, &query);
    assert_eq!(answered.status, 200, "{}", answered.text());
    assert_eq!(answered.field("content-type"), Some("application/graphql-response+json; charset=utf-8"));
    let users = json!([{"name": "a", "orders": [{"id": "o1"}, {"id": "o2"}]}, {"name": null, "orders": []}]);
    assert_eq!(answered.json(), json!({"data": {"users": users, "a": null, "b": null}}));
    let mut lines = asked.lock().unwrap().clone();
    lines.sort();
    assert_eq!(lines, ["GET /orders?user=1&user=2", "GET /users/7", "GET /users?limit=2"]);
    let records = gate.end_with();
    let outer = records.iter().find(|record| &*record.path == "/graphql").unwrap();
    assert_eq!(outer.bytes_in, query.to_string().len() as u64);
    let inner: Vec<_> = records.iter().filter(|record| record.path.starts_with("/api/")).collect();
    assert_eq!(inner.len(), 3);
    assert!(inner.iter().all(|record| record.parent_span_id == Some(outer.span_id)));
}

#[test]
fn a_call_that_fails_is_an_error_at_its_field() {
    let asked = Arc::default();
    let up = users(&asked);
    let gate = Gate::start(&served(&up, ""));
    let query = json!({"query": "mutation { add(name: \"n\") { id name } }"});
    let answered = post(&gate, "/graphql", "application/json", &query);
    assert_eq!(answered.json(), json!({"data": {"add": {"id": "3", "name": "n"}}}));
    assert_eq!(*asked.lock().unwrap(), ["POST /users {\"name\":\"n\"}"]);
    let answered = post(&gate, "/graphql", RESPONSE, &json!({"query": "{ user(id: 500) { id } }"}));
    let told = answered.json();
    assert_eq!((answered.status, &told["data"]), (200, &json!({"user": null})));
    assert_eq!(told["errors"][0]["path"], json!(["user"]));
    assert_eq!(told["errors"][0]["message"], "`GET /users/{id}`: it was answered with status 500");
    let answered = post(&gate, "/graphql", RESPONSE, &json!({"query": "{ user(id: 8) { id } }"}));
    assert_eq!(answered.json(), json!({"data": {"user": null}}));
    let answered = post(&gate, "/graphql", RESPONSE, &json!({"query": "{ user(id: \"../x\") { id } }"}));
    let told = &answered.json()["errors"][0]["message"];
    assert_eq!(told, "`GET /users/{id}`: it was refused with status 400, `invalid_path`");
    gate.end_with();
}

#[test]
fn what_is_no_request_or_asks_for_too_much_is_refused_as_graphql_has_it() {
    let asked = Arc::default();
    let limits = ", policies: [{graphql: {max_depth: 2, introspection: false}}]";
    let up = users(&asked);
    let gate = Gate::start(&served(&up, limits));
    let deep = json!({"query": "{ users { orders { id } } }"});
    for (accept, status) in [("application/json", 200), (RESPONSE, 400)] {
        let answered = post(&gate, "/graphql", accept, &deep);
        assert_eq!(answered.status, status);
        assert!(answered.field("proxy-status").unwrap().contains("details=\"graphql_refused\""));
        let expect = json!({"errors": [{
            "message": "the query goes 3 levels deep, at most 2 are allowed", "locations": [{"line": 1, "column": 20}],
            "extensions": {"code": "QUERY_TOO_DEEP", "hint": "ask for what lies deeper in another query"},
        }]});
        assert_eq!(answered.json(), expect);
        assert_eq!(gate.record().reason.as_deref(), Some(Reason::GraphqlRefused.code()));
    }
    for (query, code) in [
        ("{ __schema { types { name } } }", "INTROSPECTION_DISABLED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ users { a: name } users { a: id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
    ] {
        let answered = post(&gate, "/graphql", RESPONSE, &json!({"query": query}));
        assert_eq!(
            (answered.status, &answered.json()["errors"][0]["extensions"]["code"]),
            (400, &json!(code))
        );
        assert_eq!(answered.json().get("data"), None);
    }
    for (request, status) in [
        ("GET /graphql?query=mutation%7Badd(name:%22x%22)%7Bid%7D%7D HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        ("PATCH /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405),
        ("POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", 415),
        (
            "POST /graphql?query=x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
            400,
        ),
        ("GET /graphql?query=%7Ba%7D HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n", 406),
    ] {
        let answered = gate.connect().send(request).answer();
        assert_eq!(answered.status, status, "{request}");
        assert!(answered.json()["errors"][0]["message"].is_string());
        assert_eq!(answered.field("allow").is_some(), status == 405, "{request}");
    }
    assert!(asked.lock().unwrap().is_empty());
    gate.end_with();
}

#[test]
fn events_carry_a_whole_answer_too() {
    let asked = Arc::default();
    let up = users(&asked);
    let gate = Gate::start(&served(&up, ""));
    let answered = post(&gate, "/graphql", "text/event-stream", &json!({"query": "{ __typename }"}));
    assert_eq!(answered.field("content-type"), Some("text/event-stream; charset=utf-8"));
    assert_eq!(
        answered.text(),
        "event: next\ndata: {\"data\":{\"__typename\":\"Query\"}}\n\nevent: complete\ndata: \n\n"
    );
    let answered = post(&gate, "/graphql", "text/event-stream", &json!({"query": "{ nothing }"}));
    assert!(answered.text().starts_with("event: next\ndata: {\"errors\":[{"), "{}", answered.text());
    gate.end_with();
}

/// Answers what it was sent.
fn echo() -> Upstream {
    Upstream::start(|_, conn| {
        while let Some(head) = conn.try_head() {
            let line = head.split(" HTTP/").next().unwrap_or_default().to_owned();
            let length = field(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            let sent = if length > 0 { conn.text(length) } else { String::new() };
            tell(conn, 200, &json!({"data": {"line": line, "sent": sent}}));
        }
    })
}

fn proxied(up: &Upstream, limits: &str) -> Gate {
    Gate::start(&(upstream(&[up.addr], "") + &public(&format!("{{graphql: {limits}}}"))))
}

#[test]
fn an_upstream_sees_what_was_read_and_nothing_beside_it() {
    let up = echo();
    let gate = proxied(&up, "{}");
    let body = json!({"query": "query A($id: ID) { a(id: $id) }", "variables": {"id": 1}, "other": true, "operationName": "A"});
    let answered = post(&gate, "/graphql", "application/json", &body);
    let told = answered.json();
    let sent: Value = serde_json::from_str(told["data"]["sent"].as_str().unwrap()).unwrap();
    assert_eq!(
        sent,
        json!({"query": "query A($id: ID) { a(id: $id) }", "variables": {"id": 1}, "operationName": "A"})
    );
    let get = "GET /graphql?key=1&query=%7B+a+%7D&variables=%7B%7D HTTP/1.1\r\nHost: a\r\n\r\n";
    let answered = gate.connect().send(get).answer();
    assert_eq!(answered.json()["data"]["line"], "GET /graphql?key=1&query=%7B%20a%20%7D");
    let twice = "{\"query\": \"{a}\", \"query\": \"{b}\"}";
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{twice}",
        twice.len()
    );
    assert_eq!(gate.connect().send(request).answer().status, 400);
    // Without the subprotocol that is spoken.
    let upgrade = "GET /graphql HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    assert_eq!(gate.connect().send(upgrade).answer().status, 400);
    gate.end_with();
}

#[test]
fn a_text_is_sent_once_and_then_known_by_its_hash() {
    let up = echo();
    let gate = proxied(&up, "{persisted: automatic, max_aliases: 0}");
    let hash = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": hash}});
    let unknown = post(&gate, "/graphql", "application/json", &json!({"extensions": extensions}));
    assert_eq!(
        (unknown.status, &unknown.json()["errors"][0]["message"]),
        (200, &json!("PersistedQueryNotFound"))
    );
    let brought = post(
        &gate,
        "/graphql",
        "application/json",
        &json!({"query": "{__typename}", "extensions": extensions}),
    );
    assert_eq!(brought.status, 200);
    let known = post(&gate, "/graphql", "application/json", &json!({"extensions": extensions}));
    let told = known.json();
    let sent: Value = serde_json::from_str(told["data"]["sent"].as_str().unwrap()).unwrap();
    assert_eq!(sent["query"], "{__typename}");
    let aliased = post(&gate, "/graphql", RESPONSE, &json!({"query": "{ a: login b: login }"}));
    assert_eq!((aliased.status, up.connections() > 0), (400, true));
    gate.end_with();
}

#[test]
fn a_key_is_asked_for_in_the_same_shape() {
    let asked = Arc::default();
    let up = users(&asked);
    let yaml = served(&up, "").replace("access: {mode: public}", "access: {mode: subscription}");
    let gate = Gate::start(&yaml);
    let answered = post(&gate, "/graphql", RESPONSE, &json!({"query": "{ __typename }"}));
    assert_eq!(
        (answered.status, &answered.json()["errors"][0]["extensions"]["code"]),
        (401, &json!("credential_missing"))
    );
    gate.end_with();
}

/// A connection by `graphql-transport-ws`, begun.
async fn open(gate: &Gate) -> WebSocket<'static> {
    let mut stream = TcpStream::connect(gate.addr).await.unwrap();
    let head = "GET /graphql HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Protocol: other, graphql-transport-ws\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let answer = String::from_utf8(answer).unwrap().to_lowercase();
    assert!(answer.starts_with("http/1.1 101 "), "{answer}");
    assert!(answer.contains("sec-websocket-protocol: graphql-transport-ws\r\n"), "{answer}");
    let mut socket = WebSocket::client(Box::new(stream), Bytes::new(), 1 << 20);
    say(&mut socket, json!({"type": "connection_init"})).await;
    assert_eq!(hear(&mut socket).await, json!({"type": "connection_ack"}));
    socket
}

async fn say(socket: &mut WebSocket<'_>, message: Value) {
    socket.send(message.to_string().into()).await.unwrap();
}

async fn hear(socket: &mut WebSocket<'_>) -> Value {
    match socket.next().await.unwrap().unwrap() {
        Message::Text(text) => serde_json::from_slice(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn subscribe(socket: &mut WebSocket<'_>, id: &str, query: &str) {
    say(socket, json!({"type": "subscribe", "id": id, "payload": {"query": query}})).await;
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
fn operations_of_a_connection_are_calls_of_their_own() {
    let asked = Arc::default();
    let limits = ", policies: [{graphql: {max_depth: 2}}]";
    let up = users(&asked);
    let gate = Gate::start(&served(&up, limits));
    run(async {
        let mut socket = open(&gate).await;
        subscribe(&mut socket, "1", "{ users { name } }").await;
        let users = json!([{"name": "a"}, {"name": null}]);
        assert_eq!(
            hear(&mut socket).await,
            json!({"type": "next", "id": "1", "payload": {"data": {"users": users}}})
        );
        assert_eq!(hear(&mut socket).await, json!({"type": "complete", "id": "1"}));
        subscribe(&mut socket, "2", "{ users { orders { id } } }").await;
        let told = hear(&mut socket).await;
        assert_eq!(
            (&told["type"], &told["payload"][0]["extensions"]["code"]),
            (&json!("error"), &json!("QUERY_TOO_DEEP"))
        );
        say(&mut socket, json!({"type": "ping"})).await;
        assert_eq!(hear(&mut socket).await, json!({"type": "pong"}));
        say(&mut socket, json!({"type": "connection_init"})).await;
        match socket.next().await.unwrap().unwrap() {
            Message::Close(Some(close)) => {
                assert_eq!((close.code, &*close.reason), (4429, "Too many initialisation requests"));
            }
            other => panic!("{other:?}"),
        }
    });
    let records = gate.end_with();
    let posts = records.iter().filter(|record| &*record.path == "/graphql" && &*record.method == "POST");
    assert_eq!(posts.map(told).collect::<Vec<_>>(), ["query", ""]);
}

#[test]
fn a_subscription_is_told_until_it_is_stopped() {
    let (stopped, stops) = sync_channel(1);
    let up = Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_request() {
            assert_eq!(field(&head, "accept"), Some("text/event-stream"), "{head}");
            conn.try_send("HTTP/1.1 200 S\r\nContent-Type: text/event-stream\r\n\r\n");
            conn.try_send(":\n\nevent: next\ndata: {\"data\": {\"n\": 1}}\n\nevent: next\ndata: {\"data\": {\"n\": 2}}\n\n");
            conn.rest();
            stopped.send(()).unwrap();
        }
    });
    let gate = proxied(&up, "{}");
    run(async {
        let mut socket = open(&gate).await;
        subscribe(&mut socket, "s", "subscription { n }").await;
        for n in 1..=2 {
            assert_eq!(
                hear(&mut socket).await,
                json!({"type": "next", "id": "s", "payload": {"data": {"n": n}}})
            );
        }
        say(&mut socket, json!({"type": "complete", "id": "s"})).await;
        // The upstream's call is given up while the connection stands.
        while stops.try_recv().is_err() {
            say(&mut socket, json!({"type": "ping"})).await;
            assert_eq!(hear(&mut socket).await, json!({"type": "pong"}));
        }
        socket.send(Message::Close(None)).await.unwrap();
        while socket.next().await.is_some() {}
    });
    gate.end_with();
}

#[test]
fn a_field_that_a_flow_gives_is_what_its_workflow_gives() {
    let up = by_target(|line| (200, json!({"name": line})));
    let steps = json!([get("a", "$inputs.id", &json!({"name": "$response.body#/name"}))]);
    let sdl = json!("type Query { thing(id: ID!): Thing @flow(name: \"own\") }\ntype Thing { name: String }");
    let graph = format!(
        "---
kind: Service
name: graph
spec: {{backend: {{graphql: {{schema: {sdl}, flows: {{own: f}}}}}}, access: {{mode: public}}}}
---
kind: Route
name: graph
spec: {{service: graph, paths: [\"/graphql\"]}}
"
    );
    let gate = Gate::start(&(flow(&up, &steps, &json!({"name": "$steps.a.outputs.name"}), "") + &graph));
    let query = json!({"query": "{ thing(id: 7) { name } }"});
    let answered = post(&gate, "/graphql", "application/json", &query);
    assert_eq!(answered.json(), json!({"data": {"thing": {"name": "GET /things/7"}}}));
    drop(gate.end_with());
}

/// The operation that a call's record tells.
fn told(record: &trace::CallRecord) -> String {
    record.graphql.as_ref().map_or_else(|| "none".to_owned(), |graphql| graphql.title())
}

#[test]
fn a_record_tells_the_operation_whatever_its_name_is() {
    let up = echo();
    let gate = proxied(&up, "{max_depth: 2}");
    let long = "N".repeat(9_000);
    for (query, name, expect) in [
        ("query Cart { a }", None, "query Cart"),
        ("query A { a } mutation B { b }", Some("B"), "mutation B"),
        ("{ a }", None, "query"),
        (&*format!("query {long} {{ a }}"), None, &*format!("query {}…", "N".repeat(128))),
        // What is refused has the name that it claims, if it is one.
        ("query Deep { a { b { c } } }", None, ""),
        ("query Deep { a { b { c } } }", Some("Deep"), "Deep"),
        ("query A { a }", Some("B\r\nInjected: 1\u{1b}[2J"), ""),
        ("{", Some(&long), &*format!("{}…", "N".repeat(128))),
    ] {
        let body = json!({"query": query, "operationName": name});
        post(&gate, "/graphql", RESPONSE, &body);
        assert_eq!(told(&gate.record()), expect, "{query}");
    }
    gate.end();
    let asked = Arc::default();
    let up = users(&asked);
    let gate = Gate::start(&served(&up, ""));
    let body = json!({"query": "mutation Add { add(name: \"n\") { id } }"});
    post(&gate, "/graphql", RESPONSE, &body);
    let all: Vec<_> = gate.end_with().iter().map(|record| (record.path.to_string(), told(record))).collect();
    assert!(all.contains(&("/graphql".into(), "mutation Add".into())), "{all:?}");
    assert!(all.contains(&("/api/users".into(), "none".into())), "{all:?}");
}
