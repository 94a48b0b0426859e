//! The pictures of `fn:format-number` (Functions and Operators 3.1 §4.7.3, §4.7.4).

use crate::number::Grouping;

/// What a picture says for numbers of one sign.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) prefix: String,
    pub(super) suffix: String,
    /// Among the digits before the point.
    pub(super) grouping: Grouping,
    /// So many digits after the point a separator stands.
    pub(super) fraction_places: Vec<usize>,
    pub(super) least_whole: usize,
    pub(super) least_fraction: usize,
    pub(super) most_fraction: usize,
    /// 0 for no exponent.
    pub(super) least_exponent: usize,
    /// With an exponent: so many digits stand before the point.
    pub(super) scaling: i64,
    /// The power of ten that the number is multiplied by: 2 of percents.
    pub(super) factor: i64,
}

// === impl Picture ===

impl Picture {
    /// Reads a picture without `;`; `None` where it is not valid.
    pub(super) fn read(text: &str) -> Option<Self> {
        let first = text.find(is_active)?;
        let last = text.rfind(is_active)?;
        let (prefix, rest) = text.split_at_checked(first)?;
        // Active signs are of one byte each.
        let (body, suffix) = rest.split_at_checked(last + 1 - first)?;
        let factor = factor(prefix, suffix)?;
        let (mantissa, exponent) = match body.split_once('e') {
            Some((_, exponent)) if factor != 0 || !is_digits(exponent) => return None,
            Some((mantissa, exponent)) => (mantissa, exponent),
            None => (body, ""),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if !is_valid(mantissa, whole, fraction) {
            return None;
        }
        let least_whole = count(whole, char::is_ascii_digit);
        let mut picture = Self {
            prefix: prefix.to_owned(),
            suffix: suffix.to_owned(),
            grouping: grouping(whole),
            fraction_places: fraction_places(fraction),
            least_whole,
            least_fraction: count(fraction, char::is_ascii_digit),
            most_fraction: count(fraction, |c| *c != ','),
            least_exponent: exponent.len(),
            scaling: i64::try_from(least_whole).ok()?,
            factor,
        };
        picture.adjust(whole.contains('#'));
        Some(picture)
    }

    /// Sees to it that there is a digit somewhere.
    fn adjust(&mut self, has_optional: bool) {
        let has_exponent = self.least_exponent > 0;
        if self.least_whole == 0 && self.most_fraction == 0 {
            if has_exponent {
                self.least_fraction = 1;
                self.most_fraction = 1;
            } else {
                self.least_whole = 1;
            }
        }
        if has_exponent && self.least_whole == 0 && has_optional {
            self.least_whole = 1;
        }
        if self.least_whole == 0 && self.least_fraction == 0 {
            self.least_fraction = 1;
        }
    }
}

/// Whether a character stands for digits or between them. (`e` does where it stands among others.)
fn is_active(c: char) -> bool {
    matches!(c, '#' | '.' | ',' | '0'..='9')
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The power of ten by the sign that is there; `None` for more than one.
fn factor(prefix: &str, suffix: &str) -> Option<i64> {
    let mut signs = prefix.chars().chain(suffix.chars()).filter(|c| matches!(c, '%' | '‰'));
    match (signs.next(), signs.next()) {
        (None, _) => Some(0),
        (Some('%'), None) => Some(2),
        (Some(_), None) => Some(3),
        (Some(_), Some(_)) => None,
    }
}

fn is_valid(mantissa: &str, whole: &str, fraction: &str) -> bool {
    let is_digit = |c: char| c == '#' || c.is_ascii_digit();
    let whole_order = whole.chars().filter(|c| is_digit(*c)).skip_while(|c| *c == '#').all(|c| c != '#');
    let fraction_order =
        fraction.chars().filter(|c| is_digit(*c)).skip_while(|c| *c != '#').all(|c| c == '#');
    mantissa.chars().all(is_active)
        && mantissa.contains(is_digit)
        && !fraction.contains('.')
        && !mantissa.contains(",,")
        && !whole.ends_with(',')
        && !fraction.starts_with(',')
        && whole_order
        && fraction_order
}

fn count(text: &str, of: impl Fn(&char) -> bool) -> usize {
    text.chars().filter(of).count()
}

fn grouping(whole: &str) -> Grouping {
    let all = count(whole, |c| *c != ',');
    let mut seen = 0;
    let mut places = Vec::new();
    for c in whole.chars() {
        if c == ',' {
            places.push((all - seen, ','));
        } else {
            seen += 1;
        }
    }
    Grouping::of(places, all)
}

fn fraction_places(fraction: &str) -> Vec<usize> {
    let mut seen = 0;
    let mut places = Vec::new();
    for c in fraction.chars() {
        if c == ',' {
            places.push(seen);
        } else {
            seen += 1;
        }
    }
    places
}
