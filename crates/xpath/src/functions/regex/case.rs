//! Characters that differ in their case alone (Functions and Operators 3.1 §5.6.2, flag `i`): those whose texts in lower case
//! or in upper case are the same.

use std::collections::HashMap;
use std::sync::LazyLock;

/// No character beyond has a case.
const LAST: char = '\u{1FFFF}';

/// Each character that has variants, with each of them, in order.
static VARIANTS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let mut same: HashMap<(bool, String), Vec<char>> = HashMap::new();
    for character in '\0'..=LAST {
        let (lower, upper) = (character.to_lowercase(), character.to_uppercase());
        if !lower.clone().eq([character]) || !upper.clone().eq([character]) {
            same.entry((false, lower.collect())).or_default().push(character);
            same.entry((true, upper.collect())).or_default().push(character);
        }
    }
    let mut variants = Vec::new();
    for characters in same.values() {
        for one in characters {
            variants.extend(characters.iter().filter(|other| *other != one).map(|other| (*one, *other)));
        }
    }
    variants.sort_unstable();
    variants.dedup();
    variants
});

/// The variants of the characters of a range that are not in it.
pub(super) fn variants(first: char, last: char) -> impl Iterator<Item = char> {
    let start = VARIANTS.partition_point(|(one, _)| *one < first);
    let rest = VARIANTS.get(start..).unwrap_or_default().iter();
    rest.take_while(move |(one, _)| *one <= last)
        .map(|(_, other)| *other)
        .filter(move |other| !(first..=last).contains(other))
}
