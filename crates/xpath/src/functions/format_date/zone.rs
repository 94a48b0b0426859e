//! Zones (§9.8.4.6).

use super::super::format_integer::{digit_of, zero_of};
use super::picture::Marker;

/// How an offset is written.
struct Form {
    /// The zero of its digits.
    zero: char,
    /// At least so many digits the hours have.
    hours: usize,
    /// What stands between hours and minutes.
    between: Between,
}

enum Between {
    /// `:`, and minutes only where there are some.
    Optional,
    Nothing,
    Text(char),
}

pub(super) fn text(marker: &Marker, zone: Option<i16>) -> String {
    if marker.first == "Z" {
        match zone {
            None => return marker.padded("J".to_owned()),
            Some(zone) => {
                if let Some(letter) = military(zone) {
                    return marker.padded(letter.to_string());
                }
            }
        }
    }
    let Some(zone) = zone else { return String::new() };
    let prefix = if marker.component == 'z' { "GMT" } else { "" };
    let form = form(&marker.first).unwrap_or(Form { zero: '0', hours: 2, between: Between::Text(':') });
    let offset = if zone == 0 && marker.second == Some('t') { "Z".to_owned() } else { form.offset(zone) };
    marker.padded(format!("{prefix}{offset}"))
}

/// The letter of an offset; J is left out.
fn military(zone: i16) -> Option<char> {
    let hours = usize::from(zone.unsigned_abs() / 60);
    if zone % 60 != 0 {
        return None;
    }
    match zone {
        0 => Some('Z'),
        1.. => "ABCDEFGHIKLM".chars().nth(hours - 1),
        _ => "NOPQRSTUVWXY".chars().nth(hours - 1),
    }
}

/// The form of a picture such as `0`, `01`, `0001` or `01:01`.
fn form(picture: &str) -> Option<Form> {
    let is_digit = |letter: char| letter == '#' || zero_of(letter).is_some();
    let zero = picture.chars().find_map(zero_of)?;
    let mut rest = picture.trim_start_matches(is_digit).chars();
    let before = picture.chars().take_while(|letter| is_digit(*letter));
    let hours = before.clone().filter(|letter| *letter != '#').count();
    let (hours, between) = match (rest.next(), before.count()) {
        (Some(separator), 1..) if rest.as_str().chars().all(is_digit) => (hours, Between::Text(separator)),
        (None, 1 | 2) => (hours, Between::Optional),
        (None, 3 | 4) => (hours.saturating_sub(2), Between::Nothing),
        _ => return None,
    };
    Some(Form { zero, hours, between })
}

// === impl Form ===

impl Form {
    fn offset(&self, zone: i16) -> String {
        let sign = if zone < 0 { '-' } else { '+' };
        let (hours, minutes) = (zone.unsigned_abs() / 60, zone.unsigned_abs() % 60);
        let digits = |number: u16, least: usize| -> String {
            format!("{number:0least$}").chars().map(|digit| digit_of(self.zero, digit)).collect()
        };
        let hours = digits(hours, self.hours);
        match self.between {
            Between::Optional if minutes == 0 => format!("{sign}{hours}"),
            Between::Optional => format!("{sign}{hours}:{}", digits(minutes, 2)),
            Between::Nothing => format!("{sign}{hours}{}", digits(minutes, 2)),
            Between::Text(letter) => format!("{sign}{hours}{letter}{}", digits(minutes, 2)),
        }
    }
}
