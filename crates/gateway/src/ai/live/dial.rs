//! Opening a session with one of an alias's targets: the first that accepts.

use std::pin::pin;
use std::sync::Arc;

use llm::{ApiError, Dialect, ErrorKind, Live, Unsigned};
use message::{Body, Fields, Known, Method, Reason, RequestHead, Side};
use net::websocket::{Key, WebSocket};
use net::{Response, SendError, Upgrade};
use snapshot::{Alias, AliasTarget};

use super::{LONGEST, Line};
use crate::Refusal;
use crate::ai::google::{self, Token};
use crate::ai::refusal_of;
use crate::ai::serve::Failed;
use crate::ai::target::{api_error, failed, kind, read_error};
use crate::exchange::Exchange;
use crate::proxy::{Deadline, Once, one_target, send_once, within};
use crate::stage::transform::change;

/// How a session is opened with a provider.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) wire: Live,
    pub(super) dialect: Dialect,
    /// The version of Google's interface that the client asked for.
    pub(super) version: &'static str,
    /// What of the client's head is for the provider.
    pub(super) extra: Fields,
    pub(super) overrule: snapshot::Timeouts,
}

/// A provider that has accepted.
pub(super) struct Peer {
    pub(super) socket: WebSocket<'static>,
    pub(super) line: Line,
}

/// Asks the alias's targets in order. Its errors are in the client's dialect.
pub(super) async fn dial(x: &mut Exchange<'_>, call: &Call, alias: &Arc<Alias>) -> Result<Peer, Refusal> {
    let deadline = Deadline::of(&call.overrule);
    within(deadline, pin!(any_of(x, (call, deadline), alias))).await
}

async fn any_of(
    x: &mut Exchange<'_>,
    (call, deadline): (&Call, Option<Deadline>),
    alias: &Arc<Alias>,
) -> Result<Peer, Refusal> {
    let refuse = |error: ApiError, reason| refusal_of(call.dialect, &error.for_client(), reason);
    x.upgrade.get_or_insert_with(|| Upgrade { protocol: "websocket".into(), extended_connect: false });
    x.ledger.note(|record| {
        if let Some(ai) = &mut record.ai {
            ai.alias = Some(Arc::clone(&alias.name));
        }
    });
    let mut before: Option<(Box<ApiError>, Reason)> = None;
    for (at, target) in alias.targets.iter().enumerate() {
        let asked_before = before.as_ref().filter(|(_, reason)| *reason != Reason::UnsupportedContent);
        let cause = asked_before.map(|(error, _)| format!("fallback_{}", error.status));
        match Box::pin(ask(x, (call, deadline), target, cause)).await {
            Ok(socket) => return Ok(Peer { socket, line: Line { alias: Arc::clone(alias), at } }),
            Err(Failed::Final(error, reason)) => return Err(refuse(*error, reason)),
            Err(Failed::Next(error, reason)) => before = Some((error, reason)),
            Err(Failed::Unfit(error)) => {
                before.get_or_insert((error, Reason::UnsupportedContent));
            }
        }
    }
    let (error, reason) = before.unwrap_or_else(|| {
        let error = ApiError::new(502, ErrorKind::Server, "the alias has no targets");
        (Box::new(error), Reason::ProvidersExhausted)
    });
    let several = alias.targets.len() > 1 && reason != Reason::UnsupportedContent;
    Err(refuse(*error, if several { Reason::ProvidersExhausted } else { reason }))
}

async fn ask(
    x: &mut Exchange<'_>,
    (call, deadline): (&Call, Option<Deadline>),
    target: &AliasTarget,
    cause: Option<String>,
) -> Result<WebSocket<'static>, Failed> {
    let kind = kind(target);
    let to = llm::Target::new(&target.model, None).of(target.provider.vendor).at(&target.provider.path);
    let path = call.wire.path(kind, &to, call.version).ok_or_else(|| {
        let message = "the chosen model's provider has no sessions of this kind";
        let error = ApiError::new(400, ErrorKind::InvalidRequest, message).with_param("model");
        Failed::Unfit(Box::new(error.with_code("unsupported_model")))
    })?;
    x.ledger.note(|record| {
        record.upstream = Some(Arc::clone(&target.provider.upstream.label));
        if let Some(ai) = &mut record.ai {
            ai.provider = Some(Arc::clone(&target.provider.label));
            ai.model = Some(Arc::clone(&target.model));
        }
    });
    let key = x.core.with_rng(Key::random);
    let token = google::key(x.core.into(), &target.provider).await;
    let token = token.map_err(|why| failed(Reason::ProviderError, &why))?;
    let head = request_head(x, call, (target, token.as_ref()), (&path, &key))?;
    let response = send(x, (call, deadline), target, cause, &head).await?;
    let Some(tunnel) = response.tunnel else {
        if (200..300).contains(&response.head.status) {
            return Err(failed(Reason::ProviderMalformed, "it passed over the wish for a WebSocket"));
        }
        return Err(read_error(kind, call.dialect, &to, response).await);
    };
    if !key.is_accepted_by(&response.head) {
        return Err(failed(Reason::ProviderMalformed, "its `Sec-WebSocket-Accept` is wrong (RFC 6455 §4.1)"));
    }
    let Some((io, ahead)) = tunnel.into_io() else {
        return Err(failed(Reason::InternalError, "the connection is gone"));
    };
    Ok(WebSocket::client(io, ahead, LONGEST))
}

async fn send(
    x: &mut Exchange<'_>,
    (call, deadline): (&Call, Option<Deadline>),
    target: &AliasTarget,
    cause: Option<String>,
    head: &RequestHead,
) -> Result<Response, Failed> {
    let upstream = &target.provider.upstream;
    let now = x.now();
    let chosen = one_target(&x.core.shared, upstream, now);
    let (running, pick) = chosen.map_err(|refusal| failed(refusal.reason, &refusal.detail))?;
    let overrule = call.overrule;
    let once = Once {
        upstream,
        running,
        pick: &pick,
        head,
        at: now,
        reason: cause,
        overrule,
        deadline,
        relays: true,
    };
    let outcome = send_once(x, &once, &mut Body::empty()).await;
    x.latest();
    outcome.map_err(|SendError { reason, detail, .. }| match reason.side() {
        Side::Client => Failed::Final(Box::new(api_error(reason, &detail)), reason),
        _ => failed(reason, &detail),
    })
}

fn request_head(
    x: &Exchange<'_>,
    call: &Call,
    (target, token): (&AliasTarget, Option<&Token>),
    (path, key): (&str, &Key),
) -> Result<RequestHead, Failed> {
    let provider = &target.provider;
    let label = provider.upstream.targets.first().map(|t| Arc::clone(&t.label)).unwrap_or_default();
    let port = if provider.upstream.tls.is_some() { ":443" } else { ":80" };
    let authority = label.strip_suffix(port).unwrap_or(&label);
    let mut head = RequestHead::new(Method::Get, authority, path);
    for (name, value, _) in &call.extra {
        head.fields.push_named(name, value);
    }
    let own = || provider.keys.first().map(|(_, key)| key.expose());
    if let Some(secret) = token.map(|token| token.expose()).or_else(own) {
        let unsigned = Unsigned { method: "GET", authority, path, headers: &[], body: b"" };
        let now = x.shared().config.clock.wall().0 / 1_000_000;
        let proof = kind(target).authenticate(secret, &unsigned, now);
        for (name, value) in proof.map_err(|error| failed(Reason::ProviderError, &error.to_string()))? {
            if !head.fields.push_named(name.as_bytes(), value.as_bytes()) {
                let detail = "the provider's key has characters that no header may have";
                return Err(failed(Reason::ProviderError, detail));
            }
        }
    }
    key.push(&mut head.fields);
    head.fields.push(Known::Traceparent, &x.context.parent_of(x.ledger.span()).encode());
    change(&mut head.fields, &provider.headers);
    Ok(head)
}
