//! Google's Interactions as clients speak them: what their requests come to, and what answers come to for them.

use llm::conversation::interactions;
use llm::request::{self, Address};
use llm::{Context, Dialect, Encoded, ProviderKind, RequestError, StreamEnd, Target};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::facts::Facts;
use crate::facts::gemini_interactions as facts;
use crate::support::{cases, context, golden, read, translate};

const DIALECT: Dialect = Dialect::GeminiInteractions;

/// Folders of answers, and whether they are in the words of Interactions themselves.
const ANSWERS: [(ProviderKind, &str); 3] = [
    (ProviderKind::Anthropic, "anthropic"),
    (ProviderKind::Gemini, "gemini_interactions"),
    (ProviderKind::OpenAiResponses, "openai_responses"),
];

fn encode(provider: ProviderKind, model: &str, body: &str) -> Result<Encoded, RequestError> {
    let peek = request::peek(DIALECT, body.as_bytes(), Address::default())?;
    provider.encode_request(DIALECT, body.as_bytes(), &peek, &Target::new(model, None))
}

fn to_anthropic(body: &str) -> (Value, Vec<String>) {
    let encoded = encode(ProviderKind::Anthropic, "claude-sonnet-5", body).unwrap();
    (serde_json::from_slice(&encoded.body).unwrap(), encoded.dropped)
}

fn to_google(body: &str) -> (Value, Vec<String>) {
    let encoded = encode(ProviderKind::Gemini, "gemini-3.1-pro-preview", body).unwrap();
    assert_eq!(encoded.path, "/interactions");
    (serde_json::from_slice(&encoded.body).unwrap(), encoded.dropped)
}

/// A request with this input and these members.
fn asking(input: &str, members: &str) -> String {
    format!(r#"{{"model":"m","input":{input}{members}}}"#)
}

/// The context of a client, that wants to see thoughts or does not, and goes on from an interaction.
fn client(provider: ProviderKind, shown: bool) -> Context {
    let summaries = if shown { "auto" } else { "none" };
    let members = format!(
        r#","previous_interaction_id":"v1_before","generation_config":{{"thinking_summaries":"{summaries}"}}"#
    );
    let carry = encode(provider, "m", &asking("\"hi\"", &members)).unwrap().carry;
    Context { dialect: DIALECT, carry, ..context(true) }
}

/// A provider's answer whole and streamed, as bodies.
fn both(provider: ProviderKind, folder: &str, case: &str, shown: bool) -> (Vec<u8>, Vec<u8>) {
    let body = read(&format!("answers/{folder}/{case}.json"));
    let whole = provider.decode_response(&body, &client(provider, shown)).unwrap();
    let stream = read(&format!("answers/{folder}/{case}.sse"));
    let streamed = translate(provider, client(provider, shown), [stream.as_slice()]);
    assert_eq!(streamed.end, StreamEnd::Complete);
    (whole.body, streamed.out)
}

fn facts_of(provider: ProviderKind, folder: &str, case: &str, shown: bool) -> Facts {
    let (whole, streamed) = both(provider, folder, case, shown);
    let facts = facts::whole(&whole);
    assert_eq!(facts::streamed(&streamed), facts, "{folder}/{case}, shown: {shown}");
    facts
}

#[test]
fn whole_and_streamed_answers_carry_the_same_facts() {
    for (provider, folder) in ANSWERS {
        for case in cases(&format!("answers/{folder}"), ".sse") {
            for shown in [true, false] {
                facts_of(provider, folder, &case, shown);
            }
        }
    }
}

/// Sources that OpenAI tells of in pieces have their own tests.
fn without_sources(mut body: Value) -> Value {
    let steps = body["steps"].as_array_mut().unwrap();
    for content in steps.iter_mut().filter_map(|step| step["content"].as_array_mut()).flatten() {
        content.as_object_mut().unwrap().shift_remove("annotations");
    }
    body
}

/// What is kept of a streamed answer is what a whole one would be.
#[test]
fn a_streamed_answer_is_kept_as_the_whole_one_is() {
    for (provider, folder) in ANSWERS {
        for case in cases(&format!("answers/{folder}"), ".sse") {
            let body = read(&format!("answers/{folder}/{case}.json"));
            let whole = provider.decode_response(&body, &client(provider, true)).unwrap();
            let mut whole: Value = serde_json::from_slice(&whole.body).unwrap();
            let mut stream = provider.stream(client(provider, true));
            let mut out = Vec::new();
            stream.push(&read(&format!("answers/{folder}/{case}.sse")), &mut out);
            stream.finish(&mut out);
            let mut object: Value = serde_json::from_slice(stream.object().unwrap()).unwrap();
            assert_eq!(object["previous_interaction_id"], "v1_before");
            // A stream's other facts have their own tests.
            for body in [&mut whole, &mut object] {
                for member in ["usage", "service_tier", "model"] {
                    body.as_object_mut().unwrap().shift_remove(member);
                }
            }
            if provider != ProviderKind::Gemini {
                (object, whole) = (without_sources(object), without_sources(whole));
            }
            assert_eq!(object, whole, "{folder}/{case}");
        }
    }
}

/// What is kept is told again as the same stream says it, from any event on.
#[test]
fn an_interaction_that_is_kept_is_told_again_as_events() {
    for (provider, folder) in ANSWERS {
        for case in cases(&format!("answers/{folder}"), ".json") {
            let body = read(&format!("answers/{folder}/{case}.json"));
            let object = provider.decode_response(&body, &client(provider, true)).unwrap().body;
            let told = interactions::replay(&object, None).unwrap();
            assert_eq!(facts::streamed(&told), facts::whole(&object), "{folder}/{case}");
            let all = String::from_utf8(told).unwrap();
            let events: Vec<&str> = all.split_inclusive("\n\n").collect();
            for (after, rest) in (1..events.len()).map(|after| (after, events[after..].concat())) {
                let told = interactions::replay(&object, Some(&after.to_string())).unwrap();
                assert_eq!(String::from_utf8(told).unwrap(), rest);
            }
            for wrong in ["", "x", "-1", "9999"] {
                assert_eq!(interactions::replay(&object, Some(wrong)), Err(interactions::NoSuchEvent));
            }
        }
    }
}

#[test]
fn golden_streams_to_interactions_clients() {
    for (folder, case, provider) in [
        ("fixtures", "anthropic_stream", ProviderKind::Anthropic),
        ("fixtures", "anthropic_stream_error", ProviderKind::Anthropic),
        ("anthropic", "parallel_tools", ProviderKind::Anthropic),
        ("answers/openai_responses", "citations", ProviderKind::OpenAiResponses),
        ("answers/anthropic", "reasoning_tool", ProviderKind::Anthropic),
        ("answers/anthropic", "redacted", ProviderKind::Anthropic),
        ("answers/openai_responses", "refusal", ProviderKind::OpenAiResponses),
    ] {
        let body = read(&format!("{folder}/{case}.sse"));
        let stream = translate(provider, client(provider, true), [body.as_slice()]);
        let got = format!("{}--- events\n{}", stream.facts, String::from_utf8(stream.out).unwrap());
        golden(folder, case, "gemini_interactions_client", &got);
    }
}

#[test]
fn golden_streams_of_google() {
    for case in cases("gemini_interactions", ".sse") {
        let body = read(&format!("gemini_interactions/{case}.sse"));
        let stream = translate(ProviderKind::Gemini, client(ProviderKind::Gemini, true), [body.as_slice()]);
        let got = format!("{}--- events\n{}", stream.facts, String::from_utf8(stream.out).unwrap());
        golden("gemini_interactions", &case, "stream", &got);
    }
}

/// Google is told not to keep what Weir keeps; all else passes, unknown members too.
#[test]
fn requests_for_google_itself_pass() {
    for case in cases("gemini_interactions", ".json") {
        let body = String::from_utf8(read(&format!("gemini_interactions/{case}.json"))).unwrap();
        let (sent, dropped) = to_google(&body);
        let mut expected: Value = serde_json::from_str(&body).unwrap();
        expected["model"] = json!("gemini-3.1-pro-preview");
        expected["store"] = json!(false);
        if body.contains("d2Vpci") {
            assert_ne!(sent, expected, "{case}");
            assert_eq!(dropped, ["input[].signature"], "{case}");
            assert!(!sent.to_string().contains("d2Vpci"), "{sent}");
            continue;
        }
        assert_eq!(sent, expected, "{case}");
        assert!(dropped.is_empty());
    }
    let body = asking("\"hi\"", r#","previous_interaction_id":"v1_a","store":true,"future":{"a":[1]}"#);
    assert_eq!(
        to_google(&body).0,
        json!({"model": "gemini-3.1-pro-preview", "store": false, "input": "hi", "future": {"a": [1]}})
    );
}

#[test]
fn state_of_google_and_of_nobody_else_goes_to_google() {
    let body = String::from_utf8(read("gemini_interactions/reasoning_of_text.json")).unwrap();
    let (sent, _) = to_google(&body);
    let states: Vec<_> = sent["input"].as_array().unwrap().iter().map(|step| &step["signature"]).collect();
    assert_eq!(
        states,
        [
            &Value::Null,
            &json!("Z2VtaW5pLW93bg=="),
            &Value::Null,
            &json!("dGV4dC1zdGF0ZQ=="),
            &Value::Null,
            &Value::Null
        ]
    );
    let body = String::from_utf8(read("gemini_interactions/reasoning_three_turns.json")).unwrap();
    let (sent, _) = to_google(&body);
    let kinds: Vec<_> =
        sent["input"].as_array().unwrap().iter().map(|step| step["type"].as_str().unwrap()).collect();
    // What another vendor's model thought before a call is told with the word that stands for no state.
    assert_eq!(kinds[..3], ["user_input", "thought", "function_call"]);
    assert_eq!(sent["input"][1]["signature"], "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=");
    assert_eq!(kinds.iter().filter(|kind| **kind == "thought").count(), 3);
}

/// Complaint: theopenco/llmgateway#2777.
#[test]
fn thoughts_are_shown_to_who_asked_for_them() {
    for (provider, folder) in ANSWERS.iter().filter(|(provider, _)| *provider != ProviderKind::Gemini) {
        let shown = facts_of(*provider, folder, "reasoning", true);
        let hidden = facts_of(*provider, folder, "reasoning", false);
        assert!(!shown.thinking.is_empty() && hidden.thinking.is_empty(), "{folder}");
        assert_eq!((shown.text, shown.state.len()), (hidden.text, hidden.state.len()), "{folder}");
    }
}

#[test]
fn an_answer_has_the_id_that_it_is_kept_by() {
    for (provider, folder) in ANSWERS {
        let (whole, streamed) = both(provider, folder, "text", true);
        let body: Value = serde_json::from_slice(&whole).unwrap();
        assert_eq!(
            (&body["id"], &body["previous_interaction_id"]),
            (&json!("v1_01J0000000"), &json!("v1_before"))
        );
        let streamed = String::from_utf8(streamed).unwrap();
        assert_eq!(streamed.matches(r#""v1_01J0000000""#).count(), 3, "{folder}: {streamed}");
        assert!(!streamed.contains("v1_Chd"), "{streamed}");
    }
}

#[test]
fn mistakes_are_named_by_their_path() {
    let user = r#"{"type":"user_input","content":[{"type":"text","text":"hi"}]}"#;
    let call = r#"{"type":"function_call","id":"a","name":"f","arguments":{}}"#;
    let result = r#"{"type":"function_result","call_id":"a","result":"1"}"#;
    let list = |steps: &[&str]| format!("[{}]", steps.join(","));
    for (input, members, param) in [
        ("null".to_owned(), "", "input"),
        ("7".to_owned(), "", "input"),
        ("\"\"".to_owned(), "", "input"),
        ("[7]".to_owned(), "", "input[0]"),
        ("[{}]".to_owned(), "", "input[0].type"),
        (r#"[{"type":"nonsense"}]"#.to_owned(), "", "input[0].type"),
        (r#"[{"type":"text","text":7}]"#.to_owned(), "", "input[0].text"),
        (r#"[{"type":"video","uri":"https://a/b"}]"#.to_owned(), "", "input[0]"),
        (r#"[{"type":"image","data":"QQ=="}]"#.to_owned(), "", "input[0].mime_type"),
        (r#"[{"type":"image","data":"QQ==","mime_type":"image/tiff"}]"#.to_owned(), "", "input[0]"),
        (r#"[{"type":"image","uri":"files/a","mime_type":"image/png"}]"#.to_owned(), "", "input[0]"),
        (list(&[user, result]), "", "input[1].call_id"),
        (list(&[user, call, result, result]), "", "input[3].call_id"),
        (list(&[user, call, user]), "", "input[1]"),
        (list(&[user, call, call, result]), "", "input[1]"),
        (list(&[user, r#"{"type":"function_call","id":"a","name":"f"}"#]), "", "input[1].arguments"),
        (list(&[user, r#"{"type":"function_result","call_id":"a"}"#]), "", "input[1].result"),
        ("\"a\"".to_owned(), r#","tools":[{"name":"f"}]"#, "tools[0].type"),
        ("\"a\"".to_owned(), r#","tools":[{"type":"function"}]"#, "tools[0].name"),
        ("\"a\"".to_owned(), r#","generation_config":7"#, "generation_config"),
        (
            "\"a\"".to_owned(),
            r#","generation_config":{"temperature":"hot"}"#,
            "generation_config.temperature",
        ),
        (
            "\"a\"".to_owned(),
            r#","generation_config":{"max_output_tokens":-1}"#,
            "generation_config.max_output_tokens",
        ),
        (
            "\"a\"".to_owned(),
            r#","generation_config":{"tool_choice":"any"}"#,
            "generation_config.tool_choice",
        ),
        (
            "\"a\"".to_owned(),
            r#","generation_config":{"thinking_summaries":"loud"}"#,
            "generation_config.thinking_summaries",
        ),
        ("\"a\"".to_owned(), r#","response_format":[7]"#, "response_format[0]"),
        ("\"a\"".to_owned(), r#","system_instruction":7"#, "system_instruction"),
        ("\"a\"".to_owned(), r#","agent":"deep-research-pro-preview-12-2025""#, "agent"),
        ("\"a\"".to_owned(), r#","background":true"#, "background"),
        ("\"a\"".to_owned(), r#","cached_content":"cachedContents/a""#, "cached_content"),
        ("\"a\"".to_owned(), r#","environment":"remote""#, "environment"),
    ] {
        let error = encode(ProviderKind::Anthropic, "claude-sonnet-5", &asking(&input, members)).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(param), "{input}{members}: {}", error.message);
    }
    // Neither agents nor what is answered later pass to Google.
    for members in [r#","agent":"antigravity-preview-05-2026""#, r#","background":true"#] {
        encode(ProviderKind::Gemini, "gemini-3.1-pro-preview", &asking("\"a\"", members)).unwrap_err();
    }
    // An agent is asked for without a model.
    let error =
        encode(ProviderKind::Anthropic, "m", r#"{"agent":"deep-research-pro-preview-12-2025","input":"a"}"#);
    assert_eq!(error.unwrap_err().param.as_deref(), Some("agent"));
}

#[test]
fn what_cannot_be_carried_is_named() {
    let body = String::from_utf8(read("gemini_interactions/left_behind.json")).unwrap();
    let (_, dropped) = to_anthropic(&body);
    for name in [
        "labels",
        "safety_settings",
        "response_modalities",
        "tools[0] (google_search)",
        "input[1] (google_search_call)",
        "input[2] (google_search_result)",
        "generation_config.image_config",
    ] {
        assert!(dropped.iter().any(|dropped| dropped == name), "{name}: {dropped:?}");
    }
    let (_, dropped) =
        to_anthropic(&asking("\"a\"", r#","generation_config":{"seed":7},"store":false,"background":false"#));
    assert_eq!(dropped, ["generation_config.seed"]);
}

#[test]
fn clients_of_the_first_revision_are_told_to_move_on() {
    let body = asking("\"hi\"", "");
    let with = |revision: &'static str| {
        let peek = request::peek(DIALECT, body.as_bytes(), Address::default()).unwrap();
        peek.with_headers(DIALECT, &move |name| (name == "api-revision").then(|| revision.to_owned()))
    };
    assert!(with("2026-05-07").unwrap_err().message.contains("steps"));
    let peek = with("2026-05-20").unwrap();
    let sent = ProviderKind::Gemini
        .encode_request(DIALECT, body.as_bytes(), &peek, &Target::new("m", None))
        .unwrap();
    assert!(sent.headers.contains(&("api-revision".into(), "2026-05-20".to_owned())));
}

#[test]
fn every_cut_of_googles_own_streams_gives_the_same() {
    let own = cases("gemini_interactions", ".sse")
        .into_iter()
        .map(|case| format!("gemini_interactions/{case}.sse"));
    let answers = cases("answers/gemini_interactions", ".sse").into_iter();
    for file in own.chain(answers.map(|case| format!("answers/gemini_interactions/{case}.sse"))) {
        let body = read(&file);
        let ctx = || client(ProviderKind::Gemini, true);
        let whole = translate(ProviderKind::Gemini, ctx(), [body.as_slice()]);
        for at in 0..=body.len() {
            let (front, back) = body.split_at(at);
            assert_eq!(translate(ProviderKind::Gemini, ctx(), [front, back]), whole, "{file} cut at {at}");
        }
        assert_eq!(translate(ProviderKind::Gemini, ctx(), body.chunks(1)), whole, "{file}");
    }
}

proptest! {
    #[test]
    fn damaged_streams_of_google_are_harmless(
        which in any::<prop::sample::Index>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let all = cases("answers/gemini_interactions", ".sse");
        let mut body = read(&format!("answers/gemini_interactions/{}.sse", all[which.index(all.len())]));
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let mut stream = ProviderKind::Gemini.stream(client(ProviderKind::Gemini, true));
        let mut out = Vec::new();
        stream.push(&body, &mut out);
        stream.finish(&mut out);
        if let Some(object) = stream.object() {
            prop_assert!(serde_json::from_slice::<Value>(object).is_ok(), "{}", String::from_utf8_lossy(object));
        }
    }
}
