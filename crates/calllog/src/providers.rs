//! How calls to AI providers fared lately, from aggregates alone.

use std::collections::BTreeMap;

use base::Micros;
use trace::{AggregateKey, Cell};

use crate::aggregates::Cells;
use crate::{CallLog, CallLogError};

/// Sums of the calls that a provider answered, or was asked last for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderTraffic {
    /// Calls.
    pub calls: u64,
    /// Answers of 500 and above, and calls without an answer.
    pub errors: u64,
    /// Half of the calls took at most so many microseconds.
    pub p50_us: u64,
    /// 95 in 100 did.
    pub p95_us: u64,
    /// Tokens in and out.
    pub tokens: u64,
    /// Cost in millionths of a US dollar.
    pub cost_micros: i64,
}

impl CallLog {
    /// The traffic of a time in whole minutes by team and provider, of these teams; `None`: of all.
    pub fn providers(
        &self,
        (from, to): (Micros, Micros),
        teams: Option<&[String]>,
    ) -> Result<BTreeMap<(String, String), ProviderTraffic>, CallLogError> {
        let (from, to) = (AggregateKey::minute_of(from), AggregateKey::minute_of(to) + 1);
        let query = Cells { span: 1, from, to, names: [("", ""); 6], teams };
        let mut sums: BTreeMap<(String, String), (Cell, u64)> = BTreeMap::new();
        self.inner.aggregates.lock().read(&query, |key, cell| {
            if key.provider.is_empty() {
                return;
            }
            let (sum, errors) = sums.entry((key.team.into(), key.provider.into())).or_default();
            if matches!(key.status_class, 0 | 5..) {
                *errors += cell.calls;
            }
            sum.merge(&cell);
        })?;
        let of = |(cell, errors): (Cell, u64)| ProviderTraffic {
            calls: cell.calls,
            errors,
            p50_us: cell.duration.quantile(500),
            p95_us: cell.duration.quantile(950),
            tokens: cell.input_tokens.saturating_add(cell.output_tokens),
            cost_micros: cell.cost_micros,
        };
        Ok(sums.into_iter().map(|(name, sum)| (name, of(sum))).collect())
    }
}
