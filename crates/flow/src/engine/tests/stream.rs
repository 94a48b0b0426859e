//! Answers whose body is that of a step's answer, handed on as it comes.

use super::*;

fn streaming(step: &Value, response: &Value) -> Value {
    let first = get("a", "1", &json!({"next": "$response.body#/next"}));
    json!([{"workflowId": "w", "steps": [first, step], "x-weir-response": response}])
}

fn last(more: &Value) -> Value {
    with(get("last", "$steps.a.outputs.next", &json!({})), more)
}

fn text(after: u64, status: u16, body: &str) -> Got {
    let headers = [("content-type", "text/event-stream"), ("etag", "\"v1\"")];
    let headers = headers.into_iter().collect();
    (ms(after), Ok(Reply { status, headers, body: body.as_bytes().to_vec() }))
}

#[test]
fn the_answer_of_a_step_is_handed_on_with_what_is_said_of_its_body() {
    let program =
        program(&streaming(&last(&json!({})), &json!({"stream": "last", "headers": {"x-n": "$inputs.n"}})));
    let told = run(&program, &json!({"n": 9}), Bounds::default(), |number, _| match number {
        0 => ok(10, &json!({"next": 7})),
        _ => text(10, 203, "data: 1\n\n"),
    });
    let answer = told.ended.answer.unwrap();
    let streamed = answer.streamed.unwrap();
    assert_eq!((answer.status, &*streamed.body), (203, &b"data: 1\n\n"[..]));
    assert_eq!(answer.body, json!("data: 1\n\n"));
    let own = ("content-type".into(), "text/event-stream".to_owned());
    assert_eq!(answer.headers, [("x-n".into(), "9".to_owned()), own]);
}

#[test]
fn only_the_call_that_is_handed_on_may_be_told_without_its_body() {
    let (program, main) = program(&streaming(&last(&json!({})), &json!({"stream": "last"})));
    let mut engine = Engine::new(program, main, Values::new(), Bounds::default(), ms(0));
    let mut streams = Vec::new();
    for got in [ok(0, &json!({"next": 7})), text(0, 200, "")] {
        let Some(Order::Call { id, call, .. }) = engine.poll(ms(0)) else { panic!("no call") };
        streams.push(call.role == Role::HandedOn);
        engine.answered(id, got.1.unwrap(), ms(0));
    }
    assert_eq!(engine.poll(ms(0)), None);
    assert_eq!(streams, [false, true]);
    assert_eq!(engine.ended().unwrap().answer.as_ref().unwrap().body, Value::Null);
}

#[test]
fn what_is_handed_on_is_what_went_well() {
    let retried = last(&json!({"x-weir-retry": {"attempts": 2, "backoff": "10ms"}}));
    let program = program(&streaming(&retried, &json!({"stream": "last"})));
    let told = run(&program, &json!({}), Bounds::default(), |number, _| match number {
        0 => ok(10, &json!({"next": 7})),
        1 => text(10, 503, "sorry"),
        _ => text(10, 200, "good"),
    });
    assert_eq!(told.ended.answer.unwrap().body, json!("good"));
    let told = run(&program, &json!({}), Bounds::default(), |number, _| match number {
        0 => ok(10, &json!({"next": 7})),
        _ => text(10, 503, "sorry"),
    });
    assert_eq!((told.ended.answer, told.ended.failure.unwrap().status), (None, Some(503)));
    let mut ends = last(&json!({}));
    ends["onFailure"] = json!([{"name": "end", "type": "end"}]);
    let program = super::program(&streaming(&ends, &json!({"stream": "last"})));
    let told = run(&program, &json!({}), Bounds::default(), |number, _| match number {
        0 => ok(10, &json!({"next": 7})),
        _ => text(10, 503, "sorry"),
    });
    let reason = told.ended.failure.unwrap().reason.to_string();
    assert!(reason.contains("step `last` has given no answer to hand on"), "{reason}");
}

#[test]
fn what_cannot_be_handed_on_is_refused() {
    let refused = |step: Value, response: Value| {
        let document = json!({
            "arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
            "sourceDescriptions": [{"name": "shop", "url": "x", "type": "openapi"}],
            "workflows": streaming(&step, &response),
        });
        let read = Document::read(&document);
        let all = match read {
            Ok(document) => Program::new(&document, &sources()).unwrap_err(),
            Err(mistakes) => mistakes,
        };
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let stream = json!({"stream": "last"});
    for (step, response, expect) in [
        (
            last(&json!({})),
            json!({"stream": "none"}),
            "/workflows/0/x-weir-response/stream: there is no step `none`",
        ),
        (last(&json!({})), json!({"stream": "last", "body": 1}), "an answer has `body` or `stream`"),
        (last(&json!({"x-weir-when": "true"})), stream.clone(), "step `last` has `x-weir-when`"),
        (last(&json!({"x-weir-optional": true})), stream.clone(), "step `last` has `x-weir-optional`"),
        (last(&json!({"x-weir-hedge": {"after": "1s"}})), stream.clone(), "step `last` has `x-weir-hedge`"),
        (
            get("last", "2", &json!({"v": "$response.body#/v"})),
            stream.clone(),
            "step `last` is handed on as it comes, and cannot be read as well",
        ),
    ] {
        let told = refused(step, response);
        assert!(told.contains(expect), "{told}\n{expect}");
    }
}
