use serde_json::json;

use super::*;

const XPATH: QueryKind = QueryKind::XPath(31);

const XML: &str = "<order xmlns:p='urn:p' id='7'><item price='5'>a</item><item price='9'>b &amp; c</item><p:note><b>x</b></p:note></order>";

fn select(kind: QueryKind, text: &str, context: &Value) -> Result<Value, String> {
    let compiled = Compiled::new(kind, text).map_err(|error| error.to_string())?;
    compiled.select(context, Duration::ZERO).map_err(|error| error.to_string())
}

fn passes(kind: QueryKind, text: &str, context: &Value) -> Result<bool, String> {
    let compiled = Compiled::condition(kind, text).map_err(|error| error.to_string())?;
    compiled.passes(context, Duration::ZERO).map_err(|error| error.to_string())
}

#[test]
fn xpath_selects_texts_numbers_and_xml() {
    let order = json!(XML);
    for (path, expect) in [
        ("/order/item[1]", json!("a")),
        ("/order/item[@price > 5]", json!("b & c")),
        ("/order/item", json!(["a", "b & c"])),
        ("/order/@id", json!("7")),
        ("count(/order/item)", json!(2)),
        ("sum(//@price) div 4", json!(3.5)),
        ("/order/item = 'a'", json!(true)),
        ("concat(/order/@id, '-', name(/*))", json!("7-order")),
        ("/order/item[last()]/text()", json!("b & c")),
        ("//p:note/b", json!("x")),
    ] {
        assert_eq!(select(XPATH, path, &order), Ok(expect), "{path}");
    }
    let note = select(XPATH, "//p:note", &order).unwrap();
    assert!(note.as_str().unwrap().contains("<b>x</b>"), "{note}");
    assert_eq!(select(XPATH, "/none", &order), Err("it finds nothing".into()));
    assert_eq!(
        select(XPATH, "/a", &json!({})),
        Err("XPath is applied to XML as text, not to an object".into())
    );
    assert!(select(XPATH, "/a", &json!("<a>")).unwrap_err().starts_with("it is no XML"));
}

/// What "Condition Evaluation" says of `XPath`: booleans, numbers, texts and node sets.
#[test]
fn xpath_passes_by_the_effective_boolean_value() {
    for (path, expect) in [
        ("count(/order/item) > 1", true),
        ("count(/order/item) > 2", false),
        ("count(/order/item)", true),
        ("count(/order/none)", false),
        ("string(/order/@id)", true),
        ("string(/order/none)", false),
        ("/order/item", true),
        ("/order/none", false),
        ("/order/item[text()='a']", true),
    ] {
        assert_eq!(passes(XPATH, path, &json!(XML)), Ok(expect), "{path}");
    }
}

/// `XPath` 1.0 §3.4: true where it is for one node.
#[test]
fn xpath_compares_each_node_with_a_literal() {
    let xml = json!("<r><a x='1'>t</a><a x='2' y='k'>u</a><b>7</b></r>");
    for (path, expect) in [
        ("//a != 't'", true),
        ("//b != '7'", false),
        ("//zz != 't'", false),
        ("//a/@x > 1", true),
        ("//a/@x>=3", false),
        ("/r/a[@y != 'z']", true),
        ("count(/r/a[@y != 'z']) = 1", true),
        ("count(/r/a[@x > 1][. != 't']) = 1", true),
        ("//a/text() != \"t\" and //b < 8", true),
        ("//a != 't' or false()", true),
        ("not(//b > 7)", true),
        ("//b - 1 > 6", false),
        ("count(//a) > 1", true),
        ("//a[position() > 1]", true),
        ("//a[last() != 2]", false),
        ("'//a != 1' != 'x'", true),
        ("//a = 'u'", true),
    ] {
        assert_eq!(passes(XPATH, path, &xml), Ok(expect), "{path}");
    }
}

#[test]
fn xpath_puts_text_into_elements_and_attributes() {
    let put = |path: &str, text: &str| {
        let path = XPath::new(path, 31).unwrap();
        path.replace("<a k='1'><b>x<i/></b><b/></a>", text, Duration::ZERO).map_err(|error| error.to_string())
    };
    assert_eq!(put("/a/b[1]", "<&>").unwrap(), "<a k='1'><b>&lt;&amp;&gt;</b><b/></a>");
    assert_eq!(put("/a/@k", "\"2").unwrap(), r#"<a k="&quot;2"><b>x<i/></b><b/></a>"#);
    assert_eq!(put("/a/b", "z").unwrap(), "<a k='1'><b>z</b><b>z</b></a>");
    assert_eq!(put("/a/b/text()", "z").unwrap(), "<a k='1'><b>z<i/></b><b/></a>");
    assert_eq!(put("/a/none", "z"), Err("it finds nothing".into()));
    assert_eq!(put("/a/b", "\u{1}"), Err("U+0001 is no character of XML (SERE0006)".into()));
    assert_eq!(put("count(/a)", "z"), Err("it finds xs:integer, which cannot be replaced (XPTY0004)".into()));
}

#[test]
fn xpath_has_the_prefixes_of_the_outermost_element_then_those_of_others() {
    let envelope = json!(
        "<s:Envelope xmlns:s='urn:s' xmlns:a='urn:a'><s:Body><m:get xmlns:m='urn:m' xmlns:a='urn:b'><a:x>1</a:x><m:y>2</m:y>\
         <m:z xmlns:m='urn:n'>3</m:z></m:get></s:Body></s:Envelope>"
    );
    for (path, expect) in
        [("//m:y", Ok(json!("2"))), ("//a:x", Err("it finds nothing".into())), ("count(//m:z)", Ok(json!(0)))]
    {
        assert_eq!(select(XPATH, path, &envelope), expect, "{path}");
    }
    let error = select(XPATH, "//n:x", &envelope).unwrap_err();
    assert_eq!(error, "no element declares the prefix `n`; `*:x` is of any namespace (XPST0081)");
}

#[test]
fn xpath_has_what_its_version_has() {
    let order = json!(XML);
    for (path, expect) in [
        ("for $i in //item return upper-case($i)", json!(["A", "B & C"])),
        ("some $i in //item satisfies $i/@price > 8", json!(true)),
        ("every $p in //@price satisfies xs:integer($p) ge 9", json!(false)),
        ("matches(//item[1], '^[a-z]$')", json!(true)),
        ("sum(//item ! xs:decimal(@price)) div count(//item)", json!(7.0)),
        ("let $m := max(//@price) return //item[@price = $m]", json!("b & c")),
        ("//item => count()", json!(2)),
        (
            "map {'id': string(/order/@id), 'prices': //@price ! xs:integer(.)}",
            json!({"id": "7", "prices": [5, 9]}),
        ),
        ("[1, (), ('a', true())]", json!([1, null, ["a", true]])),
        ("xs:double('NaN')", json!("NaN")),
        ("9007199254740993", json!(9_007_199_254_740_993_u64)),
        ("year-from-dateTime(current-dateTime())", json!(1970)),
    ] {
        assert_eq!(select(XPATH, path, &order), Ok(expect), "{path}");
    }
    for (version, path, expect) in [
        (10, "//a[lower-case(.) = 'x']", "`lower-case()` is a function of XPath 2.0, and this is XPath 1.0"),
        (10, "fn:count(//a)", "`fn:count` is no function of XPath 1.0"),
        (10, "for $i in //a return $i", "`for` is of XPath 2.0, and this is XPath 1.0"),
        (20, "let $i := //a return $i", "`let` is of XPath 3.0, and this is XPath 2.0"),
        (30, "map {}", "a map is of XPath 3.1, and this is XPath 3.0"),
        (31, "//a[", "at 5 an expression must stand, not the end"),
        (31, "$x", "there is no variable `$x`"),
        (31, "lower-kase(.)", "`lower-kase()` is no function of XPath 3.1"),
    ] {
        let error = Compiled::new(QueryKind::XPath(version), path).unwrap_err().to_string();
        assert!(error.contains(expect), "{path}: {error}");
    }
    assert!(Compiled::new(XPATH, "//a[child::text() and not(. = '(f(')] | //comment()").is_ok());
}

#[test]
fn jsonpath_is_that_of_the_rfc_and_its_draft_where_they_agree() {
    let shop = json!({"book": [{"price": 5, "title": "A"}, {"price": 9}]});
    for kind in [QueryKind::Path, QueryKind::OldPath] {
        assert_eq!(select(kind, "$.book[?(@.price > 6)].price", &shop), Ok(json!(9)));
        assert_eq!(select(kind, "$..title", &shop), Ok(json!("A")));
        assert_eq!(select(kind, "$['book'][0:2].price", &shop), Ok(json!([5, 9])));
    }
    for (path, expect) in [
        ("$.book[(@.length-1)]", "the last item is `[-1]`"),
        ("book.price", "where it reads the same by RFC 9535"),
    ] {
        let error = Compiled::new(QueryKind::OldPath, path).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    }
}

#[test]
fn conditions_may_compare_what_a_path_finds() {
    let answer = json!({"token": "T", "state": "Done", "n": [1, 2], "null": null, "a=b": 1});
    for (text, expect) in [
        ("$.token != null", true),
        ("$.none != null", false),
        ("$.null == null", true),
        ("$.state == 'done'", true),
        ("$.state == \"open\"", false),
        ("$.n[1] >= 2", true),
        ("$.n[0] > $.n[1]", false),
        ("$['a=b'] == 1", true),
        ("$.n[?@ == 2]", true),
        ("$[?count(@.*) > 1]", true),
    ] {
        assert_eq!(passes(QueryKind::Path, text, &answer), Ok(expect), "{text}");
    }
    for text in ["$.a ==", "a == 1", "$.a == 'x''y'", "$.a && $.b", ""] {
        let error = passes(QueryKind::Path, text, &answer).unwrap_err();
        assert!(error.contains("it is no JSONPath of RFC 9535"), "{text}: {error}");
    }
    assert!(Compiled::new(QueryKind::Path, "$.token != null").is_err(), "a selector is no condition");
}

#[test]
fn hostile_queries_are_bounded() {
    let paren = |open: &str, many: usize| format!("$[?{}@.a", open.repeat(many));
    for text in [
        "x".repeat(LENGTH + 1),
        paren("(", 10_000.min(LENGTH - 10)),
        paren("!", 5_000),
        format!("${}", "..*".repeat(5)),
        format!("$[?{}", "@[?".repeat(1000)),
    ] {
        assert!(Compiled::new(QueryKind::Path, &text).is_err());
        assert!(Compiled::condition(QueryKind::Path, &text).is_err());
    }
    assert!(Compiled::new(QueryKind::Path, "$['((((((((((((((((((((((((((((((((((((((((']").is_ok());
    for text in [
        "(".repeat(5000),
        "-".repeat(5000),
        format!("1{}", "+1".repeat(3000)),
        format!("{}a", "//*[".repeat(1000)),
    ] {
        assert!(Compiled::new(XPATH, &text).is_err());
    }
    let many = format!("<a>{}</a>", "<b><c/></b>".repeat(20_000));
    let error = passes(XPATH, "//*[//*[//*[. = '1']]]", &json!(many)).unwrap_err();
    assert!(error.contains("it takes more than 1000000 steps"), "{error}");
    let entities = json!("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>");
    assert!(passes(XPATH, "/a", &entities).unwrap_err().contains("DTD"));
    for text in [
        "(".repeat(100),
        "(a{1000}){1000}".to_owned(),
        "x".repeat(LENGTH + 1),
        format!("{}a{}", "(".repeat(65), ")".repeat(65)),
    ] {
        assert!(Pattern::new(&text).is_err());
    }
}
