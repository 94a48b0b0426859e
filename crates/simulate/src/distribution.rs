//! How long things take: a fixed time, a uniform range, or a log-normal spread given by its median and its
//! 99th percentile, which is how latencies look in the wild.

use std::f64::consts::TAU;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base::Rng;
use serde::{Deserialize, Serialize};

use crate::dice;

/// A distribution of durations. Written `50ms`, `10ms..30ms` (uniform) or `20ms~90ms` (log-normal, median and
/// 99th percentile); units `us`, `ms`, `s`, a bare number is milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Distribution {
    /// Always the same.
    Fixed(Duration),
    /// Every duration between both as likely.
    Uniform {
        /// The shortest.
        min: Duration,
        /// The longest; not below `min`.
        max: Duration,
    },
    /// Log-normal: most near the median, a long tail.
    LogNormal {
        /// Half are shorter.
        median: Duration,
        /// One in a hundred is longer; not below `median`.
        p99: Duration,
    },
}

/// Why a text is no distribution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no duration or distribution: write 50ms, 10ms..30ms or 20ms~90ms")]
pub struct DistributionError {
    text: String,
}

/// The standard normal distribution's 99th percentile.
const Z99: f64 = 2.326_347_874;

/// Nothing simulated takes longer than this.
const LONGEST: Duration = Duration::from_secs(3_600);

// === impl Distribution ===

impl Distribution {
    /// No time at all.
    pub const ZERO: Self = Self::Fixed(Duration::ZERO);

    /// Log-normal from milliseconds.
    pub const fn millis(median: u64, p99: u64) -> Self {
        Self::LogNormal { median: Duration::from_millis(median), p99: Duration::from_millis(p99) }
    }

    /// Draws one duration.
    pub fn sample(&self, rng: &mut Rng) -> Duration {
        match *self {
            Self::Fixed(duration) => duration,
            Self::Uniform { min, max } => min + max.saturating_sub(min).mul_f64(dice::unit(rng)),
            Self::LogNormal { median, p99 } => {
                if median.is_zero() {
                    return Duration::ZERO;
                }
                let sigma = (p99.as_secs_f64() / median.as_secs_f64()).ln().max(0.0) / Z99;
                let seconds = median.as_secs_f64() * (sigma * normal(rng)).exp();
                Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST)
            }
        }
    }
}

/// One draw from the standard normal distribution (Box and Muller 1958).
fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - dice::unit(rng)).ln()).sqrt();
    radius * (TAU * dice::unit(rng)).cos()
}

impl FromStr for Distribution {
    type Err = DistributionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = if let Some((min, max)) = text.split_once("..") {
            duration(min).zip(duration(max)).map(|(min, max)| Self::Uniform { min, max })
        } else if let Some((median, p99)) = text.split_once('~') {
            duration(median).zip(duration(p99)).map(|(median, p99)| Self::LogNormal { median, p99 })
        } else {
            duration(text).map(Self::Fixed)
        };
        let ordered = parsed.filter(|parsed| match parsed {
            Self::Fixed(_) => true,
            Self::Uniform { min: low, max: high } | Self::LogNormal { median: low, p99: high } => low <= high,
        });
        ordered.ok_or_else(|| DistributionError { text: text.to_owned() })
    }
}

impl TryFrom<String> for Distribution {
    type Error = DistributionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(duration) => write!(f, "{duration:?}"),
            Self::Uniform { min, max } => write!(f, "{min:?}..{max:?}"),
            Self::LogNormal { median, p99 } => write!(f, "{median:?}~{p99:?}"),
        }
    }
}

impl From<Distribution> for String {
    fn from(distribution: Distribution) -> Self {
        distribution.to_string()
    }
}

/// `1.5s`, `50ms`, `200us`, `200µs`, `10ns`, `50`; at most an hour.
fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 5] = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)];
    let text = text.trim();
    let cut = UNITS.iter().find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale)));
    let (number, scale) = cut.unwrap_or((text, &1e-3));
    if !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let duration = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * scale).ok()?;
    (duration <= LONGEST).then_some(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_written() {
        for (text, written) in [
            ("0", "0ns"),
            ("50", "50ms"),
            ("1.5s", "1.5s"),
            ("200us", "200µs"),
            ("10ms..30ms", "10ms..30ms"),
            ("20ms~90ms", "20ms~90ms"),
        ] {
            let parsed: Distribution = text.parse().unwrap();
            assert_eq!(parsed.to_string(), written);
            assert_eq!(written.parse::<Distribution>().unwrap(), parsed);
        }
        for bad in ["", "fast", "-1ms", "30ms..10ms", "2h", "1e3", "9999s", "10ms..", "90ms~20ms"] {
            assert!(bad.parse::<Distribution>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_log_normal_has_its_median_and_its_tail() {
        let distribution = Distribution::millis(20, 90);
        let mut rng = Rng::seeded(1);
        let mut drawn: Vec<Duration> = (0..20_000).map(|_| distribution.sample(&mut rng)).collect();
        drawn.sort_unstable();
        let near = |at: usize, millis: u64| {
            let ratio = drawn[at].as_secs_f64() / Duration::from_millis(millis).as_secs_f64();
            assert!((0.9..1.1).contains(&ratio), "{:?}", drawn[at]);
        };
        near(10_000, 20);
        near(19_800, 90);
    }
}
