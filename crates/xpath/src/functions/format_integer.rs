//! `fn:format-integer` (Functions and Operators 3.1 §4.6.1), in English.

mod sequences;
mod words;

use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::function::Call;
use crate::functions::{Args, Entry};
use crate::item::{Sequence, one};
use crate::number::Grouping;
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V30, "fn:format-integer(xs:integer?, xs:string) as xs:string", format_integer),
    (Version::V30, "fn:format-integer(xs:integer?, xs:string, xs:string?) as xs:string", format_integer),
];

fn format_integer(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(number) = args.integer(0) else {
        return Ok(one(Atomic::from("")));
    };
    let picture = args.string(1);
    call.eval.charge_text(picture.len())?;
    Ok(one(Atomic::from(written(number, picture)?)))
}

/// A number as a picture says, such as `#,##0`, `i` or `w;o`.
pub(crate) fn written(number: i128, picture: &str) -> Result<String> {
    let (token, modifier) = picture.rsplit_once(';').unwrap_or((picture, ""));
    if token.is_empty() || !is_modifier(modifier) {
        return Err(invalid(picture));
    }
    let ordinal = modifier.starts_with('o');
    let sign = if number < 0 { "-" } else { "" };
    let text = if token.chars().any(|c| zero_of(c).is_some()) {
        with_digits(number.unsigned_abs(), token, ordinal)?
    } else {
        without_digits(number.unsigned_abs(), token, ordinal)
    };
    Ok(format!("{sign}{text}"))
}

/// A number as a token without digits says: as letters, Roman numerals or words; in digits where it says nothing known.
fn without_digits(number: u128, token: &str, ordinal: bool) -> String {
    let text = match token {
        "A" => sequences::letters(number, 'A', 26),
        "a" => sequences::letters(number, 'a', 26),
        "I" => sequences::roman(number),
        "i" => sequences::roman(number).map(|text| text.to_lowercase()),
        "W" => Some(words::of(number, ordinal).to_uppercase()),
        "w" => Some(words::of(number, ordinal)),
        "Ww" => Some(words::title(&words::of(number, ordinal))),
        _ => sequences::named(number, token),
    };
    text.unwrap_or_else(|| suffixed(number.to_string(), number, ordinal))
}

/// A number as a pattern of digits says.
fn with_digits(number: u128, pattern: &str, ordinal: bool) -> Result<String> {
    let mut family = None;
    let mut places = Vec::new();
    let mut digits = 0;
    let mut least: usize = 0;
    let mut after_digit = false;
    for c in pattern.chars().rev() {
        match (c, zero_of(c)) {
            (_, Some(zero)) if *family.get_or_insert(zero) == zero && least == digits => {
                digits += 1;
                least += 1;
                after_digit = true;
            }
            ('#', _) => {
                digits += 1;
                after_digit = true;
            }
            (_, None) if !c.is_alphanumeric() && after_digit => {
                places.push((digits, c));
                after_digit = false;
            }
            _ => return Err(invalid(pattern)),
        }
    }
    if !after_digit {
        return Err(invalid(pattern));
    }
    places.reverse();
    let zero = family.unwrap_or('0');
    let written = number.to_string();
    let missing = least.saturating_sub(written.len());
    let all: Vec<char> =
        std::iter::repeat_n('0', missing).chain(written.chars()).map(|c| digit_of(zero, c)).collect();
    Ok(suffixed(Grouping::of(places, digits).apply(&all), number, ordinal))
}

/// A text of a number, with what makes it an ordinal one.
fn suffixed(text: String, number: u128, ordinal: bool) -> String {
    if ordinal { text + words::suffix(number) } else { text }
}

/// Whether it is `c` or `o`, either with something in brackets, then `a` or `t`; or part of that.
fn is_modifier(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['c', 'o']) else {
        return matches!(text, "" | "a" | "t");
    };
    let rest = rest.strip_suffix(['a', 't']).unwrap_or(rest);
    rest.is_empty()
        || rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).is_some_and(|own| !own.is_empty())
}

/// The zero of the decimal digits that a character belongs to.
pub(crate) fn zero_of(c: char) -> Option<char> {
    let before = ZEROS.partition_point(|zero| *zero <= c);
    let zero = ZEROS.get(before.checked_sub(1)?)?;
    (u32::from(c) - u32::from(*zero) < 10).then_some(*zero)
}

/// An ASCII digit as one of others, by their zero.
pub(crate) fn digit_of(zero: char, digit: char) -> char {
    let value = digit.to_digit(10).unwrap_or(0);
    char::from_u32(u32::from(zero) + value).unwrap_or(digit)
}

fn invalid(picture: &str) -> Error {
    Error::new("FODF1310", format_args!("`{picture}` is not a picture of a whole number"))
}

/// The zeros of all decimal digits (Unicode 15, general category `Nd`).
const ZEROS: [char; 68] = [
    '\u{30}',
    '\u{660}',
    '\u{6F0}',
    '\u{7C0}',
    '\u{966}',
    '\u{9E6}',
    '\u{A66}',
    '\u{AE6}',
    '\u{B66}',
    '\u{BE6}',
    '\u{C66}',
    '\u{CE6}',
    '\u{D66}',
    '\u{DE6}',
    '\u{E50}',
    '\u{ED0}',
    '\u{F20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17E0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19D0}',
    '\u{1A80}',
    '\u{1A90}',
    '\u{1B50}',
    '\u{1BB0}',
    '\u{1C40}',
    '\u{1C50}',
    '\u{A620}',
    '\u{A8D0}',
    '\u{A900}',
    '\u{A9D0}',
    '\u{A9F0}',
    '\u{AA50}',
    '\u{ABF0}',
    '\u{FF10}',
    '\u{104A0}',
    '\u{10D30}',
    '\u{11066}',
    '\u{110F0}',
    '\u{11136}',
    '\u{111D0}',
    '\u{112F0}',
    '\u{11450}',
    '\u{114D0}',
    '\u{11650}',
    '\u{116C0}',
    '\u{11730}',
    '\u{118E0}',
    '\u{11950}',
    '\u{11C50}',
    '\u{11D50}',
    '\u{11DA0}',
    '\u{11F50}',
    '\u{16A60}',
    '\u{16AC0}',
    '\u{16B50}',
    '\u{1D7CE}',
    '\u{1D7D8}',
    '\u{1D7E2}',
    '\u{1D7EC}',
    '\u{1D7F6}',
    '\u{1E140}',
    '\u{1E2F0}',
    '\u{1E4F0}',
    '\u{1E950}',
    '\u{1FBF0}',
];
