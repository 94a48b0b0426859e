//! OpenAI's Realtime and Gemini's Live, through a foreign client's `WebSocket`.

use std::net::TcpStream;

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Error, Message, WebSocket};

use crate::support::{Server, quick};

const GEMINI: &str = "/gemini/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";

pub(crate) struct Socket(WebSocket<TcpStream>);

pub(crate) fn open(server: &Server, path: &str, header: (&'static str, &'static str)) -> Result<Socket, u16> {
    let mut request = format!("ws://sim.test{path}").into_client_request().unwrap();
    request.headers_mut().insert(header.0, HeaderValue::from_static(header.1));
    match tungstenite::client(request, server.connect()) {
        Ok((socket, _)) => Ok(Socket(socket)),
        Err(tungstenite::HandshakeError::Failure(Error::Http(response))) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

impl Socket {
    pub(crate) fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).unwrap();
    }

    pub(crate) fn hear(&mut self) -> Value {
        match self.0.read().unwrap() {
            message @ (Message::Text(_) | Message::Binary(_)) => {
                serde_json::from_slice(&message.into_data()).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }

    /// All up to the event of this type.
    fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut all = Vec::new();
        while all.last().is_none_or(|event: &Value| event["type"] != kind) {
            all.push(self.hear());
        }
        all
    }

    /// All of a turn of Gemini's.
    fn turn(&mut self) -> Vec<Value> {
        let mut all = Vec::new();
        while all.last().is_none_or(|event: &Value| event["serverContent"]["turnComplete"] != true) {
            all.push(self.hear());
        }
        all
    }

    fn closed(&mut self) -> CloseFrame {
        loop {
            match self.0.read().unwrap() {
                Message::Close(Some(frame)) => return frame,
                Message::Close(None) => panic!("no code"),
                _ => {}
            }
        }
    }
}

fn realtime(server: &Server, model: &str) -> Socket {
    open(server, &format!("/openai/v1/realtime?model={model}"), ("authorization", "Bearer sk-1")).unwrap()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[test]
fn a_session_of_text_tells_every_event_and_its_usage() {
    let server = Server::start(quick());
    let mut socket = realtime(&server, "gpt-realtime");
    let created = socket.hear();
    assert_eq!(
        (&created["type"], &created["session"]["model"]),
        (&json!("session.created"), &json!("gpt-realtime"))
    );
    socket.say(
        &json!({"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"]}}),
    );
    assert_eq!(socket.hear()["session"]["output_modalities"], json!(["text"]));
    let item = json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello there"}]});
    socket.say(&json!({"type": "conversation.item.create", "item": item}));
    assert_eq!(
        kinds(&socket.until("conversation.item.done")),
        ["conversation.item.added", "conversation.item.done"]
    );
    socket.say(&json!({"type": "response.create"}));
    let events = socket.until("response.done");
    let names = kinds(&events);
    assert_eq!(names[..3], ["response.created", "response.output_item.added", "response.content_part.added"]);
    let said: String = events
        .iter()
        .filter(|event| event["type"] == "response.output_text.delta")
        .map(|event| event["delta"].as_str().unwrap())
        .collect();
    let response = &events.last().unwrap()["response"];
    assert_eq!(response["output"][0]["content"][0]["text"], json!(said));
    let usage = &response["usage"];
    let count = |name: &str| usage[name].as_u64().unwrap();
    assert!(count("input_tokens") > 0 && count("output_tokens") > 0);
    assert_eq!(count("total_tokens"), count("input_tokens") + count("output_tokens"));
}

#[test]
fn speech_that_ends_begins_a_response_by_itself() {
    let server = Server::start(quick());
    let mut socket = realtime(&server, "gpt-realtime");
    socket.until("session.created");
    let writes = json!({"input": {"transcription": {"model": "gpt-4o-transcribe"}}});
    socket.say(&json!({"type": "session.update", "session": {"type": "realtime", "audio": writes}}));
    // half a second of sound, then as much silence
    let sound = format!("{}{}", "AQEB".repeat(8_000), "AAAA".repeat(8_000));
    socket.say(&json!({"type": "input_audio_buffer.append", "audio": sound}));
    let events = socket.until("response.done");
    let names = kinds(&events);
    for kind in [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "response.output_audio.delta",
        "response.output_audio_transcript.delta",
    ] {
        assert!(names.contains(&kind), "{kind}: {names:?}");
    }
    let written = events
        .iter()
        .find(|event| event["type"] == "conversation.item.input_audio_transcription.completed")
        .unwrap();
    assert_eq!(written["usage"]["input_token_details"]["audio_tokens"], 10);
    let usage = &events.last().unwrap()["response"]["usage"];
    assert_eq!(usage["input_token_details"]["audio_tokens"], 10);
    assert!(usage["output_token_details"]["audio_tokens"].as_u64().unwrap() > 0);
}

#[test]
fn tools_are_called_and_their_results_answered() {
    let server = Server::start(quick());
    let mut socket = realtime(&server, "sim-small");
    socket.until("session.created");
    let tool = json!({"type": "function", "name": "look", "parameters": {"type": "object", "properties": {"at": {"type": "string"}}}});
    socket.say(&json!({"type": "session.update", "session": {"type": "realtime", "tools": [tool], "output_modalities": ["text"]}}));
    let item =
        json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Look"}]});
    socket.say(&json!({"type": "conversation.item.create", "item": item}));
    socket.say(&json!({"type": "response.create"}));
    let events = socket.until("response.done");
    let call = &events.last().unwrap()["response"]["output"][0];
    assert_eq!((&call["type"], &call["name"]), (&json!("function_call"), &json!("look")));
    let result = json!({"type": "function_call_output", "call_id": call["call_id"], "output": "a house"});
    socket.say(&json!({"type": "conversation.item.create", "item": result}));
    socket.say(&json!({"type": "response.create"}));
    let events = socket.until("response.done");
    assert!(
        events.last().unwrap()["response"]["output"][0]["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("a house")
    );
}

#[test]
fn what_a_session_does_not_know_is_told_and_it_goes_on() {
    let server = Server::start(quick());
    let mut socket = realtime(&server, "gpt-realtime");
    socket.until("session.created");
    for (event, code, param) in [
        (json!({"type": "sing", "event_id": "e1"}), "invalid_value", "type"),
        (
            json!({"type": "session.update", "session": {"type": "realtime", "tune": 1}}),
            "unknown_parameter",
            "session.tune",
        ),
        (json!({"type": "session.update", "session": {}}), "missing_required_parameter", "session.type"),
        (
            json!({"type": "session.update", "session": {"type": "realtime", "model": "gpt-5"}}),
            "invalid_value",
            "session.model",
        ),
        (json!({"type": "response.create", "loud": true}), "unknown_parameter", "loud"),
        (
            json!({"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "x", "output": ""}}),
            "invalid_tool_call_id",
            "item.call_id",
        ),
        (json!({"type": "input_audio_buffer.commit"}), "input_audio_buffer_commit_empty", ""),
        (json!({"type": "response.cancel"}), "response_cancel_not_active", ""),
    ] {
        socket.say(&event);
        let told = socket.hear();
        assert_eq!(
            (&told["error"]["code"], &told["error"]["param"]),
            (&json!(code), &json!(param)),
            "{event}"
        );
        assert_eq!(told["error"]["event_id"], event["event_id"]);
    }
    let mut socket = realtime(&server, "gpt-4o");
    assert_eq!(socket.hear()["error"]["code"], "invalid_model");
    assert_eq!(u16::from(socket.closed().code), 4000);
    let refused = |path: &str, key| open(&server, path, ("authorization", key)).err();
    assert_eq!(refused("/openai/v1/realtime?model=gpt-realtime", "Bearer sk-bad"), Some(401));
    assert_eq!(refused("/openai/v1/realtime", "Bearer sk-1"), Some(400));
    assert_eq!(refused("/openai/v1/realtime?model=gpt-realtime%2Bstatus=503", "Bearer sk-1"), Some(503));
}

fn live(server: &Server, setup: &Value) -> Socket {
    let mut socket = open(server, GEMINI, ("x-goog-api-key", "k")).unwrap();
    socket.say(&json!({"setup": setup}));
    socket
}

#[test]
fn a_session_of_geminis_is_set_up_and_answers_turns() {
    let server = Server::start(quick());
    let text =
        json!({"model": "models/gemini-3.8-live", "generationConfig": {"responseModalities": ["TEXT"]}});
    let mut socket = live(&server, &text);
    assert_eq!(socket.hear(), json!({"setupComplete": {}}));
    let content = json!({"turns": [{"role": "user", "parts": [{"text": "Hello"}]}], "turn_complete": true});
    socket.say(&json!({"client_content": content}));
    let turn = socket.turn();
    let said: String =
        turn.iter().filter_map(|m| m["serverContent"]["modelTurn"]["parts"][0]["text"].as_str()).collect();
    assert!(said.contains("Hello"), "{said}");
    let usage = &turn.last().unwrap()["usageMetadata"];
    assert!(
        usage["promptTokenCount"].as_u64().unwrap() > 0 && usage["responseTokenCount"].as_u64().unwrap() > 0
    );
    socket.say(&json!({"realtimeInput": {"text": "And again"}}));
    socket.turn();
}

#[test]
fn geminis_tools_are_called_and_sound_is_heard() {
    let server = Server::start(quick());
    let tool = json!({"functionDeclarations": [{"name": "look", "description": "looks"}]});
    let setup = json!({"model": "models/gemini-2.5-flash-native-audio-latest", "tools": [tool], "outputAudioTranscription": {}, "inputAudioTranscription": {}});
    let mut socket = live(&server, &setup);
    socket.hear();
    let sound = format!("{}{}", "AQEB".repeat(8_000), "AAAA".repeat(8_000));
    socket.say(&json!({"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=16000", "data": sound}}}));
    let heard = socket.hear();
    assert!(heard["serverContent"]["inputTranscription"]["text"].is_string(), "{heard}");
    let called = socket.hear();
    let call = &called["toolCall"]["functionCalls"][0];
    assert_eq!(call["name"], "look");
    assert!(socket.hear()["usageMetadata"]["promptTokenCount"].is_u64());
    let result = json!({"id": call["id"], "name": "look", "response": {"found": "a house"}});
    socket.say(&json!({"toolResponse": {"functionResponses": [result]}}));
    let turn = socket.turn();
    assert!(
        turn.iter().any(|m| m["serverContent"]["modelTurn"]["parts"][0]["inlineData"]["data"].is_string())
    );
    let said: String =
        turn.iter().filter_map(|m| m["serverContent"]["outputTranscription"]["text"].as_str()).collect();
    assert!(said.contains("a house"), "{said}");
}

#[test]
fn what_gemini_does_not_take_closes_the_session() {
    let server = Server::start(quick());
    let setup = json!({"model": "models/gemini-3.8-live"});
    let first = |message: Value| {
        let mut socket = open(&server, GEMINI, ("x-goog-api-key", "k")).unwrap();
        socket.say(&message);
        socket.closed()
    };
    for (message, code, told) in [
        (json!({"clientContent": {}}), 1007, "setup must be the first"),
        (
            json!({"setup": {"model": "models/gemini-3-pro-preview"}}),
            1008,
            "is not found for API version v1beta",
        ),
        (json!({"setup": {"model": "gemini-3.8-live"}}), 1008, "is not found"),
        (json!({"setup": {"model": "models/gemini-3.8-live", "tune": 1}}), 1007, "Unknown name \"tune\""),
        (json!({"setup": {}, "clientContent": {}}), 1007, "invalid argument"),
        (json!([]), 1007, "Invalid"),
    ] {
        let frame = first(message.clone());
        assert_eq!(u16::from(frame.code), code, "{message}: {frame}");
        assert!(frame.reason.contains(told), "{message}: {frame}");
    }
    let mut socket = live(&server, &setup);
    socket.hear();
    socket.say(&json!({"setup": setup}));
    assert_eq!(u16::from(socket.closed().code), 1007);
    assert_eq!(open(&server, GEMINI, ("x-goog-api-key", "bad")).err(), Some(400));
    assert_eq!(open(&server, "/gemini/ws/nothing", ("x-goog-api-key", "k")).err(), Some(404));
}
