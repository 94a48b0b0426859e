//! Functions on nodes and names (Functions and Operators 3.1 §2, §10, §13, §14.5).

use super::{are, is, text_of};
use crate::Version;

#[test]
fn names() {
    is(&[
        ("name(/r/p:b), local-name(/r/p:b), namespace-uri(/r/p:b)", "p:b, b, urn:p"),
        ("//b/name(), //b/local-name(), //b/namespace-uri()", "b, b, "),
        ("name(()), local-name(()), namespace-uri(())", ", , "),
        ("name(/), name(//text()[1]), /r/comment()/local-name()", "!XPTY0004"),
        ("name(/), name((//text())[1]), /r/comment()/local-name()", ", , "),
        ("/r/processing-instruction()/(name(), local-name(), namespace-uri())", "pi, pi, "),
        ("/r/@*/(name(), local-name(), namespace-uri())", "p:k, k, urn:p"),
        ("(namespace-uri(//b), namespace-uri(())) ! (. instance of xs:anyURI)", "true, true"),
        ("node-name(/r/p:b), node-name(/r/@p:k), /r/node-name()", "p:b, p:k, r"),
        ("node-name(/r/p:b) eq QName('urn:p', 'x:b'), node-name(/r/processing-instruction())", "true, pi"),
        ("empty(node-name(/)), empty(/r/comment()/node-name()), empty(node-name(()))", "true, true, true"),
        ("1 ! name()", "!XPTY0004"),
        ("1 ! local-name()", "!XPTY0004"),
        ("function() { name() }()", "!XPDY0002"),
        ("function() { node-name() }()", "!XPDY0002"),
        ("name((//a))", "!XPTY0004"),
        ("name(1)", "!XPTY0004"),
    ]);
}

#[test]
fn values() {
    is(&[
        (
            "string(/r/a[2]), //b/string(), string(()), string(1.50), string(1e6), string(true())",
            "uv, , , 1.5, 1.0E6, true",
        ),
        ("/r/a[1]/string(), 'x' ! string(), 7 ! string()", "t, x, 7"),
        ("string(/) eq 'tuv7', string(/r/@p:k), string(/r/comment())", "true, v, c"),
        ("string(abs#1)", "!FOTY0014"),
        ("string(map {})", "!FOTY0014"),
        ("string([1])", "!FOTY0014"),
        ("string((1, 2))", "!XPTY0004"),
        ("function() { string() }()", "!XPDY0002"),
        ("data((1, 'a', //a[1], //@x)), data(())", "1, a, t, 1, 2"),
        ("data([1, [2, 3], (4, 5)])", "1, 2, 3, 4, 5"),
        ("data(//a[1]) instance of xs:untypedAtomic, data(/r/comment()) instance of xs:string", "true, true"),
        (
            "data(/r/processing-instruction()) instance of xs:string, data(/) instance of xs:untypedAtomic",
            "true, true",
        ),
        ("//a[1]/data(), 'x' ! data(), [1, 2] ! data()", "t, x, 1, 2"),
        ("data(abs#1)", "!FOTY0013"),
        ("data(map {})", "!FOTY0013"),
        ("function() { data() }()", "!XPDY0002"),
    ]);
    are(
        Version::V10,
        &[
            ("string(//a)", "t"),
            ("string(1 div 0)", "Infinity"),
            ("string(100000000000)", "100000000000"),
            ("string(0.5)", "0.5"),
            ("string(-0)", "0"),
            ("//b/../text()[string() = 'v']", "v"),
            ("name(//nothing)", ""),
            ("name(//a | //b)", "a"),
            ("namespace-uri(/r/*[last()])", "urn:p"),
        ],
    );
}

#[test]
fn languages() {
    let xml = r#"<a xml:lang="en-US"><b>t</b><c xml:lang="DE" d="1"/><e xml:lang=""/></a>"#;
    for (expression, expected) in [
        (
            "//b/lang('en'), //b/lang('EN'), //b/lang('en-us'), //b/lang('en-us-x'), //b/lang('e')",
            "true, true, true, false, false",
        ),
        (
            "//c/lang('de'), //c/lang('en'), //c/@d/lang('de'), //b/text()/lang('en')",
            "true, false, true, true",
        ),
        ("lang('en', //b), lang('en', //c/@d), lang('en'), lang((), //b)", "true, false, false, false"),
        ("//e/lang('en'), //e/lang('')", "false, true"),
        ("lang('en', ())", "!XPTY0004"),
        ("1 ! lang('en')", "!XPTY0004"),
        ("function() { lang('en') }()", "!XPDY0002"),
        ("count(//*[lang('en')])", "2"),
    ] {
        assert_eq!(text_of(expression, Version::V31, xml), expected, "{expression}");
    }
    assert_eq!(text_of("count(//*[lang('en')])", Version::V10, xml), "2");
    assert!(text_of("lang('en', /)", Version::V10, xml).starts_with("!XPST0017"));
}

#[test]
fn places() {
    is(&[
        (
            "path(/), path(/r), path(//b), path(/r/p:b)",
            "/, /Q{}r[1], /Q{}r[1]/Q{}a[2]/Q{}b[1], /Q{}r[1]/Q{urn:p}b[1]",
        ),
        ("path(//a[2]/text()[2])", "/Q{}r[1]/Q{}a[2]/text()[2]"),
        ("//a[2]/@y/path(), path(/r/@p:k)", "/Q{}r[1]/Q{}a[2]/@y, /Q{}r[1]/@Q{urn:p}k"),
        (
            "path(/r/comment()), path(/r/processing-instruction())",
            "/Q{}r[1]/comment()[1], /Q{}r[1]/processing-instruction(pi)[1]",
        ),
        ("empty(path(()))", "true"),
        (
            "path(parse-xml('<a>x<?p?><?q?><?p?></a>')//processing-instruction()[3])",
            "/Q{}a[1]/processing-instruction(p)[2]",
        ),
        ("1 ! path()", "!XPTY0004"),
        ("root(//b) is /, root(()), /root() is /, //@y/root() is /", "true, true, true"),
        ("1 ! root()", "!XPTY0004"),
        ("function() { root() }()", "!XPDY0002"),
        ("(/, /r, //b, //@y, //a[1]/text()) ! has-children(.)", "true, true, false, false, false"),
        ("has-children(()), //a[1]/has-children()", "false, true"),
        ("1 ! has-children()", "!XPTY0004"),
        ("innermost((/, //a, //b)) ! name()", "a, b"),
        ("outermost((//b, //a, //@y)) ! name()", "a, a"),
        ("innermost((//a, //@y, //b, //b)) ! name()", "a, y, b"),
        ("outermost((//*, /)) ! name(), innermost(()), outermost(())", ""),
        ("innermost(1)", "!XPTY0004"),
        ("nilled(/r), //a[1]/nilled(), empty((nilled(/), nilled(()), nilled(//@y)))", "false, false, true"),
        (
            "empty((base-uri(/), base-uri(()), document-uri(/), document-uri(()), /r/base-uri(), /document-uri()))",
            "true",
        ),
        ("parse-xml('<a xml:base=\"http://a/b\"><c d=\"1\"/></a>')//@d/base-uri()", "http://a/b"),
        (
            "parse-xml('<a xml:base=\"http://a/b/\"><c xml:base=\"d/e\"><f xml:base=\"g\"/></c></a>')//f/base-uri()",
            "http://a/b/d/g",
        ),
        ("parse-xml('<a xml:base=\"b/\"><c/></a>')//c/base-uri()", ""),
        ("function() { base-uri() }()", "!XPDY0002"),
        (
            "path(analyze-string('a', 'b')/*)",
            "Q{http://www.w3.org/2005/xpath-functions}root()/Q{http://www.w3.org/2005/xpath-functions}non-match[1]",
        ),
        ("path(analyze-string('a', 'b'))", "Q{http://www.w3.org/2005/xpath-functions}root()"),
        ("id('x', analyze-string('a', 'b'))", "!FODC0001"),
        ("idref('x', analyze-string('a', 'b'))", "!FODC0001"),
        ("1 ! document-uri()", "!XPTY0004"),
        (
            "generate-id(//b) = generate-id(//b), generate-id(//a[1]) = generate-id(//a[2]), generate-id(())",
            "true, false, ",
        ),
        (
            "//b/generate-id() = generate-id(//b), generate-id(parse-xml('<a/>')) = generate-id(/)",
            "true, false",
        ),
        ("matches(generate-id(//@y), '^[A-Za-z][A-Za-z0-9]*$')", "true"),
    ]);
}

#[test]
fn identifiers() {
    let xml = r#"<a xml:id="x"><b xml:id=" y "/><c xml:id="x" id="z"/><d>x y</d></a>"#;
    for (expression, expected) in [
        (
            "id('x')/name(), id('y')/name(), id('x y nothing x')/name(), id(('y', 'x'))/name()",
            "a, b, a, b, a, b",
        ),
        ("id('z'), id(()), id('')", ""),
        (
            "id(//d)/name(), id('y', //d)/name(), element-with-id('y')/name(), element-with-id('x', /)/name()",
            "a, b, b, b, a",
        ),
        ("//d/id(.)/name()", "a, b"),
        ("idref('x'), idref('x', //d)", ""),
        ("id('x', ())", "!XPTY0004"),
        ("1 ! id('x')", "!XPTY0004"),
        ("1 ! idref('x')", "!XPTY0004"),
        ("function() { id('x') }()", "!XPDY0002"),
    ] {
        assert_eq!(text_of(expression, Version::V31, xml), expected, "{expression}");
    }
    assert_eq!(text_of("count(id(//d))", Version::V10, xml), "2");
}

#[test]
fn qualified_names() {
    is(&[
        ("QName('http://a', 'b'), QName('http://a', 'p:b'), QName('', 'b'), QName((), 'b')", "b, p:b, b, b"),
        (
            "prefix-from-QName(QName('http://a', 'p:b')), local-name-from-QName(QName('http://a', 'p:b'))",
            "p, b",
        ),
        (
            "namespace-uri-from-QName(QName('http://a', 'p:b')), namespace-uri-from-QName(QName('', 'b')) = ''",
            "http://a, true",
        ),
        ("empty(prefix-from-QName(QName('http://a', 'b')))", "true"),
        ("empty((prefix-from-QName(()), local-name-from-QName(()), namespace-uri-from-QName(())))", "true"),
        ("prefix-from-QName(QName('http://a', 'p:b')) instance of xs:NCName", "true"),
        ("local-name-from-QName(QName('http://a', 'p:b')) instance of xs:NCName", "true"),
        (
            "namespace-uri-from-QName(xs:QName('xml:lang')), 'xml:lang' castable as xs:QName",
            "http://www.w3.org/XML/1998/namespace, true",
        ),
        ("QName('', 'p:b')", "!FOCA0002"),
        ("QName((), 'p:b')", "!FOCA0002"),
        ("QName('http://a', '1b')", "!FOCA0002"),
        ("QName('http://a', 'a:b:c')", "!FOCA0002"),
        ("QName('http://a', ':b')", "!FOCA0002"),
        ("QName('http://a', '')", "!FOCA0002"),
        (
            "QName('http://a', 'b') eq QName('http://a', 'p:b'), QName('a', 'b') eq QName('c', 'b')",
            "true, false",
        ),
        ("resolve-QName('p:x', /r), namespace-uri-from-QName(resolve-QName('p:x', /r))", "p:x, urn:p"),
        ("namespace-uri-from-QName(resolve-QName('x', /r)), empty(resolve-QName((), /r))", ", true"),
        ("namespace-uri-from-QName(resolve-QName('xml:x', //b))", "http://www.w3.org/XML/1998/namespace"),
        ("resolve-QName('q:x', /r)", "!FONS0004"),
        ("resolve-QName('x y', /r)", "!FOCA0002"),
        (
            "namespace-uri-for-prefix('p', //b), namespace-uri-for-prefix('xml', /r)",
            "urn:p, http://www.w3.org/XML/1998/namespace",
        ),
        (
            "empty((namespace-uri-for-prefix('', /r), namespace-uri-for-prefix((), /r), namespace-uri-for-prefix('q', /r)))",
            "true",
        ),
        ("sort(in-scope-prefixes(/r)), sort(in-scope-prefixes(//b))", "p, xml, p, xml"),
        ("in-scope-prefixes(/)", "!XPTY0004"),
        (
            "for $e in parse-xml('<a xmlns=\"u\"><b xmlns=\"\"/></a>')//* return string-join(sort(in-scope-prefixes($e)), ' ')",
            " xml, xml",
        ),
        (
            "parse-xml('<a xmlns=\"u\"/>')/*/(namespace-uri-for-prefix('', .), namespace-uri-from-QName(resolve-QName('x', .)))",
            "u, u",
        ),
    ]);
}
