//! Compiled schedules: when a flow is to be run, and with what.

mod times;

use std::time::Duration;

use base::Micros;
use domain::spec::{self, Concurrency, Missed};
use domain::{DocId, Kind};
use expr::Pointer;
use flow::values::Values;
use serde_json::Value;

use crate::Snapshot;
use crate::mistake::Report;
pub use times::Times;

/// A time that is looked at later than this was missed.
const LATE: Duration = Duration::from_secs(10);

/// The longest that a run's job is found.
const LONGEST: Duration = Duration::from_hours(30 * 24);
const LONGEST_JOURNAL: u64 = 256 << 20;

/// So many characters are shown of what a schedule does not have.
const SHOWN: usize = 40;

/// When mistakes in inputs are looked for, in place of a time that comes: 2026-01-01T00:00:00Z.
const SAMPLE: Micros = Micros(1_767_225_600_000_000);

/// Times at which a flow is run.
#[derive(Debug)]
pub struct Schedule {
    /// Its document.
    pub id: DocId,
    /// The flow's.
    pub flow: DocId,
    /// When.
    pub times: Times,
    /// What is done where the run before has not ended.
    pub concurrency: Concurrency,
    /// Whether one run makes up for the times that were missed.
    pub missed: Missed,
    /// Nothing is run.
    pub suspended: bool,
    /// How long a run's job is found after its end.
    pub retention: Duration,
    /// The most that is noted of the answers within a run, in bytes.
    pub max_journal: usize,
    inputs: Values,
}

// === impl Schedule ===

impl Schedule {
    /// The times behind the one that was seen to that are to be seen to now, the oldest first: those that have just come,
    /// and of those that were missed the last, if they are made up for.
    pub fn due(&self, seen: Micros, now: Micros) -> Vec<Micros> {
        let late = i64::try_from(LATE.as_micros()).unwrap_or(i64::MAX);
        let edge = Micros(now.0.saturating_sub(late));
        let missed = (seen < edge).then(|| self.times.last(edge)).flatten();
        let missed = missed.filter(|time| *time > seen && self.missed == Missed::RunOnce);
        let come = std::iter::successors(self.times.next(seen.max(edge)), |time| self.times.next(*time));
        missed.into_iter().chain(come.take_while(|time| *time <= now)).collect()
    }

    /// The inputs of the run of a time.
    pub fn inputs(&self, at: Micros) -> Values {
        let (time, date) = (Times::show(at), self.times.date(at));
        let filled = |text: &str| text.replace("{$schedule.time}", &time).replace("{$schedule.date}", &date);
        self.inputs.iter().map(|(name, value)| (name.clone(), fill(value, &filled))).collect()
    }

    /// What its time depends on: where this changes, its time begins anew.
    pub fn rule(&self) -> String {
        let state = if self.suspended { " suspended" } else { "" };
        format!("{}{state}", self.times)
    }
}

fn fill(value: &Value, filled: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => filled(text).into(),
        Value::Array(values) => values.iter().map(|value| fill(value, filled)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), fill(value, filled))).collect()
        }
        other => other.clone(),
    }
}

/// Where text names something of a schedule that there is not, and what.
fn unknown(at: &Pointer, value: &Value, told: &mut dyn FnMut(&Pointer, &str)) {
    match value {
        Value::String(text) => {
            for rest in text.split("{$schedule.").skip(1) {
                let named = rest.split_inclusive('}').next().unwrap_or_default();
                if !matches!(named, "time}" | "date}") {
                    told(at, &shown(named));
                }
            }
        }
        Value::Array(values) => {
            for (place, value) in values.iter().enumerate() {
                unknown(&at.join(&place.to_string()), value, told);
            }
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| unknown(&at.join(name), value, told));
        }
        _ => {}
    }
}

/// The beginning of what may be long, and not for all to see.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

pub(crate) fn compile(
    from: &Snapshot,
    id: &DocId,
    spec: &spec::Schedule,
    report: &mut Report<'_>,
) -> Option<Schedule> {
    let before = report.mistakes.len();
    let times = Times::read(&spec.cron, &spec.time_zone)
        .map_err(|(field, message)| report.add(format!("/spec/{field}"), message));
    if spec.retention.0 > LONGEST {
        report.add("/spec/retention", "this is at most 30d");
    }
    let journal = spec.max_journal.0;
    if !(1..=LONGEST_JOURNAL).contains(&journal) {
        report.add("/spec/max_journal", "this is at least 1 and at most 256MiB");
    }
    let given = spec.inputs.clone().into_iter().collect();
    unknown(&Pointer::default(), &Value::Object(given), &mut |at, name| {
        let known = "`{$schedule.time}` and `{$schedule.date}` are known";
        report.add(format!("/spec/inputs{at}"), format!("`{{$schedule.{name}` is not: {known}"));
    });
    let flow = id.resolve(Kind::Flow, &spec.flow).ok()?;
    let schedule = Schedule {
        id: id.clone(),
        flow,
        times: times.ok()?,
        concurrency: spec.concurrency,
        missed: spec.missed,
        suspended: spec.suspended,
        retention: spec.retention.0,
        max_journal: usize::try_from(journal).unwrap_or(usize::MAX),
        inputs: spec.inputs.clone().into_iter().collect(),
    };
    // A flow that is not there, or that is wrong, was told already.
    let flow = from.flow(&schedule.flow)?;
    let compiled = flow.program.workflows.get(flow.workflow)?;
    let inputs = Value::Object(schedule.inputs(SAMPLE));
    for mistake in compiled.inputs.check(inputs).err().unwrap_or_default() {
        report.add(format!("/spec/inputs{}", mistake.at), mistake.message);
    }
    (report.mistakes.len() == before).then_some(schedule)
}

#[cfg(test)]
mod tests;
