//! Types as expressions write them.

use std::fmt::{Display, Formatter, Result};

use super::{ItemType, KindTest, NameTest, NodeType, Occurs, SequenceType, Signature, Space};

impl Display for SequenceType {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (item, occurs) = match self {
            Self::Empty => return f.write_str("empty-sequence()"),
            Self::Of(item, occurs) => (item, *occurs),
        };
        let mark = match occurs {
            Occurs::One => "",
            Occurs::Optional => "?",
            Occurs::Any => "*",
            Occurs::Some => "+",
        };
        match item {
            ItemType::Function(Some(_)) if occurs != Occurs::One => write!(f, "({item}){mark}"),
            _ => write!(f, "{item}{mark}"),
        }
    }
}

impl Display for ItemType {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Any => f.write_str("item()"),
            Self::Atomic(kind) => kind.fmt(f),
            Self::Node(test) => test.fmt(f),
            Self::Function(None) => f.write_str("function(*)"),
            Self::Function(Some(signature)) => signature.fmt(f),
            Self::Map(None) => f.write_str("map(*)"),
            Self::Map(Some(of)) => write!(f, "map({}, {})", of.0, of.1),
            Self::Array(None) => f.write_str("array(*)"),
            Self::Array(Some(of)) => write!(f, "array({of})"),
        }
    }
}

impl Display for Signature {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("function(")?;
        for (index, parameter) in self.parameters.iter().enumerate() {
            f.write_str(if index > 0 { ", " } else { "" })?;
            parameter.fmt(f)?;
        }
        write!(f, ") as {}", self.result)
    }
}

impl Display for KindTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (word, name, kind) = match self {
            Self::Any => return f.write_str("node()"),
            Self::Document(None) => return f.write_str("document-node()"),
            Self::Document(Some(element)) => return write!(f, "document-node({element})"),
            Self::Text => return f.write_str("text()"),
            Self::Comment => return f.write_str("comment()"),
            Self::Instruction(target) => {
                return write!(f, "processing-instruction({})", target.as_deref().unwrap_or_default());
            }
            Self::Namespace => return f.write_str("namespace-node()"),
            Self::Element(name, kind) => ("element", name, kind),
            Self::Attribute(name, kind) => ("attribute", name, kind),
        };
        write!(f, "{word}(")?;
        match (name, kind) {
            (None, None) => {}
            (None, Some(kind)) => write!(f, "*, {kind}")?,
            (Some(name), None) => name.fmt(f)?,
            (Some(name), Some(kind)) => write!(f, "{name}, {kind}")?,
        }
        f.write_str(")")
    }
}

impl Display for NodeType {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::AnyType => f.write_str("xs:anyType"),
            Self::Untyped => f.write_str("xs:untyped"),
            Self::AnySimple => f.write_str("xs:anySimpleType"),
            Self::Atomic(kind) => kind.fmt(f),
        }
    }
}

impl Display for NameTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.space {
            Space::Any if self.local.is_none() => {}
            Space::Any => f.write_str("*:")?,
            Space::None => {}
            Space::Prefix(prefix) => write!(f, "{prefix}:")?,
            Space::Uri(uri) => write!(f, "Q{{{uri}}}")?,
        }
        f.write_str(self.local.as_deref().unwrap_or("*"))
    }
}
