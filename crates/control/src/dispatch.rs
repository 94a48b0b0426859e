//! Deliveries of events that are due, and what becomes of them. Whoever makes the attempts asks here what is to be done and
//! tells what came of it: the desk decides, the store keeps.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use base::Micros;
use domain::DocId;
use parking_lot::Mutex;
use snapshot::Webhook;
use store::{Attempted, Delivery, DeliveryState, Message};
use webhook::{Admission, Dead, Health, Off, Outcome, Receiver, Verdict};

use crate::{Control, ControlError};

/// Deliveries of all endpoints that are under way at once.
const AT_ONCE: usize = 64;

/// So many are asked of the store at a time, and so often before those are tried that may be.
const CLAIMED: usize = 8;
const CLAIMS: usize = 8;

/// An endpoint of which so many wait here is asked for no more.
const HELD: usize = 4;

/// So long the store is not asked again where it had nothing but what is to wait.
const PAUSE: Duration = Duration::from_millis(100);

/// So long a delivery is nobody else's: an attempt takes less. What a process leaves behind is due again then.
const LEASE: Duration = Duration::from_mins(5);

/// So long it is known what became of a delivery that has ended.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// What is due and what is under way. There is one.
#[derive(Debug)]
pub struct Dispatch {
    control: Control,
    /// Endpoints and messages, those that are held among them.
    under_way: Mutex<HashSet<(String, String)>>,
    held: Mutex<Held>,
    /// When it was last looked for what may be forgotten.
    tidied: Mutex<Micros>,
}

/// Deliveries that wait for others to their endpoint to end: its receiver takes only so many at once.
#[derive(Debug, Default)]
struct Held {
    of: HashMap<String, VecDeque<Delivery>>,
    /// Until then the store has nothing for others, whatever is due.
    nothing_until: Micros,
}

/// A delivery to be tried now.
#[derive(Clone, Debug)]
pub struct Job {
    /// Where to.
    pub webhook: Arc<Webhook>,
    /// What.
    pub message: Message,
    delivery: Delivery,
}

/// Whether a delivery is tried now.
enum Turn {
    Now(Box<Job>),
    /// When another to its endpoint has ended.
    Waits(Delivery),
    /// It is due later, or not at all.
    Over,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What counts.
    pub outcome: Outcome,
    /// In words.
    pub detail: String,
}

// === impl Dispatch ===

impl Dispatch {
    /// Takes in what is known of endpoints.
    pub fn new(control: &Control) -> Result<Self, ControlError> {
        let mut desk = control.inner.desk.lock();
        for (endpoint, health) in control.inner.store.endpoints()? {
            desk.set(&endpoint, health);
        }
        drop(desk);
        let (under_way, held, tidied) = Default::default();
        Ok(Self { control: control.clone(), under_way, held, tidied })
    }

    /// The deliveries to be tried now. What comes of each must be told.
    pub fn begin(&self) -> Result<Vec<Job>, ControlError> {
        let inner = &self.control.inner;
        let now = inner.clock.wall();
        self.tidy(now)?;
        let mut jobs = Vec::new();
        let done = self.resume(now, &mut jobs).and_then(|()| self.claim(now, &mut jobs));
        match done {
            Err(error) if jobs.is_empty() => Err(error),
            // Those that were admitted are tried all the same; the others are due again when their lease is over.
            Err(error) => {
                tracing::error!("webhooks are not sent: {}", base::chain(&error));
                Ok(jobs)
            }
            Ok(()) => Ok(jobs),
        }
    }

    /// Those that were held and whose turn it is, as far as there is room.
    fn resume(&self, now: Micros, jobs: &mut Vec<Job>) -> Result<(), ControlError> {
        let mut held = std::mem::take(&mut self.held.lock().of);
        let mut done = Ok(());
        let waits: usize = held.values().map(VecDeque::len).sum();
        let mut room = (AT_ONCE + waits).saturating_sub(self.under_way.lock().len());
        for own in held.values_mut() {
            while done.is_ok()
                && room > 0
                && let Some(delivery) = own.pop_front()
            {
                match self.take(delivery, now) {
                    Ok(Turn::Now(job)) => {
                        jobs.push(*job);
                        room -= 1;
                    }
                    Ok(Turn::Waits(delivery)) => {
                        own.push_front(delivery);
                        break;
                    }
                    Ok(Turn::Over) => {}
                    Err(error) => done = Err(error),
                }
            }
        }
        held.retain(|_, own| !own.is_empty());
        self.held.lock().of = held;
        done
    }

    /// Asks the store for what is due, as far as there is room.
    fn claim(&self, now: Micros, jobs: &mut Vec<Job>) -> Result<(), ControlError> {
        let store = &self.control.inner.store;
        for _ in 0..CLAIMS {
            let mut full = self.resting(now);
            let held = self.held.lock();
            full.extend(held.of.iter().filter(|(_, own)| own.len() >= HELD).map(|(name, _)| name.clone()));
            let all: usize = held.of.values().map(VecDeque::len).sum();
            let paused = !full.is_empty() && now < held.nothing_until;
            drop(held);
            let room = (AT_ONCE + all).saturating_sub(self.under_way.lock().len()).min(CLAIMED);
            if room == 0 || paused || store.next_due()?.is_none_or(|due| due > now) {
                return Ok(());
            }
            let claimed = store.claim(now, after(now, LEASE), room, &full)?;
            let count = claimed.len();
            for delivery in claimed {
                let key = (delivery.endpoint.clone(), delivery.message.clone());
                if !self.under_way.lock().insert(key) {
                    continue;
                }
                match self.take(delivery, now)? {
                    Turn::Now(job) => jobs.push(*job),
                    Turn::Waits(delivery) => {
                        self.held.lock().of.entry(delivery.endpoint.clone()).or_default().push_back(delivery);
                    }
                    Turn::Over => {}
                }
            }
            if count < room {
                self.held.lock().nothing_until = after(now, PAUSE);
                return Ok(());
            }
        }
        Ok(())
    }

    /// The endpoints that rest where their documents have them.
    fn resting(&self, now: Micros) -> Vec<String> {
        let snapshot = self.control.inner.live.load();
        let is_at = |name: &str, address: &str| {
            let webhook = name.parse::<DocId>().ok().and_then(|id| snapshot.webhook(&id).cloned());
            webhook.is_some_and(|webhook| *webhook.url == *address)
        };
        let desk = self.control.inner.desk.lock();
        let all = desk.resting(now).filter(|(name, address)| is_at(name, address));
        all.map(|(name, _)| name.to_owned()).collect()
    }

    /// Says whether it is the turn of a delivery that is under way; if it is neither that nor waits, it is so no more.
    fn take(&self, delivery: Delivery, now: Micros) -> Result<Turn, ControlError> {
        let key = (delivery.endpoint.clone(), delivery.message.clone());
        let admitted = self.admit(delivery, now);
        if !matches!(admitted, Ok(Turn::Now(_) | Turn::Waits(_))) {
            self.under_way.lock().remove(&key);
        }
        admitted
    }

    /// When something is due next; `None`: nothing waits.
    pub fn next_due(&self) -> Result<Option<Micros>, ControlError> {
        Ok(self.control.inner.store.next_due()?)
    }

    fn admit(&self, delivery: Delivery, now: Micros) -> Result<Turn, ControlError> {
        let inner = &self.control.inner;
        let id = delivery.endpoint.parse::<DocId>().ok();
        let webhook = id.and_then(|id| inner.live.load().webhook(&id).cloned());
        let (Some(webhook), Some(message)) = (webhook, inner.store.message(&delivery.message)?) else {
            self.write(&dead(delivery, "the webhook is no longer there", now))?;
            return Ok(Turn::Over);
        };
        let tried = (delivery.attempts, delivery.began);
        let to = receiver(&delivery.endpoint, &webhook);
        let admission = inner.desk.lock().admit(&to, tried, now);
        match admission {
            Admission::Send => return Ok(Turn::Now(Box::new(Job { webhook, message, delivery }))),
            Admission::Busy => return Ok(Turn::Waits(delivery)),
            Admission::Later(due) => self.write(&Delivery { due, ..delivery })?,
            Admission::Dead(why) => self.write(&dead(delivery, in_words(why), now))?,
        }
        Ok(Turn::Over)
    }

    /// Takes in what came of an attempt.
    pub fn end(&self, job: Job, tried: Tried) -> Result<(), ControlError> {
        let inner = &self.control.inner;
        let now = inner.clock.wall();
        let Job { webhook, delivery, .. } = job;
        let (endpoint, message) = (delivery.endpoint.clone(), delivery.message.clone());
        let attempts = delivery.attempts + 1;
        let mut desk = inner.desk.lock();
        let before = desk.health(&endpoint, &webhook.url);
        let to = receiver(&endpoint, &webhook);
        let settled = desk.settle(&to, (attempts, delivery.began), (tried.outcome, now));
        drop(desk);
        let status = match tried.outcome {
            Outcome::Answered(status, _) => Some(status),
            Outcome::Unanswered => None,
        };
        let (state, due) = match settled.verdict {
            Verdict::Delivered => (DeliveryState::Delivered, now),
            Verdict::Dead(_) => (DeliveryState::Dead, now),
            Verdict::Again(at) => (DeliveryState::Waiting, at),
        };
        let last = Some(Attempted { at: now, status, detail: tried.detail });
        let written = self.write(&Delivery { state, attempts, due, last, ..delivery });
        self.under_way.lock().remove(&(endpoint.clone(), message));
        written?;
        if let Some(health) = settled.health {
            inner.store.set_endpoint(&endpoint, &health)?;
            tell(&endpoint, &before, &health);
        }
        if settled.wake {
            let under_way = self.under_way.lock();
            let own = under_way.iter().filter(|(other, _)| *other == endpoint);
            let own: Vec<String> = own.map(|(_, message)| message.clone()).collect();
            drop(under_way);
            inner.store.wake(&endpoint, now, &own)?;
        }
        Ok(())
    }

    fn write(&self, delivery: &Delivery) -> Result<(), ControlError> {
        self.control.inner.store.settle(delivery)?;
        Ok(())
    }

    /// Forgets what ended long ago, once an hour.
    fn tidy(&self, now: Micros) -> Result<(), ControlError> {
        let mut tidied = self.tidied.lock();
        if now < after(*tidied, Duration::from_hours(1)) {
            return Ok(());
        }
        *tidied = now;
        let kept = i64::try_from(KEPT.as_micros()).unwrap_or(i64::MAX);
        self.control.inner.store.forget_ended(Micros(now.0.saturating_sub(kept)))?;
        Ok(())
    }
}

fn receiver<'a>(endpoint: &'a str, webhook: &'a Webhook) -> Receiver<'a> {
    Receiver { endpoint, address: &webhook.url, schedule: &webhook.schedule }
}

/// Each change is told once, not each attempt.
fn tell(endpoint: &str, before: &Health, health: &Health) {
    if (before.off, before.failing_since.is_some()) == (health.off, health.failing_since.is_some()) {
        return;
    }
    let says = match health.off {
        Some(Off::Gone) => "is off: its receiver answered 410",
        Some(Off::Failing) => "is off: nothing came through for long",
        None if health.failing_since.is_some() => "fails",
        None => "works again",
    };
    if *health == Health::default() {
        tracing::info!(endpoint, "a webhook {says}");
    } else {
        tracing::warn!(endpoint, "a webhook {says}");
    }
}

fn dead(delivery: Delivery, why: &str, now: Micros) -> Delivery {
    let status = delivery.last.as_ref().and_then(|last| last.status);
    let last = delivery.last.clone().unwrap_or(Attempted { at: now, status, detail: why.into() });
    Delivery { state: DeliveryState::Dead, due: now, last: Some(last), ..delivery }
}

fn in_words(why: Dead) -> &'static str {
    match why {
        Dead::Expired => "its time is over",
        Dead::Off => "the webhook is switched off",
    }
}

pub(crate) fn after(time: Micros, wait: Duration) -> Micros {
    Micros(time.0.saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX)))
}
