//! `POST /api/v1/teams/{team}/providers/{name}/test`.

use std::sync::Arc;

use axum::extract::State;
use domain::spec::{ModelAlias, Spec};
use domain::{DocId, Kind, Permission};
use http::Method;
use llm::catalogue::Catalogue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use snapshot::{Provider, Snapshot};

use super::advice::advice;
use crate::api::calls::view::PhasesView;
use crate::api::documents::{EnvironmentParams, identity};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Json, Params, Place};
use crate::probed::{Probed, ProbedAnswer, ProbedFailure};
use crate::problem::{Code, Problem};

/// The longest name of a model.
const LONGEST_NAME: usize = 256;

/// What to ask a provider.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TestRequest {
    /// The model, as the provider calls it; absent: one that an alias leads to, or one that the vendor lists.
    #[serde(default)]
    model: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize, JsonSchema)]
struct ProviderTest {
    /// Whether the model answered.
    ok: bool,
    /// Where the provider is, `host:port`.
    target: String,
    /// The model that was asked.
    model: Option<String>,
    /// How long it took, in microseconds.
    duration_us: u64,
    /// Where the time went.
    phases: PhasesView,
    /// The address connected to.
    peer: Option<String>,
    /// The status answered.
    status: Option<u16>,
    /// The answer.
    answer: Option<TestAnswer>,
    /// What failed.
    failure: Option<TestFailure>,
    /// The models that the vendor lists for this key; null: it lists none.
    models: Option<Vec<String>>,
}

/// What the model answered.
#[derive(Debug, Serialize, JsonSchema)]
struct TestAnswer {
    /// Its text.
    text: String,
    /// Tokens of the prompt.
    input_tokens: u64,
    /// Tokens generated.
    output_tokens: u64,
    /// Cost in millionths of a US dollar; null: not known.
    cost_micros: Option<i64>,
    /// Why the model stopped.
    finish_reason: Option<String>,
}

/// What failed, and the way out.
#[derive(Debug, Serialize, JsonSchema)]
struct TestFailure {
    /// How far it came: `request` (it could not be made), a phase (`dns`, `connect`, `tls`, `send`, `wait`, `receive`),
    /// `status` (an error was answered) or `answer` (what was answered cannot be read).
    step: String,
    /// The reason's code, where no answer came.
    code: Option<String>,
    /// The vendor's or the system's own words, without keys.
    message: String,
    /// What to do.
    advice: String,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("testProvider", "Sends a tiny chat to a provider with its stored key, and lists its models");
    // It costs a little money, and shows what the key reaches.
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::POST, "/api/v1/teams/{team}/providers/{name}/test"), access, names, handle)
        .query::<EnvironmentParams>()
        .body::<TestRequest>()
        .answer::<ProviderTest>(200, "It was tried; `ok` tells whether the model answered.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, name)): Place<(String, String)>,
    Params(params): Params<EnvironmentParams>,
    Body(TestRequest { model }): Body<TestRequest>,
) -> Result<Json<ProviderTest>, Problem> {
    let id = identity((&team, "providers", &name), params.environment.as_deref())?;
    let wanted = id.clone();
    app.run(move |control| control.scoped(&principal).get(&wanted)).await?;
    let model = model.map(|model| model.trim().to_owned()).filter(|model| !model.is_empty());
    if model.as_ref().is_some_and(|model| model.len() > LONGEST_NAME || model.chars().any(char::is_control)) {
        return Err(Problem::at("/model", "this is no name of a model"));
    }
    let snapshot = app.admin.control.live().load();
    let missing = || Problem::new(Code::NotFound).detail("the provider is not live yet");
    let provider = Arc::clone(snapshot.provider(&id).ok_or_else(missing)?);
    let model = model.or_else(|| aliased(&snapshot, &id, &provider));
    let _place = Arc::clone(&app.trials).try_acquire_owned().map_err(|_| {
        Problem::new(Code::Throttled).detail("other providers are being tried; come again in a moment")
    })?;
    let keyless = provider.keys.is_empty();
    let probed = (app.admin.prober)(provider, model).await;
    Ok(Json(ProviderTest::new(probed, keyless)))
}

/// A model of this provider that an alias leads to, and that chats as far as is known.
fn aliased(snapshot: &Snapshot, id: &DocId, provider: &Provider) -> Option<String> {
    let chats = |model: &str| {
        let catalogue = Catalogue::builtin();
        let known = catalogue.lookup(model, provider.catalogue.as_deref());
        let known = known.or_else(|| catalogue.lookup(model, None));
        known.is_none_or(|known| matches!(known.mode, "chat" | "responses"))
    };
    let mut aliases: Vec<&DocId> =
        snapshot.dependents(id).filter(|dependent| dependent.kind == Kind::ModelAlias).collect();
    aliases.sort();
    aliases.into_iter().find_map(|alias| match &snapshot.document(alias)?.spec {
        Spec::ModelAlias(spec) => models_of(alias, spec, id).find(|model| chats(model)).map(str::to_owned),
        _ => None,
    })
}

fn models_of<'a>(alias: &'a DocId, spec: &'a ModelAlias, id: &'a DocId) -> impl Iterator<Item = &'a str> {
    let leads = |reference| alias.resolve(Kind::Provider, reference).is_ok_and(|found| found == *id);
    spec.targets.iter().filter(move |target| leads(&target.provider)).map(|target| &*target.model)
}

// === impl ProviderTest ===

impl ProviderTest {
    fn new(probed: Probed, keyless: bool) -> Self {
        let Probed { target, model, attempt, duration_us, outcome, models } = probed;
        let attempt = attempt.as_ref();
        let status = attempt.map(|attempt| attempt.status).filter(|status| *status != 0);
        let failed = |failure: &ProbedFailure| TestFailure {
            step: failure.step.to_owned(),
            code: failure.code.map(str::to_owned),
            message: failure.message.clone(),
            advice: advice(failure, status, keyless).to_owned(),
        };
        Self {
            ok: outcome.is_ok(),
            phases: attempt.map(|attempt| PhasesView::from(&attempt.phases)).unwrap_or_default(),
            peer: attempt.and_then(|attempt| attempt.peer).map(|peer| peer.to_string()),
            status,
            failure: outcome.as_ref().err().map(failed),
            answer: outcome.ok().map(TestAnswer::from),
            target,
            model,
            duration_us,
            models,
        }
    }
}

impl From<ProbedAnswer> for TestAnswer {
    fn from(answer: ProbedAnswer) -> Self {
        let ProbedAnswer { text, input_tokens, output_tokens, cost_micros, finish_reason } = answer;
        let finish_reason = finish_reason.map(str::to_owned);
        Self { text, input_tokens, output_tokens, cost_micros, finish_reason }
    }
}
