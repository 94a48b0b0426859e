//! Counters and histograms for Prometheus, kept by the writer, bounded in number.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use trace::CallRecord;

/// Upper bounds in seconds, as OpenTelemetry's HTTP conventions have them.
const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// Label sets that are kept; calls beyond count under `service="(other)"`.
const MAX_SERIES: usize = 2_000;

/// The series of all calls since the start.
#[derive(Debug, Default)]
pub(crate) struct Series {
    calls: BTreeMap<Labels, Histogram>,
    tokens: BTreeMap<(String, String), Tokens>,
    reasons: BTreeMap<String, u64>,
    retries: u64,
}

/// Counts of calls with the same labels and reason.
#[derive(Debug)]
pub(crate) struct Counts {
    labels: Labels,
    reason: Option<String>,
    histogram: Histogram,
    retries: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Labels {
    team: String,
    service: String,
    method: String,
    status: u16,
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum_us: u64,
}

#[derive(Debug, Default)]
struct Tokens {
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write: u64,
    cost_micros: u64,
}

impl Series {
    pub(crate) fn add(&mut self, record: &CallRecord) {
        let mut counts = Counts::of(record);
        counts.add(record);
        self.merge(counts);
        if let Some(ai) = &record.ai {
            let name = |name: &Option<std::sync::Arc<str>>| name.as_deref().unwrap_or_default().to_owned();
            let mut key = (name(&ai.provider), name(&ai.model));
            if self.tokens.len() >= MAX_SERIES && !self.tokens.contains_key(&key) {
                key = (String::new(), "(other)".into());
            }
            let tokens = self.tokens.entry(key).or_default();
            let cost = ai.cost_micros.and_then(|cost| u64::try_from(cost).ok()).unwrap_or(0);
            tokens.input = tokens.input.saturating_add(ai.usage.input);
            tokens.output = tokens.output.saturating_add(ai.usage.output);
            tokens.cache_read = tokens.cache_read.saturating_add(ai.usage.cache_read);
            tokens.cache_write = tokens.cache_write.saturating_add(ai.usage.cache_write);
            tokens.cost_micros = tokens.cost_micros.saturating_add(cost);
        }
    }

    /// Adds what was counted of calls with the same labels and reason.
    pub(crate) fn merge(&mut self, counts: Counts) {
        let Counts { mut labels, reason, histogram, retries } = counts;
        if self.calls.len() >= MAX_SERIES && !self.calls.contains_key(&labels) {
            (labels.service, labels.team) = ("(other)".into(), String::new());
        }
        self.calls.entry(labels).or_default().merge(&histogram);
        self.retries += retries;
        if let Some(reason) = reason {
            *self.reasons.entry(reason).or_default() += histogram.count;
        }
    }

    pub(crate) fn render(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        self.write(&mut out).unwrap_or_default();
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let name = "http_server_request_duration_seconds";
        writeln!(
            out,
            "# HELP {name} Duration of calls, first byte in to last byte out.\n# TYPE {name} histogram"
        )?;
        for (labels, histogram) in &self.calls {
            let labels = labels.render();
            for (bound, count) in BOUNDS.iter().zip(histogram.buckets) {
                writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {count}")?;
            }
            writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", histogram.count)?;
            writeln!(
                out,
                "{name}_sum{{{labels}}} {}.{:06}",
                histogram.sum_us / 1_000_000,
                histogram.sum_us % 1_000_000
            )?;
            writeln!(out, "{name}_count{{{labels}}} {}", histogram.count)?;
        }
        writeln!(
            out,
            "# HELP gateway_refusals_total Calls that were refused or failed, by reason.\n# TYPE gateway_refusals_total counter"
        )?;
        for (reason, count) in &self.reasons {
            writeln!(out, "gateway_refusals_total{{reason=\"{}\"}} {count}", escape(reason))?;
        }
        writeln!(
            out,
            "# HELP gateway_retries_total Attempts that repeat a failed one.\n# TYPE gateway_retries_total counter\ngateway_retries_total {}",
            self.retries
        )?;
        self.write_models(out)
    }

    fn write_models(&self, out: &mut String) -> std::fmt::Result {
        let head = |out: &mut String, name: &str, help: &str| {
            writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter")
        };
        let labels = |(provider, model): &(String, String)| {
            let (provider, model) = (escape(provider), escape(model));
            format!("gen_ai_provider_name=\"{provider}\",gen_ai_request_model=\"{model}\"")
        };
        let name = "gen_ai_client_tokens_total";
        head(out, name, "Tokens used, by type.")?;
        for (key, tokens) in &self.tokens {
            let labels = labels(key);
            writeln!(out, "{name}{{{labels},gen_ai_token_type=\"input\"}} {}", tokens.input)?;
            writeln!(out, "{name}{{{labels},gen_ai_token_type=\"output\"}} {}", tokens.output)?;
        }
        let name = "gateway_ai_cache_tokens_total";
        head(out, name, "Of the tokens of prompts, those that the provider's cache gave and took.")?;
        for (key, tokens) in &self.tokens {
            let labels = labels(key);
            writeln!(out, "{name}{{{labels},kind=\"read\"}} {}", tokens.cache_read)?;
            writeln!(out, "{name}{{{labels},kind=\"write\"}} {}", tokens.cache_write)?;
        }
        let name = "gateway_ai_cost_micro_dollars_total";
        head(out, name, "Cost of models where it is known, in millionths of a US dollar.")?;
        for (key, tokens) in &self.tokens {
            writeln!(out, "{name}{{{}}} {}", labels(key), tokens.cost_micros)?;
        }
        Ok(())
    }
}

impl Counts {
    /// Nothing counted yet of calls like this one.
    pub(crate) fn of(record: &CallRecord) -> Self {
        let labels = Labels {
            team: record.team().unwrap_or_default().to_owned(),
            service: record.service().unwrap_or_default().to_owned(),
            // The convention's word for methods that are not known bounds what clients may make up.
            method: known_method(&record.method).to_owned(),
            status: record.status,
        };
        let reason = record.reason.as_deref().map(str::to_owned);
        Self { labels, reason, histogram: Histogram::default(), retries: 0 }
    }

    /// Counts a call that has the labels.
    pub(crate) fn add(&mut self, record: &CallRecord) {
        self.histogram.add(record.duration_us);
        let retries = record.attempts.iter().filter(|attempt| attempt.is_retry());
        self.retries += retries.count() as u64;
    }
}

impl Labels {
    fn render(&self) -> String {
        let Self { team, service, method, status } = self;
        format!(
            "team=\"{}\",service=\"{}\",http_request_method=\"{method}\",http_response_status_code=\"{status}\"",
            escape(team),
            escape(service)
        )
    }
}

impl Histogram {
    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_us = self.sum_us.saturating_add(other.sum_us);
        for (mine, theirs) in self.buckets.iter_mut().zip(other.buckets) {
            *mine += theirs;
        }
    }

    fn add(&mut self, micros: u64) {
        self.count += 1;
        self.sum_us = self.sum_us.saturating_add(micros);
        // A day in microseconds is far below where an f64 loses whole numbers.
        #[expect(clippy::cast_precision_loss, reason = "only compared with bounds of milliseconds")]
        let seconds = micros as f64 / 1e6;
        for (bound, bucket) in BOUNDS.iter().zip(&mut self.buckets) {
            *bucket += u64::from(seconds <= *bound);
        }
    }
}

fn known_method(method: &str) -> &str {
    match method {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "TRACE" | "CONNECT" | "QUERY" => {
            method
        }
        _ => "_OTHER",
    }
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
