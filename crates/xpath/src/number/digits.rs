//! Numbers as their digits, of any size: what rounding and `fn:format-number` work on.

/// Digits with a point among them.
#[derive(Clone, Debug)]
pub(crate) struct Digits {
    pub(crate) negative: bool,
    /// The digits, 0 to 9 each; the first is not 0. None for zero.
    values: Vec<u8>,
    /// So many of the digits are after the point; less than 0 for zeros before it.
    scale: i64,
}

/// Where a number goes that stands just between two others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ties {
    /// To the greater one.
    Up,
    /// To that whose last digit is even.
    Even,
}

// === impl Digits ===

impl Digits {
    /// The digits of a number that is written without an exponent.
    pub(crate) fn read(text: &str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all = whole.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit).map(|byte| byte - b'0');
        let values = all.skip_while(|digit| *digit == 0).collect();
        Self { negative, values, scale: i64::try_from(fraction.len()).unwrap_or(i64::MAX) }
    }

    /// The power of ten that it is less than, and not less than a tenth of; `None` for zero.
    pub(crate) fn magnitude(&self) -> Option<i64> {
        let length = i64::try_from(self.values.len()).unwrap_or(i64::MAX);
        (length > 0).then(|| length.saturating_sub(self.scale))
    }

    /// Multiplies it by a power of ten.
    pub(crate) fn shift(&mut self, power: i64) {
        self.scale = self.scale.saturating_sub(power);
    }

    /// Rounds it to so many digits after the point; before it where less than 0.
    pub(crate) fn round(&mut self, places: i64, ties: Ties) {
        let Some(excess) = self.scale.checked_sub(places).filter(|excess| *excess > 0) else {
            return;
        };
        let excess = usize::try_from(excess).unwrap_or(usize::MAX);
        self.scale = places;
        let Some(kept) = self.values.len().checked_sub(excess) else {
            self.values.clear();
            return;
        };
        let rest = self.values.split_off(kept);
        let first = rest.first().copied().unwrap_or(0);
        let is_half = first == 5 && rest.iter().skip(1).all(|digit| *digit == 0);
        let away = match ties {
            _ if !is_half => first >= 5,
            Ties::Up => !self.negative,
            Ties::Even => self.values.last().is_some_and(|digit| digit % 2 == 1),
        };
        if away {
            self.increment();
        }
    }

    /// Adds one to the last digit.
    fn increment(&mut self) {
        for digit in self.values.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.values.insert(0, 1);
    }

    /// The digits before the point and those after it; no zeros at either end.
    pub(crate) fn parts(&self) -> (Vec<u8>, Vec<u8>) {
        let Some(magnitude) = self.magnitude() else {
            return (Vec::new(), Vec::new());
        };
        let before = usize::try_from(magnitude).unwrap_or(0);
        let zeros = usize::try_from(-magnitude).unwrap_or(0);
        let mut whole = self.values.clone();
        let rest = if before < whole.len() { whole.split_off(before) } else { Vec::new() };
        whole.resize(before, 0);
        let mut fraction = vec![0; zeros];
        fraction.extend(rest);
        let end = fraction.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
        fraction.truncate(end);
        (whole, fraction)
    }

    /// As it is written, without an exponent.
    pub(crate) fn text(&self) -> String {
        let (whole, fraction) = self.parts();
        let mut text = String::with_capacity(whole.len() + fraction.len() + 3);
        if self.negative {
            text.push('-');
        }
        if whole.is_empty() {
            text.push('0');
        }
        text.extend(whole.iter().map(|digit| char::from(b'0' + digit)));
        if !fraction.is_empty() {
            text.push('.');
        }
        text.extend(fraction.iter().map(|digit| char::from(b'0' + digit)));
        text
    }
}
