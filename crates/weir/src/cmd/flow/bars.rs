//! The waterfall of a run in a terminal.

use gateway::Ran;
use trace::{FlowStep, StepEnd};

/// So many columns the bars have.
const WIDE: u64 = 48;

/// A line for each attempt of a step, with its bar: `█` on the critical path, `▒` elsewhere, `·` as long as it might have taken longer.
pub(super) fn lines(ran: &Ran) -> Vec<String> {
    let end = u64::try_from(ran.duration.as_micros()).unwrap_or(u64::MAX).max(1);
    let slacks = ran.record.slacks(end);
    let steps = &ran.record.steps;
    let names: Vec<String> = steps.iter().map(name).collect();
    let wide = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let mut lines = Vec::new();
    for ((step, name), slack) in steps.iter().zip(&names).zip(slacks) {
        let bar = bar(step, slack, end);
        let status = if step.status == 0 { String::new() } else { step.status.to_string() };
        let word = match step.end {
            StepEnd::Good | StepEnd::UnderWay => "",
            other => other.as_str(),
        };
        let line = format!("{name:<wide$} ▏{bar}▕ {:>9}  {status:<3} {word}", milliseconds(step.duration_us));
        lines.push(line.trim_end().to_owned());
    }
    let outermost = steps.iter().filter(|step| step.within.is_none());
    let alone: u64 = outermost.map(|step| step.duration_us).sum();
    let times = to_f64(alone) / to_f64(end);
    lines.push(format!(
        "{} in all; {} one after the other, {times:.1} times as long",
        milliseconds(end),
        milliseconds(alone)
    ));
    lines
}

fn name(step: &FlowStep) -> String {
    let attempt = if step.attempt > 1 { format!(" #{}", step.attempt) } else { String::new() };
    format!("{}{attempt}", step.name)
}

fn bar(step: &FlowStep, slack: u64, end: u64) -> String {
    let column = |time: u64| (u128::from(time) * u128::from(WIDE) / u128::from(end)).min(u128::from(WIDE));
    let (from, to) = (column(step.start_us), column(step.ended_us()));
    let until = column(step.ended_us().saturating_add(slack));
    let full = if slack == 0 && step.end != StepEnd::Cancelled { '█' } else { '▒' };
    (0..u128::from(WIDE))
        .map(|at| match at {
            at if at >= from && (at < to || at == from) => full,
            at if at >= to && at < until => '·',
            _ => ' ',
        })
        .collect()
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100)
}

fn to_f64(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use trace::{FlowRecord, TraceId};

    use super::*;

    #[test]
    fn bars_lie_where_steps_lay_and_tell_the_critical_path() {
        let step = |name: &str, start_us, duration_us, after: &[u32]| FlowStep {
            name: name.into(),
            attempt: 1,
            start_us,
            duration_us,
            status: 200,
            end: StepEnd::Good,
            after: after.to_vec(),
            within: None,
            call: None,
        };
        let steps = vec![
            step("first", 0, 24_000, &[]),
            step("b", 0, 12_000, &[]),
            step("then", 24_000, 24_000, &[0]),
        ];
        let ran = Ran {
            trace_id: TraceId([1; 16]),
            duration: Duration::from_millis(48),
            outputs: serde_json::Map::new(),
            failure: None,
            absent: Vec::new(),
            record: FlowRecord { steps },
        };
        let (half, quarter) = ("█".repeat(24), "▒".repeat(12));
        let expect = [
            format!("first ▏{half}{}▕   24.0 ms  200", " ".repeat(24)),
            format!("b     ▏{quarter}{}▕   12.0 ms  200", "·".repeat(36)),
            format!("then  ▏{}{half}▕   24.0 ms  200", " ".repeat(24)),
            "48.0 ms in all; 60.0 ms one after the other, 1.2 times as long".to_owned(),
        ];
        assert_eq!(lines(&ran), expect);
    }
}
