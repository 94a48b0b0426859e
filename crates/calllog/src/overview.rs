//! What dashboards show, from aggregates alone: it costs the same on ten thousand or a hundred million calls.

use std::collections::BTreeMap;

use base::Micros;
use serde::Serialize;
use trace::{AggregateKey, Cell};

use crate::aggregates::{Cells, SPANS};
use crate::{CallLog, CallLogError};

const MINUTE_US: i64 = 60_000_000;
/// Points of a series at most.
const MAX_POINTS: i64 = 500;
/// Steps that read well, in minutes.
const STEPS: [i64; 12] = [1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1_440];
/// Entries of a list of the busiest.
const TOP: usize = 8;

/// What is asked. Empty names ask for all.
#[derive(Clone, Debug, Default)]
pub struct OverviewQuery {
    /// From.
    pub from: Micros,
    /// To, exclusive.
    pub to: Micros,
    /// Length of a step in minutes; 0: chosen so that there are about 60.
    pub step_minutes: i64,
    /// Of these teams; `None`: of all.
    pub teams: Option<Vec<String>>,
    /// Of this service.
    pub service: String,
    /// Of this route.
    pub route: String,
    /// Of this application.
    pub application: String,
    /// Of this upstream.
    pub upstream: String,
    /// Of this model.
    pub model: String,
}

/// Sums over a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Calls.
    pub calls: u64,
    /// Answers of 400 to 499.
    pub errors_4xx: u64,
    /// Answers of 500 and above, and calls without an answer.
    pub errors_5xx: u64,
    /// Half of the calls took at most so many microseconds.
    pub p50_us: u64,
    /// 95 in 100 did.
    pub p95_us: u64,
    /// 99 in 100 did.
    pub p99_us: u64,
    /// Bytes of request bodies.
    pub bytes_in: u64,
    /// Bytes of response bodies.
    pub bytes_out: u64,
    /// Tokens of prompts.
    pub input_tokens: u64,
    /// Tokens generated.
    pub output_tokens: u64,
    /// Of the tokens of prompts: read from the provider's cache.
    pub cache_read_tokens: u64,
    /// Of the tokens of prompts: written to the provider's cache.
    pub cache_write_tokens: u64,
    /// Cost in millionths of a US dollar.
    pub cost_micros: i64,
    /// AI calls whose price is not known.
    pub unknown_cost_calls: u64,
}

/// One step of a series.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Point {
    /// Its beginning, in microseconds since 1970.
    pub at_us: i64,
    /// Its sums.
    #[serde(flatten)]
    pub totals: Totals,
}

/// One of the busiest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Top {
    /// Its name.
    pub name: String,
    /// Its team; empty where that says nothing.
    pub team: String,
    /// Calls.
    pub calls: u64,
    /// Answers of 500 and above, and calls without an answer.
    pub errors: u64,
    /// 95 in 100 calls took at most so many microseconds.
    pub p95_us: u64,
    /// Tokens in and out.
    pub tokens: u64,
    /// Cost in millionths of a US dollar.
    pub cost_micros: i64,
}

/// The busiest by dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tops {
    /// Services.
    pub services: Vec<Top>,
    /// Routes.
    pub routes: Vec<Top>,
    /// Applications.
    pub applications: Vec<Top>,
    /// Upstreams.
    pub upstreams: Vec<Top>,
    /// Models.
    pub models: Vec<Top>,
}

/// How often a reason came up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// The reason code.
    pub reason: String,
    /// Calls.
    pub calls: u64,
}

/// The whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Length of a step in seconds.
    pub step_s: i64,
    /// Over the whole time.
    pub totals: Totals,
    /// Over the same length of time before.
    pub previous: Totals,
    /// Step by step, those without calls too.
    pub series: Vec<Point>,
    /// The busiest.
    pub top: Tops,
    /// Reasons of failures, most frequent first.
    pub reasons: Vec<ReasonCount>,
}

/// Sums while they are gathered.
#[derive(Default)]
struct Sum {
    cell: Cell,
    errors_4xx: u64,
    errors_5xx: u64,
}

impl Sum {
    fn add(&mut self, key: &AggregateKey, cell: &Cell) {
        self.cell.merge(cell);
        match key.status_class {
            4 => self.errors_4xx += cell.calls,
            0 | 5.. => self.errors_5xx += cell.calls,
            _ => {}
        }
    }

    fn totals(&self) -> Totals {
        let Self { cell, errors_4xx, errors_5xx } = self;
        Totals {
            calls: cell.calls,
            errors_4xx: *errors_4xx,
            errors_5xx: *errors_5xx,
            p50_us: cell.duration.quantile(500),
            p95_us: cell.duration.quantile(950),
            p99_us: cell.duration.quantile(990),
            bytes_in: cell.bytes_in,
            bytes_out: cell.bytes_out,
            input_tokens: cell.input_tokens,
            output_tokens: cell.output_tokens,
            cache_read_tokens: cell.cache_read_tokens,
            cache_write_tokens: cell.cache_write_tokens,
            cost_micros: cell.cost_micros,
            unknown_cost_calls: cell.unpriced,
        }
    }
}

impl CallLog {
    /// Sums, series and the busiest over a time.
    pub fn overview(&self, query: &OverviewQuery) -> Result<Overview, CallLogError> {
        let (from, to) =
            (query.from.0.div_euclid(MINUTE_US), (query.to.0 + MINUTE_US - 1).div_euclid(MINUTE_US));
        let to = to.max(from + 1);
        // The time before it, with which it is compared, must be kept in cells of the step's length too.
        let age = AggregateKey::minute_of(self.inner.clock.wall()) - (from - (to - from));
        let step = step(query.step_minutes, to - from, age);
        let from = from.div_euclid(step) * step;
        let (span, _) = SPANS.into_iter().rev().find(|(span, _)| step % span == 0).unwrap_or(SPANS[0]);
        let store = self.inner.aggregates.lock();
        let cells = |from, to| Cells { span, from, to, names: names(query), teams: query.teams.as_deref() };
        let mut gathered = Gathered::default();
        store.read(&cells(from, to), |key, cell| gathered.add(&key, &cell, step))?;
        let mut previous = Sum::default();
        store.read(&cells(from - (to - from), from), |key, cell| previous.add(&key, &cell))?;
        drop(store);
        Ok(gathered.finish(from, to, step, &previous))
    }
}

fn names(query: &OverviewQuery) -> [(&'static str, &str); 6] {
    [
        ("service", &query.service),
        ("route", &query.route),
        ("application", &query.application),
        ("upstream", &query.upstream),
        ("model", &query.model),
        ("provider", ""),
    ]
}

/// A step of whole minutes, hours or days that makes at most [`MAX_POINTS`], and for which cells are kept
/// that are `age` minutes old.
fn step(asked: i64, minutes: i64, age: i64) -> i64 {
    let kept = SPANS.into_iter().find(|(_, keep)| age <= *keep).map_or(1, |(span, _)| span);
    let least = ((minutes + MAX_POINTS - 1) / MAX_POINTS).max(kept);
    let wanted = if asked > 0 { asked } else { minutes / 60 }.max(least);
    STEPS.into_iter().find(|step| *step >= wanted).unwrap_or((wanted + 1_439) / 1_440 * 1_440)
}

#[derive(Default)]
struct Gathered {
    all: Sum,
    steps: BTreeMap<i64, Sum>,
    dimensions: [BTreeMap<(String, String), Sum>; 5],
    reasons: BTreeMap<String, u64>,
}

impl Gathered {
    fn add(&mut self, key: &AggregateKey, cell: &Cell, step: i64) {
        self.all.add(key, cell);
        self.steps.entry(key.minute.div_euclid(step) * step).or_default().add(key, cell);
        let names = [
            (&key.team, &key.service),
            (&key.team, &key.route),
            (&key.team, &key.application),
            (&key.team, &key.upstream),
            (&key.provider, &key.model),
        ];
        for (dimension, (team, name)) in self.dimensions.iter_mut().zip(names) {
            if !name.is_empty() {
                dimension.entry((team.to_string(), name.to_string())).or_default().add(key, cell);
            }
        }
        if !key.reason.is_empty() {
            *self.reasons.entry(key.reason.to_string()).or_default() += cell.calls;
        }
    }

    fn finish(mut self, from: i64, to: i64, step: i64, previous: &Sum) -> Overview {
        let minutes = (from..to).step_by(usize::try_from(step).unwrap_or(1));
        let series = minutes.map(|minute| Point {
            at_us: minute * MINUTE_US,
            totals: self.steps.remove(&minute).unwrap_or_default().totals(),
        });
        let series = series.collect();
        let mut reasons: Vec<_> =
            self.reasons.into_iter().map(|(reason, calls)| ReasonCount { reason, calls }).collect();
        reasons.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.reason.cmp(&b.reason)));
        let [services, routes, applications, upstreams, models] = self.dimensions.map(top);
        Overview {
            step_s: step * 60,
            totals: self.all.totals(),
            previous: previous.totals(),
            series,
            top: Tops { services, routes, applications, upstreams, models },
            reasons,
        }
    }
}

fn top(dimension: BTreeMap<(String, String), Sum>) -> Vec<Top> {
    let mut all: Vec<Top> = dimension
        .into_iter()
        .map(|((team, name), sum)| Top {
            name,
            team,
            calls: sum.cell.calls,
            errors: sum.errors_5xx,
            p95_us: sum.cell.duration.quantile(950),
            tokens: sum.cell.input_tokens.saturating_add(sum.cell.output_tokens),
            cost_micros: sum.cell.cost_micros,
        })
        .collect();
    all.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| (&a.team, &a.name).cmp(&(&b.team, &b.name))));
    all.truncate(TOP);
    all
}
