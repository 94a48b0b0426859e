//! What calls cost: by the provider's own word, by the piece, by tokens, or unknown.

use serde_json::{Value, json};
use trace::AiRecord;

use crate::chat::{STREAM, chunk};
use crate::gate::Gate;
use crate::upstream::Upstream;

/// An alias of the model's own name at a provider of OpenAI's kind; `provider` and `target` are more of their documents.
fn gate(up: &Upstream, model: &str, provider: &str, target: &str) -> Gate {
    Gate::start(&format!(
        "---\nkind: Provider\nname: p\nspec: {{base_url: \"http://{}/v1\", {provider}}}\n\
         ---\nkind: ProviderKey\nname: k\nspec: {{provider: p, secret: {{value: secret}}}}\n\
         ---\nkind: ModelAlias\nname: m\nspec: {{targets: [{{provider: p, model: {model}{target}}}]}}\n\
         ---\nkind: Service\nname: s\nspec: {{backend: {{ai: {{}}}}, access: {{mode: public}}}}\n\
         ---\nkind: Route\nname: r\nspec: {{service: s, paths: [\"/v1/*\"]}}\n",
        up.addr
    ))
}

const OPENAI: &str = "api: openai, catalogue: openai";

fn post(path: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn whole(media_type: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn streamed(events: &[Value]) -> String {
    let events: String = events.iter().map(|event| chunk(&format!("data: {event}\n\n"))).collect();
    format!("{STREAM}{events}0\r\n\r\n")
}

/// Asks a provider that gives `answer`; gives what the client got and what the record says.
fn ask(gate: &Gate, path: &str, body: &Value) -> (String, AiRecord) {
    let (answer, record) = gate.call(post(path, "application/json", &body.to_string()));
    assert_eq!((answer.status, record.reason.as_deref()), (200, None), "{}", answer.text());
    (answer.text().to_owned(), *record.ai.unwrap())
}

#[test]
fn speech_costs_by_its_characters() {
    let up = Upstream::fixed(whole("audio/mpeg", "sound"));
    let body = json!({"model": "m", "voice": "alloy", "input": "x".repeat(1_000)});
    for (model, cost) in [("tts-1", 15_000), ("gpt-4o-mini-tts", 16_667)] {
        let gate = gate(&up, model, OPENAI, "");
        let (text, ai) = ask(&gate, "/v1/audio/speech", &body);
        assert_eq!((text.as_str(), ai.cost_micros), ("sound", Some(cost)), "{model}: {ai:?}");
        assert_eq!(ai.pieces.characters, 1_000);
        gate.end();
    }
}

#[test]
fn streamed_speech_has_usage_and_cost() {
    let up = Upstream::fixed(streamed(&[
        json!({"type": "speech.audio.delta", "audio": "c291bmQ="}),
        json!({"type": "speech.audio.done", "usage": {"input_tokens": 14, "output_tokens": 101, "total_tokens": 115}}),
    ]));
    let gate = gate(&up, "gpt-4o-mini-tts", OPENAI, "");
    let body = json!({"model": "m", "voice": "alloy", "input": "hello", "stream_format": "sse"});
    let (text, ai) = ask(&gate, "/v1/audio/speech", &body);
    assert!(text.contains("speech.audio.delta") && text.contains("speech.audio.done"), "{text}");
    assert_eq!((ai.usage.input, ai.usage.output, ai.estimated, ai.streamed), (14, 101, false, true));
    // 14 tokens at 0.6 dollars a million, 101 of audio at 12.
    assert_eq!(ai.cost_micros, Some(1_220));
    assert!(ai.ttft_us.is_some());
    gate.end();
}

const FORM: &str = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\r\nsound\r\n--b\r\n\
    content-disposition: form-data; name=\"model\"\r\n\r\nm\r\n--b--\r\n";

fn hear(model: &str, answer: String) -> AiRecord {
    let up = Upstream::fixed(answer);
    let gate = gate(&up, model, OPENAI, "");
    let (answer, record) =
        gate.call(post("/v1/audio/transcriptions", "multipart/form-data; boundary=b", FORM));
    assert_eq!((answer.status, record.reason.as_deref()), (200, None), "{}", answer.text());
    gate.end();
    *record.ai.unwrap()
}

#[test]
fn transcriptions_cost_by_the_second_or_the_token() {
    let json = |usage: Value| whole("application/json", &json!({"text": "a", "usage": usage}).to_string());
    let ai = hear("whisper-1", json(json!({"type": "duration", "seconds": 30})));
    assert_eq!((ai.cost_micros, ai.estimated), (Some(3_000), false));
    let usage = json!({"type": "tokens", "input_tokens": 14, "input_token_details": {"text_tokens": 10, "audio_tokens": 4},
        "output_tokens": 101, "total_tokens": 115});
    let ai = hear("gpt-4o-transcribe", json(usage.clone()));
    assert_eq!((ai.usage.input, ai.usage.output, ai.cost_micros), (14, 101, Some(1_045)));
    let events = [
        json!({"type": "transcript.text.delta", "delta": "a"}),
        json!({"type": "transcript.text.done", "text": "a", "usage": usage}),
    ];
    let ai = hear("gpt-4o-transcribe", streamed(&events));
    assert_eq!((ai.usage.input, ai.usage.output, ai.cost_micros), (14, 101, Some(1_045)));
    assert!(ai.streamed && !ai.estimated && ai.ttft_us.is_some(), "{ai:?}");
    // What says nothing of its length is as long as its file.
    let ai = hear("whisper-1", whole("text/plain", "a"));
    assert!(ai.estimated && ai.cost_micros.is_some(), "{ai:?}");
}

#[test]
fn images_cost_by_their_size_and_quality() {
    let data = json!({"created": 1, "data": [{"b64_json": "eA=="}, {"b64_json": "eA=="}], "size": "1024x1024", "quality": "medium",
        "usage": {"input_tokens": 50, "output_tokens": 2_112, "total_tokens": 2_162,
            "input_tokens_details": {"text_tokens": 50, "image_tokens": 0}}});
    let up = Upstream::fixed(whole("application/json", &data.to_string()));
    let body = json!({"model": "m", "prompt": "a weir", "n": 2});
    let known = gate(&up, "gpt-image-1", OPENAI, "");
    let (_, ai) = ask(&known, "/v1/images/generations", &body);
    // Two at 0.042 dollars, and 50 tokens at 5 dollars a million.
    assert_eq!((ai.usage.input, ai.usage.output, ai.cost_micros), (50, 2_112, Some(84_250)));
    known.end();
    let unknown = gate(&up, "pictures-of-mine", OPENAI, "");
    let (_, ai) = ask(&unknown, "/v1/images/generations", &body);
    assert_eq!((ai.cost_micros, ai.cost_source()), (None, "unknown"), "not known is not free");
    assert_eq!(ai.pieces.images, 2);
    unknown.end();
    let priced = gate(&up, "gpt-image-1", OPENAI, ", price: {input: 1, image: 0.5, request: 0.1}");
    let (_, ai) = ask(&priced, "/v1/images/generations", &body);
    assert_eq!(ai.cost_micros, Some(1_100_050), "a document's prices come before the catalogue's");
    priced.end();
}

#[test]
fn streamed_images_have_usage_and_cost() {
    let up = Upstream::fixed(streamed(&[
        json!({"type": "image_generation.partial_image", "b64_json": "eA==", "partial_image_index": 0}),
        json!({"type": "image_generation.completed", "b64_json": "eA==", "size": "1024x1024", "quality": "low",
            "usage": {"input_tokens": 10, "output_tokens": 272, "total_tokens": 282}}),
    ]));
    let gate = gate(&up, "gpt-image-1", OPENAI, "");
    let body = json!({"model": "m", "prompt": "a weir", "stream": true, "partial_images": 1});
    let (text, ai) = ask(&gate, "/v1/images/generations", &body);
    assert!(text.contains("image_generation.completed"), "{text}");
    assert_eq!((ai.usage.output, ai.cost_micros, ai.streamed), (272, Some(11_050), true));
    gate.end();
}

#[test]
fn legacy_completions_stream_with_usage_that_the_client_did_not_ask_for() {
    let up = Upstream::start(|_, conn| {
        let head = conn.head();
        let length = crate::client::field_lines(&head, "content-length").next().unwrap();
        let asked: Value = serde_json::from_str(&conn.text(length.trim().parse().unwrap())).unwrap();
        assert_eq!(asked["stream_options"]["include_usage"], true, "{asked}");
        let piece = json!({"id": "c", "object": "text_completion", "model": "up",
            "choices": [{"index": 0, "text": "hi", "finish_reason": "stop"}]});
        let last = json!({"id": "c", "object": "text_completion", "model": "up", "choices": [],
            "usage": {"prompt_tokens": 1_000, "completion_tokens": 2_000, "total_tokens": 3_000}});
        let events = [piece.to_string(), last.to_string(), "[DONE]".into()];
        let events: String = events.iter().map(|event| chunk(&format!("data: {event}\n\n"))).collect();
        conn.send(format!("{STREAM}{events}0\r\n\r\n"));
    });
    let gate = gate(&up, "gpt-3.5-turbo-instruct", OPENAI, "");
    let (text, ai) = ask(&gate, "/v1/completions", &json!({"model": "m", "prompt": "hi", "stream": true}));
    assert!(text.ends_with("data: [DONE]\n\n") && !text.contains("usage"), "{text}");
    assert_eq!((ai.usage.input, ai.usage.output, ai.cost_micros), (1_000, 2_000, Some(5_500)));
    gate.end();
}

#[test]
fn reranking_costs_by_its_queries_and_moderations_nothing() {
    let answer = json!({"results": [], "meta": {"billed_units": {"search_units": 2}}});
    let up = Upstream::fixed(whole("application/json", &answer.to_string()));
    let rerank = gate(&up, "rerank-v3.5", "api: cohere", "");
    let (_, ai) = ask(&rerank, "/v1/rerank", &json!({"model": "m", "query": "q", "documents": ["d"]}));
    assert_eq!((ai.cost_micros, ai.estimated), (Some(4_000), false));
    rerank.end();
    let up = Upstream::fixed(whole(
        "application/json",
        r#"{"id":"m","model":"up","results":[{"flagged":false}]}"#,
    ));
    let moderate = gate(&up, "omni-moderation-latest", OPENAI, "");
    let (_, ai) = ask(&moderate, "/v1/moderations", &json!({"model": "m", "input": "hello"}));
    assert_eq!(ai.cost_micros, Some(0));
    moderate.end();
}

#[test]
fn what_a_provider_reports_comes_before_prices() {
    let answer = |usage: Value| {
        let choice =
            json!({"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"});
        whole(
            "application/json",
            &json!({"id": "c", "object": "chat.completion", "created": 1, "model": "up",
            "choices": [choice], "usage": usage})
            .to_string(),
        )
    };
    let chat = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    let tokens = json!({"prompt_tokens": 1_000, "completion_tokens": 0, "total_tokens": 1_000});
    let with = |name: &str, value: Value| {
        let mut usage = tokens.clone();
        usage[name] = value;
        usage
    };
    let cases = [
        ("vendor: openrouter", with("cost", json!(0.00014)), Some(140)),
        ("vendor: xai", with("cost_in_usd_ticks", json!(37_756_000)), Some(3_776)),
        ("vendor: perplexity", with("cost", json!({"total_cost": 0.006})), Some(6_000)),
        // Nobody knows what it means there: the price of the document counts.
        ("api: openai", with("cost", json!(0.5)), Some(2_000)),
        ("api: openai", tokens.clone(), Some(2_000)),
    ];
    for (provider, usage, cost) in cases {
        let up = Upstream::fixed(answer(usage));
        let gate = gate(&up, "any", provider, ", price: {input: 2, output: 0}");
        let ai = ask(&gate, "/v1/chat/completions", &chat).1;
        let source = if cost == Some(2_000) { "computed" } else { "reported" };
        assert_eq!((ai.cost_micros, ai.cost_source()), (cost, source), "{provider}");
        gate.end();
    }
}

#[test]
fn a_documents_prices_know_tiers_and_both_times_of_cache_writes() {
    let usage = |input: u64| {
        json!({"input_tokens": input, "output_tokens": 100, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 300,
            "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200}})
    };
    let price = "{input: 1, output: 2, cache_read: 0.1, cache_write: 1.25, cache_write_1h: 2, tiers: [{above: 1000, input: 10}]}";
    for (input, cost) in [(600, 600 + 10 + 125 + 400 + 200), (601, 6_010 + 10 + 125 + 400 + 200)] {
        let answer = json!({"id": "m", "type": "message", "role": "assistant", "model": "up", "stop_reason": "end_turn",
            "content": [{"type": "text", "text": "hi"}], "usage": usage(input)});
        let up = Upstream::fixed(whole("application/json", &answer.to_string()));
        let gate = gate(&up, "any", "api: anthropic", &format!(", price: {price}"));
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        let (_, ai) = ask(&gate, "/v1/chat/completions", &body);
        assert_eq!((ai.usage.input, ai.cost_micros), (input + 400, Some(cost)), "{ai:?}");
        gate.end();
    }
}
