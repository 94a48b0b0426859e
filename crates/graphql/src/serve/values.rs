//! Whether values that stand in a query fit where they stand (September 2025, §5.6), and variables where they are used (§5.8.5).
//! `async-graphql` takes for good what is no value of a type, and variables of whichever type.

use std::collections::HashSet;

use async_graphql_parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet, Type as TypeRef, VariableDefinition,
};
use async_graphql_parser::{Pos, Positioned};
use async_graphql_value::{ConstValue, Name, Value as Literal};

use super::collect::DEFER;
use super::model::{Argument, Kind, Model, named};
use crate::{Error, Location};

struct Checking<'d> {
    model: &'d Model,
    document: &'d ExecutableDocument,
    /// Of the operation that is looked at.
    definitions: &'d [Positioned<VariableDefinition>],
    visited: HashSet<&'d str>,
    told: HashSet<(Pos, String)>,
    errors: Vec<Error>,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Spot<'p> {
    /// What it is the value of.
    name: &'p str,
    place: Pos,
    /// Something holds where a variable has no value.
    usual: bool,
    /// The one field of an object that takes one.
    only: bool,
}

/// Whether all values of a document that is valid otherwise fit; every one that does not is named.
pub(super) fn check(model: &Model, document: &ExecutableDocument) -> Result<(), Vec<Error>> {
    let (visited, told, errors) = (HashSet::new(), HashSet::new(), Vec::new());
    let mut checking = Checking { model, document, definitions: &[], visited, told, errors };
    for (_, operation) in document.operations.iter() {
        checking.operation(&operation.node);
    }
    if checking.errors.is_empty() { Ok(()) } else { Err(checking.errors) }
}

// === impl Checking ===

impl<'d> Checking<'d> {
    fn operation(&mut self, operation: &'d OperationDefinition) {
        self.definitions = &operation.variable_definitions;
        self.visited.clear();
        for Positioned { node, .. } in self.definitions {
            if let Some(default) = &node.default_value {
                let spot = Spot { name: &node.name.node, place: default.pos, usual: false, only: false };
                self.value(&node.var_type.node, &default.node.clone().into_value(), spot);
            }
            for directive in &node.directives {
                let name = directive.node.name.node.as_str();
                let known = ["skip", "include", DEFER].contains(&name);
                let message = if known {
                    format!("`@{name}` must not stand at a variable")
                } else {
                    format!("Unknown directive \"{name}\"")
                };
                self.wrong(directive.pos, message);
            }
        }
        let root = match operation.ty {
            OperationType::Query => Some(self.model.query.as_str()),
            OperationType::Mutation => self.model.mutation.as_deref(),
            OperationType::Subscription => None,
        };
        self.set(root.unwrap_or_default(), &operation.selection_set.node);
    }

    fn set(&mut self, parent: &'d str, set: &'d SelectionSet) {
        for selection in &set.items {
            self.directives(selection.node.directives());
            match &selection.node {
                Selection::Field(field) => self.field(parent, field),
                Selection::InlineFragment(inner) => {
                    let condition = inner.node.type_condition.as_ref();
                    let on = condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.set(on, &inner.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if let Some(fragment) =
                        self.document.fragments.get(name).filter(|_| self.visited.insert(name))
                    {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.set(on, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn field(&mut self, parent: &'d str, field: &'d Positioned<Field>) {
        let name = field.node.name.node.as_str();
        let below = &field.node.selection_set.node;
        if name == "__typename" && !below.items.is_empty() {
            self.wrong(field.pos, "`__typename` has no fields");
        }
        let known = self.model.kind(parent).and_then(|kind| kind.field(name));
        for (argument, value) in &field.node.arguments {
            let argument = argument.node.as_str();
            if let Some(known) =
                known.and_then(|known| known.arguments.iter().find(|one| one.name == argument))
            {
                let spot =
                    Spot { name: argument, place: value.pos, usual: known.default.is_some(), only: false };
                self.value(&known.ty, &value.node, spot);
            } else if let Some((ty, usual)) = of_schema(argument).filter(|_| known.is_none()) {
                self.value(&ty, &value.node, Spot { name: argument, place: value.pos, usual, only: false });
            }
        }
        self.set(known.map_or("", |known| named(&known.ty)), below);
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        for directive in directives {
            let usual = match directive.node.name.node.as_str() {
                "skip" | "include" => false,
                DEFER => true,
                _ => continue,
            };
            if let Some(value) = directive.node.get_argument("if") {
                let spot = Spot { name: "if", place: value.pos, usual, only: false };
                self.value(&required("Boolean"), &value.node, spot);
            }
        }
    }

    fn value(&mut self, ty: &TypeRef, value: &Literal, spot: Spot<'_>) {
        match (&ty.base, value) {
            (_, Literal::Variable(name)) => self.variable(ty, name, spot),
            (_, Literal::Null) if ty.nullable => {}
            (_, Literal::Null) => self.mistyped(spot, &format!("it must not be null, being of type `{ty}`")),
            (BaseType::List(inner), Literal::List(items)) => {
                for item in items {
                    self.value(inner, item, Spot { usual: false, only: false, ..spot });
                }
            }
            (BaseType::List(inner), single) => self.value(inner, single, spot),
            (BaseType::Named(name), value) => self.named(name, value, spot),
        }
    }

    fn named(&mut self, name: &str, value: &Literal, spot: Spot<'_>) {
        let fits = match self.model.kind(name) {
            Some(Kind::Scalar { .. }) => is_of_scalar(name, value),
            Some(Kind::Enum(items)) => {
                matches!(value, Literal::Enum(given) if items.iter().any(|item| item.name == given.as_str()))
            }
            Some(Kind::Input { fields, one_of }) => match value {
                Literal::Object(members) => return self.object((name, fields, *one_of), members, spot),
                _ => false,
            },
            _ => true,
        };
        if !fits {
            self.mistyped(spot, &format!("{value} is no `{name}`"));
        }
    }

    fn object<'m>(
        &mut self,
        (name, fields, one_of): (&str, &[Argument], bool),
        members: impl IntoIterator<Item = (&'m Name, &'m Literal)> + Copy,
        spot: Spot<'_>,
    ) {
        let given = |name: &str| members.into_iter().any(|(given, _)| given == name);
        for (member, value) in members {
            let path = format!("{}.{member}", spot.name);
            let spot = Spot { name: &path, ..spot };
            match fields.iter().find(|field| field.name == member.as_str()) {
                Some(field) => {
                    let spot = Spot { usual: field.default.is_some(), only: one_of, ..spot };
                    self.value(&field.ty, value, spot);
                }
                None => self.mistyped(spot, &format!("`{name}` has no such field")),
            }
        }
        let one = members.into_iter().count() == 1
            && !members.into_iter().any(|(_, value)| matches!(value, Literal::Null));
        if one_of && !one {
            self.mistyped(spot, &format!("`{name}` takes exactly one of its fields, and not null"));
        }
        for field in fields.iter().filter(|field| !field.ty.nullable && field.default.is_none()) {
            if !given(&field.name) {
                let message = format!("`{}` of `{name}` is of type `{}` and missing", field.name, field.ty);
                self.mistyped(spot, &message);
            }
        }
    }

    /// `IsVariableUsageAllowed`. A variable that is not there is found by whoever validates the rest.
    fn variable(&mut self, ty: &TypeRef, name: &Name, spot: Spot<'_>) {
        let mut definitions = self.definitions.iter();
        let Some(found) = definitions.find(|found| found.node.name.node == *name) else { return };
        let own = &found.node.var_type.node;
        let default = found.node.default_value.as_ref();
        let has_value = default.is_some_and(|default| !matches!(default.node, ConstValue::Null));
        let fits = if !ty.nullable && own.nullable {
            (has_value || spot.usual) && is_compatible(own, &TypeRef { nullable: true, ..ty.clone() })
        } else {
            is_compatible(own, ty) && !(spot.only && own.nullable)
        };
        if !fits {
            let wanted = if spot.only { format!("{}!", ty.base) } else { ty.to_string() };
            let message = format!(
                "variable `${name}` is of type `{own}`, and `{}`, for which it stands, of type `{wanted}`",
                spot.name
            );
            self.tell(message, &[spot.place, found.pos]);
        }
    }

    fn mistyped(&mut self, spot: Spot<'_>, message: &str) {
        self.wrong(spot.place, format!("`{}`: {message}", spot.name));
    }

    fn wrong(&mut self, place: Pos, message: impl Into<String>) {
        self.tell(message.into(), &[place]);
    }

    /// What stands in a fragment may be met several times.
    fn tell(&mut self, message: String, places: &[Pos]) {
        let Some(first) = places.first() else { return };
        if self.told.insert((*first, message.clone())) {
            let error = Error::new(message).coded("GRAPHQL_VALIDATION_FAILED");
            self.errors.push(places.iter().fold(error, |error, place| error.at(Location::from(*place))));
        }
    }
}

/// Whether a literal is a value of a scalar (§3.5, "Input Coercion"); custom ones take any.
fn is_of_scalar(name: &str, value: &Literal) -> bool {
    match (name, value) {
        ("Int", Literal::Number(number)) => number.as_i64().is_some_and(|whole| i32::try_from(whole).is_ok()),
        ("ID", Literal::Number(number)) => number.is_i64() || number.is_u64(),
        ("Float", Literal::Number(_))
        | ("String" | "ID", Literal::String(_))
        | ("Boolean", Literal::Boolean(_)) => true,
        ("Int" | "Float" | "String" | "Boolean" | "ID", _) => false,
        _ => true,
    }
}

/// `AreTypesCompatible`: whether each value of a type is one of another.
fn is_compatible(own: &TypeRef, other: &TypeRef) -> bool {
    let base = match (&own.base, &other.base) {
        (BaseType::List(own), BaseType::List(other)) => is_compatible(own, other),
        (BaseType::Named(own), BaseType::Named(other)) => own == other,
        _ => false,
    };
    base && (other.nullable || !own.nullable)
}

/// The arguments of introspection's fields, and whether something holds without them.
fn of_schema(argument: &str) -> Option<(TypeRef, bool)> {
    match argument {
        "name" => Some((required("String"), false)),
        "includeDeprecated" => {
            Some((TypeRef { base: BaseType::Named(Name::new("Boolean")), nullable: true }, true))
        }
        _ => None,
    }
}

fn required(name: &str) -> TypeRef {
    TypeRef { base: BaseType::Named(Name::new(name)), nullable: false }
}

#[cfg(test)]
mod tests {
    use crate::guard::Guard;
    use crate::http::Request;
    use crate::serve::Schema;

    const SDL: &str = "type Query {
        a(i: Int, f: Float, s: String, b: Boolean, id: ID, e: E, l: [Int!], o: O, one: One, n: Int! = 5, d: D): Int
        must(x: Int!): Int
        u: U
      }
      type U { name: String, more(i: Int): U }
      enum E { RED }
      scalar D
      input O { a: Int! o: O e: E n: Int! = 4 l: [Int!] }
      input One @oneOf { a: Int b: String }";

    fn check(text: &str) -> Vec<String> {
        let schema = Schema::read(SDL).unwrap();
        let mut request = Request { query: Some(text.into()), ..Request::default() };
        let admitted = Guard::default().admit(&mut request).unwrap();
        let given = serde_json::Map::new();
        let told = |error: crate::Error| {
            let places: Vec<String> =
                error.locations.iter().map(|at| format!("{}:{}", at.line, at.column)).collect();
            format!("{}: {}", places.join(" "), error.message)
        };
        let checked = schema.check(None, &given, &admitted);
        checked.map_or_else(|errors| errors.into_iter().map(told).collect(), |_| Vec::new())
    }

    #[test]
    fn what_fits_passes() {
        for text in [
            "{ a(i: -2147483648, f: 1, s: \"\", b: true, id: 9007199254740993, e: RED, l: 1, n: 1, d: {x: RED}) }",
            "{ a(l: [1, 2], o: {a: 1, o: {a: 2, l: []}, e: null}, one: {b: \"x\"}, i: null) }",
            "query($x: Int, $y: Int = 1, $z: Int!) { a(i: $x, n: $x) b: must(x: $y) c: a(n: $z, l: [$z], o: {a: $z, n: $x}, one: {a: $z}, d: [$x]) }",
            "query($x: [Int!]!, $o: O, $c: Boolean!) { a(l: $x, o: $o) @include(if: $c) }",
            "query($c: Boolean) { ... @defer(if: $c) { a } }",
            "query($c: Boolean!) { __typename @include(if: $c) u { ...F } } fragment F on U { __typename @skip(if: $c) }",
            "{ __type(name: \"U\") { fields(includeDeprecated: true) { name } } }",
        ] {
            assert_eq!(check(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        for (text, expect) in [
            ("{ a(i: 3000000000) }", "1:8: `i`: 3000000000 is no `Int`"),
            ("{ u { more(i: 3000000000) { name } } }", "1:15: `i`: 3000000000 is no `Int`"),
            ("{ a(e: \"RED\") }", "1:8: `e`: \"RED\" is no `E`"),
            ("{ a(o: 1) }", "1:8: `o`: 1 is no `O`"),
            ("{ a(o: {a: 1, o: {a: 3000000000}}) }", "1:8: `o.o.a`: 3000000000 is no `Int`"),
            ("{ a(o: [{a: 1}]) }", "1:8: `o`: [{a: 1}] is no `O`"),
            ("{ __typename { x } }", "1:3: `__typename` has no fields"),
            ("{ __typename @defer }", "1:14: `@defer` stands at fragments, and not at a field"),
            ("{ __typename @no }", "1:14: Unknown directive \"no\""),
            ("query($x: E = \"RED\") { a(e: $x) }", "1:15: `x`: \"RED\" is no `E`"),
            ("query($x: Int @z) { a(i: $x) }", "1:15: Unknown directive \"z\""),
            ("query($x: Int @skip(if: true)) { a(i: $x) }", "1:15: `@skip` must not stand at a variable"),
            (
                "query($x: String) { a(i: $x) }",
                "1:26 1:7: variable `$x` is of type `String`, and `i`, for which it stands, of type `Int`",
            ),
            (
                "query($x: Int) { must(x: $x) }",
                "1:26 1:7: variable `$x` is of type `Int`, and `x`, for which it stands, of type `Int!`",
            ),
            (
                "query($x: Int = null) { must(x: $x) }",
                "1:33 1:7: variable `$x` is of type `Int`, and `x`, for which it stands, of type `Int!`",
            ),
            (
                "query($x: Int) { a(l: $x) }",
                "1:23 1:7: variable `$x` is of type `Int`, and `l`, for which it stands, of type `[Int!]`",
            ),
            (
                "query($x: [Int]) { ...F } fragment F on Query { a(l: $x) }",
                "1:54 1:7: variable `$x` is of type `[Int]`, and `l`, for which it stands, of type `[Int!]`",
            ),
            (
                "query($x: Int) { a(l: [1, $x]) }",
                "1:23 1:7: variable `$x` is of type `Int`, and `l`, for which it stands, of type `Int!`",
            ),
            (
                "query($x: Int) { a(o: {a: $x}) }",
                "1:23 1:7: variable `$x` is of type `Int`, and `o.a`, for which it stands, of type `Int!`",
            ),
            (
                "query($x: Int) { a(one: {a: $x}) }",
                "1:25 1:7: variable `$x` is of type `Int`, and `one.a`, for which it stands, of type `Int!`",
            ),
            (
                "query($c: Boolean) { a @include(if: $c) }",
                "1:37 1:7: variable `$c` is of type `Boolean`, and `if`, for which it stands, of type `Boolean!`",
            ),
        ] {
            assert_eq!(check(text), [expect], "{text}");
        }
    }
}
