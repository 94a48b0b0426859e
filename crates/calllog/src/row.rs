//! One call as bytes: what searches ask for first, the rest behind it. A call of one attempt takes about
//! 150 bytes.

use std::net::IpAddr;

use base::Micros;
use trace::codec::{put, zigzag};
use trace::{AiRecord, Attempt, CallRecord, Phase, Protocol};

use crate::groups::Numbers;
use crate::words::{Words, put_text};

mod read;
mod steps;
#[cfg(test)]
mod tests;

pub(crate) use read::{Facts, Row};

/// Set in a row's first byte.
mod flag {
    pub(super) const PARENT: u8 = 1;
    pub(super) const TLS: u8 = 2;
    pub(super) const AI: u8 = 4;
    pub(super) const FIRST_BYTE: u8 = 8;
    pub(super) const QUERY: u8 = 16;
    pub(super) const HEADERS: u8 = 32;
    pub(super) const FLOW: u8 = 64;
    pub(super) const GRAPHQL: u8 = 128;
}

/// Set in an attempt's first byte.
mod attempt_flag {
    pub(super) const RETRY: u8 = 1;
    pub(super) const DISCARDED: u8 = 2;
    pub(super) const REUSED: u8 = 4;
    pub(super) const PEER: u8 = 8;
}

/// Set in the first byte of the part about AI.
mod ai_flag {
    pub(super) const STREAMED: u8 = 1;
    pub(super) const ESTIMATED: u8 = 2;
    pub(super) const COST: u8 = 4;
    pub(super) const TTFT: u8 = 8;
    pub(super) const INTER_TOKEN: u8 = 16;
    pub(super) const REPORTED: u8 = 32;
    pub(super) const PIECES: u8 = 64;
}

/// Appends a record, of which some words were numbered already; times are written as distances from `base`.
pub(crate) fn write(
    out: &mut Vec<u8>,
    words: &mut Words,
    numbers: &Numbers,
    record: &CallRecord,
    base: Micros,
) {
    let set = |on: bool, flag: u8| if on { flag } else { 0 };
    let headers = !record.request_headers.is_empty() || !record.response_headers.is_empty();
    out.push(
        set(record.parent_span_id.is_some(), flag::PARENT)
            | set(record.tls, flag::TLS)
            | set(record.ai.is_some(), flag::AI)
            | set(record.first_byte_us.is_some(), flag::FIRST_BYTE)
            | set(record.query.is_some(), flag::QUERY)
            | set(headers, flag::HEADERS)
            | set(record.flow.is_some(), flag::FLOW)
            | set(record.graphql.is_some(), flag::GRAPHQL),
    );
    out.extend_from_slice(record.id.as_bytes());
    out.extend_from_slice(&record.trace_id.0);
    put(out, zigzag(record.started.0.wrapping_sub(base.0)));
    put(out, record.duration_us);
    put(out, u64::from(record.status));
    let alias = record.ai.as_ref().and_then(|ai| ai.alias.as_ref()).map_or(0, |alias| words.shared(alias));
    let Numbers { team, service, route, application, plan, credential, upstream, method, reason } = *numbers;
    let host = words.number(&record.host);
    for word in [team, service, route, application, upstream, alias, method, reason, host] {
        put(out, word);
    }
    put_text(out, &record.path);
    if let Some(graphql) = &record.graphql {
        put(out, words.label(&graphql.kind));
        put(out, words.number(graphql.operation.as_deref().unwrap_or_default()));
    }
    // What follows is read only of calls that were found.
    out.extend_from_slice(&record.span_id.0);
    if let Some(parent) = record.parent_span_id {
        out.extend_from_slice(&parent.0);
    }
    let agent = words.number(record.user_agent.as_deref().unwrap_or_default());
    for word in [plan, credential, agent] {
        put(out, word);
    }
    out.push(protocol(Some(record.protocol)));
    address(out, record.client);
    put(out, record.bytes_in);
    put(out, record.bytes_out);
    if let Some(first_byte) = record.first_byte_us {
        put(out, u64::from(first_byte));
    }
    put(out, record.attempts.len() as u64);
    for attempt in &record.attempts {
        write_attempt(out, words, attempt);
    }
    put(out, record.stages.len() as u64);
    for stage in &record.stages {
        put(out, words.label(&stage.name));
        put(out, u64::from(stage.start_us));
        put(out, u64::from(stage.duration_us));
    }
    if let Some(ai) = &record.ai {
        write_ai(out, words, ai);
    }
    if let Some(query) = &record.query {
        put_text(out, query);
    }
    if headers {
        write_headers(out, words, &record.request_headers);
        write_headers(out, words, &record.response_headers);
    }
    if let Some(flow) = &record.flow {
        steps::write(out, words, flow);
    }
}

fn write_attempt(out: &mut Vec<u8>, words: &mut Words, attempt: &Attempt) {
    let set = |on: bool, flag: u8| if on { flag } else { 0 };
    out.push(
        set(attempt.retry_of.is_some(), attempt_flag::RETRY)
            | set(attempt.discarded, attempt_flag::DISCARDED)
            | set(attempt.reused, attempt_flag::REUSED)
            | set(attempt.peer.is_some(), attempt_flag::PEER),
    );
    out.push(attempt.number);
    if let Some(retry_of) = attempt.retry_of {
        out.push(retry_of);
    }
    put(out, words.shared(&attempt.target));
    put(out, attempt.reason.as_ref().map_or(0, |reason| words.label(reason)));
    put(out, attempt.error.as_ref().map_or(0, |error| words.label(error)));
    out.push(protocol(attempt.protocol));
    put(out, u64::from(attempt.started_us));
    for phase in Phase::ALL {
        put(out, attempt.phases.get(phase).map_or(0, |micros| u64::from(micros) + 1));
    }
    put(out, u64::from(attempt.status));
    put(out, attempt.bytes_up);
    put(out, attempt.bytes_down);
    if let Some(peer) = attempt.peer {
        address(out, peer.ip());
        out.extend_from_slice(&peer.port().to_le_bytes());
    }
}

fn write_ai(out: &mut Vec<u8>, words: &mut Words, ai: &AiRecord) {
    let set = |on: bool, flag: u8| if on { flag } else { 0 };
    out.push(
        set(ai.streamed, ai_flag::STREAMED)
            | set(ai.estimated, ai_flag::ESTIMATED)
            | set(ai.cost_micros.is_some(), ai_flag::COST)
            | set(ai.ttft_us.is_some(), ai_flag::TTFT)
            | set(ai.inter_token_p50_us.is_some(), ai_flag::INTER_TOKEN)
            | set(ai.cost_reported, ai_flag::REPORTED)
            | set(!ai.pieces.is_none(), ai_flag::PIECES),
    );
    put(out, words.label(&ai.dialect));
    for name in [&ai.provider, &ai.model] {
        put(out, name.as_ref().map_or(0, |name| words.shared(name)));
    }
    put(out, ai.finish_reason.as_ref().map_or(0, |finish| words.label(finish)));
    let usage = &ai.usage;
    for tokens in [usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning] {
        put(out, tokens);
    }
    if let Some(cost) = ai.cost_micros {
        put(out, zigzag(cost));
    }
    for micros in [ai.ttft_us, ai.inter_token_p50_us].into_iter().flatten() {
        put(out, u64::from(micros));
    }
    put(out, ai.dropped_params.len() as u64);
    for parameter in &ai.dropped_params {
        put(out, words.label(parameter));
    }
    if !ai.pieces.is_none() {
        for count in ai.pieces.counts() {
            put(out, count);
        }
    }
}

fn write_headers(out: &mut Vec<u8>, words: &mut Words, headers: &[(Box<str>, Box<str>)]) {
    put(out, headers.len() as u64);
    for (name, value) in headers {
        put(out, words.number(name));
        put_text(out, value);
    }
}

const fn protocol(protocol: Option<Protocol>) -> u8 {
    match protocol {
        None => 0,
        Some(Protocol::Http10) => 1,
        Some(Protocol::Http11) => 2,
        Some(Protocol::Http2) => 3,
    }
}

fn address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            out.push(4);
            out.extend_from_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            out.push(6);
            out.extend_from_slice(&address.octets());
        }
    }
}
