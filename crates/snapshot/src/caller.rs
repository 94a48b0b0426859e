//! Compiled callers: applications, their credentials and subscriptions.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use base::Micros;
use domain::DocId;
use domain::spec::{self, SubscriptionState};
use trace::CallerLabels;

use crate::mistake::Report;
use crate::{Chain, StableId};

/// The SHA-256 of a key. Keys are long random strings, so that a plain hash cannot be reversed by trying.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(pub [u8; 32]);

/// A caller.
#[derive(Debug)]
pub struct Application {
    /// Its document.
    pub id: DocId,
    /// Whose counters its limits use.
    pub stable: StableId,
    /// Whether all its calls are refused.
    pub suspended: bool,
    /// Policies of its calls.
    pub chain: Chain,
    /// What it may call, by the service's stable id.
    pub(crate) subscriptions: Vec<(StableId, Arc<Subscription>)>,
}

/// What a caller shows to be known.
#[derive(Debug)]
pub struct Credential {
    /// Its document.
    pub id: DocId,
    /// Whose counters its limits use.
    pub stable: StableId,
    /// Whose it is.
    pub application: Arc<Application>,
    /// When it ends.
    pub expires: Option<Micros>,
    /// Whether it no longer counts.
    pub revoked: bool,
    /// Who calls, for records, where no subscription is asked for.
    pub labels: Arc<CallerLabels>,
    /// The same under each subscription.
    pub(crate) places: Vec<(StableId, Arc<CallerLabels>)>,
}

/// An application's right to call a service under a plan.
#[derive(Debug)]
pub struct Subscription {
    /// Its document.
    pub id: DocId,
    /// Whose counters the plan's limits use.
    pub stable: StableId,
    /// The plan's name.
    pub plan: Arc<str>,
    /// Whether it counts.
    pub state: SubscriptionState,
    /// The plan's policies.
    pub chain: Arc<Chain>,
}

/// The hash under which a key is kept.
pub fn key_hash(key: &[u8]) -> KeyHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, key).as_ref());
    KeyHash(hash)
}

// === impl KeyHash ===

impl KeyHash {
    /// Reads `sha256:` and 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:").filter(|digits| digits.len() == 64)?;
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// === impl Credential ===

impl Credential {
    /// The application's subscription to a service, and who calls under it.
    pub fn subscription(&self, service: StableId) -> Option<(&Arc<Subscription>, &Arc<CallerLabels>)> {
        let find = |(id, _): &&(StableId, Arc<Subscription>)| *id == service;
        let (_, subscription) = self.application.subscriptions.iter().find(find)?;
        let (_, labels) = self.places.iter().find(|(id, _)| *id == service)?;
        Some((subscription, labels))
    }

    /// Whether it counts at a time.
    pub fn is_valid(&self, now: Micros) -> bool {
        !self.revoked && self.expires.is_none_or(|end| now < end)
    }
}

pub(crate) fn compile_credential(
    id: &DocId,
    spec: &spec::Credential,
    application: &Arc<Application>,
    report: &mut Report<'_>,
) -> Option<(KeyHash, Credential)> {
    let hash = KeyHash::parse(&spec.key_hash);
    if hash.is_none() {
        report.add(
            "/spec/key_hash",
            "write `sha256:` and the SHA-256 of the key in 64 lower-case hexadecimal digits",
        );
    }
    let expires = spec.expires.as_ref().map(|text| text.parse::<jiff::Timestamp>());
    if let Some(Err(_)) = &expires {
        report.add("/spec/expires", "this is not a time of RFC 3339, such as `2027-01-31T00:00:00Z`");
    }
    let labels = |plan: &str| {
        Arc::new(CallerLabels {
            application: application.id.name.as_str().into(),
            plan: plan.into(),
            credential: id.name.as_str().into(),
        })
    };
    let places = application.subscriptions.iter().map(|(service, s)| (*service, labels(&s.plan)));
    let credential = Credential {
        id: id.clone(),
        stable: StableId::of(&[id]),
        application: Arc::clone(application),
        expires: expires.and_then(Result::ok).map(|at| Micros(at.as_microsecond())),
        revoked: spec.revoked,
        labels: labels(""),
        places: places.collect(),
    };
    Some((hash?, credential))
}
