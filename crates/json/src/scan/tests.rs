use proptest::prelude::*;

use super::*;
use crate::{Value, push_number, push_string};

/// What `serde_json` says, which has no depth limit when it ignores what it reads.
fn reference(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn ours(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.skip().and_then(|_| scanner.end()).is_ok()
}

#[test]
fn accepts_json_and_nothing_else() {
    for good in
        ["null", " true ", "-0", "1e9", "-1.50E+2", r#""a\u00e9""#, "[]", "[1 , [2]]", r#"{"a":{},"b":[]}"#]
    {
        assert!(ours(good), "{good}");
    }
    for bad in [
        "",
        "nul",
        "tru",
        "01",
        "1.",
        ".1",
        "+1",
        "1e",
        "--1",
        "\"",
        r#""\x""#,
        r#""\u12g4""#,
        "\"\n\"",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[",
        "]",
        "{,}",
        r#"{"a"}"#,
        r#"{"a":1,}"#,
        r#"{"a":1 "b":2}"#,
        "{a:1}",
        "1 2",
        "\u{feff}1",
        "'a'",
    ] {
        assert!(!ours(bad), "{bad}");
        assert!(!reference(bad), "{bad}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(ours(&nested(usize::from(MAX_DEPTH))));
    assert!(!ours(&nested(usize::from(MAX_DEPTH) + 1)));
    assert!(!ours(&"{\"a\":".repeat(100_000)));
}

proptest! {
    #[test]
    fn agrees_with_serde_json(text in "[\\[\\]{}:,\"\\\\ a0-9.eE+\\-tfn\u{1}]{0,24}") {
        prop_assert_eq!(ours(&text), reference(&text), "{}", text);
        prop_assert_eq!(Value::parse(&text).is_ok(), ours(&text));
    }

    #[test]
    fn agrees_on_fragments(parts in proptest::collection::vec(
        prop_oneof!["\"[a-c]\"", "[0-9]{1,3}", "\\{", "\\}", "\\[", "\\]", ":", ",", "true", "null", "\"\\\\u00e9\\\\n\""], 0..12,
    )) {
        let text = parts.concat();
        prop_assert_eq!(ours(&text), reference(&text), "{}", text);
    }

    #[test]
    fn finds_the_end_of_every_string(plain in ".{0,40}", tail in ".{0,12}") {
        let mut text = Vec::new();
        push_string(&mut text, &plain);
        let written = text.len();
        text.extend_from_slice(tail.as_bytes());
        let text = String::from_utf8(text).unwrap();
        let mut scanner = Scanner::new(&text);
        let read = scanner.string().unwrap();
        prop_assert_eq!(read.decode(), plain.as_str());
        prop_assert_eq!(scanner.pos(), written);
        prop_assert_eq!(serde_json::from_str::<String>(text.get(..written).unwrap()).unwrap(), plain);
    }

    #[test]
    fn writes_numbers(value in any::<u64>()) {
        let mut out = Vec::new();
        push_number(&mut out, value);
        prop_assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
    }
}
