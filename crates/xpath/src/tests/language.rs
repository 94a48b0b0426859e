//! The language itself: `XPath` 3.1 §3.

use super::{are, is, text_of};
use crate::Version;

#[test]
fn paths_and_predicates() {
    is(&[
        ("/r/a", r#"<a x="1">t</a>, <a x="2" y="k">u<b/>v</a>"#),
        ("/r/a/@x", "@x=1, @x=2"),
        ("//b/..", r#"<a x="2" y="k">u<b/>v</a>"#),
        ("//a[2]/@y/string()", "k"),
        ("(//a)[last()]/@x/string()", "2"),
        ("//a[@x > 1]/@x/string()", "2"),
        ("//a[position() = 1]/text()", "t"),
        ("/r/p:b/text()", "7"),
        ("/r/*:b/text()", "7"),
        ("/r/Q{urn:p}b/text()", "7"),
        ("/r/@p:*", "@k=v"),
        ("count(//node())", "11"),
        ("count(//@*)", "4"),
        ("/r/comment()", "<!--c-->"),
        ("/r/processing-instruction('pi')/string()", "d"),
        ("//b/ancestor::*/name()", "r, a"),
        ("//b/ancestor-or-self::*[1]/name()", "b"),
        ("//b/preceding::*/name()", "a"),
        ("//@y/preceding::node(), //@y/following::node()[1]", "<a x=\"1\">t</a>, t, u"),
        ("//p:b/preceding::node()[last()]/name(), //a[1]/@x/following::*[1]/@y", "a, @y=k"),
        ("//b/following::*/name()", "p:b"),
        ("/r/a[2]/preceding-sibling::*[1]/@x/string()", "1"),
        ("/r/a[1]/following-sibling::a/@x/string()", "2"),
        ("//a/(@x, text())/string()", "1, t, 2, u, v"),
        ("(1, 2, 3)[. > 1]", "2, 3"),
        ("//*[@x/number()]/name(), //*[b/string-length()]", "a, a"),
        ("//a[@x/xs:integer(.)]/@x, //*[@x/number() = 2]/@y", "@x=1, @x=2, @y=k"),
        ("//*[not(position() = 1)]/name(), //*[boolean(last() - 3)]/name()", "a, p:b, r, b"),
        ("(1, 2, 3)[2.0]", "2"),
        ("(1, 2)/a", "!XPTY0019"),
        ("//a/(1, .)", "!XPTY0018"),
        ("1 ! a", "!XPTY0020"),
        ("//q:a", "!XPST0081"),
        ("/r/a[1] is //a[@x = 1], //a[1] << //b, //b >> //a[1], () is //b", "true, true, true"),
        ("(//b | //a[1])/name(), (//a intersect //a[1])/@x/string(), count(//a except //a[1])", "a, b, 1, 1"),
    ]);
}

#[test]
fn operators() {
    is(&[
        ("1 + 2 * 3 - 4", "3"),
        ("(1 + 2) * 3, 7 idiv 2, 7 mod 4, 1 div 4, -(3)", "9, 3, 3, 0.25, -3"),
        ("1 = (1, 2), (1, 2) != (1, 2), 1 eq 1, 'a' lt 'b', () = 1", "true, true, true, true, false"),
        ("1 eq ()", ""),
        ("1 to 3, 3 to 1, count(1 to 100)", "1, 2, 3, 100"),
        ("'a' || 'b' || 1", "ab1"),
        ("for $i in 1 to 2, $j in ('a', 'b') return $j || $i", "a1, b1, a2, b2"),
        ("let $a := 2, $b := $a + 1 return $a * $b", "6"),
        ("some $i in (1, 2) satisfies $i = 2, every $i in (1, 2) satisfies $i = 2", "true, false"),
        ("if (//zz) then 1 else 2", "2"),
        ("1 and 0 or 'x'", "true"),
        (
            "'1' castable as xs:integer, 'x' castable as xs:integer, '1' cast as xs:integer + 1",
            "true, false, 2",
        ),
        (
            "1 instance of xs:integer, (1, 2) instance of xs:integer+, 'a' instance of xs:integer",
            "true, true, false",
        ),
        ("(1 to 3) ! (. * 2)", "2, 4, 6"),
        ("'ab' => upper-case() => concat('!')", "AB!"),
        ("(: a (: comment :) :) 'it''s'", "it's"),
    ]);
}

#[test]
fn functions_maps_and_arrays() {
    is(&[
        ("let $f := function($x as xs:integer) as xs:integer { $x + 1 } return $f(1)", "2"),
        ("for-each(1 to 3, function($i) { $i * $i })", "1, 4, 9"),
        ("let $f := concat('a', ?, 'c') return $f('b')", "abc"),
        ("fold-left(1 to 4, 0, function($a, $b) { $a + $b })", "10"),
        ("upper-case#1('a')", "A"),
        ("map {'a': 1, 'b': (2, 3)}", "{a: 1, b: (2, 3)}"),
        ("map {'a': 1, 'b': 2}?b, map {'a': 1}('a'), map {'a': map {'b': 3}}?a?b", "2, 1, 3"),
        ("[1, (2, 3)]?2, array {1, 2}?*, [5, 6](2)", "2, 3, 1, 2, 6"),
        ("[1]?2", "!FOAY0001"),
        ("(map {'a': 1}, map {'a': 2}) ! ?a", "1, 2"),
        ("function() { . }()", "!XPDY0002"),
        ("$x", "!XPST0008"),
        ("nothing(1)", "!XPST0017"),
        ("concat('a')", "!XPST0017"),
        ("map(1)", "!XPST0003"),
        ("node#0", "!XPST0003"),
        ("/r => text()", "!XPST0003"),
    ]);
}

#[test]
fn versions_have_what_they_brought() {
    let wrong = |version, rows: &[&str]| {
        for row in rows {
            let text = text_of(row, version, super::XML);
            assert!(text.starts_with("!XPST00"), "{version:?} {row}: {text}");
        }
    };
    wrong(
        Version::V10,
        &[
            "1, 2",
            "for $i in //a return $i",
            "lower-case('A')",
            "fn:count(//a)",
            "'a''b'",
            "1 eq 1",
            "/r/(a)",
            ".[1]",
            "..[1]",
        ],
    );
    wrong(Version::V20, &["let $a := 1 return $a", "1 ! 2", "'a' || 'b'", "head(//a)", "function() {1}"]);
    wrong(Version::V30, &["map {}", "[1]", "'a' => upper-case()", "map:size(1)", ".?a"]);
    are(
        Version::V10,
        &[
            ("count(//a) > 1 and //a = 't'", "true"),
            ("//a + 1", "NaN"),
            ("//@x + 1", "2"),
            ("1 = 1 = 1", "true"),
            ("3 > 2 > 1", "false"),
            ("-//@x | //@y", "-1"),
            ("string(1000000 * 1000000)", "1000000000000"),
            ("substring('12345', 0, 3)", "12"),
            ("'a' < 'b'", "false"),
            ("//a[last()]/@x + 0", "2"),
            ("concat(//a, 1 div 0)", "tInfinity"),
        ],
    );
}

#[test]
fn evaluations_are_bounded() {
    let nested = |open: &str, many: usize, within: &str, close: &str| {
        format!("{}{within}{}", open.repeat(many), close.repeat(many))
    };
    let limited = "!XPDY0130";
    for (expression, expected) in [
        ("count(1 to 10000000)".to_owned(), limited),
        ("sum(for $i in 1 to 1000000 return $i)".to_owned(), limited),
        ("let $f := function($f, $n) { $f($f, $n + 1) } return $f($f, 1)".to_owned(), limited),
        ("fold-left(1 to 100, 'a', function($a, $b) { $a || $a })".to_owned(), limited),
        ("fold-left(1 to 100, (1, 2), function($a, $b) { ($a, $a) })".to_owned(), limited),
        (nested("(", 1000, "1", ")"), limited),
        (nested("[", 1000, "1", "]"), limited),
        (nested("-", 1000, "1", ""), limited),
        (nested("a[", 1000, "1", "]"), limited),
        (nested("not(", 1000, "1", ")"), limited),
        (nested("if (1) then 1 else ", 1000, "1", ""), limited),
        (nested("1 + ", 1000, "1", ""), limited),
        (nested("a/", 1000, "a", ""), limited),
        (nested("a!", 1000, "a", ""), limited),
        (nested("1 => (", 1000, "abs#1", ")()"), limited),
        (nested("for $i in 1 return ", 1000, "1", ""), limited),
        (nested("function() {", 1000, "1", "}"), limited),
        (
            nested("(", 9, "a", &format!("{}{}{})", "[1]".repeat(190), "/a".repeat(190), "|a".repeat(190))),
            limited,
        ),
        (nested("1 ", 10_000, "", ""), limited),
        (nested("(", 20, "1 + 1 * 2 || 'a' = 'b' and 1", ")"), "false"),
        (nested("1 + ", 150, "1", ""), "151"),
    ] {
        let run = || text_of(&expression, Version::V31, super::XML);
        // a quarter of what a thread has
        let text = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(1 << 19);
            thread.spawn_scoped(scope, run).unwrap().join().unwrap()
        });
        assert_eq!(text, expected, "{expression}");
    }
    let unions = format!("-a{}", "|a".repeat(1000));
    assert_eq!(text_of(&unions, Version::V10, super::XML), limited);
    let many = format!("<a>{}</a>", "<b><c/></b>".repeat(20_000));
    assert_eq!(text_of("//*[//*[//*[. = 1]]]", Version::V10, &many), limited);
    assert_eq!(text_of("count(//c)", Version::V10, &many), "20000");
}

#[test]
fn errors_say_what_is_wrong() {
    for (version, expression, text) in [
        (Version::V10, "1 eq 1", "at 3 `eq` is of XPath 2.0, and this is XPath 1.0 (XPST0003)"),
        (Version::V10, "//a << //a", "at 5 `<<` is of XPath 2.0, and this is XPath 1.0 (XPST0003)"),
        (Version::V20, "1 || 2", "at 3 `||` is of XPath 3.0, and this is XPath 2.0 (XPST0003)"),
        (Version::V30, "1 => abs()", "at 3 `=>` is of XPath 3.1, and this is XPath 3.0 (XPST0003)"),
        (Version::V30, ".?a", "at 2 `?` is of XPath 3.1, and this is XPath 3.0 (XPST0003)"),
        (Version::V20, "$a", "there is no variable `$a` (XPST0008)"),
        (Version::V20, "(1)(2)", "at 4 a call of a value is of XPath 3.0, and this is XPath 2.0 (XPST0003)"),
        (Version::V10, "//*:a", "at 3 `*:` is of XPath 2.0, and this is XPath 1.0 (XPST0003)"),
        (
            Version::V10,
            "/r/string()",
            "at 4 a step that is no axis and no name is of XPath 2.0, and this is XPath 1.0 (XPST0003)",
        ),
        (
            Version::V10,
            "fn:count(//a)",
            "`fn:count` is no function of XPath 1.0, whose functions have no prefix (XPST0017)",
        ),
        (Version::V31, "concat('a')", "`concat()` takes 2 or more arguments, not 1 (XPST0017)"),
        (Version::V31, "abs(1, 2)", "`abs()` takes 1 argument, not 2 (XPST0017)"),
        (Version::V31, "round(1, 2, 3)", "`round()` takes 1 or 2 arguments, not 3 (XPST0017)"),
        (
            Version::V31,
            "1 + if (1) then 2 else 3",
            "an `if` behind an operator must stand in brackets (XPST0003)",
        ),
        (Version::V31, "map(1)", "`map` is no function: the word is kept for something else (XPST0003)"),
    ] {
        let error = super::evaluate(expression, version, super::XML).unwrap_err();
        assert_eq!(error.to_string(), text, "{expression}");
    }
}

#[test]
fn texts_of_nodes_are_bounded() {
    let xml = format!("<a>{}</a>", format!("{}<!---->", "x".repeat(1000)).repeat(1000));
    let again = "contains(/a, 'y') or ".repeat(100);
    for (version, expression) in [
        (Version::V31, "let $a := /a return (1 to 100) ! ($a ! string-length())"),
        (Version::V31, "let $a := /a return (1 to 100) ! string($a)"),
        (Version::V10, &format!("{again} 1 = 2")),
    ] {
        assert_eq!(text_of(expression, version, &xml), "!XPDY0130", "{expression}");
    }
    let expression = crate::XPath::parse("for $i in 1 to 100 return /a", Version::V31).unwrap();
    let document = crate::Document::parse(&xml, super::NOW).unwrap();
    assert_eq!(expression.select(&document).unwrap_err().code(), "XPDY0130");
}
