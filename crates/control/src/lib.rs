//! What the control plane can do, whoever asks: documents, sign-in, tokens, keys. It decides and writes;
//! it knows neither HTTP nor SQL. Everything about documents goes through [`Scoped`], which is made for
//! one principal and reaches that one's teams alone. The methods block.
#![warn(missing_docs)]

mod dispatch;
mod documents;
mod error;
mod events;
mod flows;
mod identity;
mod import;
mod keys;
mod password;
mod principal;
mod secrets;
mod throttle;
mod tokens;
mod users;
mod view;

use std::fmt;
use std::sync::Arc;

use base::{Clock, Rng};
use base64::Engine;
use calllog::CallLog;
use parking_lot::Mutex;
use snapshot::{Live, Mistake};
use store::Store;
use store::seal::Sealer;
use webhook::Desk;

pub use dispatch::{Dispatch, Job, Tried};
pub use documents::{HistoryEntry, HistoryPage, Intent, Listing, Query};
pub use error::{ControlError, FieldError};
pub use events::{DeliveriesView, DeliveryQuery, DeliveryView, EventTaken};
pub use flows::Draft;
pub use identity::{LoggedIn, NewAdmin, SessionUser, SessionView, TeamRole};
pub use import::{Import, Imported};
pub use keys::{NewKey, NewKeyRequest, generate as generate_key};
pub use principal::{Principal, Via};
pub use tokens::{NewToken, TokenMade, TokenView};
pub use users::{UserChange, UserView};
pub use view::DocumentView;
pub use webhook::Outcome;

use throttle::Throttle;

/// The control plane; clones are the same one.
#[derive(Clone)]
pub struct Control {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    sealer: Arc<Sealer>,
    live: Live,
    log: CallLog,
    clock: Clock,
    throttle: Throttle,
    /// One change at a time, so that what is published is what is stored.
    writing: Mutex<()>,
    /// One change of a user at a time, so that an administrator is left.
    users: Mutex<()>,
    source: Source,
    /// What is known of the endpoints of webhooks.
    desk: Mutex<Desk>,
}

/// Where the documents come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The store, which this control plane writes.
    Store,
    /// Files, which it only reads out; the store keeps identities alone.
    Files,
}

/// The control plane as one principal sees it.
#[derive(Clone)]
pub struct Scoped<'a> {
    pub(crate) control: &'a Inner,
    pub(crate) principal: &'a Principal,
}

impl Control {
    /// Reads and compiles all documents and publishes them; every mistake in what is stored is given back.
    pub fn open(
        store: Arc<dyn Store>,
        sealer: Sealer,
        live: Live,
        log: CallLog,
        clock: Clock,
    ) -> Result<Result<Self, Vec<Mistake>>, ControlError> {
        let sealer = Arc::new(sealer);
        match import::compile_all(&*store, &sealer)? {
            Ok(snapshot) => live.publish(Arc::new(snapshot)),
            Err(mistakes) => return Ok(Err(mistakes)),
        }
        Ok(Ok(Self::new(store, sealer, live, log, clock, Source::Store)))
    }

    /// Takes the documents from whoever publishes to `live`, and changes none.
    pub fn over_files(store: Arc<dyn Store>, sealer: Sealer, live: Live, log: CallLog, clock: Clock) -> Self {
        Self::new(store, Arc::new(sealer), live, log, clock, Source::Files)
    }

    fn new(
        store: Arc<dyn Store>,
        sealer: Arc<Sealer>,
        live: Live,
        log: CallLog,
        clock: Clock,
        source: Source,
    ) -> Self {
        let throttle = Throttle::new();
        let (writing, users) = (Mutex::new(()), Mutex::new(()));
        let desk = Mutex::new(Desk::new(Rng::from_system()));
        Self {
            inner: Arc::new(Inner {
                store,
                sealer,
                live,
                log,
                clock,
                throttle,
                writing,
                users,
                source,
                desk,
            }),
        }
    }

    /// Where the documents come from.
    pub fn source(&self) -> Source {
        self.inner.source
    }

    /// What one principal may do.
    pub fn scoped<'a>(&'a self, principal: &'a Principal) -> Scoped<'a> {
        Scoped { control: &self.inner, principal }
    }

    /// Writes documents on the installation's own behalf, such as the quickstart's.
    pub fn write_as_system(&self, documents: &[serde_json::Value]) -> Result<(), ControlError> {
        self.inner.write_new(documents, "system")
    }

    /// The snapshot that counts.
    pub fn live(&self) -> &Live {
        &self.inner.live
    }

    /// The call log.
    pub fn log(&self) -> &CallLog {
        &self.inner.log
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Control")
    }
}

impl fmt::Debug for Scoped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").field("principal", &self.principal.user.id).finish_non_exhaustive()
    }
}

/// 256 random bits as text, for cookies, tokens and links.
pub(crate) fn random_text() -> String {
    let mut bytes = [0_u8; 32];
    Rng::fill_secret(&mut bytes);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// The hash under which such a text is kept.
pub(crate) fn hash(text: &str) -> [u8; 32] {
    snapshot::key_hash(text.as_bytes()).0
}
