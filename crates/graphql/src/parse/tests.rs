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

/// A name; words of the grammar are names too.
fn name() -> impl Strategy<Value = String> {
    let known = vec!["a", "b_1", "Q", "query", "mutation", "fragment", "type", "input", "onX", "_"];
    prop::sample::select(known).prop_map(str::to_owned)
}

fn joined(parts: &[String], open: &str, close: &str) -> String {
    if parts.is_empty() { String::new() } else { format!("{open}{}{close}", parts.join(", ")) }
}

/// A value, with variables in it or not.
fn literal(variables: bool) -> BoxedStrategy<String> {
    let plain = [
        "1",
        "-7",
        "0",
        "2.5",
        "-1.5e3",
        "1E-2",
        "\"\"",
        "\"s # ,\"",
        "\"\\u00e9\\n\\\"\\/\"",
        "\"\"\"b\n  c\n   d\"\"\"",
        "\"\"\"\"\"\"",
        "true",
        "false",
        "null",
        "RED",
        "on",
        "query",
    ];
    let plain = prop::sample::select(plain.to_vec()).prop_map(str::to_owned);
    let plain = if variables {
        prop_oneof![4 => plain, 1 => name().prop_map(|name| format!("${name}"))].boxed()
    } else {
        plain.boxed()
    };
    let deeper = |inner: BoxedStrategy<String>| {
        let list =
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(" ")));
        let members = prop::collection::btree_map(name(), inner, 0..3);
        let members = members.prop_map(|members| {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            format!("{{{}}}", members.join(", "))
        });
        prop_oneof![list, members]
    };
    plain.prop_recursive(3, 12, 3, deeper).boxed()
}

fn arguments(variables: bool) -> impl Strategy<Value = String> {
    let argument = (name(), literal(variables)).prop_map(|(name, value)| format!("{name}: {value}"));
    prop::collection::vec(argument, 0..3).prop_map(|all| joined(&all, "(", ")"))
}

fn directives(variables: bool) -> impl Strategy<Value = String> {
    let directive =
        (name(), arguments(variables)).prop_map(|(name, arguments)| format!(" @{name}{arguments}"));
    prop::collection::vec(directive, 0..2).prop_map(|all| all.concat())
}

fn set() -> impl Strategy<Value = String> {
    let block = |items: Vec<String>| format!("{{ {} }}", items.join(" "));
    let field = || {
        let alias =
            prop::option::of(name()).prop_map(|alias| alias.map(|alias| alias + ": ").unwrap_or_default());
        (alias, name(), arguments(true), directives(true))
            .prop_map(|(alias, name, arguments, directives)| alias + &name + &arguments + &directives)
    };
    let spread = (name(), directives(true)).prop_map(|(name, directives)| format!("...{name}{directives}"));
    let leaf = prop_oneof![4 => field(), 1 => spread];
    let item = leaf.prop_recursive(3, 12, 3, move |inner| {
        let within = prop::collection::vec(inner, 1..4).prop_map(block).boxed();
        let on = prop::option::of(name()).prop_map(|on| on.map(|on| format!(" on {on}")).unwrap_or_default());
        let inline = (on, directives(true), within.clone())
            .prop_map(|(on, directives, set)| format!("...{on}{directives} {set}"));
        prop_oneof![3 => (field(), within).prop_map(|(field, set)| format!("{field} {set}")), 1 => inline]
    });
    prop::collection::vec(item, 1..4).prop_map(block)
}

/// `$a: [Int!]! = 1 @d`.
fn variable() -> impl Strategy<Value = String> {
    let bang = || prop::sample::select(vec!["", "!"]);
    let ty = (name(), bang()).prop_map(|(name, bang)| name + bang);
    let ty = ty.prop_recursive(2, 3, 1, move |inner| {
        (inner, bang()).prop_map(|(inner, bang)| format!("[{inner}]{bang}"))
    });
    // The other reader takes no directives behind a value.
    let usual = literal(false).prop_map(|value| format!(" = {value}"));
    let rest = prop_oneof![directives(false).boxed(), usual.boxed()];
    (name(), ty, rest).prop_map(|(name, ty, rest)| format!("${name}: {ty}{rest}"))
}

/// A document that can be read and has no name twice.
fn documents() -> impl Strategy<Value = String> {
    let operation = || {
        let kind = prop::sample::select(vec!["query", "mutation", "subscription"]);
        let variables = prop::collection::vec(variable(), 0..3).prop_map(|all| joined(&all, "(", ")"));
        (kind, variables, directives(true), set())
    };
    let named = prop::collection::btree_map(name(), operation(), 1..3).prop_map(|all| {
        let all = all.into_iter().map(|(name, (kind, variables, directives, set))| {
            format!("{kind} {name}{variables}{directives} {set}")
        });
        all.collect::<Vec<_>>()
    });
    let single = operation()
        .prop_map(|(kind, variables, directives, set)| vec![format!("{kind}{variables}{directives} {set}")]);
    let operations = prop_oneof![set().prop_map(|set| vec![set]), single, named];
    let fragments = prop::collection::btree_map(name(), (name(), directives(true), set()), 0..3);
    (
        operations,
        fragments,
        any::<bool>(),
        prop::sample::select(vec![" ", "\n", ",\r\n\t", "#said\n", "\u{feff}"]),
    )
        .prop_map(|(mut all, fragments, first, between)| {
            let fragments = fragments
                .into_iter()
                .map(|(name, (on, directives, set))| format!("fragment {name} on {on}{directives} {set}"));
            all.extend(fragments);
            if first {
                all.reverse();
            }
            all.join(between)
        })
}

proptest! {
    /// The other reader takes all that the grammar makes.
    #[test]
    fn whatever_is_read_is_read_as_before(text in documents()) {
        let (own, other) = (query(&text), parse_query(&text));
        prop_assert!(own.is_ok() && other.is_ok(), "{}: {:?} {:?}", text, own.err(), other.err());
        prop_assert_eq!(shown(&own.unwrap()), shown(&other.unwrap()), "{}", text);
    }

    #[test]
    fn whatever_is_wrong_has_a_place(parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..24)) {
        let text = parts.join(" ");
        let own = query(&text);
        prop_assert!(own.is_ok() || own.is_err_and(|error| !error.locations.is_empty()), "{}", text);
    }

    #[test]
    fn whatever_is_written_ends_in_a_document_or_a_mistake(text in ".{0,60}") {
        drop(query(&text));
        drop(schema(&text));
        drop(query(&format!("{{ a(x: \"{text}\") }}")));
    }
}
