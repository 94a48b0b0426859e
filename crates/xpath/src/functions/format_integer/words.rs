//! Whole numbers in English words.

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A thousand to the power of 12 and so on down to itself.
const POWERS: [&str; 12] = [
    "undecillion",
    "decillion",
    "nonillion",
    "octillion",
    "septillion",
    "sextillion",
    "quintillion",
    "quadrillion",
    "trillion",
    "billion",
    "million",
    "thousand",
];

/// Ordinal numbers that are not made with `th` alone.
const ORDINALS: [(&str, &str); 7] = [
    ("one", "first"),
    ("two", "second"),
    ("three", "third"),
    ("five", "fifth"),
    ("eight", "eighth"),
    ("nine", "ninth"),
    ("twelve", "twelfth"),
];

/// A number in words: `one hundred and twenty-three`, or as an ordinal one.
pub(super) fn of(number: u128, ordinal: bool) -> String {
    let text = cardinal(number);
    if !ordinal {
        return text;
    }
    let (before, last) = match text.rsplit_once([' ', '-']) {
        Some((before, last)) => (text.get(..=before.len()).unwrap_or_default(), last),
        None => ("", text.as_str()),
    };
    let last = match ORDINALS.iter().find(|(plain, _)| *plain == last) {
        Some((_, ordinal)) => (*ordinal).to_owned(),
        None => last.strip_suffix('y').map_or_else(|| format!("{last}th"), |stem| format!("{stem}ieth")),
    };
    format!("{before}{last}")
}

/// With capitals: `One Hundred and Twenty-Three`.
pub(super) fn title(text: &str) -> String {
    let words = text.split_inclusive([' ', '-']).map(|word| {
        let mut chars = word.chars();
        match chars.next() {
            Some(first) if word != "and " => format!("{}{}", first.to_uppercase(), chars.as_str()),
            _ => word.to_owned(),
        }
    });
    words.collect()
}

/// What follows the digits of an ordinal number.
pub(super) fn suffix(number: u128) -> &'static str {
    match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

fn cardinal(number: u128) -> String {
    if number == 0 {
        return "zero".to_owned();
    }
    let mut words = String::new();
    let mut rest = number;
    let mut power = 1_000u128.pow(12);
    for name in POWERS {
        let count = rest / power;
        if count > 0 {
            add_hundreds(&mut words, count);
            words.push(' ');
            words.push_str(name);
        }
        rest %= power;
        power /= 1_000;
    }
    if (1..100).contains(&rest) && !words.is_empty() {
        words.push_str(" and");
    }
    add_hundreds(&mut words, rest);
    words
}

/// Adds a number below 1,000; nothing for 0.
fn add_hundreds(words: &mut String, number: u128) {
    let (hundreds, rest) = (number / 100, number % 100);
    if hundreds > 0 {
        add(words, ' ', one_of(&ONES, hundreds));
        words.push_str(" hundred");
    }
    if rest == 0 {
        return;
    }
    if hundreds > 0 {
        words.push_str(" and");
    }
    match (rest / 10, rest % 10) {
        (0 | 1, _) => add(words, ' ', one_of(&ONES, rest)),
        (tens, 0) => add(words, ' ', one_of(&TENS, tens)),
        (tens, ones) => {
            add(words, ' ', one_of(&TENS, tens));
            add(words, '-', one_of(&ONES, ones));
        }
    }
}

fn add(words: &mut String, between: char, word: &str) {
    if !words.is_empty() {
        words.push(between);
    }
    words.push_str(word);
}

fn one_of(words: &[&'static str], index: u128) -> &'static str {
    usize::try_from(index).ok().and_then(|index| words.get(index)).copied().unwrap_or_default()
}
