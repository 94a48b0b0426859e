//! Converse, as clients speak it: passed to Bedrock, and translated for others.

use std::fmt::Write as _;

use llm::request::{self, Address, Peek};
use llm::{
    ApiError, ClientError, Context, Dialect, Encoded, ErrorKind, FinishReason, ModelEntry, ProviderKind,
    RequestError, StreamEnd, Target,
};
use serde_json::{Value, json};

use crate::facts;
use crate::support::{cases, context, golden, pretty, read, translate};

const FOLDER: &str = "bedrock_converse";
const MODEL: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn peek(body: &[u8], stream: bool) -> Result<Peek, RequestError> {
    request::peek(
        Dialect::Bedrock,
        body,
        Address { model: Some("smart"), stream: Some(stream), array: false },
    )
}

fn asked() -> Context {
    Context { dialect: Dialect::Bedrock, ..context(true) }
}

fn encode(provider: ProviderKind, body: &[u8]) -> Result<Encoded, RequestError> {
    let model = if provider == ProviderKind::Bedrock { MODEL } else { "claude-sonnet-4-5" };
    let target = Target { native_json_schema: true, max_output: Some(64_000), ..Target::new(model, None) };
    let encoded = provider.encode_request(Dialect::Bedrock, body, &peek(body, false).unwrap(), &target);
    assert_eq!(
        provider.encode_request(Dialect::Bedrock, body, &peek(body, false).unwrap(), &target),
        encoded
    );
    encoded
}

// === Requests

#[test]
fn to_bedrock_every_byte_passes() {
    for case in cases(FOLDER, ".json") {
        let body = read(&format!("{FOLDER}/{case}.json"));
        let encoded = encode(ProviderKind::Bedrock, &body).unwrap();
        assert_eq!(encoded.path, "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse");
        if case == "reasoning_foreign" {
            assert_eq!(encoded.dropped, ["messages[].content[].reasoningContent"]);
            let (sent, told): (Value, Value) =
                (serde_json::from_slice(&encoded.body).unwrap(), serde_json::from_slice(&body).unwrap());
            assert_eq!(sent["messages"][1]["content"], json!([told["messages"][1]["content"][2]]));
            assert_eq!(sent["messages"][3]["content"], json!([{"text": "18 degrees."}]));
            assert_eq!(sent["toolConfig"], told["toolConfig"]);
        } else {
            assert_eq!((&encoded.body, encoded.dropped.len()), (&body, 0), "{case}");
        }
    }
}

#[test]
fn the_address_tells_model_and_stream() {
    let body =
        br#"{"messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{"maxTokens":9}}"#;
    let peek = peek(body, true).unwrap();
    assert_eq!((peek.model.as_str(), peek.stream, peek.max_tokens), ("smart", true, Some(9)));
    let target = Target::new("m/1", None);
    let encoded = ProviderKind::Bedrock.encode_request(Dialect::Bedrock, body, &peek, &target).unwrap();
    assert_eq!(encoded.path, "/model/m%2F1/converse-stream");
    assert!(request::peek(Dialect::Bedrock, body, Address::default()).is_err());
}

fn check(body: &str, param: &str, code: &str) {
    let error = peek(body.as_bytes(), false).and_then(|_| encode(ProviderKind::Anthropic, body.as_bytes()));
    let error = error.unwrap_err();
    assert_eq!((error.param.as_deref(), error.code), (Some(param), Some(code)), "{body}: {error}");
    assert!(error.message.contains(param), "{error}");
}

#[test]
fn mistakes_are_named_by_their_path() {
    let message = |content: &str| format!(r#"{{"messages":[{{"role":"user","content":[{content}]}}]}}"#);
    let rest =
        |rest: &str| format!(r#"{{"messages":[{{"role":"user","content":[{{"text":"hi"}}]}}],{rest}}}"#);
    check(r#"{"messages":{}}"#, "messages", "invalid_type");
    check(r#"{"messages":[5]}"#, "messages[0]", "invalid_type");
    check(r#"{"messages":[{"role":"king","content":[]}]}"#, "messages[0].role", "invalid_value");
    check(r#"{"messages":[{"role":"user"}]}"#, "messages[0].content", "missing_required_parameter");
    check(&message(r#"{"text":"a","image":{}}"#), "messages[0].content[0]", "invalid_value");
    check(&message("{}"), "messages[0].content[0]", "invalid_value");
    check(&message(r#"{"text":5}"#), "messages[0].content[0].text", "invalid_type");
    check(&message(r#"{"video":{}}"#), "messages[0].content[0].video", "unsupported_value");
    let image = message(r#"{"image":{"format":"bmp","source":{"bytes":"AA=="}}}"#);
    check(&image, "messages[0].content[0].image.format", "unsupported_value");
    let file = message(r#"{"document":{"format":"txt","name":"n","source":{"bytes":"?"}}}"#);
    check(&file, "messages[0].content[0].document.source.bytes", "invalid_value");
    check(
        &message(r#"{"cachePoint":{"type":"default"}}"#),
        "messages[0].content[0].cachePoint",
        "invalid_value",
    );
    let call = message(r#"{"toolUse":{"toolUseId":"a","name":"f","input":{}}}"#);
    check(&call, "messages[0].content[0].toolUse", "invalid_value");
    check(&rest(r#""inferenceConfig":{"maxTokens":"9"}"#), "inferenceConfig.maxTokens", "invalid_type");
    check(
        &rest(r#""inferenceConfig":{"stopSequences":[1]}"#),
        "inferenceConfig.stopSequences[0]",
        "invalid_type",
    );
    check(
        &rest(r#""toolConfig":{"tools":[{"systemTool":{"name":"x"}}]}"#),
        "toolConfig.tools[0].systemTool",
        "unsupported_value",
    );
    let named = r#""toolConfig":{"tools":[],"toolChoice":{"tool":{"name":"x"}}}"#;
    check(&rest(named), "toolConfig.toolChoice.tool.name", "invalid_value");
    for schema in ["\"{\"", "\"[1]\"", "5"] {
        let format = format!(
            r#""outputConfig":{{"textFormat":{{"type":"json_schema","structure":{{"jsonSchema":{{"schema":{schema}}}}}}}}}"#
        );
        let code = if schema == "5" { "invalid_type" } else { "invalid_value" };
        check(&rest(&format), "outputConfig.textFormat.structure.jsonSchema.schema", code);
    }
}

/// agentgateway/agentgateway#907, agentgateway/agentgateway#2403: orphans and doubles of calls and results are the
/// client's mistake, and told as such.
#[test]
fn calls_and_results_must_belong_together() {
    let user = r#"{"role":"user","content":[{"text":"hi"}]}"#;
    let call = |id: &str| format!(r#"{{"toolUse":{{"toolUseId":"{id}","name":"f","input":{{}}}}}}"#);
    let calls = |calls: &[&str]| format!(r#"{{"role":"assistant","content":[{}]}}"#, calls.join(","));
    let result = |id: &str| format!(r#"{{"toolResult":{{"toolUseId":"{id}","content":[]}}}}"#);
    let results = |results: &[&str]| format!(r#"{{"role":"user","content":[{}]}}"#, results.join(","));
    let check = |messages: &[&str], param: &str| {
        check(&format!(r#"{{"messages":[{}]}}"#, messages.join(",")), param, "invalid_value");
    };
    let (a, b) = (call("a"), call("b"));
    let (ra, rb) = (result("a"), result("b"));
    check(&[user, &results(&[&ra])], "messages[1].content[0].toolResult.toolUseId");
    check(&[user, &calls(&[&a]), &results(&[&rb])], "messages[2].content[0].toolResult.toolUseId");
    check(&[user, &calls(&[&a]), &results(&[&ra, &ra])], "messages[2].content[1].toolResult.toolUseId");
    check(&[user, &calls(&[&a, &a])], "messages[1].content[1].toolUse.toolUseId");
    check(&[user, &calls(&[&a, &b]), &results(&[&ra])], "messages[1].content[1].toolUse.toolUseId");
    check(&[user, &calls(&[&a]), user, &calls(&[&b])], "messages[1].content[0].toolUse.toolUseId");
}

#[test]
fn a_files_text_and_schemas_in_strings_are_read() {
    let body = read(&format!("{FOLDER}/json_schema.json"));
    let encoded = encode(ProviderKind::Anthropic, &body).unwrap();
    let sent: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(sent["output_config"]["format"]["schema"]["required"], json!(["name", "age"]));
    // A string elsewhere that looks the same is left alone.
    let told: Value = serde_json::from_slice(&body).unwrap();
    let schema = &told["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"];
    let mut twice = told.clone();
    twice["messages"][0]["content"][0]["text"] = schema.clone();
    let encoded = encode(ProviderKind::Anthropic, twice.to_string().as_bytes()).unwrap();
    let sent: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(sent["messages"][0]["content"], *schema);
}

// === Answers

fn streamed(provider: ProviderKind, file: &str) -> (StreamEnd, Vec<u8>) {
    let outcome = translate(provider, asked(), [read(file).as_slice()]);
    (outcome.end, outcome.out)
}

#[test]
fn golden_answers() {
    for (provider, folder) in
        [(ProviderKind::Anthropic, "answers/anthropic"), (ProviderKind::Gemini, "answers/gemini")]
    {
        for case in cases(folder, ".json") {
            let body = read(&format!("{folder}/{case}.json"));
            let got = provider.decode_response(&body, &asked()).unwrap();
            golden(folder, &case, "bedrock_converse", &pretty(&got.body));
        }
    }
}

#[test]
fn golden_streams() {
    for case in cases("answers/anthropic", ".sse") {
        let (_, out) = streamed(ProviderKind::Anthropic, &format!("answers/anthropic/{case}.sse"));
        let mut got = String::new();
        for (headers, payload) in facts::bedrock::frames(&out) {
            writeln!(got, "{} {payload}", headers[0].1).unwrap();
        }
        golden("answers/anthropic", &case, "bedrock_converse_stream", &got);
    }
}

/// BerriAI/litellm#25561: a call's block streams its arguments, and has them all.
#[test]
fn a_tool_use_block_streams_its_arguments() {
    for case in ["tool_call", "parallel_tools", "tool_no_arguments", "reasoning_tool"] {
        let (end, out) = streamed(ProviderKind::Anthropic, &format!("answers/anthropic/{case}.sse"));
        let frames = facts::bedrock::frames(&out);
        let starts = frames.iter().filter(|(headers, _)| headers[0].1 == "contentBlockStart");
        let facts = facts::bedrock::streamed(&out);
        assert_eq!(
            (end, starts.count(), facts.finish.as_str()),
            (StreamEnd::Complete, facts.calls.len(), "tool_use")
        );
    }
}

#[test]
fn bedrocks_own_answers_pass_byte_for_byte() {
    for (folder, case) in cases("answers/bedrock", ".json")
        .into_iter()
        .map(|case| ("answers/bedrock", case))
        .chain([("fixtures", "bedrock_converse".to_owned())])
    {
        let body = read(&format!("{folder}/{case}.json"));
        let got = ProviderKind::Bedrock.decode_response(&body, &asked()).unwrap();
        let chat = ProviderKind::Bedrock.decode_response(&body, &context(true)).unwrap();
        assert!(got.unchanged && got.body.is_empty());
        assert_eq!((got.usage, got.finish_reason, got.model), (chat.usage, chat.finish_reason, chat.model));
    }
    for case in cases("answers/bedrock", ".bin") {
        let body = read(&format!("answers/bedrock/{case}.bin"));
        let mut stream = ProviderKind::Bedrock.stream(asked());
        let mut out = Vec::new();
        stream.push(&body, &mut out);
        assert!(stream.is_done() && out == body, "{case}");
        assert!(!stream.usage().estimated);
    }
}

#[test]
fn a_passing_stream_ends_as_it_should() {
    let hello = read("bedrock/no_block_stop.bin");
    for (case, end, error) in [
        ("after_the_end", StreamEnd::Complete, None),
        ("bad_json", StreamEnd::Complete, None),
        ("no_usage", StreamEnd::Complete, None),
        ("cut", StreamEnd::Truncated, Some("modelStreamErrorException")),
        ("html", StreamEnd::Truncated, Some("modelStreamErrorException")),
        ("nothing", StreamEnd::Truncated, Some("modelStreamErrorException")),
        ("exception_amid", StreamEnd::Failed, Some("modelStreamErrorException")),
        ("json_error", StreamEnd::Failed, Some("modelStreamErrorException")),
        ("throttled_at_once", StreamEnd::Failed, Some("throttlingException")),
        ("wrong_checksum", StreamEnd::Failed, Some("modelStreamErrorException")),
    ] {
        let (got, out) = streamed(ProviderKind::Bedrock, &format!("bedrock/{case}.bin"));
        let frames = facts::bedrock::frames(&out);
        let last = &frames.last().unwrap().0;
        let exception =
            last.iter().find(|(name, _)| name == ":exception-type").map(|(_, value)| value.as_str());
        assert_eq!((got, exception), (end, error), "{case}");
    }
    assert_eq!(streamed(ProviderKind::Bedrock, "bedrock/no_block_stop.bin").1, hello);
}

#[test]
fn a_stream_that_fails_ends_with_an_exception() {
    let mut stream = ProviderKind::Anthropic.stream(asked());
    let mut out = Vec::new();
    let error = ApiError::new(504, ErrorKind::Timeout, "no word for 30 s");
    stream.fail(&error, &mut out);
    stream.fail(&error, &mut out);
    let expect = ("serviceUnavailableException".to_owned(), "no word for 30 s".to_owned());
    assert_eq!(facts::bedrock::streamed(&out).error, Some(expect));
    assert_eq!(Dialect::Bedrock.stream_media_type(), "application/vnd.amazon.eventstream");
}

/// BerriAI/litellm#16893, BerriAI/litellm#25322: state that Gemini put on a call, and on a text, is given back on the same.
#[test]
fn state_of_other_vendors_travels_in_reasoning_and_comes_back() {
    let body = read("answers/gemini/reasoning_tool.json");
    let answer = ProviderKind::Gemini.decode_response(&body, &asked()).unwrap();
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    let facts = facts::bedrock::whole(answer.to_string().as_bytes());
    assert!(facts.state.iter().any(|state| state.starts_with("weir.gemini.")), "{answer}");
    let id = facts.calls[0].0.clone();
    let next = json!({"messages": [
        {"role": "user", "content": [{"text": "hi"}]},
        answer["output"]["message"],
        {"role": "user", "content": [{"toolResult": {"toolUseId": id, "content": [{"text": "18C"}]}}]},
    ]});
    let next = next.to_string();
    let target = Target::new("gemini-3-pro-preview", None);
    let peek = peek(next.as_bytes(), false).unwrap();
    let sent =
        ProviderKind::Gemini.encode_request(Dialect::Bedrock, next.as_bytes(), &peek, &target).unwrap();
    let sent = String::from_utf8(sent.body).unwrap();
    for state in facts.state {
        let own = state.strip_prefix("weir.gemini.").unwrap();
        assert!(sent.contains(own), "{own} is not in {sent}");
    }
}

/// BerriAI/litellm#14849, QuantumNous/new-api#5003: usage is exclusive here, and its parts make up the total.
#[test]
fn usage_is_told_in_converses_convention() {
    let body = read("answers/anthropic/text.json");
    let got = ProviderKind::Anthropic.decode_response(&body, &asked()).unwrap();
    let facts = facts::bedrock::whole(&got.body);
    assert_eq!((facts.input, facts.output), (Some(got.usage.input), Some(got.usage.output)));
    assert_eq!(got.finish_reason, Some(FinishReason::Stop));
}

// === Errors and models

/// envoyproxy/ai-gateway#1911, envoyproxy/ai-gateway#2546: errors are in the client's own words.
#[test]
fn errors_are_exceptions_by_their_header() {
    for (kind, status, name) in [
        (ErrorKind::InvalidRequest, 400, "ValidationException"),
        (ErrorKind::TooLarge, 400, "ValidationException"),
        (ErrorKind::Authentication, 403, "UnrecognizedClientException"),
        (ErrorKind::Billing, 400, "ServiceQuotaExceededException"),
        (ErrorKind::Permission, 403, "AccessDeniedException"),
        (ErrorKind::NotFound, 404, "ResourceNotFoundException"),
        (ErrorKind::RateLimited, 429, "ThrottlingException"),
        (ErrorKind::Timeout, 408, "ModelTimeoutException"),
        (ErrorKind::Overloaded, 503, "ServiceUnavailableException"),
        (ErrorKind::Server, 500, "InternalServerException"),
    ] {
        let error = ClientError::new(Dialect::Bedrock, ApiError::new(kind.status(), kind, "why \"so\""));
        assert_eq!(error.status, status, "{name}");
        assert_eq!(error.headers, [("x-amzn-errortype", name.to_owned())]);
        assert_eq!(error.body, br#"{"message":"why \"so\""}"#);
    }
    assert!(
        ClientError::new(Dialect::OpenAiChat, ApiError::new(500, ErrorKind::Server, "")).headers.is_empty()
    );
}

#[test]
fn models_are_listed_as_foundation_models() {
    let entry = ModelEntry { id: "smart", created: 0, owned_by: "weir" };
    let list: Value = serde_json::from_slice(&Dialect::Bedrock.encode_models([entry])).unwrap();
    assert_eq!(list["modelSummaries"][0]["modelId"], "smart");
    let one: Value = serde_json::from_slice(&Dialect::Bedrock.encode_model(&entry)).unwrap();
    assert_eq!(one["modelDetails"]["providerName"], "weir");
}

#[test]
fn media_are_not_estimated_as_text() {
    let base64 = "QUFB".repeat(100_000);
    let body = format!(
        r#"{{"messages":[{{"role":"user","content":[{{"image":{{"format":"png","source":{{"bytes":"{base64}"}}}}}}]}}]}}"#
    );
    assert!((1000..1020).contains(&peek(body.as_bytes(), false).unwrap().estimated_tokens()));
}
