//! JSON without white space.

use std::borrow::Cow;

/// JSON without the white space between its tokens.
pub fn compact(json: &str) -> Cow<'_, str> {
    if !json.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return Cow::Borrowed(json);
    }
    let (mut quoted, mut escaped) = (false, false);
    let kept = json.chars().filter(|character| {
        let kept = quoted || !character.is_ascii_whitespace();
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        kept
    });
    Cow::Owned(kept.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_and_strings_stay() {
        let json = "{ \"a b\" :\n[ 1 ,\t\" \\\" \\\\\" , true ] }\r\n";
        assert_eq!(compact(json), r#"{"a b":[1," \" \\",true]}"#);
        assert!(matches!(compact("[1]"), Cow::Borrowed("[1]")));
    }
}
