//! `@defer` in documents and in what the schema says of itself; `async-graphql`, which validates and tells the schema, does not
//! know it. Whether something comes later is decided where fields are collected.

use std::collections::HashSet;

use async_graphql_parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, InlineFragment, OperationDefinition, Selection,
    SelectionSet,
};
use async_graphql_parser::{Pos, Positioned};
use async_graphql_value::{Name, Value as Literal};
use serde_json::{Map, Value, json};

use super::Data;
use super::collect::{DEFER, Defers, Query, collect};
use super::execute;
use crate::guard::Admitted;
use crate::{Error, Location};

/// A document with its marks taken off.
struct Taking {
    /// It is another than it was.
    found: bool,
    labels: HashSet<String>,
    /// Variables on which it depends whether something comes later.
    conditions: Vec<(Name, Pos)>,
    errors: Vec<Error>,
}

/// The document without its marks, if it has any, for whoever does not know them; every mark that is wrong is named.
pub(super) fn unmarked(document: &ExecutableDocument) -> Result<Option<ExecutableDocument>, Vec<Error>> {
    let mut plain = document.clone();
    let mut taking =
        Taking { found: false, labels: HashSet::new(), conditions: Vec::new(), errors: Vec::new() };
    for fragment in plain.fragments.values_mut() {
        taking.set(&mut fragment.node.selection_set.node);
    }
    let mut operations: Vec<&mut Positioned<OperationDefinition>> = match &mut plain.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    for operation in &mut operations {
        taking.set(&mut operation.node.selection_set.node);
    }
    for (name, place) in std::mem::take(&mut taking.conditions) {
        let mut known = false;
        for operation in &mut operations {
            let definitions = &operation.node.variable_definitions;
            if definitions.iter().any(|definition| definition.node.name.node == name) {
                known = true;
                // The variable is used, as a condition is.
                operation.node.selection_set.node.items.push(used(&name, place));
            }
        }
        if !known {
            taking.wrong(place, format!("`@defer`: there is no variable `${name}`"));
        }
    }
    match taking {
        Taking { errors, .. } if !errors.is_empty() => Err(errors),
        Taking { found, .. } => Ok(found.then_some(plain)),
    }
}

/// `... @include(if: $name) { __typename }`.
fn used(name: &Name, place: Pos) -> Positioned<Selection> {
    let at = |name: &str| Positioned::new(Name::new(name), place);
    let condition = (at("if"), Positioned::new(Literal::Variable(name.clone()), place));
    let include = Directive { name: at("include"), arguments: vec![condition] };
    let field = Field {
        alias: None,
        name: at("__typename"),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet::default(), place),
    };
    let items = vec![Positioned::new(Selection::Field(Positioned::new(field, place)), place)];
    let fragment = InlineFragment {
        type_condition: None,
        directives: vec![Positioned::new(include, place)],
        selection_set: Positioned::new(SelectionSet { items }, place),
    };
    Positioned::new(Selection::InlineFragment(Positioned::new(fragment, place)), place)
}

// === impl Taking ===

impl Taking {
    fn set(&mut self, set: &mut SelectionSet) {
        for selection in &mut set.items {
            self.seen(selection);
            match &mut selection.node {
                Selection::Field(field) => {
                    for directive in field.node.directives.iter().filter(|one| one.node.name.node == "stream")
                    {
                        self.wrong(
                            directive.pos,
                            "`@stream` is not there: lists come whole, fragments may come later by `@defer`",
                        );
                    }
                    self.set(&mut field.node.selection_set.node);
                }
                Selection::InlineFragment(inner) => {
                    self.take(&mut inner.node.directives);
                    self.set(&mut inner.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => self.take(&mut spread.node.directives),
            }
        }
    }

    /// `async-graphql` passes over `__typename` with all that stands at it: it looks at a fragment around it.
    fn seen(&mut self, selection: &mut Positioned<Selection>) {
        let Selection::Field(field) = &mut selection.node else { return };
        let marked = field.node.directives.iter().find(|one| one.node.name.node == DEFER);
        if field.node.name.node != "__typename" || field.node.directives.is_empty() {
            return;
        }
        if let Some(place) = marked.map(|mark| mark.pos) {
            return self.wrong(place, "`@defer` stands at fragments, and not at a field");
        }
        let directives = std::mem::take(&mut field.node.directives);
        let within = Positioned::new(Selection::Field(field.clone()), selection.pos);
        let selection_set = Positioned::new(SelectionSet { items: vec![within] }, selection.pos);
        let fragment = InlineFragment { type_condition: None, directives, selection_set };
        selection.node = Selection::InlineFragment(Positioned::new(fragment, selection.pos));
        self.found = true;
    }

    fn take(&mut self, directives: &mut Vec<Positioned<Directive>>) {
        let mut count = 0;
        for mark in directives.iter().filter(|one| one.node.name.node == DEFER) {
            (self.found, count) = (true, count + 1);
            if count > 1 {
                self.wrong(mark.pos, "`@defer` stands once at a fragment");
            }
            for (name, value) in &mark.node.arguments {
                self.argument(&name.node, value);
            }
        }
        directives.retain(|one| one.node.name.node != DEFER);
    }

    fn argument(&mut self, name: &str, value: &Positioned<Literal>) {
        match (name, &value.node) {
            ("if", Literal::Boolean(_)) => {}
            ("if", Literal::Variable(name)) => self.conditions.push((name.clone(), value.pos)),
            ("if", _) => self.wrong(value.pos, "`@defer`: `if` is a Boolean"),
            ("label", Literal::String(label)) => {
                if !self.labels.insert(label.clone()) {
                    self.wrong(value.pos, format!("`@defer`: the label {label:?} is there twice"));
                }
            }
            ("label", _) => self.wrong(value.pos, "`@defer`: `label` is a string, and not a variable"),
            _ => self.wrong(value.pos, format!("`@defer` has no argument `{name}`")),
        }
    }

    fn wrong(&mut self, place: Pos, message: impl Into<Box<str>>) {
        self.errors.push(Error::new(message).coded("GRAPHQL_VALIDATION_FAILED").at(Location::from(place)));
    }
}

/// Puts the directive into what a request is told of the schema.
pub(super) fn announce(
    query: Query<'_>,
    root: &str,
    admitted: &Admitted,
    variables: &Map<String, Value>,
    told: &mut [(Name, Data)],
) {
    let Some(operation) = execute::operation(admitted) else { return };
    let sets = [&operation.selection_set.node];
    for schema in collect(query, (root, Defers::No), sets, variables).groups {
        let is_schema = schema.fields.first().is_some_and(|field| field.node.name.node == "__schema");
        let members = told.iter_mut().find(|(key, _)| key == schema.key).map(|(_, data)| data);
        let (true, Some(Data::Object(members))) = (is_schema, members) else { continue };
        let sets = schema.fields.iter().map(|field| &field.node.selection_set.node);
        for listed in collect(query, ("__Schema", Defers::No), sets, variables).groups {
            let is_list = listed.fields.first().is_some_and(|field| field.node.name.node == "directives");
            let list = members.iter_mut().find(|(key, _)| key == listed.key).map(|(_, data)| data);
            if let (true, Some(Data::List(list))) = (is_list, list) {
                let sets: Vec<_> = listed.fields.iter().map(|field| &field.node.selection_set.node).collect();
                list.push(shown(query, variables, &sets, &description()));
            }
        }
    }
}

/// What a query asks for of a value that knows its types.
fn shown(query: Query<'_>, variables: &Map<String, Value>, sets: &[&SelectionSet], value: &Value) -> Data {
    match value {
        Value::Null => Data::Null,
        Value::Array(items) => {
            Data::List(items.iter().map(|item| shown(query, variables, sets, item)).collect())
        }
        Value::Object(members) => {
            let object = members.get("__typename").and_then(Value::as_str).unwrap_or_default();
            let groups = collect(query, (object, Defers::No), sets.iter().copied(), variables).groups;
            let one = |group: super::collect::Group<'_>| {
                let name = group.fields.first()?.node.name.node.as_str();
                let sets: Vec<_> = group.fields.iter().map(|field| &field.node.selection_set.node).collect();
                let value = members.get(name).unwrap_or(&Value::Null);
                Some((group.key.clone(), shown(query, variables, &sets, value)))
            };
            Data::Object(groups.into_iter().filter_map(one).collect())
        }
        leaf => Data::Leaf(leaf.clone()),
    }
}

/// The directive, as introspection has it.
fn description() -> Value {
    let named = |name: &str| json!({"__typename": "__Type", "kind": "SCALAR", "name": name});
    let required = json!({"__typename": "__Type", "kind": "NON_NULL", "ofType": named("Boolean")});
    let argument = |name: &str, about: &str, ty: Value, usual: Value| {
        json!({
            "__typename": "__InputValue", "name": name, "description": about, "type": ty, "defaultValue": usual,
            "isDeprecated": false,
        })
    };
    json!({
        "__typename": "__Directive",
        "name": DEFER,
        "description": "The fragment may come later than what is around it.",
        "isRepeatable": false,
        "locations": ["FRAGMENT_SPREAD", "INLINE_FRAGMENT"],
        "args": [
            argument("if", "It comes at once when false.", required, json!("true")),
            argument("label", "A name by which it is told from others.", named("String"), Value::Null),
        ],
    })
}
