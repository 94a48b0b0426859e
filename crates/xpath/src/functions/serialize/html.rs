//! What HTML has that XML has not (Serialization 3.1 §6, §7).

use super::parameters::{Method, Parameters};
use crate::atomic::QName;
use crate::tree::Node;

const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Elements without content, which have no end tag.
const VOID: [&str; 20] = [
    "area", "base", "basefont", "br", "col", "command", "embed", "frame", "hr", "img", "input", "isindex",
    "keygen", "link", "meta", "param", "source", "track", "wbr", "nextid",
];

/// Attributes that are true where they stand.
const BOOLEAN: [&str; 27] = [
    "allowfullscreen",
    "async",
    "autofocus",
    "autoplay",
    "checked",
    "compact",
    "controls",
    "declare",
    "default",
    "defer",
    "disabled",
    "formnovalidate",
    "hidden",
    "ismap",
    "loop",
    "multiple",
    "muted",
    "nohref",
    "noresize",
    "noshade",
    "novalidate",
    "nowrap",
    "open",
    "readonly",
    "required",
    "reversed",
    "selected",
];

/// Elements in which, or around which, blanks have a meaning.
const SOLID: [&str; 32] = [
    "pre", "textarea", "script", "style", "a", "abbr", "acronym", "b", "bdo", "big", "br", "button", "cite",
    "code", "dfn", "em", "i", "img", "input", "kbd", "label", "p", "q", "samp", "select", "small", "span",
    "strong", "sub", "sup", "tt", "var",
];

/// Whether an element is one of HTML, and its name in small letters one of these.
fn is_one_of(name: &QName, names: &[&str]) -> bool {
    matches!(&*name.namespace, "" | XHTML) && names.iter().any(|one| name.local.eq_ignore_ascii_case(one))
}

/// Whether it has no end tag.
pub(super) fn is_void(name: &QName) -> bool {
    is_one_of(name, &VOID)
}

/// Whether its text is not escaped.
pub(super) fn is_raw(name: &QName) -> bool {
    is_one_of(name, &["script", "style"])
}

/// Whether nothing may be indented in it.
pub(super) fn is_solid(name: &QName) -> bool {
    is_one_of(name, &SOLID)
}

/// Whether an attribute stands without its value.
pub(super) fn is_boolean(element: &QName, name: &QName, value: &str) -> bool {
    is_one_of(element, &[&element.local])
        && name.namespace.is_empty()
        && is_one_of(name, &BOOLEAN)
        && name.local.eq_ignore_ascii_case(value)
}

/// The declaration of the document type.
pub(super) fn doctype(
    root: &QName,
    parameters: &Parameters,
    public: Option<&str>,
    system: Option<&str>,
) -> Option<String> {
    let html = parameters.method != Method::Xml;
    let is_html = html && is_one_of(root, &["html"]);
    let name = match &*root.prefix {
        "" => root.local.to_string(),
        prefix => format!("{prefix}:{}", root.local),
    };
    match (public, system) {
        (Some(public), Some(system)) => Some(format!("<!DOCTYPE {name} PUBLIC \"{public}\" \"{system}\">")),
        (None, Some(system)) => Some(format!("<!DOCTYPE {name} SYSTEM \"{system}\">")),
        (Some(public), None) if parameters.method == Method::Html => {
            Some(format!("<!DOCTYPE {name} PUBLIC \"{public}\">"))
        }
        _ if is_html && parameters.is_html_5() => Some(format!("<!DOCTYPE {name}>")),
        _ => None,
    }
}

/// The element that tells the encoding, in a head.
pub(super) fn meta(name: &QName, parameters: &Parameters) -> Option<String> {
    if parameters.method == Method::Xml || !parameters.content_type || !is_one_of(name, &["head"]) {
        return None;
    }
    let end = if parameters.method == Method::Html { ">" } else { " />" };
    let encoding = &parameters.encoding.name;
    Some(format!("<meta http-equiv=\"Content-Type\" content=\"text/html; charset={encoding}\"{end}"))
}

/// Whether a node is an element that tells the encoding.
pub(super) fn is_meta(node: &Node) -> bool {
    let named = |name: &QName| name.namespace.is_empty() && name.local.eq_ignore_ascii_case("http-equiv");
    node.name().is_some_and(|name| is_one_of(name, &["meta"]))
        && node.attributes().any(|attribute| {
            attribute.name().is_some_and(|name| named(name))
                && attribute.string().trim().eq_ignore_ascii_case("content-type")
        })
}
