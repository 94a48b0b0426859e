//! JSON, and XML from text: Functions and Operators 3.1 §17.5, §14.7.

use super::is;

#[test]
fn json_becomes_maps_and_arrays() {
    is(&[
        (r#"parse-json('{"x":1, "y":[3,4,5]}')"#, "{x: 1, y: [3, 4, 5]}"),
        (r#"parse-json('"abcd"')"#, "abcd"),
        (r#"parse-json('{"x":"\\", "y":"\u0025"}')"#, r"{x: \, y: %}"),
        (r#"parse-json('{"x":"\\", "y":"\u0025"}', map{'escape':true()})"#, r"{x: \\, y: %}"),
        (
            r#"parse-json('{"x":"\\", "y":"\u0000"}', map{'fallback':function($s) {'[' || $s || ']'}})"#,
            r"{x: \, y: [\u0000]}",
        ),
        (r#"parse-json('["\f"]', map{'fallback':upper-case#1})"#, r"[\F]"),
        (r#"parse-json('["\f"]', map{'fallback':concat#2})"#, "!XPTY0004"),
        (r#"parse-json('["\f"]', map{'fallback':function($s) {1}})"#, "!XPTY0004"),
        (r#"parse-json('["\f"]', map{'fallback':upper-case#1, 'escape':true()})"#, "!FOJS0005"),
        (r#"parse-json('["\f\n\b\u0007/\/\"\u007f"]', map{'escape':true()})"#, r#"[\f\n\b\u0007//"\u007F]"#),
        (r#"parse-json('["\uD834\uDD1E"]')?1 = codepoints-to-string(119070)"#, "true"),
        (r#"parse-json('["\uD834x\uDD1E"]')"#, "[\u{fffd}x\u{fffd}]"),
        (r#"parse-json('["\uD834\uD834\uDD1E"]')"#, "[\u{fffd}\u{1d11e}]"),
        (r#"parse-json('["\uDEAD"]', map{'escape':true()})"#, r"[\uDEAD]"),
        ("parse-json('null'), parse-json(())", ""),
        ("parse-json('[null, true, false, {}]')", "[(), true, false, {}]"),
        ("parse-json(codepoints-to-string(65279) || ' [ 1 ] ')", "[1]"),
        (
            "parse-json('[0, -0, 1.5e3, 0.123e-2, 1E+2, 1e400, 12345678901234567890]')",
            "[0, -0, 1500, 0.00123, 100, INF, 1.2345678901234567E19]",
        ),
        ("parse-json('1') instance of xs:double", "true"),
        (r#"parse-json('{"a":1, "b":2, "a":3}')"#, "{a: 1, b: 2}"),
        (r#"parse-json('{"a":1, "b":2, "a":3}', map{'duplicates':'use-last'})"#, "{a: 3, b: 2}"),
        (r#"parse-json('{"a":1, "\u0061":3}', map{'duplicates':'reject'})"#, "!FOJS0003"),
        (r#"parse-json('{"a":1}', map{'duplicates':'retain'})"#, "!FOJS0005"),
        (r#"parse-json('{"a":1}', map{'duplicates':('reject', 'reject')})"#, "!XPTY0004"),
        ("parse-json('1', map{'liberal':'yes'})", "!XPTY0004"),
        ("parse-json('1', map{'liberal':true(), 'other':'yes', 1:2})", "1"),
        (r#"parse-json('{"\uFFFF":""}', map{'fallback':abs#1})"#, "!XPTY0004"),
        (r#"parse-json('{"\b":""}', map{'fallback':'a'})"#, "!XPTY0004"),
        (r#"parse-json('{"\b":""}', map{'fallback':error(QName('', 'USER9999'), ?)})"#, "!Q{}USER9999"),
        (r#"map:keys(parse-json('{"\b":""}', map{'fallback':substring(?, 2)}))"#, "b"),
        (r#"parse-json('{"/":"x", "\/":"y"}', map{'escape':true(), 'duplicates':'reject'})"#, "!FOJS0003"),
        (
            r#"parse-json('{"%\u0010%":"x", "%\n%":"y"}', map{'escape':true(), 'duplicates':'reject'})"#,
            r"{%\u0010%: x, %\n%: y}",
        ),
        ("json-doc('http://localhost/a.json')", "!FOUT1170"),
        ("json-doc(())", ""),
    ]);
}

#[test]
fn what_is_no_json_is_refused() {
    let texts = [
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12G4\"",
        "\"\t\"",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "1e+",
        "nul",
        "nulls",
        "true false",
        "[1 2]",
        "{}x",
        "NaN",
        "Infinity",
        "0x1",
        "-01",
        "\u{a0}1",
    ];
    for text in texts {
        let expression = format!("parse-json('{}')", text.replace('\'', "''"));
        is(&[(&expression, "!FOJS0001")]);
    }
}

#[test]
fn json_does_not_stand_too_deep() {
    let nested = |deep: usize| format!("parse-json('{}{}')", "[".repeat(deep), "]".repeat(deep));
    assert!(super::text_of(&nested(64), crate::Version::V31, super::XML).starts_with("[["));
    is(&[(&nested(65), "!XPDY0130"), (&format!("parse-json('{}')", "[".repeat(100_000)), "!XPDY0130")]);
}

#[test]
fn json_becomes_xml() {
    let json = r#"{"x":1, "y":[3.0,"a\\",null,true,{}]}"#;
    is(&[
        (
            &format!("serialize(json-to-xml('{json}'))"),
            r#"<map xmlns="http://www.w3.org/2005/xpath-functions"><number key="x">1</number><array key="y"><number>3.0</number><string>a\</string><null/><boolean>true</boolean><map/></array></map>"#,
        ),
        (
            r#"serialize(json-to-xml('{"a\\":"\u000C", "\u0007":"bell"}', map{'escape':true()}))"#,
            r#"<map xmlns="http://www.w3.org/2005/xpath-functions"><string key="a\\" escaped-key="true" escaped="true">\f</string><string key="\u0007" escaped-key="true">bell</string></map>"#,
        ),
        (r#"json-to-xml('{"a":3, "b":4, "a":5}')/*/*/concat(@key, .)"#, "a3, b4, a5"),
        (
            r#"json-to-xml('{"a":3, "b":4, "a":5}', map{'duplicates':'use-first'})/*/*/concat(@key, .)"#,
            "a3, b4",
        ),
        (r#"json-to-xml('{"a":3, "b":4, "a":5}', map{'duplicates':'use-last'})"#, "!FOJS0005"),
        (r#"json-to-xml('{"\n":1, "\u000A":2}', map{'escape':true(), 'duplicates':'reject'})"#, "!FOJS0003"),
        ("json-to-xml('0.23e+02')/fn:number/string()", "0.23e+02"),
        ("json-to-xml('[1]') instance of document-node(element(fn:array))", "true"),
        ("json-to-xml(())", ""),
        ("json-to-xml('')", "!FOJS0001"),
        ("json-to-xml('1', map{'validate':true()})", "!FOJS0004"),
        ("json-to-xml('1', map{'validate':false()})/*/string()", "1"),
        ("json-to-xml('1', map{'validate':'EMCA-262'})", "!XPTY0004"),
        ("json-to-xml('\"\\u005c\"')/*/string()", "\\"),
    ]);
}

#[test]
fn xml_becomes_json() {
    let json = |xml: &str| {
        let xml =
            xml.replacen('>', " xmlns='http://www.w3.org/2005/xpath-functions'>", 1).replace('\'', "''");
        format!("xml-to-json(parse-xml-fragment('{xml}'))")
    };
    is(&[
        (
            r#"xml-to-json(json-to-xml('{"A":[1,2.50,-0], "B":{"C":null}, "D":true, "E":"x\/\"\\\n\u0085"}'))"#,
            r#"{"A":[1,2.5,-0],"B":{"C":null},"D":true,"E":"x\/\"\\\n\u0085"}"#,
        ),
        (r#"xml-to-json(json-to-xml('["\uDEAD\\", 1E6]', map{'escape':true()}))"#, r#"["\uDEAD\\",1.0E6]"#),
        ("xml-to-json(())", ""),
        ("xml-to-json(/)", "!FOJS0006"),
        ("xml-to-json(//@x)", "!XPTY0004"),
        ("xml-to-json((//@x)[1])", "!FOJS0006"),
        (
            r#"translate(xml-to-json(json-to-xml('{"a":[1, 2]}'), map{'indent':true()}), codepoints-to-string((32, 10)), '')"#,
            r#"{"a":[1,2]}"#,
        ),
        ("xml-to-json(json-to-xml('[]'), map{'indent':()})", "!XPTY0004"),
        (&json("<array> <null/> <!--c--> <null/> </array>"), "[null,null]"),
        (&json("<array>x<null/></array>"), "!FOJS0006"),
        (&json("<boolean> 1 </boolean>"), "true"),
        (&json("<boolean>yes</boolean>"), "!FOJS0006"),
        (&json("<number> +005 </number>"), "5"),
        (&json("<number>NaN</number>"), "!FOJS0006"),
        (&json("<number>&#160;5</number>"), "!FOJS0006"),
        (&json("<boolean>&#160;true</boolean>"), "!FOJS0006"),
        (&json("<number>INF</number>"), "!FOJS0006"),
        (&json("<number></number>"), "!FOJS0006"),
        (&json("<number>2<!--c-->7</number>"), "27"),
        (&json("<string>a<null/></string>"), "!FOJS0006"),
        (&json("<null><null/></null>"), "!FOJS0006"),
        (&json("<map><null/></map>"), "!FOJS0006"),
        (&json("<map><null key='a'/><null key='a'/></map>"), "!FOJS0006"),
        (
            &json(r"<map><null key='\n' escaped-key='true'/><null key='\u000A' escaped-key='1'/></map>"),
            "!FOJS0006",
        ),
        (
            &json(r"<map><null key='\n' escaped-key='true'/><null key='\n'/></map>"),
            r#"{"\n":null,"\\n":null}"#,
        ),
        (&json("<map><null key='a' yek='b'/></map>"), "!FOJS0006"),
        (&json("<map xml:base='http://localhost'><string key='t'>x</string></map>"), r#"{"t":"x"}"#),
        (&json("<map><other key='a'/></map>"), "!FOJS0006"),
        (
            &json(
                r"<map><string escaped='1' key='a'>\t\/</string><string escaped='0' key='b'>\t</string></map>",
            ),
            r#"{"a":"\t\/","b":"\\t"}"#,
        ),
        (&json(r"<string escaped='true' >\x</string>"), "!FOJS0007"),
        (&json(r"<string escaped='true' >\u12</string>"), "!FOJS0007"),
        (&json("<string escaped='maybe' >x</string>"), "!FOJS0006"),
        (&json("<map escaped='0' ></map>"), "!FOJS0006"),
        ("xml-to-json(parse-xml('<null/>'))", "!FOJS0006"),
        ("xml-to-json(parse-xml-fragment(''))", "!FOJS0006"),
    ]);
}

#[test]
fn xml_is_read_from_text() {
    is(&[
        ("parse-xml('<alpha>abcd</alpha>')/alpha/string()", "abcd"),
        ("parse-xml('<a/>') instance of document-node(element(a))", "true"),
        ("parse-xml(())", ""),
        ("parse-xml('')", "!FODC0006"),
        ("parse-xml('<a>')", "!FODC0006"),
        ("parse-xml('<a/><b/>')", "!FODC0006"),
        ("parse-xml('<p:a/>')", "!FODC0006"),
        ("parse-xml('<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>')", "!FODC0006"),
        ("parse-xml('<a/>') is parse-xml('<a/>')", "false"),
        (
            "serialize(parse-xml-fragment('<alpha>abcd</alpha><beta x=\"1\">abcd</beta>z<?PI?><!--c-->'))",
            "<alpha>abcd</alpha><beta x=\"1\">abcd</beta>z<?PI?><!--c-->",
        ),
        ("parse-xml-fragment('He was <i>so</i> kind')/string()", "He was so kind"),
        ("parse-xml-fragment('') instance of document-node(), parse-xml-fragment('')/string()", "true, "),
        ("parse-xml-fragment(())", ""),
        (
            "parse-xml-fragment('<?xml version=\"1.0\" encoding=\"utf8\" standalone=\"yes\"?><a/>')",
            "!FODC0006",
        ),
        ("parse-xml-fragment('<?xml version=\"1.0\"?><a/>')", "!FODC0006"),
        ("parse-xml-fragment('<?xml version=''1.0'' encoding=''utf-8''?>abc')/string()", "abc"),
        ("parse-xml-fragment('<?xml encoding=''utf-8'' ?><a/>')/a ! name()", "a"),
        ("parse-xml-fragment('</x><x>')", "!FODC0006"),
        ("parse-xml-fragment('<p:a/>')", "!FODC0006"),
        ("parse-xml-fragment('<!DOCTYPE a><a/>')", "!FODC0006"),
        ("parse-xml-fragment('&lt;&#38;')/string()", "<&"),
        (
            "parse-xml-fragment('<a xmlns=\"urn:a\"><p:b xmlns:p=\"urn:b\"/></a>')//*/namespace-uri()",
            "urn:a, urn:b",
        ),
    ]);
}
