use super::decode;

/// The request with `messages` around what is given, refused.
fn check(rest: &str, param: &str, code: &str) {
    let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}]{rest}}}"#);
    let error = decode(&body).expect_err(&body);
    assert_eq!((error.param.as_deref(), error.code), (Some(param), Some(code)), "{body}: {error}");
    assert!(error.message.contains(param), "{body}: {error}");
}

fn check_message(message: &str, param: &str, code: &str) {
    let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}},{message}]}}"#);
    let error = decode(&body).expect_err(&body);
    assert_eq!((error.param.as_deref(), error.code), (Some(param), Some(code)), "{body}: {error}");
    assert!(error.message.contains(param), "{body}: {error}");
}

#[test]
fn parameters_of_a_wrong_type_are_named() {
    check(r#","temperature":"hot""#, "temperature", "invalid_type");
    check(r#","top_p":[]"#, "top_p", "invalid_type");
    check(r#","stop":5"#, "stop", "invalid_type");
    check(r#","stop":["a",5]"#, "stop[1]", "invalid_type");
    check(r#","parallel_tool_calls":1"#, "parallel_tool_calls", "invalid_type");
    check(r#","reasoning_effort":3"#, "reasoning_effort", "invalid_type");
    check(r#","response_format":"json""#, "response_format.type", "invalid_type");
    check(r#","response_format":{"type":"xml"}"#, "response_format.type", "unsupported_value");
    check(
        r#","response_format":{"type":"json_schema"}"#,
        "response_format.json_schema.schema",
        "invalid_type",
    );
    check(r#","functions":[]"#, "functions", "unsupported_value");
    check(r#","user":{}"#, "user", "invalid_type");
}

#[test]
fn tools_that_cannot_be_are_named() {
    check(r#","tools":{}"#, "tools", "invalid_type");
    check(r#","tools":[{}]"#, "tools[0].type", "invalid_type");
    check(r#","tools":[{"type":"custom","custom":{"name":"a"}}]"#, "tools[0]", "unsupported_value");
    check(r#","tools":[{"type":"function","function":{}}]"#, "tools[0].function.name", "invalid_type");
    let tool = |rest: &str| format!(r#","tools":[{{"type":"function","function":{{"name":"a"{rest}}}}}]"#);
    check(&tool(r#","parameters":[]"#), "tools[0].function.parameters", "invalid_type");
    check(r#","tool_choice":"required""#, "tool_choice", "invalid_value");
    check(&(tool("") + r#","tool_choice":"any""#), "tool_choice", "invalid_value");
    check(&(tool("") + r#","tool_choice":3"#), "tool_choice", "invalid_type");
    check(&(tool("") + r#","tool_choice":{"type":"x"}"#), "tool_choice.type", "unsupported_value");
    let unknown = r#","tool_choice":{"type":"function","function":{"name":"b"}}"#;
    check(&(tool("") + unknown), "tool_choice.function.name", "invalid_value");
}

#[test]
fn mistakes_in_messages_are_named_by_their_path() {
    check_message("5", "messages[1]", "invalid_type");
    check_message("{}", "messages[1].role", "missing_required_parameter");
    check_message(r#"{"role":"king","content":""}"#, "messages[1].role", "invalid_value");
    check_message(r#"{"role":"function","content":""}"#, "messages[1].role", "unsupported_value");
    check_message(r#"{"role":"user"}"#, "messages[1].content", "missing_required_parameter");
    check_message(r#"{"role":"user","content":7}"#, "messages[1].content", "invalid_type");
    check_message(r#"{"role":"user","content":[7]}"#, "messages[1].content[0].type", "invalid_type");
    check_message(
        r#"{"role":"user","content":[{"type":"text"}]}"#,
        "messages[1].content[0].text",
        "invalid_type",
    );
    check_message(
        r#"{"role":"tool","content":""}"#,
        "messages[1].tool_call_id",
        "missing_required_parameter",
    );
    check_message(r#"{"role":"assistant","tool_calls":{}}"#, "messages[1].tool_calls", "invalid_type");
    let call = |call: &str| format!(r#"{{"role":"assistant","tool_calls":[{call}]}}"#);
    check_message(&call(r#"{"type":"custom"}"#), "messages[1].tool_calls[0].type", "unsupported_value");
    check_message(&call("{}"), "messages[1].tool_calls[0].function.arguments", "invalid_type");
    let arguments = "messages[1].tool_calls[0].function.arguments";
    for wrong in ["nonsense", "[1]", r#"{\"a\":"#] {
        let wrong = format!(r#"{{"id":"a","function":{{"name":"f","arguments":"{wrong}"}}}}"#);
        check_message(&call(&wrong), arguments, "invalid_value");
    }
    check_message(
        r#"{"role":"assistant","thinking_blocks":[{"thinking":"a","signature":1}]}"#,
        "messages[1].thinking_blocks[0].signature",
        "invalid_type",
    );
}

#[test]
fn what_cannot_be_carried_is_refused_by_its_path() {
    let path = "messages[1].content[0]";
    let part = |part: &str| format!(r#"{{"role":"user","content":[{part}]}}"#);
    let image = |url: &str| part(&format!(r#"{{"type":"image_url","image_url":{{"url":"{url}"}}}}"#));
    for refused in [
        part(r#"{"type":"video_url","video_url":{"url":"https://a/b"}}"#),
        part(r#"{"type":"file","file":{"file_id":"file-1"}}"#),
        part(r#"{"type":"file","file":{"file_data":"AA=="}}"#),
        part(r#"{"type":"file","file":{"file_data":"data:video/mp4;base64,AA=="}}"#),
        part(r#"{"type":"file","file":{"file_data":"data:text/plain;base64,?"}}"#),
        image("data:image/svg+xml;base64,AA=="),
        image("data:image/png,raw"),
        image("ftp://host/a.png"),
        image("file:///etc/passwd"),
        r#"{"role":"system","content":[{"type":"image_url","image_url":{"url":"https://a"}}]}"#.to_owned(),
    ] {
        check_message(&refused, path, "unsupported_value");
    }
}

#[test]
fn log_probabilities_are_wanted_or_not_in_any_order() {
    let check = |rest: &str, expect: Option<u64>| {
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}],{rest}}}"#);
        assert_eq!(decode(&body).unwrap().logprobs, expect, "{rest}");
    };
    for (wanted, expect) in [("true", Some(2)), ("false", None), ("null", Some(2))] {
        check(&format!(r#""logprobs":{wanted},"top_logprobs":2"#), expect);
        check(&format!(r#""top_logprobs":2,"logprobs":{wanted}"#), expect);
    }
    check(r#""logprobs":false,"top_logprobs":0"#, None);
    check(r#""logprobs":true"#, Some(0));
    check(r#""top_logprobs":null"#, None);
}
