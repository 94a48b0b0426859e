//! What comes of a line: its answer, whether to try again, and how the output tells it.

use std::time::Duration;

use bytes::Bytes;
use message::Known;
use net::Reply;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The longest answer to a line, in bytes.
pub(crate) const LONGEST: usize = 3 << 20;

/// How long is waited before a line that was refused for now is tried again.
const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_mins(5);

/// An answer to a line.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    /// JSON, or why there is none.
    body: Result<Bytes, &'static str>,
}

/// A line that is over: whether it went well, and what the output file says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) good: bool,
    pub(crate) told: Bytes,
}

#[derive(Deserialize)]
struct Failure {
    error: Code,
}

#[derive(Deserialize)]
struct Code {
    code: Option<Value>,
}

// === impl Answer ===

impl Answer {
    /// Reads a reply to its end, so that its record is written.
    pub(crate) async fn read(mut reply: Reply) -> Self {
        let header =
            |name: &str| reply.head.fields.get_named(name).and_then(|value| std::str::from_utf8(value).ok());
        let request_id = header("x-request-id").or_else(|| header("request-id")).map(str::to_owned);
        let seconds = reply.head.fields.get_str(Known::RetryAfter).and_then(|text| text.parse().ok());
        let body = match reply.body.collect(LONGEST).await {
            Ok(body) if serde_json::from_slice::<&RawValue>(&body).is_ok() => Ok(body),
            Ok(_) => Err("the answer is no JSON"),
            Err(_) => Err("the answer could not be read to its end, or is larger than 3 MiB"),
        };
        let retry_after = seconds.map(Duration::from_secs);
        Self { status: reply.head.status, request_id, retry_after, body }
    }

    /// How long to wait before the line is tried again; `None`: this is its answer. What was refused for now, by limits
    /// or by a provider that is busy, is no answer; a quota that is used up does not come back by waiting.
    pub(crate) fn retry(&self, tries: u32) -> Option<Duration> {
        if !matches!(self.status, 429 | 503 | 529) || self.is_final() {
            return None;
        }
        let growing = SOONEST.saturating_mul(1 << tries.min(8));
        Some(self.retry_after.unwrap_or(growing).clamp(SOONEST, LATEST))
    }

    fn is_final(&self) -> bool {
        let body = self.body.as_deref().unwrap_or_default();
        let code = serde_json::from_slice::<Failure>(body).ok().and_then(|failure| failure.error.code);
        code.as_ref().and_then(Value::as_str) == Some("insufficient_quota")
    }

    /// What comes of the line.
    pub(crate) fn outcome(&self, id: &str, custom_id: &str) -> Outcome {
        let (id, custom_id) = (Value::from(id), Value::from(custom_id));
        let told = match &self.body {
            // Between JSON's tokens a line's end is white space, and in a file of lines it must be another.
            Ok(body) => {
                let body = String::from_utf8_lossy(body).replace(['\n', '\r'], " ");
                let (status, request) = (self.status, Value::from(self.request_id.clone()));
                format!(
                    "{{\"id\": {id}, \"custom_id\": {custom_id}, \"response\": {{\"status_code\": {status}, \
                     \"request_id\": {request}, \"body\": {body}}}, \"error\": null}}"
                )
            }
            Err(why) => {
                let error = json!({"code": "unreadable_response", "message": why});
                format!(
                    "{{\"id\": {id}, \"custom_id\": {custom_id}, \"response\": null, \"error\": {error}}}"
                )
            }
        };
        Outcome { good: self.body.is_ok() && (200..300).contains(&self.status), told: told.into() }
    }
}

// === impl Outcome ===

impl Outcome {
    /// Of a line that was not executed.
    pub(crate) fn expired(id: &str, custom_id: &str) -> Self {
        let message = "This request could not be executed before the completion window expired.";
        let error = json!({"code": "batch_expired", "message": message});
        let told = json!({"id": id, "custom_id": custom_id, "response": null, "error": error});
        Self { good: false, told: told.to_string().into() }
    }

    /// As it is kept.
    pub(crate) fn kept(&self) -> Bytes {
        [if self.good { b"+".as_slice() } else { b"-" }, &self.told].concat().into()
    }

    /// From what was kept.
    pub(crate) fn of_kept(mut kept: Bytes) -> Self {
        let told = kept.split_off(kept.len().min(1));
        Self { good: kept == "+", told }
    }
}

#[cfg(test)]
mod tests {
    use message::{Body, ResponseHead};

    use super::*;

    async fn answer(status: u16, wait: Option<&str>, body: &'static str) -> Answer {
        let mut head = ResponseHead::new(status);
        if let Some(wait) = wait {
            head.fields.push(Known::RetryAfter, wait.as_bytes());
        }
        head.fields.push_named(b"x-request-id", b"r1");
        Answer::read(Reply::new(head, Body::full(body))).await
    }

    #[tokio::test]
    async fn what_is_refused_for_now_is_tried_again() {
        let seconds = Duration::from_secs;
        assert_eq!(answer(429, Some("7"), "{}").await.retry(0), Some(seconds(7)));
        assert_eq!(answer(429, Some("0"), "{}").await.retry(0), Some(SOONEST));
        assert_eq!(answer(503, Some("9999"), "{}").await.retry(0), Some(LATEST));
        assert_eq!(answer(429, None, "{}").await.retry(3), Some(seconds(8)));
        assert_eq!(answer(529, None, "").await.retry(u32::MAX), Some(seconds(256)));
        for status in [200, 400, 401, 404, 500, 502, 504] {
            assert_eq!(answer(status, Some("7"), "{}").await.retry(0), None, "{status}");
        }
        let over = r#"{"error": {"code": "insufficient_quota"}}"#;
        assert_eq!(answer(429, None, over).await.retry(0), None);
    }

    #[tokio::test]
    async fn an_outcome_is_one_line_of_json() {
        let check = async |answer: Answer, good: bool, expect: Value| {
            let outcome = answer.outcome("batch_req_1", "a\n\"");
            assert_eq!(outcome.good, good);
            assert!(!outcome.told.contains(&b'\n'));
            assert_eq!(serde_json::from_slice::<Value>(&outcome.told).unwrap(), expect);
            assert_eq!(Outcome::of_kept(outcome.kept()), outcome);
        };
        let told = |response: Value, error: Value| json!({"id": "batch_req_1", "custom_id": "a\n\"", "response": response, "error": error});
        let response = |status, body: Value| json!({"status_code": status, "request_id": "r1", "body": body});
        let pretty = answer(200, None, "{\r\n \"a\": 1.0\n}").await;
        check(pretty, true, told(response(200, json!({"a": 1.0})), Value::Null)).await;
        let refused = answer(400, None, r#"{"error":{}}"#).await;
        check(refused, false, told(response(400, json!({"error": {}})), Value::Null)).await;
        let broken = answer(200, None, "<html>").await;
        let error = json!({"code": "unreadable_response", "message": "the answer is no JSON"});
        check(broken, false, told(Value::Null, error)).await;
    }
}
