use crate::canonical::{Content, Effort};
use crate::request::{self, Address};
use crate::{Carry, Context, Dialect, Encoded, Kept, ProviderKind, Target};

use super::*;

/// What is kept of an answer that thought and called two tools; whole, and streamed.
fn kept() -> (Kept, Kept) {
    let whole = r#"{"id":"msg_1","model":"m","content":[
        {"type":"thinking","thinking":"He said \"é\".","signature":"c2ln+/=="},
        {"type":"tool_use","id":"toolu_0123456789","name":"a","input":{}},
        {"type":"tool_use","id":"toolu_9876543210","name":"b","input":{}}],"stop_reason":"tool_use"}"#;
    let stream = concat!(
        r#"data: {"type":"message_start","message":{"id":"msg_1"}}"#,
        "\n\n",
        r#"data: {"type":"content_block_start","content_block":{"type":"thinking","thinking":""}}"#,
        "\n\n",
        r#"data: {"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"He said "}}"#,
        "\n\n",
        r#"data: {"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"\"é\"."}}"#,
        "\n\n",
        r#"data: {"type":"content_block_delta","delta":{"type":"signature_delta","signature":"c2ln+/=="}}"#,
        "\n\n",
        r#"data: {"type":"content_block_stop"}"#,
        "\n\n",
        r#"data: {"type":"content_block_start","content_block":{"type":"tool_use","id":"toolu_0123456789","name":"a","input":{}}}"#,
        "\n\n",
    );
    let peek =
        request::peek(Dialect::OpenAiChat, br#"{"model":"m","messages":[]}"#, Address::default()).unwrap();
    let context = Context::new(Dialect::OpenAiChat, &peek, "r", 0, Carry::default());
    let answer = ProviderKind::Anthropic.decode_response(whole.as_bytes(), &context).unwrap();
    let mut translator = ProviderKind::Anthropic.stream(context);
    translator.push(stream.as_bytes(), &mut Vec::new());
    (answer.kept, translator.kept().clone())
}

/// The next turn, of a client that sends back what its dialect has a word for.
fn next(message: &str) -> String {
    format!(
        r#"{{"model":"m","reasoning_effort":"low","max_tokens":5000,"messages":[{{"role":"user","content":"hi"}},{message},
        {{"role":"tool","tool_call_id":"toolu_0123456789","content":"x"}},
        {{"role":"tool","tool_call_id":"toolu_9876543210","content":"y"}}]}}"#
    )
}

const PLAIN: &str = r#"{"role":"assistant","tool_calls":[
    {"id":"toolu_0123456789","type":"function","function":{"name":"a","arguments":"{}"}},
    {"id":"toolu_9876543210","type":"function","function":{"name":"b","arguments":"{}"}}]}"#;

fn encode(body: &str, held: &Held) -> Encoded {
    let peek = request::peek(Dialect::OpenAiChat, body.as_bytes(), Address::default()).unwrap();
    let target = Target { held: Some(held), ..Target::new("claude-sonnet-4-5", None) };
    ProviderKind::Anthropic.encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target).unwrap()
}

#[test]
fn a_signature_that_the_client_did_not_send_back_is_put_back_byte_for_byte() {
    // BerriAI/litellm#16893, maximhq/bifrost#6342: state that is lost or changed between turns.
    let (whole, streamed) = kept();
    assert_eq!(whole, streamed);
    assert_eq!(whole.len(), 1, "of calls side by side the first has it");
    let body = next(PLAIN);
    assert_eq!(
        missing(Dialect::OpenAiChat, body.as_bytes()).unwrap(),
        ["toolu_0123456789", "toolu_9876543210"]
    );
    let mut held = Held::default();
    for (id, value) in whole {
        held.insert(id, &value);
    }
    let sent: serde_json::Value = serde_json::from_slice(&encode(&body, &held).body).unwrap();
    let turn = &sent["messages"][1]["content"];
    assert_eq!(turn[0]["thinking"], "He said \"é\".");
    assert_eq!(turn[0]["signature"], "c2ln+/==");
    assert_eq!((turn[1]["type"].as_str(), turn[2]["type"].as_str()), (Some("tool_use"), Some("tool_use")));
    // With its thinking there, the model may go on thinking.
    assert_eq!(sent["thinking"]["type"], "enabled");
    assert_eq!(Effort::Low.budget(), sent["thinking"]["budget_tokens"].as_u64());
}

#[test]
fn what_the_client_sends_back_counts_before_what_is_held() {
    let own = PLAIN.replace(
        r#""tool_calls""#,
        r#""thinking_blocks":[{"type":"thinking","thinking":"own","signature":"own"}],"tool_calls""#,
    );
    let body = next(&own);
    assert!(missing(Dialect::OpenAiChat, body.as_bytes()).unwrap().is_empty());
    let mut held = Held::default();
    held.insert("toolu_0123456789".into(), &kept().0[0].1);
    let sent: serde_json::Value = serde_json::from_slice(&encode(&body, &held).body).unwrap();
    assert_eq!(sent["messages"][1]["content"][0]["signature"], "own");
}

#[test]
fn ids_that_come_again_in_every_conversation_name_nothing() {
    let part = |id: &str| {
        let text = Text::from_plain(id);
        let call = crate::canonical::ToolUse { id: text.clone(), name: text, arguments: "{}".into() };
        call_id(&Part::new(Content::ToolUse(call)))
    };
    assert_eq!((part("call_0"), part("function-call-12"), part("a1b2c3")), (None, None, None));
    assert_eq!(part("lnabdzjc"), Some("lnabdzjc".into()));
    assert_eq!(part("call_0123456789"), Some("call_0123456789".into()));
    let mut held = Held::default();
    held.insert("call_0123456789".into(), b"\xff");
    assert!(held.is_empty());
}
