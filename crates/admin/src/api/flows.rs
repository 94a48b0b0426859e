//! Flows as their page shows them: planned while they are written, and run.

mod latencies;
pub(crate) mod plan;
mod requests;
pub(crate) mod run;
mod shape;
pub(crate) mod turn;

use control::{ControlError, Draft, FieldError};
use domain::DocId;
use flow::values::Values;
use serde_json::Value;
use snapshot::Flow;

use crate::problem::Problem;

/// The flow that is meant: a document, or the id of one that is live.
fn draft(document: Option<Value>, id: Option<String>) -> Result<Draft, Problem> {
    match (document, id) {
        (Some(document), None) => Ok(Draft::Document(document)),
        (None, Some(id)) => {
            let id: DocId = id.parse().map_err(|_| {
                Problem::at("/id", "this is no id of a flow; one is `TEAM/ENVIRONMENT/Flow/NAME`")
            })?;
            Ok(Draft::Live(id))
        }
        _ => Err(Problem::at("/document", "give either `document` or `id`")),
    }
}

/// The inputs of a run with the defaults of those that are not given; fails with everything that breaks their schema.
fn taken(flow: &Flow, given: Values) -> Result<Values, Problem> {
    let Some(compiled) = flow.program.workflows.get(flow.workflow) else { return Ok(given) };
    let field = |mistake: flow::Mistake| FieldError {
        document: None,
        path: format!("/inputs{}", mistake.at),
        message: mistake.message,
    };
    let broken = |mistakes: Vec<flow::Mistake>| {
        Problem::from(ControlError::Invalid(mistakes.into_iter().map(field).collect()))
    };
    compiled.inputs.check(Value::Object(given)).map_err(broken)
}
