//! CEL (Common Expression Language) over what is known while a flow runs: conditions and values, within bounds.
//!
//! Names are those of runtime expressions without the `$`: `inputs.id`, `steps.user.outputs.id`, `workflows.w.outputs.x`,
//! `outputs.x`, `response.body.items`, `response.header["x-rate"]`, `request.query.q`, `statusCode`, `url`, `method`. A name that CEL
//! cannot spell stands in brackets: `steps["my-step"].outputs.id`. Any other name is a local value, such as `item` of a `for-each`.
//!
//! CEL's standard functions and macros are known, and of text `join`, `split`, `replace`, `trim`, `lowerAscii` and
//! `upperAscii`. Whole numbers stay whole; with a fraction they make a fraction (`1 + 1.5`). What has no value is an error, which
//! `has(…)` avoids and the other side of `||` or `&&` may decide; `null` is a value. The order in which a macro
//! goes through an object's keys is open; an object that comes out has its members in the order of the literal that made it, or of the
//! object that was read.
//!
//! What bounds it: the text is at most [`TEXT`] bytes, and nests at most [`DEEPEST`] levels (a chain of operators counts as
//! nesting, as does a macro twice), of brackets half as many. An evaluation may do [`WORK`] steps, where a step is about one node of the expression evaluated, one value or 32
//! bytes of text looked at or copied; comprehensions pay for their whole range before they begin. Patterns run in linear time.

mod function;
mod order;
mod path;
mod read;
mod rewrite;
mod value;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use cel::{Context, Env, ExecutionError, IdedExpr};
use serde_json::Value;

use crate::runtime::{Expression, Named};
use function::Budget;
use order::Orders;

/// So long may a text be, in bytes.
pub const TEXT: usize = 16 * 1024;
/// So deep may a text nest.
pub const DEEPEST: usize = 128;
/// So many steps may an evaluation do.
pub const WORK: u64 = 2_000_000;

/// An expression that was read.
#[derive(Clone)]
pub struct Cel {
    text: Box<str>,
    tree: Arc<IdedExpr>,
    references: Arc<[Reference]>,
    /// Of its object literals.
    names: Arc<[order::Names]>,
}

/// Something that an expression reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// What a runtime expression names.
    Known(Expression),
    /// A local value, such as `item`, and the way within it.
    Local(Named),
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {position}: {message}")]
pub struct CelError {
    /// What is wrong.
    pub message: Box<str>,
    /// Characters before it.
    pub position: usize,
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CelFailure {
    /// What it reads has none.
    #[error("`{0}` has no value")]
    Missing(Box<str>),
    /// It does more than is allowed.
    #[error("`{0}` takes more than {WORK} steps")]
    Work(Box<str>),
    /// It is not what was asked for.
    #[error("`{0}` gives {1}, not {2}")]
    Type(Box<str>, &'static str, &'static str),
    /// It fails.
    #[error("`{0}`: {1}")]
    Failed(Box<str>, Box<str>),
}

// === impl Cel ===

impl Cel {
    /// Reads an expression.
    pub fn compile(text: &str) -> Result<Self, CelError> {
        let tree = read::tree(text)?;
        let rewrite::Ready { tree, references, names } = rewrite::tree(text, tree)?;
        let (references, names) = (references.into(), names.into());
        Ok(Self { text: text.into(), tree: Arc::new(tree), references, names })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it reads, each once; the variables of its own macros are not among them.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// The runtime expressions of what it reads.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.references.iter().filter_map(|reference| match reference {
            Reference::Known(expression) => Some(expression),
            Reference::Local(_) => None,
        })
    }

    /// The names of the local values that it reads.
    pub fn locals(&self) -> impl Iterator<Item = &str> {
        self.references.iter().filter_map(|reference| match reference {
            Reference::Known(_) => None,
            Reference::Local(named) => Some(&*named.name),
        })
    }

    /// What it is now; `lookup` gives the value of what it reads and is asked for nothing else. Types are JSON's: timestamps and
    /// durations become text, bytes base64.
    pub fn evaluate<'v>(
        &self,
        lookup: &dyn Fn(&Reference) -> Option<Cow<'v, Value>>,
    ) -> Result<Value, CelFailure> {
        let values: Vec<Option<Cow<'v, Value>>> = self.references.iter().map(lookup).collect();
        let budget = Budget::new(WORK);
        let env = environment();
        let mut context = Context::with_env(Arc::clone(&env));
        function::declare(&mut context, &budget);
        for (index, value) in values.iter().enumerate() {
            context.add_variable_as_val(rewrite::presence(index), value::of_bool(value.is_some()));
            if let Some(value) = value {
                let bound = value::of_json(value, &budget).ok_or_else(|| self.work())?;
                context.add_variable_as_val(rewrite::variable(index), bound);
            }
        }
        let found = cel::Value::resolve_val(&self.tree, &context);
        if budget.is_spent() {
            return Err(self.work());
        }
        let found = found.map_err(|error| self.failure(&error))?;
        if !budget.take(value::weight(found.as_ref(), budget.left())) {
            return Err(self.work());
        }
        value::to_json(found.as_ref(), &env, &Orders::new(&self.names, &values))
            .map_err(|what| CelFailure::Failed(self.text.clone(), what.into()))
    }

    /// Whether it is true; fails if it is anything but true or false.
    pub fn passes<'v>(
        &self,
        lookup: &dyn Fn(&Reference) -> Option<Cow<'v, Value>>,
    ) -> Result<bool, CelFailure> {
        match self.evaluate(lookup)? {
            Value::Bool(passes) => Ok(passes),
            other => Err(CelFailure::Type(self.text.clone(), value::name_of(&other), "true or false")),
        }
    }

    fn work(&self) -> CelFailure {
        CelFailure::Work(self.text.clone())
    }

    fn failure(&self, error: &ExecutionError) -> CelFailure {
        if let ExecutionError::UndeclaredReference(name) = error {
            let missing = rewrite::index_of(name).and_then(|index| self.references.get(index));
            if let Some(reference) = missing {
                return CelFailure::Missing(reference.to_string().into());
            }
        }
        // Some errors print the values that they are about.
        let message: String = error.to_string().chars().take(300).collect();
        CelFailure::Failed(self.text.clone(), message.into())
    }
}

impl fmt::Debug for Cel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cel").field(&self.text).finish()
    }
}

impl PartialEq for Cel {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Cel {}

// === impl Reference ===

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(expression) => expression.fmt(f),
            Self::Local(named) => named.fmt(f),
        }
    }
}

/// CEL's own functions, without optional values and without patterns, which have bounds of ours.
fn environment() -> Arc<Env> {
    static ENVIRONMENT: std::sync::OnceLock<Arc<Env>> = std::sync::OnceLock::new();
    let new = || Arc::new(Env::default().with_optional_support(false).with_stdlib());
    Arc::clone(ENVIRONMENT.get_or_init(new))
}

#[cfg(test)]
mod tests;
