//! Rates, calls at once, bodies.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use message::Reason;

use crate::gate::{Gate, caller, check_problem, public, upstream};
use crate::upstream::{OK, Upstream};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn a_rate_is_told_used_up_and_comes_back_with_time() {
    let up = Upstream::fixed(OK);
    let rate = "{rate_limit: {requests: 60, window: 1m, burst: 3, by: all}}";
    let gate = Gate::by_hand(&(upstream(&[up.addr], "") + &public(rate)));
    for left in [2, 1, 0] {
        let (answer, _) = gate.call(GET);
        assert_eq!(answer.status, 200);
        let policy = answer.field("ratelimit-policy").expect("a policy").to_owned();
        assert!(policy.contains("q=60;w=60") || policy.contains("q=3"), "{policy}");
        let state = answer.field("ratelimit").expect("a state");
        assert!(state.contains(&format!("r={left}")), "{state}");
    }
    let (answer, record) = gate.refuses(GET, Reason::RateLimited);
    assert_eq!(answer.field("retry-after"), Some("1"));
    assert!(answer.field("ratelimit").unwrap().contains("r=0"), "{}", answer.head);
    assert!(record.attempts.is_empty());
    gate.clock.advance(Duration::from_secs(1));
    assert_eq!(gate.call(GET).0.status, 200);
    gate.refuses(GET, Reason::RateLimited);
    gate.clock.advance(Duration::from_mins(1));
    for _ in 0..3 {
        assert_eq!(gate.call(GET).0.status, 200);
    }
    gate.refuses(GET, Reason::RateLimited);
    gate.end();
}

#[test]
fn a_refused_call_takes_nothing_from_other_limits() {
    let up = Upstream::fixed(OK);
    let rates =
        "{rate_limit: {requests: 5, window: 1h, by: all}}, {rate_limit: {requests: 1, window: 1s, by: all}}";
    let gate = Gate::by_hand(&(upstream(&[up.addr], "") + &public(rates)));
    for _ in 0..5 {
        assert_eq!(gate.call(GET).0.status, 200);
        for _ in 0..3 {
            gate.refuses(GET, Reason::RateLimited);
        }
        gate.clock.advance(Duration::from_secs(1));
    }
    let (answer, _) = gate.refuses(GET, Reason::RateLimited);
    let wait: u64 = answer.field("retry-after").unwrap().parse().unwrap();
    assert!(wait > 600, "the long one is used up: {wait}");
    gate.end();
}

#[test]
fn applications_are_counted_apart() {
    let up = Upstream::fixed(OK);
    let second = caller("key-2", "").replace("shop", "bank");
    let yaml = upstream(&[up.addr], "")
        + &public("{rate_limit: {requests: 1, window: 1h}}").replace("mode: public", "mode: application")
        + &caller("key-1", "")
        + &second;
    let gate = Gate::by_hand(&yaml);
    for key in ["key-1", "key-2"] {
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Api-Key: {key}\r\n\r\n");
        assert_eq!(gate.call(&request).0.status, 200);
        gate.refuses(&request, Reason::RateLimited);
    }
    gate.end();
}

#[test]
fn calls_over_the_concurrency_limit_are_refused_until_one_ends() {
    let (arrived, arrivals) = channel();
    let (release, released) = channel::<()>();
    let (arrived, released) = (Mutex::new(arrived), Mutex::new(released));
    let up = Upstream::start(move |_, conn| {
        while conn.try_head().is_some() {
            arrived.lock().unwrap().send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
            conn.send(OK);
        }
    });
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public("{concurrency: {max: 1, by: all}}")));
    let mut first = gate.connect();
    first.send(GET);
    arrivals.recv().unwrap();
    let (answer, _) = gate.refuses(GET, Reason::ConcurrencyLimited);
    assert_eq!(answer.field("retry-after"), Some("1"));
    release.send(()).unwrap();
    assert_eq!(first.answer().text(), "ok");
    // the record is the sign that the place is free again
    assert_eq!(gate.record().status, 200);
    release.send(()).unwrap();
    assert_eq!(gate.call(GET).0.status, 200);
    gate.end();
}

#[test]
fn bodies_over_the_limit_are_refused_by_their_stated_length() {
    let up = Upstream::mirror();
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public("{body_limit: {max: 10B}}")));
    let post = |length: usize| {
        format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{}", "x".repeat(length))
    };
    assert_eq!(gate.call(post(10)).0.status, 200);
    let connections = up.connections();
    let (_, record) = gate.refuses(post(11), Reason::BodyTooLarge);
    assert!(record.attempts.is_empty() && up.connections() == connections);
    gate.end();
}

#[test]
fn bodies_of_unknown_length_are_refused_when_they_reach_the_limit() {
    let up = Upstream::start(|_, conn| {
        conn.head();
        conn.rest();
    });
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public("{body_limit: {max: 10B}}")));
    let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n8\r\nabcdefgh\r\n0\r\n\r\n";
    let (answer, record) = gate.refuses(request, Reason::BodyTooLarge);
    assert_eq!(record.attempts.len(), 1);
    check_problem(&answer, &record, Reason::BodyTooLarge);
    // and the target is not blamed for it
    assert_eq!(gate.targets(), [gateway::TargetState::Healthy]);
    gate.end();
}
