//! Finding calls, newest first, over the day files.

use base::Micros;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::days::Days;
use crate::{Call, CallLog, CallLogError};

/// Rows that one search looks at before it gives back what it has and a cursor to go on from.
const BUDGET: i64 = 400_000;
/// Rows looked at in one query.
const WINDOW: i64 = 50_000;

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
    /// Of this method.
    pub method: String,
    /// With this status.
    pub status: Option<StatusFilter>,
    /// With this reason.
    pub reason: String,
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
    /// Whether a call is wanted; the live view's side of what SQL does in searches.
    pub fn matches(&self, call: &Call) -> bool {
        let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        let model = call.ai.as_ref().and_then(|ai| ai.alias.as_deref()).unwrap_or_default();
        let status = match self.status {
            None => true,
            Some(StatusFilter::Is(status)) => call.status == status,
            Some(StatusFilter::Class(class)) => call.status / 100 == class,
            Some(StatusFilter::Error) => call.status == 0 || call.status >= 400,
        };
        let text = self.contains.as_str();
        status
            && self.from.is_none_or(|from| call.started >= from)
            && self.to.is_none_or(|to| call.started < to)
            && self.teams.as_ref().is_none_or(|teams| teams.contains(&call.team))
            && is(&self.service, &call.service)
            && is(&self.route, &call.route)
            && is(&self.application, &call.application)
            && is(&self.upstream, &call.upstream)
            && is(&self.model, model)
            && is(&self.method, &call.method)
            && is(&self.reason, call.reason.as_deref().unwrap_or_default())
            && self.min_duration_us.is_none_or(|least| call.duration_us >= least)
            && (text.is_empty()
                || [&call.path, &call.host, &call.id, &call.trace_id].iter().any(|part| part.contains(text)))
    }

    fn conditions(&self) -> (String, Vec<Value>) {
        let mut sql = String::new();
        let mut values: Vec<Value> = Vec::new();
        let mut add = |condition: &str, more: Vec<Value>| {
            sql.push_str(" AND ");
            sql.push_str(condition);
            values.extend(more);
        };
        let named = [
            ("service = ?", &self.service),
            ("route = ?", &self.route),
            ("application = ?", &self.application),
            ("upstream = ?", &self.upstream),
            ("model = ?", &self.model),
            ("method = ?", &self.method),
            ("reason = ?", &self.reason),
        ];
        for (condition, value) in named.into_iter().filter(|(_, value)| !value.is_empty()) {
            add(condition, vec![value.clone().into()]);
        }
        if let Some(from) = self.from {
            add("started >= ?", vec![from.0.into()]);
        }
        if let Some(to) = self.to {
            add("started < ?", vec![to.0.into()]);
        }
        if let Some(least) = self.min_duration_us {
            add("duration >= ?", vec![i64::try_from(least).unwrap_or(i64::MAX).into()]);
        }
        match self.status {
            None => {}
            Some(StatusFilter::Is(status)) => add("status = ?", vec![i64::from(status).into()]),
            Some(StatusFilter::Class(class)) => add("status / 100 = ?", vec![i64::from(class).into()]),
            Some(StatusFilter::Error) => add("(status >= 400 OR status = 0)", Vec::new()),
        }
        if let Some(teams) = &self.teams {
            let marks = format!("team IN ({})", vec!["?"; teams.len()].join(", "));
            add(&marks, teams.iter().map(|team| team.clone().into()).collect());
        }
        if !self.contains.is_empty() {
            let text: Value = self.contains.clone().into();
            let condition =
                "(instr(path, ?) > 0 OR instr(host, ?) > 0 OR instr(id, ?) > 0 OR instr(trace, ?) > 0)";
            add(condition, vec![text.clone(), text.clone(), text.clone(), text]);
        }
        (sql, values)
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
        let (mut from_day, mut before) = match cursor.and_then(|cursor| cursor.split_once(':')) {
            Some((day, seq)) => (Some(day.to_owned()), seq.parse().unwrap_or(i64::MAX)),
            None => (None, i64::MAX),
        };
        let mut items = Vec::new();
        let mut budget = BUDGET;
        for day in self.inner.days.list() {
            if from_day.as_ref().is_some_and(|from| day > *from) || out_of_range(filter, &day) {
                continue;
            }
            if from_day.take().is_none_or(|from| from != day) {
                before = i64::MAX;
            }
            let Some(connection) = self.inner.days.read(&day)? else { continue };
            let last = scan(&connection, filter, before, limit, &mut budget, &mut items)?;
            if let Some(seq) = last {
                return Ok(CallPage { items, next: Some(format!("{day}:{seq}")) });
            }
        }
        Ok(CallPage { items, next: None })
    }

    /// One call by its id.
    pub fn get(&self, id: &str) -> Result<Option<Call>, CallLogError> {
        for day in self.inner.days.list() {
            let Some(connection) = self.inner.days.read(&day)? else { continue };
            let row = connection
                .query_row("SELECT record FROM calls WHERE id = ?", [id], |row| row.get::<_, String>(0))
                .optional()?;
            if let Some(json) = row {
                return Ok(Some(serde_json::from_str(&json)?));
            }
        }
        Ok(None)
    }
}

/// Whether none of a day's calls can be wanted. A call is filed under the day of its end.
fn out_of_range(filter: &CallFilter, day: &str) -> bool {
    filter.from.is_some_and(|from| day < Days::of(from).as_str())
}

/// Looks through a day; gives the place to go on from if the limit or the budget was reached.
fn scan(
    connection: &Connection,
    filter: &CallFilter,
    before: i64,
    limit: usize,
    budget: &mut i64,
    items: &mut Vec<Call>,
) -> Result<Option<i64>, CallLogError> {
    let newest: i64 =
        connection.query_row("SELECT COALESCE(MAX(seq), 0) FROM calls", [], |row| row.get(0))?;
    let (conditions, values) = filter.conditions();
    let sql = format!(
        "SELECT seq, record FROM calls WHERE seq < ? AND seq >= ?{conditions} ORDER BY seq DESC LIMIT ?"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut top = before.min(newest + 1);
    while top > 1 {
        let bottom = (top - WINDOW).max(1);
        let wanted = i64::try_from(limit - items.len()).unwrap_or(i64::MAX);
        let bounds: [Value; 2] = [top.into(), bottom.into()];
        let all = bounds.into_iter().chain(values.iter().cloned()).chain([wanted.into()]);
        let mut rows = statement.query(params_from_iter(all))?;
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            let json = row.get_ref(1)?;
            items.push(serde_json::from_str(json.as_str().unwrap_or_default())?);
            if items.len() >= limit {
                return Ok(Some(seq));
            }
        }
        *budget -= top - bottom;
        top = bottom;
        if *budget <= 0 {
            return Ok(Some(top));
        }
    }
    Ok(None)
}
