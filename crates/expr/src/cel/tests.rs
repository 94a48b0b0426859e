use serde_json::json;

use super::*;

fn known() -> Value {
    json!({
        "$inputs.id": 7, "$inputs.big": u64::MAX, "$inputs.half": 2.5, "$inputs.none": null, "$inputs.name": "Ann",
        "$inputs.tags": ["a", "b"], "$steps.user.outputs.id": 9, "$steps.my-step.outputs.x": "dashed",
        "$steps.user.outputs.all": {"name": "Ann", "ages": [1, 2, 3], "odd key": true},
        "$response.body": {"items": [{"id": 1, "ok": true}, {"id": 2, "ok": false}]},
        "$response.body#/items": [{"id": 1, "ok": true}, {"id": 2, "ok": false}],
        "$response.header.x-rate": "5", "$statusCode": 200,
        "item": {"id": 3}, "item#/id": 3, "index": 4,
    })
}

fn evaluate(text: &str) -> Result<Value, String> {
    let known = known();
    let cel = Cel::compile(text).map_err(|error| error.to_string())?;
    cel.evaluate(&|reference| known.get(reference.to_string()).map(Cow::Borrowed))
        .map_err(|failure| failure.to_string())
}

#[track_caller]
fn check(text: &str, expect: Value) {
    assert_eq!(evaluate(text), Ok(expect), "{text}");
}

#[track_caller]
fn fails(text: &str, expect: &str) {
    let found = evaluate(text).unwrap_err();
    assert!(found.contains(expect), "{text}: {found}\nhas no: {expect}");
}

fn references(text: &str) -> Vec<String> {
    Cel::compile(text).unwrap().references().iter().map(ToString::to_string).collect()
}

#[test]
fn values_keep_the_types_of_json() {
    check("inputs.id", json!(7));
    check("inputs.id + 1", json!(8));
    check("inputs.big", json!(u64::MAX));
    check("-9223372036854775808", json!(i64::MIN));
    check("inputs.half * 2.0", json!(5.0));
    check("inputs.none", Value::Null);
    check("{'b': inputs.name, 'a': [inputs.id, null, true]}", json!({"a": [7, null, true], "b": "Ann"}));
    check("{1: 'x', true: 'y'}", json!({"1": "x", "true": "y"}));
    check("b'abc'", json!("YWJj"));
    check("timestamp('2026-01-02T03:04:05Z') + duration('1.5s')", json!("2026-01-02T03:04:06.5Z"));
    check("duration('90s')", json!("90s"));
    check("inputs.id == 7.0 && inputs.big > 1", json!(true));
    fails("0.0 / 0.0", "it is a number that JSON cannot write");
    fails("type(1)", "JSON does not have");
}

#[test]
fn numbers_are_reckoned_with_whatever_they_are_kept_in() {
    check("inputs.half * inputs.id", json!(17.5));
    check("inputs.id - 0.5 + 1", json!(7.5));
    check("1 / 2.0", json!(0.5));
    check("inputs.big - 1", json!(u64::MAX - 1));
    check("7 % 4u", json!(3));
    check("[1, 2.5, inputs.id].map(n, n * 2)", json!([2, 5.0, 14]));
    check("7 / 2", json!(3));
    check("'a' + 'b'", json!("ab"));
    check("[1] + [2.5]", json!([1, 2.5]));
    fails("9223372036854775807 + 1", "Overflow");
    fails("-1 + inputs.big", "Unsupported");
    fails("'a' + 1", "Unsupported");
    fails("true * 2", "`multiply` is not for bool and int");
    fails("7.5 % 2", "`modulo` is not for");
}

#[test]
fn names_are_those_of_runtime_expressions() {
    check("steps.user.outputs.id", json!(9));
    check("steps['my-step'].outputs['x']", json!("dashed"));
    check("response.header['X-Rate'] == '5' && statusCode == 200", json!(true));
    check("response.body.items.filter(i, i.ok).map(i, i.id)", json!([1]));
    check("item.id + index", json!(7));
    check("inputs.tags.map(t, t.upperAscii()).join(',')", json!("A,B"));
    check("'a,b'.split(',')", json!(["a", "b"]));
    check("' a.b '.trim().replace('.', '-')", json!("a-b"));
    check("inputs.name.matches('^A.n$') && matches(inputs.name, 'n')", json!(true));
    check("size(inputs.tags) == 2 && 'a' in inputs.tags", json!(true));
    for (text, expect) in [
        ("steps.user.outputs.all.name", vec!["$steps.user.outputs.all#/name"]),
        ("has(inputs.x) ? inputs.x : steps.s.outputs.y", vec!["$inputs.x", "$steps.s.outputs.y"]),
        ("inputs.tags.exists(id, id == inputs.id)", vec!["$inputs.tags", "$inputs.id"]),
        ("[1].map(item, item) + [item.id]", vec!["item#/id"]),
        ("inputs.list[0].a + inputs.list[index]", vec!["$inputs.list#/0/a", "$inputs.list", "index"]),
        (
            "workflows.w.inputs.a + outputs.b + url + method",
            vec!["$workflows.w.inputs.a", "$outputs.b", "$url", "$method"],
        ),
        ("request.query['a b'] + request.path.p", vec!["$request.query.a b", "$request.path.p"]),
        ("int('1') + size([double(1)])", vec![]),
    ] {
        assert_eq!(references(text), expect, "{text}");
    }
}

#[test]
fn what_has_no_value_fails_unless_it_does_not_matter() {
    fails("inputs.nothing + 1", "`$inputs.nothing` has no value");
    fails("inputs.none.x", "`$inputs.none#/x` has no value");
    check("has(inputs.nothing)", json!(false));
    check("has(inputs.none)", json!(true));
    check("has(inputs.nothing) && inputs.nothing > 1", json!(false));
    check("inputs.nothing > 1 || inputs.id == 7", json!(true));
    check("inputs.id == 7 ? 'seven' : inputs.nothing", json!("seven"));
    fails("1 + 'a'", "1 + 'a'");
    fails("1 / 0", "ivision by zero");
    fails("inputs.tags[9]", "`$inputs.tags#/9` has no value");
    fails("9223372036854775807 + 1", "verflow");
}

#[test]
fn conditions_are_true_or_false() {
    let passes = |text: &str| {
        Cel::compile(text).unwrap().passes(&|_| Some(Cow::Owned(json!(1)))).map_err(|e| e.to_string())
    };
    assert_eq!(passes("inputs.a == 1"), Ok(true));
    assert_eq!(passes("inputs.a > 1"), Ok(false));
    assert_eq!(passes("inputs.a"), Err("`inputs.a` gives a number, not true or false".to_owned()));
}

#[test]
fn what_is_no_expression_is_told_with_its_place() {
    for (text, position, message) in [
        ("", 0, "an expression is missing"),
        ("1 +", 3, ""),
        ("a b", 2, ""),
        ("steps.user", 0, "after `steps.user` must follow `outputs` and an output's name"),
        ("1 + steps.user.output.x", 4, "after `steps.user` must follow `outputs`"),
        ("inputs", 0, "after `inputs` must follow an input's name"),
        ("1 == size(inputs)", 10, "after `inputs` must follow"),
        ("response.header", 0, "must follow `body`"),
        ("a.B{c: 1}", 0, "messages are not built"),
        ("\"open", 0, ""),
    ] {
        let error = Cel::compile(text).unwrap_err();
        assert!(error.message.contains(message), "{text}: {error}");
        assert_eq!(error.position, position, "{text}: {error}");
    }
}

#[test]
fn what_is_hostile_is_refused_soon() {
    let texts = [
        "(".repeat(16_000),
        "[".repeat(16_000),
        format!("{}1{}", "(".repeat(8_000), ")".repeat(8_000)),
        "!-".repeat(8_000) + "1",
        format!("a{}", ".a".repeat(8_000)),
        format!("a{}", "[0]".repeat(5_000)),
        format!("a{}", "+a".repeat(8_000)),
        format!("{}a", "a?a:".repeat(4_000)),
        "{1:".repeat(5_000),
        "f(".repeat(8_000),
        format!("a{}", ".f()".repeat(4_000)),
        "'".repeat(16_001),
        "x".repeat(TEXT + 1),
        "[1].map(x,".repeat(1_600),
    ];
    for text in texts {
        assert!(Cel::compile(&text).is_err(), "{text:.20}");
    }
}

#[test]
fn what_is_deep_as_it_may_be_fits_on_a_small_stack() {
    let texts = [
        format!("1{}", " + 1".repeat(DEEPEST - 1)),
        format!("{}1{}", "[".repeat(30), "]".repeat(30)),
        format!("{}[1]{}", "[1].map(x, ".repeat(12), ")".repeat(12)),
        format!("{}1", "true ? 1 : ".repeat(20)),
    ];
    let walk = move || texts.iter().map(|text| evaluate(text)).collect::<Vec<_>>();
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(walk).unwrap();
    for found in thread.join().unwrap() {
        assert!(found.is_ok(), "{found:?}");
    }
}

#[test]
fn work_is_bounded() {
    let ten = "[1,2,3,4,5,6,7,8,9,10]";
    let nested = (0..9).fold("1".to_owned(), |inner, at| format!("{ten}.map(v{at}, {inner})"));
    let doubled =
        |start: &str, step: &str| format!("[{start}]{}[0].size()", format!(".map(x, {step})").repeat(40));
    for text in [
        nested,
        doubled("'a'", "x + x"),
        doubled("[1]", "x + x"),
        doubled("1", "[x, x]"),
        doubled("1", "{'a': x, 'b': x}"),
        doubled("'aaaa'", "x.replace('a', x)"),
        "inputs.many.all(x, inputs.many.all(y, x != y || x == y))".to_owned(),
        "inputs.many.map(x, inputs.many)".to_owned(),
        "inputs.many.filter(x, string(x).matches('^(a|b)*c$')).size()".to_owned(),
        "inputs.huge.size()".to_owned(),
    ] {
        let cel = Cel::compile(&text).unwrap();
        let many = json!((0..10_000).collect::<Vec<_>>());
        let huge = json!(vec![0; 3_000_000]);
        let found = cel.evaluate(&|reference| {
            Some(Cow::Borrowed(if reference.to_string() == "$inputs.huge" { &huge } else { &many }))
        });
        assert!(matches!(found, Err(CelFailure::Work(_))), "{text}: {found:?}");
    }
    // and what is ordinary is within them
    let items: Vec<Value> =
        (0..10_000).map(|id| json!({"id": id, "name": format!("name {id}"), "ok": id % 2 == 0})).collect();
    let items = Value::Array(items);
    let cel = Cel::compile("inputs.items.filter(i, i.ok).map(i, {'id': i.id, 'n': i.name})").unwrap();
    let found = cel.evaluate(&|_| Some(Cow::Borrowed(&items))).unwrap();
    assert_eq!(found.as_array().map(Vec::len), Some(5_000));
}

#[test]
fn objects_keep_the_order_of_what_they_come_from() {
    let items = r#"[{"z":1,"a":{"y":2,"b":3},"m":[{"q":4,"c":5}]},{"a":9,"z":1,"m":2}]"#;
    let items: Value = serde_json::from_str(items).unwrap();
    for (text, expect) in [
        ("{'z': 1, 'a': 2, 'm': {'y': 3, 'b': 4}}", r#"{"z":1,"a":2,"m":{"y":3,"b":4}}"#),
        ("items[0]", r#"{"z":1,"a":{"y":2,"b":3},"m":[{"q":4,"c":5}]}"#),
        // Of two orders of the same names the first holds.
        ("items.filter(i, i.z == 1)[1]", r#"{"z":1,"a":9,"m":2}"#),
        ("items.map(i, {'m': i.m, 'a': i.a})[0]", r#"{"m":[{"q":4,"c":5}],"a":{"y":2,"b":3}}"#),
        // The expression's own names go before.
        ("[{'m': 1, 'z': 2, 'a': 3}, items[1]]", r#"[{"m":1,"z":2,"a":3},{"m":2,"z":1,"a":9}]"#),
        ("{'b': 1, 2: 3, 'a' + 'b': 4}", r#"{"2":3,"ab":4,"b":1}"#),
        ("{'b': 1}", r#"{"b":1}"#),
    ] {
        let cel = Cel::compile(text).unwrap();
        let found = cel.evaluate(&|reference| match reference.to_string().as_str() {
            "items" => Some(Cow::Borrowed(&items)),
            other => items.pointer(other.strip_prefix("items#")?).map(Cow::Borrowed),
        });
        assert_eq!(found.unwrap().to_string(), expect, "{text}");
    }
}

#[test]
fn functions_that_do_not_exist_are_told_when_a_text_is_read() {
    let refused = |text: &str, expect: &str| {
        let found = Cel::compile(text).unwrap_err().to_string();
        assert!(found.contains(expect), "{text}: {found}\nhas no: {expect}");
    };
    refused(
        "inputs.name.substring(1)",
        "at character 12: there is no function `substring` on values; known are `contains`",
    );
    refused("range(3)", "at character 0: there is no function `range`; known are `bool`");
    refused("false ? now() : 1", "at character 8: there is no function `now`");
    refused("inputs.tags.map(t, t.reverse())", "there is no function `reverse` on values");
    refused("inputs.tags.map(1)", "`map` is written as `LIST.map(name, value)`");
    refused("contains(inputs.name, 'n')", "`contains` is written as `VALUE.contains(…)`");
    refused("inputs.name.string()", "`string` is written as `string(VALUE)`");
}

#[test]
fn every_function_that_is_known_is_there() {
    let undeclared = |text: String| {
        let failure = evaluate(&text).err().unwrap_or_default();
        assert!(!failure.contains("Undeclared"), "{text}: {failure}");
    };
    for name in function::ALONE.iter().chain(&function::OURS) {
        undeclared(format!("{name}(1)"));
    }
    for name in function::ON_VALUES.iter().chain(&function::OURS) {
        undeclared(format!("'a'.{name}(1)"));
    }
}
