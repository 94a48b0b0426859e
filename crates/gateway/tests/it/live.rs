//! Live sessions: whose they are, which models they reach, and what each turn leaves.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use trace::CallRecord;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::server::{Request, Response};
use tungstenite::http::{HeaderName, HeaderValue};
use tungstenite::protocol::CloseFrame;
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::gate::{Gate, caller};
use crate::upstream::Upstream;

/// A provider's side of sessions, each with a thread.
pub(crate) struct Provider {
    pub(crate) addr: SocketAddr,
}

/// One end of a session.
pub(crate) struct Socket(pub(crate) WebSocket<TcpStream>);

impl Provider {
    /// Serves every session by `script`, which is told the head that opened it.
    pub(crate) fn start(script: impl Fn(usize, &Request, &mut Socket) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let (script, count) = (Arc::new(script), Arc::new(AtomicUsize::new(0)));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, count) = (Arc::clone(&script), Arc::clone(&count));
                std::thread::spawn(move || serve(stream.unwrap(), &count, &*script));
            }
        });
        Self { addr }
    }

    /// One that speaks OpenAI's wire: it says each message back within an event, and answers what asks for a response.
    pub(crate) fn openai() -> Self {
        Self::start(|_, _, socket| {
            while let Some(event) = socket.next() {
                if event["type"] == "response.create" {
                    socket.respond("resp_1");
                } else {
                    socket.say(&json!({"type": "heard", "event": event}));
                }
            }
        })
    }
}

/// Answers a handshake and has the session served.
#[expect(clippy::result_large_err, reason = "the library's callback wants it so")]
fn serve(stream: TcpStream, count: &AtomicUsize, script: &dyn Fn(usize, &Request, &mut Socket)) {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut head = None;
    let callback = |request: &Request, response: Response| {
        head = Some(request.clone());
        Ok(response)
    };
    let Ok(socket) = tungstenite::accept_hdr(stream, callback) else { return };
    script(count.fetch_add(1, Ordering::SeqCst), &head.unwrap(), &mut Socket(socket));
}

impl Socket {
    pub(crate) fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).unwrap();
    }

    /// The next message, whatever its form; `None`: it is a close, or there is none.
    pub(crate) fn next(&mut self) -> Option<Value> {
        loop {
            match self.0.read() {
                Ok(message @ (Message::Text(_) | Message::Binary(_))) => {
                    return Some(serde_json::from_slice(&message.into_data()).unwrap());
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub(crate) fn hear(&mut self) -> Value {
        self.next().expect("a message")
    }

    /// The close that comes next, after anything else.
    pub(crate) fn closed(&mut self) -> Option<CloseFrame> {
        loop {
            match self.0.read() {
                Ok(Message::Close(frame)) => return frame,
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// A response of OpenAI's, with sound.
    pub(crate) fn respond(&mut self, id: &str) {
        self.say(&json!({"type": "response.created", "response": {"id": id}}));
        self.say(&json!({"type": "response.output_text.delta", "response_id": id, "delta": "Hi"}));
        let usage = json!({"total_tokens": 1_500, "input_tokens": 1_000, "output_tokens": 500,
            "input_token_details": {"text_tokens": 1_000, "audio_tokens": 0, "cached_tokens": 200},
            "output_token_details": {"text_tokens": 500, "audio_tokens": 0}});
        let response = json!({"id": id, "status": "completed", "output": [], "usage": usage});
        self.say(&json!({"type": "response.done", "response": response}));
    }
}

/// The alias `m` at providers of this kind, and `w`, which writes down; a service that asks for a key.
pub(crate) fn yaml(api: &str, addrs: &[SocketAddr], credential: &str, policies: &str) -> String {
    let base = if api == "gemini" { "v1beta" } else { "v1" };
    let providers = addrs.iter().enumerate().map(|(at, addr)| {
        format!(
            "---\nkind: Provider\nname: p{at}\nspec: {{api: {api}, base_url: \"http://{addr}/{base}\"}}\n\
             ---\nkind: ProviderKey\nname: k{at}\nspec: {{provider: p{at}, secret: {{value: secret-{at}}}}}\n"
        )
    });
    let price = "price: {input: 4, output: 16, cache_read: 0.4}";
    let targets: Vec<String> =
        (0..addrs.len()).map(|at| format!("{{provider: p{at}, model: up-{at}, {price}}}")).collect();
    format!(
        "{}{}---\nkind: ModelAlias\nname: m\nspec: {{targets: [{}]}}\n\
         ---\nkind: ModelAlias\nname: w\nspec: {{targets: [{{provider: p0, model: up-w}}]}}\n\
         ---\nkind: ModelAlias\nname: secret\nspec: {{targets: [{{provider: p0, model: up-secret}}]}}\n\
         ---\nkind: Service\nname: models\nspec: {{backend: {{ai: {{models: [m, w]}}}}, access: {{mode: application}}, policies: [{policies}]}}\n\
         ---\nkind: Route\nname: models\nspec: {{service: models, paths: [\"/*\"]}}\n",
        caller("the-key", credential),
        providers.collect::<String>(),
        targets.join(", "),
    )
}

pub(crate) fn gate(provider: &Provider) -> Gate {
    Gate::start(&yaml("openai", &[provider.addr], "", ""))
}

/// What a handshake is refused with.
type Refused = Box<tungstenite::handshake::client::Response>;

/// Opens a session; else the refusal.
pub(crate) fn try_open(gate: &Gate, path: &str, headers: &[(&str, &str)]) -> Result<Socket, Refused> {
    let mut request = format!("ws://api.example{path}").into_client_request().unwrap();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
    }
    let stream = TcpStream::connect(gate.addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    match tungstenite::client(request, stream) {
        Ok((socket, _)) => Ok(Socket(socket)),
        Err(HandshakeError::Failure(Error::Http(response))) => Err(response),
        Err(other) => panic!("{other}"),
    }
}

pub(crate) const KEY: (&str, &str) = ("authorization", "Bearer the-key");

pub(crate) fn open(gate: &Gate) -> Socket {
    try_open(gate, "/v1/realtime?model=m", &[KEY]).ok().unwrap()
}

/// Closes, and gives the session's record.
pub(crate) fn leave(gate: &Gate, mut socket: Socket) -> CallRecord {
    socket.0.close(None).unwrap();
    socket.closed();
    gate.record()
}

fn cost(record: &CallRecord) -> Option<i64> {
    record.ai.as_ref().unwrap().cost_micros
}

#[test]
fn a_session_is_the_providers_with_its_key_and_model() {
    let provider = Provider::start(|_, head, socket| {
        let field = |name: &str| head.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        socket.say(&json!({"uri": head.uri().to_string(), "key": field("authorization"), "beta": field("openai-beta"),
            "extensions": field("sec-websocket-extensions"), "protocol": field("sec-websocket-protocol"),
            "text": format!("{:?}", head.headers())}));
        socket.closed();
    });
    let gate = gate(&provider);
    let in_protocol = "realtime, openai-insecure-api-key.the-key, openai-beta.realtime-v1";
    let ways: [(&str, Vec<(&str, &str)>); 6] = [
        ("/v1/realtime?model=m", vec![KEY]),
        ("/openai/v1/realtime?model=m", vec![("api-key", "the-key")]),
        ("/openai/realtime?deployment=m&api-version=2025-04-01-preview", vec![("api-key", "the-key")]),
        ("/v1/realtime?model=m&key=the-key", vec![]),
        (
            "/v1/realtime?model=m",
            vec![KEY, ("openai-beta", "realtime=v1"), ("sec-websocket-extensions", "permessage-deflate")],
        ),
        ("/v1/realtime?model=m", vec![("sec-websocket-protocol", in_protocol)]),
    ];
    for (path, headers) in ways {
        let mut socket = try_open(&gate, path, &headers).ok().unwrap();
        let seen = socket.hear();
        assert_eq!(
            (&seen["uri"], &seen["key"]),
            (&json!("/v1/realtime?model=up-0"), &json!("Bearer secret-0")),
            "{path}"
        );
        assert_eq!((&seen["extensions"], &seen["protocol"]), (&Value::Null, &Value::Null));
        assert!(!seen["text"].as_str().unwrap().contains("the-key"), "{seen}");
        let beta = headers.iter().any(|(name, value)| name.contains("beta") || value.contains("beta"));
        assert_eq!(seen["beta"] == "realtime=v1", beta, "{seen}");
        let record = leave(&gate, socket);
        assert_eq!((record.status, record.attempts.len()), (101, 1));
        assert_eq!(&*record.caller.unwrap().application, "shop");
        let ai = record.ai.unwrap();
        assert_eq!(
            (&*ai.dialect, ai.alias.as_deref(), ai.model.as_deref()),
            ("openai_realtime", Some("m"), Some("up-0"))
        );
        assert_eq!(ai.cost_micros, Some(0));
    }
    gate.end();
}

#[test]
fn each_turn_is_a_record_with_its_usage_and_cost() {
    let provider = Provider::openai();
    let gate = gate(&provider);
    let mut socket = open(&gate);
    let mut turns = Vec::new();
    for _ in 0..2 {
        socket.say(&json!({"type": "response.create"}));
        let kinds: Vec<Value> = (0..3).map(|_| socket.hear()["type"].clone()).collect();
        assert_eq!(
            kinds,
            [json!("response.created"), json!("response.output_text.delta"), json!("response.done")]
        );
        turns.push(gate.record());
    }
    let session = leave(&gate, socket);
    for turn in turns {
        assert_eq!(
            (turn.status, turn.trace_id, turn.parent_span_id),
            (200, session.trace_id, Some(session.span_id))
        );
        assert_eq!(&*turn.caller.as_ref().unwrap().application, "shop");
        // 800 at 4, 200 at 0.4 and 500 at 16 dollars a million
        assert_eq!(cost(&turn), Some(3_200 + 80 + 8_000));
        let ai = turn.ai.unwrap();
        assert_eq!(
            (ai.usage.input, ai.usage.output, ai.usage.cache_read, ai.estimated),
            (1_000, 500, 200, false)
        );
        assert_eq!((ai.finish_reason.as_deref(), ai.streamed), (Some("stop"), true));
        assert!(ai.ttft_us.is_some() && turn.bytes_out > 0);
    }
    assert_eq!(cost(&session), Some(0));
    gate.end();
}

#[test]
fn names_of_models_are_resolved_and_no_other_model_is_reached() {
    let provider = Provider::openai();
    let gate = gate(&provider);
    let mut socket = open(&gate);
    let update = |model: &str, writer: &str| {
        json!({"type": "session.update", "event_id": "e1", "session": {"type": "realtime", "model": model,
            "audio": {"input": {"transcription": {"model": writer}}}}})
    };
    socket.say(&update("m", "w"));
    assert_eq!(socket.hear()["event"], update("up-0", "up-w"));
    // a session that the provider told is said back
    socket.say(&update("up-0", "up-w"));
    assert_eq!(socket.hear()["event"], update("up-0", "up-w"));
    let sneaky = json!({"type": "response.create", "response": {"model": "up-secret"}});
    for (event, param) in [
        (update("secret", "w"), "session.model"),
        (update("up-secret", "w"), "session.model"),
        (update("m", "secret"), "session.audio.input.transcription.model"),
        (update("m", "up-secret"), "session.audio.input.transcription.model"),
        (sneaky, "response.model"),
    ] {
        socket.say(&event);
        let error = socket.hear()["error"].clone();
        assert_eq!((&error["code"], &error["param"]), (&json!("model_not_found"), &json!(param)), "{event}");
        assert_eq!(error["event_id"], event["event_id"]);
    }
    let doubled = r#"{"type":"x","type":"response.create"}"#;
    socket.0.send(Message::text(doubled)).unwrap();
    assert_eq!(socket.hear()["error"]["type"], "invalid_request_error");
    // and it goes on
    socket.say(&json!({"type": "any.thing", "kept": [1, 2.50]}));
    assert_eq!(socket.hear()["event"], json!({"type": "any.thing", "kept": [1, 2.50]}));
    leave(&gate, socket);
    gate.end();
}

#[test]
fn what_was_written_down_is_a_record_of_its_own() {
    let provider = Provider::start(|_, _, socket| {
        socket.hear();
        let usage = json!({"type": "tokens", "input_tokens": 14, "output_tokens": 3});
        socket.say(&json!({"type": "conversation.item.input_audio_transcription.completed", "transcript": "hm", "usage": usage}));
        socket.closed();
    });
    let gate = gate(&provider);
    let mut socket = open(&gate);
    socket.say(&json!({"type": "session.update", "session": {"audio": {"input": {"transcription": {"model": "w"}}}}}));
    socket.hear();
    let ai = gate.record().ai.unwrap();
    assert_eq!((ai.alias.as_deref(), ai.usage.input, ai.usage.output), (Some("w"), 14, 3));
    // nobody knows what it costs
    assert_eq!(ai.cost_micros, None);
    leave(&gate, socket);
    gate.end();
}

#[test]
fn errors_before_the_session_are_in_the_dialects_form() {
    let provider = Provider::openai();
    let gate = gate(&provider);
    let told = |path: &str, headers: &[(&str, &str)]| {
        let refused = try_open(&gate, path, headers).err().unwrap();
        let body: Value = serde_json::from_slice(refused.body().as_ref().unwrap()).unwrap();
        (refused.status().as_u16(), body["error"]["code"].clone(), gate.record())
    };
    for (path, headers, status, code) in [
        ("/v1/realtime?model=m", vec![], 401, json!("credential_missing")),
        ("/v1/realtime?model=m", vec![("authorization", "Bearer other")], 401, json!("credential_invalid")),
        ("/v1/realtime?model=secret", vec![KEY], 404, json!("model_not_found")),
        ("/v1/realtime", vec![KEY], 400, json!("missing_model")),
    ] {
        let (got, told, record) = told(path, &headers);
        assert_eq!((got, &told, record.status), (status, &code, status), "{path}");
    }
    let (status, code, _) =
        told("/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent", &[]);
    assert_eq!((status, code), (401, json!(401)));
    let ask = "GET /v1/realtime?model=m HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer the-key\r\n\r\n";
    let (answer, _) = gate.call(ask);
    assert_eq!((answer.status, answer.field("sec-websocket-version")), (400, None));
    let old = ask.replace(
        "\r\n\r\n",
        "\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n\r\n",
    );
    let (answer, _) = gate.call(old);
    assert_eq!((answer.status, answer.field("sec-websocket-version")), (400, Some("13")));
    gate.end();
}

#[test]
fn a_provider_that_refuses_is_followed_by_the_next_and_else_told() {
    let body = json!({"error": {"message": "told", "type": "server_error", "code": null}}).to_string();
    let refusing = Upstream::fixed(format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let provider = Provider::openai();
    let gate = Gate::start(&yaml("openai", &[refusing.addr, provider.addr], "", ""));
    let mut socket = open(&gate);
    socket.say(&json!({"type": "x"}));
    socket.hear();
    let record = leave(&gate, socket);
    assert_eq!(record.attempts.len(), 2);
    assert_eq!(record.attempts[1].reason.as_deref(), Some("fallback_503"));
    assert_eq!(record.ai.unwrap().model.as_deref(), Some("up-1"));
    gate.end();
    // an answer that accepts another handshake is none
    let wrong = Upstream::once(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
    );
    for (addr, reason) in [(refusing.addr, "provider_error"), (wrong.addr, "provider_malformed")] {
        let gate = Gate::start(&yaml("openai", &[addr], "", ""));
        let refused = try_open(&gate, "/v1/realtime?model=m", &[KEY]).err().unwrap();
        assert!([502, 503].contains(&refused.status().as_u16()), "{}", refused.status());
        assert_eq!(gate.record().reason.as_deref(), Some(reason));
        gate.end();
    }
}

const GEMINI: &str =
    "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent?key=the-key";

/// A session with the simulator, which speaks Gemini's wire strictly.
#[test]
fn geminis_sessions_are_set_up_with_the_targets_model() {
    let provider = Provider::start(|_, head, socket| {
        assert_eq!(head.uri(), GEMINI.split('?').next().unwrap());
        assert_eq!(head.headers()["x-goog-api-key"], "secret-0");
        assert!(!format!("{head:?}").contains("the-key"));
        let setup = socket.hear();
        assert_eq!(
            setup,
            json!({"setup": {"model": "models/up-0", "generationConfig": {"temperature": 0.50}}})
        );
        socket.say(&json!({"setupComplete": {}}));
        while socket.next().is_some() {
            socket.say(&json!({"serverContent": {"modelTurn": {"parts": [{"text": "Hi"}]}}}));
            let usage = json!({"promptTokenCount": 100, "responseTokenCount": 10, "totalTokenCount": 110});
            socket.say(&json!({"serverContent": {"turnComplete": true}, "usageMetadata": usage}));
        }
    });
    let gate = Gate::start(&yaml("gemini", &[provider.addr], "", ""));
    let mut socket = try_open(&gate, GEMINI, &[]).ok().unwrap();
    socket.say(&json!({"setup": {"model": "models/m", "generationConfig": {"temperature": 0.50}}}));
    assert_eq!(socket.hear(), json!({"setupComplete": {}}));
    let setup = gate.record();
    assert_eq!((setup.status, setup.attempts.len()), (101, 1));
    // a turn that the client asks for, and one that begins by itself
    for message in
        [json!({"client_content": {"turn_complete": true}}), json!({"realtimeInput": {"audio": {}}})]
    {
        socket.say(&message);
        socket.hear();
        socket.hear();
        let turn = gate.record();
        assert_eq!(cost(&turn), Some(400 + 160));
        let ai = turn.ai.unwrap();
        assert_eq!((&*ai.dialect, ai.usage.input, ai.usage.output), ("gemini_live", 100, 10));
    }
    let session = leave(&gate, socket);
    assert_eq!((session.status, setup.parent_span_id), (101, Some(session.span_id)));
    gate.end();
}

#[test]
fn what_geminis_clients_do_wrong_is_told_with_the_close() {
    let provider = Provider::start(|_, _, socket| {
        socket.hear();
        socket.say(&json!({"setupComplete": {}}));
        socket.closed();
    });
    let gate = Gate::start(&yaml("gemini", &[provider.addr], "", ""));
    for (message, code, told, records) in [
        (json!({"setup": {"model": "models/secret"}}), 1008, "`secret` does not exist", 2),
        (json!({"clientContent": {}}), 1007, "must be a setup", 1),
        (json!({"setup": {}}), 1007, "must be a setup", 1),
        (json!([]), 1007, "no JSON object", 1),
    ] {
        let mut socket = try_open(&gate, GEMINI, &[]).ok().unwrap();
        socket.say(&message);
        let close = socket.closed().unwrap();
        assert_eq!(u16::from(close.code), code, "{message}: {close}");
        assert!(close.reason.contains(told), "{message}: {close}");
        (0..records).for_each(|_| drop(gate.record()));
    }
    let mut socket = try_open(&gate, GEMINI, &[]).ok().unwrap();
    socket.say(&json!({"setup": {"model": "m"}}));
    socket.hear();
    socket.say(&json!({"setup": {"model": "m"}}));
    assert_eq!(socket.closed().map(|close| u16::from(close.code)), Some(1007));
    (0..2).for_each(|_| drop(gate.record()));
    gate.end();
}
