//! A model's stream is over when it says so, whatever its provider does after.

use std::net::SocketAddr;

use message::Reason;
use trace::CallRecord;

use crate::chat::{STREAM, asked, chunk, event, events, gate};
use crate::client::Answer;
use crate::gate::Gate;
use crate::upstream::Upstream;

const DONE: &str = "data: [DONE]\n\n";
const FAILED: &str = "data: {\"error\": {\"message\": \"out of breath\", \"type\": \"server_error\"}}\n\n";

/// What an upstream does when it has said all.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// It closes without the last chunk.
    Close,
    /// It sends what is no chunk.
    Garbage,
    /// It keeps the connection open.
    Hold,
}

/// Sends a stream of two pieces, the second of which is `last`.
fn says(last: &'static str, then: Then) -> Upstream {
    Upstream::start(move |_, conn| {
        if conn.try_request().is_none() {
            return;
        }
        conn.send(format!("{STREAM}{}", chunk(&event("one"))));
        conn.send(chunk(last));
        match then {
            Then::Close => {}
            Then::Garbage => drop(conn.send("zz\r\n").rest()),
            Then::Hold => drop(conn.rest()),
        }
    })
}

/// No pause of a provider is too long: what holds on would hold on for ever.
fn patient(addr: SocketAddr) -> Gate {
    gate(&[addr], ", timeouts: {idle: 1h}")
}

fn check_complete(answer: &Answer, record: &CallRecord, shown: &str) {
    assert_eq!((answer.status, answer.whole), (200, true), "{shown}: {}", answer.text());
    assert_eq!(answer.text(), format!("{}{DONE}", event("one")), "{shown}");
    assert_eq!((record.reason.as_deref(), record.status), (None, 200), "{shown}");
}

#[test]
fn what_a_provider_does_after_its_last_word_spoils_nothing() {
    for then in [Then::Close, Then::Garbage, Then::Hold] {
        let up = says(DONE, then);
        let gate = patient(up.addr);
        let (answer, record) = gate.call(asked(true));
        check_complete(&answer, &record, &format!("{then:?}"));
        gate.end();
    }
}

#[test]
fn pieces_that_come_together_go_on_together() {
    let up = Upstream::start(|_, conn| {
        if conn.try_request().is_none() {
            return;
        }
        let piece = chunk(&event("two"));
        conn.send(format!("{STREAM}{}", chunk(&event("one"))));
        conn.send(piece.repeat(20) + &chunk(DONE) + "0\r\n\r\n");
    });
    let gate = patient(up.addr);
    let mut client = gate.connect();
    client.send(asked(true)).head();
    let all = event("one").len() + 20 * event("two").len() + DONE.len();
    let (mut got, mut pieces) = (0, 0);
    while got < all {
        got += client.chunk();
        pieces += 1;
    }
    assert!((1..6).contains(&pieces), "{pieces} pieces");
    drop(client);
    assert_eq!(gate.record().reason, None);
    gate.end();
}

#[test]
fn an_error_within_a_stream_is_its_end() {
    for then in [Then::Close, Then::Garbage, Then::Hold] {
        let up = says(FAILED, then);
        let gate = patient(up.addr);
        let (answer, record) = gate.call(asked(true));
        assert!(answer.whole, "{then:?}");
        let events = events(&answer);
        assert_eq!(events.len(), 2, "{then:?}: {}", answer.text());
        assert_eq!(events[1]["error"]["message"], "out of breath");
        assert_eq!(record.reason.as_deref(), Some(Reason::ProviderError.code()), "{then:?}");
        gate.end();
    }
}

#[test]
fn a_client_that_closes_at_the_last_word_has_got_all() {
    for (last, reason) in [(DONE, None), (FAILED, Some("provider_error"))] {
        let up = says(last, Then::Hold);
        let gate = patient(up.addr);
        let mut client = gate.connect();
        client.send(asked(true)).head();
        let mut got = String::new();
        while !got.contains("[DONE]") && !got.contains("out of breath") {
            got += &client.text(1);
        }
        client.reset();
        assert_eq!(gate.record().reason.as_deref(), reason);
        gate.end();
    }
}

#[test]
fn the_provider_s_connection_lives_on_when_its_end_comes_with_the_last_word_or_soon_after() {
    let up = Upstream::start(|_, conn| {
        let mut soon = false;
        while conn.try_request().is_some() {
            let all = format!("{STREAM}{}{}", chunk(&event("one")), chunk(DONE));
            if soon {
                conn.send(all).send("0\r\n\r\n");
            } else {
                conn.send(all + "0\r\n\r\n");
            }
            soon = !soon;
        }
    });
    let gate = patient(up.addr);
    for call in 0..4 {
        let (answer, record) = gate.call(asked(true));
        check_complete(&answer, &record, &format!("call {call}"));
    }
    assert_eq!(up.connections(), 1);
    gate.end();
}
