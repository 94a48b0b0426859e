//! Comparisons of nodes with a literal, written so that they hold where they hold for one node (`XPath` 1.0 §3.4): what
//! evaluates them negates `=` for `!=`, and orders the first node alone.

/// Rewrites `PATH != LITERAL`, and the same with `<`, `<=`, `>` and `>=`, as `boolean(PATH[. != LITERAL])`. What is not so
/// plain stays as it is.
pub(super) fn plainly(text: &str) -> String {
    let mut written = text.to_owned();
    // From the back, so that places before stay where they are.
    let mut end = written.len();
    while let Some((at, operator)) = last_operator(&written, end) {
        end = at;
        let (Some(before), Some(behind)) = (written.get(..at), written.get(at + operator.len()..)) else {
            continue;
        };
        let (Some(path), Some(literal)) = (path_before(before), literal_behind(behind)) else { continue };
        let path_length = path.len();
        let (start, rest) = (before.trim_end().len() - path_length, behind.get(literal.len()..));
        let (Some(start_text), Some(rest)) = (before.get(..start), rest) else { continue };
        written = format!("{start_text}boolean({path}[. {operator} {}]){rest}", literal.trim());
        end = start + "boolean(".len() + path_length;
    }
    written
}

/// The last comparison before a place, outside of quotes.
fn last_operator(text: &str, end: usize) -> Option<(usize, &'static str)> {
    let mut quote = None;
    let mut found = None;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().copied().enumerate().take(end) {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if matches!(byte, b'\'' | b'"') => quote = Some(byte),
            None => {
                let next = bytes.get(at + 1) == Some(&b'=');
                let operator = match byte {
                    b'!' if next => "!=",
                    b'<' if next => "<=",
                    b'>' if next => ">=",
                    b'<' => "<",
                    b'>' => ">",
                    _ => continue,
                };
                found = Some((at, operator));
            }
        }
    }
    found
}

/// The path that ends a text, if that is one: names, attributes, predicates, and nothing that computes.
fn path_before(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let mut depth = 0u32;
    let mut quote = None;
    let mut start = text.len();
    for (at, character) in text.char_indices().rev() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, ']') => depth += 1,
            (None, '[') if depth > 0 => depth -= 1,
            (None, '\'' | '"') if depth > 0 => quote = Some(character),
            _ if quote.is_some() || depth > 0 || is_of_path(text, at, character) => {}
            _ => break,
        }
        start = at;
    }
    let path = text.get(start..).filter(|_| depth == 0 && quote.is_none())?;
    let first = path.chars().next()?;
    let is_path = first.is_alphabetic() || matches!(first, '/' | '@' | '_' | '*') || path.starts_with("../");
    let ends_well = !path.ends_with(['.', '/', ':', '-']);
    // What stands before an operand is the beginning, a bracket, a comma or an operator in words; `*` may be a product.
    let before = text.get(..start)?.trim_end();
    let word = |word: &str| {
        before
            .strip_suffix(word)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with([' ', ')', ']', '\'', '"']))
    };
    let begins = before.is_empty() || before.ends_with(['(', '[', ',']) || word("and") || word("or");
    let alone = !matches!(path, "and" | "or" | "div" | "mod" | "*");
    (is_path && ends_well && begins && alone).then_some(path)
}

/// Whether a character may stand in a path outside of predicates: in names, and in the node test `text()`.
fn is_of_path(text: &str, at: usize, character: char) -> bool {
    let (before, behind) = text.split_at_checked(at).unwrap_or_default();
    match character {
        '/' | '@' | ':' | '.' | '*' | '-' | '_' => true,
        ')' => before.ends_with("text("),
        '(' => behind.starts_with("()"),
        other => other.is_alphanumeric(),
    }
}

/// The literal that begins a text, with the space before it, if nothing is computed with it.
fn literal_behind(text: &str) -> Option<&str> {
    let literal = text.trim_start();
    let space = text.len() - literal.len();
    let first = literal.chars().next()?;
    let length = if matches!(first, '\'' | '"') {
        literal.get(1..)?.find(first)? + 2
    } else {
        literal.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(literal.len())
    };
    let rest = literal.get(length..)?.trim_start();
    let ends = rest.is_empty()
        || rest.starts_with([')', ']', ','])
        || rest.starts_with("and ")
        || rest.starts_with("or ");
    (length > 0 && ends).then_some(text.get(..space + length)?)
}
