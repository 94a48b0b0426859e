//! Functions with regular expressions: Functions and Operators 3.1 §5.6.

use super::{are, is};
use crate::Version;

#[test]
fn matches() {
    is(&[
        ("matches('abracadabra', 'bra'), matches('abracadabra', '^a.*a$')", "true, true"),
        ("matches('abracadabra', '^bra')", "false"),
        ("matches('Mary''s', '''', 'q'), matches((), 'a'), matches((), 'a*')", "true, false, true"),
        (
            "matches('line one\nline two', 'one.*two'), matches('line one\nline two', 'one.*two', 's')",
            "false, true",
        ),
        ("matches('a\nb\nc', '^b$', 'm'), matches('a\nb\nc', '^b$')", "true, false"),
        ("matches('ABC', 'abc', 'i'), matches('helloworld', 'hello world', 'x')", "true, true"),
        (
            "matches('hello world', 'hello\\ sworld', 'x'), matches('helloworld', 'hello[ ]world', 'x')",
            "true, false",
        ),
        // a newline that ends the text begins no line
        (
            "matches('abcd\ndefg\n', '^$', 'm'), matches('abcd\n\ndefg\n', '^$', 'm'), matches('\n', '^$', 'm')",
            "false, true, true",
        ),
        ("matches('a\n', '$', 'm'), matches('a\n', '^', 'm'), matches('', '^$', 'm')", "true, true, true"),
        ("matches('a', 'a', 'k'), 1", "!FORX0001"),
        ("matches('a', 'a', '')", "true"),
        ("matches('a', 'a', ())", "!XPTY0004"),
        ("matches('a', '[a')", "!FORX0002"),
        ("matches('aa', '(a)\\1')", "!FORX0002"),
        ("matches('a', ())", "!XPTY0004"),
        ("matches(12, '1')", "!XPTY0004"),
        ("matches(//a[1], 't')", "true"),
    ]);
    are(Version::V20, &[("matches('a.b', 'a.b')", "true"), ("matches('a.b', 'a.b', 'q')", "!FORX0001")]);
    are(Version::V10, &[("matches('a', 'a')", "!XPST0017")]);
}

#[test]
fn replacements() {
    is(&[
        ("replace('abracadabra', 'bra', '*')", "a*cada*"),
        ("replace('abracadabra', 'a.*a', '*')", "*"),
        ("replace('abracadabra', 'a.*?a', '*')", "*c*bra"),
        ("replace('abracadabra', 'a', '')", "brcdbr"),
        ("replace('abracadabra', 'a(.)', 'a$1$1')", "abbraccaddabbra"),
        ("replace('abracadabra', '.*?', '$1')", "!FORX0003"),
        ("replace('AAAA', 'A+', 'b'), replace('AAAA', 'A+?', 'b')", "b, bbbb"),
        ("replace('darted', '^(.*?)d(.*)$', '$1c$2')", "carted"),
        ("replace('a\\b\\c', '\\', '\\\\', 'q')", "a\\\\b\\\\c"),
        ("replace('a/b/c', '/', '$', 'q')", "a$b$c"),
        ("replace('reluctant', 'r.*?t', 'X'), replace('reluctant', 'r.*t', 'X')", "Xant, X"),
        ("replace('abcd', '(ab)|(a)', '[1=$1][2=$2]')", "[1=ab][2=]cd"),
        (
            "replace('abc', 'b', '$0$0'), replace('abc', 'b', '$1'), replace('abc', '(b)', '$12')",
            "abbc, ac, ab2c",
        ),
        ("replace('abcdefghijklm', '(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)', '$10-$11-$101')", "j-a1-j1klm"),
        ("replace('abc', '(b)', '$01')", "abc"),
        ("replace('abc', 'b', '\\$\\\\')", "a$\\c"),
        ("replace('abc', 'b', '$')", "!FORX0004"),
        ("replace('abc', 'b', '$x')", "!FORX0004"),
        ("replace('abc', 'b', '\\')", "!FORX0004"),
        ("replace('abc', 'b', '\\n')", "!FORX0004"),
        ("replace('abc', 'x', '\\n')", "!FORX0004"),
        ("replace((), 'b', 'c'), replace('', 'b', 'c')", ", "),
        ("replace('a', '^$', 'b')", "!FORX0003"),
        ("replace('a', '', 'b')", "!FORX0003"),
        ("replace('a', '', 'b', 'q')", "!FORX0003"),
        ("replace('a\nb', '^.', '[$0]', 'm')", "[a]\n[b]"),
        ("replace('aBc', 'b', 'x', 'i'), replace('a b', 'a b', 'x', 'x')", "axc, a b"),
        ("replace('😀é', '.', 'x')", "xx"),
        ("replace('a', 'a', ())", "!XPTY0004"),
    ]);
}

#[test]
fn tokens() {
    is(&[
        ("string-join(tokenize('The cat sat on the mat', '\\s+'), '|')", "The|cat|sat|on|the|mat"),
        ("string-join(tokenize(' red green blue ', '\\s+'), '|')", "|red|green|blue|"),
        ("tokenize('1, 15, 24, 50', ',\\s*')", "1, 15, 24, 50"),
        ("string-join(tokenize('1,15,,24,50,', ','), '|')", "1|15||24|50|"),
        ("tokenize('abba', '.?')", "!FORX0003"),
        ("tokenize('Some unparsed <br> HTML <BR> text', '\\s*<br>\\s*', 'i')", "Some unparsed, HTML, text"),
        ("string-join(tokenize(' red green blue '), '|')", "red|green|blue"),
        (
            "count(tokenize('')), count(tokenize(())), count(tokenize('', 'a')), count(tokenize((), 'a'))",
            "0, 0, 0, 0",
        ),
        ("string-join(tokenize('abracadabra', '(ab)|(a)'), '|')", "|r|c|d|r|"),
        ("count(tokenize('a', 'a')), tokenize('a', 'b')", "2, a"),
        ("tokenize('a.b', '.', 'q')", "a, b"),
        ("tokenize('a', '[')", "!FORX0002"),
        ("tokenize('a', 'a', 'y')", "!FORX0001"),
    ]);
    are(Version::V30, &[("tokenize('a b')", "!XPST0017")]);
}

#[test]
fn analyses() {
    is(&[
        (
            "for $e in analyze-string('The cat sat on the mat.', '\\w+')/* return concat(local-name($e), ':', $e)",
            "match:The, non-match: , match:cat, non-match: , match:sat, non-match: , match:on, non-match: , \
             match:the, non-match: , match:mat, non-match:.",
        ),
        (
            "for $g in analyze-string('2008-12-03', '^(\\d+)\\-(\\d+)\\-(\\d+)$')/fn:match/fn:group
             return concat($g/@nr, '=', $g)",
            "1=2008, 2=12, 3=03",
        ),
        (
            "for $g in analyze-string('A1,C15,,D24, X50,', '([A-Z])([0-9]+)')//fn:group return concat($g/@nr, '=', $g)",
            "1=A, 2=1, 1=C, 2=15, 1=D, 2=24, 1=X, 2=50",
        ),
        ("analyze-string('A1,C15,,D24, X50,', '([A-Z])([0-9]+)')/fn:non-match/string()", ",, ,,, , , ,"),
        ("analyze-string('banana', '(a)|(n)')/*/fn:group/@nr/string()", "1, 2, 1, 2, 1"),
        // groups in groups, empty ones, and what an earlier repetition has left
        (
            "for $g in analyze-string('xabcy', '((a)(b)(z?))c')//fn:group return concat($g/@nr, $g/../@nr, $g)",
            "1ab, 21a, 31b, 41",
        ),
        (
            "for $g in analyze-string('ab', '((a)|(b))+')//fn:group return concat($g/@nr, '<', $g/../local-name(), $g)",
            "2<matcha, 1<matchb, 3<groupb",
        ),
        ("string(analyze-string('some text', 'e')) eq 'some text'", "true"),
        ("count(analyze-string('', 'a')/node()), count(analyze-string((), 'a')/node())", "0, 0"),
        ("analyze-string('', 'a')/name()", "fn:analyze-string-result"),
        ("analyze-string('a', 'a')/namespace-uri()", "http://www.w3.org/2005/xpath-functions"),
        ("analyze-string('a', 'a') instance of element(fn:analyze-string-result)", "true"),
        ("analyze-string('a.b', '.', 'q')/*/string()", "a, ., b"),
        ("analyze-string('a', 'a?')", "!FORX0003"),
        ("analyze-string('a', ')')", "!FORX0002"),
        ("root(analyze-string('a', 'a')/*) instance of element()", "true"),
    ]);
    are(Version::V20, &[("analyze-string('a', 'a')", "!XPST0017")]);
}

#[test]
fn work_is_bounded() {
    let long = "string-join((1 to 9999) ! 'abcdefghi ')";
    is(&[
        (&format!("count(tokenize({long}, ' '))"), "10000"),
        (&format!("count(tokenize({long}, '\\s+'))"), "10000"),
        (&format!("string-length(replace({long}, '\\w', 'xx'))"), "189981"),
        // each search looks at all that follows
        (&format!("count(1 to 950000) + count(tokenize({long}, '.*z|[a-i]'))"), "!XPDY0130"),
        (&format!("string-length(replace({long}, '.', '{}'))", "x".repeat(1000)), "!XPDY0130"),
        ("(1 to 99999) ! matches('a', concat('\\w{30}', .))", "!XPDY0130"),
        ("matches('a', '(\\w{1,99}){99}')", "!XPDY0130"),
        ("count(analyze-string('aaaa', string-join((1 to 2000) ! '(a?)') || 'a')//fn:group)", "2000"),
        ("count((1 to 20000)[matches(string(.), '^[0-9]*[05]$')])", "4000"),
    ]);
}
