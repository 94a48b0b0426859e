use super::*;

fn names(live: Live, message: &str) -> Vec<(String, String)> {
    let said = live.said(message.as_bytes()).unwrap();
    said.models.into_iter().map(|named| (named.path, named.name)).collect()
}

#[test]
fn models_are_found_wherever_they_stand_and_replaced_there() {
    let message = r#"{"event_id":"e1","session":{"type":"realtime","model" : "a\u0062","audio":{"input":{"transcription":{"language":"de","model":"w"}}}},"type":"session.update"}"#;
    let said = Live::OpenAi.said(message.as_bytes()).unwrap();
    assert_eq!((said.asks, said.id.as_deref()), (Asks::Setup, Some("e1")));
    let found: Vec<_> =
        said.models.iter().map(|m| (m.path.as_str(), m.name.as_str(), m.transcribes)).collect();
    assert_eq!(
        found,
        [("session.model", "ab", false), ("session.audio.input.transcription.model", "w", true)]
    );
    let renamed = said.renamed(message.as_bytes(), &["up \"1\"".into(), "up-w".into()]);
    let expect = message.replace(r#""a\u0062""#, r#""up \"1\"""#).replace(r#""w""#, r#""up-w""#);
    assert_eq!(String::from_utf8(renamed).unwrap(), expect);
    let before =
        r#"{"type":"transcription_session.update","session":{"input_audio_transcription":{"model":"w"}}}"#;
    let place = "session.input_audio_transcription.model".to_owned();
    assert_eq!(names(Live::OpenAi, before), [(place, "w".to_owned())]);
    let create = r#"{"type":"response.create","response":{"model":"other"}}"#;
    assert_eq!(names(Live::OpenAi, create), [("response.model".to_owned(), "other".to_owned())]);
    let setup = r#"{"setup":{"model":"models/m","generationConfig":{}}}"#;
    assert_eq!(names(Live::Gemini, setup), [("setup.model".to_owned(), "models/m".to_owned())]);
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    for (live, message, what) in [
        (Live::OpenAi, r#"{"type":"a","type":"session.update"}"#, "type: it is there twice"),
        (Live::OpenAi, r#"{"type":"a","\u0074ype":"b"}"#, "type: it is there twice"),
        (
            Live::OpenAi,
            r#"{"type":"x","session":{"model":"a","model":"b"}}"#,
            "session.model: it is there twice",
        ),
        (Live::OpenAi, r#"{"type":"x","session":{"model":{}}}"#, "session.model"),
        (Live::OpenAi, r#"{"session":{}}"#, "type"),
        (Live::OpenAi, "[]", "no JSON object"),
        (Live::OpenAi, r#"{"type":"x"} {}"#, "after the end"),
        (Live::Gemini, r#"{"clientContent":{},"client_content":{}}"#, "it is there twice"),
        (Live::Gemini, r#"{"setup":{"model":7}}"#, "setup.model"),
        (Live::Gemini, "{", "not valid JSON"),
    ] {
        let error = live.said(message.as_bytes()).unwrap_err();
        let told = format!("{}: {}", error.param.unwrap_or_default(), error.message);
        assert!(told.contains(what), "{message}: {told}");
    }
    assert!(Live::OpenAi.said(b"\xff").is_err());
}

#[test]
fn turns_are_told_from_what_only_adds_to_them() {
    let asks = |live: Live, message: &str| live.said(message.as_bytes()).unwrap().asks;
    for (message, expect) in [
        (r#"{"type":"response.create"}"#, Asks::Turn),
        (r#"{"type":"conversation.item.create","item":{}}"#, Asks::Other),
        (r#"{"type":"input_audio_buffer.append","audio":"AAAA"}"#, Asks::Media),
        (r#"{"type":"something.new"}"#, Asks::Other),
    ] {
        assert_eq!(asks(Live::OpenAi, message), expect, "{message}");
    }
    for (message, expect) in [
        (r#"{"client_content":{"turns":[],"turn_complete":true}}"#, Asks::Turn),
        (r#"{"clientContent":{"turns":[]}}"#, Asks::Other),
        (r#"{"realtimeInput":{"audio":{"data":"AA"}}}"#, Asks::Media),
        (r#"{"toolResponse":{"functionResponses":[]}}"#, Asks::Other),
        (r#"{"setup":{}}"#, Asks::Setup),
    ] {
        assert_eq!(asks(Live::Gemini, message), expect, "{message}");
    }
}

#[test]
fn usage_of_a_response_has_its_sound_and_its_cache_apart() {
    let done = r#"{"type":"response.done","response":{"id":"resp_1","status":"completed","output":[],"usage":{
        "total_tokens":130,"input_tokens":100,"output_tokens":30,
        "input_token_details":{"text_tokens":40,"audio_tokens":60,"cached_tokens":50,"cached_tokens_details":{"text_tokens":20,"audio_tokens":30}},
        "output_token_details":{"text_tokens":10,"audio_tokens":20}}}}"#;
    let heard = Live::OpenAi.heard(done.as_bytes());
    let usage =
        Usage { input: 100, output: 30, cache_read: 50, audio_in: 30, audio_out: 20, ..Usage::default() };
    assert_eq!(heard.usage, Some(usage));
    assert_eq!((heard.turn.as_deref(), heard.ended, heard.failed), (Some("resp_1"), Some("stop"), false));
    let cut = r#"{"type":"response.done","response":{"id":"r","status":"incomplete","status_details":{"reason":"max_output_tokens"},"usage":null}}"#;
    let heard = Live::OpenAi.heard(cut.as_bytes());
    assert_eq!((heard.ended, heard.usage), (Some("length"), None));
    let failed = r#"{"type":"response.done","response":{"status":"failed"}}"#;
    assert!(Live::OpenAi.heard(failed.as_bytes()).failed);
    let message = r#"{"usageMetadata":{"promptTokenCount":70,"responseTokenCount":20,"totalTokenCount":93,"thoughtsTokenCount":3,
        "promptTokensDetails":[{"modality":"AUDIO","tokenCount":58},{"modality":"TEXT","tokenCount":12}],
        "responseTokensDetails":[{"modality":"AUDIO","tokenCount":20}]},"serverContent":{"turnComplete":true}}"#;
    let heard = Live::Gemini.heard(message.as_bytes());
    let usage =
        Usage { input: 70, output: 23, reasoning: 3, audio_in: 58, audio_out: 20, ..Usage::default() };
    assert_eq!((heard.usage, heard.ended), (Some(usage), Some("stop")));
}

#[test]
fn what_is_said_is_counted_and_what_is_written_down_told_apart() {
    let heard = |message: &str| Live::OpenAi.heard(message.as_bytes());
    let text = heard(r#"{"type":"response.output_text.delta","response_id":"r","delta":"abc"}"#);
    assert_eq!((text.turn.as_deref(), text.text, text.content), (Some("r"), 3, true));
    let sound = heard(r#"{"type":"response.output_audio.delta","response_id":"r","delta":"AAAA"}"#);
    assert_eq!((sound.text, sound.content), (0, true));
    let seconds = heard(
        r#"{"type":"conversation.item.input_audio_transcription.completed","usage":{"type":"duration","seconds":1.5}}"#,
    );
    let of_time = Usage { millis: 1_500, ..Usage::default() };
    assert_eq!((seconds.transcribed, seconds.usage), (true, Some(of_time)));
    let tokens = heard(
        r#"{"type":"conversation.item.input_audio_transcription.completed","usage":{"type":"tokens","input_tokens":9,"output_tokens":2}}"#,
    );
    assert_eq!(tokens.usage.map(|usage| usage.input), Some(9));
    let refused = heard(r#"{"type":"error","error":{"event_id":"e1","message":"no"}}"#);
    assert_eq!(refused.refused.as_deref(), Some("e1"));
    assert_eq!(heard("nonsense"), Heard::default());
    let gemini =
        Live::Gemini.heard(br#"{"serverContent":{"modelTurn":{"parts":[{"text":"ab"},{"inlineData":{}}]}}}"#);
    assert_eq!((gemini.speaks, gemini.text, gemini.ended), (true, 2, None));
}

#[test]
fn sessions_open_where_their_vendors_have_them() {
    let path = |live: Live, kind, base| live.path(kind, &Target::new("m 1", None).at(base), "v1alpha");
    for (kind, base, expect) in [
        (ProviderKind::OpenAiCompatible, "/v1", Some("/v1/realtime?model=m%201")),
        (ProviderKind::Azure, "", Some("/openai/v1/realtime?model=m%201")),
        (ProviderKind::Azure, "/openai", Some("/openai/v1/realtime?model=m%201")),
        (ProviderKind::Azure, "/x/openai/v1", Some("/x/openai/v1/realtime?model=m%201")),
        (ProviderKind::Azure, "/openai/deployments/d", None),
        (ProviderKind::Anthropic, "/v1", None),
    ] {
        assert_eq!(path(Live::OpenAi, kind, base).as_deref(), expect, "{base}");
    }
    let at = "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent";
    assert_eq!(path(Live::Gemini, ProviderKind::Gemini, "/v1beta").as_deref(), Some(at));
    assert_eq!(path(Live::Gemini, ProviderKind::Gemini, "/g/v1beta"), Some(format!("/g{at}")));
    assert_eq!(path(Live::Gemini, ProviderKind::Gemini, ""), Some(at.to_owned()));
    let base = "/v1/projects/p/locations/l";
    let at = "/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent";
    assert_eq!(path(Live::Gemini, ProviderKind::Vertex, base).as_deref(), Some(at));
    let model = |kind, base| Live::Gemini.model(kind, &Target::new("g", None).at(base));
    assert_eq!(model(ProviderKind::Gemini, ""), "models/g");
    assert_eq!(model(ProviderKind::Vertex, base), "projects/p/locations/l/publishers/google/models/g");
    assert_eq!(path(Live::Gemini, ProviderKind::OpenAiCompatible, "/v1"), None);
}

#[test]
fn errors_are_told_in_the_words_of_the_wire() {
    let error = ApiError::new(404, ErrorKind::NotFound, "no \"x\"")
        .with_code("model_not_found")
        .with_param("session.model");
    let told = Live::OpenAi.error(&error, Some("e1"), "event_1").unwrap();
    let expect = r#"{"type":"error","event_id":"event_1","error":{"type":"invalid_request_error","code":"model_not_found","message":"no \"x\"","param":"session.model","event_id":"e1"}}"#;
    assert_eq!(String::from_utf8(told).unwrap(), expect);
    assert_eq!(Live::Gemini.error(&error, None, ""), None);
    assert_eq!((Live::OpenAi.close_code(&error), Live::Gemini.close_code(&error)), (1008, 1008));
    let cancel = Live::OpenAi.cancel(Some("r")).unwrap();
    assert_eq!(cancel, br#"{"type":"response.cancel","response_id":"r"}"#);
}
