//! Finds out who calls, by key, and whether it may: the application, its subscription to the service.

use std::borrow::Cow;
use std::sync::Arc;

use domain::spec::{AccessMode, SubscriptionState};
use llm::Dialect;
use message::{Known, Reason, RequestHead};
use snapshot::{KeyAt, KeyHash, Service, key_hash};

use crate::Refusal;
use crate::caller::Caller;
use crate::exchange::Exchange;
use crate::settle::wall;

/// `false`: the service asks nobody.
pub(crate) fn apply(x: &mut Exchange<'_>) -> Result<bool, Refusal> {
    let Some(route) = x.route.clone() else { return Ok(false) };
    let service = &route.service;
    if service.access == AccessMode::Public {
        return Ok(false);
    }
    let refuse = |reason, detail: Cow<'static, str>| Refusal::new(reason, detail).shaped(x.shape());
    let shown = match &x.vouched {
        Some(vouched) => vouched.key.map(|hash| (None, hash)),
        None => find_key(&x.head, service).map(|(place, hash)| (Some(place), hash)),
    };
    let Some((place, hash)) = shown else {
        let places: Vec<String> = service.keys.iter().map(describe).collect();
        let detail = format!("send an API key: {}", places.join(" or "));
        return Err(refuse(Reason::CredentialMissing, detail.into()));
    };
    let credential = x.snapshot.credential(&hash).filter(|c| c.is_valid(wall(x.core)));
    let Some(credential) = credential.cloned() else {
        return Err(refuse(Reason::CredentialInvalid, "the API key is unknown, expired or revoked".into()));
    };
    x.ledger.note(|record| record.caller = Some(Arc::clone(&credential.labels)));
    if credential.application.suspended {
        let refusal = Refusal::new(Reason::ApplicationSuspended, "the application is suspended");
        return Err(refusal.shaped(x.shape()));
    }
    let mut subscription = None;
    if let Some((found, labels)) = credential.subscription(service.stable) {
        x.ledger.note(|record| record.caller = Some(Arc::clone(labels)));
        subscription = (found.state == SubscriptionState::Active).then(|| Arc::clone(found));
    }
    if subscription.is_none() && service.access == AccessMode::Subscription {
        let detail = "the application has no active subscription to this service";
        return Err(Refusal::new(Reason::NotSubscribed, detail).shaped(x.shape()));
    }
    x.key_of = place.and_then(sdk_of);
    if let Some(place) = place.filter(|_| !service.forward_key) {
        hide(&mut x.head, place);
    }
    x.caller = Some(Caller { key: hash, credential, subscription });
    Ok(true)
}

/// The first place that has something, and its hash. An empty one counts as none.
fn find_key<'s>(head: &RequestHead, service: &'s Service) -> Option<(&'s KeyAt, KeyHash)> {
    service.keys.iter().find_map(|place| {
        let key = match place {
            KeyAt::Bearer => Cow::Borrowed(bearer(head.fields.get(Known::Authorization)?)?),
            KeyAt::Header(Known::Other, name) => head.fields.get_named(name)?.into(),
            KeyAt::Header(known, _) => head.fields.get(*known)?.into(),
            KeyAt::Query(name) => query_value(head.query()?, name)?.into_bytes().into(),
        };
        (!key.is_empty()).then(|| (place, key_hash(&key)))
    })
}

/// Whose SDK puts its key there; none where several do.
fn sdk_of(place: &KeyAt) -> Option<Dialect> {
    match place {
        KeyAt::Header(_, name) if name.eq_ignore_ascii_case("x-goog-api-key") => Some(Dialect::Gemini),
        KeyAt::Header(_, name) if name.eq_ignore_ascii_case("x-api-key") => Some(Dialect::Anthropic),
        _ => None,
    }
}

/// The scheme is compared without regard to case (RFC 9110 §11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| rest.trim_ascii())
}

/// The caller's secret is not the upstream's to see.
fn hide(head: &mut RequestHead, place: &KeyAt) {
    match place {
        KeyAt::Bearer => head.fields.remove(Known::Authorization),
        KeyAt::Header(Known::Other, name) => head.fields.remove_named(name.as_bytes()),
        KeyAt::Header(known, _) => head.fields.remove(*known),
        KeyAt::Query(name) => {
            let Some(query) = head.query() else { return };
            let keeps = |pair: &&str| pair.split('=').next() != Some(name);
            let rest = query.split('&').filter(keeps).collect::<Vec<_>>().join("&");
            head.set_query((!rest.is_empty()).then_some(rest.as_str()));
        }
    }
}

/// A parameter's value with its percent escapes undone.
fn query_value(query: &str, name: &str) -> Option<String> {
    let raw = query.split('&').find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name))?.1;
    let mut bytes = raw.bytes();
    let mut value = Vec::with_capacity(raw.len());
    while let Some(byte) = bytes.next() {
        value.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(value).ok()
}

fn describe(place: &KeyAt) -> String {
    match place {
        KeyAt::Bearer => "`Authorization: Bearer KEY`".into(),
        KeyAt::Header(_, name) => format!("`{name}: KEY`"),
        KeyAt::Query(name) => format!("`?{name}=KEY`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use message::Method;

    #[test]
    fn keys_are_read_and_hidden_where_they_stand() {
        assert_eq!(bearer(b"bEaReR  abc "), Some(&b"abc"[..]));
        assert_eq!(bearer(b"Basic abc"), None);
        assert_eq!(query_value("a=1&key=x%2Fy+z&b", "key").as_deref(), Some("x/y z"));
        assert_eq!(query_value("key=%zz", "key"), None);
        let mut head = RequestHead::new(Method::Get, "a", "/p?a=1&key=x&b=2");
        hide(&mut head, &KeyAt::Query("key".into()));
        assert_eq!(head.query(), Some("a=1&b=2"));
    }
}
