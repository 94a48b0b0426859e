//! One operation of a connection: a call made inside, whose answer is told piece by piece.

use bytes::Bytes;
use graphql::Error;
use graphql::guard::{Kind, kind_of};
use graphql::http::{Request, Response};
use graphql::subscribe::sse::Reader;
use graphql::subscribe::ws::{Do, Session as Protocol};
use limits::Permit;
use message::{Fields, Frame, Known, Method};
use net::Reply;
use serde_json::{Map, Value};
use tokio::sync::mpsc::Sender;

use crate::gateway::Core;
use crate::inside::{Inner, Origin};

/// The longest result, in bytes.
const RESULT: usize = 16 << 20;

/// What an operation tells.
pub(in crate::graphql) enum Told {
    /// A result, as JSON.
    Result(Vec<u8>),
    /// It is over.
    Over,
}

/// Where an operation tells what it has to.
pub(in crate::graphql) struct Telling {
    pub(in crate::graphql) number: u64,
    pub(in crate::graphql) say: Sender<(u64, Told)>,
}

// === impl Telling ===

impl Telling {
    /// Who is told nothing any more has left.
    async fn tell(&self, told: Told) {
        drop(self.say.send((self.number, told)).await);
    }
}

// === impl Told ===

impl Told {
    /// What it means in the connection.
    pub(super) fn actions(self, protocol: &mut Protocol, id: &str) -> Vec<Do> {
        let action = match self {
            Self::Result(result) => protocol.answered(id, &result),
            Self::Over => protocol.completed(id),
        };
        action.into_iter().collect()
    }
}

/// Runs an operation to its end; with what limits gave to the call that brought it, if they did.
pub(in crate::graphql) async fn run(
    (core, origin, path): (Core, Origin, String),
    (request, charged): (Request, Option<Vec<Permit>>),
    telling: Telling,
) {
    let mut fields = Fields::new();
    fields.push(Known::ContentType, b"application/json");
    let accept: &[u8] = match kind_of(&request) {
        Some(Kind::Subscription) => b"text/event-stream",
        // Its pieces are results, as those of a subscription are.
        Some(_) if request.query.as_ref().is_some_and(|text| text.contains("@defer")) => {
            b"text/event-stream, application/graphql-response+json;q=0.9, application/json;q=0.8"
        }
        _ => b"application/graphql-response+json, application/json;q=0.9",
    };
    fields.push(Known::Accept, accept);
    let body = Bytes::from(request.to_body());
    let inner = Inner { method: Method::Post, path, fields, body, charged, answer: None };
    let mut reply = origin.call(&core, inner).await;
    let told = if is_events(&reply) {
        events(&mut reply, &telling).await
    } else {
        whole(&mut reply, &telling).await
    };
    if let Err(message) = told {
        let error = Error::new(message).coded("OPERATION_FAILED");
        telling.tell(Told::Result(Response::<()>::of_error(error).to_json())).await;
    }
    telling.tell(Told::Over).await;
}

fn is_events(reply: &Reply) -> bool {
    let kind = reply.head.fields.get_str(Known::ContentType);
    kind.is_some_and(|kind| kind.trim().starts_with("text/event-stream"))
}

async fn whole(reply: &mut Reply, telling: &Telling) -> Result<(), String> {
    let status = reply.head.status;
    let body = reply.body.collect(RESULT).await.map_err(|error| error.detail.into_owned())?;
    if serde_json::from_slice::<Map<String, Value>>(&body).is_err() {
        return Err(format!("the operation was answered with status {status}, and not as GraphQL has it"));
    }
    telling.tell(Told::Result(body.to_vec())).await;
    Ok(())
}

async fn events(reply: &mut Reply, telling: &Telling) -> Result<(), String> {
    let mut reader = Reader::new(RESULT);
    while let Some(frame) = reply.body.frame().await {
        let Frame::Data(data) = frame.map_err(|error| error.detail.into_owned())? else { continue };
        for event in reader.read(&data).map_err(|error| error.to_string())? {
            match &*event.name {
                "next" => telling.tell(Told::Result(event.data.into_bytes())).await,
                "complete" => return Ok(()),
                _ => {}
            }
        }
    }
    Ok(())
}
