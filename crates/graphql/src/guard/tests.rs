//! What a guard lets pass and what it refuses, with what name and where.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::*;
use crate::Location;

fn request(text: &str) -> Request {
    Request { query: Some(text.into()), ..Request::default() }
}

fn with(text: &str, variables: &Value) -> Request {
    Request { variables: variables.as_object().unwrap().clone(), ..request(text) }
}

fn admit(text: &str) -> Result<Admitted, Error> {
    Guard::default().admit(&mut request(text))
}

fn small() -> Guard {
    let limits = Limits {
        length: 400,
        tokens: 60,
        operations: 2,
        depth: 3,
        cost: 50,
        aliases: 2,
        directives: 2,
        ..Limits::default()
    };
    Guard { limits, ..Guard::default() }
}

#[test]
fn what_a_query_asks_for_is_known() {
    let admitted = admit("query Q { me { name } shop(id: 1) { ...S } shop(id: 1) { open } } fragment S on Shop { a { b c } __typename }").unwrap();
    assert_eq!((admitted.kind, admitted.operation.as_deref()), (Kind::Query, Some("Q")));
    assert_eq!(admitted.fields, ["me", "shop"]);
    assert_eq!((admitted.depth, admitted.cost), (3, 2 + 4 + 2));
    assert_eq!(admit("mutation { a }").unwrap().kind.as_str(), "mutation");
    assert_eq!(admit("subscription { a }").unwrap().kind, Kind::Subscription);
}

#[test]
fn lists_multiply_what_stands_below_them() {
    let cost =
        |text: &str, variables: Value| Guard::default().admit(&mut with(text, &variables)).unwrap().cost;
    assert_eq!(cost("{ users(first: 10) { posts(last: 5) { title } } }", json!({})), 1 + 10 * (1 + 5));
    let text = "query($n: Int = 7, $m: Int) { users(first: $n) { id } posts(limit: $m) { id } }";
    assert_eq!(cost(text, json!({"n": 100})), 101 + 2);
    assert_eq!(cost(text, json!({"m": 3})), 8 + 4);
    assert_eq!(cost(text, json!({"n": -5, "m": "x"})), 2 + 2);
    // Within what an argument is, too.
    let text = "query($p: P = {at: {first: 9}}) { a(page: $p) { x } b(page: {limit: 5, first: $p}) { x } c(first: {x: 9}) { x } }";
    assert_eq!(cost(text, json!({})), 10 + 10 + 2);
    assert_eq!(cost(text, json!({"p": {"last": 20, "by": 99}})), 21 + 21 + 2);
    // In lists, too, of which no item is a length.
    let text = "query($p: [P], $n: Int) { a(pages: [{first: 5}, {last: $n}]) { x } b(pages: [$p]) { x } c(last: [60]) { x } }";
    assert_eq!(cost(text, json!({"n": 9, "p": [{"by": 99}, [{"limit": 7, "first": [50]}]]})), 10 + 8 + 2);
    let weights = [("search".to_owned(), 20)].into();
    let guard = Guard { limits: Limits { weights, ..Limits::default() }, ..Guard::default() };
    assert_eq!(guard.admit(&mut request("{ search { id } }")).unwrap().cost, 21);
}

#[test]
fn a_variable_is_walked_through_once_however_often_it_is_used() {
    let members: serde_json::Map<String, Value> =
        (0..20_000).map(|at| (format!("m{at}"), json!({"first": at}))).collect();
    let uses = (0..1_200).fold(String::new(), |all, at| all + &format!("a{at}: $v "));
    let text = format!("query($v: V) {{ f(x: {{ {uses} }}) {{ y }} }}");
    let error = Guard::default().admit(&mut with(&text, &json!({"v": members}))).unwrap_err();
    assert_eq!(&*error.message, "the query costs 20000, at most 10000 are allowed");
    // What it tells depends on where it stands.
    let text = "query($n: Int = 7) { a(by: $n) { x } b(first: $n) { x } c(by: $n, at: {last: $n}) { x } }";
    assert_eq!(Guard::default().admit(&mut with(text, &json!({}))).unwrap().cost, 2 + 8 + 8);
    assert_eq!(Guard::default().admit(&mut with(text, &json!({"n": 9}))).unwrap().cost, 2 + 10 + 10);
}

#[test]
fn each_refusal_has_a_name_and_a_place() {
    for (text, code, place) in [
        ("{ a { b { c { d } } } }", "QUERY_TOO_DEEP", (1, 15)),
        ("{ a: x b: x\n  c: x }", "QUERY_TOO_MANY_ALIASES", (2, 3)),
        ("{ a @x @y @z }", "QUERY_TOO_MANY_DIRECTIVES", (1, 11)),
        ("{ cheap dear(first: 60) { x } }", "QUERY_TOO_EXPENSIVE", (1, 9)),
        ("{ a { ...F } } fragment F on T { b { c { d } } }", "QUERY_TOO_DEEP", (1, 42)),
        ("{ ...F } fragment F on T { a ...G } fragment G on T { b ...F }", "FRAGMENT_CYCLE", (1, 57)),
        ("query A { a } query B { b } query C { c }", "QUERY_TOO_MANY_OPERATIONS", (1, 29)),
        ("{ a ", "GRAPHQL_PARSE_FAILED", (1, 5)),
        ("{ a(b: \"x) }", "GRAPHQL_PARSE_FAILED", (1, 8)),
        ("{ \u{1F600} }", "GRAPHQL_PARSE_FAILED", (1, 3)),
    ] {
        let error = small().admit(&mut request(text)).unwrap_err();
        assert_eq!(error.code, Some(code), "{text}: {error:?}");
        assert_eq!(error.locations.first(), Some(&Location { line: place.0, column: place.1 }), "{text}");
        assert!(error.hint.is_some() || code == "GRAPHQL_PARSE_FAILED", "{text}");
    }
}

#[test]
fn texts_are_bounded_before_they_are_parsed() {
    let code = |text: &str| small().admit(&mut request(text)).unwrap_err().code.unwrap();
    assert_eq!(code(&"{".repeat(401)), "QUERY_TOO_LONG");
    assert_eq!(code(&format!("{{ {} }}", "a ".repeat(100))), "QUERY_TOO_MANY_TOKENS");
    let nested = admit(&format!("{{ a(b: {}1{}) }}", "[".repeat(2000), "]".repeat(2000))).unwrap_err();
    assert_eq!(nested.code, Some("QUERY_TOO_NESTED"));
}

#[test]
fn a_bomb_of_fragments_is_measured_as_fast_as_it_is_read() {
    let mut text = "{ ...F0 }".to_owned();
    for at in 0..45 {
        write!(text, " fragment F{at} on T {{ a: x {{ ...F{n} ...F{n} }} }}", n = at + 1).unwrap();
    }
    text += " fragment F45 on T { y }";
    let limits =
        Limits { tokens: usize::MAX, depth: 1000, aliases: u64::MAX, cost: 1 << 40, ..Limits::default() };
    let error = Guard { limits, ..Guard::default() }.admit(&mut request(&text)).unwrap_err();
    assert_eq!(error.code, Some("QUERY_TOO_EXPENSIVE"));
    let limits = Limits { depth: 1000, aliases: u64::MAX, cost: u64::MAX, ..Limits::default() };
    let wide = "{ a(first: 9223372036854775807) { b(first: 18446744073709551615) { c } } }";
    assert_eq!(Guard { limits, ..Guard::default() }.admit(&mut request(wide)).unwrap().cost, u64::MAX);
}

#[test]
fn fragments_within_fragments_go_no_deeper_than_brackets() {
    let chain = |links: usize| {
        let mut text = "query A { a } query B { ...F0 ...F1 }".to_owned();
        for at in 0..links {
            write!(text, " fragment F{at} on T {{ ...F{n} }}", n = at + 1).unwrap();
        }
        let named = request(&(text + &format!(" fragment F{links} on T {{ a }}")));
        Guard::default().admit(&mut Request { operation_name: Some("A".into()), ..named })
    };
    assert!(chain(90).is_ok());
    for links in [100, 500] {
        let error = chain(links).unwrap_err();
        assert_eq!(error.code, Some("QUERY_TOO_NESTED"), "{error:?}");
        assert_eq!(&*error.message, "with its fragments unfolded the query is nested deeper than 100");
    }
    // In whatever order they are met, and to the level: G stands at the eighth.
    for (levels, fits) in [(93, true), (94, false)] {
        for spreads in ["...G ...F", "...F ...G", "...F", "b ...F ...F"] {
            let text =
                format!("{{ {spreads} }} fragment F on T {{ a {{ a {{ a {{ a {{ a {{ ...G }} }} }} }} }} }}");
            let (open, close) = ("{ ... ".repeat(levels - 2), "}".repeat(levels - 2));
            let error =
                admit(&format!("{text} fragment G on T {{ a {open} {{ __typename }} {close} }}")).err();
            let code = error.and_then(|error| error.code);
            assert_eq!(code, (!fits).then_some("QUERY_TOO_NESTED"), "{levels} {spreads}");
        }
    }
}

#[test]
fn fragments_that_nothing_uses_are_bounded_too() {
    for (links, spreads, code) in [(150, 1, "QUERY_TOO_NESTED"), (40, 2, "QUERY_TOO_EXPENSIVE")] {
        let mut text = "{ a }".to_owned();
        for at in (0..links).rev() {
            write!(text, " fragment F{at} on T {{ {} }}", format!("...F{} ", at + 1).repeat(spreads))
                .unwrap();
        }
        write!(text, " fragment F{links} on T {{ a }}").unwrap();
        assert_eq!(admit(&text).unwrap_err().code, Some(code));
    }
    let circle = admit("{ a } fragment F on T { ...G } fragment G on T { ...F }").unwrap_err();
    assert_eq!(circle.code, Some("FRAGMENT_CYCLE"));
    assert!(admit("{ a } fragment F on T { b }").is_ok());
}

#[test]
fn what_fragments_unfold_to_is_bounded_in_every_operation() {
    let mut bomb = String::new();
    for at in 0..40 {
        write!(bomb, " fragment F{at} on T {{ ...F{n} ...F{n} }}", n = at + 1).unwrap();
    }
    // It costs nothing, and is not even asked for.
    bomb += " fragment F40 on T { __typename }";
    for text in ["{ ...F0 }", "query A { a } query B { ...F0 }"] {
        let mut request = Request {
            operation_name: text.contains('A').then(|| "A".into()),
            ..request(&(text.to_owned() + &bomb))
        };
        let error = Guard::default().admit(&mut request).unwrap_err();
        assert!(error.message.starts_with("with its fragments unfolded the query has "), "{error:?}");
    }
    let circle = "query A { a } query B { ...F } fragment F on T { ...F ...F }";
    let error = Guard::default()
        .admit(&mut Request { operation_name: Some("A".into()), ..request(circle) })
        .unwrap_err();
    assert_eq!(error.code, Some("FRAGMENT_CYCLE"));
    let wide = format!("{{ {} }} fragment F on Query {{ {} }}", "...F ".repeat(20), "a b c ".repeat(30));
    assert_eq!(admit(&wide).unwrap().fields, ["a", "b", "c"]);
}

#[test]
fn the_schema_is_not_told_in_circles() {
    let text = "{ __type(name: \"A\") { ...T } } fragment T on __Type { fields { type { fields { type { LAST } } } } }";
    assert!(admit(&text.replace("LAST", "name")).is_ok());
    let error = admit(&text.replace("LAST", "possibleTypes { name }")).unwrap_err();
    assert_eq!(error.code, Some("INTROSPECTION_TOO_DEEP"));
    // Fields of those names elsewhere are anybody's.
    assert!(admit("{ a { fields { fields { fields { fields { id } } } } } }").is_ok());
}

#[test]
fn the_schema_is_told_by_switch() {
    let closed = Guard { limits: Limits { introspection: false, ..Limits::default() }, ..Guard::default() };
    for text in [
        "{ __schema { types { name } } }",
        "{ ...F } fragment F on Query { x: __type(name: \"A\") { name } }",
    ] {
        assert!(admit(text).is_ok(), "{text}");
        let error = closed.admit(&mut request(text)).unwrap_err();
        assert_eq!(error.code, Some("INTROSPECTION_DISABLED"), "{text}");
    }
    assert!(closed.admit(&mut request("{ __typename a { __typename } }")).is_ok());
    // What GraphiQL asks, from the reference implementation.
    assert!(admit(include_str!("../../testdata/introspection.graphql")).is_ok());
}

#[test]
fn the_operation_that_is_meant_is_found() {
    let two = "query A { a } mutation B { b }";
    let named = |name: &str| {
        Guard::default().admit(&mut Request { operation_name: Some(name.into()), ..request(two) })
    };
    assert_eq!(named("B").unwrap().kind, Kind::Mutation);
    for error in [admit(two).unwrap_err(), named("C").unwrap_err()] {
        assert_eq!(error.code, Some("OPERATION_RESOLUTION_FAILURE"));
    }
}

#[test]
fn equal_questions_have_equal_keys() {
    let key = |text: &str, variables: Value| Guard::default().admit(&mut with(text, &variables)).unwrap().key;
    let one = key("query Q($a: Int) { x(a: $a, b: \"c  d\") ... on T { y } }", json!({"a": 1, "b": 2}));
    let same = key(
        "# hello\nquery Q ( $a : Int ) {\n x ( a : $a b : \"c  d\" ) ...on T{y} }",
        json!({"b": 2, "a": 1}),
    );
    assert_eq!(one, same);
    for (text, variables) in [
        ("query Q($a: Int) { x(a: $a, b: \"c d\") ... on T { y } }", json!({"a": 1, "b": 2})),
        ("query Q($a: Int) { x(a: $a, b: \"c  d\") ... on T { y } }", json!({"a": 2, "b": 2})),
        ("query R($a: Int) { x(a: $a, b: \"c  d\") ... on T { y } }", json!({"a": 1, "b": 2})),
    ] {
        assert_ne!(one, key(text, variables), "{text}");
    }
    assert_ne!(key("{ a b }", json!({})), key("{ ab }", json!({})));
    assert_ne!(key(r#"{ a(b: ["" "a"]) }"#, json!({})), key(r#"{ a(b: ["""a"""]) }"#, json!({})));
}

#[test]
fn a_key_has_all_extensions_but_the_hash_of_the_text() {
    let key = |extensions: Value| {
        let extensions = extensions.as_object().unwrap().clone();
        Guard::default().admit(&mut Request { extensions, ..request("{ a }") }).unwrap().key
    };
    let none = key(json!({}));
    assert_ne!(none, key(json!({"tenant": "a"})));
    assert_ne!(key(json!({"tenant": "a"})), key(json!({"tenant": "b"})));
    let hash = json!({"persistedQuery": {"version": 1, "sha256Hash": digest_of("{ a }")}});
    assert_eq!(none, key(hash));
}

fn hashed(text: Option<&str>, hash: &str) -> Request {
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": hash}});
    Request {
        query: text.map(str::to_owned),
        extensions: extensions.as_object().unwrap().clone(),
        ..Request::default()
    }
}

/// Of `{__typename}`, as Apollo's documentation has it.
const HASH: &str = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";

#[test]
fn a_text_is_known_by_its_hash_once_it_was_brought() {
    let off = Guard::default().admit(&mut hashed(None, HASH)).unwrap_err();
    assert_eq!(
        (&*off.message, off.code),
        ("PersistedQueryNotSupported", Some("PERSISTED_QUERY_NOT_SUPPORTED"))
    );
    let guard = Guard { persisted: Persisted::Automatic(Registered::new(40)), ..Guard::default() };
    let unknown = guard.admit(&mut hashed(None, HASH)).unwrap_err();
    assert_eq!(
        (&*unknown.message, unknown.code),
        ("PersistedQueryNotFound", Some("PERSISTED_QUERY_NOT_FOUND"))
    );
    let wrong = guard.admit(&mut hashed(Some("{ a }"), HASH)).unwrap_err();
    assert_eq!(&*wrong.message, "provided sha does not match query");
    assert!(guard.admit(&mut hashed(Some("{__typename}"), HASH)).is_ok());
    let mut known = hashed(None, HASH);
    assert!(guard.admit(&mut known).is_ok());
    assert_eq!(known.query.as_deref(), Some("{__typename}"));
    // What is older gives way.
    let other = "{ abcdefghijklmnopqrstuvwxyz }";
    let mut hash = String::new();
    for byte in persisted::sha256(other) {
        write!(hash, "{byte:02x}").unwrap();
    }
    assert!(guard.admit(&mut hashed(Some(other), &hash)).is_ok());
    assert!(guard.admit(&mut hashed(None, &hash)).is_ok());
    assert!(guard.admit(&mut hashed(None, HASH)).is_err());
}

#[test]
fn beside_a_list_nothing_is_run() {
    let list = AllowList::new(["{__typename}".to_owned(), "query A { a }".to_owned()]).unwrap();
    let guard = Guard { persisted: Persisted::Only(list), ..Guard::default() };
    assert!(guard.admit(&mut hashed(None, HASH)).is_ok());
    assert!(guard.admit(&mut request("query A{a}")).is_ok());
    let error = guard.admit(&mut request("query A { a b }")).unwrap_err();
    assert_eq!(error.code, Some("OPERATION_NOT_ALLOWED"));
    let (at, error) = AllowList::new(["{ a }".to_owned(), "{".to_owned()]).unwrap_err();
    assert_eq!((at, error.code), (1, Some("GRAPHQL_PARSE_FAILED")));
}

proptest::proptest! {
    /// Whatever comes, there is an answer, and what has no tokens but those of a query is the same query.
    #[test]
    fn no_text_breaks_it(text in "[{}()\\[\\]:!$@.\"\\\\a-c0-9#, \n=|&é]{0,120}") {
        let first = Guard::default().admit(&mut request(&text));
        if let Ok(first) = first {
            let normal = tokens::scan(&text, &Limits::default()).unwrap().normal;
            let again = Guard::default().admit(&mut request(&normal)).unwrap();
            proptest::prop_assert_eq!(first.key, again.key);
        }
    }
}
