//! What takes long takes steps: each of these ends at the limit, however few items it has to do with.

use super::{NOW, text_of};
use crate::{Document, Version, XPath};

/// Each expression takes more than it may over XML.
#[track_caller]
fn are_refused(version: Version, xml: &str, expressions: &[&str]) {
    for expression in expressions {
        assert_eq!(text_of(expression, version, xml), "!XPDY0130", "{expression}");
    }
}

/// An element with a text of so many bytes.
fn long(bytes: usize) -> String {
    format!("<r>{}</r>", "a".repeat(bytes))
}

#[test]
fn long_texts_are_charged_wherever_they_are_read() {
    let long = |call: &str| {
        let long = "let $t := string(/r), $b := xs:hexBinary($t), $q := QName('u', $t), $m := map { $t: 1 }";
        format!("{long} return count((1 to 5000) ! {call})")
    };
    for call in [
        "compare('a', 'b', concat('http://www.w3.org/2013/collation/UCA?', $t))",
        "contains-token('a', $t)",
        "translate($t, 'a', '')",
        "normalize-unicode('a', concat('NFC', translate($t, 'a', ' ')))",
        "($q = $q)",
        "QName('u', $t)",
        "local-name-from-QName($q)",
        "random-number-generator($b)",
        "distinct-values(($b, $b))",
        "$m($t)",
        "$m?($t)",
        "map:get($m, $t)",
        "map:contains($m, $t)",
        "map:merge(($m, $m))",
        "map:remove(map { 1: 1 }, $t)",
        "map:find(map { 1: 1 }, $t)",
        "map { $t: 1 }",
        "deep-equal($m, $m)",
    ] {
        are_refused(Version::V31, &self::long(40_000), &[&long(call)]);
    }
}

#[test]
fn long_attributes_and_names_are_charged() {
    let long = "a".repeat(40_000);
    let xml = format!(r#"<r xml:id="{long}" xml:lang="{long}" xml:base="{long}"/>"#);
    for call in ["id('a', /)", "lang('a', /*)", "base-uri(/*)"] {
        are_refused(Version::V31, &xml, &[&format!("count(for $i in 1 to 5000 return {call})")]);
    }
    let xml = format!(r#"<{0} xmlns="{1}"/>"#, "a".repeat(4_000), "a".repeat(1_000));
    for call in ["name(/*)", "local-name(/*)", "namespace-uri(/*)"] {
        are_refused(Version::V31, &xml, &[&format!("count(for $i in 1 to 100000 return {call})")]);
    }
}

#[test]
fn long_names_are_refused() {
    for (name, namespace) in [(4_001, 1), (1, 1_001)] {
        let xml = format!(r#"<{} xmlns="{}"/>"#, "a".repeat(name), "u".repeat(namespace));
        assert_eq!(Document::parse(&xml, NOW).unwrap_err().code(), "FODC0006");
    }
}

#[test]
fn the_nodes_of_a_text_are_charged() {
    let xml = format!("<r>{}</r>", "<x/>".repeat(2_000));
    are_refused(
        Version::V31,
        &xml,
        &["for $i in 1 to 5000 return string-length()", "for $i in 1 to 5000 return normalize-space()"],
    );
    are_refused(Version::V10, &xml, &["count(//x[contains(/, 'x')])", "count(//x[string-length(/) > 7])"]);
}

#[test]
fn namespaces_and_variables_that_are_looked_for_are_charged() {
    let prefix = "p".repeat(1_000);
    let declared: Vec<String> = (0..200).map(|at| format!(" xmlns:{prefix}{at}='u'")).collect();
    let declared = declared.concat();
    let named = format!("for $i in 1 to 10000 return self::{prefix}199:a");
    are_refused(
        Version::V31,
        &format!("<r{declared}/>"),
        &[
            &named,
            "for $i in 1 to 2000 return in-scope-prefixes(/r)",
            "for $i in 1 to 2000 return serialize(/r)",
        ],
    );
    let names: Vec<String> = (0..700).map(|at| format!("$a{at}")).collect();
    let given = vec!["()"; names.len()].join(", ");
    let looked = format!("function({}) {{ for $i in 1 to 100000 return $a0 }}({given})", names.join(", "));
    are_refused(Version::V31, "<r/>", &[&looked]);
}

#[test]
fn what_is_copied_is_charged() {
    are_refused(
        Version::V31,
        "<r/>",
        &[
            "let $m := map { 1: 1 to 10000 }, $two := ($m, map { 1: 2 })
             return (1 to 1000) ! map:merge($two, map { 'duplicates': 'combine' })",
            "(1 to 60000) ! random-number-generator(.)",
            "let $a := [1 to 10000] return (1 to 1000) ! apply(count#1, $a)",
        ],
    );
}

#[test]
fn what_is_found_is_charged() {
    let select = |expression: &str, xml: &str| {
        let document = Document::parse(xml, NOW).unwrap();
        XPath::parse(expression, Version::V31).unwrap().select(&document).unwrap_err().code().to_owned()
    };
    let xml = long(40_000);
    for expression in [
        "let $b := xs:hexBinary(string(/r)) return (1 to 5000) ! $b",
        "let $q := QName('u', string(/r)) return (1 to 5000) ! $q",
        "let $m := map { string(/r): 1 } return (1 to 5000) ! $m",
        "for $i in 1 to 5000 return /r",
        "for $i in 1 to 5000 return /r/text()",
    ] {
        assert_eq!(select(expression, &xml), "XPDY0130", "{expression}");
    }
    let comments = format!("<r>{}</r>", "<!---->".repeat(2_000));
    assert_eq!(select("for $i in 1 to 5000 return /r", &comments), "XPDY0130");
}

#[test]
fn what_is_put_in_place_is_charged() {
    let document = Document::parse(&format!("<r>{}</r>", "<x/>".repeat(2_000)), NOW).unwrap();
    let replaced = |expression: &str, text: &str| {
        XPath::parse(expression, Version::V31)
            .unwrap()
            .replace(&document, text)
            .map_err(|error| error.code().to_owned())
    };
    assert_eq!(replaced("//x", &"a".repeat(40_000)), Err("XPDY0130".to_owned()));
    let twice = replaced("for $i in 1 to 1000 return /r", "a");
    assert_eq!(twice, Ok(Some("<r>a</r>".to_owned())));
}

#[test]
fn attributes_are_passed_over() {
    let attributes: Vec<String> = (0..900).map(|at| format!(" a{at}=''")).collect();
    let attributes = attributes.concat();
    let xml = format!("<r{attributes}><x{attributes}/><y{attributes}>t</y></r>");
    for (expression, expected) in [
        ("for $one in //node() return name($one)", "r, x, y, "),
        ("for $one in //x/@a7/following::node() return name($one)", "y, "),
        ("for $one in //y/@a0/preceding::node() return name($one)", "x"),
        ("for $one in //text()/preceding::node() return name($one)", "x"),
        ("for $one in /r/@a899/following::node() return name($one)", "x, y, "),
    ] {
        assert_eq!(text_of(expression, Version::V31, &xml), expected, "{expression}");
    }
}
