//! The calls of a request: equal ones are made once, those by keys are joined. It decides nothing about when: whoever asks
//! for calls gets what has come together until then.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::collect::Group;
use super::directives::{Batch, CallOf, follow};
use super::model::{Field, is_list};
use super::{Call, CallError};

/// Who waits for an answer.
#[derive(Clone, Debug)]
pub(super) struct Waiter<'s> {
    pub(super) node: usize,
    pub(super) field: &'s Field,
    pub(super) group: Arc<Group<'s>>,
    /// The keys of whose items it waits; `None`: for the answer as it is.
    keys: Option<Vec<String>>,
}

/// What a field needs of a call.
pub(super) struct Asked<'s> {
    pub(super) call: &'s CallOf,
    pub(super) arguments: Map<String, Value>,
    pub(super) changes: bool,
}

#[derive(Debug, Default)]
pub(super) struct Loader<'s> {
    made: Vec<Made<'s>>,
    /// By what they call with what.
    known: HashMap<String, usize>,
    open: Vec<Open<'s>>,
    fresh: Vec<(usize, Call)>,
    under_way: usize,
    most: usize,
}

#[derive(Debug)]
struct Made<'s> {
    call: &'s CallOf,
    waiters: Vec<Waiter<'s>>,
    answer: Option<Arc<Answer>>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    result: Result<Value, CallError>,
    /// The places of a joined answer's items, by their keys.
    items: HashMap<String, Vec<usize>>,
}

/// Calls by keys that are being joined.
#[derive(Debug)]
struct Open<'s> {
    id: String,
    call: &'s CallOf,
    batch: &'s Batch,
    others: Map<String, Value>,
    wanted: Vec<(Vec<Value>, Waiter<'s>)>,
}

/// What became of a field's need.
pub(super) enum Given<'s> {
    /// It waits.
    Waits,
    /// The answer is there already.
    Answer(Arc<Answer>, Waiter<'s>),
    /// There are too many calls.
    TooMany(usize),
}

// === impl Waiter ===

impl<'s> Waiter<'s> {
    pub(super) fn new(node: usize, field: &'s Field, group: Arc<Group<'s>>) -> Self {
        Self { node, field, group, keys: None }
    }
}

// === impl Loader ===

impl<'s> Loader<'s> {
    /// So many calls may be made.
    pub(super) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// So many calls may be made.
    pub(super) fn limit(&mut self, most: usize) {
        self.most = most;
    }

    /// A field needs a call.
    pub(super) fn ask(&mut self, asked: Asked<'s>, waiter: Waiter<'s>) -> Given<'s> {
        let Asked { call, arguments, changes } = asked;
        if let Some(batch) = call.batch.as_ref().filter(|_| !changes) {
            return self.join((call, batch), arguments, waiter);
        }
        let id = format!("{:?}\0{}", call.target, expr::canonical_object(&arguments));
        if let Some(at) = self.known.get(&id).filter(|_| !changes) {
            return self.wait(*at, waiter);
        }
        if self.made.len() >= self.most {
            return Given::TooMany(self.most);
        }
        let at = self.make(call, (arguments, changes), vec![waiter]);
        self.known.insert(id, at);
        Given::Waits
    }

    fn join(
        &mut self,
        (call, batch): (&'s CallOf, &'s Batch),
        mut others: Map<String, Value>,
        mut waiter: Waiter<'s>,
    ) -> Given<'s> {
        let wanted = match others.shift_remove(&batch.argument) {
            Some(Value::Array(keys)) => keys,
            Some(key) => vec![key],
            None => Vec::new(),
        };
        let id = format!(
            "{:?}\0{}\0{}\0{}",
            call.target,
            expr::canonical_object(&others),
            batch.argument,
            batch.by
        );
        let keys: Vec<String> = wanted.iter().map(key_of).collect();
        let mut places = keys.iter().map(|key| self.known.get(&format!("{id}\0{key}")).copied());
        let place = places.next().flatten().filter(|first| places.all(|place| place == Some(*first)));
        waiter.keys = Some(keys);
        if let Some(at) = place {
            return self.wait(at, waiter);
        }
        if self.made.len() + self.open.len() >= self.most {
            return Given::TooMany(self.most);
        }
        match self.open.iter_mut().find(|open| open.id == id) {
            Some(open) => open.wanted.push((wanted, waiter)),
            None => self.open.push(Open { id, call, batch, others, wanted: vec![(wanted, waiter)] }),
        }
        Given::Waits
    }

    fn wait(&mut self, at: usize, waiter: Waiter<'s>) -> Given<'s> {
        match self.made.get_mut(at) {
            Some(Made { answer: Some(answer), .. }) => Given::Answer(Arc::clone(answer), waiter),
            Some(made) => {
                made.waiters.push(waiter);
                Given::Waits
            }
            None => Given::TooMany(self.most),
        }
    }

    fn make(
        &mut self,
        call: &'s CallOf,
        (arguments, changes): (Map<String, Value>, bool),
        waiters: Vec<Waiter<'s>>,
    ) -> usize {
        let at = self.made.len();
        self.fresh.push((at, Call { target: call.target.clone(), arguments, changes }));
        self.made.push(Made { call, waiters, answer: None });
        at
    }

    /// The calls that are to be made now.
    pub(super) fn take(&mut self) -> Vec<(usize, Call)> {
        for open in std::mem::take(&mut self.open) {
            self.close(open);
        }
        self.under_way += self.fresh.len();
        std::mem::take(&mut self.fresh)
    }

    /// Makes calls of what was joined, each with as many keys as one may have.
    fn close(&mut self, open: Open<'s>) {
        let Open { id, call, batch, others, wanted } = open;
        let (mut keys, mut seen, mut waiters) = (Vec::new(), HashSet::new(), Vec::new());
        let mut wanted = wanted.into_iter().peekable();
        while let Some((values, waiter)) = wanted.next() {
            for value in values {
                if seen.insert(key_of(&value)) {
                    keys.push(value);
                }
            }
            waiters.push(waiter);
            let next = wanted.peek().map_or(usize::MAX, |(values, _)| {
                values.iter().filter(|value| !seen.contains(&key_of(value))).count()
            });
            if keys.len().saturating_add(next) > batch.most {
                let mut arguments = others.clone();
                arguments.insert(batch.argument.clone(), Value::Array(std::mem::take(&mut keys)));
                let at = self.make(call, (arguments, false), std::mem::take(&mut waiters));
                for key in seen.drain() {
                    self.known.insert(format!("{id}\0{key}"), at);
                }
            }
        }
    }

    /// A call has its answer; gives who waits for it.
    pub(super) fn answered(
        &mut self,
        at: usize,
        result: Result<Value, CallError>,
    ) -> Option<(Arc<Answer>, Vec<Waiter<'s>>)> {
        let made = self.made.get_mut(at).filter(|made| made.answer.is_none())?;
        self.under_way = self.under_way.saturating_sub(1);
        let (result, items) = match (&made.call.batch, result) {
            (Some(batch), Ok(value)) => match index(&value, made.call, batch) {
                Ok(items) => (Ok(value), items),
                Err(error) => (Err(error), HashMap::new()),
            },
            (_, result) => (result, HashMap::new()),
        };
        let answer = Arc::new(Answer { result, items });
        made.answer = Some(Arc::clone(&answer));
        Some((answer, std::mem::take(&mut made.waiters)))
    }

    /// Whether something is waited for, or about to be.
    pub(super) fn is_busy(&self) -> bool {
        self.under_way > 0 || !self.fresh.is_empty() || !self.open.is_empty()
    }

    /// What was read is not known any more, since something was changed.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }
}

/// The places of a joined answer's items, by their keys. An answer that has no keys at all is none to what was asked.
fn index(value: &Value, call: &CallOf, batch: &Batch) -> Result<HashMap<String, Vec<usize>>, CallError> {
    let wrong = |message: String| Err(CallError::new("BAD_ANSWER", message));
    let mut items: HashMap<String, Vec<usize>> = HashMap::new();
    let list = match follow(value, &call.select) {
        None | Some(Value::Null) => return Ok(items),
        Some(Value::Array(list)) => list,
        Some(_) => return wrong("the answer to joined calls is no list".into()),
    };
    for (at, item) in list.iter().enumerate() {
        if let Some(key) = item.get(&batch.by) {
            items.entry(key_of(key)).or_default().push(at);
        }
    }
    if items.is_empty() && list.iter().any(|item| !item.is_null()) {
        return wrong(format!("none of the items in the answer to joined calls has its key, `{}`", batch.by));
    }
    Ok(items)
}

/// A key as text; a number and the text of it are the same.
fn key_of(value: &Value) -> String {
    value.as_str().map_or_else(|| expr::canonical(value), str::to_owned)
}

// === impl Answer ===

impl Answer {
    /// What of it is meant for one who waited, handed to `take`.
    pub(super) fn part<T>(
        &self,
        waiter: &Waiter<'_>,
        select: &[String],
        take: impl FnOnce(Result<&Value, &CallError>) -> T,
    ) -> T {
        let value = match &self.result {
            Ok(value) => follow(value, select).unwrap_or(&Value::Null),
            Err(error) => return take(Err(error)),
        };
        let Some(keys) = &waiter.keys else { return take(Ok(value)) };
        let places = keys.iter().filter_map(|key| self.items.get(key)).flatten();
        let mut items = places.filter_map(|at| value.get(*at));
        if is_list(&waiter.field.ty) {
            take(Ok(&Value::Array(items.cloned().collect())))
        } else {
            take(Ok(items.next().unwrap_or(&Value::Null)))
        }
    }
}
