//! The Arazzo document (Arazzo 1.1.0; 1.0 is read as well), every field of it, references to `components` put in their
//! places. What it means for an execution is the planner's.

mod action;
mod address;
mod criterion;
mod fields;
mod given;
mod header;
mod object;
mod read;
mod references;
mod step;

pub(crate) use action::LONGEST_WAIT;
pub use action::{Action, Deed, Goal};
pub use address::resolve;
pub(crate) use address::{id_of, step_elsewhere};
pub use criterion::{Criterion, Regex, Test};
pub use given::{Given, Query, QueryKind, Selector};
pub(crate) use header::{is_media_type, is_token, owned};
pub(crate) use object::{Member, Object, is_key, name_of};
pub(crate) use read::Components;
pub use references::Reference;
pub(crate) use references::{of_body, of_outputs, of_parameters};
pub use step::{Body, Output, Parameter, Place, Replacement, Step, Target};

use expr::Pointer;
use serde_json::Value;

use crate::extension::WorkflowExtensions;
use crate::mistakes::Mistake;

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its own address, by which others name it.
    pub own: Option<Box<str>>,
    /// What it is called.
    pub title: Box<str>,
    /// Its version, not the specification's.
    pub version: Box<str>,
    /// What its operations are described by.
    pub sources: Vec<SourceDescription>,
    /// Its workflows.
    pub workflows: Vec<Workflow>,
    /// What workflows' inputs may refer to: `components/inputs`.
    pub schemas: serde_json::Map<String, Value>,
}

/// Something that describes operations or workflows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDescription {
    /// Its name in the document.
    pub name: Box<str>,
    /// Where it is, absolute or to be resolved against the document's address.
    pub url: Box<str>,
    /// What it is, if that is said.
    pub kind: Option<SourceKind>,
    /// The service that answers its operations, if that is said (`x-weir-service`).
    pub service: Option<Box<str>>,
    /// Where it stands.
    pub at: Pointer,
}

/// What describes operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// An `OpenAPI` description.
    OpenApi,
    /// An `AsyncAPI` description.
    AsyncApi,
    /// Another Arazzo document.
    Arazzo,
}

/// A workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// Its name.
    pub id: Box<str>,
    /// What it does, in a line.
    pub summary: Option<Box<str>>,
    /// What it does, at length (`CommonMark`).
    pub description: Option<Box<str>>,
    /// The JSON Schema (2020-12) of its inputs.
    pub inputs: Option<Value>,
    /// Workflows that must be complete before, as they are written.
    pub depends_on: Vec<Box<str>>,
    /// Its steps, in their order; parameters and actions of the workflow are among theirs.
    pub steps: Vec<Step>,
    /// What it gives.
    pub outputs: Vec<Output>,
    /// Extensions: members that begin with `x-`.
    pub extensions: serde_json::Map<String, Value>,
    /// The extensions that are Weir's, read.
    pub weir: WorkflowExtensions,
    /// Where it stands.
    pub at: Pointer,
}

// === impl Document ===

impl Document {
    /// Reads a document; fails with everything that is wrong with it by itself. What it refers to outside is not looked
    /// at.
    pub fn read(value: &Value) -> Result<Self, Vec<Mistake>> {
        match read::document(value) {
            (Some(document), mistakes) if mistakes.is_empty() => Ok(document),
            (_, mistakes) => Err(mistakes),
        }
    }

    /// Reads as much of a document as can be read, and tells everything that is wrong with it by itself: what is left can be
    /// looked at further ([`crate::resolve::unresolved`]), so that all mistakes are told at once.
    pub fn draft(value: &Value) -> (Option<Self>, Vec<Mistake>) {
        read::document(value)
    }

    /// The workflow of this name.
    pub fn workflow(&self, id: &str) -> Option<&Workflow> {
        self.workflows.iter().find(|workflow| &*workflow.id == id)
    }
}

// === impl SourceKind ===

impl SourceKind {
    /// The word of the specification.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenApi => "openapi",
            Self::AsyncApi => "asyncapi",
            Self::Arazzo => "arazzo",
        }
    }
}

#[cfg(test)]
mod tests;
