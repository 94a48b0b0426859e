//! Validates requests against a schema (October 2021, §5), and tells the schema to who asks for it (§4); both by
//! `async-graphql`, to which the schema is described and which runs nothing of it.

use async_graphql::dynamic::{
    Enum, EnumItem, Field as DynamicField, FieldFuture, InputObject, InputValue, Interface, InterfaceField,
    Object, Scalar, Schema, TypeRef as DynamicRef, Union,
};
use async_graphql::{
    Request as DynamicRequest, SDLExportOptions, ServerError, Value as ConstValue, Variables,
};
use async_graphql_parser::Pos;
use async_graphql_parser::types::{BaseType, Type as TypeRef};
use async_graphql_value::Name;
use futures_util::FutureExt;
use serde_json::{Map, Value};

use super::model::{Argument, BUILT_IN, Field, Kind, Model, Type};
use super::{Data, Mistake, defer};
use crate::guard::Admitted;
use crate::{Error, Location};

/// Deeper than any guard lets a query be.
const DEPTH: usize = 256;

pub(super) struct Checker(Schema);

// === impl Checker ===

impl Checker {
    /// Describes a schema.
    pub(super) fn of(model: &Model) -> Result<Self, Mistake> {
        let mut builder =
            Schema::build(&model.query, model.mutation.as_deref(), None).limit_recursive_depth(DEPTH);
        for ty in model.types.values().filter(|ty| !BUILT_IN.contains(&ty.name.as_str())) {
            builder = match &ty.kind {
                Kind::Scalar { specified_by } => builder.register(scalar(ty, specified_by.as_deref())),
                Kind::Enum(_) => builder.register(enumeration(ty)),
                Kind::Object { fields, implements } => builder.register(object(ty, fields, implements)),
                Kind::Interface { fields, implements, .. } => {
                    builder.register(interface(ty, fields, implements))
                }
                Kind::Union { possible } => {
                    let union = described(Union::new(&ty.name), ty.description.as_ref(), Union::description);
                    builder.register(possible.iter().fold(union, Union::possible_type))
                }
                Kind::Input { fields, one_of } => {
                    let input = described(
                        InputObject::new(&ty.name),
                        ty.description.as_ref(),
                        InputObject::description,
                    );
                    let input = fields.iter().map(argument).fold(input, InputObject::field);
                    builder.register(if *one_of { input.oneof() } else { input })
                }
            };
        }
        builder.finish().map(Self).map_err(|error| Mistake::at(Pos { line: 1, column: 1 }, error.to_string()))
    }

    pub(super) fn sdl(&self) -> String {
        self.0.sdl_with_options(SDLExportOptions::new())
    }

    /// Validates a request. Gives what it asks of the schema itself: `__schema` and `__type`, by the names that they have in
    /// the answer.
    pub(super) fn check(
        &self,
        operation: Option<&str>,
        variables: &Map<String, Value>,
        admitted: &Admitted,
    ) -> Result<Vec<(Name, Data)>, Vec<Error>> {
        let plain = defer::unmarked(&admitted.document)?;
        // Null may stand for an argument that has a default and must not be null; what comes of it is the field's error.
        let given = variables.iter().filter(|(_, value)| !value.is_null());
        let given = given.map(|(name, value)| (name.clone(), value.clone())).collect();
        let variables = Variables::from_json(Value::Object(given));
        let mut asked = DynamicRequest::new("").variables(variables).only_introspection();
        asked.operation_name = operation.map(str::to_owned);
        asked.set_parsed_query(plain.unwrap_or_else(|| admitted.document.clone()));
        // It has nothing to wait for, since nothing of the schema is run.
        let Some(response) = self.0.execute(asked).now_or_never() else { return Ok(Vec::new()) };
        if !response.errors.is_empty() {
            return Err(response.errors.into_iter().map(error).collect());
        }
        match Data::of(response.data) {
            Data::Object(members) => Ok(members),
            _ => Ok(Vec::new()),
        }
    }
}

fn error(error: ServerError) -> Error {
    let locations = error.locations.into_iter().map(Location::from).collect();
    Error { locations, ..Error::new(error.message).coded("GRAPHQL_VALIDATION_FAILED") }
}

fn described<'d, T>(of: T, description: Option<&'d String>, describe: impl Fn(T, &'d str) -> T) -> T {
    match description {
        Some(text) => describe(of, text),
        None => of,
    }
}

fn scalar(ty: &Type, specified_by: Option<&str>) -> Scalar {
    let scalar = described(Scalar::new(&ty.name), ty.description.as_ref(), Scalar::description);
    match specified_by {
        Some(url) => scalar.specified_by_url(url),
        None => scalar,
    }
}

fn enumeration(ty: &Type) -> Enum {
    let Kind::Enum(items) = &ty.kind else { return Enum::new(&ty.name) };
    let known = described(Enum::new(&ty.name), ty.description.as_ref(), Enum::description);
    items.iter().fold(known, |known, item| {
        let mut told = described(EnumItem::new(&item.name), item.description.as_ref(), EnumItem::description);
        if let Some(reason) = &item.deprecated {
            told = told.deprecation(Some(reason.as_str()));
        }
        known.item(told)
    })
}

fn object(ty: &Type, fields: &[Field], implements: &[String]) -> Object {
    let known = described(Object::new(&ty.name), ty.description.as_ref(), Object::description);
    let known = implements.iter().fold(known, Object::implement);
    fields.iter().fold(known, |known, field| {
        // It is never asked: requests are told of the schema alone.
        let told = DynamicField::new(&field.name, reference(&field.ty), |_| FieldFuture::Value(None));
        let mut told = described(told, field.description.as_ref(), DynamicField::description);
        if let Some(reason) = &field.deprecated {
            told = told.deprecation(Some(reason.as_str()));
        }
        known.field(field.arguments.iter().map(argument).fold(told, DynamicField::argument))
    })
}

fn interface(ty: &Type, fields: &[Field], implements: &[String]) -> Interface {
    let known = described(Interface::new(&ty.name), ty.description.as_ref(), Interface::description);
    let known = implements.iter().fold(known, Interface::implement);
    fields.iter().fold(known, |known, field| {
        let told = InterfaceField::new(&field.name, reference(&field.ty));
        let mut told = described(told, field.description.as_ref(), InterfaceField::description);
        if let Some(reason) = &field.deprecated {
            told = told.deprecation(Some(reason.as_str()));
        }
        known.field(field.arguments.iter().map(argument).fold(told, InterfaceField::argument))
    })
}

fn argument(argument: &Argument) -> InputValue {
    let told = InputValue::new(&argument.name, reference(&argument.ty));
    let mut told = described(told, argument.description.as_ref(), InputValue::description);
    if let Some(reason) = &argument.deprecated {
        told = told.deprecation(Some(reason.as_str()));
    }
    match argument.default.clone().map(ConstValue::from_json) {
        Some(Ok(value)) => told.default_value(value),
        _ => told,
    }
}

fn reference(ty: &TypeRef) -> DynamicRef {
    let base = match &ty.base {
        BaseType::Named(name) => DynamicRef::Named(name.to_string().into()),
        BaseType::List(inner) => DynamicRef::List(Box::new(reference(inner))),
    };
    if ty.nullable { base } else { DynamicRef::NonNull(Box::new(base)) }
}
