//! Requests and answers of HTTP/1: order, keeping alive, interim answers, changes of protocol.

use std::time::Duration;

use net::HalfClose;

use crate::support::{Event, Server};

#[test]
fn one_connection_takes_one_request_after_the_other() {
    let server = Server::start();
    let mut client = server.connect();
    for _ in 0..3 {
        let (head, body) = client.send("GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n").answer();
        assert!(head.starts_with("http/1.1 200 ok\r\n"), "{head}");
        assert!(head.contains("\r\ndate: "), "{head}");
        assert!(!head.contains("connection: close"), "{head}");
        assert_eq!(body, "GET /x a.example");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::start();
    let mut client = server.connect();
    let requests: Vec<_> = (0..20).map(|n| format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    client.send(requests.concat());
    for n in 0..20 {
        assert_eq!(client.answer().1, format!("GET /{n} a"));
    }
    client.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /after HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer().1, "3 ");
    assert_eq!(client.answer().1, "GET /after a");
}

#[test]
fn a_head_may_come_byte_by_byte() {
    let server = Server::start();
    let mut client = server.connect();
    for byte in b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" {
        client.send([*byte]);
    }
    assert_eq!(client.answer().1, "GET /slow a");
}

#[test]
fn close_is_obeyed_whoever_says_it() {
    let server = Server::start();
    for request in [
        "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /close HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /x HTTP/1.0\r\nHost: a\r\n\r\n",
    ] {
        let mut client = server.connect();
        let (head, _) = client.send(request).answer();
        assert!(head.contains("connection: close"), "{head}");
        assert_eq!(client.rest_text(), "");
    }
}

#[test]
fn http_1_0_keeps_alive_on_request_and_gets_no_chunks() {
    let server = Server::start();
    let mut client = server.connect();
    let request = "GET /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    for _ in 0..2 {
        let (head, body) = client.send(request).answer();
        assert!(head.contains("connection: keep-alive"), "{head}");
        assert_eq!(body, "GET /x a");
    }
    client.send("GET /stream?2 HTTP/1.0\r\nHost: a\r\n\r\n");
    let head = client.head();
    assert!(!head.contains("transfer-encoding") && head.contains("connection: close"), "{head}");
    assert_eq!(client.rest_text(), "piecepiece");
}

#[test]
fn answers_without_a_body_have_none() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nGET /status?204 HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send(
        "GET /status?304 HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    assert!(client.head().starts_with("http/1.1 200"));
    let head = client.head();
    assert!(head.starts_with("http/1.1 204") && !head.contains("content-length"), "{head}");
    assert!(client.head().starts_with("http/1.1 304"));
    assert_eq!(client.answer().1, "GET /x a");
}

#[test]
fn interim_answers_come_first_and_not_to_http_1_0() {
    let server = Server::start();
    let mut client = server.connect();
    for path in ["/hints", "/hints-later"] {
        client.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let hint = client.head();
        assert!(hint.starts_with("http/1.1 103"), "{hint}");
        assert_eq!(hint.contains("link: </a.css>"), path == "/hints");
        assert_eq!(client.answer().1, "hinted");
    }
    let mut old = server.connect();
    assert!(old.send("GET /hints HTTP/1.0\r\nHost: a\r\n\r\n").head().starts_with("http/1.1 200"));
}

#[test]
fn a_half_closed_client_is_served_unless_it_counts_as_gone() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("GET /pages?40 HTTP/1.1\r\nHost: a\r\n\r\n").half_close();
    let answer = client.rest();
    assert!(answer.len() > 40 * 65536, "{}", answer.len());
    assert!(answer.ends_with(b"0\r\n\r\n"));

    let strict = Server::with(|listener| listener.half_close = HalfClose::Cancel);
    let mut client = strict.connect();
    client.send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n").half_close();
    strict.wait(|event| (event == Event::Cancelled).then_some(()));
}

#[test]
fn a_client_that_closes_cancels_its_call_and_one_that_still_reads_is_asked() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait(|event| matches!(event, Event::Called(_)).then_some(()));
    // It sends its end as any client does, and no reset.
    drop(client);
    server.wait(|event| (event == Event::Cancelled).then_some(()));
    let mut client = server.connect();
    client.send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n").half_close();
    for _ in 0..2 {
        assert_eq!(client.head().lines().next(), Some("http/1.1 100 continue"));
    }
    drop(client);
    server.wait(|event| (event == Event::Cancelled).then_some(()));
}

#[test]
fn a_client_that_resets_cancels_its_call() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait(|event| matches!(event, Event::Called(_)).then_some(()));
    socket2::SockRef::from(&client.0).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    server.wait(|event| (event == Event::Cancelled).then_some(()));
    server.wait(|event| (event == Event::Closed).then_some(()));
}

#[test]
fn a_change_of_protocol_joins_both_ends_with_what_was_read_ahead() {
    let server = Server::start();
    let mut client = server.connect();
    client
        .send("GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nearly ");
    let head = client.head();
    assert!(head.starts_with("http/1.1 101") && head.contains("upgrade: websocket"), "{head}");
    assert_eq!(client.text(12), "hello early ");
    client.send("late");
    assert_eq!(client.text(4), "late");
    client.send("last").half_close();
    assert_eq!(client.rest_text(), "last");
}

#[test]
fn connections_over_the_limit_are_told_so() {
    let server = Server::with(|listener| listener.max_connections = 1);
    let mut first = server.connect();
    assert_eq!(first.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").answer().1, "GET /x a");
    let mut second = server.connect();
    let (head, body) = second.answer();
    assert!(head.starts_with("http/1.1 503"), "{head}");
    assert!(body.starts_with("overloaded"), "{body}");
    let metrics = &server.running.metrics().read()[0];
    assert_eq!((metrics.accepted, metrics.active, metrics.refused, metrics.requests), (2, 1, 1, 1));
}
