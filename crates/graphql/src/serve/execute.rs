//! Running a request (October 2021, §6), without making its calls: it says which are to be made, takes their answers, and
//! goes on with what follows from them.

use std::collections::VecDeque;
use std::sync::Arc;

use async_graphql_parser::types::{BaseType, OperationDefinition, Type as TypeRef};
use async_graphql_value::Name;
use serde_json::{Map, Value};

use super::collect::{Collected, Defers, Group, Later, Query, collect};
use super::data::Data;
use super::directives::{Source, follow};
use super::loader::{Answer, Asked, Given, Loader, Waiter};
use super::model::{Kind, Model};
use super::parts::{MAIN, Parts};
use super::template::Filled;
use super::{Call, CallError, coerce};
use crate::guard::{Admitted, Kind as Does};
use crate::http::{Request, Response};
use crate::{Error, Location, Part};

/// So many values may an answer have.
const VALUES: usize = 1_000_000;
/// So many calls may a request need, where nothing else is said.
const CALLS: usize = 1_000;

/// A request that is being run.
#[derive(Debug)]
pub struct Execution<'s> {
    query: Query<'s>,
    variables: Map<String, Value>,
    /// What was asked of the schema itself.
    told: Vec<(Name, Data)>,
    pub(super) nodes: Vec<Node<'s>>,
    pub(super) parts: Parts,
    loader: Loader<'s>,
    /// Fields of a mutation's root, which come one after another.
    pub(super) serial: VecDeque<(usize, Group<'s>)>,
    root: &'s str,
}

/// A value of the answer.
#[derive(Debug)]
pub(super) struct Node<'s> {
    pub(super) parent: usize,
    step: Step<'s>,
    /// It must not be null.
    required: bool,
    state: State,
    /// The part of the answer that it is told with.
    part: usize,
    /// It was told as null.
    pub(super) dead: bool,
}

#[derive(Clone, Copy, Debug)]
enum Step<'s> {
    Root,
    Key(&'s Name),
    Index(usize),
    /// The same object, and what of it comes later.
    Later,
}

#[derive(Debug)]
enum State {
    /// Nothing yet, or null.
    Null,
    Whole(Data),
    Object(Vec<usize>),
    List(Vec<usize>),
}

// === impl Execution ===

impl<'s> Execution<'s> {
    /// The values of a request's variables, and what is wrong with those that have none.
    pub(super) fn variables(
        model: &Model,
        request: &Request,
        admitted: &Admitted,
    ) -> (Map<String, Value>, Vec<Error>) {
        match operation(admitted) {
            Some(operation) => coerce::variables(model, operation, &request.variables),
            None => (Map::new(), vec![Error::new("there is no such operation")]),
        }
    }

    pub(super) fn new(
        model: &'s Model,
        (admitted, variables): (&'s Admitted, Map<String, Value>),
        told: Vec<(Name, Data)>,
    ) -> Self {
        let mut run = Self::empty(model, (admitted, variables), told);
        run.begin(admitted);
        run
    }

    /// The same where fragments that are marked so come later.
    pub(super) fn in_parts(
        model: &'s Model,
        (admitted, variables): (&'s Admitted, Map<String, Value>),
        told: Vec<(Name, Data)>,
    ) -> Self {
        let mut run = Self::empty(model, (admitted, variables), told);
        run.parts.make_room();
        run.begin(admitted);
        run
    }

    fn empty(
        model: &'s Model,
        (admitted, variables): (&'s Admitted, Map<String, Value>),
        told: Vec<(Name, Data)>,
    ) -> Self {
        let query = Query { model, document: &admitted.document };
        let changes = admitted.kind == Does::Mutation;
        let root = model.mutation.as_deref().filter(|_| changes).unwrap_or(&model.query);
        let (nodes, parts, serial) = (Vec::new(), Parts::new(), VecDeque::new());
        let loader = Loader::new(CALLS);
        let mut run = Self { query, variables, told, nodes, parts, loader, serial, root };
        run.node(0, Step::Root, true);
        run
    }

    /// Begins with the fields of the root.
    fn begin(&mut self, admitted: &'s Admitted) {
        let changes = admitted.kind == Does::Mutation;
        // The fields of a mutation come one after another, so that none of them comes later than the next.
        let defers = if changes { Defers::No } else { self.defers() };
        let sets = operation(admitted).map(|operation| &operation.selection_set.node);
        let fields = collect(self.query, (self.root, defers), sets, &self.variables);
        if !changes {
            return self.fields((MAIN, self.root), fields, &Value::Null);
        }
        let mut children = Vec::new();
        for group in fields.groups {
            let node = self.node(MAIN, Step::Key(group.key), false);
            children.push(node);
            self.serial.push_back((node, group));
        }
        self.set(MAIN, State::Object(children));
    }

    fn defers(&self) -> Defers {
        if self.parts.has_room() { Defers::Yes } else { Defers::No }
    }

    /// What of an object comes later.
    fn later(&mut self, node: usize, object: &'s str, later: Vec<Later<'s>>, value: &Value) {
        for Later { label, set } in later {
            let top = self.node(node, Step::Later, false);
            let part = self.parts.open((top, node), self.part(node), label);
            if let Some(top) = self.nodes.get_mut(top) {
                top.part = part;
            }
            let fields = collect(self.query, (object, self.defers()), [set], &self.variables);
            self.fields((top, object), fields, value);
        }
    }

    /// The fields of an object.
    fn fields(&mut self, (node, object): (usize, &'s str), fields: Collected<'s>, value: &Value) {
        let Collected { groups, later } = fields;
        let children: Vec<usize> =
            groups.iter().map(|group| self.node(node, Step::Key(group.key), false)).collect();
        if self.nodes.len() > VALUES {
            if let Some(group) = groups.first() {
                self.too_large(node, group);
            }
            return;
        }
        for (child, group) in children.iter().zip(groups) {
            self.field(*child, object, group, value);
        }
        self.set(node, State::Object(children));
        self.later(node, object, later, value);
    }

    /// So many calls may be made, all in all.
    pub fn limit_calls(&mut self, most: usize) {
        self.loader.limit(most);
    }

    /// The calls that are to be made now. None, and none under way: it is done.
    pub fn take(&mut self) -> Vec<(usize, Call)> {
        while !self.loader.is_busy() {
            let Some((node, group)) = self.serial.pop_front() else { break };
            self.loader.forget();
            self.field(node, self.root, group, &Value::Null);
        }
        self.loader.take()
    }

    /// A call has its answer.
    pub fn answered(&mut self, call: usize, result: Result<Value, CallError>) {
        if let Some((answer, waiters)) = self.loader.answered(call, result) {
            for waiter in waiters {
                self.arrived(&answer, &waiter);
                self.parts.arrived(self.part(waiter.node));
            }
        }
    }

    /// The answer, of what has come until now.
    pub fn finish(mut self) -> Response<Data> {
        let data = self.fold(MAIN).unwrap_or(Data::Null);
        Response { errors: self.parts.errors(MAIN), data: Some(data) }
    }

    fn arrived(&mut self, answer: &Answer, waiter: &Waiter<'s>) {
        let Source::Call(call) = &waiter.field.source else { return };
        answer.part(waiter, &call.select, |part| match part {
            Ok(value) => self.complete(waiter.node, &waiter.field.ty, &waiter.group, value),
            Err(error) => {
                self.fail(waiter.node, &waiter.group, Error::new(&*error.message).coded(error.code));
            }
        });
    }

    /// A field of an object.
    fn field(&mut self, node: usize, object: &str, group: Group<'s>, parent: &Value) {
        let Some(first) = group.fields.first() else { return };
        let name = first.node.name.node.as_str();
        if name == "__typename" {
            return self.set(node, State::Whole(Data::Leaf(Value::from(object))));
        }
        if name == "__schema" || name == "__type" {
            let told = self.told.iter().find(|(key, _)| key == group.key);
            let told = told.map_or(Data::Null, |(_, data)| data.clone());
            return self.set(node, State::Whole(told));
        }
        let Some(field) = self.query.model.kind(object).and_then(|kind| kind.field(name)) else { return };
        if let Some(node) = self.nodes.get_mut(node) {
            node.required = !field.ty.nullable;
        }
        let group = Arc::new(group);
        match &field.source {
            Source::Member(path) => {
                self.complete(node, &field.ty, &group, follow(parent, path).unwrap_or(&Value::Null));
            }
            Source::Call(_) => self.call(Waiter::new(node, field, group), parent, object),
        }
    }

    /// A field that is a call.
    fn call(&mut self, waiter: Waiter<'s>, parent: &Value, object: &str) {
        let (node, field, group) = (waiter.node, waiter.field, Arc::clone(&waiter.group));
        let (Source::Call(call), Some(first)) = (&field.source, group.fields.first()) else { return };
        let arguments = match coerce::arguments(self.query.model, (field, &first.node), &self.variables) {
            Ok(arguments) => arguments,
            Err(message) => return self.fail(node, &group, Error::new(message).coded("BAD_USER_INPUT")),
        };
        let arguments = match &call.arguments {
            None => arguments,
            Some(template) => match template.fill(&arguments, parent) {
                Filled::Value(Value::Object(arguments)) => arguments,
                _ => return self.complete(node, &field.ty, &group, &Value::Null),
            },
        };
        let changes = self.query.model.mutation.as_deref() == Some(object);
        match self.loader.ask(Asked { call, arguments, changes }, waiter) {
            Given::Waits => self.parts.waits(self.part(node)),
            Given::Answer(answer, waiter) => self.arrived(&answer, &waiter),
            Given::TooMany(most) => {
                let error =
                    Error::new(format!("the request needs more than {most} calls")).coded("TOO_MANY_CALLS");
                self.fail(node, &group, error.hinted("ask for shorter lists"));
            }
        }
    }

    /// Makes of a value what its type says (§6.4.3, `CompleteValue`).
    fn complete(&mut self, node: usize, ty: &'s TypeRef, group: &Arc<Group<'s>>, value: &Value) {
        if value.is_null() {
            if !ty.nullable {
                let error = Error::new(format!("there is no value, and the type `{ty}` does not allow that"));
                self.fail(node, group, error.coded("NULL_VALUE"));
            }
            return;
        }
        match (&ty.base, value) {
            (BaseType::List(_), Value::Array(items))
                if self.nodes.len().saturating_add(items.len()) > VALUES =>
            {
                self.too_large(node, group);
            }
            (BaseType::List(inner), Value::Array(items)) => {
                let children: Vec<usize> =
                    (0..items.len()).map(|at| self.node(node, Step::Index(at), !inner.nullable)).collect();
                for (child, item) in children.iter().zip(items) {
                    self.complete(*child, inner, group, item);
                }
                self.set(node, State::List(children));
            }
            (BaseType::List(_), _) => self.mistyped(node, group, "the value is no list"),
            (BaseType::Named(name), value) => match self.query.model.kind(name) {
                Some(Kind::Scalar { .. }) => match coerce::answered(name, value) {
                    Some(value) => self.set(node, State::Whole(Data::Leaf(value))),
                    None => self.mistyped(node, group, &format!("the value is no `{name}`")),
                },
                Some(Kind::Enum(items)) if items.iter().any(|item| value.as_str() == Some(&item.name)) => {
                    self.set(node, State::Whole(Data::Leaf(value.clone())));
                }
                Some(Kind::Enum(_)) => self.mistyped(node, group, &format!("the value is none of `{name}`")),
                Some(Kind::Object { .. }) => self.object(node, name, group, value),
                _ => self.abstracted(node, name, group, value),
            },
        }
    }

    /// A value of an interface or a union.
    fn abstracted(&mut self, node: usize, name: &'s str, group: &Arc<Group<'s>>, value: &Value) {
        if let Some(object) = self.object_of(name, value) {
            return self.object(node, object, group, value);
        }
        let message =
            format!("which of the objects of `{name}` the value is, is not said: `__typename` is missing");
        self.mistyped(node, group, &message);
    }

    fn object(&mut self, node: usize, object: &'s str, group: &Arc<Group<'s>>, value: &Value) {
        if !value.is_object() && !value.is_string() && !value.is_number() {
            return self.mistyped(node, group, &format!("the value is no object of `{object}`"));
        }
        let sets = group.fields.iter().map(|field| &field.node.selection_set.node);
        let fields = collect(self.query, (object, self.defers()), sets, &self.variables);
        self.fields((node, object), fields, value);
    }

    /// The object that a value of an abstract type is.
    fn object_of(&self, name: &str, value: &Value) -> Option<&'s str> {
        let possible = self.query.model.possible(name);
        match (value.get("__typename").and_then(Value::as_str), possible) {
            (Some(told), _) => possible.iter().find(|name| *name == told).map(String::as_str),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    fn too_large(&mut self, node: usize, group: &Group<'s>) {
        let error = Error::new(format!("the answer has more than {VALUES} values")).coded("ANSWER_TOO_LARGE");
        self.fail(node, group, error.hinted("ask for shorter lists"));
    }

    fn mistyped(&mut self, node: usize, group: &Arc<Group<'s>>, message: &str) {
        self.fail(node, group, Error::new(message).coded("BAD_ANSWER"));
    }

    /// A field has an error instead of a value.
    fn fail(&mut self, node: usize, group: &Group<'s>, error: Error) {
        let locations = group.fields.iter().take(1).map(|field| Location::from(field.pos)).collect();
        let error = Error { locations, path: self.path(node), ..error };
        self.parts.fails(self.part(node), error);
        self.set(node, State::Null);
    }

    /// The part of the answer that a value is told with.
    fn part(&self, node: usize) -> usize {
        self.nodes.get(node).map_or(MAIN, |node| node.part)
    }

    pub(super) fn path(&self, mut node: usize) -> Vec<Part> {
        let mut path = Vec::new();
        while let Some(found) = self.nodes.get(node) {
            match found.step {
                Step::Root => break,
                Step::Key(name) => path.push(Part::Key(name.to_string())),
                Step::Index(at) => path.push(Part::Index(at)),
                Step::Later => {}
            }
            node = found.parent;
        }
        path.reverse();
        path
    }

    fn node(&mut self, parent: usize, step: Step<'s>, required: bool) -> usize {
        let part = self.part(parent);
        self.nodes.push(Node { parent, step, required, state: State::Null, part, dead: false });
        self.nodes.len() - 1
    }

    fn set(&mut self, node: usize, state: State) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.state = state;
        }
    }

    /// A value is nothing after all.
    pub(super) fn clear(&mut self, node: usize) {
        self.set(node, State::Null);
    }

    /// The data of a value; `None` where it is null, or where something within must not be null and is (§6.4.4).
    pub(super) fn fold(&mut self, node: usize) -> Option<Data> {
        let data = self.folded(node);
        if let Some(node) = self.nodes.get_mut(node).filter(|_| data.is_none()) {
            node.dead = true;
        }
        data
    }

    fn folded(&mut self, node: usize) -> Option<Data> {
        let state = std::mem::replace(&mut self.nodes.get_mut(node)?.state, State::Null);
        match state {
            State::Null => None,
            State::Whole(data) => Some(data),
            State::List(children) => {
                let items = children.into_iter().map(|child| self.held(child));
                items.collect::<Option<_>>().map(Data::List)
            }
            State::Object(children) => {
                let members = children.into_iter().map(|child| match self.nodes.get(child)?.step {
                    Step::Key(name) => Some((name.clone(), self.held(child)?)),
                    Step::Root | Step::Index(_) | Step::Later => None,
                });
                members.collect::<Option<_>>().map(Data::Object)
            }
        }
    }

    /// The data of a member or an item; `None` where what holds it cannot stand.
    fn held(&mut self, child: usize) -> Option<Data> {
        let required = self.nodes.get(child)?.required;
        match self.fold(child) {
            None if required => None,
            data => Some(data.unwrap_or(Data::Null)),
        }
    }
}

/// The operation that is run.
pub(super) fn operation(admitted: &Admitted) -> Option<&OperationDefinition> {
    let mut operations = admitted.document.operations.iter();
    let found = operations.find(|(name, _)| name.map(Name::as_str) == admitted.operation.as_deref());
    found.map(|(_, operation)| &operation.node)
}
