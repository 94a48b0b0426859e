//! What a provider itself says that a call cost.

use json::{Data, Value};

use crate::Vendor;

/// A cost as the provider told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    micros: i64,
    /// Whether it is in dollars whoever says it, since the member is called so.
    dollars: bool,
}

/// xAI counts in ten-billionths of a dollar.
const TICKS_PER_MICRO: u64 = 10_000;

// === impl Reported ===

impl Reported {
    /// In micro-dollars. A plain `cost` counts only from a vendor of which it is known to be in dollars, and to be what it
    /// charges: others mean credits, or another currency.
    pub fn micros(self, vendor: Option<&Vendor>) -> Option<i64> {
        (self.dollars || vendor.is_some_and(|vendor| vendor.reports_cost)).then_some(self.micros)
    }

    /// Reads a `usage` object: `cost_in_usd_ticks` (xAI), `cost` (`OpenRouter`), `cost.total_cost` (Perplexity) or
    /// `estimated_cost` (`DeepInfra`). None if there is none of them, or it is no amount.
    pub(crate) fn read(usage: &Value<'_>) -> Option<Self> {
        if let Some(ticks) = usage.get("cost_in_usd_ticks").as_u64() {
            let micros = ticks.saturating_add(TICKS_PER_MICRO / 2) / TICKS_PER_MICRO;
            return Some(Self { micros: i64::try_from(micros).ok()?, dollars: true });
        }
        let cost = usage.get("cost");
        let told =
            [cost, cost.get("total_cost"), usage.get("estimated_cost")].into_iter().find_map(amount)?;
        // Who brings a key of its own to OpenRouter pays its vendor apart.
        let apart = if usage.get("is_byok").as_bool() == Some(true) {
            let apart = amount(usage.get("cost_details").get("upstream_inference_cost"));
            // All that is known then is that OpenRouter itself takes nothing.
            apart.or(Some(0.0).filter(|_| told > 0.0))?
        } else {
            0.0
        };
        let dollars = told + apart;
        Some(Self { micros: micros(dollars)?, dollars: false })
    }
}

/// A number of at least zero.
fn amount(value: &Value<'_>) -> Option<f64> {
    let Data::Number(number) = value.data else { return None };
    number.parse().ok().filter(|amount| (0.0..=1.0e9).contains(amount))
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn micros(dollars: f64) -> Option<i64> {
    (0.0..=1.0e9).contains(&dollars).then(|| (dollars * 1e6).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor;

    #[test]
    fn costs_are_read_in_every_vendors_words() {
        let check = |usage: &str, vendor: &str, expect: Option<i64>| {
            let reported = Reported::read(&Value::parse(usage).unwrap());
            let got = reported.and_then(|reported| reported.micros(vendor::find(vendor)));
            assert_eq!(got, expect, "{vendor}: {usage}");
        };
        check(r#"{"cost_in_usd_ticks":37756000}"#, "xai", Some(3776));
        // Its name says the currency, so that it counts from anybody.
        check(r#"{"cost_in_usd_ticks":37756000}"#, "nobody", Some(3776));
        check(r#"{"cost":0.00014}"#, "openrouter", Some(140));
        check(r#"{"cost":1.4e-4}"#, "openrouter", Some(140));
        check(r#"{"cost":0}"#, "openrouter", Some(0));
        check(
            r#"{"cost":0.0001,"is_byok":true,"cost_details":{"upstream_inference_cost":0.002}}"#,
            "openrouter",
            Some(2100),
        );
        for unknown in ["", r#","cost_details":{"upstream_inference_cost":null}"#] {
            check(&format!(r#"{{"cost":0,"is_byok":true{unknown}}}"#), "openrouter", None);
        }
        check(
            r#"{"cost":0.002,"is_byok":false,"cost_details":{"upstream_inference_cost":0.002}}"#,
            "openrouter",
            Some(2000),
        );
        check(
            r#"{"cost":{"input_tokens_cost":0.001,"request_cost":0.005,"total_cost":0.006}}"#,
            "perplexity",
            Some(6000),
        );
        check(r#"{"estimated_cost":0.0000268}"#, "deepinfra", Some(27));
        // Of who knows which currency.
        check(r#"{"cost":0.5}"#, "custom", None);
        for none in
            [r#"{"cost":null}"#, r#"{"cost":-1}"#, r#"{"cost":"1"}"#, r#"{"cost":1e99}"#, "{}", "null"]
        {
            check(none, "openrouter", None);
        }
    }
}
