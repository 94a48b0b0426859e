//! Schedules: flows that are run at given times.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::is_default;
use crate::{ByteSize, Reference, Span};

/// Times at which a flow is run, each time as a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// The times: minute, hour, day of the month, month and day of the week, such as `0 3 * * *`; with a sixth field in
    /// front, the second. Or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
    pub cron: String,
    /// Where these times are told, by a name of the IANA database such as `Europe/Paris`.
    #[serde(default = "utc", skip_serializing_if = "is_utc")]
    pub time_zone: String,
    /// The flow that is run.
    pub flow: Reference,
    /// Its inputs. In texts `{$schedule.time}` stands for the time that has come (RFC 3339, UTC), `{$schedule.date}` for its
    /// date in the time zone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub inputs: BTreeMap<String, Value>,
    /// What is done where the run before has not ended.
    #[serde(default, skip_serializing_if = "is_default")]
    pub concurrency: Concurrency,
    /// What is done about times at which the gateway did not run.
    #[serde(default, skip_serializing_if = "is_default")]
    pub missed: Missed,
    /// Nothing is run. Times that pass meanwhile are not made up for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub suspended: bool,
    /// How long a run's job is found after its end, at most `30d`.
    #[serde(default = "retention")]
    pub retention: Span,
    /// The most that is noted of the answers within a run, at most `256MiB`.
    #[serde(default = "max_journal")]
    pub max_journal: ByteSize,
}

/// What is done where the run before has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Concurrency {
    /// This time is passed over.
    #[default]
    Skip,
    /// Both run.
    Allow,
    /// The one before is cancelled; this one runs when it has ended.
    Replace,
}

/// What is done about times at which the gateway did not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// One run makes up for all of them: that of the last.
    #[default]
    RunOnce,
    /// Nothing.
    Skip,
}

fn utc() -> String {
    "UTC".into()
}

fn is_utc(zone: &String) -> bool {
    zone == "UTC"
}

fn retention() -> Span {
    Span::secs(7 * 86_400)
}

fn max_journal() -> ByteSize {
    ByteSize(16 << 20)
}
