//! Text put into what is found in XML; all else of it stays as it was written.

use std::cmp::Reverse;
use std::ops::Range;

use super::{Node, NodeKind, scan};

impl Node {
    /// Where its content stands in the source of its tree: an attribute's value with its quotes, what is between an
    /// element's tags, a text; `None` for what cannot be replaced.
    pub(crate) fn content(&self) -> Option<Content> {
        let data = self.data();
        let whole = data.source.start as usize..data.source.end as usize;
        let source = self.source()?;
        match data.kind {
            NodeKind::Attribute => {
                let equals = source.find('=')?;
                let value = source.get(equals + 1..)?;
                let blank = value.len() - value.trim_start().len();
                Some(Content::Value(whole.start + equals + 1 + blank..whole.end))
            }
            NodeKind::Element => {
                let (tag, closed) = scan::start_tag(source)?;
                if closed {
                    return Some(Content::Closed(whole.start + tag - 2..whole.start + tag));
                }
                Some(Content::Text(whole.start + tag..whole.start + source.rfind("</")?))
            }
            NodeKind::Text => Some(Content::Text(whole)),
            NodeKind::Document | NodeKind::Comment | NodeKind::Instruction => None,
        }
    }
}

/// Where a node's content stands in the source.
pub(crate) enum Content {
    /// Text of an element.
    Text(Range<usize>),
    /// The `/>` of an element without content.
    Closed(Range<usize>),
    /// An attribute's value with its quotes.
    Value(Range<usize>),
}

// === impl Content ===

impl Content {
    fn range(&self) -> Range<usize> {
        let (Self::Text(range) | Self::Closed(range) | Self::Value(range)) = self;
        range.clone()
    }
}

/// Puts a text in place of the content of nodes of the tree that a source is of; `None` if one of them cannot be replaced.
pub(crate) fn replace(source: &str, nodes: &[Node], text: &str) -> Option<String> {
    let mut places = Vec::with_capacity(nodes.len());
    for node in nodes {
        if !std::ptr::eq(node.tree().source(), source) {
            return None; // an expression may read XML of its own
        }
        let content = node.content()?;
        places.push((content.range(), content, node));
    }
    places.sort_by_key(|(range, ..)| (range.start, Reverse(range.end)));
    places.dedup_by_key(|(range, ..)| range.clone());
    let mut result = String::with_capacity(source.len() + text.len());
    let mut done = 0;
    for (range, content, node) in places {
        if range.start < done {
            continue; // it stood in an element whose content is replaced
        }
        result.push_str(source.get(done..range.start)?);
        match content {
            Content::Text(_) => escape(text, false, &mut result),
            Content::Value(_) => {
                result.push('"');
                escape(text, true, &mut result);
                result.push('"');
            }
            Content::Closed(_) if text.is_empty() => result.push_str("/>"),
            Content::Closed(_) => {
                result.push('>');
                escape(text, false, &mut result);
                let name = node.source()?.get(1..)?;
                let end = name.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))?;
                result.push_str("</");
                result.push_str(name.get(..end)?);
                result.push('>');
            }
        }
        done = range.end;
    }
    result.push_str(source.get(done..)?);
    Some(result)
}

/// Text as it is written in an element or between double quotes (XML 1.0 §2.4, §3.3.3).
fn escape(text: &str, attribute: bool, to: &mut String) {
    for character in text.chars() {
        match character {
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '&' => to.push_str("&amp;"),
            '"' => to.push_str("&quot;"),
            '\r' => to.push_str("&#13;"),
            '\n' if attribute => to.push_str("&#10;"),
            '\t' if attribute => to.push_str("&#9;"),
            other => to.push(other),
        }
    }
}
