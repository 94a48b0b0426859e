//! Types, and how arguments become them: `XPath` 3.1 §2.5, §3.1.5.

use super::{evaluate, is};
use crate::Version;

#[test]
fn items_are_of_types() {
    is(&[
        (
            "5 instance of xs:integer, 5 instance of xs:decimal, 5 instance of xs:numeric, 5 instance of xs:double",
            "true, true, true, false",
        ),
        ("5 instance of xs:anyAtomicType, 5 instance of item(), 5 instance of node()", "true, true, false"),
        (
            "() instance of empty-sequence(), () instance of item()*, () instance of item()?, () instance of item()",
            "true, true, true, false",
        ),
        (
            "(5, 6) instance of xs:integer+, (5, 'a') instance of xs:integer*, (1, 2) instance of item()?",
            "true, false, false",
        ),
        ("1 instance of empty-sequence(), . instance of document-node()", "false, true"),
        (
            "(/) instance of document-node(element(r)), (/) instance of document-node(element(x)), /r instance of document-node()",
            "true, false, false",
        ),
        (
            "/r instance of element(), /r instance of element(r), /r instance of element(a), /r instance of element(*)",
            "true, true, false, true",
        ),
        (
            "//p:b instance of element(p:b), //p:b instance of element(Q{urn:p}b), //p:b instance of element(b)",
            "true, true, false",
        ),
        ("/r instance of element(zz:a)", "!XPST0081"),
        (
            "/r instance of element(*, xs:untyped), /r instance of element(r, xs:anyType), /r instance of element(r, xs:integer)",
            "true, true, false",
        ),
        (
            "(//@x)[1] instance of attribute(x), (//@x)[1] instance of attribute(*, xs:untypedAtomic), (//@x)[1] instance of element()",
            "true, true, false",
        ),
        (
            "(//@x)[1] instance of attribute(x, xs:anyAtomicType), (//@x)[1] instance of attribute(x, xs:integer)",
            "true, false",
        ),
        (
            "//text() instance of text()+, //comment() instance of comment(), //comment() instance of text()",
            "true, true, false",
        ),
        (
            "//processing-instruction() instance of processing-instruction(pi), //processing-instruction() instance of processing-instruction('x')",
            "true, false",
        ),
    ]);
}

#[test]
fn functions_are_of_types() {
    is(&[
        (
            "map {1: 'a'} instance of map(*), map {1: 'a'} instance of map(xs:integer, xs:string)",
            "true, true",
        ),
        (
            "map {1: 'a'} instance of map(xs:string, xs:string), map {1: (1, 2)} instance of map(xs:integer, xs:integer)",
            "false, false",
        ),
        (
            "map {} instance of map(xs:integer, empty-sequence()), map {1: 2} instance of function(*)",
            "true, true",
        ),
        (
            "map {1: 2} instance of function(xs:anyAtomicType) as item()*, map {1: 2} instance of function(xs:integer) as xs:integer?",
            "true, true",
        ),
        (
            "map {1: 2} instance of function(xs:integer) as xs:integer, map {1: 2} instance of array(*)",
            "false, false",
        ),
        (
            "[1, 2] instance of array(*), [1, 2] instance of array(xs:integer), [1, 'a'] instance of array(xs:integer)",
            "true, true, false",
        ),
        (
            "[1, 2] instance of function(xs:integer) as xs:integer, [1] instance of function(xs:string) as item()*, [] instance of map(*)",
            "true, false, false",
        ),
        ("[(1, 2)] instance of array(xs:integer+), [] instance of array(xs:date)", "true, true"),
        (
            "abs#1 instance of function(*), abs#1 instance of function(item()) as item()*, abs#1 instance of xs:string",
            "true, false, false",
        ),
        (
            "abs#1 instance of function(xs:numeric?) as xs:numeric?, abs#1 instance of function(xs:integer) as item()*",
            "true, true",
        ),
        (
            "abs#1 instance of function(xs:numeric?, item()) as item()*, abs#1 instance of map(*)",
            "false, false",
        ),
        (
            "xs:integer#1 instance of function(xs:anyAtomicType?) as xs:integer?, concat#3 instance of function(xs:string, xs:string, xs:string) as xs:string",
            "true, true",
        ),
        ("concat('a', ?, ?) instance of function(xs:string, xs:integer) as xs:string", "true"),
        (
            "function($a as xs:integer) as xs:string { 'x' } instance of function(xs:int) as xs:anyAtomicType",
            "true",
        ),
        (
            "function($a as xs:integer) as xs:string { 'x' } instance of function(xs:decimal) as xs:string",
            "false",
        ),
        (
            "function($a) { $a } instance of function(item()*) as item()*, function($a) { $a } instance of function(item()) as item()",
            "true, false",
        ),
        (
            "function($f as function(xs:integer) as xs:integer) { 1 } instance of function(function(xs:decimal) as xs:byte) as item()*",
            "true",
        ),
        (
            "function() as element(a)* { () } instance of function() as element()*, function() as element()* { () } instance of function() as element(a)*",
            "true, false",
        ),
        (
            "function() as map(xs:int, xs:string) { map{} } instance of function() as map(xs:integer, item())",
            "true",
        ),
        (
            "function() as map(*) { map{} } instance of function() as function(*), function() as array(xs:int) { [] } instance of function() as array(xs:string)",
            "true, false",
        ),
        ("(abs#1, 1) instance of (function(*))*, 1 instance of (xs:integer)", "false, true"),
        ("5 treat as xs:integer, (1, 2) treat as item()+", "5, 1, 2"),
        ("5 treat as xs:string", "!XPDY0050"),
    ]);
}

#[test]
fn arguments_are_converted() {
    is(&[
        (
            "let $f := function($a as xs:double) { $a instance of xs:double } return ($f(1), $f(1.5), $f(xs:float(1)))",
            "true, true, true",
        ),
        (
            "let $f := function($a as xs:float) { $a instance of xs:float } return ($f(1), $f(1.5))",
            "true, true",
        ),
        ("function($a as xs:float) { $a }(1e0)", "!XPTY0004"),
        ("function($a as xs:decimal) { $a }(1e0)", "!XPTY0004"),
        ("function($a as xs:decimal) { $a instance of xs:integer }(1)", "true"),
        ("function($a as xs:integer) { $a }(1.0)", "!XPTY0004"),
        ("function($a as xs:string) { $a instance of xs:string }(xs:anyURI('a'))", "true"),
        ("function($a as xs:string) { $a }(1)", "!XPTY0004"),
        ("function($a as xs:string) { $a }(())", "!XPTY0004"),
        ("function($a as xs:string) { $a }(('a', 'b'))", "!XPTY0004"),
        ("function($a as xs:string) { $a }(/r/a[1])", "t"),
        ("function($a as xs:integer) { $a + 1 }(//p:b)", "8"),
        ("function($a as xs:integer) { $a + 1 }(/r/a[1])", "!FORG0001"),
        ("function($a as xs:integer*) { sum($a) }([1, [2, 3]])", "6"),
        ("function($a as xs:date) { $a }(xs:untypedAtomic('2001-02-03'))", "2001-02-03"),
        ("function($a as xs:QName) { $a }(/r/a[1])", "!XPTY0117"),
        ("function($a as xs:anyAtomicType) { $a instance of xs:untypedAtomic }(//p:b)", "true"),
        ("function($a as xs:numeric) { $a instance of xs:double }(//p:b)", "true"),
        ("function($a as xs:string) { $a }(abs#1)", "!FOTY0013"),
        ("function($a as element()) { name($a) }(/r)", "r"),
        ("function($a as element()) { name($a) }('r')", "!XPTY0004"),
        ("function($a as map(*)) { 1 }([])", "!XPTY0004"),
        ("function($a as item()) { 1 }((1, 2))", "!XPTY0004"),
        ("function($a as empty-sequence()) { 1 }(1)", "!XPTY0004"),
        ("function() as xs:double { 1 }() instance of xs:double", "true"),
        ("function() as xs:string { 1 }()", "!XPTY0004"),
        ("function($f as function(xs:integer) as xs:string) { $f(1) }(function($a) { 'x' || $a })", "x1"),
        ("function($f as function(xs:integer) as xs:string) { $f('a') }(function($a) { 'x' })", "!XPTY0004"),
        ("function($f as function(xs:integer) as xs:string) { $f(1) }(function($a) { $a })", "!XPTY0004"),
        ("function($f as function(item()) as item()*) { $f(1) }(concat('a', ?))", "a1"),
        ("function($f as function(xs:integer) as item()*) { $f(2) }([5, 6])", "6"),
        ("function($f as function(xs:string) as xs:integer?) { $f('a') }(map {'a': 1})", "1"),
        ("function($f as function(item()) as item()*) { $f(1) }(concat#2)", "!XPTY0004"),
        ("function($f as function(*)) { 1 }(1)", "!XPTY0004"),
        ("for-each((1, 2), xs:string#1)", "1, 2"),
        ("upper-case(1)", "!XPTY0004"),
        ("upper-case(('a', 'b'))", "!XPTY0004"),
        ("abs('1')", "!XPTY0004"),
        ("abs(//p:b), abs(xs:untypedAtomic('-1'))", "7, 1"),
    ]);
}

#[test]
fn errors_say_what_is_wrong() {
    let error = |expression| evaluate(expression, Version::V31, super::XML).unwrap_err().to_string();
    for (expression, text) in [
        ("1 treat as xs:string", "`treat as` wants xs:string, not xs:integer (XPDY0050)"),
        ("//a eq 't'", "`eq` compares one value with one, not 2: `=` compares several (XPTY0004)"),
        ("//a || 't'", "`||` joins one value to one, not 2: `string-join()` joins several (XPTY0004)"),
        ("1 + //a/@x", "`+` calculates with single values, not with 2 (XPTY0004)"),
        ("() treat as item()+", "`treat as` wants item()+, not nothing (XPDY0050)"),
        ("1 cast as integer", "`integer` is no type: those of XML Schema begin with `xs:` (XPST0051)"),
        ("//element(*, xs:foo)", "`xs:foo` is no type (XPST0008)"),
        ("//zz:a", "no element declares the prefix `zz`; `*:a` is of any namespace (XPST0081)"),
        ("//element(zz:a)", "no element declares the prefix `zz`; `*:a` is of any namespace (XPST0081)"),
        ("1 eq 'a'", "xs:integer and xs:string cannot be compared (XPTY0004)"),
        ("xs:gYear('2001') lt xs:gYear('2001')", "values of xs:gYear have no order (XPTY0004)"),
        ("xs:integer('a')", "`a` is no xs:integer (FORG0001)"),
        ("xs:byte(200)", "`200` is no xs:byte (FORG0001)"),
        ("xs:integer(xs:date('2001-02-03'))", "xs:date is never cast to xs:integer (XPTY0004)"),
        ("xs:QName('zz:a')", "the prefix `zz` is not declared (FONS0004)"),
        ("function($a as xs:string?) { $a }((1, 2))", "`$a` must be xs:string?, not 2 items (XPTY0004)"),
        ("function($a as xs:string) { $a }(())", "`$a` must be xs:string, not nothing (XPTY0004)"),
        (
            "function($a as xs:string*) { $a }(('a', 2))",
            "`$a` must be xs:string*, not what has xs:integer (XPTY0004)",
        ),
        ("function($a as element(r)) { $a }(1)", "`$a` must be element(r), not xs:integer (XPTY0004)"),
        (
            "function($a as (function(xs:int) as map(xs:string, item()*))?) { $a }(1)",
            "`$a` must be (function(xs:int) as map(xs:string, item()*))?, not xs:integer (XPTY0004)",
        ),
        (
            "function($a as array(xs:int)) { $a }([1])",
            "`$a` must be array(xs:int), not an array with other members (XPTY0004)",
        ),
        (
            "function($a as map(xs:string, item()*)) { $a }(map { 1: 2 })",
            "`$a` must be map(xs:string, item()*), not a map with other keys or values (XPTY0004)",
        ),
        (
            "function($a as function(item()) as item()) { $a }(concat#2)",
            "`$a` must be a function of 1 argument, not of 2 (XPTY0004)",
        ),
    ] {
        assert_eq!(error(expression), text, "{expression}");
    }
}
