//! Targets get their share, and none while they fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gateway::TargetState::{Ejected, Healthy};
use message::Reason;

use crate::gate::{Gate, public, upstream};
use crate::upstream::{OK, Upstream};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn targets_get_calls_by_weight() {
    let ups = [Upstream::fixed(OK), Upstream::fixed(OK), Upstream::fixed(OK)];
    let target = |at: usize, weight: u32| {
        format!("{{host: 127.0.0.1, port: {}, weight: {weight}}}", ups[at].addr.port())
    };
    let yaml = format!(
        "---\nkind: Upstream\nname: up\nspec: {{targets: [{}, {}, {}]}}\n",
        target(0, 3),
        target(1, 1),
        target(2, 0)
    ) + &public("");
    let gate = Gate::start(&yaml);
    let mut counts = [0; 3];
    for _ in 0..40 {
        let (_, record) = gate.call(GET);
        let name = record.attempts[0].target.to_string();
        counts[ups.iter().position(|up| name == up.addr.to_string()).unwrap()] += 1;
    }
    assert_eq!(counts, [30, 10, 0]);
    gate.end();
}

/// An upstream that answers 503 while the switch is on.
fn switched(broken: &Arc<AtomicBool>) -> Upstream {
    let broken = Arc::clone(broken);
    Upstream::start(move |_, conn| {
        while conn.try_head().is_some() {
            let bad = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nbad";
            conn.send(if broken.load(Ordering::SeqCst) { bad } else { OK });
        }
    })
}

#[test]
fn a_target_that_fails_time_after_time_is_left_out_and_comes_back() {
    let broken = Arc::new(AtomicBool::new(true));
    let (shaky, good) = (switched(&broken), Upstream::fixed(OK));
    let spec = "  ejection: {consecutive_failures: 3, base: 10s, max_percent: 50}";
    let gate = Gate::by_hand(&(upstream(&[shaky.addr, good.addr], spec) + &public("")));
    let count_bad = |calls: usize| (0..calls).filter(|_| gate.call(GET).0.status == 503).count();
    assert_eq!(count_bad(6), 3);
    assert_eq!(gate.targets(), [Ejected, Healthy]);
    assert_eq!(count_bad(20), 0);
    // the one call that tries it fails: it is left out again, for longer
    gate.clock.advance(Duration::from_secs(11));
    assert_eq!(count_bad(10), 1);
    gate.clock.advance(Duration::from_secs(11));
    assert_eq!(count_bad(10), 0);
    broken.store(false, Ordering::SeqCst);
    gate.clock.advance(Duration::from_secs(20));
    assert_eq!(count_bad(10), 0);
    assert_eq!(gate.targets(), [Healthy, Healthy]);
    gate.end();
}

#[test]
fn where_no_target_is_well_the_upstream_says_what_happens() {
    let broken = Arc::new(AtomicBool::new(true));
    let up = switched(&broken);
    let ejection = "  ejection: {consecutive_failures: 2, base: 10s, max_percent: 100}";
    let fail = format!("{ejection}\n  when_none_healthy: fail");
    let gate = Gate::by_hand(&(upstream(&[up.addr], &fail) + &public("")));
    for _ in 0..2 {
        assert_eq!(gate.call(GET).0.text(), "bad");
    }
    gate.clock.advance(Duration::from_millis(700));
    let (answer, record) = gate.refuses(GET, Reason::NoHealthyUpstream);
    let wait: u64 = answer.field("retry-after").unwrap().parse().unwrap();
    assert!((1..=11).contains(&wait) && record.attempts.is_empty());
    broken.store(false, Ordering::SeqCst);
    gate.clock.advance(Duration::from_secs(wait));
    assert_eq!(gate.call(GET).0.text(), "ok");
    gate.end();

    broken.store(true, Ordering::SeqCst);
    let gate = Gate::by_hand(&(upstream(&[up.addr], ejection) + &public("")));
    for _ in 0..5 {
        assert_eq!(gate.call(GET).0.text(), "bad");
    }
    gate.end();
}

#[test]
fn an_answer_of_the_caller_s_making_is_no_failure() {
    // nor is a fault of the service itself, which is there
    for status in ["404 Not Found", "429 Too Many Requests", "500 Internal Server Error"] {
        check_no_failure(status);
    }
}

fn check_no_failure(status: &str) {
    let up = Upstream::fixed(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"));
    let spec = "  ejection: {consecutive_failures: 1, base: 10s, max_percent: 100}";
    let gate = Gate::by_hand(&(upstream(&[up.addr], spec) + &public("")));
    assert!(status.starts_with(&gate.call(GET).0.status.to_string()));
    assert_eq!(gate.targets(), [Healthy]);
    gate.end();
}
