//! What a document comes to with its fragments unfolded. Whoever validates or runs it may walk through all of that, in
//! operations that are not asked for too, so that it is bounded before; each fragment is looked at once.

use std::collections::{HashMap, HashSet};

use async_graphql_parser::Pos;
use async_graphql_parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::limits::Limits;
use crate::tokens::NESTING;
use crate::{Error, Location};

struct Unfolding<'d> {
    document: &'d ExecutableDocument,
    /// `None`: it is being counted, so that who uses it stands within it.
    fragments: HashMap<&'d str, Option<Found>>,
}

/// What a part of a document comes to.
#[derive(Clone, Copy, Default)]
struct Found {
    selections: u64,
    /// The levels of fields and fragments that have something within them.
    levels: usize,
}

/// Whether no operation and no fragment has more selections than a text may have tokens, and none goes deeper than brackets may
/// be nested: fragments within fragments take as much of a stack as brackets within brackets do, used or not.
pub(super) fn check(document: &ExecutableDocument, limits: &Limits) -> Result<(), Error> {
    let most = u64::try_from(limits.tokens).unwrap_or(u64::MAX);
    let mut unfolding = Unfolding { document, fragments: HashMap::new() };
    for (_, operation) in document.operations.iter() {
        let found = unfolding.set(&operation.node.selection_set.node, 1)?.selections;
        if found > most {
            return Err(Limits::exceeded("selections", (found, most), operation.pos));
        }
    }
    let mut fragments: Vec<_> = document.fragments.iter().collect();
    fragments.sort_unstable_by_key(|(_, fragment)| fragment.pos);
    for (name, fragment) in fragments {
        let found = unfolding.fragment(name.as_str(), (fragment.pos, 1))?.selections;
        if found > most {
            return Err(Limits::exceeded("selections", (found, most), fragment.pos));
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
    /// `level`: where the set stands.
    fn set(&mut self, set: &'d SelectionSet, level: usize) -> Result<Found, Error> {
        let Some(first) = set.items.first() else { return Ok(Found::default()) };
        if level > NESTING {
            return Err(Limits::exceeded("levels", (level, NESTING), first.pos));
        }
        let mut found = Found { selections: 0, levels: 1 };
        for selection in &set.items {
            let within = match &selection.node {
                Selection::Field(field) => self.set(&field.node.selection_set.node, level + 1)?,
                Selection::InlineFragment(inner) => self.set(&inner.node.selection_set.node, level + 1)?,
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str(), (spread.pos, level + 1))?
                }
            };
            found.selections = found.selections.saturating_add(1).saturating_add(within.selections);
            found.levels = found.levels.max(within.levels + 1);
        }
        Ok(found)
    }

    fn fragment(&mut self, name: &'d str, (place, level): (Pos, usize)) -> Result<Found, Error> {
        // One that is not there is found by whoever validates.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Found::default()) };
        match self.fragments.get(name) {
            Some(Some(known)) if level + known.levels > NESTING + 1 => {
                return Err(Limits::exceeded("levels", (level, NESTING), place));
            }
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(circle(name, place)),
            None => {}
        }
        self.fragments.insert(name, None);
        let found = self.set(&fragment.node.selection_set.node, level)?;
        self.fragments.insert(name, Some(found));
        Ok(found)
    }
}

fn circle(name: &str, place: Pos) -> Error {
    let error = Error::new(format!("the fragment `{name}` contains itself"));
    error.coded("FRAGMENT_CYCLE").hinted("take the circle apart").at(Location::from(place))
}
