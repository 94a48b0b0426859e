//! However a call ends, it leaves one record.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use crate::client::Raw;
use crate::gate::{Gate, plain, public, upstream};
use crate::upstream::{OK, Upstream};

#[test]
fn a_client_that_leaves_before_the_answer() {
    let (arrived, arrivals) = channel();
    let arrived = Mutex::new(arrived);
    let up = Upstream::start(move |_, conn| {
        conn.head();
        arrived.lock().unwrap().send(()).unwrap();
        conn.rest();
    });
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = gate.connect();
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    arrivals.recv().unwrap();
    client.reset();
    let record = gate.record();
    assert_eq!((record.status, record.reason.as_deref(), &*record.path), (0, Some("client_closed"), "/x"));
    let [attempt] = &record.attempts[..] else { panic!("{:?}", record.attempts) };
    assert_eq!((attempt.status, attempt.error.as_deref()), (0, Some("client_closed")));
    assert!(attempt.phases.get(trace::Phase::Wait).is_some(), "{:?}", attempt.phases);
    assert_eq!(gate.targets(), [gateway::TargetState::Healthy], "not the target's fault");
    gate.end();
}

#[test]
fn a_client_that_leaves_within_the_answer() {
    let up = Upstream::start(|_, conn| {
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        conn.rest();
    });
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = gate.connect();
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").head();
    assert_eq!(client.text(3), "abc");
    client.reset();
    let record = gate.record();
    assert_eq!((record.status, record.reason.as_deref(), record.bytes_out), (200, Some("client_closed"), 3));
    gate.end();
}

#[test]
fn a_client_that_leaves_within_its_request() {
    let up = Upstream::start(|_, conn| {
        conn.rest();
    });
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = gate.connect();
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    client.half_close();
    let record = gate.record();
    let reason = record.reason.as_deref();
    assert!(matches!(reason, Some("malformed_body" | "client_closed")), "{reason:?}");
    assert_eq!(gate.targets(), [gateway::TargetState::Healthy]);
    gate.end();
}

/// A tunnel of which one end is reset.
fn check_tunnel(leaves: &str, reason: &str) {
    let from_client = leaves == "client";
    let up = Upstream::start(move |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
        conn.text(5);
        if from_client {
            conn.rest();
        } else {
            Raw(conn.0.try_clone().unwrap()).reset();
        }
    });
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = gate.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n").head();
    client.send("hello");
    if from_client {
        client.reset();
    } else {
        client.rest();
    }
    let record = gate.record();
    assert_eq!((record.status, record.reason.as_deref()), (101, Some(reason)));
    gate.end();
}

#[test]
fn the_end_of_a_tunnel_that_fails_is_told() {
    check_tunnel("client", "client_closed");
    check_tunnel("upstream", "upstream_reset");
}

/// Begins its answer, then takes what comes.
fn answers_early() -> Upstream {
    Upstream::start(|_, conn| {
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        conn.rest();
    })
}

/// A client that sends the start of a body, sees the start of the answer, and then `more`.
fn check_fails_behind(policies: &str, more: &str, reason: &str) {
    let up = answers_early();
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public(policies)));
    let mut client = gate.connect();
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.head();
    assert_eq!(client.text(8), "3\r\nabc\r\n");
    client.send(more).half_close();
    let record = gate.record();
    assert_eq!((record.status, record.reason.as_deref()), (200, Some(reason)), "{more:?}");
    gate.end();
}

#[test]
fn a_request_that_breaks_behind_the_start_of_its_answer() {
    check_fails_behind("", "zz\r\n", "malformed_body");
    check_fails_behind("", "5\r\nab", "malformed_body");
    check_fails_behind("{body_limit: {max: 4B}}", "3\r\nabc\r\n", "body_too_large");
}

#[test]
fn an_answer_may_pause_while_its_request_is_sent() {
    let (taken, takes) = channel();
    let taken = Mutex::new(taken);
    let up = Upstream::start(move |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        while conn.text(8).starts_with('3') {
            taken.lock().unwrap().send(()).unwrap();
        }
        conn.send("0\r\n\r\n");
        conn.rest();
    });
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public("{timeout: {idle: 50ms}}")));
    let mut client = gate.connect();
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.head();
    assert_eq!(client.text(8), "3\r\nabc\r\n");
    let clock = base::Clock::system();
    while clock.now().0 < 300_000_000 {
        takes.recv().unwrap();
        client.send("3\r\nabc\r\n");
    }
    // as long as a chunk, so that the upstream sees it
    client.send("0\r\nA: b\r\n\r\n");
    assert_eq!(client.text(5), "0\r\n\r\n");
    assert_eq!(gate.record().reason, None);
    gate.end();
}

#[test]
fn every_one_of_many_calls_has_its_own_record() {
    let up = Upstream::fixed(OK);
    let gate = Gate::start(&plain(&[up.addr]));
    // pipelined, and on connections side by side
    let mut clients: Vec<_> = (0..8).map(|_| gate.connect()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        let requests: Vec<String> =
            (0..25).map(|n| format!("GET /{number}/{n} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
        client.send(requests.concat());
    }
    for client in &mut clients {
        for _ in 0..25 {
            assert_eq!(client.answer().text(), "ok");
        }
    }
    let mut paths: Vec<String> = (0..200).map(|_| gate.record().path.to_string()).collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 200);
    gate.end();
}

#[test]
fn stages_attempts_and_bytes_add_up() {
    let up = Upstream::mirror();
    let gate = Gate::start(&plain(&[up.addr]));
    let request =
        "POST /a?b HTTP/1.1\r\nHost: A.example:81\r\nUser-Agent: test\r\nContent-Length: 5\r\n\r\nhello";
    let (answer, record) = gate.call(request);
    assert_eq!((&*record.method, &*record.host, &*record.path), ("POST", "a.example", "/a"));
    assert_eq!((record.bytes_in, record.bytes_out), (5, answer.body.len() as u64));
    assert_eq!(record.user_agent.as_deref(), Some("test"));
    let names: Vec<&str> = record.stages.iter().map(|stage| &*stage.name).collect();
    assert_eq!(names, ["route", "target"]);
    let ends =
        record.stages.windows(2).all(|two| two[0].start_us + two[0].duration_us <= two[1].start_us + 1);
    assert!(ends, "{:?}", record.stages);
    let attempt = &record.attempts[0];
    assert_eq!((attempt.status, attempt.bytes_up, attempt.bytes_down), (200, 5, record.bytes_out));
    assert_eq!(&*attempt.target, up.addr.to_string());
    gate.end();
}
