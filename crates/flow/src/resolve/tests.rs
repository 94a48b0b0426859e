use serde_json::{Value, json};

use super::*;

fn read(steps: &Value, sources: &Value) -> Document {
    let document = json!({
        "arazzo": "1.1.0",
        "info": {"title": "t", "version": "1"},
        "sourceDescriptions": sources,
        "workflows": [{"workflowId": "w", "steps": steps}, {"workflowId": "login", "steps": [{"stepId": "x", "workflowId": "w"}]}],
    });
    Document::read(&document).unwrap()
}

fn sources() -> Sources {
    let pets = json!({
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/pets/{id}": {"get": {"operationId": "getPet"}, "delete": {}}},
    });
    let pets = Source::OpenApi(Arc::new(Description::read(&pets).unwrap()));
    let other = read(&json!([{"stepId": "a", "operationId": "x"}]), &json!([{"name": "x", "url": "x"}]));
    let other = Source::Arazzo(Arc::new(other), Arc::default());
    HashMap::from([("pets".into(), pets), ("other".into(), other)])
}

fn resolved(step: &Value, named: &[&str]) -> Result<Vec<Call>, Vec<String>> {
    let mut whole = json!({"stepId": "a", "parameters": [{"name": "id", "in": "path", "value": 1}]});
    whole.as_object_mut().unwrap().extend(step.as_object().unwrap().clone());
    let named: Vec<Value> = named.iter().map(|name| json!({"name": name, "url": "x"})).collect();
    let mut kinds = named.clone();
    for source in &mut kinds {
        source["type"] = json!(if source["name"] == "other" { "arazzo" } else { "openapi" });
    }
    let document = read(&json!([whole]), &Value::Array(kinds));
    let found = calls(&document, &document.workflows[0], &sources());
    found.map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
}

#[test]
fn operations_and_workflows_are_found() {
    let path = |path: &str| json!({"operationPath": path});
    for (step, method) in [
        (json!({"operationId": "getPet"}), "GET"),
        (json!({"operationId": "$sourceDescriptions.pets.getPet"}), "GET"),
        (path("{$sourceDescriptions.pets.url}#/paths/~1pets~1{id}/delete"), "DELETE"),
        (path("$sourceDescriptions.pets#/paths/~1pets~1{id}/delete"), "DELETE"),
        (path("$sourceDescriptions.pets.url#/paths/~1pets~1{id}/get"), "GET"),
    ] {
        let found = resolved(&step, &["pets", "other"]).unwrap();
        let [Call::Operation { source, operation }] = &found[..] else { panic!("{found:?}") };
        assert_eq!((&**source, &*operation.method, &*operation.path), ("pets", method, "/pets/{id}"));
    }
    let found = resolved(&json!({"workflowId": "login"}), &["pets"]).unwrap();
    assert_eq!(found, [Call::Workflow("login".into())]);
    let found = resolved(&json!({"workflowId": "$sourceDescriptions.other.w"}), &["pets", "other"]).unwrap();
    assert_eq!(found, [Call::Foreign { source: "other".into(), workflow: "w".into() }]);
}

#[test]
fn what_is_not_there_is_told_with_the_way_out() {
    for (step, expect) in [
        (
            json!({"operationId": "getDog"}),
            "/workflows/0/steps/0/operationId: source `pets` has no operation `getDog`; it has `getPet`",
        ),
        (json!({"operationId": "$sourceDescriptions.dogs.getDog"}), "there is no source `dogs`"),
        (
            json!({"operationId": "$sourceDescriptions.other.w"}),
            "source `other` has workflows, not operations",
        ),
        (
            json!({"operationPath": "/pets"}),
            "a way to an operation is `{$sourceDescriptions.NAME.url}#/paths/",
        ),
        (
            json!({"operationPath": "{$sourceDescriptions.pets.url}#/paths/~1x/get"}),
            "has no operation at `/paths/~1x/get`",
        ),
        (json!({"workflowId": "logout"}), "there is no workflow `logout`; there are `w`, `login`"),
        (json!({"workflowId": "$sourceDescriptions.other.x"}), "source `other` has no workflow `x`"),
        (
            json!({"workflowId": "$sourceDescriptions.pets.getPet"}),
            "source `pets` has operations, not workflows",
        ),
        (json!({"workflowId": "$sourceDescriptions.none.x"}), "there is no source `none`"),
        (json!({"operationId": "getPet", "action": "send"}), "messages on channels (AsyncAPI) are not sent"),
    ] {
        let found = resolved(&step, &["pets", "other"]).unwrap_err();
        assert!(found.len() == 1 && found[0].contains(expect), "{found:?}\nhas no: {expect}");
    }
    let found = resolved(&json!({"operationId": "getPet"}), &["pets", "more"]).unwrap_err();
    assert!(found[0].contains("say which one: `$sourceDescriptions.pets.getPet`"), "{found:?}");
}

#[test]
fn a_step_may_say_that_it_is_safe() {
    let step = |more: Value| {
        let mut step = json!({"stepId": "a", "operationId": "x"});
        step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read(&json!([step]), &json!([{"name": "x", "url": "x"}])).workflows[0].steps[0].clone()
    };
    let call = |method: &str| Call::Operation {
        source: "x".into(),
        operation: Operation {
            id: None,
            method: method.into(),
            path: "/".into(),
            summary: None,
            parameters: Vec::new(),
            takes: Vec::new(),
            contents: Vec::new(),
        },
    };
    let of = |more: Value, method: &str| traits(&step(more), &call(method));
    assert_eq!(of(json!({}), "GET"), Traits { safe: true, parallel: false });
    assert_eq!(of(json!({}), "POST"), Traits::default());
    assert_eq!(
        of(json!({"x-weir-safe": true, "x-weir-parallel": true}), "POST"),
        Traits { safe: true, parallel: true }
    );
    assert_eq!(of(json!({"x-weir-safe": false}), "GET"), Traits::default());
}

#[test]
fn names_that_lead_nowhere_are_told_with_the_other_mistakes() {
    let written = json!({
        "arazzo": "1.1.0",
        "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "pets", "url": "x"}, {"name": "late", "url": "x"}],
        "workflows": [{"workflowId": "w", "inputs": {"properties": {"a": {"type": "strin"}, "b": {"minimum": "x"}}}, "dependsOn": ["none"], "outputs": {"o": "$steps.nobody.outputs.x"}, "steps": [
            {"stepId": "a", "operationId": "$sourceDescriptions.pets.getDog", "dependsOn": ["b", "c"]},
            {"stepId": "b", "operationIdd": "x"},
            {"stepId": "d", "workflowId": "v", "parameters": [{"name": "x", "value": "$steps.b.outputs.x"}],
                "x-weir-fallback": {"operationId": "$sourceDescriptions.late.x"}},
        ]}],
    });
    let (document, mistakes) = Document::draft(&written);
    assert!(!mistakes.is_empty());
    let told = unresolved(&written, &document.unwrap(), &sources());
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    let expect = [
        "/workflows/0/dependsOn: there is no workflow `none`; there are `w`",
        "/workflows/0/steps/0/operationId: source `pets` has no operation `getDog`",
        "/workflows/0/steps/2/workflowId: there is no workflow `v`",
        "/workflows/0/steps/0/dependsOn/1: there is no step `c`",
        "/workflows/0/outputs/o: there is no step `nobody`",
        "/workflows/0/inputs/properties/a/type: `inputs` cannot be checked by this schema: value is not valid under any",
        "/workflows/0/inputs/properties/b/minimum: `inputs` cannot be checked by this schema",
    ];
    assert_eq!(told.len(), expect.len(), "{told:#?}");
    for (told, expect) in told.iter().zip(expect) {
        assert!(told.starts_with(expect), "{told}\nis not {expect}");
    }
}
