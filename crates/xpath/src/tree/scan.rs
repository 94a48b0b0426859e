//! A look over XML before it is read: what would take its reader too long is refused. What is no XML is left to it.

/// So deep may elements stand within each other.
const DEEPEST: usize = 256;

/// So many attributes may a start tag have.
const ATTRIBUTES: usize = 1_000;

/// So many namespaces may an element and those around it declare.
const NAMESPACES: usize = 256;

/// So many bytes may the name of a namespace have: it is compared with others again and again.
const NAMESPACE: usize = 1_000;

/// So often may names be compared: each attribute is with those before it, each namespace that is declared with those around.
const COMPARISONS: usize = 100_000_000;

/// A start tag.
struct Tag {
    /// Its length.
    length: usize,
    attributes: usize,
    /// So many of its attributes declare namespaces, without that of `xml`.
    declared: usize,
    /// Whether it ends its element.
    closed: bool,
}

/// The number of namespaces that each start tag declares, in their order.
pub(super) fn declarations(xml: &str) -> Result<Vec<usize>, String> {
    let (mut each, mut open) = (Vec::new(), Vec::new());
    let (mut held, mut comparisons) = (0, 0);
    let mut rest = xml;
    while let Some(markup) = rest.find('<').and_then(|start| rest.get(start..)) {
        let length = if markup.starts_with("<!--") {
            past(markup, 4, "-->")
        } else if markup.starts_with("<![CDATA[") {
            past(markup, 9, "]]>")
        } else if markup.starts_with("<?") {
            past(markup, 2, "?>")
        } else if markup.starts_with("</") {
            held -= open.pop().unwrap_or_default();
            past(markup, 2, ">")
        } else {
            let Some(tag) = tag(markup)? else { break };
            let around = held + tag.declared;
            comparisons += tag.attributes * tag.attributes;
            if tag.declared > 0 {
                comparisons += around * around;
            }
            if around > NAMESPACES {
                return Err(format!("more than {NAMESPACES} namespaces are declared"));
            }
            if open.len() >= DEEPEST {
                return Err(format!("elements stand more than {DEEPEST} deep"));
            }
            if comparisons > COMPARISONS {
                return Err("it has too many attributes and namespaces".to_owned());
            }
            each.push(tag.declared);
            if !tag.closed {
                open.push(tag.declared);
                held = around;
            }
            Some(tag.length)
        };
        rest = length.and_then(|length| markup.get(length..)).unwrap_or_default();
    }
    Ok(each)
}

/// The length of the start tag that text begins with, and whether it ends its element.
pub(super) fn start_tag(markup: &str) -> Option<(usize, bool)> {
    tag(markup).ok().flatten().map(|tag| (tag.length, tag.closed))
}

/// The length up to the end of markup, with it.
fn past(markup: &str, begin: usize, end: &str) -> Option<usize> {
    markup.get(begin..)?.find(end).map(|at| begin + at + end.len())
}

/// The start tag that text begins with; nothing if it does not end.
fn tag(markup: &str) -> Result<Option<Tag>, String> {
    let (mut attributes, mut declared) = (0, 0);
    let mut length = 0;
    while attributes <= ATTRIBUTES {
        let rest = markup.get(length..).unwrap_or_default();
        let Some(next) = rest.find(['"', '\'', '>']) else { return Ok(None) };
        let (before, from) = (rest.get(..next).unwrap_or_default(), rest.get(next..).unwrap_or_default());
        let Some(quote) = from.chars().next().filter(|quote| *quote != '>') else {
            let closed = before.ends_with('/');
            return Ok(Some(Tag { length: length + next + 1, attributes, declared, closed }));
        };
        let Some(value) = past(from, 1, if quote == '"' { "\"" } else { "'" }) else { return Ok(None) };
        attributes += 1;
        if declares(before) {
            declared += 1;
            if value > NAMESPACE + 2 {
                return Err(format!("the name of a namespace has more than {NAMESPACE} bytes"));
            }
        }
        length += next + value;
    }
    Err(format!("an element has more than {ATTRIBUTES} attributes"))
}

/// Whether what stands before a value names a namespace's declaration.
fn declares(before: &str) -> bool {
    let name = before.trim_end().trim_end_matches('=').trim_end();
    let name = name.rsplit(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
    name == "xmlns" || name.strip_prefix("xmlns:").is_some_and(|prefix| prefix != "xml")
}
