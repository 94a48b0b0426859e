//! The overview as it is shown.

use base::Micros;
use calllog::{Point, ReasonCount, Top, Tops, Totals};
use schemars::JsonSchema;
use serde::Serialize;

use super::attention::Attention;
use crate::time;

/// Sums, series, the busiest, and what needs attention.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Overview {
    /// From.
    from: String,
    /// To.
    to: String,
    /// The length of a step in seconds.
    step_s: i64,
    /// Over the whole time.
    totals: TotalsView,
    /// Over the same length of time before.
    previous: TotalsView,
    /// Step by step.
    series: Vec<PointView>,
    /// The busiest.
    top: TopsView,
    /// Reasons of failures, most frequent first.
    reasons: Vec<ReasonView>,
    /// What needs attention, the worst first.
    attention: Vec<Attention>,
}

/// Sums over a time.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Totals")]
struct TotalsView {
    /// Calls.
    calls: u64,
    /// Answers of 400 to 499.
    errors_4xx: u64,
    /// Answers of 500 and above, and calls without an answer.
    errors_5xx: u64,
    /// Half of the calls took at most so long.
    p50_us: u64,
    /// 95 in 100 did.
    p95_us: u64,
    /// 99 in 100 did.
    p99_us: u64,
    /// Bytes of request bodies.
    bytes_in: u64,
    /// Bytes of response bodies.
    bytes_out: u64,
    /// Tokens of prompts.
    input_tokens: u64,
    /// Tokens generated.
    output_tokens: u64,
    /// Of the tokens of prompts: read from the provider's cache.
    cache_read_tokens: u64,
    /// Of the tokens of prompts: written to the provider's cache.
    cache_write_tokens: u64,
    /// Cost in millionths of a US dollar, of calls whose price is known.
    cost_micros: i64,
    /// AI calls whose price is not known.
    unknown_cost_calls: u64,
}

/// One step of the series.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SeriesPoint")]
struct PointView {
    /// Its beginning.
    at: String,
    /// Its sums.
    #[serde(flatten)]
    totals: TotalsView,
}

/// The busiest by dimension.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Tops")]
struct TopsView {
    /// Services.
    services: Vec<TopView>,
    /// Routes.
    routes: Vec<TopView>,
    /// Applications.
    applications: Vec<TopView>,
    /// Upstreams.
    upstreams: Vec<TopView>,
    /// Models.
    models: Vec<TopView>,
}

/// One of the busiest.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Top")]
struct TopView {
    /// Its name.
    name: String,
    /// Its team; of a model, the provider.
    team: String,
    /// Calls.
    calls: u64,
    /// Answers of 500 and above, and calls without an answer.
    errors: u64,
    /// 95 in 100 calls took at most so long.
    p95_us: u64,
    /// Tokens in and out.
    tokens: u64,
    /// Cost in millionths of a US dollar.
    cost_micros: i64,
}

/// How often a reason came up.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ReasonCount")]
struct ReasonView {
    /// The reason code.
    reason: String,
    /// Calls.
    calls: u64,
}

impl Overview {
    pub(super) fn new(from: Micros, to: Micros, found: calllog::Overview, attention: Vec<Attention>) -> Self {
        let calllog::Overview { step_s, totals, previous, series, top, reasons } = found;
        Self {
            from: time::show(from),
            to: time::show(to),
            step_s,
            totals: totals.into(),
            previous: previous.into(),
            series: series.into_iter().map(PointView::from).collect(),
            top: top.into(),
            reasons: reasons.into_iter().map(ReasonView::from).collect(),
            attention,
        }
    }
}

impl From<Totals> for TotalsView {
    fn from(totals: Totals) -> Self {
        Self {
            calls: totals.calls,
            errors_4xx: totals.errors_4xx,
            errors_5xx: totals.errors_5xx,
            p50_us: totals.p50_us,
            p95_us: totals.p95_us,
            p99_us: totals.p99_us,
            bytes_in: totals.bytes_in,
            bytes_out: totals.bytes_out,
            input_tokens: totals.input_tokens,
            output_tokens: totals.output_tokens,
            cache_read_tokens: totals.cache_read_tokens,
            cache_write_tokens: totals.cache_write_tokens,
            cost_micros: totals.cost_micros,
            unknown_cost_calls: totals.unknown_cost_calls,
        }
    }
}

impl From<Point> for PointView {
    fn from(Point { at_us, totals }: Point) -> Self {
        Self { at: time::show(Micros(at_us)), totals: totals.into() }
    }
}

impl From<Tops> for TopsView {
    fn from(tops: Tops) -> Self {
        let list = |list: Vec<Top>| list.into_iter().map(TopView::from).collect();
        Self {
            services: list(tops.services),
            routes: list(tops.routes),
            applications: list(tops.applications),
            upstreams: list(tops.upstreams),
            models: list(tops.models),
        }
    }
}

impl From<Top> for TopView {
    fn from(top: Top) -> Self {
        let Top { name, team, calls, errors, p95_us, tokens, cost_micros } = top;
        Self { name, team, calls, errors, p95_us, tokens, cost_micros }
    }
}

impl From<ReasonCount> for ReasonView {
    fn from(ReasonCount { reason, calls }: ReasonCount) -> Self {
        Self { reason, calls }
    }
}
