//! Events that are sent to webhooks, and what became of them.

use base::{Micros, RequestId, Rng};
use domain::{DocId, Permission};
use serde_json::{Value, json};
use store::{Delivery, DeliveryFilter, DeliveryState, Message, Replay};
use webhook::{Health, Off};

use crate::{ControlError, Scoped};

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

impl Scoped<'_> {
    /// Sends an event to every webhook of a team in an environment that wants its type. It is on disk when this returns.
    pub fn send_event(
        &self,
        (team, environment): (&str, &str),
        event: &str,
        data: &Value,
    ) -> Result<EventTaken, ControlError> {
        self.principal.require(team, Permission::DocumentsWrite, "team")?;
        if !snapshot::is_event(event) {
            let message = "a type of events is words of letters, digits and `_` with full stops between them";
            return Err(ControlError::at("/type", message));
        }
        let now = self.control.clock.wall();
        let at = jiff::Timestamp::from_microsecond(now.0).map(|at| format!("{at:.6}")).unwrap_or_default();
        let payload = json!({ "type": event, "timestamp": at, "data": data }).to_string().into_bytes();
        if payload.len() > LONGEST {
            return Err(ControlError::at(
                "/data",
                "an event has at most 256 KiB; send where the rest is found",
            ));
        }
        let id = format!("msg_{}", RequestId::new(now, &mut Rng::from_system()).to_string().replace('-', ""));
        let snapshot = self.control.live.load();
        let mut wanted: Vec<&DocId> =
            snapshot.webhooks(team, environment, event).into_iter().map(|webhook| &webhook.id).collect();
        wanted.sort();
        if !wanted.is_empty() {
            let endpoints: Vec<String> = wanted.iter().map(ToString::to_string).collect();
            let message = Message { id: id.clone(), event: event.to_owned(), payload, at: now };
            self.control.store.add_message(&message, &endpoints)?;
        }
        let webhooks = wanted.into_iter().map(|id| id.name.to_string()).collect();
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
        let health = self.control.desk.lock().health(&filter.endpoint);
        let mut items = Vec::with_capacity(page.items.len());
        for delivery in page.items {
            let message = self.control.store.message(&delivery.message)?;
            let event = message.map(|message| message.event).unwrap_or_default();
            items.push(DeliveryView { delivery, event });
        }
        let off = health.off.map(|off| if off == Off::Gone { "gone" } else { "failing" });
        Ok(DeliveriesView { failing_since: health.failing_since, off, items, next_cursor })
    }

    /// Sends again: one event whatever became of it, or all dead letters since a time. The webhook is switched on if it was
    /// switched off. Gives how many are sent.
    pub fn replay(&self, webhook: &DocId, which: &Replay) -> Result<usize, ControlError> {
        self.principal.require(webhook.team.as_str(), Permission::DocumentsWrite, "document")?;
        self.control.stored(webhook)?;
        let endpoint = webhook.to_string();
        self.control.store.set_endpoint(&endpoint, Health::default())?;
        self.control.desk.lock().set(&endpoint, Health::default());
        Ok(self.control.store.replay(&endpoint, which, self.control.clock.wall())?)
    }
}
