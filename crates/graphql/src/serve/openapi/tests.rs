//! Descriptions that are not as one would write them, each of which becomes a schema that can be read.

use serde_json::json;

use super::*;
use crate::serve::Schema;

fn answers(schema: &Value) -> Value {
    json!({"200": {"content": {"application/json": {"schema": schema}}}})
}

fn sdl(paths: &Value, schemas: &Value) -> String {
    let info = json!({"title": "t", "version": "1"});
    let document =
        json!({"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": schemas}});
    let sdl = sdl_of(&document, "").unwrap();
    Schema::read(&sdl).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{sdl}"));
    sdl
}

fn has(sdl: &str, lines: &[&str]) {
    for line in lines {
        assert!(sdl.lines().any(|known| known.trim() == *line), "{line}\n{sdl}");
    }
}

#[test]
fn what_would_have_one_name_is_numbered() {
    let parameter =
        |name: &str, place: &str| json!({"name": name, "in": place, "schema": {"type": "string"}});
    let parameters = [
        parameter("ids", "query"),
        parameter("ids[]", "query"),
        parameter("body", "query"),
        parameter("ids", "header"),
    ];
    let text = json!({"type": "string"});
    let odd = json!({"type": "object", "properties": {"a-b": text, "aB": text, "é": text, "": text}});
    let paths = json!({
        "/a": {"get": {"operationId": "get-user", "responses": answers(&odd)}},
        "/b": {"get": {"operationId": "get user", "responses": answers(&json!({"$ref": "#/components/schemas/String"}))}},
        "/c": {"get": {"operationId": "getUser", "parameters": parameters}},
    });
    let sdl = sdl(&paths, &json!({"String": {"properties": {"x": text}}}));
    has(
        &sdl,
        &[
            "getUser(ids: String, ids2: String, body2: String): JSON @rest(operation: \"getUser\", args: [{name: \"ids\", value: \"$args.ids\"}, {name: \"ids[]\", value: \"$args.ids2\"}, {name: \"body\", value: \"$args.body2\"}])",
            "getUser2: GetUser2Result @rest(operation: \"get-user\")",
            "getUser3: String2 @rest(operation: \"get user\")",
            "aB: String",
            "aB2: String @value(path: \"/a-b\")",
            "f_: String @value(path: \"/é\")",
            "f_2: String @value(path: \"/\")",
            "type String2 {",
        ],
    );
}

#[test]
fn what_has_one_name_in_two_places_must_be_given_if_either_must() {
    let at = |place: &str, required: bool| json!({"name": "id", "in": place, "required": required, "schema": {"type": "string"}});
    let get = |id: &str, parameters: Value| json!({"get": {"operationId": id, "parameters": parameters}});
    let paths = json!({
        "/a/{id}": get("a", json!([at("header", false), at("path", true)])),
        "/b/{id}": get("b", json!([at("path", true), at("header", false)])),
        "/c": get("c", json!([at("header", false), at("query", false), at("cookie", true)])),
    });
    has(
        &sdl(&paths, &json!({})),
        &[
            "a(id: String!): JSON @rest(operation: \"a\")",
            "b(id: String!): JSON @rest(operation: \"b\")",
            "c(id: String): JSON @rest(operation: \"c\")",
        ],
    );
}

#[test]
fn what_is_only_read_is_not_sent_and_the_other_way_round() {
    let user = json!({
        "type": "object", "required": ["id", "password", "name"],
        "properties": {
            "id": {"type": "integer", "format": "int64", "readOnly": true}, "name": {"type": "string", "description": "As \"it\" is\ncalled"},
            "password": {"type": "string", "writeOnly": true}, "nick": {"type": "string", "deprecated": true},
        },
    });
    let (of, body) = (
        json!({"$ref": "#/components/schemas/User"}),
        |schema: &Value| json!({"content": {"application/json": {"schema": schema}}}),
    );
    let odd = json!({"type": "object", "required": ["x-y"], "properties": {"x-y": {"type": "string"}, "id": {"type": "integer"}}});
    let named =
        json!({"type": "object", "properties": {"x-y": {"type": "string"}, "id": {"type": "integer"}}});
    let old = json!({"name": "old", "in": "query", "deprecated": true, "schema": {"type": "integer"}});
    let paths = json!({
        "/a": {"post": {"operationId": "add", "requestBody": body(&of), "responses": answers(&of)}},
        "/b": {"post": {"operationId": "odd", "requestBody": body(&odd), "deprecated": true, "parameters": [old]}},
        "/c": {"post": {"operationId": "named", "requestBody": body(&named)}},
    });
    let sdl = sdl(&paths, &json!({"User": user}));
    has(
        &sdl,
        &[
            "add(body: UserInput): User @rest(operation: \"add\")",
            "odd(old: Int @deprecated, body: JSON): JSON @rest(operation: \"odd\") @deprecated",
            "named(body: NamedInput): JSON @rest(operation: \"named\")",
            "\"As \\\"it\\\" is called\"",
            "nick: String @deprecated",
        ],
    );
    assert!(sdl.contains("type User {\n  id: ID!\n"), "{sdl}");
    assert!(sdl.contains("  password: String!\n") && sdl.matches("password").count() == 1, "{sdl}");
    assert!(sdl.contains("input NamedInput {\n  id: Int\n}"), "{sdl}");
}

#[test]
fn enumerations_that_are_none_of_graphql_s_are_text() {
    let one = |name: &str, values: Value| json!({"name": name, "in": "query", "schema": {"type": "string", "enum": values}});
    let parameters = [
        one("a", json!(["x", "x", "y"])),
        one("b", json!(["b-c"])),
        one("c", json!([])),
        one("d", json!(["null", "true"])),
        one("g", json!(["nullsFirst", "trueish"])),
        one("e", json!(["x", 1])),
        json!({"name": "f", "in": "query", "schema": {"type": "integer", "enum": [1, 2]}}),
    ];
    let paths = json!({"/a": {"get": {"operationId": "list", "parameters": parameters}}});
    let sdl = sdl(&paths, &json!({}));
    has(
        &sdl,
        &[
            "list(a: ListA, b: String, c: String, d: String, g: ListG, e: JSON, f: Int): JSON @rest(operation: \"list\")",
        ],
    );
    assert!(sdl.contains("enum ListA {\n  x\n  y\n}"), "{sdl}");
}
