use std::time::Duration;

use serde_json::json;

use super::*;
use crate::Document;

fn memory() -> Memory {
    let object = |value: Value| value.as_object().unwrap().clone();
    Memory {
        began: Duration::ZERO,
        inputs: object(json!({"id": 7, "a.b": "dotted", "a": {"b": "member", "c": [1, 2]}, "none": null})),
        steps: [("user".into(), object(json!({"all": {"name": "Ann"}, "n": 3})))].into_iter().collect(),
        workflows: [("w".into(), (object(json!({"i": 1})), object(json!({"o": 2}))))].into_iter().collect(),
        ground: Some(Arc::new(Ground {
            own: Some("https://a.example/w".into()),
            workflow: "here".into(),
            sources: vec![SourceDescription {
                name: "x".into(),
                url: "shop.yaml".into(),
                kind: None,
                service: None,
                at: Pointer::default(),
            }],
        })),
    }
}

fn exchange() -> Exchange {
    Exchange {
        url: "https://a.example/x?q=1".to_owned(),
        method: "GET".into(),
        headers: Fields::from_iter([("accept".into(), "text/html".to_owned())]),
        query: Fields::from_iter([("q".into(), json!(1))]),
        path: Fields::from_iter([("p".into(), json!("z"))]),
        body: json!({"sent": true}),
        answer: Some(Arc::new(Answer {
            status: 201,
            headers: vec![("x-rate".into(), "5".to_owned())].into(),
            body: json!({"items": [{"id": 1, "ok": true}, {"id": 2, "ok": false}], "name": "Ann"}),
            flaw: None,
        })),
    }
}

/// A step with these members, read.
fn step(members: &Value) -> crate::document::Step {
    let mut step = json!({"stepId": "s", "operationId": "x"});
    step.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let document = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"}, "sourceDescriptions": [{"name": "x", "url": "x"}],
        "workflows": [{"workflowId": "w", "steps": [step]}],
    });
    Document::read(&document).unwrap().workflows.remove(0).steps.remove(0)
}

fn given(value: &Value) -> Result<Value, String> {
    let (memory, exchange) = (memory(), exchange());
    let outputs = json!({"result": "r"});
    let scope = Scope { exchange: Some(&exchange), outputs: outputs.as_object(), ..Scope::of(&memory) };
    let step = step(&json!({"parameters": [{"name": "v", "in": "query", "value": value}]}));
    scope.give(&step.parameters[0].value).map_err(|lacking| lacking.to_string())
}

#[test]
fn expressions_have_the_values_of_what_they_name_and_keep_their_types() {
    for (expression, expect) in [
        ("$url", json!("https://a.example/x?q=1")),
        ("$method", json!("GET")),
        ("$statusCode", json!(201)),
        ("$self", json!("https://a.example/w")),
        ("$request.header.Accept", json!("text/html")),
        ("$request.query.q", json!(1)),
        ("$request.path.p", json!("z")),
        ("$request.body#/sent", json!(true)),
        ("$response.header.X-Rate", json!("5")),
        ("$response.body#/items/1/id", json!(2)),
        ("$response.body.name", json!("Ann")),
        ("$inputs.id", json!(7)),
        ("$inputs.none", Value::Null),
        ("$inputs.a.b", json!("dotted")),
        ("$inputs.a.c#/1", json!(2)),
        ("$outputs.result", json!("r")),
        ("$steps.user.outputs.all", json!({"name": "Ann"})),
        ("$steps.user.outputs.all.name", json!("Ann")),
        ("$steps.user.outputs.all#/name", json!("Ann")),
        ("$steps.user.outputs", json!({"all": {"name": "Ann"}, "n": 3})),
        ("$steps.user.outputs#/all/name", json!("Ann")),
        ("$workflows.w.inputs.i", json!(1)),
        ("$workflows.w.outputs.o", json!(2)),
        ("$workflows.here.inputs.id", json!(7)),
        ("$sourceDescriptions.x.url", json!("shop.yaml")),
        ("$sourceDescriptions.x.name", json!("x")),
    ] {
        assert_eq!(given(&json!(expression)), Ok(expect), "{expression}");
    }
    for nothing in [
        "$inputs.other",
        "$response.body#/items/9",
        "$steps.nobody.outputs.x",
        "$response.header.none",
        "$workflows.here.outputs.id",
        "$sourceDescriptions.x.type",
    ] {
        assert_eq!(given(&json!(nothing)), Err(format!("`{nothing}` has no value")));
    }
}

#[test]
fn values_are_put_together() {
    let value = json!({"name": "{$inputs.id} of {$response.body.name}", "list": ["$inputs.id", {"deep": "$steps.user.outputs.n"}], "plain": 1});
    let expect = json!({"name": "7 of Ann", "list": [7, {"deep": 3}], "plain": 1});
    assert_eq!(given(&value), Ok(expect));
    let absent = json!({"a": "$inputs.absent", "b": ["$inputs.id"], "c": {"d": "$inputs.absent"}});
    assert_eq!(
        given(&absent),
        Ok(json!({"b": [7], "c": {}})),
        "an input that is not given is left out of objects"
    );
    assert!(given(&json!(["$inputs.absent"])).is_err());
    let select = |selector: &str, kind: &str| {
        given(&json!({"context": "$response.body", "selector": selector, "type": kind}))
    };
    assert_eq!(select("$.items[?@.ok == true].id", "jsonpath"), Ok(json!(1)));
    assert_eq!(select("$.items[*].id", "jsonpath"), Ok(json!([1, 2])));
    assert_eq!(select("/items/0/id", "jsonpointer"), Ok(json!(1)));
    assert!(select("$.none", "jsonpath").unwrap_err().contains("it finds nothing"));
    assert_eq!(select("$.{$inputs.key}", "jsonpath"), Err("`$inputs.key` has no value".into()));
    assert_eq!(
        select("$.items[{$inputs.id}].id", "jsonpath"),
        Err("`$.items[7].id`: it finds nothing".into())
    );
}

#[test]
fn criteria_pass_or_fail_or_cannot_be_evaluated() {
    let check = |criterion: Value, expect: Result<bool, &str>| {
        let (memory, exchange) = (memory(), exchange());
        let scope = Scope { exchange: Some(&exchange), ..Scope::of(&memory) };
        let step = step(&json!({"successCriteria": [criterion]}));
        match (passes(&step.success, &scope), expect) {
            (Ok(passed), expect) => assert_eq!(Ok(passed), expect, "{criterion}"),
            (Err(lacking), Err(expect)) => assert!(lacking.to_string().contains(expect), "{lacking}"),
            (Err(lacking), Ok(_)) => panic!("{criterion}: {lacking}"),
        }
    };
    check(json!({"condition": "$statusCode == 201 && $response.body.name == 'ann'"}), Ok(true));
    check(json!({"condition": "$statusCode == 200"}), Ok(false));
    check(json!({"context": "$statusCode", "condition": "^2\\d{2}$", "type": "regex"}), Ok(true));
    check(
        json!({"context": "$response.body.name", "condition": "^{$inputs.id}", "type": "regex"}),
        Ok(false),
    );
    check(json!({"context": "$response.body.none", "condition": ".*", "type": "regex"}), Ok(false));
    check(
        json!({"context": "$statusCode", "condition": "({$inputs.id}", "type": "regex"}),
        Err("regex parse error"),
    );
    check(
        json!({"context": "$response.body", "condition": "$.items[?@.id == 2]", "type": "jsonpath"}),
        Ok(true),
    );
    check(
        json!({"context": "$response.body", "condition": "$.items[?@.id == {$inputs.id}]", "type": "jsonpath"}),
        Ok(false),
    );
    check(
        json!({"context": "$response.body", "condition": "/a", "type": "xpath"}),
        Err("XPath is applied to XML as text, not to an object"),
    );
    check(
        json!({"context": "$response.body#/name", "condition": "/a", "type": "xpath"}),
        Err("it is no XML"),
    );
    check(
        json!({"context": "$response.body", "condition": "$.items[{$inputs.id}", "type": "jsonpath"}),
        Err("`$.items[7`: it is no JSONPath"),
    );
}
