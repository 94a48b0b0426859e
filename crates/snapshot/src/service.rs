//! Compiled services.

use std::sync::Arc;

use domain::DocId;
use domain::spec::{AccessMode, KeyPlace, ServiceState};
use message::Known;

use crate::{StableId, Upstream};

/// An API that Weir publishes.
#[derive(Debug)]
pub struct Service {
    /// Its document.
    pub id: DocId,
    /// By which subscriptions find it.
    pub stable: StableId,
    /// Where it stands in its life.
    pub state: ServiceState,
    /// Who may call.
    pub access: AccessMode,
    /// Where a key may stand.
    pub keys: Vec<KeyAt>,
    /// Whether the key is passed on.
    pub forward_key: bool,
    /// What serves it.
    pub backend: Backend,
}

/// A place in a request where a key may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyAt {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// A header.
    Header(Known, Box<str>),
    /// A query parameter.
    Query(Box<str>),
}

/// What serves a service.
#[derive(Debug)]
pub enum Backend {
    /// An upstream.
    Upstream {
        /// Where requests go.
        upstream: Arc<Upstream>,
        /// Put before the path that the upstream sees.
        path_prefix: Box<str>,
    },
    /// Models; `None`: all that the team has.
    Ai {
        /// The aliases' documents that may be called.
        models: Option<Vec<DocId>>,
    },
}

impl From<&KeyPlace> for KeyAt {
    fn from(place: &KeyPlace) -> Self {
        match place {
            KeyPlace::Bearer => Self::Bearer,
            KeyPlace::Header(name) => Self::Header(Known::of(name.as_bytes()), name.as_str().into()),
            KeyPlace::Query(name) => Self::Query(name.as_str().into()),
        }
    }
}
