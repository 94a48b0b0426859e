//! A flow's document as it is written, in the short form or as Arazzo, and the places in it of what is wrong.

use ::flow::document::Document;
use ::flow::resolve::{self, Sources};
use ::flow::{Mistake, short};
use domain::spec;
use domain::{DocId, Kind, Spec};
use expr::Pointer;
use serde_json::{Value, json};

use crate::Snapshot;
use crate::mistake::Report;

/// How a flow's document is written.
#[derive(Debug, Default)]
pub enum Written {
    /// As Arazzo.
    #[default]
    Arazzo,
    /// In the short form.
    Short(Box<Short>),
}

/// A short form with its Arazzo document.
#[derive(Debug)]
pub struct Short {
    /// With the name and the sources that the flow itself says.
    value: Value,
    /// As far as it has been exported.
    arazzo: Value,
    /// The sources are those of the flow.
    implied: bool,
}

// === impl Written ===

impl Written {
    /// How a flow is written, and a document that has its sources at least: as much as could be read where it has mistakes, which
    /// are told.
    pub(super) fn read(
        from: &Snapshot,
        (id, spec): (&DocId, &spec::Flow),
        report: &mut Report<'_>,
    ) -> Option<(Self, Document)> {
        if spec.flow.is_some() && spec.arazzo.is_some() {
            report.add("/spec", "a flow is written once: leave out `flow` or `arazzo`");
            return None;
        }
        let Some((at, written)) = spec.written() else {
            report.add(
                "/spec",
                "say what is done: in the short form, `flow`, or as an Arazzo document, `arazzo`",
            );
            return None;
        };
        if let Some(path) = written.as_str() {
            let message = format!(
                "`{path}` is a file, which is read only where configuration stands in files: give the document itself"
            );
            report.add(at, message);
            return None;
        }
        if spec.arazzo.is_some() {
            if short::is_meant(written) {
                report.add(
                    at,
                    "this is the short form of a flow: it stands in `flow`, an Arazzo document in `arazzo`",
                );
                return None;
            }
            let document = Self::Arazzo.drafted(Document::draft(written), report)?;
            return Some((Self::Arazzo, document));
        }
        let own = Short::new(from, (id, spec), written, report)?;
        let declared = short::declared(&own.value);
        let written = Self::Short(Box::new(own));
        let declared = written.told(declared, report)?;
        Some((written, declared))
    }

    /// The document, now that its sources are there, or as much as could be read; `declared` is what was read before.
    pub(super) fn document(
        &mut self,
        declared: Document,
        sources: &Sources,
        report: &mut Report<'_>,
    ) -> Option<Document> {
        let Self::Short(own) = self else { return Some(declared) };
        match short::export(&own.value, sources) {
            Ok(arazzo) => own.arazzo = arazzo,
            Err(mistakes) => {
                for mistake in mistakes {
                    report.add(place(&mistake.at), mistake.message);
                }
                return None;
            }
        }
        let read = Document::draft(&own.arazzo);
        self.drafted(read, report)
    }

    /// Tells of names that lead nowhere in a document that has other mistakes.
    pub(super) fn unresolved(
        &self,
        (spec, document): (&spec::Flow, &Document),
        sources: &Sources,
        report: &mut Report<'_>,
    ) {
        let written = self.arazzo().or(spec.arazzo.as_ref()).unwrap_or(&Value::Null);
        for mistake in resolve::unresolved(written, document, sources) {
            report.add(self.path(&mistake.at), mistake.message);
        }
    }

    /// The Arazzo document of a short form.
    pub(super) fn arazzo(&self) -> Option<&Value> {
        match self {
            Self::Arazzo => None,
            Self::Short(own) => Some(&own.arazzo),
        }
    }

    /// What a flow declares, in the other form; none where it has mistakes.
    pub(super) fn turned(&self, spec: &spec::Flow, sources: &Sources) -> Option<spec::Flow> {
        let (flow, arazzo) = match self {
            Self::Arazzo => (Some(short::import(spec.arazzo.as_ref()?, sources).ok()?), None),
            Self::Short(own) => (None, Some(own.arazzo.clone())),
        };
        Some(spec::Flow { flow, arazzo, ..spec.clone() })
    }

    /// The place in the flow's document of a place in its Arazzo document.
    pub(crate) fn path(&self, at: &Pointer) -> String {
        match self {
            Self::Arazzo => format!("/spec/arazzo{at}"),
            Self::Short(own) => own.path(at),
        }
    }

    /// What could be read; the mistakes in the Arazzo document are told.
    fn drafted(
        &self,
        (read, mistakes): (Option<Document>, Vec<Mistake>),
        report: &mut Report<'_>,
    ) -> Option<Document> {
        for mistake in mistakes {
            report.add(self.path(&mistake.at), mistake.message);
        }
        read
    }

    /// What was read, or the mistakes in the Arazzo document told.
    pub(super) fn told<T>(&self, read: Result<T, Vec<Mistake>>, report: &mut Report<'_>) -> Option<T> {
        read.map_err(|mistakes| {
            for mistake in mistakes {
                report.add(self.path(&mistake.at), mistake.message);
            }
        })
        .ok()
    }
}

// === impl Short ===

impl Short {
    fn new(
        from: &Snapshot,
        (id, spec): (&DocId, &spec::Flow),
        written: &Value,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let Value::Object(members) = written else {
            report.add("/spec/flow", "a flow is an object");
            return None;
        };
        if !check_order("/spec/flow", written, report) {
            return None;
        }
        let mut value = members.clone();
        if !value.contains_key("flow") && !value.contains_key("flows") {
            value.insert("flow".into(), id.name.as_str().into());
        }
        let implied = !value.contains_key("sources") && !value.contains_key("sourceDescriptions");
        let descriptions = descriptions(from, (id, spec), written);
        if implied && !descriptions.is_empty() {
            value.insert("sourceDescriptions".into(), descriptions.into());
        }
        let value = Value::Object(value);
        let arazzo = json!({"sourceDescriptions": short::source_descriptions(&value)});
        Some(Self { value, arazzo, implied })
    }

    fn path(&self, at: &Pointer) -> String {
        if self.implied && at.tokens().next() == Some("sourceDescriptions") {
            return "/spec/sources".to_owned();
        }
        place(&short::place(&self.value, &self.arazzo, at))
    }
}

/// A place of the short form.
fn place(at: &Pointer) -> String {
    format!("/spec/flow{at}")
}

/// The sources that a flow says beside its short form: those of operations, but for schemas that only steps with a query ask, and
/// other flows.
fn descriptions(from: &Snapshot, (id, spec): (&DocId, &spec::Flow), written: &Value) -> Vec<Value> {
    let described = |source: &spec::FlowSource| {
        let service = id.resolve(Kind::Service, &source.service).ok();
        let own = service.and_then(|service| match &from.document(&service)?.spec {
            Spec::Service(spec) => Some(spec.openapi.is_some()),
            _ => None,
        });
        source.openapi.is_some() || own == Some(true)
    };
    let mut asked = Vec::new();
    queries(written, &mut asked);
    let operations =
        spec.sources.iter().filter(|(name, source)| described(source) || !asked.contains(&name.as_str()));
    let operations = operations.map(|(name, _)| json!({"name": name, "url": name, "type": "openapi"}));
    let flows = spec.flows.keys().map(|name| json!({"name": name, "url": name, "type": "arazzo"}));
    operations.chain(flows).collect()
}

/// The sources that queries of GraphQL name.
fn queries<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| queries(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                if matches!(name.as_str(), "graphql" | "x-weir-graphql") {
                    found.extend(member.get("source").and_then(Value::as_str));
                }
                queries(member, found);
            }
        }
        _ => {}
    }
}

/// Whether steps have an order: objects of JSON have none.
fn check_order(at: &str, flow: &Value, report: &mut Report<'_>) -> bool {
    let flows = flow.get("flows").and_then(Value::as_array).into_iter().flatten().enumerate();
    let mut good = true;
    for (at, flow) in std::iter::once((at.to_owned(), flow))
        .chain(flows.map(|(index, flow)| (format!("{at}/flows/{index}"), flow)))
    {
        if flow.get("steps").and_then(Value::as_object).is_some_and(|steps| steps.len() > 1) {
            let message = "steps have an order, which an object of JSON has not: give a list, `[{user: GET /users/7}, {cart: GET /carts/7}]`";
            report.add(format!("{at}/steps"), message);
            good = false;
        }
    }
    good
}
