use serde_json::json;

use super::*;
use crate::Document;
use crate::document::{Step, Target, Workflow};
use crate::plan::{Plan, Traits};

fn document(steps: &Value, workflow: &Value) -> Value {
    let mut whole = json!({"workflowId": "w", "steps": steps});
    whole.as_object_mut().unwrap().extend(workflow.as_object().unwrap().clone());
    json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "x"}], "workflows": [whole],
    })
}

fn a() -> Value {
    json!({"stepId": "a", "operationId": "a", "outputs": {"v": "$response.body", "list": "$response.body.list"}})
}

fn with(members: &Value) -> Value {
    let mut step = json!({"stepId": "s", "operationId": "x", "outputs": {"v": "$response.body"}});
    step.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    step
}

fn workflow(step: &Value, more: &Value) -> Workflow {
    assert!(allows(&document(&json!([a(), step]), more)), "by the schema {step} and {more} are not allowed");
    let read = Document::read(&document(&json!([a(), step]), more));
    read.unwrap_or_else(|mistakes| panic!("{mistakes:#?}")).workflows.remove(0)
}

fn step(members: &Value) -> Step {
    workflow(&with(members), &json!({})).steps.remove(1)
}

/// Whether the schema allows a document.
fn allows(document: &Value) -> bool {
    static SCHEMA: std::sync::OnceLock<jsonschema::Validator> = std::sync::OnceLock::new();
    SCHEMA.get_or_init(|| jsonschema::validator_for(&schema()).unwrap()).is_valid(document)
}

/// What is told of a step with these members, by its places within the step.
#[track_caller]
fn told(members: &Value, expect: &[(&str, &str)]) {
    let steps = json!([a(), with(members)]);
    let mistakes = Document::read(&document(&steps, &json!({}))).err().unwrap_or_default();
    let found: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expect.len(), "{members}: {found:#?}");
    for (found, (place, message)) in found.iter().zip(expect) {
        let place = format!("/workflows/0/steps/1{place}: ");
        assert!(found.starts_with(&place) && found.contains(message), "{found}\nis not {place}{message}");
    }
}

#[test]
fn every_extension_of_a_step_is_read() {
    let weir = step(&json!({
        "x-other": 1, "x-weir-when": "steps.a.outputs.v.ok", "x-weir-timeout": "2s", "x-weir-delay": "250ms",
        "x-weir-for-each": {"in": "$steps.a.outputs.list", "as": "one", "on-error": "skip", "batch": {"size": 50, "join": ",", "key": "item.id", "result": {"in": "$response.body#/items", "key": "item.id"}}},
        "x-weir-optional": {"default": {"v": []}}, "x-weir-retry": {"attempts": 5, "on": [503, "5xx", "timeout"]},
        "x-weir-hedge": {"after": "100ms"}, "x-weir-cache": {"ttl": "1m", "key": "inputs.one"},
        "x-weir-fallback": {"outputs": {"v": {"cel": "steps.a.outputs.v"}}},
        "x-weir-while": {"condition": "response.body.state == 'busy'", "max": 10, "delay": "1s"},
        "x-weir-transform": {"count": "size(steps.s.outputs.v)"},
        "x-weir-compensate": {"operationId": "undo", "parameters": [{"name": "id", "in": "path", "value": "$steps.s.outputs.v"}]},
        "x-weir-safe": false, "x-weir-parallel": true, "x-weir-repeatable": true, "x-weir-identity": "caller", "x-weir-credentials": "crm",
    })).weir;
    assert_eq!(weir.when.as_ref().unwrap().cel.as_str(), "steps.a.outputs.v.ok");
    assert_eq!((weir.timeout, weir.delay), (Some(Duration::from_secs(2)), Some(Duration::from_millis(250))));
    let each = weir.for_each.as_ref().unwrap();
    assert_eq!((each.concurrency, each.limit, each.on_error), (8, 10_000, OnError::Skip));
    let batch = each.batch.as_ref().unwrap();
    assert_eq!((batch.size, batch.join.as_deref()), (50, Some(",")));
    assert!(matches!(batch.result, Some(Source::Expression(..))) && batch.part.is_some());
    assert_eq!(&*weir.optional.as_ref().unwrap().default[0].name, "v");
    assert_eq!(weir.retry.as_ref().unwrap().on, [Cause::Status(503), Cause::Class(5), Cause::Timeout]);
    assert_eq!(weir.hedge.unwrap().attempts, 2);
    assert_eq!(weir.cache.as_ref().unwrap().ttl, Duration::from_mins(1));
    assert!(matches!(weir.fallback, Some(Fallback::Outputs(_))));
    assert_eq!(weir.repeat.as_ref().unwrap().max, 10);
    assert_eq!(weir.outputs().collect::<Vec<_>>(), ["count"]);
    assert_eq!(weir.compensate.as_ref().unwrap().callee, Callee::Target(Target::Operation("undo".into())));
    assert_eq!((weir.safe, weir.parallel, weir.repeatable, weir.as_caller), (Some(false), true, true, true));
    assert_eq!(weir.credentials.as_deref(), Some("crm"));
}

#[test]
fn a_step_may_have_something_else_than_a_target() {
    let only = |members: Value| {
        let mut whole = json!({"stepId": "s"});
        whole.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        workflow(&whole, &json!({})).steps.remove(1)
    };
    let model = only(
        json!({"x-weir-model": {"alias": "fast", "prompt": "Sum up: {$steps.a.outputs.v}", "parameters": {"temperature": 0}}}),
    );
    assert_eq!(model.target, Target::Extension);
    assert!(matches!(model.weir.kind, Some(Kind::Model(Model { is_prompt: true, .. }))));
    let query = only(
        json!({"x-weir-graphql": {"source": "shop", "query": "query($id: ID!) { user(id: $id) { name } }", "variables": {"id": "$steps.a.outputs.v"}}}),
    );
    assert!(query.weir.kind.unwrap().is_safe());
    let event = only(
        json!({"x-weir-event": {"endpoint": "crm", "type": "order.made", "data": {"id": {"cel": "inputs.id + 1"}}}}),
    );
    assert!(!event.weir.kind.unwrap().is_safe());
    let switch = only(json!({"x-weir-switch": [
        {"when": "inputs.kind == 'a'", "operationId": "x"},
        {"when": "inputs.kind == 'b'", "model": {"alias": "m", "messages": []}, "outputs": {"text": "$response.body"}},
        {"default": {"workflowId": "w2", "parameters": [{"name": "n", "value": 1}]}},
    ]}));
    assert_eq!(switch.weir.outputs().collect::<Vec<_>>(), ["text"]);
    assert_eq!(switch.weir.alternatives().count(), 3);
    let race = only(json!({"x-weir-race": [{"operationId": "x"}, {"operationId": "y"}]}));
    assert_eq!(race.weir.race.len(), 2);
    let values = only(json!({"x-weir-transform": {"sum": "inputs.a + 1"}}));
    assert_eq!((values.target, values.weir.transform.len()), (Target::Extension, 1));
}

#[test]
fn every_mistake_has_its_place_and_a_hint() {
    told(&json!({"x-weir-wehn": "true"}), &[("/x-weir-wehn", "did you mean `x-weir-when`?")]);
    told(&json!({"x-weir-for_each": {}}), &[("/x-weir-for_each", "did you mean `x-weir-for-each`?")]);
    told(&json!({"x-weir-response": {}}), &[("/x-weir-response", "it belongs to workflows")]);
    told(&json!({"x-weir-zzzzzzzz": 1}), &[("/x-weir-zzzzzzzz", "known here are `x-weir-when`, ")]);
    told(&json!({"x-weir-when": "$inputs.a == 1"}), &[("/x-weir-when", "in CEL names have no `$`")]);
    told(&json!({"x-weir-when": true}), &[("/x-weir-when", "CEL is text, not true or false")]);
    told(
        &json!({"x-weir-when": "item > 1"}),
        &[("/x-weir-when", "`item` is not known here; known are `inputs`")],
    );
    told(
        &json!({"x-weir-timeout": 5}),
        &[("/x-weir-timeout", "this is a duration such as `250ms` or `2s`, not a number")],
    );
    told(&json!({"x-weir-timeout": "5 weeks"}), &[("/x-weir-timeout", "`5 weeks` is not a duration")]);
    told(
        &json!({"x-weir-for-each": {"as": "a b"}}),
        &[("/x-weir-for-each", "`in` is missing"), ("/x-weir-for-each/as", "no name of an input")],
    );
    told(
        &json!({"x-weir-for-each": {"in": "[1]", "concurrency": 1000}}),
        &[("/x-weir-for-each/concurrency", "from 1 to 256")],
    );
    told(
        &json!({"x-weir-for-each": {"in": "[1]", "on-error": "stop"}}),
        &[("/x-weir-for-each/on-error", "`fail` or `skip` or `null`")],
    );
    told(
        &json!({"x-weir-for-each": {"in": "[1]", "batch": {}}}),
        &[("/x-weir-for-each/batch", "`size` is missing")],
    );
    told(
        &json!({"x-weir-for-each": {"in": "[1]", "each": 1}}),
        &[("/x-weir-for-each/each", "`each` is not known here")],
    );
}

#[test]
fn every_mistake_of_choices_and_kinds_has_its_place_and_a_hint() {
    told(&json!({"x-weir-switch": [{"operationId": "x"}]}), &[("/x-weir-switch/0", "`when` is missing")]);
    told(&json!({"x-weir-switch": [{"when": "true"}]}), &[("/x-weir-switch/0", "one of `operationId`")]);
    told(
        &json!({"x-weir-switch": [{"default": {"operationId": "x"}}, {"when": "true", "operationId": "x"}]}),
        &[("/x-weir-switch/0", "`default` is the last case")],
    );
    told(
        &json!({"x-weir-race": [{"operationId": "x"}]}),
        &[("/x-weir-race", "a list of two targets or more")],
    );
    told(
        &json!({"x-weir-race": [{"operationId": "x"}, {"operationId": "y"}], "x-weir-model": {"alias": "m", "prompt": "p"}}),
        &[("/x-weir-race", "exclude each other")],
    );
    told(
        &json!({"x-weir-retry": {"on": ["sometimes"]}}),
        &[("/x-weir-retry/on/0", "a status, `4xx`, `5xx`, `timeout` or `connect`")],
    );
    told(
        &json!({"x-weir-hedge": {"attempts": 9}}),
        &[("/x-weir-hedge", "`after` is missing"), ("/x-weir-hedge/attempts", "from 2 to 5")],
    );
    told(&json!({"x-weir-while": {"condition": "true"}}), &[("/x-weir-while", "`max` is missing")]);
    told(&json!({"x-weir-cache": {}}), &[("/x-weir-cache", "`ttl` is missing")]);
    told(&json!({"x-weir-optional": "yes"}), &[("/x-weir-optional", "`true`, or an object with `default`")]);
    told(&json!({"x-weir-transform": {"a b": "1"}}), &[("/x-weir-transform/a b", "a name here has letters")]);
    told(
        &json!({"x-weir-transform": {"a": "1 +"}}),
        &[("/x-weir-transform/a", "this is no CEL: at character 3")],
    );
    told(&json!({"x-weir-tool": {"name": "t"}}), &[("/x-weir-tool", "MCP tools have not landed")]);
    told(&json!({"x-weir-model": {"alias": "m"}}), &[("/x-weir-model", "one of `messages` and `prompt`")]);
    told(
        &json!({"x-weir-event": {"endpoint": "e", "type": "t", "data": {"deep": [{"cel": "a +"}]}}}),
        &[("/x-weir-event/data/deep/0/cel", "this is no CEL")],
    );
    told(
        &json!({"x-weir-event": {"type": "a b", "data": 1}}),
        &[("/x-weir-event/type", "no type of events")],
    );
    told(&json!({"x-weir-identity": "me"}), &[("/x-weir-identity", "this is `caller`, or left out")]);
    told(&json!({"x-weir-safe": "yes"}), &[("/x-weir-safe", "this is `true` or `false`, not text")]);
    told(
        &json!({"x-weir-compensate": {"operationId": "x", "parameters": [{"name": "p", "value": 1}]}}),
        &[("/x-weir-compensate/parameters/0", "`in` is missing")],
    );
}

#[test]
fn the_extensions_of_a_workflow_are_read() {
    let read = workflow(
        &with(&json!({})),
        &json!({
            "x-weir-timeout": "30s", "x-weir-concurrency": 4, "x-weir-max-body": "10MB", "x-weir-max-calls": 100,
            "x-weir-response": {"status": {"cel": "has(steps.s.outputs.v) ? 200 : 206"}, "headers": {"X-Of": "$steps.a.outputs.v"}, "body": {"all": "$steps.s.outputs.v", "n": {"cel": "size(steps.a.outputs.list)"}}, "from": ["s"]},
        }),
    );
    let weir = &read.weir;
    assert_eq!(
        (weir.timeout, weir.concurrency, weir.max_body, weir.max_calls),
        (Some(Duration::from_secs(30)), Some(4), Some(10_000_000), Some(100))
    );
    let places: Vec<String> = weir.references().iter().map(|(at, what)| format!("{at} {what}")).collect();
    let place = |text: &str| format!("/workflows/0/x-weir-response/{text}");
    assert_eq!(
        places,
        [
            place("status/cel $steps.s.outputs.v"),
            place("headers/X-Of $steps.a.outputs.v"),
            place("body $steps.s.outputs.v").replace("body", "body/all"),
            place("body/n/cel $steps.a.outputs.list"),
        ]
    );
    let wrong = [
        (json!({"x-weir-response": {"status": 99}}), "from 200 to 599"),
        (json!({"x-weir-response": {"headers": {"Content-Length": 1}}}), "set by Weir alone"),
        (json!({"x-weir-response": {"headers": {"a b": 1}}}), "no name of a header field"),
        (json!({"x-weir-response": {"body": {"cel": "item"}}}), "`item` is not known here"),
        (json!({"x-weir-max-body": "much"}), "is not a size"),
        (json!({"x-weir-when": "true"}), "it belongs to steps"),
    ];
    for (more, expect) in wrong {
        let mistakes = Document::read(&document(&json!([a()]), &more)).unwrap_err();
        assert!(mistakes.len() == 1 && mistakes[0].message.contains(expect), "{mistakes:?}");
    }
    let mut root = document(&json!([a()]), &json!({}));
    root["x-weir-timeout"] = json!("1s");
    assert!(
        Document::read(&root).unwrap_err()[0]
            .to_string()
            .starts_with("/x-weir-timeout: `x-weir-timeout` is not known here: it belongs to steps")
    );
}

#[test]
fn what_extensions_read_is_waited_for() {
    let safe = Traits { safe: true, parallel: false };
    let id = json!([{"name": "id", "in": "query", "value": "$steps.a.outputs.v"}]);
    for members in [
        json!({"x-weir-when": "has(steps.a.outputs.v)"}),
        json!({"x-weir-for-each": {"in": "steps.a.outputs.list.map(x, x.id)", "as": "x"}}),
        json!({"x-weir-for-each": {"in": "$steps.a.outputs.list", "as": "x"}}),
        json!({"x-weir-for-each": {"in": "[1]", "batch": {"size": 2, "key": "item + steps.a.outputs.v"}}}),
        json!({"x-weir-switch": [{"when": "steps.a.outputs.v == 1", "operationId": "y"}]}),
        json!({"x-weir-switch": [{"when": "true", "operationId": "y", "parameters": id}]}),
        json!({"x-weir-switch": [{"default": {"operationId": "y", "parameters": id}}]}),
        json!({"x-weir-optional": {"default": {"v": "$steps.a.outputs.v"}}}),
        json!({"x-weir-cache": {"ttl": "1s", "key": "string(steps.a.outputs.v)"}}),
        json!({"x-weir-fallback": {"outputs": {"v": {"cel": "steps.a.outputs.v"}}}}),
        json!({"x-weir-fallback": {"operationId": "y", "requestBody": {"payload": {"deep": "$steps.a.outputs.v"}}}}),
        json!({"x-weir-race": [{"operationId": "x"}, {"operationId": "y", "parameters": id}]}),
        json!({"x-weir-while": {"condition": "steps.s.outputs.v < steps.a.outputs.v", "max": 3}}),
        json!({"x-weir-transform": {"x": "steps.s.outputs.v + steps.a.outputs.v"}}),
        json!({"x-weir-compensate": {"operationId": "y", "parameters": id}}),
        json!({"x-weir-fallback": {"model": {"alias": "m", "prompt": "{$steps.a.outputs.v}"}}}),
        json!({"x-weir-fallback": {"event": {"endpoint": "e", "type": "t", "data": {"x": {"cel": "steps.a.outputs.v"}}}}}),
        json!({"x-weir-fallback": {"graphql": {"source": "e", "query": "{a}", "variables": {"x": "$steps.a.outputs.v"}}}}),
    ] {
        let workflow = workflow(&with(&members), &json!({}));
        let plan =
            Plan::new(&workflow, &[safe; 2]).unwrap_or_else(|mistakes| panic!("{members}: {mistakes:?}"));
        assert_eq!(plan.before(1).collect::<Vec<_>>(), [0], "{members}");
        assert_eq!(plan.barriers, [false, false], "{members}");
    }
    // what a step computes is an output of it; names that lead nowhere are told
    for (members, expect) in [
        (
            json!({"x-weir-transform": {"w": "1"}, "x-weir-while": {"condition": "steps.s.outputs.w > 1", "max": 2}}),
            None,
        ),
        (json!({"x-weir-when": "steps.s.outputs.v"}), Some("refers to its own output")),
        (json!({"x-weir-when": "steps.z.outputs.v"}), Some("there is no step `z`")),
        (
            json!({"x-weir-when": "steps.a.outputs.z"}),
            Some("`$steps.a.outputs.z`: step `a` gives `v`, `list`"),
        ),
    ] {
        let found = Plan::new(&workflow(&with(&members), &json!({})), &[safe; 2]);
        match expect {
            None => assert!(found.is_ok(), "{found:?}"),
            Some(expect) => {
                assert!(found.as_ref().is_err_and(|all| all[0].message.contains(expect)), "{found:?}");
            }
        }
    }
    let from =
        |body: Value| Plan::new(&workflow(&with(&json!({})), &json!({"x-weir-response": body})), &[safe; 2]);
    assert!(from(json!({"from": ["z"]})).unwrap_err()[0].message.contains("there is no step `z`"));
    assert!(
        from(json!({"body": "$steps.z.outputs.v"})).unwrap_err()[0].message.contains("there is no step `z`")
    );
    assert!(from(json!({"body": ["$steps.s.outputs.v", "$steps.a.outputs.v"]})).unwrap().remarks.is_empty());
}

#[test]
fn the_schema_knows_every_name() {
    let schema = schema();
    for (of, names) in [("step", &STEP[..]), ("workflow", &WORKFLOW[..])] {
        let properties = schema["$defs"][of]["properties"].as_object().unwrap();
        let known: Vec<&str> = names.iter().filter(|name| **name != "tool").copied().collect();
        assert_eq!(properties.len(), known.len());
        for name in known {
            assert!(properties.contains_key(&format!("{PREFIX}{name}")), "{name}");
        }
    }
    for wrong in [
        json!({"x-weir-wehn": "true"}),
        json!({"x-weir-timeout": 5}),
        json!({"x-weir-for-each": {"as": "x"}}),
        json!({"x-weir-race": [{"operationId": "x"}]}),
        json!({"x-weir-compensate": {"operationId": "x", "workflowId": "y"}}),
        json!({"x-weir-tool": {}}),
    ] {
        assert!(!allows(&document(&json!([a(), with(&wrong)]), &json!({}))), "{wrong}");
    }
}

/// What is committed is what the code says; with `UPDATE=1` in the environment, it is written.
#[test]
#[expect(clippy::disallowed_methods, reason = "a switch of the test alone")]
fn the_schema_is_committed() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/flow-extensions.schema.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(&path, &text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "docs/flow-extensions.schema.json is stale; run `UPDATE=1 cargo test -p flow schema`"
    );
}

#[test]
fn values_for_outputs_that_the_step_does_not_have_are_told() {
    let with = |more: Value| {
        let mut members = json!({"x-weir-transform": {"sum": "1"}});
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        members
    };
    told(
        &with(json!({"x-weir-optional": {"default": {"sum": 0, "v": 1, "nope": 1}}})),
        &[("/x-weir-optional/default/nope", "`nope` is no output of this step, which has `v`, `sum`")],
    );
    told(
        &with(json!({"x-weir-fallback": {"outputs": {"nope": 1}}})),
        &[("/x-weir-fallback/outputs/nope", "`nope` is no output of this step")],
    );
    told(
        &with(
            json!({"x-weir-fallback": {"operationId": "y", "outputs": {"nope": "$response.body"}}, "x-weir-optional": {"default": {"nope": 1}}}),
        ),
        &[],
    );
}
