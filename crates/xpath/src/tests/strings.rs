//! Functions on texts: Functions and Operators 3.1 §5.1 to §5.5, §6.

use super::{are, is};
use crate::Version;

#[test]
fn code_points() {
    is(&[
        ("codepoints-to-string((66, 65, 67, 72))", "BACH"),
        ("codepoints-to-string((2309, 2358, 2378, 2325))", "अशॊक"),
        ("codepoints-to-string(())", ""),
        ("codepoints-to-string(128512)", "😀"),
        ("codepoints-to-string(0)", "!FOCH0001"),
        ("codepoints-to-string(55296)", "!FOCH0001"),
        ("codepoints-to-string(65534)", "!FOCH0001"),
        ("codepoints-to-string(11)", "!FOCH0001"),
        ("codepoints-to-string(-65)", "!FOCH0001"),
        ("codepoints-to-string(1114112)", "!FOCH0001"),
        ("codepoints-to-string('a')", "!XPTY0004"),
        ("string-to-codepoints('Thérèse')", "84, 104, 233, 114, 232, 115, 101"),
        ("string-to-codepoints('😀')", "128512"),
        ("string-to-codepoints(''), string-to-codepoints(())", ""),
    ]);
}

#[test]
fn comparisons() {
    is(&[
        ("compare('abc', 'abc'), compare('a', 'b'), compare('b', 'a')", "0, -1, 1"),
        ("compare('a', 'A'), compare('', 'a'), compare('a', '')", "1, -1, 1"),
        ("compare('\u{FFFD}', '\u{10000}')", "-1"),
        ("compare((), 'a'), compare('a', ()), compare((), ())", ""),
        (
            "compare('Strasse', 'STRASSE', 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "0",
        ),
        (
            "compare('É', 'é', 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "-1",
        ),
        ("compare('a', 'b', 'http://www.w3.org/2005/xpath-functions/collation/codepoint')", "-1"),
        ("compare('a', 'b', 'http://www.w3.org/2013/collation/UCA?strength=primary')", "-1"),
        ("compare('a', 'b', 'http://www.w3.org/2013/collation/UCA?lang=de;fallback=no')", "!FOCH0002"),
        ("compare('a', 'b', 'codepoint')", "!FOCH0002"),
        ("compare('a', 'b', ())", "!XPTY0004"),
        ("compare(xs:anyURI('a'), 'a')", "0"),
        ("compare(1, 'a')", "!XPTY0004"),
        (
            "codepoint-equal('abcd', 'abcd'), codepoint-equal('abcd', 'abcd '), codepoint-equal('', '')",
            "true, false, true",
        ),
        ("codepoint-equal('', ()), codepoint-equal((), ())", ""),
        ("default-collation()", "http://www.w3.org/2005/xpath-functions/collation/codepoint"),
        ("collation-key('a') eq collation-key('a'), collation-key('a') lt collation-key('b')", "true, true"),
        ("string(collation-key('A'))", "QQ=="),
        (
            "for $c in 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive'
             return collation-key('Ab', $c) eq collation-key('aB', $c)",
            "true",
        ),
        ("collation-key('a', 'none')", "!FOCH0002"),
        ("collation-key(())", "!XPTY0004"),
    ]);
}

#[test]
fn texts_of_several() {
    is(&[
        ("concat('un', 'grateful')", "ungrateful"),
        ("concat('Thy ', (), 'old ', 'groans', '', ' ring')", "Thy old groans ring"),
        ("concat('Ciao!', ())", "Ciao!"),
        ("concat((), ())", ""),
        ("concat(01, 02, 03, 04, true())", "1234true"),
        ("concat('a')", "!XPST0017"),
        ("concat('a', ('b', 'c'))", "!XPTY0004"),
        ("concat(1.0e0, 1e10)", "11.0E10"),
        ("concat#3('a', 'b', 'c')", "abc"),
        ("concat(//a[1], //a[1]/@x)", "t1"),
        ("string-join(1 to 9)", "123456789"),
        ("string-join(('Now', 'is', 'the', 'time', '...'), ' ')", "Now is the time ..."),
        (
            "string-join(('Blow, ', 'blow, ', 'thou ', 'winter ', 'wind!'), '')",
            "Blow, blow, thou winter wind!",
        ),
        ("string-join((), 'separator'), string-join(())", ", "),
        ("string-join(1 to 5, ', ')", "1, 2, 3, 4, 5"),
        ("string-join(('', ''), '-')", "-"),
        ("string-join(//a/@x, '|')", "1|2"),
        ("string-join('a', ())", "!XPTY0004"),
    ]);
    are(
        Version::V30,
        &[("string-join(('a', //a[1]/@x), '-')", "a-1"), ("string-join(1 to 2, '-')", "!XPTY0004")],
    );
    are(Version::V20, &[("string-join('a')", "!XPST0017")]);
    are(
        Version::V10,
        &[
            ("concat('a', 1 div 0, 0.1 + 0.2, //a)", "aInfinity0.30000000000000004t"),
            ("concat(1e3, -1 div 0)", "!XPST0003"),
            ("concat(1000000 * 1000000, '')", "1000000000000"),
        ],
    );
}

#[test]
fn substrings() {
    is(&[
        ("substring('motor car', 6)", " car"),
        ("substring('metadata', 4, 3)", "ada"),
        ("substring('12345', 1.5, 2.6)", "234"),
        ("substring('12345', 0, 3)", "12"),
        ("substring('12345', 5, -3)", ""),
        ("substring('12345', -3, 5)", "1"),
        ("substring('12345', 0e0 div 0e0, 3)", ""),
        ("substring('12345', 1, 0e0 div 0e0)", ""),
        ("substring((), 1, 3)", ""),
        ("substring('12345', -42, 1e0 div 0e0)", "12345"),
        ("substring('12345', -1e0 div 0e0, 1e0 div 0e0)", ""),
        ("substring('12345', -1e0 div 0e0)", "12345"),
        ("substring('12345', 0.5), substring('12345', 2.5)", "12345, 345"),
        ("substring('a😀b', 2, 1)", "😀"),
        ("substring('12345', ())", "!XPTY0004"),
        ("string-length('Harp not on that string, madam; that is past.')", "45"),
        ("string-length('😀é'), string-length(''), string-length(())", "2, 0, 0"),
        ("//a/string-length()", "1, 2"),
        ("('abc', 12) ! string-length()", "3, 2"),
        ("string-length(12)", "!XPTY0004"),
        ("map {} ! string-length()", "!FOTY0014"),
        ("function() { string-length() }()", "!XPDY0002"),
    ]);
    are(
        Version::V10,
        &[
            ("substring('12345', 2, 3), 1", "!XPST0003"),
            ("substring('12345', 1.5, 2.6)", "234"),
            ("substring('12345', 0 div 0, 3)", ""),
            ("substring('12345', '2')", "2345"),
            ("string-length(12)", "2"),
            ("string-length(//a)", "1"),
            ("string-length()", "4"),
        ],
    );
}

#[test]
fn normal_forms() {
    is(&[
        (
            "normalize-space(' The    wealthy curled darlings\n of  our    nation. ')",
            "The wealthy curled darlings of our nation.",
        ),
        ("normalize-space(()), normalize-space(' \t\r\n')", ", "),
        ("normalize-space('\u{A0}a\u{A0}')", "\u{A0}a\u{A0}"),
        ("' a  b ' ! normalize-space()", "a b"),
        ("//a/normalize-space()", "t, uv"),
        ("string-to-codepoints(normalize-unicode('e\u{301}'))", "233"),
        ("string-to-codepoints(normalize-unicode('é', 'NFD'))", "101, 769"),
        (
            "normalize-unicode('ﬁ', ' nfkc '), normalize-unicode('ﬁ', 'NFKD'), normalize-unicode('ﬁ', '')",
            "fi, fi, ﬁ",
        ),
        ("normalize-unicode(()), normalize-unicode((), 'NFC')", ", "),
        ("normalize-unicode('a', 'FULLY-NORMALIZED')", "!FOCH0003"),
        ("normalize-unicode('a', 'NFX')", "!FOCH0003"),
        ("upper-case('abCd0'), lower-case('ABc!D')", "ABCD0, abc!d"),
        ("upper-case('straße'), upper-case('ﬁ'), lower-case('ΟΔΟΣ')", "STRASSE, FI, οδος"),
        ("upper-case(()), lower-case(())", ", "),
        ("translate('bar', 'abc', 'ABC')", "BAr"),
        ("translate('--aaa--', 'abc-', 'ABC')", "AAA"),
        ("translate('abcdabc', 'abc', 'AB')", "ABdAB"),
        ("translate('aaa', 'aa', 'xy'), translate((), 'a', 'b'), translate('a', '', 'b')", "xxx, , a"),
        ("translate('a', 'a', ())", "!XPTY0004"),
    ]);
}

#[test]
fn texts_in_texts() {
    is(&[
        (
            "contains('tattoo', 't'), contains('tattoo', 'ttt'), contains('', ()), contains((), 'a')",
            "true, false, true, false",
        ),
        ("contains('', 'a'), contains('a', '')", "false, true"),
        (
            "contains('ABC', 'b', 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "true",
        ),
        ("contains('ABC', 'b', 'http://www.w3.org/2005/xpath-functions/collation/codepoint')", "false"),
        ("contains('a', 'a', 'urn:none')", "!FOCH0002"),
        (
            "starts-with('tattoo', 'tat'), starts-with('tattoo', 'att'), starts-with((), ())",
            "true, false, true",
        ),
        (
            "ends-with('tattoo', 'tattoo'), ends-with('tattoo', 'atto'), ends-with('a', ())",
            "true, false, true",
        ),
        (
            "ends-with('TATTOO', 'too', 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "true",
        ),
        ("substring-before('tattoo', 'attoo'), substring-before('tattoo', 'tatto')", "t, "),
        ("substring-before((), ()), substring-before('a', ''), substring-before('a', 'b')", ", , "),
        (
            "substring-after('tattoo', 'tat'), substring-after('tattoo', 'tattoo'), substring-after((), ())",
            "too, , ",
        ),
        ("substring-after('abc', ''), substring-after('abc', 'x')", "abc, "),
        (
            "substring-after('éABc', 'b', 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "c",
        ),
        ("substring-before('1999/04/01', '/'), substring-after('1999/04/01', '/')", "1999, 04/01"),
        ("contains-token('red green blue ', 'red')", "true"),
        ("contains-token(('red', 'green', 'blue'), ' red ')", "true"),
        ("contains-token('red, green, blue', 'red')", "false"),
        (
            "contains-token('red green blue', 'RED', 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "true",
        ),
        (
            "contains-token('red green', ' '), contains-token((), 'a'), contains-token('a b', 'a b')",
            "false, false, false",
        ),
    ]);
    are(Version::V20, &[("contains-token('a', 'a')", "!XPST0017"), ("ends-with('ab', 'b')", "true")]);
    are(
        Version::V10,
        &[
            ("contains(12, 2)", "true"),
            ("starts-with(//a, 't')", "true"),
            ("contains('a', 'a', 'b')", "!XPST0017"),
            ("ends-with('a', 'a')", "!XPST0017"),
        ],
    );
}

#[test]
fn uris() {
    is(&[
        ("resolve-uri('g', 'http://a/b/c/d;p?q')", "http://a/b/c/g"),
        ("resolve-uri('../../../g', 'http://a/b/c/d;p?q')", "http://a/g"),
        ("resolve-uri('./g/.', 'http://a/b/c/d;p?q')", "http://a/b/c/g/"),
        ("resolve-uri('..', 'http://a/b/c/d;p?q')", "http://a/b/"),
        ("resolve-uri('g/../h', 'http://a/b/c/d;p?q')", "http://a/b/c/h"),
        ("resolve-uri('//g', 'http://a/b/c/d;p?q')", "http://g"),
        ("resolve-uri('/./g', 'http://a/b/c/d;p?q')", "http://a/g"),
        ("resolve-uri('?y', 'http://a/b/c/d;p?q')", "http://a/b/c/d;p?y"),
        ("resolve-uri('#s', 'http://a/b/c/d;p?q')", "http://a/b/c/d;p?q#s"),
        ("resolve-uri('', 'http://a/b/c/d;p?q')", "http://a/b/c/d;p?q"),
        ("resolve-uri(';x', 'http://a/b/c/d;p?q')", "http://a/b/c/;x"),
        ("resolve-uri('g?y/./x#s/../x', 'http://a/b/c/d;p?q')", "http://a/b/c/g?y/./x#s/../x"),
        ("resolve-uri('g', 'http://a')", "http://a/g"),
        ("resolve-uri('http://b/../c', 'nothing')", "http://b/../c"),
        ("resolve-uri('http://b/c')", "http://b/c"),
        ("resolve-uri((), 'http://a'), resolve-uri(())", ""),
        ("resolve-uri('é', 'http://a/b') instance of xs:anyURI", "true"),
        ("resolve-uri('g')", "!FONS0005"),
        ("resolve-uri('g', 'b/c')", "!FORG0002"),
        ("resolve-uri('g', 'urn:a')", "!FORG0002"),
        ("resolve-uri('g', 'http://a/#f')", "!FORG0002"),
        ("resolve-uri('a#b#c', 'http://a/')", "!FORG0002"),
        ("resolve-uri('%gg', 'http://a/')", "!FORG0002"),
        ("resolve-uri(':', 'http://a/')", "!FORG0002"),
        ("resolve-uri('http:\\\\a>b', 'http://a/')", "!FORG0002"),
        ("resolve-uri('g', 'http://[::1]:80/')", "http://[::1]:80/g"),
        (
            "encode-for-uri('http://www.example.com/00/Weather/CA/Los%20Angeles#ocean')",
            "http%3A%2F%2Fwww.example.com%2F00%2FWeather%2FCA%2FLos%2520Angeles%23ocean",
        ),
        ("encode-for-uri('~bébé'), encode-for-uri('100% organic')", "~b%C3%A9b%C3%A9, 100%25%20organic"),
        (
            "iri-to-uri('http://www.example.com/00/Weather/CA/Los%20Angeles#ocean')",
            "http://www.example.com/00/Weather/CA/Los%20Angeles#ocean",
        ),
        ("iri-to-uri('http://www.example.com/~bébé')", "http://www.example.com/~b%C3%A9b%C3%A9"),
        ("iri-to-uri('<>\"{}|\\^` []\u{7F}')", "%3C%3E%22%7B%7D%7C%5C%5E%60%20[]%7F"),
        (
            "escape-html-uri('javascript:if (navigator.browserLanguage == ''fr'') window.open(''http://www.example.com/~bébé'');')",
            "javascript:if (navigator.browserLanguage == 'fr') window.open('http://www.example.com/~b%C3%A9b%C3%A9');",
        ),
        ("encode-for-uri(()), iri-to-uri(()), escape-html-uri(())", ", , "),
    ]);
}
