//! Finds the route: the path's normal form, then host, path and method.

use std::sync::Arc;

use domain::spec::ServiceState;
use message::{Body, Fields, Known, Method, Reason, ResponseHead};
use net::Reply;
use route::Facts;
use snapshot::Backend;

use crate::Refusal;
use crate::exchange::Exchange;

/// How deep flows may run within flows, over routes.
const DEPTH: u8 = 8;

/// A request's fields, for conditions.
pub(crate) struct Conditions<'a>(pub(crate) &'a Fields, pub(crate) Option<&'a str>);

impl Facts for Conditions<'_> {
    fn any_header(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.0.find_named(name).any(test)
    }

    fn any_query(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        let pairs =
            self.1.unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.filter(|(n, _)| *n == name).any(|(_, value)| test(value.as_bytes()))
    }
}

/// `OPTIONS *` asks the gateway itself, which has no resource of its own to tell about (RFC 9110 §9.3.7).
pub(crate) fn asterisk(x: &Exchange<'_>) -> Option<Reply> {
    let asked = x.head.method == Method::Options && x.head.path() == "*";
    asked.then(|| Reply::new(ResponseHead::new(204), Body::empty()))
}

pub(crate) fn apply(x: &mut Exchange<'_>) -> Result<(), Refusal> {
    if matches!(x.head.method, Method::Connect) {
        return Err(Refusal::new(Reason::MethodNotImplemented, "this gateway opens no tunnels by CONNECT"));
    }
    if http1::hop::loops(&x.head.fields, &x.shared().config.pseudonym) {
        return Err(Refusal::new(Reason::LoopDetected, "the request came through this gateway before (Via)"));
    }
    let path = route::normalise(x.head.path())
        .map_err(|error| Refusal::new(Reason::InvalidPath, format!("the path cannot be read: {error}")))?;
    if let std::borrow::Cow::Owned(path) = path {
        x.head.set_path(&path);
    }
    let preflight = x.head.method == Method::Options && x.head.fields.has(Known::AccessControlRequestMethod);
    let route = find(x, preflight)?;
    x.ledger.note(|record| record.place = Some(Arc::clone(&route.labels)));
    inside(x, &route)?;
    let state = route.service.state;
    x.route = Some(route);
    match state {
        ServiceState::Published | ServiceState::Deprecated => Ok(()),
        ServiceState::Draft => {
            let refusal = Refusal::new(Reason::NoRoute, "no route matches");
            Err(refusal.shaped(x.shape()))
        }
        ServiceState::Retired => {
            let refusal = Refusal::new(Reason::ServiceUnavailable, "the service is retired");
            Err(refusal.shaped(x.shape()))
        }
    }
}

/// What a flow calls is a service that it names, and no flow runs within itself without end.
fn inside(x: &Exchange<'_>, route: &snapshot::Route) -> Result<(), Refusal> {
    let Some(vouched) = &x.vouched else { return Ok(()) };
    if vouched.only.as_ref().is_some_and(|only| *only != route.service.id) {
        let detail = format!("the path {} belongs to another service than the flow's source", x.head.path());
        return Err(Refusal::new(Reason::NoRoute, detail));
    }
    let calls = route.flow.is_some() || matches!(route.service.backend, Backend::Graphql(_));
    if calls && vouched.flows >= DEPTH {
        return Err(Refusal::new(
            Reason::LoopDetected,
            format!("flows run more than {DEPTH} deep within each other"),
        ));
    }
    Ok(())
}

/// A preflight is for the method that it asks about.
fn find(x: &Exchange<'_>, preflight: bool) -> Result<Arc<snapshot::Route>, Refusal> {
    let facts = Conditions(&x.head.fields, x.head.query());
    let asked = x.head.fields.get_str(Known::AccessControlRequestMethod).filter(|_| preflight);
    let method = asked.unwrap_or(x.head.method.as_str());
    let host = x.head.authority();
    match x.snapshot.find(host, x.head.path(), method, &facts) {
        Ok(found) => Ok(Arc::clone(found.route)),
        Err(route::Miss::NoRoute) => {
            let detail = format!("no route matches {} {host}{}", x.head.method, x.head.path());
            Err(Refusal::new(Reason::NoRoute, detail))
        }
        Err(route::Miss::MethodNotAllowed(methods)) => {
            let allow = methods.names().collect::<Vec<_>>().join(", ");
            let detail = format!("{} is not among the methods of this path: {allow}", x.head.method);
            let refusal = Refusal::new(Reason::MethodNotAllowed, detail);
            Err(Refusal { allow: Some(allow), ..refusal })
        }
    }
}
