//! Pictures by their address, for providers that take the bytes alone.

use std::net::SocketAddr;
use std::sync::{Arc, Barrier, Mutex};

use message::Reason;
use serde_json::{Value, json};

use crate::chat::{check_openai, post};
use crate::client::{Answer, field_lines};
use crate::gate::{Gate, check_told};
use crate::upstream::Upstream;

const PNG: &str = "\u{89}PNG\r\n\u{1a}\n";

/// The alias `m` at an Ollama, in a service with these words about fetching.
fn gate(provider: SocketAddr, fetch: &str) -> Gate {
    Gate::start(&format!(
        "---\nkind: Provider\nname: p\nspec: {{api: ollama, base_url: \"http://{provider}\"}}\n\
         ---\nkind: ModelAlias\nname: m\nspec: {{targets: [{{provider: p, model: up}}]}}\n---\nkind: Service\nname: models\n\
         spec: {{backend: {{ai: {{{fetch}}}}}, access: {{mode: public}}}}\n---\nkind: Route\nname: models\n\
         spec: {{service: models, paths: [\"/v1/*\"]}}\n"
    ))
}

/// An Ollama that keeps what it is asked.
fn ollama() -> (Upstream, Arc<Mutex<Vec<Value>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&asked);
    let up = Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            let length = field_lines(&head.to_ascii_lowercase(), "content-length").next().unwrap().parse();
            let body = conn.text(length.unwrap());
            keep.lock().unwrap().push(serde_json::from_str(&body).unwrap());
            let answer = json!({"model": "up", "created_at": "2026-01-01T00:00:00Z", "done": true,
                "done_reason": "stop", "message": {"role": "assistant", "content": "a cat"},
                "prompt_eval_count": 3, "eval_count": 2});
            conn.send(reply("200 OK", "application/json", answer.to_string().as_bytes()));
        }
    });
    (up, asked)
}

fn reply(status: &str, media_type: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The bytes that begin a picture, and more.
fn png(more: &str) -> Vec<u8> {
    PNG.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).chain(more.bytes()).collect()
}

fn shows(urls: &[String]) -> Vec<u8> {
    let images = urls.iter().map(|url| json!({"type": "image_url", "image_url": {"url": url}}));
    let content: Vec<Value> = [json!({"type": "text", "text": "what?"})].into_iter().chain(images).collect();
    let system = json!({"role": "system", "content": "s"});
    post(json!({"model": "m", "messages": [system, {"role": "user", "content": content}]}).to_string())
}

fn check_refused(answer: &Answer, why: &str) {
    let error = check_openai(answer, "invalid_request_error");
    assert_eq!((answer.status, &error["code"]), (400, &json!("invalid_image_url")), "{error}");
    assert_eq!(error["param"], "messages[1].content[1].image_url.url", "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("`messages[1].content[1].image_url.url` cannot be fetched: "), "{message}");
    assert!(message.contains(why), "{message}");
}

#[test]
fn pictures_are_fetched_at_once_and_sent_as_bytes() {
    let (up, asked) = ollama();
    // Each answers only when the other is asked for too.
    let both = Barrier::new(2);
    let files = Upstream::start(move |_, conn| {
        let head = conn.try_head().unwrap();
        assert!(head.starts_with("GET /a?size=1 ") || head.starts_with("GET /b "), "{head}");
        both.wait();
        let more = if head.starts_with("GET /a") { "a" } else { "b" };
        conn.send(reply("200 OK", "application/octet-stream", &png(more)));
    });
    let gate = gate(up.addr, "fetch: {from: anywhere}");
    let (a, b) = (format!("http://{}/a?size=1#x", files.addr), format!("http://{}/b", files.addr));
    let (answer, record) = gate.call(shows(&[a.clone(), b, a]));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["choices"][0]["message"]["content"], "a cat");
    assert!(record.stages.iter().any(|stage| stage.name == "fetch"), "{:?}", record.stages);
    assert_eq!(record.attempts.len(), 1);
    let images = &asked.lock().unwrap()[0]["messages"][1]["images"];
    assert_eq!(*images, json!(["iVBORw0KGgph", "iVBORw0KGgpi", "iVBORw0KGgph"]));
    assert_eq!(files.connections(), 2);
    gate.end();
}

#[test]
fn addresses_off_the_public_internet_are_refused_unless_allowed() {
    let (up, asked) = ollama();
    let files = Upstream::fixed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");
    let gate = gate(up.addr, "");
    let port = files.addr.port();
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"] {
        let (answer, record) = gate.call(shows(&[format!("http://{host}:{port}/a.png")]));
        check_refused(&answer, "its server ");
        check_told(&answer, &record, Reason::UnsupportedContent);
    }
    for url in ["http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "https://[fd00:ec2::254]/"] {
        let (answer, _) = gate.call(shows(&[url.to_owned()]));
        check_refused(&answer, "its server is not on the public internet");
    }
    let (answer, _) = gate.call(shows(&["http://user@8.8.8.8/".into()]));
    check_refused(&answer, "no address by http or https");
    assert_eq!((files.connections(), asked.lock().unwrap().len()), (0, 0));
    gate.end();
}

#[test]
fn a_file_that_is_not_to_be_had_is_refused_with_its_place() {
    let (up, asked) = ollama();
    let long = "x".repeat(2_000);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (reply("404 Not Found", "text/plain", b"no"), "the server answered 404"),
        (
            reply("200 OK", "text/html", b"<html>"),
            "it is `text/html`, where png, jpeg, gif or webp must stand",
        ),
        (reply("200 OK", "image/png", png(&long).as_slice()), "it is longer than 1KiB"),
        (
            b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /again\r\n\r\n".to_vec(),
            "redirects too often",
        ),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: gopher://x/\r\n\r\n".to_vec(), "to nowhere"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 9\r\n\r\n".to_vec(), "broke"),
    ];
    let gate = gate(up.addr, "fetch: {from: anywhere, max_size: 1KiB, timeout: 300ms}");
    for (bytes, why) in cases {
        let files = Upstream::once(bytes);
        let (answer, _) = gate.call(shows(&[format!("http://{}/a", files.addr)]));
        check_refused(&answer, why);
    }
    let silent = Upstream::start(|_, conn| {
        conn.rest();
    });
    let (answer, _) = gate.call(shows(&[format!("http://{}/a", silent.addr)]));
    check_refused(&answer, "it did not come within 300ms");
    let (answer, _) = gate.call(shows(&[format!("http://{}/a", Upstream::nobody())]));
    check_refused(&answer, "cannot be reached");
    let many: Vec<String> = (0..21).map(|at| format!("http://a.example/{at}")).collect();
    let (answer, _) = gate.call(shows(&many));
    assert_eq!(
        check_openai(&answer, "invalid_request_error")["param"],
        "messages[1].content[21].image_url.url"
    );
    assert!(asked.lock().unwrap().is_empty());
    gate.end();
}

#[test]
fn redirects_are_followed() {
    let (up, asked) = ollama();
    let files = Upstream::start(|_, conn| {
        let head = conn.try_head().unwrap();
        if head.starts_with("GET /from ") {
            conn.send("HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\nLocation: to\r\n\r\n");
        } else {
            conn.send(reply("200 OK", "image/png", &png("")));
        }
    });
    let gate = gate(up.addr, "fetch: {from: anywhere}");
    let (answer, _) = gate.call(shows(&[format!("http://{}/from", files.addr)]));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(asked.lock().unwrap()[0]["messages"][1]["images"], json!(["iVBORw0KGgo="]));
    gate.end();
}

#[test]
fn nothing_is_fetched_where_the_service_says_so() {
    let (up, asked) = ollama();
    let gate = gate(up.addr, "fetch: {from: nowhere}");
    let (answer, record) = gate.call(shows(&["https://pictures.example/a.png".into()]));
    let error = check_openai(&answer, "invalid_request_error");
    assert_eq!((answer.status, &error["param"]), (400, &json!("messages[1].content")), "{error}");
    check_told(&answer, &record, Reason::UnsupportedContent);
    assert!(asked.lock().unwrap().is_empty());
    gate.end();
}
