//! Whole numbers as letters, Roman numerals and signs of their own.

/// Signs that each stand for a number, from that of 1 on, and so many of them.
const SIGNS: [(char, u32); 5] =
    [('\u{2460}', 20), ('\u{2474}', 20), ('\u{2488}', 20), ('\u{2776}', 10), ('\u{24F5}', 10)];

const ROMAN: [(u128, &str); 13] = [
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
];

/// The Roman numeral; `None` for what has none.
pub(super) fn roman(number: u128) -> Option<String> {
    if !(1..10_000).contains(&number) {
        return None;
    }
    let mut text = String::new();
    let mut rest = number;
    for (value, sign) in ROMAN {
        while rest >= value {
            text.push_str(sign);
            rest -= value;
        }
    }
    Some(text)
}

/// The letters of an alphabet of so many: `a` to `z`, then `aa`; `None` for 0.
pub(super) fn letters(number: u128, first: char, count: u128) -> Option<String> {
    let mut letters = Vec::new();
    let mut rest = number;
    while rest > 0 {
        rest -= 1;
        let offset = u32::try_from(rest % count).ok()?;
        letters.push(char::from_u32(u32::from(first) + offset)?);
        rest /= count;
    }
    (!letters.is_empty()).then(|| letters.iter().rev().collect())
}

/// The sign of a number in the sequence that begins with a sign; `None` where there is none.
pub(super) fn named(number: u128, first: &str) -> Option<String> {
    let (first, count) = SIGNS.iter().find(|(sign, _)| first.chars().eq([*sign]))?;
    let number = u32::try_from(number).ok().filter(|number| (1..=*count).contains(number))?;
    char::from_u32(u32::from(*first) + number - 1).map(String::from)
}
