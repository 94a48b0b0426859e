//! The fields that a query asks for of an object of a type (October 2021, §6.3.2, `CollectFields`).

use std::collections::{HashMap, HashSet};

use async_graphql_parser::Positioned;
use async_graphql_parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql_value::{Name, Value as Literal};
use serde_json::{Map, Value};

use super::model::{Kind, Model};

/// The directive by which a fragment may come later.
pub(super) const DEFER: &str = "defer";

/// The fields that have one name in the answer.
#[derive(Clone, Debug)]
pub(super) struct Group<'s> {
    pub(super) key: &'s Name,
    pub(super) fields: Vec<&'s Positioned<Field>>,
}

/// What does not change while a request is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query<'s> {
    pub(super) model: &'s Model,
    pub(super) document: &'s ExecutableDocument,
}

/// A fragment that may come later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Later<'s> {
    /// The name that the client gives it.
    pub(super) label: Option<&'s str>,
    pub(super) set: &'s SelectionSet,
}

/// What is asked for of an object.
#[derive(Debug)]
pub(super) struct Collected<'s> {
    /// The fields, in the order in which they are asked for.
    pub(super) groups: Vec<Group<'s>>,
    pub(super) later: Vec<Later<'s>>,
}

struct Collecting<'s, 'v> {
    query: Query<'s>,
    object: &'v str,
    variables: &'v Map<String, Value>,
    visited: HashSet<&'s str>,
    places: HashMap<&'s str, usize>,
    groups: Vec<Group<'s>>,
    /// `None`: all comes at once.
    later: Option<Vec<Later<'s>>>,
}

/// Whether fragments that are marked so may come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defers {
    Yes,
    No,
}

/// The fields, and the fragments that may come later.
pub(super) fn collect<'s>(
    query: Query<'s>,
    (object, defers): (&str, Defers),
    sets: impl IntoIterator<Item = &'s SelectionSet>,
    variables: &Map<String, Value>,
) -> Collected<'s> {
    let (visited, places, groups) = (HashSet::new(), HashMap::new(), Vec::new());
    let later = (defers == Defers::Yes).then(Vec::new);
    let mut collecting = Collecting { query, object, variables, visited, places, groups, later };
    for set in sets {
        collecting.set(set);
    }
    Collected { groups: collecting.groups, later: collecting.later.unwrap_or_default() }
}

// === impl Collecting ===

impl<'s> Collecting<'s, '_> {
    fn set(&mut self, set: &'s SelectionSet) {
        for selection in &set.items {
            if !self.is_wanted(selection.node.directives()) {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => self.field(field),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment
                        .node
                        .type_condition
                        .as_ref()
                        .map(|condition| condition.node.on.node.as_str());
                    if condition.is_none_or(|name| self.applies(name)) {
                        self.within(&fragment.node.directives, &fragment.node.selection_set.node);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let fragment = self.query.document.fragments.get(name);
                    if let Some(fragment) = fragment
                        && (self.is_later(&spread.node.directives) || self.visited.insert(name))
                        && self.applies(&fragment.node.type_condition.node.on.node)
                    {
                        self.within(&spread.node.directives, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    /// The fields of a fragment, now or later.
    fn within(&mut self, directives: &'s [Positioned<Directive>], set: &'s SelectionSet) {
        if !self.is_later(directives) {
            return self.set(set);
        }
        let directive = directives.iter().find(|directive| directive.node.name.node == DEFER);
        let label = directive.and_then(|directive| match &directive.node.get_argument("label")?.node {
            Literal::String(label) => Some(label.as_str()),
            _ => None,
        });
        self.later.get_or_insert_default().push(Later { label, set });
    }

    fn is_later(&self, directives: &[Positioned<Directive>]) -> bool {
        let mut marks = directives.iter().filter(|directive| directive.node.name.node == DEFER);
        let holds =
            |mark: &Positioned<Directive>| mark.node.get_argument("if").is_none() || self.holds(&mark.node);
        self.later.is_some() && marks.any(holds)
    }

    fn field(&mut self, field: &'s Positioned<Field>) {
        let key = &field.node.response_key().node;
        let at = *self.places.entry(key.as_str()).or_insert(self.groups.len());
        match self.groups.get_mut(at) {
            Some(group) => group.fields.push(field),
            None => self.groups.push(Group { key, fields: vec![field] }),
        }
    }

    /// `@skip` and `@include`.
    fn is_wanted(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| match directive.node.name.node.as_str() {
            "skip" => !self.holds(&directive.node),
            "include" => self.holds(&directive.node),
            _ => true,
        })
    }

    fn holds(&self, directive: &Directive) -> bool {
        match directive.get_argument("if").map(|value| &value.node) {
            Some(Literal::Boolean(value)) => *value,
            Some(Literal::Variable(name)) => self.variables.get(name.as_str()) == Some(&Value::Bool(true)),
            _ => false,
        }
    }

    fn applies(&self, condition: &str) -> bool {
        condition == self.object
            || self.query.model.possible(condition).iter().any(|name| name == self.object)
    }
}

// === impl Model ===

impl Model {
    /// The objects that a value of an abstract type may be.
    pub(super) fn possible(&self, name: &str) -> &[String] {
        match self.kind(name) {
            Some(Kind::Interface { possible, .. } | Kind::Union { possible }) => possible,
            _ => &[],
        }
    }
}
