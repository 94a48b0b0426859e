//! Reads a schema from its SDL, and finds what is wrong with it.

use std::collections::{BTreeMap, HashSet};

use async_graphql_parser::types::{
    BaseType, ConstDirective, FieldDefinition, InputValueDefinition, SchemaDefinition, ServiceDocument,
    Type as TypeRef, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql_parser::{Pos, Positioned};
use async_graphql_value::Name;

use super::directives::{self, Source, text};
use super::model::{Argument, BUILT_IN, EnumItem, Field, Kind, Model, Type, named};
use super::{Mistake, coerce};
use crate::{Location, parse};

/// So many lists may lie within each other.
const LISTS: usize = 10;
/// The longest SDL, in bytes.
const LONGEST: usize = 4 << 20;

/// Whose schema it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Weir's own: directives say where its fields come from.
    Own,
    /// Another server's: its directives are that server's, and it may have subscriptions.
    Foreign,
}

/// Reads a schema.
pub(super) fn read(sdl: &str, whose: Whose) -> Result<Model, Vec<Mistake>> {
    if sdl.len() > LONGEST {
        return Err(vec![Mistake::at(
            Pos { line: 1, column: 1 },
            format!("the schema is longer than {LONGEST} bytes"),
        )]);
    }
    let document = parse::schema(sdl).map_err(|error| {
        let Location { line, column } =
            error.locations.first().copied().unwrap_or(Location { line: 1, column: 1 });
        vec![Mistake { line, column, message: error.message.replace("the query", "the schema") }]
    })?;
    let mut reader = Reader { model: Model { open: false, ..Model::bare() }, mistakes: Vec::new(), whose };
    reader.document(document);
    reader.possible();
    reader.check();
    if reader.mistakes.is_empty() { Ok(reader.model) } else { Err(reader.mistakes) }
}

struct Reader {
    model: Model,
    mistakes: Vec<Mistake>,
    whose: Whose,
}

// === impl Reader ===

impl Reader {
    fn document(&mut self, document: ServiceDocument) {
        (self.model.query, self.model.mutation) = ("Query".to_owned(), None);
        let mut subscription;
        let (mut schema, mut more) = (None, Vec::new());
        let mut extensions = Vec::new();
        for definition in document.definitions {
            match definition {
                TypeSystemDefinition::Schema(found) if found.node.extend => more.push(found.node),
                TypeSystemDefinition::Schema(found) if schema.is_some() => {
                    self.wrong(found.pos, "the schema's roots are there twice");
                }
                TypeSystemDefinition::Schema(found) => schema = Some(found),
                TypeSystemDefinition::Type(ty) if ty.node.extend => extensions.push(ty),
                TypeSystemDefinition::Type(ty) => self.ty(ty),
                // What a query may decorate is known; `@rest` and its like may be declared for the sake of editors.
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        for extension in extensions {
            self.extend(extension);
        }
        let name = |root: Option<Positioned<Name>>| root.map(|name| name.node.to_string());
        let mut told = [false; 3];
        if let Some(schema) = schema {
            let SchemaDefinition { query, mutation, subscription: one, .. } = schema.node;
            told = [query.is_some(), mutation.is_some(), one.is_some()];
            self.model.query = name(query).unwrap_or_default();
            self.model.mutation = name(mutation);
            subscription = one.map(|name| name.pos);
        } else {
            self.model.mutation = self.model.types.contains_key("Mutation").then(|| "Mutation".to_owned());
            subscription = self.model.types.get("Subscription").map(|ty| ty.place);
        }
        for SchemaDefinition { query, mutation, subscription: one, .. } in more {
            let words = ["query", "mutation", "subscription"];
            for ((word, root), told) in words.into_iter().zip([&query, &mutation, &one]).zip(&mut told) {
                let Some(root) = root else { continue };
                if std::mem::replace(told, true) {
                    self.wrong(root.pos, format!("`{word}` is there twice"));
                }
            }
            self.model.query = name(query).unwrap_or_else(|| std::mem::take(&mut self.model.query));
            self.model.mutation = name(mutation).or_else(|| self.model.mutation.take());
            subscription = subscription.or(one.map(|name| name.pos));
        }
        if let Some(place) = subscription.filter(|_| self.whose == Whose::Own) {
            self.wrong(
                place,
                "subscriptions are not served from calls: leave them out, or proxy a server that has them",
            );
        }
    }

    fn ty(&mut self, definition: Positioned<TypeDefinition>) {
        let (place, node) = (definition.pos, definition.node);
        let name = node.name.node.to_string();
        if self.whose == Whose::Foreign && BUILT_IN.contains(&name.as_str()) {
            // Some servers write down what every schema has.
            return;
        }
        if self.model.types.contains_key(&name) {
            return self.wrong(place, format!("the type `{name}` is there twice"));
        }
        if name.starts_with("__") {
            return self
                .wrong(place, format!("`{name}`: names that begin with two underscores are GraphQL's own"));
        }
        let kind = self.kind(node.kind, said(&node.directives));
        let description = node.description.map(|text| text.node);
        self.model.types.insert(name.clone(), Type { name, description, place, kind });
    }

    fn kind(&mut self, kind: TypeKind, (specified_by, one_of): (Option<String>, bool)) -> Kind {
        let names =
            |names: Vec<Positioned<Name>>| names.into_iter().map(|name| name.node.to_string()).collect();
        match kind {
            TypeKind::Scalar => Kind::Scalar { specified_by },
            TypeKind::Object(object) => {
                Kind::Object { fields: self.fields(object.fields), implements: names(object.implements) }
            }
            TypeKind::Interface(one) => Kind::Interface {
                fields: self.fields(one.fields),
                implements: names(one.implements),
                possible: Vec::new(),
            },
            TypeKind::Union(union) => Kind::Union { possible: names(union.members) },
            TypeKind::Enum(values) => Kind::Enum(
                values
                    .values
                    .into_iter()
                    .map(|value| EnumItem {
                        name: value.node.value.node.to_string(),
                        description: value.node.description.map(|text| text.node),
                        deprecated: directives::deprecated(&value.node.directives),
                    })
                    .collect(),
            ),
            TypeKind::InputObject(input) => Kind::Input { fields: self.arguments(input.fields), one_of },
        }
    }

    /// `extend type`: its members are joined to those that are there.
    fn extend(&mut self, definition: Positioned<TypeDefinition>) {
        let (place, name) = (definition.pos, definition.node.name.node.to_string());
        let more = self.kind(definition.node.kind, said(&definition.node.directives));
        let Some(known) = self.model.types.get_mut(&name) else {
            return self.wrong(place, format!("`{name}` is extended and is not there"));
        };
        match (&mut known.kind, more) {
            (Kind::Object { fields, implements }, Kind::Object { fields: more, implements: also })
            | (
                Kind::Interface { fields, implements, .. },
                Kind::Interface { fields: more, implements: also, .. },
            ) => {
                fields.extend(more);
                implements.extend(also);
            }
            (Kind::Union { possible }, Kind::Union { possible: more }) => possible.extend(more),
            (Kind::Enum(items), Kind::Enum(more)) => items.extend(more),
            (Kind::Input { fields, one_of }, Kind::Input { fields: more, one_of: also }) => {
                fields.extend(more);
                *one_of |= also;
            }
            (Kind::Scalar { specified_by }, Kind::Scalar { specified_by: more }) => {
                *specified_by = more.or_else(|| specified_by.take());
            }
            _ => self.wrong(place, format!("`{name}` is extended as something else than it is")),
        }
    }

    fn fields(&mut self, fields: Vec<Positioned<FieldDefinition>>) -> Vec<Field> {
        let mut read: Vec<Field> = Vec::new();
        for Positioned { pos: place, node } in fields {
            let name = node.name.node.to_string();
            let source = match directives::source(&node.directives, &name) {
                _ if self.whose == Whose::Foreign => Source::member(&name),
                Ok(source) => source,
                Err(mistake) => {
                    self.mistakes.push(mistake);
                    Source::member(&name)
                }
            };
            read.push(Field {
                description: node.description.map(|text| text.node),
                deprecated: directives::deprecated(&node.directives),
                place,
                ty: node.ty.node,
                arguments: self.arguments(node.arguments),
                source,
                name,
            });
        }
        read
    }

    fn arguments(&mut self, arguments: Vec<Positioned<InputValueDefinition>>) -> Vec<Argument> {
        let mut read = Vec::new();
        for Positioned { pos: place, node } in arguments {
            let default = node.default_value.map(|value| value.node.into_json());
            if let Some(Err(_)) = default {
                self.wrong(place, "the default is no value of JSON's");
            }
            read.push(Argument {
                name: node.name.node.to_string(),
                description: node.description.map(|text| text.node),
                deprecated: directives::deprecated(&node.directives),
                place,
                ty: node.ty.node,
                default: default.and_then(Result::ok),
            });
        }
        read
    }

    /// The objects of each interface.
    fn possible(&mut self) {
        let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for ty in self.model.types.values() {
            if let Kind::Object { implements, .. } = &ty.kind {
                for interface in implements {
                    of.entry(interface.clone()).or_default().push(ty.name.clone());
                }
            }
        }
        for (name, objects) in of {
            if let Some(Type { kind: Kind::Interface { possible, .. }, .. }) = self.model.types.get_mut(&name)
            {
                *possible = objects;
            }
        }
    }

    fn check(&mut self) {
        let mut found = Vec::new();
        for root in std::iter::once(&self.model.query).chain(&self.model.mutation) {
            if !matches!(self.model.kind(root), Some(Kind::Object { .. })) {
                found.push(Mistake::at(
                    Pos { line: 1, column: 1 },
                    format!("the root type `{root}` is missing, or no object"),
                ));
            }
        }
        for ty in self.model.types.values() {
            match &ty.kind {
                Kind::Object { fields, implements } => {
                    self.check_fields(ty, fields, &mut found);
                    let wrong = self.not(implements, |kind| matches!(kind, Kind::Interface { .. }));
                    found.extend(wrong.map(|name| {
                        Mistake::at(
                            ty.place,
                            format!("`{}` implements `{name}`, which is no interface", ty.name),
                        )
                    }));
                }
                Kind::Interface { fields, .. } => self.check_fields(ty, fields, &mut found),
                Kind::Union { possible } => {
                    let wrong = self.not(possible, |kind| matches!(kind, Kind::Object { .. }));
                    found.extend(wrong.map(|name| {
                        Mistake::at(
                            ty.place,
                            format!("the union `{}` has `{name}`, which is no object", ty.name),
                        )
                    }));
                }
                Kind::Input { fields, .. } => self.check_arguments((fields, &ty.name), &mut found),
                Kind::Scalar { .. } | Kind::Enum(_) => {}
            }
            found.extend(empty_or_twice(ty));
        }
        self.mistakes.append(&mut found);
        self.mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    }

    fn check_fields(&self, ty: &Type, fields: &[Field], found: &mut Vec<Mistake>) {
        let mut seen = HashSet::new();
        for field in fields {
            if !seen.insert(&field.name) {
                found.push(Mistake::at(
                    field.place,
                    format!("the field `{}` is there twice in `{}`", field.name, ty.name),
                ));
            }
            let name = named(&field.ty);
            if !self.model.kind(name).is_some_and(Kind::is_output) {
                found.push(Mistake::at(
                    field.place,
                    format!("the field `{}` is of type `{name}`, which is not there", field.name),
                ));
            }
            found.extend(too_nested(&field.ty, &field.name, field.place));
            self.check_arguments((&field.arguments, &field.name), found);
            let Source::Call(call) = &field.source else { continue };
            let has = |name: &str| field.arguments.iter().any(|known| known.name == name);
            for argument in call.asks().into_iter().filter(|name| !has(name)) {
                let message =
                    format!("the field `{}` has no argument `{argument}`, which its call takes", field.name);
                found.push(Mistake::at(field.place, message));
            }
        }
    }

    /// The names of types that are not of a kind.
    fn not<'n>(&self, names: &'n [String], is: impl Fn(&Kind) -> bool) -> impl Iterator<Item = &'n String> {
        names.iter().filter(move |name| !self.model.kind(name).is_some_and(&is))
    }

    /// The arguments of a field, or the fields of an input.
    fn check_arguments(&self, (arguments, of): (&[Argument], &str), found: &mut Vec<Mistake>) {
        let mut seen = HashSet::new();
        for argument in arguments {
            if !seen.insert(&argument.name) {
                let message = format!("`{}` is there twice in `{of}`", argument.name);
                found.push(Mistake::at(argument.place, message));
            }
            found.extend(too_nested(&argument.ty, &argument.name, argument.place));
            let name = named(&argument.ty);
            if !self.model.kind(name).is_some_and(Kind::is_input) {
                let message =
                    format!("`{}` is of type `{name}`, which is not there as one of inputs", argument.name);
                found.push(Mistake::at(argument.place, message));
                continue;
            }
            let default = argument.default.as_ref();
            if let Some(Err(message)) =
                default.map(|default| coerce::default_of(&self.model, argument, default))
            {
                let message = format!("the default of `{}`: {message}", argument.name);
                found.push(Mistake::at(argument.place, message));
            }
        }
    }

    fn wrong(&mut self, place: Pos, message: impl Into<String>) {
        self.mistakes.push(Mistake::at(place, message));
    }
}

/// Where a scalar is specified, and whether an input has one of its fields alone.
fn said(directives: &[Positioned<ConstDirective>]) -> (Option<String>, bool) {
    let specified_by = directives::argument(directives, "specifiedBy", "url").and_then(text);
    (specified_by, directives.iter().any(|one| one.node.name.node == "oneOf"))
}

/// Whether lists lie deeper within each other than any that are meant; whoever asks for the schema goes down with them.
fn too_nested(ty: &TypeRef, name: &str, place: Pos) -> Option<Mistake> {
    let (mut deep, mut ty) = (0, ty);
    while let BaseType::List(inner) = &ty.base {
        (deep, ty) = (deep + 1, inner);
    }
    let message =
        || format!("the type of `{name}` has {deep} lists within each other, at most {LISTS} may be");
    (deep > LISTS).then(|| Mistake::at(place, message()))
}

/// What is missing in a type, or there twice.
fn empty_or_twice(ty: &Type) -> Vec<Mistake> {
    let (what, names): (_, Vec<&String>) = match &ty.kind {
        Kind::Scalar { .. } => return Vec::new(),
        Kind::Enum(items) => ("values", items.iter().map(|item| &item.name).collect()),
        Kind::Union { possible } => ("members", possible.iter().collect()),
        Kind::Input { fields, .. } => ("fields", fields.iter().map(|field| &field.name).collect()),
        Kind::Object { fields, .. } | Kind::Interface { fields, .. } => {
            ("fields", fields.iter().map(|field| &field.name).collect())
        }
    };
    if names.is_empty() {
        return vec![Mistake::at(ty.place, format!("`{}` has no {what}", ty.name))];
    }
    let (Kind::Enum(_) | Kind::Union { .. }) = &ty.kind else { return Vec::new() };
    let mut seen = HashSet::new();
    let twice = names.into_iter().filter(|name| !seen.insert(*name));
    twice.map(|name| Mistake::at(ty.place, format!("`{name}` is there twice in `{}`", ty.name))).collect()
}
