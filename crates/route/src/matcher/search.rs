//! One walk through the trees that may hold the route of a request.

use std::sync::Arc;

use crate::condition::Facts;
use crate::params::Params;
use crate::trie::{Best, Leaf, Node};

use super::Match;

/// What a search is for.
#[derive(Clone, Copy)]
pub(super) enum Want<'r> {
    /// The most specific route that takes the method.
    MostSpecific { method: &'r str },
    /// The same by priority first, of one team alone.
    HighestPriority { method: &'r str, team: &'r str },
    /// Every route, whatever its method.
    All,
}

/// The state of a walk over the trees (`'a`) for a request (`'r`).
pub(super) struct Search<'a, 'r, T> {
    path: &'r str,
    facts: &'r dyn Facts,
    want: Want<'r>,
    /// Parameters on the way to where the walk is.
    params: Params,
    found: Option<Found<'a, T>>,
    all: Vec<&'a Leaf<T>>,
}

/// A route with its parameters.
pub(super) struct Found<'a, T> {
    pub(super) leaf: &'a Leaf<T>,
    params: Params,
}

// === impl Search ===

impl<'a, 'r, T> Search<'a, 'r, T> {
    pub(super) fn new(path: &'r str, facts: &'r dyn Facts, want: Want<'r>) -> Self {
        Self { path, facts, want, params: Params::NONE, found: None, all: Vec::new() }
    }

    pub(super) fn into_found(self) -> Option<Found<'a, T>> {
        self.found
    }

    pub(super) fn into_all(self) -> Vec<&'a Leaf<T>> {
        self.all
    }

    /// Walks one tree.
    pub(super) fn start(&mut self, root: &'a Arc<Node<T>>) {
        if self.path.starts_with('/') && u16::try_from(self.path.len()).is_ok() {
            self.walk(root, Some(1));
        }
    }

    /// `at` is where the next segment begins; `None` when the path has no more. Goes no deeper than the
    /// tree, whose depth the patterns' limit bounds.
    fn walk(&mut self, node: &'a Node<T>, at: Option<usize>) {
        if !self.may_win(node.best) {
            return;
        }
        let Some(start) = at else {
            node.ends.iter().for_each(|leaf| self.consider(leaf, None));
            return;
        };
        let rest = self.path.get(start..).unwrap_or_default();
        let (segment, next) = match rest.bytes().position(|byte| byte == b'/') {
            Some(length) => (rest.get(..length).unwrap_or_default(), Some(start + length + 1)),
            None => (rest, None),
        };
        if let Some(child) = node.literals.get(segment.as_bytes()) {
            self.walk(child, next);
        }
        for edge in &node.params {
            let (before, after) = (edge.before.len(), edge.after.len());
            // The usual parameter is a whole segment: nothing to compare. (Comparing nothing costs more
            // than it seems: some C libraries read behind an empty string's dangling address.)
            let fits = segment.len() > before + after
                && (before == 0 || segment.starts_with(&*edge.before))
                && (after == 0 || segment.ends_with(&*edge.after));
            if fits {
                self.params.push(start + before, start + segment.len() - after);
                self.walk(&edge.node, next);
                self.params.pop();
            }
        }
        node.opens.iter().for_each(|leaf| self.consider(leaf, Some(start)));
    }

    fn consider(&mut self, leaf: &'a Leaf<T>, rest: Option<usize>) {
        let route = &leaf.route;
        let wanted = match self.want {
            Want::MostSpecific { method } => self.wins(leaf) && route.methods.contains(method),
            Want::HighestPriority { method, team } => {
                *route.team == *team && self.wins(leaf) && route.methods.contains(method)
            }
            Want::All => true,
        };
        if !wanted || !route.conditions.iter().all(|condition| condition.holds(self.facts)) {
            return;
        }
        if matches!(self.want, Want::All) {
            self.all.push(leaf);
            return;
        }
        let mut params = self.params;
        if let Some(start) = rest {
            params.set_rest(start);
            if route.path.names.len() > params.len() {
                params.push(start, self.path.len());
            }
        }
        self.found = Some(Found { leaf, params });
    }

    /// Whether a leaf goes before the best so far.
    fn wins(&self, leaf: &Leaf<T>) -> bool {
        let Some(found) = &self.found else { return true };
        let (new, old) = (leaf, found.leaf);
        let specific = (new.rank, &new.route.name) < (old.rank, &old.route.name);
        match self.want {
            Want::HighestPriority { .. } if new.route.priority != old.route.priority => {
                new.route.priority > old.route.priority
            }
            _ => specific,
        }
    }

    /// Whether a part of the tree can hold something that goes before the best so far.
    fn may_win(&self, best: Best) -> bool {
        let Some(found) = &self.found else { return true };
        match self.want {
            Want::All => true,
            Want::MostSpecific { .. } => best.rank <= found.leaf.rank,
            Want::HighestPriority { .. } => {
                let priority = found.leaf.route.priority;
                best.priority > priority || (best.priority == priority && best.rank <= found.leaf.rank)
            }
        }
    }
}

// === impl Found ===

impl<'a, T> Found<'a, T> {
    pub(super) fn into_match(self) -> Match<'a, T> {
        Match { route: &self.leaf.route, params: self.params }
    }
}
