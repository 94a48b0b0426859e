//! Comparisons and truth values: `XPath` 3.1 §3.7; Functions and Operators 3.1 §4.3, §7 to §11, `fn:deep-equal`.

use super::{are, is, text_of};
use crate::Version;

#[test]
fn values_are_compared() {
    is(&[
        (
            "1 eq 1.0, 1 eq 1e0, 1.5 eq xs:float('1.5'), 0.1 eq 0.1e0, xs:byte(1) eq xs:long(1)",
            "true, true, true, true, true",
        ),
        (
            "xs:float('0.1') eq 0.1e0, xs:float('0.1') eq 0.1, 16777217 eq xs:float('16777216')",
            "false, true, true",
        ),
        (
            "xs:double('NaN') eq xs:double('NaN'), xs:double('NaN') ne 1, xs:double('NaN') lt 1, xs:double('NaN') ge 1",
            "false, true, false, false",
        ),
        (
            "0e0 eq -0e0, xs:double('INF') gt 1e308, 1 lt 1.5, 2 gt 1.5, -1 gt -1.5, -2 lt -1.5",
            "true, true, true, true, true, true",
        ),
        (
            "100000000000000000000000000000000000000 gt 1.5, 1.5 lt 100000000000000000000000000000000000000",
            "true, true",
        ),
        (
            "'a' eq 'a', 'a' lt 'b', 'a' gt 'B', 'a' le 'a', '' lt 'a', 'ab' ge 'b'",
            "true, true, true, true, true, false",
        ),
        ("'a' eq xs:anyURI('a'), xs:token('a') eq 'a', xs:untypedAtomic('a') eq 'a'", "true, true, true"),
        ("'\u{10000}' gt '\u{FFFD}'", "true"),
        ("xs:untypedAtomic('1') eq 1", "!XPTY0004"),
        ("/r/a[1]/@x eq '1', //p:b eq '7'", "true, true"),
        ("1 eq '1'", "!XPTY0004"),
        ("true() eq 1", "!XPTY0004"),
        ("true() eq true(), true() gt false(), true() ne false()", "true, true, true"),
        (
            "xs:date('2001-02-03') eq xs:date('2001-02-03Z'), xs:date('2001-02-03') lt xs:date('2001-02-04')",
            "true, true",
        ),
        ("xs:dateTime('2001-02-03T05:00:00+01:00') eq xs:dateTime('2001-02-03T04:00:00Z')", "true"),
        ("xs:dateTime('2002-04-02T23:00:00-04:00') eq xs:dateTime('2002-04-03T02:00:00-01:00')", "true"),
        (
            "xs:time('08:00:00+09:00') eq xs:time('17:00:00-06:00'), xs:time('21:30:00+10:30') eq xs:time('06:00:00-05:00')",
            "false, true",
        ),
        ("xs:date('2001-02-03') eq xs:dateTime('2001-02-03T00:00:00')", "!XPTY0004"),
        ("xs:dateTimeStamp('2001-02-03T00:00:00Z') eq xs:dateTime('2001-02-03T00:00:00Z')", "true"),
        ("xs:gYear('2001') eq xs:gYear('2001Z'), xs:gYear('2001') ne xs:gYear('2002')", "true, true"),
        ("xs:gYear('2001') lt xs:gYear('2002')", "!XPTY0004"),
        ("xs:gYear('2001') eq xs:gMonth('--01')", "!XPTY0004"),
        (
            "xs:duration('P1Y') eq xs:yearMonthDuration('P12M'), xs:yearMonthDuration('P0M') eq xs:dayTimeDuration('PT0S')",
            "true, true",
        ),
        ("xs:duration('P1Y') eq xs:dayTimeDuration('P365D')", "false"),
        (
            "xs:dayTimeDuration('PT36H') gt xs:dayTimeDuration('P1D'), xs:yearMonthDuration('P1Y') lt xs:yearMonthDuration('P13M')",
            "true, true",
        ),
        ("xs:duration('P1Y') lt xs:duration('P2Y')", "!XPTY0004"),
        ("xs:yearMonthDuration('P1Y') lt xs:dayTimeDuration('P1D')", "!XPTY0004"),
        (
            "xs:hexBinary('0f') eq xs:hexBinary('0F'), xs:hexBinary('0f') lt xs:hexBinary('10'), xs:hexBinary('') lt xs:hexBinary('00')",
            "true, true, true",
        ),
        ("xs:hexBinary('00') eq xs:base64Binary('AA==')", "!XPTY0004"),
        ("xs:QName('fn:a') eq QName('http://www.w3.org/2005/xpath-functions', 'x:a')", "true"),
        ("xs:QName('a') lt xs:QName('b')", "!XPTY0004"),
        ("xs:QName('a') eq 'a'", "!XPTY0004"),
        ("() eq 1, 1 lt ()", ""),
        ("(1, 2) eq 1", "!XPTY0004"),
        ("[1] eq 1, ([], 1) eq 1", "true, true"),
        ("[1, 2] eq 1", "!XPTY0004"),
        ("abs#1 eq 1", "!FOTY0013"),
        ("map {} eq 1", "!FOTY0013"),
    ]);
}

#[test]
fn items_are_compared() {
    is(&[
        (
            "(1, 2) = (2, 3), (1, 2) != (1, 2), (1, 2) < 2, (1, 2) > 2, () = (), () != 1",
            "true, true, true, false, false, false",
        ),
        (
            "//@x = 1, //@x = '2', //@x > 1, //@x != //@x, //a = 't', //p:b = 7.0",
            "true, true, true, true, true, true",
        ),
        ("//a = 1", "!FORG0001"),
        ("//@x = true()", "true"),
        (
            "xs:untypedAtomic('2001-02-03') = xs:date('2001-02-03'), xs:untypedAtomic('P1Y') = xs:yearMonthDuration('P12M')",
            "true, true",
        ),
        (
            "xs:untypedAtomic('P1D') = xs:dayTimeDuration('PT24H'), xs:untypedAtomic('P1Y') = xs:duration('P12M')",
            "true, true",
        ),
        (
            "xs:untypedAtomic('10') < xs:untypedAtomic('9'), xs:untypedAtomic('10') < 9, '10' < xs:untypedAtomic('9')",
            "true, false, true",
        ),
        ("xs:untypedAtomic('x') = xs:date('2001-02-03')", "!FORG0001"),
        ("xs:untypedAtomic('0F') = xs:hexBinary('0f'), xs:untypedAtomic(' true ') = true()", "true, true"),
        ("1 = 'a'", "!XPTY0004"),
        ("(1, 'a') = 'a'", "!XPTY0004"),
        ("('a', 1) = 'a'", "true"),
        ("[1, [2, 3]] = 3, [] = 1", "true, false"),
        ("abs#1 = 1", "!FOTY0013"),
        ("xs:double('NaN') = xs:double('NaN'), xs:double('NaN') != xs:double('NaN')", "false, true"),
        (
            "(1 to 5000) = (5000 to 9999), (1 to 5000) = (5001 to 9999), (1 to 5000) < (1 to 5000)",
            "true, false, true",
        ),
        (
            "(1 to 5000) > (5000 to 9999), (1 to 5000) >= (5000 to 9999), (1 to 100) != (1 to 100)",
            "false, true, true",
        ),
        (
            "for $a in (1 to 100) ! 'a', $b in 'a' return () , ((1 to 100) ! 'a') != ((1 to 100) ! 'a')",
            "false",
        ),
        (
            "((1 to 100) ! string()) = ((101 to 200) ! string()), ((1 to 100) ! string()) = ((100 to 200) ! string())",
            "false, true",
        ),
        ("((1 to 2000) ! xs:double(.)) = ((3000 to 5000) ! xs:double(.))", "!XPDY0130"),
    ]);
}

#[test]
fn items_are_compared_as_in_1_0() {
    are(
        Version::V10,
        &[
            ("//@x = 1", "true"),
            ("//@x != 1", "true"),
            ("//a = 't'", "true"),
            ("//a = 1", "false"),
            ("//a != 1", "true"),
            ("//a > 0", "false"),
            ("//zz = //zz", "false"),
            ("//zz != 1", "false"),
            ("//zz = false()", "true"),
            ("//a = true()", "true"),
            ("true() = 'x'", "true"),
            ("true() = 5", "true"),
            ("true() > 0", "true"),
            ("true() < 5", "true"),
            ("true() < //a", "false"),
            ("false() < //a", "true"),
            ("//zz < true()", "true"),
            ("'1' = 1.0", "true"),
            ("'1' = '1.0'", "false"),
            ("'2' > '10'", "false"),
            ("'1e1' = 10", "false"),
            ("' 10 ' = 10", "true"),
            ("'+1' = 1", "false"),
            ("'' = 0", "false"),
            ("number('1e1')", "NaN"),
            ("number('+1')", "NaN"),
            ("number(' -.5 ')", "-0.5"),
            ("number('INF')", "NaN"),
            ("'1e1' + 1", "NaN"),
            ("'1' + 1", "2"),
            ("//@x < //@x", "true"),
            ("//@x > 2", "false"),
            ("'NaN' = number('a')", "false"),
            ("number('a') != number('a')", "true"),
            ("string(0.1)", "0.1"),
            ("string(1 div 3)", "0.3333333333333333"),
            ("string-length(12.50)", "4"),
            ("contains(//a, 't')", "true"),
            ("contains(//zz, '')", "true"),
            ("substring('abc', '2')", "bc"),
            ("floor('x')", "NaN"),
            ("floor(//@x)", "1"),
            ("not(//zz)", "true"),
            ("boolean('')", "false"),
            ("boolean('false')", "true"),
            ("boolean(0)", "false"),
            ("boolean(//b)", "true"),
            ("boolean(number('a'))", "false"),
        ],
    );
}

#[test]
fn truth() {
    is(&[
        ("true(), false(), not(true()), not(()), not((/r, 1))", "true, false, false, true, false"),
        (
            "boolean('a'), boolean(''), boolean(0), boolean(xs:double('NaN')), boolean(0.0), boolean(-1)",
            "true, false, false, false, false, true",
        ),
        ("boolean(xs:anyURI('')), boolean(xs:untypedAtomic('0')), boolean(())", "false, true, false"),
        ("boolean((1, 2))", "!FORG0006"),
        ("boolean((1, /r))", "!FORG0006"),
        ("boolean(xs:date('2001-02-03'))", "!FORG0006"),
        ("boolean([])", "!FORG0006"),
        ("boolean(map {})", "!FORG0006"),
        ("not(xs:QName('a'))", "!FORG0006"),
    ]);
}

#[test]
fn all_is_equal() {
    is(&[
        (
            "deep-equal((1, 2), (1.0, 2e0)), deep-equal((), ()), deep-equal(1, ()), deep-equal((1, 2), (2, 1))",
            "true, true, false, false",
        ),
        (
            "deep-equal(1, '1'), deep-equal(xs:double('NaN'), xs:float('NaN')), deep-equal(xs:untypedAtomic('a'), 'a')",
            "false, true, true",
        ),
        (
            "deep-equal(xs:untypedAtomic('1'), 1), deep-equal(1, true()), deep-equal(/r, 'tuv7')",
            "false, false, false",
        ),
        (
            "deep-equal(map {1: 'a', 2: 'b'}, map {2: 'b', 1.0: 'a'}), deep-equal(map {1: 'a'}, map {1: 'b'}), deep-equal(map {}, [])",
            "true, false, false",
        ),
        (
            "deep-equal([1, [2]], [1, [2]]), deep-equal([1, 2], [[1, 2]]), deep-equal([(1, 2)], [1, 2])",
            "true, false, false",
        ),
        ("deep-equal(abs#1, abs#1)", "!FOTY0015"),
        ("deep-equal(1, abs#1)", "!FOTY0015"),
        (
            "deep-equal(/r, /r), deep-equal(//a[1], //a[2]), deep-equal(//a[1]/@x, //a[2]/@x)",
            "true, false, false",
        ),
        ("deep-equal(//a[1]/text(), 't'), deep-equal(//a[1]/@x/string(), '1')", "false, true"),
        (
            "deep-equal(parse-xml('<a y=\"2\" x=\"1\">t<!--c--><?p?><b/></a>'), parse-xml('<a x=\"1\" y=\"2\">t<b/></a>'))",
            "true",
        ),
        ("deep-equal(parse-xml('<a>xy</a>'), parse-xml('<a>x<!--c-->y</a>'))", "false"),
        ("deep-equal(parse-xml('<a xmlns=\"u\"/>'), parse-xml('<p:a xmlns:p=\"u\"/>'))", "true"),
        (
            "deep-equal(parse-xml('<a x=\"1\"/>'), parse-xml('<a/>')), deep-equal(parse-xml('<a> </a>'), parse-xml('<a/>'))",
            "false, false",
        ),
        (
            "deep-equal(//comment(), parse-xml('<a><!--c--></a>')//comment()), deep-equal(//comment(), //processing-instruction())",
            "true, false",
        ),
        (
            "deep-equal('a', 'A', 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "true",
        ),
        (
            "deep-equal(xs:date('2001-02-03'), xs:date('2001-02-03Z')), deep-equal(xs:QName('xs:a'), xs:QName('a'))",
            "true, false",
        ),
    ]);
}

#[test]
fn comparisons_are_bounded() {
    let long = format!("<a><b>{0}</b><c>{0}</c></a>", "x".repeat(1 << 20));
    let many = "let $d := . return count((1 to 10000)[$d//b/text() eq $d//c/text()])";
    assert_eq!(text_of(many, Version::V31, &long), "!XPDY0130");
    let nested = "let $a := fold-left(1 to 600, [], function($a, $i) { [$a] }) return deep-equal($a, [$a])";
    assert_eq!(text_of(nested, Version::V31, "<a/>"), "!XPDY0130");
}
