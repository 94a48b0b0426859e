//! Listener and client joined: a body streams through, a cancelled call cancels upstream, a change of
//! protocol reaches the far end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base::Clock;
use net::{
    Call, Client, ClientConfig, ClientTimeouts, Handler, ListenerConfig, Refused, Reply, Running,
    SendOptions, Target, TargetConfig,
};
use trace::Attempt;

use crate::support::{Raw, problem, start, upstream};

#[derive(Clone)]
struct Relay {
    client: Client,
    target: Arc<Target>,
}

impl Handler for Relay {
    async fn handle(&self, mut call: Call) -> Reply {
        http1::hop::strip(&mut call.head.fields);
        let options = SendOptions {
            interim: call.interim.clone(),
            upgrade: call.upgrade.take().map(|upgrade| upgrade.protocol),
            timeouts: ClientTimeouts { first_byte: Duration::from_secs(2), ..ClientTimeouts::default() },
            ..SendOptions::default()
        };
        let mut attempt = Attempt::new(1, Arc::clone(self.target.name()), 0);
        match self.client.send(&self.target, &call.head, &mut call.body, &options, &mut attempt).await {
            Ok(response) => match response.tunnel {
                Some(tunnel) => Reply::switched(response.head, tunnel),
                None => Reply::new(response.head, response.body),
            },
            Err(error) => problem(error.reason, &error.detail),
        }
    }

    fn refused(&self, refused: Refused) -> Reply {
        problem(refused.reason, &refused.detail)
    }
}

fn relay(upstream: SocketAddr) -> (Raw, Running) {
    let target = Target::new(TargetConfig::new(upstream.ip().to_string(), upstream.port()));
    let listener = ListenerConfig::new("relay", "127.0.0.1:0".parse().unwrap());
    let (addr, running) = start(listener, move |_| Relay {
        client: Client::new(ClientConfig::default(), Clock::system()),
        target: Arc::clone(&target),
    });
    (Raw::connect(addr), running)
}

#[test]
fn bodies_stream_through_both_ways_at_once() {
    let (addr, upstream) = upstream(1, |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for _ in 0..100 {
            let piece = conn.text(10);
            conn.send(piece);
        }
        assert_eq!(conn.text(5), "0\r\n\r\n");
        conn.send("0\r\n\r\n");
    });
    let (mut client, _running) = relay(addr);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert!(client.head().starts_with("http/1.1 200"));
    for _ in 0..100 {
        // each piece is seen before the next is sent
        assert_eq!(client.send("5\r\npiece\r\n").text(10), "5\r\npiece\r\n");
    }
    assert_eq!(client.send("0\r\n\r\n").text(5), "0\r\n\r\n");
    upstream.join().unwrap();
}

#[test]
fn an_early_answer_without_content_does_not_cut_the_request() {
    let (sender, arrived) = std::sync::mpsc::channel();
    let (addr, upstream) = upstream(1, move |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 204 No Content\r\n\r\n");
        sender.send(conn.text(15)).unwrap();
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let (mut client, _running) = relay(addr);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert!(client.head().starts_with("http/1.1 204"));
    client.send("5\r\npiece\r\n0\r\n\r\n");
    let arrived = arrived.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(arrived, "5\r\npiece\r\n0\r\n\r\n");
    assert_eq!(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").answer().1, "ok");
    upstream.join().unwrap();
}

#[test]
fn a_client_that_leaves_takes_the_upstream_call_with_it() {
    let (sender, arrived) = std::sync::mpsc::channel();
    let (addr, upstream) = upstream(1, move |_, conn| {
        conn.head();
        sender.send(()).unwrap();
        assert_eq!(conn.rest_text(), "");
    });
    let (mut client, _running) = relay(addr);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
    arrived.recv_timeout(Duration::from_secs(10)).unwrap();
    drop(client);
    upstream.join().unwrap();
}

#[test]
fn interim_answers_and_protocol_changes_pass() {
    let (addr, upstream) = upstream(1, |_, conn| {
        let head = conn.head();
        assert!(head.contains("upgrade: websocket") && head.contains("connection: upgrade"), "{head}");
        conn.send("HTTP/1.1 103 Early Hints\r\n\r\n");
        conn.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nfirst",
        );
        assert_eq!(conn.text(6), "second");
        conn.send("third");
    });
    let (mut client, _running) = relay(addr);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    assert!(client.head().starts_with("http/1.1 103"));
    let head = client.head();
    assert!(head.starts_with("http/1.1 101") && head.contains("upgrade: websocket"), "{head}");
    assert_eq!(client.text(5), "first");
    assert_eq!(client.send("second").rest_text(), "third");
    upstream.join().unwrap();
}

#[test]
fn a_change_of_protocol_within_the_request_is_refused() {
    let (addr, upstream) = upstream(1, |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
        conn.rest();
    });
    let (mut client, _running) = relay(addr);
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 9\r\n\r\nabc",
    );
    let (head, body) = client.answer();
    assert!(head.starts_with("http/1.1 502") && body.starts_with("upstream_malformed"), "{head}{body}");
    upstream.join().unwrap();
}

#[test]
fn interim_answers_that_the_client_does_not_take_are_dropped() {
    const COUNT: usize = 1000;
    let (sender, sent) = std::sync::mpsc::channel();
    let (addr, upstream) = upstream(1, move |_, conn| {
        conn.head();
        let hint = format!("HTTP/1.1 103 Early Hints\r\nX: {}\r\n\r\n", "x".repeat(60_000));
        for _ in 0..COUNT {
            conn.send(&hint);
        }
        sender.send(()).unwrap();
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let (mut client, _running) = relay(addr);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    sent.recv_timeout(Duration::from_mins(1)).unwrap();
    let answer = client.rest();
    // the kernel's buffers take some
    assert!(answer.ends_with(b"ok") && answer.len() < COUNT * 40_000, "{}", answer.len());
    upstream.join().unwrap();
}

#[test]
fn interim_answers_without_end_are_no_answer() {
    let (addr, upstream) = upstream(1, |_, conn| {
        conn.head();
        let hints = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1000);
        while std::io::Write::write_all(&mut conn.0, hints.as_bytes()).is_ok() {}
    });
    let (mut client, _running) = relay(addr);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut head = client.head();
    while head.starts_with("http/1.1 103") {
        head = client.head();
    }
    assert!(head.starts_with("http/1.1 504"), "{head}");
    drop(client);
    upstream.join().unwrap();
}

#[test]
fn bytes_sent_ahead_of_a_tunnel_are_counted_once() {
    let (addr, upstream) = upstream(1, |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
        assert_eq!(conn.rest_text(), "ahead and behind");
    });
    let (mut client, running) = relay(addr);
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nahead";
    client.send(request).head();
    client.send(" and behind").half_close();
    assert_eq!(client.rest_text(), "");
    upstream.join().unwrap();
    let clock = Clock::system();
    while running.metrics().read()[0].active > 0 {
        assert!(clock.now().0 < 10_000_000_000);
        std::thread::yield_now();
    }
    assert_eq!(running.metrics().read()[0].bytes_in, request.len() as u64 + 11);
}

#[test]
fn a_failing_upstream_is_told_by_reason() {
    let (addr, upstream) = upstream(1, |_, conn| drop(conn.head()));
    let (mut client, _running) = relay(addr);
    let (head, body) = client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").answer();
    assert!(head.starts_with("http/1.1 502"), "{head}");
    assert!(body.starts_with("upstream_reset"), "{body}");
    upstream.join().unwrap();
}
