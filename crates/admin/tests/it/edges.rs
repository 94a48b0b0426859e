//! What every endpoint has in common.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::support::{PASSWORD, Who, api};

#[tokio::test]
async fn every_error_is_a_problem() {
    let api = api();
    let admin = api.admin().await;
    assert_eq!(api.get(&admin, "/api/v1/nothing").await.problem(404), "not_found");
    assert_eq!(api.get(&admin, "/api/v2").await.problem(404), "not_found");
    let wrong = api.send(&admin, "PATCH", "/api/v1/session", None).await;
    assert_eq!(wrong.problem(405), "method_not_allowed");
    let mut allowed: Vec<String> =
        wrong.header("allow").split(',').map(|method| method.trim().to_owned()).collect();
    allowed.sort();
    assert_eq!(allowed, ["DELETE", "GET", "HEAD", "POST"]);
    let post = |body: &'static str, kind: &'static str| {
        let request =
            Request::post("/api/v1/session").header("host", "localhost").header("content-type", kind);
        api.raw(request.body(Body::from(body)).unwrap())
    };
    assert_eq!(post("{", "application/json").await.problem(400), "invalid_body");
    assert_eq!(post("{}", "application/json").await.problem(400), "invalid_body");
    assert_eq!(post("{}", "text/plain").await.problem(415), "unsupported_media_type");
    assert_eq!(post("\"\\ud800\"", "application/json").await.problem(400), "invalid_body");
    let deep = "[".repeat(100_000);
    let request = Request::post("/api/v1/session")
        .header("host", "localhost")
        .header("content-type", "application/json");
    assert_eq!(api.raw(request.body(Body::from(deep)).unwrap()).await.problem(400), "invalid_body");
    let large = json!({ "email": "x".repeat(1 << 20), "password": PASSWORD }).to_string();
    let request = Request::post("/api/v1/session")
        .header("host", "localhost")
        .header("content-type", "application/json");
    assert_eq!(api.raw(request.body(Body::from(large)).unwrap()).await.problem(413), "body_too_large");
}

#[tokio::test]
async fn the_type_of_every_problem_leads_to_its_explanation() {
    let api = api();
    let problem = api.get(&Who::default(), "/api/v1/session").await;
    assert_eq!(problem.problem(401), "unauthenticated");
    let link = problem.json()["type"].as_str().unwrap().to_owned();
    let (path, anchor) = link.split_once('#').unwrap();
    let page = api.get(&Who::default(), path).await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    let mut codes: Vec<&str> = message::Reason::ALL.iter().map(|reason| reason.code()).collect();
    codes.push(anchor);
    for code in codes {
        assert_eq!(page.text.matches(&format!("<section id=\"{code}\">")).count(), 1, "{code}");
    }
}

#[tokio::test]
async fn answers_carry_what_browsers_heed() {
    let api = api();
    for path in ["/api/v1/setup", "/api/v1/session", "/"] {
        let answer = api.get(&Who::default(), path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("cache-control"), if path == "/" { "" } else { "no-store" }, "{path}");
    }
    assert_eq!(api.get(&Who::default(), "/any/page").await.expect(200).text, "the console");
}

#[tokio::test]
async fn it_serves_over_a_socket_and_stops_when_told() {
    let api = api();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let bounds = admin::Bounds::default();
    let served = admin::serve(listener, api.router.clone(), bounds, api.shutdown.clone());
    let asked = async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        api.shutdown.cancel();
        answer
    };
    let (served, answer) = tokio::join!(served, asked);
    served.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_dawdles_is_closed_and_makes_room() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    let api = api();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let bounds = admin::Bounds { head: Duration::from_millis(100), connections: 1 };
    let served = admin::serve(listener, api.router.clone(), bounds, api.shutdown.clone());
    let asked = async {
        let half = "GET /healthz HTTP/1.1\r\n";
        let whole = format!("{half}host: {address}\r\n\r\n");
        // Nothing at all, half a head, and nothing after an answer.
        for sent in ["", half, &whole] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            // It ends: by the end of the stream, or by a reset where bytes lay unread.
            let ended = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer)).await;
            assert!(ended.is_ok(), "{sent:?} holds the connection");
            let answered = String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200 OK\r\n");
            assert_eq!(answered, sent == whole, "{sent:?}");
        }
        api.shutdown.cancel();
    };
    let (served, ()) = tokio::join!(served, asked);
    served.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_body_that_dawdles_is_answered() {
    let api = api();
    let body = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = Request::post("/api/v1/session")
        .header("host", "localhost")
        .header("content-type", "application/json");
    let answer = api.raw(request.body(Body::from_stream(body)).unwrap()).await;
    assert_eq!(answer.problem(408), "body_timeout");
}
