//! Pictures: text, and markers in square brackets (§9.8.4.1, §9.8.4.2).

use super::mistake;
use crate::error::Result;

/// A part of a picture.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Marker(Marker),
}

/// A marker: `[Y0001]`, `[MNn,3-3]`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// `Y`, `M` and so on.
    pub(super) component: char,
    /// How it is written, such as `01` or `Nn`; empty where it is not told.
    pub(super) first: String,
    /// `a`, `t`, `c` or `o`.
    pub(super) second: Option<char>,
    /// At least so many characters; 0 where it is not told.
    pub(super) least: usize,
    /// At most so many characters.
    pub(super) most: Option<usize>,
}

/// Reads a picture.
pub(super) fn read(picture: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut letters = picture.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '[' if letters.next_if_eq(&'[').is_none() => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Marker(marker(&within(&mut letters)?)?));
            }
            ']' if letters.next_if_eq(&']').is_none() => {
                return Err(mistake("a `]` in a picture stands alone"));
            }
            _ => text.push(letter),
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

/// What stands before the next `]`, without spaces.
fn within(letters: &mut impl Iterator<Item = char>) -> Result<String> {
    let mut inner = String::new();
    for letter in letters {
        match letter {
            ']' => return Ok(inner),
            '[' => return Err(mistake("a marker of a picture stands in another")),
            _ if letter.is_whitespace() => {}
            _ => inner.push(letter),
        }
    }
    Err(mistake("a marker of a picture has no end"))
}

fn marker(inner: &str) -> Result<Marker> {
    let mut letters = inner.chars();
    let component = letters.next().filter(|letter| "YMDdFWwHhPmsfZzCE".contains(*letter));
    let component = component.ok_or_else(|| mistake(format_args!("a picture has no component `{inner}`")))?;
    let rest = letters.as_str();
    let (presentation, width) = match rest.rsplit_once(',') {
        Some((presentation, width)) => (presentation, Some(width)),
        None => (rest, None),
    };
    let mut letters = presentation.chars();
    let last = letters.next_back().filter(|letter| "atco".contains(*letter));
    let (first, second) = match last {
        Some(_) if !letters.as_str().is_empty() => (letters.as_str(), last),
        _ => (presentation, None),
    };
    let (least, most) = match width {
        Some(width) => bounds(width)
            .ok_or_else(|| mistake(format_args!("the marker `{inner}` of a picture has no width")))?,
        None => (0, None),
    };
    Ok(Marker { component, first: first.to_owned(), second, least, most })
}

/// `2`, `2-4`, `*-4`.
fn bounds(width: &str) -> Option<(usize, Option<usize>)> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // more than fit are too many in any case
        digits.then(|| text.parse().unwrap_or(usize::MAX)).filter(|number| *number > 0)
    };
    let (least, most) = width.split_once('-').unwrap_or((width, "*"));
    let least = if least == "*" { 0 } else { number(least)? };
    let most = if most == "*" { None } else { Some(number(most)?) };
    most.is_none_or(|most| least <= most).then_some((least, most))
}

// === impl Marker ===

impl Marker {
    /// A name in its letters and its width.
    pub(super) fn named(&self, name: &str) -> String {
        let name = if self.most.is_some_and(|most| most < name.chars().count()) {
            let most = self.most.unwrap_or_default();
            let short = if (self.least..=most).contains(&3) { 3 } else { most };
            name.chars().take(short).collect()
        } else {
            name.to_owned()
        };
        let name = match self.first.as_str() {
            "N" => name.to_uppercase(),
            "Nn" => title(&name),
            _ => name.to_lowercase(),
        };
        self.padded(name)
    }

    /// A text with spaces up to its width.
    pub(super) fn padded(&self, mut text: String) -> String {
        let missing = self.least.saturating_sub(text.chars().count());
        text.extend(std::iter::repeat_n(' ', missing));
        text
    }
}

fn title(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    first + &letters.as_str().to_lowercase()
}
