//! Separators among the digits of a whole number, for `fn:format-integer` and `fn:format-number`.

/// Where separators stand.
#[derive(Clone, Debug)]
pub(crate) enum Grouping {
    /// After every so many digits from the right.
    Regular(usize, char),
    /// With so many digits to the right of each; the greatest first.
    At(Vec<(usize, char)>),
}

// === impl Grouping ===

impl Grouping {
    /// The grouping of a picture with so many digits that has separators at places, the greatest first.
    pub(crate) fn of(places: Vec<(usize, char)>, digits: usize) -> Self {
        let Some((size, separator)) = places.last().copied().filter(|(size, _)| *size > 0) else {
            return Self::At(places);
        };
        let all_fit = places.iter().all(|(place, own)| place.is_multiple_of(size) && *own == separator);
        let inner = places.iter().filter(|(place, _)| *place < digits).count();
        if all_fit && inner == digits.saturating_sub(1) / size {
            return Self::Regular(size, separator);
        }
        Self::At(places)
    }

    /// Digits with the separators among them.
    pub(crate) fn apply(&self, digits: &[char]) -> String {
        let mut text = String::with_capacity(digits.len() * 2);
        for (index, digit) in digits.iter().enumerate() {
            let separator = if index > 0 { self.before(digits.len() - index) } else { None };
            text.extend(separator);
            text.push(*digit);
        }
        text
    }

    /// The separator that stands where so many digits are to the right.
    fn before(&self, right: usize) -> Option<char> {
        match self {
            Self::Regular(size, separator) => right.is_multiple_of(*size).then_some(*separator),
            Self::At(places) => {
                let at = places.binary_search_by(|(place, _)| right.cmp(place)).ok()?;
                places.get(at).map(|(_, separator)| *separator)
            }
        }
    }
}
