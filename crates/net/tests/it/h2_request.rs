//! Requests over HTTP/2, prior knowledge on a plain listener.

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request, Response};
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;

use crate::support::{Event, Server};

/// A client's end; the connection runs in a task of the test's runtime.
async fn connect(server: &Server) -> SendRequest<Bytes> {
    let tcp = TcpStream::connect(server.addr).await.unwrap();
    let (client, connection) = h2::client::handshake(tcp).await.unwrap();
    TaskTracker::new().spawn(async move {
        // how it ends is seen by the requests on it
        connection.await.ok();
    });
    client.ready().await.unwrap()
}

fn request(method: &str, target: &str) -> Request<()> {
    Request::builder().method(method).uri(format!("http://a.example{target}")).body(()).unwrap()
}

/// Reads a body to its end, giving the window back as it goes.
pub(crate) async fn read(mut body: RecvStream) -> Result<(Vec<u8>, Option<HeaderMap>), h2::Error> {
    let mut content = Vec::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len()).unwrap();
        content.extend_from_slice(&data);
    }
    Ok((content, body.trailers().await?))
}

async fn get(client: &mut SendRequest<Bytes>, target: &str) -> (Response<()>, String) {
    let (response, _) = client.send_request(request("GET", target), true).unwrap();
    let (head, body) = response.await.unwrap().into_parts();
    let (content, _) = read(body).await.unwrap();
    (Response::from_parts(head, ()), String::from_utf8(content).unwrap())
}

async fn send_all(stream: &mut SendStream<Bytes>, mut content: Bytes) {
    while !content.is_empty() {
        stream.reserve_capacity(content.len());
        let room = std::future::poll_fn(|cx| stream.poll_capacity(cx)).await.unwrap().unwrap();
        stream.send_data(content.split_to(room.min(content.len())), false).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_share_a_connection() {
    let server = Server::start();
    let mut client = connect(&server).await;
    let (hung, _) = client.send_request(request("GET", "/hang"), true).unwrap();
    let (head, body) = get(&mut client, "/x").await;
    assert_eq!((head.status().as_u16(), body.as_str()), (200, "GET /x a.example"));
    assert_eq!(head.headers()["content-length"], "16");
    assert!(head.headers().contains_key("date"));
    let (_, body) = get(&mut client, "/pages?40").await;
    assert_eq!(body.len(), 40 * 65536);
    drop(hung);
    server.wait(|event| (event == Event::Cancelled).then_some(()));
    let metrics = &server.running.metrics().read()[0];
    assert_eq!((metrics.requests, metrics.h2_connections), (3, 1));
}

#[tokio::test]
async fn bodies_and_trailers_pass_both_ways() {
    let server = Server::start();
    let mut client = connect(&server).await;
    let (response, mut stream) = client.send_request(request("POST", "/collect"), false).unwrap();
    send_all(&mut stream, vec![b'a'; 3_000_000].into()).await;
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", "9".parse().unwrap());
    stream.send_trailers(trailers).unwrap();
    let (content, _) = read(response.await.unwrap().into_body()).await.unwrap();
    assert_eq!(String::from_utf8(content).unwrap(), "3000000 x-sum=9");

    let (response, _) = client.send_request(request("GET", "/trailers"), true).unwrap();
    let (content, trailers) = read(response.await.unwrap().into_body()).await.unwrap();
    assert_eq!((&content[..], &trailers.unwrap()["x-sum"]), (&b"abc"[..], &"7".parse().unwrap()));
}

#[tokio::test]
async fn answers_without_a_body_and_broken_ones() {
    let server = Server::start();
    let mut client = connect(&server).await;
    let (response, _) = client.send_request(request("HEAD", "/x"), true).unwrap();
    let response = response.await.unwrap();
    assert!(response.body().is_end_stream());
    let (head, body) = get(&mut client, "/status?204").await;
    assert_eq!((head.status().as_u16(), body.as_str()), (204, ""));
    let (response, _) = client.send_request(request("GET", "/broken"), true).unwrap();
    let error = read(response.await.unwrap().into_body()).await.unwrap_err();
    assert_eq!(error.reason(), Some(h2::Reason::INTERNAL_ERROR));
}

#[tokio::test]
async fn interim_answers_come_first() {
    let server = Server::start();
    let mut client = connect(&server).await;
    for target in ["/hints", "/hints-later"] {
        let (_, body) = get(&mut client, target).await;
        assert_eq!(body, "hinted");
    }
}

#[tokio::test]
async fn continue_is_sent_when_the_body_is_wanted_and_not_before() {
    let server = Server::start();
    let mut client = connect(&server).await;
    let mut expecting = |path: &str| {
        let mut asked = request("POST", path);
        asked.headers_mut().insert("expect", "100-continue".parse().unwrap());
        client.send_request(asked, false).unwrap()
    };
    let (mut response, mut stream) = expecting("/collect");
    let interim = std::future::poll_fn(|cx| response.poll_informational(cx)).await;
    assert_eq!(interim.unwrap().unwrap().status(), 100);
    stream.send_data("abc".into(), true).unwrap();
    let (content, _) = read(response.await.unwrap().into_body()).await.unwrap();
    assert_eq!(&content[..], b"3 ");

    let (mut response, _stream) = expecting("/ignore");
    let interim = std::future::poll_fn(|cx| response.poll_informational(cx)).await;
    assert!(interim.is_none(), "{interim:?}");
    assert_eq!(response.await.unwrap().status(), 200);
}

#[tokio::test]
async fn cookies_are_joined_and_hosts_must_agree() {
    let server = Server::start();
    let mut client = connect(&server).await;
    let mut crumbs = request("GET", "/cookie");
    crumbs.headers_mut().append("cookie", "a=1".parse().unwrap());
    crumbs.headers_mut().append("cookie", "b=2".parse().unwrap());
    let (response, _) = client.send_request(crumbs, true).unwrap();
    let (content, _) = read(response.await.unwrap().into_body()).await.unwrap();
    assert_eq!(&content[..], b"a=1; b=2");

    let mut two_hosts = request("GET", "/x");
    two_hosts.headers_mut().insert("host", "b.example".parse().unwrap());
    let (response, _) = client.send_request(two_hosts, true).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 400);
    let (content, _) = read(response.into_body()).await.unwrap();
    assert!(content.starts_with(b"invalid_host"));
}

#[tokio::test]
async fn heads_keep_to_the_limits_of_http_1() {
    let server = Server::with(|listener| (listener.limits.request_line, listener.limits.fields) = (64, 3));
    let mut client = connect(&server).await;
    // with method, version and two blanks
    let (long, longer) = (format!("/{}", "x".repeat(50)), format!("/{}", "x".repeat(51)));
    let with = |count: usize| {
        let mut asked = request("GET", "/x");
        for number in 0..count {
            let name: http::HeaderName = format!("x-{number}").parse().unwrap();
            asked.headers_mut().insert(name, "y".parse().unwrap());
        }
        asked
    };
    for (asked, status, reason) in [
        (request("GET", &long), 200, "GET"),
        (request("GET", &longer), 414, "target_too_long"),
        (with(2), 200, "GET"),
        (with(3), 431, "head_too_large"),
    ] {
        let (response, _) = client.send_request(asked, true).unwrap();
        let response = response.await.unwrap();
        assert_eq!(response.status(), status);
        let (content, _) = read(response.into_body()).await.unwrap();
        assert!(content.starts_with(reason.as_bytes()), "{}", String::from_utf8_lossy(&content));
    }
}

#[tokio::test]
async fn an_extended_connect_is_joined_like_an_upgrade() {
    let server = Server::start();
    let mut client = connect(&server).await;
    // the server's settings, which allow it, come with the first answer
    get(&mut client, "/x").await;
    let mut connect = request("CONNECT", "/upgrade");
    connect.extensions_mut().insert(h2::ext::Protocol::from_static("websocket"));
    let (response, mut stream) = client.send_request(connect, false).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(!response.headers().contains_key("sec-websocket-accept"));
    stream.send_data("there".into(), true).unwrap();
    let (content, _) = read(response.into_body()).await.unwrap();
    assert_eq!(&content[..], b"hello there");
}

#[tokio::test]
async fn an_extended_connect_that_is_passed_over_is_not_accepted() {
    let server = Server::start();
    let mut client = connect(&server).await;
    get(&mut client, "/x").await;
    for (target, status) in [("/x", 502), ("/status?204", 502), ("/status?404", 404)] {
        let mut connect = request("CONNECT", target);
        connect.extensions_mut().insert(h2::ext::Protocol::from_static("websocket"));
        let (response, _stream) = client.send_request(connect, false).unwrap();
        assert_eq!(response.await.unwrap().status(), status, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_finishes_what_is_under_way() {
    let server = Server::start();
    let mut client = connect(&server).await;
    let (response, mut stream) = client.send_request(request("POST", "/collect"), false).unwrap();
    server.wait(|event| (event == Event::Called("/collect".into())).then_some(()));
    server.running.shutdown().drain();
    stream.send_data("abc".into(), true).unwrap();
    let (content, _) = read(response.await.unwrap().into_body()).await.unwrap();
    assert_eq!(&content[..], b"3 ");
    drop((client, stream));
    tokio::task::spawn_blocking(move || server.running.join()).await.unwrap().unwrap();
}
