//! Minute aggregates: what dashboards and metrics read instead of records.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use base::Micros;

use crate::record::CallRecord;

mod cell;
#[cfg(test)]
mod tests;

pub use cell::Cell;

/// One minute in microseconds.
const MINUTE: i64 = 60_000_000;
/// Stands in `service` and `route` for all that found no room.
const OTHER: &str = "(other)";

/// What is counted together. Empty strings stand for "none".
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AggregateKey {
    /// Minutes since 1970, of the moment the call ended: a closed minute does not change any more.
    pub minute: i64,
    /// The team that owns the route.
    pub team: Box<str>,
    /// The service.
    pub service: Box<str>,
    /// The route.
    pub route: Box<str>,
    /// The application that called.
    pub application: Box<str>,
    /// The upstream.
    pub upstream: Box<str>,
    /// The AI provider.
    pub provider: Box<str>,
    /// The provider's name of the model.
    pub model: Box<str>,
    /// 2 for 2xx and so on; 0 if no status was sent.
    pub status_class: u8,
    /// The reason code.
    pub reason: Box<str>,
}

/// The aggregates of the minutes that are still open, bounded in number.
#[derive(Debug)]
pub struct Aggregates {
    /// By the hash of the key; nearly always one entry a hash.
    cells: HashMap<u64, Vec<(AggregateKey, Cell)>>,
    hasher: RandomState,
    len: usize,
    max: usize,
    overflowed: u64,
}

/// The same as [`AggregateKey`], borrowed from a record: a hit allocates nothing.
#[derive(PartialEq, Eq, Hash)]
struct KeyRef<'a> {
    minute: i64,
    names: [&'a str; 8],
    status_class: u8,
}

// === impl AggregateKey ===

impl AggregateKey {
    /// The minute of a wall-clock time.
    pub const fn minute_of(at: Micros) -> i64 {
        at.0.div_euclid(MINUTE)
    }

    /// The key of a call.
    pub fn of(record: &CallRecord) -> Self {
        KeyRef::of(record).to_key()
    }

    /// The same key at the first minute of a span of `minutes` (60 for an hour, 1440 for a day).
    pub fn floored(mut self, minutes: i64) -> Self {
        let minutes = minutes.max(1);
        self.minute = self.minute.div_euclid(minutes) * minutes;
        self
    }

    fn borrowed(&self) -> KeyRef<'_> {
        KeyRef {
            minute: self.minute,
            names: [
                &self.team,
                &self.service,
                &self.route,
                &self.application,
                &self.upstream,
                &self.provider,
                &self.model,
                &self.reason,
            ],
            status_class: self.status_class,
        }
    }
}

// === impl Aggregates ===

impl Aggregates {
    /// Room for `max` keys; calls beyond are counted under their minute and team with service and
    /// route `(other)`, so that sums stay true.
    pub fn new(max: usize) -> Self {
        Self { cells: HashMap::new(), hasher: RandomState::new(), len: 0, max, overflowed: 0 }
    }

    /// Counts a call.
    pub fn add(&mut self, record: &CallRecord) {
        self.cell(&KeyRef::of(record)).add(record);
    }

    /// Adds an aggregate that was made elsewhere or earlier.
    pub fn merge(&mut self, key: &AggregateKey, cell: &Cell) {
        self.cell(&key.borrowed()).merge(cell);
    }

    /// Takes out everything of minutes before `minute`, sorted by key.
    pub fn take_before(&mut self, minute: i64) -> Vec<(AggregateKey, Cell)> {
        let mut taken = Vec::new();
        self.cells.retain(|_, entries| {
            taken.extend(entries.extract_if(.., |(key, _)| key.minute < minute));
            !entries.is_empty()
        });
        self.len -= taken.len();
        taken.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        taken
    }

    /// All aggregates held, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&AggregateKey, &Cell)> {
        self.cells.values().flatten().map(|(key, cell)| (key, cell))
    }

    /// How many keys are held.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Nothing is held.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many calls were counted under `(other)` for want of room.
    pub const fn overflowed(&self) -> u64 {
        self.overflowed
    }

    fn cell(&mut self, wanted: &KeyRef<'_>) -> &mut Cell {
        let hash = self.hasher.hash_one(wanted);
        let known = |key: &AggregateKey| key.borrowed() == *wanted;
        let present = self.cells.get(&hash).is_some_and(|entries| entries.iter().any(|(key, _)| known(key)));
        if present || self.len < self.max {
            return self.place(hash, wanted);
        }
        self.overflowed += 1;
        let other = wanted.without_detail();
        self.place(self.hasher.hash_one(&other), &other)
    }

    fn place(&mut self, hash: u64, wanted: &KeyRef<'_>) -> &mut Cell {
        let entries = self.cells.entry(hash).or_default();
        let known = entries.iter().position(|(key, _)| key.borrowed() == *wanted);
        let at = known.unwrap_or_else(|| {
            self.len += 1;
            entries.push((wanted.to_key(), Cell::default()));
            entries.len() - 1
        });
        &mut entries[at].1
    }
}

// === impl KeyRef ===

impl<'a> KeyRef<'a> {
    fn of(record: &'a CallRecord) -> Self {
        let ai = record.ai.as_deref();
        let names = [
            record.team(),
            record.service(),
            record.route(),
            record.application(),
            record.upstream.as_deref(),
            ai.and_then(|ai| ai.provider.as_deref()),
            ai.and_then(|ai| ai.model.as_deref()),
            record.reason.as_deref(),
        ];
        Self {
            minute: AggregateKey::minute_of(record.ended()),
            names: names.map(Option::unwrap_or_default),
            status_class: u8::try_from(record.status / 100).unwrap_or(0),
        }
    }

    fn without_detail(&self) -> Self {
        let [team, ..] = self.names;
        Self {
            minute: self.minute,
            names: [team, OTHER, OTHER, "", "", "", "", ""],
            status_class: self.status_class,
        }
    }

    fn to_key(&self) -> AggregateKey {
        let [team, service, route, application, upstream, provider, model, reason] =
            self.names.map(Into::into);
        AggregateKey {
            minute: self.minute,
            team,
            service,
            route,
            application,
            upstream,
            provider,
            model,
            status_class: self.status_class,
            reason,
        }
    }
}
