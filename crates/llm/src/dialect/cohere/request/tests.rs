use crate::canonical::Content;

use super::decode;

/// The request with `rest` around one message, refused.
fn check(rest: &str, param: &str, code: &str) {
    refused(&format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}]{rest}}}"#), param, code);
}

fn check_message(message: &str, param: &str, code: &str) {
    let messages = format!(r#"{{"role":"user","content":"hi"}},{message}"#);
    refused(&format!(r#"{{"model":"m","messages":[{messages}]}}"#), param, code);
}

fn refused(body: &str, param: &str, code: &str) {
    let error = decode(body).expect_err(body);
    assert_eq!((error.param.as_deref(), error.code), (Some(param), Some(code)), "{body}: {error}");
    assert!(error.message.contains(param), "{body}: {error}");
}

#[test]
fn parameters_of_a_wrong_type_are_named() {
    check(r#","temperature":"hot""#, "temperature", "invalid_type");
    check(r#","p":[]"#, "p", "invalid_type");
    check(r#","k":"a""#, "k", "invalid_type");
    check(r#","stop_sequences":"a""#, "stop_sequences", "invalid_type");
    check(r#","stop_sequences":["a",5]"#, "stop_sequences[1]", "invalid_type");
    check(r#","logprobs":2"#, "logprobs", "invalid_type");
    check(r#","thinking":{}"#, "thinking.type", "invalid_type");
    check(r#","thinking":{"type":"hard"}"#, "thinking.type", "invalid_value");
    check(r#","thinking":{"type":"enabled","token_budget":"a"}"#, "thinking.token_budget", "invalid_type");
    check(r#","thinking":{"type":"enabled","token_budget":0}"#, "thinking.token_budget", "invalid_value");
    check(r#","response_format":"json""#, "response_format.type", "invalid_type");
    check(r#","response_format":{"type":"json_schema"}"#, "response_format.type", "invalid_value");
    let schema = r#","response_format":{"type":"json_object","json_schema":5}"#;
    check(schema, "response_format.json_schema", "invalid_type");
    check(r#","tools":{}"#, "tools", "invalid_type");
    check(r#","tools":[{"type":"custom"}]"#, "tools[0].type", "unsupported_value");
    check(r#","tools":[{"type":"function","function":{}}]"#, "tools[0].function.name", "invalid_type");
    check(r#","strict_tools":5"#, "strict_tools", "invalid_type");
    check(r#","tool_choice":5"#, "tool_choice", "invalid_type");
    check(r#","tool_choice":"auto""#, "tool_choice", "invalid_value");
    check(r#","tool_choice":"REQUIRED""#, "tool_choice", "invalid_value");
    check(r#","documents":[{"id":"a"}]"#, "documents[0].data", "invalid_type");
    check(r#","documents":5"#, "documents", "invalid_type");
}

#[test]
fn mistakes_in_messages_are_named_by_their_path() {
    check_message("5", "messages[1]", "invalid_type");
    check_message("{}", "messages[1].role", "missing_required_parameter");
    check_message(r#"{"role":"king","content":""}"#, "messages[1].role", "invalid_value");
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
    check_message(r#"{"role":"assistant","tool_plan":5}"#, "messages[1].tool_plan", "invalid_type");
    check_message(r#"{"role":"assistant","tool_calls":{}}"#, "messages[1].tool_calls", "invalid_type");
    let call = |call: &str| format!(r#"{{"role":"assistant","tool_calls":[{call}]}}"#);
    check_message(&call("{}"), "messages[1].tool_calls[0].id", "invalid_type");
    let arguments = "messages[1].tool_calls[0].function.arguments";
    check_message(
        &call(r#"{"id":"a","function":{"name":"f","arguments":"[1]"}}"#),
        arguments,
        "invalid_value",
    );
    check_message(&call(r#"{"id":"a","function":{"name":"f","arguments":{}}}"#), arguments, "invalid_type");
    for (role, part) in [
        ("user", r#"{"type":"video_url"}"#),
        ("user", r#"{"type":"thinking","thinking":"a"}"#),
        ("system", r#"{"type":"image_url","image_url":{"url":"https://a"}}"#),
        ("user", r#"{"type":"image_url","image_url":{"url":"ftp://a/b.png"}}"#),
        ("user", r#"{"type":"image_url","image_url":{"url":"data:image/svg+xml;base64,AA=="}}"#),
    ] {
        let message = format!(r#"{{"role":"{role}","content":[{part}]}}"#);
        check_message(&message, "messages[1].content[0]", "unsupported_value");
    }
}

#[test]
fn documents_go_before_what_the_user_asks() {
    let body = r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}],
        "documents":["d",{"id":"e","data":{"text":"f"}}]}"#;
    let request = decode(body).unwrap();
    let kinds: Vec<bool> = request.messages[2]
        .parts
        .iter()
        .map(|part| matches!(part.content, Content::Document { .. }))
        .collect();
    assert_eq!(kinds, [true, true, false]);
    assert!(request.rest.is_empty());
    let nobody = r#"{"messages":[{"role":"system","content":"a"}],"documents":["d"]}"#;
    refused(nobody, "documents", "invalid_value");
}
