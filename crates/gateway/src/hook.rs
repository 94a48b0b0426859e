//! One attempt to deliver an event to a webhook: signed, to an address that may be asked, answered in time. Whether and
//! when there is another is not decided here.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::spec::Reach;
use message::{Body, Known, Method, RequestHead};
use net::Response;
use snapshot::Webhook;

use crate::Gateway;
use crate::gateway::Shared;
use crate::outside::{self, Address, Out, Why};

/// How much of an answer is read, and for how long; nothing in it is looked at.
const ANSWER_CAP: usize = 16 << 10;
const ANSWER_TIME: Duration = Duration::from_secs(1);

/// What a receiver answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The status.
    pub status: u16,
    /// How long `Retry-After` asks to wait.
    pub retry_after: Option<Duration>,
}

impl Gateway {
    /// Sends an event to a webhook, in the runtime that this is called in; fails if there was no answer in time. Redirects are
    /// not followed.
    pub fn deliver(
        &self,
        webhook: Arc<Webhook>,
        id: String,
        payload: Bytes,
    ) -> impl Future<Output = Result<Posted, String>> + Send + 'static {
        let shared = Arc::clone(&self.shared);
        async move {
            let posting = Box::pin(post(&shared, &webhook, &id, payload));
            let (posted, mut body) = match tokio::time::timeout(webhook.timeout, posting).await {
                Ok(posted) => posted.map_err(Why::into_owned)?,
                Err(_) => return Err(format!("there was no answer within {:?}", webhook.timeout)),
            };
            // A status has been said; what follows it, or does not, changes nothing.
            drop(tokio::time::timeout(ANSWER_TIME, body.collect(ANSWER_CAP)).await);
            Ok(posted)
        }
    }
}

async fn post(shared: &Shared, webhook: &Webhook, id: &str, payload: Bytes) -> Result<(Posted, Body), Why> {
    let address = Address::parse(&webhook.url).ok_or(Why::Borrowed("it is no address by http or https"))?;
    let addresses = match webhook.reach {
        Reach::Public => outside::resolve_public(&address).await?,
        Reach::Anywhere => outside::resolve(&address).await?,
    };
    let clock = &shared.config.clock;
    let (timestamp, signature) = webhook::sign(&webhook.keys, id, clock.wall(), &payload);
    let mut head = RequestHead::new(Method::Post, &address.authority, &address.path);
    head.fields.push(Known::ContentType, b"application/json");
    for (name, value) in
        [(webhook::ID, id), (webhook::TIMESTAMP, &timestamp), (webhook::SIGNATURE, &signature)]
    {
        head.fields.push_named(name.as_bytes(), value.as_bytes());
    }
    let client = net::Client::new(net::ClientConfig::default(), clock.clone());
    let out = Out { shared, client: &client };
    let Response { head, body, .. } = outside::send(out, &address, &addresses, (head, payload)).await?;
    let asked = head.fields.get_str(Known::RetryAfter).and_then(|text| retry_after(text, clock.wall().0));
    Ok((Posted { status: head.status, retry_after: asked }, body))
}

/// Seconds, or a date (RFC 9110 §10.2.3).
fn retry_after(text: &str, now: i64) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
    u64::try_from(at.saturating_sub(now / 1_000_000)).ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_seconds_or_dates() {
        let now = 784_111_777_000_000;
        assert_eq!(retry_after("120", now), Some(Duration::from_mins(2)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(Duration::from_mins(1)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:48:37 GMT", now), None);
        assert_eq!(retry_after("soon", now), None);
    }
}
