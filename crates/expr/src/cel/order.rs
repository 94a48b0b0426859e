//! In which order the members of an object are written that CEL gives, which does not keep it: as those of an object literal of
//! the expression with the same names, or of an object that it reads. All others are written by their names.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use cel::common::ast::{EntryExpr, Expr, LiteralValue, MapExpr};
use serde_json::{Map, Value};

/// The names of an object literal, as they are written.
pub(super) type Names = Box<[Box<str>]>;

/// The orders that are known to an evaluation; they are gathered when an object is written.
pub(super) struct Orders<'v> {
    literals: &'v [Names],
    values: &'v [Option<Cow<'v, Value>>],
    /// By the names whatever their order; the first of those that have the same.
    known: OnceCell<HashMap<u64, Known<'v>>>,
    random: RandomState,
}

#[derive(Clone, Copy)]
enum Known<'v> {
    Literal(&'v Names),
    Object(&'v Map<String, Value>),
}

/// The names of an object literal, if all of them stand there.
pub(super) fn names(literal: &MapExpr) -> Option<Names> {
    let name = |entry: &EntryExpr| match entry {
        EntryExpr::MapEntry(entry) => match &entry.key.expr {
            Expr::Literal(LiteralValue::String(text)) => Some(text.inner().into()),
            _ => None,
        },
        EntryExpr::StructField(_) => None,
    };
    literal.entries.iter().map(|entry| name(&entry.expr)).collect()
}

// === impl Orders ===

impl<'v> Orders<'v> {
    pub(super) fn new(literals: &'v [Names], values: &'v [Option<Cow<'v, Value>>]) -> Self {
        Self { literals, values, known: OnceCell::new(), random: RandomState::new() }
    }

    /// Members in their order.
    pub(super) fn object(&self, mut members: Vec<(String, Value)>) -> Map<String, Value> {
        members.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        let known = (members.len() > 1).then(|| self.find(members.iter().map(|(name, _)| &**name))).flatten();
        let Some(known) = known else { return members.into_iter().collect() };
        let mut places: Vec<usize> = Vec::with_capacity(members.len());
        let mut add = |name: &str| {
            places.extend(members.binary_search_by(|(own, _)| (**own).cmp(name)).ok());
        };
        match known {
            Known::Literal(names) => names.iter().for_each(|name| add(name)),
            Known::Object(object) => object.keys().for_each(|name| add(name)),
        }
        let mut taken: Vec<Option<(String, Value)>> = members.into_iter().map(Some).collect();
        let mut object: Map<String, Value> =
            places.into_iter().filter_map(|at| taken.get_mut(at)?.take()).collect();
        // None is left, unless two lists of names have the same hash.
        object.extend(taken.into_iter().flatten());
        object
    }

    fn find<'n>(&self, names: impl Iterator<Item = &'n str>) -> Option<Known<'v>> {
        self.known.get_or_init(|| self.gather()).get(&self.hash(names)).copied()
    }

    fn gather(&self) -> HashMap<u64, Known<'v>> {
        let mut known = HashMap::new();
        for names in self.literals {
            known.entry(self.hash(names.iter().map(AsRef::as_ref))).or_insert(Known::Literal(names));
        }
        let mut ahead: Vec<&Value> = self.values.iter().rev().flatten().map(AsRef::as_ref).collect();
        while let Some(value) = ahead.pop() {
            match value {
                Value::Array(items) => ahead.extend(items.iter().rev().filter(|item| is_deep(item))),
                Value::Object(members) => {
                    let hash = self.hash(members.keys().map(String::as_str));
                    known.entry(hash).or_insert(Known::Object(members));
                    ahead.extend(members.values().rev().filter(|member| is_deep(member)));
                }
                _ => {}
            }
        }
        known
    }

    /// The same for the same names in any order.
    fn hash<'n>(&self, names: impl Iterator<Item = &'n str>) -> u64 {
        names.fold(0, |sum, name| sum.wrapping_add(self.random.hash_one(name)))
    }
}

fn is_deep(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_))
}
