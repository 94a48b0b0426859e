//! The fraction of a second (§9.8.4.5): digits from the point on, cut off where there are too many.

use super::super::format_integer::{digit_of, zero_of};
use super::picture::Marker;

pub(super) fn text(marker: &Marker, nanos: u32) -> String {
    let picture = match marker.first.as_str() {
        first if first.chars().any(|letter| zero_of(letter).is_some()) => first,
        _ => "1",
    };
    let zero = picture.chars().find_map(zero_of).unwrap_or('0');
    let mandatory = picture.chars().filter(|letter| zero_of(*letter).is_some()).count();
    let optional = picture.chars().filter(|letter| *letter == '#').count();
    let written = format!("{nanos:09}");
    let digits = written.trim_end_matches('0');

    let least = mandatory.max(marker.least);
    let single = picture.chars().count() == 1;
    let most = match marker.most {
        Some(most) => most.max(mandatory + optional),
        None if single => digits.len(),
        None => mandatory + optional,
    };
    let many = digits.len().clamp(least, most.max(least));
    let digits = digits.chars().chain(std::iter::repeat('0'));

    let mut separators = separators(picture).into_iter().peekable();
    let mut text = String::new();
    for (at, digit) in digits.take(many).enumerate() {
        while let Some((_, letter)) = separators.next_if(|(before, _)| *before == at) {
            text.push(letter);
        }
        text.push(digit_of(zero, digit));
    }
    text
}

/// What stands between digits, with how many digits are before it.
fn separators(picture: &str) -> Vec<(usize, char)> {
    let mut digits = 0;
    let mut found = Vec::new();
    for letter in picture.chars() {
        if letter == '#' || zero_of(letter).is_some() {
            digits += 1;
        } else if digits > 0 {
            found.push((digits, letter));
        }
    }
    found
}
