//! Live sessions: OpenAI's Realtime and Gemini's Live. A session is relayed between two `WebSockets`, message by message, to a
//! provider that speaks the same wire; the key is swapped, names of models are resolved, and every turn is a call of its own for
//! policies, limits and records.

mod dial;
mod relay;
mod session;
mod turn;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use llm::{ApiError, Dialect, ErrorKind, Live};
use message::{Fields, Known, Reason};
use net::websocket::{Handshake, HandshakeError};
use net::{Reply, Tunnel};
use snapshot::{Alias, AliasTarget};
use trace::AiRecord;

use self::dial::Call;
use self::session::{Opening, Session};
use super::alias::Allowed;
use super::refusal_of;
use crate::exchange::Exchange;
use crate::inside::Origin;
use crate::stage::authenticate::query_value;
use crate::{Refusal, Shape};

/// The longest message, in bytes. OpenAI takes 15 MiB of sound at once.
const LONGEST: usize = 16 << 20;

/// How long two peers have for their farewells.
const FAREWELL: Duration = Duration::from_millis(900);

/// What a path says of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// OpenAI's Realtime.
    OpenAi,
    /// The same at Azure's older address, where the model is called a deployment.
    Azure,
    /// Gemini's Live, in one of these versions.
    Gemini(&'static str),
}

/// The model that a session is with, by its alias and one of that's targets.
#[derive(Clone, Debug)]
pub(super) struct Line {
    alias: Arc<Alias>,
    at: usize,
}

// === impl Place ===

impl Place {
    /// The place of a path, which begins where the service does.
    pub(crate) fn of(segments: &[&str]) -> Option<Self> {
        match segments {
            ["openai", "realtime"] => Some(Self::Azure),
            ["realtime"] | ["v1", "realtime"] | ["openai", "v1", "realtime"] => Some(Self::OpenAi),
            ["ws", method] => {
                let version = method.strip_prefix("google.ai.generativelanguage.")?;
                let versions = ["v1beta", "v1alpha", "v1"];
                let is = |known: &&str| {
                    version.strip_prefix(known) == Some(".GenerativeService.BidiGenerateContent")
                };
                versions.into_iter().find(|known| is(known)).map(Self::Gemini)
            }
            // Vertex AI's; the Gemini API has it under this version.
            ["ws", service, "BidiGenerateContent"] => {
                let service = service.strip_prefix("google.cloud.aiplatform.")?;
                service.ends_with(".LlmBidiService").then_some(Self::Gemini("v1beta"))
            }
            _ => None,
        }
    }

    fn wire(self) -> Live {
        match self {
            Self::OpenAi | Self::Azure => Live::OpenAi,
            Self::Gemini(_) => Live::Gemini,
        }
    }

    /// The dialect in which errors before the session are told.
    pub(crate) fn dialect(self) -> Dialect {
        match self.wire() {
            Live::OpenAi => Dialect::OpenAiChat,
            Live::Gemini => Dialect::Gemini,
        }
    }
}

// === impl Line ===

impl Line {
    fn target(&self) -> Option<&AliasTarget> {
        self.alias.targets.get(self.at)
    }
}

pub(crate) async fn serve(
    x: &mut Exchange<'_>,
    allowed: &Allowed<'_>,
    place: Place,
) -> Result<Reply, Refusal> {
    let (wire, dialect) = (place.wire(), place.dialect());
    let handshake = Handshake::read(&x.head, x.upgrade.as_ref()).map_err(|error| {
        if error == HandshakeError::Version {
            x.answer.push_named(b"sec-websocket-version", b"13");
        }
        Refusal::new(Reason::MalformedRequest, error.to_string()).shaped(Shape::ai(dialect))
    })?;
    let Some(route) = x.route.clone() else { return Err(Refusal::new(Reason::NoRoute, "no route matches")) };
    let path = route.upstream_path(x.head.path());
    let overrule = x.timeouts();
    let call = Call { wire, dialect, version: place.version(), extra: passing(x, &handshake), overrule };
    x.ledger.note(|record| record.ai = Some(Box::new(of_session(wire))));
    let peer = match wire {
        // The first message says which model is meant.
        Live::Gemini => None,
        Live::OpenAi => {
            let model =
                model(x, place).map_err(|error| refusal_of(dialect, &error, Reason::InvalidAiRequest))?;
            let alias = allowed.find(&x.snapshot, &model)?;
            let peer = dial::dial(x, &call, &alias).await;
            Some(peer.map_err(|refusal| match refusal.shape {
                Shape::Problem => refusal.shaped(Shape::ai(dialect)),
                Shape::Ai { .. } | Shape::Graphql(_) => refusal,
            })?)
        }
    };
    let chosen = handshake.protocols().iter().find(|name| *name == "realtime").map(String::as_str);
    let head = handshake.accept(chosen);
    let opening =
        Opening { origin: Origin::of(x), route, key: x.caller.as_ref().map(|caller| caller.key), path };
    let session = Session { core: x.core.clone(), call, opening, peer };
    Ok(Reply::switched(head, Box::new(Tunnel::session("websocket".into(), Box::new(session)))))
}

impl Place {
    /// The version of Google's interface.
    fn version(self) -> &'static str {
        match self {
            Self::Gemini(version) => version,
            Self::OpenAi | Self::Azure => "v1",
        }
    }
}

/// A session itself uses nothing; its turns do.
fn of_session(wire: Live) -> AiRecord {
    AiRecord { dialect: wire.as_str().into(), streamed: true, cost_micros: Some(0), ..AiRecord::default() }
}

/// The model that the query names.
fn model(x: &Exchange<'_>, place: Place) -> Result<String, Box<ApiError>> {
    let query = x.head.query().unwrap_or_default();
    let mut found = query_value(query, "model");
    if place == Place::Azure {
        found = found.or_else(|| query_value(query, "deployment"));
    }
    let found = found.filter(|model| !model.is_empty());
    found.ok_or_else(|| {
        let message = "the query must name the model: `/v1/realtime?model=NAME`";
        let error = ApiError::new(400, ErrorKind::InvalidRequest, message);
        Box::new(error.with_param("model").with_code("missing_model"))
    })
}

/// What of the client's head is for the provider: the switch between OpenAI's interfaces, which browsers put among the
/// subprotocols.
fn passing(x: &Exchange<'_>, handshake: &Handshake) -> Fields {
    let mut fields = Fields::new();
    let beta = handshake.protocols().iter().any(|name| name == "openai-beta.realtime-v1");
    match x.head.fields.get_named("openai-beta") {
        Some(value) => drop(fields.push_named(b"openai-beta", value)),
        None if beta => drop(fields.push_named(b"openai-beta", b"realtime=v1")),
        None => {}
    }
    if let Some(value) = x.head.fields.get_named("openai-safety-identifier") {
        fields.push_named(b"openai-safety-identifier", value);
    }
    fields.push(Known::UserAgent, b"weir");
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clients_path_is_known() {
        let of = |path: &str| Place::of(&path.trim_matches('/').split('/').collect::<Vec<_>>());
        for path in ["/v1/realtime", "/realtime", "/openai/v1/realtime"] {
            assert_eq!(of(path), Some(Place::OpenAi), "{path}");
        }
        assert_eq!(of("/openai/realtime"), Some(Place::Azure));
        for version in ["v1beta", "v1alpha", "v1"] {
            let path =
                format!("/ws/google.ai.generativelanguage.{version}.GenerativeService.BidiGenerateContent");
            assert_eq!(of(&path), Some(Place::Gemini(version)));
        }
        let vertex = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent";
        assert_eq!(of(vertex), Some(Place::Gemini("v1beta")));
        for path in
            ["/v1/realtime/x", "/ws/google.ai.generativelanguage.v9.GenerativeService.BidiGenerateContent"]
        {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
