//! The ledger of a call: filled on the way, closed exactly once when the answer's body ends or is
//! dropped, or when the call itself is dropped because its client left.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use base::{Clock, Micros, Nanos, RequestId};
use limits::Permit;
use message::{Guard, Known, Method, Outcome, Reason, RequestHead, ResponseHead, Version};
use net::{ConnInfo, Receipt, Refused};
use trace::{Attempt, CallRecord, Label, Protocol, Sampling, SpanId, StageTime, TraceContext};

use crate::Sink;
use crate::bodies::Bodies;
use crate::gateway::Core;

/// The longest path and user agent kept, in bytes.
const PATH_CAP: usize = 512;
const AGENT_CAP: usize = 160;

/// Tells what a stream leaves for the record, and whether the client was handed all of it.
type Tell = Box<dyn FnOnce(&mut CallRecord) -> bool + Send>;

/// See the module's description.
pub(crate) struct Ledger {
    record: Option<Box<CallRecord>>,
    sink: Arc<dyn Sink>,
    clock: Clock,
    started: Nanos,
    /// The length of the client's body, where what is sent to an upstream is another.
    pub(crate) body_in: Option<u64>,
    /// The receipt of the answer that the last attempt is still receiving.
    receipt: Option<Arc<Receipt>>,
    /// Bodies that are kept.
    pub(crate) bodies: Option<Bodies>,
    /// Usage that a stream has still to tell.
    usage: Option<Tell>,
    permits: Vec<Permit>,
}

// === impl Ledger ===

impl Ledger {
    /// Opens the ledger of a call and finds out its trace.
    pub(crate) fn of_call(
        core: &Core,
        head: &RequestHead,
        conn: &ConnInfo,
        started: Nanos,
    ) -> (Box<Self>, TraceContext) {
        let config = &core.shared.config;
        let peer = conn.peer.ip();
        let client = http1::hop::client_address(&head.fields, peer, |ip| (config.trusted)(ip));
        let (id, context) = core.with_rng(|rng| {
            let id = RequestId::new(config.clock.wall_at(started), rng);
            let parents = head.fields.get_all(Known::Traceparent);
            let states = head.fields.get_all(Known::Tracestate);
            (id, TraceContext::accept(parents, states, rng, Sampling::On))
        });
        let wall = config.clock.wall_at(started);
        let mut record = Box::new(CallRecord::new(id, context.trace_id, context.span_id, wall, client));
        record.parent_span_id = context.parent;
        record.sampled = context.sampled();
        record.tls = conn.tls.is_some();
        describe(&mut record, head);
        (Box::new(Self::new(core, record, started)), context)
    }

    /// Opens the ledger of a request that could not be read.
    pub(crate) fn of_refused(core: &Core, refused: &Refused) -> Self {
        let config = &core.shared.config;
        let wall = config.clock.wall_at(refused.started);
        let (id, context) =
            core.with_rng(|rng| (RequestId::new(wall, rng), TraceContext::start(rng, Sampling::On)));
        let client = refused.conn.peer.ip();
        let mut record = Box::new(CallRecord::new(id, context.trace_id, context.span_id, wall, client));
        record.protocol = protocol(refused.version);
        record.tls = refused.conn.tls.is_some();
        if let Some(head) = &refused.head {
            describe(&mut record, head);
        }
        Self::new(core, record, refused.started)
    }

    fn new(core: &Core, record: Box<CallRecord>, started: Nanos) -> Self {
        let config = &core.shared.config;
        Self {
            record: Some(record),
            sink: Arc::clone(&config.sink),
            clock: config.clock.clone(),
            started,
            body_in: None,
            receipt: None,
            bodies: None,
            usage: None,
            permits: Vec::new(),
        }
    }

    pub(crate) fn id(&self) -> RequestId {
        self.record.as_ref().map_or(RequestId::from_bytes([0; 16]), |record| record.id)
    }

    /// The client's address.
    pub(crate) fn client(&self) -> IpAddr {
        self.record.as_ref().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |record| record.client)
    }

    /// How many attempts were made.
    pub(crate) fn attempts(&self) -> u8 {
        self.record.as_ref().map_or(0, |record| u8::try_from(record.attempts.len()).unwrap_or(u8::MAX))
    }

    /// The call's own span.
    pub(crate) fn span(&self) -> SpanId {
        self.record.as_ref().map_or(SpanId([0; 8]), |record| record.span_id)
    }

    pub(crate) fn started(&self) -> Nanos {
        self.started
    }

    /// Microseconds since the call began.
    pub(crate) fn offset(&self) -> u32 {
        self.clock.now().micros_since(self.started)
    }

    /// Notes what a stage found out.
    pub(crate) fn note(&mut self, note: impl FnOnce(&mut CallRecord)) {
        if let Some(record) = &mut self.record {
            note(record);
        }
    }

    /// Notes a stage's time.
    pub(crate) fn stage(&mut self, name: &'static str, from: Nanos, to: Nanos) {
        let (started, duration_us) = (self.started, to.micros_since(from));
        self.note(|record| {
            let start_us = from.micros_since(started);
            record.stages.push(StageTime { name: Cow::Borrowed(name), start_us, duration_us });
        });
    }

    /// Adds an attempt that begins, after the answer of the one before was read or dropped; `None`: the record
    /// is closed.
    pub(crate) fn begin(&mut self, attempt: Attempt) -> Option<&mut Attempt> {
        let record = self.record.as_mut()?;
        if let Some(last) = record.attempts.last_mut() {
            last.discarded = true;
            received(last, self.receipt.take());
        }
        record.attempts.push(attempt);
        record.attempts.last_mut()
    }

    /// Adds an attempt on a dead connection, in whose place the last one was made.
    pub(crate) fn stale(&mut self, attempt: Attempt) {
        self.note(|record| {
            let at = record.attempts.len().saturating_sub(1);
            record.attempts.insert(at, attempt);
        });
    }

    /// Keeps the receipt of what the last attempt is still receiving.
    pub(crate) fn receives(&mut self, receipt: Arc<Receipt>) {
        self.receipt = Some(receipt);
    }

    /// Keeps a permit until the call has ended.
    pub(crate) fn hold(&mut self, permit: Permit) {
        self.permits.push(permit);
    }

    /// Lets go of the permits, for a call that is the rest of this one or for those that are made within it.
    pub(crate) fn release(&mut self) -> Vec<Permit> {
        std::mem::take(&mut self.permits)
    }

    /// Has the usage told when the call ends.
    pub(crate) fn tell_usage(&mut self, tell: impl FnOnce(&mut CallRecord) -> bool + Send + 'static) {
        self.usage = Some(Box::new(tell));
    }

    /// Notes the reason of a refusal.
    pub(crate) fn refused(&mut self, reason: Reason) {
        self.note(|record| record.reason = Some(Cow::Borrowed(reason.code())));
    }

    /// Notes the answer's head.
    pub(crate) fn answered(&mut self, head: &ResponseHead, reason: Option<Reason>, now: Nanos) {
        let offset = now.micros_since(self.started);
        self.note(|record| {
            record.status = head.status;
            record.first_byte_us = Some(offset);
            if let Some(reason) = reason {
                record.reason = Some(Cow::Borrowed(reason.code()));
            }
        });
    }

    fn close(&mut self, reason: Option<Reason>) {
        let Some(mut record) = self.record.take() else { return };
        self.permits.clear();
        let duration = self.clock.now().since(self.started);
        record.duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let whole = self.usage.take().is_some_and(|tell| tell(&mut record));
        // Who has got all may leave before the body's end, as SDKs do.
        let left = whole && reason == Some(Reason::ClientClosed);
        if record.reason.is_none() && !left {
            record.reason = reason.map(|reason| Cow::Borrowed(reason.code()));
        }
        if let Some(last) = record.attempts.last_mut() {
            received(last, self.receipt.take());
        }
        if let Some(bodies) = self.bodies.take() {
            bodies.settle(&mut record);
        }
        let sent_up = record.attempts.iter().map(|attempt| attempt.bytes_up).max();
        record.bytes_in = self.body_in.or(sent_up).unwrap_or(0);
        self.sink.record(record);
    }
}

impl Guard for Ledger {
    fn sent(&mut self, bytes: usize) {
        self.note(|record| record.bytes_out += bytes as u64);
    }

    fn settle(&mut self, outcome: Outcome) {
        self.close(match outcome {
            Outcome::Complete => None,
            Outcome::Failed(error) => Some(error.reason),
            Outcome::Dropped => Some(Reason::ClientClosed),
        });
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // Only a call whose client left before there was an answer comes here with its record.
        self.close(Some(Reason::ClientClosed));
    }
}

/// What of an answer, and of the request beside it, went over after the answer's head.
fn received(attempt: &mut Attempt, receipt: Option<Arc<Receipt>>) {
    let Some(receipt) = receipt else { return };
    attempt.bytes_down = receipt.bytes();
    attempt.bytes_up += receipt.bytes_up();
    if let Some(receive) = receipt.receive() {
        attempt.phases.receive = receive;
    }
}

/// What the head says for the record.
fn describe(record: &mut CallRecord, head: &RequestHead) {
    record.method = method(&head.method);
    let host = head.authority();
    let host = host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map_or(host, |(host, _)| host);
    record.host = host.to_ascii_lowercase().into();
    record.path = trace::path(head.path(), PATH_CAP);
    record.protocol = protocol(head.version);
    record.user_agent = head.fields.get_str(Known::UserAgent).map(|agent| {
        let end = (0..=AGENT_CAP.min(agent.len())).rev().find(|&at| agent.is_char_boundary(at)).unwrap_or(0);
        agent.split_at(end).0.into()
    });
}

fn protocol(version: Version) -> Protocol {
    match version {
        Version::Http10 => Protocol::Http10,
        Version::Http11 => Protocol::Http11,
        Version::Http2 => Protocol::Http2,
    }
}

/// Known methods cost no allocation.
fn method(method: &Method) -> Label {
    match method {
        Method::Get => "GET".into(),
        Method::Head => "HEAD".into(),
        Method::Post => "POST".into(),
        Method::Put => "PUT".into(),
        Method::Patch => "PATCH".into(),
        Method::Delete => "DELETE".into(),
        Method::Options => "OPTIONS".into(),
        other => other.as_str().to_owned().into(),
    }
}

/// A wall-clock time for the callers' expiry checks.
pub(crate) fn wall(core: &Core) -> Micros {
    core.shared.config.clock.wall()
}
