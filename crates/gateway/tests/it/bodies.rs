//! Bodies are kept for the record where a policy asks for it, and nothing else changes.

use trace::{BodyPart, CallRecord};

use crate::chat::{STREAM, asked, chunk, completion, event, failure, gate, gate_under};
use crate::gate::{Gate, public, upstream};
use crate::upstream::{OK, Upstream};

const ALL: &str = "{record: {bodies: all}}";

fn parts(record: &CallRecord) -> Vec<(BodyPart, u8)> {
    record.bodies.iter().map(|body| (body.part, body.attempt)).collect()
}

fn text(record: &CallRecord, part: BodyPart) -> String {
    let body = record.bodies.iter().find(|body| body.part == part).expect("the part");
    String::from_utf8(body.bytes.clone()).unwrap()
}

#[test]
fn a_models_four_bodies_are_kept_without_the_providers_key() {
    let up = Upstream::fixed(completion("secret-0 is no key to tell"));
    let gate = gate_under(&[up.addr], "", ALL);
    let (answer, record) = gate.call(asked(false));
    assert_eq!((answer.status, record.reason.as_deref()), (200, None));
    let wanted =
        [(BodyPart::Request, 0), (BodyPart::Sent, 1), (BodyPart::Received, 1), (BodyPart::Answer, 0)];
    assert_eq!(parts(&record), wanted);
    assert!(text(&record, BodyPart::Request).contains("\"model\":\"m\""));
    assert!(text(&record, BodyPart::Sent).contains("\"model\":\"up-0\""));
    assert!(text(&record, BodyPart::Received).contains("*** is no key"));
    assert!(text(&record, BodyPart::Answer).contains("*** is no key"));
    let sent = &record.bodies[1];
    assert_eq!((&*sent.format, &*sent.media_type), ("openai", "application/json"));
    assert!(sent.to.ends_with("/v1/chat/completions"), "{}", sent.to);
    gate.end();
}

#[test]
fn a_stream_is_kept_with_the_times_of_its_pieces() {
    let up = Upstream::start(|_, conn| {
        conn.try_request();
        conn.send(STREAM).send(chunk(&event("a"))).send(chunk(&event("b")));
        conn.send(chunk("data: [DONE]\n\n")).send("0\r\n\r\n");
    });
    let (answer, record) = gate_under(&[up.addr], "", ALL).call(asked(true));
    assert_eq!((answer.status, record.reason.as_deref()), (200, None));
    let got = text(&record, BodyPart::Received);
    assert!(got.starts_with("data: ") && got.ends_with("data: [DONE]\n\n"), "{got}");
    let received = record.bodies.iter().find(|body| body.part == BodyPart::Received).unwrap();
    assert_eq!(received.arrivals.last().map(|(_, bytes)| *bytes), Some(received.total));
    assert_eq!(&*received.media_type, "text/event-stream");
    assert_eq!(text(&record, BodyPart::Answer), answer.text());
}

#[test]
fn failed_calls_alone_or_the_beginning_alone_may_be_kept() {
    let up = Upstream::fixed(completion("fine"));
    let failed = "{record: {bodies: failed, body_max: 20B}}";
    let (_, record) = gate_under(&[up.addr], "", failed).call(asked(false));
    assert!(record.bodies.is_empty());
    let up = Upstream::fixed(failure("400 Bad Request", "invalid_request_error"));
    let (answer, record) = gate_under(&[up.addr], "", failed).call(asked(false));
    assert_eq!(answer.status, 400);
    for body in &record.bodies {
        assert!(body.bytes.len() == 20 && body.total > 20, "{body:?}");
    }
    assert_eq!(record.bodies.len(), 4);
    let (_, record) = gate(&[up.addr], "").call(asked(false));
    assert!(record.bodies.is_empty());
}

#[test]
fn what_fell_back_is_kept_attempt_by_attempt() {
    let ups = [
        Upstream::fixed(failure("500 Internal Server Error", "server_error")),
        Upstream::fixed(completion("x")),
    ];
    let (answer, record) = gate_under(&[ups[0].addr, ups[1].addr], "", ALL).call(asked(false));
    assert_eq!(answer.status, 200);
    let attempts: Vec<(BodyPart, u8)> =
        parts(&record).into_iter().filter(|(_, attempt)| *attempt > 0).collect();
    let (sent, received) = (BodyPart::Sent, BodyPart::Received);
    assert_eq!(attempts, [(sent, 1), (received, 1), (sent, 2), (received, 2)]);
}

#[test]
fn other_services_have_the_clients_two() {
    let up = Upstream::fixed(OK);
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public(ALL)));
    let (answer, record) =
        gate.call("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!((answer.text(), record.reason.as_deref()), ("ok", None));
    assert_eq!(
        (text(&record, BodyPart::Request), text(&record, BodyPart::Answer)),
        ("hello".into(), "ok".into())
    );
    gate.end();
}
