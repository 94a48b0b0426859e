//! Events on their way to webhooks: messages, and a delivery of each to every endpoint that wants it. A delivery that was
//! taken in is made at least once, whatever becomes of the process.

use base::Micros;
use webhook::Health;

use crate::{Page, StoreError};

/// An event, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id, which receivers see.
    pub id: String,
    /// Its type, such as `order.created`.
    pub event: String,
    /// Its body.
    pub payload: Vec<u8>,
    /// When it was taken in.
    pub at: Micros,
}

/// A message on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The message's id.
    pub message: String,
    /// The endpoint's document.
    pub endpoint: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// Since when it waits; a replay begins anew.
    pub began: Micros,
    /// When it is to be made; when it ended, for one that has.
    pub due: Micros,
    /// What came of the last attempt.
    pub last: Option<Attempted>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is to be made.
    Waiting,
    /// It came through.
    Delivered,
    /// It was given up: a dead letter.
    Dead,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// When.
    pub at: Micros,
    /// The answer's status; `None`: there was no answer.
    pub status: Option<u16>,
    /// In words, for people.
    pub detail: String,
}

/// Which deliveries are listed. All that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// To this endpoint.
    pub endpoint: String,
    /// That stand there.
    pub state: Option<DeliveryState>,
    /// Behind this one: when it began, and its message's id.
    pub before: Option<(Micros, String)>,
    /// At most so many.
    pub limit: usize,
}

/// Which deliveries of an endpoint are made once more.
#[derive(Clone, Debug)]
pub enum Replay {
    /// That of this message, however it ended. One that waits is due now, and waits since it did.
    One(String),
    /// All dead letters that ended at this time or later.
    DeadSince(Micros),
}

// === impl DeliveryState ===

impl DeliveryState {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// The state of a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Dead].into_iter().find(|state| state.as_str() == word)
    }
}

/// Messages and deliveries.
pub trait Deliveries {
    /// Takes in a message with a delivery to each endpoint, all or nothing; `false`, and nothing is written, if there is one
    /// of this id. It is on disk when this returns.
    fn add_message(&self, message: &Message, endpoints: &[String]) -> Result<bool, StoreError>;

    /// A message.
    fn message(&self, id: &str) -> Result<Option<Message>, StoreError>;

    /// Deliveries that are due, those first that are due longest, none to these endpoints: however much waits for those, it
    /// takes no longer. They are due again at `until`, unless it is told before what became of them: so one whose process ends
    /// is not lost.
    fn claim(
        &self,
        now: Micros,
        until: Micros,
        limit: usize,
        but_to: &[String],
    ) -> Result<Vec<Delivery>, StoreError>;

    /// When the next delivery is due.
    fn next_due(&self) -> Result<Option<Micros>, StoreError>;

    /// Writes a delivery again; `false`, and nothing is written, if it does not wait any more.
    fn settle(&self, delivery: &Delivery) -> Result<bool, StoreError>;

    /// Has what waits for an endpoint be due now, but for the deliveries of these messages, which are under way.
    fn wake(&self, endpoint: &str, now: Micros, under_way: &[String]) -> Result<(), StoreError>;

    /// Deliveries, newest first.
    fn deliveries(&self, filter: &DeliveryFilter) -> Result<Page<Delivery>, StoreError>;

    /// Has deliveries be made once more, those that ended with all the time of a new one; gives how many.
    fn replay(&self, endpoint: &str, which: &Replay, now: Micros) -> Result<usize, StoreError>;

    /// What is known of endpoints that have failed.
    fn endpoints(&self) -> Result<Vec<(String, Health)>, StoreError>;

    /// Keeps what is known of an endpoint.
    fn set_endpoint(&self, endpoint: &str, health: &Health) -> Result<(), StoreError>;

    /// Forgets deliveries that ended before a time, and messages without any; gives how many deliveries.
    fn forget_ended(&self, before: Micros) -> Result<usize, StoreError>;
}
