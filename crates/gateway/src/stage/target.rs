//! Hands the call to what serves it.

use message::{Body, Known, Method, Reason, ResponseHead};
use net::Reply;
use snapshot::{Backend, Route};

use crate::bodies::Bodies;
use crate::exchange::Exchange;
use crate::{Refusal, ai, batching, flow, graphql, jobs, proxy};

pub(crate) async fn apply(x: &mut Exchange<'_>) -> Result<Reply, Refusal> {
    let Some(route) = x.route.clone() else {
        return Err(Refusal::new(Reason::NoRoute, "no route matches"));
    };
    if let Some(reply) = end_here(x)? {
        return Ok(reply);
    }
    if x.upgrade.is_none() {
        x.ledger.bodies = Bodies::of(x);
    }
    if let Some(bodies) = &x.ledger.bodies {
        bodies.request(&x.head, &mut x.body);
    }
    if let Some(asked) = jobs::asked(x, &route) {
        return Box::pin(jobs::serve(x, asked)).await;
    }
    if let Some(used) = &route.flow {
        // Apart, since what it keeps would make every call larger.
        let mut reply = match Box::pin(jobs::begin(x, &route, used)).await {
            Some(accepted) => accepted?,
            None => Box::pin(flow::serve(x, used)).await?,
        };
        reply.head.fields.push(Known::Vary, flow::vary(&route, used).as_bytes());
        return Ok(reply);
    }
    if let Some(used) = &route.graphql {
        return Box::pin(graphql::stored(x, &route, used)).await;
    }
    if let Some(batching) = batching::asked(x, &route) {
        return Box::pin(batching::serve(x, &route, batching)).await;
    }
    if jobs::varies(x, &route) {
        x.answer.push(Known::Vary, b"prefer");
    }
    if jobs::wants(x, &route)
        && let Some(accepted) = Box::pin(jobs::begin_call(x, &route)).await
    {
        return accepted;
    }
    match &route.service.backend {
        Backend::Upstream { upstream, .. } => {
            if let Some(guard) = graphql::guard_of(x) {
                if let Some(reply) = Box::pin(graphql::connects(x)).await? {
                    return Ok(reply);
                }
                return Box::pin(graphql::proxied(x, &guard, (&route, upstream))).await;
            }
            proxy::serve(x, &route, upstream).await
        }
        Backend::Graphql(served) => match Box::pin(graphql::connects(x)).await? {
            Some(reply) => Ok(reply),
            None => Box::pin(graphql::serve(x, served)).await,
        },
        Backend::Ai { models, ways } => ai::serve(x, &route, models.as_deref(), *ways).await,
    }
}

/// Names the call in its answer, where what serves it has not: AI services do in their dialect's own field.
pub(crate) fn name(x: &Exchange<'_>, reply: &mut Reply) {
    let is_ai = |route: &Route| route.flow.is_none() && matches!(route.service.backend, Backend::Ai { .. });
    if !reply.head.fields.has(Known::XRequestId) && !x.route.as_deref().is_some_and(is_ai) {
        reply.head.fields.push(Known::XRequestId, &x.ledger.id().text());
    }
}

/// `Max-Forwards: 0` makes this gateway the one that answers (RFC 9110 §7.6.2).
fn end_here(x: &mut Exchange<'_>) -> Result<Option<Reply>, Refusal> {
    let refuse = |reject: http1::Reject| Refusal::new(reject.reason, reject.detail);
    match http1::hop::max_forwards(&mut x.head).map_err(refuse)? {
        http1::hop::MaxForwards::Forward => Ok(None),
        http1::hop::MaxForwards::Answer if x.head.method == Method::Options => {
            let mut head = ResponseHead::new(204);
            head.fields.push(Known::Allow, b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
            Ok(Some(Reply::new(head, Body::empty())))
        }
        http1::hop::MaxForwards::Answer => {
            let refusal =
                Refusal::new(Reason::MethodNotAllowed, "this gateway does not echo requests (TRACE)");
            Err(Refusal { allow: Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS".into()), ..refusal })
        }
    }
}
