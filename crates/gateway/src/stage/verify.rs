//! Webhooks that come in: where a route asks for a signature, only what is signed goes on, and each once.

use std::collections::HashSet;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use message::{Body, Fields, Known, Reason, ResponseHead};
use net::Reply;
use parking_lot::Mutex;
use serde_json::json;
use snapshot::Verify;
use stateport::Key;
use webhook::Incoming;

use crate::Refusal;
use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::jobs;

/// Where what was taken in is kept, and for how long: senders try again for up to three days.
const SPACE: &str = "webhooks";
const KEPT: Duration = Duration::from_hours(3 * 24);

/// Webhooks under way in this process.
#[derive(Debug, Default)]
pub(crate) struct Arriving(Mutex<HashSet<Key>>);

/// What a signature has led to.
pub(crate) enum Verified {
    /// It is answered.
    Answered(Box<Reply>),
    /// It goes on, and what comes out is to be told.
    Once(Box<Once>),
    /// It goes on; that it does once is somebody else's to see to.
    Free,
}

/// A webhook that is under way, and nowhere else; it may come again if it is dropped.
pub(crate) struct Once {
    core: Core,
    key: Key,
}

/// Asks for the signature that the route says.
pub(crate) async fn apply(x: &mut Exchange<'_>) -> Result<Verified, Refusal> {
    if x.is_rest() {
        // It was verified before, and would be taken for one that has come already.
        return Ok(Verified::Free);
    }
    let Some(verify) = x.route.as_ref().and_then(|route| route.verify.clone()) else {
        return Ok(Verified::Free);
    };
    // Apart, since what it keeps would make every call larger.
    Box::pin(look(x, &verify)).await
}

/// Looks at the signature, which is over the body as it came.
async fn look(x: &mut Exchange<'_>, verify: &Verify) -> Result<Verified, Refusal> {
    let cap = x.shared().config.ai_body_limit;
    let body: Bytes = x.read_body(cap).await.map_err(|error| Refusal::new(error.reason, error.detail))?;
    let id = believed(x, verify, &body)?;
    let challenge = verify.inbound.challenge(&body);
    x.body = Body::full(body);
    x.mark("verify");
    if let Some(challenge) = challenge {
        let mut head = ResponseHead::new(200);
        head.fields.push(Known::ContentType, b"text/plain; charset=utf-8");
        return Ok(Verified::Answered(Box::new(Reply::new(head, Body::full(challenge)))));
    }
    if verify.later {
        // It is a job, which is accepted once.
        x.delivery = Some(id);
        return Ok(Verified::Free);
    }
    once(x, &id).await
}

/// The request's id, if it is signed.
fn believed(x: &Exchange<'_>, verify: &Verify, body: &[u8]) -> Result<String, Refusal> {
    let fields = &x.head.fields;
    let field = |name: &str| only(fields, name);
    let now = x.shared().config.clock.wall();
    let verified = verify.inbound.verify(&Incoming { field: &field, body }, now);
    verified.map_err(|why| Refusal::new(Reason::WebhookUnverified, why.to_string()).shaped(x.shape()))
}

/// The value of a field that is there once.
fn only<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    let mut lines = fields.iter().filter(|(other, _, _)| other.eq_ignore_ascii_case(name.as_bytes()));
    let (_, first, _) = lines.next().filter(|_| lines.next().is_none())?;
    std::str::from_utf8(first).ok().map(str::trim)
}

/// Lets a webhook go on unless it has, or is going on.
async fn once(x: &mut Exchange<'_>, id: &str) -> Result<Verified, Refusal> {
    let Some(route) = &x.route else { return Ok(Verified::Free) };
    let hash = digest(&SHA256, id.as_bytes());
    let name: String = jobs::hex(hash.as_ref());
    let key = Key::new(SPACE, route.id.to_string(), name);
    let shared = x.shared();
    if !shared.arriving.0.lock().insert(key.clone()) {
        let refusal = Refusal::new(Reason::WebhookUnderWay, "the same webhook is being taken in");
        return Err(Refusal { retry_after: Some(1), ..refusal }.shaped(x.shape()));
    }
    let once = Once { core: x.core.clone(), key };
    let known = shared.config.state.get(&once.key).await;
    // Where nobody knows, it goes on: at least once is what is promised.
    if !matches!(known, Ok(Some(_))) {
        return Ok(Verified::Once(Box::new(once)));
    }
    let mut head = ResponseHead::new(200);
    head.fields.push(Known::ContentType, b"application/json");
    let told = json!({"id": id, "state": "known"});
    Ok(Verified::Answered(Box::new(Reply::new(head, Body::full(told.to_string())))))
}

// === impl Once ===

impl Once {
    /// What came out: where it went well, it does not go on again.
    pub(crate) async fn settle(self, status: u16) {
        if status < 400 {
            let kept = self.core.shared.config.state.put(&self.key, Bytes::new(), KEPT);
            // If it cannot be kept, it may come again.
            kept.await.unwrap_or_default();
        }
    }
}

impl Drop for Once {
    fn drop(&mut self) {
        self.core.shared.arriving.0.lock().remove(&self.key);
    }
}
