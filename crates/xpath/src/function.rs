//! Functions as items (`XPath` Data Model 3.1 §2.8.1).

use std::rc::Rc;
use std::sync::Arc;

use crate::ast::Inline;
use crate::error::Result;
use crate::eval::{self, Environment, Eval, Focus};
use crate::functions::Args;
use crate::item::{Item, Sequence};
use crate::release::release;
use crate::sequence_type::{SequenceType, Signature};
use crate::types::Type;
use crate::version::Version;

/// A function of the library.
pub(crate) struct Builtin {
    /// With its prefix: `fn`, `map`, `array` or `math`.
    pub(crate) prefix: &'static str,
    pub(crate) local: &'static str,
    /// The version that brought it.
    pub(crate) since: Version,
    /// The last stands for any further ones if it is variadic.
    pub(crate) parameters: Vec<SequenceType>,
    pub(crate) variadic: bool,
    pub(crate) result: SequenceType,
    pub(crate) run: Run,
}

/// What a function of the library does with arguments of its parameters' types.
pub(crate) type Run = fn(&Call<'_>, &mut Args) -> Result<Sequence>;

/// In what a function of the library is called.
pub(crate) struct Call<'a> {
    pub(crate) eval: &'a Eval<'a>,
    /// The context item, its position and how many there are.
    pub(crate) focus: Option<&'a Focus>,
}

/// A function item.
#[derive(Debug)]
pub(crate) enum Function {
    /// One of the library, with so many parameters and the focus where it was named.
    Named(&'static Builtin, usize, Option<Focus>),
    /// `xs:TYPE#1`.
    Constructor(Type),
    /// `function(…) {…}` with the variables around it.
    Inline(Arc<Inline>, Environment),
    /// Another with some of its arguments; `None` for those still to come.
    Partial(Item, Vec<Option<Sequence>>),
    /// Another, whose arguments and result are converted to a signature (`XPath` 3.1 §3.1.5.3).
    Coerced(Item, Arc<Signature>),
}

// === impl Call ===

impl<'a> Call<'a> {
    /// The context item with its position; `XPDY0002` where there is none.
    pub(crate) fn focus(&self) -> Result<&'a Focus> {
        self.focus.ok_or_else(eval::no_item)
    }

    /// The context item.
    pub(crate) fn item(&self) -> Result<&'a Item> {
        Ok(&self.focus()?.item)
    }
}

// === impl Function ===

impl Function {
    /// So many parameters it is made of, those that are given as well.
    pub(crate) fn parameters(&self) -> usize {
        match self {
            Self::Partial(_, given) => given.len(),
            Self::Inline(inline, _) => inline.parameters.len(),
            Self::Named(..) | Self::Constructor(_) | Self::Coerced(..) => 1,
        }
    }

    /// Its number of parameters.
    pub(crate) fn arity(&self) -> usize {
        match self {
            Self::Named(_, arity, _) => *arity,
            Self::Constructor(_) => 1,
            Self::Inline(inline, _) => inline.parameters.len(),
            Self::Partial(_, given) => given.iter().filter(|one| one.is_none()).count(),
            Self::Coerced(_, signature) => signature.parameters.len(),
        }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let nothing = || Item::from(false);
        match self {
            Self::Named(_, _, focus) => release(focus.take().into_iter().map(|focus| focus.item).collect()),
            Self::Partial(of, given) => {
                release(vec![std::mem::replace(of, nothing())]);
                given.drain(..).flatten().for_each(release);
            }
            Self::Coerced(of, _) => release(vec![std::mem::replace(of, nothing())]),
            Self::Constructor(_) | Self::Inline(..) => {}
        }
    }
}

impl From<Function> for Item {
    fn from(value: Function) -> Self {
        Self::Function(Rc::new(value))
    }
}

impl std::fmt::Debug for Builtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}#{}", self.prefix, self.local, self.parameters.len())
    }
}
