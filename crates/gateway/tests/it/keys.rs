//! Who may call, and how a key is shown.

use std::time::Duration;

use message::Reason;

use crate::gate::{Gate, caller, check_told, upstream};
use crate::upstream::Upstream;

/// A service that asks for what `access` says, its application and more documents.
fn gate(up: &Upstream, access: &str, credential: &str, more: &str) -> Gate {
    let service = format!(
        "---
kind: Service
name: api
spec:
  backend: {{upstream: {{name: up}}}}
  access: {access}
---
kind: Route
name: api
spec: {{service: api, paths: [\"/*\"]}}
"
    );
    Gate::by_hand(&(upstream(&[up.addr], "") + &service + &caller("the-key", credential) + more))
}

const SUBSCRIPTION: &str = "---
kind: Plan
name: free
spec: {policies: []}
---
kind: Subscription
name: shop
spec: {application: shop, service: api, plan: free}
";

#[test]
fn a_key_is_read_where_it_may_stand_and_hidden_from_the_upstream() {
    let up = Upstream::mirror();
    let access = "{keys: [bearer, {header: x-shop-key}, {query: key}]}";
    let gate = gate(&up, access, "", SUBSCRIPTION);
    let ways = [
        ("/a?x=1", "Authorization: Bearer the-key\r\n"),
        ("/a?x=1", "authorization: BEARER the-key\r\n"),
        ("/a?x=1", "X-Shop-Key: the-key\r\n"),
        ("/a?x=1&key=the-key", ""),
        ("/a?key=the%2Dkey&x=1", ""),
    ];
    for (target, fields) in ways {
        let (answer, record) = gate.get(target, fields);
        assert_eq!(answer.status, 200, "{target} {fields}: {}", answer.text());
        assert!(answer.text().starts_with("GET /a?x=1 HTTP/1.1\r\n"), "{}", answer.text());
        assert!(!answer.text().contains("key"), "{}", answer.text());
        let caller = record.caller.unwrap();
        assert_eq!((&*caller.application, &*caller.plan), ("shop", "free"));
    }
    gate.end();
}

#[test]
fn a_key_that_is_shown_twice_is_hidden_twice_and_the_upstreams_own_is_not() {
    let up = Upstream::mirror();
    let access = "{keys: [bearer, {header: x-shop-key}, {query: key}]}";
    let gate = gate(&up, access, "", SUBSCRIPTION);
    let shown = "Authorization: Bearer the-key\r\n";
    for (target, fields) in [
        ("/a?x=1", "X-Shop-Key: the-key\r\n"),
        ("/a?x=1", "Authorization: bearer the-key\r\n"),
        ("/a?x=1&key=the%2Dkey", "X-Shop-Key: the-key\r\nX-Shop-Key: the-key\r\n"),
    ] {
        let (answer, _) = gate.get(target, &format!("{shown}{fields}"));
        assert!(answer.text().starts_with("GET /a?x=1 HTTP/1.1\r\n"), "{}", answer.text());
        assert!(!answer.text().contains("the-key"), "{}", answer.text());
    }
    let (answer, _) = gate.get("/a?key=own", &format!("{shown}X-Shop-Key: mine\r\nX-Shop-Key: the-key\r\n"));
    let text = answer.text().to_ascii_lowercase();
    assert!(text.starts_with("get /a?key=own ") && text.contains("x-shop-key: mine\r\n"), "{text}");
    assert!(!text.contains("the-key"), "{text}");
    gate.end_with();
}

#[test]
fn a_key_is_passed_on_where_the_service_says_so() {
    let up = Upstream::mirror();
    let gate = gate(&up, "{forward_key: true}", "", SUBSCRIPTION);
    let (answer, _) = gate.get("/", "X-Api-Key: the-key\r\n");
    assert!(answer.text().to_ascii_lowercase().contains("x-api-key: the-key\r\n"), "{}", answer.text());
    gate.end();
}

#[test]
fn missing_and_wrong_keys_are_told_apart_and_challenged() {
    let up = Upstream::mirror();
    let gate = gate(&up, "{keys: [bearer, {header: x-shop-key}]}", "", SUBSCRIPTION);
    for (fields, reason) in [
        ("", Reason::CredentialMissing),
        ("Authorization: Basic dGhlLWtleQ==\r\n", Reason::CredentialMissing),
        ("X-Shop-Key: \r\n", Reason::CredentialMissing),
        ("X-Shop-Key: another\r\n", Reason::CredentialInvalid),
        ("Authorization: Bearer the-key2\r\n", Reason::CredentialInvalid),
        ("X-Shop-Key: the-key\0\r\n", Reason::MalformedRequest),
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let (answer, record) = gate.refuses(request, reason);
        assert_eq!(answer.field("www-authenticate").is_some(), answer.status == 401, "{}", answer.head);
        assert!(record.caller.is_none() && record.attempts.is_empty());
    }
    assert_eq!(up.connections(), 0);
    gate.end();
}

#[test]
fn a_revoked_key_is_no_key() {
    let up = Upstream::mirror();
    let gate = gate(&up, "{}", ", revoked: true", SUBSCRIPTION);
    let request = "GET / HTTP/1.1\r\nHost: a\r\nX-Api-Key: the-key\r\n\r\n";
    gate.refuses(request, Reason::CredentialInvalid);
    gate.end();
}

#[test]
fn a_key_ends_with_its_time() {
    let up = Upstream::mirror();
    let gate = gate(&up, "{}", ", expires: \"2026-01-01T00:01:00Z\"", SUBSCRIPTION);
    let request = "GET / HTTP/1.1\r\nHost: a\r\nX-Api-Key: the-key\r\n\r\n";
    assert_eq!(gate.call(request).0.status, 200);
    gate.clock.advance(Duration::from_secs(59));
    assert_eq!(gate.call(request).0.status, 200);
    gate.clock.advance(Duration::from_secs(1));
    gate.refuses(request, Reason::CredentialInvalid);
    gate.end();
}

#[test]
fn a_subscription_is_needed_and_must_be_active() {
    let up = Upstream::mirror();
    let request = "GET / HTTP/1.1\r\nHost: a\r\nX-Api-Key: the-key\r\n\r\n";
    let suspended = SUBSCRIPTION.replace("plan: free", "plan: free, state: suspended");
    let pending = SUBSCRIPTION.replace("plan: free", "plan: free, state: pending");
    for more in ["", &suspended, &pending] {
        let asks = gate(&up, "{}", "", more);
        let (_, record) = asks.refuses(request, Reason::NotSubscribed);
        assert_eq!(&*record.caller.unwrap().application, "shop", "it is known who was refused");
        asks.end();
        let open = gate(&up, "{mode: application}", "", more);
        assert_eq!(open.call(request).0.status, 200);
        open.end();
    }
}

#[test]
fn a_suspended_application_is_refused_everywhere() {
    let up = Upstream::mirror();
    let yaml = upstream(&[up.addr], "")
        + &crate::gate::public("").replace("mode: public", "mode: application")
        + &caller("the-key", "").replace("spec: {}", "spec: {suspended: true}");
    let gate = Gate::start(&yaml);
    let request = "GET / HTTP/1.1\r\nHost: a\r\nX-Api-Key: the-key\r\n\r\n";
    gate.refuses(request, Reason::ApplicationSuspended);
    gate.end();
}

#[test]
fn callers_of_models_are_told_in_their_own_form() {
    let yaml = "---
kind: Service
name: models
spec: {backend: {ai: {}}}
---
kind: Route
name: models
spec: {service: models, paths: [\"/v1/*\"]}
";
    let gate = Gate::start(yaml);
    let (answer, record) = gate.get("/v1/models", "");
    check_told(&answer, &record, Reason::CredentialMissing);
    let error = &answer.json()["error"];
    assert_eq!(
        (&error["type"], &error["code"]),
        (&"invalid_request_error".into(), &"credential_missing".into())
    );
    gate.end();
}

/// The place of the key tells whose SDK asks: Google's and Anthropic's have paths of the same name as OpenAI's.
#[test]
fn models_are_listed_in_the_shape_of_the_sdk_whose_key_it_is() {
    let yaml = "---
kind: Provider
name: p
spec: {api: openai, base_url: \"http://127.0.0.1:1/v1\"}
---
kind: ModelAlias
name: m
spec: {targets: [{provider: p, model: up}]}
---
kind: Service
name: models
spec: {backend: {ai: {}}, access: {mode: application}}
---
kind: Route
name: models
spec: {service: models, paths: [\"/*\"]}
";
    let gate = Gate::start(&(yaml.to_owned() + &caller("the-key", "")));
    for (fields, member) in [
        ("Authorization: Bearer the-key\r\n", "/data/0/owned_by"),
        ("api-key: the-key\r\n", "/data/0/owned_by"),
        ("x-api-key: the-key\r\n", "/data/0/display_name"),
        ("Authorization: Bearer the-key\r\nanthropic-version: 2023-06-01\r\n", "/data/0/display_name"),
        ("x-goog-api-key: the-key\r\n", "/models/0/supportedGenerationMethods"),
    ] {
        for path in ["/v1/models", "/models"] {
            let (answer, _) = gate.get(path, fields);
            assert_eq!(answer.status, 200, "{fields}");
            assert!(answer.json().pointer(member).is_some(), "{path} {fields} {}", answer.text());
        }
        let (answer, _) = gate.get("/v1beta/models", fields);
        assert!(answer.json().pointer("/models/0/name").is_some(), "{fields} {}", answer.text());
    }
    gate.end();
}
