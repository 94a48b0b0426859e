use json::Text;

use crate::canonical::{Content, Request, Role};
use crate::dialect::ollama::Shape;

use super::decode;

/// The request with `rest` around one message, refused.
fn check(rest: &str, param: &str, code: &str) {
    refused(
        &format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}]{rest}}}"#),
        Shape::Chat,
        param,
        code,
    );
}

fn check_messages(messages: &str, param: &str, code: &str) {
    refused(&format!(r#"{{"model":"m","messages":[{messages}]}}"#), Shape::Chat, param, code);
}

fn refused(body: &str, shape: Shape, param: &str, code: &str) {
    let error = decode(body, shape).expect_err(body);
    assert_eq!((error.param.as_deref(), error.code), (Some(param), Some(code)), "{body}: {error}");
    assert!(error.message.contains(param), "{body}: {error}");
}

fn read(messages: &str) -> Request<'_> {
    decode(messages, Shape::Chat).unwrap()
}

#[test]
fn parameters_of_a_wrong_type_are_named() {
    check(r#","options":[]"#, "options", "invalid_type");
    check(r#","options":{"temperature":"hot"}"#, "options.temperature", "invalid_type");
    check(r#","options":{"num_predict":"many"}"#, "options.num_predict", "invalid_type");
    check(r#","options":{"stop":5}"#, "options.stop", "invalid_type");
    check(r#","options":{"stop":["a",5]}"#, "options.stop[1]", "invalid_type");
    check(r#","format":5"#, "format", "invalid_type");
    check(r#","format":"xml""#, "format", "invalid_value");
    check(r#","think":5"#, "think", "invalid_type");
    check(r#","think":"hard""#, "think", "invalid_value");
    check(r#","logprobs":5"#, "logprobs", "invalid_type");
    check(r#","top_logprobs":"a""#, "top_logprobs", "invalid_type");
    check(r#","tools":{}"#, "tools", "invalid_type");
    check(r#","tools":[{"type":"custom"}]"#, "tools[0].type", "unsupported_value");
    check(r#","tools":[{"function":{}}]"#, "tools[0].function.name", "invalid_type");
    check(
        r#","tools":[{"function":{"name":"a","parameters":[]}}]"#,
        "tools[0].function.parameters",
        "invalid_type",
    );
}

#[test]
fn mistakes_in_messages_are_named_by_their_path() {
    check_messages("", "messages", "invalid_value");
    check_messages("5", "messages[0]", "invalid_type");
    check_messages("{}", "messages[0].role", "missing_required_parameter");
    check_messages(r#"{"role":"king"}"#, "messages[0].role", "invalid_value");
    check_messages(r#"{"role":"user","content":[]}"#, "messages[0].content", "invalid_type");
    check_messages(r#"{"role":"user","images":["a b"]}"#, "messages[0].images[0]", "unsupported_value");
    check_messages(r#"{"role":"user","images":[5]}"#, "messages[0].images[0]", "invalid_type");
    check_messages(
        r#"{"role":"assistant","images":["/9j/AA=="]}"#,
        "messages[0].images",
        "unsupported_value",
    );
    check_messages(r#"{"role":"assistant","thinking":5}"#, "messages[0].thinking", "invalid_type");
    check_messages(r#"{"role":"assistant","tool_calls":{}}"#, "messages[0].tool_calls", "invalid_type");
    let call = |call: &str| format!(r#"{{"role":"assistant","tool_calls":[{call}]}}"#);
    check_messages(&call("{}"), "messages[0].tool_calls[0].function.name", "invalid_type");
    let arguments = "messages[0].tool_calls[0].function.arguments";
    check_messages(&call(r#"{"function":{"name":"f","arguments":"{}"}}"#), arguments, "invalid_type");
}

#[test]
fn results_must_belong_to_a_call() {
    let call =
        |id: &str, name: &str| format!(r#"{{"id":"{id}","function":{{"name":"{name}","arguments":{{}}}}}}"#);
    let calls = |calls: &[String]| format!(r#"{{"role":"assistant","tool_calls":[{}]}}"#, calls.join(","));
    let by_name = |name: &str| format!(r#"{{"role":"tool","tool_name":"{name}","content":"1"}}"#);
    let by_id = |id: &str| format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"1"}}"#);
    let place = r#"{"role":"tool","content":"1"}"#;
    check_messages(&by_name("f"), "messages[0].tool_name", "invalid_value");
    check_messages(&by_id("a"), "messages[0].tool_call_id", "invalid_value");
    check_messages(place, "messages[0].tool_name", "invalid_value");
    let turn = calls(&[call("a", "f"), call("b", "g")]);
    check_messages(&format!("{turn},{}", by_name("h")), "messages[1].tool_name", "invalid_value");
    check_messages(
        &format!("{turn},{},{}", by_name("f"), by_name("f")),
        "messages[2].tool_name",
        "invalid_value",
    );
    check_messages(
        &format!("{turn},{},{}", by_id("a"), by_id("a")),
        "messages[2].tool_call_id",
        "invalid_value",
    );
    check_messages(
        &format!("{turn},{},{}", by_id("a"), by_name("f")),
        "messages[2].tool_name",
        "invalid_value",
    );
    check_messages(&format!("{turn},{place},{place},{place}"), "messages[3].tool_name", "invalid_value");
    let twice = calls(&[call("a", "f"), call("a", "g")]);
    check_messages(&twice, "messages[0].tool_calls[1].id", "invalid_value");
}

/// The ids of calls and results, in order.
fn ids(request: &Request<'_>) -> Vec<String> {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let id = |text: &Text<'_>| text.decode().into_owned();
    parts
        .filter_map(|part| match &part.content {
            Content::ToolUse(call) => Some(id(&call.id)),
            Content::ToolResult(result) => Some(id(&result.id)),
            _ => None,
        })
        .collect()
}

#[test]
fn calls_are_numbered_through_the_conversation() {
    let turn = r#"{"role":"assistant","tool_calls":[{"function":{"name":"f"}},{"function":{"name":"g","arguments":{"a":1}}},{"function":{"name":"f"}}]},
        {"role":"tool","tool_name":"f","content":"1"},{"role":"tool","content":"2"},{"role":"tool","tool_name":"f","content":"3"}"#;
    let body = format!(r#"{{"messages":[{turn},{turn}]}}"#);
    let first = ["call_0", "call_1", "call_2", "call_0", "call_1", "call_2"];
    let second = ["call_3", "call_4", "call_5", "call_3", "call_4", "call_5"];
    assert_eq!(ids(&read(&body)), [first, second].concat());
    // An id that the client gives is not made again.
    let mixed = r#"{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f"}},{"id":"call_0","function":{"name":"f"}}]},
        {"role":"tool","tool_call_id":"call_0","content":"1"},{"role":"tool","tool_name":"f","content":"2"}]}"#;
    assert_eq!(ids(&read(mixed)), ["call_1", "call_0", "call_0", "call_1"]);
}

#[test]
fn many_calls_take_time_by_their_number_alone() {
    const MANY: usize = 20_000;
    let list = |item: &dyn Fn(usize) -> String| (0..MANY).map(item).collect::<Vec<_>>().join(",");
    let calls = list(&|i| format!(r#"{{"function":{{"name":"f{}"}}}}"#, i % 2));
    let results = list(&|i| format!(r#"{{"role":"tool","tool_name":"f{}"}}"#, i / (MANY / 2)));
    let body = format!(r#"{{"messages":[{{"role":"assistant","tool_calls":[{calls}]}},{results}]}}"#);
    let ids = ids(&read(&body));
    assert_eq!((ids.len(), ids[MANY].as_str(), ids[MANY + 1].as_str()), (2 * MANY, "call_0", "call_2"));
}

#[test]
fn a_prompt_is_a_message() {
    let body = r#"{"prompt":"p","system":"s","images":["R0lGODlh"],"suffix":"x","raw":false,"context":[1]}"#;
    let request = decode(body, Shape::Generate).unwrap();
    assert_eq!((request.system.len(), request.messages.len()), (1, 1));
    assert_eq!((request.messages[0].role, request.messages[0].parts.len()), (Role::User, 2));
    let rest: Vec<_> = request.rest.iter().map(|rest| rest.name.decode().into_owned()).collect();
    assert_eq!(rest, ["suffix", "context"]);
    refused(r#"{"prompt":""}"#, Shape::Generate, "prompt", "invalid_value");
    refused(r#"{"prompt":5}"#, Shape::Generate, "prompt", "invalid_type");
    refused(r#"{"prompt":"a","images":"b"}"#, Shape::Generate, "images", "invalid_type");
}
