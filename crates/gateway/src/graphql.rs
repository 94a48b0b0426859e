//! GraphQL: queries to an upstream are looked at before they are sent on, and schemas are served from calls made inside.

mod asked;
mod cache;
mod calls;
mod pieces;
mod refused;
mod serve;
mod single;
mod socket;
mod stored;

use std::sync::Arc;

use graphql::guard::{Admitted, Guard};
use graphql::http::{self, Media};
use message::Known;
use net::Reply;
use snapshot::{Route, Upstream};
use trace::GraphqlRecord;

pub(crate) use cache::Kept;
pub(crate) use refused::ErrorsOf;
pub(crate) use serve::serve;
pub(crate) use single::Connections;
pub(crate) use stored::stored;

use cache::Place;

use crate::exchange::Exchange;
use crate::{Refusal, Shape, proxy};

/// What queries of this call's route may ask for, where a policy says so.
pub(crate) fn guard_of(x: &Exchange<'_>) -> Option<Arc<Guard>> {
    x.route_chains().rev().find_map(|chain| chain.graphql.clone())
}

/// Opens a WebSocket where one is asked for, or does what is asked of a stream that carries many operations.
pub(crate) async fn connects(x: &mut Exchange<'_>) -> Result<Option<Reply>, Refusal> {
    if x.upgrade.is_some() { socket::open(x).map(Some) } else { single::serve(x).await }
}

/// Looks at a query that is for an upstream, and answers it by what is kept or by the upstream. What is sent on is what was
/// read, and nothing beside it.
pub(crate) async fn proxied(
    x: &mut Exchange<'_>,
    guard: &Guard,
    (route, upstream): (&Arc<Route>, &Arc<Upstream>),
) -> Result<Reply, Refusal> {
    let mut asked = asked::of(x).await?;
    let admitted = asked.admit(x, guard)?;
    let place = Place::of(x, guard, &admitted, asked.media);
    if let Some(kept) = place.as_ref().and_then(|place| place.find(x)) {
        x.mark("graphql");
        return Ok(kept);
    }
    asked::put_back(x, &asked.request);
    x.mark("graphql");
    let Some(place) = place else { return proxy::serve(x, route, upstream).await };
    // What is kept is for others too, who may not read what this one does.
    x.head.fields.remove(Known::AcceptEncoding);
    let mut reply = proxy::serve(x, route, upstream).await?;
    place.keep(x, &mut reply);
    Ok(reply)
}

/// Tells the record which operation is asked for.
fn note(x: &mut Exchange<'_>, admitted: &Admitted) {
    let operation = GraphqlRecord::new(admitted.kind.as_str(), admitted.operation.as_deref());
    x.ledger.note(|record| record.graphql = Some(Box::new(operation)));
}

/// The shape of errors, whatever they are.
pub(crate) fn shape(x: &Exchange<'_>) -> Shape {
    Shape::Graphql(Box::new(ErrorsOf {
        media: http::media(&x.head.fields).unwrap_or(Media::Json),
        errors: Vec::new(),
    }))
}
