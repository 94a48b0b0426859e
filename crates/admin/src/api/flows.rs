//! Flows as their page shows them: planned while they are written, and run.

mod inputs;
mod latencies;
pub(crate) mod plan;
mod requests;
pub(crate) mod run;
mod shape;

use control::Draft;
use domain::DocId;
use serde_json::Value;

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
