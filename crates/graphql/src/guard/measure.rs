//! What an operation asks for, in numbers. A fragment is measured once, so that fragments of fragments of fragments cost no
//! more than their text, and numbers do not overflow, they stay at the largest.

use std::collections::HashMap;

use async_graphql_parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql_parser::{Pos, Positioned};
use async_graphql_value::Value as Literal;
use serde_json::{Map, Value};

use super::limits::Limits;
use crate::{Error, Location};

/// What an operation, or a part of it, asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Measure {
    pub(super) depth: u64,
    pub(super) cost: u64,
    pub(super) aliases: u64,
    pub(super) directives: u64,
    /// Where the schema is asked for.
    pub(super) introspects: Option<Pos>,
    /// The field that lies deepest.
    pub(super) deepest: Pos,
    pub(super) last_alias: Pos,
    pub(super) last_directive: Pos,
    /// The field of this level that costs most.
    pub(super) dearest: Pos,
    /// How many lists of the schema's own lie within each other.
    pub(super) listed: u64,
    most: u64,
}

/// Fields of introspection that lead from types to types again, each to many.
const LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];
/// So many of them may lie within each other, as the reference implementation has it: a few levels more are millions of values.
const LISTED: u64 = 2;

struct Measuring<'d> {
    document: &'d ExecutableDocument,
    operation: &'d OperationDefinition,
    limits: &'d Limits,
    variables: &'d Map<String, Value>,
    fragments: HashMap<&'d str, Measure>,
    /// What variables tell, by their names and whether they stand where a size does: each is walked through once, however often
    /// it is used.
    told: HashMap<(&'d str, bool), u64>,
}

// === impl Measure ===

impl Measure {
    /// Measures an operation with the values of its variables.
    pub(super) fn of(
        document: &ExecutableDocument,
        operation: &Positioned<OperationDefinition>,
        (limits, variables): (&Limits, &Map<String, Value>),
    ) -> Result<Self, Error> {
        let operation = &operation.node;
        let (fragments, told) = (HashMap::new(), HashMap::new());
        let mut measuring = Measuring { document, operation, limits, variables, fragments, told };
        let mut measure = Self::default();
        for definition in &operation.variable_definitions {
            measure.decorate(&definition.node.directives);
        }
        measure.decorate(&operation.directives);
        let within = measuring.set(&operation.selection_set.node)?;
        measure.join(&within);
        Ok(measure)
    }

    fn decorate(&mut self, directives: &[Positioned<Directive>]) {
        self.directives = self.directives.saturating_add(directives.len() as u64);
        if let Some(last) = directives.last() {
            self.last_directive = last.pos;
        }
    }

    /// Takes in what stands on the same level.
    fn join(&mut self, other: &Self) {
        if other.most > self.most {
            (self.most, self.dearest) = (other.most, other.dearest);
        }
        self.within(other, 0);
        self.cost = self.cost.saturating_add(other.cost);
    }

    /// Takes in all but cost, so many levels deeper.
    fn within(&mut self, other: &Self, levels: u64) {
        if other.depth.saturating_add(levels) > self.depth {
            (self.depth, self.deepest) = (other.depth.saturating_add(levels), other.deepest);
        }
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        for (mine, its) in
            [(&mut self.last_alias, other.last_alias), (&mut self.last_directive, other.last_directive)]
        {
            *mine = (*mine).max(its);
        }
        self.introspects = self.introspects.or(other.introspects);
        self.listed = self.listed.max(other.listed);
    }
}

// === impl Measuring ===

impl<'d> Measuring<'d> {
    fn set(&mut self, set: &'d SelectionSet) -> Result<Measure, Error> {
        let mut measure = Measure::default();
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => measure.join(&self.field(field)?),
                Selection::InlineFragment(fragment) => {
                    measure.decorate(&fragment.node.directives);
                    measure.join(&self.set(&fragment.node.selection_set.node)?);
                }
                Selection::FragmentSpread(spread) => {
                    measure.decorate(&spread.node.directives);
                    measure.join(&self.fragment(&spread.node.fragment_name.node)?);
                }
            }
        }
        Ok(measure)
    }

    fn field(&mut self, positioned: &'d Positioned<Field>) -> Result<Measure, Error> {
        let (field, place) = (&positioned.node, positioned.pos);
        let name = field.name.node.as_str();
        let mut measure = Measure { depth: 1, deepest: place, dearest: place, ..Measure::default() };
        measure.decorate(&field.directives);
        if let Some(alias) = &field.alias {
            (measure.aliases, measure.last_alias) = (1, alias.pos);
        }
        if name == "__schema" || name == "__type" {
            measure.introspects = Some(place);
        }
        let children = self.set(&field.selection_set.node)?;
        measure.within(&children, 1);
        if LISTS.contains(&name) {
            measure.listed = measure.listed.saturating_add(1);
        }
        if measure.introspects == Some(place) && measure.listed > LISTED {
            return Err(too_circular(place));
        }
        let weight = if name == "__typename" { 0 } else { self.limits.weight(name) };
        measure.cost = weight.saturating_add(children.cost.saturating_mul(self.size(field)));
        measure.most = measure.cost;
        Ok(measure)
    }

    fn fragment(&mut self, name: &'d str) -> Result<Measure, Error> {
        if let Some(known) = self.fragments.get(name) {
            return Ok(known.clone());
        }
        // One that is not there is found by whoever validates; there are no circles, since the document was unfolded.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Measure::default()) };
        let mut measure = self.set(&fragment.node.selection_set.node)?;
        measure.decorate(&fragment.node.directives);
        self.fragments.insert(name, measure.clone());
        Ok(measure)
    }

    /// How many of what stands below a field there may be.
    fn size(&mut self, field: &'d Field) -> u64 {
        let sizes =
            field.arguments.iter().map(|(name, value)| self.told(self.is_size(&name.node), &value.node));
        sizes.max().unwrap_or(1)
    }

    fn is_size(&self, name: &str) -> bool {
        self.limits.sizes.iter().any(|size| size == name)
    }

    /// The size that an argument tells, or a member of the object that it is.
    fn told(&mut self, is_size: bool, literal: &'d Literal) -> u64 {
        match literal {
            Literal::Object(members) => {
                let sizes = members.iter().map(|(name, value)| self.told(self.is_size(name), value));
                sizes.max().unwrap_or(1)
            }
            // What stands in a list is no length, and may have some within it.
            Literal::List(items) => items.iter().map(|item| self.told(false, item)).max().unwrap_or(1),
            Literal::Variable(variable) => self.told_by_variable(is_size, variable),
            Literal::Number(number) if is_size => whole(&Value::Number(number.clone())),
            _ => 1,
        }
    }

    fn told_by_variable(&mut self, is_size: bool, variable: &'d str) -> u64 {
        if let Some(known) = self.told.get(&(variable, is_size)) {
            return *known;
        }
        let definitions = &self.operation.variable_definitions;
        let usual = || {
            let definition = definitions.iter().find(|definition| definition.node.name.node == variable)?;
            definition.node.default_value.as_ref()?.node.clone().into_json().ok()
        };
        let told = match self.variables.get(variable) {
            Some(given) => self.told_by_value(is_size, given),
            None => usual().map_or(1, |value| self.told_by_value(is_size, &value)),
        };
        self.told.insert((variable, is_size), told);
        told
    }

    fn told_by_value(&self, is_size: bool, value: &Value) -> u64 {
        match value {
            Value::Object(members) => {
                let sizes = members.iter().map(|(name, value)| self.told_by_value(self.is_size(name), value));
                sizes.max().unwrap_or(1)
            }
            Value::Array(items) => {
                items.iter().map(|item| self.told_by_value(false, item)).max().unwrap_or(1)
            }
            value if is_size => whole(value),
            _ => 1,
        }
    }
}

fn too_circular(place: Pos) -> Error {
    let message = format!(
        "the schema is asked for in circles: at most {LISTED} lists of fields or types lie within each other"
    );
    let error = Error::new(message)
        .coded("INTROSPECTION_TOO_DEEP")
        .hinted("ask for `types` and join them by their names");
    error.at(Location::from(place))
}

/// A number that may be meant as a length; nothing is shorter than one.
fn whole(value: &Value) -> u64 {
    let text = value.as_str().and_then(|text| text.parse().ok());
    let huge = value.as_f64().is_some_and(|number| number >= 9e18);
    value.as_u64().or(text).unwrap_or(if huge { u64::MAX } else { 1 }).max(1)
}
