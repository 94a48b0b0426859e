//! The lines of a batch's input: read one by one as the file comes, and what each must be.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use llm::Dialect;
use message::{Body, BodyError, Frame, Reason, RequestHead};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::endpoint::{self, Endpoint, Place};
use super::super::task::{Scanned, Task};

/// The endpoints that a batch can be for.
pub(crate) const ENDPOINTS: [&str; 6] = [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/images/generations",
    "/v1/moderations",
    "/v1/responses",
];

/// The most lines of a batch, and the longest, in bytes.
pub(crate) const MOST: usize = 50_000;
const LONGEST: usize = 16 << 20;

/// The most mistakes that are told.
const TOLD: usize = 100;

/// Lines that are not blank, each with its number in the file.
pub(crate) struct Lines {
    body: Body,
    buffer: BytesMut,
    /// What of the buffer has no end of line in it.
    searched: usize,
    number: usize,
    over: bool,
}

/// A request of a batch.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) custom_id: String,
    pub(crate) body: Bytes,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) code: &'static str,
    pub(crate) param: Option<&'static str>,
    pub(crate) message: &'static str,
}

/// What of an input has been checked.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) total: usize,
    /// The mistakes, as a batch tells them.
    pub(crate) wrong: Vec<Value>,
    /// Hashes of the ids so far, since ids may be long.
    ids: HashSet<u64>,
    hasher: RandomState,
}

/// What the endpoint of a batch asks of each line.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    /// As the client has it, such as `/v1/chat/completions`.
    pub(crate) endpoint: &'static str,
    pub(crate) dialect: Dialect,
    task: Task,
    place: Place,
}

#[derive(Deserialize)]
struct Raw<'a> {
    custom_id: Option<Value>,
    method: Option<Value>,
    url: Option<Value>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Streamed {
    stream: Option<Value>,
    background: Option<Value>,
}

// === impl Lines ===

impl Lines {
    pub(crate) fn of(body: Body) -> Self {
        Self { body, buffer: BytesMut::new(), searched: 0, number: 0, over: false }
    }

    /// The next line with its number, the first being 1; `None` behind the last.
    pub(crate) async fn next(&mut self) -> Result<Option<(usize, Bytes)>, BodyError> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<(usize, Bytes)>, BodyError>> {
        loop {
            while let Some(line) = self.take() {
                if !line.trim_ascii().is_empty() {
                    return Poll::Ready(Ok(Some((self.number, line))));
                }
            }
            if self.over {
                return Poll::Ready(Ok(None));
            }
            if self.buffer.len() > LONGEST {
                let detail = format!("line {} is longer than {LONGEST} bytes", self.number + 1);
                return Poll::Ready(Err(BodyError::new(Reason::BodyTooLarge, detail)));
            }
            match ready!(self.body.poll_frame(cx)) {
                Some(Ok(Frame::Data(data))) => self.buffer.extend_from_slice(&data),
                Some(Ok(Frame::Trailers(_))) => {}
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => self.over = true,
            }
        }
    }

    /// A line that is whole.
    fn take(&mut self) -> Option<Bytes> {
        let behind = self.buffer.get(self.searched..).unwrap_or_default();
        let end = memchr::memchr(b'\n', behind).map(|at| self.searched + at);
        let line = match end {
            Some(end) => {
                let line = self.buffer.split_to(end);
                self.buffer.advance(1);
                line
            }
            None if self.over && !self.buffer.is_empty() => self.buffer.split(),
            None => {
                self.searched = self.buffer.len();
                return None;
            }
        };
        self.searched = 0;
        self.number += 1;
        // A mark of byte order is no part of JSON (RFC 8259 §8.1).
        let marked = self.number == 1 && line.starts_with(b"\xef\xbb\xbf");
        Some(if marked { line.freeze().slice(3..) } else { line.freeze() })
    }
}

// === impl Work ===

impl Work {
    /// What a batch for this endpoint asks of its lines. `None`: there are no batches for it.
    pub(crate) fn of(endpoint: &str) -> Option<Self> {
        let endpoint = *ENDPOINTS.iter().find(|known| **known == endpoint)?;
        let found = endpoint::find(endpoint, &head(endpoint), None)?;
        let Endpoint::Do(task, place) = found.endpoint else { return None };
        Some(Self { endpoint, dialect: found.dialect, task, place })
    }

    /// Reads a line.
    pub(crate) fn line(&self, line: &Bytes) -> Result<Line, Wrong> {
        let raw: Raw<'_> = serde_json::from_slice(line).map_err(|_| Wrong {
            code: "invalid_json_line",
            param: None,
            message: "This line is not parseable as valid JSON.",
        })?;
        let wrong = |code, param, message| Err(Wrong { code, param: Some(param), message });
        let Some(Value::String(custom_id)) = raw.custom_id else {
            let message = "Missing required parameter: 'custom_id'.";
            return wrong("missing_required_parameter", "custom_id", message);
        };
        if raw.method.as_ref().and_then(Value::as_str) != Some("POST") {
            return wrong("invalid_method", "method", "The method must be POST.");
        }
        if raw.url.as_ref().and_then(Value::as_str) != Some(self.endpoint) {
            let message = "The URL provided for this request does not match the batch endpoint.";
            return wrong("invalid_url", "url", message);
        }
        let Some(body) = raw.body.map(RawValue::get).filter(|body| body.starts_with('{')) else {
            return wrong("missing_required_parameter", "body", "Missing required parameter: 'body'.");
        };
        if let Ok(Streamed { stream, background }) = serde_json::from_str(body) {
            if stream == Some(Value::Bool(true)) {
                return wrong("invalid_request", "body.stream", "Streaming is not supported in a batch.");
            }
            if background == Some(Value::Bool(true)) {
                let message = "Answers in the background are not supported in a batch.";
                return wrong("invalid_request", "body.background", message);
            }
        }
        Ok(Line { custom_id, body: line.slice_ref(body.as_bytes()) })
    }

    /// Scans the request of a line. `None`: it has a mistake, which its answer will tell.
    pub(crate) fn scan(&self, line: &Line) -> Option<Scanned> {
        self.task.scan(self.dialect, &head(self.endpoint), &line.body, &self.place).ok()
    }
}

fn head(endpoint: &str) -> RequestHead {
    RequestHead::new(message::Method::Post, "batch", endpoint)
}

// === impl Checked ===

impl Checked {
    /// Notes a line; gives it if there is nothing wrong with it.
    pub(crate) fn note(&mut self, number: usize, line: Result<Line, Wrong>) -> Option<Line> {
        self.total += 1;
        let wrong = match line {
            Ok(line) if self.ids.insert(self.hasher.hash_one(&line.custom_id)) => return Some(line),
            Ok(_) => Wrong {
                code: "duplicate_custom_id",
                param: Some("custom_id"),
                message: "The custom_id must be unique in a batch.",
            },
            Err(wrong) => wrong,
        };
        if self.wrong.len() < TOLD {
            self.wrong.push(told(Some(number), wrong));
        }
        None
    }

    /// Whether there are more lines than may be, so that no others need be read.
    pub(crate) fn is_too_many(&self) -> bool {
        self.total > MOST
    }

    /// Notes the end; gives the mistakes.
    pub(crate) fn end(&mut self) -> &[Value] {
        if self.is_too_many() {
            let message = "The file has more than 50,000 lines.";
            self.wrong.push(told(None, Wrong { code: "too_many_requests", param: None, message }));
        }
        if self.total == 0 {
            let message = "The file has no lines.";
            self.wrong.push(told(None, Wrong { code: "empty_file", param: None, message }));
        }
        &self.wrong
    }
}

fn told(line: Option<usize>, wrong: Wrong) -> Value {
    json!({"code": wrong.code, "line": line, "message": wrong.message, "param": wrong.param})
}

/// The mistake of an input that cannot be read to its end.
pub(crate) fn unreadable(error: &BodyError) -> Value {
    json!({"code": "invalid_input_file", "line": null, "message": error.detail, "param": "input_file_id"})
}

#[cfg(test)]
mod tests;
