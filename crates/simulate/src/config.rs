//! What can be set for all requests alike.

use std::fmt;
use std::str::FromStr;

use base::Clock;
use serde::{Deserialize, Serialize};

use crate::dist::{Distribution, ParseError};
use crate::server::Simulator;
use crate::world::World;

/// The simulator's settings. Every field may be left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where all data, answers, ids and faults come from: the same seed and the same requests in the
    /// same order give the same bytes (but for the vendors' `created` times). Default 1.
    pub seed: u64,
    /// How long answers take. Default [`Latency::Natural`].
    pub latency: Latency,
    /// The part of requests that fail with one of `error_statuses`, 0.0 to 1.0. Default 0.
    pub error_rate: f64,
    /// The statuses that `error_rate` draws from, each 400 to 599; 429 comes with `Retry-After: 1`.
    /// Default 500 and 503.
    pub error_statuses: Vec<u16>,
    /// The part of answers whose connection is cut in the middle, 0.0 to 1.0. Default 0.
    pub cut_rate: f64,
    /// What one caller may ask for before it gets 429. Default: no limit.
    pub rate_limit: Option<RateLimit>,
    /// The largest request body in bytes; above it, 413. Default 32 MiB.
    pub body_limit: usize,
    /// How many requests `/_simulate/stats` remembers with their headers. Default 100, at most 10,000.
    pub recent: usize,
}

/// How long answers take. As text: `natural`, `none`, or a [`Distribution`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Latency {
    /// Each endpoint its own log-normal distribution, with medians of 8 to 60 ms for the shop; models
    /// take a while to the first token and a little for each token after it.
    #[default]
    Natural,
    /// No waiting anywhere: for tests and benchmarks.
    None,
    /// Every answer takes this long to begin; models then write without pauses.
    All(Distribution),
}

/// What one caller (one key) may ask for; more is answered with 429 and `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// Requests a minute, all of which may come at once. Default 600.
    pub requests_per_minute: u32,
    /// Model tokens a minute, in and out. Default 200,000.
    pub tokens_per_minute: u32,
}

// === impl Config ===

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            latency: Latency::Natural,
            error_rate: 0.0,
            error_statuses: vec![500, 503],
            cut_rate: 0.0,
            rate_limit: None,
            body_limit: 32 << 20,
            recent: 100,
        }
    }
}

impl Config {
    /// Makes the simulator, on the system's clock. Rates outside of 0 to 1 count as the nearer end,
    /// statuses outside of 400 to 599 are left out.
    pub fn build(self) -> Simulator {
        self.build_with(Clock::system())
    }

    /// Like [`Config::build`], on a given clock; `created` times and rate limits follow it.
    pub fn build_with(mut self, clock: Clock) -> Simulator {
        self.error_statuses.retain(|status| (400..600).contains(status));
        self.recent = self.recent.min(10_000);
        Simulator::new(World::new(self, clock))
    }
}

// === impl Latency ===

impl FromStr for Latency {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.trim() {
            "natural" | "default" => Ok(Self::Natural),
            "none" => Ok(Self::None),
            other => other.parse().map(Self::All),
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Natural => f.write_str("natural"),
            Self::None => f.write_str("none"),
            Self::All(shape) => shape.fmt(f),
        }
    }
}

impl TryFrom<String> for Latency {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<Latency> for String {
    fn from(value: Latency) -> Self {
        value.to_string()
    }
}

// === impl RateLimit ===

impl Default for RateLimit {
    fn default() -> Self {
        Self { requests_per_minute: 600, tokens_per_minute: 200_000 }
    }
}
