//! Every mistake is named with its document and its place, all at once.

use domain::Document;
use serde_json::json;
use snapshot::ExplainRequest;

use crate::support::{document, full, hash, in_team, put, service, upstream};

#[track_caller]
fn check(documents: &[Document], wanted: &[&str]) {
    let mistakes = full(documents).err().unwrap_or_default();
    let found: Vec<String> = mistakes.iter().map(|m| format!("{}{}", m.document.name, m.path)).collect();
    assert_eq!(found, wanted, "{mistakes:#?}");
}

#[test]
fn references_lead_somewhere_in_the_own_team_or_the_systems() {
    check(&[service("s", "missing")], &["s/spec/backend/upstream/name"]);
    let team = in_team("acme", "Team", "acme", json!({}));
    let theirs = in_team("acme", "Upstream", "u", json!({ "targets": [{ "host": "a", "port": 1 }] }));
    check(&[team, theirs, service("s", "acme::u")], &["s/spec/backend/upstream/name"]);
    let shared = in_team("system", "Upstream", "u", json!({ "targets": [{ "host": "a", "port": 1 }] }));
    check(&[shared, service("s", "system::u")], &[]);
    check(&[in_team("nobody", "Plan", "p", json!({}))], &["p/team"]);
}

#[test]
fn values_that_no_schema_can_judge_are_checked() {
    let targets = json!([{ "host": "http://x", "port": 80, "weight": 0 }]);
    check(
        &[document("Upstream", "u", json!({ "targets": targets }))],
        &["u/spec/targets", "u/spec/targets/0/host"],
    );
    let policies = json!({ "policies": [
        { "headers": { "request": { "set": { "content-length": "1", "bad name": "x", "x-ok": "a\nb" } } } },
        { "cors": { "origins": ["*", "nonsense"], "credentials": true } },
        { "rate_limit": { "requests": 0, "window": "1m" } },
        { "retry": { "attempts": 99, "statuses": [200] } },
    ] });
    let mut route = policies.clone();
    route["service"] = json!("default");
    route["paths"] = json!(["/*"]);
    let mut served = policies.clone();
    served["backend"] = json!({ "ai": {} });
    for kind in ["Team", "Service", "Route"] {
        let specs = [("Team", &policies), ("Service", &served), ("Route", &route)];
        let specs = specs.map(|(other, spec)| {
            let mut spec = spec.clone();
            if other != kind {
                spec["policies"] = json!([]);
            }
            document(other, "default", spec)
        });
        check(
            &specs,
            &[
                "default/spec/policies/0/headers/request/set/bad name",
                "default/spec/policies/0/headers/request/set/content-length",
                "default/spec/policies/0/headers/request/set/x-ok",
                "default/spec/policies/1/cors/origins/0",
                "default/spec/policies/1/cors/origins/1",
                "default/spec/policies/2/rate_limit",
                "default/spec/policies/3/retry/attempts",
                "default/spec/policies/3/retry/statuses",
            ],
        );
    }
}

#[test]
fn what_comes_too_late_to_have_an_effect_is_refused() {
    let cors = json!({ "cors": { "origins": ["https://a.example"] } });
    let policy = document("Policy", "browser", cors.clone());
    let policies = json!({ "policies": [cors, { "ref": "browser" }, { "timeout": { "total": "1s" } }] });
    let plan = document("Plan", "gold", policies.clone());
    let application = document("Application", "shop", policies.clone());
    check(
        &[policy.clone(), plan, application],
        &[
            "gold/spec/policies/0/cors",
            "gold/spec/policies/1/ref",
            "shop/spec/policies/0/cors",
            "shop/spec/policies/1/ref",
        ],
    );
    check(&[policy, document("Team", "default", policies)], &[]);
}

#[test]
fn routes_that_match_alike_and_claims_of_others_are_mistakes() {
    let route = |name: &str, spec| document("Route", name, spec);
    let base = [upstream("u"), service("s", "u")];
    let one = route("one", json!({ "service": "s", "paths": ["/a/*"] }));
    let two = route("two", json!({ "service": "s", "paths": ["/a/*"] }));
    check(&[&base[..], &[one.clone(), two]].concat(), &["two/spec/paths"]);
    let apart = route(
        "two",
        json!({ "service": "s", "paths": ["/a/*"], "methods": ["POST"], "hosts": ["b.example"] }),
    );
    check(&[&base[..], &[one.clone(), apart]].concat(), &[]);
    let claim =
        in_team("acme", "Team", "acme", json!({ "hosts": ["*.acme.example"], "path_prefixes": ["/a"] }));
    let host = route("host", json!({ "service": "s", "paths": ["/x"], "hosts": ["api.acme.example"] }));
    check(&[&base[..], &[one, host, claim]].concat(), &["host/spec/hosts/0", "one/spec/paths/0"]);
    let strip = route("strip", json!({ "service": "s", "paths": ["/b/*"], "strip_prefix": "/c" }));
    check(&[&base[..], &[strip]].concat(), &["strip/spec/strip_prefix"]);
}

#[test]
fn what_a_team_claims_no_other_teams_route_gets() {
    let claims = json!({ "hosts": ["api.acme.example"], "path_prefixes": ["/a"] });
    let acme = in_team("acme", "Team", "acme", claims);
    let base = [upstream("u"), service("s", "u"), acme];
    let route = |spec: serde_json::Value| {
        let spec: serde_json::Map<_, _> = spec
            .as_object()
            .unwrap()
            .clone()
            .into_iter()
            .chain([("service".to_owned(), json!("s"))])
            .collect();
        [&base[..], &[document("Route", "r", spec.into())]].concat()
    };
    check(&route(json!({ "hosts": ["*"], "paths": ["/a/*"] })), &["r/spec/paths/0"]);
    check(&route(json!({ "hosts": ["free.example"], "paths": ["/a/*"] })), &["r/spec/paths/0"]);
    check(&route(json!({ "paths": ["/%61/x"] })), &["r/spec/paths/0"]);
    check(&route(json!({ "hosts": ["API.acme.example."], "paths": ["/x"] })), &["r/spec/hosts/0"]);
    // What is wider than a claim stands beside it, and answers nothing of it.
    let wide = full(&route(json!({ "paths": ["/*"] }))).unwrap();
    let found =
        |url: &str| wide.explain(&ExplainRequest { url: url.into(), ..ExplainRequest::default() }).matched;
    assert!(found("http://free.example/b") && found("http://free.example/ab"));
    assert!(!found("http://api.acme.example/b") && !found("http://free.example/a/b"));
}

#[test]
fn claims_that_two_teams_make_or_that_are_none_are_mistakes() {
    let team = |name: &str, claims| in_team(name, "Team", name, claims);
    let same = json!({ "hosts": ["*.x.example", "y.example."], "path_prefixes": ["/a/"] });
    let also = json!({ "hosts": ["Y.example", "*.x.example"], "path_prefixes": ["/a"] });
    let both = [
        "a/spec/hosts/0",
        "a/spec/hosts/1",
        "a/spec/path_prefixes/0",
        "b/spec/hosts/0",
        "b/spec/hosts/1",
        "b/spec/path_prefixes/0",
    ];
    check(&[team("a", same), team("b", also)], &both);
    let none = json!({ "hosts": ["*"], "path_prefixes": ["/", "/a/{id}"] });
    check(&[team("a", none)], &["a/spec/hosts/0", "a/spec/path_prefixes/0", "a/spec/path_prefixes/1"]);
}

#[test]
fn a_teams_keys_are_for_its_own_providers() {
    let provider =
        in_team("system", "Provider", "p", json!({ "api": "openai", "base_url": "http://p.example" }));
    let acme = in_team("acme", "Team", "acme", json!({}));
    let key =
        |to: &str| in_team("acme", "ProviderKey", "k", json!({ "provider": to, "secret": { "value": "s" } }));
    check(&[provider, acme, key("system::p")], &["k/spec/provider"]);
}

#[test]
fn a_policy_document_has_one_set_of_counters_wherever_it_stands() {
    let policy = document("Policy", "polite", json!({ "rate_limit": { "requests": 5, "window": "1m" } }));
    let own = json!({ "rate_limit": { "requests": 9, "window": "1m" } });
    let service = |name: &str, policies| {
        document("Service", name, json!({ "backend": { "ai": {} }, "policies": policies }))
    };
    let route =
        |name: &str| document("Route", name, json!({ "service": name, "paths": [format!("/{name}")] }));
    let both = [service("a", json!([own, { "ref": "polite" }])), service("b", json!([{ "ref": "polite" }]))];
    let snapshot = full(&[&[policy, route("a"), route("b")], &both[..]].concat()).unwrap();
    let last = |path: &str| {
        let found = snapshot.find("x.example", path, "GET", &route::NoFacts).unwrap();
        found.route.chain.rates.last().unwrap().id
    };
    assert_eq!(last("/a"), last("/b"));
}

#[test]
fn a_key_belongs_to_one_credential_and_may_move() {
    let app = document("Application", "app", json!({}));
    let credential = |name: &str, key: &str| {
        document("Credential", name, json!({ "application": "app", "key_hash": hash(key) }))
    };
    check(&[app.clone(), credential("a", "k"), credential("b", "k")], &["b/spec/key_hash"]);
    let before = full(&[app, credential("a", "k")]).unwrap();
    let moved = [put(&credential("a", "other")), put(&credential("b", "k"))];
    let after = before.apply(&moved, 2, &crate::support::Plain).unwrap();
    let owner =
        |key: &str| after.credential(&snapshot::key_hash(key.as_bytes())).map(|c| c.id.name.to_string());
    assert_eq!((owner("k").as_deref(), owner("other").as_deref()), (Some("b"), Some("a")));
}

#[test]
fn the_end_of_a_service_is_announced_with_its_times() {
    let service = |spec: serde_json::Value| {
        let mut service = json!({ "backend": { "ai": {} }, "state": "deprecated" });
        service["deprecation"] = spec;
        document("Service", "s", service)
    };
    check(&[service(json!(null))], &["s/spec/deprecation"]);
    check(&[service(json!({ "since": "2026-01-31T00:00:00Z", "sunset": "2027-01-31T00:00:00Z" }))], &[]);
    check(
        &[service(json!({ "since": "2026-01-31T00:00:00Z", "sunset": "2025-01-31T00:00:00Z" }))],
        &["s/spec/deprecation/sunset"],
    );
    check(
        &[service(json!({ "since": "soon", "sunset": "2026", "link": "javascript:alert(1)" }))],
        &["s/spec/deprecation/link", "s/spec/deprecation/since", "s/spec/deprecation/sunset"],
    );
}

#[test]
fn models_of_one_name_are_told_apart_by_environment() {
    let in_environment = |environment: &str, kind: &str, spec: serde_json::Value| {
        let json = json!({ "kind": kind, "environment": environment, "name": "m", "spec": spec });
        Document::from_json(json).unwrap()
    };
    let documents: Vec<Document> = ["default", "staging"]
        .iter()
        .flat_map(|environment| {
            let provider = json!({ "api": "openai", "base_url": format!("http://{environment}.example") });
            let alias = json!({ "targets": [{ "provider": "m", "model": environment }] });
            [
                in_environment(environment, "Provider", provider),
                in_environment(environment, "ModelAlias", alias),
            ]
        })
        .collect();
    let snapshot = full(&documents).unwrap();
    for environment in ["default", "staging"] {
        let alias = snapshot.alias("default", environment, "m").unwrap();
        assert_eq!(&*alias.targets[0].model, environment);
        let all = snapshot.aliases("default", environment);
        assert_eq!(all.iter().map(|alias| alias.id.environment.as_str()).collect::<Vec<_>>(), [environment]);
    }
    assert!(snapshot.alias("default", "other", "m").is_none());
}

#[test]
fn webhooks_have_an_address_a_key_that_signs_and_waits_that_make_sense() {
    let with = |spec: serde_json::Value| document("Webhook", "w", spec);
    let secret = json!({ "value": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    let public = json!({ "value": "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" });
    let good =
        json!({ "url": "https://a.example/x?y", "events": ["order.*", "user.made"], "secret": secret });
    check(&[with(good.clone())], &[]);
    let at = |url: &str| with(json!({ "url": url, "secret": secret }));
    for url in ["HTTPS://a.example", "http://[::1]:8080/x", "http://a:65535?b"] {
        check(&[at(url)], &[]);
    }
    for url in
        ["http://a:65536/", "http://a:/", "http://a:b/", "http://:80/", "http://[::1]:0/", "http://a:+80/"]
    {
        check(&[at(url)], &["w/spec/url"]);
    }
    let snapshot = full(&[with(good.clone())]).unwrap();
    let wants = |event: &str| !snapshot.webhooks("default", "default", event).is_empty();
    assert!(wants("order.paid.late") && wants("user.made"));
    assert!(!wants("order") && !wants("orders.made") && !wants("user.made.twice"));
    check(
        &[with(json!({
            "url": "ftp://a", "events": ["", "a.*.b", "*"], "secret": { "value": "no key" }, "old_secret": public,
            "timeout": "2m", "retry": { "first": "1h", "longest": "1m", "lasts": "8d" },
        }))],
        &[
            "w/spec/events/0",
            "w/spec/events/1",
            "w/spec/events/2",
            "w/spec/old_secret",
            "w/spec/retry",
            "w/spec/retry/lasts",
            "w/spec/secret",
            "w/spec/timeout",
            "w/spec/url",
        ],
    );
    for url in ["https://", "https://u@a/", "https://a/ b", "a.example"] {
        let mut spec = good.clone();
        spec["url"] = json!(url);
        check(&[with(spec)], &["w/spec/url"]);
    }
}

#[test]
fn batches_have_bounds_and_a_plain_path() {
    let with = |batch: serde_json::Value| {
        let backend = json!({ "ai": {} });
        document("Service", "s", json!({ "backend": backend, "batch": batch }))
    };
    check(&[with(json!({}))], &[]);
    check(
        &[with(json!({ "path": "/v1/many", "max_items": 1000, "concurrency": 64, "max_body": "32MiB" }))],
        &[],
    );
    check(
        &[with(
            json!({ "path": "/", "max_items": 0, "concurrency": 65, "max_body": "33MiB", "max_answer": "0B" }),
        )],
        &[
            "s/spec/batch/concurrency",
            "s/spec/batch/max_answer",
            "s/spec/batch/max_body",
            "s/spec/batch/max_items",
            "s/spec/batch/path",
        ],
    );
    for path in ["batch", "/a/../b", "/a/*", "/{a}", "/a?b", "/%61"] {
        check(&[with(json!({ "path": path }))], &["s/spec/batch/path"]);
    }
}

#[test]
fn signatures_have_a_scheme_a_secret_of_it_and_a_tolerance_that_makes_sense() {
    let with = |verify: serde_json::Value| {
        let spec = json!({ "service": "s", "paths": ["/hooks"], "verify": verify });
        [service("s", "u"), upstream("u"), document("Route", "r", spec)]
    };
    let plain = json!({ "value": "hush" });
    let standard = json!({ "value": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    let public = json!({ "value": "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" });
    for scheme in ["github", "stripe", "slack", "shopify"] {
        check(&with(json!({ "scheme": scheme, "secret": plain, "old_secret": plain })), &[]);
    }
    check(
        &with(json!({ "scheme": "standard", "secret": public, "old_secret": standard, "tolerance": "1h" })),
        &[],
    );
    check(&with(json!({ "scheme": "hmac", "secret": plain, "hmac": { "header": "X-Sign" } })), &[]);
    check(
        &with(
            json!({ "scheme": "standard", "secret": plain, "old_secret": plain, "tolerance": "2h", "respond": "async", "hmac": { "header": "x" } }),
        ),
        &[
            "r/spec/verify/hmac",
            "r/spec/verify/old_secret",
            "r/spec/verify/respond",
            "r/spec/verify/secret",
            "r/spec/verify/tolerance",
        ],
    );
    check(&with(json!({ "scheme": "hmac", "secret": plain })), &["r/spec/verify/hmac"]);
    let bad = json!({ "header": "a b", "id": "", "signs": "{time}.{body}" });
    check(
        &with(json!({ "scheme": "hmac", "secret": plain, "hmac": bad })),
        &["r/spec/verify/hmac/header", "r/spec/verify/hmac/id", "r/spec/verify/hmac/signs"],
    );
}
