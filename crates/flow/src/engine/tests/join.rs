//! Workflows that share the graph of those that run them.

use super::*;

/// The same program with no graph shared.
fn parted(workflows: &Value) -> (Arc<Program>, usize) {
    let (program, main) = program(workflows);
    let mut program = Arc::into_inner(program).unwrap();
    program.part();
    (Arc::new(program), main)
}

fn call(id: &str, workflow: &str, parameters: &[(&str, &str)], outputs: &Value) -> Value {
    let parameters: Vec<Value> =
        parameters.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    json!({"stepId": id, "workflowId": workflow, "parameters": parameters, "outputs": outputs})
}

/// A workflow with a step for each of two inputs, and one that needs neither.
fn page() -> Value {
    json!({
        "workflowId": "page",
        "inputs": {"type": "object", "required": ["user", "cart"], "properties": {"user": {"type": "string"}, "cart": {"type": "string"}, "size": {"default": 7}}},
        "steps": [
            get("news", "news-{$inputs.size}", &json!({"v": "$response.body"})),
            get("name", "name-{$inputs.user}", &json!({"v": "$response.body"})),
            get("items", "items-{$inputs.cart}", &json!({"v": "$response.body"})),
        ],
        "outputs": {"news": "$steps.news.outputs.v", "name": "$steps.name.outputs.v", "items": "$steps.items.outputs.v"},
    })
}

fn shop() -> Value {
    let out = json!({"v": "$response.body"});
    json!([
        {"workflowId": "main", "steps": [
            get("user", "user", &out),
            get("cart", "cart", &out),
            call("page", "page", &[("user", "$steps.user.outputs.v"), ("cart", "$steps.cart.outputs.v")],
                &json!({"news": "$outputs.news", "who": "$outputs.name", "items": "$outputs.items"})),
            get("hello", "hello-{$steps.page.outputs.who}", &out),
        ], "outputs": {"hello": "$steps.hello.outputs.v", "items": "$steps.page.outputs.items", "news": "$steps.page.outputs.news"}},
        page(),
    ])
}

/// A service that answers with what it is asked for, in a time that the asked thing says.
fn echo<'t>(times: &'t [(&'t str, u64)]) -> impl FnMut(usize, &Request) -> Got + 't {
    move |_, request| {
        let asked = request.target.trim_start_matches("/thing/");
        let lasts = times.iter().find(|(name, _)| asked.starts_with(name)).map_or(10, |(_, lasts)| *lasts);
        ok(lasts, &json!(format!("<{}>", asked.split('-').next().unwrap())))
    }
}

#[test]
fn a_step_within_begins_when_its_inputs_are_known_and_one_behind_when_its_output_is() {
    let times = [("user", 10), ("cart", 50), ("name", 20), ("items", 30), ("hello", 40), ("news", 5)];
    let told = run(&program(&shop()), &json!({}), Bounds::default(), echo(&times));
    let began = |what: &str| {
        told.calls.iter().find(|call| call.1.contains(&format!("/thing/{what}"))).map(|call| call.0)
    };
    assert_eq!(began("news-7"), Some(ms(0)), "it needs nothing that is not known; a default is");
    assert_eq!(began("name-"), Some(ms(10)), "it needs the user alone");
    assert_eq!(began("items-"), Some(ms(50)));
    assert_eq!(began("hello-"), Some(ms(30)), "it needs the name alone");
    assert_eq!(told.ended.at, ms(80), "the critical path is cart, items");
    let expected = json!({"hello": "<hello>", "items": "<items>", "news": "<news>"});
    assert_eq!(Value::Object(told.ended.outputs.clone()), expected);
    let apart = run(&parted(&shop()), &json!({}), Bounds::default(), echo(&times));
    assert_eq!((apart.ended.outputs, apart.ended.at), (told.ended.outputs, ms(120)));
}

#[test]
fn the_trail_tells_what_was_waited_for_in_the_other_workflow() {
    let (program, main) = program(&shop());
    let mut engine = Engine::new(program, main, Values::new(), Bounds::default(), ms(0));
    let mut service = echo(&[]);
    let mut now = ms(0);
    for _ in 0..100 {
        let mut calls = Vec::new();
        while let Some(order) = engine.poll(now) {
            if let Order::Call { id, call, .. } = order {
                calls.push((id, service(0, &call.request).1));
            }
        }
        now += ms(10);
        for (id, got) in calls {
            engine.answered(id, got.unwrap(), now);
        }
    }
    let (_, trail) = engine.finish().unwrap();
    let after = |step: &str| {
        let passage = trail.iter().find(|passage| &*passage.step == step).unwrap();
        passage.after.iter().map(|on| &*trail[*on].step).collect::<Vec<_>>()
    };
    assert_eq!(after("page/name"), ["user"]);
    assert_eq!(after("page/news"), [""; 0]);
    assert_eq!(after("hello"), ["page/name"]);
}

#[test]
fn inputs_that_break_the_schema_fail_the_step_and_nothing_is_called_with_them() {
    let told = run(&program(&shop()), &json!({}), Bounds::default(), |_, request| {
        if request.target.ends_with("user") { ok(10, &json!(5)) } else { ok(20, &json!("c")) }
    });
    let failure = told.ended.failure.unwrap();
    assert_eq!(&*failure.step, "page");
    assert!(
        matches!(&failure.reason, Reason::Request(why) if why.contains("inputs of `page`: ") && why.contains("/user")),
        "{failure:?}"
    );
    let calls: Vec<&str> = told.calls.iter().map(|call| &*call.1).collect();
    assert_eq!(calls, ["GET /thing/user", "GET /thing/cart", "GET /thing/news-7"], "no name is asked for");
}

#[test]
fn what_fails_within_fails_the_step_and_what_has_begun_by_its_outputs_is_given_up() {
    let times = [("user", 1), ("cart", 1), ("name", 1), ("hello", 100)];
    let mut echo = echo(&times);
    let told = run(&program(&shop()), &json!({}), Bounds::default(), |number, request| {
        if request.target.contains("items") { status(10, 500) } else { echo(number, request) }
    });
    let failure = told.ended.failure.unwrap();
    assert_eq!((&*failure.step, failure.status), ("page/items", Some(500)));
    assert_eq!(
        (told.ended.at, told.cancelled),
        (ms(11), 1),
        "`hello` is under way, and does not matter any more"
    );
}

#[test]
fn what_may_be_missing_is_not_used_before_it_is_whole() {
    let mut workflows = shop();
    workflows[0]["steps"][2]["x-weir-optional"] = json!({"default": {"who": "nobody"}});
    let times = [("user", 1), ("cart", 1), ("name", 1)];
    let mut echo = echo(&times);
    let told = run(&program(&workflows), &json!({}), Bounds::default(), |number, request| {
        if request.target.contains("items") { status(10, 500) } else { echo(number, request) }
    });
    assert!(told.ended.failure.is_none(), "{:?}", told.ended.failure);
    assert_eq!(told.calls.last().unwrap(), &(ms(11), "GET /thing/hello-nobody".to_owned()));
    assert_eq!(told.ended.absent.len(), 1);
}

#[test]
fn what_changes_something_waits_for_the_whole_workflow_and_is_not_overtaken() {
    let out = json!({"v": "$response.body"});
    let make = json!({"stepId": "make", "operationId": "make", "parameters": [], "outputs": {"v": "$response.body"}, "dependsOn": ["page"]});
    let mut workflows = shop();
    let late = call(
        "late",
        "page",
        &[("user", "u"), ("cart", "$steps.slow.outputs.v")],
        &json!({"who": "$outputs.name"}),
    );
    let steps = workflows[0]["steps"].as_array_mut().unwrap();
    steps.extend([make, get("slow", "slow", &out), late]);
    let times = [("slow", 100), ("items", 60), ("news", 1)];
    let told = run(&program(&workflows), &json!({}), Bounds::default(), echo(&times));
    let began = |what: &str| told.calls.iter().rfind(|call| call.1.contains(what)).map(|call| call.0);
    assert_eq!(began("POST /list"), Some(ms(70)), "`items` is the last of the page");
    assert_eq!(began("news"), Some(ms(80)), "the later page reads what was made");
}

#[test]
fn what_is_named_as_a_workflow_is_waited_for_as_a_whole() {
    let mut workflows = shop();
    let steps = workflows[0]["steps"].as_array_mut().unwrap();
    steps.push(get("by", "by-{$workflows.page.outputs.name}", &json!({})));
    let times = [("user", 1), ("cart", 1), ("name", 1), ("items", 50)];
    let told = run(&program(&workflows), &json!({}), Bounds::default(), echo(&times));
    assert_eq!(told.calls.last().unwrap(), &(ms(51), "GET /thing/by-%3Cname%3E".to_owned()));
    let mut workflows = shop();
    workflows[0]["steps"][2]["parameters"][0]["value"] = json!("$workflows.first.outputs.name");
    let first = call("first", "first", &[], &json!({}));
    workflows[0]["steps"].as_array_mut().unwrap().insert(0, first);
    let steps = json!([get("first", "first", &json!({"v": "$response.body"}))]);
    let first = json!({"workflowId": "first", "steps": steps, "outputs": {"name": "$steps.first.outputs.v"}});
    workflows.as_array_mut().unwrap().push(first);
    let told = run(&program(&workflows), &json!({}), Bounds::default(), echo(&[("first", 70)]));
    assert!(told.calls.contains(&(ms(70), "GET /thing/name-%3Cfirst%3E".to_owned())), "{:?}", told.calls);
}

#[test]
fn a_step_that_shares_its_graph_may_look_at_what_it_gives() {
    let mut workflows = shop();
    workflows[0]["steps"][2]["x-weir-transform"] = json!({"loud": "steps.page.outputs.who + '!'"});
    workflows[0]["outputs"]["loud"] = json!("$steps.page.outputs.loud");
    let times = [("user", 1), ("cart", 20)];
    let told = run(&program(&workflows), &json!({}), Bounds::default(), echo(&times));
    assert_eq!(told.ended.outputs["loud"], "<name>!");
    assert!(told.calls.contains(&(ms(1), "GET /thing/name-%3Cuser%3E".to_owned())), "{:?}", told.calls);
}

#[test]
fn what_is_judged_is_not_used_before() {
    let mut workflows = shop();
    workflows[0]["steps"][2]["successCriteria"] = json!([{"condition": "$outputs.items == 'none'"}]);
    let told = run(&program(&workflows), &json!({}), Bounds::default(), echo(&[("user", 1)]));
    let failure = told.ended.failure.unwrap();
    assert_eq!((&*failure.step, failure.reason), ("page", Reason::Criteria));
    assert!(!told.calls.iter().any(|call| call.1.contains("hello")), "{:?}", told.calls);
}

#[test]
fn what_holds_only_together_waits_for_all_of_it() {
    let size = json!({"size": {"default": 7}});
    let late = json!({"properties": size, "if": {"properties": {"cart": {"const": "small"}}}, "then": {"properties": {"user": {"const": "x"}}}});
    let told_with = |schema: &Value| {
        let mut workflows = shop();
        workflows[1]["inputs"] = schema.clone();
        run(&program(&workflows), &json!({}), Bounds::default(), echo(&[("user", 1), ("cart", 30)]))
    };
    let told = told_with(&late);
    assert!(told.calls.contains(&(ms(30), "GET /thing/name-%3Cuser%3E".to_owned())), "{:?}", told.calls);
    // A default that holds only with what is not known yet: nothing begins before.
    let defaults = json!({
        "properties": {"size": {"type": "integer", "default": 7}},
        "if": {"properties": {"cart": {"const": "small"}}}, "then": {"properties": {"size": {"maximum": 5}}},
    });
    let told = told_with(&defaults);
    assert!(told.calls.contains(&(ms(30), "GET /thing/news-7".to_owned())), "{:?}", told.calls);
    let closed = json!({"additionalProperties": false, "required": ["user"], "properties": {"user": {}, "size": {"default": 7}}});
    let failure = told_with(&closed).ended.failure.unwrap();
    assert_eq!(&*failure.step, "page", "`cart` is no input");
}

#[test]
fn what_is_left_out_is_known_to_be() {
    let mut workflows = shop();
    workflows[0]["steps"][2]["parameters"][0]["value"] = json!("$inputs.none");
    workflows[1]["inputs"] = json!({"properties": {"user": {"default": "anyone"}}});
    let told = run(&program(&workflows), &json!({}), Bounds::default(), echo(&[]));
    assert!(told.calls.contains(&(ms(0), "GET /thing/name-anyone".to_owned())), "{:?}", told.calls);
}

#[test]
fn a_run_that_is_given_up_leaves_nothing_and_one_that_is_taken_up_goes_on() {
    let (program, main) = program(&shop());
    let bounds = Bounds { named: true, ..Bounds::default() };
    let mut engine = Engine::new(Arc::clone(&program), main, Values::new(), bounds, ms(0));
    let (mut service, mut noted, mut calls) = (echo(&[]), Vec::new(), Vec::new());
    let take = |engine: &mut Engine, now: u64, calls: &mut Vec<(CallId, Call)>| {
        while let Some(order) = engine.poll(ms(now)) {
            match order {
                Order::Call { id, call, .. } => calls.push((id, call)),
                Order::Cancel(id) => calls.retain(|(other, _)| *other != id),
            }
        }
    };
    take(&mut engine, 0, &mut calls);
    // The user is known, the cart is not.
    let at = calls.iter().position(|(_, call)| call.request.target.ends_with("user")).unwrap();
    let (id, call) = calls.remove(at);
    let reply = service(0, &call.request).1.unwrap();
    noted.push(Noted { at: ms(10), what: Happened::Answered(call.name.clone(), reply.clone()) });
    engine.answered(id, reply, ms(10));
    take(&mut engine, 10, &mut calls);
    assert!(calls.iter().any(|(_, call)| call.request.target.contains("name-")), "{calls:?}");
    engine.give_up();
    take(&mut engine, 11, &mut calls);
    assert!(calls.is_empty() && engine.ended().is_some(), "{calls:?}");

    let mut again = Engine::new(program, main, Values::new(), bounds, ms(0));
    let resumed = Past::new(noted).resume(&mut again);
    let mut calls: Vec<(CallId, Call)> = Vec::new();
    for order in resumed.calls {
        if let Order::Call { id, call, .. } = order {
            calls.push((id, call));
        }
    }
    assert!(calls.iter().any(|(_, call)| call.request.target.contains("name-")), "{calls:?}");
    for now in 20..30 {
        for (id, call) in std::mem::take(&mut calls) {
            again.answered(id, service(0, &call.request).1.unwrap(), ms(now));
        }
        take(&mut again, now, &mut calls);
    }
    let expected = json!({"hello": "<hello>", "items": "<items>", "news": "<news>"});
    assert_eq!(Value::Object(again.ended().unwrap().outputs.clone()), expected);
}

#[test]
fn very_many_steps_share_no_graph_with_one_another() {
    let many: Vec<Value> = (0..150)
        .map(|at| get(&format!("s{at}"), &format!("{at}"), &json!({"v": "$response.body"})))
        .collect();
    let inner = json!({"workflowId": "inner", "steps": many, "outputs": {"v": "$steps.s0.outputs.v"}});
    let calls: Vec<Value> =
        (0..300).map(|at| call(&format!("c{at}"), "inner", &[], &json!({"v": "$outputs.v"}))).collect();
    let outputs: serde_json::Map<String, Value> =
        (0..300).map(|at| (format!("o{at}"), json!(format!("$steps.c{at}.outputs.v")))).collect();
    let (program, main) =
        program(&json!([inner, {"workflowId": "main", "steps": calls, "outputs": outputs}]));
    let compiled = &program.workflows[main];
    let shared = (0..300).filter(|step| compiled.graph.shares(*step)).count();
    assert_eq!(shared, (20_000 - 300) / 150);
}

#[test]
fn one_place_for_steps_is_enough() {
    let bounds = Bounds { concurrency: 1, ..Bounds::default() };
    let told = run(&program(&shop()), &json!({}), bounds, echo(&[]));
    let expected = json!({"hello": "<hello>", "items": "<items>", "news": "<news>"});
    assert_eq!(Value::Object(told.ended.outputs), expected);
}

/// A value of a random workflow: which of the steps before a step it reads, and which inputs.
type Reads = (u8, u8);

/// A step: what it reads, how long it takes, which earlier workflow it runs if it runs one, whether it may fail.
type Made = (Reads, u64, Option<u8>, u8);

/// The steps of the workflow with this number. Workflows take `p` and `q`, and give `x` and `y`.
fn steps(number: usize, made: &[Made]) -> Vec<Value> {
    let text = |at: usize, (mask, inputs): Reads| {
        let steps = (0..at).filter(|on| mask >> (on % 8) & 1 == 1).map(|on| {
            let name = if inputs >> 2 & 1 == 1 { "x" } else { "y" };
            format!("{{$steps.s{on}.outputs.{name}}}")
        });
        let names = [("p", 1), ("q", 2)].into_iter().filter(|(_, bit)| number < 3 && inputs & bit != 0);
        let inputs = names.map(|(name, _)| format!("{{$inputs.{name}}}"));
        steps.chain(inputs).collect::<Vec<_>>().join("-")
    };
    let step = |(at, (reads, _, runs, kind)): (usize, &Made)| {
        let id = format!("s{at}");
        let mut step = match runs.filter(|_| number > 0) {
            Some(on) => {
                let on = format!("w{}", usize::from(on) % number);
                let (p, q) = (text(at, *reads), text(at, (reads.0.rotate_left(3), reads.1 >> 3)));
                call(&id, &on, &[("p", &p), ("q", &q)], &json!({"x": "$outputs.x", "y": "$outputs.y"}))
            }
            None if kind % 16 == 6 => {
                let outputs = json!({"x": "$response.body.x", "y": "$response.body.y"});
                let payload = json!({"payload": text(at, *reads)});
                json!({"stepId": id, "operationId": "make", "requestBody": payload, "outputs": outputs})
            }
            None => {
                let value = format!("{number}.{at}.{}", text(at, *reads));
                get(&id, &value, &json!({"x": "$response.body.x", "y": "$response.body.y"}))
            }
        };
        if kind % 8 == 7 {
            step["x-weir-optional"] = json!({"default": {"x": "none"}});
        }
        step
    };
    made.iter().enumerate().map(step).collect()
}

fn workflows(all: &[Vec<Made>]) -> Value {
    let one = |(number, made): (usize, &Vec<Made>)| {
        let last = made.len() - 1;
        json!({
            "workflowId": format!("w{number}"),
            "steps": steps(number, made),
            "outputs": {"x": "$steps.s0.outputs.x", "y": format!("$steps.s{last}.outputs.y")},
        })
    };
    all.iter().enumerate().map(one).collect()
}

fn made() -> impl Strategy<Value = Made> {
    ((any::<u8>(), any::<u8>()), 0_u64..50, prop::option::weighted(0.4, any::<u8>()), any::<u8>())
}

/// How long a workflow takes by its plan.
fn total(program: &Program, all: &[Vec<Made>], workflow: usize) -> Duration {
    let spread = program.spread(workflow).unwrap();
    let lasts = |node: &crate::program::Node| {
        let compiled = &program.workflows[node.workflow];
        let number: usize = compiled.workflow.id.trim_start_matches('w').parse().unwrap();
        let step = &compiled.workflow.steps[node.step];
        match &compiled.acts[node.step] {
            _ if node.shares => ms(0),
            crate::program::Act::Workflow(on) => total(program, all, *on),
            _ if step.body.is_some() => ms(5),
            _ => ms(all[number][node.step].1),
        }
    };
    let durations: Vec<Duration> = spread.nodes.iter().map(lasts).collect();
    crate::plan::Shape::new(&spread.plan, &durations).total
}

proptest! {
    /// With graphs shared, the same calls are made with the same values, none later, and the same comes out.
    #[test]
    fn shared_graphs_make_the_same_calls_none_of_them_later(
        all in prop::collection::vec(prop::collection::vec(made(), 1..7), 4),
        fails in prop::option::of(any::<u64>()),
    ) {
        let hash = |text: &str| text.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let service = |_: usize, request: &Request| {
            let mut parts = request.target.trim_start_matches("/thing/").split('.');
            let mut number = || parts.next().and_then(|number| number.parse::<usize>().ok());
            let lasts = number().zip(number()).map_or(5, |(workflow, step)| all[workflow][step].1);
            let hash = hash(&request.target);
            if fails.is_some_and(|fails| hash % 16 == fails % 16) {
                return status(lasts, 500);
            }
            ok(lasts, &json!({"x": format!("x{}", hash % 1000), "y": format!("y{}", hash % 1000)}))
        };
        let workflows = workflows(&all);
        let shared_program = program(&workflows);
        let shared = run(&shared_program, &json!({}), Bounds::default(), service);
        let apart = run(&parted(&workflows), &json!({}), Bounds::default(), service);
        prop_assert_eq!(shared.ended.failure.is_some(), apart.ended.failure.is_some());
        prop_assert_eq!(&shared.ended.outputs, &apart.ended.outputs);
        // Where something fails, more or less may have begun by then.
        let is_good = fails.is_none() && shared.ended.failure.is_none();
        if is_good {
            // Whether equal calls are made once depends on when steps between them change something.
            let first = |told: &Told| {
                let mut calls = HashMap::new();
                for (began, call) in &told.calls {
                    calls.entry(call.clone()).or_insert(*began);
                }
                calls
            };
            let changes = |told: &Told| told.calls.iter().filter(|call| call.1.starts_with("POST")).count();
            let (mut shared_calls, apart_calls) = (first(&shared), first(&apart));
            for (call, began) in apart_calls {
                let sooner = shared_calls.remove(&call);
                prop_assert!(sooner.is_some_and(|sooner| sooner <= began), "{} begins later than {:?}", call, began);
            }
            prop_assert!(shared_calls.is_empty(), "{:?}", shared_calls);
            prop_assert_eq!(changes(&shared), changes(&apart));
            prop_assert!(shared.ended.at <= apart.ended.at);
        }
        if is_good {
            // Where equal calls are made once, one of them takes no time.
            let total = total(&shared_program.0, &all, shared_program.1);
            prop_assert!(shared.ended.at <= total, "{:?} is later than {:?}", shared.ended.at, total);
            let spread = shared_program.0.spread(shared_program.1).unwrap();
            if shared.calls.len() == spread.nodes.iter().filter(|node| !node.shares).count() {
                prop_assert_eq!(shared.ended.at, total);
            }
        }
        let narrow = run(&shared_program, &json!({}), Bounds { concurrency: 1, ..Bounds::default() }, service);
        prop_assert_eq!(&narrow.ended.outputs, &apart.ended.outputs);
    }
}
