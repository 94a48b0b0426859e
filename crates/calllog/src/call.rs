//! A call as it is kept and read.

use std::net::IpAddr;
use std::sync::Arc;

use base::{Micros, RequestId};
use trace::{
    AiRecord, Attempt, CallRecord, CallerLabels, FlowRecord, GraphqlRecord, Protocol, RouteLabels, Span,
    SpanId, StageTime, TraceId, waterfall,
};

use crate::row::Facts;

/// The record of one call, with names instead of pointers. Empty names stand for "not known".
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The call's id.
    pub id: String,
    /// The trace it belongs to, in hexadecimal.
    pub trace_id: String,
    /// Its span in the trace.
    pub span_id: String,
    /// The caller's span.
    pub parent_span_id: Option<String>,
    /// When it began.
    pub started: Micros,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// To the first byte of the answer, in microseconds.
    pub first_byte_us: Option<u32>,
    /// The method.
    pub method: String,
    /// The host asked for.
    pub host: String,
    /// The path.
    pub path: String,
    /// The query with secret values masked, where a policy asked to keep it.
    pub query: Option<String>,
    /// The status sent; 0 if none was.
    pub status: u16,
    /// The reason code of a failure.
    pub reason: Option<String>,
    /// The client's protocol.
    pub protocol: Protocol,
    /// Whether it came over TLS.
    pub tls: bool,
    /// The client's address.
    pub client: IpAddr,
    /// The owning team.
    pub team: String,
    /// The service.
    pub service: String,
    /// The route.
    pub route: String,
    /// Who called.
    pub application: String,
    /// Under which plan.
    pub plan: String,
    /// With which credential.
    pub credential: String,
    /// The upstream.
    pub upstream: String,
    /// Bytes of request body.
    pub bytes_in: u64,
    /// Bytes of response body.
    pub bytes_out: u64,
    /// The attempts, in order.
    pub attempts: Vec<Attempt>,
    /// Set on AI calls.
    pub ai: Option<AiRecord>,
    /// Set on calls that a flow answered.
    pub flow: Option<FlowRecord>,
    /// Set on calls of GraphQL.
    pub graphql: Option<GraphqlRecord>,
    /// The stages, in order.
    pub stages: Vec<StageTime>,
    /// Fields of the request, where a policy asked to keep them, secret values masked.
    pub request_headers: Vec<(String, String)>,
    /// Fields of the answer, likewise.
    pub response_headers: Vec<(String, String)>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
}

impl From<&CallRecord> for Call {
    fn from(record: &CallRecord) -> Self {
        let text = |name: Option<&str>| name.unwrap_or_default().to_owned();
        Self {
            id: record.id.to_string(),
            trace_id: record.trace_id.to_string(),
            span_id: record.span_id.to_string(),
            parent_span_id: record.parent_span_id.map(|id| id.to_string()),
            started: record.started,
            duration_us: record.duration_us,
            first_byte_us: record.first_byte_us,
            method: record.method.to_string(),
            host: record.host.to_string(),
            path: record.path.to_string(),
            query: record.query.as_deref().map(str::to_owned),
            status: record.status,
            reason: record.reason.as_ref().map(ToString::to_string),
            protocol: record.protocol,
            tls: record.tls,
            client: record.client,
            team: text(record.team()),
            service: text(record.service()),
            route: text(record.route()),
            application: text(record.application()),
            plan: text(record.plan()),
            credential: text(record.credential()),
            upstream: text(record.upstream.as_deref()),
            bytes_in: record.bytes_in,
            bytes_out: record.bytes_out,
            attempts: record.attempts.to_vec(),
            ai: record.ai.as_deref().cloned(),
            flow: record.flow.as_deref().cloned(),
            graphql: record.graphql.as_deref().cloned(),
            stages: record.stages.to_vec(),
            request_headers: texts(&record.request_headers),
            response_headers: texts(&record.response_headers),
            user_agent: record.user_agent.as_deref().map(str::to_owned),
        }
    }
}

impl Call {
    /// The waterfall: every span on one time axis, with the critical path.
    pub fn waterfall(&self) -> Vec<Span> {
        waterfall(&self.to_record())
    }

    /// What filters look at.
    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts {
            id: RequestId::parse(&self.id).unwrap_or(RequestId::from_bytes([0; 16])),
            trace_id: TraceId::parse(&self.trace_id).unwrap_or(TraceId([0; 16])),
            started: self.started,
            duration_us: self.duration_us,
            status: self.status,
            team: &self.team,
            service: &self.service,
            route: &self.route,
            application: &self.application,
            upstream: &self.upstream,
            model: self.ai.as_ref().and_then(|ai| ai.alias.as_deref()).unwrap_or_default(),
            kind: self.graphql.as_ref().map(|graphql| &*graphql.kind).unwrap_or_default(),
            operation: self
                .graphql
                .as_ref()
                .and_then(|graphql| graphql.operation.as_deref())
                .unwrap_or_default(),
            method: &self.method,
            reason: self.reason.as_deref().unwrap_or_default(),
            host: &self.host,
            path: &self.path,
        }
    }

    fn to_record(&self) -> CallRecord {
        let id = RequestId::parse(&self.id).unwrap_or(RequestId::from_bytes([0; 16]));
        let trace_id = TraceId::parse(&self.trace_id).unwrap_or(TraceId([0; 16]));
        let span_id = SpanId::parse(&self.span_id).unwrap_or(SpanId([0; 8]));
        let mut record = CallRecord::new(id, trace_id, span_id, self.started, self.client);
        record.parent_span_id = self.parent_span_id.as_deref().and_then(SpanId::parse);
        record.duration_us = self.duration_us;
        record.first_byte_us = self.first_byte_us;
        record.method = self.method.clone().into();
        record.host = self.host.as_str().into();
        record.path = self.path.as_str().into();
        record.status = self.status;
        record.reason = self.reason.clone().map(Into::into);
        record.protocol = self.protocol;
        record.tls = self.tls;
        record.place = Some(Arc::new(RouteLabels {
            team: self.team.as_str().into(),
            service: self.service.as_str().into(),
            route: self.route.as_str().into(),
        }));
        record.caller = Some(Arc::new(CallerLabels {
            application: self.application.as_str().into(),
            plan: self.plan.as_str().into(),
            credential: self.credential.as_str().into(),
        }));
        record.upstream = Some(self.upstream.as_str().into());
        record.bytes_in = self.bytes_in;
        record.bytes_out = self.bytes_out;
        record.attempts = self.attempts.as_slice().into();
        record.ai = self.ai.clone().map(Box::new);
        record.graphql = self.graphql.clone().map(Box::new);
        record.stages = self.stages.as_slice().into();
        record
    }
}

fn texts(headers: &[(Box<str>, Box<str>)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}
