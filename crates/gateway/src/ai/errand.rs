//! A call at a provider that is for no model: about its files and batches. One attempt, noted as any other.

use std::sync::Arc;

use domain::DocId;
use llm::{ApiError, Dialect, ErrorKind};
use message::{Body, Method, Reason};
use net::Response;
use snapshot::{AliasTarget, Attachment, Provider};

use super::alias::Allowed;
use super::google;
use super::refusal_of;
use super::serve::Failed;
use super::signed::{self, Outgoing};
use super::target::{self, api_error};
use crate::Refusal;
use crate::exchange::Exchange;
use crate::proxy::{Once, one_target, send_once};

/// What such callers speak.
pub(crate) const DIALECT: Dialect = Dialect::OpenAiChat;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Errand {
    pub(crate) method: Method,
    /// OpenAI's path without `/v1`.
    pub(crate) path: &'static str,
    /// What follows it.
    pub(crate) below: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Body,
}

/// The providers that keep files behind the models that a caller may use.
pub(crate) fn keepers(x: &Exchange<'_>, allowed: &Allowed<'_>) -> Vec<Arc<Provider>> {
    let mut found: Vec<Arc<Provider>> = Vec::new();
    for alias in allowed.all(&x.snapshot) {
        for target in alias.targets.iter().filter(|target| target.provider.files) {
            if found.iter().all(|known| known.id != target.provider.id) {
                found.push(Arc::clone(&target.provider));
            }
        }
    }
    found
}

/// The provider of this identity, if it is behind a model that the caller may use.
pub(crate) fn keeper(x: &Exchange<'_>, allowed: &Allowed<'_>, id: &str) -> Option<Arc<Provider>> {
    let is_it = |document: &DocId| document.to_string() == id;
    keepers(x, allowed).into_iter().find(|provider| is_it(&provider.id))
}

/// A provider as the target of what is for no model.
pub(crate) fn at(provider: &Arc<Provider>) -> AliasTarget {
    AliasTarget {
        provider: Arc::clone(provider),
        model: "".into(),
        price: None,
        attachment: Attachment::default(),
    }
}

/// Runs an errand; gives an answer of status 2xx.
pub(crate) async fn run(
    x: &mut Exchange<'_>,
    target: &AliasTarget,
    errand: Errand,
) -> Result<Response, Refusal> {
    let kind = target::kind(target);
    let to = llm::Target::new(&target.model, None).of(target.provider.vendor).at(&target.provider.path);
    let path = kind.pass_path(errand.path, &to);
    let path = path.map_err(|error| refusal_of(DIALECT, &error.into(), Reason::UnsupportedContent))?;
    let (path, query) = path.split_once('?').map_or((&*path, None), |(path, query)| (path, Some(query)));
    let mut address = format!("{path}{}", errand.below);
    if let Some(query) = query {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(query);
    }
    let headers: Vec<_> =
        errand.content_type.map(|value| ("content-type".into(), value)).into_iter().collect();
    let outgoing = Outgoing {
        method: errand.method,
        path: &address,
        headers: &headers,
        body: &[],
        traceparent: Some(&x.context.parent_of(x.ledger.span()).encode()),
    };
    let now = x.shared().config.clock.wall().0 / 1_000_000;
    let token = google::key(x.core.into(), &target.provider).await;
    let token = token.map_err(|why| failed(Reason::ProviderError, &why))?;
    let head = signed::head(&target.provider, (kind, token.as_ref()), &outgoing, now);
    let head = head.map_err(|message| failed(Reason::ProviderError, &message))?;
    let response = send(x, target, &head, errand.body).await?;
    if (200..300).contains(&response.head.status) {
        return Ok(response);
    }
    Err(match target::read_error(kind, DIALECT, &to, response).await {
        Failed::Next(error, reason) | Failed::Final(error, reason) => {
            refusal_of(DIALECT, &error.for_client(), reason)
        }
        Failed::Unfit(error) => refusal_of(DIALECT, &error, Reason::UnsupportedContent),
    })
}

async fn send(
    x: &mut Exchange<'_>,
    target: &AliasTarget,
    head: &message::RequestHead,
    mut body: Body,
) -> Result<Response, Refusal> {
    let upstream = &target.provider.upstream;
    x.ledger.note(|record| record.upstream = Some(Arc::clone(&upstream.label)));
    let now = x.now();
    let chosen = one_target(&x.core.shared, upstream, now);
    let (running, pick) = chosen.map_err(|refusal| failed(refusal.reason, &refusal.detail))?;
    let once = Once {
        upstream,
        running,
        pick: &pick,
        head,
        at: now,
        reason: None,
        overrule: x.timeouts(),
        deadline: None,
        relays: false,
    };
    let outcome = send_once(x, &once, &mut body).await;
    x.latest();
    outcome.map_err(|error| failed(error.reason, &error.detail))
}

/// A failure on the way.
pub(crate) fn failed(reason: Reason, detail: &str) -> Refusal {
    refusal_of(DIALECT, &api_error(reason, detail), reason)
}

/// A mistake in what the client asks for.
pub(crate) fn wrong(param: &str, message: impl Into<String>) -> Refusal {
    let error = ApiError::new(400, ErrorKind::InvalidRequest, message).with_param(param);
    refusal_of(DIALECT, &error.with_code("invalid_value"), Reason::InvalidAiRequest)
}

/// Something that is not there, or somebody else's.
pub(crate) fn absent(what: &str, id: &str) -> Refusal {
    refusal_of(DIALECT, &super::seal::not_found(what, id), Reason::UnknownObject)
}

/// What is told where nobody can say whether it is there.
pub(crate) fn unavailable(error: stateport::StateError) -> Refusal {
    let message = format!("what was kept cannot be reached at the moment: {error}");
    refusal_of(DIALECT, &ApiError::new(503, ErrorKind::Overloaded, message), Reason::Overloaded)
}
