//! Ollama: what is sent to it, what it answers.

use std::fmt::Write as _;

use llm::{Context, FinishReason, ProviderKind, ResponseError, StreamEnd};

use crate::facts::openai_chat;
use crate::support::{cases, context, golden, pretty, read, translate};

#[test]
fn golden_answers() {
    for case in cases("ollama", ".json") {
        let body = read(&format!("ollama/{case}.json"));
        let got = ProviderKind::Ollama.decode_response(&body, &context(false)).unwrap();
        let text = format!("{:?} {:?}\n{:?}\n{}", got.finish_reason, got.model, got.usage, pretty(&got.body));
        golden("ollama", &case, "openai_chat", &text);
    }
}

#[test]
fn golden_streams() {
    let mut streams: Vec<_> = cases("ollama", ".ndjson").into_iter().map(|case| ("ollama", case)).collect();
    streams.push(("fixtures", "ollama_chat_stream".to_owned()));
    for (folder, case) in streams {
        let body = read(&format!("{folder}/{case}.ndjson"));
        let mut got = String::new();
        for usage in [true, false] {
            let outcome = translate(ProviderKind::Ollama, context(usage), [body.as_slice()]);
            if usage {
                got.push_str(&outcome.facts);
            }
            let asked = if usage { "asked for" } else { "not asked for" };
            write!(got, "--- usage {asked}\n{}", String::from_utf8(outcome.out).unwrap()).unwrap();
        }
        golden(folder, &case, "stream", &got);
    }
}

fn stream(case: &str) -> (StreamEnd, crate::facts::Facts) {
    let outcome =
        translate(ProviderKind::Ollama, context(true), [read(&format!("ollama/{case}.ndjson")).as_slice()]);
    (outcome.end, openai_chat::streamed(&outcome.out))
}

#[test]
fn a_stream_ends_as_it_should() {
    for (case, end, text) in [
        ("keep_alives", StreamEnd::Complete, "Hello"),
        ("bad_line", StreamEnd::Complete, "Hello"),
        ("after_the_end", StreamEnd::Complete, "Hello"),
        ("no_line_end", StreamEnd::Complete, "Hello"),
        ("text_after_tool", StreamEnd::Complete, "AB"),
        ("load", StreamEnd::Complete, ""),
        ("cut", StreamEnd::Truncated, "Hello"),
        ("html", StreamEnd::Truncated, ""),
        ("nothing", StreamEnd::Truncated, ""),
        ("error_amid", StreamEnd::Failed, "Hel"),
        ("error_first", StreamEnd::Failed, ""),
    ] {
        let (got, facts) = stream(case);
        assert_eq!((got, facts.text.as_str()), (end, text), "{case}");
        assert_eq!(facts.error.is_some(), end != StreamEnd::Complete, "{case}");
    }
}

#[test]
fn an_error_in_a_line_is_an_error() {
    let (code, message) = stream("error_first").1.error.unwrap();
    assert_eq!((code.as_str(), message.as_str()), ("model_not_found", "model 'x' not found"));
    let error = ProviderKind::Ollama.decode_response(br#"{"error":"why"}"#, &context(false)).unwrap_err();
    assert!(matches!(error, ResponseError::Failed(error) if error.message == "why" && error.status == 502));
}

/// maximhq/bifrost#3638: text and a tool call in one turn must not look like a turn that is over.
#[test]
fn an_answer_with_tool_calls_waits_for_tools() {
    for case in ["tool_call", "parallel_tools", "text_and_tool", "reasoning_tool"] {
        let body = read(&format!("answers/ollama/{case}.json"));
        let got = ProviderKind::Ollama.decode_response(&body, &context(false)).unwrap();
        assert_eq!(got.finish_reason, Some(FinishReason::ToolCalls), "{case}");
    }
}

/// BerriAI/litellm#25605: a streamed tool call brings its arguments. Portkey-AI/gateway#1275: parallel calls stay apart.
#[test]
fn a_streamed_tool_call_has_its_arguments_and_an_id_of_its_own() {
    let body = read("answers/ollama/parallel_tools.ndjson");
    let outcome = translate(ProviderKind::Ollama, context(true), [body.as_slice()]);
    let calls = openai_chat::streamed(&outcome.out).calls;
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].2, serde_json::json!({"city": "Paris"}));
    assert_eq!(
        calls[1].2,
        serde_json::json!({"city": "Rome", "days": [1, 2], "deep": {"a": null, "b": 1.5}})
    );
    assert!(calls[0].0.starts_with("call_0_") && calls[1].0.starts_with("call_1_"), "{calls:?}");
    // The next turn's calls have other ids.
    let later = String::from_utf8(body).unwrap().replace("2026-11-20T12:00:00", "2026-11-20T12:07:00");
    let outcome = translate(ProviderKind::Ollama, context(true), [later.as_bytes()]);
    let next = openai_chat::streamed(&outcome.out).calls;
    assert!(next.iter().all(|(id, ..)| calls.iter().all(|(known, ..)| id != known)), "{next:?}");
}

/// QuantumNous/new-api#6212: what the provider does not count is an estimate, and marked.
#[test]
fn a_prompt_that_is_not_counted_is_estimated() {
    let body = read("ollama/cached_prompt.json");
    let got = ProviderKind::Ollama.decode_response(&body, &context(false)).unwrap();
    assert!(got.usage.estimated);
    assert_eq!(got.usage.input, 100);
}

#[test]
fn a_line_without_end_is_an_error() {
    let piece = "x".repeat(60_000);
    let pieces = std::iter::repeat_n(piece.as_bytes(), 30);
    let outcome = translate(ProviderKind::Ollama, Context { max_event: 1 << 20, ..context(true) }, pieces);
    assert_eq!(outcome.end, StreamEnd::Truncated);
    assert!(String::from_utf8(outcome.out).unwrap().contains("upstream_event_too_large"));
}

/// maximhq/bifrost#2048: no delta is held back.
#[test]
fn every_line_is_flushed_as_it_comes() {
    let body = String::from_utf8(read("fixtures/ollama_chat_stream.ndjson")).unwrap();
    let mut stream = ProviderKind::Ollama.stream(context(true));
    for line in body.split_inclusive('\n') {
        let mut out = Vec::new();
        stream.push(line.as_bytes(), &mut out);
        assert!(!out.is_empty() && stream.first_content_seen(), "{line}");
    }
    assert!(stream.is_done());
}
