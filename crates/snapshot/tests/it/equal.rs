//! A snapshot made step by step equals one made at once, and a refused step leaves nothing behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{DocId, Document};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use snapshot::{Change, ExplainRequest, Snapshot};

use crate::support::{Plain, full, hash, in_team};

/// A change of one of few documents, so that they meet: the document, or `None` to delete it.
fn step() -> impl Strategy<Value = (Document, bool)> {
    let name = || select(vec!["a", "b", "c"]);
    let spec = (name(), name(), name(), 0_u8..4).prop_map(|(one, two, three, number)| {
        let number = u64::from(number) + 1;
        vec![
            ("Upstream", json!({ "targets": [{ "host": format!("{one}.example"), "port": number }] })),
            ("Policy", json!({ "rate_limit": { "requests": number, "window": "1m" } })),
            ("Team", json!({ "policies": [{ "body_limit": { "max": format!("{number}KiB") } }, { "ref": one }] })),
            ("Team", json!({ "path_prefixes": [format!("/{one}")], "hosts": [format!("*.{two}.example")] })),
            ("Team", json!({ "policies": [{ "retry": { "attempts": number * 3 } }] })),
            ("Service", json!({ "backend": { "upstream": { "name": one } }, "policies": [{ "ref": two }] })),
            ("Service", json!({ "backend": { "ai": {} }, "access": { "mode": "public" } })),
            ("Service", json!({ "backend": { "upstream": { "name": format!("system::{one}") } } })),
            ("Route", json!({ "service": one, "paths": ["/x"], "hosts": [format!("{two}.{three}.example")], "policies": [{ "ref": one }] })),
            ("Route", json!({ "service": format!("system::{one}"), "paths": [format!("/{two}/{three}")] })),
            ("Route", json!({ "service": one, "paths": [format!("/{two}/*"), format!("/{three}/{{id}}")], "priority": number })),
            ("Plan", json!({ "policies": [{ "ref": one }] })),
            ("Application", json!({ "suspended": number == 1 })),
            ("Subscription", json!({ "application": one, "service": two, "plan": three })),
            ("Credential", json!({ "application": one, "key_hash": hash(two) })),
            ("Provider", json!({ "api": "openai", "base_url": format!("http://{one}.example/v{number}") })),
            ("ProviderKey", json!({ "provider": one, "secret": { "value": two } })),
            ("ModelAlias", json!({ "targets": [{ "provider": one, "model": three }] })),
        ]
    });
    let team = select(vec!["default", "default", "acme", "system"]);
    (spec, any::<prop::sample::Index>(), team, name(), prop::bool::weighted(0.8)).prop_map(
        |(specs, at, team, name, keep)| {
            let (kind, spec): (&str, Value) = specs[at.index(specs.len())].clone();
            let name = if kind == "Team" { team } else { name };
            (in_team(team, kind, name, spec), keep)
        },
    )
}

/// All that a snapshot says, through its public interface.
fn describe(snapshot: &Snapshot) -> Value {
    let mut documents: Vec<String> = snapshot.documents().map(|d| d.to_json().to_string()).collect();
    documents.sort();
    let explain =
        |url: &str| snapshot.explain(&ExplainRequest { url: url.into(), ..ExplainRequest::default() });
    let hosts = ["a", "b", "c"].map(|name| explain(&format!("http://a.{name}.example/x")));
    let routes = [&["/a", "/a/x", "/b/x", "/c/x", "/c", "/a/b", "/b/c"].map(explain)[..], &hosts].concat();
    let keys = ["a", "b", "c"].map(|key| {
        let credential = snapshot.credential(&snapshot::key_hash(key.as_bytes()))?;
        let services = ["a", "b", "c"].map(|name| {
            let id = DocId::new("default", domain::Kind::Service, name).ok()?;
            let (subscription, labels) = credential.subscription(snapshot::StableId::of(&[&id]))?;
            Some(format!(
                "{} {} {:?} {:?}",
                subscription.id, subscription.plan, subscription.chain.items, labels
            ))
        });
        Some(format!("{} {} {services:?}", credential.id, credential.application.suspended))
    });
    let aliases: Vec<String> = snapshot
        .aliases("default", "default")
        .iter()
        .map(|alias| {
            let targets = alias.targets.iter().map(|t| {
                let keys: Vec<_> =
                    t.provider.keys.iter().map(|(id, key)| format!("{id}={}", key.expose())).collect();
                format!("{} {} {} {keys:?}", t.provider.id, t.model, t.provider.path)
            });
            format!("{} {:?}", alias.name, targets.collect::<Vec<_>>())
        })
        .collect();
    json!({ "documents": documents, "routes": routes, "keys": format!("{keys:?}"), "aliases": aliases })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn step_by_step_equals_at_once(steps in prop::collection::vec(step(), 1..60)) {
        let acme = in_team("acme", "Team", "acme", json!({}));
        let mut live = full(std::slice::from_ref(&acme)).unwrap();
        let mut kept = BTreeMap::from([(acme.id.clone(), acme)]);
        for (number, (document, keep)) in steps.into_iter().enumerate() {
            let change = Change { id: document.id.clone(), document: keep.then(|| Arc::new(document.clone())) };
            let before = describe(&live);
            match live.apply(&[change], number as u64, &Plain) {
                Ok(next) => {
                    live = next;
                    if keep {
                        kept.insert(document.id.clone(), document);
                    } else {
                        kept.remove(&document.id);
                    }
                }
                Err(mistakes) => {
                    prop_assert!(!mistakes.is_empty());
                    prop_assert_eq!(before, describe(&live));
                }
            }
        }
        let documents: Vec<Document> = kept.into_values().collect();
        let whole = full(&documents).map_err(|mistakes| TestCaseError::fail(format!("{mistakes:?}")))?;
        prop_assert_eq!(describe(&live), describe(&whole));
    }
}
