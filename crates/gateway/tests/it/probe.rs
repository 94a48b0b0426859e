//! A provider that is tried out: what it answered and how long each phase took, or what failed and how far it came.

use gateway::ProbeStep;
use serde_json::json;
use trace::Phase;

use crate::chat::{completion, failure, gate};
use crate::upstream::Upstream;

fn json_answer(body: &serde_json::Value) -> String {
    let body = body.to_string();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Lists `small` and answers every chat.
fn vendor() -> Upstream {
    Upstream::start(|_, conn| {
        while let Some(head) = conn.try_request() {
            let list = json!({ "object": "list", "data": [{ "id": "small" }] });
            let answer =
                if head.starts_with("GET /v1/models ") { json_answer(&list) } else { completion("Hello.") };
            conn.send(answer);
        }
    })
}

#[test]
fn a_model_that_the_vendor_lists_answers_and_nothing_is_recorded() {
    let up = vendor();
    let gate = gate(&[up.addr], "");
    let probe = gate.probe("p0", None);
    assert_eq!((probe.model.as_deref(), probe.models.clone()), (Some("small"), Some(vec!["small".into()])));
    let answer = probe.outcome.unwrap();
    assert_eq!((answer.text.as_str(), answer.usage.input, answer.usage.output), ("Hello.", 3, 2));
    let attempt = probe.attempt.unwrap();
    assert_eq!((attempt.status, attempt.reused), (200, false));
    for phase in [Phase::Connect, Phase::Wait] {
        assert!(attempt.phases.get(phase).is_some(), "{phase:?}");
    }
    // The next record is that of a call, and not of the trial.
    let (_, record) = gate.get("/v1/models", "");
    assert_eq!(&*record.path, "/v1/models");
}

#[test]
fn a_vendors_words_are_told_without_the_key() {
    let up = Upstream::fixed(
        failure("401 Unauthorized", "auth").replace("told by the provider", "bad key secret-0 ***"),
    );
    let probe = gate(&[up.addr], "").probe("p0", Some("m"));
    let failed = probe.outcome.unwrap_err();
    assert_eq!((failed.step, failed.message.as_str()), (ProbeStep::Status, "bad key *** ***"));
    assert_eq!(probe.attempt.unwrap().status, 401);
}

#[test]
fn how_far_it_came_is_told() {
    let refused = gate(&[Upstream::nobody()], "").probe("p0", Some("m"));
    assert_eq!(refused.outcome.unwrap_err().step, ProbeStep::Phase(Phase::Connect));
    let html = Upstream::fixed("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>");
    let read = gate(&[html.addr], "").probe("p0", Some("m"));
    assert_eq!(read.outcome.unwrap_err().step, ProbeStep::Answer);
    let cut = Upstream::once("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{");
    let cut = gate(&[cut.addr], "").probe("p0", Some("m"));
    assert_eq!(cut.outcome.unwrap_err().step, ProbeStep::Phase(Phase::Receive));
    let unlisted = Upstream::fixed(failure("404 Not Found", "none"));
    let unlisted = gate(&[unlisted.addr], "").probe("p0", None);
    assert_eq!((unlisted.outcome.unwrap_err().step, unlisted.model), (ProbeStep::Request, None));
}
