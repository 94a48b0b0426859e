use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Document;

const GET: Traits = Traits { safe: true, parallel: false };
const POST: Traits = Traits { safe: false, parallel: false };
const PARALLEL: Traits = Traits { safe: true, parallel: true };

/// A step that gives `v` and is given the values of other steps.
fn step(id: &str, of: &[&str]) -> Value {
    let parameters: Vec<Value> = of
        .iter()
        .map(|of| json!({"name": of, "in": "query", "value": format!("$steps.{of}.outputs.v")}))
        .collect();
    json!({"stepId": id, "operationId": id, "parameters": parameters, "outputs": {"v": "$response.body"}})
}

fn with(mut step: Value, more: &Value) -> Value {
    step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    step
}

fn workflow(steps: &[Value]) -> Workflow {
    let document = json!({
        "arazzo": "1.1.0",
        "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "api.yaml"}],
        "workflows": [{"workflowId": "w", "steps": steps, "outputs": {"all": "$steps.a.outputs.v"}}],
    });
    Document::read(&document).unwrap().workflows.remove(0)
}

fn plan(steps: &[Value], traits: &[Traits]) -> Plan {
    Plan::new(&workflow(steps), traits).unwrap()
}

fn before(plan: &Plan) -> Vec<Vec<usize>> {
    (0..plan.waits.len()).map(|step| plan.before(step).collect()).collect()
}

#[track_caller]
fn refused(steps: &[Value], expect: &[&str]) {
    let found = Plan::new(&workflow(steps), &vec![GET; steps.len()]).unwrap_err();
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expect.len(), "{found:#?}");
    for (found, expect) in found.iter().zip(expect) {
        assert!(found.contains(expect), "{found}\nhas no: {expect}");
    }
}

#[test]
fn safe_steps_wait_for_what_they_refer_to_and_for_nothing_else() {
    let steps = [step("a", &[]), step("b", &[]), step("c", &["a"]), step("d", &["a", "b", "c"])];
    let made = plan(&steps, &[GET; 4]);
    assert_eq!(before(&made), [vec![], vec![], vec![0], vec![0, 1, 2]]);
    let Why::Output(place, expression) = &made.waits[2][0].why else { panic!("{made:?}") };
    assert_eq!(
        (place.to_string().as_str(), &**expression),
        ("/workflows/0/steps/2/parameters/0/value", "$steps.a.outputs.v")
    );
}

#[test]
fn every_place_of_an_expression_is_seen() {
    let a = step("a", &[]);
    for more in [
        json!({"requestBody": {"payload": {"deep": ["{$steps.a.outputs.v}"]}}}),
        json!({"requestBody": {"payload": {}, "replacements": [{"target": "/x", "value": "$steps.a.outputs.v#/y"}]}}),
        json!({"successCriteria": [{"condition": "$response.body.n > $steps.a.outputs.v"}]}),
        json!({"successCriteria": [{"context": "$response.body", "condition": "$[?@.n == {$steps.a.outputs.v}]", "type": "jsonpath"}]}),
        json!({"onFailure": [{"name": "r", "type": "retry", "criteria": [{"condition": "$steps.a.outputs.v"}]}]}),
        json!({"onFailure": [{"name": "r", "type": "retry", "workflowId": "x", "parameters": [{"name": "n", "value": "$steps.a.outputs.v"}]}]}),
        json!({"outputs": {"v": {"context": "$steps.a.outputs.v", "selector": "/x", "type": "jsonpointer"}}}),
        json!({"dependsOn": ["a"]}),
    ] {
        let steps = [a.clone(), with(step("b", &[]), &more)];
        assert_eq!(before(&plan(&steps, &[GET; 2])), [vec![], vec![0]], "{more}");
    }
}

#[test]
fn unsafe_steps_keep_their_order_and_what_is_written_is_read() {
    let steps = [step("a", &[]), step("b", &[]), step("c", &[]), step("d", &[]), step("e", &[])];
    let made = plan(&steps, &[GET, POST, GET, POST, PARALLEL]);
    // b waits for no earlier safe step, c reads what b wrote, d comes behind b, e may overtake
    assert_eq!(before(&made), [vec![], vec![], vec![1], vec![1], vec![]]);
    assert_eq!((&made.waits[2][0].why, &made.waits[3][0].why), (&Why::OwnWrites, &Why::Order));
}

#[test]
fn what_may_end_or_go_elsewhere_is_a_barrier() {
    for (action, is_barrier) in [
        (
            json!({"onSuccess": [{"name": "x", "type": "end", "criteria": [{"condition": "$statusCode == 204"}]}]}),
            true,
        ),
        (json!({"onFailure": [{"name": "x", "type": "goto", "stepId": "a"}]}), true),
        (json!({"onFailure": [{"name": "x", "type": "retry"}]}), false),
    ] {
        let steps = [step("a", &[]), with(step("b", &[]), &action), step("c", &[])];
        let made = plan(&steps, &[GET; 3]);
        assert_eq!(made.barriers, [false, is_barrier, false], "{action}");
        assert_eq!(before(&made)[2], if is_barrier { vec![1] } else { vec![] }, "{action}");
    }
}

#[test]
fn a_step_may_stand_before_what_it_depends_on_if_it_says_so() {
    let steps = [with(step("a", &[]), &json!({"dependsOn": ["b"]})), step("b", &[])];
    assert_eq!(before(&plan(&steps, &[POST; 2])), [vec![1], vec![]]);
}

#[test]
fn a_step_that_an_earlier_one_waits_for_still_waits_for_those_before_both() {
    let steps = [step("a", &[]), with(step("b", &[]), &json!({"dependsOn": ["c"]})), step("c", &[])];
    assert_eq!(before(&plan(&steps, &[POST, POST, GET])), [vec![], vec![0, 2], vec![0]]);
}

#[test]
fn references_that_lead_nowhere_and_cycles_are_refused() {
    refused(&[step("a", &["z"])], &["there is no step `z`; steps of this workflow are `a`"]);
    refused(
        &[step("a", &["a"])],
        &["/workflows/0/steps/0/parameters/0/value: step `a` refers to its own output"],
    );
    refused(
        &[step("a", &["b"]), step("b", &[])],
        &["`$steps.b.outputs.v` is of a later step; put it before `a`, or say `dependsOn: [b]` here"],
    );
    let wrong = json!({"parameters": [{"name": "x", "in": "query", "value": "$steps.a.outputs.other"}]});
    refused(
        &[step("a", &[]), with(step("b", &[]), &wrong)],
        &["`$steps.a.outputs.other`: step `a` gives `v`"],
    );
    let on = |id: &str, of: &str| with(step(id, &[]), &json!({"dependsOn": [of]}));
    refused(
        &[on("a", "b"), on("b", "c"), on("c", "a"), on("d", "d"), on("e", "zz")],
        &[
            "step `d` depends on itself",
            "there is no step `zz`",
            "wait for each other: `a` waits for `b` waits for `c` waits for `a`",
        ],
    );
}

#[test]
fn a_step_whose_result_nobody_uses_is_worth_a_word() {
    let made = plan(&[step("a", &[]), step("b", &[]), step("c", &[])], &[GET, GET, POST]);
    let remarks: Vec<String> = made.remarks.iter().map(ToString::to_string).collect();
    assert_eq!(remarks, ["/workflows/0/steps/1: nothing uses what step `b` gives"]);
}

#[test]
fn the_critical_path_is_the_longest() {
    let steps =
        [step("a", &[]), step("b", &[]), step("c", &["a"]), step("d", &["a", "b"]), step("e", &["c", "d"])];
    let made = plan(&steps, &[GET; 5]);
    let shape = Shape::new(&made, &[10, 30, 5, 20, 1].map(Duration::from_millis));
    assert_eq!((shape.levels, shape.critical), (vec![0, 0, 1, 1, 2], vec![1, 3, 4]));
    assert_eq!(shape.total, Duration::from_millis(51));
    assert_eq!(shape.slack, [20, 0, 35, 0, 0].map(Duration::from_millis));
    assert_eq!(shape.begins, [0, 0, 10, 30, 50].map(Duration::from_millis));
}

#[test]
fn ten_thousand_steps_in_a_row_are_planned() {
    let steps: Vec<Value> = (0..10_000)
        .map(|at| {
            if at == 0 {
                step("a", &[])
            } else {
                step(&format!("s{at}"), &[&if at == 1 { "a".to_owned() } else { format!("s{}", at - 1) }])
            }
        })
        .collect();
    let made = plan(&steps, &vec![GET; steps.len()]);
    assert_eq!(Shape::new(&made, &[]).levels.last(), Some(&9_999));
}

proptest! {
    /// Whatever a document is, the plan has no cycle, keeps the order of unsafe steps, and has no step begin before what it
    /// waits for.
    #[test]
    fn plans_keep_the_rules(
        of in proptest::collection::vec(proptest::collection::vec(any::<prop::sample::Index>(), 0..3), 1..12),
        kinds in proptest::collection::vec(0..3_usize, 12),
        durations in proptest::collection::vec(0..100_u64, 12),
    ) {
        let name = |at: usize| if at == 0 { "a".to_owned() } else { format!("s{at}") };
        let steps: Vec<Value> = of.iter().enumerate().map(|(at, of)| {
            let mut before: Vec<String> = of.iter().filter(|_| at > 0).map(|of| name(of.index(at))).collect();
            before.sort();
            before.dedup();
            step(&name(at), &before.iter().map(String::as_str).collect::<Vec<_>>())
        }).collect();
        let traits: Vec<Traits> = kinds[..steps.len()].iter().map(|kind| [GET, POST, PARALLEL][*kind]).collect();
        let made = plan(&steps, &traits);
        let durations: Vec<Duration> = durations[..steps.len()].iter().map(|ms| Duration::from_millis(*ms)).collect();
        let shape = Shape::new(&made, &durations);
        let end = |step: usize| shape.begins[step] + durations[step];
        for at in 0..steps.len() {
            for on in made.before(at) {
                prop_assert!(end(on) <= shape.begins[at]);
            }
            for earlier in 0..at {
                let (first, second) = (traits[earlier], traits[at]);
                if !first.safe && (!second.safe || !second.parallel) {
                    prop_assert!(end(earlier) <= shape.begins[at], "{} before {}", earlier, at);
                }
            }
        }
        let along: Duration = shape.critical.iter().map(|step| durations[*step]).sum();
        prop_assert_eq!(along, shape.total);
        prop_assert!(shape.critical.iter().all(|step| shape.slack[*step].is_zero()));
    }
}

#[test]
fn waits_for_runs_of_workflows_are_bounded_and_share_their_words() {
    let run = |at: usize| json!({"stepId": format!("r{at}"), "workflowId": "w"});
    let name = |at: usize| {
        with(
            step(&format!("n{at}"), &[]),
            &json!({"parameters": [
                {"name": "a", "in": "query", "value": "$workflows.w.outputs.all"},
                {"name": "b", "in": "query", "value": "$workflows.w.outputs.all"},
            ]}),
        )
    };
    let many = |runs: usize, names: usize| -> Vec<Value> {
        [step("a", &[])].into_iter().chain((0..runs).map(run)).chain((0..names).map(name)).collect()
    };
    let made = plan(&many(3, 2), &[GET; 6]);
    assert_eq!(before(&made)[4..], [[1, 2, 3], [1, 2, 3]]);
    let [Why::Output(one, text), Why::Output(other, _)] = [&made.waits[4][0].why, &made.waits[4][1].why]
    else {
        panic!("{made:?}")
    };
    assert!(Arc::ptr_eq(one, other) && **text == *"$workflows.w.outputs.all");
    refused(
        &many(1001, 1001),
        &[
            "/workflows/0/steps/2001/parameters/0/value: `$workflows.w` is waited for at every step that runs it: these are more than 1000000 waits of this workflow; name the step",
        ],
    );
}

#[test]
fn waits_for_steps_of_other_workflows_are_bounded_and_share_their_place() {
    let run = |at: usize| json!({"stepId": format!("r{at}"), "workflowId": "v"});
    let wait = |at: usize| {
        let depends_on = ["$workflows.v.steps.one", "$workflows.v.steps.other"];
        with(step(&format!("n{at}"), &[]), &json!({"dependsOn": depends_on}))
    };
    // Half of the steps that run it stand behind those that wait.
    let many = |runs: usize, waits: usize| -> Vec<Value> {
        let (before, behind) = ((0..runs / 2).map(run), (runs / 2..runs).map(run));
        [step("a", &[])].into_iter().chain(before).chain((0..waits).map(wait)).chain(behind).collect()
    };
    let made = plan(&many(4, 2), &[GET; 7]);
    assert_eq!(before(&made)[3..5], [[1, 2, 5, 6], [1, 2, 5, 6]]);
    let [Why::DependsOn(one), Why::DependsOn(other)] = [&made.waits[3][0].why, &made.waits[3][3].why] else {
        panic!("{made:?}")
    };
    assert!(Arc::ptr_eq(one, other) && one.to_string() == "/workflows/0/steps/3/dependsOn/0");
    refused(
        &many(1000, 1001),
        &[
            "/workflows/0/steps/1501/dependsOn/0: `$workflows.v.steps.one` is waited for at every step that runs it: these are more than 1000000 waits of this workflow; name the step",
        ],
    );
}

/// Of each step, all that it waits for, over others too.
fn closure(waits: &[Vec<Wait>]) -> Vec<Vec<bool>> {
    let reach = |at: usize| {
        let (mut seen, mut open) = (vec![false; waits.len()], vec![at]);
        while let Some(step) = open.pop() {
            for wait in &waits[step] {
                if !std::mem::replace(&mut seen[wait.on], true) {
                    open.push(wait.on);
                }
            }
        }
        seen
    };
    (0..waits.len()).map(reach).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// The edges by order are those that one gets by looking at each pair of steps, whatever waits for what by references.
    #[test]
    fn edges_by_order_are_those_of_each_pair(
        ranks in Just((0..14_usize).collect::<Vec<_>>()).prop_shuffle(),
        pairs in proptest::collection::vec((0..14_usize, 0..14_usize), 0..16),
        kinds in proptest::collection::vec((0..3_usize, any::<bool>()), 14),
    ) {
        let mut waits: Vec<Vec<Wait>> = vec![Vec::new(); ranks.len()];
        for (one, other) in pairs {
            // The later one in a random order waits for the other, so that there is no cycle.
            let (at, on) = if ranks[one] > ranks[other] { (one, other) } else { (other, one) };
            if at != on && !waits[at].iter().any(|wait| wait.on == on) {
                waits[at].push(Wait { on, why: Why::Order });
            }
        }
        let traits: Vec<Traits> = kinds.iter().map(|(kind, _)| [GET, POST, PARALLEL][*kind]).collect();
        let barriers: Vec<bool> = kinds.iter().map(|(kind, barrier)| *barrier && *kind != 2).collect();
        let mut expect = waits.clone();
        edges::by_order_of_each(&mut expect, &traits, &barriers);
        order::add(&mut waits, &traits, &barriers);
        prop_assert_eq!(closure(&waits), closure(&expect));
    }
}

#[test]
fn room_is_made_in_a_row_where_many_stand_before_one() {
    // Each goes before all that were looked at.
    let count = 200;
    let mut waits: Vec<Vec<Wait>> = vec![Vec::new(); count];
    for (at, own) in waits.iter_mut().enumerate().take(count - 1) {
        own.push(Wait { on: at + 1, why: Why::Order });
    }
    let mut expect = waits.clone();
    edges::by_order_of_each(&mut expect, &vec![POST; count], &vec![false; count]);
    order::add(&mut waits, &vec![POST; count], &vec![false; count]);
    assert_eq!(closure(&waits), closure(&expect));
}

#[test]
fn ten_thousand_steps_the_other_way_about_are_planned() {
    let count = 10_000;
    let chain = |traits: Traits| {
        let wait = |at: usize| Wait { on: at + 1, why: Why::Order };
        let mut waits: Vec<Vec<Wait>> = (0..count - 1).map(|at| vec![wait(at)]).collect();
        waits.push(Vec::new());
        order::add(&mut waits, &vec![traits; count], &vec![false; count]);
        let plan = Plan { waits, barriers: Vec::new(), remarks: Vec::new() };
        Shape::new(&plan, &[]).levels.into_iter().max()
    };
    assert_eq!((chain(GET), chain(POST)), (Some(count - 1), Some(count - 1)));
}
