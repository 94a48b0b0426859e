//! Calls made inside, in the name of a caller that has called before: an answer in the background, a line of a batch, a
//! request within a connection. They take the same way as those of a listener, so that policies, limits and records hold
//! for them; instead of a key they have the word of the call that they come from.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use domain::DocId;
use flow::request::Request;
use limits::Permit;
use message::{Body, Fields, Known, Method, RequestHead, Scheme};
use net::{Call, ConnInfo, Interim, Reply};
use serde::{Deserialize, Serialize};
use snapshot::{KeyHash, Place, Shown};

use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::proxy::came;

/// The listener's name that such a call has.
static LISTENER: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("inside"));

/// Where a call comes from: who makes it, and at which service. Plain data, that may outlive the process; whether the caller
/// still may is asked anew with each call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    host: String,
    /// What stands before the service's own paths.
    base: String,
    /// The client's address.
    client: IpAddr,
    /// It came by TLS.
    #[serde(default)]
    secure: bool,
    /// The port that it came to; 0: nobody knows.
    #[serde(default)]
    port: u16,
    /// The hash of the key that it showed.
    #[serde(default, with = "key")]
    key: Option<KeyHash>,
    /// The call that it comes from, as its parent in the trace.
    parent: String,
    /// How many flows it is made within, the one that makes it included.
    #[serde(default)]
    flows: u8,
    /// The service that its calls are for, where a flow makes them.
    #[serde(default)]
    only: Option<DocId>,
    /// That service is the flow's own team's: whoever may call the flow may make the calls.
    #[serde(default)]
    own: bool,
    /// The calls that may still be made by the flow that the call is made within; of none otherwise. Not kept: what takes a
    /// run up again counts anew.
    #[serde(skip)]
    budget: Option<Budget>,
    /// Its calls are the rest of a call that came as far as its target.
    #[serde(default)]
    rest: bool,
}

/// How many calls may still be made, shared by a run and the runs within it.
#[derive(Clone, Debug)]
pub(crate) struct Budget(Arc<AtomicU32>);

/// A request to be made inside.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) method: Method,
    /// As the service's own paths are, such as `/v1/chat/completions`; with a query if there is one.
    pub(crate) path: String,
    /// Without keys and lengths.
    pub(crate) fields: Fields,
    pub(crate) body: Bytes,
    /// What limits gave to the call of which this one is the rest; `None`: they are asked anew.
    pub(crate) charged: Option<Vec<Permit>>,
    /// What is said of the answer to one of OpenAI's Responses.
    pub(crate) answer: Option<Named>,
}

/// A call that is ready to be made; it counts from when it became so.
pub(crate) struct Ready {
    core: Core,
    call: Call,
    vouched: Vouched,
    permits: Vec<Permit>,
}

/// What a call made inside has instead of a key.
#[derive(Debug)]
pub(crate) struct Vouched {
    pub(crate) key: Option<KeyHash>,
    /// How the call that it comes from came, and to which port.
    pub(crate) came: (Scheme, u16),
    /// How far it came before it was made inside.
    pub(crate) passed: Passed,
    /// As in [`Inner`].
    pub(crate) answer: Option<Named>,
    /// It is a turn of a session, which holds what limits of calls at once gave.
    pub(crate) held: bool,
    /// How many flows it is made within.
    pub(crate) flows: u8,
    /// A flow makes it, at this service.
    pub(crate) only: Option<DocId>,
    /// It is let in only if who called the flow would be.
    pub(crate) as_caller: bool,
    /// The calls that the flow may still make that makes it.
    pub(crate) budget: Option<Budget>,
    /// What its step's credentials put on the request that goes to the service.
    pub(crate) credentials: Option<Arc<Shown>>,
}

/// How far a call that is made inside came before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Passed {
    /// It begins here.
    #[default]
    Nothing,
    /// Limits have counted it.
    Limits,
    /// It is the rest of a call that came as far as its target: what limits and policies do before that was done.
    Policies,
}

/// What is said of an answer by who makes the call for it.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// What it is called; who names it keeps it.
    pub(crate) name: Option<String>,
    /// The answer that it goes on from, where the request stands for itself.
    pub(crate) after: Option<String>,
}

/// The path of a call as the service's own are, for another call at the same place.
pub(crate) fn path_of(x: &Exchange<'_>) -> String {
    x.route.as_ref().map(|route| route.upstream_path(x.head.path())).unwrap_or_default()
}

// === impl Budget ===

impl Budget {
    pub(crate) fn new(calls: u32) -> Self {
        Self(Arc::new(AtomicU32::new(calls)))
    }

    /// Takes one call, if there is one.
    pub(crate) fn take(&self) -> bool {
        let less = |left: u32| left.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

impl PartialEq for Budget {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Budget {}

// === impl Origin ===

impl Origin {
    /// Where this call came from, and who made it.
    pub(crate) fn of(x: &Exchange<'_>) -> Self {
        let (scheme, port) = came(x);
        let path = x.head.path();
        let strip = x.route.as_ref().map_or(0, |route| route.path_change(path).0);
        Self {
            host: x.head.authority().to_owned(),
            base: path.get(..strip).unwrap_or_default().trim_end_matches('/').to_owned(),
            client: x.ledger.client(),
            secure: scheme == Scheme::Https,
            port,
            key: x.caller.as_ref().map(|caller| caller.key),
            parent: String::from_utf8_lossy(&x.context.parent_of(x.ledger.span()).encode()).into_owned(),
            flows: x.vouched.as_ref().map_or(0, |vouched| vouched.flows),
            only: None,
            own: false,
            budget: x.vouched.as_ref().and_then(|vouched| vouched.budget.clone()),
            rest: false,
        }
    }

    /// The same for the rest of this call, made later.
    pub(crate) fn of_rest(x: &Exchange<'_>) -> Self {
        Self { rest: true, ..Self::of(x) }
    }

    /// Where its own service is, for steps that stay there.
    pub(crate) fn place(&self, service: &DocId) -> Place {
        Place { service: service.clone(), host: Box::default(), base: self.base.as_str().into(), own: false }
    }

    /// Of what nobody has called for, within a trace of its own: this is its `traceparent`.
    pub(crate) fn own(parent: String) -> Self {
        let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let host = "localhost".to_owned();
        let (base, key, only, budget) = (String::new(), None, None, None);
        let (secure, port) = (false, 0);
        Self {
            host,
            base,
            client,
            secure,
            port,
            key,
            parent,
            flows: 0,
            only,
            own: false,
            budget,
            rest: false,
        }
    }

    /// The same for the steps of a flow, whose calls are for a service.
    pub(crate) fn at(&self, place: &Place) -> Self {
        let host = if place.host.is_empty() { self.host.clone() } else { place.host.to_string() };
        let (base, only) = (place.base.to_string(), Some(place.service.clone()));
        let (own, flows) = (place.own, self.flows.saturating_add(1));
        Self { host, base, flows, only, own, ..self.clone() }
    }

    /// Makes a call; its reply has the call's id. Its record is written when the reply's body has been read or dropped;
    /// dropping the future before that ends the call as if its client had left. The type is named, since such calls are
    /// made within calls.
    pub(crate) fn call(&self, core: &Core, inner: Inner) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(self.ready(core, inner, self.vouched()).answer())
    }

    fn ready(&self, core: &Core, inner: Inner, vouched: Vouched) -> Ready {
        let core = core.clone();
        let counted = if inner.charged.is_some() { Passed::Limits } else { Passed::Nothing };
        let passed = vouched.passed.max(counted);
        let vouched = Vouched { passed, answer: inner.answer, ..vouched };
        let permits = inner.charged.unwrap_or_default();
        let target =
            if self.base.is_empty() { inner.path } else { [self.base.as_str(), &inner.path].concat() };
        let head = RequestHead::with_fields(inner.method, &self.host, &target, inner.fields);
        let call = self.enter(&core, head, Body::full(inner.body));
        Ready { core, call, vouched, permits }
    }

    /// The calls that may still be made by the flow that it is made within.
    pub(crate) fn budget(&self) -> Option<&Budget> {
        self.budget.as_ref()
    }

    /// The same for a step of a flow: as its caller, who must then be let in, or as the flow; and with its credentials. What the call itself makes by
    /// flows is taken from the budget.
    pub(crate) fn call_as(
        &self,
        core: &Core,
        inner: Inner,
        (as_caller, credentials): (bool, Option<Arc<Shown>>),
        budget: Option<Budget>,
    ) -> Ready {
        let vouched = self.vouched();
        let as_caller = as_caller || vouched.as_caller;
        self.ready(core, inner, Vouched { as_caller, budget, credentials, ..vouched })
    }

    /// The exchange of a turn within a session, of which this is the origin, for whoever takes it through the stages itself.
    /// `path` is as the service's own are. `charged`: limits have counted it with the session.
    pub(crate) fn turn<'c>(&self, core: &'c Core, path: &str, charged: bool) -> Box<Exchange<'c>> {
        let head = RequestHead::new(Method::Get, &self.host, &format!("{}{path}", self.base));
        let mut exchange = Exchange::new(core, self.enter(core, head, Body::empty()));
        let passed = if charged { Passed::Limits } else { Passed::Nothing };
        exchange.vouched = Some(Vouched { passed, held: true, ..self.vouched() });
        exchange
    }

    fn vouched(&self) -> Vouched {
        let (key, only, as_caller) = (self.key, self.only.clone(), !self.own);
        let (flows, credentials, budget) = (self.flows, None, self.budget.clone());
        let passed = if self.rest { Passed::Policies } else { Passed::Nothing };
        let came = (if self.secure { Scheme::Https } else { Scheme::Http }, self.port);
        Vouched { key, came, passed, answer: None, held: false, flows, only, as_caller, budget, credentials }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// A path of the service as callers from outside write it.
    pub(crate) fn path(&self, own: &str) -> String {
        format!("{}{own}", self.base)
    }

    fn enter(&self, core: &Core, mut head: RequestHead, body: Body) -> Call {
        head.fields.push(Known::Traceparent, self.parent.as_bytes());
        let started = core.shared.config.clock.now();
        let conn = ConnInfo {
            id: 0,
            peer: SocketAddr::new(self.client, 0),
            local: SocketAddr::new(self.client, 0),
            listener: Arc::clone(&LISTENER),
            tls: None,
            opened: started,
        };
        Call {
            head,
            body,
            conn: Arc::new(conn),
            started,
            upgrade: None,
            interim: Interim::default(),
            core: 0,
        }
    }
}

// === impl Ready ===

impl Ready {
    /// Makes the call, as [`Origin::call`] has it.
    pub(crate) async fn answer(self) -> Reply {
        let Self { core, call, vouched, permits } = self;
        let mut exchange = Exchange::new(&core, call);
        exchange.vouched = Some(vouched);
        for permit in permits {
            exchange.ledger.hold(permit);
        }
        let id = exchange.ledger.id();
        let mut reply = core.answer(exchange).await;
        if !reply.head.fields.has(Known::XRequestId) {
            reply.head.fields.push(Known::XRequestId, &id.text());
        }
        reply
    }
}

// === impl Inner ===

impl Inner {
    /// A request as flows write it; none if its method is none.
    pub(crate) fn of(request: Arc<Request>) -> Option<Self> {
        // With room for what stages add.
        let mut fields = Fields::with_capacity(512, 12);
        for (name, value) in &request.headers {
            fields.push_named(name.as_bytes(), value.as_bytes());
        }
        // Flows read what is answered as it is: without a word an answer may have any coding (RFC 9110 §12.5.3).
        if !fields.has(Known::AcceptEncoding) {
            fields.push(Known::AcceptEncoding, b"identity");
        }
        if let Some((kind, _)) = request.body.as_ref().filter(|(kind, _)| !kind.is_empty()) {
            fields.push(Known::ContentType, kind.as_bytes());
        }
        let method = Method::parse(request.method.as_bytes())?;
        let Request { target, body, .. } = Arc::unwrap_or_clone(request);
        let body = body.map(|(_, bytes)| bytes.into()).unwrap_or_default();
        Some(Self { method, path: target, fields, body, charged: None, answer: None })
    }

    /// `POST` of JSON.
    pub(crate) fn post(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        let mut fields = Fields::new();
        fields.push(Known::ContentType, b"application/json");
        Self {
            method: Method::Post,
            path: path.into(),
            fields,
            body: body.into(),
            charged: None,
            answer: None,
        }
    }
}

/// The hash of a key as documents write it.
mod key {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use snapshot::KeyHash;

    #[expect(clippy::ref_option, reason = "serde gives it so")]
    pub(super) fn serialize<S: Serializer>(key: &Option<KeyHash>, writer: S) -> Result<S::Ok, S::Error> {
        key.map(|key| key.to_string()).serialize(writer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<KeyHash>, D::Error> {
        let text = Option::<String>::deserialize(reader)?;
        Ok(text.as_deref().and_then(KeyHash::parse))
    }
}

#[cfg(test)]
mod tests;
