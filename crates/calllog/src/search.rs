//! Finding calls, newest first, over the day files.

use base::{Micros, RequestId};
use rusqlite::{Connection, Row, params};
use trace::TraceId;

use crate::block::{FORMAT, Stored, may_hold};
use crate::days::Days;
use crate::row::Facts;
use crate::{Call, CallLog, CallLogError};

/// Calls that one search looks at before it gives back what it has and a cursor to go on from.
const BUDGET: u32 = 2_000_000;
/// How many calls of a block that is skipped by its traces count as one that is looked at.
const SKIPPED: u32 = 32;
/// An id tells the start of its call to the millisecond.
const SLACK: i64 = 2_000;

/// Which calls are wanted. All that is given must hold; empty names ask for all.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    /// Begun at or after.
    pub from: Option<Micros>,
    /// Begun before.
    pub to: Option<Micros>,
    /// Of these teams; `None`: of all, and those that found no route.
    pub teams: Option<Vec<String>>,
    /// Of this service.
    pub service: String,
    /// Of this route.
    pub route: String,
    /// Of this application.
    pub application: String,
    /// To this upstream.
    pub upstream: String,
    /// Of this model alias.
    pub model: String,
    /// Whose operation of GraphQL has this name.
    pub operation: String,
    /// Whose operation of GraphQL does this: `query`, `mutation` or `subscription`.
    pub kind: String,
    /// Of this method.
    pub method: String,
    /// With this status.
    pub status: Option<StatusFilter>,
    /// With this reason.
    pub reason: String,
    /// Of this trace.
    pub trace: Option<TraceId>,
    /// Whose path, host, id or trace contains this.
    pub contains: String,
    /// That took at least so many microseconds.
    pub min_duration_us: Option<u64>,
}

/// A status or a group of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusFilter {
    /// This one.
    Is(u16),
    /// The hundred that begins with this digit.
    Class(u16),
    /// 400 and above, and calls without one.
    Error,
}

/// A part of the answer.
#[derive(Clone, Debug)]
pub struct CallPage {
    /// Newest first.
    pub items: Vec<Call>,
    /// Where to go on; `None`: there is no more.
    pub next: Option<String>,
}

impl StatusFilter {
    /// Reads `404`, `5xx` or `error`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "error" {
            return Some(Self::Error);
        }
        match text.strip_suffix("xx") {
            Some(digit) => digit.parse().ok().filter(|digit| (1..=9).contains(digit)).map(Self::Class),
            None => text.parse().ok().filter(|status| (0..=999).contains(status)).map(Self::Is),
        }
    }
}

impl CallFilter {
    /// Whether a call is wanted; the live view's side of a search.
    pub fn matches(&self, call: &Call) -> bool {
        self.wants(&call.facts())
    }

    pub(crate) fn wants(&self, call: &Facts<'_>) -> bool {
        let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        let status = match self.status {
            None => true,
            Some(StatusFilter::Is(status)) => call.status == status,
            Some(StatusFilter::Class(class)) => call.status / 100 == class,
            Some(StatusFilter::Error) => call.status == 0 || call.status >= 400,
        };
        status
            && self.from.is_none_or(|from| call.started >= from)
            && self.to.is_none_or(|to| call.started < to)
            && self.teams.as_ref().is_none_or(|teams| teams.iter().any(|team| team == call.team))
            && self.trace.is_none_or(|trace| trace == call.trace_id)
            && is(&self.service, call.service)
            && is(&self.route, call.route)
            && is(&self.application, call.application)
            && is(&self.upstream, call.upstream)
            && is(&self.model, call.model)
            && is(&self.operation, call.operation)
            && is(&self.kind, call.kind)
            && is(&self.method, call.method)
            && is(&self.reason, call.reason)
            && self.min_duration_us.is_none_or(|least| call.duration_us >= least)
            && self.contained_in(call)
    }

    fn contained_in(&self, call: &Facts<'_>) -> bool {
        let text = self.contains.as_str();
        if text.is_empty() || call.path.contains(text) || call.host.contains(text) {
            return true;
        }
        // Only what looks like a part of an id is worth writing two ids for.
        text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
            && (call.id.to_string().contains(text) || call.trace_id.to_string().contains(text))
    }
}

impl CallLog {
    /// Calls, newest first, from a cursor on that an earlier page gave. A page may have fewer than `limit`
    /// calls, or none, and still a cursor, where much had to be looked through.
    pub fn search(
        &self,
        filter: &CallFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<CallPage, CallLogError> {
        let from = cursor.map(Place::parse);
        let mut items = Vec::new();
        let mut budget = BUDGET;
        for day in self.inner.days.list() {
            let place = match &from {
                Some(place) if day > place.day || out_of_range(filter, &day) => continue,
                Some(place) if day == place.day => (place.seq, place.row),
                _ if out_of_range(filter, &day) => continue,
                _ => (i64::MAX, 0),
            };
            let Some(connection) = self.inner.days.read(&day)? else { continue };
            let left = scan(&connection, filter, place, limit, &mut budget, &mut items)?;
            if let Some((seq, row)) = left {
                return Ok(CallPage { items, next: Some(format!("{day}:{seq}:{row}")) });
            }
        }
        Ok(CallPage { items, next: None })
    }

    /// One call by its id, which tells when it began.
    pub fn get(&self, id: &str) -> Result<Option<Call>, CallLogError> {
        let Some(id) = RequestId::parse(id) else { return Ok(None) };
        let began = id.made();
        let filter = CallFilter {
            from: Some(Micros(began.0.saturating_sub(SLACK))),
            to: Some(Micros(began.0.saturating_add(SLACK))),
            contains: id.to_string(),
            ..CallFilter::default()
        };
        let mut cursor = None;
        loop {
            let page = self.search(&filter, cursor.as_deref(), 1)?;
            if let Some(call) = page.items.into_iter().next() {
                return Ok(Some(call));
            }
            let Some(next) = page.next else { return Ok(None) };
            cursor = Some(next);
        }
    }
}

/// Where a search goes on: before this row of this block of this day.
struct Place {
    day: String,
    seq: i64,
    row: usize,
}

impl Place {
    /// What is no cursor of ours finds nothing older than the beginning of time, that is nothing.
    fn parse(cursor: &str) -> Self {
        let mut parts = cursor.split(':');
        let day = parts.next().unwrap_or_default().to_owned();
        let seq = parts.next().and_then(|seq| seq.parse().ok()).unwrap_or(0);
        let row = parts.next().and_then(|row| row.parse().ok()).unwrap_or(0);
        Self { day, seq, row }
    }
}

/// Whether none of a day's calls can be wanted. A call is filed under the day of its end.
fn out_of_range(filter: &CallFilter, day: &str) -> bool {
    filter.from.is_some_and(|from| day < Days::of(from).as_str())
}

const ALL: &str = "SELECT seq, calls, base, traces, words, rows FROM blocks
    WHERE format = ? AND seq <= ? ORDER BY seq DESC";
const IN_TIME: &str = "SELECT seq, calls, base, traces, words, rows FROM blocks
    WHERE format = ? AND seq <= ? AND seq IN (SELECT seq FROM blocks WHERE newest >= ? AND oldest < ?)
    ORDER BY seq DESC";

/// Looks through a day, from before a row of a block on; gives the place to go on from if the limit or
/// the budget was reached.
fn scan(
    connection: &Connection,
    filter: &CallFilter,
    (seq, row): (i64, usize),
    limit: usize,
    budget: &mut u32,
    items: &mut Vec<Call>,
) -> Result<Option<(i64, usize)>, CallLogError> {
    // The index of times is small; the blocks themselves fill a page or more each.
    let timed = filter.from.is_some() || filter.to.is_some();
    let mut statement = connection.prepare(if timed { IN_TIME } else { ALL })?;
    let from = filter.from.map_or(i64::MIN, |from| from.0);
    let to = filter.to.map_or(i64::MAX, |to| to.0);
    let mut blocks = if timed {
        statement.query(params![FORMAT, seq, from, to])?
    } else {
        statement.query(params![FORMAT, seq])?
    };
    while let Some(block) = blocks.next()? {
        let at: i64 = block.get(0)?;
        let end = if at == seq { row } else { usize::MAX };
        let traces = block.get_ref(3)?.as_blob().unwrap_or_default();
        let calls: u32 = block.get(1)?;
        if filter.trace.is_some_and(|trace| !may_hold(traces, &trace.0)) {
            *budget = budget.saturating_sub(calls / SKIPPED);
            if *budget == 0 {
                return Ok(Some((at, 0)));
            }
            continue;
        }
        if let Some(row) = scan_block(block, filter, end, limit, items)? {
            return Ok(Some((at, row)));
        }
        *budget = budget.saturating_sub(calls);
        if *budget == 0 {
            return Ok(Some((at, 0)));
        }
    }
    Ok(None)
}

/// Looks through a block; gives the row to go on before if the limit was reached.
fn scan_block(
    block: &Row<'_>,
    filter: &CallFilter,
    end: usize,
    limit: usize,
    items: &mut Vec<Call>,
) -> Result<Option<usize>, CallLogError> {
    let base = Micros(block.get(2)?);
    let words = block.get_ref(4)?.as_blob().unwrap_or_default();
    let rows = block.get_ref(5)?.as_blob().unwrap_or_default();
    let stored = Stored::read(words, rows, base)?;
    for (at, row) in stored.rows_before(end) {
        let row = row?;
        if filter.wants(&row.facts) {
            items.push(row.call(stored.words())?);
            if items.len() >= limit {
                return Ok(Some(at));
            }
        }
    }
    Ok(None)
}
