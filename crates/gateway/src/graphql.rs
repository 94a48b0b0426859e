//! GraphQL: queries to an upstream are looked at before they are sent on, and schemas are served from calls made inside.

mod asked;
mod calls;
mod pieces;
mod refused;
mod serve;
mod socket;
mod stored;

use std::sync::Arc;

use graphql::guard::Guard;
use graphql::http::{self, Media};
use net::Reply;

pub(crate) use refused::ErrorsOf;
pub(crate) use serve::serve;
pub(crate) use stored::stored;

use crate::exchange::Exchange;
use crate::{Refusal, Shape};

/// What queries of this call's route may ask for, where a policy says so.
pub(crate) fn guard_of(x: &Exchange<'_>) -> Option<Arc<Guard>> {
    x.route_chains().rev().find_map(|chain| chain.graphql.clone())
}

/// Opens a WebSocket where one is asked for.
pub(crate) fn opens(x: &mut Exchange<'_>) -> Result<Option<Reply>, Refusal> {
    if x.upgrade.is_none() { Ok(None) } else { socket::open(x).map(Some) }
}

/// Looks at a query that is for an upstream. What is sent on is what was read, and nothing beside it.
pub(crate) async fn look(x: &mut Exchange<'_>, guard: &Guard) -> Result<(), Refusal> {
    let mut asked = asked::of(x).await?;
    asked.admit(guard)?;
    asked::put_back(x, &asked.request);
    x.mark("graphql");
    Ok(())
}

/// The shape of errors, whatever they are.
pub(crate) fn shape(x: &Exchange<'_>) -> Shape {
    Shape::Graphql(Box::new(ErrorsOf {
        media: http::media(&x.head.fields).unwrap_or(Media::Json),
        errors: Vec::new(),
    }))
}
