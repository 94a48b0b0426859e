//! The desk through which all deliveries go: says of each that is due whether it is sent now, and of each that was sent
//! what becomes of it. What an endpoint's receiver has shown counts for all of its deliveries: while it is down one is
//! tried for all, and once that comes through the others follow.

use std::collections::HashMap;
use std::time::Duration;

use base::{Micros, Rng};

use crate::Schedule;

/// Deliveries of one endpoint that are under way at once.
const AT_ONCE: usize = 4;

/// The longest that a receiver may ask to be left alone.
const LONGEST_REST: Duration = Duration::from_hours(24);

/// So many deliveries have failed where an endpoint is switched off: one that fails by itself says little of its receiver.
const SEVERAL: u32 = 3;

/// Where deliveries go.
#[derive(Clone, Copy, Debug)]
pub struct Receiver<'a> {
    /// Names the endpoint.
    pub endpoint: &'a str,
    /// Its address: what one has shown says nothing of another.
    pub address: &'a str,
    /// When deliveries are tried again.
    pub schedule: &'a Schedule,
}

/// See the module's description.
#[derive(Debug)]
pub struct Desk {
    endpoints: HashMap<Box<str>, Endpoint>,
    rng: Rng,
}

#[derive(Debug, Default)]
struct Endpoint {
    health: Health,
    under_way: usize,
    /// So many attempts in a row have failed as those of a receiver that is down do.
    down: u32,
    /// Until then none is tried.
    rests_until: Option<Micros>,
    /// What is kept of it is of another address.
    kept_is_old: bool,
}

/// What is kept of an endpoint beyond the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// The address that this is known of; `None`: whichever it has.
    pub address: Option<Box<str>>,
    /// Since when nothing came through.
    pub failing_since: Option<Micros>,
    /// When an attempt failed last.
    pub failed_at: Option<Micros>,
    /// How many deliveries have failed since then, at least.
    pub failed: u32,
    /// Why nothing is sent to it any more.
    pub off: Option<Off>,
}

/// Why an endpoint is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    /// Its receiver said 410: it wants no more.
    Gone,
    /// Nothing came through for long.
    Failing,
}

/// Whether a delivery that is due is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is sent now; what comes of it must be told.
    Send,
    /// It is due again at this time. That was no attempt.
    Later(Micros),
    /// As many are under way as may be: it is its turn when one of them ends.
    Busy,
    /// It is not sent any more.
    Dead(Dead),
}

/// Why a delivery is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// Its time is over.
    Expired,
    /// Its endpoint is switched off.
    Off,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer: its status, and how long its `Retry-After` asks to wait.
    Answered(u16, Option<Duration>),
    /// There was none.
    Unanswered,
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It came through.
    Delivered,
    /// It is tried again at this time.
    Again(Micros),
    /// It is kept as a dead letter.
    Dead(Dead),
}

/// What an attempt has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// For the delivery.
    pub verdict: Verdict,
    /// For the endpoint, where that is to be kept.
    pub health: Option<Health>,
    /// The endpoint is up again: what waits for it is due now.
    pub wake: bool,
}

// === impl Desk ===

impl Desk {
    /// A desk that knows nothing of any endpoint.
    pub fn new(rng: Rng) -> Self {
        Self { endpoints: HashMap::new(), rng }
    }

    /// Takes in what was kept of an endpoint, or that it was switched on again.
    pub fn set(&mut self, endpoint: &str, health: Health) {
        let under_way = self.endpoints.get(endpoint).map_or(0, |endpoint| endpoint.under_way);
        let fresh = Endpoint { health, under_way, ..Endpoint::default() };
        self.endpoints.insert(endpoint.into(), fresh);
    }

    /// What is known of an endpoint at an address.
    pub fn health(&self, endpoint: &str, address: &str) -> Health {
        let known = self.endpoints.get(endpoint).filter(|known| known.is_at(address));
        known.map(|known| known.health.clone()).unwrap_or_default()
    }

    /// The endpoint, of which nothing is known if it is at another address now.
    fn endpoint(&mut self, to: &Receiver<'_>) -> &mut Endpoint {
        let state = self.endpoints.entry(to.endpoint.into()).or_default();
        if !state.is_at(to.address) {
            *state = Endpoint { under_way: state.under_way, kept_is_old: true, ..Endpoint::default() };
        }
        state
    }

    /// The endpoints that rest, with the address that does: none of their deliveries is sent there now.
    pub fn resting(&self, now: Micros) -> impl Iterator<Item = (&str, &str)> {
        self.endpoints.iter().filter_map(move |(name, endpoint)| {
            let rests =
                endpoint.health.off.is_none() && endpoint.rests_until.is_some_and(|until| until > now);
            Some((&**name, endpoint.health.address.as_deref().filter(|_| rests)?))
        })
    }

    /// Whether a delivery is sent now that was tried so often, and has waited since `began`.
    pub fn admit(&mut self, to: &Receiver<'_>, (attempts, began): (u32, Micros), now: Micros) -> Admission {
        let (state, schedule) = (self.endpoint(to), to.schedule);
        if state.health.off.is_some() {
            return Admission::Dead(Dead::Off);
        }
        let ends = after(began, schedule.lasts);
        // The last attempt is due at the end. What was never tried because nothing was sent at all has one.
        let tried = attempts > 0 || state.down > 0;
        if tried && now > after(ends, schedule.longest) {
            return Admission::Dead(Dead::Expired);
        }
        if let Some(until) = state.rests_until.filter(|until| *until > now) {
            return Admission::Later(until);
        }
        // While the receiver is down, one is enough to learn whether it still is.
        let most = if state.down > 0 { 1 } else { AT_ONCE };
        if state.under_way >= most {
            return Admission::Busy;
        }
        state.under_way += 1;
        Admission::Send
    }

    /// Takes in what came of an attempt, the so many-th, of a delivery that has waited since `began`.
    pub fn settle(
        &mut self,
        to: &Receiver<'_>,
        (attempt, began): (u32, Micros),
        (outcome, now): (Outcome, Micros),
    ) -> Settled {
        let schedule = to.schedule;
        self.endpoint(to);
        let Self { endpoints, rng } = self;
        let state = endpoints.entry(to.endpoint.into()).or_default();
        state.under_way = state.under_way.saturating_sub(1);
        let before = state.health.clone();
        let old = std::mem::take(&mut state.kept_is_old);
        let verdict = match outcome {
            Outcome::Answered(200..=299, _) => {
                let wake = state.down > 0;
                *state = Endpoint { under_way: state.under_way, ..Endpoint::default() };
                let health = (old || before != state.health).then(Health::default);
                return Settled { verdict: Verdict::Delivered, health, wake };
            }
            Outcome::Answered(410, _) => {
                state.health.off = Some(Off::Gone);
                state.health.address = Some(to.address.into());
                Verdict::Dead(Dead::Off)
            }
            Outcome::Answered(..) | Outcome::Unanswered => {
                state.health.address = Some(to.address.into());
                state.counts(schedule, attempt, now);
                state.fails(schedule, outcome, now, rng);
                let mut at = after(now, schedule.wait(attempt, rng));
                at = at.max(state.rests_until.unwrap_or(at));
                let ends = after(began, schedule.lasts);
                match state.health.off {
                    Some(_) => Verdict::Dead(Dead::Off),
                    None if now >= ends => Verdict::Dead(Dead::Expired),
                    None => Verdict::Again(at.min(ends)),
                }
            }
        };
        let health = (old || before != state.health).then(|| state.health.clone());
        Settled { verdict, health, wake: false }
    }
}

// === impl Endpoint ===

impl Endpoint {
    /// Whether what is known of it holds for an address.
    fn is_at(&self, address: &str) -> bool {
        self.health.address.as_deref().is_none_or(|known| known == address)
    }

    /// An attempt has failed, the so many-th of its delivery. It is switched off where nothing came through for long though
    /// several deliveries were tried again and again: time in which nothing was sent shows nothing.
    fn counts(&mut self, schedule: &Schedule, attempt: u32, now: Micros) {
        let health = &mut self.health;
        let tried = health.failed_at.unwrap_or(now).max(self.rests_until.unwrap_or_default());
        let pause = (schedule.gives_up / 4).max(schedule.longest * 2);
        if after(tried, pause) < now {
            (health.failing_since, health.failed) = (None, 0);
        }
        let since = *health.failing_since.get_or_insert(now);
        health.failed_at = Some(now);
        health.failed = health.failed.saturating_add(u32::from(attempt == 1));
        if health.failed >= SEVERAL && after(since, schedule.gives_up) <= now {
            health.off = Some(Off::Failing);
        }
    }

    /// An attempt has failed: the receiver may be down.
    fn fails(&mut self, schedule: &Schedule, outcome: Outcome, now: Micros, rng: &mut Rng) {
        let (is_down, asked) = match outcome {
            Outcome::Unanswered => (true, None),
            Outcome::Answered(status, asked) => (matches!(status, 429 | 502..=504), asked),
        };
        if !is_down && asked.is_none() {
            return;
        }
        self.down = self.down.saturating_add(1);
        let wait = match asked {
            Some(asked) => asked.min(LONGEST_REST).max(schedule.first),
            None => schedule.wait(self.down, rng),
        };
        self.rests_until = Some(after(now, wait).max(self.rests_until.unwrap_or_default()));
    }
}

fn after(time: Micros, wait: Duration) -> Micros {
    Micros(time.0.saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX)))
}
