//! Compiled flows.

mod place;
mod shown;
mod sources;
mod written;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use ::flow::document::{Document, Given};
use ::flow::engine::Bounds;
use ::flow::program::EVENTS;
use ::flow::{Mistakes, Program};
use base::Secret;
use domain::spec;
use domain::{DocId, Kind, SecretSource, Spec};
use expr::Pointer;
use serde_json::Value;

use crate::mistake::Report;
use crate::{Secrets, Snapshot};
pub(crate) use place::{described, place};
pub use shown::Shown;
pub(crate) use shown::compile as shown;
pub use written::Written;

/// A flow.
#[derive(Debug)]
pub struct Flow {
    /// Its document.
    pub id: DocId,
    /// What is run.
    pub program: Arc<Program>,
    /// The workflow that is run, by its number in the program.
    pub workflow: usize,
    /// Where the program's sources are, by their numbers in the program; that of events is no place.
    pub places: Vec<Option<Place>>,
    /// What the steps of each source are made with where they say so (`x-weir-credentials`), by its name.
    pub credentials: Vec<Arc<Credentials>>,
    /// What bounds a run.
    pub bounds: Bounds,
    /// The longest answer of a step, in bytes.
    pub max_answer: usize,
    /// Of what is written: another flow has another, as good as always.
    pub digest: u64,
    /// How it is written.
    pub written: Arc<Written>,
}

/// What is shown, by the names of policies.
type Credentials = HashMap<Box<str>, Arc<Shown>>;

/// Where a source's operations are served.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The service.
    pub service: DocId,
    /// The host of its routes; empty: any.
    pub host: Box<str>,
    /// What stands before the paths of operations, without a slash at its end.
    pub base: Box<str>,
    /// It is the flow's own team's: whoever may call the flow may have it called.
    pub own: bool,
}

/// The flow that a route runs.
#[derive(Debug)]
pub struct RouteFlow {
    /// The flow.
    pub flow: Arc<Flow>,
    /// Inputs that are not simply those of their names.
    pub inputs: Vec<(Box<str>, Given)>,
}

// === impl Flow ===

impl Flow {
    /// Where a source's operations are served; none where it is that of events.
    pub fn place(&self, source: usize) -> Option<&Place> {
        self.places.get(source)?.as_ref()
    }

    /// Where the flow's document says what stands at this place of its Arazzo document, as a JSON Pointer.
    pub fn path(&self, at: &Pointer) -> String {
        self.written.path(at)
    }

    /// What a step's credentials put on its call of a source.
    pub fn credentials(&self, source: usize, name: &str) -> Option<&Arc<Shown>> {
        self.credentials.get(source)?.get(name)
    }
}

pub(crate) fn compile(
    from: &Snapshot,
    id: &DocId,
    spec: &spec::Flow,
    (secrets, report): (&dyn Secrets, &mut Report<'_>),
) -> Option<Flow> {
    let before = report.mistakes.len();
    check_bounds(spec, report);
    let unit = sources::load((from, secrets), id, spec, report)?;
    if report.mistakes.len() > before {
        return None;
    }
    let program = unit.written.told(Program::new(&unit.document, &unit.sources), report)?;
    let workflow = workflow(&program, &unit.document, spec, report)?;
    let mut place = |name: &str| match name {
        EVENTS => Some(None),
        name => unit.place(from, name, report).map(Some),
    };
    let places: Vec<Option<Place>> = program.sources.iter().filter_map(|name| place(name)).collect();
    if places.len() < program.sources.len() {
        return None;
    }
    let credentials = program.sources.iter().map(|name| unit.credentials(name)).collect();
    let bounds = Bounds {
        concurrency: usize::try_from(spec.concurrency).unwrap_or(usize::MAX),
        timeout: Some(spec.timeout.0),
        // By its name an event is known that is sent again.
        named: program.sources.iter().any(|name| **name == *EVENTS),
        ..Bounds::default()
    };
    let max_answer = usize::try_from(spec.max_answer.0).unwrap_or(usize::MAX);
    let mut hasher = DefaultHasher::new();
    (unit.digest, &spec.workflow).hash(&mut hasher);
    let digest = hasher.finish();
    let (id, program) = (id.clone(), Arc::new(program));
    let written = Arc::clone(&unit.written);
    Some(Flow { id, program, workflow, places, credentials, bounds, max_answer, digest, written })
}

fn check_bounds(spec: &spec::Flow, report: &mut Report<'_>) {
    if spec.timeout.0.is_zero() {
        report.add("/spec/timeout", "a time limit of zero would fail every run");
    }
    if !(1..=1000).contains(&spec.concurrency) {
        report.add("/spec/concurrency", "between 1 and 1000 steps may be under way at the same time");
    }
}

/// The number of the workflow that is run.
fn workflow(
    program: &Program,
    document: &Document,
    spec: &spec::Flow,
    report: &mut Report<'_>,
) -> Option<usize> {
    let Some(wanted) = &spec.workflow else { return program.main(document) };
    let found = program.workflow(wanted);
    if found.is_none() {
        let known: Vec<String> =
            document.workflows.iter().map(|workflow| format!("`{}`", workflow.id)).collect();
        let message = format!("there is no workflow `{wanted}`; there are {}", known.join(", "));
        report.add("/spec/workflow", message);
    }
    found
}

/// Where nothing is made with credentials.
struct NoSecrets;

// === impl NoSecrets ===

impl Secrets for NoSecrets {
    fn resolve(&self, _: &DocId, _: &SecretSource) -> Result<Secret<String>, String> {
        Err("no secret is needed here".to_owned())
    }
}

// === impl Snapshot ===

impl Snapshot {
    /// What a flow declares, written in the other form: as Arazzo for the short form, in the short form for Arazzo.
    pub fn turned(&self, id: &DocId) -> Option<spec::Flow> {
        let Spec::Flow(spec) = &self.document(id)?.spec else { return None };
        // What is live has no mistakes.
        let mut untold = Vec::new();
        let mut report = Report { document: id, mistakes: &mut untold };
        let unit = sources::load((self, &NoSecrets), id, spec, &mut report)?;
        unit.written.turned(spec, &unit.sources)
    }
}

pub(crate) fn compile_use(
    from: &Snapshot,
    id: &DocId,
    spec: &spec::RouteFlow,
    report: &mut Report<'_>,
) -> Option<RouteFlow> {
    let flow = id.resolve(Kind::Flow, &spec.name).ok()?;
    let flow = Arc::clone(from.flow(&flow)?);
    let inputs = given(&spec.inputs, &["spec", "flow", "inputs"], report)?;
    Some(RouteFlow { flow, inputs })
}

/// Reads values over a request, by their names.
pub(crate) fn given(
    values: &BTreeMap<String, Value>,
    at: &[&str],
    report: &mut Report<'_>,
) -> Option<Vec<(Box<str>, Given)>> {
    let mut mistakes = Mistakes::default();
    let at = at.iter().fold(Pointer::default(), |at, token| at.join(token));
    let read = values
        .iter()
        .map(|(name, value)| (name.as_str().into(), Given::read((at.join(name), value), &mut mistakes)));
    let read = read.collect();
    let mistakes = mistakes.into_vec();
    for mistake in &mistakes {
        report.add(mistake.at.to_string(), mistake.message.clone());
    }
    mistakes.is_empty().then_some(read)
}
