//! What bounds a run: its memory, its time, its calls, in all and of parts of it.

use super::*;

/// A step that runs `inner` for each of `inputs.all`.
fn each(members: &Value) -> Value {
    let parameters = json!([{"name": "id", "value": "$inputs.one"}]);
    let step = json!({"stepId": "x", "workflowId": "inner", "parameters": parameters, "outputs": {"v": "$outputs.v"}});
    let mut each = json!({"in": "inputs.all", "as": "one"});
    each.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    with(step, &json!({"x-weir-for-each": each}))
}

fn inner(members: &Value) -> Value {
    let inner = json!({"workflowId": "inner", "steps": [get("g", "$inputs.id", &json!({"v": "$response.body#/n"}))], "outputs": {"v": "$steps.g.outputs.v"}});
    with(inner, members)
}

fn answer(body: &Value) -> Reply {
    ok(0, body).1.unwrap()
}

#[test]
fn of_many_elements_so_much_is_held_as_are_under_way() {
    let limit = json!({"x-weir-timeout": "1h"});
    let step = with(each(&json!({"concurrency": 4})), &limit);
    let outputs = json!({"all": "$steps.x.outputs.v"});
    let (program, main) = program(&json!([
        {"workflowId": "main", "steps": [step], "outputs": outputs}, inner(&limit),
    ]));
    let all: Vec<usize> = (0..10_000).collect();
    let inputs = values(json!({"all": all}));
    let mut engine = Engine::new(program, main, inputs, Bounds::default(), Duration::ZERO);
    let (mut now, mut waiting, mut most) = (Duration::ZERO, VecDeque::new(), (0, 0, 0));
    while engine.ended().is_none() {
        now += ms(1);
        while let Some(order) = engine.poll(now) {
            let Order::Call { id, call, .. } = order else { panic!("nothing is given up") };
            waiting.push_back((id, call.request.target.clone()));
        }
        let held = (engine.frames.len(), engine.timers.len(), engine.calls.len());
        most = (most.0.max(held.0), most.1.max(held.1), most.2.max(held.2));
        assert!(engine.wakes().is_some_and(|wakes| wakes > now) || engine.ended().is_some());
        let Some((id, target)) = waiting.pop_front() else { continue };
        let number: usize = target.trim_start_matches("/thing/").parse().unwrap();
        engine.answered(id, answer(&json!({"n": number})), now);
    }
    assert_eq!(engine.ended().unwrap().outputs["all"], json!(all));
    // The workflow itself, and of each element under way a workflow with its time and its call.
    assert_eq!(most, (5, 4, 4));
    assert_eq!((engine.frames.len(), engine.timers.len()), (0, 0));
}

#[test]
fn of_the_answers_that_are_shared_so_many_bytes_are_kept() {
    let each = json!({"in": "inputs.all", "as": "one"});
    let step = with(get("a", "$inputs.one", &json!({})), &json!({"x-weir-for-each": each}));
    let (program, main) = one(&step);
    let inputs = values(json!({"all": (0..5_000).collect::<Vec<usize>>()}));
    let mut engine = Engine::new(program, main, inputs, Bounds::default(), Duration::ZERO);
    let mut most = 0;
    while engine.ended().is_none() {
        let Some(Order::Call { id, .. }) = engine.poll(Duration::ZERO) else { continue };
        engine.answered(id, answer(&json!("x".repeat(1_000))), Duration::ZERO);
        most = most.max(engine.shares.kept());
    }
    assert!((600..800).contains(&most), "{most}");
}

#[test]
fn what_others_had_of_a_step_that_is_made_again_is_not_what_it_is_now() {
    let again = json!({"condition": "response.body == 'busy'", "max": 5, "delay": "1s"});
    let polls = with(get("a", "1", &json!({})), &json!({"x-weir-while": again}));
    let reads = with(get("b", "1", &json!({"v": "$response.body"})), &json!({"dependsOn": ["a"]}));
    let outputs = json!({"v": "$steps.b.outputs.v"});
    let program = program(&json!([{"workflowId": "w", "steps": [polls, reads], "outputs": outputs}]));
    let told = run(&program, &json!({}), Bounds::default(), |number, _| {
        ok(1, &json!(if number == 0 { "busy" } else { "done" }))
    });
    assert_eq!((told.calls.len(), &told.ended.outputs["v"]), (2, &json!("done")));
}

#[test]
fn more_elements_than_calls_are_left_are_refused_before_the_first_call() {
    let step = json!({"stepId": "a", "operationId": "make", "x-weir-for-each": {"in": "$inputs.all", "limit": 1_000_000}});
    let all = json!({"all": vec![0; 1_000_000]});
    let told = run(&one(&step), &all, Bounds::default(), |_, _| ok(1, &json!(1)));
    let failure = told.ended.failure.unwrap();
    assert_eq!((told.calls.len(), &*failure.step), (0, "a"));
    let why = "`x-weir-for-each` needs 1000000 calls, and the run may make no more than 100000 (`x-weir-max-calls` of the workflow)";
    assert_eq!(failure.reason.to_string(), why);
    let step = json!({"stepId": "a", "operationId": "make", "x-weir-for-each": {"in": "$inputs.all"}});
    let told = run(&one(&step), &all, Bounds::default(), |_, _| ok(1, &json!(1)));
    let why = "`x-weir-for-each` is given 1000000 elements, more than 10000 (`limit`)";
    assert_eq!((told.calls.len(), told.ended.failure.unwrap().reason.to_string().as_str()), (0, why));
}

/// A workflow that runs another one, with members of the step and of the inner workflow.
fn nested(step: &Value, members: &Value) -> (Arc<Program>, usize) {
    let parameters = json!([{"name": "id", "value": "1"}]);
    let step = with(json!({"stepId": "x", "workflowId": "inner", "parameters": parameters}), step);
    program(&json!([{"workflowId": "main", "steps": [step]}, with(inner(&json!({})), members)]))
}

#[test]
fn a_workflow_within_another_has_a_time_of_its_own() {
    let [by_itself, by_step, by_arazzo] = [
        nested(&json!({}), &json!({"x-weir-timeout": "30ms"})),
        nested(&json!({"x-weir-timeout": "30ms"}), &json!({"x-weir-timeout": "1m"})),
        nested(&json!({"timeout": 30}), &json!({})),
    ];
    for program in [by_itself, by_step, by_arazzo] {
        let told = run(&program, &json!({}), Bounds::default(), |_, _| ok(1_000, &json!(1)));
        let failure = told.ended.failure.unwrap();
        assert_eq!((told.ended.at, told.cancelled, &*failure.step), (ms(30), 1, "x"));
        assert_eq!(failure.reason, Reason::Timeout);
    }
    let again = json!({"x-weir-timeout": "30ms", "x-weir-retry": {"attempts": 2, "backoff": "10ms"}});
    let told = run(&nested(&again, &json!({})), &json!({}), Bounds::default(), |number, _| {
        ok(if number == 0 { 1_000 } else { 5 }, &json!({"n": 1}))
    });
    assert_eq!((told.ended.at, told.calls.len(), told.ended.failure), (ms(45), 2, None));
}

#[test]
fn what_changes_something_comes_to_its_end_where_the_time_of_its_workflow_is_over_and_is_undone() {
    let undo = json!({"operationId": "drop", "parameters": [{"name": "id", "in": "path", "value": "$steps.m.outputs.id"}]});
    let make = json!({"stepId": "m", "operationId": "make", "outputs": {"id": "$response.body#/id"}, "x-weir-compensate": undo});
    let never = json!({"stepId": "n", "operationId": "make"});
    let inner = json!({"workflowId": "inner", "x-weir-timeout": "30ms", "steps": [make, never]});
    let step = json!({"stepId": "x", "workflowId": "inner", "x-weir-optional": true});
    let after = with(get("after", "1", &json!({})), &json!({"dependsOn": ["x"]}));
    let program = program(&json!([{"workflowId": "main", "steps": [step, after]}, inner]));
    let told = run(&program, &json!({}), Bounds::default(), |_, request| match &*request.method {
        "POST" => ok(100, &json!({"id": 7})),
        _ => ok(5, &json!(1)),
    });
    let calls: Vec<(Duration, &str)> = told.calls.iter().map(|(at, call)| (*at, &**call)).collect();
    let undone = (ms(100), "DELETE /thing/7");
    assert_eq!(calls, [(ms(0), "POST /list"), undone, (ms(105), "GET /thing/1")]);
    assert_eq!((told.ended.failure, told.ended.absent.len()), (None, 1));
    assert_eq!(told.ended.absent[0].reason, Reason::Timeout);
}

#[test]
fn a_workflow_within_another_makes_no_more_calls_than_it_may_and_the_other_goes_on() {
    let all: Vec<Value> =
        (0..5).map(|at| json!({"stepId": format!("s{at}"), "operationId": "make"})).collect();
    let inner = json!({"workflowId": "inner", "x-weir-max-calls": 3, "steps": all});
    let outer = json!({"workflowId": "outer", "steps": [{"stepId": "y", "workflowId": "inner"}]});
    let step = json!({"stepId": "x", "workflowId": "outer", "x-weir-optional": true});
    let after = with(get("after", "1", &json!({})), &json!({"dependsOn": ["x"]}));
    let program = program(&json!([{"workflowId": "main", "steps": [step, after]}, outer, inner]));
    let told = run(&program, &json!({}), Bounds::default(), |_, _| ok(1, &json!(1)));
    assert_eq!((told.calls.len(), &told.ended.failure), (4, &None));
    let why = "workflow `inner` has made 3 calls, and may make no more";
    let absent = &told.ended.absent[0];
    assert_eq!((&*absent.step, absent.reason.to_string().as_str()), ("x/y/s3", why));
}

#[test]
fn a_step_has_a_time_for_all_its_attempts() {
    let retry = json!({"attempts": 10, "backoff": "30ms", "max-backoff": "30ms"});
    let step = with(
        get("a", "1", &json!({})),
        &json!({"x-weir-deadline": "100ms", "x-weir-timeout": "40ms", "x-weir-retry": retry}),
    );
    let told = run(&one(&step), &json!({}), Bounds::default(), |_, _| ok(1_000, &json!(1)));
    let begun: Vec<Duration> = told.calls.iter().map(|call| call.0).collect();
    assert_eq!((begun, told.ended.at), (vec![ms(0), ms(70)], ms(100)));
    assert_eq!(told.ended.failure.unwrap().reason, Reason::Timeout);
    // A pause that would be longer is not waited for: it fails as it has.
    let told = run(&one(&step), &json!({}), Bounds::default(), |_, _| status(35, 503));
    assert_eq!(
        (told.calls.len(), told.ended.at, told.ended.failure.unwrap().status),
        (2, ms(100), Some(503))
    );

    let actions = json!([{"name": "r", "type": "retry", "retryAfter": 0.03, "retryLimit": 9}]);
    let step = with(get("a", "1", &json!({})), &json!({"x-weir-deadline": "100ms", "onFailure": actions}));
    let told = run(&one(&step), &json!({}), Bounds::default(), |_, _| status(20, 503));
    assert_eq!((told.calls.len(), told.ended.at), (2, ms(70)));
}

#[test]
fn where_a_step_s_time_is_over_what_takes_no_time_stands_for_it() {
    let step = |members: &Value| {
        let step = get("a", "$inputs.one", &json!({"v": "$response.body"}));
        let step = with(with(step, &json!({"x-weir-deadline": "50ms"})), members);
        program(&json!([{"workflowId": "w", "steps": [step], "outputs": {"v": "$steps.a.outputs.v"}}]))
    };
    let told = |members: Value| {
        run(&step(&members), &json!({"one": 1, "all": [1, 2, 3]}), Bounds::default(), |_, _| {
            ok(1_000, &json!(1))
        })
    };
    let outputs = told(json!({"x-weir-fallback": {"outputs": {"v": 5}}}));
    assert_eq!((outputs.ended.at, &outputs.ended.outputs["v"], outputs.cancelled), (ms(50), &json!(5), 1));
    let optional = told(json!({"x-weir-delay": "1h", "x-weir-optional": true}));
    assert_eq!((optional.ended.at, optional.calls.len(), optional.ended.failure), (ms(50), 0, None));
    let other = json!({"operationId": "get", "parameters": [{"name": "id", "in": "path", "value": "other"}]});
    let late = told(json!({"x-weir-fallback": other}));
    assert_eq!((late.ended.at, late.calls.len()), (ms(50), 1));
    let each = json!({"in": "inputs.all", "as": "one", "concurrency": 2, "on-error": "null"});
    let each = told(json!({"x-weir-for-each": each}));
    assert_eq!((each.ended.at, each.calls.len(), each.cancelled), (ms(50), 2, 2));
    assert_eq!(each.ended.failure.unwrap().reason, Reason::Timeout);
}

#[test]
fn a_workflow_that_a_step_runs_is_given_up_where_the_step_s_time_is_over() {
    let told = run(
        &nested(&json!({"x-weir-deadline": "50ms", "x-weir-retry": {}}), &json!({})),
        &json!({}),
        Bounds::default(),
        |_, _| ok(1_000, &json!(1)),
    );
    let failure = told.ended.failure.unwrap();
    assert_eq!((told.ended.at, told.cancelled, &*failure.step), (ms(50), 1, "x"));
    assert_eq!(failure.reason, Reason::Timeout);
}

#[test]
fn an_answer_is_no_longer_than_a_step_and_the_workflows_around_it_say() {
    let bounded = |step: &Value, members: &Value| {
        let outer = json!({"stepId": "x", "workflowId": "inner"});
        let own = with(get("g", "1", &json!({})), step);
        let own = json!({"workflowId": "inner", "steps": [own]});
        let (program, main) =
            program(&json!([with(json!({"workflowId": "main", "steps": [outer]}), members), own]));
        let mut engine = Engine::new(program, main, Values::new(), Bounds::default(), Duration::ZERO);
        let Some(Order::Call { id, call, .. }) = engine.poll(Duration::ZERO) else { panic!("no call") };
        engine.answered(id, answer(&json!("x".repeat(98))), Duration::ZERO);
        while engine.poll(Duration::ZERO).is_some() {}
        (call.max_body, engine.ended().unwrap().failure.clone().map(|failure| failure.reason.to_string()))
    };
    assert_eq!(bounded(&json!({}), &json!({})), (None, None));
    let own = bounded(&json!({"x-weir-max-body": "99B"}), &json!({"x-weir-max-body": "1KB"}));
    assert_eq!(own, (Some(99), Some("its answer is longer than 99 bytes".to_owned())));
    let outer = bounded(&json!({"x-weir-max-body": "1MB"}), &json!({"x-weir-max-body": "99B"}));
    assert_eq!(outer, own);
    assert_eq!(bounded(&json!({}), &json!({"x-weir-max-body": "100B"})), (Some(100), None));
}

/// A step by what was drawn: what it does, and with what it does it.
fn drawn(at: usize, (kind, with_what, mask, time): (u8, u8, u8, u16)) -> Value {
    let id = format!("s{at}");
    let undo = json!({"operationId": "drop", "parameters": [{"name": "id", "in": "path", "value": "1"}]});
    let mut step = match kind {
        0 => json!({"stepId": id, "operationId": "make", "x-weir-compensate": undo}),
        1 => json!({"stepId": id, "workflowId": "changes"}),
        2 => json!({"stepId": id, "workflowId": "reads"}),
        _ => get(&id, &format!("{at}"), &json!({"v": "$response.body"})),
    };
    let members = step.as_object_mut().unwrap();
    let mut say = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    let on: Vec<String> = (0..at).filter(|on| mask >> (on % 8) & 1 == 1).map(|on| format!("s{on}")).collect();
    if !on.is_empty() {
        say("dependsOn", json!(on));
    }
    let span = json!(format!("{}ms", time % 60 + 1));
    match with_what {
        0 => say("x-weir-deadline", span),
        1 => say("x-weir-timeout", span),
        2 => say("x-weir-for-each", json!({"in": "[1, 2, 3, 4, 5]", "concurrency": 2})),
        3 => {
            say("x-weir-retry", json!({"attempts": 3, "backoff": span}));
            say("x-weir-deadline", json!("50ms"));
        }
        4 => {
            say("x-weir-for-each", json!({"in": "[1, 2, 3]", "on-error": "null"}));
            say("x-weir-deadline", span);
        }
        5 => say("x-weir-optional", json!(true)),
        6 => say(
            "onFailure",
            json!([{"name": "r", "type": "retry", "retryAfter": 0.01, "retryLimit": 2, "workflowId": "reads"}]),
        ),
        7 if kind > 2 => say("x-weir-hedge", json!({"after": span})),
        8 => {
            say("x-weir-delay", span);
            say("x-weir-deadline", json!("30ms"));
        }
        _ => {}
    }
    step
}

proptest! {
    /// Whatever is over first, a run ends, and nothing is held then: no call, no workflow, no timer (which `run` asserts).
    #[test]
    fn what_is_bounded_ends_and_leaves_nothing_behind(
        steps in prop::collection::vec((0_u8..6, 0_u8..12, any::<u8>(), any::<u16>()), 1..10),
        answers in prop::collection::vec((0_u64..80, 0_u8..5), 1..20),
        limits in (prop::option::of(1_u64..150), 1_u32..20, prop::option::of(1_u64..60)),
    ) {
        let undo = json!({"operationId": "drop", "parameters": [{"name": "id", "in": "path", "value": "1"}]});
        let make = |id: &str| json!({"stepId": id, "operationId": "make", "x-weir-compensate": undo});
        let mut changes = json!({"workflowId": "changes", "x-weir-max-calls": limits.1, "steps": [make("m"), get("g", "1", &json!({})), make("n")]});
        if let Some(time) = limits.2 {
            changes["x-weir-timeout"] = json!(format!("{time}ms"));
        }
        let reads = json!({"workflowId": "reads", "steps": [get("g", "1", &json!({})), get("h", "2", &json!({}))]});
        let steps: Vec<Value> = steps.iter().enumerate().map(|(at, one)| drawn(at, *one)).collect();
        let program = program(&json!([{"workflowId": "w", "steps": steps}, changes, reads]));
        let bounds = Bounds { timeout: limits.0.map(ms), concurrency: 4, undo: ms(40), ..Bounds::default() };
        let told = run(&program, &json!({}), bounds, |number, _| {
            let (lasts, kind) = answers[number % answers.len()];
            match kind {
                0 => status(lasts, 503),
                1 => (ms(lasts), Err(Lost::Unreachable("nobody listens".into()))),
                _ => ok(lasts, &json!(1)),
            }
        });
        let under_way = told.steps.iter().filter(|step| step.1 == Came::UnderWay).count();
        prop_assert_eq!(under_way, 0, "{:?}", told.steps);
    }
}
