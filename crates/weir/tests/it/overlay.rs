//! What a plan and an application say of timeouts and retries counts, over what service and route say.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};

use crate::support::{Weir, ask};

/// Answers each connection by the next of these; an empty one is kept waiting.
fn upstream(answers: &'static [&'static str]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut waiting = Vec::new();
        for (socket, answer) in listener.incoming().zip(answers) {
            let mut socket = socket.unwrap();
            let mut lines = BufReader::new(socket.try_clone().unwrap()).lines().map_while(Result::ok);
            lines.find(String::is_empty);
            socket.write_all(answer.as_bytes()).unwrap();
            if answer.is_empty() {
                waiting.push(socket);
            }
        }
    });
    address
}

fn gateway(upstream: SocketAddr, service: &str, plan: &str, application: &str) -> Weir {
    let hash = snapshot::key_hash(b"key");
    let port = upstream.port();
    Weir::start(
        &format!(
            r#"
- {{kind: Upstream, name: u, spec: {{targets: [{{host: 127.0.0.1, port: {port}}}]}}}}
- {{kind: Service, name: s, spec: {{backend: {{upstream: {{name: u}}}}, policies: [{service}]}}}}
- {{kind: Route, name: r, spec: {{service: s, paths: [/*]}}}}
- {{kind: Plan, name: p, spec: {{policies: [{plan}]}}}}
- {{kind: Application, name: a, spec: {{policies: [{application}]}}}}
- {{kind: Credential, name: c, spec: {{application: a, key_hash: "{hash}"}}}}
- {{kind: Subscription, name: sub, spec: {{application: a, service: s, plan: p}}}}
"#
        ),
        &[],
    )
}

#[test]
fn a_plans_timeout_overrules_the_services() {
    let service = "{timeout: {total: 1h, first_byte: 1h}}";
    let weir = gateway(upstream(&["", ""]), service, "{timeout: {total: 50ms}}", "");
    let answer = ask(weir.gateway, "GET /", "x-api-key: key\r\n", "");
    assert_eq!((answer.status, answer.reason()), (504, "call_timeout".into()));
}

#[test]
fn an_applications_timeout_overrules_the_plans_field_by_field() {
    let plan = "{timeout: {total: 1h, first_byte: 1h}}";
    let weir = gateway(upstream(&["", ""]), "", plan, "{timeout: {first_byte: 50ms}}");
    let answer = ask(weir.gateway, "GET /", "x-api-key: key\r\n", "");
    assert_eq!((answer.status, answer.reason()), (504, "upstream_timeout".into()));
}

#[test]
fn the_end_of_a_service_is_announced() {
    let fine: &[&str] =
        &["HTTP/1.1 200 OK\r\nconnection: close\r\ndeprecation: @1\r\ncontent-length: 0\r\n\r\n"];
    let documents = format!(
        r#"
- {{kind: Upstream, name: u, spec: {{targets: [{{host: 127.0.0.1, port: {}}}]}}}}
- kind: Service
  name: s
  spec:
    backend: {{upstream: {{name: u}}}}
    access: {{mode: public}}
    state: deprecated
    deprecation: {{since: 2026-01-31T00:00:00Z, sunset: 2027-01-31T12:00:00Z, link: "https://example.com/news"}}
- {{kind: Route, name: r, spec: {{service: s, paths: [/*]}}}}
"#,
        upstream(fine).port()
    );
    let answer = ask(Weir::start(&documents, &[]).gateway, "GET /", "", "");
    assert_eq!(answer.status, 200);
    let all = |name: &str| {
        answer.fields.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect::<Vec<_>>()
    };
    assert_eq!(all("deprecation"), ["@1769817600"]);
    assert_eq!(all("sunset"), ["Sun, 31 Jan 2027 12:00:00 GMT"]);
    assert_eq!(all("link"), ["<https://example.com/news>; rel=\"deprecation\"; type=\"text/html\""]);
}

#[test]
fn a_plans_retry_overrules_the_services() {
    let busy = "HTTP/1.1 503 Busy\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let fine = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nfine";
    let answers: &'static [&'static str] = Box::leak(Box::new([busy, fine]));
    let service = "{retry: {attempts: 1}}";
    let weir = gateway(upstream(answers), service, "{retry: {attempts: 2, backoff: 1ms}}", "");
    let answer = ask(weir.gateway, "GET /", "x-api-key: key\r\n", "");
    assert_eq!((answer.status, answer.body.as_str()), (200, "fine"));
}
