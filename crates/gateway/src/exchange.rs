//! One call on its way through the stages.

use std::sync::Arc;

use base::Nanos;
use bytes::Bytes;
use domain::spec::policy::RecordHeaders;
use message::{Body, BodyError, Fields, Known, Method, RequestHead, ResponseHead, Span, Version};
use net::{Call, ConnInfo, Interim, Reply, Upgrade};
use snapshot::{Backend, Chain, KeyAt, Route, Snapshot, Timeouts};
use trace::TraceContext;

use crate::caller::Caller;
use crate::gateway::{Core, Shared};
use crate::inside::{Passed, Vouched};
use crate::settle::Ledger;
use crate::{Refusal, Shape, ai, graphql};

/// The longest query kept, in bytes.
const QUERY_CAP: usize = 1_024;

/// One call: what came in, what the stages have found out, and the ledger that becomes its record.
pub(crate) struct Exchange<'a> {
    pub(crate) core: &'a Core,
    pub(crate) head: RequestHead,
    pub(crate) body: Body,
    pub(crate) conn: Arc<ConnInfo>,
    pub(crate) upgrade: Option<Upgrade>,
    pub(crate) interim: Interim,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) context: TraceContext,
    pub(crate) route: Option<Arc<Route>>,
    pub(crate) caller: Option<Caller>,
    /// Whose SDK puts a key where the caller's stood.
    pub(crate) key_of: Option<llm::Dialect>,
    /// It is made inside, in a caller's name.
    pub(crate) vouched: Option<Vouched>,
    /// What its sender calls it, for a webhook that is to be a job.
    pub(crate) delivery: Option<String>,
    /// Headers that stages have for the answer, whatever it is.
    pub(crate) answer: Fields,
    /// A cross-origin rule applies, so that the upstream's word on it does not.
    pub(crate) cors: bool,
    pub(crate) ledger: Box<Ledger>,
    marked: Nanos,
    /// The clock's last reading, until something is waited for.
    latest: Option<Nanos>,
}

impl<'a> Exchange<'a> {
    /// Takes a call in: its id, its trace, the client's address. It lies in one place, since futures that hold it would copy it
    /// from each to the next.
    pub(crate) fn new(core: &'a Core, call: Call) -> Box<Self> {
        let Call { mut head, body, conn, started, upgrade, interim, .. } = call;
        let shared = &core.shared;
        let (ledger, context) = Ledger::of_call(core, &head, &conn, started);
        http1::hop::strip(&mut head.fields);
        Box::new(Self {
            core,
            body,
            upgrade,
            interim,
            snapshot: shared.config.live.load(),
            context,
            route: None,
            caller: None,
            key_of: None,
            vouched: None,
            delivery: None,
            answer: Fields::new(),
            cors: false,
            ledger,
            marked: started,
            latest: None,
            head,
            conn,
        })
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.core.shared
    }

    /// Takes the head out, for whoever sends it on.
    pub(crate) fn take_head(&mut self) -> RequestHead {
        let none = (Span::default(), Span::default(), None);
        let empty = RequestHead::from_spans(Method::Get, Version::Http11, Fields::new(), none);
        std::mem::replace(&mut self.head, empty)
    }

    /// Whether it is the rest of a call that came as far as its target before.
    pub(crate) fn is_rest(&self) -> bool {
        self.vouched.as_ref().is_some_and(|vouched| vouched.passed == Passed::Policies)
    }

    pub(crate) fn now(&self) -> Nanos {
        self.shared().config.clock.now()
    }

    /// Reads the clock for several who need the time at once.
    pub(crate) fn read_clock(&mut self) -> Nanos {
        let now = self.now();
        self.latest = Some(now);
        now
    }

    /// The reading of [`Exchange::read_clock`], if it is still good.
    pub(crate) fn latest(&mut self) -> Nanos {
        self.latest.take().unwrap_or_else(|| self.now())
    }

    /// Reads the whole body of the request, at most `limit` bytes, and counts it as what came in.
    pub(crate) async fn read_body(&mut self, limit: usize) -> Result<Bytes, BodyError> {
        let body = self.body.collect(limit).await?;
        self.ledger.body_in = Some(body.len() as u64);
        Ok(body)
    }

    /// Ends the stage that began at the last mark.
    pub(crate) fn mark(&mut self, stage: &'static str) {
        let now = self.latest();
        self.ledger.stage(stage, self.marked, now);
        self.marked = now;
    }

    /// When the last stage ended: now, for whoever does nothing before that takes time.
    pub(crate) fn marked(&self) -> Nanos {
        self.marked
    }

    /// The chains of the route, outermost first; none before it is known.
    pub(crate) fn route_chains(&self) -> impl DoubleEndedIterator<Item = &Chain> {
        let outer = self.route.as_ref().and_then(|route| self.snapshot.outer(route));
        outer.into_iter().chain(self.route.as_ref().map(|route| &*route.chain))
    }

    /// The chains that apply, outermost first: the route's, the plan's, the application's.
    pub(crate) fn chains(&self) -> impl DoubleEndedIterator<Item = &Chain> {
        let plan = self.caller.as_ref().and_then(|caller| caller.subscription.as_ref()).map(|s| &*s.chain);
        let application = self.caller.as_ref().map(|caller| &caller.credential.application.chain);
        self.route_chains().chain(plan).chain(application)
    }

    /// Time limits that overrule the upstream's; the innermost scope's word on each counts.
    pub(crate) fn timeouts(&self) -> Timeouts {
        self.chains().fold(Timeouts::default(), |outer, chain| outer.overruled_by(chain.timeouts))
    }

    /// The shape in which this caller reads errors.
    pub(crate) fn shape(&self) -> Shape {
        match &self.route {
            Some(route) if matches!(route.service.backend, Backend::Ai { .. }) => {
                Shape::ai(ai::dialect(self, route))
            }
            Some(route) if is_graphql(self, route) => graphql::shape(self),
            _ => Shape::Problem,
        }
    }

    /// The answer to a refused call.
    pub(crate) fn refuse(&mut self, refusal: &Refusal) -> Reply {
        self.marked = self.now();
        self.ledger.refused(refusal.reason);
        let reply = refusal.reply(&self.shared().config, &self.ledger.id());
        Reply { refused: Some(refusal.reason), ..reply }
    }

    /// Whether the record of a call that is answered by this status is to have header fields.
    fn keeps_headers(&self, status: u16) -> bool {
        match self.chains().rev().find_map(|chain| chain.record_headers).unwrap_or_default() {
            RecordHeaders::None => false,
            RecordHeaders::Failed => status >= 400,
            RecordHeaders::All => true,
        }
    }

    /// Notes the request's fields, as they were sent on if they were, and the answer's. Where the service
    /// takes keys, and what a step's credentials have set, whatever its name, is masked like other secrets.
    fn keep_headers(&mut self, answer: &ResponseHead) {
        let keys = self.route.as_ref().map(|route| &route.service.keys[..]).unwrap_or_default();
        let credentials = self.vouched.as_ref().and_then(|vouched| vouched.credentials.as_deref());
        let is_key = |field: &str| {
            keys.iter().any(|key| matches!(key, KeyAt::Header(_, name) if name.eq_ignore_ascii_case(field)))
                || credentials
                    .is_some_and(|shown| shown.fields().names().any(|name| name.eq_ignore_ascii_case(field)))
        };
        let kept = |fields: &Fields| {
            let one = |(name, value, _): (&[u8], &[u8], _)| {
                let name = String::from_utf8_lossy(name);
                let value = if is_key(&name) { trace::MASK.into() } else { String::from_utf8_lossy(value) };
                trace::header(&name, &value)
            };
            fields.iter().map(one).collect()
        };
        let opens = self.head.fields.has(Known::SecWebsocketKey);
        let in_query =
            keys.iter().any(|key| matches!(key, KeyAt::Query(_)) || (opens && *key == KeyAt::Handshake))
                || credentials.is_some_and(|shown| shown.query().is_some());
        let query = self.head.query().filter(|_| !in_query);
        let query = query.and_then(|query| trace::query(&format!("?{query}"), QUERY_CAP));
        let (request, response) = (kept(&self.head.fields), kept(&answer.fields));
        self.ledger.note(|record| {
            (record.request_headers, record.response_headers) = (request, response);
            record.query = query;
        });
    }

    /// The answer to HEAD says how long that to GET would be, where it is known (RFC 9110 §8.6).
    fn tell_length(&self, reply: &mut Reply) {
        let fields = &mut reply.head.fields;
        // What is said of a refusal has the method in it, and so another length.
        let good = matches!(reply.head.status, 200..=203);
        if self.head.method != Method::Head || !good || fields.has(Known::ContentLength) {
            return;
        }
        // Of what has no body here it is not known.
        if let Some(length) = reply.body.remaining().filter(|length| *length > 0) {
            fields.push(Known::ContentLength, length.to_string().as_bytes());
        }
    }

    /// Adds what stages have for the answer, and lets the body's end settle the record.
    pub(crate) fn finish(mut self: Box<Self>, mut reply: Reply) -> Reply {
        for (name, value, known) in &self.answer {
            match known {
                // What the gateway says of its own limits counts before a provider's word.
                Known::Other => {
                    reply.head.fields.remove_named(name);
                    reply.head.fields.push_named(name, value);
                }
                known => reply.head.fields.push(known, value),
            }
        }
        self.tell_length(&mut reply);
        if self.keeps_headers(reply.head.status) {
            self.keep_headers(&reply.head);
        }
        let mut ledger = self.ledger;
        // Nothing that takes time lies between the last stage and here.
        ledger.answered(&reply.head, None, self.marked);
        if let Some(tunnel) = &mut reply.tunnel {
            tunnel.guard = Some(ledger);
        } else {
            if let Some(bodies) = &ledger.bodies {
                bodies.answer(&reply.head, &mut reply.body);
            }
            reply.body.guard(ledger);
        }
        reply
    }
}

/// Whether callers of a route speak GraphQL.
fn is_graphql(x: &Exchange<'_>, route: &Route) -> bool {
    let proxied =
        || matches!(route.service.backend, Backend::Upstream { .. }) && graphql::guard_of(x).is_some();
    let own = route.flow.is_none() && route.graphql.is_none();
    own && (matches!(route.service.backend, Backend::Graphql(_)) || proxied())
}
