//! The protocols of subscriptions, step by step as their documents tell them.

use serde_json::{Value, json};

use super::ws::{Do, Session};
use super::{sse, ws};
use crate::Error;

fn ready() -> Session {
    let mut session = Session::new(2);
    session.received(r#"{"type":"connection_init","payload":{"token":"t"}}"#);
    session.accept();
    session
}

fn sent(action: Option<Do>) -> Value {
    match action {
        Some(Do::Send(text)) => serde_json::from_str(&text).unwrap(),
        other => panic!("nothing is sent: {other:?}"),
    }
}

fn subscribe(session: &mut Session, id: &str) -> Vec<Do> {
    session.received(&json!({"type": "subscribe", "id": id, "payload": {"query": "subscription { a }", "variables": null}}).to_string())
}

#[test]
fn an_operation_runs_from_its_subscription_to_its_end() {
    assert_eq!(ws::SUBPROTOCOL, "graphql-transport-ws");
    let mut session = Session::new(2);
    let asked = session.received(r#"{"type":"connection_init","payload":{"token":"t"}}"#);
    assert_eq!(asked, [Do::Ask(json!({"token": "t"}).as_object().unwrap().clone())]);
    assert_eq!(session.accept(), [Do::Send(r#"{"type":"connection_ack"}"#.into())]);
    let run = subscribe(&mut session, "1");
    assert!(
        matches!(&run[..], [Do::Run(id, request)] if id == "1" && request.query.as_deref() == Some("subscription { a }"))
    );
    let next = sent(session.next("1", br#"{"data":{"a":1}}"#));
    assert_eq!(next, json!({"type": "next", "id": "1", "payload": {"data": {"a": 1}}}));
    assert_eq!(sent(session.completed("1")), json!({"type": "complete", "id": "1"}));
    assert_eq!((session.next("1", b"{}"), session.completed("1"), session.running()), (None, None, 0));
    // The name may be used again.
    assert!(matches!(&subscribe(&mut session, "1")[..], [Do::Run(..)]));
    let failed = sent(session.failed("1", &[Error::new("no")]));
    assert_eq!(failed, json!({"type": "error", "id": "1", "payload": [{"message": "no"}]}));
    assert_eq!(session.completed("1"), None);
}

#[test]
fn a_client_may_stop_and_ask_whether_one_is_there() {
    let mut session = ready();
    subscribe(&mut session, "1");
    assert_eq!(session.received(r#"{"type":"complete","id":"1"}"#), [Do::Stop("1".into())]);
    assert_eq!(session.received(r#"{"type":"complete","id":"1"}"#), []);
    assert_eq!(session.next("1", b"{}"), None);
    assert_eq!(session.received(r#"{"type":"ping"}"#), [Do::Send(r#"{"type":"pong"}"#.into())]);
    assert_eq!(
        session.received(r#"{"type":"ping","payload":{"a":1}}"#),
        [Do::Send(r#"{"type":"pong","payload":{"a":1}}"#.into())]
    );
    assert_eq!(session.received(r#"{"type":"pong"}"#), []);
}

#[test]
fn what_breaks_the_protocol_closes_the_socket() {
    let close = |actions: Vec<Do>| match &actions[..] {
        [Do::Close(code, reason)] => (*code, reason.clone()),
        other => panic!("it is not closed: {other:?}"),
    };
    let subscription = r#"{"type":"subscribe","id":"1","payload":{"query":"{a}"}}"#;
    assert_eq!(close(Session::new(2).received(subscription)), (4401, "Unauthorized".into()));
    assert_eq!(close(Session::new(2).waited()), (4408, "Connection initialisation timeout".into()));
    assert_eq!(close(Session::new(2).received_binary()).0, 4400);
    for (message, why) in [
        ("x", "expected value at line 1 column 1"),
        ("{}", "missing field `type`"),
        (r#"{"type":"start"}"#, "unknown variant `start`, expected one of"),
        (r#"{"type":"subscribe","id":"1"}"#, "missing field `payload`"),
        (r#"{"type":"subscribe","payload":{"query":"a"}}"#, "missing field `id`"),
        (r#"{"type":"subscribe","id":"","payload":{"query":"a"}}"#, "`id` is empty"),
        (r#"{"type":"ping","payload":1}"#, "invalid type: integer `1`, expected a map"),
    ] {
        let (code, reason) = close(ready().received(message));
        assert_eq!(code, 4400, "{message}");
        assert!(
            reason.len() <= 123 && reason.starts_with(&format!("Invalid message received: {why}")),
            "{reason}"
        );
    }
    let mut session = ready();
    assert_eq!(session.waited(), []);
    subscribe(&mut session, "1");
    assert_eq!(close(subscribe(&mut session, "1")), (4409, "Subscriber for 1 already exists".into()));
    assert_eq!((session.running(), session.received(subscription)), (0, vec![]));
    assert_eq!(close(ready().received(r#"{"type":"connection_init"}"#)).0, 4429);
    let mut session = Session::new(1);
    session.received(r#"{"type":"connection_init"}"#);
    assert_eq!(close(session.forbid()), (4403, "Forbidden".into()));
}

#[test]
fn a_connection_has_so_many_operations_and_no_more() {
    let mut session = ready();
    subscribe(&mut session, "1");
    subscribe(&mut session, "2");
    let refused = subscribe(&mut session, "3");
    assert_eq!(sent(refused.into_iter().next())["type"], "error");
    assert_eq!(session.running(), 2);
}

#[test]
fn an_answer_that_has_errors_alone_ends_its_operation() {
    let mut session = ready();
    subscribe(&mut session, "1");
    assert_eq!(sent(session.answered("1", br#"{"data":null,"errors":[]}"#))["type"], "next");
    let told = sent(session.answered("1", br#"{"errors":[{"message":"no"}]}"#));
    assert_eq!(told, json!({"type": "error", "id": "1", "payload": [{"message": "no"}]}));
    assert!(!session.runs("1") && session.answered("1", b"{}").is_none());
}

#[test]
fn events_are_read_wherever_they_are_cut() {
    let text =
        b":\n\nevent: next\r\ndata: {\r\ndata:  }\r\nid: 1\r\n\r\ndata: x\r\revent: complete\n\ndata: cut";
    let expect = [("next", "{\n }"), ("message", "x"), ("complete", "")];
    for size in 1..text.len() {
        let mut reader = sse::Reader::new(100);
        let events: Vec<_> = text.chunks(size).flat_map(|piece| reader.read(piece).unwrap()).collect();
        let told: Vec<_> = events.iter().map(|event| (event.name.as_str(), event.data.as_str())).collect();
        assert_eq!(told, expect, "{size}");
    }
    assert!(sse::Reader::new(10).read(&[b'x'; 11]).is_err());
}

#[test]
fn events_of_one_operation() {
    assert_eq!(sse::next(b"{\n}"), b"event: next\ndata: {\ndata: }\n\n");
    assert_eq!(sse::complete(), b"event: complete\ndata: \n\n");
}

#[test]
fn events_of_many_operations_in_one_connection() {
    use sse::{Connection, ConnectionError};
    let mut connection = Connection::reserved(2);
    assert_eq!(connection.begin(Some("1")), Ok(()));
    assert_eq!(connection.connect(), Ok(sse::ALIVE));
    assert_eq!(connection.connect(), Err(ConnectionError::Open));
    assert_eq!(
        (connection.begin(None), connection.begin(Some("1"))),
        (Err(ConnectionError::NoId), Err(ConnectionError::Twice))
    );
    connection.begin(Some("2")).unwrap();
    assert_eq!(connection.begin(Some("3")).map_err(ConnectionError::status), Err(429));
    let next = connection.next("1", br#"{"data":1}"#).unwrap();
    assert_eq!(next, b"event: next\ndata: {\"id\":\"1\",\"payload\":{\"data\":1}}\n\n");
    assert_eq!(connection.complete("1").unwrap(), b"event: complete\ndata: {\"id\":\"1\"}\n\n");
    assert!(connection.stop("2") && !connection.stop("2"));
    assert_eq!((connection.next("2", b"{}"), connection.complete("1")), (None, None));
}
