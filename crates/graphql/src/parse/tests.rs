//! What texts can be read, what they mean, and where it is said that they cannot.

use async_graphql_parser::parse_query;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A document without its places, operations and fragments in the order of their names.
fn shown(document: &ExecutableDocument) -> Vec<String> {
    let operations = document.operations.iter().map(|(name, one)| format!("{name:?} {one:?}"));
    let mut all: Vec<String> =
        operations.chain(document.fragments.iter().map(|(name, one)| format!("{name:?} {one:?}"))).collect();
    all.sort();
    all
}

/// The value of the argument `x` of the first field.
fn value(literal: &str) -> serde_json::Value {
    let document = query(&format!("{{ a(x: {literal}) }}")).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else { panic!() };
    field.node.get_argument("x").unwrap().node.clone().into_const().unwrap().into_json().unwrap()
}

#[test]
fn documents_and_their_places_are_as_the_parser_of_schemas_has_them() {
    for text in [
        "{a}",
        "query Q($a: Int = 3, $b: [[String!]!]!, $c: T @d(x: 1)) @e { b: a(x: $a, y: [1, -2.5e3, \"t\"]) @i(if: true) { c } }",
        "mutation M { a(o: {b: E, c: null, d: [{e: false}], f: $v}) }\nfragment F on T @x { a ...G ... { b } ... on U @y { c } }\nsubscription S { ...F @z }",
        "# said\n\u{feff}query A { a }, query B {\r\n  b\n  c }",
        "{ a(s: \"\"\"\n    one\n      two \"\" three\n\n    \"\"\", t: \"\\u00e9\\n\\\"\\/\") }",
        "{ query fragment: mutation on type: on(on: on) ...onX }",
    ] {
        let (own, other) = (query(text).unwrap(), parse_query(text).unwrap());
        assert_eq!(shown(&own), shown(&other), "{text}");
    }
}

#[test]
fn values_are_what_the_specification_says() {
    for (literal, expect) in [
        (r#""\uD83D\uDE00""#, json!("\u{1F600}")),
        (r#""\u{1F600}\u{0041}\u{a}""#, json!("\u{1F600}A\n")),
        ("-0", json!(0)),
        (
            "[9223372036854775807 18446744073709551615 -7 2.0 1e2]",
            json!([i64::MAX, u64::MAX, -7, 2.0, 100.0]),
        ),
        ("nullable", json!("nullable")),
        ("{trueish: falsehood}", json!({"trueish": "falsehood"})),
        ("[]", json!([])),
        ("{}", json!({})),
        ("\"\"", json!("")),
        ("\"\"\"\"\"\"", json!("")),
        ("\"\"\"  a\n\t b\n\t  c\n \"\"\"", json!("  a\nb\n c")),
        ("\"\"\"a\\\"\"\"b\"\"\"", json!("a\"\"\"b")),
        ("\"\"\"\u{e4}\n  \u{e4} \\n\n\"\"\"", json!("\u{e4}\n\u{e4} \\n")),
    ] {
        assert_eq!(value(literal), expect, "{literal}");
    }
}

#[test]
fn what_other_readers_take_is_taken() {
    for text in [
        "{ a\r  b }",
        "query($a: Int = 3 @d) { a }",
        "query($a: [ Int ! ] !) { a }",
        "{ ...on#said\nT { a } }",
        "{ ...\non\nT { a } }",
        "{ a(x: [1-2]) }",
        "\"Reads\" query Q { a }",
        "query(\"id\" $a: Int \"\"\"and\n  more\"\"\" $b: Int = 1) { a }",
        "\"\"\"Writes\"\"\" mutation { a ...F } \"Parts\" fragment F on T { a }",
    ] {
        query(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    }
    // What is said of a part stands before its place.
    let (whole, within) = ("\"q\" query ($a: Int) { a }", "query (\"a\" $a: Int) { a }");
    let places = |text: &str| {
        let document = query(text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        (operation.pos.column, operation.node.variable_definitions[0].pos.column)
    };
    assert_eq!((places(whole), places(within)), ((5, 12), (1, 12)));
}

#[test]
fn what_is_wrong_has_its_place() {
    for (text, column, expect) in [
        ("", 1, "there is no operation in it"),
        ("fragment F on T { a }", 22, "there is no operation in it"),
        ("{", 2, "expected a field, found the end"),
        ("{}", 2, "expected a field, found `}`"),
        ("queryQ { a }", 1, "expected an operation or a fragment, found `queryQ`"),
        ("type T { a: Int }", 1, "expected an operation or a fragment, found `type`"),
        ("{ a() }", 5, "expected an argument, found `)`"),
        ("{ a(x 1) }", 7, "expected `:`, found `1`"),
        ("{ a(x: \"s\" \"t\") }", 12, "expected an argument, found a string"),
        ("query() { a }", 7, "expected a variable, found `)`"),
        ("query($a: Int = $b) { a }", 17, "a variable must not stand here"),
        ("query($a: Int @d(x: [$b])) { a }", 22, "a variable must not stand here"),
        ("{ a } fragment on on T { a }", 16, "expected the fragment's name, found `on`"),
        ("\"said\" { a }", 8, "expected an operation or a fragment, found `{`"),
        ("\"said\" \"twice\" query { a }", 8, "expected an operation or a fragment, found a string"),
        ("{ a } \"said\"", 13, "expected an operation or a fragment, found the end"),
        ("\"\\x\" query { a }", 1, "`\\x` in a string means nothing"),
        ("query(\"said\") { a }", 13, "expected a variable, found `)`"),
        ("{ \"said\" a }", 3, "expected a field, found a string"),
        ("{ a(x: \"\\uD83D\") }", 8, "`\\u` in a string names no character of Unicode's"),
        ("{ a(x: \"\\uDE00\\uD83D\") }", 8, "`\\u` in a string names no character of Unicode's"),
        ("{ a(x: \"\\u{110000}\") }", 8, "`\\u` in a string names no character of Unicode's"),
        ("{ a(x: \"\\x\") }", 8, "`\\x` in a string means nothing"),
        ("{ a(x: 01) }", 8, "`01` is no number"),
        ("{ a(x: 1.) }", 8, "`1.` is no number"),
        ("{ a(x: 1a) }", 8, "`1a` is no number"),
        ("{ a(x: 1e999) }", 8, "the number `1e999` is too large"),
        ("{ a } { b }", 7, "there are two operations without a name"),
        ("query A { a } { b }", 15, "an operation without a name stands beside others"),
        ("query A { a } query A { b }", 15, "the operation `A` is there twice"),
        ("{ a } fragment F on T { a } fragment F on T { b }", 29, "the fragment `F` is there twice"),
        ("{ a(x: {b: 1, b: 1}) }", 15, "`b` is given twice in one object"),
    ] {
        let error = query(text).unwrap_err();
        let said = error.message.strip_prefix("the query cannot be parsed: ").unwrap_or(&error.message);
        assert!(said.starts_with(expect), "{text}: {error:?}");
        assert_eq!(error.locations, [Location { line: 1, column }], "{text}: {error:?}");
    }
}

/// Parts of texts, of which documents are made.
const PARTS: [&str; 44] = [
    "{",
    "}",
    "{ a",
    "{ b: c",
    "(x: ",
    ")",
    "[",
    "]",
    "query",
    "mutation",
    "fragment F on T",
    "Q",
    "$v",
    ": Int",
    "!",
    "= 1",
    "@d",
    "@d(x: 1)",
    "...",
    "...F",
    "... on T",
    "on",
    "x:",
    "1",
    "-1.5e3",
    "\"s\"",
    "\"\\u00e9\"",
    "\"\"\"b\n  c\"\"\"",
    "true",
    "null",
    "E",
    "{ y: ",
    ",",
    "#c\n",
    "($v: [Int!]! = [1])",
    "&",
    "|",
    "\u{feff}",
    "\"",
    "\\",
    ".",
    "\u{e9}",
    "0",
    "subscription",
];

proptest! {
    #[test]
    fn whatever_is_read_is_read_as_before(parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..24)) {
        let text = parts.join(" ");
        let own = query(&text);
        prop_assert!(own.is_ok() || own.as_ref().is_err_and(|error| !error.locations.is_empty()), "{}", text);
        if let (Ok(own), Ok(other)) = (&own, parse_query(&text)) {
            prop_assert_eq!(shown(own), shown(&other), "{}", text);
        }
    }

    #[test]
    fn whatever_is_written_ends_in_a_document_or_a_mistake(text in ".{0,60}") {
        drop(query(&text));
        drop(schema(&text));
        drop(query(&format!("{{ a(x: \"{text}\") }}")));
    }
}
