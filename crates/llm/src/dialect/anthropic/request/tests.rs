use json::Value;

use super::decode;
use crate::Target;
use crate::provider::Wire as _;

/// A request refused, with the path at fault and Anthropic's words.
fn check(body: &str, param: &str, says: &str) {
    let error = decode(body).expect_err(body);
    assert_eq!(error.param.as_deref(), Some(param), "{body}: {error}");
    assert!(error.message.starts_with(&format!("{param}: ")), "{body}: {error}");
    assert!(error.message.contains(says), "{body}: {error}");
}

/// A request refused for what stands beside its conversation.
fn check_top(rest: &str, param: &str, says: &str) {
    let body =
        format!(r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"hi"}}],{rest}}}"#);
    check(&body, param, says);
}

fn check_messages(messages: &str, param: &str, says: &str) {
    check(&format!(r#"{{"model":"m","max_tokens":9,"messages":[{messages}]}}"#), param, says);
}

fn check_block(block: &str, path: &str, says: &str) {
    let message = format!(r#"{{"role":"user","content":"hi"}},{{"role":"user","content":[{block}]}}"#);
    check_messages(&message, &format!("messages.1.content.0{path}"), says);
}

#[test]
fn parameters_that_cannot_be_are_named() {
    check(r#"{"model":"m","messages":[]}"#, "max_tokens", "Field required");
    check(r#"{"model":"m","messages":[],"max_tokens":"9"}"#, "max_tokens", "valid integer");
    check(r#"{"model":"m","messages":[],"max_tokens":-1}"#, "max_tokens", "greater than or equal to 0");
    check(r#"{"model":"m","messages":[],"max_tokens":0}"#, "max_tokens", "warms a cache");
    check(r#"{"model":"m","messages":[],"max_tokens":9}"#, "messages", "at least one message");
    check_top(r#""temperature":"hot""#, "temperature", "valid number");
    check_top(r#""temperature":1.5"#, "temperature", "range: 0..1");
    check_top(r#""top_p":-0.1"#, "top_p", "range: 0..1");
    check_top(r#""top_k":0.5"#, "top_k", "valid integer");
    check_top(r#""stop_sequences":"a""#, "stop_sequences", "valid list");
    check_top(r#""stop_sequences":["a",5]"#, "stop_sequences.1", "valid string");
    check_top(r#""metadata":{"user_id":5}"#, "metadata.user_id", "valid string");
    check_top(r#""service_tier":"flex""#, "service_tier", "'auto' or 'standard_only'");
    check_top(r#""system":5"#, "system", "valid list");
    check_top(r#""system":[{"type":"image"}]"#, "system.0.type", "Input should be 'text'");
    check_top(r#""system":[{"type":"text"}]"#, "system.0.text", "Field required");
    check_top(r#""thinking":{"type":"enabled"}"#, "thinking.enabled.budget_tokens", "Field required");
    let budget = r#""thinking":{"type":"enabled","budget_tokens":1000}"#;
    check_top(budget, "thinking.enabled.budget_tokens", "greater than or equal to 1024");
    check_top(r#""thinking":{"type":"hard"}"#, "thinking.type", "'hard'");
    check_top(r#""thinking":{"type":"adaptive","display":"loud"}"#, "thinking.display", "'summarized'");
    check_top(r#""thread":{"type":"create"}"#, "thread", "keeps no threads");
    check_top(r#""output_config":{"effort":"huge"}"#, "output_config.effort", "'low'");
    check_top(r#""output_config":{"effort":"none"}"#, "output_config.effort", "'low'");
    check_top(r#""output_config":{"format":{"type":"text"}}"#, "output_config.format.type", "json_schema");
    let no_schema = r#""output_config":{"format":{"type":"json_schema"}}"#;
    check_top(no_schema, "output_config.format.schema", "Field required");
}

#[test]
fn tools_that_cannot_be_are_named() {
    let tools = |tools: &str, rest: &str| format!(r#""tools":[{tools}]{rest}"#);
    let named = r#"{"name":"a","input_schema":{"type":"object"}}"#;
    let search = r#"{"type":"web_search_20250305","name":"web_search"}"#;
    check_top(r#""tools":{}"#, "tools", "valid list");
    check_top(&tools("5", ""), "tools.0", "valid dictionary");
    check_top(&tools(r#"{"input_schema":{}}"#, ""), "tools.0.name", "Field required");
    check_top(&tools(r#"{"name":"a"}"#, ""), "tools.0.input_schema", "Field required");
    check_top(&tools(r#"{"name":"a","input_schema":[]}"#, ""), "tools.0.input_schema", "valid dictionary");
    check_top(&tools(&format!("{named},{named}"), ""), "tools", "unique");
    check_top(r#""tool_choice":{"type":"auto"}"#, "tool_choice", "while providing tools");
    check_top(&tools(named, r#","tool_choice":{"type":"all"}"#), "tool_choice.type", "'all'");
    check_top(&tools(named, r#","tool_choice":{"type":"tool"}"#), "tool_choice.name", "Field required");
    let other = r#","tool_choice":{"type":"tool","name":"b"}"#;
    check_top(&tools(named, other), "tool_choice.name", "Tool 'b' not found");
    // Tools of Anthropic's own are left out, unless the choice demands one.
    let demanded = format!("{named},{search}");
    let choice = r#","tool_choice":{"type":"tool","name":"web_search"}"#;
    check_top(&tools(&demanded, choice), "tool_choice.name", "web_search_20250305");
    check_top(&tools(search, r#","tool_choice":{"type":"any"}"#), "tool_choice", "web_search_20250305");
}

#[test]
fn mistakes_in_messages_are_named_by_their_path() {
    check_messages("5", "messages.0", "valid dictionary");
    check_messages(r#"{"content":"hi"}"#, "messages.0.role", "Field required");
    check_messages(r#"{"role":"tool","content":"hi"}"#, "messages.0.role", "'user', 'assistant'");
    check_messages(r#"{"role":"user"}"#, "messages.0.content", "Field required");
    check_messages(r#"{"role":"user","content":5}"#, "messages.0.content", "valid list");
    check_block("5", "", "valid dictionary");
    check_block("{}", ".type", "Field required");
    check_block(r#"{"type":"video"}"#, ".type", "Input tag 'video'");
    check_block(r#"{"type":"text"}"#, ".text", "Field required");
    check_block(r#"{"type":"text","text":5}"#, ".text", "valid string");
    check_block(r#"{"type":"text","text":"a","cache_control":5}"#, ".cache_control", "valid dictionary");
    check_block(r#"{"type":"tool_use","id":"a"}"#, "", "only be in `assistant`");
    check_block(r#"{"type":"thinking","thinking":"a"}"#, "", "only be in `assistant`");
    check_block(r#"{"type":"tool_result"}"#, ".tool_use_id", "Field required");
    let call = |call: &str| format!(r#"{{"role":"assistant","content":[{{"type":"tool_use"{call}}}]}}"#);
    check_messages(&call(""), "messages.0.content.0.id", "Field required");
    check_messages(&call(r#","id":"a","name":5"#), "messages.0.content.0.name", "valid string");
    check_messages(
        &call(r#","id":"a","name":"f","input":[]"#),
        "messages.0.content.0.input",
        "valid dictionary",
    );
}

#[test]
fn what_cannot_be_carried_is_refused_by_its_path() {
    let image = |source: &str| format!(r#"{{"type":"image","source":{{{source}}}}}"#);
    check_block(r#"{"type":"image"}"#, ".source", "Field required");
    check_block(
        &image(r#""type":"file","file_id":"f"#.to_owned().as_str()).replace("\"f}", "\"f\"}"),
        ".source",
        "own vendor",
    );
    check_block(&image(r#""type":"ftp""#), ".source.type", "Input tag 'ftp'");
    check_block(
        &image(r#""type":"base64","media_type":"image/bmp","data":"""#),
        ".source.media_type",
        "image/jpeg",
    );
    check_block(&image(r#""type":"base64","media_type":"image/png""#), ".source.data", "Field required");
    check_block(&image(r#""type":"url","url":"ftp://host/a.png""#), ".source.url", "https://");
    let document = |source: &str| format!(r#"{{"type":"document","source":{{{source}}}}}"#);
    check_block(
        &document(r#""type":"base64","media_type":"text/html","data":"""#),
        ".source.media_type",
        "pdf",
    );
    check_block(
        &document(r#""type":"content","content":[{"type":"audio"}]"#),
        ".source.content.0.type",
        "'audio'",
    );
    check_block(r#"{"type":"container_upload","file_id":"f"}"#, "", "own vendor");
    let shown = r#"{"role":"assistant","content":[{"type":"image","source":{}}]}"#;
    check_messages(shown, "messages.0.content.0", "only be in `user`");
}

#[test]
fn calls_and_results_must_fit() {
    let call = |id: &str| format!(r#"{{"type":"tool_use","id":"{id}","name":"f","input":{{}}}}"#);
    let result = |id: &str| format!(r#"{{"type":"tool_result","tool_use_id":"{id}"}}"#);
    let turn =
        |role: &str, blocks: &[String]| format!(r#"{{"role":"{role}","content":[{}]}}"#, blocks.join(","));
    let talk = |turns: &[String]| format!(r#"{{"role":"user","content":"hi"}},{}"#, turns.join(","));
    let asked = turn("assistant", &[call("a"), call("b")]);
    let orphan = talk(&[asked.clone(), turn("user", &[result("a"), result("c")])]);
    check_messages(
        &orphan,
        "messages.2.content.1",
        "unexpected `tool_use_id` found in `tool_result` blocks: c",
    );
    let twice = talk(&[asked.clone(), turn("user", &[result("a"), result("a")])]);
    check_messages(&twice, "messages.2.content.1", "each tool_use must have a single result");
    let missing = talk(&[asked.clone(), turn("user", &[result("b")])]);
    check_messages(&missing, "messages.1", "without `tool_result` blocks immediately after: a.");
    let later = talk(&[asked.clone(), turn("user", &[result("b")]), turn("assistant", &[call("c")])]);
    check_messages(&later, "messages.1", "immediately after: a.");
    let doubled = talk(&[turn("assistant", &[call("a"), call("a")])]);
    check_messages(&doubled, "messages.1.content.1.id", "must be unique");
    check_messages(&talk(&[turn("assistant", &[result("a")])]), "messages.1.content.0", "only be in `user`");
    // A turn may be several messages, and what ends with calls may wait.
    for fine in [
        talk(&[asked.clone(), turn("user", &[result("b")]), turn("user", &[result("a")])]),
        talk(&[turn("assistant", &[call("a")]), turn("assistant", &[call("b")])]),
    ] {
        assert!(decode(&format!(r#"{{"max_tokens":9,"messages":[{fine}]}}"#)).is_ok(), "{fine}");
    }
}

#[test]
fn a_message_must_say_something() {
    check_messages(r#"{"role":"user","content":""}"#, "messages.0", "non-empty content");
    check_messages(r#"{"role":"user","content":[]}"#, "messages.0", "non-empty content");
    check_messages(r#"{"role":"user","content":" \n"}"#, "messages.0", "non-empty content");
    check_block(r#"{"type":"text","text":""}"#, ".text", "must be non-empty");
    let amid = r#"{"role":"assistant","content":""},{"role":"user","content":"hi"}"#;
    check_messages(amid, "messages.0", "except for the optional final assistant message");
}

fn case(name: &str) -> String {
    let path = format!("{}/testdata/anthropic_messages/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What Anthropic is sent for a request that was read and written again.
fn again(text: &str) -> serde_json::Value {
    let request = decode(text).unwrap();
    let model = Value::parse(text).unwrap();
    let model = model.get("model").as_text().unwrap();
    let target = Target {
        model: &model.decode(),
        max_output: None,
        native_json_schema: true,
        ..Target::new("", None)
    };
    let wired = crate::provider::anthropic::Anthropic.encode_request(&request, &target).unwrap();
    assert!(wired.dropped.into_names().is_empty(), "{text}");
    serde_json::from_slice(&wired.body).unwrap()
}

/// The same with content as lists of blocks, as the API takes it too, and what asks for a default left out.
fn normal(mut body: serde_json::Value) -> serde_json::Value {
    for message in body["messages"].as_array_mut().unwrap() {
        lists(&mut message["content"]);
        for block in message["content"].as_array_mut().unwrap() {
            if block["type"] == "tool_result" {
                lists(&mut block["content"]);
            }
        }
    }
    for tool in body["tools"].as_array_mut().into_iter().flatten() {
        tool.as_object_mut().unwrap().shift_remove("type");
        let schema = tool["input_schema"].as_object_mut().unwrap();
        schema.entry("properties").or_insert_with(|| serde_json::json!({}));
    }
    body
}

fn lists(content: &mut serde_json::Value) {
    if content.is_string() {
        *content = serde_json::json!([{"type": "text", "text": content.take()}]);
    }
}

#[test]
fn read_and_written_again_a_request_says_the_same() {
    for name in [
        "text",
        "system",
        "system_blocks",
        "multi_turn",
        "prefill",
        "image_base64",
        "image_url",
        "file_pdf",
        "file_text",
        "tools",
        "tool_choice_required",
        "tool_choice_named",
        "tool_choice_none",
        "parallel_results",
        "tool_error",
        "tool_image_result",
        "json_schema",
        "reasoning_effort",
        "reasoning_budget",
        "reasoning_three_turns",
        "stop_sequences",
        "sampling",
        "sampling_top_p",
        "max_tokens",
        "unicode",
        "stream",
        "metadata",
    ] {
        let text = case(name);
        let original: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(normal(again(&text)), normal(original), "{name}");
    }
}
