//! A histogram of durations that merges exactly: buckets whose width is 1/32 of the power of two they
//! lie in, so that a quantile is off by 1.6 % of its value at most, and by nothing below 64 µs.
//!
//! Against the sketch of `DDSketch`: the same buckets for everyone (two sketches merge by addition, with no
//! parameter to agree on), integers alone, and an index without a logarithm.

use crate::codec::{DecodeError, put, take};

#[cfg(test)]
mod tests;

/// Halves of a power of two are cut in `1 << SUB_BITS` buckets.
const SUB_BITS: u32 = 5;
/// Longer durations (12.7 days in microseconds) count as this one.
const MAX_VALUE: u64 = (1 << 40) - 1;
/// One more than the largest bucket.
const BUCKETS: u16 = 1152;
/// The first byte of an encoded sketch.
const VERSION: u8 = 1;

/// Counts of values by size. Holds 1152 buckets at most, those in use only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Bucket and count, ascending by bucket, no count zero.
    buckets: Vec<(u16, u64)>,
    count: u64,
    sum: u64,
    min: u64,
    max: u64,
}

impl Sketch {
    /// Nothing counted.
    pub const fn new() -> Self {
        Self { buckets: Vec::new(), count: 0, sum: 0, min: 0, max: 0 }
    }

    /// Counts one value.
    pub fn add(&mut self, value: u64) {
        let value = value.min(MAX_VALUE);
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.sum = self.sum.saturating_add(value);
        self.add_to(bucket(value), 1);
    }

    /// Counts all that `other` counted; the outcome is the same as if every value had been added here.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.min = if self.count == 0 { other.min } else { self.min.min(other.min) };
        self.max = self.max.max(other.max);
        self.sum = self.sum.saturating_add(other.sum);
        for (bucket, count) in &other.buckets {
            self.add_to(*bucket, *count);
        }
    }

    /// How many values were counted.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their sum, exact.
    pub const fn sum(&self) -> u64 {
        self.sum
    }

    /// The smallest, exact; 0 if there is none.
    pub const fn min(&self) -> u64 {
        self.min
    }

    /// The largest, exact; 0 if there is none.
    pub const fn max(&self) -> u64 {
        self.max
    }

    /// The mean, exact up to rounding; 0 if there are no values.
    pub fn mean(&self) -> u64 {
        self.sum.checked_div(self.count).unwrap_or(0)
    }

    /// The value at `permille` thousandths of the sorted values (nearest rank; 500 is the median, 990
    /// the 99th percentile), off by 1.6 % at most; 0 if there are no values.
    pub fn quantile(&self, permille: u32) -> u64 {
        let rank = u128::from(self.count) * u128::from(permille.min(1000));
        let rank = rank.div_ceil(1000).max(1);
        let mut seen = 0;
        for (bucket, count) in &self.buckets {
            seen += u128::from(*count);
            if seen >= rank {
                return middle(*bucket).clamp(self.min, self.max);
            }
        }
        self.max
    }

    /// How many values lie in buckets that end at or below `bound`: the counts of a Prometheus
    /// histogram, exact where `bound` is a bucket's end and at most one bucket short elsewhere.
    pub fn count_up_to(&self, bound: u64) -> u64 {
        let within = self.buckets.iter().take_while(|(bucket, _)| last(*bucket) <= bound);
        within.map(|(_, count)| count).sum()
    }

    /// The buckets in use: first value, last value and count of each, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        let range = |(bucket, count): &(u16, u64)| (first(*bucket), last(*bucket), *count);
        self.buckets.iter().map(range)
    }

    /// Appends the sketch to `out`; about two bytes a bucket in use.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        for value in [self.sum, self.min, self.max, self.buckets.len() as u64] {
            put(out, value);
        }
        let mut previous = 0;
        for (bucket, count) in &self.buckets {
            put(out, u64::from(bucket - previous));
            put(out, *count);
            previous = *bucket;
        }
    }

    /// Takes a sketch off the front of `bytes`.
    pub fn decode(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        let (version, rest) = bytes.split_first().ok_or(DecodeError)?;
        if *version != VERSION {
            return Err(DecodeError);
        }
        *bytes = rest;
        let mut sketch = Self::new();
        (sketch.sum, sketch.min, sketch.max) = (take(bytes)?, take(bytes)?, take(bytes)?);
        let length = take(bytes)?;
        if length > u64::from(BUCKETS) {
            return Err(DecodeError);
        }
        let mut at = 0_u64;
        for index in 0..length {
            let (step, count) = (take(bytes)?, take(bytes)?);
            at = at.checked_add(step).ok_or(DecodeError)?;
            let bucket = u16::try_from(at).map_err(|_| DecodeError)?;
            if bucket >= BUCKETS || count == 0 || (step == 0 && index > 0) {
                return Err(DecodeError);
            }
            sketch.count = sketch.count.checked_add(count).ok_or(DecodeError)?;
            sketch.buckets.push((bucket, count));
        }
        if sketch.is_sound() { Ok(sketch) } else { Err(DecodeError) }
    }

    /// The smallest and largest value lie where the buckets say.
    fn is_sound(&self) -> bool {
        match (self.buckets.first(), self.buckets.last()) {
            (Some((low, _)), Some((high, _))) => {
                self.min <= self.max
                    && self.max <= MAX_VALUE
                    && bucket(self.min) == *low
                    && bucket(self.max) == *high
            }
            _ => (self.sum, self.min, self.max) == (0, 0, 0),
        }
    }

    fn add_to(&mut self, bucket: u16, count: u64) {
        self.count = self.count.saturating_add(count);
        match self.buckets.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(at) => {
                if let Some((_, present)) = self.buckets.get_mut(at) {
                    *present = present.saturating_add(count);
                }
            }
            Err(at) => self.buckets.insert(at, (bucket, count)),
        }
    }
}

/// The bucket of a value up to [`MAX_VALUE`].
fn bucket(value: u64) -> u16 {
    let shift = (u64::BITS - (value | 1).leading_zeros()).saturating_sub(SUB_BITS + 1);
    let index = (u64::from(shift) << SUB_BITS) + (value >> shift);
    u16::try_from(index).unwrap_or(BUCKETS - 1)
}

/// The smallest value of a bucket.
fn first(bucket: u16) -> u64 {
    let shift = shift(bucket);
    (u64::from(bucket) - (shift << SUB_BITS)) << shift
}

/// The largest value of a bucket.
fn last(bucket: u16) -> u64 {
    first(bucket) + (1 << shift(bucket)) - 1
}

/// The value that stands for all of a bucket.
fn middle(bucket: u16) -> u64 {
    first(bucket) + ((1 << shift(bucket)) >> 1)
}

fn shift(bucket: u16) -> u64 {
    (u64::from(bucket) >> SUB_BITS).saturating_sub(1)
}
