//! `GET /api/v1/calls/{id}/bodies`.

mod frames;

use axum::extract::State;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use trace::{BodyPart, KeptBody};

use super::read::unknown;
use super::view::known;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Place};
use crate::problem::Problem;

/// The bodies of a call.
#[derive(Debug, Serialize, JsonSchema)]
struct CallBodies {
    /// In the order of time; none where no policy asked to keep them, or they are not kept any more.
    items: Vec<BodyView>,
}

/// A body, or its beginning.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CallBody")]
struct BodyView {
    /// `request` (what the client sent), `sent` (what a provider was sent), `received` (what it answered) or `answer` (what
    /// the client got).
    part: &'static str,
    /// The attempt; null for the client's.
    attempt: Option<u8>,
    /// The wire format, as providers' documents spell it; null for the client's.
    format: Option<String>,
    /// The media type.
    media_type: Option<String>,
    /// Where it went, without secrets.
    to: Option<String>,
    /// The whole length in bytes.
    bytes: u64,
    /// How much of it is kept.
    kept_bytes: u64,
    /// What is kept, secrets masked, Amazon's frames as server-sent events; null: it is no text.
    text: Option<String>,
    /// When it came: microseconds after the start of the call, and the bytes that were there then.
    arrivals: Vec<(u32, u64)>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("getCallBodies", "What the client sent and got, and the provider was sent and answered");
    let access = Access::SomeTeam(Permission::BodiesRead);
    Endpoint::new((Method::GET, "/api/v1/calls/{id}/bodies"), access, names, handle)
        .answer::<CallBodies>(200, "The bodies that are kept.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place(id): Place<String>,
) -> Result<Json<CallBodies>, Problem> {
    let wanted = id.clone();
    let call = app.run(move |control| Ok(control.log().get(&wanted)?)).await?;
    let seen = |call: &calllog::Call| match call.team.as_str() {
        "" => principal.can_system(Permission::BodiesRead),
        team => principal.can(team, Permission::BodiesRead),
    };
    call.filter(seen).ok_or_else(unknown)?;
    let bodies = app.run(move |control| Ok(control.log().bodies(&id)?)).await?;
    Ok(Json(CallBodies { items: ordered(bodies).iter().map(BodyView::from).collect() }))
}

/// The client's around the attempts'.
fn ordered(mut bodies: Vec<KeptBody>) -> Vec<KeptBody> {
    let middle = |part: BodyPart| u8::from(part != BodyPart::Request) + u8::from(part == BodyPart::Answer);
    bodies.sort_by_key(|body| (middle(body.part), body.attempt, body.part));
    bodies
}

impl From<&KeptBody> for BodyView {
    fn from(body: &KeptBody) -> Self {
        let (text, arrivals) = if &*body.media_type == frames::MEDIA_TYPE {
            let (text, arrivals) = frames::as_events(&body.bytes, &body.arrivals);
            (Some(text), arrivals)
        } else {
            (text(&body.bytes), body.arrivals.clone())
        };
        Self {
            part: body.part.as_str(),
            attempt: (body.attempt > 0).then_some(body.attempt),
            format: known(&body.format),
            media_type: known(&body.media_type),
            to: known(&body.to),
            bytes: body.total,
            kept_bytes: body.bytes.len() as u64,
            text,
            arrivals,
        }
    }
}

/// The bytes as text; a letter that was cut in half at the end is left out.
fn text(bytes: &[u8]) -> Option<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(error) if error.error_len().is_none() => {
            let whole = bytes.get(..error.valid_up_to())?;
            std::str::from_utf8(whole).ok().map(str::to_owned)
        }
        Err(_) => None,
    }
}
