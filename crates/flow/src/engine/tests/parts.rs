//! The parts of answers: each as soon as it is known, and all together the answer.

use super::*;

/// Parts by their names, with when they were there.
type Seen = Vec<(Duration, Option<String>, Value)>;

/// Runs in simulated time; gives the parts with the times at which they were there, joined as clients join them.
fn parts(workflow: &Value, service: impl FnMut(usize, &Request) -> Got) -> (Seen, Value, Told) {
    let program = program(&json!([workflow]));
    let mut parts = Parts::new(&program.0.workflows[program.1]);
    let (mut seen, mut joined) = (Vec::new(), json!({}));
    let told = run_watched(&program, &json!({"x": 7}), Bounds::default(), service, |engine, now| {
        for Part { name, value } in parts.take(engine) {
            match &name {
                Some(name) => joined[&**name] = value.clone(),
                None => joined = value.clone(),
            }
            seen.push((now, name.map(String::from), value));
        }
        assert!(parts.take(engine).is_empty(), "each part is taken once");
    });
    (seen, joined, told)
}

fn step(id: &str, on: &[&str]) -> Value {
    let from: Vec<String> = on.iter().map(|on| format!("{{$steps.{on}.outputs.v}}")).collect();
    get(id, &format!("{id}{}", from.join("")), &json!({"v": "$response.body.v"}))
}

/// A step takes as long as the digits in its id say.
fn lasts(_: usize, request: &Request) -> Got {
    let digits: String =
        request.target.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    ok(digits.parse().unwrap(), &json!({"v": digits}))
}

fn names(parts: &[(Duration, Option<String>, Value)]) -> Vec<(u64, &str)> {
    let ms = |at: &Duration| u64::try_from(at.as_millis()).unwrap();
    parts.iter().map(|(at, name, _)| (ms(at), name.as_deref().unwrap_or(""))).collect()
}

#[test]
fn a_part_is_known_once_all_that_it_reads_is() {
    let body = json!({
        "own": "$inputs.x", "left out": "$inputs.none", "fixed": {"n": 1}, "slow": "$steps.s30.outputs.v",
        "both": {"cel": "steps.s10.outputs.v + outputs.o"}, "quick": {"a": ["$steps.s10.outputs.v"]},
    });
    let workflow = json!({
        "workflowId": "w", "steps": [step("s10", &[]), step("s30", &[]), step("s20", &[])],
        "outputs": {"o": "$steps.s20.outputs.v", "unused": "$steps.s30.outputs.v"},
        "x-weir-response": {"body": body},
    });
    let (seen, joined, told) = parts(&workflow, lasts);
    let expect = [(10, "own"), (10, "fixed"), (10, "quick"), (20, "both"), (30, "slow")];
    let mut got = names(&seen);
    got.sort_unstable();
    let mut expect = expect.to_vec();
    expect.sort_unstable();
    assert_eq!(got, expect, "what reads no step comes with the first that does");
    assert_eq!(Some(&joined), told.ended.answer.as_ref().map(|answer| &answer.body));
}

#[test]
fn outputs_are_parts_and_one_that_has_no_value_is_null() {
    let mut optional = step("s5", &[]);
    optional["x-weir-optional"] = json!(true);
    let workflow = json!({
        "workflowId": "w", "steps": [optional, step("s10", &[])],
        "outputs": {"a": "$steps.s5.outputs.v", "b": "$steps.s10.outputs.v.none", "c": "$inputs.none"},
    });
    let (seen, joined, told) =
        parts(&workflow, |number, request| if number == 0 { status(5, 500) } else { lasts(number, request) });
    assert_eq!(names(&seen), [(5, "a"), (5, "c"), (10, "b")]);
    assert_eq!(joined, json!({"a": null, "b": null, "c": null}));
    assert_eq!(Some(joined), told.ended.answer.map(|answer| answer.body));
}

#[test]
fn of_what_is_no_object_the_whole_is_one_part() {
    for body in [json!(["$steps.s10.outputs.v"]), json!({"cel": "{'a': steps.s10.outputs.v}"})] {
        let workflow =
            json!({"workflowId": "w", "steps": [step("s10", &[])], "x-weir-response": {"body": body}});
        let (seen, joined, told) = parts(&workflow, lasts);
        assert_eq!(names(&seen), [(10, "")]);
        assert_eq!(Some(joined), told.ended.answer.map(|answer| answer.body));
    }
}

#[test]
fn what_may_change_is_told_at_the_end() {
    let again = json!([{"name": "again", "type": "goto", "stepId": "s10",
        "criteria": [{"condition": "$response.body#/v == '20' && $statusCode == 201"}]}]);
    let mut last = step("s20", &["s10"]);
    last["onSuccess"] = again;
    let workflow = json!({
        "workflowId": "w", "steps": [step("s10", &[]), last],
        "outputs": {"a": "$steps.s10.outputs.v", "b": "$steps.s20.outputs.v"},
    });
    let mut made = 0;
    let (seen, joined, told) = parts(&workflow, |_, request| {
        made += 1;
        let last = request.target.contains("s20");
        let reply = Reply { status: if made < 3 && last { 201 } else { 200 }, ..Reply::default() };
        let headers = [("content-type", "application/json")].into_iter().collect();
        let body = json!({"v": if last { "20".to_owned() } else { format!("{made}") }}).to_string().into();
        (ms(10), Ok(Reply { headers, body, ..reply }))
    });
    assert_eq!(names(&seen), [(40, "a"), (40, "b")]);
    assert_eq!(joined, json!({"a": "3", "b": "20"}));
    assert_eq!(Some(joined), told.ended.answer.map(|answer| answer.body));
}

#[test]
fn of_a_run_that_fails_what_was_told_stands_and_nothing_follows() {
    let workflow = json!({
        "workflowId": "w", "steps": [step("s10", &[]), step("s20", &[]), step("s30", &[])],
        "outputs": {"fixed": "$inputs.x", "a": "$steps.s10.outputs.v", "b": "$steps.s20.outputs.v", "c": "$steps.s30.outputs.v"},
    });
    let fails = |at: &'static str| {
        move |number, request: &Request| {
            if request.target.contains(at) { status(20, 500) } else { lasts(number, request) }
        }
    };
    assert_eq!(names(&parts(&workflow, fails("s20")).0), [(10, "fixed"), (10, "a")]);
    let one = json!({"workflowId": "w", "steps": [step("s20", &[])], "outputs": {"fixed": "$inputs.x", "b": "$steps.s20.outputs.v"}});
    assert_eq!(names(&parts(&one, fails("s20")).0), []);
}

#[test]
fn parts_that_read_a_step_are_told() {
    let each = json!({"in": "$inputs.list", "as": "i"});
    let mut many = step("s1", &[]);
    many["x-weir-for-each"] = each;
    let workflow = json!({"workflowId": "w", "steps": [many, step("s2", &[])],
        "outputs": {"a": "$steps.s1.outputs.v", "b": "$steps.s2.outputs.v", "c": "$steps.s2.outputs"}});
    let program = program(&json!([workflow]));
    let compiled = &program.0.workflows[program.1];
    let parts = Parts::new(compiled);
    let engine = Engine::new(Arc::clone(&program.0), program.1, Values::new(), Bounds::default(), ms(0));
    let failed = |step: &str| Failure { step: step.into(), ..Failure::whole(Reason::Timeout) };
    assert_eq!(parts.reading(&engine, &failed("s1[3]")), ["a"]);
    assert_eq!(parts.reading(&engine, &failed("s2/inner")), ["b", "c"]);
    assert!(parts.reading(&engine, &failed("")).is_empty());
}

proptest! {
    /// Of each step: what it takes from those before, how long it takes, and what becomes of it. Of each member of the
    /// answer, the steps that it reads.
    #[test]
    fn all_parts_joined_are_the_answer(
        steps in prop::collection::vec((any::<u8>(), 0_u64..50, 0_u8..6), 1..10),
        reads in prop::collection::vec((any::<u16>(), any::<bool>()), 0..8),
        shaped in any::<bool>(),
        list in any::<bool>(),
    ) {
        let written: Vec<Value> = steps.iter().enumerate().map(|(at, (mask, _, fate))| {
            let from: Vec<String> = (0..at).filter(|on| mask >> (on % 8) & 1 == 1).map(|on| format!("{{$steps.s{on}.outputs.v}}")).collect();
            let mut step = get(&format!("s{at}"), &format!("s{at}-{}", from.join("-")), &json!({"v": "$response.body.v"}));
            match fate {
                1 => step["x-weir-optional"] = json!({"default": {"v": "none"}}),
                2 => step["x-weir-when"] = json!("false"),
                3 => step["onSuccess"] = json!([{"name": "e", "type": "end"}]),
                _ => {}
            }
            step
        }).collect();
        let read = |mask: u16| (0..steps.len()).filter(|at| mask >> at & 1 == 1).collect::<Vec<_>>();
        let members: serde_json::Map<String, Value> = reads.iter().enumerate().map(|(at, (mask, cel))| {
            let all = read(*mask);
            let value = if *cel && shaped && !all.is_empty() {
                let all: Vec<String> = all.iter().map(|at| format!("steps.s{at}.outputs.v")).collect();
                json!({"cel": format!("[{}]", all.join(", "))})
            } else if !shaped {
                let at = all.first().copied().unwrap_or_default();
                json!(if *cel { format!("$steps.s{at}.outputs") } else { format!("$steps.s{at}.outputs.v") })
            } else {
                json!(all.iter().map(|at| format!("$steps.s{at}.outputs.v")).collect::<Vec<_>>())
            };
            (format!("m{at}"), value)
        }).collect();
        let mut workflow = json!({"workflowId": "w", "steps": written});
        if shaped {
            workflow["x-weir-response"] = json!({"body": if list { json!([members]) } else { json!(members) }});
        } else if !members.is_empty() {
            workflow["outputs"] = json!(members);
        }
        let (seen, joined, told) = parts(&workflow, |_, request| {
            let at: usize = request.target.trim_start_matches("/thing/s").split('-').next().unwrap().parse().unwrap();
            let (_, after, fate) = steps[at];
            if matches!(fate, 1 | 5) { status(after, 500) } else { ok(after, &json!({"v": request.target.len()})) }
        });
        match told.ended.answer {
            Some(answer) => prop_assert_eq!(joined, answer.body),
            None => prop_assert!(seen.iter().all(|(at, ..)| *at <= told.ended.at)),
        }
    }
}
