//! Asking one target of an alias: its request, one attempt, and the first of its answer.

use std::sync::Arc;

use bytes::Bytes;
use domain::spec::UnsupportedParams;
use llm::catalogue::{Catalogue, Model};
use llm::{AnswerIds, ApiError, Dialect, Encoded, ErrorKind, Held, ProviderKind};
use memchr::memmem;
use message::{Body, Method, Reason, RequestHead, Side};
use net::{Reply, Response, SendError};
use snapshot::{AliasTarget, Provider};
use tokio::time::Instant;

use super::answer;
use super::fetch::Fetches;
use super::google::{self, Token};
use super::keeper::Keeper;
use super::lent::Lent;
use super::owner::Owner;
use super::responses;
use super::seal::{self, Opened};
use super::serve::Failed;
use super::signed::{self, Outgoing};
use super::tariff::Tariff;
use super::task::{Answer, Made, Scanned, Stamp};
use crate::exchange::Exchange;
use crate::proxy::{Deadline, Once, one_target, send_once};

/// The longest error of a provider that is read, in bytes.
const ERROR_CAP: usize = 1 << 20;

/// What the client asked for.
pub(crate) struct Asked<'a> {
    pub(crate) dialect: Dialect,
    /// What becomes of a parameter that a target cannot honour.
    pub(crate) unsupported: UnsupportedParams,
    pub(crate) body: &'a Bytes,
    pub(crate) scanned: &'a Scanned,
    /// State of vendors that the client did not bring.
    pub(crate) held: Option<Held>,
    /// The answer that the request goes on from, as the client named it.
    pub(crate) previous: Option<String>,
    /// The same where its vendor keeps it: for that vendor alone.
    pub(crate) opened: Option<Opened>,
    /// Who has the files that the request names.
    pub(crate) lent: Option<Lent>,
    /// What the answer is called, where that was said before.
    pub(crate) named: Option<String>,
    /// Whether markers of prompt caches are placed.
    pub(crate) marks_cache: bool,
    /// Its files, for targets that want the bytes.
    pub(crate) fetches: Fetches,
    /// Where such state goes.
    pub(crate) keeper: Keeper,
    pub(crate) overrule: snapshot::Timeouts,
    pub(crate) deadline: Option<Deadline>,
}

/// What the catalogue and the document say of a target's model.
pub(crate) struct Listed {
    model: Option<Model>,
    tariff: Arc<Tariff>,
}

/// Asks; gives the reply once it has begun, since from there on no other target may take over.
pub(crate) async fn ask(
    x: &mut Exchange<'_>,
    asked: &Asked<'_>,
    target: &AliasTarget,
    cause: Option<String>,
) -> Result<Reply, Failed> {
    let kind = kind(target);
    let native = kind.keeps_answers(asked.dialect);
    if let Some(error) = asked.lent.as_ref().and_then(|lent| lent.misses(target)) {
        return Err(Failed::Unfit(error));
    }
    if asked.opened.as_ref().is_some_and(|opened| !native || !opened.is_of(target)) {
        let previous = asked.previous.as_deref().unwrap_or_default();
        return Err(Failed::Unfit(Box::new(responses::not_found(previous))));
    }
    let known = target.attachment.get_or_init(|| know(target));
    let model = known.and_then(|known| known.model.as_ref());
    let to = llm::Target {
        held: asked.held.as_ref(),
        previous: asked.opened.as_ref().map(|opened| &*opened.id),
        mark_cache: asked.marks_cache,
        ..llm::Target::new(&target.model, model)
    };
    let mut to = to.of(target.provider.vendor).at(&target.provider.path);
    let created = x.shared().config.clock.wall().0 / 1_000_000;
    let stamp = Stamp { id: x.ledger.id().to_string(), created };
    let mut encoded = asked.scanned.encode((asked.dialect, asked.body), kind, &to, stamp.clone());
    let fetched;
    if encoded.is_err() {
        let found = asked.fetches.of(x, asked, kind, &to).await;
        fetched = found.map_err(|error| Failed::Unfit(Box::new(error.into())))?;
        to.fetched = fetched.as_deref();
        encoded = asked.scanned.encode((asked.dialect, asked.body), kind, &to, stamp);
    }
    let (encoded, mut answer) = match encoded.map_err(|error| Failed::Unfit(Box::new(error.into())))? {
        Made::Request(encoded, answer) => (encoded, answer),
        Made::Answer(body) => return Ok(answer::json(body)),
    };
    if let Answer::Generate(context) = &mut answer {
        context.ids = ids(x, asked, target, native);
    }
    if let (UnsupportedParams::Refuse, Some(first)) = (asked.unsupported, encoded.dropped.first()) {
        return Err(Failed::Unfit(Box::new(not_honoured(first))));
    }
    x.ledger.note(|record| {
        if let Some(ai) = &mut record.ai {
            ai.provider = Some(Arc::clone(&target.provider.label));
            ai.model = Some(Arc::clone(&target.model));
            ai.dropped_params = encoded.dropped.iter().map(|name| name.clone().into()).collect();
        }
    });
    let key = google::key(x.core.into(), &target.provider).await;
    let key = key.map_err(|why| failed(Reason::ProviderError, &why))?;
    let head = request_head(x, target, (kind, key), &encoded)?;
    let began = Instant::now();
    let timing = (asked.overrule, asked.deadline);
    let response = send(x, timing, target, cause, (head, encoded.body)).await?;
    if !(200..300).contains(&response.head.status) {
        let quota = answer::quota(&response.head, created);
        let failed = read_error(kind, asked.dialect, &to, response).await.telling(quota);
        return Err(match (&asked.opened, &asked.previous) {
            (Some(opened), Some(previous)) => failed.renamed(&opened.id, previous),
            _ => failed,
        });
    }
    let tariff = known.map(|known| Arc::clone(&known.tariff)).unwrap_or_default();
    let pace = target.provider.pace;
    let plan = answer::Plan {
        dialect: asked.dialect,
        asked_at: created,
        kind,
        tariff,
        dropped: encoded.dropped,
        streamed: asked.scanned.streamed,
        pace,
        // Responses repeat instructions and tools twice before they say anything.
        ready_cap: answer::READY_CAP + 4 * asked.body.len(),
        began,
        // A vendor of the dialect keeps its answers itself.
        keeper: if native { asked.keeper.clone().keeping_none() } else { asked.keeper.clone() },
        owes: native && memmem::find(asked.body, b"background").is_some(),
        debt: None,
    };
    answer::begin(x, answer, plan, response).await
}

/// What the client knows the answer by.
fn ids(x: &Exchange<'_>, asked: &Asked<'_>, target: &AliasTarget, native: bool) -> AnswerIds {
    let ids = AnswerIds::default();
    if asked.dialect != Dialect::OpenAiResponses {
        return ids;
    }
    let ids = match &asked.named {
        Some(name) => ids.named(name.clone()),
        None if native => ids.sealed(seal::sealing(&x.core.shared, &Owner::of(x), target)),
        None => ids,
    };
    ids.after(asked.previous.clone())
}

/// A parameter that the target would have to leave out.
fn not_honoured(param: &str) -> ApiError {
    let message = format!("`{param}` cannot be honoured by the chosen model's provider");
    let error = ApiError::new(400, ErrorKind::InvalidRequest, message).with_param(param);
    error.with_code("unsupported_parameter")
}

/// Makes one attempt; `timing`: what overrules the upstream's times, and when the call is out of time.
pub(crate) async fn send(
    x: &mut Exchange<'_>,
    (overrule, deadline): (snapshot::Timeouts, Option<Deadline>),
    target: &AliasTarget,
    cause: Option<String>,
    (head, body): (RequestHead, Vec<u8>),
) -> Result<Response, Failed> {
    let upstream = &target.provider.upstream;
    x.ledger.note(|record| record.upstream = Some(Arc::clone(&upstream.label)));
    let now = x.now();
    let chosen = one_target(&x.core.shared, upstream, now);
    let (running, pick) = chosen.map_err(|refusal| failed(refusal.reason, &refusal.detail))?;
    let once = Once {
        upstream,
        running,
        pick: &pick,
        head: &head,
        at: now,
        reason: cause,
        overrule,
        deadline,
        relays: false,
    };
    let bodies = x.ledger.bodies.clone();
    let who = (&target.provider, x.ledger.attempts() + 1);
    if let Some(bodies) = &bodies {
        bodies.sent(who, &head, &body);
    }
    let mut body = Body::full(body);
    let mut outcome = send_once(x, &once, &mut body).await;
    if let (Some(bodies), Ok(response)) = (&bodies, &mut outcome) {
        bodies.received(who, &response.head, &mut response.body);
    }
    // The answer's body is waited for before the stage ends.
    x.latest();
    outcome.map_err(|SendError { reason, detail, .. }| match reason.side() {
        Side::Client => Failed::Final(Box::new(api_error(reason, &detail)), reason),
        _ => failed(reason, &detail),
    })
}

fn request_head(
    x: &mut Exchange<'_>,
    target: &AliasTarget,
    (kind, token): (ProviderKind, Option<Token>),
    encoded: &Encoded,
) -> Result<RequestHead, Failed> {
    let outgoing = Outgoing {
        method: Method::Post,
        path: &encoded.path,
        headers: &encoded.headers,
        body: &encoded.body,
        traceparent: Some(&x.context.parent_of(x.ledger.span()).encode()),
    };
    signed_head(x, &target.provider, (kind, token.as_ref()), &outgoing)
}

/// The head of a request to a provider.
pub(crate) fn signed_head(
    x: &Exchange<'_>,
    provider: &Provider,
    (kind, token): (ProviderKind, Option<&Token>),
    outgoing: &Outgoing<'_>,
) -> Result<RequestHead, Failed> {
    let now = x.shared().config.clock.wall().0 / 1_000_000;
    signed::head(provider, (kind, token), outgoing, now)
        .map_err(|message| failed(Reason::ProviderError, &message))
}

/// A provider's error, in the client's dialect. What another try or another provider may mend falls back.
pub(crate) async fn read_error(
    kind: ProviderKind,
    dialect: Dialect,
    to: &llm::Target<'_>,
    response: Response,
) -> Failed {
    let Response { head, mut body, .. } = response;
    // An error whose body is cut is still that error.
    let bytes = body.collect(ERROR_CAP).await.unwrap_or_default();
    let header = |name: &str| {
        let value = head.fields.get_named(name)?;
        std::str::from_utf8(value).ok().map(str::to_owned)
    };
    let error = to.decode_error(kind, dialect, (head.status, &header), &bytes).error;
    let ours = matches!(
        error.kind,
        ErrorKind::Authentication | ErrorKind::Billing | ErrorKind::Permission | ErrorKind::NotFound
    );
    if error.retryable() || ours {
        Failed::Next(Box::new(error), Reason::ProviderError)
    } else {
        Failed::Final(Box::new(error), Reason::ProviderError)
    }
}

/// A failure on the way to the provider.
pub(crate) fn failed(reason: Reason, detail: &str) -> Failed {
    Failed::Next(Box::new(api_error(reason, detail)), reason)
}

pub(crate) fn api_error(reason: Reason, detail: &str) -> ApiError {
    let kind = match reason.status() {
        504 => ErrorKind::Timeout,
        503 => ErrorKind::Overloaded,
        400..=499 => ErrorKind::InvalidRequest,
        _ => ErrorKind::Server,
    };
    ApiError::new(reason.status(), kind, format!("{}: {detail}", reason.title())).with_code(reason.code())
}

/// What a target's model costs.
pub(crate) fn tariff(target: &AliasTarget) -> Arc<Tariff> {
    target.attachment.get_or_init(|| know(target)).map(|known| Arc::clone(&known.tariff)).unwrap_or_default()
}

pub(crate) fn kind(target: &AliasTarget) -> ProviderKind {
    target.provider.kind()
}

fn know(target: &AliasTarget) -> Listed {
    let model = Catalogue::builtin().lookup(&target.model, target.provider.catalogue.as_deref());
    Listed { tariff: Arc::new(Tariff::of(target, model.as_ref())), model }
}
