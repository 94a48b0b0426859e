//! Events that are sent to webhooks, and what became of them.

use base::{Micros, RequestId, Rng};
use domain::{DocId, Kind, Name, Permission};
use serde_json::{Value, json};
use stateport::{NewEvent, Taken};
use store::{Delivery, DeliveryFilter, DeliveryState, Message, Replay};
use webhook::{Health, Off};

use crate::{Control, ControlError, Inner, Scoped};

/// The longest payload, in bytes.
const LONGEST: usize = 256 << 10;

/// An event that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTaken {
    /// Its id, which receivers see.
    pub id: String,
    /// The webhooks that it goes to, by their names, sorted.
    pub webhooks: Vec<String>,
}

/// Which deliveries are listed.
#[derive(Clone, Debug)]
pub struct DeliveryQuery {
    /// That stand there.
    pub state: Option<DeliveryState>,
    /// Where the list goes on.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// A delivery with its event's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryView {
    /// Where it stands.
    pub delivery: Delivery,
    /// The event's type.
    pub event: String,
}

/// A part of a webhook's deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveriesView {
    /// Since when nothing came through.
    pub failing_since: Option<Micros>,
    /// Why nothing is sent any more: `gone` or `failing`.
    pub off: Option<&'static str>,
    /// Newest first.
    pub items: Vec<DeliveryView>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

impl Control {
    /// Takes in an event that a team's flow sends. It is on disk when this returns.
    pub fn event_of_flow(&self, event: &NewEvent) -> Result<Taken, ControlError> {
        let snapshot = self.inner.live.load();
        let webhooks = match &event.webhook {
            None => snapshot.webhooks(&event.team, &event.environment, &event.kind),
            Some(name) => {
                let found = webhook_id(event, name).and_then(|id| snapshot.webhook(&id));
                let Some(webhook) = found else { return Ok(Taken::NoWebhook) };
                vec![webhook]
            }
        };
        let webhooks = webhooks.into_iter().map(|webhook| webhook.id.clone()).collect();
        let data = serde_json::from_str(&event.data).unwrap_or_default();
        match self.inner.take_event(&event.id, &event.kind, &data, webhooks) {
            Ok(webhooks) => Ok(Taken::Sent(webhooks)),
            Err(ControlError::Invalid(faults)) => {
                let words: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
                Ok(Taken::Refused(words.join("; ")))
            }
            Err(error) => Err(error),
        }
    }
}

fn webhook_id(event: &NewEvent, name: &str) -> Option<DocId> {
    let environment = Name::new(&event.environment).ok()?;
    Some(DocId { environment, ..DocId::new(&event.team, Kind::Webhook, name).ok()? })
}

impl Inner {
    /// Takes an event in for these webhooks; gives their names, sorted. One of a known id was taken in before.
    fn take_event(
        &self,
        id: &str,
        event: &str,
        data: &Value,
        mut webhooks: Vec<DocId>,
    ) -> Result<Vec<String>, ControlError> {
        if !snapshot::is_event(event) {
            let message = "a type of events is words of letters, digits and `_` with full stops between them";
            return Err(ControlError::at("/type", message));
        }
        let now = self.clock.wall();
        let at = jiff::Timestamp::from_microsecond(now.0).map(|at| format!("{at:.6}")).unwrap_or_default();
        let payload = json!({ "type": event, "timestamp": at, "data": data }).to_string().into_bytes();
        if payload.len() > LONGEST {
            return Err(ControlError::at(
                "/data",
                "an event has at most 256 KiB; send where the rest is found",
            ));
        }
        webhooks.sort();
        if !webhooks.is_empty() {
            let endpoints: Vec<String> = webhooks.iter().map(ToString::to_string).collect();
            let message = Message { id: id.to_owned(), event: event.to_owned(), payload, at: now };
            self.store.add_message(&message, &endpoints)?;
        }
        Ok(webhooks.into_iter().map(|id| id.name.to_string()).collect())
    }

    /// Forgets what is known of a webhook's endpoint: nothing has failed yet.
    pub(crate) fn forget_endpoint(&self, webhook: &DocId) -> Result<(), ControlError> {
        let endpoint = webhook.to_string();
        self.store.set_endpoint(&endpoint, &Health::default())?;
        self.desk.lock().set(&endpoint, Health::default());
        Ok(())
    }
}

impl Scoped<'_> {
    /// Sends an event to every webhook of a team in an environment that wants its type. It is on disk when this returns.
    pub fn send_event(
        &self,
        (team, environment): (&str, &str),
        event: &str,
        data: &Value,
    ) -> Result<EventTaken, ControlError> {
        self.principal.require(team, Permission::DocumentsWrite, "team")?;
        let snapshot = self.control.live.load();
        let wanted = snapshot.webhooks(team, environment, event);
        let wanted = wanted.into_iter().map(|webhook| webhook.id.clone()).collect();
        let now = self.control.clock.wall();
        let id = format!("msg_{}", RequestId::new(now, &mut Rng::from_system()).to_string().replace('-', ""));
        let webhooks = self.control.take_event(&id, event, data, wanted)?;
        Ok(EventTaken { id, webhooks })
    }

    /// What became of events that a webhook was sent.
    pub fn deliveries(&self, webhook: &DocId, query: &DeliveryQuery) -> Result<DeliveriesView, ControlError> {
        self.principal.require(webhook.team.as_str(), Permission::DocumentsRead, "document")?;
        self.control.stored(webhook)?;
        let before = query.cursor.as_deref().map(|cursor| {
            let (at, message) = cursor.split_once('-')?;
            Some((Micros(at.parse().ok()?), message.to_owned()))
        });
        let before = match before {
            None => None,
            Some(Some(before)) => Some(before),
            Some(None) => return Err(ControlError::at("/cursor", "this is not a cursor of this list")),
        };
        let endpoint = webhook.to_string();
        let filter = DeliveryFilter { endpoint, state: query.state, before, limit: query.limit };
        let page = self.control.store.deliveries(&filter)?;
        let last = page.items.last().filter(|_| page.more);
        let next_cursor = last.map(|last| format!("{}-{}", last.began.0, last.message));
        let live = self.control.live.load();
        let address = live.webhook(webhook).map(|webhook| &*webhook.url).unwrap_or_default();
        let health = self.control.desk.lock().health(&filter.endpoint, address);
        let mut items = Vec::with_capacity(page.items.len());
        for delivery in page.items {
            let message = self.control.store.message(&delivery.message)?;
            let event = message.map(|message| message.event).unwrap_or_default();
            items.push(DeliveryView { delivery, event });
        }
        let off = health.off.map(|off| if off == Off::Gone { "gone" } else { "failing" });
        Ok(DeliveriesView { failing_since: health.failing_since, off, items, next_cursor })
    }

    /// Sends again: one event whatever became of it, or all dead letters since a time; one that waits is sent now. The webhook
    /// is switched on if it was switched off. Gives how many are sent.
    pub fn replay(&self, webhook: &DocId, which: &Replay) -> Result<usize, ControlError> {
        self.principal.require(webhook.team.as_str(), Permission::DocumentsWrite, "document")?;
        self.control.stored(webhook)?;
        self.control.forget_endpoint(webhook)?;
        Ok(self.control.store.replay(&webhook.to_string(), which, self.control.clock.wall())?)
    }
}
