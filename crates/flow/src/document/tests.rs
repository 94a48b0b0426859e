use serde_json::json;

use super::*;

/// A document with one workflow, whose members are given.
fn with(workflow: &Value) -> Value {
    let mut whole = json!({"workflowId": "w", "steps": [{"stepId": "a", "operationId": "getA"}]});
    whole.as_object_mut().unwrap().extend(workflow.as_object().unwrap().clone());
    json!({
        "arazzo": "1.1.0",
        "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "api.yaml", "type": "openapi"}],
        "workflows": [whole],
        "components": {
            "parameters": {"page": {"name": "page", "in": "query", "value": 1}},
            "successActions": {"stop": {"name": "stop", "type": "end"}},
            "failureActions": {"again": {"name": "again", "type": "retry", "retryAfter": 0.5, "retryLimit": 3}},
            "inputs": {"paging": {"type": "object"}},
        },
    })
}

fn step(step: &Value) -> Value {
    let mut whole = json!({"stepId": "a", "operationId": "getA"});
    whole.as_object_mut().unwrap().extend(step.as_object().unwrap().clone());
    with(&json!({"steps": [whole]}))
}

fn mistakes(value: &Value) -> Vec<String> {
    let found = Document::read(value).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn check(value: &Value, expect: &[&str]) {
    let found = mistakes(value);
    assert_eq!(found.len(), expect.len(), "{found:#?}");
    for (found, expect) in found.iter().zip(expect) {
        assert!(found.contains(expect), "{found}\nhas no: {expect}");
    }
}

#[test]
fn a_retry_waits_a_day_at_most() {
    for (written, expect) in [(json!(0.5), 0.5), (json!(86_400), 86_400.0), (json!(1e19), 86_400.0)] {
        let action = json!({"name": "a", "type": "retry", "retryAfter": written});
        let document = Document::read(&step(&json!({"onFailure": [action]}))).unwrap();
        let Deed::Retry { after, .. } = &document.workflows[0].steps[0].on_failure[0].deed else { panic!() };
        assert!((after.as_secs_f64() - expect).abs() < 1e-9, "{after:?}");
    }
}

#[test]
fn everything_of_a_document_is_read() {
    let document = Document::read(&with(&json!({
        "summary": "s", "description": "d",
        "inputs": {"type": "object"},
        "dependsOn": ["other"],
        "parameters": [{"name": "trace", "in": "header", "value": "$inputs.trace"}, {"reference": "$components.parameters.page"}],
        "successActions": [{"reference": "$components.successActions.stop"}],
        "failureActions": [{"reference": "$components.failureActions.again"}],
        "outputs": {"id": "$steps.a.outputs.id"},
        "x-own": 1,
        "steps": [{
            "stepId": "a",
            "operationPath": "{$sourceDescriptions.api.url}#/paths/~1a/get",
            "parameters": [
                {"reference": "$components.parameters.page", "value": "$inputs.page", "more": "is ignored"},
                {"name": "Trace", "in": "header", "value": "own"},
                {"name": "q", "in": "query", "value": {"context": "$inputs.all", "selector": "$.q", "type": "jsonpath"}},
            ],
            "requestBody": {
                "contentType": "application/json",
                "payload": {"name": "{$inputs.first} {$inputs.last}", "age": 3, "all": ["$inputs.all", 1]},
                "replacements": [{"target": "/age", "value": "$inputs.age"}],
            },
            "successCriteria": [
                {"condition": "$statusCode == 200"},
                {"context": "$response.body", "condition": "$.items[?@.id == '{$inputs.id}']", "type": "jsonpath"},
                {"context": "$statusCode", "condition": "^2", "type": "regex"},
                {"context": "$response.body", "condition": "/a", "type": {"type": "xpath", "version": "xpath-10"}},
            ],
            "onSuccess": [{"name": "on", "type": "goto", "stepId": "a", "criteria": [{"condition": "$statusCode == 202"}]}],
            "onFailure": [{"name": "again", "type": "retry", "workflowId": "login", "parameters": [{"name": "user", "value": "u"}]}],
            "outputs": {"id": "$response.body#/id", "at": {"context": "$response.body", "selector": "/at", "type": "jsonpointer"}},
            "timeout": 1500,
            "dependsOn": ["b"],
            "x-weir-optional": true,
        }],
    })))
    .unwrap();
    let workflow = document.workflow("w").unwrap();
    assert_eq!((workflow.extensions["x-own"].as_i64(), workflow.outputs.len()), (Some(1), 1));
    assert_eq!(document.schemas.keys().collect::<Vec<_>>(), ["paging"]);
    let step = &workflow.steps[0];
    assert_eq!(step.target, Target::OperationPath("{$sourceDescriptions.api.url}#/paths/~1a/get".into()));
    let parameters: Vec<_> =
        step.parameters.iter().map(|p| (&*p.name, p.place, p.value.expressions().len())).collect();
    assert_eq!(
        parameters,
        [("page", Some(Place::Query), 1), ("Trace", Some(Place::Header), 0), ("q", Some(Place::Query), 1)]
    );
    let body = step.body.as_ref().unwrap();
    let payload = body.payload.as_ref().unwrap();
    let named: Vec<String> = payload.expressions().iter().map(ToString::to_string).collect();
    assert_eq!(named.len(), 3, "{named:?}");
    assert_eq!((step.success.len(), step.on_success.len(), step.on_failure.len()), (4, 2, 1));
    let Deed::Retry { limit: 1, first: Some(Goal::Workflow(login, inputs)), .. } = &step.on_failure[0].deed
    else {
        panic!("{:?}", step.on_failure)
    };
    assert_eq!((&**login, inputs.len()), ("login", 1));
    assert_eq!(step.timeout, Some(std::time::Duration::from_millis(1500)));
    assert_eq!(step.extensions["x-weir-optional"], true);
}

#[test]
fn everything_wrong_is_told_with_its_place() {
    check(&json!([]), &["an Arazzo document is an object, not a list"]);
    check(&json!({"arazzo": "2.0.0"}), &["/arazzo: 1.0 and 1.1 of Arazzo are known, not `2.0.0`"]);
    check(
        &json!({"arazzo": "1.0.1", "info": {"title": 5}, "sourceDescriptions": [], "paths": {}}),
        &[
            "`sourceDescriptions` is a list of at least one",
            "`workflows` is a list",
            "/paths: `paths` is not known here",
            "/info/title: `title` is text, not a number",
            "/info: `version` is missing",
        ],
    );
}

#[test]
fn what_a_step_cannot_send_or_name_is_told() {
    check(
        &step(&json!({
            "operationId": "x", "workflowId": "w", "onSuccess": [{"type": "goto"}], "outputs": {"v": "$foo"},
            "onFailure": [{"name": "g", "type": "goto", "stepId": "none"}, {"name": "s", "type": "goto", "stepId": "s"}],
        })),
        &[
            ": one of `operationId`, `operationPath`, `channelPath` and `workflowId` excludes the others",
            "/onSuccess/0: `name` is missing",
            "/onSuccess/0: `goto` needs `stepId` or `workflowId`",
            "/outputs/v: `$foo` is no runtime expression",
        ],
    );
    for (value, told) in [
        ("$sourceDescriptions.none.url", "there is no source `none` in `sourceDescriptions`"),
        ("{$components.parameters.p} x", "`$components.parameters.p` has no value"),
    ] {
        let told = format!("/outputs/v: {told}");
        check(&step(&json!({"outputs": {"v": value}})), &[&told]);
    }
    check(
        &step(&json!({"parameters": [{"name": "X A", "in": "header", "value": 1}]})),
        &["/parameters/0/name: `X A` is no header field's name"],
    );
    for kind in ["", "json", "a/b\r\nX-Evil: 1", "a/b; c=\0", "$inputs.kind", "a/é"] {
        check(
            &step(&json!({"requestBody": {"contentType": kind, "payload": 1}})),
            &["/requestBody/contentType: this is no media type"],
        );
    }
    check(
        &step(
            &json!({"requestBody": {"contentType": "Application/x+json ; charset=\"utf-8\"", "payload": 1}}),
        ),
        &[],
    );
}

#[test]
fn everything_wrong_with_a_step_is_told() {
    let own = |own: &str| {
        let mut document = with(&json!({}));
        document["$self"] = json!(own);
        document
    };
    check(&own("https://a.example/x"), &[]);
    check(&own("a b"), &["/$self: an address is a URI reference"]);
    let mut document = with(&json!({}));
    document["sourceDescriptions"][0]["url"] = json!("my api.yaml");
    check(&document, &["/sourceDescriptions/0/url: an address is a URI reference"]);
    check(&own("https://a.example/x#y"), &["/$self: the document's own address has no fragment"]);
    check(&step(&json!({"operationPath": "x"})), &["/workflows/0/steps/0: one of `operationId`"]);
    check(&step(&json!({"timeout": "PT5S"})), &["/workflows/0/steps/0/timeout: `timeout` is a whole number"]);
    check(&step(&json!({"parameters": [{"name": "a", "value": 1}]})), &["/parameters/0: `in` is missing"]);
    check(
        &step(
            &json!({"parameters": [{"name": "a", "in": "query", "value": 1}, {"name": "a", "in": "query", "value": 2}]}),
        ),
        &["/parameters/1: there is a parameter `a` in the same place before"],
    );
    check(
        &step(&json!({"parameters": [{"name": "a", "in": "trailer"}]})),
        &["`in` is `path` or", "`value` is missing"],
    );
    check(
        &step(&json!({"parameters": [{"name": "a", "in": "body", "value": 1}]})),
        &["/parameters/0/in: a body is no parameter: it stands in `requestBody`"],
    );
    for (name, why) in [
        ("Transfer-Encoding", "it belongs to a connection"),
        ("te", "it belongs to a connection"),
        ("Host", "who makes the call sets it"),
        ("X-Forwarded-For", "who makes the call sets it"),
        ("content-type", "the media type is `contentType` of the request's body"),
    ] {
        let told = format!("/parameters/0/name: no step sets the header field `{name}`: {why}");
        check(&step(&json!({"parameters": [{"name": name, "in": "header", "value": 1}]})), &[&told]);
        check(&step(&json!({"parameters": [{"name": name, "in": "query", "value": 1}]})), &[]);
    }
    check(&step(&json!({"parameters": [{"name": "Authorization", "in": "header", "value": 1}]})), &[]);
    check(&step(&json!({"successCriteria": []})), &["/successCriteria: `successCriteria` has at least one"]);
    check(
        &step(
            &json!({"successCriteria": [{"condition": "^2", "type": "regex"}, {"condition": "$statusCode = 2"}]}),
        ),
        &["/successCriteria/0: `context` is missing", "/successCriteria/1/condition: at character 12"],
    );
    check(
        &step(
            &json!({"successCriteria": [{"context": "$url", "condition": "x", "type": {"type": "jsonpath", "version": "2"}}]}),
        ),
        &["/type/version: `version` is `rfc9535` or `draft-goessner-dispatch-jsonpath-00`, not `2`"],
    );
    check(
        &step(&json!({"dependsOn": ["$steps.b"]})),
        &["/dependsOn/0: a step of this workflow is named by its id alone: `b`"],
    );
    check(&step(&json!({"dependsOn": []})), &["`dependsOn` has at least one step"]);
    check(&step(&json!({"dependsOn": ["b", "b"]})), &["/dependsOn/1: `dependsOn` has the same item before"]);
    check(
        &step(&json!({"outputs": {"a": 5}})),
        &["/outputs/a: an output is a runtime expression or a selector, not a number"],
    );
    check(
        &with(&json!({"successActions": [{"name": "a", "type": "goto", "stepId": "none"}]})),
        &["/workflows/0/successActions/0/stepId: there is no step `none` in this workflow"],
    );
    check(
        &step(&json!({"onFailure": [{"name": "a", "type": "goto", "stepId": "a", "parameters": []}]})),
        &["/onFailure/0/parameters: `parameters` are a workflow's inputs: `workflowId` is missing"],
    );
    check(&step(&json!({"outputs": {"a b": "$url"}})), &["a name here has letters, digits"]);
    check(
        &step(&json!({"outputs": {"a": "$respond.body"}})),
        &["/outputs/a: `$respond.body` is no runtime expression"],
    );
    check(
        &step(&json!({"correlationId": "x"})),
        &["`correlationId` is for steps with `action: receive` alone"],
    );
}

#[test]
fn everything_wrong_with_actions_is_told() {
    check(
        &step(
            &json!({"onSuccess": [{"name": "a", "type": "retry"}, {"name": "b", "type": "goto"}, {"reference": "$components.failureActions.again"}]}),
        ),
        &[
            "/onSuccess/0/type: `type` is `end` or `goto`, not `retry`",
            "/onSuccess/1: `goto` needs",
            "/onSuccess/2/reference: here stands one of `$components.successActions`",
        ],
    );
    check(
        &step(&json!({"parameters": [{"reference": "$components.parameters.none"}]})),
        &["`components/parameters` has no `none`"],
    );
    check(
        &step(&json!({"onFailure": [{"name": "a", "type": "retry", "retryAfter": -1, "retryLimit": 1.5}]})),
        &["`retryAfter` is a number of seconds", "`retryLimit` is a whole number"],
    );
    check(
        &with(
            &json!({"steps": [{"stepId": "a", "workflowId": "x", "action": "send"}, {"stepId": "a", "operationId": "x"}]}),
        ),
        &["`action` is for operations on channels", "/steps/1/stepId: there is a step `a` before"],
    );
    check(&with(&json!({"steps": []})), &["/workflows/0: `steps` is a list of at least one"]);
}

#[test]
fn patterns_and_queries_are_told_of_when_they_are_read() {
    let criterion = |condition: &str, kind: &Value| {
        step(
            &json!({"successCriteria": [{"context": "$response.body", "condition": condition, "type": kind}]}),
        )
    };
    let at = "/workflows/0/steps/0/successCriteria/0/condition: ";
    check(&criterion("(", &json!("regex")), &[&format!("{at}regex parse error")]);
    check(&criterion("({$inputs.a}", &json!("regex")), &[]);
    check(&criterion("$[", &json!("jsonpath")), &[&format!("{at}it is no JSONPath of RFC 9535")]);
    check(&criterion("$.a != null", &json!("jsonpath")), &[]);
    check(&criterion("/a[", &json!("xpath")), &[&format!("{at}at 4 an expression must stand, not the end")]);
    let old = json!({"type": "jsonpath", "version": "draft-goessner-dispatch-jsonpath-00"});
    check(&criterion("$.a[?(@.b > 1)]", &old), &[]);
    check(&criterion("$.a[(@.length-1)]", &old), &["the last item is `[-1]`"]);
    let selector = |selector: &str, kind: &str| {
        step(&json!({"outputs": {"a": {"context": "$response.body", "selector": selector, "type": kind}}}))
    };
    check(&selector("$.a != null", "jsonpath"), &["/outputs/a/selector: it is no JSONPath of RFC 9535"]);
    check(&selector("a/b", "jsonpointer"), &["/outputs/a/selector: a JSON Pointer begins with `/`"]);
    check(&selector("#/a", "jsonpointer"), &[]);
    let at = "/workflows/0/steps/0/parameters/0/value/selector: ";
    let parameter = |selector: &str| {
        let value = json!({"context": "$inputs.a", "selector": selector, "type": "xpath"});
        step(&json!({"parameters": [{"name": "a", "in": "query", "value": value}]}))
    };
    check(&parameter("$x"), &[&format!("{at}there is no variable `$x`")]);
    check(&parameter("//a[. = '{$input.b}']"), &[&format!("{at}`$input.b` is no runtime expression")]);
    check(&parameter("let $f := function($x) {$x} return $f(//a[. = '{$inputs.b}'])"), &[]);
}

#[test]
fn channels_are_read_and_known_as_such() {
    let document = Document::read(&step(
        &json!({"action": "receive", "correlationId": "$inputs.id", "outputs": {"a": "$message.payload.orderId"}}),
    ));
    assert_eq!(document.unwrap().workflows[0].steps[0].target, Target::Channel("getA".into()));
    check(
        &with(&json!({"steps": [{"stepId": "a", "channelPath": "x"}]})),
        &["/workflows/0/steps/0: `action` is missing: `send` or `receive`"],
    );
}

#[test]
fn fields_of_sources_that_there_are_not_are_told_wherever_they_stand() {
    let output = |value: &str| json!({"outputs": {"o": value}});
    check(&step(&output("$sourceDescriptions.api.url")), &[]);
    check(
        &step(&output("$sourceDescriptions.api.uri")),
        &[
            "/workflows/0/steps/0/outputs/o: `$sourceDescriptions.api.uri` has no value: fields of a source are",
        ],
    );
    let criterion = |value: &str| json!({"successCriteria": [{"condition": format!("{value} == 'x'")}]});
    check(&step(&criterion("$sourceDescriptions.api.url")), &[]);
    check(
        &step(&criterion("$sourceDescriptions.apis.url")),
        &["/workflows/0/steps/0/successCriteria/0: there is no source `apis` in `sourceDescriptions`"],
    );
    check(
        &step(
            &json!({"outputs": {"a": "$response.body"}, "x-weir-fallback": {"outputs": {"a": "$sourceDescriptions.api.x"}}}),
        ),
        &["/workflows/0/steps/0/x-weir-fallback/outputs/a: `$sourceDescriptions.api.x` has no value"],
    );
}

#[test]
fn ids_stand_on_one_line() {
    check(
        &with(&json!({"workflowId": "w\u{7}"})),
        &["/workflows/0/workflowId: an id has no control characters"],
    );
    check(
        &step(&json!({"stepId": "a\nb"})),
        &["/workflows/0/steps/0/stepId: an id has no control characters"],
    );
    check(&step(&json!({"stepId": "a b/\u{e9}"})), &[]);
}

#[test]
fn what_a_workflow_gives_to_all_its_steps_is_referred_to_once() {
    let whole = |value: &str| {
        with(&json!({
            "parameters": [{"name": "q", "in": "query", "value": value}],
            "steps": [
                {"stepId": "a", "operationId": "getA", "outputs": {"v": "$response.body"}},
                {"stepId": "b", "operationId": "getA"},
            ],
            "outputs": {"v": "$steps.a.outputs.v", "w": "$steps.a.outputs.v"},
        }))
    };
    let document = Document::read(&whole("{$inputs.x}, {$inputs.x} and {$inputs.y}")).unwrap();
    let found = document.workflows[0].references();
    let found: Vec<String> = found.iter().map(|(at, expression)| format!("{at} {expression}")).collect();
    let expect = [
        "/workflows/0/parameters/0/value $inputs.x",
        "/workflows/0/parameters/0/value $inputs.y",
        "/workflows/0/steps/0/outputs/v $response.body",
        "/workflows/0/outputs/v $steps.a.outputs.v",
        "/workflows/0/outputs/w $steps.a.outputs.v",
    ];
    assert_eq!(found, expect);
    check(
        &whole("{$sourceDescriptions.none.url} {$sourceDescriptions.none.name}"),
        &["/workflows/0/parameters/0/value: there is no source `none` in `sourceDescriptions`"],
    );
}
