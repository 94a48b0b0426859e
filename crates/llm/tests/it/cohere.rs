//! Cohere: what is sent to it, what it answers.

use std::fmt::Write as _;

use llm::{ErrorKind, FinishReason, ProviderKind, ResponseError, StreamEnd};

use crate::facts::{Facts, openai_chat};
use crate::support::{cases, context, golden, pretty, read, translate};

#[test]
fn golden_answers() {
    let mut answers: Vec<_> = cases("cohere", ".json").into_iter().map(|case| ("cohere", case)).collect();
    answers.push(("fixtures", "cohere_chat".to_owned()));
    for (folder, case) in answers {
        let body = read(&format!("{folder}/{case}.json"));
        let got = ProviderKind::Cohere.decode_response(&body, &context(false)).unwrap();
        let text = format!("{:?} {:?}\n{:?}\n{}", got.finish_reason, got.model, got.usage, pretty(&got.body));
        golden(folder, &case, "openai_chat", &text);
    }
}

#[test]
fn golden_streams() {
    let mut streams: Vec<_> = cases("cohere", ".sse").into_iter().map(|case| ("cohere", case)).collect();
    streams.push(("fixtures", "cohere_stream".to_owned()));
    for (folder, case) in streams {
        let body = read(&format!("{folder}/{case}.sse"));
        let mut got = String::new();
        for usage in [true, false] {
            let outcome = translate(ProviderKind::Cohere, context(usage), [body.as_slice()]);
            if usage {
                got.push_str(&outcome.facts);
            }
            let asked = if usage { "asked for" } else { "not asked for" };
            write!(got, "--- usage {asked}\n{}", String::from_utf8(outcome.out).unwrap()).unwrap();
        }
        golden(folder, &case, "stream", &got);
    }
}

fn stream(file: &str) -> (StreamEnd, Facts) {
    let outcome = translate(ProviderKind::Cohere, context(true), [read(&format!("{file}.sse")).as_slice()]);
    (outcome.end, openai_chat::streamed(&outcome.out))
}

#[test]
fn a_stream_ends_as_it_should() {
    for (case, end, text) in [
        ("bad_event", StreamEnd::Complete, "Hello"),
        ("no_done", StreamEnd::Complete, "Hello"),
        ("no_start", StreamEnd::Complete, "Hello"),
        ("no_usage", StreamEnd::Complete, "Hello"),
        ("unknown_events", StreamEnd::Complete, "Hello"),
        ("two_texts", StreamEnd::Complete, "AB"),
        ("late_citation", StreamEnd::Complete, "Paris"),
        ("cut", StreamEnd::Truncated, "Hello"),
        ("error_amid", StreamEnd::Failed, "Hel"),
        ("error_at_end", StreamEnd::Failed, "Hel"),
        ("timeout", StreamEnd::Failed, "Hel"),
        ("error_first", StreamEnd::Failed, ""),
    ] {
        let (got, facts) = stream(&format!("cohere/{case}"));
        assert_eq!((got, facts.text.as_str()), (end, text), "{case}");
        assert_eq!(facts.error.is_some(), end != StreamEnd::Complete, "{case}");
    }
    assert_eq!(stream("cohere/error_at_end").1.error.unwrap().1, "the model fell over");
    assert_eq!(stream("cohere/timeout").1.error.unwrap().0, "timeout");
    assert_eq!(stream("cohere/error_first").1.error.unwrap().1, "invalid request: model is not found");
}

#[test]
fn an_answer_that_failed_is_an_error() {
    let decode =
        |body: &str| ProviderKind::Cohere.decode_response(body.as_bytes(), &context(false)).unwrap_err();
    for (body, status, kind) in [
        (r#"{"id":"c","message":{"content":[]},"finish_reason":"ERROR"}"#, 502, ErrorKind::Server),
        (r#"{"id":"c","message":{"content":[]},"finish_reason":"TIMEOUT"}"#, 504, ErrorKind::Timeout),
        (r#"{"id":"c","message":"why"}"#, 502, ErrorKind::Server),
    ] {
        let ResponseError::Failed(error) = decode(body) else { panic!("{body}") };
        assert_eq!((error.status, error.kind), (status, kind), "{body}");
    }
    assert!(matches!(decode("{}"), ResponseError::Unexpected { .. }));
    assert!(matches!(decode("<html>"), ResponseError::NotJson));
}

/// maximhq/bifrost#3638: text and a tool call in one turn must not look like a turn that is over.
/// Portkey-AI/gateway#1275: parallel calls stay apart.
#[test]
fn an_answer_with_tool_calls_waits_for_tools() {
    for case in ["tool_call", "parallel_tools", "text_and_tool", "plan_and_tool", "reasoning_tool"] {
        let body = read(&format!("answers/cohere/{case}.json"));
        let got = ProviderKind::Cohere.decode_response(&body, &context(false)).unwrap();
        assert_eq!(got.finish_reason, Some(FinishReason::ToolCalls), "{case}");
    }
    let calls = stream("answers/cohere/parallel_tools").1.calls;
    assert_eq!(
        calls[0],
        ("get_weather_k1".to_owned(), "get_weather".to_owned(), serde_json::json!({"city": "Paris"}))
    );
    assert_eq!((calls.len(), calls[1].0.as_str()), (2, "get_weather_k2"));
}

/// theopenco/llmgateway#2777: reasoning that is billed is seen, plans for tools with it.
#[test]
fn plans_and_thoughts_are_reasoning() {
    assert_eq!(stream("answers/cohere/plan_and_tool").1.thinking, "I will look it up.");
    assert_eq!(stream("answers/cohere/reasoning").1.thinking, "Six times seven.");
    assert_eq!(stream("fixtures/cohere_stream").1.thinking, "I will look it up.");
}

#[test]
fn citations_keep_their_sources() {
    let facts = stream("answers/cohere/citations").1;
    assert_eq!(facts.citations, ["https://example.com/paris", "https://example.com/weather"]);
}

/// maximhq/bifrost#2048: no delta is held back.
#[test]
fn every_delta_is_flushed_as_it_comes() {
    let body = String::from_utf8(read("fixtures/cohere_stream.sse")).unwrap();
    let mut stream = ProviderKind::Cohere.stream(context(true));
    for event in body.split_inclusive("\n\n") {
        let mut out = Vec::new();
        stream.push(event.as_bytes(), &mut out);
        let says = event.contains("-delta\n") || event.contains("tool-call-start");
        assert!(!says || !out.is_empty(), "{event}");
    }
    assert!(stream.is_done());
}
