//! Bodies of HTTP/1, both ways.

use std::time::Duration;

use crate::support::{Event, Server};

#[test]
fn lengths_and_chunks_are_read_and_echoed() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(client.answer().1, "hello");
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    client.send("world");
    assert_eq!(client.answer().1, "helloworld");
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    let head = client.head();
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert_eq!(client.text(10), "5\r\nhello\r\n");
    client.send("1\r\n!\r\n0\r\n\r\n");
    assert_eq!(client.text(11), "1\r\n!\r\n0\r\n\r\n");
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer().1, "GET /x a");
}

#[test]
fn trailers_pass_both_ways() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n");
    assert_eq!(client.answer().1.to_ascii_lowercase(), "3 x-sum=6");
    client.send("GET /trailers HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: te\r\n\r\n");
    client.head();
    let expected = "3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n";
    assert_eq!(client.text(expected.len()).to_ascii_lowercase(), expected);
}

#[test]
fn large_bodies_pass_both_ways_with_a_slow_reader() {
    const SIZE: usize = 8 << 20;
    let server = Server::start();
    let mut client = server.connect();
    client.send(format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {SIZE}\r\n\r\n"));
    let mut writer = server_writer(&client);
    let sending = std::thread::spawn(move || {
        let content: Vec<u8> = (0..SIZE).map(pattern).collect();
        std::io::Write::write_all(&mut writer, &content).unwrap();
    });
    let head = client.head();
    assert!(head.contains(&format!("content-length: {SIZE}")), "{head}");
    let mut at = 0;
    while at < SIZE {
        let piece = client.bytes(4096.min(SIZE - at));
        assert!(piece.iter().enumerate().all(|(n, byte)| *byte == pattern(at + n)), "at {at}");
        at += piece.len();
    }
    sending.join().unwrap();
    assert_eq!(client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").answer().1, "GET /x a");
}

fn pattern(at: usize) -> u8 {
    u8::try_from(at * 31 % 251).unwrap()
}

fn server_writer(client: &crate::support::Raw) -> std::net::TcpStream {
    client.0.try_clone().unwrap()
}

#[test]
fn continue_is_sent_when_the_body_is_wanted_and_not_before() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.head(), "http/1.1 100 continue\r\n\r\n");
    client.send("abc");
    assert_eq!(client.answer().1, "3 ");

    client.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    let (head, body) = client.answer();
    assert!(head.starts_with("http/1.1 200") && head.contains("connection: close"), "{head}");
    assert_eq!(body, "ignored");
    assert_eq!(client.half_close().rest_text(), "");
}

#[test]
fn an_unread_body_is_read_away_if_it_is_small_and_ends_the_connection_if_not() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    assert_eq!(client.answer().1, "ignored");
    client.send("defGET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer().1, "GET /x a");

    client.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\nabc");
    let (head, body) = client.answer();
    assert!(head.contains("connection: close"), "{head}");
    assert_eq!(body, "ignored");
    // what was on its way does not turn the answer into a reset
    client.send(vec![0; 100_000]).half_close();
    assert_eq!(client.rest_text(), "");
}

#[test]
fn a_body_that_breaks_or_ends_early_is_known_to_the_handler() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    let (head, body) = client.answer();
    assert!(head.starts_with("http/1.1 400") && head.contains("connection: close"), "{head}");
    assert!(body.starts_with("malformed_body"), "{body}");

    let mut client = server.connect();
    client.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc").half_close();
    let (_, body) = client.answer();
    assert!(body.starts_with("client_closed") || body.starts_with("malformed_body"), "{body}");
}

#[test]
fn a_body_that_stops_arriving_times_out() {
    let server = Server::with(|listener| listener.timeouts.body_idle = Duration::from_millis(50));
    let mut client = server.connect();
    client.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    let (head, body) = client.answer();
    assert!(head.starts_with("http/1.1 408"), "{head}");
    assert!(body.starts_with("body_timeout"), "{body}");
}

#[test]
fn an_answer_that_breaks_does_not_look_whole() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = client.rest_text();
    assert!(answer.ends_with("3\r\nabc\r\n"), "{answer}");
    // where only the end of the connection ends the body, a reset has to say so
    let mut old = server.connect();
    old.send("GET /broken HTTP/1.0\r\nHost: a\r\n\r\n");
    let mut byte = [0];
    let error = loop {
        match std::io::Read::read(&mut old.0, &mut byte) {
            Ok(0) => panic!("an orderly end"),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn a_client_that_does_not_read_is_given_up() {
    let server = Server::with(|listener| listener.timeouts.write_idle = Duration::from_millis(50));
    let mut client = server.connect();
    client.send("GET /pages?2000 HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait(|event| (event == Event::Closed).then_some(()));
    assert!(client.rest().len() < 2000 * 65536);
}

#[test]
fn streamed_answers_are_chunked_and_large_ones_whole() {
    let server = Server::start();
    let mut client = server.connect();
    client.send("GET /stream?3 HTTP/1.1\r\nHost: a\r\n\r\n");
    client.head();
    let expected = "5\r\npiece\r\n5\r\npiece\r\n5\r\npiece\r\n0\r\n\r\n";
    assert_eq!(client.text(expected.len()), expected);
    for size in [1, 8 * 1024, 8 * 1024 + 1, 64 * 1024, 64 * 1024 + 1, 3_000_000] {
        let (head, body) = client.send(format!("GET /big?{size} HTTP/1.1\r\nHost: a\r\n\r\n")).answer();
        assert!(head.contains(&format!("content-length: {size}\r\n")), "{head}");
        assert!(body.len() == size && body.bytes().all(|byte| byte == b'x'));
    }
}
