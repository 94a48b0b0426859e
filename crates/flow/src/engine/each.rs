//! The elements for which a step is made, and what it gives for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Reason;
use super::task::nulls;
use crate::document::Step;
use crate::extension::{Batch, ForEach, OnError};
use crate::values::{Answer, Element, Exchange, Lacking, Scope, Values};

/// The elements that have not begun; what is made in the name of each, or of several that go into one call, is a unit.
#[derive(Debug)]
pub(super) struct Elements {
    name: Option<Arc<str>>,
    units: Units,
    /// Those for which nothing is asked, since none of all has a key.
    unasked: usize,
}

#[derive(Debug)]
enum Units {
    Single(Vec<Value>),
    /// Of each unit, what goes into its call for the elements, these, and their keys.
    Batched(Vec<(Value, Value, Keys)>),
}

/// The keys of the elements of a call.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Each once, in the order in which it came first.
    once: Vec<Value>,
    /// Of each element the place of its key among these, if it has one.
    places: Vec<Option<usize>>,
}

// === impl Elements ===

impl Elements {
    /// What a step is made for; fails where that is no list, or too long.
    pub(super) fn of(each: &ForEach, scope: &Scope<'_>) -> Result<Self, Reason> {
        let found =
            scope.source(&each.source).map_err(|lacking| Reason::Request(lacking.to_string().into()))?;
        let count = found.as_array().map_or(0, Vec::len);
        if count > each.limit as usize {
            let most = each.limit;
            let why = format!("`x-weir-for-each` is given {count} elements, more than {most} (`limit`)");
            return Err(Reason::Bound(why.into()));
        }
        let items = match found.into_owned() {
            Value::Array(items) => items,
            Value::Null => Vec::new(),
            _ => return Err(Reason::Request("`x-weir-for-each` is given something that is no list".into())),
        };
        let name = each.name.as_deref().map(Into::into);
        let Some(batch) = &each.batch else {
            return Ok(Self { name, units: Units::Single(items), unasked: 0 });
        };
        let (mut units, mut unasked) = (Vec::new(), 0);
        for (some, keys) in chunks(each, batch, items, scope)? {
            let keys = Keys::of(keys);
            if keys.once.is_empty() {
                unasked += some.len();
                continue;
            }
            let input = match &batch.join {
                Some(between) => Value::String(keys.once.iter().map(sent).collect::<Vec<_>>().join(between)),
                None => Value::Array(keys.once.clone()),
            };
            units.push((input, Value::Array(some), keys));
        }
        Ok(Self { name, units: Units::Batched(units), unasked })
    }

    pub(super) fn len(&self) -> usize {
        match &self.units {
            Units::Single(items) => items.len(),
            Units::Batched(units) => units.len(),
        }
    }

    pub(super) fn unasked(&self) -> usize {
        self.unasked
    }

    /// Takes what a unit is made for, when it begins, with the keys of those that share its call.
    pub(super) fn take(&mut self, unit: usize) -> Option<(Element, Keys)> {
        let (input, item, keys) = match &mut self.units {
            Units::Single(items) => (None, items.get_mut(unit)?.take(), Keys::default()),
            Units::Batched(units) => {
                let (input, item, keys) = units.get_mut(unit).map(std::mem::take)?;
                (Some(input), item, keys)
            }
        };
        Some((Element { name: self.name.clone(), input, item, index: unit.into() }, keys))
    }
}

// === impl Keys ===

impl Keys {
    fn of(keys: Vec<Option<Value>>) -> Self {
        let (mut once, mut known, mut places) = (Vec::new(), HashMap::new(), Vec::new());
        for key in keys {
            places.push(key.map(|key| {
                let at = *known.entry(expr::canonical(&key)).or_insert(once.len());
                if at == once.len() {
                    once.push(key);
                }
                at
            }));
        }
        Self { once, places }
    }
}

/// Some elements, and of each its key, if it has one.
type Keyed = (Vec<Value>, Vec<Option<Value>>);

/// The elements of each call: so many that have a key, with those between them that have none. Where none of all has one,
/// these are together.
fn chunks(each: &ForEach, batch: &Batch, items: Vec<Value>, scope: &Scope<'_>) -> Result<Vec<Keyed>, Reason> {
    let (mut chunks, mut chunk, mut keyed) = (Vec::new(), Keyed::default(), 0);
    for (at, item) in items.into_iter().enumerate() {
        let key = match key(batch, &item, at, scope) {
            Ok(key) => Some(key),
            Err(why) if each.on_error == OnError::Fail => {
                return Err(Reason::Request(format!("element {at}, counted from 0: {why}").into()));
            }
            Err(_) => None,
        };
        keyed += u32::from(key.is_some());
        chunk.0.push(item);
        chunk.1.push(key);
        if keyed == batch.size {
            chunks.push(std::mem::take(&mut chunk));
            keyed = 0;
        }
    }
    match chunks.last_mut() {
        _ if chunk.0.is_empty() => {}
        // Nothing is to be asked for these.
        Some((items, keys)) if keyed == 0 => {
            items.extend(chunk.0);
            keys.extend(chunk.1);
        }
        _ => chunks.push(chunk),
    }
    Ok(chunks)
}

/// What so many elements give that have failed, where the step goes on without them.
pub(super) fn failed(each: &ForEach, written: &Step, count: usize) -> Option<Vec<Values>> {
    match each.on_error {
        OnError::Skip => Some(Vec::new()),
        OnError::Null => Some(vec![nulls(written); count]),
        OnError::Fail => None,
    }
}

/// How many elements go into the call of a unit.
pub(super) fn members(each: &ForEach, element: Option<&Element>) -> usize {
    let all = element.filter(|_| each.batch.is_some()).and_then(|element| element.item.as_array());
    all.map_or(1, Vec::len)
}

/// What a unit's answer gives for each of its elements: the step's outputs over the part of the answer that is the
/// element's. Nothing where they do not share a call.
pub(super) fn parted(
    (each, keys): (&ForEach, &Keys),
    scope: &Scope<'_>,
    nulls: &Values,
    outputs: impl Fn(&Scope<'_>) -> Values,
) -> Result<Option<Vec<Values>>, Reason> {
    let (Some(batch), Some(exchange)) = (&each.batch, scope.exchange) else { return Ok(None) };
    let unclear = |lacking: Lacking| Reason::Unclear(lacking.to_string().into());
    let found = match &batch.result {
        Some(source) => scope.source(source).map_err(unclear)?.into_owned(),
        None => exchange.answer.as_ref().map(|answer| answer.body.clone()).unwrap_or_default(),
    };
    let parts = Parts::of(batch, found, scope)?;
    let mut given = Vec::new();
    for place in &keys.places {
        let key = place.and_then(|at| Some((keys.once.get(at)?, at)));
        let part = key.and_then(|(key, at)| parts.part(key, at));
        let Some(part) = part else {
            match each.on_error {
                OnError::Skip => {}
                OnError::Null => given.push(nulls.clone()),
                OnError::Fail => {
                    let key = key.map(|(key, _)| key.to_string()).unwrap_or_default();
                    let why = format!("the answer has no part for the element with the key {key}");
                    return Err(Reason::Unclear(why.into()));
                }
            }
            continue;
        };
        let exchange = narrowed(exchange, part);
        given.push(outputs(&Scope { exchange: Some(&exchange), ..*scope }));
    }
    Ok(Some(given))
}

/// The parts of an answer for several elements.
enum Parts {
    InOrder(Vec<Value>),
    ByKey(Map<String, Value>),
}

impl Parts {
    fn of(batch: &Batch, found: Value, scope: &Scope<'_>) -> Result<Self, Reason> {
        match (found, &batch.part) {
            (Value::Object(members), None) => Ok(Self::ByKey(members)),
            (Value::Array(items), None) => Ok(Self::InOrder(items)),
            (Value::Array(items), Some(rule)) => {
                let mut by_key = Map::new();
                for (at, item) in items.into_iter().enumerate() {
                    let element = Element { name: None, input: None, item, index: at.into() };
                    let own = Scope { element: Some(&element), ..*scope };
                    let key =
                        own.rule(rule).map_err(|lacking| Reason::Unclear(lacking.to_string().into()))?;
                    by_key.insert(known_by(&key), element.item);
                }
                Ok(Self::ByKey(by_key))
            }
            _ => Err(Reason::Unclear("the answer has no parts for the elements that shared its call".into())),
        }
    }

    fn part(&self, key: &Value, at: usize) -> Option<Value> {
        match self {
            Self::InOrder(items) => items.get(at),
            Self::ByKey(members) => members.get(&known_by(key)),
        }
        .cloned()
    }
}

/// The key of the element in this place of all. One with what parts keys in it would be several.
fn key(batch: &Batch, item: &Value, at: usize, scope: &Scope<'_>) -> Result<Value, String> {
    let key = match &batch.key {
        None => item.clone(),
        Some(rule) => {
            let element = Element { name: None, input: None, item: item.clone(), index: at.into() };
            let own = Scope { element: Some(&element), ..*scope };
            own.rule(rule).map_err(|lacking| lacking.to_string())?
        }
    };
    match &batch.join {
        Some(between) if !between.is_empty() && sent(&key).contains(&**between) => {
            Err(format!("the key {key} has `{between}` in it, which parts one from another (`join`)"))
        }
        _ => Ok(key),
    }
}

/// An exchange whose answer is a part of another's.
fn narrowed(exchange: &Exchange, part: Value) -> Exchange {
    // The body of the answer to all is not copied for each.
    let answer = exchange.answer.as_deref();
    let answer =
        answer.map(|all| Answer { status: all.status, headers: all.headers.clone(), body: part, flaw: None });
    Exchange {
        url: exchange.url.clone(),
        method: exchange.method.clone(),
        headers: exchange.headers.clone(),
        query: exchange.query.clone(),
        path: exchange.path.clone(),
        body: Value::Null,
        answer: answer.map(Arc::new),
    }
}

/// What a step gives that was made for each of several elements: of each output a list.
pub(super) fn joined(written: &Step, results: impl Iterator<Item = Values>) -> Values {
    let names = written.outputs.iter().map(|output| &*output.name).chain(written.weir.outputs());
    let mut lists: Map<String, Value> =
        names.map(|name| (name.to_owned(), Value::Array(Vec::new()))).collect();
    for mut result in results {
        for (name, list) in &mut lists {
            if let Value::Array(list) = list {
                list.push(result.get_mut(name).map(Value::take).unwrap_or_default());
            }
        }
    }
    // What is computed once for all has no list.
    written.weir.transform.iter().for_each(|one| drop(lists.shift_remove(&*one.name)));
    lists
}

/// A key among those of one call.
fn sent(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}

/// By what the part of an answer is found that belongs to a key.
fn known_by(key: &Value) -> String {
    key.as_str().map_or_else(|| expr::canonical(key), str::to_owned)
}
