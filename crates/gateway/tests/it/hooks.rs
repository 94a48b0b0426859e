//! Events sent to webhooks.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base::Micros;
use gateway::Posted;
use webhook::{Key, Shown, verify};

use crate::client::field_lines;
use crate::gate::Gate;
use crate::upstream::Upstream;

const NEW: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Heads and bodies.
type Seen = Arc<Mutex<Vec<(String, String)>>>;

fn gate(to: SocketAddr, more: &str) -> Gate {
    Gate::by_hand(&format!(
        "---\nkind: Webhook\nname: hook\nspec: {{url: \"http://{to}/hooks?a=b\", secret: {{value: {NEW}}}, old_secret: {{value: {OLD}}}{more}}}\n"
    ))
}

/// Keeps what it is sent, and answers so.
fn receiver(answer: &'static str) -> (Upstream, Seen) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&seen);
    let up = Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            let lower = head.to_ascii_lowercase();
            let length = field_lines(&lower, "content-length").next().unwrap().parse().unwrap();
            keep.lock().unwrap().push((head, conn.text(length)));
            conn.send(answer);
        }
    });
    (up, seen)
}

#[test]
fn an_event_is_signed_by_both_keys() {
    let (up, seen) = receiver("HTTP/1.1 503 X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
    let gate = gate(up.addr, ", reach: anywhere");
    let posted = gate.deliver("hook", "msg_1", "{\"a\":1}").unwrap();
    assert_eq!(posted, Posted { status: 503, retry_after: Some(Duration::from_secs(7)) });
    let seen = seen.lock().unwrap();
    let (head, body) = &seen[0];
    assert!(head.starts_with("POST /hooks?a=b HTTP/1.1\r\n"), "{head}");
    let field = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .next()
            .unwrap()
    };
    let (id, timestamp, signature) =
        (field("webhook-id"), field("webhook-timestamp"), field("webhook-signature"));
    assert_eq!((id.as_str(), timestamp.as_str(), body.as_str()), ("msg_1", "1767225600", "{\"a\":1}"));
    let now = (Micros(1_767_225_600_000_000), Duration::from_mins(5));
    for key in [NEW, OLD] {
        let shown = Shown { id: &id, timestamp: &timestamp, signature: &signature };
        assert_eq!(verify(&[Key::parse(key).unwrap()], shown, body.as_bytes(), now), Ok(()), "{key}");
    }
    gate.end();
}

#[test]
fn what_is_not_on_the_public_internet_is_not_asked() {
    let (up, seen) = receiver("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let gate = gate(up.addr, "");
    assert_eq!(gate.deliver("hook", "msg_1", "{}").unwrap_err(), "its server is not on the public internet");
    assert_eq!((up.connections(), seen.lock().unwrap().len()), (0, 0));
    gate.end();
}

#[test]
fn redirects_are_told_and_not_followed() {
    let (other, followed) = receiver("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let to = format!("HTTP/1.1 307 X\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n", other.addr);
    let (up, _) = receiver(to.leak());
    let gate = gate(up.addr, ", reach: anywhere");
    assert_eq!(gate.deliver("hook", "msg_1", "{}").unwrap().status, 307);
    assert!(followed.lock().unwrap().is_empty());
    gate.end();
}

#[test]
fn who_never_answers_is_given_up() {
    let up = Upstream::start(|_, conn| {
        conn.rest();
    });
    let gate = gate(up.addr, ", reach: anywhere, timeout: 100ms");
    assert_eq!(gate.deliver("hook", "msg_1", "{}").unwrap_err(), "there was no answer within 100ms");
    let nobody = self::gate(Upstream::nobody(), ", reach: anywhere");
    assert_eq!(nobody.deliver("hook", "msg_1", "{}").unwrap_err(), "its server cannot be reached");
    gate.end();
    nobody.end();
}

#[test]
fn a_status_counts_whatever_becomes_of_the_body() {
    let up = Upstream::start(|_, conn| {
        if conn.try_head().is_some() {
            conn.send("HTTP/1.1 204 X\r\n\r\n");
        }
        conn.rest();
    });
    let slow = Upstream::start(|_, conn| {
        if conn.try_head().is_some() {
            conn.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun");
        }
        conn.rest();
    });
    for (up, status) in [(up, 204), (slow, 200)] {
        let gate = gate(up.addr, ", reach: anywhere, timeout: 900ms");
        assert_eq!(gate.deliver("hook", "msg_1", "{}"), Ok(Posted { status, retry_after: None }));
        gate.end();
    }
}
