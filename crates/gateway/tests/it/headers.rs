//! Policies on headers, and cross-origin rules.

use message::Reason;

use crate::gate::{Gate, public, upstream};
use crate::upstream::{OK, Upstream};

#[test]
fn headers_are_removed_set_and_added_both_ways() {
    let up = Upstream::start(|_, conn| {
        let head = conn.try_head().unwrap();
        conn.send(format!(
            "HTTP/1.1 200 OK\r\nServer: old\r\nX-Up: 1\r\nCache-Control: max-age=1\r\nContent-Length: {}\r\n\r\n{head}",
            head.len()
        ));
    });
    let policy = "{headers: {request: {remove: [cookie], set: {x-set: new}, add: {x-add: more}}, \
                  response: {remove: [server], set: {x-up: \"2\"}, add: {cache-control: no-transform}}}}";
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public(policy)));
    let (answer, _) = gate.get("/", "Cookie: a=1\r\nX-Set: old\r\nx-set: older\r\nX-Add: some\r\n");
    let seen = answer.text().to_ascii_lowercase();
    assert!(!seen.contains("cookie") && !seen.contains("old"), "{seen}");
    assert!(seen.contains("x-set: new\r\n"), "{seen}");
    assert!(seen.contains("x-add: some\r\n") && seen.contains("x-add: more\r\n"), "{seen}");
    assert_eq!((answer.field("server"), answer.field("x-up")), (None, Some("2")));
    let cache: Vec<&str> = answer.fields("cache-control").collect();
    assert_eq!(cache, ["max-age=1", "no-transform"]);
    gate.end();
}

#[test]
fn the_route_has_the_last_word_on_requests_and_the_gateway_on_answers() {
    let up = Upstream::start(|_, conn| {
        let head = conn.try_head().unwrap();
        conn.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len()));
    });
    let set = |word: &str| {
        format!("{{headers: {{request: {{set: {{x-a: {word}}}}}, response: {{set: {{x-b: {word}}}}}}}}}")
    };
    let teams = ["system", "default"].map(|name| {
        format!("---\nkind: Team\nteam: {name}\nname: {name}\nspec: {{policies: [{}]}}\n", set(name))
    });
    let gate = Gate::start(&(teams.concat() + &upstream(&[up.addr], "") + &public(&set("service"))));
    let (answer, _) = gate.get("/", "");
    let seen = answer.text().to_ascii_lowercase();
    assert!(seen.contains("x-a: service\r\n") && seen.matches("x-a:").count() == 1, "{seen}");
    assert_eq!(answer.fields("x-b").collect::<Vec<_>>(), ["system"]);
    gate.end();
}

fn cors() -> (Upstream, Gate) {
    let up = Upstream::fixed("HTTP/1.1 200 OK\r\nVary: accept\r\nContent-Length: 2\r\n\r\nok");
    let policy = "{cors: {origins: [\"https://app.example\"], methods: [GET, PUT], headers: [x-a], \
                  expose: [x-request-id], credentials: true, max_age: 10m}}";
    let service = public(policy).replace("mode: public", "mode: application");
    let gate = Gate::start(&(upstream(&[up.addr], "") + &service));
    (up, gate)
}

#[test]
fn a_preflight_is_answered_here_without_a_key() {
    let (up, gate) = cors();
    let (answer, record) = gate.call(
        "OPTIONS /x HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n",
    );
    assert_eq!((answer.status, record.status), (204, 204));
    assert_eq!(answer.field("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(answer.field("access-control-allow-credentials"), Some("true"));
    assert_eq!(answer.field("access-control-allow-methods"), Some("get, put"));
    assert_eq!(answer.field("access-control-allow-headers"), Some("x-a"));
    assert_eq!(answer.field("access-control-max-age"), Some("600"));
    assert_eq!(answer.field("vary"), Some("origin"));
    assert_eq!((answer.field("content-length"), up.connections()), (None, 0));
    gate.end();
}

#[test]
fn a_preflight_of_another_origin_is_refused() {
    let (_up, gate) = cors();
    let request = "OPTIONS /x HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n\r\n";
    let (answer, _) = gate.refuses(request, Reason::OriginDenied);
    assert_eq!(answer.field("access-control-allow-origin"), None);
    gate.end();
}

#[test]
fn actual_answers_and_refusals_carry_the_origin() {
    let up = Upstream::fixed("HTTP/1.1 200 OK\r\nVary: accept\r\nContent-Length: 2\r\n\r\nok");
    let policy = "{cors: {origins: [\"https://*.app.example\"], expose: [x-request-id]}}";
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public(policy)));
    let (answer, _) = gate.get("/", "Origin: https://x.app.example\r\n");
    assert_eq!(answer.field("access-control-allow-origin"), Some("https://x.app.example"));
    assert_eq!(answer.field("access-control-expose-headers"), Some("x-request-id"));
    assert_eq!(answer.fields("vary").collect::<Vec<_>>(), ["accept", "origin"]);
    for fields in ["", "Origin: https://app.example.evil\r\n"] {
        let (answer, _) = gate.get("/", fields);
        assert_eq!((answer.status, answer.field("access-control-allow-origin")), (200, None));
        assert_eq!(answer.fields("vary").collect::<Vec<_>>(), ["accept", "origin"]);
    }
    gate.end();

    // a page can read why its call was refused
    let (_up, gate) = cors();
    let request = "GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\n\r\n";
    let (answer, _) = gate.refuses(request, Reason::CredentialMissing);
    assert_eq!(answer.field("access-control-allow-origin"), Some("https://app.example"));
    gate.end();
}

#[test]
fn an_upstream_without_cross_origin_rules_gets_the_preflight() {
    let up = Upstream::fixed(OK);
    let gate = Gate::start(&crate::gate::plain(&[up.addr]));
    let (answer, record) = gate.call(
        "OPTIONS /x HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n",
    );
    assert_eq!((answer.text(), record.attempts.len()), ("ok", 1));
    gate.end();
}

#[test]
fn records_keep_the_headers_that_a_policy_asks_for_and_no_key() {
    let up = Upstream::fixed(
        "HTTP/1.1 404 Not Found\r\nSet-Cookie: a=s3cret\r\nX-Up: 1\r\nContent-Length: 0\r\n\r\n",
    );
    let ask = "GET /x?a=1&token=s3cret HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nX-Door: s3cret\r\n\r\n";
    let has = |list: &[(Box<str>, Box<str>)], name: &str, value: &str| {
        list.iter().any(|(n, v)| (&**n, &**v) == (name, value))
    };
    for (policy, kept) in [("{record: {headers: none}}", false), ("{timeout: {total: 9s}}", true)] {
        let gate = Gate::start(&(upstream(&[up.addr], "") + &public(policy)));
        let (answer, record) = gate.call(ask);
        assert_eq!(answer.status, 404);
        assert_eq!(has(&record.request_headers, "accept", "*/*"), kept, "{policy}");
        assert_eq!(has(&record.response_headers, "x-up", "1"), kept, "{policy}");
        assert_eq!(has(&record.response_headers, "set-cookie", "***"), kept, "{policy}");
        assert_eq!(record.query.as_deref(), kept.then_some("a=1&token=***"), "{policy}");
        gate.end();
    }
    // A key that is not accepted is a secret too, whatever the field is called.
    let keyed = public("{record: {headers: failed}}")
        .replace("mode: public", "mode: application, keys: [{header: x-door}]");
    let gate = Gate::start(&(upstream(&[up.addr], "") + &keyed));
    let (answer, record) = gate.call(ask);
    assert_eq!(answer.status, 401);
    assert!(has(&record.request_headers, "x-door", "***"), "{:?}", record.request_headers);
    gate.end();
}

#[test]
fn where_a_cross_origin_rule_applies_the_upstreams_word_does_not() {
    let up = Upstream::fixed(
        "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\naccess-control-allow-private-network: true\r\nContent-Length: 2\r\n\r\nok",
    );
    let rule = "{cors: {origins: [\"https://app.example\"]}}";
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public(rule)));
    let (allowed, _) = gate.get("/", "Origin: https://app.example\r\n");
    let origins: Vec<&str> = allowed.fields("access-control-allow-origin").collect();
    assert_eq!(
        (origins, allowed.field("access-control-allow-private-network")),
        (vec!["https://app.example"], None)
    );
    let (denied, _) = gate.get("/", "Origin: https://evil.example\r\n");
    assert_eq!((denied.status, denied.field("access-control-allow-origin")), (200, None));
    gate.end();
    let open = Gate::start(&(upstream(&[up.addr], "") + &public("")));
    let (answer, _) = open.get("/", "Origin: https://evil.example\r\n");
    assert_eq!(answer.field("access-control-allow-origin"), Some("*"));
    open.end();
}

#[test]
fn what_an_untrusted_client_says_of_hops_and_traces_does_not_pass() {
    let up = Upstream::start(|_, conn| {
        let head = conn.try_head().unwrap();
        conn.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len()));
    });
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public("")));
    let (answer, _) = gate.get(
        "/",
        "X-Forwarded-Prefix: /evil\r\nX-Real-IP: 10.0.0.1\r\nX-Forwarded-For: 10.0.0.2\r\ntraceparent: none\r\ntracestate: a=1\r\n",
    );
    let seen = answer.text().to_ascii_lowercase();
    for gone in ["/evil", "10.0.0.1", "10.0.0.2", "tracestate"] {
        assert!(!seen.contains(gone), "{gone}: {seen}");
    }
    let (answer, _) = gate.get(
        "/",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=1\r\ntracestate: b=2\r\n",
    );
    assert!(answer.text().to_ascii_lowercase().contains("tracestate: a=1,b=2\r\n"), "{}", answer.text());
    gate.end();
}
