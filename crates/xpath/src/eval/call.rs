//! Calls of functions (`XPath` 3.1 §3.1.5, §3.2.2).

use std::rc::Rc;
use std::sync::Arc;

use super::{Environment, Eval, Focus, Scope, structure};
use crate::ast::{Expr, Inline};
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::function::{Builtin, Call, Function};
use crate::functions::Args;
use crate::item::{Item, Sequence, atomized, one};
use crate::sequence_type::{SequenceType, Signature};
use crate::types::Type;
use crate::{cast, convert};

// === impl Eval ===

impl Eval<'_> {
    /// `name(a, b)`.
    pub(super) fn called(
        &self,
        builtin: &'static Builtin,
        arguments: &[Option<Expr>],
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        match all_given(self.arguments(arguments, scope)?) {
            Ok(given) => self.run(builtin, scope.focus, given),
            Err(given) => {
                let function = self.named(builtin, arguments.len(), scope);
                Ok(one(Item::from(Function::Partial(function.into(), given))))
            }
        }
    }

    fn arguments(&self, arguments: &[Option<Expr>], scope: &Scope<'_>) -> Result<Vec<Option<Sequence>>> {
        let each = arguments.iter();
        each.map(|argument| argument.as_ref().map(|argument| self.evaluate(argument, scope)).transpose())
            .collect()
    }

    /// Calls a function of the library.
    fn run(&self, builtin: &Builtin, focus: Option<&Focus>, given: Vec<Sequence>) -> Result<Sequence> {
        let mut arguments = Vec::with_capacity(given.len());
        for (index, argument) in given.into_iter().enumerate() {
            let kind = builtin.parameters.get(index).or(builtin.parameters.last());
            let argument = match kind {
                Some(kind) => convert::convert(argument, kind, &Parameter(builtin.local, index), self)?,
                None => argument,
            };
            // what is one value may be read to its end; of many each function takes the steps off itself
            if let [Item::Atomic(value)] = argument.as_slice() {
                self.charge(value.steps())?;
            }
            arguments.push(argument);
        }
        let items = (builtin.run)(&Call { eval: self, focus }, &mut Args(arguments))?;
        self.charge(items.len())?;
        Ok(items)
    }

    /// `xs:TYPE(a)`.
    pub(super) fn constructed(
        &self,
        kind: Type,
        argument: Option<&Expr>,
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        if let Some(argument) = argument {
            return self.construct(kind, &self.evaluate(argument, scope)?);
        }
        let function = Item::from(Function::Constructor(kind));
        Ok(one(Item::from(Function::Partial(function, vec![None]))))
    }

    fn construct(&self, kind: Type, argument: &[Item]) -> Result<Sequence> {
        match atomized(argument, self)?.as_slice() {
            [] => Ok(Vec::new()),
            [value] => Ok(one(cast::cast(value, kind, self)?)),
            several => {
                let (name, many) = (kind.name(), several.len());
                Err(Error::types(format_args!("`xs:{name}()` takes one value, not {many}")))
            }
        }
    }

    /// `name#1`: it keeps the focus where it is named.
    pub(super) fn named(&self, builtin: &'static Builtin, arity: usize, scope: &Scope<'_>) -> Function {
        debug_assert!(builtin.since <= self.version);
        Function::Named(builtin, arity, scope.focus.cloned())
    }

    /// `a(b)` where `a` is a function, a map or an array.
    pub(super) fn dynamic(
        &self,
        function: &Expr,
        arguments: &[Option<Expr>],
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        let mut callee = self.evaluate(function, scope)?;
        let many = callee.len();
        let callee = callee.pop().filter(|_| many == 1);
        let callee =
            callee.ok_or_else(|| Error::types(format_args!("a function is called, not {many} items")))?;
        match all_given(self.arguments(arguments, scope)?) {
            Ok(given) => self.call(&callee, given),
            Err(given) => {
                arity_is(&callee, given.len())?;
                Ok(one(Item::from(self.partial(callee, given)?)))
            }
        }
    }

    /// A function with some of its arguments; that of one which has some already has those as well.
    fn partial(&self, callee: Item, given: Vec<Option<Sequence>>) -> Result<Function> {
        let (inner, bound) = match &callee {
            Item::Function(function) => match &**function {
                Function::Partial(inner, bound) => (inner.clone(), bound),
                _ => return Ok(Function::Partial(callee, given)),
            },
            _ => return Ok(Function::Partial(callee, given)),
        };
        let mut given = given.into_iter();
        let mut all = Vec::with_capacity(bound.len());
        for one in bound {
            self.charge(one.as_ref().map_or(1, Vec::len))?;
            all.push(one.clone().or_else(|| given.next().flatten()));
        }
        Ok(Function::Partial(inner, all))
    }

    /// Calls a function item: a function, a map or an array. The arguments are converted to its parameters.
    pub(crate) fn call(&self, callee: &Item, given: Vec<Sequence>) -> Result<Sequence> {
        arity_is(callee, given.len())?;
        self.charge(1)?;
        let items = self.within(|| match callee {
            Item::Function(function) => self.call_function(function, given),
            Item::Map(map) => Ok(map.get(&key(&given, self)?).cloned().unwrap_or_default()),
            Item::Array(members) => structure::member(members, &key(&given, self)?).cloned(),
            other => Err(Error::types(format_args!("{} cannot be called", other.described()))),
        })?;
        self.charge(items.len())?;
        Ok(items)
    }

    fn call_function(&self, function: &Rc<Function>, given: Vec<Sequence>) -> Result<Sequence> {
        match &**function {
            Function::Named(builtin, _, focus) => self.run(builtin, focus.as_ref(), given),
            Function::Constructor(kind) => self.construct(*kind, given.first().map_or(&[], Vec::as_slice)),
            Function::Inline(inline, environment) => self.call_inline(inline, environment, given),
            Function::Partial(callee, bound) => {
                let mut open = given.into_iter();
                let mut all = Vec::with_capacity(bound.len());
                for one in bound {
                    self.charge(one.as_ref().map_or(0, Vec::len))?;
                    all.push(one.clone().unwrap_or_else(|| open.next().unwrap_or_default()));
                }
                self.call(callee, all)
            }
            Function::Coerced(callee, signature) => self.call_coerced(callee, signature, given),
        }
    }

    fn call_inline(
        &self,
        inline: &Arc<Inline>,
        around: &Environment,
        given: Vec<Sequence>,
    ) -> Result<Sequence> {
        let mut environment = around.clone();
        for ((name, kind), value) in inline.parameters.iter().zip(given) {
            let value = convert::convert(value, kind, &format_args!("`${name}`"), self)?;
            environment = environment.with(name, value);
        }
        let scope = Scope { focus: None, environment: &environment };
        let result = self.evaluate(&inline.body, &scope)?;
        if inline.result == SequenceType::ANY {
            return Ok(result);
        }
        convert::convert(result, &inline.result, &"what the function gives", self)
    }

    fn call_coerced(&self, callee: &Item, signature: &Signature, given: Vec<Sequence>) -> Result<Sequence> {
        let mut arguments = Vec::with_capacity(given.len());
        for (value, kind) in given.into_iter().zip(&signature.parameters) {
            arguments.push(convert::convert(value, kind, &"an argument", self)?);
        }
        let result = self.call(callee, arguments)?;
        convert::convert(result, &signature.result, &"what the function gives", self)
    }
}

/// A parameter, as errors name it.
struct Parameter(&'static str, usize);

impl std::fmt::Display for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "argument {} of `{}()`", self.1 + 1, self.0)
    }
}

/// All arguments, or as they are if some are still to come.
fn all_given(given: Vec<Option<Sequence>>) -> Result<Vec<Sequence>, Vec<Option<Sequence>>> {
    if given.iter().any(Option::is_none) { Err(given) } else { Ok(given.into_iter().flatten().collect()) }
}

/// Fails if a function does not take so many arguments.
fn arity_is(callee: &Item, given: usize) -> Result<()> {
    let takes = match callee {
        Item::Function(function) => function.arity(),
        Item::Map(_) | Item::Array(_) => 1,
        other => return Err(Error::types(format_args!("{} cannot be called", other.described()))),
    };
    if takes == given {
        return Ok(());
    }
    Err(Error::types(format_args!("the function takes {takes} arguments, not {given}")))
}

/// The key that a map or an array is called with.
fn key(given: &[Sequence], eval: &Eval<'_>) -> Result<Atomic> {
    let values = atomized(given.first().map(Vec::as_slice).unwrap_or_default(), eval)?;
    match <[_; 1]>::try_from(values) {
        Ok([key]) => {
            eval.charge(key.steps())?;
            Ok(key)
        }
        Err(values) => Err(Error::types(format_args!("one key is looked up, not {}", values.len()))),
    }
}
