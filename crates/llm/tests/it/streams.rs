//! Streamed answers, brought back to a chat client.

use llm::{ApiError, ErrorKind, ProviderKind, StreamEnd};

use crate::support::{Outcome, cases, context, golden, read, translate};

/// What a stream comes to for a client that asked for usage, and for one that did not.
fn check(provider: ProviderKind, folder: &str, case: &str) {
    let body = read(&format!("{folder}/{case}.sse"));
    let asked = translate(provider, context(true), [body.as_slice()]);
    let not_asked = translate(provider, context(false), [body.as_slice()]);
    assert_eq!(asked.facts, not_asked.facts);
    let got = format!(
        "{}--- usage asked for\n{}--- usage not asked for\n{}",
        asked.facts,
        text(&asked),
        text(&not_asked),
    );
    golden(folder, case, "stream", &got);
    check_shape(&asked);
    check_shape(&not_asked);
}

fn text(outcome: &Outcome) -> String {
    String::from_utf8(outcome.out.clone()).unwrap().replace('\r', "<CR>")
}

/// What holds for every stream: `[DONE]` is last and only after success; an error is last, and has all of
/// its members.
fn check_shape(outcome: &Outcome) {
    let out = String::from_utf8(outcome.out.clone()).unwrap().replace('\r', "");
    let events: Vec<&str> = out.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect();
    let last = events.last().copied().unwrap_or_default();
    assert_eq!(
        events.iter().filter(|event| **event == "[DONE]").count(),
        usize::from(last == "[DONE]"),
        "{out}"
    );
    assert_eq!(last == "[DONE]", outcome.end == StreamEnd::Complete, "{out}");
    if outcome.end != StreamEnd::Complete {
        let error: serde_json::Value = serde_json::from_str(last).unwrap();
        let error = error["error"].as_object().unwrap();
        assert!(
            ["message", "type", "param", "code"].iter().all(|member| error.contains_key(*member)),
            "{last}"
        );
        assert!(error["code"].is_string() || error["code"].is_null(), "{last}");
    }
}

#[test]
fn golden_streams_of_anthropic() {
    for case in cases("anthropic", ".sse") {
        check(ProviderKind::Anthropic, "anthropic", &case);
    }
    check(ProviderKind::Anthropic, "fixtures", "anthropic_stream");
    check(ProviderKind::Anthropic, "fixtures", "anthropic_stream_error");
}

#[test]
fn golden_streams_of_gemini() {
    for case in cases("gemini", ".sse") {
        check(ProviderKind::Gemini, "gemini", &case);
    }
    check(ProviderKind::Gemini, "fixtures", "gemini_stream");
}

#[test]
fn golden_streams_of_the_same_dialect() {
    for case in cases("openai_compatible", ".sse") {
        check(ProviderKind::OpenAiCompatible, "openai_compatible", &case);
    }
    check(ProviderKind::OpenAiCompatible, "fixtures", "openai_chat_stream");
    check(ProviderKind::OpenAiCompatible, "fixtures", "mistral_stream");
}

#[test]
fn a_stream_of_the_same_dialect_passes_byte_for_byte() {
    for stream in ["fixtures/openai_chat_stream.sse", "fixtures/mistral_stream.sse"] {
        let body = read(stream);
        let body = body.trim_ascii_end();
        let outcome = translate(ProviderKind::OpenAiCompatible, context(true), [body]);
        assert_eq!(outcome.out.trim_ascii_end(), body);
    }
}

#[test]
fn every_delta_is_flushed_as_it_comes() {
    for (provider, file) in [
        (ProviderKind::Anthropic, "fixtures/anthropic_stream.sse"),
        (ProviderKind::OpenAiCompatible, "fixtures/openai_chat_stream.sse"),
    ] {
        let body = String::from_utf8(read(file)).unwrap();
        let mut stream = provider.stream(context(true));
        for event in body.split_inclusive("\n\n") {
            let mut out = Vec::new();
            stream.push(event.as_bytes(), &mut out);
            let says = [
                "thinking_delta",
                "text_delta",
                "\"partial_json\":\"{",
                "\"content\":\"C",
                "\"arguments\":\"{",
            ];
            if says.iter().any(|word| event.contains(word)) {
                assert!(!out.is_empty(), "{event}");
                assert!(stream.first_content_seen());
            }
        }
    }
}

#[test]
fn the_gateway_can_end_a_stream_once() {
    let mut stream = ProviderKind::Anthropic.stream(context(true));
    let mut out = Vec::new();
    let error = ApiError::new(504, ErrorKind::Timeout, "no word for 30 s").with_code("upstream_idle");
    stream.fail(&error, &mut out);
    stream.fail(&error, &mut out);
    stream.push(&read("fixtures/anthropic_stream.sse"), &mut out);
    assert_eq!(stream.finish(&mut out), StreamEnd::Failed);
    let expect = "data: {\"error\":{\"message\":\"no word for 30 s\",\"type\":\"server_error\",\"param\":null,\"code\":\"upstream_idle\"}}\n\n";
    assert_eq!(String::from_utf8(out).unwrap(), expect);
    assert_eq!(stream.error(), Some(&error));
}

#[test]
fn an_event_without_end_is_an_error() {
    for provider in [ProviderKind::Anthropic, ProviderKind::OpenAiCompatible] {
        let piece = "x".repeat(60_000);
        for front in [&b"data: "[..], b"{"] {
            let pieces = std::iter::once(front).chain(std::iter::repeat_n(piece.as_bytes(), 30));
            let outcome = translate(provider, context(true), pieces);
            assert_eq!(outcome.end, StreamEnd::Truncated);
            assert!(text(&outcome).contains("upstream_event_too_large"));
            check_shape(&outcome);
        }
    }
}

#[test]
fn a_cut_stream_counts_what_was_used() {
    let body = read("anthropic/cut_in_text.sse");
    let mut stream = ProviderKind::Anthropic.stream(context(false));
    stream.push(&body, &mut Vec::new());
    let usage = stream.usage();
    assert!(usage.estimated);
    assert_eq!((usage.input, usage.output), (10, 4));
}

#[test]
fn signs_of_life_reach_the_client_once_its_answer_has_begun() {
    let mut stream = ProviderKind::Anthropic.stream(context(false));
    let mut push = |event: &str| {
        let mut out = Vec::new();
        stream.push(event.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    };
    let ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    assert_eq!(push(ping), "");
    push("data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n");
    push("data: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n");
    assert_eq!((push(ping), push(": comment\n\n")), (String::new(), String::new()));
    push("data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n");
    assert_eq!((push(ping).as_str(), push(": comment\n\n").as_str()), (": ping\n\n", ": ping\n\n"));
    assert_eq!(push("\n"), "");
    push("data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n");
    push("data: {\"type\":\"message_stop\"}\n\n");
    assert_eq!(push(ping), "");
}
