//! Reads the text of a query into a document (September 2025, §2), as `async-graphql-parser` has documents, and in `schema` that
//! of a schema. That crate's own parser takes fewer texts than there are.

mod schema;
mod text;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use async_graphql_parser::types::{
    BaseType, Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, FragmentSpread,
    InlineFragment, OperationDefinition, OperationType, Selection, SelectionSet, Type, TypeCondition,
    VariableDefinition,
};
use async_graphql_parser::{Pos, Positioned};
use async_graphql_value::{Name, Value};
use serde_json::Number;

pub(crate) use schema::schema;

use crate::tokens::{Scanner, Token, unreadable};
use crate::{Error, Location};

/// A token that was looked at.
type Peeked<'t> = Option<(Token, Pos, &'t str)>;

/// An argument and its value.
type Argument = (Positioned<Name>, Positioned<Value>);

struct Parser<'t> {
    scanner: Scanner<'t>,
    next: Peeked<'t>,
}

/// Whether variables may stand in a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Variables {
    Yes,
    No,
}

/// The definitions of a document as they are found.
#[derive(Default)]
struct Found {
    unnamed: Option<Positioned<OperationDefinition>>,
    named: HashMap<Name, Positioned<OperationDefinition>>,
    fragments: HashMap<Name, Positioned<FragmentDefinition>>,
}

/// Reads a text, whose brackets are nested no deeper than a scan allows.
pub(crate) fn query(text: &str) -> Result<ExecutableDocument, Error> {
    let mut parser = Parser::new(text)?;
    let mut found = Found::default();
    while parser.next.is_some() {
        parser.definition(&mut found)?;
    }
    found.document(parser.scanner.place())
}

// === impl Found ===

impl Found {
    fn operation(
        &mut self,
        name: Option<Name>,
        operation: Positioned<OperationDefinition>,
    ) -> Result<(), Error> {
        let place = operation.pos;
        match name {
            Some(name) => match self.named.entry(name) {
                Entry::Occupied(known) => {
                    return Err(invalid(&format!("the operation `{}` is there twice", known.key()), place));
                }
                Entry::Vacant(entry) => drop(entry.insert(operation)),
            },
            None if self.unnamed.is_some() => {
                return Err(invalid("there are two operations without a name", place));
            }
            None => self.unnamed = Some(operation),
        }
        match &self.unnamed {
            Some(unnamed) if !self.named.is_empty() => {
                Err(invalid("an operation without a name stands beside others", unnamed.pos))
            }
            _ => Ok(()),
        }
    }

    fn document(self, end: Pos) -> Result<ExecutableDocument, Error> {
        let operations = match self.unnamed {
            Some(operation) => DocumentOperations::Single(operation),
            None if self.named.is_empty() => return Err(unreadable("there is no operation in it", end)),
            None => DocumentOperations::Multiple(self.named),
        };
        Ok(ExecutableDocument { operations, fragments: self.fragments })
    }
}

// === impl Parser ===

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Result<Self, Error> {
        let mut parser = Self { scanner: Scanner::new(text), next: None };
        parser.step()?;
        Ok(parser)
    }

    fn step(&mut self) -> Result<Peeked<'t>, Error> {
        let next = self.scanner.next()?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn place(&self) -> Pos {
        self.next.map_or(self.scanner.place(), |(_, place, _)| place)
    }

    fn is(&self, text: &str) -> bool {
        self.next.is_some_and(|(token, _, written)| token != Token::Text && written == text)
    }

    fn takes(&mut self, text: &str) -> Result<bool, Error> {
        let is = self.is(text);
        if is {
            self.step()?;
        }
        Ok(is)
    }

    fn expect(&mut self, text: &str) -> Result<Pos, Error> {
        let place = self.place();
        if self.takes(text)? { Ok(place) } else { Err(self.unexpected(&format!("`{text}`"))) }
    }

    fn unexpected(&self, wanted: &str) -> Error {
        let found = match self.next {
            Some((Token::Text, ..)) => "a string".to_owned(),
            Some((_, _, written)) => format!("`{written}`"),
            None => "the end".to_owned(),
        };
        unreadable(&format!("expected {wanted}, found {found}"), self.place())
    }

    fn name(&mut self, wanted: &str) -> Result<Positioned<Name>, Error> {
        let Some((Token::Word, place, written)) = self.next else { return Err(self.unexpected(wanted)) };
        self.step()?;
        Ok(Positioned::new(Name::new(written), place))
    }

    /// What is said of it stands before it, but for the operation that is a set alone, and is left behind.
    fn definition(&mut self, found: &mut Found) -> Result<(), Error> {
        let described = self.description()?.is_some();
        let place = self.place();
        let ty = match self.next {
            Some((_, _, "{")) if !described => None,
            Some((Token::Word, _, "query")) => Some(OperationType::Query),
            Some((Token::Word, _, "mutation")) => Some(OperationType::Mutation),
            Some((Token::Word, _, "subscription")) => Some(OperationType::Subscription),
            Some((Token::Word, _, "fragment")) => return self.fragment(found),
            _ => return Err(self.unexpected("an operation or a fragment")),
        };
        let Some(ty) = ty else {
            let selection_set = self.set()?;
            let operation = OperationDefinition {
                ty: OperationType::Query,
                variable_definitions: Vec::new(),
                directives: Vec::new(),
                selection_set,
            };
            return found.operation(None, Positioned::new(operation, place));
        };
        self.step()?;
        let name = match self.next {
            Some((Token::Word, ..)) => Some(self.name("a name")?.node),
            _ => None,
        };
        let variable_definitions =
            if self.is("(") { self.list(("(", ")"), Self::variable)? } else { Vec::new() };
        let directives = self.directives(Variables::Yes)?;
        let selection_set = self.set()?;
        let operation = OperationDefinition { ty, variable_definitions, directives, selection_set };
        found.operation(name, Positioned::new(operation, place))
    }

    fn fragment(&mut self, found: &mut Found) -> Result<(), Error> {
        let place = self.place();
        self.step()?;
        if self.is("on") {
            return Err(self.unexpected("the fragment's name"));
        }
        let name = self.name("the fragment's name")?;
        if !self.is("on") {
            return Err(self.unexpected("`on`"));
        }
        let type_condition = self.condition()?;
        let directives = self.directives(Variables::Yes)?;
        let selection_set = self.set()?;
        match found.fragments.entry(name.node) {
            Entry::Occupied(known) => {
                Err(invalid(&format!("the fragment `{}` is there twice", known.key()), place))
            }
            Entry::Vacant(entry) => {
                let fragment = FragmentDefinition { type_condition, directives, selection_set };
                entry.insert(Positioned::new(fragment, place));
                Ok(())
            }
        }
    }

    /// At least one of something between brackets.
    fn list<T>(
        &mut self,
        (open, close): (&str, &str),
        read: impl Fn(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.expect(open)?;
        let mut all = vec![read(self)?];
        while !self.takes(close)? {
            all.push(read(self)?);
        }
        Ok(all)
    }

    fn variable(&mut self) -> Result<Positioned<VariableDefinition>, Error> {
        self.description()?;
        let place = self.place();
        if !self.takes("$")? {
            return Err(self.unexpected("a variable"));
        }
        let name = self.name("the variable's name")?;
        self.expect(":")?;
        let ty = self.place();
        let var_type = Positioned::new(self.ty()?, ty);
        let default_value = if self.takes("=")? { Some(self.constant()?) } else { None };
        let directives = self.directives(Variables::No)?;
        Ok(Positioned::new(VariableDefinition { name, var_type, directives, default_value }, place))
    }

    fn constant(&mut self) -> Result<Positioned<async_graphql_value::ConstValue>, Error> {
        let value = self.value(Variables::No)?;
        let place = value.pos;
        let constant = value.node.into_const();
        constant.map(|value| Positioned::new(value, place)).ok_or_else(|| variable_here(place))
    }

    fn ty(&mut self) -> Result<Type, Error> {
        let base = if self.takes("[")? {
            let inner = self.ty()?;
            self.expect("]")?;
            BaseType::List(Box::new(inner))
        } else {
            BaseType::Named(self.name("a type")?.node)
        };
        Ok(Type { base, nullable: !self.takes("!")? })
    }

    /// `on` and the name of a type.
    fn condition(&mut self) -> Result<Positioned<TypeCondition>, Error> {
        let place = self.place();
        self.step()?;
        let on = self.name("the name of a type")?;
        Ok(Positioned::new(TypeCondition { on }, place))
    }

    fn set(&mut self) -> Result<Positioned<SelectionSet>, Error> {
        let place = self.place();
        let items = self.list(("{", "}"), Self::selection)?;
        Ok(Positioned::new(SelectionSet { items }, place))
    }

    fn selection(&mut self) -> Result<Positioned<Selection>, Error> {
        let place = self.place();
        let selection = if self.takes("...")? {
            self.spread(place)?
        } else {
            Selection::Field(Positioned::new(self.field()?, place))
        };
        Ok(Positioned::new(selection, place))
    }

    fn spread(&mut self, place: Pos) -> Result<Selection, Error> {
        if matches!(self.next, Some((Token::Word, ..))) && !self.is("on") {
            let fragment_name = self.name("a fragment")?;
            let directives = self.directives(Variables::Yes)?;
            let spread = FragmentSpread { fragment_name, directives };
            return Ok(Selection::FragmentSpread(Positioned::new(spread, place)));
        }
        let type_condition = if self.is("on") { Some(self.condition()?) } else { None };
        let directives = self.directives(Variables::Yes)?;
        let selection_set = self.set()?;
        let fragment = InlineFragment { type_condition, directives, selection_set };
        Ok(Selection::InlineFragment(Positioned::new(fragment, place)))
    }

    fn field(&mut self) -> Result<Field, Error> {
        let first = self.name("a field")?;
        let (alias, name) =
            if self.takes(":")? { (Some(first), self.name("the field's name")?) } else { (None, first) };
        let arguments = self.arguments(Variables::Yes)?;
        let directives = self.directives(Variables::Yes)?;
        let selection_set = if self.is("{") { self.set()? } else { Positioned::default() };
        Ok(Field { alias, name, arguments, directives, selection_set })
    }

    fn arguments(&mut self, variables: Variables) -> Result<Vec<Argument>, Error> {
        if !self.is("(") {
            return Ok(Vec::new());
        }
        self.list(("(", ")"), |parser| {
            let name = parser.name("an argument")?;
            parser.expect(":")?;
            Ok((name, parser.value(variables)?))
        })
    }

    fn directives(&mut self, variables: Variables) -> Result<Vec<Positioned<Directive>>, Error> {
        let mut directives = Vec::new();
        while self.is("@") {
            let place = self.place();
            self.step()?;
            let name = self.name("the directive's name")?;
            let arguments = self.arguments(variables)?;
            directives.push(Positioned::new(Directive { name, arguments }, place));
        }
        Ok(directives)
    }

    fn value(&mut self, variables: Variables) -> Result<Positioned<Value>, Error> {
        let Some((token, place, written)) = self.next else { return Err(self.unexpected("a value")) };
        let value = match (token, written) {
            (Token::Open, "[") => return self.items(variables),
            (Token::Open, "{") => return self.members(variables),
            (Token::Other, "$") => {
                self.step()?;
                let name = self.name("the variable's name")?.node;
                if variables == Variables::No {
                    return Err(variable_here(place));
                }
                return Ok(Positioned::new(Value::Variable(name), place));
            }
            (Token::Word, "true") => Value::Boolean(true),
            (Token::Word, "false") => Value::Boolean(false),
            (Token::Word, "null") => Value::Null,
            (Token::Word, name) => Value::Enum(Name::new(name)),
            (Token::Number, digits) => Value::Number(number(digits, place)?),
            (Token::Text, quoted) => Value::String(text::value(quoted, place)?),
            _ => return Err(self.unexpected("a value")),
        };
        self.step()?;
        Ok(Positioned::new(value, place))
    }

    fn items(&mut self, variables: Variables) -> Result<Positioned<Value>, Error> {
        let place = self.expect("[")?;
        let mut items = Vec::new();
        while !self.takes("]")? {
            items.push(self.value(variables)?.node);
        }
        Ok(Positioned::new(Value::List(items), place))
    }

    fn members(&mut self, variables: Variables) -> Result<Positioned<Value>, Error> {
        let place = self.expect("{")?;
        let (mut members, mut known) = (Vec::new(), HashSet::new());
        while !self.takes("}")? {
            let name = self.name("the name of a member")?;
            self.expect(":")?;
            let value = self.value(variables)?.node;
            if !known.insert(name.node.clone()) {
                return Err(invalid(&format!("`{}` is given twice in one object", name.node), name.pos));
            }
            members.push((name.node, value));
        }
        Ok(Positioned::new(Value::Object(members.into_iter().collect()), place))
    }
}

fn number(digits: &str, place: Pos) -> Result<Number, Error> {
    if let Ok(whole) = digits.parse::<i64>() {
        return Ok(whole.into());
    }
    if let Ok(whole) = digits.parse::<u64>() {
        return Ok(whole.into());
    }
    let number = digits.parse().ok().and_then(Number::from_f64);
    number.ok_or_else(|| unreadable(&format!("the number `{digits}` is too large"), place))
}

fn variable_here(place: Pos) -> Error {
    unreadable("a variable must not stand here", place)
}

/// It can be read, and means nothing.
fn invalid(message: &str, place: Pos) -> Error {
    Error::new(message).coded("GRAPHQL_VALIDATION_FAILED").at(Location::from(place))
}

#[cfg(test)]
mod tests;
