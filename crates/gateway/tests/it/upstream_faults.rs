//! Upstreams that close early, lie about lengths, send garbage.

use message::Reason;

use crate::gate::{Gate, plain};
use crate::upstream::Upstream;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

fn check_refused(script: impl Into<Vec<u8>>, reason: Reason) {
    let up = Upstream::once(script);
    let gate = Gate::start(&plain(&[up.addr]));
    let (_, record) = gate.refuses(GET, reason);
    assert_eq!(record.attempts[0].error.as_deref(), Some(reason.code()));
    gate.end();
}

#[test]
fn an_end_before_a_whole_head() {
    check_refused("", Reason::UpstreamReset);
    check_refused("HTTP/1.1 200 OK\r\nContent-Le", Reason::UpstreamReset);
    check_refused("HTTP/1.1 100 Continue\r\n\r\n", Reason::UpstreamReset);
}

#[test]
fn what_is_not_http() {
    check_refused("220 mail.example ESMTP\r\n\r\n", Reason::UpstreamMalformed);
    check_refused(
        vec![0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46, b'\r', b'\n', b'\r', b'\n'],
        Reason::UpstreamMalformed,
    );
    check_refused("HTTP/1.1 200 OK\nContent-Length: 0\n\n", Reason::UpstreamMalformed);
    check_refused("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", Reason::UpstreamMalformed);
    check_refused("HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", Reason::UpstreamMalformed);
    check_refused("HTTP/1.1 999999 OK\r\n\r\n", Reason::UpstreamMalformed);
}

#[test]
fn lengths_with_two_readings() {
    check_refused(
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        Reason::UpstreamMalformed,
    );
    check_refused("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab", Reason::UpstreamMalformed);
    let both = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    check_refused(both, Reason::UpstreamMalformed);
    check_refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", Reason::UpstreamMalformed);
}

#[test]
fn a_head_without_end() {
    let long = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(70_000));
    check_refused(long, Reason::UpstreamHeadTooLarge);
}

#[test]
fn a_change_of_protocol_that_nobody_asked_for() {
    let unasked = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    check_refused(unasked, Reason::UpstreamMalformed);
}

/// The head was good: the client sees the end of the connection, the record says why.
fn check_cut(script: &str, reason: Reason, passed: &str) {
    let up = Upstream::once(script);
    let gate = Gate::start(&plain(&[up.addr]));
    let (answer, record) = gate.call(GET);
    assert_eq!((answer.status, answer.text(), answer.whole), (200, passed, false), "{script:?}");
    assert_eq!(record.reason.as_deref(), Some(reason.code()), "{script:?}");
    assert_eq!((record.status, record.bytes_out), (200, passed.len() as u64));
    gate.end();
}

#[test]
fn bodies_that_end_early_or_break_their_framing() {
    check_cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Reason::UpstreamIncomplete, "abc");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    check_cut(chunked, Reason::UpstreamIncomplete, "abc");
    check_cut(&format!("{chunked}5\r\nde"), Reason::UpstreamIncomplete, "abcde");
    check_cut(&format!("{chunked}zz\r\n"), Reason::UpstreamMalformed, "abc");
    check_cut(&format!("{chunked}0\r\nbroken trailer\r\n\r\n"), Reason::UpstreamMalformed, "abc");
}

#[test]
fn more_than_was_stated_is_nobody_s_answer() {
    let up = Upstream::once(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned",
    );
    let gate = Gate::start(&plain(&[up.addr]));
    for _ in 0..2 {
        let (answer, record) = gate.call(GET);
        assert_eq!((answer.text(), record.attempts[0].reused), ("ok", false));
    }
    assert_eq!(up.connections(), 2);
    gate.end();
}

#[test]
fn nobody_there() {
    let gate = Gate::start(&plain(&[Upstream::nobody()]));
    let (_, record) = gate.refuses(GET, Reason::ConnectFailed);
    assert_eq!(record.attempts.len(), 1);
    gate.end();
}

#[test]
fn a_target_that_speaks_plainly_where_tls_is_wanted() {
    let up = Upstream::start(|_, conn| {
        conn.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").rest();
    });
    let yaml = crate::gate::upstream(&[up.addr], "  tls: {verify: false}") + &crate::gate::public("");
    let gate = Gate::start(&yaml);
    gate.refuses(GET, Reason::TlsFailed);
    gate.end();
}
