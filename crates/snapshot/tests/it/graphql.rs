//! GraphQL schemas over services: what they call is found, and what is not there is told with its place.

use domain::Document;
use serde_json::{Value, json};
use snapshot::ExplainRequest;

use crate::support::{document, full, upstream};

/// A service with a description, a route to it, and a schema of these words over it.
fn documents(schema: &Value, more: &Value) -> Vec<Document> {
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let item = json!({"200": {"content": {"application/json": {"schema": {"properties": {"id": {"type": "string"}}}}}}});
    let openapi = json!({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/things/{id}": {"get": {"operationId": "get", "parameters": id, "responses": item}}},
    });
    let mut graphql = json!({"sources": {"things": {"service": "things"}}, "schema": schema});
    for (name, value) in more.as_object().into_iter().flatten() {
        graphql[name] = value.clone();
    }
    let access = json!({"mode": "public"});
    vec![
        upstream("u"),
        document("Service", "things", json!({"backend": {"upstream": {"name": "u"}}, "openapi": openapi})),
        document(
            "Route",
            "things",
            json!({"service": "things", "paths": ["/api/*"], "strip_prefix": "/api"}),
        ),
        document("Service", "graph", json!({"backend": {"graphql": graphql}, "access": access})),
        document("Route", "graph", json!({"service": "graph", "paths": ["/graphql"]})),
    ]
}

#[track_caller]
fn check(documents: &[Document], wanted: &[(&str, &str)]) {
    let mistakes = full(documents).err().unwrap_or_default();
    let found: Vec<String> = mistakes.iter().map(|m| format!("{} {}", m.path, m.message)).collect();
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (path, message) in wanted {
        let stands =
            found.iter().any(|one| one.strip_prefix(path).is_some_and(|rest| rest.contains(message)));
        assert!(stands, "{path} {message}: {found:#?}");
    }
}

#[test]
fn a_schema_finds_what_its_fields_call_or_is_made_of_its_source() {
    let sdl = json!(
        "type Query { a(id: ID!): T @rest(operation: \"get\") b: T @rest(source: \"things\", operation: \"GET /things/{id}\", args: {id: \"1\"}) } type T { id: ID }"
    );
    for schema in [sdl, Value::Null] {
        let snapshot = full(&documents(&schema, &json!({}))).unwrap();
        let explain =
            snapshot.explain(&ExplainRequest { url: "/graphql".into(), ..ExplainRequest::default() });
        let target = explain.target.unwrap();
        assert_eq!((target.kind, target.names.len()), ("graphql", 1));
        assert!(target.names[0].ends_with("things"), "{:?}", target.names);
    }
}

#[test]
fn what_a_schema_calls_and_is_not_there_is_told_with_its_line() {
    let at = "/spec/backend/graphql/schema";
    let sdl = "type Query {\n  a: T @rest(operation: \"gone\")\n  b: T @rest(source: \"other\", operation: \"get\")\n  c(id: ID!, x: Int): T @rest(operation: \"get\")\n  d: T @flow(name: \"f\")\n}\ntype T { id: ID }";
    check(
        &documents(&json!(sdl), &json!({})),
        &[
            (at, "2:3: field `a`: source `things` has no operation `gone`"),
            (at, "3:3: field `b`: there is no source `other`"),
            (at, "4:3: field `c`: the operation has no parameter `x`"),
            (at, "5:3: field `d`: there is no flow `f` among `flows`"),
        ],
    );
    check(
        &documents(&json!("type Query {\n a: Nope }"), &json!({})),
        &[(at, "2:2: the field `a` is of type `Nope`")],
    );
    let bounds = json!({"concurrency": 0, "timeout": "0s", "flows": {"f": "missing"}});
    check(
        &documents(&json!("type Query { a: Int }"), &bounds),
        &[
            ("/spec/backend/graphql/concurrency", "between 1 and 1000"),
            ("/spec/backend/graphql/timeout", "a time limit of zero"),
            ("/spec/backend/graphql/flows/f", "there is no Flow `missing`"),
        ],
    );
    check(&documents(&Value::Null, &json!({"sources": {}})), &[(at, "write the schema")]);
    let itself = json!({"sources": {"graph": {"service": "graph"}}});
    check(
        &documents(&Value::Null, &itself),
        &[("/spec/backend/graphql/sources/graph/service", "not served from itself")],
    );
}

#[test]
fn limits_stand_where_graphql_is_spoken_and_refuse_not_everything() {
    let limits = json!([{"graphql": {"max_depth": 0, "persisted": {"only": ["{ a }", "{"]}}}]);
    let service = |policies: &Value| {
        document("Service", "s", json!({"backend": {"upstream": {"name": "u"}}, "policies": policies}))
    };
    check(
        &[upstream("u"), service(&limits)],
        &[
            ("/spec/policies/0/graphql/max_depth", "a limit of 0"),
            ("/spec/policies/0/graphql/persisted/only/1", "cannot be parsed"),
        ],
    );
    let team = document("Team", "default", json!({"policies": [{"graphql": {}}]}));
    check(&[team], &[("/spec/policies/0/graphql", "not every service there speaks GraphQL")]);
}

#[test]
fn what_is_wrong_with_a_query_of_a_route_is_told_with_its_line() {
    let route = |graphql: Value, methods: &[&str]| {
        let service = document("Service", "graph", json!({"backend": {"upstream": {"name": "u"}}}));
        let spec =
            json!({"service": "graph", "paths": ["/things/{id}"], "graphql": graphql, "methods": methods});
        vec![upstream("u"), service, document("Route", "things", spec)]
    };
    let sdl = "type Query { thing(id: ID!): T } type Mutation { drop(id: ID!): T } type T { id: ID }";
    let good = "query($id: ID!) { thing(id: $id) { id } }";
    assert!(full(&route(json!({"query": good, "schema": sdl, "root": "/thing"}), &["GET"])).is_ok());
    assert!(full(&route(json!({"query": good}), &[])).is_ok());
    let at = "/spec/graphql";
    let query = format!("{at}/query");
    check(&route(json!({}), &[]), &[(at, "write the query: `query`")]);
    let file = json!({"query_file": "a.graphql"});
    check(
        &route(file, &[]),
        &[(&format!("{at}/query_file"), "`a.graphql` is read only where configuration")],
    );
    check(
        &route(json!({"query": "query($id: ID!) {\n  thing(id: $id) { id nothing } }", "schema": sdl}), &[]),
        &[(&query, "2:23: Unknown field \"nothing\" on type \"T\"")],
    );
    check(
        &route(
            json!({"query": good, "schema": "type Query {\n a: B }", "path": "graphql", "variables": {"x": 1}}),
            &[],
        ),
        &[
            ("/spec/graphql/schema", "2:2: the field `a` is of type `B`"),
            ("/spec/graphql/path", "`graphql` is not a path"),
            ("/spec/graphql/variables/x", "the query has no variable `$x`"),
        ],
    );
    check(
        &route(json!({"query": "mutation($id: ID!) { drop(id: $id) { id } }"}), &["GET", "POST"]),
        &[("/spec/methods", "a mutation is not asked for by GET")],
    );
    check(&route(json!({"query": "subscription { a }"}), &[]), &[(&query, "1:1: a subscription has no end")]);
}
