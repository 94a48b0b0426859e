//! Finds out who calls, by key, and whether it may: the application, its subscription to the service.

use std::borrow::Cow;
use std::sync::Arc;

use base::Micros;
use domain::spec::{AccessMode, SubscriptionState};
use llm::Dialect;
use message::percent::{self, Plus};
use message::{Known, Reason, RequestHead};
use snapshot::{KeyAt, KeyHash, Service, Snapshot, key_hash};
use trace::CallerLabels;

use crate::Refusal;
use crate::caller::Caller;
use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::settle::wall;

/// What stands before a key among the subprotocols of a `WebSocket`.
const IN_PROTOCOL: &str = "openai-insecure-api-key.";

/// The field that has them.
const PROTOCOLS: &str = "sec-websocket-protocol";

const UNKNOWN: &str = "the API key is unknown, expired or revoked";

/// `false`: the service asks nobody.
pub(crate) fn apply(x: &mut Exchange<'_>) -> Result<bool, Refusal> {
    let Some(route) = x.route.clone() else { return Ok(false) };
    let service = &route.service;
    if service.access == AccessMode::Public {
        return Ok(false);
    }
    if x.vouched.as_ref().is_some_and(|vouched| vouched.only.is_some() && !vouched.as_caller) {
        return Ok(by_flow(x, service));
    }
    let refuse = |reason, detail: Cow<'static, str>| Refusal::new(reason, detail).shaped(x.shape());
    let shown = match &x.vouched {
        Some(vouched) => vouched.key.map(|hash| (None, hash)),
        None => find_key(&x.head, service).map(|(place, hash)| (Some(place), hash)),
    };
    let Some((place, hash)) = shown else {
        let opens = x.head.fields.has(Known::SecWebsocketKey);
        let places = service.keys.iter().filter(|place| opens || **place != KeyAt::Handshake);
        let places: Vec<String> = places.map(describe).collect();
        let detail = format!("send an API key: {}", places.join(" or "));
        return Err(refuse(Reason::CredentialMissing, detail.into()));
    };
    let known = known(&x.snapshot, service, hash, wall(x.core));
    let Some((labels, caller)) = known else {
        return Err(refuse(Reason::CredentialInvalid, UNKNOWN.into()));
    };
    x.ledger.note(|record| record.caller = Some(labels));
    let caller = caller.map_err(|refusal| refusal.shaped(x.shape()))?;
    x.key_of = place.and_then(sdk_of);
    if let Some(place) = place.filter(|_| !service.forward_key) {
        hide(&mut x.head, place);
        hide_again(&mut x.head, &service.keys, hash);
    }
    if x.vouched.is_some() {
        // Who makes a call inside may have put its key there all the same.
        hide_all(&mut x.head, service);
    }
    x.caller = Some(caller);
    Ok(true)
}

/// A flow's steps call what the flow's owner lets them call; whoever called the flow is known where it is known there.
fn by_flow(x: &mut Exchange<'_>, service: &Service) -> bool {
    let key = x.vouched.as_ref().and_then(|vouched| vouched.key);
    let known = key.and_then(|key| known(&x.snapshot, service, key, wall(x.core)));
    if let Some((labels, caller)) = known {
        x.ledger.note(|record| record.caller = Some(labels));
        x.caller = caller.ok();
    }
    true
}

/// Whether a caller that was let in may go on: its key and its subscription may have ended since.
pub(crate) fn still(core: &Core, service: &Service, key: KeyHash) -> Result<(), Refusal> {
    match known(&core.shared.config.live.peek(), service, key, wall(core)) {
        Some((_, caller)) => caller.map(drop),
        None => Err(Refusal::new(Reason::CredentialInvalid, UNKNOWN)),
    }
}

/// Whose key it is, for the record, and whether that may call.
fn known(
    snapshot: &Snapshot,
    service: &Service,
    key: KeyHash,
    now: Micros,
) -> Option<(Arc<CallerLabels>, Result<Caller, Refusal>)> {
    let credential = snapshot.credential(&key).filter(|credential| credential.is_valid(now))?;
    if credential.application.suspended {
        let refusal = Refusal::new(Reason::ApplicationSuspended, "the application is suspended");
        return Some((Arc::clone(&credential.labels), Err(refusal)));
    }
    let found = credential.subscription(service.stable);
    let labels = Arc::clone(found.map_or(&credential.labels, |(_, labels)| labels));
    let active = found.filter(|(found, _)| found.state == SubscriptionState::Active);
    let subscription = active.map(|(found, _)| Arc::clone(found));
    if subscription.is_none() && service.access == AccessMode::Subscription {
        let detail = "the application has no active subscription to this service";
        return Some((labels, Err(Refusal::new(Reason::NotSubscribed, detail))));
    }
    Some((labels, Ok(Caller { key, credential: Arc::clone(credential), subscription })))
}

/// The first place that has something, and its hash. An empty one counts as none.
fn find_key<'s>(head: &RequestHead, service: &'s Service) -> Option<(&'s KeyAt, KeyHash)> {
    service.keys.iter().find_map(|place| {
        let key = match place {
            KeyAt::Bearer => Cow::Borrowed(bearer(head.fields.get(Known::Authorization)?)?),
            KeyAt::Header(Known::Other, name) => head.fields.get_named(name)?.into(),
            KeyAt::Header(known, _) => head.fields.get(*known)?.into(),
            KeyAt::Query(name) => query_value(head.query()?, name)?.into_bytes().into(),
            KeyAt::Handshake if !head.fields.has(Known::SecWebsocketKey) => return None,
            KeyAt::Handshake => match offered_key(head) {
                Some(key) => key.as_bytes().into(),
                None => query_value(head.query()?, "key")?.into_bytes().into(),
            },
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

fn begins_bearer(value: &[u8]) -> bool {
    value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}

/// The caller's secret is not the upstream's to see.
fn hide(head: &mut RequestHead, place: &KeyAt) {
    match place {
        KeyAt::Bearer => head.fields.remove(Known::Authorization),
        KeyAt::Header(Known::Other, name) => head.fields.remove_named(name.as_bytes()),
        KeyAt::Header(known, _) => head.fields.remove(*known),
        KeyAt::Query(name) => hide_parameter(head, name),
        KeyAt::Handshake => {
            hide_parameter(head, "key");
            let rest: Vec<&str> = offered(head).filter(|name| !name.starts_with(IN_PROTOCOL)).collect();
            let rest = rest.join(", ");
            head.fields.remove_named(PROTOCOLS.as_bytes());
            if !rest.is_empty() {
                head.fields.push_named(b"sec-websocket-protocol", rest.as_bytes());
            }
        }
    }
}

/// Takes away all that stands where a key may, readable or not, unless the service is shown it.
pub(crate) fn hide_all(head: &mut RequestHead, service: &Service) {
    if service.forward_key || service.access == AccessMode::Public {
        return;
    }
    hide_places(head, &service.keys);
}

/// Takes a key that was hidden in one place away from the others too. What else stands there may be the upstream's own.
fn hide_again(head: &mut RequestHead, places: &[KeyAt], hash: KeyHash) {
    let is = |key: &[u8]| !key.is_empty() && key_hash(key) == hash;
    for place in places {
        match place {
            KeyAt::Bearer => {
                let is_key = |value: &[u8]| bearer(value).is_some_and(is);
                head.fields.retain(|known, _, value| known != Known::Authorization || !is_key(value));
            }
            KeyAt::Header(known, name) => {
                let stands = |other: Known, field: &[u8]| {
                    other == *known && (other != Known::Other || field.eq_ignore_ascii_case(name.as_bytes()))
                };
                head.fields.retain(|known, field, value| !stands(known, field) || !is(value));
            }
            KeyAt::Query(name) => hide_values(head, name, is),
            KeyAt::Handshake if !head.fields.has(Known::SecWebsocketKey) => {}
            KeyAt::Handshake => {
                hide_values(head, "key", is);
                hide_offered(head, is);
            }
        }
    }
}

/// Takes the values of a parameter away that are the key.
fn hide_values(head: &mut RequestHead, name: &str, is: impl Fn(&[u8]) -> bool) {
    let Some(query) = head.query() else { return };
    let keeps = |pair: &&str| !query_value(pair, name).is_some_and(|value| is(value.as_bytes()));
    let rest = query.split('&').filter(keeps).collect::<Vec<_>>().join("&");
    if rest.len() < query.len() {
        head.set_query((!rest.is_empty()).then_some(rest.as_str()));
    }
}

/// Takes the subprotocols away that are the key.
fn hide_offered(head: &mut RequestHead, is: impl Fn(&[u8]) -> bool) {
    let lines = head.fields.find_named(PROTOCOLS);
    let all: Vec<&[u8]> =
        lines.flat_map(|line| line.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii).collect();
    let is_key = |name: &&&[u8]| name.strip_prefix(IN_PROTOCOL.as_bytes()).is_some_and(&is);
    let rest: Vec<&[u8]> = all.iter().filter(|name| !is_key(name)).copied().collect();
    if rest.len() == all.len() {
        return;
    }
    let rest = rest.join(&b", "[..]);
    head.fields.remove_named(PROTOCOLS.as_bytes());
    if !rest.is_empty() {
        head.fields.push_named(PROTOCOLS.as_bytes(), &rest);
    }
}

fn hide_places(head: &mut RequestHead, places: &[KeyAt]) {
    for place in places {
        match place {
            // Fields of another scheme prove something else.
            KeyAt::Bearer => {
                head.fields.retain(|known, _, value| known != Known::Authorization || !begins_bearer(value));
            }
            // Elsewhere these are parameters and subprotocols like any others.
            KeyAt::Handshake if !head.fields.has(Known::SecWebsocketKey) => {}
            place => hide(head, place),
        }
    }
}

fn hide_parameter(head: &mut RequestHead, name: &str) {
    let Some(query) = head.query() else { return };
    let keeps = |pair: &&str| pair.split('=').next() != Some(name);
    let rest = query.split('&').filter(keeps).collect::<Vec<_>>().join("&");
    head.set_query((!rest.is_empty()).then_some(rest.as_str()));
}

/// The subprotocols that a `WebSocket`'s client offers.
fn offered(head: &RequestHead) -> impl Iterator<Item = &str> {
    let lines = head.fields.find_named(PROTOCOLS);
    let lines = lines.filter_map(|line| std::str::from_utf8(line).ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

/// The key among them.
fn offered_key(head: &RequestHead) -> Option<&str> {
    offered(head).find_map(|name| name.strip_prefix(IN_PROTOCOL))
}

/// A parameter's value with its percent escapes undone.
pub(crate) fn query_value(query: &str, name: &str) -> Option<String> {
    let raw = query.split('&').find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name))?.1;
    percent::strictly_decoded(raw, Plus::Space)
}

fn describe(place: &KeyAt) -> String {
    match place {
        KeyAt::Bearer => "`Authorization: Bearer KEY`".into(),
        KeyAt::Header(_, name) => format!("`{name}: KEY`"),
        KeyAt::Query(name) => format!("`?{name}=KEY`"),
        KeyAt::Handshake => format!("the subprotocol `{IN_PROTOCOL}KEY` of a WebSocket"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use message::Method;

    #[test]
    fn every_place_of_a_key_is_hidden_whatever_stands_before_it() {
        let places = [
            KeyAt::Bearer,
            KeyAt::Header(Known::Other, "X-Api-Key".into()),
            KeyAt::Query("api_key".into()),
            KeyAt::Handshake,
        ];
        let mut head = RequestHead::new(Method::Get, "a", "/p?api_key=&api_key=k&key=mine");
        let fields: [(&[u8], &[u8]); 5] = [
            (b"authorization", b"Basic mine"),
            (b"authorization", b"bearer"),
            (b"authorization", b"Bearer k"),
            (b"x-api-key", b""),
            (b"x-api-key", b"k"),
        ];
        for (name, value) in fields {
            head.fields.push_named(name, value);
        }
        hide_places(&mut head, &places);
        assert_eq!(head.query(), Some("key=mine"));
        assert_eq!((head.fields.len(), head.fields.get(Known::Authorization)), (1, Some(&b"Basic mine"[..])));
    }

    #[test]
    fn a_key_is_hidden_behind_what_is_the_upstreams_own_too() {
        let places = [KeyAt::Bearer, KeyAt::Query("key".into()), KeyAt::Handshake];
        let again = |target: &str, opens: bool| {
            let mut head = RequestHead::new(Method::Get, "a", target);
            let fields: [(&[u8], &[u8]); 3] = [
                (b"authorization", b"Bearer own"),
                (b"sec-websocket-protocol", b"realtime, openai-insecure-api-key.own"),
                (b"sec-websocket-protocol", b"\xff,openai-insecure-api-key.k\t, openai-insecure-api-key.k"),
            ];
            for (name, value) in fields {
                head.fields.push_named(name, value);
            }
            if opens {
                head.fields.push_named(b"sec-websocket-key", b"x");
            }
            hide_again(&mut head, &places, key_hash(b"k"));
            let offered: Vec<Vec<u8>> = head.fields.find_named(PROTOCOLS).map(<[u8]>::to_vec).collect();
            (head.query().map(str::to_owned), head.fields.has(Known::Authorization), offered)
        };
        let (query, bearer, offered) = again("/p?key=own&key&key=k&a=k&key=%6B&key=", true);
        assert_eq!((query.as_deref(), bearer), (Some("key=own&key&a=k&key="), true));
        assert_eq!(offered, [b"realtime, openai-insecure-api-key.own, \xff"]);
        let (query, _, offered) = again("/p?key=k", false);
        assert_eq!((query, offered.len()), (None, 2));
    }

    #[test]
    fn keys_are_read_and_hidden_where_they_stand() {
        assert_eq!(bearer(b"bEaReR  abc "), Some(&b"abc"[..]));
        assert_eq!(bearer(b"Basic abc"), None);
        assert_eq!(query_value("a=1&key=x%2Fy+z&b", "key").as_deref(), Some("x/y z"));
        assert_eq!(query_value("key=%zz", "key"), None);
        let mut head = RequestHead::new(Method::Get, "a", "/p?a=1&key=x&b=2");
        hide(&mut head, &KeyAt::Query("key".into()));
        assert_eq!(head.query(), Some("a=1&b=2"));
        let mut head = RequestHead::new(Method::Get, "a", "/p?key=y");
        head.fields.push_named(b"sec-websocket-protocol", b"realtime,openai-insecure-api-key.k ");
        assert_eq!(offered_key(&head), Some("k"));
        hide(&mut head, &KeyAt::Handshake);
        assert_eq!((head.query(), offered(&head).collect::<Vec<_>>()), (None, vec!["realtime"]));
    }
}
