use std::fmt::Write;
use std::rc::Rc;

use super::replace::replace;
use super::{Builder, Node, NodeKind, Tree};
use crate::atomic::QName;

fn root(xml: &str) -> Node {
    Tree::parse(xml).unwrap().root()
}

/// The first element of a name.
fn find(root: &Node, name: &str) -> Node {
    root.descendants().find(|one| one.name().is_some_and(|own| *own.local == *name)).unwrap()
}

/// Nodes by their names and texts: `a @b="c" 'd' <!--e--> <?f g?>`.
fn shown(nodes: impl IntoIterator<Item = Node>) -> String {
    let each = nodes.into_iter().map(|node| {
        let name = node.name().map_or("", |name| &name.local);
        match node.kind() {
            NodeKind::Document => "/".to_owned(),
            NodeKind::Element => name.to_owned(),
            NodeKind::Attribute => format!("@{name}=\"{}\"", node.string()),
            NodeKind::Text => format!("'{}'", node.string()),
            NodeKind::Comment => format!("<!--{}-->", node.string()),
            NodeKind::Instruction => format!("<?{name} {}?>", node.string()),
        }
    });
    each.collect::<Vec<_>>().join(" ")
}

const ALL: &str = r#"<?xml version="1.0"?><!--x--><a b="1" c="2">t<d e="3"><f/><g>u</g></d><!--y--><h/>v<?z w?></a><?p q?>"#;

#[test]
fn axes_hold_the_nodes_in_document_order() {
    let root = root(ALL);
    let [top, inner, deep, empty] = ["a", "d", "g", "h"].map(|name| find(&root, name));
    let attribute = inner.attribute("e").unwrap();
    assert_eq!(shown(root.children()), "<!--x--> a <?p q?>");
    assert_eq!(shown(top.children()), "'t' d <!--y--> h 'v' <?z w?>");
    assert_eq!(shown(top.attributes()), r#"@b="1" @c="2""#);
    assert_eq!(shown(top.descendants()), "'t' d f g 'u' <!--y--> h 'v' <?z w?>");
    assert_eq!(shown(root.descendants().rev().take(3)), "<?p q?> <?z w?> 'v'");
    assert_eq!(shown(deep.ancestors()), "d a /");
    assert_eq!(shown(attribute.ancestors()), "d a /");
    assert_eq!(shown(inner.following_siblings()), "<!--y--> h 'v' <?z w?>");
    assert_eq!(shown(empty.previous_siblings()), "<!--y--> d 't'");
    assert_eq!(shown(attribute.following_siblings()), "");
    assert_eq!(shown(attribute.previous_siblings()), "");
    assert_eq!(shown(top.attributes().last().unwrap().following_siblings()), "");
    assert_eq!(shown(root.following_siblings()), "");
    assert_eq!(shown(root.previous_siblings()), "");
    assert_eq!(shown(inner.following()), "<!--y--> h 'v' <?z w?> <?p q?>");
    assert_eq!(shown(attribute.following()), "f g 'u' <!--y--> h 'v' <?z w?> <?p q?>");
    assert_eq!(shown(deep.preceding()), "<!--x--> 't' f");
    assert_eq!(shown(deep.attributes()), "");
    assert_eq!(shown(attribute.preceding()), "<!--x--> 't'");
    assert_eq!(shown(attribute.children()), "");
    assert_eq!(shown(attribute.descendants()), "");
    assert_eq!(shown(root.preceding()), "");
    assert_eq!(shown(root.following()), "");
    assert_eq!(shown(deep.parent().into_iter().chain(attribute.parent()).chain(root.parent())), "d d");
    assert_eq!(attribute.root(), root);
    assert_eq!(shown(top.attributes().filter_map(|one| one.previous())), "");
}

#[test]
fn nodes_are_ordered_within_and_across_trees() {
    let (one, two) = (root("<a b='1'><c/></a>"), root("<a b='1'><c/></a>"));
    let a = find(&one, "a");
    assert!(one < a && a < a.attribute("b").unwrap() && a.attribute("b").unwrap() < find(&one, "c"));
    assert!(find(&one, "c") < two);
    assert_eq!(find(&one, "a"), a);
    assert_ne!(find(&two, "a"), a);
}

#[test]
fn texts_are_whole_and_empty_ones_are_none() {
    let all = root("<a> x&amp;<![CDATA[<y>]]>&#x7a;\r\n<!--c-->w<b><![CDATA[]]></b><![CDATA[ ]]></a>");
    let a = find(&all, "a");
    assert_eq!(shown(a.children()), "' x&<y>z\n' <!--c--> 'w' b ' '");
    assert_eq!(&*a.string(), " x&<y>z\nw ");
    assert_eq!(&*all.string(), " x&<y>z\nw ");
    assert_eq!(&*find(&all, "b").string(), "");
    let source: Vec<String> = a.children().map(|one| one.source().unwrap().to_owned()).collect();
    assert_eq!(
        source,
        [" x&amp;<![CDATA[<y>]]>&#x7a;\r\n", "<!--c-->", "w", "<b><![CDATA[]]></b>", "<![CDATA[ ]]>"]
    );
    assert_eq!(all.source(), all.children().next().unwrap().source());
    let empty = root("<a><![CDATA[]]><b c='1'/><![CDATA[]]></a>");
    assert_eq!(shown(find(&empty, "a").children()), "b");
    assert_eq!(find(&empty, "b").source(), Some("<b c='1'/>"));
    assert_eq!(find(&empty, "b").attribute("c").unwrap().source(), Some("c='1'"));
}

#[test]
fn values_of_attributes_are_normalized() {
    let a = find(&root("<a b=' x\r\n\ty &lt;&quot;&#10;&#9;' c = \"'\"/>"), "a");
    assert_eq!(&*a.attribute("b").unwrap().string(), " x  y <\"\n\t");
    assert_eq!(&*a.attribute("c").unwrap().string(), "'");
}

#[test]
fn names_have_their_namespaces() {
    let all = root(
        r#"<a xmlns="urn:1" xmlns:p="urn:2" b="1" p:b="2" xml:lang="en">
        <p:c/><d xmlns="" e="3"><f/></d><p:g xmlns:p="urn:3"/><h xmlns="urn:4" xmlns:q="urn:5"><i/></h></a>"#,
    );
    let elements: Vec<Node> = all.descendants().filter(|one| one.kind() == NodeKind::Element).collect();
    let mut names = Vec::new();
    for node in elements.iter().cloned().chain(elements.iter().flat_map(Node::attributes)) {
        let QName { prefix, namespace, local } = &**node.name().unwrap();
        names.push(format!("{prefix}:{namespace}:{local}"));
    }
    let expected = [
        ":urn:1:a",
        "p:urn:2:c",
        "::d",
        "::f",
        "p:urn:3:g",
        ":urn:4:h",
        ":urn:4:i",
        "::b",
        "p:urn:2:b",
        "xml:http://www.w3.org/XML/1998/namespace:lang",
        "::e",
    ];
    assert_eq!(names, expected);
    let held = |name: &str| {
        let mut held = find(&all, name).namespaces();
        held.sort_unstable();
        held.iter().map(|(prefix, uri)| format!("{prefix}={uri}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(held("a"), "=urn:1 p=urn:2");
    assert_eq!(held("c"), "=urn:1 p=urn:2");
    assert_eq!(held("f"), "p=urn:2");
    assert_eq!(held("g"), "=urn:1 p=urn:3");
    assert_eq!(held("i"), "=urn:4 p=urn:2 q=urn:5");
    assert_eq!(find(&all, "d").declared(), [("".into(), "".into())]);
    assert!(find(&all, "c").declared().is_empty());
    assert!(find(&all, "a").attribute("b").unwrap().declared().is_empty());
}

#[test]
fn what_no_xml_is_has_a_code() {
    for xml in [
        "",
        " ",
        "x",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a b='1' b='2'/>",
        "<a b=1/>",
        "<p:a/>",
        "<a>&x;</a>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<a><!-- -- --></a>",
        "<a>]]></a>",
        "<a>\u{1}</a>",
        "<a b='<'/>",
        "<a",
        "<a b",
        "<a b='",
        "<a><![CDATA[</a>",
        "<a><!--</a>",
        "<a><?b</a>",
        "</a>",
        "<a>&#0;</a>",
        "<a xmlns:p='urn:1' xmlns:q='urn:1' p:b='' q:b=''/>",
    ] {
        let error = Tree::parse(xml).map(|tree| shown(tree.root().descendants())).unwrap_err();
        assert_eq!(error.code(), "FODC0006", "{xml}");
    }
}

#[test]
fn depth_and_comparisons_are_bounded() {
    let deep = |many: usize| format!("{}x{}", "<a>".repeat(many), "</a>".repeat(many));
    assert!(Tree::parse(&deep(256)).is_ok());
    assert!(Tree::parse(&deep(257)).unwrap_err().to_string().contains("deep"));
    let attributes = |many: usize| {
        let each = (0..many).fold(String::new(), |mut all, number| {
            write!(all, " a{number}='>'").unwrap();
            all
        });
        format!("<a{each}/>")
    };
    assert!(Tree::parse(&attributes(1_000)).is_ok());
    assert!(Tree::parse(&attributes(1_001)).is_err());
    let endless = attributes(100_000).replace("/>", "");
    assert!(Tree::parse(&endless).unwrap_err().to_string().contains("attributes"));
    let declared = |many: usize| attributes(many).replace(" a", " xmlns:a");
    assert_eq!(find(&root(&declared(256)), "a").namespaces().len(), 256);
    assert!(Tree::parse(&declared(257)).is_err());
    let inner = "<b xmlns:b='c'/>".repeat(10_000);
    assert!(Tree::parse(&format!("{}{inner}</a>", declared(200).replace("/>", ">"))).is_err());
    assert!(Tree::parse(&format!("<a>{inner}</a>")).is_ok());
    // What looks like tags counts for nothing.
    let hidden =
        format!("<a b='{0}'><!-->{1}--><?x {1}?><![CDATA[{1}]]></a>", "/>".repeat(300), "<a>".repeat(300));
    assert_eq!(shown(find(&root(&hidden), "a").children().take(1).map(|one| one.parent().unwrap())), "a");
}

#[test]
fn many_nodes_are_walked_once() {
    let many = 100_000;
    let root = root(&format!("<a>{}</a>", "<b c='1'>x</b>".repeat(many)));
    let a = find(&root, "a");
    assert_eq!(root.tree().len(), 2 + 3 * many);
    assert_eq!(a.children().count(), many);
    assert_eq!(a.descendants().count(), 2 * many);
    assert_eq!(a.string().len(), many);
    assert!(a.steps() > many && a.steps() < 4 * many);
    let last = a.children().last().unwrap();
    assert_eq!(last.previous_siblings().count(), many - 1);
    assert_eq!(last.preceding().count(), 2 * (many - 1));
    // The nearest is found without a look at the others.
    assert!(a.children().all(|one| one.previous_siblings().take(2).all(|other| other < one)));
    assert!(a.children().all(|one| one.following().take(2).all(|other| one < other)));
}

#[test]
fn attributes_are_passed_over_both_ways() {
    let root = root("<a x='1' y='2'>t<b/><c x='1' y='2' z='3'/><d x='1'><e y='2'/>u</d></a>");
    let nodes: Vec<Node> = root.descendants().collect();
    assert_eq!(shown(nodes.iter().cloned()), "a 't' b c d e 'u'");
    let back: Vec<Node> = root.descendants().rev().collect();
    assert!(back.iter().rev().eq(&nodes));
    let y = find(&root, "c").attribute("y").unwrap();
    assert_eq!(
        (shown(y.following()), shown(y.preceding().rev())),
        ("d e 'u'".to_owned(), "b 't'".to_owned())
    );
}

#[test]
fn trees_are_made() {
    let name = |local: &str| QName { prefix: "".into(), namespace: "urn:1".into(), local: local.into() };
    let mut builder = Builder::document();
    builder.text("");
    builder.open(name("a"));
    builder.declare("", "urn:1");
    builder.attribute(name("b"), "1");
    builder.text("x");
    builder.text("y");
    builder.open(name("c"));
    builder.close();
    builder.text("z");
    builder.comment("d");
    builder.close();
    builder.instruction("e", "f");
    let root = builder.finish().root();
    assert_eq!(shown(root.descendants()), "a 'xy' c 'z' <!--d--> <?e f?>");
    assert_eq!(shown(find(&root, "a").attributes()), r#"@b="1""#);
    assert_eq!(find(&root, "c").namespaces(), [("".into(), "urn:1".into())]);
    assert_eq!(root.source(), None);

    let mut builder = Builder::loose();
    builder.open(name("a"));
    builder.text("x");
    let root = builder.finish().root();
    assert_eq!(shown([root.clone()]), "a");
    assert!(root.parent().is_none());
    assert_eq!(shown(root.children()), "'x'");
    assert_eq!(shown(root.following()), "");
}

#[test]
fn parts_of_documents_are_read() {
    let read = |xml: &str| Tree::parse_fragment(xml).map(|tree| shown(tree.root().descendants()));
    assert_eq!(read("").unwrap(), "");
    assert_eq!(read("x<a>y</a><a/>").unwrap(), "'x' a 'y' a");
    assert_eq!(read("<?xml-x y?><!--z-->").unwrap(), "<?xml-x y?> <!--z-->");
    for xml in ["<a>", "</a>", "</a><a>", "<!DOCTYPE a><a/>", "<?xml version='1.0'?>", "&x;"] {
        assert_eq!(read(xml).unwrap_err().code(), "FODC0006", "{xml}");
    }
    let tree = Tree::parse_fragment("<b xmlns='urn:1'><c xmlns=''/></b>").unwrap();
    assert_eq!(find(&tree.root(), "b").namespaces(), [("".into(), "urn:1".into())]);
    assert_eq!(find(&tree.root(), "c").namespaces(), []);
}

/// Replaces what a choice selects.
fn replaced(xml: &str, text: &str, choice: impl Fn(&Node) -> bool) -> Option<String> {
    let root = root(xml);
    let nodes = root.descendants().flat_map(|one| std::iter::once(one.clone()).chain(one.attributes()));
    let mut nodes: Vec<Node> = nodes.filter(|one| choice(one)).collect();
    nodes.extend(nodes.clone());
    assert!(Rc::ptr_eq(nodes.first()?.tree(), root.tree()));
    replace(root.tree().source(), &nodes, text)
}

#[test]
fn content_is_replaced_where_it_stands() {
    let named = |name: &'static str| move |node: &Node| node.name().is_some_and(|own| *own.local == *name);
    for (xml, name, text, expected) in [
        ("<?xml version='1.0'?>\n<a>x</a>\n", "a", "y", "<?xml version='1.0'?>\n<a>y</a>\n"),
        (
            "<a><b>x</b><b c='1'><d/></b></a>",
            "b",
            "1 < 2 & \"",
            "<a><b>1 &lt; 2 &amp; &quot;</b><b c='1'>1 &lt; 2 &amp; &quot;</b></a>",
        ),
        ("<a><b/></a>", "b", "x", "<a><b>x</b></a>"),
        ("<a><p:b xmlns:p = 'q' /></a>", "b", "x", "<a><p:b xmlns:p = 'q' >x</p:b></a>"),
        ("<a><b/></a>", "b", "", "<a><b/></a>"),
        ("<a><b></b></a>", "b", "x", "<a><b>x</b></a>"),
        ("<a><b>x</b ></a>", "b", "", "<a><b></b ></a>"),
        ("<a><b c='>'>x</b></a>", "b", "y", "<a><b c='>'>y</b></a>"),
        ("<b><b>x</b></b>", "b", "y", "<b>y</b>"),
        ("<a><b><![CDATA[</b>]]></b></a>", "b", "y", "<a><b>y</b></a>"),
        ("<a b = 'x\"' c='d'/>", "b", "'\"\n", "<a b = \"'&quot;&#10;\" c='d'/>"),
        ("<a p:b=\"1=2\" xmlns:p='q'>x</a>", "b", "y", "<a p:b=\"y\" xmlns:p='q'>x</a>"),
        ("<a b='1'>é<c b='2'>ü</c></a>", "b", "ö", "<a b=\"ö\">é<c b=\"ö\">ü</c></a>"),
        ("<b b='1'>x<b b='2'/></b>", "b", "y", "<b b=\"y\">y</b>"),
        ("<a><b b='1'/></a>", "b", "y", "<a><b b=\"y\">y</b></a>"),
    ] {
        assert_eq!(replaced(xml, text, named(name)).as_deref(), Some(expected), "{xml}");
    }
    for (xml, expected) in [
        ("<a>x</a>", "<a>y</a>"),
        ("<a>x<![CDATA[<b>]]>&lt;<b> z </b><!--c-->w</a>", "<a>y<b>y</b><!--c-->y</a>"),
        ("<a><![CDATA[]]>x<![CDATA[]]></a>", "<a>y</a>"),
        ("<a><b/>x</a >", "<a><b/>y</a >"),
    ] {
        let texts = |node: &Node| node.kind() == NodeKind::Text;
        assert_eq!(replaced(xml, "y", texts).as_deref(), Some(expected), "{xml}");
        let both = |node: &Node| {
            node.kind() == NodeKind::Text || node.parent().is_some_and(|one| one.kind() == NodeKind::Document)
        };
        assert!(replaced(xml, "y", both).is_some_and(|xml| xml.starts_with("<a>y</a")), "{xml}");
    }
    assert_eq!(replaced("<a><!--x--></a>", "y", |node| node.kind() == NodeKind::Comment), None);
    let (own, other) = (root("<a>x</a>"), root("<a>x</a>"));
    assert_eq!(replace(own.tree().source(), &[find(&own, "a"), find(&other, "a")], "y"), None);
}

#[test]
fn what_is_looked_over_is_what_is_read() {
    let seed = r#"<?xml version="1.0"?><!--><b>--><a xmlns="u" xmlns:p='>"'><![CDATA[<c>]]]]><?d <e>?><p:f g='/>' xmlns:p="v"/><!--->--></a>"#;
    let pieces = [
        "<",
        ">",
        "/",
        "\"",
        "'",
        "!",
        "--",
        "-->",
        "]]>",
        "<![CDATA[",
        "?>",
        "<?",
        " ",
        "x",
        "=",
        "<b>",
        "</b>",
        "xmlns:q='w'",
    ];
    let mut state = 1_usize;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut valid = 0;
    for _ in 0..20_000 {
        let mut xml = seed.to_owned();
        for _ in 0..=random(3) {
            let at = random(xml.len());
            let end = (at + random(3) * random(4)).min(xml.len());
            xml.replace_range(at..end, pieces[random(pieces.len())]);
        }
        let Ok(tree) = Tree::parse(&xml) else { continue };
        valid += 1;
        let root = tree.root();
        let elements: Vec<Node> = root.descendants().filter(|one| one.kind() == NodeKind::Element).collect();
        let declared: Vec<usize> = elements.iter().map(|one| one.declared().len()).collect();
        assert_eq!(super::scan::declarations(&xml).unwrap(), declared, "{xml}");
        for node in root.descendants() {
            assert!(node.source().is_some_and(|source| !source.is_empty()), "{xml}");
        }
        for node in &elements {
            let text = replace(tree.source(), std::slice::from_ref(node), "&").unwrap();
            let again = Tree::parse(&text).unwrap_or_else(|error| panic!("{xml}\n{text}\n{error}")).root();
            assert!(again.string().contains('&'), "{xml}\n{text}");
        }
    }
    assert!(valid > 500, "{valid}");
}
