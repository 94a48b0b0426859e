//! Answers and streams of providers that speak otherwise.

use llm::{ApiError, ErrorKind, FinishReason, ProviderKind, StreamEnd};

use super::{asked, text};
use crate::facts;
use crate::support::{cases, golden, pretty, read, translate};

#[test]
fn golden_answers_of_ollama() {
    for case in cases("answers/ollama", ".json") {
        let body = read(&format!("answers/ollama/{case}.json"));
        let got = ProviderKind::Ollama.decode_response(&body, &asked()).unwrap();
        let whole =
            format!("{:?} {:?}\n{:?}\n{}", got.finish_reason, got.model, got.usage, pretty(&got.body));
        golden("answers/ollama", &case, "anthropic", &whole);
        let body = read(&format!("answers/ollama/{case}.ndjson"));
        let stream = translate(ProviderKind::Ollama, asked(), [body.as_slice()]);
        golden("answers/ollama", &case, "anthropic_stream", &format!("{}{}", stream.facts, text(stream.out)));
    }
}

/// BerriAI/litellm#25561, BerriAI/litellm#25605: the block of a call opened and closed without its arguments, in streams alone.
#[test]
fn a_tool_use_block_streams_its_arguments() {
    let body = read("answers/ollama/tool_call.ndjson");
    let outcome = translate(ProviderKind::Ollama, asked(), [body.as_slice()]);
    assert!(text(outcome.out.clone()).contains(r#""type":"input_json_delta","partial_json":"{"#));
    let facts = facts::anthropic::streamed(&outcome.out);
    assert_eq!(facts.calls[0].2, serde_json::json!({"city": "Paris"}));
}

/// maximhq/bifrost#3638, maximhq/bifrost#6123: text and a call in one turn ended with `end_turn`, and agents stopped.
#[test]
fn text_and_a_call_end_with_tool_use() {
    let whole = read("answers/ollama/text_and_tool.json");
    let whole = ProviderKind::Ollama.decode_response(&whole, &asked()).unwrap();
    let streamed = read("answers/ollama/text_and_tool.ndjson");
    let streamed = translate(ProviderKind::Ollama, asked(), [streamed.as_slice()]);
    for facts in [facts::anthropic::whole(&whole.body), facts::anthropic::streamed(&streamed.out)] {
        assert!(!facts.text.is_empty() && !facts.calls.is_empty());
        assert_eq!(facts.finish, "tool_use");
    }
    assert_eq!(whole.finish_reason, Some(FinishReason::ToolCalls));
}

/// maximhq/bifrost#3441: only the first of several calls, blocks within each other, blocks never stopped.
#[test]
fn parallel_calls_are_blocks_one_after_the_other() {
    let body = read("answers/ollama/parallel_tools.ndjson");
    let outcome = translate(ProviderKind::Ollama, asked(), [body.as_slice()]);
    // The reader of facts checks the grammar.
    assert_eq!(facts::anthropic::streamed(&outcome.out).calls.len(), 2);
}

/// theopenco/llmgateway#2777: reasoning was billed and not to be seen.
#[test]
fn reasoning_is_a_block_before_the_text() {
    let whole = read("answers/ollama/reasoning.json");
    let whole = ProviderKind::Ollama.decode_response(&whole, &asked()).unwrap();
    let whole: serde_json::Value = serde_json::from_slice(&whole.body).unwrap();
    let kinds = |n: usize| whole["content"][n]["type"].as_str();
    assert_eq!((kinds(0), kinds(1)), (Some("thinking"), Some("text")));
    let body = read("answers/ollama/reasoning.ndjson");
    let outcome = text(translate(ProviderKind::Ollama, asked(), [body.as_slice()]).out);
    assert!(outcome.find("thinking_delta").unwrap() < outcome.find("text_delta").unwrap(), "{outcome}");
}

/// envoyproxy/ai-gateway#2352, vercel/ai#17326: a stream began with no tokens, and ended with none of the prompt's.
#[test]
fn a_stream_begins_with_an_estimate_and_ends_with_what_was_used() {
    let body = read("answers/ollama/text.ndjson");
    let out = translate(ProviderKind::Ollama, asked(), [body.as_slice()]).out;
    let events = facts::events(&out);
    let event = |n: usize| serde_json::from_str::<serde_json::Value>(&events[n].1).unwrap();
    // The prompt of the context has 400 bytes.
    assert_eq!(event(0)["message"]["usage"]["input_tokens"], 100);
    let facts = facts::anthropic::streamed(&out);
    let whole = ProviderKind::Ollama.decode_response(&read("answers/ollama/text.json"), &asked()).unwrap();
    assert_eq!((facts.input, facts.output), (Some(whole.usage.input), Some(whole.usage.output)));
    assert_ne!(facts.input, Some(100));
}

/// maximhq/bifrost#2048, maximhq/bifrost#2786: pieces were held back, then came all at once.
#[test]
fn every_piece_leaves_as_it_comes() {
    let mut stream = ProviderKind::Ollama.stream(asked());
    for line in text(read("answers/ollama/text.ndjson")).split_inclusive('\n') {
        let mut out = Vec::new();
        stream.push(line.as_bytes(), &mut out);
        assert!(!out.is_empty(), "{line}");
    }
}

/// maximhq/bifrost#3441, Portkey-AI/gateway#1275, Portkey-AI/gateway#1537: whatever a provider sends, blocks are
/// numbered, begun and stopped one after the other.
#[test]
fn the_grammar_of_streams_holds_for_every_provider() {
    let mut tried = 0;
    for (provider, folder, ending) in [
        (ProviderKind::Bedrock, "answers/bedrock", ".bin"),
        (ProviderKind::Bedrock, "bedrock", ".bin"),
        (ProviderKind::Cohere, "answers/cohere", ".sse"),
        (ProviderKind::Cohere, "cohere", ".sse"),
        (ProviderKind::Gemini, "answers/gemini", ".sse"),
        (ProviderKind::Gemini, "gemini", ".sse"),
        (ProviderKind::Ollama, "ollama", ".ndjson"),
        (ProviderKind::OpenAiCompatible, "openai_compatible", ".sse"),
    ] {
        for case in cases(folder, ending) {
            let body = read(&format!("{folder}/{case}{ending}"));
            let outcome = translate(provider, asked(), [body.as_slice()]);
            let facts = facts::anthropic::streamed(&outcome.out);
            assert_eq!(facts.error.is_none(), outcome.end == StreamEnd::Complete, "{folder}/{case}");
            let called = facts.finish == "tool_use";
            assert!(!called || !facts.calls.is_empty(), "{folder}/{case}");
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried}");
}

/// A limit of time that the gateway set, amid a block.
#[test]
fn the_gateways_own_errors_end_a_stream_in_anthropics_shape() {
    let mut stream = ProviderKind::OpenAiCompatible.stream(asked());
    let mut out = Vec::new();
    stream.push(b"data: {\"choices\":[{\"delta\":{\"content\":\"A\"}}]}\n\n", &mut out);
    stream.fail(&ApiError::new(504, ErrorKind::Timeout, "no word for 30 s"), &mut out);
    let expect = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"timeout_error\",\"message\":\"no word for 30 s\"},\"request_id\":\"01J0000000\"}\n\n";
    assert!(text(out.clone()).ends_with(expect), "{}", text(out));
    assert_eq!(facts::anthropic::streamed(&out).error.unwrap().0, "timeout_error");
}

/// BerriAI/litellm#14849, BerriAI/litellm#9812, QuantumNous/new-api#6144: cached tokens were charged twice, or lost in streams.
#[test]
fn cached_tokens_stand_beside_the_prompts_others() {
    let whole =
        ProviderKind::Gemini.decode_response(&read("answers/gemini/cached_usage.json"), &asked()).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&whole.body).unwrap();
    let streamed = read("answers/gemini/cached_usage.sse");
    let streamed = translate(ProviderKind::Gemini, asked(), [streamed.as_slice()]);
    let told = facts::anthropic::message(&streamed.out);
    assert!(whole.usage.cache_read > 0);
    for usage in [&body["usage"], &told["usage"]] {
        assert_eq!(usage["input_tokens"], whole.usage.input - whole.usage.cache_read);
        assert_eq!(usage["cache_read_input_tokens"], whole.usage.cache_read);
        assert_eq!(usage["output_tokens"], whole.usage.output);
    }
}
