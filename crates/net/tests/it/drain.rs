//! Ending: requests under way finish, idle connections end, nothing new is taken.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use base::Clock;
use net::{ListenerConfig, ServerConfig};

use crate::support::{Event, Raw, Server};

#[test]
fn a_drain_finishes_what_is_under_way() {
    let server = Server::start();
    let mut idle = server.connect();
    assert_eq!(idle.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").answer().1, "GET /x a");
    let mut busy = server.connect();
    busy.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
    server.wait(|event| (event == Event::Called("/collect".into())).then_some(()));
    let mut fresh = server.connect();
    let mut active = server.connect();
    assert_eq!(active.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").answer().1, "GET /x a");
    server.running.shutdown().drain();
    // requests that were on their way are served, and told that they are the last
    for client in [&mut fresh, &mut active] {
        let (head, body) = client.send("GET /y HTTP/1.1\r\nHost: a\r\n\r\n").answer();
        assert!(head.contains("connection: close"), "{head}");
        assert_eq!(body, "GET /y a");
    }
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

#[test]
fn sockets_that_were_handed_over_are_used() {
    let handed = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = handed.local_addr().unwrap();
    // whoever connected before the server was there is served
    let mut early = Raw::connect(addr);
    early.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    let (site, _events) = crate::support::site();
    let config = ServerConfig {
        listeners: vec![ListenerConfig::new("handed", addr)],
        cores: 2,
        clock: Clock::system(),
        drain: Duration::from_secs(5),
    };
    let bound = config.bind(vec![handed]).unwrap();
    assert_eq!(bound.addresses(), [("handed".into(), addr)]);
    let running = bound.start(move |_| site.clone()).unwrap();
    assert_eq!(early.answer().1, "GET /x a");
    running.shutdown().stop();
    running.join().unwrap();
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let config = ServerConfig {
        listeners: vec![ListenerConfig::new("second", addr)],
        cores: 1,
        clock: Clock::system(),
        drain: Duration::ZERO,
    };
    let error = config.bind(Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on {addr} for second"));
}
