//! Keeps the bodies of a call for its record, where a policy asks for it: copies of what passes, each at most so long.
//! What passes is neither held up nor changed.

use std::sync::Arc;

use base::{Clock, Nanos};
use bytes::Bytes;
use domain::spec::ProviderApi;
use domain::spec::policy::RecordBodies;
use message::{Body, Filter, Known, Out, RequestHead, ResponseHead};
use parking_lot::Mutex;
use snapshot::Provider;
use trace::{BodyPart, CallRecord, KeptBody};

use crate::exchange::Exchange;

/// What is kept of each body where no policy says otherwise, in bytes.
const USUAL: u64 = 64 << 10;

/// Bodies of a call that are kept: attempts beyond are not.
const MOST: usize = 16;

/// The longest address that is kept, in bytes.
const ADDRESS_CAP: usize = 512;

/// Keys shorter than this are words like others.
const SHORTEST_KEY: usize = 8;

/// The bodies of one call; clones are the same.
#[derive(Clone)]
pub(crate) struct Bodies(Arc<Inner>);

struct Inner {
    of: RecordBodies,
    most: usize,
    clock: Clock,
    started: Nanos,
    kept: Mutex<Vec<KeptBody>>,
    /// Who was asked: their keys are told to nobody.
    providers: Mutex<Vec<Arc<Provider>>>,
}

/// Sees a body pass.
struct Tap {
    bodies: Bodies,
    at: usize,
}

// === impl Bodies ===

impl Bodies {
    /// What is to be kept of a call whose policies are known; `None`: nothing.
    pub(crate) fn of(x: &Exchange<'_>) -> Option<Self> {
        let of = x.chains().rev().find_map(|chain| chain.record_bodies).unwrap_or_default();
        if of == RecordBodies::None {
            return None;
        }
        let most = x.chains().rev().find_map(|chain| chain.body_max).unwrap_or(USUAL);
        Some(Self(Arc::new(Inner {
            of,
            most: usize::try_from(most).unwrap_or(usize::MAX),
            clock: x.shared().config.clock.clone(),
            started: x.ledger.started(),
            kept: Mutex::default(),
            providers: Mutex::default(),
        })))
    }

    /// Keeps what the client sends.
    pub(crate) fn request(&self, head: &RequestHead, body: &mut Body) {
        self.tap(body, empty(BodyPart::Request, media_type(head.fields.get_str(Known::ContentType))));
    }

    /// Keeps what is sent to a provider.
    pub(crate) fn sent(&self, (provider, attempt): (&Arc<Provider>, u8), head: &RequestHead, body: &[u8]) {
        let mut providers = self.0.providers.lock();
        if !providers.iter().any(|known| Arc::ptr_eq(known, provider)) {
            providers.push(Arc::clone(provider));
        }
        drop(providers);
        let query = head.query().and_then(|query| trace::query(&format!("?{query}"), ADDRESS_CAP));
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let to = format!("{}{}{query}", head.authority(), trace::path(head.path(), ADDRESS_CAP));
        let mut kept = KeptBody {
            attempt,
            format: wire(provider.api).into(),
            to: to.into(),
            ..empty(BodyPart::Sent, media_type(head.fields.get_str(Known::ContentType)))
        };
        kept.push(body, self.at(), self.0.most);
        self.add(kept);
    }

    /// Keeps what a provider answers.
    pub(crate) fn received(
        &self,
        (provider, attempt): (&Arc<Provider>, u8),
        head: &ResponseHead,
        body: &mut Body,
    ) {
        let kept = empty(BodyPart::Received, media_type(head.fields.get_str(Known::ContentType)));
        self.tap(body, KeptBody { attempt, format: wire(provider.api).into(), ..kept });
    }

    /// Keeps what the client gets.
    pub(crate) fn answer(&self, head: &ResponseHead, body: &mut Body) {
        self.tap(body, empty(BodyPart::Answer, media_type(head.fields.get_str(Known::ContentType))));
    }

    /// Puts what was kept into the record of a call that has ended, if it is one whose bodies are wanted.
    pub(crate) fn settle(&self, record: &mut CallRecord) {
        let failed = record.status == 0 || record.status >= 400 || record.reason.is_some();
        if self.0.of == RecordBodies::Failed && !failed {
            return;
        }
        let mut bodies = std::mem::take(&mut *self.0.kept.lock());
        let providers = self.0.providers.lock();
        let keys =
            providers.iter().flat_map(|provider| &provider.keys).map(|(_, key)| key.expose().as_bytes());
        for key in keys.filter(|key| key.len() >= SHORTEST_KEY) {
            for body in &mut bodies {
                // Frames tell their lengths.
                let kept = &*body.media_type == trace::EVENT_FRAMES;
                let stands = if kept { "*".repeat(key.len()) } else { trace::MASK.to_owned() };
                mask(&mut body.bytes, key, stands.as_bytes());
            }
        }
        record.bodies = bodies;
    }

    fn tap(&self, body: &mut Body, kept: KeptBody) {
        if let Some(at) = self.add(kept) {
            body.filter(Tap { bodies: self.clone(), at });
        }
    }

    fn add(&self, body: KeptBody) -> Option<usize> {
        let mut kept = self.0.kept.lock();
        // The answer has its place.
        let most = if body.part == BodyPart::Answer { MOST } else { MOST - 1 };
        (kept.len() < most).then(|| {
            kept.push(body);
            kept.len() - 1
        })
    }

    fn at(&self) -> u32 {
        self.0.clock.now().micros_since(self.0.started)
    }
}

// === impl Tap ===

impl Filter for Tap {
    fn data(&mut self, data: Bytes, out: &mut Out) {
        let at = self.bodies.at();
        if let Some(body) = self.bodies.0.kept.lock().get_mut(self.at) {
            body.push(&data, at, self.bodies.0.most);
        }
        out.data(data);
    }

    fn changes_length(&self) -> bool {
        false
    }
}

fn empty(part: BodyPart, media_type: &str) -> KeptBody {
    KeptBody {
        part,
        attempt: 0,
        format: "".into(),
        media_type: media_type.into(),
        to: "".into(),
        total: 0,
        bytes: Vec::new(),
        arrivals: Vec::new(),
    }
}

fn media_type(field: Option<&str>) -> &str {
    field.unwrap_or_default().split(';').next().unwrap_or_default().trim()
}

/// The wire format of a provider, as documents spell it.
fn wire(api: ProviderApi) -> &'static str {
    match api {
        ProviderApi::Openai => "openai",
        ProviderApi::OpenaiResponses => "openai_responses",
        ProviderApi::Anthropic => "anthropic",
        ProviderApi::Azure => "azure",
        ProviderApi::Bedrock => "bedrock",
        ProviderApi::Cohere => "cohere",
        ProviderApi::Gemini => "gemini",
        ProviderApi::Mistral => "mistral",
        ProviderApi::Ollama => "ollama",
        ProviderApi::Vertex => "vertex",
    }
}

/// Masks a key wherever it stands.
fn mask(bytes: &mut Vec<u8>, key: &[u8], stands: &[u8]) {
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(bytes.get(from..).unwrap_or_default(), key) {
        let start = from + at;
        bytes.splice(start..start + key.len(), stands.iter().copied());
        from = start + stands.len();
    }
}
