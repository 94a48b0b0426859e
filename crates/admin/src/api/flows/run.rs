//! `POST /api/v1/flows/run`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use domain::Permission;
use flow::engine::Failure;
use flow::values::Values;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use trace::{FlowRecord, StepEnd};

use super::latencies::Latencies;
use super::requests::{FirstRequest, first};
use super::shape::FlowPlan;
use super::{draft, taken};
use crate::api::documents::DocumentBody;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Json};
use crate::problem::{Code, Problem};
use crate::ran::FlowRan;

/// The longest outputs that are told, in bytes of JSON.
const OUTPUTS: usize = 1 << 20;

/// A flow to run: either a document or an id.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RunRequest {
    /// The flow's document, which need not be stored.
    #[serde(default)]
    #[schemars(with = "Option<DocumentBody>")]
    document: Option<Value>,
    /// The id of a flow that is live: `TEAM/ENVIRONMENT/Flow/NAME`.
    #[serde(default)]
    id: Option<String>,
    /// The inputs by their names.
    #[serde(default)]
    inputs: Map<String, Value>,
    /// Nothing is called: the plan and the first requests are told.
    #[serde(default)]
    dry_run: bool,
}

/// What came of it.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct FlowRun {
    /// Of a dry run: the plan.
    plan: Option<FlowPlan>,
    /// Of a dry run: the requests that can be written already.
    requests: Vec<FirstRequest>,
    /// The trace of its calls.
    trace_id: Option<String>,
    /// How long it took, in microseconds.
    duration_us: u64,
    /// What it gives; null: it failed, or the outputs are longer than 1 MiB.
    outputs: Option<Map<String, Value>>,
    /// Why it failed.
    failure: Option<FlowFailure>,
    /// Optional steps that are missing.
    absent: Vec<FlowFailure>,
    /// The attempts of its steps, in the order in which they began.
    steps: Vec<RunStep>,
}

/// Why a flow failed.
#[derive(Debug, Serialize, JsonSchema)]
struct FlowFailure {
    /// The step, behind those that called its workflow; empty where it is no step.
    step: String,
    /// `status`, `criteria`, `timeout`, `unreachable`, `request`, `bound` or `given_up`.
    reason: String,
    /// In words.
    detail: String,
    /// The status of its answer.
    status: Option<u16>,
    /// How often it was tried.
    attempts: u32,
    /// How long its last attempt took, in microseconds.
    duration_us: u64,
}

/// An attempt of a step.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunStep {
    /// The step, behind those that called its workflow: `pay/charge`.
    step: String,
    /// 1 for the first.
    attempt: u32,
    /// Start, in microseconds after the start of the run.
    start_us: u64,
    /// Duration in microseconds.
    duration_us: u64,
    /// The status of its answer; null: there was none.
    status: Option<u16>,
    /// How it came out: `good`, `failed`, `cancelled`, `skipped` (by its own word) or `under_way`.
    end: &'static str,
    /// The attempts that it waited for, by place in the list.
    after: Vec<u32>,
    /// The step within which it was made, by place in the list.
    within: Option<u32>,
    /// The id of the call that it made.
    call: Option<String>,
    /// The run would have been shorter if this had been.
    critical: bool,
    /// By how much it could have taken longer without the run taking longer.
    slack_us: u64,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("runFlow", "Runs a flow with the gateway, and tells what each step did and waited for");
    // It makes calls that no key is asked for.
    let access = Access::SomeTeam(Permission::DocumentsWrite);
    Endpoint::new((Method::POST, "/api/v1/flows/run"), access, names, handle)
        .body::<RunRequest>()
        .answer::<FlowRun>(200, "It came to its end; `failure` tells whether it failed.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Body(RunRequest { document, id, inputs: given, dry_run }): Body<RunRequest>,
) -> Result<Json<FlowRun>, Problem> {
    let draft = draft(document, id)?;
    let asked = Arc::clone(&principal);
    let found = app.run(move |control| {
        let flow = control.scoped(&principal).flow(&draft, Permission::DocumentsWrite)?;
        let mut latencies = Latencies::new(control, &principal, BTreeMap::new());
        let plan = dry_run.then(|| FlowPlan::new(&flow, &mut latencies));
        Ok((flow, plan))
    });
    let (flow, plan) = found.await?;
    let given = taken(&flow, given)?;
    if dry_run {
        let began = app.admin.control.clock().wall().since_epoch();
        let (requests, failure) = first(&flow, given, began);
        return Ok(Json(FlowRun { plan, requests, failure: failure.map(Into::into), ..FlowRun::default() }));
    }
    let _place = Arc::clone(&app.runs).try_acquire_owned().map_err(|_| {
        Problem::new(Code::Throttled).detail("other flows are being run; come again in a moment")
    })?;
    tracing::info!(flow = %flow.id, by = %asked.label(), "a flow is run for an administrator");
    Ok(Json((app.admin.runner)(flow, given).await.into()))
}

impl From<FlowRan> for FlowRun {
    fn from(ran: FlowRan) -> Self {
        let FlowRan { trace_id, duration_us, outputs, failure, absent, record } = ran;
        let outputs = Some(outputs).filter(|outputs| failure.is_none() && fits(outputs));
        Self {
            trace_id: Some(trace_id.to_string()),
            duration_us,
            outputs,
            failure: failure.map(Into::into),
            absent: absent.into_iter().map(Into::into).collect(),
            steps: steps(&record, duration_us),
            ..Self::default()
        }
    }
}

fn fits(outputs: &Values) -> bool {
    serde_json::to_vec(outputs).is_ok_and(|json| json.len() <= OUTPUTS)
}

/// A flow's steps with what lies on the critical path; `end_us` is the end of the whole.
pub(crate) fn steps(record: &FlowRecord, end_us: u64) -> Vec<RunStep> {
    let with_slack = record.steps.iter().zip(record.slacks(end_us));
    let one = |(step, slack_us): (&trace::FlowStep, u64)| RunStep {
        step: step.name.to_string(),
        attempt: step.attempt,
        start_us: step.start_us,
        duration_us: step.duration_us,
        status: (step.status != 0).then_some(step.status),
        end: step.end.as_str(),
        after: step.after.clone(),
        within: step.within,
        call: step.call.map(|id| id.to_string()),
        critical: slack_us == 0 && !matches!(step.end, StepEnd::Cancelled | StepEnd::Skipped),
        slack_us,
    };
    with_slack.map(one).collect()
}

impl From<Failure> for FlowFailure {
    fn from(failure: Failure) -> Self {
        Self {
            step: failure.step.to_string(),
            reason: failure.reason.code().to_owned(),
            detail: failure.reason.to_string(),
            status: failure.status,
            attempts: failure.attempts,
            duration_us: u64::try_from(failure.lasted.as_micros()).unwrap_or(u64::MAX),
        }
    }
}
