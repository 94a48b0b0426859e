use proptest::prelude::*;
use serde_json::json;

use super::*;

/// RFC 6901 §5.
#[test]
fn the_examples_of_the_specification() {
    let document = json!({
        "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8
    });
    for (text, expect) in [
        ("", document.clone()),
        ("/foo", json!(["bar", "baz"])),
        ("/foo/0", json!("bar")),
        ("/", json!(0)),
        ("/a~1b", json!(1)),
        ("/c%d", json!(2)),
        ("/e^f", json!(3)),
        ("/g|h", json!(4)),
        ("/i\\j", json!(5)),
        ("/k\"l", json!(6)),
        ("/ ", json!(7)),
        ("/m~0n", json!(8)),
    ] {
        let pointer = Pointer::parse(text).unwrap();
        assert_eq!(pointer.find(&document), Some(&expect), "{text}");
        assert_eq!(pointer.to_string(), text);
    }
    for nothing in
        ["/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1", "/foo/bar", "/foo/0/0", "/no", "/foo/"]
    {
        assert_eq!(Pointer::parse(nothing).unwrap().find(&document), None, "{nothing}");
    }
    for (wrong, error) in
        [("foo", PointerError::Start), ("/~", PointerError::Escape), ("/a~2", PointerError::Escape)]
    {
        assert_eq!(Pointer::parse(wrong), Err(error), "{wrong}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(tokens in proptest::collection::vec("[a-z~/0-9 é]{0,5}", 0..6)) {
        let pointer = tokens.iter().fold(Pointer::default(), |pointer, token| pointer.join(token));
        prop_assert_eq!(Pointer::parse(&pointer.to_string()), Ok(pointer.clone()));
        prop_assert!(pointer.tokens().eq(tokens.iter().map(String::as_str)));
        prop_assert_eq!(pointer.is_root(), tokens.is_empty());
    }

    #[test]
    fn it_finds_what_serde_finds(text in "(/[ab01~]{0,2}){0,4}") {
        let document = json!({"a": [{"b": 1}, [2, 3]], "b": {"0": 4, "": {"a": 5}}, "~": 6});
        if let Ok(pointer) = Pointer::parse(&text) {
            prop_assert_eq!(pointer.find(&document), document.pointer(&text));
        }
    }
}
