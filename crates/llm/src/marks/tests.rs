use serde_json::{Value, json};

use crate::request::{Address, peek};
use crate::{Dialect, ProviderKind, Target};

const EPHEMERAL: &str = r#"{"type":"ephemeral"}"#;

/// What is sent, and where its markers stand.
fn sent(kind: ProviderKind, model: &str, dialect: Dialect, body: &Value) -> (Value, Vec<String>) {
    let body = body.to_string();
    let address = Address { model: (dialect == Dialect::Bedrock).then_some("m"), ..Address::default() };
    let peek = peek(dialect, body.as_bytes(), address).unwrap();
    let target = Target { mark_cache: true, ..Target::new(model, None) };
    let encoded = kind.encode_request(dialect, body.as_bytes(), &peek, &target).unwrap();
    let sent: Value = serde_json::from_slice(&encoded.body).unwrap();
    let mut marks = Vec::new();
    find(&sent, "", &mut marks);
    (sent, marks)
}

fn find(value: &Value, at: &str, marks: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| match name.as_str() {
            "cache_control" | "cachePoint" => marks.push(at.to_owned()),
            _ => find(member, &format!("{at}/{name}"), marks),
        }),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| find(item, &format!("{at}/{i}"), marks));
        }
        _ => {}
    }
}

/// Three turns with a call, in the words of OpenAI's chat.
fn chat() -> Value {
    let tool = |name: &str| json!({"type": "function", "function": {"name": name, "parameters": {"type": "object"}}});
    let call = json!({"id": "c1", "type": "function", "function": {"name": "b", "arguments": "{}"}});
    json!({"model": "m", "tools": [tool("a"), tool("b")], "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": [{"type": "text", "text": "second"}, {"type": "text", "text": "more"}]},
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "done"},
    ]})
}

/// gke-labs/kube-agents#776: 45 calls of one session behind an alias read nothing from the cache, since nobody placed a
/// marker. <https://github.com/gke-labs/kube-agents/issues/776>
#[test]
fn a_long_session_behind_an_alias_reads_from_the_cache() {
    let places = ["/messages/2/content/1", "/messages/4/content/0", "/system/0", "/tools/1"];
    let (_, mut marks) = sent(ProviderKind::Anthropic, "claude-sonnet-4-5", Dialect::OpenAiChat, &chat());
    marks.sort();
    assert_eq!(marks, places);
    // The next request marks again what this one has marked last, so that it is found.
    let mut next = chat();
    let more = [json!({"role": "assistant", "content": "so"}), json!({"role": "user", "content": "third"})];
    next["messages"].as_array_mut().unwrap().extend(more);
    let (_, marks) = sent(ProviderKind::Anthropic, "claude-sonnet-4-5", Dialect::OpenAiChat, &next);
    assert!(marks.contains(&"/messages/4/content/0".to_owned()), "{marks:?}");
    assert_eq!(marks.len(), 4);

    let model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let (_, mut marks) = sent(ProviderKind::Bedrock, model, Dialect::OpenAiChat, &chat());
    marks.sort();
    assert_eq!(marks, ["/messages/2/content/2", "/messages/4/content/1", "/system/1", "/toolConfig/tools/2"]);
    let (_, marks) = sent(ProviderKind::Bedrock, "amazon.nova-pro-v1:0", Dialect::OpenAiChat, &chat());
    assert_eq!(marks.len(), 3, "Nova takes none behind tools: {marks:?}");
    let (_, marks) = sent(ProviderKind::Bedrock, "meta.llama3-70b", Dialect::OpenAiChat, &chat());
    assert!(marks.is_empty(), "{marks:?}");
}

#[test]
fn a_client_that_marks_is_left_alone() {
    let mut marked = chat();
    marked["messages"][1] = json!({"role": "user", "content": [
        {"type": "text", "text": "first", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]});
    let (_, marks) = sent(ProviderKind::Anthropic, "claude-sonnet-4-5", Dialect::OpenAiChat, &marked);
    assert_eq!(marks, ["/messages/0/content/0"]);
}

#[test]
fn bytes_that_pass_are_marked_in_place() {
    let body = json!({"model": "m", "max_tokens": 9, "system": "Be \"brief\".", "tools": [{"name": "a", "input_schema": {}}],
        "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"},
            {"role": "user", "content": [{"type": "text", "text": "go"}, {"type": "text", "text": " "}]}]});
    let (sent_body, mut marks) =
        sent(ProviderKind::Anthropic, "claude-sonnet-4-5", Dialect::Anthropic, &body);
    marks.sort();
    assert_eq!(marks, ["/messages/0/content/0", "/messages/2/content/0", "/system/0", "/tools/0"]);
    let ephemeral: Value = serde_json::from_str(EPHEMERAL).unwrap();
    assert_eq!(
        sent_body["system"],
        json!([{"type": "text", "text": "Be \"brief\".", "cache_control": ephemeral}])
    );
    let own = json!({"model": "m", "max_tokens": 9, "cache_control": {"type": "ephemeral"},
        "messages": [{"role": "user", "content": "hi"}]});
    let (sent_body, _) = sent(ProviderKind::Anthropic, "claude-sonnet-4-5", Dialect::Anthropic, &own);
    assert_eq!(sent_body["messages"], own["messages"]);

    let tool = |name: &str, later: bool| json!({"name": name, "input_schema": {}, "defer_loading": later});
    let later = json!({"model": "m", "max_tokens": 9, "tools": [tool("a", false), tool("b", true)],
        "messages": [{"role": "user", "content": "hi"}]});
    let (_, mut marks) = sent(ProviderKind::Anthropic, "claude-sonnet-4-5", Dialect::Anthropic, &later);
    marks.sort();
    assert_eq!(marks, ["/messages/0/content/0", "/tools/0"]);

    let body = json!({"system": [{"text": "s"}], "messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "toolConfig": {"tools": [{"toolSpec": {"name": "a", "inputSchema": {"json": {}}}}]}});
    let model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let (_, mut marks) = sent(ProviderKind::Bedrock, model, Dialect::Bedrock, &body);
    marks.sort();
    assert_eq!(marks, ["/messages/0/content/1", "/system/1", "/toolConfig/tools/1"]);
}

#[test]
fn chats_that_pass_to_a_vendor_of_claude_are_marked_in_place() {
    let body = chat().to_string();
    let peek = peek(Dialect::OpenAiChat, body.as_bytes(), Address::default()).unwrap();
    let marks = |model: &str| {
        let vendor = crate::vendor::find("openrouter");
        let target = Target { mark_cache: true, ..Target::new(model, None) }.of(vendor);
        let kind = ProviderKind::OpenAiCompatible;
        let encoded = kind.encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target).unwrap();
        let mut marks = Vec::new();
        find(&serde_json::from_slice(&encoded.body).unwrap(), "", &mut marks);
        marks.sort();
        marks
    };
    let places = ["/messages/0/content/0", "/messages/1/content/0", "/messages/3/content/1"];
    assert_eq!(marks("anthropic/claude-sonnet-4.5"), places);
    assert!(marks("openai/gpt-5").is_empty());
}

#[test]
fn who_takes_no_markers_gets_none() {
    for kind in
        [ProviderKind::OpenAiCompatible, ProviderKind::Gemini, ProviderKind::Cohere, ProviderKind::Ollama]
    {
        let (_, marks) = sent(kind, "m", Dialect::OpenAiChat, &chat());
        assert!(marks.is_empty(), "{kind:?} {marks:?}");
    }
}
