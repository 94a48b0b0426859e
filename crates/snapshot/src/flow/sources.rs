//! A flow's document with its sources: descriptions of operations, and the documents of other flows, which are found by what
//! the flow says or by their addresses.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use ::flow::document::{Document, SourceDescription, SourceKind};
use ::flow::program::MODELS;
use ::flow::resolve::{Source, Sources};
use domain::spec::{self, FlowSource, Policy};
use domain::{DocId, Kind, Reference, Spec};
use expr::Pointer;
use openapi::Description;

use super::Shown;
use super::{Credentials, Place, Written, described, place};
use crate::compile::address_of;
use crate::mistake::Report;
use crate::{Secrets, Snapshot};

/// How deep flows may name each other.
const DEPTH: usize = 8;

/// A document with its sources, and who serves them.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) document: Arc<Document>,
    pub(super) sources: Arc<Sources>,
    pub(super) written: Arc<Written>,
    id: DocId,
    served: BTreeMap<String, FlowSource>,
    models: Option<Reference>,
    credentials: Arc<Credentials>,
    flows: HashMap<Box<str>, Arc<Self>>,
    /// Of what is written, here and in the flows that it names.
    pub(super) digest: u64,
}

/// Reads the document of a flow, its sources, and those of the flows that it names.
pub(super) fn load(
    (from, secrets): (&Snapshot, &dyn Secrets),
    id: &DocId,
    spec: &spec::Flow,
    report: &mut Report<'_>,
) -> Option<Arc<Unit>> {
    Loader { from, secrets, known: HashMap::new(), way: Vec::new(), wrong: None }.unit(id, spec, report)
}

struct Loader<'s> {
    from: &'s Snapshot,
    secrets: &'s dyn Secrets,
    /// What was read; none where it has mistakes, which are told with that flow.
    known: HashMap<DocId, Option<Arc<Unit>>>,
    /// The flows that name each other, down to the one that is being read.
    way: Vec<DocId>,
    /// What is wrong with how they name each other: told at the flow that all began with.
    wrong: Option<String>,
}

// === impl Unit ===

impl Unit {
    /// Where a source of the program is served, by its name there.
    pub(super) fn place(&self, from: &Snapshot, name: &str, report: &mut Report<'_>) -> Option<Place> {
        if let Some((flow, name)) = name.split_once('/') {
            // What is wrong there is told with that flow.
            let mut untold = Vec::new();
            let mut report = Report { document: report.document, mistakes: &mut untold };
            return self.flows.get(flow)?.place(from, name, &mut report);
        }
        if name == MODELS {
            let Some(service) = self.models.clone() else {
                report.add("/spec", "a step asks a model: say which service answers, `models: NAME`");
                return None;
            };
            let base = Some(String::new());
            let source = FlowSource { service, openapi: None, file: None, url: None, base };
            return place(from, &self.id, &source, None);
        }
        let Some(source) = self.served.get(name) else {
            report.add("/spec/sources", unserved(name));
            return None;
        };
        let description = match self.sources.get(name) {
            Some(Source::OpenApi(description)) => Some(&**description),
            _ => None,
        };
        place(from, &self.id, source, description)
    }

    /// What the steps of a source of the program may be made with.
    pub(super) fn credentials(&self, name: &str) -> Arc<Credentials> {
        let inner =
            name.split_once('/').and_then(|(flow, name)| Some(self.flows.get(flow)?.credentials(name)));
        inner.unwrap_or_else(|| Arc::clone(&self.credentials))
    }
}

fn digest(id: &DocId, spec: &spec::Flow, unit: &Unit) -> u64 {
    let inner: BTreeMap<&str, u64> = unit.flows.iter().map(|(name, unit)| (&**name, unit.digest)).collect();
    let mut hasher = DefaultHasher::new();
    let arazzo = unit.written.arazzo().or(spec.arazzo.as_ref());
    (id, arazzo.map(ToString::to_string), inner).hash(&mut hasher);
    hasher.finish()
}

fn unserved(name: &str) -> String {
    format!("say which service serves `{name}`: `{name}: {{service: NAME}}`")
}

// === impl Loader ===

impl Loader<'_> {
    fn unit(&mut self, id: &DocId, spec: &spec::Flow, report: &mut Report<'_>) -> Option<Arc<Unit>> {
        let before = report.mistakes.len();
        let (mut written, declared) = Written::read(self.from, (id, spec), report)?;
        let mut wrong = report.mistakes.len() > before;
        let (mut sources, mut flows) = (Sources::new(), HashMap::new());
        for (at, source) in declared.sources.iter().enumerate() {
            let read = self.source((id, spec), (&declared, at, source), (&mut flows, &written), report);
            sources.extend(read.map(|read| (source.name.clone(), read)));
        }
        let before = report.mistakes.len();
        let document = written.document(declared, &sources, report)?;
        wrong |= report.mistakes.len() > before;
        if wrong {
            written.unresolved((spec, &document), &sources, report);
            return None;
        }
        check_names(&document, spec, report);
        self.check_address((id, &document), &written, report);
        let mut unit = Unit {
            served: served(&document, spec),
            document: Arc::new(document),
            sources: Arc::new(sources),
            written: Arc::new(written),
            id: id.clone(),
            models: spec.models.clone(),
            credentials: Arc::new(self.credentials(id, spec, report)),
            flows,
            digest: 0,
        };
        unit.digest = digest(id, spec, &unit);
        Some(Arc::new(unit))
    }

    /// A source; none where it describes messages, or what is wrong was told.
    fn source(
        &mut self,
        (id, spec): (&DocId, &spec::Flow),
        (document, at, source): (&Document, usize, &SourceDescription),
        (flows, written): (&mut HashMap<Box<str>, Arc<Unit>>, &Written),
        report: &mut Report<'_>,
    ) -> Option<Source> {
        let described = |name: Option<&str>| {
            let place = Pointer::default().join("sourceDescriptions").join(&at.to_string());
            written.path(&name.map_or(place.clone(), |name| place.join(name)))
        };
        if source.kind == Some(SourceKind::AsyncApi) {
            return None;
        }
        if let Some((path, flow)) = self.flow_of((id, spec), document, source, &described) {
            let inner = self.inner(id, &flow);
            if let Some(wrong) = self.wrong.take_if(|_| self.way.is_empty()) {
                report.add(path, wrong);
            }
            let inner = inner?;
            let read = Source::Arazzo(Arc::clone(&inner.document), Arc::clone(&inner.sources));
            flows.insert(source.name.clone(), inner);
            return Some(read);
        }
        if source.kind == Some(SourceKind::Arazzo) {
            let address = address_of(id, document.own.as_deref(), &source.url);
            let message = format!(
                "say which flow has these workflows: `flows: {{{}: FLOW}}`, or give that flow the address `{address}` (`$self` of its document)",
                source.name
            );
            report.add(described(None), message);
            return None;
        }
        self.operations((id, spec), source, &described, report).map(Source::OpenApi)
    }

    /// The flow whose workflows a source has, and where that is said: by name, else by the address of its document.
    fn flow_of(
        &self,
        (id, spec): (&DocId, &spec::Flow),
        document: &Document,
        source: &SourceDescription,
        described: &dyn Fn(Option<&str>) -> String,
    ) -> Option<(String, DocId)> {
        if let Some(flow) = spec.flows.get(&*source.name) {
            let path = format!("/spec/flows/{}", crate::pointer::token(&source.name));
            return Some((path, id.resolve(Kind::Flow, flow).ok()?));
        }
        if source.kind == Some(SourceKind::OpenApi) || spec.source(&source.name).is_some() {
            return None;
        }
        let address = address_of(id, document.own.as_deref(), &source.url);
        let found = self.from.flow_at(id, &address)?;
        Some((described(Some("url")), found.clone()))
    }

    /// The document of another flow.
    fn inner(&mut self, outer: &DocId, id: &DocId) -> Option<Arc<Unit>> {
        if let Some(known) = self.known.get(id) {
            return known.clone();
        }
        self.way.push(outer.clone());
        let unit = if self.way.contains(id) {
            let way: Vec<&str> = self.way.iter().chain([id]).map(|id| id.name.as_str()).collect();
            self.wrong = Some(format!("flows name each other in a circle: {}", way.join(", ")));
            None
        } else if self.way.len() > DEPTH {
            self.wrong = Some(format!("flows name each other more than {DEPTH} deep"));
            None
        } else {
            let found = self.from.document(id).cloned();
            found.and_then(|document| match &document.spec {
                Spec::Flow(spec) => {
                    let mut untold = Vec::new();
                    self.unit(id, spec, &mut Report { document: id, mistakes: &mut untold })
                }
                _ => None,
            })
        };
        self.way.pop();
        self.known.insert(id.clone(), unit.clone());
        unit
    }

    /// The description of a source's operations.
    fn operations(
        &self,
        (id, spec): (&DocId, &spec::Flow),
        source: &SourceDescription,
        place: &dyn Fn(Option<&str>) -> String,
        report: &mut Report<'_>,
    ) -> Option<Arc<Description>> {
        let Some(served) = spec.source(&source.name) else {
            let name = &source.name;
            let message = format!(
                "say which service serves source `{name}`: `{name}: {{service: NAME}}`, or `x-weir-service: NAME` in its description"
            );
            report.add("/spec/sources", message);
            return None;
        };
        let path = if spec.sources.contains_key(&*source.name) {
            format!("/spec/sources/{}", crate::pointer::token(&source.name))
        } else {
            place(None)
        };
        let (path, description) = described(self.from, id, &served, &path, report)?;
        match Description::read(&description) {
            Ok(read) => Some(Arc::new(read)),
            Err(error) => {
                report.add(path, error.to_string());
                None
            }
        }
    }

    /// What the policies show that steps name as their credentials.
    fn credentials(&self, id: &DocId, spec: &spec::Flow, report: &mut Report<'_>) -> Credentials {
        let mut found = Credentials::new();
        for (at, name) in spec.credentials() {
            // One that is not there was told already.
            let Ok(policy_id) = id.resolve(Kind::Policy, &name) else { continue };
            let policy = self.from.document(&policy_id).map(|policy| &policy.spec);
            let Some(Spec::Policy(policy)) = policy else { continue };
            let shown = Shown::of(policy, &policy_id, self.secrets);
            // What is wrong with credentials is told at their policy.
            if !matches!(&**policy, Policy::Credentials(_)) && shown.fields().is_empty() {
                let message = format!(
                    "Policy `{name}` holds no credentials: they are `credentials: {{bearer: SECRET}}`, or `basic`, `header` or `query`"
                );
                report.add(at, message);
            }
            found.insert(name.as_str().into(), Arc::new(shown));
        }
        found
    }

    /// An address belongs to one document.
    fn check_address(&self, (id, document): (&DocId, &Document), written: &Written, report: &mut Report<'_>) {
        let Some(own) = document.own.as_deref() else { return };
        let address = address_of(id, Some(own), "");
        let same =
            |other: &&DocId| *other != id && (&other.team, &other.environment) == (&id.team, &id.environment);
        if let Some(other) = self.from.flows_at(&address).find(same) {
            let path = written.path(&Pointer::default().join("$self"));
            report.add(path, format!("this is the address of Flow `{}` too", other.name));
        }
    }
}

/// Who serves the sources of operations, those that only steps name among them.
fn served(document: &Document, spec: &spec::Flow) -> BTreeMap<String, FlowSource> {
    let mut served = spec.sources.clone();
    for source in &document.sources {
        let said = spec.source(&source.name).map(|said| (source.name.to_string(), said));
        served.extend(said);
    }
    served
}

/// Tells of names of which the document says nothing.
fn check_names(document: &Document, spec: &spec::Flow, report: &mut Report<'_>) {
    let asked =
        document.workflows.iter().flat_map(|workflow| &workflow.steps).flat_map(|step| step.weir.asks());
    let asked: Vec<&str> = asked.collect();
    let source = |name: &str| document.sources.iter().find(|one| &*one.name == name);
    for name in spec.sources.keys().filter(|name| !asked.contains(&name.as_str()) && source(name).is_none()) {
        let path = format!("/spec/sources/{}", crate::pointer::token(name));
        report.add(path, format!("the document has no source `{name}`"));
    }
    for name in spec.flows.keys() {
        let path = format!("/spec/flows/{}", crate::pointer::token(name));
        match source(name).map(|source| source.kind) {
            None => report.add(path, format!("the document has no source `{name}`")),
            Some(None | Some(SourceKind::Arazzo)) => {}
            Some(_) => report.add(path, format!("source `{name}` is not of the type `arazzo`")),
        }
    }
}
