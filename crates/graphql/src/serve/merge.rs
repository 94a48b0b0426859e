//! Whether fields that have one name in the answer can be told as one (October 2021, §5.3.2, `FieldsInSetCanMerge`).
//! `async-graphql` asks that of each selection set by itself; here it is asked of what is merged below it too, and of fields that
//! different types have.
//!
//! The specification compares pairs. Having the same field, arguments and shape carries over from one pair to the next, so that
//! fields that may meet are compared as a group, each with the first of it: what it comes to is the same, and its cost grows with
//! the unfolded query. Fields of interfaces meet those of each object, so that it may grow faster; that is bounded.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use async_graphql_parser::types::{
    BaseType, ExecutableDocument, Field, OperationType, Selection, SelectionSet, Type as TypeRef,
};
use async_graphql_parser::{Pos, Positioned};
use async_graphql_value::Name;

use super::model::{Kind, Model, named};
use crate::{Error, Location};

/// So many fields are looked at, those that meet several times once for each; far more than a query that anyone writes has.
const MOST: usize = 200_000;

/// So many conflicts are told.
const TOLD: usize = 20;

static TYPENAME: LazyLock<TypeRef> =
    LazyLock::new(|| TypeRef { base: BaseType::Named(Name::new("String")), nullable: false });

/// A field where it stands in the unfolded query.
struct One<'d> {
    field: &'d Positioned<Field>,
    /// The type that it is a field of; one that the model does not know is an object.
    parent: &'d str,
    ty: Option<&'d TypeRef>,
    /// The field around it.
    up: Option<usize>,
}

/// Fields of one name in the answer.
type Group = Vec<usize>;

/// Fields by their names, as they are found.
#[derive(Default)]
struct Found<'d> {
    groups: Vec<Group>,
    places: HashMap<&'d str, usize>,
    visited: HashSet<&'d str>,
    stack: Vec<(&'d str, &'d Positioned<Selection>)>,
}

struct Merging<'d> {
    model: &'d Model,
    document: &'d ExecutableDocument,
    /// Those that are being looked at, and those around them.
    ones: Vec<One<'d>>,
    left: usize,
    told: HashSet<(Pos, Pos)>,
    errors: Vec<Error>,
}

/// What is asked of the fields of one name in the answer.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// Those that one object may have are the same field with the same arguments.
    Meetings,
    /// All have the same shape (`SameResponseShape`), of whichever types they are.
    Shapes,
}

/// Whether all fields of a valid document can be merged; every conflict is named.
pub(super) fn check(model: &Model, document: &ExecutableDocument) -> Result<(), Vec<Error>> {
    let (told, errors) = (HashSet::new(), Vec::new());
    let mut merging = Merging { model, document, ones: Vec::new(), left: MOST, told, errors };
    for (_, operation) in document.operations.iter() {
        let root = match operation.node.ty {
            OperationType::Query => model.query.as_str(),
            OperationType::Mutation => model.mutation.as_deref().unwrap_or_default(),
            OperationType::Subscription => "",
        };
        let set = &operation.node.selection_set.node;
        for rule in [Rule::Meetings, Rule::Shapes] {
            merging.ones.clear();
            let groups = merging.collect([(root, set, None)]);
            merging.walk(groups, rule);
        }
        if merging.left == 0 {
            let error =
                Error::new("the query's fields overlap in too many ways").coded("QUERY_TOO_EXPENSIVE");
            let error = error.hinted("give fields names of their own");
            return Err(vec![error.at(Location::from(operation.pos))]);
        }
    }
    if merging.errors.is_empty() { Ok(()) } else { Err(merging.errors) }
}

// === impl Merging ===

impl<'d> Merging<'d> {
    /// The fields of selection sets, each with the type that it is of and the field around it, by their names.
    fn collect(
        &mut self,
        sets: impl IntoIterator<Item = (&'d str, &'d SelectionSet, Option<usize>)>,
    ) -> Vec<Group> {
        let mut found = Found::default();
        for (parent, set, up) in sets {
            found.stack.extend(set.items.iter().rev().map(|item| (parent, item)));
            while let Some((parent, selection)) = found.stack.pop() {
                let within = match &selection.node {
                    Selection::Field(field) => {
                        self.add(&mut found, One { field, parent, ty: self.type_of(parent, field), up });
                        continue;
                    }
                    Selection::InlineFragment(inner) => {
                        let condition = inner.node.type_condition.as_ref();
                        let on = condition.map_or(parent, |condition| condition.node.on.node.as_str());
                        Some((on, &inner.node.selection_set.node))
                    }
                    Selection::FragmentSpread(spread) => {
                        self.fragment(&mut found, &spread.node.fragment_name.node)
                    }
                };
                let items = within
                    .into_iter()
                    .flat_map(|(on, set)| set.items.iter().rev().map(move |item| (on, item)));
                found.stack.extend(items);
            }
        }
        found.groups
    }

    fn add(&mut self, found: &mut Found<'d>, one: One<'d>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let at = *found.places.entry(&one.field.node.response_key().node).or_insert(found.groups.len());
        match found.groups.get_mut(at) {
            Some(group) => group.push(self.ones.len()),
            None => found.groups.push(vec![self.ones.len()]),
        }
        self.ones.push(one);
    }

    /// The fields of a fragment are the same wherever it stands.
    fn fragment(&self, found: &mut Found<'d>, name: &'d Name) -> Option<(&'d str, &'d SelectionSet)> {
        let fragment = self.document.fragments.get(name).filter(|_| found.visited.insert(name))?;
        Some((&fragment.node.type_condition.node.on.node, &fragment.node.selection_set.node))
    }

    fn type_of(&self, parent: &str, field: &'d Positioned<Field>) -> Option<&'d TypeRef> {
        let name = field.node.name.node.as_str();
        match name {
            "__typename" => Some(&TYPENAME),
            _ => self.model.kind(parent)?.field(name).map(|field| &field.ty),
        }
    }

    /// The fields below those of a group.
    fn below(&mut self, group: &[usize]) -> Vec<Group> {
        let set_of = |at: &usize| {
            let one = self.ones.get(*at)?;
            Some((one.ty.map_or("", named), &one.field.node.selection_set.node, Some(*at)))
        };
        let sets: Vec<_> = group.iter().filter_map(set_of).collect();
        self.collect(sets)
    }

    fn walk(&mut self, groups: Vec<Group>, rule: Rule) {
        for group in groups {
            let meeting = match rule {
                Rule::Meetings => self.meeting(group),
                Rule::Shapes => vec![group],
            };
            for group in meeting {
                // What has no type that is known is like any other.
                let is_known = |at: &&usize| self.ones.get(**at).is_some_and(|one| one.ty.is_some());
                let known = group.iter().find(is_known).filter(|_| matches!(rule, Rule::Shapes));
                let Some(first) = known.or(group.first()).copied() else { continue };
                let conflict =
                    group.iter().find_map(|other| Some((*other, self.differ(rule, first, *other)?)));
                if let Some((other, why)) = conflict {
                    self.tell(first, other, why);
                    continue;
                }
                let around = self.ones.len();
                let below = self.below(&group);
                self.walk(below, rule);
                self.ones.truncate(around);
            }
        }
    }

    /// The fields of a group that one object may have: those of each object type, with those of interfaces.
    fn meeting(&self, group: Group) -> Vec<Group> {
        let of = |at: &usize| self.ones.get(*at).map_or("", |one| one.parent);
        let mut objects = Vec::new();
        for parent in group.iter().map(of).filter(|parent| self.is_object(parent)) {
            if !objects.contains(&parent) {
                objects.push(parent);
            }
        }
        if objects.len() < 2 {
            return vec![group];
        }
        let with = |object: &str| {
            group.iter().copied().filter(|at| of(at) == object || !self.is_object(of(at))).collect()
        };
        objects.into_iter().map(with).collect()
    }

    fn is_object(&self, name: &str) -> bool {
        !matches!(self.model.kind(name), Some(Kind::Interface { .. } | Kind::Union { .. }))
    }

    /// How two fields differ, if they do.
    fn differ(&self, rule: Rule, first: usize, other: usize) -> Option<String> {
        let (first, other) = (self.ones.get(first)?, self.ones.get(other)?);
        if let Rule::Shapes = rule {
            let (first, other) = (first.ty?, other.ty?);
            let same = self.is_same_shape(first, other);
            return (!same).then(|| format!("they return conflicting types \"{first}\" and \"{other}\""));
        }
        let (first, other) = (&first.field.node, &other.field.node);
        if first.name.node != other.name.node {
            return Some(format!("\"{}\" and \"{}\" are different fields", first.name.node, other.name.node));
        }
        let is_given = |(name, value): &(Positioned<Name>, Positioned<_>)| {
            other.get_argument(&name.node).is_some_and(|other| other.node == value.node)
        };
        let same = first.arguments.len() == other.arguments.len() && first.arguments.iter().all(is_given);
        (!same).then(|| "they have differing arguments".to_owned())
    }

    fn is_same_shape(&self, first: &TypeRef, other: &TypeRef) -> bool {
        let base = match (&first.base, &other.base) {
            (BaseType::List(first), BaseType::List(other)) => self.is_same_shape(first, other),
            (BaseType::Named(first), BaseType::Named(other)) => {
                let is_leaf =
                    |name| matches!(self.model.kind(name), Some(Kind::Scalar { .. } | Kind::Enum(_)));
                first == other || !(is_leaf(first) || is_leaf(other))
            }
            _ => false,
        };
        base && first.nullable == other.nullable
    }

    /// Tells a conflict, from the outermost fields that it makes impossible to merge.
    fn tell(&mut self, first: usize, other: usize, why: String) {
        let (mut pair, mut why, mut places) = ((first, other), why, (Vec::new(), Vec::new()));
        let key = loop {
            let (Some(first), Some(other)) = (self.ones.get(pair.0), self.ones.get(pair.1)) else { return };
            places.0.push(first.field.pos);
            places.1.push(other.field.pos);
            let key = &first.field.node.response_key().node;
            match (first.up, other.up) {
                (Some(above), Some(beside)) if above != beside => pair = (above, beside),
                _ => break key,
            }
            why = format!("subfields \"{key}\" conflict because {why}");
        };
        let both = places.0.first().copied().zip(places.1.first().copied());
        if self.errors.len() >= TOLD || !both.is_some_and(|both| self.told.insert(both)) {
            return;
        }
        let error = Error::new(format!(
            "Fields \"{key}\" conflict because {why}. Use different aliases on the fields to fetch both if this was intentional."
        ));
        let places = places.0.into_iter().rev().chain(places.1.into_iter().rev());
        self.errors.push(places.fold(error.coded("GRAPHQL_VALIDATION_FAILED"), Error::at));
    }
}

#[cfg(test)]
mod tests;
