//! Compiled flows.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use ::flow::document::{Document, Given, SourceKind};
use ::flow::engine::Bounds;
use ::flow::program::{EVENTS, MODELS};
use ::flow::resolve::{Source, Sources};
use ::flow::{Mistakes, Program};
use domain::spec::{self, FlowSource};
use domain::{DocId, Kind, Spec};
use expr::Pointer;
use openapi::Description;
use serde_json::Value;

use crate::Snapshot;
use crate::mistake::Report;

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
    /// What bounds a run.
    pub bounds: Bounds,
    /// The longest answer of a step, in bytes.
    pub max_answer: usize,
    /// Of what is written: another flow has another, as good as always.
    pub digest: u64,
}

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
}

pub(crate) fn compile(
    from: &Snapshot,
    id: &DocId,
    spec: &spec::Flow,
    report: &mut Report<'_>,
) -> Option<Flow> {
    let before = report.mistakes.len();
    let document = told(Document::read(&spec.arazzo), report)?;
    let sources = sources(from, id, spec, &document, report);
    if report.mistakes.len() > before {
        return None;
    }
    let program = told(Program::new(&document, &sources), report)?;
    let workflow = match &spec.workflow {
        None => program.main(&document)?,
        Some(wanted) => {
            let found = program.workflow(wanted);
            if found.is_none() {
                let known: Vec<String> =
                    document.workflows.iter().map(|workflow| format!("`{}`", workflow.id)).collect();
                let message = format!("there is no workflow `{wanted}`; there are {}", known.join(", "));
                report.add("/spec/workflow", message);
            }
            found?
        }
    };
    if spec.timeout.0.is_zero() {
        report.add("/spec/timeout", "a time limit of zero would fail every run");
    }
    if !(1..=1000).contains(&spec.concurrency) {
        report.add("/spec/concurrency", "between 1 and 1000 steps may be under way at the same time");
    }
    let described = |name: &str| match sources.get(name) {
        Some(Source::OpenApi(description)) => Some(&**description),
        _ => None,
    };
    let mut places = Vec::new();
    for name in &program.sources {
        let found = match (&**name, &spec.models) {
            (EVENTS, _) => Some(None),
            (MODELS, Some(service)) => {
                let source =
                    FlowSource { service: service.clone(), openapi: None, base: Some(String::new()) };
                place(from, id, &source, None).map(Some)
            }
            (MODELS, None) => {
                report.add("/spec", "a step asks a model: say which service answers, `models: NAME`");
                None
            }
            (name, _) => {
                let source = spec.sources.get(name);
                if source.is_none() {
                    let message = format!("say which service serves `{name}`: `{name}: {{service: NAME}}`");
                    report.add("/spec/sources", message);
                }
                source.and_then(|source| place(from, id, source, described(name))).map(Some)
            }
        };
        places.extend(found);
    }
    if places.len() < program.sources.len() {
        return None;
    }
    let bounds = Bounds {
        concurrency: usize::try_from(spec.concurrency).unwrap_or(usize::MAX),
        timeout: Some(spec.timeout.0),
        // By its name an event is known that is sent again.
        named: program.sources.iter().any(|name| **name == *EVENTS),
        ..Bounds::default()
    };
    let max_answer = usize::try_from(spec.max_answer.0).unwrap_or(usize::MAX);
    (report.mistakes.len() == before).then(|| Flow {
        id: id.clone(),
        program: Arc::new(program),
        workflow,
        places,
        bounds,
        max_answer,
        digest: digest(id, spec),
    })
}

fn digest(id: &DocId, spec: &spec::Flow) -> u64 {
    let mut hasher = DefaultHasher::new();
    (id, &spec.workflow, spec.arazzo.to_string()).hash(&mut hasher);
    hasher.finish()
}

/// What was read, or the mistakes in the Arazzo document told.
fn told<T>(read: Result<T, Vec<::flow::Mistake>>, report: &mut Report<'_>) -> Option<T> {
    read.map_err(|mistakes| {
        for mistake in mistakes {
            report.add(format!("/spec/arazzo{}", mistake.at), mistake.message);
        }
    })
    .ok()
}

/// Reads the descriptions of a document's sources.
fn sources(
    from: &Snapshot,
    id: &DocId,
    spec: &spec::Flow,
    document: &Document,
    report: &mut Report<'_>,
) -> Sources {
    let mut sources = Sources::new();
    for (at, source) in document.sources.iter().enumerate() {
        if source.kind == Some(SourceKind::AsyncApi) {
            continue;
        }
        let Some(served) = spec.sources.get(&*source.name) else {
            let message =
                format!("say which service serves source `{}`: `{0}: {{service: NAME}}`", source.name);
            report.add("/spec/sources", message);
            continue;
        };
        let path = format!("/spec/sources/{}", crate::pointer::token(&source.name));
        if source.kind == Some(SourceKind::Arazzo) {
            let place = format!("/spec/arazzo/sourceDescriptions/{at}");
            report.add(
                place,
                "workflows of other documents are not run by the gateway: put them into this one",
            );
            continue;
        }
        let Some((path, description)) = described(from, id, served, &path, report) else { continue };
        match Description::read(&description) {
            Ok(read) => drop(sources.insert(source.name.clone(), Source::OpenApi(Arc::new(read)))),
            Err(error) => report.add(path, error.to_string()),
        }
    }
    let asked =
        document.workflows.iter().flat_map(|workflow| &workflow.steps).flat_map(|step| step.weir.asks());
    let asked: Vec<&str> = asked.collect();
    let named = |name: &str| asked.contains(&name) || document.sources.iter().any(|one| &*one.name == name);
    for name in spec.sources.keys().filter(|name| !named(name)) {
        let path = format!("/spec/sources/{}", crate::pointer::token(name));
        report.add(path, format!("the document has no source `{name}`"));
    }
    sources
}

/// A source's description and where it stands.
pub(crate) fn described(
    from: &Snapshot,
    id: &DocId,
    source: &FlowSource,
    path: &str,
    report: &mut Report<'_>,
) -> Option<(String, Value)> {
    if let Some(own) = &source.openapi {
        return Some((format!("{path}/openapi"), own.clone()));
    }
    let service = id.resolve(Kind::Service, &source.service).ok()?;
    // A service that is not there was told already.
    let Spec::Service(spec) = &from.document(&service)?.spec else { return None };
    if spec.openapi.is_none() {
        let message = format!(
            "service `{}` has no OpenAPI description: give it one (`openapi` of the service, or here)",
            service.name
        );
        report.add(format!("{path}/service"), message);
    }
    spec.openapi.clone().map(|description| (format!("{path}/service"), description))
}

/// Where a source's operations are served: as the first of the service's routes has it that runs no flow itself.
/// Before an operation's path stands what that route takes off, and the path of the description's first server, unless the
/// service puts that there itself.
pub(crate) fn place(
    from: &Snapshot,
    id: &DocId,
    source: &FlowSource,
    description: Option<&Description>,
) -> Option<Place> {
    let service = id.resolve(Kind::Service, &source.service).ok()?;
    let mut routes: Vec<(&DocId, &spec::Route)> = from
        .dependents(&service)
        .filter_map(|other| match &from.document(other)?.spec {
            Spec::Route(route) if route.flow.is_none() => Some((other, &**route)),
            _ => None,
        })
        .collect();
    routes.sort_by(|a, b| a.0.cmp(b.0));
    let first = routes.first().map(|(_, route)| *route);
    let host = first.and_then(|route| route.hosts.iter().find(|host| !host.starts_with('*')));
    let strips = first.and_then(|route| route.strip_prefix.as_deref());
    let server =
        description.and_then(|read| read.servers.first()).map(|url| path_of(url)).unwrap_or_default();
    let puts = match &from.document(&service)?.spec {
        Spec::Service(spec) => match &spec.backend {
            spec::Backend::Upstream(upstream) => upstream.path_prefix.trim_end_matches('/'),
            spec::Backend::Ai(_) | spec::Backend::Graphql(_) => "",
        },
        _ => "",
    };
    let server = if server == puts { "" } else { server };
    let own = || format!("{}{server}", strips.unwrap_or_default().trim_end_matches('/'));
    let base = source.base.clone().unwrap_or_else(own);
    Some(Place {
        own: service.team == id.team,
        service,
        host: host.map(String::as_str).unwrap_or_default().into(),
        base: base.trim_end_matches('/').into(),
    })
}

/// The path of a server's address, without a slash at its end; none where it has variables.
fn path_of(url: &str) -> &str {
    let behind =
        url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("", |at| rest.split_at(at).1));
    if behind.starts_with('/') && !behind.contains('{') { behind.trim_end_matches('/') } else { "" }
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
