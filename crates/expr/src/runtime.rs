//! Runtime expressions (Arazzo 1.1.0, "Runtime Expressions"): the names of what is known while a flow runs.

mod parse;

use std::fmt;

use crate::pointer::{Pointer, PointerError};

pub(crate) use parse::in_condition;

/// An expression, as its grammar has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// `$url`: where the step's request went.
    Url,
    /// `$method`: the request's method.
    Method,
    /// `$statusCode`: the answer's status.
    StatusCode,
    /// `$self`: the document's own address.
    Own,
    /// `$request.…`: of the step's request.
    Request(Source),
    /// `$response.…`: of the answer to it.
    Response(Source),
    /// `$message.…`: of a message on a channel.
    Message(Source),
    /// `$inputs.…`: an input of the workflow.
    Input(Named),
    /// `$outputs.…`: an output of the workflow.
    Output(Named),
    /// `$steps.STEP.outputs.…`: an output of a step.
    Step {
        /// The step's id.
        step: Box<str>,
        /// The output.
        output: Named,
    },
    /// `$workflows.WORKFLOW.inputs.…` or `….outputs.…`: of another workflow.
    Workflow {
        /// The workflow's id.
        workflow: Box<str>,
        /// Which side of it.
        side: Side,
        /// The input or output.
        field: Named,
    },
    /// `$workflows.WORKFLOW.steps.STEP.outputs.…`: an output of another workflow's step. The grammar lacks it; the
    /// specification names such steps in `dependsOn`, and its own tests have it.
    WorkflowStep {
        /// The workflow's id.
        workflow: Box<str>,
        /// The step's id.
        step: Box<str>,
        /// The output.
        output: Named,
    },
    /// `$sourceDescriptions.NAME.…`: an operation or workflow of a source, or a field of its description.
    SourceDescription {
        /// The source's name.
        source: Box<str>,
        /// The operation, workflow or field, as it is written.
        reference: Box<str>,
    },
    /// `$components.KIND.NAME`: something that is declared once.
    Component {
        /// What it is.
        kind: ComponentKind,
        /// Its key.
        name: Box<str>,
    },
}

/// A part of a request, an answer or a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A field of the header, in lower case: names do not depend on case.
    Header(Box<str>),
    /// A parameter of the query.
    Query(Box<str>),
    /// A parameter of the path.
    Path(Box<str>),
    /// The body, or what a pointer finds in it.
    Body(Pointer),
    /// A message's payload, or what a pointer finds in it.
    Payload(Pointer),
}

/// A value by its name. The name may have dots (`identifier` of the grammar); where no value has the whole name, what
/// stands behind a dot is the member of a value whose name ends there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Named {
    /// The name; empty for all values of a step, which the grammar lacks and the specification's own tests have
    /// (`$steps.STEP.outputs`).
    pub name: Box<str>,
    /// The way within the value.
    pub pointer: Pointer,
}

/// A side of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// What it is given.
    Inputs,
    /// What it gives.
    Outputs,
}

/// What can be declared once and used by reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ComponentKind {
    /// A parameter.
    Parameters,
    /// An action on success.
    SuccessActions,
    /// An action on failure.
    FailureActions,
}

/// Why a text is no runtime expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It begins with none of the grammar's words; and what may have been meant.
    #[error(
        "`{0}` is no runtime expression: one begins with `$url`, `$method`, `$statusCode`, `$self`, `$request.`, `$response.`, \
         `$message.`, `$inputs.`, `$outputs.`, `$steps.`, `$workflows.`, `$sourceDescriptions.` or `$components.`{1}"
    )]
    Start(Box<str>, &'static str),
    /// After the beginning something else must follow.
    #[error("`{0}`: here must follow {1}")]
    Follows(Box<str>, &'static str),
    /// Its JSON Pointer is none.
    #[error("`{0}`: {1}")]
    Pointer(Box<str>, PointerError),
}

// === impl Expression ===

impl Expression {
    /// Reads an expression that is the whole text.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        parse::whole(text)
    }

    /// Whether a text wants to be an expression: it begins with `$` and a letter. Others are literals, such as `$5`.
    pub fn is_meant(text: &str) -> bool {
        matches!(text.as_bytes(), [b'$', letter, ..] if letter.is_ascii_alphabetic())
    }

    /// The value that it names, if it is one of a step's outputs: the step's id and the output.
    pub fn of_step(&self) -> Option<(&str, &Named)> {
        if let Self::Step { step, output } = self { Some((step, output)) } else { None }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("$url"),
            Self::Method => f.write_str("$method"),
            Self::StatusCode => f.write_str("$statusCode"),
            Self::Own => f.write_str("$self"),
            Self::Request(source) => write!(f, "$request.{source}"),
            Self::Response(source) => write!(f, "$response.{source}"),
            Self::Message(source) => write!(f, "$message.{source}"),
            Self::Input(named) => write!(f, "$inputs.{named}"),
            Self::Output(named) => write!(f, "$outputs.{named}"),
            Self::Step { step, output } => write!(f, "$steps.{step}.outputs{}{output}", output.dot()),
            Self::Workflow { workflow, side, field } => {
                write!(f, "$workflows.{workflow}.{}.{field}", side.as_str())
            }
            Self::WorkflowStep { workflow, step, output } => {
                write!(f, "$workflows.{workflow}.steps.{step}.outputs{}{output}", output.dot())
            }
            Self::SourceDescription { source, reference } => {
                write!(f, "$sourceDescriptions.{source}.{reference}")
            }
            Self::Component { kind, name } => write!(f, "$components.{}.{name}", kind.as_str()),
        }
    }
}

// === impl Source ===

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header.{name}"),
            Self::Query(name) => write!(f, "query.{name}"),
            Self::Path(name) => write!(f, "path.{name}"),
            Self::Body(pointer) => write!(f, "body{}", Fragment(pointer)),
            Self::Payload(pointer) => write!(f, "payload{}", Fragment(pointer)),
        }
    }
}

// === impl Named ===

impl Named {
    /// A value by its name alone.
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), pointer: Pointer::default() }
    }

    /// Whether it is no single value but all that there are.
    pub fn is_all(&self) -> bool {
        self.name.is_empty()
    }

    /// What stands before the name.
    fn dot(&self) -> &'static str {
        if self.is_all() { "" } else { "." }
    }

    /// Every reading of the name, the whole name first: a name, and the members on the way behind it.
    pub fn readings(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        let cuts = self.name.rmatch_indices('.').map(|(at, _)| at);
        std::iter::once(self.name.len()).chain(cuts).map(|at| {
            let (name, members) = self.name.split_at_checked(at).unwrap_or((&self.name, ""));
            (name, members.split('.').skip(1))
        })
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, Fragment(&self.pointer))
    }
}

// === impl Side ===

impl Side {
    /// The word of the grammar.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Outputs => "outputs",
        }
    }
}

// === impl ComponentKind ===

impl ComponentKind {
    /// The word of the grammar.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::SuccessActions => "successActions",
            Self::FailureActions => "failureActions",
        }
    }
}

/// A pointer behind its `#`; nothing for the whole value.
struct Fragment<'p>(&'p Pointer);

impl fmt::Display for Fragment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_root() { Ok(()) } else { write!(f, "#{}", self.0) }
    }
}

#[cfg(test)]
mod tests;
