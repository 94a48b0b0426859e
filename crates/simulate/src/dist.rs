//! Distributions of a duration, as text: `50ms`, `uniform(10ms,50ms)`, `lognormal(20ms,200ms)`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base::Rng;
use serde::{Deserialize, Serialize};

/// The longest duration that is accepted, so that a slip of the pen cannot hang a request for ever.
const LONGEST: Duration = Duration::from_mins(10);

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874;

/// How long something takes. As text: `0`, `50ms`, `1.5s`, `200us`, `uniform(10ms,50ms)` or
/// `lognormal(median,p99)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Distribution {
    /// Always the same.
    Fixed(Duration),
    /// Any value between the two, equally likely.
    Uniform(Duration, Duration),
    /// Log-normal, as latencies mostly are: half the values lie below the first, 99 of 100 below the second.
    LogNormal {
        /// The 50th percentile.
        median: Duration,
        /// The 99th percentile; not below the median.
        p99: Duration,
    },
}

/// Why a text is not a distribution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Neither a duration nor a known function of two durations.
    #[error("`{0}` is no duration like `50ms` and no distribution like `lognormal(20ms,200ms)`")]
    Form(String),
    /// The second duration is smaller than the first.
    #[error("the second value of `{0}` is smaller than the first")]
    Order(String),
    /// Longer than ten minutes.
    #[error("`{0}` is longer than 600s")]
    TooLong(String),
}

// === impl Distribution ===

impl Distribution {
    /// No time at all.
    pub const ZERO: Self = Self::Fixed(Duration::ZERO);

    /// A log-normal distribution from milliseconds.
    pub(crate) const fn log_normal_ms(median: u64, p99: u64) -> Self {
        Self::LogNormal { median: Duration::from_millis(median), p99: Duration::from_millis(p99) }
    }

    /// Whether every sample is zero.
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// Draws a value.
    pub fn sample(self, rng: &mut Rng) -> Duration {
        match self {
            Self::Fixed(value) => value,
            Self::Uniform(low, high) => low + (high.saturating_sub(low)).mul_f64(unit(rng)),
            Self::LogNormal { median, p99 } => log_normal(median, p99, rng),
        }
    }
}

fn log_normal(median: Duration, p99: Duration, rng: &mut Rng) -> Duration {
    let (median, p99) = (median.as_secs_f64(), p99.as_secs_f64());
    if median <= 0.0 {
        return Duration::ZERO;
    }
    let sigma = (p99 / median).ln().max(0.0) / Z99;
    // Box and Muller: two uniform numbers give a normal one; the first must not be zero.
    let radius = (-2.0 * (1.0 - unit(rng)).ln()).sqrt();
    let normal = radius * (std::f64::consts::TAU * unit(rng)).cos();
    let seconds = median * (sigma * normal).exp();
    Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST)
}

/// A number in `0.0..1.0`, from the upper 32 random bits.
pub(crate) fn unit(rng: &mut Rng) -> f64 {
    let bits = u32::try_from(rng.next_u64() >> 32).unwrap_or(0);
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

impl FromStr for Distribution {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        let Some((name, rest)) = text.split_once('(') else {
            return duration(text, text).map(Self::Fixed);
        };
        let form = || ParseError::Form(text.to_owned());
        let (low, high) = rest.strip_suffix(')').and_then(|inner| inner.split_once(',')).ok_or_else(form)?;
        let (low, high) = (duration(low.trim(), text)?, duration(high.trim(), text)?);
        if high < low {
            return Err(ParseError::Order(text.to_owned()));
        }
        match name.trim() {
            "uniform" => Ok(Self::Uniform(low, high)),
            "lognormal" => Ok(Self::LogNormal { median: low, p99: high }),
            _ => Err(form()),
        }
    }
}

/// Reads `50ms`, `1.5s`, `200us`, `2m` or a bare `0`; `whole` is what an error quotes.
fn duration(text: &str, whole: &str) -> Result<Duration, ParseError> {
    let form = || ParseError::Form(whole.to_owned());
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(unit_at).ok_or_else(form)?;
    let scale = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "" if number == "0" => 1.0,
        _ => return Err(form()),
    };
    let number: f64 = number.parse().map_err(|_| form())?;
    let value = Duration::try_from_secs_f64(number * scale).map_err(|_| form())?;
    if value > LONGEST {
        return Err(ParseError::TooLong(whole.to_owned()));
    }
    Ok(value)
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |value: &Duration| value.as_secs_f64() * 1e3;
        match self {
            Self::Fixed(value) => write!(f, "{}ms", ms(value)),
            Self::Uniform(low, high) => write!(f, "uniform({}ms,{}ms)", ms(low), ms(high)),
            Self::LogNormal { median, p99 } => write!(f, "lognormal({}ms,{}ms)", ms(median), ms(p99)),
        }
    }
}

impl TryFrom<String> for Distribution {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<Distribution> for String {
    fn from(value: Distribution) -> Self {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_written_back() {
        for text in ["50ms", "1500ms", "uniform(10ms,50ms)", "lognormal(20ms,200ms)", "0ms", "0.2ms"] {
            let value: Distribution = text.parse().unwrap();
            assert_eq!(value.to_string(), text);
        }
        assert_eq!("0".parse(), Ok(Distribution::ZERO));
        for text in ["", "50", "-5ms", "nanms", "infs", "uniform(5ms)", "normal(1ms,2ms)", "5 parsecs"] {
            assert!(matches!(text.parse::<Distribution>(), Err(ParseError::Form(_))), "{text}");
        }
        assert!(matches!("uniform(5ms,1ms)".parse::<Distribution>(), Err(ParseError::Order(_))));
        assert!(matches!("20m".parse::<Distribution>(), Err(ParseError::TooLong(_))));
    }

    #[test]
    fn a_log_normal_keeps_its_percentiles() {
        let mut rng = Rng::seeded(3);
        let shape = Distribution::log_normal_ms(20, 200);
        let mut values: Vec<_> = (0..20_000).map(|_| shape.sample(&mut rng).as_secs_f64() * 1e3).collect();
        values.sort_by(f64::total_cmp);
        assert!((values[10_000] - 20.0).abs() < 1.0, "median {}", values[10_000]);
        assert!((values[19_800] - 200.0).abs() < 25.0, "p99 {}", values[19_800]);
    }
}
