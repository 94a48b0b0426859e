//! How items are serialized (Serialization 3.1 §3): parameters in a map, or in an element.

mod element;
mod map;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::atomic::QName;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::item::Item;

/// An expanded name: a namespace and a local name.
type Name = (Arc<str>, Box<str>);

/// Names of elements.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Rc<HashSet<Name>>);

/// The texts that stand for characters.
#[derive(Clone, Debug, Default)]
pub(super) struct Characters {
    texts: Rc<HashMap<char, Arc<str>>>,
    /// So many bytes the longest text has.
    pub(super) longest: usize,
}

/// The parameters that change anything; the others are checked alone.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "so the specification has them")]
pub(super) struct Parameters {
    pub(super) method: Method,
    /// The method for nodes in JSON.
    pub(super) node_method: Method,
    pub(super) indent: bool,
    pub(super) declaration: bool,
    pub(super) standalone: Option<bool>,
    pub(super) version: Option<Arc<str>>,
    pub(super) html_version: Option<f64>,
    pub(super) encoding: Encoding,
    pub(super) item_separator: Option<Arc<str>>,
    /// The elements whose texts stand in CDATA sections.
    pub(super) cdata: Names,
    /// The elements in which nothing is indented.
    pub(super) unindented: Names,
    pub(super) public: Option<Arc<str>>,
    pub(super) system: Option<Arc<str>>,
    pub(super) undeclare: bool,
    /// Whether the head of HTML tells the encoding.
    pub(super) content_type: bool,
    pub(super) duplicates: bool,
    pub(super) normalization: Arc<str>,
    pub(super) characters: Characters,
}

/// The form that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Xml,
    Xhtml,
    Html,
    Text,
    Json,
    Adaptive,
}

/// Which characters there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    pub(super) name: Arc<str>,
    last: char,
}

// === impl Parameters ===

impl Parameters {
    /// Those of an argument: a map or an element.
    pub(super) fn of(given: Option<&Item>, eval: &Eval<'_>) -> Result<Self> {
        let mut parameters = Self::default();
        match given {
            None => {}
            Some(Item::Map(map)) => map::read(map, &mut parameters, eval)?,
            Some(Item::Node(node)) => element::read(node, &mut parameters, eval)?,
            Some(other) => return Err(wrong_kind(other)),
        }
        parameters.check()?;
        Ok(parameters)
    }

    /// Whether they go together.
    fn check(&self) -> Result<()> {
        if matches!(self.method, Method::Xml | Method::Xhtml) {
            let version = self.xml_version();
            if !matches!(version, "1.0" | "1.1") {
                return Err(Error::new("SESU0013", format_args!("there is no XML {version}")));
            }
            if self.undeclare && self.method == Method::Xml && version == "1.0" {
                return Err(Error::new("SEPM0010", "prefixes cannot be undeclared in XML 1.0"));
            }
            let needed = self.standalone.is_some() || (version != "1.0" && self.system.is_some());
            if !self.declaration && needed {
                return Err(Error::new("SEPM0009", "the declaration is omitted, but it is needed"));
            }
        }
        if !matches!(&*self.normalization, "none" | "NFC" | "NFD" | "NFKC" | "NFKD") {
            let text = format!("there is no normalization form `{}`", self.normalization);
            return Err(Error::new("SESU0011", text));
        }
        Ok(())
    }

    /// The version of XML.
    pub(super) fn xml_version(&self) -> &str {
        self.version.as_deref().unwrap_or("1.0")
    }

    /// Whether it is HTML 5 or one after it.
    pub(super) fn is_html_5(&self) -> bool {
        let version = || self.version.as_deref().filter(|_| self.method == Method::Html)?.parse().ok();
        self.html_version.or_else(version).is_none_or(|version: f64| version >= 5.0)
    }

    /// Those for nodes in JSON.
    pub(super) fn for_nodes(&self) -> Self {
        Self {
            method: self.node_method,
            declaration: false,
            standalone: None,
            item_separator: None,
            ..self.clone()
        }
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            method: Method::Xml,
            node_method: Method::Xml,
            indent: false,
            declaration: false,
            standalone: None,
            version: None,
            html_version: None,
            encoding: Encoding { name: "UTF-8".into(), last: char::MAX },
            item_separator: None,
            cdata: Names::default(),
            unindented: Names::default(),
            public: None,
            system: None,
            undeclare: false,
            content_type: true,
            duplicates: false,
            normalization: "none".into(),
            characters: Characters::default(),
        }
    }
}

// === impl Names ===

impl Names {
    /// Whether an element's name is one of them.
    pub(super) fn has(&self, name: &QName) -> bool {
        !self.0.is_empty() && self.0.contains(&(name.namespace.clone(), name.local.clone()))
    }
}

impl FromIterator<Name> for Names {
    fn from_iter<T: IntoIterator<Item = Name>>(names: T) -> Self {
        Self(Rc::new(names.into_iter().collect()))
    }
}

// === impl Characters ===

impl Characters {
    /// What stands for a character.
    pub(super) fn get(&self, character: char) -> Option<&str> {
        self.texts.get(&character).map(|text| &**text)
    }

    /// Adds one; whether there was another for the character.
    fn insert(&mut self, character: char, text: Arc<str>) -> bool {
        self.longest = self.longest.max(text.len());
        Rc::make_mut(&mut self.texts).insert(character, text).is_some()
    }
}

// === impl Method ===

impl Method {
    /// The method of a name; `SEPM0016` where there is none.
    pub(super) fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "xml" => Self::Xml,
            "xhtml" => Self::Xhtml,
            "html" => Self::Html,
            "text" => Self::Text,
            "json" => Self::Json,
            "adaptive" => Self::Adaptive,
            other => return Err(wrong("method", other)),
        })
    }

    /// The method for nodes in JSON.
    pub(super) fn for_nodes(name: &str) -> Result<Self> {
        match Self::named(name)? {
            Self::Json | Self::Adaptive => Err(wrong("json-node-output-method", name)),
            method => Ok(method),
        }
    }
}

// === impl Encoding ===

impl Encoding {
    /// The encoding of a name; `SESU0007` where it is not known.
    pub(super) fn named(name: &str) -> Result<Self> {
        let last = match name.to_ascii_uppercase().as_str() {
            "UTF-8" | "UTF8" | "UTF-16" | "UTF-16LE" | "UTF-16BE" | "UTF-32" => char::MAX,
            "ISO-8859-1" | "LATIN1" | "ISO_8859-1" => '\u{ff}',
            "US-ASCII" | "ASCII" | "ISO646-US" => '\u{7f}',
            _ => return Err(Error::new("SESU0007", format_args!("there is no encoding `{name}`"))),
        };
        Ok(Self { name: name.into(), last })
    }

    /// Whether it has a character.
    pub(super) fn has(&self, one: char) -> bool {
        one <= self.last
    }
}

/// A parameter has a value that it cannot have.
fn wrong(name: &str, value: &str) -> Error {
    Error::new("SEPM0016", format_args!("the parameter `{name}` cannot be `{value}`"))
}

fn wrong_kind(item: &Item) -> Error {
    let text =
        format!("parameters are a map or an element `serialization-parameters`, not {}", item.described());
    Error::types(text)
}
