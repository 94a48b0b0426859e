//! What is no request is refused, explained and recorded, and the connection ends.

use std::time::Duration;

use message::Reason;

use crate::support::{Event, Server};

fn check(request: &str, status: u16, reason: Reason) {
    let server = Server::start();
    let mut client = server.connect();
    client.send(request);
    let (head, body) = client.answer();
    assert!(head.starts_with(&format!("http/1.1 {status} ")), "{request:?}: {head}");
    assert!(head.contains("connection: close"), "{head}");
    assert!(body.starts_with(reason.code()), "{request:?}: {body}");
    assert_eq!(client.half_close().rest_text(), "", "nothing behind it is a request");
    let told = server.wait(|event| match event {
        Event::Refused(reason, _) => Some(reason),
        _ => None,
    });
    assert_eq!(told, reason);
    assert_eq!(server.running.metrics().read()[0].malformed, 1);
}

#[test]
fn ambiguous_lengths() {
    let both = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    check(both, 400, Reason::AmbiguousLength);
    let doubled = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd";
    check(doubled, 400, Reason::AmbiguousLength);
}

#[test]
fn broken_grammar() {
    check("GET / HTTP/1.1\nHost: a\n\n", 400, Reason::MalformedRequest);
    check("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n", 400, Reason::MalformedRequest);
    check("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400, Reason::MalformedRequest);
    check("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, Reason::InvalidHost);
    check("GET / HTTP/1.1\r\n\r\n", 400, Reason::InvalidHost);
    check("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, Reason::UnsupportedVersion);
    check(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        501,
        Reason::UnsupportedCoding,
    );
}

#[test]
fn heads_over_the_limits() {
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(10_000));
    check(&long, 414, Reason::TargetTooLong);
    let many: Vec<_> = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    let many = many.concat();
    check(&format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"), 431, Reason::HeadTooLarge);
    let large = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    check(&large, 431, Reason::HeadTooLarge);
}

#[test]
fn a_request_before_a_broken_one_is_answered() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n");
    assert_eq!(client.answer().1, "GET /x a");
    assert!(client.answer().0.starts_with("http/1.1 400"));
}

#[test]
fn a_slow_head_gets_408_and_silence_gets_silence() {
    let server = Server::with(|listener| listener.timeouts.head = Duration::from_millis(50));
    let mut slow = server.connect();
    slow.send("GET / HTTP/1.1\r\nHo");
    let (head, body) = slow.answer();
    assert!(head.starts_with("http/1.1 408"), "{head}");
    assert!(body.starts_with("head_timeout"), "{body}");
    let mut silent = server.connect();
    assert_eq!(silent.rest_text(), "");
}

#[test]
fn an_idle_connection_is_closed_without_a_word() {
    let server = Server::with(|listener| listener.timeouts.keep_alive = Duration::from_millis(50));
    let mut client = server.connect();
    assert_eq!(client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").answer().1, "GET /x a");
    assert_eq!(client.rest_text(), "");
}
