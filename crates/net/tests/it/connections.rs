//! Which connection carries what: none is used for a second request that is not clean after the first.

use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use base::Clock;
use message::{Body, Method, RequestHead};
use net::{Client, ClientConfig, Response, SendError, SendOptions, Target, TargetConfig};
use trace::Attempt;

use crate::support::{Event, Server, upstream};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

struct Fixture {
    client: Client,
    target: Arc<Target>,
}

impl Fixture {
    fn new(addr: SocketAddr) -> Self {
        let target = Target::new(TargetConfig::new(addr.ip().to_string(), addr.port()));
        Self { client: Client::new(ClientConfig::default(), Clock::system()), target }
    }

    async fn send(&self, upgrade: Option<&str>, attempt: &mut Attempt) -> Result<Response, SendError> {
        let head = RequestHead::new(Method::Get, "a.example", "/");
        let options = SendOptions { upgrade: upgrade.map(Into::into), ..SendOptions::default() };
        self.client.send(&self.target, &head, &mut Body::empty(), &options, attempt).await
    }

    /// A whole exchange; says whether its connection had carried another.
    async fn get(&self) -> (String, bool) {
        let mut attempt = Attempt::new(1, Arc::clone(self.target.name()), 0);
        let mut response = self.send(None, &mut attempt).await.unwrap();
        let body = response.body.collect(1000).await.unwrap();
        (String::from_utf8(body.to_vec()).unwrap(), attempt.reused)
    }
}

#[tokio::test]
async fn bytes_that_nobody_asked_for_end_an_idle_connection() {
    let (said, says) = channel();
    let (say, told) = channel::<()>();
    let (said, told) = (Mutex::new(said), Mutex::new(told));
    let (addr, upstream) = upstream(2, move |number, conn| {
        conn.head();
        conn.send(OK);
        if number == 0 {
            told.lock().unwrap().recv().unwrap();
            conn.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned");
            said.lock().unwrap().send(()).unwrap();
            conn.rest();
        }
    });
    let fixture = Fixture::new(addr);
    assert_eq!(fixture.get().await, ("ok".into(), false));
    say.send(()).unwrap();
    // waiting elsewhere: what comes meanwhile is seen by the runtime
    tokio::task::spawn_blocking(move || says.recv().unwrap()).await.unwrap();
    assert_eq!(fixture.get().await, ("ok".into(), false));
    upstream.join().unwrap();
}

#[tokio::test]
async fn an_answer_that_is_not_read_to_its_end_takes_its_connection_with_it() {
    let (addr, upstream) = upstream(2, |number, conn| {
        conn.head();
        if number == 0 {
            conn.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").rest();
        } else {
            conn.send(OK);
        }
    });
    let fixture = Fixture::new(addr);
    let mut attempt = Attempt::new(1, Arc::clone(fixture.target.name()), 0);
    drop(fixture.send(None, &mut attempt).await.unwrap());
    assert_eq!(fixture.get().await, ("ok".into(), false));
    upstream.join().unwrap();
}

#[tokio::test]
async fn an_upstream_that_says_close_or_is_old_gets_no_second_request() {
    for answer in [
        "HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\n\r\nok",
    ] {
        let (addr, upstream) = upstream(2, move |_, conn| {
            conn.head();
            conn.send(answer);
        });
        let fixture = Fixture::new(addr);
        for _ in 0..2 {
            assert_eq!(fixture.get().await, ("ok".into(), false), "{answer:?}");
        }
        upstream.join().unwrap();
    }
}

#[tokio::test]
async fn a_protocol_that_was_not_asked_for_is_refused() {
    for (asked, given, taken) in [
        ("websocket", "WebSocket", true),
        ("a/1, b/2", "b/2", true),
        ("websocket", "h2c", false),
        ("a/1", "a/1, b/2", false),
    ] {
        let (addr, upstream) = upstream(1, move |_, conn| {
            conn.head();
            let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ";
            conn.send(format!("{head}{given}\r\n\r\n"));
        });
        let fixture = Fixture::new(addr);
        let mut attempt = Attempt::new(1, Arc::clone(fixture.target.name()), 0);
        match fixture.send(Some(asked), &mut attempt).await {
            Ok(response) => assert!(taken && response.tunnel.is_some(), "{asked} {given}"),
            Err(error) => {
                assert!(!taken, "{asked} {given}: {error}");
                assert_eq!(error.reason, message::Reason::UpstreamMalformed);
            }
        }
        upstream.join().unwrap();
    }
}

#[test]
fn nothing_is_served_behind_close() {
    let server = Server::start();
    let mut client = server.connect();
    client.send(
        "GET /first HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    let (head, body) = client.answer();
    assert!(head.contains("connection: close"), "{head}");
    assert_eq!((body.as_str(), client.half_close().rest_text().as_str()), ("GET /first a", ""));
    server.wait(|event| (event == Event::Closed).then_some(()));
    assert_eq!(server.running.metrics().read()[0].requests, 1);
}
