//! Requests: nothing that the client said is lost without a word, and vendors' prefix caches stay warm.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use llm::{Dialect, Encoded, ProviderKind, RequestError};
use serde_json::{Value, json};

use crate::matrix::{DIALECTS, PROVIDERS, encode, encode_body};
use crate::support::{cases, path, read};

/// A case of every dialect that has it, for every provider.
fn sent(
    case: &str,
    mut check: impl FnMut(&str, Dialect, ProviderKind, &[u8], Result<Encoded, RequestError>),
) {
    let mut seen = 0;
    for (dialect, folder) in DIALECTS {
        if !cases(folder, ".json").iter().any(|there| there == case) {
            continue;
        }
        for behind in PROVIDERS {
            let body = read(&format!("{folder}/{case}.json"));
            let name = format!("{folder}/{case} to {}", behind.1);
            check(&name, dialect, behind.0, &body, encode(dialect, case, behind));
            seen += 1;
        }
    }
    assert!(seen >= 27, "{case} was sent only {seen} times");
}

/// All objects in a body, however deep.
fn objects<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(members) => {
            found.push(value);
            members.values().for_each(|member| objects(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
        _ => {}
    }
}

/// How many results of tools a provider's request has, in the form of its path.
fn results(provider: ProviderKind, path: &str, body: &[u8]) -> usize {
    let body: Value = serde_json::from_slice(body).unwrap();
    let mut all = Vec::new();
    objects(&body, &mut all);
    let is_result = |object: &&&Value| match provider {
        _ if path == "/interactions" => object["type"] == "function_result",
        ProviderKind::Anthropic => object["type"] == "tool_result",
        ProviderKind::Bedrock => object["toolResult"].is_object(),
        ProviderKind::Gemini | ProviderKind::Vertex => object["functionResponse"].is_object(),
        ProviderKind::OpenAiResponses if path == "/responses" => object["type"] == "function_call_output",
        _ => object["role"] == "tool",
    };
    all.iter().filter(is_result).count()
}

/// Complaint: agentgateway/agentgateway#907, agentgateway/agentgateway#1358.
#[test]
fn results_of_tools_stay_results_of_tools() {
    sent("parallel_results", |name, _, provider, _, encoded| {
        let encoded = encoded.unwrap();
        assert!(results(provider, &encoded.path, &encoded.body) >= 2, "{name}");
    });
}

/// Complaint: gravitee-io/issues#11601, api7/aisix#170.
#[test]
fn no_tool_is_left_out() {
    sent("tools", |name, _, _, _, encoded| {
        let body = String::from_utf8(encoded.unwrap().body).unwrap();
        assert!(body.contains("get_weather"), "{name}: {body}");
    });
}

/// Complaint: agentgateway/agentgateway#2312.
#[test]
fn no_picture_or_file_is_left_out_in_silence() {
    for case in ["image_base64", "image_url", "file_pdf", "file_text", "tool_image_result"] {
        for (dialect, folder) in DIALECTS {
            if !cases(folder, ".json").iter().any(|there| there == case) {
                continue;
            }
            let asked = String::from_utf8(read(&format!("{folder}/{case}.json"))).unwrap();
            let media = media(&asked);
            assert!(!media.is_empty(), "{folder}/{case} has nothing to carry");
            for behind in PROVIDERS {
                let name = format!("{folder}/{case} to {}", behind.1);
                match encode(dialect, case, behind) {
                    Ok(encoded) => carried(&name, &media, &encoded.body),
                    Err(error) => assert!(error.param.is_some_and(|place| !place.is_empty()), "{name}"),
                }
            }
        }
    }
}

/// A file of text may go as the text that it is, or the other way round.
fn carried(name: &str, media: &[String], body: &[u8]) {
    let body = std::str::from_utf8(body).unwrap();
    for one in media {
        let quoted = serde_json::to_string(one).unwrap();
        let encoded = BASE64.encode(one);
        let decoded = BASE64.decode(one).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let decoded = decoded.map(|text| serde_json::to_string(&text).unwrap());
        let forms = [Some(quoted), Some(encoded), decoded];
        let there = forms.iter().flatten().any(|form| body.contains(form.trim_matches('"')));
        assert!(there, "{name}: {one} is not in {body}");
    }
}

/// Addresses of pictures and files in a request, and base64 of them.
fn media(body: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(body).unwrap();
    let mut all = Vec::new();
    objects(&value, &mut all);
    let mut found = Vec::new();
    for object in all {
        for (name, member) in object.as_object().unwrap() {
            let texts: Vec<&str> = match member {
                Value::Array(items) if name == "images" => items.iter().filter_map(Value::as_str).collect(),
                member => member.as_str().into_iter().collect(),
            };
            for text in texts {
                let named = [
                    "data",
                    "bytes",
                    "file_data",
                    "url",
                    "image_url",
                    "fileUri",
                    "file_uri",
                    "file_url",
                    "uri",
                    "images",
                ];
                if named.contains(&name.as_str()) {
                    found.push(text.rsplit_once("base64,").map_or(text, |(_, data)| data).to_owned());
                }
            }
        }
    }
    found
}

/// Complaint: agentgateway/agentgateway#2628.
#[test]
fn cache_markers_are_carried_or_named() {
    sent("cache_markers", |name, dialect, provider, body, encoded| {
        let encoded = encoded.unwrap();
        let (asked, sent) =
            (String::from_utf8_lossy(body).into_owned(), String::from_utf8(encoded.body).unwrap());
        let count =
            |text: &str| text.matches("\"cache_control\"").count() + text.matches("\"cachePoint\"").count();
        if matches!(provider, ProviderKind::Anthropic | ProviderKind::Bedrock) {
            let breakpoints = asked.matches("\"prompt_cache_breakpoint\"").count();
            assert_eq!(count(&sent), count(&asked) + breakpoints, "{name}: {sent}");
        } else if !passes(dialect, provider) && count(&sent) == 0 && !sent.contains("prompt_cache_breakpoint")
        {
            let named = encoded.dropped.iter().any(|path| path.contains("cache"));
            assert!(named, "{name}: {:?}", encoded.dropped);
        }
    });
}

/// Complaint: BerriAI/litellm#35908, BerriAI/litellm#36079.
#[test]
fn what_stays_the_same_stands_before_what_changes() {
    sent("tools", |name, dialect, provider, body, encoded| {
        let encoded = encoded.unwrap();
        if encoded.body.len().abs_diff(body.len()) < 40 && passes(dialect, provider) {
            return;
        }
        let sent = String::from_utf8(encoded.body).unwrap();
        let at = |names: &[&str]| names.iter().find_map(|name| sent.find(&format!("\"{name}\":")));
        let tools = at(&["tools", "toolConfig"]).unwrap();
        let messages = at(&["messages", "contents", "input"]).unwrap();
        let first = match provider {
            // Anthropic's cache and those made like it begin with the tools.
            ProviderKind::Anthropic | ProviderKind::Bedrock => tools < messages,
            _ => true,
        };
        assert!(first, "{name}: {sent}");
    });
}

/// Complaint: BerriAI/litellm#40128.
#[test]
fn the_order_of_members_changes_nothing_that_is_sent() {
    for case in ["text", "multi_turn", "sampling", "system"] {
        for (dialect, folder) in DIALECTS {
            let Ok(body) = std::fs::read(path(&format!("{folder}/{case}.json"))) else { continue };
            let whole: Value = serde_json::from_slice(&body).unwrap();
            let turned = turned(&whole);
            assert_eq!(serde_json::from_str::<Value>(&turned).unwrap(), whole);
            for behind in PROVIDERS.into_iter().filter(|behind| !passes(dialect, behind.0)) {
                let sent = |body: &[u8]| encode_body(dialect, case, body, behind).unwrap();
                let (first, second) = (sent(&body), sent(turned.as_bytes()));
                let read = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap();
                assert_eq!(read(&first.body), read(&second.body), "{folder}/{case} to {}", behind.1);
                // What passes keeps its bytes, line breaks and all.
                if !first.body.contains(&b'\n') {
                    assert_eq!(first, second, "{folder}/{case} to {}", behind.1);
                }
            }
        }
    }
}

/// A model sees the parameters of a tool in the order in which they are written.
#[test]
fn the_parameters_of_a_tool_keep_their_order() {
    let names = ["zeta", "alpha", "mid"];
    let mut seen = 0;
    for (dialect, folder) in DIALECTS {
        if !cases(folder, ".json").iter().any(|there| there == "tools") {
            continue;
        }
        let mut whole: Value = serde_json::from_slice(&read(&format!("{folder}/tools.json"))).unwrap();
        rename(&mut whole, &names);
        let body = whole.to_string();
        for behind in PROVIDERS {
            let sent = encode_body(dialect, "tools", body.as_bytes(), behind).unwrap().body;
            let sent: Value = serde_json::from_slice(&sent).unwrap();
            let mut all = Vec::new();
            objects(&sent, &mut all);
            let found = all.iter().filter_map(|object| object.get("properties")?.as_object());
            let found = found.filter(|all| !all.is_empty());
            let found: Vec<Vec<&String>> = found.map(|all| all.keys().collect()).collect();
            assert!(
                !found.is_empty() && found.iter().all(|all| *all == names),
                "{folder} to {}: {found:?}",
                behind.1
            );
            seen += 1;
        }
    }
    assert!(seen >= 63, "{seen}");
}

/// Gives every object of a schema properties of these names.
fn rename(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("properties", Value::Object(properties)) => {
                        *properties = names
                            .iter()
                            .map(|name| ((*name).to_owned(), json!({"type": "string"})))
                            .collect();
                    }
                    ("required", required) => *required = json!(names),
                    (_, member) => rename(member, names),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        _ => {}
    }
}

/// A body with the members of every object in the opposite order.
fn turned(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                [Value::from(name.as_str()).to_string(), turned(value)].join(":")
            };
            ["{", &members.iter().rev().map(member).collect::<Vec<_>>().join(","), "}"].concat()
        }
        Value::Array(items) => ["[", &items.iter().map(turned).collect::<Vec<_>>().join(","), "]"].concat(),
        _ => value.to_string(),
    }
}

/// Whether the provider speaks the dialect, so that the client's own order stays.
fn passes(dialect: Dialect, provider: ProviderKind) -> bool {
    matches!(
        (dialect, provider),
        (Dialect::Anthropic, ProviderKind::Anthropic)
            | (Dialect::Bedrock, ProviderKind::Bedrock)
            | (Dialect::Gemini, ProviderKind::Gemini | ProviderKind::Vertex)
            | (Dialect::OpenAiChat, ProviderKind::OpenAiCompatible)
            | (Dialect::OpenAiResponses, ProviderKind::OpenAiResponses)
            | (Dialect::Cohere, ProviderKind::Cohere)
            | (Dialect::Ollama, ProviderKind::Ollama)
    )
}
