//! A schema as running needs it: types by their names, and where each field comes from.

use std::collections::BTreeMap;

use async_graphql_parser::Pos;
use async_graphql_parser::types::{BaseType, Type as TypeRef};
use serde_json::Value;

use super::directives::Source;
use super::template::Template;
use super::{Mistake, Need};

/// A schema.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) types: BTreeMap<String, Type>,
    pub(super) query: String,
    pub(super) mutation: Option<String>,
    /// It is not all: there are types that it does not know.
    pub(super) open: bool,
}

/// A type.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) place: Pos,
    pub(super) kind: Kind,
}

/// What a type is.
#[derive(Debug)]
pub(super) enum Kind {
    Scalar { specified_by: Option<String> },
    Enum(Vec<EnumItem>),
    Object { fields: Vec<Field>, implements: Vec<String> },
    Interface { fields: Vec<Field>, implements: Vec<String>, possible: Vec<String> },
    Union { possible: Vec<String> },
    Input { fields: Vec<Argument>, one_of: bool },
}

/// A value of an enumeration.
#[derive(Debug)]
pub(super) struct EnumItem {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) deprecated: Option<String>,
}

/// A field of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) deprecated: Option<String>,
    pub(super) place: Pos,
    pub(super) ty: TypeRef,
    pub(super) arguments: Vec<Argument>,
    pub(super) source: Source,
}

/// An argument, or a field of an input.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) deprecated: Option<String>,
    pub(super) place: Pos,
    pub(super) ty: TypeRef,
    pub(super) default: Option<Value>,
}

/// The scalars that every schema has.
pub(super) const BUILT_IN: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

// === impl Model ===

impl Model {
    /// What is known where there is no schema.
    pub(super) fn bare() -> Self {
        let scalar = |name: &str| {
            let kind = Kind::Scalar { specified_by: None };
            (name.to_owned(), Type { name: name.into(), description: None, place: Pos::default(), kind })
        };
        Self { types: BUILT_IN.into_iter().map(scalar).collect(), open: true, ..Self::default() }
    }

    pub(super) fn kind(&self, name: &str) -> Option<&Kind> {
        self.types.get(name).map(|found| &found.kind)
    }

    /// What fields call, with the names of what they give and where they stand.
    pub(super) fn needs(&self) -> impl Iterator<Item = Need<'_>> {
        let fields = self.types.values().flat_map(|of| match &of.kind {
            Kind::Object { fields, .. } => fields.as_slice(),
            _ => &[],
        });
        fields.filter_map(|field| {
            let Source::Call(call) = &field.source else { return None };
            let own = || field.arguments.iter().map(|argument| argument.name.as_str()).collect();
            let gives = call.arguments.as_ref().map_or_else(own, Template::names);
            let field_is = Mistake::at(field.place, format!("field `{}`", field.name));
            Some(Need { target: &call.target, gives, field: field_is })
        })
    }
}

// === impl Kind ===

impl Kind {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        match self {
            Self::Object { fields, .. } | Self::Interface { fields, .. } => {
                fields.iter().find(|field| field.name == name)
            }
            _ => None,
        }
    }

    pub(super) fn is_input(&self) -> bool {
        matches!(self, Self::Scalar { .. } | Self::Enum(_) | Self::Input { .. })
    }

    pub(super) fn is_output(&self) -> bool {
        !matches!(self, Self::Input { .. })
    }
}

/// The name within a type.
pub(super) fn named(ty: &TypeRef) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

/// Whether a type is a list.
pub(super) fn is_list(ty: &TypeRef) -> bool {
    matches!(ty.base, BaseType::List(_))
}
