//! Calls that differ in nothing but their numbers, counted together between two flushes. Their labels come
//! from the snapshot as shared pointers, so that a call finds its group without a look at a name.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use trace::{AggregateKey, Aggregates, CallRecord, CallerLabels, Cell, Label, RouteLabels};

use crate::metrics::{Counts, Series};
use crate::words::Words;

/// The groups since the last flush.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    places: HashMap<Key, usize, foldhash::fast::RandomState>,
    groups: Vec<Group>,
}

/// Addresses of labels; each group keeps what lies there alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    addresses: [usize; 5],
    minute: i64,
    status: u16,
}

/// What lies at the addresses of a key.
type Held = (Option<Arc<RouteLabels>>, Option<Arc<CallerLabels>>, Option<Arc<str>>);

#[derive(Debug)]
struct Group {
    _held: Held,
    numbers: Numbers,
    key: AggregateKey,
    cell: Cell,
    counts: Counts,
}

/// The numbers of the words that the calls of a group share.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) team: u64,
    pub(crate) service: u64,
    pub(crate) route: u64,
    pub(crate) application: u64,
    pub(crate) plan: u64,
    pub(crate) credential: u64,
    pub(crate) upstream: u64,
    pub(crate) method: u64,
    pub(crate) reason: u64,
}

impl Groups {
    /// Counts a call with its like; gives the numbers of its words.
    pub(crate) fn add(&mut self, record: &CallRecord, words: &mut Words) -> Option<Numbers> {
        let key = Key::of(record)?;
        let at = *self.places.entry(key).or_insert_with(|| {
            self.groups.push(Group::new(record, words));
            self.groups.len() - 1
        });
        let group = self.groups.get_mut(at)?;
        group.cell.add(record);
        group.counts.add(record);
        Some(group.numbers)
    }

    /// Hands all counts on and forgets the groups.
    pub(crate) fn settle(&mut self, aggregates: &mut Aggregates, series: &mut Series) {
        self.places.clear();
        for group in self.groups.drain(..) {
            aggregates.merge(&group.key, &group.cell);
            series.merge(group.counts);
        }
    }
}

impl Key {
    /// `None` for a call whose labels are its own, or that counts under more than a group has.
    fn of(record: &CallRecord) -> Option<Self> {
        if record.ai.is_some() {
            return None;
        }
        let of = |label: &Label| match label {
            Cow::Borrowed(name) => Some(name.as_ptr().addr()),
            Cow::Owned(_) => None,
        };
        let reason = record.reason.as_ref().map_or(Some(0), of)?;
        let addresses = [
            record.place.as_ref().map_or(0, |place| Arc::as_ptr(place).addr()),
            record.caller.as_ref().map_or(0, |caller| Arc::as_ptr(caller).addr()),
            record.upstream.as_ref().map_or(0, |upstream| upstream.as_ptr().addr()),
            of(&record.method)?,
            reason,
        ];
        Some(Self { addresses, minute: AggregateKey::minute_of(record.ended()), status: record.status })
    }
}

impl Group {
    fn new(record: &CallRecord, words: &mut Words) -> Self {
        Self {
            _held: (record.place.clone(), record.caller.clone(), record.upstream.clone()),
            numbers: Numbers::of(record, words),
            key: AggregateKey::of(record),
            cell: Cell::default(),
            counts: Counts::of(record),
        }
    }
}

impl Numbers {
    /// Looks each word up.
    pub(crate) fn of(record: &CallRecord, words: &mut Words) -> Self {
        let mut number = |word: Option<&str>| words.number(word.unwrap_or_default());
        Self {
            team: number(record.team()),
            service: number(record.service()),
            route: number(record.route()),
            application: number(record.application()),
            plan: number(record.plan()),
            credential: number(record.credential()),
            upstream: number(record.upstream.as_deref()),
            method: number(Some(&record.method)),
            reason: number(record.reason.as_deref()),
        }
    }
}
