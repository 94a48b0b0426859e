//! A schema that is served from calls: fields are members of what calls answered, or calls themselves. A request is run as
//! the fewest calls that its dependencies allow: what does not depend on another goes out together, equal calls are made
//! once, and calls by keys are joined into one where the schema says how.
//!
//! `async-graphql` validates queries and tells the schema. Running them is done here: its dynamic schemas resolve the
//! fields of an object one after another and have no place for an error but the whole answer.

mod checker;
mod coerce;
mod collect;
mod data;
mod defer;
mod directives;
mod execute;
mod loader;
mod merge;
mod model;
mod openapi;
mod parts;
mod run;
mod sdl;
mod stored;
mod template;
#[cfg(test)]
mod tests;
mod values;

use std::fmt;

use async_graphql_value::Name;
use serde_json::{Map, Value};

use crate::Error;
use crate::guard::{Admitted, Kind};
use crate::http::{Request, Response};

pub use data::Data;
pub use directives::Target;
pub use execute::Execution;
pub use openapi::sdl_of;
pub use parts::{Deferred, Piece};
pub use run::{Pieces, Resolve, run};
pub use stored::{Found, Stored, Wrong};

/// A schema, and where its fields come from.
pub struct Schema {
    model: model::Model,
    checker: checker::Checker,
}

/// What was asked of the schema itself, by the names that it has in the answer.
type Told = Vec<(Name, Data)>;

/// A mistake in a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// What a field calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Need<'s> {
    /// What is called.
    pub target: &'s Target,
    /// The names of the parameters that it is given.
    pub gives: Vec<&'s str>,
    /// The field and its place.
    pub field: Mistake,
}

/// A call that a request needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is called.
    pub target: Target,
    /// The values of its parameters, by their names; `body` is the body.
    pub arguments: Map<String, Value>,
    /// Whether it stands at the root of a mutation: it is never made for another's sake.
    pub changes: bool,
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// In words, for the caller.
    pub message: String,
    /// Its name.
    pub code: &'static str,
}

// === impl Schema ===

impl Schema {
    /// Reads a schema from its SDL; every mistake is named.
    pub fn read(sdl: &str) -> Result<Self, Vec<Mistake>> {
        Self::of(sdl::read(sdl, sdl::Whose::Own)?)
    }

    /// Reads the schema of another server, against which queries to it are checked.
    pub fn foreign(sdl: &str) -> Result<Self, Vec<Mistake>> {
        Self::of(sdl::read(sdl, sdl::Whose::Foreign)?)
    }

    fn of(model: model::Model) -> Result<Self, Vec<Mistake>> {
        let checker = checker::Checker::of(&model).map_err(|mistake| vec![mistake])?;
        Ok(Self { model, checker })
    }

    /// What its fields call.
    pub fn needs(&self) -> impl Iterator<Item = Need<'_>> {
        self.model.needs()
    }

    /// As SDL, without what says where fields come from.
    pub fn sdl(&self) -> String {
        self.checker.sdl()
    }

    /// Begins to run a request that a guard has let pass. The error is the answer to one that cannot be run.
    pub fn start<'s>(
        &'s self,
        request: &Request,
        admitted: &'s Admitted,
    ) -> Result<Execution<'s>, Response<Data>> {
        let (variables, told) = self.prepare(request, admitted)?;
        Ok(Execution::new(&self.model, (admitted, variables), told))
    }

    /// The same for an answer that comes piece by piece, where the request says so.
    pub fn start_in_parts<'s>(
        &'s self,
        request: &Request,
        admitted: &'s Admitted,
    ) -> Result<Execution<'s>, Response<Data>> {
        let (variables, told) = self.prepare(request, admitted)?;
        Ok(Execution::in_parts(&self.model, (admitted, variables), told))
    }

    /// Validates a request, and tells it what it asks of the schema itself.
    fn check(
        &self,
        operation: Option<&str>,
        variables: &Map<String, Value>,
        admitted: &Admitted,
    ) -> Result<Told, Vec<Error>> {
        let told = self.checker.check(operation, variables, admitted)?;
        merge::check(&self.model, &admitted.document)?;
        values::check(&self.model, &admitted.document)?;
        Ok(told)
    }

    /// The values of a request's variables, and what it is told of the schema.
    fn prepare(
        &self,
        request: &Request,
        admitted: &Admitted,
    ) -> Result<(Map<String, Value>, Told), Response<Data>> {
        let refused = |errors| Response { errors, data: None };
        if admitted.kind == Kind::Subscription {
            let error = Error::new("this schema has no subscriptions").coded("GRAPHQL_VALIDATION_FAILED");
            let place = execute::operation(admitted).map(|operation| operation.selection_set.pos);
            return Err(Response::of_error(place.into_iter().fold(error, Error::at)));
        }
        let (variables, wrong) = Execution::variables(&self.model, request, admitted);
        let checked = self.check(request.operation_name.as_deref(), &variables, admitted);
        let mut told = checked.map_err(refused)?;
        if !wrong.is_empty() {
            return Err(refused(wrong));
        }
        let query = collect::Query { model: &self.model, document: &admitted.document };
        defer::announce(query, &self.model.query, admitted, &variables, &mut told);
        Ok((variables, told))
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").finish_non_exhaustive()
    }
}

// === impl Mistake ===

impl Mistake {
    fn at(place: async_graphql_parser::Pos, message: impl Into<String>) -> Self {
        Self { line: place.line, column: place.column, message: message.into() }
    }
}

// === impl CallError ===

impl CallError {
    /// An error with a name.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), code }
    }
}
