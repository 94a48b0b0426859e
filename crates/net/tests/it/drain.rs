//! Ending: requests under way finish, idle connections end, nothing new is taken.

use std::net::TcpStream;

use crate::support::{Event, Server};

#[test]
fn a_drain_finishes_what_is_under_way() {
    let server = Server::start();
    let mut idle = server.connect();
    assert_eq!(idle.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").answer().1, "GET /x a");
    let mut busy = server.connect();
    busy.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
    server.wait(|event| (event == Event::Called("/collect".into())).then_some(()));
    server.running.shutdown().drain();
    assert_eq!(idle.rest_text(), "");
    let (head, body) = busy.send("bc").answer();
    assert!(head.contains("connection: close"), "{head}");
    assert_eq!(body, "3 ");
    assert_eq!(busy.half_close().rest_text(), "");
    server.running.join().unwrap();
    assert!(TcpStream::connect(server.addr).is_err());
}

#[test]
fn a_stop_waits_for_nobody() {
    let server = Server::start();
    let mut busy = server.connect();
    busy.send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait(|event| matches!(event, Event::Called(_)).then_some(()));
    server.running.shutdown().stop();
    server.running.join().unwrap();
    assert_eq!(busy.rest_text(), "");
    server.events.iter().find(|event| *event == Event::Cancelled).expect("the call was dropped");
}
