//! Which route a request takes, and what is told where there is none.

use message::Reason;

use crate::gate::{Gate, plain, upstream};
use crate::upstream::{OK, Upstream};

const ROUTES: &str = "---
kind: Service
name: api
spec: {backend: {upstream: {name: up, path_prefix: /in}}, access: {mode: public}}
---
kind: Route
name: items
spec: {service: api, hosts: [api.example], paths: [\"/v1/items/{id}\"], methods: [GET, PUT], strip_prefix: /v1}
---
kind: Service
name: old
spec: {backend: {upstream: {name: up}}, access: {mode: public}, state: retired}
---
kind: Route
name: old
spec: {service: old, paths: [/old]}
---
kind: Service
name: new
spec: {backend: {upstream: {name: up}}, access: {mode: public}, state: draft}
---
kind: Route
name: new
spec: {service: new, paths: [/new]}
";

#[test]
fn paths_are_matched_in_normal_form_and_rewritten() {
    let up = Upstream::mirror();
    let gate = Gate::start(&(upstream(&[up.addr], "") + ROUTES));
    for path in ["/v1/items/7", "/v1/x/../items/%37", "/v1/./items/7"] {
        let (answer, record) = gate.get(&format!("{path}?q=%2F"), "");
        assert!(answer.text().starts_with("GET /in/items/7?q=%2F HTTP/1.1\r\n"), "{}", answer.text());
        let place = record.place.unwrap();
        assert_eq!((&*place.service, &*place.route, &*record.path), ("api", "items", path));
    }
    let (answer, _) =
        gate.call("HEAD /v1/items/7 HTTP/1.1\r\nHost: API.example:80\r\nConnection: close\r\n\r\n");
    assert_eq!((answer.status, answer.text()), (200, ""));
    gate.end();
}

#[test]
fn what_matches_nothing_is_told_why() {
    let up = Upstream::fixed(OK);
    let gate = Gate::start(&(upstream(&[up.addr], "") + ROUTES));
    let get = |path: &str, host: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    gate.refuses(get("/v1/items", "api.example"), Reason::NoRoute);
    gate.refuses(get("/v1/items/7", "other.example"), Reason::NoRoute);
    gate.refuses(get("/new", "a"), Reason::NoRoute);
    gate.refuses(get("/old", "a"), Reason::ServiceUnavailable);
    gate.refuses(get("/v1/items/..%2f..%2fnew", "api.example"), Reason::InvalidPath);
    gate.refuses(get("/../../old", "api.example"), Reason::InvalidPath);
    let request = "DELETE /v1/items/7 HTTP/1.1\r\nHost: api.example\r\n\r\n";
    let (answer, record) = gate.refuses(request, Reason::MethodNotAllowed);
    assert_eq!(answer.field("allow"), Some("get, head, put"));
    assert!(record.place.is_none());
    assert_eq!(up.connections(), 0);
    gate.end();
}

#[test]
fn requests_that_are_none_have_a_record_too() {
    let up = Upstream::fixed(OK);
    let gate = Gate::start(&plain(&[up.addr]));
    gate.refuses("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Reason::InvalidHost);
    let both = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
    gate.refuses(both, Reason::AmbiguousLength);
    gate.refuses("NONSENSE\r\n\r\n", Reason::MalformedRequest);
    gate.refuses(
        "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
        Reason::MethodNotImplemented,
    );
    let expects = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: a-miracle\r\n\r\n";
    gate.refuses(expects, Reason::ExpectationFailed);
    assert_eq!(up.connections(), 0);
    gate.end();
}
