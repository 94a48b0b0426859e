//! Flows whose answer is that of a step, handed on as it comes.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};

use message::Reason;
use serde_json::json;

use crate::client::Raw;
use crate::flows::{answer, flow, get};
use crate::gate::Gate;
use crate::upstream::Upstream;

/// A flow that looks something up, and hands on what the second step is answered, so much of it.
fn documents(up: &Upstream, most: &str) -> String {
    let steps = json!([
        get("first", "first", &json!({"next": "$response.body#/next"})),
        get("last", "$steps.first.outputs.next", &json!({})),
    ]);
    let response = r#""workflowId":"w","x-weir-response":{"stream":"last"}"#;
    flow(up, &steps, &json!({}), &format!(", max_answer: {most}")).replace(r#""workflowId":"w""#, response)
}

/// Answers the second step in two parts, the later one when it is told to; cut off where it is told so.
fn in_parts(go_on: Receiver<bool>) -> Upstream {
    let go_on = Arc::new(Mutex::new(go_on));
    Upstream::start(move |_, conn: &mut Raw| {
        while let Some(head) = conn.try_request() {
            if head.starts_with("GET /things/first ") {
                answer(conn, 200, &json!({"next": "last"}));
                continue;
            }
            conn.try_send(
                "HTTP/1.1 203 X\r\nContent-Type: text/event-stream\r\nContent-Language: en\r\nETag: \"v\"\r\n\
                 Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n",
            );
            match go_on.lock().unwrap().recv() {
                Ok(true) => drop(conn.try_send("9\r\ndata: 2\n\n\r\n0\r\n\r\n")),
                _ => return,
            }
        }
    })
}

const REQUEST: &str = "GET /run/1 HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn the_body_comes_while_it_is_made() {
    let (tell, go_on) = sync_channel(1);
    let up = in_parts(go_on);
    let gate = Gate::start(&documents(&up, "1KiB"));
    let mut client = gate.connect();
    let head = client.send(REQUEST).head();
    assert!(head.starts_with("http/1.1 203 "), "{head}");
    assert!(head.contains("content-type: text/event-stream\r\ncontent-language: en\r\n"), "{head}");
    assert!(!head.contains("etag"), "{head}");
    assert_eq!(client.text(14), "9\r\ndata: 1\n\n\r\n", "before the rest is there");
    tell.send(true).unwrap();
    assert_eq!(client.text(19), "9\r\ndata: 2\n\n\r\n0\r\n\r\n");
    let records: Vec<_> = (0..3).map(|_| gate.record()).collect();
    assert!(records.iter().all(|record| record.status < 300), "{records:?}");
    gate.end();
}

#[test]
fn a_body_that_breaks_off_breaks_off() {
    let (tell, go_on) = sync_channel(1);
    let up = in_parts(go_on);
    let gate = Gate::start(&documents(&up, "1KiB"));
    let mut client = gate.connect();
    tell.send(false).unwrap();
    let answer = client.send(REQUEST).answer();
    assert_eq!((answer.status, answer.text(), answer.whole), (203, "data: 1\n\n", false));
    let reasons: Vec<_> = (0..3).map(|_| gate.record().reason).collect();
    assert!(
        reasons.iter().filter(|reason| reason.is_some()).count() == 2,
        "of the step and the flow: {reasons:?}"
    );
    gate.end();
}

#[test]
fn a_long_body_is_handed_on_whole_or_refused_where_it_says_that_it_is_too_long() {
    let long = "x".repeat(5 << 20);
    let text = long.clone();
    let up = Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_request() {
            if head.starts_with("GET /things/first ") {
                answer(conn, 200, &json!({"next": "last"}));
            } else {
                conn.try_send(format!(
                    "HTTP/1.1 200 X\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}",
                    text.len()
                ));
            }
        }
    });
    let gate = Gate::start(&documents(&up, "5MiB"));
    let answer = gate.connect().send(REQUEST).answer();
    assert_eq!((answer.status, answer.whole, answer.body.len()), (200, true, long.len()));
    let sent: Vec<u64> = (0..3).map(|_| gate.record().bytes_out).collect();
    assert_eq!(sent[1..], [long.len() as u64; 2], "by the step, and by the flow");
    gate.end();
    let gate = Gate::start(&documents(&up, "4MiB"));
    let refused = gate.connect().send(REQUEST).answer();
    let told = refused.json();
    assert_eq!((refused.status, &told["reason"]), (502, &json!(Reason::FlowFailed.code())), "{told}");
    assert_eq!(
        (&told["steps"][0]["id"], &told["steps"][0]["reason"]),
        (&json!("last"), &json!("bound")),
        "{told}"
    );
    gate.end_with();
}

#[test]
fn a_body_that_turns_out_too_long_breaks_off() {
    let up = Upstream::start(move |_, conn: &mut Raw| {
        while let Some(head) = conn.try_request() {
            if head.starts_with("GET /things/first ") {
                answer(conn, 200, &json!({"next": "last"}));
                continue;
            }
            let part = format!("400\r\n{}\r\n", "x".repeat(1_024));
            conn.try_send("HTTP/1.1 200 X\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n");
            // Of an endless body nobody waits for the end.
            while conn.try_send(&part) {}
            return;
        }
    });
    let gate = Gate::start(&documents(&up, "2KiB"));
    let answer = gate.connect().send(REQUEST).answer();
    assert_eq!((answer.status, answer.whole), (200, false));
    assert!(answer.body.len() <= 2_048, "{}", answer.body.len());
    let reasons: Vec<_> = (0..3).map(|_| gate.record().reason).collect();
    let long = reasons.iter().filter(|reason| reason.as_deref() == Some(Reason::AnswerTooLarge.code()));
    assert_eq!(long.count(), 2, "of the step and the flow: {reasons:?}");
    gate.end();
}

#[test]
fn a_client_that_leaves_ends_what_was_handed_to_it() {
    let (tell, go_on) = sync_channel(1);
    let up = in_parts(go_on);
    let gate = Gate::start(&documents(&up, "1KiB"));
    let mut client = gate.connect();
    let head = client.send(REQUEST).head();
    assert!(head.starts_with("http/1.1 203 "), "{head}");
    assert_eq!(client.text(14), "9\r\ndata: 1\n\n\r\n");
    client.reset();
    // The call within and the flow are over before the upstream says more.
    let left =
        (0..3).filter(|_| gate.record().reason.as_deref() == Some(Reason::ClientClosed.code())).count();
    assert_eq!(left, 2);
    tell.send(true).unwrap();
    gate.end();
}
