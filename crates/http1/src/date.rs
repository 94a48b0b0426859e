//! `Date` in the one format that may be sent, IMF-fixdate (RFC 9110 §5.6.7).

use base::Micros;

/// Keeps the text of the current second.
#[derive(Clone, Debug)]
pub struct Cache {
    second: i64,
    text: [u8; 29],
}

const DAYS: &[[u8; 3]; 7] = &[*b"Thu", *b"Fri", *b"Sat", *b"Sun", *b"Mon", *b"Tue", *b"Wed"];
const MONTHS: &[[u8; 3]; 12] = &[
    *b"Jan", *b"Feb", *b"Mar", *b"Apr", *b"May", *b"Jun", *b"Jul", *b"Aug", *b"Sep", *b"Oct", *b"Nov",
    *b"Dec",
];

// === impl Cache ===

impl Cache {
    /// The text for `now`; written anew only when the second has changed.
    pub fn at(&mut self, now: Micros) -> &[u8; 29] {
        let second = now.0.div_euclid(1_000_000);
        if second != self.second {
            self.second = second;
            self.text = imf(second);
        }
        &self.text
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self { second: 0, text: imf(0) }
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` for a number of seconds since 1970. Before 1970 and after 9999 the
/// format has no room; the nearest second that it has is taken.
pub fn imf(seconds_since_epoch: i64) -> [u8; 29] {
    let second = seconds_since_epoch.clamp(0, 253_402_300_799).unsigned_abs();
    let (days, rest) = (second / 86_400, second % 86_400);
    let (year, month, day) = civil(days);
    let mut text = *b"Thu, 01 Jan 1970 00:00:00 GMT";
    put(&mut text, 0, DAYS.get(index(days % 7)).unwrap_or(b"Thu"));
    put(&mut text, 5, &two(day));
    put(&mut text, 8, MONTHS.get(index(month - 1)).unwrap_or(b"Jan"));
    put(&mut text, 12, &two(year / 100));
    put(&mut text, 14, &two(year % 100));
    put(&mut text, 17, &two(rest / 3600));
    put(&mut text, 20, &two(rest / 60 % 60));
    put(&mut text, 23, &two(rest % 60));
    text
}

/// Year, month (1 to 12) and day (1 to 31) of a day since 1970-01-01 in the Gregorian calendar. Years are
/// counted from March, so that the leap day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since 0000-03-01
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153; // from March on
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year + era * 400 + carry, month, day)
}

fn two(number: u64) -> [u8; 2] {
    let digit = |number: u64| b'0' + u8::try_from(number % 10).unwrap_or_default();
    [digit(number / 10), digit(number)]
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or_default()
}

fn put(text: &mut [u8; 29], at: usize, part: &[u8]) {
    if let Some(place) = text.get_mut(at..at + part.len()) {
        place.copy_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_the_rfc_writes_them() {
        let cases = [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (-5, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ];
        for (second, text) in cases {
            assert_eq!(std::str::from_utf8(&imf(second)).unwrap(), text);
        }
    }

    #[test]
    fn the_cache_follows_the_second() {
        let mut cache = Cache::default();
        assert_eq!(cache.at(Micros(784_111_777_999_999)), b"Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(cache.at(Micros(784_111_778_000_000)), b"Sun, 06 Nov 1994 08:49:38 GMT");
        assert_eq!(cache.at(Micros(784_111_777_000_000)), b"Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
