//! What every endpoint has in common.

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
    let served = admin::serve(listener, api.router.clone(), api.shutdown.clone());
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
