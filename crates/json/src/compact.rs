//! JSON without white space.

use std::borrow::Cow;

use super::push_compact;

/// JSON without the white space between its tokens.
pub fn compact(json: &str) -> Cow<'_, str> {
    if !json.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return Cow::Borrowed(json);
    }
    let mut out = Vec::with_capacity(json.len());
    push_compact(&mut out, json);
    String::from_utf8(out).map_or(Cow::Borrowed(json), Cow::Owned)
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
