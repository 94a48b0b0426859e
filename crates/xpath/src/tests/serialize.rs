//! `fn:serialize`: Functions and Operators 3.1 §14.7.2, Serialization 3.1.

use super::is;

/// An expression that serializes a fragment with parameters.
fn serialized(xml: &str, parameters: &str) -> String {
    format!("serialize(parse-xml-fragment('{}'), {parameters})", xml.replace('\'', "''"))
}

#[test]
fn nodes_become_xml() {
    let all = r#"<r xmlns:p="urn:p" p:k="v"><a x="1">t</a><a x="2" y="k">u<b/>v</a><p:b>7</p:b><!--c--><?pi d?></r>"#;
    is(&[
        ("serialize(.)", all),
        ("serialize(/r/p:b)", r#"<p:b xmlns:p="urn:p">7</p:b>"#),
        ("serialize(//b)", r#"<b xmlns:p="urn:p"/>"#),
        ("serialize(//text())", "tuv7"),
        ("serialize(//comment())", "<!--c-->"),
        ("serialize(//processing-instruction())", "<?pi d?>"),
        ("serialize(())", ""),
        ("serialize((//@x)[1])", "!SENR0001"),
        ("serialize(count#1)", "!SENR0001"),
        ("serialize(map{})", "!SENR0001"),
        ("serialize((1, 'a', true(), [2, [()], 3]))", "1 a true 2 3"),
        ("serialize((1, //b, 2, 3))", r#"1<b xmlns:p="urn:p"/>2 3"#),
        ("serialize(1 to 4, map{'item-separator':'|'})", "1|2|3|4"),
        ("serialize('<&>\"', ())", "&lt;&amp;&gt;\""),
        (
            &serialized("<a b='&lt;&gt;&amp;&quot;&#9;&#10;&#13;x'>&#13;\"&#133;</a>", "()"),
            "<a b=\"&lt;&gt;&amp;&quot;&#x9;&#xA;&#xD;x\">&#xD;\"&#x85;</a>",
        ),
        (
            &serialized("<a xmlns='urn:a'><b xmlns=''><c xmlns='urn:a'/></b></a>", "()"),
            r#"<a xmlns="urn:a"><b xmlns=""><c xmlns="urn:a"/></b></a>"#,
        ),
        (
            &serialized("<p:a xmlns:p='urn:a'><p:b xmlns:p='urn:b'/><p:c/></p:a>", "()"),
            r#"<p:a xmlns:p="urn:a"><p:b xmlns:p="urn:b"/><p:c/></p:a>"#,
        ),
        (&serialized("<a xml:lang='en'/><b/>", "()"), r#"<a xml:lang="en"/><b/>"#),
        (
            "serialize(parse-xml('<a xmlns=\"urn:a\" xmlns:p=\"urn:p\"><b/></a>')/*/*)",
            r#"<b xmlns="urn:a" xmlns:p="urn:p"/>"#,
        ),
    ]);
}

#[test]
fn parameters_of_xml() {
    is(&[
        (
            "serialize(//b, map{'omit-xml-declaration':false()})",
            r#"<?xml version="1.0" encoding="UTF-8"?><b xmlns:p="urn:p"/>"#,
        ),
        (
            "serialize(//b, map{'omit-xml-declaration':false(), 'standalone':true()})",
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><b xmlns:p="urn:p"/>"#,
        ),
        (
            "serialize(//b, map{'omit-xml-declaration':false(), 'standalone':()})",
            r#"<?xml version="1.0" encoding="UTF-8"?><b xmlns:p="urn:p"/>"#,
        ),
        ("serialize(//b, map{'standalone':' omit '})", "!XPTY0004"),
        ("serialize(//b, map{'standalone':true()})", "!SEPM0009"),
        ("serialize('a', map{'omit-xml-declaration':false(), 'standalone':true()})", "!SEPM0004"),
        ("serialize(//b, map{'undeclare-prefixes':true()})", "!SEPM0010"),
        ("serialize(//b, map{'version':'2.0'})", "!SESU0013"),
        ("serialize(//b, map{'encoding':'EBCDIC'})", "!SESU0007"),
        ("serialize(//b, map{'normalization-form':'NFX'})", "!SESU0011"),
        ("serialize(//b, map{'method':'pdf'})", "!SEPM0016"),
        ("serialize(//b, map{'method':1})", "!XPTY0004"),
        ("serialize(//b, map{'indent':'yes'})", "!XPTY0004"),
        ("serialize(//b, map{'indent':(true(), false())})", "!XPTY0004"),
        ("serialize(//b, 1)", "!XPTY0004"),
        ("serialize(//b, map{'suppress-indentation':'p'})", "!XPTY0004"),
        ("serialize(//b, map{'method':xs:QName('text'), 'indent':xs:untypedAtomic('false')})", ""),
        ("serialize(//b, map{'method':QName('urn:a', 'text')})", "!SEPM0016"),
        (
            "serialize(//b, parse-json('{\"method\":\"json\", \"use-character-maps\":{\"b\":\"[]\"}}'))",
            r#""<[] xmlns:p=\"urn:p\"\/>""#,
        ),
        ("serialize('e\u{301}', map{'normalization-form':'NFC'})", "\u{e9}"),
        ("serialize('\u{e9}\u{1d11e}', map{'encoding':'us-ascii'})", "&#xE9;&#x1D11E;"),
        ("serialize('a$b<', map{'use-character-maps':map{'$':'<£>', '<':'('}})", "a<£>b("),
        ("serialize('a', map{'use-character-maps':map{'$$':'£'}})", "!SEPM0016"),
        ("serialize('a', map{'use-character-maps':true()})", "!XPTY0004"),
        ("serialize('a', map{'use-character-maps':map{'$':1}})", "!XPTY0004"),
        ("serialize('a', map{'other':1, QName('urn:a', 'indent'):1, 2:3})", "a"),
        (
            &serialized("<a><b>1</b><c><d/></c></a>", "map{'indent':true()}"),
            "<a>\n  <b>1</b>\n  <c>\n    <d/>\n  </c>\n</a>",
        ),
        (&serialized("<a><b/><c><d/></c> </a>", "map{'indent':true()}"), "<a><b/><c><d/></c> </a>"),
        (
            &serialized("<a><c><d/></c></a>", "map{'indent':true(), 'suppress-indentation':QName('', 'c')}"),
            "<a>\n  <c><d/></c>\n</a>",
        ),
        (
            &serialized("<a xml:space='preserve'><c/></a>", "map{'indent':true()}"),
            "<a xml:space=\"preserve\"><c/></a>",
        ),
        (
            &serialized("<a>x&lt;]]&gt;<b>&lt;</b></a>", "map{'cdata-section-elements':[QName('', 'a')]}"),
            "<a><![CDATA[x<]]]]><![CDATA[>]]><b>&lt;</b></a>",
        ),
        (
            &serialized("<a/>", "map{'doctype-system':'a.dtd', 'doctype-public':'A'}"),
            "<!DOCTYPE a PUBLIC \"A\" \"a.dtd\">\n<a/>",
        ),
        (&serialized("<a/><b/>", "map{'doctype-system':'a.dtd'}"), "!SEPM0004"),
    ]);
}

#[test]
fn parameters_stand_in_an_element() {
    let with = |parameters: &str| {
        let element = format!(
            "<o:serialization-parameters xmlns:o=\"http://www.w3.org/2010/xslt-xquery-serialization\" xmlns:v=\"urn:v\">{parameters}</o:serialization-parameters>"
        );
        format!("serialize((1, /r/a[1]), parse-xml('{element}')/*)")
    };
    is(&[
        (&with(""), r#"1<a xmlns:p="urn:p" x="1">t</a>"#),
        (&with(r#"<o:method value=" text "/><o:item-separator value=" - "/>"#), "1 - t"),
        (
            &with(r#"<o:method value="adaptive"/><o:indent value="no"/><v:other a="b"/>"#),
            "1\n<a xmlns:p=\"urn:p\" x=\"1\">t</a>",
        ),
        (
            &with(
                r#"<o:use-character-maps><o:character-map character="t" map-string="[T]"/></o:use-character-maps>"#,
            ),
            r#"1<a xmlns:p="urn:p" x="1">[T]</a>"#,
        ),
        (
            &with(r#"<o:cdata-section-elements value="v:x a"/>"#),
            r#"1<a xmlns:p="urn:p" x="1"><![CDATA[t]]></a>"#,
        ),
        (&with(r#"<o:cdata-section-elements value="x:x"/>"#), "!SEPM0017"),
        (&with(r#"<o:use-character-maps value="yes"/>"#), "!SEPM0017"),
        (&with(r#"<o:indent value="maybe"/>"#), "!SEPM0017"),
        (&with(r"<o:indent/>"), "!SEPM0017"),
        (&with(r#"<o:indent value="yes" other="no"/>"#), "!SEPM0017"),
        (&with(r#"<o:outdent value="yes"/>"#), "!SEPM0017"),
        (&with(r#"<indent value="yes"/>"#), "!SEPM0017"),
        (&with("text"), "!SEPM0017"),
        (&with(r#"<o:indent value="yes"/><o:indent value="yes"/>"#), "!SEPM0019"),
        (&with(r#"<v:a value="yes"/><v:a value="yes"/>"#), "!SEPM0019"),
        (&with(r#"<o:method value="pdf"/>"#), "!SEPM0016"),
        (
            &with(
                r#"<o:use-character-maps><o:character-map character="tt" map-string=""/></o:use-character-maps>"#,
            ),
            "!SEPM0017",
        ),
        (
            &with(
                r#"<o:use-character-maps><o:character-map character="t" map-string=""/><o:character-map character="t" map-string=""/></o:use-character-maps>"#,
            ),
            "!SEPM0018",
        ),
        ("serialize(1, parse-xml('<a/>')/*)", "!XPTY0004"),
        ("serialize(1, /)", "!XPTY0004"),
    ]);
}

#[test]
fn items_become_json() {
    let json = |items: &str| format!("serialize({items}, map{{'method':'json'}})");
    is(&[
        (&json("()"), "null"),
        (&json("[]"), "[]"),
        (&json("[1, 2.50, 1e0, 1e100, true(), (), 'a', map{}]"), r#"[1,2.5,1,1.0E100,true,null,"a",{}]"#),
        (
            &json("map{'a':1, 2:[map{}], xs:date('2011-04-06'):xs:date('2011-04-06')}"),
            r#"{"a":1,"2":[{}],"2011-04-06":"2011-04-06"}"#,
        ),
        (&json("1 to 2"), "!SERE0023"),
        (&json("[(1, 2)]"), "!SERE0023"),
        (&json("map{'a':(1, 2)}"), "!SERE0023"),
        (&json("xs:double('NaN')"), "!SERE0020"),
        (&json("xs:float('-INF')"), "!SERE0020"),
        (&json("count#1"), "!SERE0021"),
        (&json("map{1:1, '1':2}"), "!SERE0022"),
        (
            "serialize(map{1:1, '1':2}, map{'method':'json', 'allow-duplicate-names':true()})",
            r#"{"1":1,"1":2}"#,
        ),
        (&json("xs:anyURI('http://a/')"), r#""http:\/\/a\/""#),
        (
            &json("'\"\\' || codepoints-to-string((8364, 9, 10, 13, 127, 159, 160))"),
            "\"\\\"\\\\€\\t\\n\\r\\u007F\\u009F\u{a0}\"",
        ),
        (&json("//b"), r#""<b xmlns:p=\"urn:p\"\/>""#),
        (&json("(//@x)[1]"), "!SENR0001"),
        ("serialize(/, map{'method':'json', 'json-node-output-method':'text'})", r#""tuv7""#),
        ("serialize(1, map{'method':'json', 'json-node-output-method':'json'})", "!SEPM0016"),
        (
            "serialize('\u{1d11e}\u{e9}', map{'method':'json', 'encoding':'ISO-8859-1'})",
            "\"\\uD834\\uDD1E\u{e9}\"",
        ),
        ("serialize('a$', map{'method':'json', 'use-character-maps':map{'$':'\"'}})", r#""a"""#),
        (
            "serialize([1, map{'a':[]}], map{'method':'json', 'indent':true()})",
            "[\n  1,\n  {\n    \"a\": []\n  }\n]",
        ),
    ]);
}

#[test]
fn items_become_text_for_people() {
    let adaptive = |items: &str| format!("serialize({items}, map{{'method':'adaptive'}})");
    is(&[
        (&adaptive("()"), ""),
        (&adaptive("(1, 'a\"b', true(), 1.50)"), "1\n\"a\"\"b\"\ntrue()\n1.5"),
        (
            &adaptive("(1e0, -1.25e-7, 1e100, xs:double('-INF'), xs:double('NaN'))"),
            "1.0e0\n-1.25e-7\n1.0e100\n-INF\nNaN",
        ),
        (&adaptive("xs:float('1e0')"), "xs:float(\"1\")"),
        (
            &adaptive("(xs:dayTimeDuration('PT1H'), xs:gYear('2000'), xs:hexBinary('ab'))"),
            "xs:duration(\"PT1H\")\nxs:gYear(\"2000\")\nxs:hexBinary(\"AB\")",
        ),
        (
            &adaptive("(xs:byte(1), xs:NCName('a'), xs:anyURI('b'), xs:untypedAtomic('c'))"),
            "1\n\"a\"\n\"b\"\n\"c\"",
        ),
        (&adaptive("QName('urn:a', 'p:b')"), "Q{urn:a}b"),
        (&adaptive("[(1, 2), (), 'a', [false()]]"), "[(1,2),(),\"a\",[false()]]"),
        (&adaptive("map{'a':(1, 2), QName('', 'b'):map{}}"), "map{\"a\":(1,2),Q{}b:map{}}"),
        (
            &adaptive("(exists#1, function($a) {$a}, xs:date#1, concat#3)"),
            "fn:exists#1\n(anonymous-function)#1\nxs:date#1\nfn:concat#3",
        ),
        (&adaptive("(//b, (//@x)[1], //a[1]/text())"), "<b xmlns:p=\"urn:p\"/>\nx=\"1\"\nt"),
        ("serialize((1, 2, [(3, 4)]), map{'method':'adaptive', 'item-separator':'-'})", "1-2-[(3,4)]"),
    ]);
}

#[test]
fn nodes_become_text() {
    is(&[
        ("serialize(/, map{'method':'text'})", "tuv7"),
        ("serialize((1, /r/a, '<&'), map{'method':'text'})", "1tuv<&"),
        ("serialize('\u{e9}', map{'method':'text', 'encoding':'us-ascii'})", "!SERE0008"),
    ]);
}

#[test]
fn nodes_become_html() {
    let html = |xml: &str| serialized(xml, "map{'method':'html'}");
    let head = "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\">";
    is(&[
        (
            &html("<html><head><title>&lt;</title></head><body><br/><p/></body></html>"),
            &format!(
                "<!DOCTYPE html><html><head>{head}<title>&lt;</title></head><body><br><p></p></body></html>"
            ),
        ),
        (
            &html("<html><head><meta http-equiv='content-type' content='x'/></head></html>"),
            &format!("<!DOCTYPE html><html><head>{head}</head></html>"),
        ),
        (&html("<script>a &lt; b &amp;&amp; c</script>"), "<script>a < b && c</script>"),
        (
            &html("<input checked='CHECKED' value='&lt;&amp;{a}&amp;&#160;'/>"),
            "<input checked value=\"<&{a}&amp;&nbsp;\">",
        ),
        (&html("<?a b?>"), "<?a b>"),
        (&html("<?a b>c?>"), "!SERE0015"),
        (&html("<p>&#128;</p>"), "!SERE0014"),
        (
            &serialized("<html/>", "map{'method':'html', 'version':'4.01', 'doctype-public':'A'}"),
            "<!DOCTYPE html PUBLIC \"A\"><html></html>",
        ),
        (&serialized("<html/>", "map{'method':'html', 'html-version':4.01}"), "<html></html>"),
        (
            &serialized("<p xmlns='http://www.w3.org/1999/xhtml'><br/><i/></p>", "map{'method':'xhtml'}"),
            "<p xmlns=\"http://www.w3.org/1999/xhtml\"><br /><i></i></p>",
        ),
    ]);
}

#[test]
fn what_is_written_is_bounded() {
    let long = "string-join((1 to 1000) ! 'aaaaaaaaaa')";
    is(&[
        (
            &format!("let $t := {long} return serialize($t, map{{'use-character-maps':map{{'a':$t}}}})"),
            "!XPDY0130",
        ),
        (
            "string-length(serialize(fold-left(1 to 300, [], function($a, $i) {[$a]}), map{'method':'json'}))",
            "!XPDY0130",
        ),
        (
            "string-length(serialize(fold-left(1 to 300, [], function($a, $i) {[$a]}), map{'method':'adaptive'}))",
            "!XPDY0130",
        ),
    ]);
}

/// What an expression comes to, in a quarter of the stack that a thread has.
fn small(expression: &str, xml: &str) -> String {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(1 << 19);
        let run = || super::text_of(expression, crate::Version::V31, xml);
        thread.spawn_scoped(scope, run).unwrap().join().unwrap()
    })
}

#[test]
fn what_is_deep_is_written_on_a_small_stack() {
    let deep =
        |name: &str| format!("{}{}", format!("<{name}>").repeat(250), format!("</{name}>").repeat(250));
    let xml = deep("a");
    assert_eq!(small("string-length(serialize(., map{'indent':true()})) gt 100000", &xml), "true");
    assert_eq!(small("string-length(serialize(., map{'method':'html'}))", &xml), "1750");
    assert_eq!(small(&format!("string-length(serialize(parse-xml-fragment('{xml}')))"), "<a/>"), "1747");
    let array = deep("array").replacen('>', " xmlns='http://www.w3.org/2005/xpath-functions'>", 1);
    assert_eq!(small("string-length(xml-to-json(.))", &array), "500");
    let nested = format!("{}{}", "[".repeat(64), "]".repeat(64));
    assert_eq!(small(&format!("string-length(xml-to-json(json-to-xml('{nested}')))"), "<a/>"), "128");
    let items = "fold-left(1 to 200, 1, function($a, $i) {[$a]})";
    assert_eq!(small(&format!("string-length(serialize({items}, map{{'method':'json'}}))"), "<a/>"), "401");
    assert_eq!(
        small(&format!("string-length(serialize({items}, map{{'method':'adaptive'}}))"), "<a/>"),
        "401"
    );
}

#[test]
fn namespaces_do_not_take_more_than_they_may() {
    let declared: Vec<String> = (0..200).map(|one| format!(" xmlns:p{one}='urn:p{one}'")).collect();
    let declared = declared.concat();
    let xml = format!("<a{declared}>{}</a>", "<b/>".repeat(5000));
    assert_eq!(
        small("let $b := //b return string-length(serialize((1 to 20) ! $b)) gt 0", &xml),
        "!XPDY0130"
    );
    assert_eq!(small("string-length(serialize(/)) lt 30000", &xml), "true");
}
