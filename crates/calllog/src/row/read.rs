//! The inverse of writing: first the facts that searches ask for, borrowed; then a whole call.

use std::net::{IpAddr, SocketAddr};

use base::{Micros, RequestId};
use trace::codec::{DecodeError, take, unzigzag};
use trace::{
    AiRecord, Attempt, GraphqlRecord, Phase, Phases, Pieces, Protocol, SpanId, StageTime, TokenUsage, TraceId,
};

use super::{ai_flag, attempt_flag, flag, steps};
use crate::Call;
use crate::words::{WordList, take_bytes, take_text};

/// What filters look at, of a call wherever it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) id: RequestId,
    pub(crate) trace_id: TraceId,
    pub(crate) started: Micros,
    pub(crate) duration_us: u64,
    pub(crate) status: u16,
    pub(crate) team: &'a str,
    pub(crate) service: &'a str,
    pub(crate) route: &'a str,
    pub(crate) application: &'a str,
    pub(crate) upstream: &'a str,
    pub(crate) model: &'a str,
    /// What its operation of GraphQL does, and the name of that.
    pub(crate) kind: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) method: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
}

/// A stored call of which the facts are read.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) facts: Facts<'a>,
    flags: u8,
    rest: &'a [u8],
}

impl<'a> Row<'a> {
    /// Reads the facts of a row.
    pub(crate) fn read(mut bytes: &'a [u8], words: &WordList<'a>, base: Micros) -> Result<Self, DecodeError> {
        let bytes = &mut bytes;
        let [flags] = array(bytes)?;
        let (id, trace_id) = (RequestId::from_bytes(array(bytes)?), TraceId(array(bytes)?));
        let started = Micros(base.0.wrapping_add(unzigzag(take(bytes)?)));
        let (duration_us, status) = (take(bytes)?, number(bytes)?);
        let mut word = || words.get(take(bytes)?);
        let (team, service, route, application) = (word()?, word()?, word()?, word()?);
        let (upstream, model, method, reason, host) = (word()?, word()?, word()?, word()?, word()?);
        let path = take_text(bytes)?;
        let (kind, operation) = if flags & flag::GRAPHQL != 0 {
            (words.get(take(bytes)?)?, words.get(take(bytes)?)?)
        } else {
            ("", "")
        };
        let facts = Facts {
            id,
            trace_id,
            started,
            duration_us,
            status,
            team,
            service,
            route,
            application,
            upstream,
            model,
            kind,
            operation,
            method,
            reason,
            host,
            path,
        };
        Ok(Self { facts, flags, rest: bytes })
    }

    /// Reads the whole call.
    pub(crate) fn call(&self, words: &WordList<'_>) -> Result<Call, DecodeError> {
        let mut rest = self.rest;
        let bytes = &mut rest;
        let has = |flag: u8| self.flags & flag != 0;
        let facts = &self.facts;
        let span_id = SpanId(array(bytes)?).to_string();
        let parent_span_id = has(flag::PARENT).then(|| array(bytes)).transpose()?;
        let mut word = || Ok(words.get(take(bytes)?)?.to_owned());
        let (plan, credential, user_agent) = (word()?, word()?, word()?);
        let protocol = protocol(bytes)?.ok_or(DecodeError)?;
        let client = address(bytes)?;
        let (bytes_in, bytes_out) = (take(bytes)?, take(bytes)?);
        let first_byte_us = has(flag::FIRST_BYTE).then(|| number(bytes)).transpose()?;
        let attempts = list(bytes, |bytes| attempt(bytes, words))?;
        let stages = list(bytes, |bytes| {
            let name = words.get(take(bytes)?)?.to_owned().into();
            Ok(StageTime { name, start_us: number(bytes)?, duration_us: number(bytes)? })
        })?;
        let ai = has(flag::AI).then(|| ai(bytes, words, facts.model)).transpose()?;
        let query = has(flag::QUERY).then(|| take_text(bytes)).transpose()?;
        let mut headers = || {
            if !has(flag::HEADERS) {
                return Ok(Vec::new());
            }
            list(bytes, |bytes| Ok((words.get(take(bytes)?)?.to_owned(), take_text(bytes)?.to_owned())))
        };
        let (request_headers, response_headers) = (headers()?, headers()?);
        let flow = has(flag::FLOW).then(|| steps::read(bytes, words)).transpose()?;
        let graphql = has(flag::GRAPHQL).then(|| GraphqlRecord {
            kind: facts.kind.to_owned().into(),
            operation: (!facts.operation.is_empty()).then(|| facts.operation.into()),
        });
        Ok(Call {
            id: facts.id.to_string(),
            trace_id: facts.trace_id.to_string(),
            span_id,
            parent_span_id: parent_span_id.map(|id| SpanId(id).to_string()),
            started: facts.started,
            duration_us: facts.duration_us,
            first_byte_us,
            method: facts.method.to_owned(),
            host: facts.host.to_owned(),
            path: facts.path.to_owned(),
            query: query.map(str::to_owned),
            status: facts.status,
            reason: some(facts.reason),
            protocol,
            tls: has(flag::TLS),
            client,
            team: facts.team.to_owned(),
            service: facts.service.to_owned(),
            route: facts.route.to_owned(),
            application: facts.application.to_owned(),
            plan,
            credential,
            upstream: facts.upstream.to_owned(),
            bytes_in,
            bytes_out,
            attempts,
            ai,
            flow,
            graphql,
            stages,
            request_headers,
            response_headers,
            user_agent: some(&user_agent),
        })
    }
}

fn attempt(bytes: &mut &[u8], words: &WordList<'_>) -> Result<Attempt, DecodeError> {
    let [flags, attempt_number] = array(bytes)?;
    let has = |flag: u8| flags & flag != 0;
    let retry_of = has(attempt_flag::RETRY).then(|| array::<1>(bytes)).transpose()?.map(|[number]| number);
    let target = words.get(take(bytes)?)?.into();
    let mut label = || Ok(some(words.get(take(bytes)?)?).map(Into::into));
    let (reason, error) = (label()?, label()?);
    let protocol = protocol(bytes)?;
    let started_us = number(bytes)?;
    let mut phases = Phases::default();
    for phase in Phase::ALL {
        if let Some(micros) = take(bytes)?.checked_sub(1) {
            phases.set(phase, u32::try_from(micros).map_err(|_| DecodeError)?);
        }
    }
    let status = number(bytes)?;
    let (bytes_up, bytes_down) = (take(bytes)?, take(bytes)?);
    let peer = has(attempt_flag::PEER).then(|| {
        let address = address(bytes)?;
        Ok(SocketAddr::new(address, u16::from_le_bytes(array(bytes)?)))
    });
    Ok(Attempt {
        number: attempt_number,
        target,
        retry_of,
        reason,
        discarded: has(attempt_flag::DISCARDED),
        started_us,
        phases,
        reused: has(attempt_flag::REUSED),
        protocol,
        peer: peer.transpose()?,
        status,
        bytes_up,
        bytes_down,
        error,
    })
}

fn ai(bytes: &mut &[u8], words: &WordList<'_>, alias: &str) -> Result<AiRecord, DecodeError> {
    let [flags] = array(bytes)?;
    let has = |flag: u8| flags & flag != 0;
    let mut word = || words.get(take(bytes)?);
    let (dialect, provider, model, finish) = (word()?, word()?, word()?, word()?);
    let usage = TokenUsage {
        input: take(bytes)?,
        output: take(bytes)?,
        cache_read: take(bytes)?,
        cache_write: take(bytes)?,
        reasoning: take(bytes)?,
    };
    let cost_micros = has(ai_flag::COST).then(|| take(bytes).map(unzigzag)).transpose()?;
    let ttft_us = has(ai_flag::TTFT).then(|| number(bytes)).transpose()?;
    let inter_token_p50_us = has(ai_flag::INTER_TOKEN).then(|| number(bytes)).transpose()?;
    let dropped_params = list(bytes, |bytes| Ok(words.get(take(bytes)?)?.to_owned().into()))?;
    let pieces = if has(ai_flag::PIECES) {
        Pieces { images: take(bytes)?, millis: take(bytes)?, characters: take(bytes)?, queries: take(bytes)? }
    } else {
        Pieces::default()
    };
    let shared = |name: &str| (!name.is_empty()).then(|| name.into());
    Ok(AiRecord {
        dialect: dialect.to_owned().into(),
        alias: shared(alias),
        provider: shared(provider),
        model: shared(model),
        streamed: has(ai_flag::STREAMED),
        usage,
        estimated: has(ai_flag::ESTIMATED),
        pieces,
        cost_micros,
        cost_reported: has(ai_flag::REPORTED),
        finish_reason: some(finish).map(Into::into),
        ttft_us,
        inter_token_p50_us,
        dropped_params,
    })
}

pub(super) fn list<T>(
    bytes: &mut &[u8],
    mut one: impl FnMut(&mut &[u8]) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let count = take(bytes)?;
    (0..count).map(|_| one(bytes)).collect()
}

fn protocol(bytes: &mut &[u8]) -> Result<Option<Protocol>, DecodeError> {
    match array(bytes)? {
        [0] => Ok(None),
        [1] => Ok(Some(Protocol::Http10)),
        [2] => Ok(Some(Protocol::Http11)),
        [3] => Ok(Some(Protocol::Http2)),
        _ => Err(DecodeError),
    }
}

fn address(bytes: &mut &[u8]) -> Result<IpAddr, DecodeError> {
    match array(bytes)? {
        [4] => Ok(IpAddr::from(array::<4>(bytes)?)),
        [6] => Ok(IpAddr::from(array::<16>(bytes)?)),
        _ => Err(DecodeError),
    }
}

pub(super) fn number<T: TryFrom<u64>>(bytes: &mut &[u8]) -> Result<T, DecodeError> {
    T::try_from(take(bytes)?).map_err(|_| DecodeError)
}

pub(super) fn array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], DecodeError> {
    take_bytes(bytes, N)?.try_into().map_err(|_| DecodeError)
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
