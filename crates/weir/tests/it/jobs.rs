//! Jobs of a gateway that is killed: what proves who their callers are lies nowhere on disk.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::support::{Answer, Weir, ask};

const KEY: &str = "wk_6f1d2c3b4a595f6e";
const SESSION: &str = "session-of-the-caller";

/// An upstream that tells the head of each request, and answers with it when it is let.
fn echo() -> (SocketAddr, Receiver<String>, Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ((tell, seen), (let_go, wait)) = (channel(), channel());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let socket = socket.unwrap();
            let head = head(&socket);
            if tell.send(head.clone()).is_err() || wait.recv().is_err() {
                return;
            }
            // Who asked may have been killed.
            let answer = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{head}",
                head.len()
            );
            (&socket).write_all(answer.as_bytes()).unwrap_or_default();
        }
    });
    (address, seen, let_go)
}

fn head(socket: &TcpStream) -> String {
    let mut reader = BufReader::new(socket);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or_default() > 0 {}
    head
}

/// A service with jobs, whose upstream gets the sessions of callers and not their keys.
fn documents(upstream: SocketAddr) -> String {
    let hash = snapshot::key_hash(KEY.as_bytes());
    let (host, port) = (upstream.ip(), upstream.port());
    format!(
        "{{kind: Upstream, name: up, spec: {{targets: [{{host: {host}, port: {port}}}]}}}}
---
kind: Service
name: reports
spec: {{backend: {{upstream: {{name: up}}}}, access: {{mode: application}}, jobs: {{repeatable: true}}}}
---
{{kind: Route, name: reports, spec: {{service: reports, paths: [\"/reports/*\"], strip_prefix: /reports}}}}
---
{{kind: Application, name: shop, spec: {{}}}}
---
{{kind: Credential, name: shop-key, spec: {{application: shop, key_hash: \"{hash}\"}}}}
"
    )
}

/// Asks as the caller, who shows the key wherever it may stand.
fn as_caller(weir: &Weir, line: &str, more: &str) -> Answer {
    let fields = format!("authorization: Bearer {KEY}\r\nx-api-key: {KEY}\r\n{more}");
    ask(weir.gateway, line, &fields, "")
}

#[test]
fn a_job_keeps_nothing_that_proves_who_its_caller_is_and_goes_on_as_that_caller() {
    let (upstream, seen, let_go) = echo();
    let mut weir = Weir::start(&documents(upstream), &[]);
    let fields = format!("prefer: respond-async\r\ncookie: id={SESSION}\r\n");
    let accepted = as_caller(&weir, "GET /reports/sum?day=1", &fields);
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    let place = accepted.field("location").unwrap().to_owned();
    let next = || seen.recv_timeout(Duration::from_secs(20)).expect("a request").to_ascii_lowercase();
    let first = next();
    assert!(
        first.starts_with("get /sum?day=1 ") && first.contains(SESSION) && !first.contains(KEY),
        "{first}"
    );
    assert!(!weir.keeps(KEY) && !weir.keeps(SESSION), "while it runs");
    weir.kill_and_start();
    let_go.send(()).unwrap();
    // It goes on as the same caller: without one it would not be let in.
    let again = next();
    assert!(again.contains(SESSION) && !again.contains(KEY), "{again}");
    let_go.send(()).unwrap();
    let followed = as_caller(&weir, &format!("GET {place}"), "accept: text/event-stream\r\n");
    assert!(followed.body.contains("\"state\":\"succeeded\""), "{}", followed.body);
    let result = as_caller(&weir, &format!("GET {place}/result"), "");
    assert_eq!(result.status, 200, "{}", result.body);
    assert!(result.body.contains(SESSION), "what the service said of it is the answer: {}", result.body);
    assert_eq!(ask(weir.gateway, &format!("GET {place}"), "", "").status, 401);
    assert!(!weir.keeps(KEY) && !weir.keeps(SESSION), "when it has ended");
    weir.kill_and_start();
    assert!(!weir.keeps(KEY) && !weir.keeps(SESSION), "after another start");
    assert_eq!(as_caller(&weir, &format!("GET {place}/result"), "").body, result.body);
}

#[test]
fn jobs_rest_while_the_key_file_is_lost() {
    let (upstream, seen, let_go) = echo();
    let mut weir = Weir::start(&documents(upstream), &[]);
    let later = "prefer: respond-async\r\n";
    assert_eq!(as_caller(&weir, "GET /reports/sum", later).status, 202);
    let next = || seen.recv_timeout(Duration::from_secs(20)).expect("a request");
    next();
    let (key, elsewhere) = (weir.data().join("weir.key"), weir.data().join("elsewhere"));
    std::fs::rename(&key, &elsewhere).unwrap();
    weir.kill_and_start();
    let_go.send(()).unwrap();
    let refused = as_caller(&weir, "GET /reports/sum", later);
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(!key.exists());
    std::fs::rename(&elsewhere, &key).unwrap();
    weir.kill_and_start();
    // The job goes on, and it alone was ever asked for: whatever was asked before stands before this call.
    assert!(next().starts_with("GET /sum "));
    let_go.send(()).unwrap();
    let_go.send(()).unwrap();
    assert_eq!(as_caller(&weir, "GET /reports/last", "").status, 200);
    assert!(next().starts_with("GET /last "));
}

#[test]
fn a_key_is_made_where_nothing_is_sealed_and_not_where_a_job_is() {
    let (upstream, seen, let_go) = echo();
    let mut weir = Weir::start(&documents(upstream), &[]);
    let key = weir.data().join("weir.key");
    let later = "prefer: respond-async\r\n";
    std::fs::remove_file(&key).unwrap();
    weir.kill_and_start();
    assert_eq!(as_caller(&weir, "GET /reports/sum", later).status, 202);
    let_go.send(()).unwrap();
    seen.recv_timeout(Duration::from_secs(20)).expect("a request");
    std::fs::remove_file(&key).unwrap();
    weir.kill_and_start();
    assert!(!key.exists());
}
