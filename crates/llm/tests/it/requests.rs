//! Chat requests, written for each provider.

use std::fmt::Write as _;

use llm::catalogue::Catalogue;
use llm::{Dialect, ProviderKind, Target, request};

use crate::support::{cases, golden, pretty, read};

#[test]
fn golden_requests_to_anthropic() {
    for case in cases("openai_chat", ".json") {
        let body = read(&format!("openai_chat/{case}.json"));
        let peek = request::peek(&body).unwrap();
        let entry = Catalogue::builtin().lookup(&peek.model, Some("anthropic"));
        let target = Target::new(&peek.model, entry.as_ref());
        let encoded =
            ProviderKind::Anthropic.encode_request(Dialect::OpenAiChat, &body, &peek, &target).unwrap();
        let mut got = String::new();
        writeln!(got, "POST {}", encoded.path).unwrap();
        for (name, value) in &encoded.headers {
            writeln!(got, "{name}: {value}").unwrap();
        }
        writeln!(got, "dropped: {:?}", encoded.dropped).unwrap();
        writeln!(got, "{:?}", encoded.carry).unwrap();
        got.push_str(&pretty(&encoded.body));
        golden("openai_chat", &case, "anthropic", &got);
        let again =
            ProviderKind::Anthropic.encode_request(Dialect::OpenAiChat, &body, &peek, &target).unwrap();
        assert_eq!(again, encoded);
    }
}

#[test]
fn requests_of_the_same_dialect_keep_every_other_byte() {
    for case in cases("openai_chat", ".json") {
        let body = read(&format!("openai_chat/{case}.json"));
        let peek = request::peek(&body).unwrap();
        let target = Target { model: &peek.model, max_output: None, native_json_schema: false };
        let encoded = ProviderKind::OpenAiCompatible
            .encode_request(Dialect::OpenAiChat, &body, &peek, &target)
            .unwrap();
        assert_eq!(encoded.path, "/chat/completions");
        if case == "thinking_replayed" {
            assert_eq!(encoded.dropped, ["messages[].thinking_blocks"]);
            assert!(!String::from_utf8(encoded.body).unwrap().contains("thinking_blocks"));
        } else {
            assert_eq!(encoded.body, body, "{case}");
        }
    }
}

#[test]
fn keys_go_where_each_provider_looks() {
    assert_eq!(ProviderKind::OpenAiCompatible.auth_header("k"), ("authorization", "Bearer k".to_owned()));
    assert_eq!(ProviderKind::Anthropic.auth_header("k"), ("x-api-key", "k".to_owned()));
}
