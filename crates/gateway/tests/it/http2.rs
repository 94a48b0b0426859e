//! HTTP/2 from the client, HTTP/1.1 to the upstream.

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use message::Reason;
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;

use crate::client::field_lines;
use crate::gate::{Gate, plain};
use crate::upstream::{OK, Upstream};

/// A client's end; the connection runs in a task of the test's runtime.
pub(crate) async fn connect(gate: &Gate) -> SendRequest<Bytes> {
    let tcp = TcpStream::connect(gate.addr).await.unwrap();
    let (client, connection) = h2::client::handshake(tcp).await.unwrap();
    TaskTracker::new().spawn(async move {
        // how it ends is seen by the requests on it
        connection.await.ok();
    });
    client.ready().await.unwrap()
}

struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
    trailers: Option<HeaderMap>,
}

async fn send(client: &mut SendRequest<Bytes>, request: Request<()>, body: &'static str) -> Got {
    let (response, mut stream) = client.send_request(request, body.is_empty()).unwrap();
    if !body.is_empty() {
        stream.send_data(body.into(), true).unwrap();
    }
    let (head, mut content) = response.await.unwrap().into_parts();
    let mut body = Vec::new();
    while let Some(data) = content.data().await {
        body.extend_from_slice(&data.unwrap());
    }
    let trailers = content.trailers().await.unwrap();
    let body = String::from_utf8(body).unwrap();
    Got { status: head.status.as_u16(), headers: head.headers, body, trailers }
}

pub(crate) fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(format!("http://a.example{path}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_translated_field_by_field() {
    let up = Upstream::mirror();
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = connect(&gate).await;
    let asked =
        request("POST", "/p?q=1").header("te", "trailers").header("cookie", "a=1").header("cookie", "b=2");
    let got = send(&mut client, asked.header("x-own", "x").body(()).unwrap(), "hello").await;
    let seen = got.body.to_ascii_lowercase();
    assert!(seen.starts_with("post /p?q=1 http/1.1\r\n") && !seen.contains("\r\n:"), "{seen}");
    for (name, value) in [
        ("cookie", "a=1; b=2"),
        ("x-own", "x"),
        ("te", "trailers"),
        ("connection", "te"),
        ("via", "2 weir-test"),
        ("x-forwarded-host", "a.example"),
    ] {
        assert_eq!(field_lines(&seen, name).collect::<Vec<_>>(), [value], "{seen}");
    }
    assert_eq!(got.headers["via"], "1.1 weir-test");
    let record = gate.record();
    assert_eq!((record.protocol, record.status, &*record.host), (trace::Protocol::Http2, 200, "a.example"));
    drop(client);
    tokio::task::spawn_blocking(|| gate.end()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_loses_what_belongs_to_http_1() {
    let up = Upstream::once(
        "HTTP/1.1 200 OK\r\nConnection: x-mine, close\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nX-Own: 2\r\n\
         Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\nContent-Length: 5\r\n\r\n",
    );
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = connect(&gate).await;
    let got = send(&mut client, request("GET", "/").body(()).unwrap(), "").await;
    assert_eq!((got.status, got.body.as_str(), &got.headers["x-own"]), (200, "ok", &"2".parse().unwrap()));
    for gone in ["connection", "x-mine", "keep-alive", "transfer-encoding", "x-sum"] {
        assert!(!got.headers.contains_key(gone), "{:?}", got.headers);
    }
    assert!(got.headers.contains_key("date"));
    let trailers = got.trailers.expect("trailers");
    assert_eq!((trailers.len(), &trailers["x-sum"]), (1, &"7".parse().unwrap()));
    gate.record();
    drop(client);
    tokio::task::spawn_blocking(|| gate.end()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_become_two_requests_is_refused() {
    let up = Upstream::fixed(OK);
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = connect(&gate).await;
    for (asked, status) in
        [(request("GET", "/").header("host", "b.example"), 400), (request("CONNECT", ""), 501)]
    {
        let got = send(&mut client, asked.body(()).unwrap(), "").await;
        let record = gate.record();
        assert_eq!((got.status, record.status), (status, status), "{}", got.body);
        assert!(record.reason.is_some() && got.headers.contains_key("proxy-status"));
    }
    assert_eq!(up.connections(), 0);
    drop(client);
    tokio::task::spawn_blocking(|| gate.end()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_protocol_that_the_upstream_passes_over_is_not_accepted() {
    for (answer, status, reason) in [
        (OK, 502, Some(Reason::UpstreamMalformed.code())),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403, None),
    ] {
        let up = Upstream::fixed(answer);
        let gate = Gate::start(&plain(&[up.addr]));
        let mut client = connect(&gate).await;
        // the server's settings, which allow it, come with the first answer
        send(&mut client, request("GET", "/").body(()).unwrap(), "").await;
        gate.record();
        let asked = request("CONNECT", "/").extension(h2::ext::Protocol::from_static("websocket"));
        let (response, stream) = client.send_request(asked.body(()).unwrap(), false).unwrap();
        let response = response.await.unwrap();
        let record = gate.record();
        assert_eq!((response.status().as_u16(), record.status), (status, status));
        assert_eq!(record.reason.as_deref(), reason);
        drop((client, response, stream));
        tokio::task::spawn_blocking(|| gate.end()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_answer_is_an_error_of_the_stream() {
    let up = Upstream::once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = connect(&gate).await;
    let (response, _) = client.send_request(request("GET", "/").body(()).unwrap(), true).unwrap();
    let mut content = response.await.unwrap().into_body();
    let error = loop {
        match content.data().await {
            Some(Ok(_)) => {}
            Some(Err(error)) => break error,
            None => panic!("the stream ended well"),
        }
    };
    assert_eq!(error.reason(), Some(h2::Reason::INTERNAL_ERROR));
    assert_eq!(gate.record().reason.as_deref(), Some(Reason::UpstreamIncomplete.code()));
    drop(client);
    tokio::task::spawn_blocking(|| gate.end()).await.unwrap();
}
