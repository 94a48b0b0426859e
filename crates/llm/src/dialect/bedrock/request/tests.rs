use super::decode;
use crate::canonical::{Content, Effort, Origin, Role};

#[test]
fn results_are_turns_of_their_own_before_what_the_user_says() {
    let text = r#"{"messages":[{"role":"user","content":[{"text":"hi"}]},
        {"role":"assistant","content":[{"toolUse":{"toolUseId":"a","name":"f","input":{"x":[1.0]}}},{"toolUse":{"toolUseId":"b","name":"f","input":{}}}]},
        {"role":"user","content":[{"toolResult":{"toolUseId":"b","content":[{"json":{"n":1}}],"status":"error"}},{"cachePoint":{"type":"default"}},
            {"text":"and"},{"toolResult":{"toolUseId":"a","content":[]}}]}]}"#;
    let request = decode(text).unwrap();
    let roles: Vec<_> = request.messages.iter().map(|message| (message.role, message.index)).collect();
    assert_eq!(
        roles,
        [(Role::User, 0), (Role::Assistant, 1), (Role::Tool, 2), (Role::Tool, 2), (Role::User, 2)]
    );
    let first = &request.messages[2].parts[0];
    assert!(first.cache.is_some());
    assert!(
        matches!(&first.content, Content::ToolResult(result) if result.is_error && result.parts.len() == 1)
    );
}

#[test]
fn thinking_is_read_in_every_makers_words() {
    let read = |rest: &str| {
        let text = format!(r#"{{"messages":[{{"role":"user","content":[{{"text":"hi"}}]}}],{rest}}}"#);
        let request = decode(&text).unwrap();
        (request.effort, request.thinking_budget)
    };
    let fields = |fields: &str| read(&format!(r#""additionalModelRequestFields":{{{fields}}}"#));
    assert_eq!(fields(r#""thinking":{"type":"enabled","budget_tokens":2000}"#), (None, Some(2000)));
    assert_eq!(fields(r#""thinking":{"type":"disabled"}"#), (Some(Effort::None), None));
    assert_eq!(fields(r#""thinking":{"type":"adaptive"}"#), (Some(Effort::High), None));
    assert_eq!(fields(r#""reasoning_effort":"low""#), (Some(Effort::Low), None));
    assert_eq!(read(r#""outputConfig":{"effort":"max"}"#), (Some(Effort::Max), None));
}

#[test]
fn state_comes_back_to_its_own_part() {
    let text = r#"{"messages":[{"role":"user","content":[{"text":"hi"}]},{"role":"assistant","content":[
        {"reasoningContent":{"reasoningText":{"text":"t","signature":"own"}}},
        {"text":"said"},{"reasoningContent":{"redactedContent":"d2Vpci5nZW1pbmkuZEdWNGRBPT0="}},
        {"reasoningContent":{"reasoningText":{"text":"","signature":"weir.gemini.c2ln"}}},
        {"toolUse":{"toolUseId":"a","name":"f","input":{}}},
        {"reasoningContent":{"redactedContent":"AAEC"}}]}]}"#;
    let request = decode(text).unwrap();
    let parts = &request.messages[1].parts;
    let states: Vec<_> = parts.iter().map(|part| part.state.as_ref().map(|state| state.origin)).collect();
    assert_eq!(states, [None, Some(Origin::Gemini), Some(Origin::Gemini), None]);
    assert_eq!(parts[1].state.as_ref().unwrap().data.literal(), "dGV4dA==");
    assert!(
        matches!(&parts[0].content, Content::Thinking { state: Some(state), .. } if state.origin == Origin::Bedrock)
    );
    assert!(matches!(&parts[3].content, Content::Redacted(state) if state.data.literal() == "AAEC"));
}
