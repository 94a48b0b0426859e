//! The cases of the specification's own schema tests (`OAI/Arazzo-Specification`, `tests/schema` of the development branch),
//! by their names there: what is a document and what is not.
//!
//! Cases that say `arazzo: 1.2.0` though they use nothing of it stand here as 1.1.0. Not here are cases of what only the 1.2
//! that is not released has: whichever verdict they name, such a document is refused. Their names begin with `graphql-`,
//! `interaction-`, `protobuf-`, `invalid-protobuf-`, `invalid-rpc-`, `invalid-grpc-web-`, `invalid-connectrpc-`,
//! `invalid-twirp-`, `wsdl-`, `invalid-wsdl-`, `minimal-wsdl`, `characterization-wsdl-` and `timeout-iso8601`. Cases that are
//! there as JSON too stand here once.

use serde_json::{Value, json};

use super::{mistakes, yaml};

/// The document of a case.
fn document(case: &Value) -> Value {
    let api = case.get("api").cloned().unwrap_or(json!("openapi"));
    let mut document = json!({
        "arazzo": "1.1.0",
        "info": {"title": "t", "version": "1.0.0"},
        "sourceDescriptions": [{"name": "api", "url": "https://a.example/api.yaml", "type": api}],
        "workflows": [{"workflowId": "w", "steps": case.get("steps")}],
    });
    if let Some(step) = case.get("nested") {
        let child = json!({"stepId": "c", "operationId": "$sourceDescriptions.api.x", "outputs": {"userId": "$response.body#/id"}});
        document["workflows"] = json!([
            {"workflowId": "parent", "steps": [step]},
            {"workflowId": "child", "steps": [child], "outputs": {"userId": "$steps.c.outputs.userId"}},
        ]);
    }
    for (name, value) in case.as_object().unwrap() {
        if !["api", "steps", "nested", "at"].contains(&name.as_str()) {
            document[name] = value.clone();
        }
    }
    document
}

#[test]
fn what_passes_there_is_read() {
    let cases = yaml(include_str!("schema/pass.yaml"));
    for (name, case) in cases.as_object().unwrap() {
        assert_eq!(mistakes(&document(case)), [], "{name}");
    }
    assert_eq!(cases.as_object().unwrap().len(), 36);
}

#[test]
fn what_fails_there_is_refused_where_it_is_wrong() {
    let cases = yaml(include_str!("schema/fail.yaml"));
    for (name, case) in cases.as_object().unwrap() {
        let at = match case["at"].as_str().unwrap() {
            "" => "/workflows/0/steps/0".to_owned(),
            whole if whole.starts_with('/') => whole.to_owned(),
            part => format!("/workflows/0/steps/0/{part}"),
        };
        let found = mistakes(&document(case));
        assert!(found.iter().any(|mistake| mistake.at.to_string() == at), "{name}: {found:#?}");
    }
    assert_eq!(cases.as_object().unwrap().len(), 35);
}

#[test]
fn a_version_that_is_not_released_is_refused() {
    let mut document = document(&json!({"steps": [{"stepId": "a", "operationId": "x"}]}));
    document["arazzo"] = json!("1.2.0");
    assert_eq!(mistakes(&document)[0].at.to_string(), "/arazzo");
}
