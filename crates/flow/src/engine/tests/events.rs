use super::*;

/// What was sent: the body, and what it is known by.
fn sent(
    (program, main): &(Arc<Program>, usize),
    inputs: &Value,
    statuses: &[u16],
) -> (Vec<(Value, String, bool)>, Ended) {
    let bounds = Bounds { named: true, ..Bounds::default() };
    let mut now = Duration::ZERO;
    let mut engine = Engine::new(Arc::clone(program), *main, values(inputs.clone()), bounds, now);
    let mut sent = Vec::new();
    for _ in 0..1_000 {
        while let Some(order) = engine.poll(now) {
            let Order::Call { id, call, .. } = order else { continue };
            if !program.is_events(call.source) {
                engine.answered(id, Reply { status: 500, ..Reply::default() }, now);
                continue;
            }
            let status = statuses.get(sent.len()).or(statuses.last()).copied().unwrap();
            let body = serde_json::from_slice(&call.request.body.as_ref().unwrap().1).unwrap();
            assert!(!call.name.is_empty());
            sent.push((body, call.once.expect("an event is known").into_string(), call.again));
            engine.answered(id, Reply { status, ..Reply::default() }, now);
        }
        if let Some(ended) = engine.ended() {
            return (sent, ended.clone());
        }
        now = engine.wakes().expect("something is to come");
    }
    panic!("it does not end")
}

fn tell(id: &str, more: &Value) -> Value {
    let mut step =
        json!({"stepId": id, "x-weir-event": {"type": "order.made", "data": {"id": "$inputs.id"}}});
    step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    step
}

fn names(sent: &[(Value, String, bool)]) -> Vec<&str> {
    sent.iter().map(|(_, once, _)| once.as_str()).collect()
}

#[test]
fn a_step_sends_an_event_with_its_data() {
    let other =
        json!({"stepId": "b", "x-weir-event": {"endpoint": "crm", "type": "order.told", "data": [1, null]}});
    let program = program(&json!([{"workflowId": "w", "steps": [tell("a", &json!({})), other]}]));
    assert!(!program.0.workflows[program.1].is_safe());
    let (sent, ended) = sent(&program, &json!({"id": 7}), &[202]);
    assert!(ended.failure.is_none());
    let bodies: Vec<&Value> = sent.iter().map(|(body, ..)| body).collect();
    assert_eq!(bodies[0], &json!({"type": "order.made", "data": {"id": 7}}));
    assert_eq!(bodies[1], &json!({"type": "order.told", "data": [1, null], "webhook": "crm"}));
    // it may be sent again where nobody knows whether it was
    assert!(sent.iter().all(|(.., again)| *again) && sent[0].1 != sent[1].1);
}

#[test]
fn an_event_that_is_tried_again_is_the_same_one() {
    let retry = json!({"onFailure": [{"name": "r", "type": "retry", "retryAfter": 1, "retryLimit": 3}]});
    let of_arazzo = program(&json!([{"workflowId": "w", "steps": [tell("a", &retry)]}]));
    let own = json!({"x-weir-retry": {"attempts": 3}});
    let own = program(&json!([{"workflowId": "w", "steps": [tell("a", &own)]}]));
    for program in [of_arazzo, own] {
        let (sent, ended) = sent(&program, &json!({"id": 7}), &[503, 503, 202]);
        assert!(ended.failure.is_none());
        let names = names(&sent);
        assert_eq!(names.len(), 3);
        assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    }
}

#[test]
fn events_that_are_several_are_several() {
    // one for each element, and again where the flow comes by once more
    let each = json!({"x-weir-for-each": {"in": "$inputs.list"}, "onSuccess": [
        {"name": "again", "type": "goto", "stepId": "a", "criteria": [{"condition": "$inputs.more == true"}]},
    ]});
    let program_of = |steps: Value| program(&json!([{"workflowId": "w", "steps": steps}]));
    let program = program_of(json!([tell("a", &each)]));
    let (once, _) = sent(&program, &json!({"id": 7, "list": [1, 2, 3]}), &[202]);
    let mut names = names(&once);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 3);
    let back = json!({"onSuccess": [{"name": "back", "type": "goto", "stepId": "a"}]});
    let goes = program_of(json!([tell("a", &json!({})), tell("b", &back)]));
    let bounds = Bounds { named: true, timeout: Some(ms(1)), ..Bounds::default() };
    let mut engine =
        Engine::new(Arc::clone(&goes.0), goes.1, values(json!({"id": 1})), bounds, Duration::ZERO);
    let mut seen = Vec::new();
    while seen.len() < 6 {
        let Some(Order::Call { id, call, .. }) = engine.poll(Duration::ZERO) else { panic!("a call") };
        seen.push(call.once.unwrap());
        engine.answered(id, Reply { status: 202, ..Reply::default() }, Duration::ZERO);
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 6, "{seen:?}");
}

#[test]
fn an_event_in_a_choice_is_not_safe_and_one_may_undo() {
    let event = json!({"type": "order.off", "data": "$inputs.id"});
    let choice = json!({"stepId": "s", "x-weir-switch": [{"when": "true", "event": event}, {"default": {"operationId": "list"}}]});
    let program_of = |steps: Value| program(&json!([{"workflowId": "w", "steps": steps}]));
    let switch = program_of(json!([choice]));
    assert!(!switch.0.workflows[switch.1].is_safe());
    assert_eq!(sent(&switch, &json!({"id": 1}), &[202]).0.len(), 1);
    let undone = tell("a", &json!({"x-weir-compensate": {"event": event}}));
    let program = program_of(json!([undone, {"stepId": "z", "operationId": "list", "dependsOn": ["a"]}]));
    let (sent, ended) = sent(&program, &json!({"id": 7}), &[202, 503, 202]);
    assert!(ended.failure.is_some() && ended.stuck.is_empty(), "{ended:?}");
    let kinds: Vec<&str> = sent.iter().map(|(body, ..)| body["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["order.made", "order.off", "order.off"]);
    assert!(sent[1].1 == sent[2].1 && sent[0].1 != sent[1].1);
}
