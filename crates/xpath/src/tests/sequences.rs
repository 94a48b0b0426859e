//! Functions on sequences, with functions, and of what is around (Functions and Operators 3.1 §3, §14, §16).

use super::{are, is, text_of};
use crate::Version;

#[test]
fn parts() {
    is(&[
        ("empty(()), empty(1), exists(()), exists((1, 2))", "true, false, false, true"),
        ("empty([]), empty(map {}), empty('')", "false, false, false"),
        ("head(1 to 5), head(()), head(([1, 2], 3))", "1, [1, 2]"),
        ("tail(1 to 5), tail('a'), tail(())", "2, 3, 4, 5"),
        ("insert-before(('a', 'b', 'c'), 0, 'z')", "z, a, b, c"),
        ("insert-before(('a', 'b', 'c'), 1, 'z')", "z, a, b, c"),
        ("insert-before(('a', 'b', 'c'), 2, ('y', 'z'))", "a, y, z, b, c"),
        ("insert-before(('a', 'b', 'c'), 4, 'z')", "a, b, c, z"),
        (
            "insert-before(('a', 'b', 'c'), 99999999999999999999, 'z'), insert-before((), -5, 1)",
            "a, b, c, z, 1",
        ),
        (
            "remove(('a', 'b', 'c'), 0), remove(('a', 'b', 'c'), 1), remove(('a', 'b', 'c'), 6)",
            "a, b, c, b, c, a, b, c",
        ),
        ("remove((), 3), remove((1, 2), -1)", "1, 2"),
        (
            "reverse(('a', 'b', 'c')), reverse('hello'), reverse(()), reverse([1, 2, 3])",
            "c, b, a, hello, [1, 2, 3]",
        ),
        ("subsequence(1 to 5, 4), subsequence(1 to 5, 3, 2)", "4, 5, 3, 4"),
        (
            "subsequence(1 to 5, 0, 3), subsequence(1 to 5, 1.5, 2), subsequence(1 to 5, 2.5)",
            "1, 2, 2, 3, 3, 4, 5",
        ),
        ("subsequence(1 to 5, -2, 5), subsequence(1 to 5, 0.4999999999999999, 2)", "1, 2, 1"),
        ("subsequence(1 to 5, number('x')), subsequence(1 to 5, 1, number('x'))", ""),
        ("subsequence(1 to 5, -1e0 div 0, 1e0 div 0), subsequence(1 to 3, -1e0 div 0)", "1, 2, 3"),
        (
            "subsequence(1 to 5, 3, 1e0 div 0), subsequence(1 to 5, 1e0 div 0), subsequence(1 to 3, 1, -1)",
            "3, 4, 5",
        ),
        ("subsequence(1 to 3, 2, 0.5), subsequence(1 to 3, 2, 0.4), subsequence((), 1)", "2"),
        ("unordered((3, 1, 2))", "3, 1, 2"),
        ("zero-or-one(()), zero-or-one(1), one-or-more((1, 2)), exactly-one('a')", "1, 1, 2, a"),
        ("zero-or-one((1, 2))", "!FORG0003"),
        ("one-or-more(())", "!FORG0004"),
        ("exactly-one(())", "!FORG0005"),
        ("exactly-one((1, 2))", "!FORG0005"),
        ("position(), last(), (4, 5) ! (position() * 10 + last())", "1, 1, 12, 22"),
        ("function() { position() }()", "!XPDY0002"),
        ("function() { last() }()", "!XPDY0002"),
        ("(1 to 9)[position() = last() - 1]", "8"),
    ]);
}

#[test]
fn values_that_are_the_same() {
    is(&[
        ("distinct-values((1, 2.0, 3, 2)), distinct-values(())", "1, 2, 3"),
        ("distinct-values((1, 1.0, 1e0, xs:float(1), '1', xs:untypedAtomic('1')))", "1, 1"),
        ("count(distinct-values((number('x'), xs:float('NaN'), 1)))", "2"),
        ("count(distinct-values((0e0, -0e0, 0)))", "1"),
        (
            "distinct-values((xs:untypedAtomic('cherry'), xs:untypedAtomic('plum'), xs:untypedAtomic('plum')))",
            "cherry, plum",
        ),
        ("distinct-values(('a', xs:anyURI('a'), 'A')), distinct-values(//@x)", "a, A, 1, 2"),
        ("distinct-values((true(), 'true', 1))", "true, true, 1"),
        (
            "distinct-values(('a', 'A', 'b'), 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "a, b",
        ),
        ("distinct-values('a', 'http://nothing')", "!FOCH0002"),
        (
            "count(distinct-values((xs:time('10:00:00Z'), xs:time('12:00:00+02:00'), xs:date('2000-01-01'))))",
            "2",
        ),
        (
            "count(distinct-values((xs:dateTime('2000-01-01T00:00:00'), xs:dateTime('2000-01-01T00:00:00Z'))))",
            "1",
        ),
        (
            "count(distinct-values((xs:duration('P1Y'), xs:yearMonthDuration('P12M'), xs:dayTimeDuration('PT0S'), xs:duration('P0Y'))))",
            "2",
        ),
        ("count(distinct-values((xs:hexBinary('61'), xs:base64Binary('YQ=='), xs:hexBinary('61'))))", "2"),
        ("count(distinct-values((QName('a', 'b'), QName('a', 'p:b'), QName('c', 'b'))))", "2"),
        ("count(distinct-values((xs:float(16777216), 16777217)))", "1"),
        ("count(distinct-values((xs:decimal('0.1'), 0.1e0, xs:float('0.1'))))", "1"),
        ("distinct-values(abs#1)", "!FOTY0013"),
        (
            "index-of((10, 20, 30, 40), 35), index-of((10, 20, 30, 30, 20, 10), 20), index-of(('a', 'b'), 'b')",
            "2, 5, 2",
        ),
        (
            "index-of(('a', 1, 'A'), 'a'), index-of((1, '1'), 1.0), index-of((), 1), index-of(number('x'), number('x'))",
            "1, 1",
        ),
        (
            "index-of(('a', 'A'), 'A', 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "1, 2",
        ),
        ("index-of(//a, 't'), index-of((//@x, 7), '2'), index-of(1, ())", "!XPTY0004"),
        ("index-of(//a, 't'), index-of((//@x, 7), '2'), index-of([1, [5, 6]], 6)", "1, 2, 3"),
        (
            "deep-equal((1, 2), (1, 2.0)), deep-equal((), ()), deep-equal(1, ()), deep-equal(number('x'), number('x'))",
            "true, true, false, true",
        ),
        ("deep-equal(//a[1], parse-xml('<a x=\"1\">t</a>')/*), deep-equal(//a[1], //a[2])", "true, false"),
        (
            "deep-equal('a', 'A', 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "true",
        ),
        ("deep-equal(abs#1, abs#1)", "!FOTY0015"),
        ("deep-equal([1, map {'a': 2}], [1, map {'a': 2e0}]), deep-equal(1, 'a')", "true, false"),
        ("count(distinct-values(1 to 50000))", "50000"),
        ("count(distinct-values((1 to 50000) ! string(.)))", "50000"),
        ("count(distinct-values(1700000000001 to 1700000050000))", "50000"),
        ("count(distinct-values((1700000000001 to 1700000020000) ! xs:double(.)))", "20000"),
        ("count(distinct-values((1 to 20000) ! (. div 1000000)))", "20000"),
        ("count(distinct-values((3, 3.0, 3.00, -3, 0.30, 0.3, 1e-3, 0.001)))", "4"),
        ("count(distinct-values((3, 3.0, 3.00, -3, 0.30, 0.3)))", "3"),
    ]);
}

#[test]
fn functions_of_functions() {
    is(&[
        ("for-each(1 to 5, function($a) { $a * $a }), for-each((), abs#1)", "1, 4, 9, 16, 25"),
        ("for-each(('john', 'jane'), string-to-codepoints#1)", "106, 111, 104, 110, 106, 97, 110, 101"),
        ("for-each(('23', '29'), xs:int#1)", "23, 29"),
        ("for-each((1, 2), [7, 8]), for-each('a', map {'a': (1, 2)})", "7, 8, 1, 2"),
        ("filter(1 to 10, function($a) { $a mod 2 = 0 }), filter((), boolean#1)", "2, 4, 6, 8, 10"),
        ("filter(1 to 2, function($a) { $a })", "!XPTY0004"),
        ("filter(1 to 2, function($a) { () })", "!XPTY0004"),
        ("filter(1 to 2, function($a, $b) { true() })", "!XPTY0004"),
        (
            "fold-left(1 to 5, 0, function($a, $b) { $a + $b }), fold-left((2, 3, 5, 7), 1, function($a, $b) { $a * $b })",
            "15, 210",
        ),
    ]);
}

#[test]
fn folds_and_applications() {
    is(&[
        ("fold-left((true(), false(), false()), false(), function($a, $b) { $a or $b })", "true"),
        (
            "fold-left(1 to 5, (), function($a, $b) { ($b, $a) }), fold-left((), 'z', concat#2)",
            "5, 4, 3, 2, 1, z",
        ),
        (
            "fold-left(1 to 5, '', concat(?, '.', ?)), fold-left(1 to 5, '$zero', concat('$f(', ?, ', ', ?, ')'))",
            ".1.2.3.4.5, $f($f($f($f($f($zero, 1), 2), 3), 4), 5)",
        ),
        (
            "fold-left(1 to 5, map {}, function($map, $n) { map:put($map, $n, $n * 2) })",
            "{1: 2, 2: 4, 3: 6, 4: 8, 5: 10}",
        ),
        (
            "fold-right(1 to 5, 0, function($a, $b) { $a + $b }), fold-right(1 to 5, '', concat(?, '.', ?))",
            "15, 1.2.3.4.5.",
        ),
        (
            "fold-right(1 to 5, '$zero', concat('$f(', ?, ', ', ?, ')'))",
            "$f(1, $f(2, $f(3, $f(4, $f(5, $zero)))))",
        ),
        (
            "for-each-pair(('a', 'b', 'c'), ('x', 'y', 'z', 'w'), concat#2), for-each-pair(1 to 5, 1 to 5, function($a, $b) { 10 * $a + $b })",
            "ax, by, cz, 11, 22, 33, 44, 55",
        ),
        (
            "let $s := 1 to 8 return for-each-pair($s, tail($s), function($a, $b) { $a * $b })",
            "2, 6, 12, 20, 30, 42, 56",
        ),
    ]);
}

#[test]
fn functions_are_found_and_told_of() {
    is(&[
        (
            "apply(concat#3, ['a', 'b', 'c']), apply(abs#1, [-1]), apply([5, 6], [2]), apply(current-dateTime#0, []) ! 1",
            "abc, 1, 6, 1",
        ),
        ("apply(concat#3, ['a', 'b'])", "!FOAP0001"),
        ("apply(map {}, [])", "!FOAP0001"),
        ("let $f := fold-left#3 return $f(1 to 3, 0, function($a, $b) { $a + $b })", "6"),
        (
            "function-lookup(xs:QName('fn:substring'), 2)('abcd', 2), function-lookup(QName('http://www.w3.org/2001/XMLSchema', 'int'), 1)('7')",
            "bcd, 7",
        ),
        (
            "empty((function-lookup(QName('u', 'substring'), 2), function-lookup(xs:QName('fn:substring'), 9), function-lookup(xs:QName('fn:abs'), -1)))",
            "true",
        ),
        (
            "function-lookup(xs:QName('fn:concat'), 5) ! function-arity(.), function-lookup(xs:QName('map:size'), 1)(map {1: 1})",
            "5, 1",
        ),
        (
            "//a[1]/function-lookup(xs:QName('fn:local-name'), 0)(), (4, 5) ! function-lookup(xs:QName('fn:position'), 0)()",
            "a, 1, 2",
        ),
        (
            "function-name(substring#2), function-name(map:size#1), function-name(xs:int#1), empty(function-name(function($a) { 1 }))",
            "fn:substring, map:size, xs:int, true",
        ),
        (
            "function-name(substring#2) eq QName('http://www.w3.org/2005/xpath-functions', 'substring')",
            "true",
        ),
        ("empty((function-name(map {}), function-name([1]), function-name(concat('a', ?))))", "true"),
        (
            "function-arity(concat#5), function-arity(function($a, $b) { 1 }), function-arity(concat('a', ?, ?)), function-arity(map {}), function-arity([])",
            "5, 2, 2, 1, 1",
        ),
        ("function-arity(1)", "!XPTY0004"),
        ("fold-left(1 to 100000, [], function($a, $b) { [$a] }) ! 1", "1"),
    ]);
}

#[test]
fn sorting() {
    is(&[
        ("sort((1, 4, 6, 5, 3)), sort(()), sort('a')", "1, 3, 4, 5, 6, a"),
        ("sort((1, -2, 5, 10, -10, 10, 8), (), abs#1)", "1, -2, 5, 8, 10, -10, 10"),
        (
            "sort(('b', 'a', 'C')), sort(('b', 'a', 'C'), 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "C, a, b, a, b, C",
        ),
        (
            "sort((3, number('x'), 1, xs:float('NaN'), 2.5, -1e0 div 0)) ! string()",
            "NaN, NaN, -INF, 1, 2.5, 3",
        ),
        ("sort(//a/@x, (), function($x) { -number($x) })", "@x=2, @x=1"),
        ("sort((2, 1, 3), (), function($x) { if ($x = 2) then () else $x })", "2, 1, 3"),
        ("sort(([2, 1], [1, 5], [1], [1, 3])) ! array:size(.)", "1, 2, 2, 2"),
        ("sort((1, 'a'))", "!XPTY0004"),
        ("sort((number('x'), 'a'))", "!XPTY0004"),
        (
            "sort((true(), false())), sort((xs:date('2001-01-01'), xs:date('2000-01-01')))",
            "false, true, 2000-01-01, 2001-01-01",
        ),
        ("sort((xs:untypedAtomic('10'), xs:untypedAtomic('9'), 'b'))", "10, 9, b"),
        ("sort((abs#1, abs#1))", "!FOTY0013"),
        ("sort(1, 'http://nothing')", "!FOCH0002"),
        ("(sort(reverse(1 to 20000)))[position() = (1, 20000)]", "1, 20000"),
        ("sort((1 to 4), (), function($x) { $x mod 2 })", "2, 4, 1, 3"),
    ]);
}

#[test]
fn what_is_around() {
    is(&[
        ("error()", "!FOER0000"),
        ("error(())", "!FOER0000"),
        ("error(QName('http://www.w3.org/2005/xqt-errors', 'err:FOXX0001'))", "!FOXX0001"),
        ("error(QName('http://a', 'b'), 'text')", "!Q{http://a}b"),
        ("error(QName('', 'b'), 'text', (1, 2))", "!Q{}b"),
        ("error((), 'text')", "!FOER0000"),
        ("1 + error()", "!FOER0000"),
        ("trace((1, 2), 'a'), trace(3)", "1, 2, 3"),
        ("static-base-uri(), environment-variable('PATH'), available-environment-variables()", ""),
        ("default-language(), default-language() instance of xs:language", "en, true"),
        ("doc(()), unparsed-text(()), unparsed-text-lines(())", ""),
        ("doc('a.xml')", "!FODC0002"),
        (
            "doc-available('a.xml'), doc-available(()), unparsed-text-available('a'), unparsed-text-available((), 'utf-8')",
            "false, false, false, false",
        ),
        ("collection()", "!FODC0002"),
        ("collection('a')", "!FODC0002"),
        ("uri-collection()", "!FODC0002"),
        ("unparsed-text('a')", "!FOUT1170"),
        ("unparsed-text('a', 'utf-8')", "!FOUT1170"),
        ("unparsed-text-lines('a')", "!FOUT1170"),
        ("load-xquery-module('a')", "!FOQM0006"),
        ("load-xquery-module('')", "!FOQM0001"),
        ("transform(map {})", "!FOXT0004"),
    ]);
    are(Version::V20, &[("error(())", "!XPTY0004"), ("error()", "!FOER0000"), ("trace(1, 'a')", "1")]);
    assert_eq!(text_of("trace(1)", Version::V30, super::XML), "!XPST0017");
}

#[test]
fn what_stands_deep_or_often_is_bounded() {
    let deep = [
        "fold-left(1 to 3000, [1], function($a, $b) { [$a] })",
        "fold-left(1 to 3000, 1, function($a, $b) { map {1: $a} })",
        "fold-left(1 to 3000, abs#1, function($f, $i) { function($x) { $f($x) } })",
        "fold-left(1 to 3000, abs#1, function($f, $i) { $f(?) })",
        "fold-left(1 to 3000, abs#1, function($f as function(item()) as item(), $i) { $f })",
        "fold-right(1 to 3000, [1], function($b, $a) { [$a, 'x'] })",
        "array:fold-left(array {1 to 3000}, [1], function($a, $b) { array:append([], $a) })",
        "fold-left(1 to 60, [1], function($a, $b) { [$a, $a] })",
        "fold-left(1 to 60, map {}, function($a, $b) { map {1: $a, 2: $a} })",
    ];
    let uses = [
        "count(.)",
        "data(.)",
        ". = 1",
        "string-join(.)",
        "array:flatten(.)",
        "deep-equal(., [.])",
        "deep-equal(., .)",
        "sort((., .))",
        ". instance of array(array(*))",
        ". instance of function(item()) as item()",
        ".(1)",
        "?*",
        "serialize(., map {'method': 'json'})",
        "apply(., [1])",
        "distinct-values(.)",
        "map:size(.)",
        "function-name(.)",
        "function-arity(.)",
        "array:join(.)",
        "map:find(., 1)",
        "max(.)",
        "xs:int(.)",
        "map:merge(.)",
        "for-each(1, .)",
        "if (.) then 1 else 2",
        "[.]",
        "map {1: .}",
        "filter(1, .)",
        "array:sort(.)",
        "not(.)",
        "array:sort([., .])",
    ];
    let bounded = |run: &(dyn Fn() + Sync)| {
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(1 << 20);
            thread.spawn_scoped(scope, run).unwrap().join().unwrap();
        });
    };
    for value in deep {
        for with in uses {
            let expression = format!("count({value} ! ({with}))");
            bounded(&|| assert!(!text_of(&expression, Version::V31, super::XML).is_empty(), "{expression}"));
        }
        bounded(&|| {
            let document = crate::Document::parse(super::XML, super::NOW).unwrap();
            let found = crate::XPath::parse(value, Version::V31).unwrap().select(&document);
            assert!(found.is_err(), "{value}");
        });
    }
}
