//! What outlives snapshots and is shared by all cores: limiter counters, places under concurrency limits,
//! and the health of targets, each found by stable ids.

use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Nanos};
use limits::{Inflights, Limiter};
use net::TargetConfig;
use resilience::{
    BudgetPolicy, EjectionPolicy, HealthRegistry, Member, RetryBudget, TargetSet, WhenNoneHealthy,
};
use snapshot::Upstream;

use crate::TargetView;
use crate::ai::google::Tokens;
use crate::connectors::Connectors;

/// Counters kept at a time; the idle ones go first.
const LIMITER_KEYS: usize = 1_000_000;

/// See the module's description.
pub(crate) struct State {
    pub(crate) limiter: Limiter,
    pub(crate) inflights: Arc<Inflights>,
    health: HealthRegistry,
    connectors: Connectors,
    /// Of the accounts that providers know us by.
    pub(crate) tokens: Tokens,
    clock: Clock,
}

/// An upstream as the data plane runs it; attached to the compiled one.
pub(crate) struct Running {
    pub(crate) set: TargetSet,
    pub(crate) targets: Vec<Arc<net::Target>>,
    pub(crate) budget: RetryBudget,
}

impl State {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            limiter: Limiter::new(LIMITER_KEYS),
            inflights: Arc::new(Inflights::new()),
            health: HealthRegistry::new(),
            connectors: Connectors::default(),
            tokens: Tokens::default(),
            clock,
        }
    }

    /// TLS to servers that no document names, by the system's authorities; `Err`: why there is none.
    pub(crate) fn system_tls(&self) -> Result<net::TlsConnector, String> {
        self.connectors.get(&snapshot::Tls { server_name: None, verify: true, ca: None })
    }

    pub(crate) fn now(&self) -> Nanos {
        self.clock.now()
    }

    /// The running form of an upstream, made at the first call for it; `Err`: why TLS cannot be set up.
    pub(crate) fn running<'u>(&self, upstream: &'u Upstream) -> Result<&'u Running, String> {
        let made = upstream.attachment.get_or_init(|| self.run(upstream));
        match made {
            Some(Ok(running)) => Ok(running),
            Some(Err(message)) => Err(message.clone()),
            None => Err("the upstream is run by something else".into()),
        }
    }

    fn run(&self, upstream: &Upstream) -> Result<Running, String> {
        // Those of upstreams that are gone since the last one was made.
        self.health.sweep();
        let tls = upstream.tls.as_ref().map(|tls| self.connectors.get(tls)).transpose()?;
        let members = upstream.targets.iter().map(|target| Member {
            weight: target.weight,
            health: self.health.get(&format!("{}/{}", upstream.id, target.label)),
        });
        let ejection = EjectionPolicy {
            consecutive_failures: upstream.ejection.consecutive_failures,
            base: upstream.ejection.base.0,
            max: upstream.ejection.max.0,
            max_ejected_percent: upstream.ejection.max_percent,
            ..EjectionPolicy::default()
        };
        let when = match upstream.when_none_healthy {
            domain::spec::WhenNoneHealthy::Fail => WhenNoneHealthy::Fail,
            domain::spec::WhenNoneHealthy::TryAll => WhenNoneHealthy::TryAll,
        };
        let targets = upstream.targets.iter().map(|target| {
            net::Target::new(TargetConfig {
                tls: tls.clone(),
                sni: upstream.tls.as_ref().and_then(|tls| tls.server_name.clone()),
                max_connections: usize::try_from(upstream.pool.max_connections).unwrap_or(usize::MAX),
                max_idle: usize::try_from(upstream.pool.max_idle).unwrap_or(usize::MAX),
                idle: upstream.pool.idle_timeout.0.max(Duration::from_millis(1)),
                ..TargetConfig::new(target.host.clone(), target.port)
            })
        });
        Ok(Running {
            set: TargetSet::new(members.collect(), ejection, when),
            targets: targets.collect(),
            budget: RetryBudget::new(BudgetPolicy::default()),
        })
    }

    pub(crate) fn health(&self, upstream: &Upstream) -> Vec<TargetView> {
        let Ok(running) = self.running(upstream) else { return Vec::new() };
        let now = self.now();
        let pairs = running.set.members().iter().zip(&upstream.targets);
        pairs.map(|(member, target)| TargetView::new(target, &member.health, now)).collect()
    }
}
