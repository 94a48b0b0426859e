//! Where the operations of a source are described and served.

use domain::spec::{self, FlowSource};
use domain::{DocId, Kind, Spec};
use openapi::Description;
use serde_json::Value;

use super::Place;
use crate::Snapshot;
use crate::mistake::Report;

/// A source's description and where it stands.
pub(crate) fn described(
    from: &Snapshot,
    id: &DocId,
    source: &FlowSource,
    path: &str,
    report: &mut Report<'_>,
) -> Option<(String, Value)> {
    if let Some((name, said)) =
        [("file", &source.file), ("url", &source.url)].into_iter().find(|(_, said)| said.is_some())
    {
        let said = said.as_deref().unwrap_or_default();
        let message = format!(
            "`{said}` is read only where configuration stands in files: give the description itself, `openapi`"
        );
        report.add(format!("{path}/{name}"), message);
        return None;
    }
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
