//! Characters, as XML sees them (XML 1.0 §2.2, §2.3).

/// White space.
pub(crate) const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// Whether it is white space.
pub(crate) fn is_blank(character: char) -> bool {
    BLANKS.contains(&character)
}

/// Whether XML may have it.
pub(crate) fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}
