//! The waterfall of a run as a picture: the calls one after the other, and as the flow made them. SVG, for light and dark.

use std::fmt::Write;

use gateway::Ran;
use trace::{FlowStep, StepEnd};

const WIDE: f64 = 960.0;
const NAMES: f64 = 190.0;
const TIMES: f64 = 90.0;
const ROW: f64 = 26.0;
const HEAD: f64 = 54.0;

const STYLE: &str = "text{font:13px ui-sans-serif,system-ui,sans-serif;fill:#1f2430}.t{font-size:17px;font-weight:600}.d{fill:#667085}\
                     .n{text-anchor:end}.b{fill:#9aa5ba}.c{fill:#d9480f}.l{stroke:#d0d5dd}.e{stroke:#98a2b3;fill:none}.p{fill:#fff}\
                     @media(prefers-color-scheme:dark){text{fill:#e6e9f0}.d{fill:#98a2b3}.b{fill:#58627a}.c{fill:#ff922b}.l{stroke:#333a48}.e{stroke:#667085}.p{fill:#12151c}}";

/// A bar.
struct Bar<'s> {
    step: &'s FlowStep,
    start: u64,
    critical: bool,
}

/// The picture. Steps within steps are not in it.
pub(super) fn svg(title: &str, ran: &Ran) -> String {
    let end = u64::try_from(ran.duration.as_micros()).unwrap_or(u64::MAX).max(1);
    let slacks = ran.record.slacks(end);
    let outer = || ran.record.steps.iter().enumerate().filter(|(_, step)| step.within.is_none());
    let alone: u64 = outer().map(|(_, step)| step.duration_us).sum();
    let scale = (WIDE - NAMES - TIMES) / number(alone.max(end));
    let mut sum = 0;
    let before: Vec<Bar<'_>> = outer()
        .map(|(_, step)| {
            let start = sum;
            sum += step.duration_us;
            Bar { step, start, critical: true }
        })
        .collect();
    let is_critical =
        |at: usize, step: &FlowStep| slacks.get(at) == Some(&0) && step.end != StepEnd::Cancelled;
    let after: Vec<Bar<'_>> = outer()
        .map(|(at, step)| Bar { step, start: step.start_us, critical: is_critical(at, step) })
        .collect();
    let panel = HEAD + ROW * number(before.len() as u64);
    let tall = panel * 2.0 + 34.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDE} {tall}\" role=\"img\" aria-label=\"{}\"><style>{STYLE}</style>\
         <rect class=\"p\" width=\"{WIDE}\" height=\"{tall}\" rx=\"10\"/>",
        escaped(title)
    );
    let head = |count: usize, what: &str, time: u64| format!("{count} calls {what}: {}", milliseconds(time));
    let first = head(before.len(), "one after the other", alone);
    rows(&mut out, 10.0, &first, &before, scale);
    let times = number(alone) / number(end);
    let second = format!("{title}, one call: {}, {times:.1} times sooner", milliseconds(end));
    rows(&mut out, panel + 24.0, &second, &after, scale);
    out.push_str("</svg>\n");
    out
}

fn rows(out: &mut String, top: f64, title: &str, bars: &[Bar<'_>], scale: f64) {
    let mut put = |text: String| out.push_str(&text);
    put(format!("<text class=\"t\" x=\"20\" y=\"{:.0}\">{}</text>", top + 26.0, escaped(title)));
    let first = top + HEAD - 8.0;
    let bottom = first + ROW * number(bars.len() as u64);
    put(format!("<path class=\"l\" d=\"M{NAMES} {first:.0}V{bottom:.0}\"/>"));
    let x = |time: u64| NAMES + number(time) * scale;
    for (at, bar) in bars.iter().enumerate() {
        let y = first + ROW * number(at as u64);
        let (from, wide) = (x(bar.start), (number(bar.step.duration_us) * scale).max(2.0));
        let class = if bar.critical { "c" } else { "b" };
        let mut line = String::new();
        // Writing to text cannot fail.
        write!(
            line,
            "<text class=\"n\" x=\"{:.0}\" y=\"{:.1}\">{}</text><rect class=\"{class}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"14\" rx=\"3\"/>\
             <text class=\"d\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            NAMES - 12.0,
            y + 17.0,
            escaped(&bar.step.name),
            y + 6.0,
            from + wide + 8.0,
            y + 17.0,
            milliseconds(bar.step.duration_us)
        )
        .unwrap_or_default();
        put(line);
    }
}

fn milliseconds(micros: u64) -> String {
    format!("{:.0} ms", number(micros) / 1_000.0)
}

/// Times of runs are far from where a float is no longer exact to the microsecond.
fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
