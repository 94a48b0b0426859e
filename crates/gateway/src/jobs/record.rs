//! What is kept of a job, as bytes: what is to be done, what happens in it, and what came of it.

use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use domain::DocId;
use flow::engine::{Happened, Lost, Noted, Reply as Answer};
use flow::values::Values;
use message::{Body, Fields, Known, ResponseHead};
use net::Reply;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::inside::Origin;

/// What is to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) work: Work,
    pub(super) origin: Origin,
    pub(super) method: String,
    /// What pauses are drawn by.
    pub(super) seed: u64,
    /// How long it is kept after its end, and how much is noted of it.
    pub(super) retention: Duration,
    pub(super) max_journal: usize,
    /// How many of its service's run at once.
    pub(super) running: usize,
}

/// Of a task, how many of its service's run at once.
#[derive(Deserialize)]
struct Running {
    running: usize,
}

/// Of a task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Work {
    /// A flow is run.
    Flow { flow: DocId, inputs: Values },
    /// A call is made.
    Call(Wanted),
}

/// A call that is to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Wanted {
    pub(super) service: DocId,
    /// As the service's own paths are, with the query.
    pub(super) target: String,
    pub(super) fields: Vec<(String, String)>,
    /// It may be made again though it changes something.
    pub(super) repeatable: bool,
    #[serde(skip)]
    pub(super) body: Bytes,
}

/// How a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Succeeded,
    Failed,
    Cancelled,
}

/// What came of a job.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) end: End,
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    /// How many steps it has and has made, and each as it was told.
    pub(super) steps: (usize, usize),
    pub(super) trail: Vec<Value>,
    pub(super) body: Bytes,
}

/// The same but for the body.
#[derive(Serialize, Deserialize)]
struct Head {
    end: End,
    status: u16,
    headers: Vec<(String, String)>,
    steps: (usize, usize),
    trail: Vec<Value>,
}

/// What happened, but for a body.
#[derive(Serialize, Deserialize)]
struct Note {
    at: Duration,
    what: What,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Begun(Box<str>),
    Answered(Box<str>, u16, Vec<(Box<str>, String)>),
    TimedOut(Box<str>),
    Unreachable(Box<str>, Box<str>),
    Bound(Box<str>, Box<str>),
    GivenUp,
}

// === impl Task ===

impl Task {
    pub(super) fn encode(&self) -> Bytes {
        let body = if let Work::Call(wanted) = &self.work { &*wanted.body } else { &[] };
        framed(self, body)
    }

    pub(super) fn decode(bytes: Bytes) -> Option<Self> {
        let (mut task, behind): (Self, Bytes) = unframed(bytes)?;
        if let Work::Call(wanted) = &mut task.work {
            wanted.body = behind;
        }
        Some(task)
    }

    /// How many of its service's run at once; nothing else of it is read.
    pub(super) fn running(bytes: Bytes) -> Option<usize> {
        let (Running { running }, _) = unframed(bytes)?;
        Some(running)
    }
}

// === impl End ===

impl End {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

// === impl Outcome ===

impl Outcome {
    pub(super) fn encode(self) -> Bytes {
        let Self { end, status, headers, steps, trail, body } = self;
        framed(&Head { end, status, headers, steps, trail }, &body)
    }

    pub(super) fn decode(bytes: Bytes) -> Option<Self> {
        let (Head { end, status, headers, steps, trail }, body) = unframed(bytes)?;
        Some(Self { end, status, headers, steps, trail, body })
    }

    /// The answer that the call would have had. What it says nothing of is not to be kept (RFC 9111 §5.2.2.5): whose it is, and
    /// whether something is missing, is not for a cache to find out.
    pub(super) fn reply(&self) -> Reply {
        let mut head = ResponseHead::new(self.status);
        for (name, value) in &self.headers {
            head.fields.push_named(name.as_bytes(), value.as_bytes());
        }
        if !head.fields.has(Known::CacheControl) {
            head.fields.push(Known::CacheControl, b"no-store");
        }
        Reply::new(head, Body::full(self.body.clone()))
    }

    /// A field of the answer.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Fields as they are kept.
pub(super) fn headers(fields: &Fields) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    fields.iter().map(|(name, value, _)| (text(name), text(value))).collect()
}

/// What happened, as bytes.
pub(super) fn note(at: Duration, what: &Happened) -> Bytes {
    let (what, body) = match what {
        Happened::Begun(name) => (What::Begun(name.clone()), &[][..]),
        Happened::Answered(name, reply) => {
            let headers = reply.headers.iter().map(|(name, value)| (name.into(), value.to_owned()));
            (What::Answered(name.clone(), reply.status, headers.collect()), &*reply.body)
        }
        Happened::Lost(name, Lost::Timeout) => (What::TimedOut(name.clone()), &[][..]),
        Happened::Lost(name, Lost::Unreachable(why)) => {
            (What::Unreachable(name.clone(), why.clone()), &[][..])
        }
        Happened::Lost(name, Lost::Bound(why)) => (What::Bound(name.clone(), why.clone()), &[][..]),
        Happened::GivenUp => (What::GivenUp, &[][..]),
    };
    framed(&Note { at, what }, body)
}

/// What was noted.
pub(super) fn noted(bytes: Bytes) -> Option<Noted> {
    let (Note { at, what }, body) = unframed(bytes)?;
    let what = match what {
        What::Begun(name) => Happened::Begun(name),
        What::Answered(name, status, headers) => {
            Happened::Answered(name, Answer { status, headers: headers.into(), body: body.into() })
        }
        What::TimedOut(name) => Happened::Lost(name, Lost::Timeout),
        What::Unreachable(name, why) => Happened::Lost(name, Lost::Unreachable(why)),
        What::Bound(name, why) => Happened::Lost(name, Lost::Bound(why)),
        What::GivenUp => Happened::GivenUp,
    };
    Some(Noted { at, what })
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// A value and a body behind it.
fn framed(value: &impl Serialize, body: &[u8]) -> Bytes {
    let head = serde_json::to_vec(value).unwrap_or_default();
    let mut bytes = BytesMut::with_capacity(head.len() + body.len() + 4);
    bytes.put_u32(u32::try_from(head.len()).unwrap_or(u32::MAX));
    bytes.put_slice(&head);
    bytes.put_slice(body);
    bytes.freeze()
}

fn unframed<T: DeserializeOwned>(mut bytes: Bytes) -> Option<(T, Bytes)> {
    if bytes.len() < 4 {
        return None;
    }
    let length = usize::try_from(bytes.get_u32()).ok().filter(|length| *length <= bytes.len())?;
    let head = bytes.split_to(length);
    Some((serde_json::from_slice(&head).ok()?, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_read_as_it_was_written() {
        let reply = Answer {
            status: 201,
            headers: [("content-type", "image/png")].into_iter().collect(),
            body: vec![0, 159, 146, 150],
        };
        let all = [
            Happened::Begun("a:1.0.0.1.1".into()),
            Happened::Answered("a".into(), reply),
            Happened::Lost("a".into(), Lost::Timeout),
            Happened::Lost("a".into(), Lost::Unreachable("refused".into())),
            Happened::Lost("a".into(), Lost::Bound("it is too long".into())),
            Happened::GivenUp,
        ];
        for (at, what) in all.into_iter().enumerate() {
            let at = Duration::from_nanos(1_000_000_007 * at as u64);
            assert_eq!(noted(note(at, &what)), Some(Noted { at, what }));
        }
        assert_eq!(noted(Bytes::from_static(&[0, 0, 0, 9, 1])), None);
        assert_eq!(noted(Bytes::new()), None);
    }
}
