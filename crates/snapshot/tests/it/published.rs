//! What routes that flows answer take and answer, as an `OpenAPI` document.

use domain::{DocId, Document, Kind};
use openapi::{Description, Schemas};
use serde_json::{Value, json};

use crate::support::{document, full, upstream};

fn documents(route: &Value, service: &Value) -> Vec<Document> {
    documents_with(route, service, &json!({}))
}

/// The same with more inputs.
fn documents_with(route: &Value, service: &Value, more: &Value) -> Vec<Document> {
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let thing = json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}});
    let answers = json!({"200": {"content": {"application/json": {"schema": thing}}}});
    let things = json!({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/things/{id}": {"get": {"operationId": "get", "parameters": id, "responses": answers}}},
    });
    let mut inputs = json!({"type": "object", "required": ["id", "user", "limit"], "properties": {
        "id": {"type": "string", "pattern": "^[a-z]+$"}, "user": {"type": "string"}, "page": {"type": "integer"},
        "limit": {"type": "integer", "default": 10}}});
    inputs["properties"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let arazzo = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "things", "url": "x", "type": "openapi"}],
        "components": {"inputs": {"Filter": {"type": "object"}}},
        "workflows": [{
            "workflowId": "w", "summary": "A thing's page", "inputs": inputs,
            "steps": [{"stepId": "a", "operationId": "get", "parameters": [{"name": "id", "in": "path", "value": "$inputs.id"}],
                "outputs": {"name": "$response.body#/name"}}],
            "outputs": {"name": "$steps.a.outputs.name"},
        }],
    });
    let mut pages = json!({"backend": {"upstream": {"name": "u"}}});
    for (name, value) in service.as_object().unwrap() {
        pages[name] = value.clone();
    }
    let mut spec =
        json!({"service": "pages@2", "flow": {"name": "page", "inputs": {"user": "$request.header.X-User"}}});
    for (name, value) in route.as_object().unwrap() {
        spec[name] = value.clone();
    }
    vec![
        upstream("u"),
        document("Service", "things", json!({"backend": {"upstream": {"name": "u"}}, "openapi": things})),
        document(
            "Route",
            "things",
            json!({"service": "things", "paths": ["/api/*"], "strip_prefix": "/api"}),
        ),
        document("Service", "pages@2", pages),
        document("Route", "other", json!({"service": "pages@2", "paths": ["/other"]})),
        document("Flow", "page", json!({"arazzo": arazzo, "sources": {"things": {"service": "things"}}})),
        document("Route", "page", spec),
    ]
}

fn published(route: &Value, service: &Value) -> Value {
    let snapshot = full(&documents(route, service)).unwrap();
    let id = DocId::new("default", Kind::Service, "pages@2").unwrap();
    snapshot.openapi(&id).expect("the service")
}

/// Names and places of parameters, those that must be there with a `!`.
fn parameters(operation: &Value) -> Vec<String> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    let one = |one: &Value| {
        let must = if one["required"] == true { "!" } else { "" };
        format!("{} {}{must}", one["in"].as_str().unwrap(), one["name"].as_str().unwrap())
    };
    all.map(one).collect()
}

#[test]
fn a_route_tells_what_it_takes_and_answers() {
    let public = json!({"access": {"mode": "public"}});
    let told = published(&json!({"paths": ["/pages/{id}"], "methods": ["GET"]}), &public);
    assert_eq!(told["info"], json!({"title": "pages", "version": "2"}));
    let paths: Vec<&String> = told["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/pages/{id}"], "a route without a flow has no words here");
    let operation = &told["paths"]["/pages/{id}"]["get"];
    assert_eq!(
        (&operation["operationId"], &operation["summary"]),
        (&json!("page"), &json!("A thing's page"))
    );
    assert_eq!(parameters(operation), ["path id!", "header x-user!", "query page", "query limit"]);
    assert_eq!(operation["parameters"][0]["schema"]["pattern"], "^[a-z]+$");
    assert_eq!((operation.get("requestBody"), told.get("security")), (None, None));
    let responses: Vec<&String> = operation["responses"].as_object().unwrap().keys().collect();
    assert_eq!(responses, ["200", "400", "424", "502", "504", "default"]);
    let read = Description::read(&told).unwrap();
    let schemas = Schemas::of(&told);
    let own = read.by_id("page").unwrap();
    assert_eq!(
        schemas.answer(own),
        Some(&json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}))
    );
}

#[test]
fn parameters_that_are_objects_come_as_json() {
    let behind = json!({"$ref": "#/components/inputs/Filter"});
    let more = json!({
        "plain": {"type": "object"}, "maybe": {"type": ["object", "null"]}, "behind": behind,
        "said": {"$ref": "#/components/inputs/Filter", "description": "what is shown"},
        "either": {"anyOf": [behind, {"type": "null"}]},
        "text": {"type": ["object", "string"]}, "list": {"type": "array", "items": behind}, "open": {},
    });
    let route = json!({"paths": ["/pages/{id}"], "methods": ["GET"]});
    let snapshot = full(&documents_with(&route, &json!({}), &more)).unwrap();
    let told = snapshot.openapi(&DocId::new("default", Kind::Service, "pages@2").unwrap()).unwrap();
    let all = told["paths"]["/pages/{id}"]["get"]["parameters"].as_array().unwrap();
    for (name, is_object) in [
        ("plain", true),
        ("maybe", true),
        ("behind", true),
        ("said", true),
        ("either", true),
        ("text", false),
        ("list", false),
        ("open", false),
    ] {
        let one = all.iter().find(|one| one["name"] == name).unwrap();
        assert_eq!(
            (one.get("content").is_some(), one.get("schema").is_some()),
            (is_object, !is_object),
            "{name}: {one}"
        );
    }
}

#[test]
fn what_is_not_in_the_path_is_in_the_body_of_a_method_that_has_one() {
    let service = json!({"jobs": {}, "access": {"mode": "application"}});
    let told = published(
        &json!({"paths": ["/a/{id}", "/b"], "methods": ["POST"], "hosts": ["a.example", "*.b.example"]}),
        &service,
    );
    let operation = &told["paths"]["/a/{id}"]["post"];
    assert_eq!(parameters(operation), ["path id!", "header x-user!", "header Prefer"]);
    let body = &operation["requestBody"];
    let schema = &body["content"]["application/json"]["schema"];
    let names: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((&names[..], &body["required"]), (&["page", "limit"][..], &json!(false)));
    assert!(operation["responses"].get("202").is_some());
    assert_eq!(told["paths"]["/a/{id}"]["servers"], json!([{"url": "https://a.example"}]));
    let other = &told["paths"]["/b"]["post"];
    assert_eq!(other["operationId"], "page post /b", "each has a name of its own");
    assert_eq!(other["requestBody"]["content"]["application/json"]["schema"]["required"], json!(["id"]));
    assert!(!told["security"].as_array().unwrap().is_empty());
    let schemes = told["components"]["securitySchemes"].as_object().unwrap();
    assert!(schemes.values().any(|scheme| scheme["scheme"] == "bearer"), "{schemes:?}");
    Description::read(&told).unwrap();
}

#[test]
fn who_is_no_service_has_no_document() {
    let snapshot = full(&documents(&json!({"paths": ["/p"]}), &json!({}))).unwrap();
    assert_eq!(snapshot.openapi(&DocId::new("default", Kind::Service, "none").unwrap()), None);
    let things = snapshot.openapi(&DocId::new("default", Kind::Service, "things").unwrap()).unwrap();
    assert_eq!(things["paths"], json!({}));
}
