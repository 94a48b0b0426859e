use super::*;
use crate::{Carry, Dialect};

const FORMATS: [EmbedFormat; 5] = [
    EmbedFormat::OpenAi,
    EmbedFormat::Cohere,
    EmbedFormat::Gemini,
    EmbedFormat::GeminiBatch,
    EmbedFormat::Ollama,
];

/// A request of each format for the vector of one text.
fn request(format: EmbedFormat) -> &'static str {
    match format {
        EmbedFormat::OpenAi => r#"{"model":"e","input":"h\u00e9","dimensions":2}"#,
        EmbedFormat::Cohere => {
            r#"{"model":"e","texts":["hé"],"input_type":"search_query","embedding_types":["float"],"output_dimension":2}"#
        }
        EmbedFormat::Gemini => {
            r#"{"content":{"parts":[{"text":"hé"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":2}"#
        }
        EmbedFormat::GeminiBatch => {
            r#"{"requests":[{"model":"models/e","content":{"parts":[{"text":"hé"}]},"outputDimensionality":2}]}"#
        }
        EmbedFormat::Ollama => r#"{"model":"e","input":["hé"],"dimensions":2}"#,
    }
}

/// An answer of each format with the vector (0.5, -1).
fn answer(format: EmbedFormat) -> &'static str {
    match format {
        EmbedFormat::OpenAi => {
            r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]}],"model":"e-1","usage":{"prompt_tokens":3,"total_tokens":3}}"#
        }
        EmbedFormat::Cohere => {
            r#"{"id":"x","embeddings":{"float":[[0.5,-1]]},"texts":["hé"],"meta":{"billed_units":{"input_tokens":3.0}}}"#
        }
        EmbedFormat::Gemini => r#"{"embedding":{"values":[0.5,-1]},"usageMetadata":{"promptTokenCount":3}}"#,
        EmbedFormat::GeminiBatch => {
            r#"{"embeddings":[{"values":[0.5,-1]}],"usageMetadata":{"promptTokenCount":3}}"#
        }
        EmbedFormat::Ollama => r#"{"model":"e","embeddings":[[0.5,-1]],"prompt_eval_count":3}"#,
    }
}

fn context(peek: &Peek) -> Context {
    Context::new(Dialect::OpenAiChat, peek, "r", 0, Carry::default())
}

fn scan(format: EmbedFormat, body: &str) -> Result<Peek, RequestError> {
    let in_path = matches!(format, EmbedFormat::Gemini | EmbedFormat::GeminiBatch);
    format.peek(body.as_bytes(), Address { model: in_path.then_some("e"), ..Address::default() })
}

#[test]
fn every_format_reaches_every_other_and_comes_back() {
    for from in FORMATS {
        for to in FORMATS.into_iter().filter(|to| *to != EmbedFormat::Gemini || from == EmbedFormat::Gemini) {
            let peek = scan(from, request(from)).unwrap();
            assert_eq!(peek.model, "e");
            let sent = from.encode(to, request(from).as_bytes(), &peek, "up").unwrap();
            assert!(
                sent.dropped.iter().all(|name| name == "input_type"),
                "{from:?} {to:?} {:?}",
                sent.dropped
            );
            let text = std::str::from_utf8(&sent.body).unwrap();
            // What was sent is what the other format reads.
            let read = to.format().read(&Value::parse(text).unwrap()).unwrap();
            assert_eq!(read.dimensions, Some(2), "{text}");
            assert_eq!(read.texts().unwrap()[0].decode(), "hé", "{text}");
            let got = from.decode(to, answer(to).as_bytes(), &context(&peek), sent.wish).unwrap();
            assert_eq!((got.usage.input, got.usage.estimated), (3, false));
            let body = if got.unchanged { answer(to).as_bytes() } else { &got.body };
            let value = Value::parse(std::str::from_utf8(body).unwrap()).unwrap();
            let mut floats = Vec::new();
            from.format().read_answer(&value).unwrap().list[0].write_floats(&mut floats);
            assert_eq!(floats, b"[0.5,-1]", "{from:?} from {to:?}");
        }
    }
}

#[test]
fn vectors_come_as_base64_if_the_client_wants_them_so() {
    let body = r#"{"model":"e","input":"a","encoding_format":"base64"}"#;
    let peek = scan(EmbedFormat::OpenAi, body).unwrap();
    let sent = EmbedFormat::OpenAi.encode(EmbedFormat::Cohere, body.as_bytes(), &peek, "up").unwrap();
    let got = EmbedFormat::OpenAi
        .decode(EmbedFormat::Cohere, answer(EmbedFormat::Cohere).as_bytes(), &context(&peek), sent.wish)
        .unwrap();
    let value: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(value["data"][0]["embedding"], "AAAAPwAAgL8=");
    let base64 = br#"{"data":[{"index":0,"embedding":"AAAAPwAAgL8="}]}"#;
    let got = EmbedFormat::Ollama.decode(EmbedFormat::OpenAi, base64, &context(&peek), sent.wish).unwrap();
    assert!(got.usage.estimated);
    assert!(String::from_utf8(got.body).unwrap().contains("[[0.5,-1]]"));
}

#[test]
fn what_cannot_be_embedded_is_refused_by_its_path() {
    use EmbedFormat::{Cohere, Gemini, GeminiBatch, Ollama, OpenAi};
    let check = |format: EmbedFormat, to: EmbedFormat, body: &str, param: &str| {
        let refused = scan(format, body).and_then(|peek| format.encode(to, body.as_bytes(), &peek, "up"));
        assert_eq!(refused.unwrap_err().param.as_deref(), Some(param), "{body}");
    };
    check(OpenAi, Cohere, r#"{"model":"e","input":[1,2]}"#, "input[0]");
    check(OpenAi, Ollama, r#"{"model":"e","input":[]}"#, "input");
    check(OpenAi, Ollama, r#"{"model":"e","input":["a",5]}"#, "input[1]");
    check(OpenAi, OpenAi, r#"{"model":"e"}"#, "input");
    check(OpenAi, Cohere, r#"{"model":"e","input":"a","encoding_format":"int8"}"#, "encoding_format");
    check(Cohere, OpenAi, r#"{"model":"e","images":["x"]}"#, "images");
    let batch = r#"{"requests":[{"content":{"parts":[{"text":"a"}]},"taskType":"CLUSTERING"},{"content":{"parts":[{"text":"b"}]}}]}"#;
    check(GeminiBatch, OpenAi, batch, "requests[1]");
    check(Cohere, OpenAi, r#"{"model":"e","texts":["x"],"input_type":"x"}"#, "input_type");
    check(Gemini, OpenAi, r#"{"content":{"parts":[{"inlineData":{}}]}}"#, "content.parts[0].text");
    check(GeminiBatch, OpenAi, r#"{"requests":[{"content":{}}]}"#, "requests[0].content.parts");
}

#[test]
fn answers_of_no_use_are_told() {
    let peek = scan(EmbedFormat::OpenAi, request(EmbedFormat::OpenAi)).unwrap();
    for format in FORMATS {
        for body in ["", "[]", "{}", "{\"data\":1}"] {
            let got = EmbedFormat::OpenAi.decode(format, body.as_bytes(), &context(&peek), Wish::default());
            assert!(got.is_err(), "{format:?} {body}");
        }
    }
}

#[test]
fn what_only_the_vendor_itself_can_do_passes_to_it() {
    let images = r#"{"model":"e","images":["data:x"],"embedding_types":["int8"],"input_type":"image"}"#;
    let peek = scan(EmbedFormat::Cohere, images).unwrap();
    let sent = EmbedFormat::Cohere.encode(EmbedFormat::Cohere, images.as_bytes(), &peek, "up").unwrap();
    assert_eq!(String::from_utf8(sent.body).unwrap(), images.replace("\"e\"", "\"up\""));
    let int8 = br#"{"id":"x","embeddings":{"int8":[[1]]},"meta":{"billed_units":{"images":1}}}"#;
    let got = EmbedFormat::Cohere.decode(EmbedFormat::Cohere, int8, &context(&peek), sent.wish).unwrap();
    assert!(got.unchanged);
    let batch =
        r#"{"requests":[{"taskType":"X","model":"models/e","content":{"parts":[{"text":"a"}]}}],"y":1}"#;
    let peek = scan(EmbedFormat::GeminiBatch, batch).unwrap();
    let sent =
        EmbedFormat::GeminiBatch.encode(EmbedFormat::GeminiBatch, batch.as_bytes(), &peek, "up").unwrap();
    let sent: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(
        (&sent["requests"][0]["model"], &sent["requests"][0]["taskType"]),
        (&"models/up".into(), &"X".into())
    );
}
