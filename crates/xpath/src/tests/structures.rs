//! Maps and arrays: Functions and Operators 3.1 §17.1, §17.3.

use super::{are, is};
use crate::Version;

/// The week of the examples of the specification.
const WEEK: &str = "let $week := map{0:'Sonntag', 1:'Montag', 2:'Dienstag'} return ";

#[test]
fn maps_merge() {
    is(&[
        ("map:merge(())", "{}"),
        ("map:merge((map:entry(0, 'no'), map:entry(1, 'yes')))", "{0: no, 1: yes}"),
        ("map:merge((map{1:'a'}, map{1.0:'b'}))", "{1: a}"),
        ("map:merge((map{1:'a'}, map{1.0:'b'}), map{'duplicates':'use-any'})?1", "a"),
        ("map:merge((map{1:'a', 2:'c'}, map{1.0:'b'}), map{'duplicates':'use-last'})", "{1: b, 2: c}"),
        (
            "map:merge((map{1:'a'}, map{1:('b', 'c')}, map{1:()}), map{'duplicates':'combine'})",
            "{1: (a, b, c)}",
        ),
        ("map:merge((map{1:'a'}, map{2:'b'}), map{'duplicates':'reject'})", "{1: a, 2: b}"),
        ("map:merge((map{1:'a'}, map{1:'b'}), map{'duplicates':'reject'})", "!FOJS0003"),
        ("map:merge((), map{'duplicates':'neither'})", "!FOJS0005"),
        ("map:merge((), map{'duplicates':()})", "!XPTY0004"),
        ("map:merge((), map{'duplicates':1})", "!XPTY0004"),
        ("map:merge((), map{'duplicates':xs:untypedAtomic('combine'), 'other': 1})", "{}"),
        ("map:merge(1)", "!XPTY0004"),
        ("let $m := map{1:'a'} return (map:merge(($m, map{2:'b'})), $m)", "{1: a, 2: b}, {1: a}"),
    ]);
}

#[test]
fn maps_tell_what_they_have() {
    is(&[
        ("map:size(map{})", "0"),
        ("map:size(map{'true':1, 'false':0})", "2"),
        ("map:keys(map{1:'yes', 2:'no'})", "1, 2"),
        ("map:keys(map{})", ""),
        ("map:contains(map{}, 1)", "false"),
        ("map:contains(map{'abc':23}, 'abc')", "true"),
        ("map:contains(map{'abc':()}, 'abc')", "true"),
        ("map:contains(map{1:23}, '1')", "false"),
        ("map:contains(map{1:23}, 1e0)", "true"),
        ("map:contains(map{xs:double('NaN'):1}, xs:float('NaN'))", "true"),
        ("map:contains(map{0e0:1}, -0e0)", "true"),
        ("map:contains(map{xs:anyURI('a'):1}, xs:untypedAtomic('a'))", "true"),
        ("map:contains(map{0.1:1}, 0.1e0)", "false"),
        ("map:contains(map{0.5:1}, xs:float(0.5))", "true"),
        ("map:contains(map{xs:date('2020-01-01'):1}, xs:date('2020-01-01Z'))", "false"),
        ("map:contains(map{xs:time('10:00:00Z'):1}, xs:time('11:00:00+01:00'))", "true"),
        ("map:contains(map{xs:date('2020-01-01'):1}, xs:dateTime('2020-01-01T00:00:00'))", "false"),
        ("map:contains(map{xs:yearMonthDuration('P0M'):1}, xs:dayTimeDuration('PT0S'))", "true"),
        ("map:contains(map{xs:hexBinary('61'):1}, xs:base64Binary('YQ=='))", "false"),
        ("map:contains(map{QName('urn:a', 'x:b'):1}, QName('urn:a', 'y:b'))", "true"),
        ("map:contains(map{true():1}, 'true')", "false"),
        ("map:get(map{1:('a', 'b')}, 1)", "a, b"),
        ("map:get(map{1:'a'}, 2)", ""),
        ("map:get(map{7:()}, 7)", ""),
        ("map:get(map{1:'a'}, ())", "!XPTY0004"),
        ("map{1:'a'}(1), map{'a':2}?a, map{1:2}(3)", "a, 2"),
        ("map{1:'a', 1:'b'}", "!XQDY0137"),
    ]);
}

#[test]
fn maps_change() {
    is(&[
        (
            &format!("{WEEK} map:put($week, 3, 'Mittwoch')"),
            "{0: Sonntag, 1: Montag, 2: Dienstag, 3: Mittwoch}",
        ),
        (&format!("{WEEK} (map:put($week, 1, ()), $week)?1"), "Montag"),
        ("map:keys(map:put(map{1:'a'}, 1.0, 'b')) instance of xs:integer", "false"),
        ("map:entry('M', 'Monday')", "{M: Monday}"),
        ("map:entry('M', ())", "{M: ()}"),
        (&format!("{WEEK} map:remove($week, 1)"), "{0: Sonntag, 2: Dienstag}"),
        (&format!("{WEEK} map:remove($week, (0, 2 to 9))"), "{1: Montag}"),
        (&format!("{WEEK} map:remove($week, ())"), "{0: Sonntag, 1: Montag, 2: Dienstag}"),
        ("map:for-each(map{1:'yes', 2:'no'}, function($k, $v) {$k})", "1, 2"),
        ("map:for-each(map{1:'yes', 2:'no'}, function($k, $v) {$v, $k})", "yes, 1, no, 2"),
        (
            "map:merge(map:for-each(map{'a':1, 'b':2}, function($k, $v) {map:entry($k, $v + 1)}))",
            "{a: 2, b: 3}",
        ),
        ("map:for-each(map{1:1}, function($k) {$k})", "!XPTY0004"),
        (
            "fold-left(1 to 4, map{}, function($m, $i) {map:put($m, $i, $i * $i)})",
            "{1: 1, 2: 4, 3: 9, 4: 16}",
        ),
        ("map:size(fold-left(1 to 100000, map{}, function($m, $i) {map:put($m, $i, $i)}))", "!XPDY0130"),
    ]);
}

#[test]
fn maps_are_searched() {
    is(&[
        (
            "let $r := [map{'name':'engine', 'id':'YW678', 'parts':[map{'name':'valve', 'id':'GH8787', 'parts':[]}]}] \
             return map:find($r, 'parts')",
            "[[{name: valve, id: GH8787, parts: []}], []]",
        ),
        (
            "map:find([map{0:'no', 1:'yes'}, map{0:'non', 1:'oui'}, map{0:'nein', 1:('ja', 'doch')}], 0)",
            "[no, non, nein]",
        ),
        ("map:find([map{0:'no', 1:'yes'}, map{0:'nein', 1:('ja', 'doch')}], 1)", "[yes, (ja, doch)]"),
        ("map:find((1, map{2:3}, <a/>), 5)", "!XPST0003"),
        ("map:find((1, map{2:map{2:3}}, 'a'), 2)", "[{2: 3}, 3]"),
        ("map:find((), 2)", "[]"),
    ]);
}

#[test]
fn arrays_have_places() {
    is(&[
        ("array:size([])", "0"),
        ("array:size([['a', 'b']]), array:size([1, (2, 3)])", "1, 2"),
        ("array:get(['a', ('b', 'c')], 2)", "b, c"),
        ("array:get(['a'], 0)", "!FOAY0001"),
        ("array:get(['a'], 2)", "!FOAY0001"),
        ("array:get([], 1)", "!FOAY0001"),
        ("['a'](1.0)", "!XPTY0004"),
        ("['a', 'b']?2, ['a'](1), ['a', 'b']?*", "b, a, a, b"),
        ("['a']?2", "!FOAY0001"),
        ("array:put(['a', 'b', 'c'], 2, ('d', 'e'))", "[a, (d, e), c]"),
        ("array:put(['a'], 1, ())", "[()]"),
        ("array:put([], 1, 'a')", "!FOAY0001"),
        ("array:append(['a', 'b'], ('c', 'd'))", "[a, b, (c, d)]"),
        ("array:append([], ['a'])", "[[a]]"),
        ("array:insert-before(['a', 'b'], 1, 'x')", "[x, a, b]"),
        ("array:insert-before(['a', 'b'], 3, ('x', 'y'))", "[a, b, (x, y)]"),
        ("array:insert-before(['a', 'b'], 4, 'x')", "!FOAY0001"),
        ("array:insert-before(['a', 'b'], 0, 'x')", "!FOAY0001"),
        ("array:remove(['a', 'b', 'c'], 2)", "[a, c]"),
        ("array:remove(['a', 'b', 'c'], (1, 3, 1))", "[b]"),
        ("array:remove(['a', 'b'], ())", "[a, b]"),
        ("array:remove(['a'], 2)", "!FOAY0001"),
        ("array:head([5, 6]), array:head([()])", "5"),
        ("array:head([])", "!FOAY0001"),
        ("array:tail([5, 6, 7]), array:tail([5])", "[6, 7], []"),
        ("array:tail([])", "!FOAY0001"),
        (
            "let $a := [1, 2] return (array:append($a, 3), array:put($a, 1, 9), $a)",
            "[1, 2, 3], [9, 2], [1, 2]",
        ),
    ]);
}

#[test]
fn arrays_have_parts() {
    is(&[
        ("array:subarray(['a', 'b', 'c', 'd'], 2)", "[b, c, d]"),
        ("array:subarray(['a', 'b', 'c', 'd'], 5)", "[]"),
        ("array:subarray(['a', 'b', 'c', 'd'], 2, 0)", "[]"),
        ("array:subarray(['a', 'b', 'c', 'd'], 2, 1)", "[b]"),
        ("array:subarray(['a', 'b', 'c', 'd'], 5, 0)", "[]"),
        ("array:subarray(['a', 'b', 'c', 'd'], 4, 2)", "!FOAY0001"),
        ("array:subarray(['a', 'b'], 0)", "!FOAY0001"),
        ("array:subarray(['a', 'b'], 4)", "!FOAY0001"),
        ("array:subarray(['a', 'b'], 1, -1)", "!FOAY0002"),
        ("array:subarray(['a', 'b'], 1, 9223372036854775807)", "!FOAY0001"),
        ("array:reverse(['a', ('b', 'c'), 'd']), array:reverse([])", "[d, (b, c), a], []"),
        ("array:join((['a', 'b'], [('c', 'd')], []))", "[a, b, (c, d)]"),
        ("array:join(()), array:join(['a'])", "[], [a]"),
        ("array:flatten([1, 4, 6, 5, 3])", "1, 4, 6, 5, 3"),
        ("array:flatten(([1, 2, 5], ['a', ['b', ()]], map{}))", "1, 2, 5, a, b, {}"),
        ("array:flatten([(1, 0), (1, 1), (0, 1), (0, 0)])", "1, 0, 1, 1, 0, 1, 0, 0"),
        ("array:flatten(())", ""),
    ]);
}

#[test]
fn arrays_take_functions() {
    is(&[
        ("array:for-each(['A', 'B', 1], function($z) {$z instance of xs:integer})", "[false, false, true]"),
        ("array:for-each([1, (2, 3), ()], count#1)", "[1, 2, 0]"),
        ("array:filter(['A', 'B', 1], function($x) {$x instance of xs:integer})", "[1]"),
        ("array:filter(['the', 'cat', ()], function($x) {exists($x)})", "[the, cat]"),
        ("array:filter([1], function($x) {()})", "!XPTY0004"),
        ("array:fold-left([true(), true(), false()], true(), function($x, $y) {$x and $y})", "false"),
        ("array:fold-left([1, 2, 3], 0, function($x, $y) {$x - $y})", "-6"),
        ("array:fold-left([1, 2, 3], [], function($x, $y) {[$x, $y]})", "[[[[], 1], 2], 3]"),
        ("array:fold-right([1, 2, 3], 0, function($x, $y) {$x - $y})", "2"),
        ("array:fold-right([1, 2, 3], [], function($x, $y) {[$x, $y]})", "[1, [2, [3, []]]]"),
        ("array:fold-left([], (1, 2), concat#2)", "1, 2"),
        (
            "array:for-each-pair(['A', 'B', 'C'], [1, 2, 3], function($x, $y) {array{$x, $y}})",
            "[[A, 1], [B, 2], [C, 3]]",
        ),
        (
            "let $a := ['A', 'B', 'C', 'D'] return array:for-each-pair($a, array:tail($a), concat#2)",
            "[AB, BC, CD]",
        ),
    ]);
}

#[test]
fn arrays_are_sorted() {
    is(&[
        ("array:sort([1, 4, 6, 5, 3])", "[1, 3, 4, 5, 6]"),
        ("array:sort([1, -2, 5, 10, -10, 10, 8], (), abs#1)", "[1, -2, 5, 8, 10, -10, 10]"),
        ("array:sort([(1, 0), (1, 1), (0, 1), (0, 0)])", "[(0, 0), (0, 1), (1, 0), (1, 1)]"),
        (
            "array:sort(['b', 'B', 'a'], 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "[a, b, B]",
        ),
        (
            "array:sort(['b', 'B', 'a'], 'http://www.w3.org/2005/xpath-functions/collation/codepoint')",
            "[B, a, b]",
        ),
        ("array:sort([3, (), xs:double('NaN'), 1])", "[(), NaN, 1, 3]"),
        ("array:sort(['a', 1])", "!XPTY0004"),
        ("array:sort([xs:double('NaN'), 'a'])", "!XPTY0004"),
        ("array:sort(['a'], 'urn:none')", "!FOCH0002"),
        ("array:sort([])", "[]"),
        ("array:sort([[2, 1], [1, 5], 1])", "[1, [1, 5], [2, 1]]"),
        ("array:sort([xs:untypedAtomic('10'), xs:untypedAtomic('9')])", "[10, 9]"),
        ("array:sort([map{}])", "!FOTY0013"),
    ]);
}

#[test]
fn what_is_of_3_1_is_not_in_the_versions_before_it() {
    are(Version::V30, &[("map:size(1)", "!XPST0017"), ("parse-json('1')", "!XPST0017")]);
    are(Version::V20, &[("parse-xml('<a/>')", "!XPST0017")]);
}

#[test]
fn work_has_an_end() {
    is(&[
        ("array:size(fold-left(1 to 100000, [], array:append#2))", "!XPDY0130"),
        ("count(array:flatten(fold-left(1 to 40, [1], function($a, $i) {[$a, $a]})))", "!XPDY0130"),
        ("array:size(array:join((1 to 2000) ! array{1 to 2000}))", "!XPDY0130"),
    ]);
}

#[test]
fn functions_of_functions_are_looked_at_in_bounds() {
    let partial = "fold-left(1 to 50000, abs#1, function($f, $i) {$f(?)})";
    is(&[
        (&format!("function-arity({partial})"), "1"),
        (&format!("{partial} instance of function(item()) as item()"), "false"),
        (&format!("{partial} instance of function(xs:integer) as item()?"), "true"),
        (&format!("{partial}(-1)"), "1"),
        (
            "count(function-name(fold-left(1 to 9000, abs#1, function($f as function(xs:integer) as item()?, $i) {$f})))",
            "1",
        ),
        ("let $f := concat(?, string-join(1 to 10, ''), ?) return $f('a', 'b')", "a12345678910b"),
        ("let $f := function($a, $b, $c) {($a, $b, $c)}(?, 2, ?) return $f(?, 3)(1)", "1, 2, 3"),
    ]);
}

#[test]
fn what_is_great_takes_many_steps() {
    let ways = [
        "$m($s)",
        "$m?($s)",
        "map:contains($m, $s)",
        "map:put($m, $s, 1)",
        "map:merge(($m, $m))",
        "map { $s: 1 }",
        "distinct-values(($b, $b))",
        "QName('', $s)",
        "lang($s, $d)",
        "contains-token('a', $s)",
        "compare('a', 'b', 'http://www.w3.org/2013/collation/UCA?' || $s)",
        "format-date(current-date(), '', $s, (), ())",
        "$d ! string-length()",
        "fold-left((1 to 50) ! 1, array { $d//e }, array:remove#2)",
    ];
    for way in ways {
        let text = format!(
            "let $s := string-join((1 to 10000) ! 'abcdefabcd'), $b := xs:hexBinary($s), $m := map {{ $s: 1 }},
                $d := parse-xml('<r>' || string-join((1 to 2000) ! '<e/>') || '</r>')
            return count((1 to 1000) ! {way})"
        );
        is(&[(&text, "!XPDY0130")]);
    }
}

#[test]
fn keys_keep_their_order_where_others_are_taken_out() {
    is(&[
        ("map:keys(map:remove(map:merge((1 to 40) ! map:entry(., 0)), (2 to 37)))", "1, 38, 39, 40"),
        (
            "map:put(map:remove(map:merge((1 to 40) ! map:entry(., .)), (2 to 39)), 7, 8)",
            "{1: 1, 40: 40, 7: 8}",
        ),
        ("map:remove(map:merge((1 to 40) ! map:entry(., .)), (2 to 39))?40", "40"),
    ]);
}
