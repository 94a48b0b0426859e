//! Queries that are written down and answer calls that are not GraphQL's.

use serde_json::{Value, json};

use crate::client::{Answer, Raw};
use crate::gate::{Gate, upstream};
use crate::upstream::Upstream;

const SDL: &str = "type Query { product(id: ID!): Product products(first: Int!, sort: Sort): [Product] }
    type Mutation { rate(id: ID!, input: Rating!): Product }
    input Rating { stars: Int! text: String = \"none\" }
    enum Sort { NAME PRICE }
    type Product { id: ID! name: String }";

/// A server that answers what it is asked by, but for the products of these ids.
fn server() -> Upstream {
    Upstream::start(|_, conn| {
        while let Some(head) = conn.try_head() {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let sent: Value = serde_json::from_str(&conn.text(length.unwrap_or(0))).unwrap_or_default();
            let line = head.lines().next().unwrap_or_default().to_owned();
            let error = json!({"message": "no name", "path": ["product", "name"]});
            let (status, answer) = match sent["variables"]["id"].as_str() {
                Some("none") => (200, json!({"data": {"product": null}})),
                Some("partly") => (200, json!({"data": {"product": {"id": "p"}}, "errors": [error]})),
                Some("broken") => (
                    200,
                    json!({"data": {"product": null}, "errors": [{"message": "broken", "path": ["product"]}]}),
                ),
                Some("refused") => (400, json!({"errors": [{"message": "refused"}]})),
                Some("down") => (503, json!("down")),
                _ => (200, json!({"data": {"product": {"line": line, "sent": sent}}})),
            };
            tell(conn, status, &answer);
        }
    })
}

fn tell(conn: &mut Raw, status: u16, body: &Value) {
    let body = body.to_string();
    conn.try_send(format!(
        "HTTP/1.1 {status} S\r\nContent-Type: application/json\r\nCache-Control: max-age=60\r\nETag: \"a\"\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
}

fn gate(up: &Upstream) -> Gate {
    let route = |name: &str, path: &str, graphql: Value| {
        let spec = json!({"service": "shop", "paths": [path], "strip_prefix": "/rest", "graphql": graphql});
        format!("---\n{}\n", json!({"kind": "Route", "name": name, "spec": spec}))
    };
    let service = json!({
        "kind": "Service", "name": "shop",
        "spec": {"backend": {"upstream": {"name": "up", "path_prefix": "/v2"}}, "access": {"mode": "public"}},
    });
    let one = "query One($id: ID!, $user: String, $full: Boolean = true) { product(id: $id) { id name } }";
    let many = "query($first: Int! = 3, $sort: Sort) { products(first: $first, sort: $sort) { id } }";
    let rate = "mutation($id: ID!, $input: Rating!) { rate(id: $id, input: $input) { id } }";
    Gate::start(
        &[
            upstream(&[up.addr], ""),
            format!("---\n{service}\n"),
            route(
                "one",
                "/rest/products/{id}",
                json!({"query": one, "root": "/product", "variables": {"user": "$request.header.x-user"}}),
            ),
            route("many", "/rest/products", json!({"query": many, "schema": SDL, "path": "/gql"})),
            route(
                "rate",
                "/rest/products/{id}/ratings",
                json!({"query": rate, "schema": SDL, "variables": {"input": "$request.body"}}),
            ),
            route("hash", "/rest/hash", json!({"query": "{ product { id } }", "send": "hash"})),
        ]
        .concat(),
    )
}

fn get(gate: &Gate, path: &str) -> Answer {
    gate.connect()
        .send(format!("GET {path} HTTP/1.1\r\nHost: a\r\nX-User: me\r\nIf-None-Match: \"a\"\r\n\r\n"))
        .answer()
}

fn post(gate: &Gate, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let fields = format!("Content-Type: application/json\r\nContent-Length: {}", body.len());
    gate.connect().send(format!("POST {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}")).answer()
}

#[test]
fn a_query_answers_calls_with_its_variables_from_wherever_they_stand() {
    let up = server();
    let gate = gate(&up);
    let answered = get(&gate, "/rest/products/7?full=false&other=1");
    assert_eq!(answered.status, 200, "{}", answered.text());
    assert_eq!((answered.field("cache-control"), answered.field("etag")), (Some("max-age=60"), None));
    assert_eq!(answered.field("vary"), Some("x-user"));
    let told = answered.json();
    assert_eq!(told["line"], "POST /v2/graphql HTTP/1.1");
    assert_eq!(told["sent"]["variables"], json!({"id": "7", "user": "me", "full": false}));
    assert_eq!(told["sent"]["operationName"], "One");
    let many = get(&gate, "/rest/products?sort=NAME").json();
    assert_eq!(many["product"]["line"], "POST /v2/gql HTTP/1.1");
    assert_eq!(many["product"]["sent"]["variables"], json!({"first": 3, "sort": "NAME"}));
    let form = "POST /rest/products HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Content-Length: 7\r\n\r\nfirst=4";
    let many = gate.connect().send(form).answer().json();
    assert_eq!(many["product"]["sent"]["variables"], json!({"first": 4}));
    let rated = post(&gate, "/rest/products/7/ratings", &json!({"stars": 5})).json();
    assert_eq!(
        rated["product"]["sent"]["variables"],
        json!({"id": "7", "input": {"stars": 5, "text": "none"}})
    );
    let hashed = get(&gate, "/rest/hash").json();
    assert_eq!(hashed["product"]["sent"].get("query"), None);
    assert_eq!(hashed["product"]["sent"]["extensions"]["persistedQuery"]["version"], 1);
    let records = gate.end_with();
    let one = records.iter().find(|record| &*record.method == "GET" && &*record.path == "/rest/products/7");
    let operation = one.and_then(|record| record.graphql.as_ref()).map(|graphql| graphql.title());
    assert_eq!(operation.as_deref(), Some("query One"));
}

#[test]
fn what_a_variable_does_not_take_is_told_and_nothing_is_asked() {
    let up = server();
    let gate = gate(&up);
    let answered = get(&gate, "/rest/products?first=x&sort=no");
    let told = answered.json();
    assert_eq!((answered.status, &told["reason"]), (400, &json!("invalid_query_input")));
    let wrong = json!([
        {"pointer": "#/first", "detail": "in the address or a header field: \"x\" is no `Int`"},
        {"pointer": "#/sort", "detail": "in the address or a header field: \"no\" is no value of `Sort`, which has NAME, PRICE"},
    ]);
    assert_eq!(told["errors"], wrong);
    let told = post(&gate, "/rest/products/7/ratings", &json!({"stars": "many"})).json();
    assert_eq!(told["errors"][0]["detail"], "in the body: `stars`: \"many\" is no `Int`");
    let by_get = get(&gate, "/rest/products/7/ratings");
    assert_eq!((by_get.status, by_get.field("allow")), (405, Some("post")));
    assert_eq!(up.connections(), 0);
    gate.end_with();
}

#[test]
fn what_is_not_found_and_what_fails_is_told_as_a_problem() {
    let up = server();
    let gate = gate(&up);
    for (id, status, reason) in [
        ("none", 404, "query_nothing"),
        ("broken", 502, "query_failed"),
        ("refused", 502, "query_failed"),
        ("down", 502, "query_failed"),
    ] {
        let answered = get(&gate, &format!("/rest/products/{id}"));
        assert_eq!((answered.status, &answered.json()["reason"]), (status, &json!(reason)), "{id}");
        assert_eq!(gate.record().reason.as_deref(), Some(reason));
    }
    let broken = get(&gate, "/rest/products/broken").json();
    assert_eq!(broken["errors"], json!([{"pointer": "#/product", "detail": "broken"}]));
    let partly = get(&gate, "/rest/products/partly");
    assert_eq!((partly.status, partly.json()), (200, json!({"id": "p"})));
    assert_eq!(partly.field("weir-completed"), Some("?0;missing=\"product.name\""));
    gate.end_with();
}
