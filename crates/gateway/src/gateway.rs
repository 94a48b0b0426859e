//! The gateway: what is shared by all cores, and what each core has of its own.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use base::{Clock, Rng, Secret};
use net::{Call, Handler, Refused, Reply};
use parking_lot::Mutex;
use snapshot::Live;
use stateport::{EventPort, JobPort, StatePort};
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;
use trace::CallRecord;

use crate::ai::batches::{self, UnderWay};
use crate::ai::{Runs, Seal};
use crate::exchange::Exchange;
use crate::flow::Answers;
use crate::graphql::{Connections, Kept};
use crate::jobs::{self, Jobs};
use crate::settle::Ledger;
use crate::stage::verify::{Arriving, Verified};
use crate::state::State;
use crate::{Refusal, TargetView, stage};

/// Where records go. It must not block: a full queue drops and counts.
pub trait Sink: Send + Sync + 'static {
    /// Takes the record of a call that has ended.
    fn record(&self, record: Box<CallRecord>);
}

/// What the gateway is built from.
pub struct Config {
    /// The snapshot that counts.
    pub live: Live,
    /// Where records go.
    pub sink: Arc<dyn Sink>,
    /// The time.
    pub clock: Clock,
    /// Peers whose `Forwarded`, `X-Forwarded-*` and request ids are believed.
    pub trusted: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
    /// The name in `Via` and `Proxy-Status`; unique to this process, so that a loop is told from a chain.
    pub pseudonym: Arc<str>,
    /// What stands before a reason's code in the `type` of a problem, such as `https://weir.example/docs/errors#`.
    pub reasons_at: Arc<str>,
    /// The longest request body where no policy says otherwise, in bytes; `None`: any length.
    pub body_limit: Option<u64>,
    /// The longest body of an AI request, in bytes; it is held in memory.
    pub ai_body_limit: usize,
    /// What calls leave for later calls.
    pub state: Arc<dyn StatePort>,
    /// Files and batches of callers', which are larger.
    pub files: Arc<dyn StatePort>,
    /// Calls that are answered later.
    pub jobs: Arc<dyn JobPort>,
    /// What steps of flows tell webhooks.
    pub events: Arc<dyn EventPort>,
    /// What seals the ids that providers hand out; the same on every node and after every start.
    pub seal_key: Secret<[u8; 32]>,
}

/// The process-wide part; clones are the same gateway.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) state: State,
    pub(crate) seal: Seal,
    pub(crate) runs: Runs,
    /// What sessions remember of their answers, in bytes.
    pub(crate) remembered: AtomicUsize,
    pub(crate) batches: UnderWay,
    /// Answers of flows' steps that may be kept.
    pub(crate) answers: Answers,
    /// Answers of GraphQL queries that may be kept.
    pub(crate) queries: Kept,
    /// Streams of GraphQL clients that send each operation by itself.
    pub(crate) connections: Connections,
    /// Calls that are answered later and are under way in this process.
    pub(crate) jobs: Jobs,
    /// Webhooks that are being taken in.
    pub(crate) arriving: Arriving,
}

/// A gateway on one core: the handler that its listeners call. Cloned for every call.
#[derive(Clone, Debug)]
pub struct Core(Arc<Own>);

/// What a core has of its own, and what it shares with the others.
pub struct Own {
    pub(crate) shared: Arc<Shared>,
    pub(crate) client: net::Client,
    rng: Mutex<Rng>,
    tasks: TaskTracker,
}

// === impl Config ===

impl Config {
    /// Builds the gateway.
    pub fn build(self) -> Gateway {
        let state = State::new(self.clock.clone());
        let seal = Seal::new(&self.seal_key);
        let (runs, batches) = (Runs::default(), UnderWay::new());
        let remembered = AtomicUsize::new(0);
        let (answers, queries) = (Answers::default(), Kept::default());
        let connections = Connections::default();
        let (jobs, arriving) = (Jobs::default(), Arriving::default());
        let shared = Shared {
            config: self,
            state,
            seal,
            runs,
            remembered,
            batches,
            answers,
            queries,
            connections,
            jobs,
            arriving,
        };
        Gateway { shared: Arc::new(shared) }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("pseudonym", &self.pseudonym).finish_non_exhaustive()
    }
}

// === impl Gateway ===

impl Gateway {
    /// The part of one core; to be called in the core's runtime.
    pub fn core(&self, number: usize) -> Core {
        let mut seed = Rng::from_system();
        (0..number).for_each(|_| {
            seed.next_u64();
        });
        let own = Own {
            shared: Arc::clone(&self.shared),
            client: net::Client::new(net::ClientConfig::default(), self.shared.config.clock.clone()),
            rng: Mutex::new(seed),
            tasks: TaskTracker::new(),
        };
        let core = Core(Arc::new(own));
        if number == 0 {
            batches::resume(&core);
            jobs::resume(&core);
            jobs::keep(&core);
        }
        core
    }

    /// How the targets of an upstream fare.
    pub fn health(&self, upstream: &snapshot::Upstream) -> Vec<TargetView> {
        self.shared.state.health(upstream)
    }

    /// How full the rate limiter is.
    pub fn limiter_stats(&self) -> limits::LimiterStats {
        self.shared.state.limiter.stats()
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").finish_non_exhaustive()
    }
}

// === impl Core ===

impl Core {
    /// Runs something with this core's random numbers.
    pub(crate) fn with_rng<T>(&self, run: impl FnOnce(&mut Rng) -> T) -> T {
        run(&mut self.rng.lock())
    }

    /// Runs something on this core past the call that began it.
    pub(crate) fn spawn(&self, run: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.tasks.spawn(run).abort_handle()
    }

    /// Answers a call, whoever makes it.
    pub(crate) async fn answer(&self, mut exchange: Box<Exchange<'_>>) -> Reply {
        let outcome = self.run(&mut exchange).await;
        let reply = outcome.unwrap_or_else(|refusal| exchange.refuse(&refusal));
        exchange.finish(reply)
    }

    /// The pipeline. Every kind of caller enters here, so that policies, limits and records hold for all.
    /// A stage that has nothing to do for a call is not in its record: reading the clock costs more than
    /// most stages do.
    async fn run(&self, x: &mut Exchange<'_>) -> Result<Reply, Refusal> {
        if let Some(reply) = stage::route::asterisk(x) {
            return Ok(reply);
        }
        // Every stage behind needs the route, whose chain says what applies.
        stage::route::apply(x)?;
        x.mark("route");
        // A preflight carries no key, so it is answered before one is asked for.
        if let Some(reply) = stage::cors::apply(x)? {
            return Ok(reply);
        }
        if stage::authenticate::apply(x)? {
            x.mark("authenticate");
        }
        // Behind authentication, so that a caller's limits are its own.
        if stage::limit::apply(x)? {
            x.mark("limit");
        }
        // It reads the body, so behind the limits; it is the bytes as they came that are signed, so before anything is changed.
        let once = match stage::verify::apply(x).await? {
            Verified::Answered(reply) => return Ok(*reply),
            Verified::Once(once) => Some(once),
            Verified::Free => None,
        };
        // Last before the target, so that what policies set is what the target sees.
        if stage::transform::request(x) {
            x.mark("transform");
        }
        let mut reply = stage::target::apply(x).await?;
        x.mark("target");
        if let Some(once) = once {
            once.settle(reply.head.status).await;
        }
        stage::target::name(x, &mut reply);
        stage::transform::response(x, &mut reply);
        Ok(reply)
    }
}

impl Deref for Core {
    type Target = Own;

    fn deref(&self) -> &Own {
        &self.0
    }
}

impl Handler for Core {
    /// A call's future lies in an allocation of its own, and none of it in the connection's task.
    fn handle(&self, call: Call) -> impl Future<Output = Reply> + Send {
        let core = self.clone();
        Box::pin(async move { core.answer(Exchange::new(&core, call)).await })
    }

    fn refused(&self, refused: Refused) -> Reply {
        let mut ledger = Ledger::of_refused(self, &refused);
        let refusal = Refusal::new(refused.reason, refused.detail);
        let mut reply = refusal.reply(&self.shared.config, &ledger.id());
        ledger.answered(&reply.head, Some(refused.reason), self.shared.config.clock.now());
        reply.body.guard(Box::new(ledger));
        reply
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").finish_non_exhaustive()
    }
}
