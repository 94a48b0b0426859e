//! Draws a picture: a panel for the client's own calls, one for the flow, a scale for both, and what the colours say.

use trace::StepEnd;

use super::{Leaf, Picture};

const WIDE: f64 = 960.0;
/// Where bars begin and end.
const LEFT: f64 = 250.0;
const RIGHT: f64 = 880.0;
const ROW: f64 = 24.0;
const BAR: f64 = 13.0;
/// The head of a panel, with the marks of the scale.
const HEAD: f64 = 70.0;
const GAP: f64 = 22.0;
const FOOT: f64 = 44.0;
/// Letters that a label has room for, and the critical path.
const LABEL: usize = 30;
const WAY: usize = 110;

const STYLE: &str = "svg{--ink:#1f2430;--soft:#667085;--line:#e4e7ec;--panel:#fff;--had:#8d99b0;--late:#d9480f;--way:#cbd2de;--edge:#98a2b3}\
    @media(prefers-color-scheme:dark){svg{--ink:#e6e9f0;--soft:#98a2b3;--line:#262c38;--panel:#12151c;--had:#64708a;--late:#ff922b;--way:#363e4e;--edge:#667085}}\
    text{font:13px ui-sans-serif,system-ui,-apple-system,sans-serif;fill:var(--ink)}.t{font-size:17px;font-weight:600}.r{text-anchor:end}\
    .k{fill:var(--late)}.d{fill:var(--soft)}.s{font-size:11px;fill:var(--soft)}.m{font:12px ui-monospace,SFMono-Regular,Menlo,monospace}\
    .v{font-size:12px;fill:var(--soft);paint-order:stroke;stroke:var(--panel);stroke-width:4px;stroke-linejoin:round}\
    .p{fill:var(--panel)}.g{stroke:var(--line)}.h{fill:var(--had)}.c{fill:var(--late)}.w{fill:var(--way)}.l{fill:var(--had);opacity:.22}\
    .o{fill:var(--way);opacity:.5}\
    .x{fill:none;stroke:var(--had);stroke-dasharray:3 2}.e{fill:none;stroke:var(--edge)}.ec{stroke:var(--late);stroke-width:1.5}";

/// The text, as it is written on.
struct Canvas {
    out: String,
    /// The width of a microsecond.
    scale: f64,
    /// Times of the marks.
    marks: Vec<u64>,
}

pub(super) fn svg(picture: &Picture<'_>) -> String {
    let leaves = picture.leaves();
    let longest = picture.alone_us().max(picture.whole_us()).max(1);
    let rows = |count: usize| ROW * number(count as u64);
    let first = HEAD + rows(picture.before.len());
    let second = HEAD + 20.0 + rows(leaves.len() + usize::from(picture.link_us > 0));
    let tall = first + GAP + second + FOOT;
    let mut canvas =
        Canvas { out: String::new(), scale: (RIGHT - LEFT) / number(longest), marks: marks(longest) };
    let title = escaped(picture.title);
    canvas.put(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDE} {tall}\" role=\"img\" aria-label=\"{title}: {} one after the other, {} as one call\">\n\
         <style>{STYLE}</style>\n<rect class=\"p\" width=\"{WIDE}\" height=\"{tall}\" rx=\"10\"/>",
        milliseconds(picture.alone_us()),
        milliseconds(picture.whole_us())
    ));
    canvas.before(picture);
    canvas.after(picture, &leaves, first + GAP);
    canvas.legend(picture, &leaves, tall - FOOT / 2.0 + 2.0);
    canvas.put("</svg>");
    canvas.out
}

// === impl Canvas ===

impl Canvas {
    fn put(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn x(&self, time: u64) -> f64 {
        LEFT + number(time) * self.scale
    }

    /// The calls of the client, each with its way.
    fn before(&mut self, picture: &Picture<'_>) {
        let count = picture.before.len();
        let calls =
            if count == 1 { "1 call".to_owned() } else { format!("{count} calls one after the other") };
        self.head(0.0, &format!("{}: {calls}", picture.title), &milliseconds(picture.alone_us()), "");
        self.grid(HEAD, count);
        let mut at = 0;
        for (row, (name, time)) in picture.before.iter().enumerate() {
            let top = HEAD + ROW * number(row as u64);
            self.label(top, name, "m");
            self.bar(top, "w", (at, at + picture.link_us));
            self.bar(top, "c", (at + picture.link_us, at + picture.link_us + time));
            at += picture.link_us + time;
            self.value(top, self.x(at), time + picture.link_us);
        }
    }

    /// The one call, and within it the steps of the flow.
    fn after(&mut self, picture: &Picture<'_>, leaves: &[Leaf<'_>], top: f64) {
        let whole = picture.whole_us();
        let times = number(picture.alone_us()) / number(whole.max(1));
        let more = format!("{times:.1} times sooner");
        self.head(top, "The same by one call of a flow", &milliseconds(whole), &more);
        let way: Vec<&str> =
            leaves.iter().filter(|leaf| leaf.critical).map(|leaf| &*leaf.step.name).collect();
        self.put(&format!(
            "<text class=\"d\" x=\"20\" y=\"{:.0}\">critical path: <tspan class=\"k\">{}</tspan></text>",
            top + 46.0,
            escaped(&cut(&way.join(" → "), WAY))
        ));
        let (half, own) = (picture.link_us / 2, usize::from(picture.link_us > 0));
        let top = top + HEAD + 20.0;
        self.grid(top, leaves.len() + own);
        if own > 0 {
            self.label(top, "the call", "");
            self.bar(top, "w", (0, half));
            self.bar(top, "o", (half, half + picture.end_us));
            self.bar(top, "w", (half + picture.end_us, whole));
            self.value(top, self.x(whole), whole);
        }
        let row = |at: usize| top + ROW * number((at + own) as u64);
        for (at, leaf) in leaves.iter().enumerate() {
            self.label(row(at), &name(leaf), "");
            let (start, end) = (half + leaf.step.start_us, half + leaf.step.ended_us());
            if leaf.step.end == StepEnd::Good {
                self.bar(row(at), "l", (end, end + leaf.slack_us));
            }
            let class = if leaf.critical {
                "c"
            } else if leaf.step.end == StepEnd::Good {
                "h"
            } else {
                "x"
            };
            self.bar(row(at), class, (start, end));
        }
        self.edges(leaves, half, &row);
        for (at, leaf) in leaves.iter().enumerate() {
            let end = self.x(half + leaf.step.ended_us());
            self.value(row(at), end, leaf.step.duration_us);
        }
    }

    /// What waited for what; the critical waits above the others.
    fn edges(&mut self, leaves: &[Leaf<'_>], half: u64, row: &dyn Fn(usize) -> f64) {
        let mut edges = Vec::new();
        for (at, leaf) in leaves.iter().enumerate() {
            for (place, on) in leaf.after.iter().filter_map(|on| Some((*on, leaves.get(*on)?))) {
                let ends = (half + on.step.ended_us(), half + leaf.step.start_us);
                edges.push((leaf.critical && on.critical, (row(place), row(at)), ends));
            }
        }
        edges.sort_by_key(|(critical, ..)| *critical);
        for (critical, rows, ends) in edges {
            self.edge(critical, rows, ends);
        }
    }

    fn head(&mut self, top: f64, what: &str, time: &str, more: &str) {
        let y = top + 26.0;
        self.put(&format!("<text class=\"t\" x=\"20\" y=\"{y:.0}\">{}</text>", escaped(&cut(what, 64))));
        let more =
            if more.is_empty() { String::new() } else { format!("<tspan class=\"k\">, {more}</tspan>") };
        self.put(&format!("<text class=\"t r\" x=\"{:.0}\" y=\"{y:.0}\">{time}{more}</text>", WIDE - 20.0));
    }

    /// The marks of the scale, over so many rows.
    fn grid(&mut self, top: f64, rows: usize) {
        let bottom = top + ROW * number(rows as u64);
        for mark in self.marks.clone() {
            let x = self.x(mark);
            self.put(&format!(
                "<path class=\"g\" d=\"M{x:.1} {:.0}V{bottom:.0}\"/><text class=\"s\" x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
                top - 4.0,
                top - 9.0,
                if mark == 0 { "0".to_owned() } else { milliseconds(mark) }
            ));
        }
    }

    fn label(&mut self, top: f64, name: &str, class: &str) {
        let (x, y) = (LEFT - 12.0, top + 16.0);
        self.put(&format!(
            "<text class=\"r {class}\" x=\"{x:.0}\" y=\"{y:.1}\">{}</text>",
            escaped(&cut(name, LABEL))
        ));
    }

    /// A bar; of something that took no time a line, of nothing nothing.
    fn bar(&mut self, top: f64, class: &str, (from, to): (u64, u64)) {
        if from == to && "wl".contains(class) {
            return;
        }
        let (x, y) = (self.x(from), top + (ROW - BAR) / 2.0);
        let wide = (self.x(to) - x).max(2.0);
        self.put(&format!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{BAR}\" rx=\"2\"/>"
        ));
    }

    fn value(&mut self, top: f64, end: f64, time: u64) {
        self.put(&format!(
            "<text class=\"v\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            end + 7.0,
            top + 16.0,
            milliseconds(time)
        ));
    }

    /// From the end of a bar down to the row of another, and in that to its beginning.
    fn edge(&mut self, critical: bool, (from, to): (f64, f64), (end, start): (u64, u64)) {
        let class = if critical { "e ec" } else { "e" };
        let (end, start) = (self.x(end) - 0.75, self.x(start));
        let below = f64::midpoint(ROW, BAR);
        let side = if to > from { below } else { ROW - below };
        let (from, to) = (from + side, to + ROW / 2.0);
        self.put(&format!(
            "<path class=\"{class}\" d=\"M{end:.1} {from:.1}V{to:.1}H{:.1}\"/>",
            start.max(end)
        ));
    }

    fn legend(&mut self, picture: &Picture<'_>, leaves: &[Leaf<'_>], y: f64) {
        let mut words = vec![("c", "critical path")];
        if leaves.iter().any(|leaf| !leaf.critical) {
            words.push(("h", "not on it"));
            words.push(("l", "slack"));
        }
        if leaves.iter().any(|leaf| !matches!(leaf.step.end, StepEnd::Good)) {
            words.push(("x", "given up or failed"));
        }
        let link = format!("{} between client and gateway, there and back", milliseconds(picture.link_us));
        if picture.link_us > 0 {
            words.push(("w", &link));
        }
        let mut x = 20.0;
        for (class, word) in words {
            let (top, text) = (y - 9.0, x + 18.0);
            self.put(&format!(
                "<rect class=\"{class}\" x=\"{x:.0}\" y=\"{top:.0}\" width=\"12\" height=\"10\" rx=\"2\"/><text class=\"d\" x=\"{text:.0}\" y=\"{y:.0}\">{word}</text>"
            ));
            x = text + 6.9 * number(word.chars().count() as u64) + 22.0;
        }
        if leaves.iter().any(|leaf| !leaf.after.is_empty()) {
            self.put(&format!(
                "<path class=\"e ec\" d=\"M{x:.0} {:.0}v8h10\"/><text class=\"d\" x=\"{:.0}\" y=\"{y:.0}\">waits for</text>",
                y - 11.0,
                x + 18.0
            ));
        }
    }
}

/// Times at which the scale has marks: round ones, four to nine of them.
fn marks(longest: u64) -> Vec<u64> {
    let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000];
    let step = steps.into_iter().map(|step| step * 1_000).find(|step| longest / step < 9).unwrap_or(longest);
    (0..=longest / step).map(|at| at * step).collect()
}

fn milliseconds(micros: u64) -> String {
    format!("{:.0} ms", number(micros) / 1_000.0)
}

/// Times of runs are far from where a float is no longer exact to the microsecond.
fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// The step, and which attempt if it is not the first.
fn name(leaf: &Leaf<'_>) -> String {
    let attempt = if leaf.step.attempt > 1 { format!(" #{}", leaf.step.attempt) } else { String::new() };
    format!("{}{attempt}", leaf.step.name)
}

fn cut(text: &str, most: usize) -> String {
    let short: String = text.chars().take(most).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
