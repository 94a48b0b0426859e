use std::collections::HashMap;
use std::sync::Arc;

use openapi::Description;

use super::*;
use crate::Document;
use crate::resolve;

fn shop() -> Value {
    json!({
        "openapi": "3.0.3", "info": {"title": "Shop", "version": "1"},
        "components": {"schemas": {
            "Node": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}, "n": {"type": "integer", "minimum": 1, "exclusiveMinimum": true}}},
            "Thing": {"type": "object", "required": ["id"], "properties": {
                "id": {"type": "string", "example": "t-1"}, "note": {"type": "string", "nullable": true},
                "tags": {"type": "array", "items": {"type": "string"}}, "node": {"$ref": "#/components/schemas/Node"}}},
        }},
        "paths": {"/things/{id}": {"get": {
            "operationId": "get",
            "parameters": [{"name": "id", "in": "path", "required": true}],
            "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}},
        }}},
    })
}

/// The answer of a workflow whose step `a` calls the shop, with these members.
fn check(more: &Value, expect: &Value) {
    let mut workflow = json!({
        "workflowId": "w",
        "inputs": {"type": "object", "required": ["id"], "properties": {"id": {"$ref": "#/components/inputs/Id"}, "q": {"type": "integer"}}},
        "steps": [{"stepId": "a", "operationId": "get", "parameters": [{"name": "id", "in": "path", "value": "$inputs.id"}],
            "outputs": {"all": "$response.body", "id": "$response.body#/id", "note": "$response.body.note",
                "tag": "$response.body#/tags/0", "etag": "$response.header.etag", "status": "$statusCode"}}],
    });
    for (name, value) in more.as_object().unwrap() {
        match name.strip_prefix("step ") {
            Some(name) => workflow["steps"][0][name] = value.clone(),
            None => workflow[name] = value.clone(),
        }
    }
    let document = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
        "components": {"inputs": {"Id": {"type": "string", "minLength": 1}}},
        "sourceDescriptions": [{"name": "shop", "url": "x", "type": "openapi"}], "workflows": [workflow],
    });
    let (document, shop) = (Document::read(&document).unwrap(), shop());
    let description = Arc::new(Description::read(&shop).unwrap());
    let sources = HashMap::from([("shop".into(), resolve::Source::OpenApi(description))]);
    let program = Program::new(&document, &sources).unwrap();
    let found = answer(&program, &program.workflows[0], &|_| Some(&shop));
    assert_eq!(found, *expect, "{found:#}");
}

#[test]
fn outputs_have_the_schemas_of_what_they_are_taken_from() {
    let outputs = json!({"id": "$steps.a.outputs.id", "note": "$steps.a.outputs.note", "tag": "$steps.a.outputs.tag",
        "etag": "$steps.a.outputs.etag", "status": "$steps.a.outputs.status", "deep": "$steps.a.outputs.all.node.n", "q": "$inputs.q", "own": "$inputs.id"});
    let properties = json!({
        "id": {"type": "string", "examples": ["t-1"]}, "note": {"type": ["string", "null"]}, "tag": {"type": ["string", "null"]},
        "etag": {"type": ["string", "null"]}, "status": {"type": "integer"}, "deep": {"type": ["integer", "null"], "exclusiveMinimum": 1},
        "q": {"type": ["integer", "null"]}, "own": {"type": "string", "minLength": 1},
    });
    let required: Vec<&String> = outputs.as_object().unwrap().keys().collect();
    let expect = json!({"type": "object", "properties": properties, "required": required});
    check(&json!({"outputs": outputs}), &expect);
}

#[test]
fn a_shape_has_its_own_form_and_what_is_not_known_is_open() {
    let body = json!({"fixed": [1], "text": "a {$inputs.id}", "q": "$inputs.q", "cel": {"cel": "1 + 1"}, "list": ["$steps.a.outputs.id", {"cel": "1"}]});
    let expect = json!({"type": "object", "required": ["fixed", "text", "cel", "list"], "properties": {
        "fixed": {"const": [1]}, "text": {"type": "string"}, "q": {"type": "integer"}, "cel": {},
        "list": {"type": "array", "prefixItems": [{"type": "string", "examples": ["t-1"]}, {}]},
    }});
    check(&json!({"x-weir-response": {"body": body}}), &expect);
}

#[test]
fn steps_that_may_be_missing_or_are_made_often_say_so() {
    let outputs = json!({"outputs": {"id": "$steps.a.outputs.id"}});
    let with = |name: &str, value: Value| {
        let mut more = outputs.clone();
        more[format!("step {name}")] = value;
        more
    };
    let expect = |schema: Value| json!({"type": "object", "properties": {"id": schema}, "required": ["id"]});
    check(&with("x-weir-optional", json!(true)), &expect(json!({})));
    check(
        &with("x-weir-when", json!("inputs.id != 'x'")),
        &expect(json!({"type": ["string", "null"], "examples": ["t-1"]})),
    );
    let each = json!({"in": "$inputs.q"});
    let list = json!({"type": "array", "items": {"type": ["string", "null"], "examples": ["t-1"]}});
    check(&with("x-weir-for-each", each), &expect(list));
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let node = inlined(&shop(), &json!({"$ref": "#/components/schemas/Node"}));
    assert_eq!(node["properties"]["next"], json!({}));
}

#[test]
fn inputs_that_a_schema_is_made_of_are_its_own() {
    let of = |inputs: Value| {
        let document = json!({
            "arazzo": "1.1.0", "$self": "https://a.example/flow", "info": {"title": "t", "version": "1"},
            "components": {"inputs": {
                "Paging": {"type": "object", "required": ["size"], "properties": {"size": {"$ref": "#size"}}},
                "Size": {"$anchor": "size", "type": "integer"},
                "Both": {"allOf": [{"$ref": "https://a.example/flow#/components/inputs/Paging"}, {"properties": {"q": {"type": "string"}}, "required": ["q", "size"]}]},
            }},
            "sourceDescriptions": [{"name": "shop", "url": "x", "type": "openapi"}],
            "workflows": [{"workflowId": "w", "inputs": inputs, "steps": [{"stepId": "a", "operationId": "get",
                "parameters": [{"name": "id", "in": "path", "value": "x"}]}]}],
        });
        let document = Document::read(&document).unwrap();
        let sources = HashMap::from([(
            "shop".into(),
            resolve::Source::OpenApi(Arc::new(Description::read(&shop()).unwrap())),
        )]);
        let program = Program::new(&document, &sources).unwrap();
        let found = super::inputs(&program.workflows[0]);
        (found["properties"].clone(), found["required"].clone())
    };
    let size = json!({"type": "integer"});
    let beside = json!({"$ref": "#/components/inputs/Paging", "properties": {"own": {}, "size": {"maximum": 9}}, "required": ["own"]});
    assert_eq!(
        of(beside),
        (json!({"own": {}, "size": {"allOf": [size, {"maximum": 9}]}}), json!(["size", "own"]))
    );
    let both = json!({"$ref": "https://a.example/flow#/components/inputs/Both"});
    assert_eq!(of(both), (json!({"size": size, "q": {"type": "string"}}), json!(["size", "q"])));
    let all = json!({"allOf": [{"$ref": "flow#/components/inputs/Paging"}, {"properties": {"own": {"type": "null"}}}]});
    assert_eq!(of(all), (json!({"size": size, "own": {"type": "null"}}), json!(["size"])));
}
