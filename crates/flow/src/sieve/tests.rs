//! Tests of the sieve: what is asked for is what the whole document has.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn pointers(texts: &[&str]) -> Vec<Pointer> {
    texts.iter().map(|text| Pointer::parse(text).unwrap()).collect()
}

fn read(texts: &[&str], document: &str) -> Value {
    sieve(texts).read(document.as_bytes()).unwrap()
}

fn sieve(texts: &[&str]) -> Sieve {
    let mut sieve = Sieve::default();
    for pointer in pointers(texts) {
        sieve.add(&pointer);
    }
    sieve
}

#[test]
fn what_is_asked_for_is_kept_and_the_rest_is_not() {
    let document =
        r#"{"id": 7, "stock": {"here": 3, "there": [1, 2, {"n": 5}]}, "text": "long", "x/y": true}"#;
    assert_eq!(read(&["/id"], document), json!({"id": 7}));
    assert_eq!(read(&["/stock/there/2/n"], document), json!({"stock": {"there": [null, null, {"n": 5}]}}));
    assert_eq!(read(&["/stock/here", "/stock"], document)["stock"]["there"], json!([1, 2, {"n": 5}]));
    assert_eq!(read(&["/stock", "/stock/here"], document)["stock"]["there"], json!([1, 2, {"n": 5}]));
    assert_eq!(read(&["/x~1y", "/none"], document), json!({"x/y": true}));
    assert_eq!(read(&["/text/within"], document), json!({"text": null}));
    assert_eq!(read(&[], document), Value::Null);
    assert_eq!(read(&[""], document), serde_json::from_str::<Value>(document).unwrap());
}

#[test]
fn of_two_members_of_one_name_the_last_counts_as_in_a_whole_document() {
    assert_eq!(read(&["/a/b"], r#"{"a": {"b": 1}, "a": {"b": 2}}"#), json!({"a": {"b": 2}}));
    assert_eq!(read(&["/a/b"], r#"{"a": {"b": 1}, "a": null}"#), json!({"a": null}));
}

#[test]
fn what_is_no_json_fails_wherever_it_stands() {
    for text in ["", "{", r#"{"a": 1} x"#, r#"{"b": [1,], "a": 1}"#, "<html>", r#"{"b": tru, "a": 1}"#] {
        for asked in [&["/a"][..], &[], &[""]] {
            assert!(sieve(asked).read(text.as_bytes()).is_err(), "{text} {asked:?}");
        }
    }
    let deep = "[".repeat(100_000);
    assert!(sieve(&["/0/0"]).read(deep.as_bytes()).is_err());
}

#[test]
fn texts_are_kept_as_they_are_meant_and_must_be_texts_where_they_are_asked_for() {
    let document = r#"{"a": "\u00e9\n\"", "b\u0063": 1e2, "d": "\ud800", "e": 1e400}"#;
    assert_eq!(read(&["/a", "/bc"], document), json!({"a": "\u{e9}\n\"", "bc": 100.0}));
    assert!(sieve(&["/d"]).read(document.as_bytes()).is_err(), "half a character");
    assert!(sieve(&["/e"]).read(document.as_bytes()).is_err(), "too large a number");
    let latin = b"{\"a\": \"\xe9\", \"b\": 1}";
    assert_eq!(sieve(&["/b"]).read(latin).unwrap(), json!({"b": 1}));
    assert!(matches!(sieve(&["/a"]).read(latin), Err(SieveError::Text)));
    // What others have that is no text does not matter, whatever is in the text itself.
    let document =
        b"{\"x\": \"\xe9\xe2\x82\", \"a\": \"\xef\xbf\xbd\", \"b\": [\"\xe9\"], \"c\": \"\xef\xbf\xbd!\", \"d\": 1, \"\xff\": 0}";
    let expect = json!({"a": "\u{fffd}", "c": "\u{fffd}!", "d": 1});
    assert_eq!(sieve(&["/a", "/c", "/d"]).read(document).unwrap(), expect);
    for pointer in ["/x", "/b", "/b/0"] {
        assert!(matches!(sieve(&["/a", pointer, "/d"]).read(document), Err(SieveError::Text)), "{pointer}");
    }
}

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-c\"\\\\/\n\u{e9}\u{1f600}]{0,3}".prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-c0-2]", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn each_pointer_finds_what_it_finds_in_the_whole(
        document in documents(),
        asked in prop::collection::vec("(/[a-c0-3]){0,4}", 0..4),
    ) {
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        let sifted = read(&asked, &document.to_string());
        for pointer in pointers(&asked) {
            prop_assert_eq!(pointer.find(&sifted), pointer.find(&document));
        }
    }
}
