//! The tree of the path patterns of one host. Nodes are shared between versions of a matcher: a change
//! copies the nodes from the root to the place changed, and only if another version still uses them.

use std::sync::Arc;

use crate::hash::Map;
use crate::matcher::Route;
use crate::pattern::{PathPattern, Segment, Tail};

/// A place in the tree: what is reached by the segments so far.
pub(crate) struct Node<T> {
    pub(crate) literals: Map<Arc<Self>>,
    pub(crate) params: Vec<ParamEdge<T>>,
    /// Routes whose pattern ends here.
    pub(crate) ends: Vec<Leaf<T>>,
    /// Routes that take whatever follows the next slash.
    pub(crate) opens: Vec<Leaf<T>>,
    /// The best of everything from here on.
    pub(crate) best: Best,
}

/// A way on through a parameter.
pub(crate) struct ParamEdge<T> {
    pub(crate) before: Box<str>,
    pub(crate) after: Box<str>,
    pub(crate) node: Arc<Node<T>>,
}

/// A route at its place.
pub(crate) struct Leaf<T> {
    pub(crate) route: Arc<Route<T>>,
    /// Its place among all routes, priorities aside; the least is the most specific.
    pub(crate) rank: u64,
}

/// Bounds on what a part of the tree can offer, by which a search skips it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Best {
    pub(crate) rank: u64,
    pub(crate) priority: i32,
}

// === impl Node ===

impl<T> Node<T> {
    /// Puts a leaf in its place; gives the routes that are there already and mean the same requests.
    pub(crate) fn insert(&mut self, leaf: &Leaf<T>) -> Vec<Arc<Route<T>>> {
        let pattern = &leaf.route.path;
        self.insert_at(&pattern.segments, pattern.tail, leaf)
    }

    fn insert_at(&mut self, segments: &[Segment], tail: Tail, leaf: &Leaf<T>) -> Vec<Arc<Route<T>>> {
        self.best = self.best.or(leaf.best());
        let Some((segment, rest)) = segments.split_first() else {
            return self.settle(tail, leaf);
        };
        let child = match segment {
            Segment::Literal(text) => self.literals.entry(text.as_bytes().into()).or_default(),
            Segment::Param { before, after } => self.param(before, after),
        };
        Arc::make_mut(child).insert_at(rest, tail, leaf)
    }

    fn param(&mut self, before: &str, after: &str) -> &mut Arc<Self> {
        let known = |edge: &ParamEdge<T>| *edge.before == *before && *edge.after == *after;
        let at = self.params.iter().position(known).unwrap_or_else(|| {
            self.params.push(ParamEdge { before: before.into(), after: after.into(), node: Arc::default() });
            self.params.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "the place was found or made just now")]
        &mut self.params[at].node
    }

    fn settle(&mut self, tail: Tail, leaf: &Leaf<T>) -> Vec<Arc<Route<T>>> {
        let places = match tail {
            Tail::None => [Some(&mut self.ends), None],
            Tail::Rest => [Some(&mut self.opens), None],
            Tail::Prefix => [Some(&mut self.opens), Some(&mut self.ends)],
        };
        let mut same = Vec::new();
        for (index, leaves) in places.into_iter().flatten().enumerate() {
            if index == 0 {
                let others = leaves.iter().filter(|other| leaf.means_the_same(other));
                same.extend(others.map(|other| Arc::clone(&other.route)));
            }
            let at = leaves.partition_point(|other| other.order() <= leaf.order());
            leaves.insert(at, leaf.clone());
        }
        same
    }

    /// Takes a route away; `false` if it was not there.
    pub(crate) fn remove(&mut self, name: &str, pattern: &PathPattern) -> bool {
        self.remove_at(&pattern.segments, name)
    }

    fn remove_at(&mut self, segments: &[Segment], name: &str) -> bool {
        let removed = match segments.split_first() {
            None => {
                let before = self.ends.len() + self.opens.len();
                self.ends.retain(|leaf| *leaf.route.name != *name);
                self.opens.retain(|leaf| *leaf.route.name != *name);
                before > self.ends.len() + self.opens.len()
            }
            Some((Segment::Literal(text), rest)) => {
                let Some(child) = self.literals.get_mut(text.as_bytes()) else { return false };
                let removed = Arc::make_mut(child).remove_at(rest, name);
                if child.is_empty() {
                    self.literals.remove(text.as_bytes());
                }
                removed
            }
            Some((Segment::Param { before, after }, rest)) => {
                let child = self.param(before, after);
                let removed = Arc::make_mut(child).remove_at(rest, name);
                self.params.retain(|edge| !edge.node.is_empty());
                removed
            }
        };
        self.best = self.survey();
        removed
    }

    /// Puts a route in the place of the one of its name and pattern; `false` if there is none.
    pub(crate) fn exchange(&mut self, route: &Arc<Route<T>>) -> bool {
        self.exchange_at(&route.path.segments, route)
    }

    fn exchange_at(&mut self, segments: &[Segment], route: &Arc<Route<T>>) -> bool {
        let child = match segments.split_first() {
            None => {
                let leaves = self.ends.iter_mut().chain(&mut self.opens);
                let mut exchanged = false;
                for leaf in leaves.filter(|leaf| leaf.route.name == route.name) {
                    leaf.route = Arc::clone(route);
                    exchanged = true;
                }
                return exchanged;
            }
            Some((Segment::Literal(text), rest)) => {
                self.literals.get_mut(text.as_bytes()).map(|child| (child, rest))
            }
            Some((Segment::Param { before, after }, rest)) => {
                let known = |edge: &&mut ParamEdge<T>| edge.before == *before && edge.after == *after;
                self.params.iter_mut().find(known).map(|edge| (&mut edge.node, rest))
            }
        };
        child.is_some_and(|(child, rest)| Arc::make_mut(child).exchange_at(rest, route))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.literals.is_empty() && self.params.is_empty() && self.ends.is_empty() && self.opens.is_empty()
    }

    fn survey(&self) -> Best {
        let leaves = self.ends.iter().chain(&self.opens).map(Leaf::best);
        let literals = self.literals.values().map(|node| node.best);
        let params = self.params.iter().map(|edge| edge.node.best);
        leaves.chain(literals).chain(params).fold(Best::NOTHING, Best::or)
    }
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self {
            literals: Map::default(),
            params: Vec::new(),
            ends: Vec::new(),
            opens: Vec::new(),
            best: Best::NOTHING,
        }
    }
}

// By hand, since a derive would ask `T: Clone`.
impl<T> Clone for Node<T> {
    fn clone(&self) -> Self {
        Self {
            literals: self.literals.clone(),
            params: self.params.clone(),
            ends: self.ends.clone(),
            opens: self.opens.clone(),
            best: self.best,
        }
    }
}

// === impl ParamEdge ===

impl<T> Clone for ParamEdge<T> {
    fn clone(&self) -> Self {
        Self { before: self.before.clone(), after: self.after.clone(), node: Arc::clone(&self.node) }
    }
}

// === impl Leaf ===

impl<T> Leaf<T> {
    /// Leaves of one place in the order in which they are tried.
    fn order(&self) -> (u64, &str) {
        (self.rank, &self.route.name)
    }

    fn best(&self) -> Best {
        Best { rank: self.rank, priority: self.route.priority }
    }

    /// Whether some request fits both and nothing but the name decides between them. Both lie in one
    /// place of one host's tree, so that their paths differ in the names of parameters at most.
    fn means_the_same(&self, other: &Self) -> bool {
        let (a, b) = (&self.route, &other.route);
        let priorities_decide = a.team == b.team && a.priority != b.priority;
        let all_in = |a: &Route<T>, b: &Route<T>| {
            a.conditions.iter().all(|condition| b.conditions.contains(condition))
        };
        self.rank == other.rank
            && !priorities_decide
            && a.methods.overlaps(&b.methods)
            && all_in(a, b)
            && all_in(b, a)
    }
}

impl<T> Clone for Leaf<T> {
    fn clone(&self) -> Self {
        Self { route: Arc::clone(&self.route), rank: self.rank }
    }
}

// === impl Best ===

impl Best {
    const NOTHING: Self = Self { rank: u64::MAX, priority: i32::MIN };

    fn or(self, other: Self) -> Self {
        Self { rank: self.rank.min(other.rank), priority: self.priority.max(other.priority) }
    }
}
