//! What stands deep within itself neither takes more than it may nor uses up the stack.

use super::text_of;
use crate::Version;

/// What an expression comes to, in a quarter of the stack that a thread has.
fn small(expression: &str) -> String {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(1 << 19);
        thread.spawn_scoped(scope, || text_of(expression, Version::V31, super::XML)).unwrap().join().unwrap()
    })
}

#[test]
fn what_is_deep_is_let_go_of() {
    for deep in [
        "fold-left(1 to 50000, [], function($a, $i) { [$a] })",
        "fold-left(1 to 50000, [], function($a, $i) { array { 1, $a } })",
        "fold-left(1 to 50000, [], function($a, $i) { array:append([], $a) })",
        "fold-left(1 to 50000, [], function($a, $i) { map { 1: $a } })",
        "fold-left(1 to 50000, [], function($a, $i) { map:put(map {}, 1, $a) })",
        "fold-left(1 to 50000, abs#1, function($a, $i) { function($x) { $a($x) } })",
        "fold-left(1 to 50000, abs#1, function($a, $i) { let $b := [$a, $i] return function($x) { $b } })",
        "fold-left(1 to 50000, concat('a', ?), function($a, $i) { for-each(?, $a) })",
        "fold-left(1 to 50000, abs#1, function($a, $i) { $a ! string#0 })",
        "fold-left(1 to 50000, function($x) { $x }, function($a as function(item()) as item(), $i) { $a })",
    ] {
        assert_eq!(small(&format!("count({deep})")), "1", "{deep}");
    }
}

#[test]
fn what_is_deep_is_walked_in_bounds() {
    let deep = "fold-left(1 to 50000, 1, function($a, $i) { [$a] })";
    for (walk, expected) in [
        ("data($d)", "!XPDY0130"),
        ("deep-equal($d, [$d])", "!XPDY0130"),
        ("count(array:flatten($d))", "1"),
        ("count(map:find($d, 1))", "1"),
        ("serialize($d, map { 'method': 'json' })", "!XPDY0130"),
        ("serialize($d, map { 'method': 'adaptive' })", "!XPDY0130"),
        ("serialize($d)", "1"),
        ("count($d?*?*)", "1"),
        ("random-number-generator($d)?number < 2", "!XPDY0130"),
        ("count(array:join(($d, $d)))", "1"),
        ("map:merge(map { 1: $d })?1 ! count(.)", "1"),
        ("$d = 1", "!XPDY0130"),
        ("string-join($d)", "!XPDY0130"),
        ("sum($d)", "!XPDY0130"),
        ("array:sort($d)", "!XPDY0130"),
        ("sort($d)", "!XPDY0130"),
        ("count(distinct-values($d))", "!XPDY0130"),
        ("$d instance of array(array(*))", "true"),
        ("function($x as xs:integer) { $x }($d)", "!XPDY0130"),
    ] {
        assert_eq!(small(&format!("let $d := {deep} return {walk}")), expected, "{walk}");
    }
    let calls = "fold-left(1 to 50000, abs#1, function($a, $i) { function($x) { $a($x) } })(1)";
    assert_eq!(small(calls), "!XPDY0130");
    let coerced = "let $f := function($g as function(item()) as item()) { $g }
        return fold-left(1 to 50000, function($x) { $x }, function($a, $i) { $f(function($x as item()*) { $a($x) }) })(1)";
    assert_eq!(small(coerced), "!XPDY0130");
}
