//! Members keep the order in which they were written, and calls that differ in nothing else are equal.

use super::*;

/// JSON as it is written.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_comes_out_has_the_order_in_which_it_was_written() {
    let item = r#"{"z":1,"a":{"y":2,"b":3},"m":[{"q":4,"c":5}]}"#;
    let steps = json!([
        get("x", "1", &json!({"whole": "$response.body", "b": "$response.body#/a/b"})),
        {"stepId": "t", "x-weir-transform": {
            "made": "{'z': steps.x.outputs.b, 'a': steps.x.outputs.whole}", "all": "[steps.x.outputs.whole].filter(i, i.z == 1)",
        }},
    ]);
    let outputs =
        json!({"zero": "$steps.x.outputs.b", "all": "$steps.t.outputs.all", "made": "$steps.t.outputs.made"});
    let shape = json!({
        "z": "$steps.x.outputs.whole", "a": {"cel": "steps.t.outputs.made"}, "m": {"y": "$inputs.given", "b": ["$inputs.given"]},
    });
    let workflow =
        json!({"workflowId": "w", "steps": steps, "outputs": outputs, "x-weir-response": {"body": shape}});
    let inputs = read(r#"{"given":{"two":2,"one":1}}"#);
    let told = run(&program(&json!([workflow])), &inputs, Bounds::default(), |_, _| ok(1, &read(item)));
    let made = format!(r#"{{"z":3,"a":{item}}}"#);
    let given = r#"{"two":2,"one":1}"#;
    assert_eq!(
        Value::Object(told.ended.outputs).to_string(),
        format!(r#"{{"zero":3,"all":[{item}],"made":{made}}}"#)
    );
    assert_eq!(
        told.ended.answer.unwrap().body.to_string(),
        format!(r#"{{"z":{item},"a":{made},"m":{{"y":{given},"b":[{given}]}}}}"#)
    );
}

#[test]
fn calls_whose_bodies_differ_in_order_alone_are_equal_and_are_sent_as_written() {
    let post = |id: &str, payload: Value| {
        let body = json!({"payload": payload});
        json!({"stepId": id, "operationId": "make", "x-weir-safe": true, "requestBody": body, "outputs": {"v": "$response.body"}})
    };
    let steps = json!([
        post("first", json!({"z": 1, "a": {"y": "$inputs.n", "b": 3}})),
        post("same", json!({"a": {"b": 3, "y": "$inputs.n"}, "z": 1})),
        post("other", json!([1, 2])),
        post("another", json!([2, 1])),
    ]);
    let outputs = json!({"first": "$steps.first.outputs.v", "same": "$steps.same.outputs.v"});
    let program = program(&json!([{"workflowId": "w", "steps": steps, "outputs": outputs}]));
    let mut sent = Vec::new();
    let told = run(&program, &json!({"n": 2}), Bounds::default(), |number, request| {
        sent.push(String::from_utf8(request.body.clone().unwrap().1).unwrap());
        ok(1, &json!(number))
    });
    assert_eq!(sent, [r#"{"z":1,"a":{"y":2,"b":3}}"#, "[1,2]", "[2,1]"]);
    assert_eq!(told.ended.outputs["first"], told.ended.outputs["same"]);
}

#[test]
fn keys_of_elements_that_differ_in_order_alone_are_equal() {
    let each = json!({"in": "inputs.all", "as": "ids", "batch": {"size": 10, "result": {"in": "$response.body", "key": "item.of"}}});
    let body = json!({"payload": "$inputs.ids"});
    let step = json!({
        "stepId": "a", "operationId": "make", "x-weir-for-each": each, "requestBody": body, "outputs": {"v": "$response.body#/v"},
    });
    let outputs = json!({"v": "$steps.a.outputs.v"});
    let program = program(&json!([{"workflowId": "w", "steps": [step], "outputs": outputs}]));
    let inputs = read(r#"{"all":[{"z":1,"a":2},{"b":1},{"a":2,"z":1}]}"#);
    let mut sent = String::new();
    let told = run(&program, &inputs, Bounds::default(), |_, request| {
        sent = String::from_utf8(request.body.clone().unwrap().1).unwrap();
        ok(1, &read(r#"[{"of":{"b":1},"v":"b"},{"of":{"a":2,"z":1},"v":"az"}]"#))
    });
    assert_eq!(sent, r#"[{"z":1,"a":2},{"b":1}]"#);
    assert_eq!(told.ended.outputs["v"], json!(["az", "b", "az"]));
}
