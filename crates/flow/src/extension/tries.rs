//! How often and how a step is tried: `retry`, `hedge`, `while`, and `cache`, which spares it.

use std::time::Duration;

use serde_json::Value;

use super::formula::Rule;
use super::read::{cel, count, missing, span};
use crate::document::{Member, Object};
use crate::mistakes::Mistakes;

/// Further attempts after a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all, the first included.
    pub attempts: u32,
    /// The first pause; it doubles, with full jitter.
    pub backoff: Duration,
    /// The longest pause.
    pub max_backoff: Duration,
    /// The failures after which it is tried again.
    pub on: Vec<Cause>,
}

/// A failure after which a step is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An answer with this status.
    Status(u16),
    /// An answer with a status of this class, such as 5.
    Class(u8),
    /// It took too long.
    Timeout,
    /// There was no connection, or it broke off before there was an answer.
    Connect,
}

/// Further attempts beside one that is slow; the first good answer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hedge {
    /// Another one begins after so long.
    pub after: Duration,
    /// Attempts in all, the first included.
    pub attempts: u32,
}

/// A step whose outputs are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    /// How long they are good.
    pub ttl: Duration,
    /// What they depend on; if it is not said, all that the step sends.
    pub key: Option<Rule>,
}

/// A step that is made again.
#[derive(Clone, Debug, PartialEq)]
pub struct While {
    /// As long as this holds after it was made.
    pub condition: Rule,
    /// So often at most, the first time included; if it holds still, the step has failed.
    pub max: u32,
    /// The pause between.
    pub delay: Duration,
}

// === impl Retry ===

impl Retry {
    pub(super) fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "`x-weir-retry`", mistakes)?;
        let attempts = count(&mut object, "attempts", 1..=10).unwrap_or(3);
        let backoff = span(&mut object, "backoff").unwrap_or(Duration::from_millis(100));
        let max_backoff = span(&mut object, "max-backoff").unwrap_or(Duration::from_secs(10));
        let causes = object.items("on");
        object.close();
        let on = match causes {
            Some(causes) => causes.into_iter().filter_map(|cause| Cause::read(cause, mistakes)).collect(),
            None => vec![Cause::Status(429), Cause::Class(5), Cause::Timeout, Cause::Connect],
        };
        Some(Self { attempts, backoff, max_backoff, on })
    }
}

// === impl Cause ===

impl Cause {
    fn read((at, value): Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let status = |number: u64| u16::try_from(number).ok().filter(|status| (100..600).contains(status));
        let found = match value {
            Value::Number(number) => number.as_u64().and_then(status).map(Self::Status),
            Value::String(word) => match word.as_str() {
                "timeout" => Some(Self::Timeout),
                "connect" => Some(Self::Connect),
                "4xx" => Some(Self::Class(4)),
                "5xx" => Some(Self::Class(5)),
                other => other.parse().ok().and_then(status).map(Self::Status),
            },
            _ => None,
        };
        if found.is_none() {
            mistakes.add(
                &at,
                format_args!("this is a status, `4xx`, `5xx`, `timeout` or `connect`, not {value}"),
            );
        }
        found
    }
}

// === impl Hedge ===

impl Hedge {
    pub(super) fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "`x-weir-hedge`", mistakes)?;
        missing(&mut object, "after");
        let after = span(&mut object, "after");
        let attempts = count(&mut object, "attempts", 2..=5).unwrap_or(2);
        object.close();
        Some(Self { after: after?, attempts })
    }
}

// === impl Cache ===

impl Cache {
    pub(super) fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "`x-weir-cache`", mistakes)?;
        missing(&mut object, "ttl");
        let ttl = span(&mut object, "ttl");
        let key = cel(&mut object, "key");
        object.close();
        Some(Self { ttl: ttl?, key })
    }
}

// === impl While ===

impl While {
    pub(super) fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "`x-weir-while`", mistakes)?;
        missing(&mut object, "condition");
        missing(&mut object, "max");
        let condition = cel(&mut object, "condition");
        let max = count(&mut object, "max", 1..=10_000);
        let delay = span(&mut object, "delay").unwrap_or_default();
        object.close();
        Some(Self { condition: condition?, max: max?, delay })
    }
}
