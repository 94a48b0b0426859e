use openapi::Description;
use serde_json::json;

use super::*;
use crate::Document;
use crate::values::Memory;

fn written(members: &Value, inputs: &Value) -> Result<Request, String> {
    let description = json!({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/xml": {"put": {"operationId": "xml", "requestBody": {"content": {"text/xml": {}}}}}, "/a/{id}/b": {"post": {
            "operationId": "x",
            "parameters": [
                {"name": "tags", "in": "query", "explode": false}, {"name": "filter", "in": "query", "style": "deepObject"},
                {"name": "json", "in": "query", "content": {"application/json": {}}},
            ],
            "requestBody": {"content": {"application/json": {}}},
        }}},
    });
    let description = Description::read(&description).unwrap();
    let mut step = json!({"stepId": "s", "operationId": "x"});
    step.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let operation = step["operationId"].as_str().unwrap().to_owned();
    let document = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"}, "sourceDescriptions": [{"name": "x", "url": "x"}],
        "workflows": [{"workflowId": "w", "steps": [step]}],
    });
    let document = Document::read(&document).unwrap();
    let memory = Memory { inputs: inputs.as_object().unwrap().clone(), ..Memory::default() };
    let scope = Scope::of(&memory);
    let mut exchange = Exchange::default();
    let step = &document.workflows[0].steps[0];
    write(
        (&step.parameters, step.body.as_ref()),
        description.by_id(&operation).unwrap(),
        &scope,
        Some(&mut exchange),
    )
    .map_err(|error| error.to_string())
}

fn parameters(more: &[Value]) -> Value {
    let id = json!({"name": "id", "in": "path", "value": "$inputs.id"});
    let all = [&[id], more].concat();
    json!({"parameters": all})
}

fn body(body: &Value, inputs: &Value) -> Result<(String, String), String> {
    sent(body, inputs).map(Option::unwrap)
}

fn sent(body: &Value, inputs: &Value) -> Result<Option<(String, String)>, String> {
    let mut members = parameters(&[]);
    members["requestBody"] = body.clone();
    let mut all = json!({"id": "i"});
    all.as_object_mut().unwrap().extend(inputs.as_object().unwrap().clone());
    let sent = written(&members, &all)?.body;
    Ok(sent.map(|(kind, bytes)| (kind.into(), String::from_utf8(bytes).unwrap())))
}

#[test]
fn a_cookie_that_says_nothing_is_not_sent() {
    let cookie = json!({"name": "c", "in": "cookie", "value": []});
    let request = written(&parameters(&[cookie]), &json!({"id": "i"})).unwrap();
    assert_eq!(request.headers, []);
}

#[test]
fn parameters_stand_in_their_places_as_the_description_writes_them() {
    let query = |name: &str, value: Value| json!({"name": name, "in": "query", "value": value});
    let request = written(
        &parameters(&[
            query("tags", json!(["a", "b"])),
            query("filter", json!({"x": "$inputs.id"})),
            query("json", json!({"y": 1})),
            query("plain", json!([1, 2])),
            query("none", json!("$inputs.none")),
            query("absent", json!("$inputs.absent")),
            json!({"name": "X-Trace", "in": "header", "value": "t {$inputs.id}"}),
            json!({"name": "c", "in": "cookie", "value": "a b"}),
        ]),
        &json!({"id": "x/y z", "none": null}),
    )
    .unwrap();
    assert_eq!(
        request.target,
        "/a/x%2Fy%20z/b?tags=a,b&filter%5Bx%5D=x%2Fy%20z&json=%7B%22y%22%3A1%7D&plain=1&plain=2"
    );
    let headers: Vec<(&str, &str)> =
        request.headers.iter().map(|(name, value)| (&**name, value.as_str())).collect();
    assert_eq!(headers, [("x-trace", "t x/y z"), ("cookie", "c=a%20b")]);
    assert_eq!((&*request.method, request.body), ("POST", None));
    let whole = json!({"name": "q", "in": "querystring", "value": "a=1&b={$inputs.id}"});
    assert_eq!(written(&parameters(&[whole]), &json!({"id": "z"})).unwrap().target, "/a/z/b?a=1&b=z");
}

#[test]
fn values_that_would_break_out_are_refused() {
    for (id, why) in
        [(json!(".."), "not empty, `.` or `..`"), (json!(""), "not empty"), (json!(null), "not empty")]
    {
        let error = written(&parameters(&[]), &json!({"id": id})).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
    let header = json!({"name": "X-A", "in": "header", "value": "$inputs.a"});
    let error = written(&parameters(&[header]), &json!({"id": "i", "a": "x\r\nSet-Cookie: y"})).unwrap_err();
    assert!(error.contains("no control characters"), "{error}");
    let whole = json!({"name": "q", "in": "querystring", "value": "a={$inputs.a}"});
    assert!(written(&parameters(&[whole]), &json!({"id": "i", "a": "b c"})).unwrap_err().contains("encoded"));
    assert!(written(&json!({}), &json!({})).unwrap_err().contains("`id` is not given"));
    assert!(written(&parameters(&[]), &json!({})).unwrap_err().contains("`$inputs.id` has no value"));
}

#[test]
fn bodies_are_written_by_their_media_types() {
    let inputs = json!({"n": 3, "text": "a\"b", "all": {"k": [1]}});
    let json_of = |payload: Value| body(&json!({"payload": payload}), &inputs).unwrap().1;
    assert_eq!(json_of(json!({"n": "$inputs.n", "t": "{$inputs.n} x"})), r#"{"n":3,"t":"3 x"}"#);
    assert_eq!(json_of(json!("$inputs.all")), r#"{"k":[1]}"#);
    assert_eq!(json_of(json!("$inputs.text")), r#""a\"b""#);
    assert_eq!(json_of(json!("{\"n\": {$inputs.n}}")), r#"{"n": 3}"#);
    let form = json!({"contentType": "application/x-www-form-urlencoded", "payload": {"a": "x y&", "n": "$inputs.n", "l": [1, 2]}});
    assert_eq!(body(&form, &inputs).unwrap().1, "a=x+y%26&n=3&l=1&l=2");
    let parts = json!({"contentType": "multipart/form-data", "payload": {"n": "$inputs.n"}});
    let (kind, parts) = body(&parts, &inputs).unwrap();
    assert_eq!(kind, "multipart/form-data; boundary=weir-form-00000000");
    assert!(
        parts.starts_with(
            "--weir-form-00000000\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n3\r\n--weir"
        ),
        "{parts}"
    );
    for (kind, payload, expect) in [
        (
            "multipart/form-data",
            json!([1]),
            "`multipart/form-data` is written of an object or given as text, not of a list",
        ),
        ("multipart/mixed", json!({"a": 1}), "`multipart/mixed` is given as text"),
        (
            "application/x-www-form-urlencoded",
            json!(5),
            "is written of an object or given as text, not of a number",
        ),
        ("application/atom+xml", json!({"a": "b"}), "`application/atom+xml` is given as text"),
    ] {
        let error = body(&json!({"contentType": kind, "payload": payload}), &inputs).unwrap_err();
        assert!(error.contains(expect), "{error}");
    }
    let text = json!({"contentType": "application/x-www-form-urlencoded", "payload": "n={$inputs.n}&m=a+b"});
    assert_eq!(body(&text, &inputs).unwrap().1, "n=3&m=a+b");
    let xml = json!({"contentType": "application/xml", "payload": "<n>{$inputs.n}</n>"});
    assert_eq!(body(&xml, &inputs).unwrap(), ("application/xml".into(), "<n>3</n>".into()));
}

#[test]
fn without_a_payload_there_is_no_body() {
    let sent = |body: Value| sent(&body, &json!({})).unwrap();
    assert_eq!(sent(json!({"contentType": "application/json"})), None);
    assert_eq!(sent(json!({})), None);
    assert_eq!(sent(json!({"payload": null})), Some(("application/json".into(), "null".into())));
}

#[test]
fn replacements_are_put_into_the_body() {
    let inputs = json!({"n": 3});
    let with = |replacement: Value| {
        let payload = json!({"items": [{"sku": "a", "q": 1}, {"sku": "b", "q": 2}], "x": 0});
        body(&json!({"payload": payload, "replacements": [replacement]}), &inputs).map(|body| body.1)
    };
    let items =
        |a: i32, b: i32, x: &str| format!(r#"{{"items":[{{"sku":"a","q":{a}}},{{"sku":"b","q":{b}}}],{x}}}"#);
    assert_eq!(with(json!({"target": "/items/1/q", "value": "$inputs.n"})).unwrap(), items(1, 3, r#""x":0"#));
    assert_eq!(with(json!({"target": "/y", "value": true})).unwrap(), items(1, 2, r#""x":0,"y":true"#));
    let path = json!({"target": "$.items[?@.sku=='a'].q", "targetSelectorType": "jsonpath", "value": 9});
    assert_eq!(with(path).unwrap(), items(9, 2, r#""x":0"#));
    assert!(with(json!({"target": "/none/deep", "value": 1})).unwrap_err().contains("no place `/none/deep`"));
    let xpath = json!({"target": "/a", "targetSelectorType": "xpath", "value": 1});
    assert!(with(xpath).unwrap_err().contains("XPath replaces in XML that is given as text"));
    let xml = |kind: &str, target: &str| {
        let payload = "<order id='1'><n>0</n></order>";
        body(
            &json!({"contentType": kind, "payload": payload, "replacements": [{"target": target, "value": "$inputs.n"}]}),
            &inputs,
        )
    };
    assert_eq!(xml("application/xml", "/order/n").unwrap().1, "<order id='1'><n>3</n></order>");
    assert_eq!(
        xml("application/soap+xml; charset=utf-8", "/order/@id").unwrap().1,
        r#"<order id="3"><n>0</n></order>"#
    );
    let by_operation = json!({
        "operationId": "xml",
        "requestBody": {"payload": "<a><b>0</b></a>", "replacements": [{"target": "/a/b", "value": "$inputs.n"}]},
    });
    assert_eq!(
        written(&by_operation, &inputs).unwrap().body.unwrap(),
        ("text/xml".into(), b"<a><b>3</b></a>".to_vec())
    );
    assert!(xml("application/xml", "/none").unwrap_err().contains("`/none`: it finds nothing"));
}
