//! One call on its way through the stages.

use std::sync::Arc;

use base::Nanos;
use message::{Body, Fields, Method, RequestHead, Span, Version};
use net::{Call, ConnInfo, Interim, Reply, Upgrade};
use snapshot::{Backend, Chain, Route, Snapshot, Timeouts};
use trace::TraceContext;

use crate::caller::Caller;
use crate::gateway::{Core, Shared};
use crate::settle::Ledger;
use crate::{Refusal, Shape};

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
    /// Headers that stages have for the answer, whatever it is.
    pub(crate) answer: Fields,
    pub(crate) ledger: Box<Ledger>,
    marked: Nanos,
    /// The clock's last reading, until something is waited for.
    latest: Option<Nanos>,
}

impl<'a> Exchange<'a> {
    /// Takes a call in: its id, its trace, the client's address.
    pub(crate) fn new(core: &'a Core, call: Call) -> Self {
        let Call { mut head, body, conn, started, upgrade, interim, .. } = call;
        let shared = &core.shared;
        let (ledger, context) = Ledger::of_call(core, &head, &conn, started);
        http1::hop::strip(&mut head.fields);
        Self {
            core,
            body,
            upgrade,
            interim,
            snapshot: shared.config.live.load(),
            context,
            route: None,
            caller: None,
            answer: Fields::new(),
            ledger,
            marked: started,
            latest: None,
            head,
            conn,
        }
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

    /// The policies of the route; none before it is known.
    pub(crate) fn chain(&self) -> Option<&Chain> {
        self.route.as_ref().map(|route| &route.chain)
    }

    /// The chains that apply, outermost first: the route's, the plan's, the application's.
    pub(crate) fn chains(&self) -> impl Iterator<Item = &Chain> {
        let plan = self.caller.as_ref().and_then(|caller| caller.subscription.as_ref()).map(|s| &*s.chain);
        let application = self.caller.as_ref().map(|caller| &caller.credential.application.chain);
        self.chain().into_iter().chain(plan).chain(application)
    }

    /// Time limits that overrule the upstream's; the innermost scope's word on each counts.
    pub(crate) fn timeouts(&self) -> Timeouts {
        self.chains().fold(Timeouts::default(), |outer, chain| outer.overruled_by(chain.timeouts))
    }

    /// The shape in which this caller reads errors.
    pub(crate) fn shape(&self) -> Shape {
        match self.route.as_ref().map(|route| &route.service.backend) {
            Some(Backend::Ai { .. }) => Shape::OpenAi { param: None, code: None },
            _ => Shape::Problem,
        }
    }

    /// The answer to a refused call.
    pub(crate) fn refuse(&mut self, refusal: &Refusal) -> Reply {
        self.marked = self.now();
        self.ledger.refused(refusal.reason);
        refusal.reply(&self.shared().config.pseudonym, &self.ledger.id())
    }

    /// Adds what stages have for the answer, and lets the body's end settle the record.
    pub(crate) fn finish(self, mut reply: Reply) -> Reply {
        for (_, value, known) in &self.answer {
            reply.head.fields.push(known, value);
        }
        let mut ledger = self.ledger;
        // Nothing that takes time lies between the last stage and here.
        ledger.answered(&reply.head, None, self.marked);
        match &mut reply.tunnel {
            Some(tunnel) => tunnel.guard = Some(ledger),
            None => reply.body.guard(ledger),
        }
        reply
    }
}
