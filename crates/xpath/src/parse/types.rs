//! The types of sequences (`XPath` 3.1 §2.5.4) and tests of nodes (§3.3.2.2).

use std::sync::Arc;

use super::Parser;
use super::lex::Token;
use crate::error::{Error, Result};
use crate::sequence_type::{ItemType, KindTest, NameTest, NodeType, Occurs, SequenceType, Signature, Space};
use crate::types::Type;
use crate::version::Version;

/// The namespace of XML Schema's types.
const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";

// === impl Parser ===

impl Parser<'_> {
    pub(super) fn sequence_type(&mut self) -> Result<SequenceType> {
        if self.is_word(0, "empty-sequence") && self.is_ahead(1, "(") {
            self.at += 2;
            self.expect(")")?;
            return Ok(SequenceType::Empty);
        }
        let item = self.within(Self::item_type)?;
        let occurs = if self.takes("?") {
            Occurs::Optional
        } else if self.takes("*") {
            Occurs::Any
        } else if self.takes("+") {
            Occurs::Some
        } else {
            Occurs::One
        };
        Ok(SequenceType::Of(item, occurs))
    }

    /// The type of a cast, and whether nothing may stand for it.
    pub(super) fn single_type(&mut self) -> Result<(Type, bool)> {
        let kind = self.atomic_type()?;
        if kind == Type::AnyAtomic || kind == Type::Notation {
            return Err(Error::new("XPST0080", format_args!("nothing can be cast to xs:{}", kind.name())));
        }
        Ok((kind, self.takes("?")))
    }

    fn item_type(&mut self) -> Result<ItemType> {
        let word = match self.peek() {
            Token::Name(None, word) if self.is_ahead(1, "(") => *word,
            Token::Symbol("(") => {
                self.since(Version::V30, "a type in brackets")?;
                self.at += 1;
                let item = self.within(Self::item_type)?;
                self.expect(")")?;
                return Ok(item);
            }
            _ => return self.atomic_type().map(ItemType::Atomic),
        };
        match word {
            "item" => {
                self.at += 2;
                self.expect(")")?;
                Ok(ItemType::Any)
            }
            "function" => self.function_type(),
            "map" => self.map_type(),
            "array" => self.array_type(),
            _ => match self.kind_test()? {
                Some(test) => Ok(ItemType::Node(test)),
                None => Err(self.unexpected(&format!("a type must stand, and `{word}()` is none"))),
            },
        }
    }

    fn function_type(&mut self) -> Result<ItemType> {
        self.since(Version::V30, "the type of a function")?;
        self.at += 2;
        if self.takes("*") {
            self.expect(")")?;
            return Ok(ItemType::Function(None));
        }
        let mut parameters = Vec::new();
        while !self.is(")") {
            if !parameters.is_empty() {
                self.expect(",")?;
            }
            parameters.push(self.sequence_type()?);
        }
        self.at += 1;
        self.expect_word("as")?;
        let result = self.sequence_type()?;
        Ok(ItemType::Function(Some(Arc::new(Signature { parameters, result }))))
    }

    fn map_type(&mut self) -> Result<ItemType> {
        self.since(Version::V31, "the type of a map")?;
        self.at += 2;
        if self.takes("*") {
            self.expect(")")?;
            return Ok(ItemType::Map(None));
        }
        let key = self.atomic_type()?;
        self.expect(",")?;
        let value = self.sequence_type()?;
        self.expect(")")?;
        Ok(ItemType::Map(Some(Arc::new((key, value)))))
    }

    fn array_type(&mut self) -> Result<ItemType> {
        self.since(Version::V31, "the type of an array")?;
        self.at += 2;
        if self.takes("*") {
            self.expect(")")?;
            return Ok(ItemType::Array(None));
        }
        let member = self.sequence_type()?;
        self.expect(")")?;
        Ok(ItemType::Array(Some(Arc::new(member))))
    }

    /// `xs:integer`. The prefix `xs` stands for XML Schema.
    fn atomic_type(&mut self) -> Result<Type> {
        let token = self.next();
        let local = match &token {
            Token::Name(Some("xs"), local) | Token::Braced(SCHEMA, local) => *local,
            Token::Name(..) | Token::Braced(..) => {
                let text = format!("{} is no type: those of XML Schema begin with `xs:`", token.described());
                return Err(Error::new("XPST0051", text));
            }
            _ => return Err(self.unexpected(&format!("a type must stand before {}", token.described()))),
        };
        Type::named(local)
            .ok_or_else(|| Error::new("XPST0051", format_args!("`xs:{local}` is no atomic type")))
    }

    /// `text()` and the like, where one stands.
    pub(super) fn kind_test(&mut self) -> Result<Option<KindTest>> {
        let Token::Name(None, word) = *self.peek() else { return Ok(None) };
        if !self.is_ahead(1, "(") {
            return Ok(None);
        }
        let simple = match word {
            "node" => KindTest::Any,
            "text" => KindTest::Text,
            "comment" => KindTest::Comment,
            "namespace-node" => KindTest::Namespace,
            "processing-instruction" => return self.instruction_test().map(Some),
            "document-node" => return self.document_test().map(Some),
            "element" | "attribute" => return self.named_test(word == "element").map(Some),
            "schema-element" | "schema-attribute" => {
                let text = format!("`{word}()` names what a schema declares, and there is none");
                return Err(Error::new("XPST0008", text));
            }
            _ => return Ok(None),
        };
        if matches!(simple, KindTest::Namespace) {
            self.since(Version::V30, "`namespace-node()`")?;
        }
        self.at += 2;
        self.expect(")")?;
        Ok(Some(simple))
    }

    fn instruction_test(&mut self) -> Result<KindTest> {
        self.at += 2;
        let target = match self.peek().clone() {
            Token::Text(text) => Some(text.trim().into()),
            Token::Name(None, name) if self.version > Version::V10 => Some(name.into()),
            _ => None,
        };
        self.at += usize::from(target.is_some());
        self.expect(")")?;
        Ok(KindTest::Instruction(target))
    }

    fn document_test(&mut self) -> Result<KindTest> {
        self.since(Version::V20, "`document-node()`")?;
        self.at += 2;
        let within = match self.kind_test()? {
            Some(test @ KindTest::Element(..)) => Some(Box::new(test)),
            None => None,
            Some(_) => return Err(self.unexpected("a document is tested by its element")),
        };
        self.expect(")")?;
        Ok(KindTest::Document(within))
    }

    fn named_test(&mut self, element: bool) -> Result<KindTest> {
        self.since(Version::V20, if element { "`element()`" } else { "`attribute()`" })?;
        self.at += 2;
        let (mut name, mut kind) = (None, None);
        if !self.is(")") {
            if !self.takes("*") {
                name = Some(self.name_test(false)?);
            }
            if self.takes(",") {
                kind = Some(self.node_type()?);
                if element {
                    self.takes("?");
                }
            }
        }
        self.expect(")")?;
        Ok(if element { KindTest::Element(name, kind) } else { KindTest::Attribute(name, kind) })
    }

    fn node_type(&mut self) -> Result<NodeType> {
        let known = match self.peek() {
            Token::Name(Some("xs"), local) | Token::Braced(SCHEMA, local) => match *local {
                "anyType" => Some(NodeType::AnyType),
                "untyped" => Some(NodeType::Untyped),
                "anySimpleType" => Some(NodeType::AnySimple),
                _ => None,
            },
            _ => None,
        };
        self.at += usize::from(known.is_some());
        if let Some(known) = known {
            return Ok(known);
        }
        let text = format!("{} is no type", self.peek().described());
        self.atomic_type().map(NodeType::Atomic).map_err(|error| match error.code() {
            "XPST0051" => Error::new("XPST0008", text),
            _ => error,
        })
    }

    /// A name, with wildcards where they may stand.
    pub(super) fn name_test(&mut self, wild: bool) -> Result<NameTest> {
        let token = self.next();
        let named = |space, local: &str| NameTest { space, local: Some(local.into()) };
        match token {
            Token::Name(None, local) => Ok(named(Space::None, local)),
            Token::Name(Some(prefix), local) => Ok(named(Space::Prefix(prefix.into()), local)),
            Token::Braced(uri, local) if local != "*" => Ok(named(braced(uri), local)),
            Token::Symbol("*") if wild => Ok(NameTest { space: Space::Any, local: None }),
            Token::AnyOf(prefix) if wild => Ok(NameTest { space: Space::Prefix(prefix.into()), local: None }),
            Token::Braced(uri, _) if wild => Ok(NameTest { space: braced(uri), local: None }),
            Token::InAny(local) if wild => {
                self.at -= 1;
                self.since(Version::V20, "`*:`")?;
                self.at += 1;
                Ok(named(Space::Any, local))
            }
            other => {
                self.at -= 1;
                Err(self.unexpected(&format!("a name must stand, not {}", other.described())))
            }
        }
    }
}

fn braced(uri: &str) -> Space {
    if uri.is_empty() { Space::None } else { Space::Uri(uri.into()) }
}
