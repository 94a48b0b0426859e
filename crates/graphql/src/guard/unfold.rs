//! What a document comes to with its fragments unfolded. Whoever validates or runs it may walk through all of that, in
//! operations that are not asked for too, so that it is bounded before; each fragment is looked at once.

use std::collections::{HashMap, HashSet};

use async_graphql_parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql_parser::{Pos, Positioned};

use super::limits::Limits;
use crate::{Error, Location};

struct Unfolding<'d> {
    document: &'d ExecutableDocument,
    /// `None`: it is being counted, so that who uses it stands within it.
    fragments: HashMap<&'d str, Option<u64>>,
}

/// Whether no operation has more selections than a text may have tokens.
pub(super) fn check(document: &ExecutableDocument, limits: &Limits) -> Result<(), Error> {
    let most = u64::try_from(limits.tokens).unwrap_or(u64::MAX);
    let mut unfolding = Unfolding { document, fragments: HashMap::new() };
    for (_, operation) in document.operations.iter() {
        let found = unfolding.set(&operation.node.selection_set.node)?;
        if found > most {
            return Err(Limits::exceeded("selections", (found, most), operation.pos));
        }
    }
    Ok(())
}

/// The names of the fields of a root, each once, in their order.
pub(super) fn roots(document: &ExecutableDocument, set: &SelectionSet) -> Vec<String> {
    let (mut names, mut seen, mut visited) = (Vec::new(), HashSet::new(), HashSet::new());
    let mut stack: Vec<_> = set.items.iter().rev().collect();
    while let Some(selection) = stack.pop() {
        match &selection.node {
            Selection::Field(field) => {
                let name = field.node.name.node.as_str();
                if seen.insert(name) {
                    names.push(name.to_owned());
                }
            }
            Selection::InlineFragment(inner) => {
                stack.extend(inner.node.selection_set.node.items.iter().rev());
            }
            Selection::FragmentSpread(spread) => {
                let name = spread.node.fragment_name.node.as_str();
                let fragment = document.fragments.get(name).filter(|_| visited.insert(name));
                let items = fragment.map(|fragment| &fragment.node.selection_set.node.items);
                stack.extend(items.into_iter().flatten().rev());
            }
        }
    }
    names
}

// === impl Unfolding ===

impl<'d> Unfolding<'d> {
    fn set(&mut self, set: &'d SelectionSet) -> Result<u64, Error> {
        let mut count = 0_u64;
        for selection in &set.items {
            let within = match &selection.node {
                Selection::Field(field) => self.set(&field.node.selection_set.node)?,
                Selection::InlineFragment(inner) => self.set(&inner.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str(), spread)?
                }
            };
            count = count.saturating_add(1).saturating_add(within);
        }
        Ok(count)
    }

    fn fragment<T>(&mut self, name: &'d str, spread: &Positioned<T>) -> Result<u64, Error> {
        match self.fragments.get(name) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(circle(name, spread.pos)),
            None => {}
        }
        // One that is not there is found by whoever validates.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(0) };
        self.fragments.insert(name, None);
        let count = self.set(&fragment.node.selection_set.node)?;
        self.fragments.insert(name, Some(count));
        Ok(count)
    }
}

fn circle(name: &str, place: Pos) -> Error {
    let error = Error::new(format!("the fragment `{name}` contains itself"));
    error.coded("FRAGMENT_CYCLE").hinted("take the circle apart").at(Location::from(place))
}
