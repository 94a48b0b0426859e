//! Reads the text of a schema (September 2025, §3) into a document, as `async-graphql-parser` has documents. What directives are
//! declared is read and left behind.

use async_graphql_parser::types::{
    ConstDirective, EnumType, EnumValueDefinition, FieldDefinition, InputObjectType, InputValueDefinition,
    InterfaceType, ObjectType, SchemaDefinition, ServiceDocument, TypeDefinition, TypeKind,
    TypeSystemDefinition, UnionType,
};
use async_graphql_parser::{Pos, Positioned};
use async_graphql_value::Name;

use super::{Parser, Variables, text, variable_here};
use crate::Error;
use crate::guard::Limits;
use crate::tokens::{Token, scan, unreadable};

/// A text with its place.
type Description = Option<Positioned<String>>;

/// Reads the text of a schema.
pub(crate) fn schema(text: &str) -> Result<ServiceDocument, Error> {
    let limits = Limits { length: usize::MAX, tokens: usize::MAX, ..Limits::default() };
    scan(text, &limits)?;
    let mut parser = Parser::new(text)?;
    let mut definitions = Vec::new();
    while parser.next.is_some() {
        definitions.extend(parser.schema_definition()?);
    }
    if definitions.is_empty() {
        return Err(unreadable("there is nothing in it", parser.place()));
    }
    Ok(ServiceDocument { definitions })
}

// === impl Parser ===

impl Parser<'_> {
    fn schema_definition(&mut self) -> Result<Option<TypeSystemDefinition>, Error> {
        let description = self.description()?;
        let place = self.place();
        let extend = description.is_none() && self.takes("extend")?;
        let Some((Token::Word, _, word)) = self.next else { return Err(self.unexpected("a definition")) };
        if word == "directive" && !extend {
            self.directive_definition()?;
            return Ok(None);
        }
        if !["schema", "scalar", "type", "interface", "union", "enum", "input"].contains(&word) {
            return Err(self.unexpected("a definition"));
        }
        self.step()?;
        if word == "schema" {
            return self.roots(extend, place).map(Some);
        }
        let name = self.name("the type's name")?;
        let implements = if matches!(word, "type" | "interface") { self.implements()? } else { Vec::new() };
        let directives = self.constant_directives()?;
        let kind = match word {
            "scalar" => TypeKind::Scalar,
            "type" => TypeKind::Object(ObjectType { implements, fields: self.fields()? }),
            "interface" => TypeKind::Interface(InterfaceType { implements, fields: self.fields()? }),
            "union" => TypeKind::Union(UnionType { members: self.members_of_union()? }),
            "enum" => TypeKind::Enum(EnumType { values: self.block(Self::enum_value)? }),
            _ => TypeKind::InputObject(InputObjectType { fields: self.block(Self::input_value)? }),
        };
        let definition = TypeDefinition { extend, description, name, directives, kind };
        Ok(Some(TypeSystemDefinition::Type(Positioned::new(definition, place))))
    }

    pub(super) fn description(&mut self) -> Result<Description, Error> {
        let Some((Token::Text, place, quoted)) = self.next else { return Ok(None) };
        let value = text::value(quoted, place)?;
        self.step()?;
        Ok(Some(Positioned::new(value, place)))
    }

    fn roots(&mut self, extend: bool, place: Pos) -> Result<TypeSystemDefinition, Error> {
        let directives = self.constant_directives()?;
        let mut schema =
            SchemaDefinition { extend, directives, query: None, mutation: None, subscription: None };
        if !extend || self.is("{") {
            for (operation, root) in self.list(("{", "}"), Self::root)? {
                let known = match operation.node.as_str() {
                    "query" => &mut schema.query,
                    "mutation" => &mut schema.mutation,
                    _ => &mut schema.subscription,
                };
                if known.replace(root).is_some() {
                    let message = format!("`{}` is there twice", operation.node);
                    return Err(unreadable(&message, operation.pos));
                }
            }
        }
        Ok(TypeSystemDefinition::Schema(Positioned::new(schema, place)))
    }

    fn root(&mut self) -> Result<(Positioned<Name>, Positioned<Name>), Error> {
        let wanted = "`query`, `mutation` or `subscription`";
        if !["query", "mutation", "subscription"].iter().any(|word| self.is(word)) {
            return Err(self.unexpected(wanted));
        }
        let operation = self.name(wanted)?;
        self.expect(":")?;
        Ok((operation, self.name("the name of a type")?))
    }

    fn implements(&mut self) -> Result<Vec<Positioned<Name>>, Error> {
        if !self.takes("implements")? {
            return Ok(Vec::new());
        }
        self.takes("&")?;
        let mut names = vec![self.name("the name of an interface")?];
        while self.takes("&")? {
            names.push(self.name("the name of an interface")?);
        }
        Ok(names)
    }

    fn members_of_union(&mut self) -> Result<Vec<Positioned<Name>>, Error> {
        if !self.takes("=")? {
            return Ok(Vec::new());
        }
        self.takes("|")?;
        let mut names = vec![self.name("the name of a type")?];
        while self.takes("|")? {
            names.push(self.name("the name of a type")?);
        }
        Ok(names)
    }

    /// What stands in braces, if there are any.
    fn block<T>(&mut self, read: impl Fn(&mut Self) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        if self.is("{") { self.list(("{", "}"), read) } else { Ok(Vec::new()) }
    }

    fn fields(&mut self) -> Result<Vec<Positioned<FieldDefinition>>, Error> {
        self.block(|parser| {
            let description = parser.description()?;
            let place = parser.place();
            let name = parser.name("a field")?;
            let arguments =
                if parser.is("(") { parser.list(("(", ")"), Self::input_value)? } else { Vec::new() };
            parser.expect(":")?;
            let at = parser.place();
            let ty = Positioned::new(parser.ty()?, at);
            let directives = parser.constant_directives()?;
            Ok(Positioned::new(FieldDefinition { description, name, arguments, ty, directives }, place))
        })
    }

    /// An argument of a field, or a field of an input.
    fn input_value(&mut self) -> Result<Positioned<InputValueDefinition>, Error> {
        let description = self.description()?;
        let place = self.place();
        let name = self.name("a name")?;
        self.expect(":")?;
        let at = self.place();
        let ty = Positioned::new(self.ty()?, at);
        let default_value = if self.takes("=")? { Some(self.constant()?) } else { None };
        let directives = self.constant_directives()?;
        Ok(Positioned::new(InputValueDefinition { description, name, ty, default_value, directives }, place))
    }

    fn enum_value(&mut self) -> Result<Positioned<EnumValueDefinition>, Error> {
        let description = self.description()?;
        let place = self.place();
        if ["true", "false", "null"].iter().any(|word| self.is(word)) {
            return Err(self.unexpected("a value other than `true`, `false` and `null`"));
        }
        let value = self.name("a value")?;
        let directives = self.constant_directives()?;
        Ok(Positioned::new(EnumValueDefinition { description, value, directives }, place))
    }

    fn constant_directives(&mut self) -> Result<Vec<Positioned<ConstDirective>>, Error> {
        let constant = |one: Positioned<async_graphql_parser::types::Directive>| {
            let place = one.pos;
            let directive = one.node.into_const().ok_or_else(|| variable_here(place))?;
            Ok(Positioned::new(directive, place))
        };
        self.directives(Variables::No)?.into_iter().map(constant).collect()
    }

    fn directive_definition(&mut self) -> Result<(), Error> {
        self.step()?;
        self.expect("@")?;
        self.name("the directive's name")?;
        if self.is("(") {
            self.list(("(", ")"), Self::input_value)?;
        }
        self.takes("repeatable")?;
        self.expect("on")?;
        self.takes("|")?;
        self.name("a place")?;
        while self.takes("|")? {
            self.name("a place")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use async_graphql_parser::parse_schema;

    use super::*;

    #[test]
    fn schemas_and_their_places_are_as_the_other_parser_has_them() {
        for text in [
            "type Query { a: Int }",
            "schema @x(a: 1) { query: Q mutation: M subscription: S } extend schema @link(url: \"u\")",
            "type Q implements A & B @k(fields: \"id\") { a(x: [Int!]! = [1], y: E = RED @d): [[T]]! @rest(operation: \"o\", args: {a: \"$args.x\", b: [{c: 1.5}]}) }",
            "interface A implements B { a: Int } union U @u = | A | B union V = A",
            "enum E @e { RED @deprecated(reason: \"no\") type input on }",
            "input I @oneOf { a: Int = 1 @x b: I = {a: 2} } scalar D @specifiedBy(url: \"u\")",
            "extend type Q @x extend enum E { X } extend input I { c: Int } extend union U = C extend scalar D @y extend interface A { b: Int }",
        ] {
            let (own, other) = (schema(text).unwrap(), parse_schema(text).unwrap());
            assert_eq!(format!("{own:?}"), format!("{other:?}"), "{text}");
        }
    }

    #[test]
    fn what_the_specification_takes_is_taken() {
        let text = "\"\"\"All\n  \\\"\"\" of it\"\"\" schema { query: Q }
            \"\\uD83D\\uDE00\" type Q { \"\"\"f\"\"\" a(\"x\" x: [ Int ! ] ! = [ ]): E }
            enum E { nullsFirst trueish \"v\" falsehood }
            directive @d(a: Int = 1, b: [E!]) repeatable on | FIELD | QUERY directive @e on SCALAR";
        let document = schema(text).unwrap();
        assert_eq!(document.definitions.len(), 3);
        let TypeSystemDefinition::Type(ty) = &document.definitions[1] else { panic!() };
        assert_eq!(ty.node.description.as_ref().unwrap().node, "\u{1F600}");
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, place, expect) in [
            ("", (1, 1), "there is nothing in it"),
            ("{ a }", (1, 1), "expected a definition, found `{`"),
            ("query { a }", (1, 1), "expected a definition, found `query`"),
            ("type Q {\n}", (2, 1), "expected a field, found `}`"),
            ("type Q { a }", (1, 12), "expected `:`, found `}`"),
            ("type Q { a: [Int }", (1, 18), "expected `]`, found `}`"),
            ("type Q { a(x: Int = $v): Int }", (1, 21), "a variable must not stand here"),
            (
                "enum E { null }",
                (1, 10),
                "expected a value other than `true`, `false` and `null`, found `null`",
            ),
            ("schema { query: A query: B }", (1, 19), "`query` is there twice"),
            ("schema { qeury: A }", (1, 10), "expected `query`, `mutation` or `subscription`, found `qeury`"),
            ("\"d\" extend type Q { a: Int }", (1, 5), "expected a definition, found `extend`"),
        ] {
            let error = schema(text).unwrap_err();
            let said = error.message.strip_prefix("the query cannot be parsed: ").unwrap_or(&error.message);
            assert_eq!(said, expect, "{text}");
            let at = error.locations[0];
            assert_eq!((at.line, at.column), place, "{text}");
        }
    }
}
