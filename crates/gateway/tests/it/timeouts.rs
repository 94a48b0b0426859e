//! Every phase has its time, and its reason when that is over.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use base::Clock;
use message::Reason;
use socket2::{Domain, Socket, Type};
use trace::Phase;

use crate::gate::{Gate, check_problem, public, upstream};
use crate::upstream::{OK, Upstream};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// An upstream that reads whatever comes and says nothing.
fn silent() -> Upstream {
    Upstream::start(|_, conn| {
        conn.rest();
    })
}

#[test]
fn connecting() {
    // a queue of one that nobody empties: the kernel answers nobody else
    let full = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    full.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
    full.listen(0).unwrap();
    let addr = full.local_addr().unwrap().as_socket().unwrap();
    let mut waiting = Vec::new();
    while let Ok(one) = std::net::TcpStream::connect_timeout(&addr, Duration::from_millis(200)) {
        waiting.push(one);
    }
    let gate = Gate::start(&(upstream(&[addr], "  timeouts: {connect: 50ms}") + &public("")));
    let (_, record) = gate.refuses(GET, Reason::ConnectTimeout);
    assert_eq!(record.attempts[0].error.as_deref(), Some("connect_timeout"));
    gate.end();
}

#[test]
fn the_handshake_of_tls() {
    let up = silent();
    let gate = Gate::start(&(upstream(&[up.addr], "  tls: {}\n  timeouts: {tls: 50ms}") + &public("")));
    let (_, record) = gate.refuses(GET, Reason::ConnectTimeout);
    assert_eq!(record.attempts[0].error.as_deref(), Some("connect_timeout"));
    gate.end();
}

#[test]
fn a_name_that_is_none() {
    let yaml = "---
kind: Upstream
name: up
spec: {targets: [{host: no-such-name.invalid, port: 80}]}
"
    .to_owned()
        + &public("");
    let gate = Gate::start(&yaml);
    gate.refuses(GET, Reason::DnsFailed);
    gate.end();
}

#[test]
fn sending() {
    let (release, released) = channel::<()>();
    let released = Mutex::new(released);
    let up = Upstream::start(move |_, conn| {
        conn.head();
        // takes no more, until the test has ended
        released.lock().unwrap().recv().ok();
    });
    let gate = Gate::start(&(upstream(&[up.addr], "  timeouts: {send: 50ms}") + &public("")));
    let mut client = gate.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
    let mut body = client.0.try_clone().unwrap();
    let sending = std::thread::spawn(move || {
        let page = vec![0; 1 << 20];
        while std::io::Write::write_all(&mut body, &page).is_ok() {}
    });
    let answer = client.answer();
    check_problem(&answer, &gate.record(), Reason::SendTimeout);
    drop(client);
    drop(release);
    gate.end();
    sending.join().unwrap();
}

#[test]
fn the_first_byte() {
    let up = silent();
    let spec = upstream(&[up.addr], "  timeouts: {first_byte: 50ms}");
    let gate = Gate::start(&(spec.clone() + &public("")));
    let (_, record) = gate.refuses(GET, Reason::UpstreamTimeout);
    assert_eq!(record.attempts.len(), 1);
    gate.end();
    // a policy overrules the upstream
    let spec = spec.replace("50ms", "1h");
    let gate = Gate::start(&(spec + &public("{timeout: {first_byte: 50ms}}")));
    gate.refuses(GET, Reason::UpstreamTimeout);
    gate.end();
}

#[test]
fn pauses_in_the_answer() {
    let up = Upstream::start(|_, conn| {
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        conn.rest();
    });
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public("{timeout: {idle: 50ms}}")));
    let (answer, record) = gate.call(GET);
    assert_eq!((answer.status, answer.text(), answer.whole), (200, "abc", false));
    assert_eq!(record.reason.as_deref(), Some("upstream_stalled"));
    assert_eq!((record.status, record.bytes_out), (200, 3));
    gate.end();
}

#[test]
fn the_call_as_a_whole() {
    let up = silent();
    let spec = upstream(&[up.addr], "  ejection: {consecutive_failures: 1, max_percent: 100}");
    let gate = Gate::start(&(spec + &public("{timeout: {total: 200ms}}")));
    let (_, record) = gate.refuses(GET, Reason::CallTimeout);
    let [attempt] = &record.attempts[..] else { panic!("{:?}", record.attempts) };
    assert_eq!((&*attempt.target, attempt.status), (up.addr.to_string().as_str(), 0));
    assert_eq!(attempt.error.as_deref(), Some("call_timeout"));
    let phases = attempt.phases;
    assert!(phases.get(Phase::Connect).is_some() && phases.get(Phase::Send).is_some(), "{phases:?}");
    assert!(phases.get(Phase::Wait).is_some_and(|wait| wait > 50_000), "{phases:?}");
    assert_eq!(gate.targets(), [gateway::TargetState::Ejected], "it took too long");
    gate.end();
}

#[test]
fn the_call_as_a_whole_within_a_handshake() {
    let up = silent();
    let gate = Gate::start(&(upstream(&[up.addr], "  tls: {}") + &public("{timeout: {total: 200ms}}")));
    let (_, record) = gate.refuses(GET, Reason::CallTimeout);
    let phases = record.attempts[0].phases;
    assert!(phases.get(Phase::Connect).is_some() && phases.get(Phase::Send).is_none(), "{phases:?}");
    assert!(phases.get(Phase::Tls).is_some_and(|tls| tls > 50_000), "{phases:?}");
    gate.end();
}

#[test]
fn the_call_as_a_whole_while_the_client_is_slow() {
    let up = silent();
    let spec = upstream(&[up.addr], "  ejection: {consecutive_failures: 1, max_percent: 100}");
    let gate = Gate::start(&(spec + &public("{timeout: {total: 200ms}}")));
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc";
    let (_, record) = gate.refuses(request, Reason::CallTimeout);
    let attempt = &record.attempts[0];
    assert!(attempt.phases.get(Phase::Send).is_some_and(|send| send > 50_000), "{attempt:?}");
    assert_eq!((attempt.phases.get(Phase::Wait), attempt.bytes_up), (None, 3));
    assert_eq!(gate.targets(), [gateway::TargetState::Healthy], "not the target's fault");
    gate.end();
}

#[test]
fn the_client_s_own_body() {
    let up = silent();
    let yaml = upstream(&[up.addr], "") + &public("");
    let gate = Gate::with(&yaml, Clock::system(), |listener| {
        listener.timeouts.body_idle = Duration::from_millis(50);
    });
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc";
    gate.refuses(request, Reason::BodyTimeout);
    assert_eq!(gate.targets(), [gateway::TargetState::Healthy], "not the target's fault");
    gate.end();
}

#[test]
fn the_client_s_own_head() {
    let up = Upstream::fixed(OK);
    let yaml = upstream(&[up.addr], "") + &public("");
    let gate = Gate::with(&yaml, Clock::system(), |listener| {
        listener.timeouts.head = Duration::from_millis(50);
    });
    gate.refuses("GET / HTTP/1.1\r\nHo", Reason::HeadTimeout);
    gate.end();
}

#[test]
fn waiting_for_a_connection_is_not_the_targets_failure() {
    let (arrived, arrivals) = channel();
    let (answer, answers) = channel::<()>();
    let arrived = Mutex::new(arrived);
    let answers = Mutex::new(answers);
    let up = Upstream::start(move |_, conn| {
        while conn.try_request().is_some() {
            arrived.lock().unwrap().send(()).unwrap();
            answers.lock().unwrap().recv().unwrap_or_default();
            conn.send(OK);
        }
    });
    let spec = "  pool: {max_connections: 1}\n  timeouts: {queue: 50ms}\n  ejection: {consecutive_failures: 1, max_percent: 100}";
    let gate = Gate::start(&(upstream(&[up.addr], spec) + &public("")));
    let mut first = gate.connect();
    first.send(GET);
    arrivals.recv().unwrap();
    let (_, record) = gate.refuses(GET, Reason::QueueTimeout);
    assert!(record.attempts[0].phases.get(Phase::Queued).is_some_and(|us| us >= 50_000));
    answer.send(()).unwrap();
    assert_eq!((first.answer().status, gate.record().status), (200, 200));
    answer.send(()).unwrap();
    let (answered, _) = gate.get("/", "");
    assert_eq!((answered.status, up.connections()), (200, 1));
    gate.end();
}
