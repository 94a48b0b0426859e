//! What a call wants its answer to be (`Accept`, RFC 9110 §12.5.1).

use message::{Fields, Known};

/// How well media types are liked.
#[derive(Debug)]
pub(crate) struct Accepts(Vec<Range>);

/// A media range and its weight.
#[derive(Debug)]
struct Range {
    kind: String,
    subtype: String,
    /// In thousandths.
    weight: u16,
}

impl Accepts {
    /// What the fields say; without a word of it every media type is liked the same. What is no media range is passed over.
    pub(crate) fn of(fields: &Fields) -> Self {
        let lines = fields.get_all(Known::Accept).filter_map(|line| std::str::from_utf8(line).ok());
        Self(lines.flat_map(|line| line.split(',')).filter_map(Range::read).collect())
    }

    /// The one of these that is liked best. One counts only where it is named as it is, and not less than `usual`, which is
    /// sent otherwise; among equals the first counts.
    pub(crate) fn rather<T: Copy>(&self, usual: &str, others: &[(&str, T)]) -> Option<T> {
        let bar = self.weight(usual);
        let mut best = None;
        for (media, which) in others {
            let named = self.find(media).map_or(0, |range| range.weight);
            if named > 0 && named > best.map_or(bar, |(weight, _)| weight) {
                best = Some((named, *which));
            }
        }
        best.map(|(_, which)| which)
    }

    /// The weight of a media type, by the range that names it most exactly; 0 where it is not wanted.
    fn weight(&self, media: &str) -> u16 {
        let (kind, _) = media.split_once('/').unwrap_or_default();
        let half = || self.0.iter().find(|range| range.kind == kind && range.subtype == "*");
        let any = || self.0.iter().find(|range| range.kind == "*");
        match self.find(media).or_else(half).or_else(any) {
            Some(range) => range.weight,
            None if self.0.is_empty() => 1000,
            None => 0,
        }
    }

    fn find(&self, media: &str) -> Option<&Range> {
        let (kind, subtype) = media.split_once('/')?;
        self.0.iter().find(|range| range.kind == kind && range.subtype == subtype)
    }
}

impl Range {
    fn read(written: &str) -> Option<Self> {
        let mut parts = written.split(';');
        let (kind, subtype) = parts.next()?.trim().split_once('/')?;
        let weight = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| weight(value.trim()))
        });
        let (kind, subtype) = (kind.trim().to_ascii_lowercase(), subtype.trim().to_ascii_lowercase());
        Some(Self { kind, subtype, weight: weight.unwrap_or(1000) })
    }
}

/// A weight in thousandths (RFC 9110 §12.4.2); what is none counts as 1.
fn weight(written: &str) -> u16 {
    let (whole, digits) = written.split_once('.').unwrap_or((written, ""));
    let is_weight = matches!(whole, "0" | "1") && digits.len() <= 3;
    let thousandths = format!("{whole}{digits:0<3}").parse().ok();
    thousandths.filter(|thousandths| is_weight && *thousandths <= 1000).unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accept: &[&str], expect: Option<&str>) {
        let mut fields = Fields::new();
        for line in accept {
            fields.push(Known::Accept, line.as_bytes());
        }
        let others = [("text/event-stream", "events"), ("application/x-ndjson", "lines")];
        assert_eq!(Accepts::of(&fields).rather("application/json", &others), expect, "{accept:?}");
    }

    #[test]
    fn what_is_named_and_liked_better_is_sent() {
        check(&[], None);
        check(&["*/*"], None);
        check(&["text/*"], None);
        check(&["text/event-stream"], Some("events"));
        check(&["Text/Event-Stream ; Q=0.3"], Some("events"));
        check(&["application/x-ndjson"], Some("lines"));
        check(&["application/json, text/event-stream"], None);
        check(&["application/json;q=0.9, text/event-stream"], Some("events"));
        check(&["*/*;q=0.1", "text/event-stream"], Some("events"));
        check(&["text/event-stream;q=0.5, application/x-ndjson;q=0.8"], Some("lines"));
        check(&["text/event-stream;q=0"], None);
        check(&["application/*, text/event-stream;q=0.999"], None);
        check(&["application/*, application/json;q=0.2, text/event-stream;q=0.201"], Some("events"));
        check(&["text/event-stream;q=x, application/json;q=0.9"], Some("events"));
        check(&[",;/, ;q=1,text/event-stream"], Some("events"));
    }
}
