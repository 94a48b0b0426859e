//! `JSONPath` (RFC 9535), within bounds.

use serde_json_path::JsonPath;

use super::QueryError;

/// So deep may brackets stand within each other.
const DEEPEST: usize = 32;

/// So often may a path look at all descendants (`..`): each time multiplies what it visits by the depth of the value.
const DESCENTS: usize = 4;

/// Reads a path.
pub(super) fn parse(text: &str) -> Result<JsonPath, QueryError> {
    bounded(text)?;
    JsonPath::parse(text)
        .map_err(|error| QueryError::text(format_args!("it is no JSONPath of RFC 9535: {error}")))
}

/// Reads a path of `draft-goessner-dispatch-jsonpath-00`, as long as it means the same by RFC 9535.
pub(super) fn parse_old(text: &str) -> Result<JsonPath, QueryError> {
    let way_out = "`draft-goessner-dispatch-jsonpath-00` is evaluated where it reads the same by RFC 9535";
    if text.contains("@.length") {
        let message =
            format!("{way_out}; there the length of `@` is `length(@)`, and the last item is `[-1]`");
        return Err(QueryError::text(message));
    }
    parse(text).map_err(|error| QueryError::text(format_args!("{way_out}; {error}")))
}

fn bounded(text: &str) -> Result<(), QueryError> {
    let mut depth = 0usize;
    let mut descents = 0;
    let mut quote = None;
    let mut before = ' ';
    let mut escaped = false;
    for character in text.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None => match character {
                '\'' | '"' => quote = Some(character),
                '[' | '(' => depth += 1,
                ']' | ')' => depth = depth.saturating_sub(1),
                '!' if before == '!' => depth += 1,
                '.' if before == '.' => descents += 1,
                _ => {}
            },
        }
        before = character;
        if depth > DEEPEST {
            return Err(QueryError::text(format_args!("its brackets nest deeper than {DEEPEST}")));
        }
        if descents > DESCENTS {
            return Err(QueryError::text(format_args!(
                "it looks at all descendants (`..`) more than {DESCENTS} times"
            )));
        }
    }
    Ok(())
}
