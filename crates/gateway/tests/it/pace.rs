//! Every phase of a streamed answer has a time of its own, whatever is or is not read.

use message::Reason;
use serde_json::Value;

use crate::chat::{STREAM, asked, chunk, event, gate};
use crate::upstream::Upstream;

const DONE: &str = "data: [DONE]\n\n";
const NOISE: &str = ": still thinking\n\n";

/// Sends a head, then what is given, then nothing more, holding the connection open.
fn says(pieces: &'static [&'static str]) -> Upstream {
    Upstream::start(move |_, conn| {
        if conn.try_request().is_none() {
            return;
        }
        conn.send(STREAM);
        for piece in pieces {
            conn.send(chunk(piece));
        }
        conn.rest();
    })
}

fn speaks(text: &'static str) -> Upstream {
    Upstream::start(move |_, conn| {
        if conn.try_request().is_some() {
            conn.send(format!("{STREAM}{}{}", chunk(&event(text)), chunk(DONE)));
            conn.rest();
        }
    })
}

/// The error that a stream ends with.
fn last_error(text: &str) -> Value {
    let last = text.trim_end().rsplit("\n\n").next().unwrap();
    let data: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
    data["error"].clone()
}

#[test]
fn a_model_that_says_nothing_gives_way_to_the_next_even_if_it_sends_comments() {
    let (silent, next) = (says(&[NOISE, NOISE]), speaks("here"));
    let gate = gate(&[silent.addr, next.addr], ", timeouts: {first_token: 80ms}");
    let (answer, record) = gate.call(asked(true));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), format!("{}{DONE}", event("here")));
    assert_eq!(record.attempts.len(), 2);
    gate.end();
}

#[test]
fn the_last_target_that_says_nothing_is_a_real_status() {
    let silent = says(&[]);
    let gate = gate(&[silent.addr], ", timeouts: {first_token: 50ms}");
    let (answer, record) = gate.call(asked(true));
    assert_eq!(answer.status, 504);
    assert_eq!(record.reason.as_deref(), Some(Reason::FirstTokenTimeout.code()));
    gate.end();
}

#[test]
fn a_silent_model_is_heard_of_once_its_head_is_out() {
    let silent = says(&[]);
    let gate = gate(&[silent.addr], ", timeouts: {hold: 10ms, ping: 20ms, first_token: 200ms}");
    let (answer, record) = gate.call(asked(true));
    let text = answer.text();
    assert_eq!(answer.status, 200);
    let pings = text.matches(": ping\n\n").count();
    assert!((2..=10).contains(&pings), "{text}");
    assert_eq!(last_error(text)["code"], Reason::FirstTokenTimeout.code());
    assert_eq!(record.reason.as_deref(), Some(Reason::FirstTokenTimeout.code()));
    gate.end();
}

#[test]
fn a_model_that_stops_speaking_ends_with_an_error_even_if_it_sends_comments() {
    let up = Upstream::start(|_, conn| {
        if conn.try_request().is_none() {
            return;
        }
        conn.send(format!("{STREAM}{}", chunk(&event("one"))));
        while conn.try_send(chunk(NOISE)) {
            std::thread::park_timeout(std::time::Duration::from_millis(10));
        }
    });
    let gate = gate(&[up.addr], ", timeouts: {between_tokens: 100ms}");
    let (answer, record) = gate.call(asked(true));
    let text = answer.text();
    assert!(text.starts_with(&event("one")), "{text}");
    assert_eq!(last_error(text)["code"], Reason::UpstreamStalled.code());
    assert_eq!(record.reason.as_deref(), Some(Reason::UpstreamStalled.code()));
    gate.end();
}

#[test]
fn an_answer_without_end_ends_after_its_whole_time() {
    let up = Upstream::start(|_, conn| {
        if conn.try_request().is_none() {
            return;
        }
        conn.send(STREAM);
        while conn.try_send(chunk(&event("x"))) {
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        }
    });
    let gate = gate(&[up.addr], ", timeouts: {whole: 150ms}");
    let (answer, record) = gate.call(asked(true));
    assert_eq!(last_error(answer.text())["code"], Reason::CallTimeout.code());
    assert_eq!(record.reason.as_deref(), Some(Reason::CallTimeout.code()));
    gate.end();
}

/// As long as there is always something to read, nothing is waited for, and the time runs all the same.
#[test]
fn an_answer_that_never_pauses_ends_after_its_whole_time() {
    let up = Upstream::start(|_, conn| {
        if conn.try_request().is_none() {
            return;
        }
        conn.send(STREAM);
        let pieces = chunk(&event("x")).repeat(1_000);
        while conn.try_send(&pieces) {}
    });
    let gate = gate(&[up.addr], ", timeouts: {whole: 150ms}");
    let (answer, record) = gate.call(asked(true));
    assert_eq!(last_error(answer.text())["code"], Reason::CallTimeout.code());
    assert_eq!(record.reason.as_deref(), Some(Reason::CallTimeout.code()));
    gate.end();
}
