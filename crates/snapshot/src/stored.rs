//! Queries that answer the calls of routes.

use ::flow::document::Given;
use ::graphql::serve::{Schema, Stored};
use domain::spec;

use crate::mistake::Report;
use crate::{Backend, Service, flow};

/// The query that answers a route's calls.
#[derive(Debug)]
pub struct RouteGraphql {
    /// The query.
    pub stored: Stored,
    /// The schema of the server that is asked, where it is known.
    schema: Option<Schema>,
    /// Variables that are not simply those of their names.
    pub variables: Vec<(Box<str>, Given)>,
    /// Where the server speaks GraphQL.
    pub path: Box<str>,
    /// It is told the text's hash in place of the text.
    pub by_hash: bool,
}

// === impl RouteGraphql ===

impl RouteGraphql {
    /// The schema that the query is asked of, where it is known.
    pub fn schema<'s>(&'s self, service: &'s Service) -> Option<&'s Schema> {
        match &service.backend {
            Backend::Graphql(served) => Some(&served.schema),
            _ => self.schema.as_ref(),
        }
    }
}

pub(crate) fn compile(
    service: &Service,
    route: &spec::Route,
    spec: &spec::RouteGraphql,
    report: &mut Report<'_>,
) -> Option<RouteGraphql> {
    let before = report.mistakes.len();
    let schema = schema(service, spec, report);
    if route.flow.is_some() {
        report.add("/spec/graphql", "a flow answers this route already: leave one of the two out");
    }
    if !spec.path.starts_with('/') || spec.path.contains(['?', '#', ' ']) {
        report.add("/spec/graphql/path", format!("`{}` is not a path such as `/graphql`", spec.path));
    }
    let variables = flow::given(&spec.variables, &["spec", "graphql", "variables"], report);
    let known = match &service.backend {
        Backend::Graphql(served) => Some(&served.schema),
        _ => schema.as_ref(),
    };
    if let Some(file) = &spec.query_file {
        let message = format!(
            "`{file}` is read only where configuration stands in files: give the query itself, `query`"
        );
        report.add("/spec/graphql/query_file", message);
        return None;
    }
    if spec.query.is_empty() {
        report.add("/spec/graphql", "write the query: `query`, or the file that it stands in: `query_file`");
        return None;
    }
    let read = Stored::read(&spec.query, (spec.operation.as_deref(), &spec.root), known);
    let stored = match read {
        Ok(stored) => stored,
        Err(mistakes) => {
            for mistake in mistakes {
                report.add("/spec/graphql/query", mistake.to_string());
            }
            return None;
        }
    };
    for name in spec.variables.keys().filter(|name| !stored.variables().any(|known| known == **name)) {
        let path = format!("/spec/graphql/variables/{}", crate::pointer::token(name));
        report.add(path, format!("the query has no variable `${name}`"));
    }
    let safe = |method: &String| method == "GET" || method == "HEAD";
    if stored.changes() && route.methods.iter().any(safe) {
        report.add("/spec/methods", "a mutation is not asked for by GET: say `methods: [POST]`");
    }
    let by_hash = spec.send == spec::SendQuery::Hash;
    if by_hash && matches!(service.backend, Backend::Graphql(_)) {
        report.add("/spec/graphql/send", "the schema is served here, where no hash is looked up");
    }
    if report.mistakes.len() > before {
        return None;
    }
    Some(RouteGraphql { stored, schema, variables: variables?, path: spec.path.as_str().into(), by_hash })
}

/// The schema that the route writes down.
fn schema(service: &Service, spec: &spec::RouteGraphql, report: &mut Report<'_>) -> Option<Schema> {
    let path = "/spec/graphql/schema";
    match (&service.backend, &spec.schema) {
        (Backend::Ai { .. }, _) => {
            report.add("/spec/graphql", "models are not asked by GraphQL");
            None
        }
        (Backend::Graphql(_), Some(_)) => {
            report.add(path, "the service serves a schema itself: leave this one out");
            None
        }
        (_, None) => None,
        (_, Some(sdl)) => match Schema::foreign(sdl) {
            Ok(schema) => Some(schema),
            Err(mistakes) => {
                for mistake in mistakes {
                    report.add(path, mistake.to_string());
                }
                None
            }
        },
    }
}
