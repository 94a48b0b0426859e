//! Models: what is wrong with a request, which target takes over, and what a cut stream says.

use message::Reason;
use serde_json::{Value, json};

use crate::client::Answer;
use crate::gate::{Gate, check_told};
use crate::upstream::Upstream;

/// The alias `m` with a target for each address, in this order.
pub(crate) fn gate(targets: &[std::net::SocketAddr], provider: &str) -> Gate {
    gate_under(targets, provider, "")
}

/// The same under policies in YAML flow style.
pub(crate) fn gate_under(targets: &[std::net::SocketAddr], provider: &str, policies: &str) -> Gate {
    let providers: Vec<String> = targets
        .iter()
        .enumerate()
        .map(|(at, addr)| {
            format!(
                "---\nkind: Provider\nname: p{at}\nspec: {{api: openai, base_url: \"http://{addr}/v1\"{provider}}}\n\
                 ---\nkind: ProviderKey\nname: k{at}\nspec: {{provider: p{at}, secret: {{value: secret-{at}}}}}\n"
            )
        })
        .collect();
    let names: Vec<String> =
        (0..targets.len()).map(|at| format!("{{provider: p{at}, model: up-{at}}}")).collect();
    let yaml = format!(
        "{}---\nkind: ModelAlias\nname: m\nspec: {{targets: [{}]}}\n---\nkind: Service\nname: models\n\
         spec: {{backend: {{ai: {{}}}}, access: {{mode: public}}, policies: [{policies}]}}\n---\nkind: Route\nname: models\n\
         spec: {{service: models, paths: [\"/v1/*\"]}}\n",
        providers.concat(),
        names.join(", ")
    );
    Gate::start(&yaml)
}

pub(crate) fn post(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

pub(crate) fn asked(stream: bool) -> Vec<u8> {
    post(json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": stream}).to_string())
}

pub(crate) fn completion(text: &str) -> String {
    let body = json!({
        "id": "c", "object": "chat.completion", "created": 1, "model": "up",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    })
    .to_string();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn failure(status: &str, kind: &str) -> String {
    let body =
        json!({"error": {"message": "told by the provider", "type": kind, "param": null, "code": null}})
            .to_string();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn event(text: &str) -> String {
    let chunk = json!({
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "up",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}],
    });
    format!("data: {chunk}\n\n")
}

pub(crate) const STREAM: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

pub(crate) fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// The JSON of the events of a stream.
pub(crate) fn events(answer: &Answer) -> Vec<Value> {
    let data = answer.text().lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
}

pub(crate) fn check_openai(answer: &Answer, kind: &str) -> Value {
    assert_eq!(answer.field("content-type"), Some("application/json"), "{}", answer.head);
    let error = answer.json()["error"].clone();
    assert_eq!(error["type"], kind, "{error}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{error}");
    error
}

#[test]
fn bodies_that_are_no_request_are_told_what_is_wrong() {
    let up = Upstream::fixed(completion("never"));
    let gate = gate(&[up.addr], "");
    let nested =
        format!("{{\"model\": \"m\", \"messages\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let user = |content: &str| {
        format!("{{\"model\": \"m\", \"messages\": [{{\"role\": \"user\", \"content\": {content}}}]}}")
    };
    let mut invalid = user("\"caf\"").into_bytes();
    let at = invalid.windows(3).position(|window| window == b"caf").unwrap();
    invalid[at] = 0xff;
    let cases: Vec<(Vec<u8>, Option<&str>)> = vec![
        (invalid, None),
        (nested.into_bytes(), None),
        (b"".to_vec(), None),
        (b"[]".to_vec(), None),
        (b"{\"model\": \"m\", ".to_vec(), None),
        (user("\"\\ud800\u{0}\"").into_bytes(), None),
        (b"{\"messages\": []}".to_vec(), Some("model")),
        (b"{\"model\": 7, \"messages\": []}".to_vec(), Some("model")),
        (b"{\"model\": \"m\", \"messages\": \"hi\"}".to_vec(), Some("messages")),
        (b"{\"model\": \"m\"}".to_vec(), Some("messages")),
        (b"{\"model\": \"m\", \"messages\": [], \"stream\": \"yes\"}".to_vec(), Some("stream")),
    ];
    for (body, param) in cases {
        let shown: String = String::from_utf8_lossy(&body).chars().take(80).collect();
        let (answer, record) = gate.call(post(&body));
        assert_eq!(answer.status, 400, "{shown}: {}", answer.text());
        let error = check_openai(&answer, "invalid_request_error");
        assert_eq!(error["param"].as_str(), param, "{shown}: {error}");
        check_told(&answer, &record, Reason::InvalidAiRequest);
        assert_eq!(record.bytes_in, body.len() as u64);
    }
    assert_eq!(up.connections(), 0);
    gate.end();
}

#[test]
fn a_model_that_is_none_and_a_body_that_is_too_long() {
    let up = Upstream::fixed(completion("never"));
    let gate = gate(&[up.addr], "");
    let (answer, record) = gate.call(post("{\"model\": \"gpt\", \"messages\": []}"));
    let error = check_openai(&answer, "invalid_request_error");
    assert_eq!((&error["code"], &error["param"]), (&"model_not_found".into(), &"model".into()));
    check_told(&answer, &record, Reason::UnknownModel);

    let long = format!("{{\"model\": \"m\", \"messages\": [\"{}\"]}}", "x".repeat(1 << 20));
    let (answer, record) = gate.call(post(long));
    check_told(&answer, &record, Reason::BodyTooLarge);

    let (answer, record) =
        gate.call("PUT /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    check_told(&answer, &record, Reason::MethodNotAllowed);
    assert_eq!(answer.field("allow"), Some("post"));
    let (answer, record) = gate.get("/v1/nothing", "");
    check_told(&answer, &record, Reason::NoRoute);
    gate.end();
}

#[test]
fn a_websocket_that_is_not_offered_is_refused_so_that_clients_fall_back_at_once() {
    let up = Upstream::fixed(completion("never"));
    let gate = gate(&[up.addr], "");
    let ask = "GET /v1/chat/completions HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
               Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let (answer, record) = gate.call(ask);
    assert_eq!((answer.status, answer.field("upgrade")), (426, Some("http/1.1")));
    assert_eq!(answer.field("allow"), Some("post"));
    check_openai(&answer, "invalid_request_error");
    check_told(&answer, &record, Reason::MethodNotAllowed);
    let (answer, _) = gate.get("/v1/responses", "");
    assert_eq!(answer.status, 405);
    assert_eq!(up.connections(), 0);
    gate.end();
}

#[test]
fn the_next_target_takes_over_before_the_first_byte() {
    let good = Upstream::fixed(completion("hello"));
    let silent = Upstream::start(|_, conn| {
        conn.rest();
    });
    let failing = [
        (Upstream::fixed(failure("503 Service Unavailable", "server_error")), "503"),
        (Upstream::fixed(failure("429 Too Many Requests", "rate_limit_error")), "429"),
        (Upstream::fixed(failure("401 Unauthorized", "authentication_error")), "401"),
        (Upstream::once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), "502"),
        (Upstream::fixed("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nno json"), "502"),
        (Upstream::once("garbage\r\n\r\n"), "502"),
        (silent, "504"),
    ];
    for (bad, status) in &failing {
        let gate = gate(&[bad.addr, good.addr], ", timeouts: {first_byte: 100ms}");
        let (answer, record) = gate.call(asked(false));
        assert_eq!(answer.status, 200, "{status}: {}", answer.text());
        assert_eq!(answer.json()["choices"][0]["message"]["content"], "hello");
        assert_eq!(record.attempts.len(), 2, "{:?}", record.attempts);
        assert_eq!(record.attempts[1].reason.as_deref(), Some(format!("fallback_{status}").as_str()));
        let ai = record.ai.unwrap();
        assert_eq!(
            (ai.alias.as_deref(), ai.provider.as_deref(), ai.model.as_deref()),
            (Some("m"), Some("p1"), Some("up-1"))
        );
        assert_eq!((ai.usage.input, ai.usage.output, record.reason), (3, 2, None));
        gate.end();
    }
}

#[test]
fn an_error_of_the_caller_s_own_is_handed_on() {
    let bad = Upstream::fixed(failure("400 Bad Request", "invalid_request_error"));
    let good = Upstream::fixed(completion("never"));
    let gate = gate(&[bad.addr, good.addr], "");
    let (answer, record) = gate.call(asked(false));
    assert_eq!(answer.status, 400);
    assert_eq!(check_openai(&answer, "invalid_request_error")["message"], "told by the provider");
    check_told(&answer, &record, Reason::ProviderError);
    assert_eq!(good.connections(), 0);
    gate.end();
}

#[test]
fn the_account_at_the_provider_is_not_told_to_callers() {
    let fields = "OpenAI-Organization: org-acme\r\nOpenAI-Project: proj_acme\r\nOpenAI-Processing-Ms: 7\r\n\
                  OpenAI-Version: 2020-10-01\r\nOpenAI-Model: up\r\nX-RateLimit-Limit-Requests: 9\r\n";
    let answers = |answer: String| Upstream::fixed(answer.replacen("\r\n", &format!("\r\n{fields}"), 1));
    let up = answers(completion("hello"));
    let served = gate(&[up.addr], "");
    let (answer, _) = served.call(asked(false));
    assert_eq!(answer.status, 200);
    assert_eq!((answer.field("openai-organization"), answer.field("openai-project")), (None, None));
    for (name, value) in [
        ("openai-processing-ms", "7"),
        ("openai-version", "2020-10-01"),
        ("openai-model", "up"),
        ("x-ratelimit-limit-requests", "9"),
    ] {
        assert_eq!(answer.field(name), Some(value), "{name}");
    }
    served.end();

    let limited = failure("429 Too Many Requests", "tokens")
        .replace("Content-Length", "Retry-After: 1.2\r\nContent-Length")
        .replace("told by the provider", "in org-a1b now: wait");
    let up = answers(limited);
    let refused = gate(&[up.addr], "");
    let (answer, _) = refused.call(asked(false));
    // A part of a second is not left out.
    assert_eq!((answer.status, answer.field("retry-after")), (429, Some("2")));
    assert_eq!(answer.json()["error"]["message"], "in *** now: wait");
    refused.end();
}

#[test]
fn where_all_fail_the_last_error_is_told() {
    let first = Upstream::fixed(failure("503 Service Unavailable", "server_error"));
    let second = Upstream::once("");
    let gate = gate(&[first.addr, second.addr], "");
    let (answer, record) = gate.call(asked(false));
    check_openai(&answer, "server_error");
    check_told(&answer, &record, Reason::ProvidersExhausted);
    assert_eq!((answer.status, record.attempts.len()), (502, 2));
    gate.end();
}

#[test]
fn a_stream_that_breaks_before_its_first_word_is_taken_over() {
    let bad = Upstream::once(STREAM);
    let good = Upstream::once(format!("{STREAM}{}0\r\n\r\n", chunk(&(event("hello") + "data: [DONE]\n\n"))));
    let gate = gate(&[bad.addr, good.addr], "");
    let (answer, record) = gate.call(asked(true));
    assert_eq!(
        (answer.status, events(&answer)[0]["choices"][0]["delta"]["content"].as_str()),
        (200, Some("hello"))
    );
    assert_eq!(record.attempts.len(), 2);
    gate.end();
}

#[test]
fn a_stream_that_is_cut_says_so_in_the_client_s_form() {
    for (rest, reason) in [("", Reason::UpstreamIncomplete), ("zz\r\n", Reason::UpstreamMalformed)] {
        let up = Upstream::once(format!("{STREAM}{}{}{rest}", chunk(&event("one ")), chunk(&event("two"))));
        let good = Upstream::fixed(completion("never"));
        let gate = gate(&[up.addr, good.addr], "");
        let (answer, record) = gate.call(asked(true));
        assert_eq!((answer.status, answer.whole), (200, true), "{}", answer.text());
        assert_eq!(answer.field("content-type"), Some("text/event-stream; charset=utf-8"));
        let events = events(&answer);
        let words: String =
            events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect();
        assert_eq!(words, "one two");
        let error = &events.last().unwrap()["error"];
        assert_eq!(
            (&error["type"], &error["code"]),
            (&"server_error".into(), &reason.code().into()),
            "{error}"
        );
        assert!(!answer.text().contains("[DONE]"), "it did not end well");
        assert_eq!((record.reason.as_deref(), record.status), (Some(reason.code()), 200));
        assert!(record.ai.unwrap().streamed);
        assert_eq!(good.connections(), 0, "what has begun is not begun anew");
        gate.end();
    }
}

#[test]
fn a_stream_that_stalls_is_ended() {
    let up = Upstream::start(|_, conn| {
        conn.head();
        conn.send(STREAM).send(chunk(&event("one"))).rest();
    });
    let gate = gate(&[up.addr], ", timeouts: {idle: 50ms}");
    let (answer, record) = gate.call(asked(true));
    let events = events(&answer);
    assert_eq!(events.last().unwrap()["error"]["code"], "upstream_stalled", "{}", answer.text());
    assert_eq!(record.reason.as_deref(), Some("upstream_stalled"));
    gate.end();
}

#[test]
fn a_client_that_leaves_a_stream_ends_it_at_the_provider() {
    let (left, ended) = std::sync::mpsc::channel();
    let left = std::sync::Mutex::new(left);
    let up = Upstream::start(move |_, conn| {
        conn.head();
        conn.send(STREAM).send(chunk(&event("one"))).rest();
        left.lock().unwrap().send(()).unwrap();
    });
    let gate = gate(&[up.addr], "");
    let mut client = gate.connect();
    client.send(asked(true)).head();
    client.text(10);
    client.reset();
    ended.recv().unwrap();
    let record = gate.record();
    assert_eq!((record.status, record.reason.as_deref()), (200, Some("client_closed")));
    assert!(record.ai.unwrap().estimated, "what was written so far is counted");
    gate.end();
}

/// The simulator's model through the gateway, by its own faults.
#[test]
fn a_simulated_provider_works_and_fails_the_same_way() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let addr = listener.local_addr().unwrap();
    let simulator =
        simulate::Config { latency: simulate::Latency::None, ..simulate::Config::default() }.build();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = runtime.spawn(simulator.serve(listener, async {
        stopped.await.ok();
    }));
    let yaml = format!(
        "---\nkind: Provider\nname: sim\nspec: {{api: openai, base_url: \"http://{addr}/openai/v1\"}}\n---\n\
         kind: ProviderKey\nname: sim\nspec: {{provider: sim, secret: {{value: sk-test}}}}\n---\n\
         kind: ModelAlias\nname: good\nspec: {{targets: [{{provider: sim, model: gpt-5-mini}}]}}\n---\n\
         kind: ModelAlias\nname: cut\nspec: {{targets: [{{provider: sim, model: \"gpt-5-mini+cut-after=5\"}}]}}\n---\n\
         kind: ModelAlias\nname: two\nspec: {{targets: [{{provider: sim, model: \"gpt-5-mini+status=500\"}}, {{provider: sim, model: gpt-5-mini}}]}}\n---\n\
         kind: Service\nname: models\nspec: {{backend: {{ai: {{}}}}, access: {{mode: public}}}}\n---\n\
         kind: Route\nname: models\nspec: {{service: models, paths: [\"/v1/*\"]}}\n"
    );
    let gate = Gate::start(&yaml);
    let ask = |model: &str| {
        let messages = json!([{"role": "user", "content": "Tell me of the sea."}]);
        gate.call(post(json!({"model": model, "messages": messages, "stream": true}).to_string()))
    };
    let (answer, record) = ask("good");
    assert!(answer.text().ends_with("data: [DONE]\n\n"), "{}", answer.text());
    let ai = record.ai.unwrap();
    assert!(ai.usage.output > 0 && !ai.estimated && record.reason.is_none(), "{ai:?}");
    let (answer, record) = ask("cut");
    assert!(events(&answer).last().unwrap()["error"].is_object(), "{}", answer.text());
    assert_eq!(record.reason.as_deref(), Some("upstream_incomplete"));
    let (answer, record) = ask("two");
    assert!(answer.text().ends_with("data: [DONE]\n\n"), "{}", answer.text());
    assert_eq!(record.attempts.len(), 2);
    gate.end();
    stop.send(()).unwrap();
    runtime.block_on(serving).unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_request_for_the_models_is_complete_without_its_body() {
    let gate = gate(&[Upstream::nobody()], "");
    let answer = gate.connect().send("HEAD /v1/models HTTP/1.1\r\nHost: a\r\n\r\n").answer_to_head();
    let record = gate.record();
    assert_eq!((answer.status, record.status, record.reason, record.bytes_out), (200, 200, None, 0));

    let mut client = crate::http2::connect(&gate).await;
    let asked = crate::http2::request("HEAD", "/v1/models").body(()).unwrap();
    let (response, _) = client.send_request(asked, true).unwrap();
    assert_eq!(response.await.unwrap().status(), 200);
    let record = gate.record();
    assert_eq!((record.status, record.reason, record.bytes_out), (200, None, 0));
    drop(client);
    tokio::task::spawn_blocking(|| gate.end()).await.unwrap();
}

#[test]
fn what_no_target_can_honour_is_refused_where_the_service_says_so() {
    let up = Upstream::fixed(completion("hi"));
    let yaml = format!(
        "---\nkind: Provider\nname: p\nspec: {{vendor: perplexity, base_url: \"http://{}\"}}\n\
         ---\nkind: ModelAlias\nname: m\nspec: {{targets: [{{provider: p, model: sonar}}]}}\n\
         ---\nkind: Service\nname: models\nspec: {{backend: {{ai: {{unsupported_params: refuse}}}}, access: {{mode: public}}}}\n\
         ---\nkind: Route\nname: models\nspec: {{service: models, paths: [\"/v1/*\"]}}\n",
        up.addr
    );
    let gate = Gate::start(&yaml);
    let asked = |more: Value| {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post(body.to_string())
    };
    assert_eq!(gate.call(asked(json!({}))).0.status, 200);
    let (answer, record) = gate.call(asked(json!({"logit_bias": {"1": 2}})));
    let error = check_openai(&answer, "invalid_request_error");
    assert_eq!((&error["param"], &error["code"]), (&json!("logit_bias"), &json!("unsupported_parameter")));
    assert_eq!(record.reason.as_deref(), Some(Reason::UnsupportedContent.code()));
    gate.end();
}
