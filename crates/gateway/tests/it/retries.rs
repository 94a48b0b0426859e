//! Another attempt where that is safe, and only there.

use message::Reason;

use crate::gate::{Gate, public, upstream};
use crate::upstream::{OK, Upstream};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
const RETRY: &str = "{retry: {attempts: 3, backoff: 1ms, max_backoff: 1ms}}";

/// Takes a request and closes.
fn closes() -> Upstream {
    Upstream::start(|_, conn| {
        conn.head();
    })
}

/// Takes a request with three bytes of a body and says whether they came.
fn takes_abc() -> Upstream {
    Upstream::start(|_, conn| {
        while conn.try_head().is_some() {
            let body = conn.text(3);
            conn.send(format!("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{body}"));
        }
    })
}

#[test]
fn an_idempotent_request_goes_to_another_target_when_the_first_breaks() {
    let (bad, good) = (closes(), Upstream::fixed(OK));
    let gate = Gate::start(&(upstream(&[bad.addr, good.addr], "") + &public(RETRY)));
    let (answer, record) = gate.call(GET);
    assert_eq!(answer.text(), "ok");
    let [first, second] = &record.attempts[..] else { panic!("{:?}", record.attempts) };
    assert_eq!((first.error.as_deref(), first.discarded), (Some("upstream_reset"), true));
    assert_eq!(
        (second.number, second.retry_of, second.reason.as_deref()),
        (2, Some(1), Some("upstream_reset"))
    );
    assert_eq!((second.status, record.reason), (200, None));
    gate.end();
}

#[test]
fn a_request_that_is_not_idempotent_is_sent_once() {
    let (bad, good) = (closes(), takes_abc());
    let gate = Gate::start(&(upstream(&[bad.addr, good.addr], "") + &public(RETRY)));
    let (_, record) = gate.refuses(POST, Reason::UpstreamReset);
    assert_eq!((record.attempts.len(), good.connections()), (1, 0));
    gate.end();
}

#[test]
fn where_nothing_was_sent_any_method_is_tried_elsewhere() {
    let good = takes_abc();
    // without a policy too: there is nothing to lose
    for policies in ["", RETRY] {
        let gate = Gate::start(&(upstream(&[Upstream::nobody(), good.addr], "") + &public(policies)));
        let (answer, record) = gate.call(POST);
        assert_eq!((answer.text(), record.attempts.len()), ("abc", 2));
        assert_eq!(record.attempts[0].error.as_deref(), Some("connect_failed"));
        gate.end();
    }
}

#[test]
fn unsafe_methods_are_repeated_where_a_policy_says_so_with_their_body() {
    let (bad, good) = (closes(), takes_abc());
    let policy = "{retry: {attempts: 2, unsafe_methods: true}}";
    let gate = Gate::start(&(upstream(&[bad.addr, good.addr], "") + &public(policy)));
    let (answer, record) = gate.call(POST);
    assert_eq!((answer.text(), record.attempts.len(), record.bytes_in), ("abc", 2, 3));
    gate.end();
}

#[test]
fn a_body_of_unknown_length_is_not_sent_twice() {
    let (bad, good) = (closes(), Upstream::fixed(OK));
    let gate = Gate::start(&(upstream(&[bad.addr, good.addr], "") + &public(RETRY)));
    let request = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let (_, record) = gate.refuses(request, Reason::UpstreamReset);
    assert_eq!((record.attempts.len(), good.connections()), (1, 0));
    gate.end();
}

#[test]
fn statuses_are_retried_and_the_last_stands() {
    let busy = "HTTP/1.1 503 Service Unavailable\r\nX-From: up\r\nContent-Length: 4\r\n\r\nbusy";
    let (bad, good) = (Upstream::fixed(busy), Upstream::fixed(OK));
    let gate = Gate::start(&(upstream(&[bad.addr, good.addr], "") + &public(RETRY)));
    let (answer, record) = gate.call(GET);
    assert_eq!((answer.text(), record.attempts.len()), ("ok", 2));
    assert_eq!(record.attempts[1].reason.as_deref(), Some("status_503"));
    gate.end();

    let gate = Gate::start(&(upstream(&[bad.addr], "") + &public(RETRY)));
    let (answer, record) = gate.call(GET);
    // the upstream's own word, not ours
    assert_eq!((answer.status, answer.field("x-from"), answer.text()), (503, Some("up"), "busy"));
    assert_eq!((record.attempts.len(), record.reason.as_deref()), (3, None));
    gate.end();
}

/// An answer that the policy retries.
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";

#[test]
fn a_retry_by_status_sends_the_body_again() {
    let (bad, good) = (Upstream::fixed(BUSY), takes_abc());
    let gate = Gate::start(&(upstream(&[bad.addr, good.addr], "") + &public(RETRY)));
    let (answer, record) = gate.call(POST.replace("POST", "PUT"));
    assert_eq!((answer.status, answer.text(), record.attempts.len()), (200, "abc", 2));
    assert_eq!(record.attempts[1].bytes_up, 3);
    gate.end();
}

#[test]
fn a_long_body_of_unknown_length_is_not_retried_by_status() {
    const CHUNKS: usize = 160;
    // read to its last chunk before the answer
    let bad = Upstream::start(|_, conn| {
        conn.head();
        conn.bytes(CHUNKS * (7 + 65_536 + 2) + 5);
        conn.send(BUSY);
    });
    let good = Upstream::fixed(OK);
    let gate = Gate::start(&(upstream(&[bad.addr, good.addr], "") + &public(RETRY)));
    let mut client = gate.connect();
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
    for _ in 0..CHUNKS {
        client.send(&chunk);
    }
    let answer = client.send("0\r\n\r\n").answer();
    assert_eq!((answer.status, answer.text()), (503, "busy"));
    assert_eq!((gate.record().attempts.len(), good.connections()), (1, 0));
    gate.end();
}

#[test]
fn without_a_policy_nothing_is_sent_twice() {
    let (bad, good) = (closes(), Upstream::fixed(OK));
    let gate = Gate::start(&(upstream(&[bad.addr, good.addr], "") + &public("")));
    let (_, record) = gate.refuses(GET, Reason::UpstreamReset);
    assert_eq!((record.attempts.len(), good.connections()), (1, 0));
    gate.end();
}

#[test]
fn a_connection_that_died_in_the_pool_is_replaced_for_safe_requests() {
    let up = Upstream::start(|number, conn| {
        conn.head();
        conn.send(OK);
        if number == 0 {
            // takes the next request into the grave
            conn.head();
        }
    });
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public("")));
    assert_eq!(gate.call(GET).0.text(), "ok");
    let (answer, record) = gate.call(GET);
    assert_eq!((answer.text(), record.attempts.len()), ("ok", 2));
    assert_eq!(record.attempts[1].reason.as_deref(), Some("stale_connection"));
    gate.end();
}

#[test]
fn what_an_upstream_takes_after_it_began_to_answer_is_counted() {
    let (began, go_on) = std::sync::mpsc::channel();
    let began = std::sync::Mutex::new(began);
    let up = Upstream::start(move |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
        began.lock().unwrap().send(()).unwrap();
        let body = conn.text(3);
        conn.send(body);
    });
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public("")));
    let mut client = gate.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    go_on.recv().unwrap();
    client.head();
    client.send("abc");
    assert_eq!(client.text(3), "abc");
    let record = gate.record();
    assert_eq!((record.bytes_in, record.attempts[0].bytes_up, record.attempts[0].bytes_down), (3, 3, 3));
    gate.end();
}

#[test]
fn an_answer_that_is_discarded_is_not_received_during_the_pause() {
    let bad = Upstream::start(|_, conn| {
        conn.head();
        conn.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9\r\n\r\nbusy").rest();
    });
    let good = Upstream::fixed(OK);
    let policy = "{retry: {attempts: 2, backoff: 1h, max_backoff: 1h}}, {timeout: {total: 300ms}}";
    let gate = Gate::start(&(upstream(&[bad.addr, good.addr], "") + &public(policy)));
    let (_, record) = gate.refuses(GET, Reason::CallTimeout);
    let [attempt] = &record.attempts[..] else { panic!("{:?}", record.attempts) };
    let received = attempt.phases.get(trace::Phase::Receive);
    assert!(received.is_some_and(|micros| micros < 150_000), "{received:?}");
    gate.end();
}
