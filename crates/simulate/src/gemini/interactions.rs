//! Google's Interactions, `POST interactions`: a conversation in steps. It is the same model that answers as by
//! `generateContent`. Nothing is kept here: what goes on from an interaction finds none.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{OriginalUri, Query, Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};

use super::Surface;
use super::ask::Ask;
use super::desk::{Desk, Params};
use super::error::ApiError;
use super::{models, reply};
use crate::fault::Faults;
use crate::world::{Ticket, World};

mod read;
mod steps;
mod tell;

use read::Asked;
use tell::Interaction;

/// Makes an interaction.
pub(super) async fn create(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    OriginalUri(uri): OriginalUri,
    Query(params): Query<Params>,
    request: Request,
) -> Response {
    let mut desk = Desk::open(world, ticket, Surface::of(uri.path()));
    let (head, body) = request.into_parts();
    let made = async {
        let value = desk.read(body).await?;
        let asked = read::request(&value)?;
        let (name, of_model) = Faults::of_model(&asked.model)?;
        let faults = desk.enter(&head.headers, &params, of_model).await?;
        let made = answer(&desk, &asked, name, faults)?;
        Ok::<_, ApiError>((made, asked.stream, faults))
    };
    match made.await {
        Ok((made, true, faults)) => {
            let error = tell::error(&ApiError::asked_for(StatusCode::SERVICE_UNAVAILABLE, None));
            desk.play(tell::frames(&made), (error, tell::GARBAGE), "text/event-stream", faults)
        }
        Ok((made, false, faults)) => {
            desk.write(made.tokens, faults).await;
            desk.whole(&tell::whole(made), faults)
        }
        Err(error) => desk.refuse_in_words(&error),
    }
}

/// An interaction that is kept: there is none.
pub(super) async fn kept(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    OriginalUri(uri): OriginalUri,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket, Surface::of(uri.path()));
    match desk.enter(&headers, &params, Faults::default()).await {
        Ok(_) => desk.refuse_in_words(&none()),
        Err(error) => desk.refuse_in_words(&error),
    }
}

fn none() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "Interaction not found.")
}

fn answer(desk: &Desk, asked: &Asked, name: &str, faults: Faults) -> Result<Interaction, ApiError> {
    let (surface, seed) = (desk.surface, desk.world.config.seed);
    let model = models::resolve(name).filter(|model| !model.embeds);
    let model = model.ok_or_else(|| ApiError::no_model(name, "createInteraction", surface))?;
    let ask = Ask::read(&asked.generate, model, surface, seed)?;
    desk.allow(ask.prompt.tokens())?;
    let reply = reply::make(&desk.world, &desk.ticket, &ask, faults, &desk.key);
    Ok(Interaction::of(reply, &desk.world, &desk.ticket, name))
}
