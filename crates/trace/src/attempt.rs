//! One attempt to get an answer from one target, with the phases of its time.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::record::{Label, Protocol};

/// One request sent, or tried to be sent, to one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u8,
    /// The target tried, `host:port`.
    pub target: Arc<str>,
    /// The number of the attempt whose failure caused this one.
    pub retry_of: Option<u8>,
    /// Why this attempt was made, when it is not the first (`upstream_reset`, `status_503`, `fallback`).
    pub reason: Option<Label>,
    /// Another attempt won: nothing waited for the end of this one.
    pub discarded: bool,
    /// Start, in microseconds after the start of the call.
    pub started_us: u32,
    /// Where its time went.
    pub phases: Phases,
    /// The connection was taken from the pool.
    pub reused: bool,
    /// The protocol spoken to the target; `None` if no connection came about.
    pub protocol: Option<Protocol>,
    /// The address connected to.
    pub peer: Option<SocketAddr>,
    /// The status answered; 0 if there was no answer.
    pub status: u16,
    /// Bytes of request body sent.
    pub bytes_up: u64,
    /// Bytes of response body received.
    pub bytes_down: u64,
    /// The reason code of its failure.
    pub error: Option<Label>,
}

/// A phase of an attempt, in the order in which phases follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waiting for our own limits: pool, concurrency.
    Queued,
    /// Resolving the name.
    Dns,
    /// Opening the TCP connection, without TLS.
    Connect,
    /// The TLS handshake.
    Tls,
    /// From the first to the last byte of the request.
    Send,
    /// From the last byte of the request to the first of the answer.
    Wait,
    /// From the first to the last byte of the answer.
    Receive,
}

/// Durations of an attempt's phases in microseconds; [`Phases::NA`] where a phase did not happen,
/// as with `dns`, `connect` and `tls` on a reused connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phases {
    /// See [`Phase::Queued`].
    pub queued: u32,
    /// See [`Phase::Dns`].
    pub dns: u32,
    /// See [`Phase::Connect`].
    pub connect: u32,
    /// See [`Phase::Tls`].
    pub tls: u32,
    /// See [`Phase::Send`].
    pub send: u32,
    /// See [`Phase::Wait`].
    pub wait: u32,
    /// See [`Phase::Receive`].
    pub receive: u32,
}

// === impl Attempt ===

impl Attempt {
    /// The first moment of an attempt: nothing has happened yet.
    pub fn new(number: u8, target: Arc<str>, started_us: u32) -> Self {
        Self {
            number,
            target,
            retry_of: None,
            reason: None,
            discarded: false,
            started_us,
            phases: Phases::default(),
            reused: false,
            protocol: None,
            peer: None,
            status: 0,
            bytes_up: 0,
            bytes_down: 0,
            error: None,
        }
    }

    /// It repeats a failed one at the same service; a fallback to another model is none.
    pub fn is_retry(&self) -> bool {
        self.retry_of.is_some()
            && !self.reason.as_deref().is_some_and(|reason| reason.starts_with("fallback"))
    }

    /// When it ended, in microseconds after the start of the call.
    pub fn ended_us(&self) -> u64 {
        u64::from(self.started_us) + self.phases.total()
    }
}

// === impl Phase ===

impl Phase {
    /// All phases in order.
    pub const ALL: [Self; 7] =
        [Self::Queued, Self::Dns, Self::Connect, Self::Tls, Self::Send, Self::Wait, Self::Receive];

    /// Its name in records, exports and pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Send => "send",
            Self::Wait => "wait",
            Self::Receive => "receive",
        }
    }
}

// === impl Phases ===

impl Phases {
    /// Stands for a phase that did not happen.
    pub const NA: u32 = u32::MAX;

    /// The duration of one phase, `None` if it did not happen.
    pub const fn get(&self, phase: Phase) -> Option<u32> {
        let value = match phase {
            Phase::Queued => self.queued,
            Phase::Dns => self.dns,
            Phase::Connect => self.connect,
            Phase::Tls => self.tls,
            Phase::Send => self.send,
            Phase::Wait => self.wait,
            Phase::Receive => self.receive,
        };
        if value == Self::NA { None } else { Some(value) }
    }

    /// Sets the duration of one phase; [`Phases::NA`] unsets it.
    pub const fn set(&mut self, phase: Phase, micros: u32) {
        *match phase {
            Phase::Queued => &mut self.queued,
            Phase::Dns => &mut self.dns,
            Phase::Connect => &mut self.connect,
            Phase::Tls => &mut self.tls,
            Phase::Send => &mut self.send,
            Phase::Wait => &mut self.wait,
            Phase::Receive => &mut self.receive,
        } = micros;
    }

    /// The phases that happened, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Phase, u32)> + '_ {
        Phase::ALL.into_iter().filter_map(|phase| Some((phase, self.get(phase)?)))
    }

    /// The sum of the phases that happened, in microseconds.
    pub fn total(&self) -> u64 {
        self.iter().map(|(_, micros)| u64::from(micros)).sum()
    }
}

/// By name, `null` where a phase did not happen.
impl Serialize for Phases {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Phase::ALL.map(|phase| (phase.name(), self.get(phase))))
    }
}

impl Default for Phases {
    fn default() -> Self {
        Self {
            queued: Self::NA,
            dns: Self::NA,
            connect: Self::NA,
            tls: Self::NA,
            send: Self::NA,
            wait: Self::NA,
            receive: Self::NA,
        }
    }
}
