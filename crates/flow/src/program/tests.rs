use std::sync::Arc;

use openapi::Description;
use serde_json::{Value, json};

use super::*;

fn shop() -> Source {
    let shop = json!({
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "get"}, "post": {"operationId": "post"}}},
    });
    Source::OpenApi(Arc::new(Description::read(&shop).unwrap()))
}

fn document(workflows: &Value) -> Document {
    let document = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "shop", "url": "x"}, {"name": "other", "url": "y", "type": "arazzo"}],
        "workflows": workflows,
    });
    Document::read(&document).unwrap()
}

fn program(workflows: &Value) -> Result<Program, Vec<String>> {
    let outputs = json!({"b": "$steps.a.outputs.b"});
    let steps = json!([{"stepId": "a", "operationId": "get", "outputs": {"b": "$response.body"}}]);
    let other = json!([
        {"workflowId": "read", "steps": steps, "outputs": outputs},
        {"workflowId": "there", "steps": steps, "outputs": outputs},
    ]);
    let other = Source::Arazzo(Arc::new(document(&other)), Arc::new([("shop".into(), shop())].into()));
    let sources = [("shop".into(), shop()), ("other".into(), other)].into();
    let told = |mistakes: Vec<Mistake>| mistakes.iter().map(ToString::to_string).collect();
    Program::new(&document(workflows), &sources).map_err(told)
}

#[test]
fn workflows_are_compiled_with_those_that_they_call() {
    let workflows = json!([
        {"workflowId": "main", "dependsOn": ["before"], "steps": [
            {"stepId": "far", "workflowId": "$sourceDescriptions.other.read"},
            {"stepId": "near", "workflowId": "write", "onFailure": [{"name": "f", "type": "goto", "workflowId": "main"}]},
        ]},
        {"workflowId": "write", "steps": [{"stepId": "a", "operationId": "post"}]},
        {"workflowId": "before", "steps": [{"stepId": "a", "operationId": "get"}]},
    ]);
    let program = program(&workflows).unwrap();
    let main = &program.workflows[program.workflow("main").unwrap()];
    let names: Vec<&str> = program.workflows.iter().map(|one| &*one.workflow.id).collect();
    assert_eq!(names, ["read", "write", "before", "main"]);
    assert_eq!(*program.sources, ["other/shop".into(), "shop".into()]);
    let safe: Vec<bool> = main.traits.iter().map(|traits| traits.safe).collect();
    assert_eq!(safe, [true, false], "a workflow that only reads is safe");
    assert_eq!(main.before, [2]);
    assert_eq!(main.goal("main"), Some(3), "an action may go back to its own workflow");
    assert_eq!(main.step("near"), Some(1));
}

#[test]
fn workflows_that_call_themselves_and_those_that_are_not_there_are_refused() {
    let workflows = json!([
        {"workflowId": "a", "steps": [{"stepId": "s", "workflowId": "b"}]},
        {"workflowId": "b", "steps": [{"stepId": "s", "workflowId": "a"}]},
        {"workflowId": "c", "dependsOn": ["none"], "steps": [{"stepId": "s", "operationId": "get"}]},
        {"workflowId": "d", "steps": [{"stepId": "s", "workflowId": "$sourceDescriptions.other.none"}]},
    ]);
    let mistakes = program(&workflows).unwrap_err();
    assert_eq!(
        mistakes,
        [
            "/workflows/1/steps/0: workflow `a` calls itself, over others or at once",
            "/workflows/2/dependsOn: there is no workflow `none`",
            "/workflows/3/steps/0/workflowId: source `other` has no workflow `none`",
        ]
    );
}

#[test]
fn of_an_answer_is_read_what_any_part_of_the_step_asks_for() {
    let step = json!({
        "stepId": "s", "operationId": "get",
        "successCriteria": [
            {"condition": "$response.body#/plain == 1 && $response.body#/list/2/n > 0"},
            {"context": "$response.body#/query", "condition": "$[?@.n]", "type": "jsonpath"},
            {"context": "$response.body#/regex", "condition": "a+", "type": "regex"},
        ],
        "outputs": {"one": "$response.body#/output", "selected": {"context": "$response.body#/selected", "selector": "$.a", "type": "jsonpath"}},
        "onFailure": [{"name": "f", "type": "goto", "workflowId": "other", "criteria": [{"condition": "$response.body#/failure == 1"}],
                       "parameters": [{"name": "p", "value": "of {$response.body#/goal}"}]}],
        "x-weir-transform": {"sum": "response.body.transform.a + response.body.transform.b"},
        "x-weir-while": {"condition": "response.body.repeat", "max": 3},
        "x-weir-fallback": {"operationId": "get", "outputs": {"one": "$response.body#/fallback"}},
        "x-weir-compensate": {"operationId": "post", "requestBody": {"contentType": "application/json", "payload": {"id": "$response.body#/undo"}}},
    });
    let other = json!({"workflowId": "other", "steps": [{"stepId": "s", "operationId": "get"}]});
    let program = program(&json!([{"workflowId": "w", "steps": [step]}, other])).unwrap();
    let reads = &program.workflows[program.workflow("w").unwrap()].reads[0];
    let names =
        ["plain", "query", "regex", "output", "selected", "failure", "goal", "repeat", "fallback", "undo"];
    let mut document =
        json!({"list": [0, 1, {"n": 5, "no": 6}], "transform": {"a": 1, "b": 2, "no": 3}, "no": {"no": 4}});
    for name in names {
        document[name] = json!({"whole": [1, {"a": 2}]});
    }
    let mut expected = document.clone();
    expected.as_object_mut().unwrap().shift_remove("no");
    expected["list"] = json!([null, null, {"n": 5}]);
    expected["transform"].as_object_mut().unwrap().shift_remove("no");
    assert_eq!(reads.read(document.to_string().as_bytes()).unwrap(), expected);
    let nothing = &program.workflows[program.workflow("other").unwrap()].reads[0];
    assert!(nothing.is_empty());
}

#[test]
fn what_is_named_of_workflows_that_do_not_run_here_is_told() {
    let step = |value: &str| json!({"stepId": "s", "operationId": "get", "parameters": [{"name": "q", "in": "query", "value": value}]});
    let read = json!({"workflowId": "read", "steps": [{"stepId": "a", "operationId": "get", "outputs": {"v": "$response.body"}}], "outputs": {"v": "$steps.a.outputs.v"}});
    let check = |main: Value, expect: &[&str]| {
        let found = program(&json!([read, main])).err().unwrap_or_default();
        assert_eq!(found.len(), expect.len(), "{found:#?}");
        for (found, expect) in found.iter().zip(expect) {
            assert!(found.contains(expect), "{found}\nhas no: {expect}");
        }
    };
    let main = |value: &str| json!({"workflowId": "main", "steps": [step(value)]});
    let at = "/workflows/1/steps/0/parameters/0/value: ";
    let unrun = "`$workflows.read.outputs.v` has no value: nothing here runs `read`; a step does with `workflowId: read`";
    check(main("$workflows.read.outputs.v"), &[&format!("{at}{unrun}")]);
    check(main("a {$workflows.none.inputs.x}"), &["there is no workflow `none`; there are `read`, `main`"]);
    check(main("$workflows.main.outputs.x"), &["`main` is this workflow, and what it gives is known once"]);
    check(main("$workflows.main.inputs.x"), &[]);
    let mut before = main("$workflows.read.outputs.v#/id");
    before["dependsOn"] = json!(["read"]);
    check(before.clone(), &[]);
    before["steps"][0] = step("$workflows.read.outputs.w");
    check(before, &["`$workflows.read.outputs.w` has no value: workflow `read` gives `v`"]);
    let mut far = main("x");
    far["steps"][0] = json!({"stepId": "s", "workflowId": "$sourceDescriptions.other.there"});
    far["outputs"] = json!({"v": "$workflows.there.inputs.v", "w": "$workflows.s.outputs.v"});
    check(far, &["/workflows/1/outputs/w: `$workflows.s.outputs.v` has no value: there is no workflow `s`"]);
    let mut shaped = main("x");
    shaped["steps"][0]["x-weir-when"] = json!("has(workflows.read.outputs.v)");
    shaped["x-weir-response"] = json!({"body": {"v": {"cel": "workflows.read.outputs.v"}}});
    check(shaped, &["/workflows/1/steps/0/x-weir-when: ", "/workflows/1/x-weir-response/body/v/cel: "]);
}

#[test]
fn workflows_of_two_documents_with_one_id_are_told_apart() {
    let read = json!({"workflowId": "read", "steps": [{"stepId": "own", "operationId": "get", "outputs": {"v": "$response.body"}}], "outputs": {"a": "$steps.own.outputs.v"}});
    let check = |runs: &[&str], value: &str, waits: &str, expect: &[&str]| {
        let run = |(at, name): (usize, &&str)| json!({"stepId": format!("r{at}"), "workflowId": name});
        let mut steps: Vec<Value> = runs.iter().enumerate().map(run).collect();
        let mut last = json!({"stepId": "s", "operationId": "get"});
        if !waits.is_empty() {
            last["dependsOn"] = json!([waits]);
        }
        steps.push(last);
        let mut main = json!({"workflowId": "main", "steps": steps});
        if !value.is_empty() {
            main["outputs"] = json!({"o": value});
        }
        let found = program(&json!([read, main])).err().unwrap_or_default();
        assert_eq!(found.len(), expect.len(), "{found:#?}");
        for (found, expect) in found.iter().zip(expect) {
            assert!(found.contains(expect), "{found}\nhas no: {expect}");
        }
    };
    let (far, there) = ("$sourceDescriptions.other.read", "$sourceDescriptions.other.there");
    let own = "`$workflows.read` is this document's own workflow `read`, and here `$sourceDescriptions.other.read` runs";
    for value in ["$workflows.read.outputs.a", "$workflows.read.outputs.b", "$workflows.read.inputs.x"] {
        check(&[far], value, "", &[own]);
        check(&["read", far], value, "", &[own]);
    }
    check(&["read"], "$workflows.read.outputs.a", "", &[]);
    check(&[there], "$workflows.there.outputs.b", "", &[]);
    check(&[there], "$workflows.there.outputs.a", "", &["workflow `there` gives `b`"]);
    // Steps that are waited for.
    check(&["read", far], "", "$workflows.read.steps.own", &[]);
    check(&["read", far], "", "$sourceDescriptions.other.read.steps.a", &[]);
    check(&[there], "", "$workflows.there.steps.a", &[]);
    for (run, waits, message) in [
        ("read", "$workflows.read.steps.a", "workflow `read`: there is no step `a`"),
        (far, "$sourceDescriptions.other.read.steps.own", "workflow `read`: there is no step `own`"),
        (there, "$workflows.there.steps.own", "workflow `there`: there is no step `own`"),
        (
            far,
            "$workflows.read.steps.own",
            "nothing here runs `read`; what runs is `$sourceDescriptions.other.read`",
        ),
        (
            "read",
            "$sourceDescriptions.other.read.steps.a",
            "nothing here runs `$sourceDescriptions.other.read`",
        ),
        ("read", "$workflows.there.steps.a", "no other step here runs workflow `there`"),
    ] {
        check(&[run], "", waits, &[message]);
    }
}

#[test]
fn everything_that_is_wrong_with_a_workflow_is_told_at_once() {
    let check = |workflow: Value, expect: &[&str]| {
        let found = program(&json!([workflow, {"workflowId": "bad", "inputs": {"type": "text"}, "steps": [
            {"stepId": "a", "operationId": "get"},
        ]}]));
        let mut found = found.unwrap_err();
        found.retain(|found| !found.starts_with("/workflows/1/"));
        assert_eq!(found.len(), expect.len(), "{found:#?}");
        assert!(found.iter().zip(expect).all(|(found, expect)| found.contains(expect)), "{found:#?}");
    };
    let mut workflow = json!({"workflowId": "w", "inputs": {"type": "text"}, "dependsOn": ["none"], "steps": [
        {"stepId": "a", "operationId": "no", "dependsOn": ["b"],
            "onFailure": [{"name": "f", "type": "goto", "workflowId": "none"}]},
    ]});
    let steps = "/steps/0/dependsOn/0: ";
    let goal = "/onFailure/0: there is no workflow `none`";
    check(workflow.clone(), &["operationId: ", "/inputs/type: ", "/dependsOn: ", steps, goal]);
    // What the steps call is right.
    workflow["steps"][0]["operationId"] = json!("get");
    check(workflow.clone(), &["/inputs/type: ", "/dependsOn: ", steps, goal]);
    // It is right but for what one of them runs.
    workflow["inputs"] = json!({"type": "object"});
    workflow["steps"][0] = json!({"stepId": "a", "workflowId": "bad", "dependsOn": ["b"]});
    check(workflow, &["/dependsOn: ", steps]);
}
