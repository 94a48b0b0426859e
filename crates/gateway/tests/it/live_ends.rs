//! How live sessions end, and what their limits are.

use std::io::Write;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use tungstenite::Message;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{Frame, coding::CloseCode};

use crate::gate::Gate;
use crate::live::{KEY, Provider, gate, leave, open, try_open, yaml};

/// What each close tells, and what of it the record keeps where the provider closes.
const CLOSES: [(u16, &str, Option<&str>); 7] = [
    (1000, "", None),
    (1001, "gone", None),
    (1008, "policy", Some("provider_error")),
    (1011, "internal", Some("provider_error")),
    (3000, "invalid_request_error.invalid_api_key", Some("provider_error")),
    (4000, "invalid_model", Some("provider_error")),
    (4999, "\u{fc}", Some("provider_error")),
];

#[test]
fn closes_are_carried_both_ways() {
    let (sender, closes) = sync_channel(10);
    let provider = Provider::start(move |_, _, socket| sender.send(socket.closed()).unwrap());
    let gate = gate(&provider);
    for (code, reason, _) in CLOSES {
        let mut socket = open(&gate);
        let frame = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
        socket.0.close(Some(frame.clone())).unwrap();
        assert_eq!(closes.recv().unwrap(), Some(frame));
        socket.closed();
        assert_eq!(gate.record().reason.as_deref(), None, "{code}");
    }
    leave(&gate, open(&gate));
    assert_eq!(closes.recv().unwrap(), None);
    gate.end();
    let provider = Provider::start(|number, _, socket| {
        let frame = CLOSES
            .get(number)
            .map(|(code, reason, _)| CloseFrame { code: CloseCode::from(*code), reason: (*reason).into() });
        socket.0.close(frame).unwrap();
        socket.closed();
    });
    let gate = self::gate(&provider);
    for (code, reason, told) in CLOSES {
        let close = open(&gate).closed().unwrap();
        assert_eq!((u16::from(close.code), close.reason.as_str()), (code, reason));
        assert_eq!(gate.record().reason.as_deref(), told, "{code}");
    }
    assert_eq!(open(&gate).closed(), None);
    gate.record();
    gate.end();
}

#[test]
fn who_leaves_takes_the_other_along_within_a_second() {
    let (sender, ends) = sync_channel(1);
    let provider = Provider::start(move |_, _, socket| {
        socket.hear();
        sender.send((socket.closed(), Instant::now())).unwrap();
    });
    let gate = gate(&provider);
    let mut socket = open(&gate);
    socket.say(&json!({"type": "response.create"}));
    let left = Instant::now();
    drop(socket);
    let (close, at) = ends.recv().unwrap();
    assert_eq!(close.map(|close| u16::from(close.code)), Some(1001));
    assert!(at.duration_since(left) < Duration::from_secs(1));
    let records = [gate.record(), gate.record()];
    assert!(records.iter().all(|record| record.reason.as_deref() == Some("client_closed")), "{records:?}");
    gate.end();
    let provider = Provider::start(|_, _, socket| {
        socket.hear();
        socket.say(&json!({"type": "response.created", "response": {"id": "r"}}));
        socket.say(
            &json!({"type": "response.output_text.delta", "response_id": "r", "delta": "So many words"}),
        );
    });
    let gate = self::gate(&provider);
    let mut socket = open(&gate);
    socket.say(&json!({"type": "response.create"}));
    assert_eq!(socket.closed().map(|close| u16::from(close.code)), Some(1011));
    let records = [gate.record(), gate.record()];
    let turn = records.iter().find(|record| record.status == 200).unwrap();
    let ai = turn.ai.as_ref().unwrap();
    assert!(ai.estimated && ai.usage.output > 0, "{ai:?}");
    assert!(records.iter().all(|record| record.reason.as_deref() == Some("upstream_reset")), "{records:?}");
    gate.end();
}

#[test]
fn every_turn_counts_for_rate_limits() {
    let (sender, heard) = sync_channel(10);
    let provider = Provider::start(move |number, _, socket| {
        if number == 1 {
            // what was said out loud began one by itself
            socket.respond("resp_2");
        }
        while let Some(event) = socket.next() {
            sender.send(event.clone()).unwrap();
            if event["type"] == "response.create" {
                socket.respond("resp_1");
            }
        }
    });
    let limit = "{rate_limit: {requests: 2, window: 1h, by: application}}";
    let gate = Gate::start(&yaml("openai", &[provider.addr], "", limit));
    let mut socket = open(&gate);
    socket.say(&json!({"type": "response.create"}));
    (0..3).for_each(|_| drop(socket.hear()));
    assert_eq!(gate.record().status, 200);
    socket.say(&json!({"type": "response.create", "event_id": "e2"}));
    let error = socket.hear()["error"].clone();
    assert_eq!((&error["code"], &error["event_id"]), (&json!("rate_limited"), &json!("e2")));
    let record = gate.record();
    assert_eq!((record.status, record.reason.as_deref()), (429, Some("rate_limited")));
    // the provider heard of one, and the session goes on
    socket.say(&json!({"type": "last"}));
    assert_eq!(heard.recv().unwrap()["type"], "response.create");
    assert_eq!(heard.recv().unwrap()["type"], "last");
    leave(&gate, socket);
    gate.end();
    let limit = "{rate_limit: {requests: 1, window: 1h, by: application}}";
    let gate = Gate::start(&yaml("openai", &[provider.addr], "", limit));
    let mut socket = open(&gate);
    assert_eq!(heard.recv().unwrap(), json!({"type": "response.cancel", "response_id": "resp_2"}));
    let said: Vec<_> = (0..4).map(|_| socket.hear()).collect();
    assert!(said.iter().any(|event| event["error"]["code"] == "rate_limited"), "{said:?}");
    assert_eq!(gate.record().status, 429);
    // what it used is told nevertheless
    assert_eq!(gate.record().ai.unwrap().usage.output, 500);
    leave(&gate, socket);
    gate.end();
}

#[test]
fn a_turn_needs_no_place_of_its_own_among_calls_at_once() {
    let provider = Provider::openai();
    let gate = Gate::start(&yaml("openai", &[provider.addr], "", "{concurrency: {max: 1}}"));
    let mut socket = open(&gate);
    socket.say(&json!({"type": "response.create"}));
    (0..3).for_each(|_| drop(socket.hear()));
    assert_eq!(gate.record().status, 200);
    let refused = try_open(&gate, "/v1/realtime?model=m", &[KEY]).err().unwrap();
    assert_eq!(refused.status(), 429);
    gate.record();
    leave(&gate, socket);
    gate.end();
}

#[test]
fn a_key_that_is_revoked_ends_its_sessions() {
    let (sender, ends) = sync_channel(1);
    let provider = Provider::start(move |_, _, socket| sender.send(socket.closed()).unwrap());
    let gate = gate(&provider);
    let mut socket = open(&gate);
    gate.publish(&yaml("openai", &[provider.addr], ", revoked: true", ""));
    let error = socket.hear()["error"].clone();
    assert_eq!(error["code"], "credential_invalid");
    assert_eq!(socket.closed().map(|close| u16::from(close.code)), Some(1008));
    assert_eq!(ends.recv().unwrap().map(|close| u16::from(close.code)), Some(1000));
    assert_eq!(gate.record().reason.as_deref(), Some("credential_invalid"));
    gate.end();
}

#[test]
fn a_gateway_that_goes_away_waits_for_the_turn() {
    let (sender, go) = sync_channel(1);
    let go = std::sync::Mutex::new(go);
    let provider = Provider::start(move |_, _, socket| {
        socket.hear();
        socket.say(&json!({"type": "response.created", "response": {"id": "resp_1"}}));
        go.lock().unwrap().recv().unwrap();
        socket.respond("resp_1");
        socket.closed();
    });
    let gate = gate(&provider);
    let mut socket = open(&gate);
    socket.say(&json!({"type": "response.create"}));
    socket.hear();
    gate.drain();
    sender.send(()).unwrap();
    let kinds: Vec<_> = (0..3).map(|_| socket.hear()["type"].clone()).collect();
    assert_eq!(kinds[2], "response.done");
    assert_eq!(socket.closed().map(|close| u16::from(close.code)), Some(1001));
    (0..2).for_each(|_| drop(gate.record()));
    gate.end();
}

#[test]
fn fragments_pings_and_long_messages_pass() {
    let provider = Provider::openai();
    let gate = gate(&provider);
    let mut socket = open(&gate);
    let frame =
        |data: &'static [u8], code, last| Message::Frame(Frame::message(data, OpCode::Data(code), last));
    socket.0.send(frame(b"{\"type\":", Data::Text, false)).unwrap();
    socket.0.send(Message::Ping("now".into())).unwrap();
    socket.0.send(frame(b"\"in.parts\"}", Data::Continue, true)).unwrap();
    assert_eq!(socket.0.read().unwrap(), Message::Pong("now".into()));
    assert_eq!(socket.hear()["event"], json!({"type": "in.parts"}));
    let long = json!({"type": "input_audio_buffer.append", "audio": "A".repeat(3 << 20)});
    socket.say(&long);
    assert_eq!(socket.hear()["event"], long);
    socket.0.send(Message::binary(json!({"type": "in.bytes"}).to_string())).unwrap();
    assert_eq!(socket.hear()["event"], json!({"type": "in.bytes"}));
    leave(&gate, socket);
    gate.end();
}

#[test]
fn what_breaks_the_protocol_ends_both_sides() {
    let (sender, ends) = sync_channel(1);
    let provider = Provider::start(move |_, _, socket| sender.send(socket.closed()).unwrap());
    let gate = gate(&provider);
    for (bytes, code) in
        [(&b"\x81\x02hi"[..], 1002), (b"\xf1\x80\0\0\0\0", 1002), (b"\x81\x82\0\0\0\0\xff\xff", 1007)]
    {
        let mut socket = open(&gate);
        socket.0.get_mut().write_all(bytes).unwrap();
        assert_eq!(socket.closed().map(|close| u16::from(close.code)), Some(code));
        assert_eq!(ends.recv().unwrap().map(|close| u16::from(close.code)), Some(1001));
        assert_eq!(gate.record().reason.as_deref(), Some("malformed_body"));
    }
    gate.end();
}

#[test]
fn who_does_not_read_is_not_read_for() {
    let (sender, done) = sync_channel::<()>(1);
    let done = std::sync::Mutex::new(done);
    let provider = Provider::start(move |_, _, _| done.lock().unwrap().recv().unwrap());
    let gate = gate(&provider);
    let mut socket = open(&gate);
    socket.0.get_mut().set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let message = json!({"type": "input_audio_buffer.append", "audio": "A".repeat(1 << 20)}).to_string();
    let taken = (0..200).take_while(|_| socket.0.send(Message::text(message.clone())).is_ok()).count();
    assert!(taken < 100, "{taken} MiB were taken");
    drop(socket);
    sender.send(()).unwrap();
    gate.record();
    gate.end();
}
