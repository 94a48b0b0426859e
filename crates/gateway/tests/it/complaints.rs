//! What users of AI gateways complain of where time and streams fail, for clients of every dialect
//! (docs/complaints.md).

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Mutex, mpsc};

use message::Reason;

use crate::chat::{STREAM, chunk, completion, event, failure};
use crate::client::Answer;
use crate::dialects::{ALL, Speaks};
use crate::gate::Gate;
use crate::upstream::Upstream;

const DONE: &str = "data: [DONE]\n\n";
const STOP: &str = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"up\",\
                    \"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

/// An AI service at every path, whose alias `m` has these targets.
fn gate(targets: &[SocketAddr], timeouts: &str) -> Gate {
    let mut yaml = String::new();
    for (at, addr) in targets.iter().enumerate() {
        write!(
            yaml,
            "---\nkind: Provider\nname: p{at}\n\
             spec: {{api: openai, base_url: \"http://{addr}/v1\", timeouts: {{{timeouts}}}}}\n"
        )
        .unwrap();
    }
    let names: Vec<String> =
        (0..targets.len()).map(|at| format!("{{provider: p{at}, model: up-{at}}}")).collect();
    write!(
        yaml,
        "---\nkind: ModelAlias\nname: m\nspec: {{targets: [{}]}}\n---\nkind: Service\nname: models\n\
         spec: {{backend: {{ai: {{}}}}, access: {{mode: public}}}}\n---\nkind: Route\nname: models\n\
         spec: {{service: models, paths: [\"/*\"]}}\n",
        names.join(", ")
    )
    .unwrap();
    Gate::start(&yaml)
}

/// Streams these events, then leaves off: with the end of its body, or by closing in the middle of it.
fn streams(events: &[&str], whole: bool) -> Upstream {
    let mut bytes = STREAM.to_owned();
    for event in events {
        bytes += &chunk(event);
    }
    bytes += if whole { "0\r\n\r\n" } else { "" };
    Upstream::once(bytes)
}

fn speaks(text: &str) -> Upstream {
    streams(&[&event(text), STOP, DONE], true)
}

/// A body, whatever bytes it has.
fn shown(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// Complaint: BerriAI/litellm#29808, BerriAI/litellm#28216, BerriAI/litellm#6957.
#[test]
fn a_stream_that_fails_before_its_content_is_taken_over_in_every_dialect() {
    let error = "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\"}}\n\n";
    let failing: [fn() -> Upstream; 4] = [
        || Upstream::fixed(failure("503 Service Unavailable", "server_error")),
        || streams(&[], false),
        || streams(&[], true),
        || streams(&[": hello\n\n"], false),
    ];
    let told = || streams(&[error], true);
    for speaks_as in ALL {
        for bad in failing.iter().map(|bad| bad()).chain([told()]) {
            let good = speaks("taken over");
            let gate = gate(&[bad.addr, good.addr], "");
            let (answer, record) = gate.call(speaks_as.asks(true));
            assert_eq!(answer.status, 200, "{speaks_as:?}: {}", shown(&answer));
            assert!(shown(&answer).contains("taken over"), "{speaks_as:?}: {}", shown(&answer));
            assert_eq!(record.attempts.len(), 2, "{speaks_as:?}");
            gate.end();
        }
        let bad = Upstream::fixed(failure("500 Internal Server Error", "server_error"));
        let good = Upstream::fixed(completion("taken over"));
        let gate = gate(&[bad.addr, good.addr], "");
        let (answer, _) = gate.call(speaks_as.asks(false));
        assert!(shown(&answer).contains("taken over"), "{speaks_as:?}: {}", shown(&answer));
        gate.end();
    }
}

/// Complaint: BerriAI/litellm#38610.
#[test]
fn where_every_target_fails_the_status_says_so_in_every_dialect() {
    for speaks_as in ALL {
        for streamed in [false, true] {
            let bad = [
                Upstream::fixed(failure("503 Service Unavailable", "server_error")),
                streams(&[": hello\n\n"], false),
            ];
            let gate = gate(&[bad[0].addr, bad[1].addr], "");
            let (answer, record) = gate.call(speaks_as.asks(streamed));
            assert!(answer.status >= 500, "{speaks_as:?}: {} {}", answer.status, shown(&answer));
            assert!(!speaks_as.error(&answer).is_empty());
            assert_eq!(record.reason.as_deref(), Some(Reason::ProvidersExhausted.code()));
            gate.end();
        }
    }
}

/// Complaint: BerriAI/litellm#19077.
#[test]
fn nothing_falls_back_once_content_was_sent_in_every_dialect() {
    for speaks_as in ALL {
        let (bad, never) = (streams(&[&event("one")], false), speaks("never"));
        let gate = gate(&[bad.addr, never.addr], "");
        let (answer, record) = gate.call(speaks_as.asks(true));
        let text = shown(&answer);
        assert!(
            answer.status == 200 && text.contains("one") && !text.contains("never"),
            "{speaks_as:?}: {text}"
        );
        assert!(speaks_as.ends_with_an_error(&text), "{speaks_as:?}: {text}");
        assert_eq!((never.connections(), record.attempts.len()), (0, 1), "{speaks_as:?}");
        gate.end();
    }
}

/// Complaint: BerriAI/litellm#19909, BerriAI/litellm#30337, BerriAI/litellm#37132. The target sends comments all the time, so that there is
/// always something to read.
#[test]
fn a_model_that_says_nothing_is_timed_by_its_tokens_in_every_dialect() {
    let babbling = |first: String| {
        Upstream::start(move |_, conn| {
            if conn.try_request().is_none() {
                return;
            }
            conn.send(format!("{STREAM}{first}"));
            while conn.try_send(chunk(": still thinking\n\n")) {
                std::thread::park_timeout(std::time::Duration::from_millis(10));
            }
        })
    };
    for speaks_as in ALL {
        let silent = babbling(String::new());
        let first = gate(&[silent.addr], "first_token: 60ms");
        let (answer, record) = first.call(speaks_as.asks(true));
        // AWS has a status of its own for a model that took too long.
        let expected = if speaks_as == Speaks::Bedrock { 408 } else { 504 };
        assert_eq!(answer.status, expected, "{speaks_as:?}: {}", shown(&answer));
        assert!(!speaks_as.error(&answer).is_empty());
        assert_eq!(record.reason.as_deref(), Some(Reason::FirstTokenTimeout.code()), "{speaks_as:?}");
        first.end();

        let stops = babbling(chunk(&event("one")));
        let between = gate(&[stops.addr], "between_tokens: 60ms");
        let (answer, record) = between.call(speaks_as.asks(true));
        assert!(speaks_as.ends_with_an_error(&shown(&answer)), "{speaks_as:?}: {}", shown(&answer));
        assert_eq!(record.reason.as_deref(), Some(Reason::UpstreamStalled.code()), "{speaks_as:?}");
        between.end();
    }
}

/// Complaint: BerriAI/litellm#34819.
#[test]
fn a_silent_model_is_bridged_in_every_dialect() {
    for speaks_as in ALL {
        let thinks = Upstream::start(|_, conn| {
            if conn.try_request().is_some() {
                conn.send(STREAM).rest();
            }
        });
        let gate = gate(&[thinks.addr], "hold: 10ms, ping: 20ms, first_token: 400ms");
        let (answer, _) = gate.call(speaks_as.asks(true));
        let text = shown(&answer);
        assert_eq!(answer.status, 200, "{speaks_as:?}: {text}");
        let patience = speaks_as.patience();
        let signs = if patience.is_empty() { 2 } else { text.matches(patience).count() };
        assert!((2..=21).contains(&signs), "{speaks_as:?}: {text}");
        assert!(speaks_as.ends_with_an_error(&text), "{speaks_as:?}: {text}");
        gate.end();
    }
}

/// Complaint: BerriAI/litellm#31499, BerriAI/litellm#17364.
#[test]
fn a_client_that_leaves_before_the_first_token_stops_the_model_in_every_dialect() {
    for speaks_as in ALL {
        for streamed in [false, true] {
            let ((asked, was_asked), (left, was_left)) = (mpsc::channel(), mpsc::channel());
            let told = Mutex::new((asked, left));
            let up = Upstream::start(move |_, conn| {
                conn.try_request();
                told.lock().unwrap().0.send(()).unwrap();
                conn.rest();
                told.lock().unwrap().1.send(()).unwrap();
            });
            let gate = gate(&[up.addr], "");
            let mut client = gate.connect();
            client.send(speaks_as.asks(streamed));
            was_asked.recv().unwrap();
            client.reset();
            was_left
                .recv_timeout(std::time::Duration::from_secs(1))
                .expect("the provider is left within a second");
            let record = gate.record();
            assert_eq!(
                record.reason.as_deref(),
                Some("client_closed"),
                "{speaks_as:?}, streamed: {streamed}"
            );
            gate.end();
        }
    }
}

/// Complaint: BerriAI/litellm#7669, BerriAI/litellm#40958.
#[test]
fn how_long_to_wait_is_handed_on_in_every_dialect() {
    for speaks_as in ALL {
        for streamed in [false, true] {
            let busy = failure("429 Too Many Requests", "rate_limit_error");
            let up = Upstream::fixed(busy.replacen("\r\n", "\r\nRetry-After: 7\r\n", 1));
            let gate = gate(&[up.addr], "");
            let (answer, _) = gate.call(speaks_as.asks(streamed));
            assert_eq!((answer.status, answer.field("retry-after")), (429, Some("7")), "{speaks_as:?}");
            assert!(speaks_as.error(&answer).contains("told by the provider"));
            gate.end();
        }
    }
}
