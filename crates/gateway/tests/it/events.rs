//! Events that steps of flows send.

use serde_json::{Value, json};
use stateport::NewEvent;

use crate::flows::{by_target, flow};
use crate::gate::Gate;

fn told(id: &str, more: &Value) -> Value {
    let mut event = json!({"type": "thing.made", "data": {"id": "$inputs.id", "n": {"cel": "1 + 1"}}});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"stepId": id, "x-weir-event": event, "outputs": {"v": "$response.body#/id"}, "successCriteria": [{"condition": "$statusCode == 202"}]})
}

#[test]
fn a_step_sends_an_event_which_is_a_step_of_the_record() {
    let up = by_target(|line| (200, json!({"v": line})));
    let steps = json!([told("told", &json!({})), told("crm", &json!({"endpoint": "crm"}))]);
    let gate = Gate::start(&flow(
        &up,
        &steps,
        &json!({"a": "$steps.told.outputs.v", "b": "$steps.crm.outputs.v"}),
        "",
    ));
    let (first, record) = gate.get("/run/7", "");
    assert_eq!(first.status, 200, "{}", first.text());
    let record = record.flow.expect("steps");
    let steps: Vec<(&str, u16)> = record.steps.iter().map(|step| (&*step.name, step.status)).collect();
    assert_eq!(steps, [("told", 202), ("crm", 202)]);
    let (second, _) = gate.get("/run/7", "");
    let events = gate.events.taken();
    let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    let of = |answer: &crate::client::Answer| [answer.json()["a"].clone(), answer.json()["b"].clone()];
    assert_eq!(json!(ids), json!([of(&first), of(&second)].concat()));
    assert!(ids.iter().all(|id| id.starts_with("msg_") && !id.contains('.')), "{ids:?}");
    let NewEvent { team, environment, webhook, kind, data, .. } = &events[1];
    assert_eq!(
        (team.as_str(), environment.as_str(), webhook.as_deref()),
        ("default", "default", Some("crm"))
    );
    assert_eq!((kind.as_str(), data.as_str()), ("thing.made", r#"{"id":"7","n":2}"#));
    assert_eq!((events[0].webhook.as_deref(), up.connections()), (None, 0));
    gate.end();
}

#[test]
fn events_of_a_job_are_named_by_it() {
    let up = by_target(|line| (200, json!({"v": line})));
    let documents = flow(&up, &json!([told("told", &json!({}))]), &json!({}), "");
    let jobs = "---\nkind: Route\nname: jobs\nspec: {service: flows, paths: [\"/jobs/*\"]}\n";
    let gate = Gate::start(
        &(documents.replace("access: {mode: public}}", "access: {mode: public}, jobs: {}}") + jobs),
    );
    let fields = "Prefer: respond-async, wait=10\r\nIdempotency-Key: k\r\n";
    // accepted once, run once, sent once
    for _ in 0..2 {
        let (answer, _) = gate.get("/run/7", fields);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(gate.events.taken().len(), 1);
    gate.end();
}
