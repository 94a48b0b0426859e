//! Compiled GraphQL: what queries may ask for, and schemas with what their fields call.

use std::collections::BTreeMap;
use std::time::Duration;

use ::graphql::guard::{AllowList, Caching, Guard, Limits, Persisted, Registered};
use ::graphql::serve::{Mistake, Need, Schema, Target, sdl_of};
use domain::{DocId, Kind, spec};
use openapi::{Description, Operation};
use serde_json::Value;

use crate::mistake::Report;
use crate::{Place, Snapshot, flow};

/// So many bytes of texts that clients have brought are kept.
const REGISTERED: usize = 8 << 20;

/// A schema that is served from calls.
#[derive(Debug)]
pub struct Graphql {
    /// The schema.
    pub schema: Schema,
    /// What applies where no policy says anything.
    pub guard: Guard,
    /// How long a request may take.
    pub timeout: Duration,
    /// How many calls may be under way at the same time.
    pub concurrency: usize,
    /// How many calls a request may need.
    pub max_calls: usize,
    /// The longest answer of a call, in bytes.
    pub max_answer: usize,
    /// Where the sources' operations are served.
    pub places: Vec<Place>,
    operations: BTreeMap<Target, (usize, Operation)>,
    flows: BTreeMap<String, DocId>,
}

/// A source: its place's number and its description.
struct Source {
    name: String,
    description: Description,
    document: Value,
    place: usize,
}

// === impl Graphql ===

impl Graphql {
    /// What a field calls: the number of the place, and the operation.
    pub fn operation(&self, target: &Target) -> Option<(usize, &Operation)> {
        self.operations.get(target).map(|(place, operation)| (*place, operation))
    }

    /// The flow that a field names.
    pub fn flow(&self, name: &str) -> Option<&DocId> {
        self.flows.get(name)
    }

    /// The services and flows that it calls.
    pub(crate) fn services(&self) -> Vec<String> {
        let services = self.places.iter().map(|place| place.service.to_string());
        services.chain(self.flows.values().map(ToString::to_string)).collect()
    }
}

/// What queries may ask for.
pub(crate) fn guard(spec: &spec::Graphql, path: &str, report: &mut Report<'_>) -> Guard {
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let limits = Limits {
        length: usize::try_from(spec.max_length.0).unwrap_or(usize::MAX),
        tokens: size(spec.max_tokens),
        operations: size(spec.max_operations),
        depth: spec.max_depth.into(),
        cost: spec.max_cost,
        aliases: spec.max_aliases.into(),
        directives: spec.max_directives.into(),
        introspection: spec.introspection,
        weights: spec.weights.clone(),
        sizes: spec.sizes.clone(),
    };
    let lowest = [
        ("max_tokens", u64::from(spec.max_tokens)),
        ("max_operations", spec.max_operations.into()),
        ("max_depth", spec.max_depth.into()),
        ("max_cost", spec.max_cost),
        ("max_length", spec.max_length.0),
    ];
    for (name, _) in lowest.iter().filter(|(_, limit)| *limit == 0) {
        report.add(format!("{path}/graphql/{name}"), "a limit of 0 would refuse every query");
    }
    let persisted = match &spec.persisted {
        spec::Persisted::Off => Persisted::Off,
        spec::Persisted::Automatic => Persisted::Automatic(Registered::new(REGISTERED)),
        spec::Persisted::Only(texts) => match AllowList::new(texts.iter().cloned()) {
            Ok(list) => Persisted::Only(list),
            Err((at, error)) => {
                report.add(format!("{path}/graphql/persisted/only/{at}"), error.message);
                Persisted::Off
            }
        },
    };
    let caching = |cache: &spec::QueryCache| Caching {
        ttl: cache.ttl.0,
        vary: cache.vary.iter().map(|name| name.to_ascii_lowercase()).collect(),
        shared: cache.shared,
    };
    for (at, name) in spec.cache.iter().flat_map(|cache| &cache.vary).enumerate() {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        {
            report.add(
                format!("{path}/graphql/cache/vary/{at}"),
                format!("`{name}` is no name of a header field"),
            );
        }
    }
    Guard { limits, persisted, cache: spec.cache.as_ref().map(caching) }
}

/// A schema and what it calls.
pub(crate) fn compile(
    from: &Snapshot,
    id: &DocId,
    spec: &spec::GraphqlBackend,
    report: &mut Report<'_>,
) -> Option<Graphql> {
    let before = report.mistakes.len();
    let mut places = Vec::new();
    let mut sources = Vec::new();
    for (name, source) in &spec.sources {
        if let Some((place, description, document)) = source_of(from, id, (name, source), report) {
            sources.push(Source { name: name.clone(), description, document, place: places.len() });
            places.push(place);
        }
    }
    bounds(spec, report);
    if report.mistakes.len() > before {
        return None;
    }
    let schema = schema(spec, &sources, report)?;
    let operations = operations(&schema, &sources, spec, report);
    let resolve = |(name, flow): (&String, _)| Some((name.clone(), id.resolve(Kind::Flow, flow).ok()?));
    let flows = spec.flows.iter().filter_map(resolve).collect();
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    (report.mistakes.len() == before).then(|| Graphql {
        schema,
        guard: Guard::default(),
        timeout: spec.timeout.0,
        concurrency: size(spec.concurrency),
        max_calls: size(spec.max_calls),
        max_answer: usize::try_from(spec.max_answer.0).unwrap_or(usize::MAX),
        places,
        operations,
        flows,
    })
}

fn bounds(spec: &spec::GraphqlBackend, report: &mut Report<'_>) {
    let mut wrong = |name: &str, message: &str| report.add(format!("/spec/backend/graphql/{name}"), message);
    if spec.timeout.0.is_zero() {
        wrong("timeout", "a time limit of zero would fail every request");
    }
    if !(1..=1000).contains(&spec.concurrency) {
        wrong("concurrency", "between 1 and 1000 calls may be under way at the same time");
    }
    if !(1..=100_000).contains(&spec.max_calls) {
        wrong("max_calls", "a request may need between 1 and 100000 calls");
    }
}

fn source_of(
    from: &Snapshot,
    id: &DocId,
    (name, source): (&str, &spec::FlowSource),
    report: &mut Report<'_>,
) -> Option<(Place, Description, Value)> {
    let path = format!("/spec/backend/graphql/sources/{}", crate::pointer::token(name));
    if id.resolve(Kind::Service, &source.service).ok().as_ref() == Some(id) {
        report.add(format!("{path}/service"), "a schema is not served from itself");
        return None;
    }
    let (at, document) = flow::described(from, id, source, &path, report)?;
    match Description::read(&document) {
        Ok(description) => {
            let place = flow::place(from, id, source, Some(&description))?;
            Some((place, description, document))
        }
        Err(error) => {
            report.add(at, error.to_string());
            None
        }
    }
}

fn schema(spec: &spec::GraphqlBackend, sources: &[Source], report: &mut Report<'_>) -> Option<Schema> {
    let path = "/spec/backend/graphql/schema";
    let sdl = match (&spec.schema, sources) {
        (Some(sdl), _) => sdl.clone(),
        (None, [only]) => sdl_of(&only.document, &only.name).ok()?,
        (None, _) => {
            report.add(path, "write the schema: it is made by itself only where there is exactly one source");
            return None;
        }
    };
    let mistakes = match Schema::read(&sdl) {
        Ok(schema) => return Some(schema),
        Err(mistakes) => mistakes,
    };
    for mistake in mistakes {
        report.add(path, mistake.to_string());
    }
    None
}

/// The operations that fields call; those that are not there are told with the fields' places.
fn operations(
    schema: &Schema,
    sources: &[Source],
    spec: &spec::GraphqlBackend,
    report: &mut Report<'_>,
) -> BTreeMap<Target, (usize, Operation)> {
    let mut found = BTreeMap::new();
    for Need { target, gives, field } in schema.needs() {
        let wrong = match target {
            Target::Flow(name) if spec.flows.contains_key(name) => continue,
            Target::Flow(name) => format!("there is no flow `{name}` among `flows`"),
            Target::Operation { source, operation } => match find(sources, source, operation) {
                Ok((place, operation)) => {
                    found.insert(target.clone(), (place, operation.clone()));
                    let knows = |name: &str| operation.parameters.iter().any(|one| *one.name == *name);
                    let Some(name) = gives.into_iter().find(|name| *name != "body" && !knows(name)) else {
                        continue;
                    };
                    format!("the operation has no parameter `{name}`")
                }
                Err(message) => message,
            },
        };
        let Mistake { line, column, message } = field;
        report.add("/spec/backend/graphql/schema", format!("{line}:{column}: {message}: {wrong}"));
    }
    found
}

fn find<'s>(sources: &'s [Source], source: &str, operation: &str) -> Result<(usize, &'s Operation), String> {
    let found = match sources {
        [only] if source.is_empty() => Some(only),
        _ => sources.iter().find(|one| one.name == source),
    };
    let Some(found) = found else {
        return Err(match source {
            "" => "say which source its operation is of: `source`".to_owned(),
            name => format!("there is no source `{name}`"),
        });
    };
    let by_way = || {
        let (method, path) = operation.split_once(' ')?;
        let mut operations = found.description.operations.iter();
        operations.find(|one| one.method.eq_ignore_ascii_case(method) && *one.path == *path)
    };
    let known = found.description.by_id(operation).or_else(by_way);
    known
        .map(|operation| (found.place, operation))
        .ok_or_else(|| format!("source `{}` has no operation `{operation}`", found.name))
}
