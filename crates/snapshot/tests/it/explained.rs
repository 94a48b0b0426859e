//! What serves a request, told as the gateway decides it.

use domain::Document;
use serde_json::json;
use snapshot::{ExplainRequest, ExplainTarget};

use crate::support::{document, full, upstream};

/// A service that takes batches and answers later, and a route to a flow over it.
fn documents() -> Vec<Document> {
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let openapi = json!({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/things/{id}": {"get": {"operationId": "get", "parameters": id}}},
    });
    let arazzo = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "things", "url": "things.json", "type": "openapi"}],
        "workflows": [{
            "workflowId": "page",
            "steps": [
                {"stepId": "one", "operationId": "get", "parameters": [{"name": "id", "in": "path", "value": "1"}]},
                {"stepId": "sum", "x-weir-transform": {"n": "1 + 1"}},
            ],
        }],
    });
    let spec = json!({"backend": {"upstream": {"name": "u"}}, "openapi": openapi, "batch": {}, "jobs": {}});
    vec![
        upstream("u"),
        document("Service", "things", spec),
        document(
            "Route",
            "things",
            json!({"service": "things", "paths": ["/api/*"], "strip_prefix": "/api"}),
        ),
        document("Flow", "page", json!({"arazzo": arazzo, "sources": {"things": {"service": "things"}}})),
        document("Route", "page", json!({"service": "things", "paths": ["/page"], "flow": {"name": "page"}})),
    ]
}

#[test]
fn flows_batches_and_jobs_are_told_before_the_upstream() {
    let snapshot = full(&documents()).unwrap();
    let check = |method: &str, url: &str, kind: &str, name: &str, lines: &[&str]| {
        let request = ExplainRequest { method: method.into(), url: url.into(), ..ExplainRequest::default() };
        let target = snapshot.explain(&request).target.unwrap();
        let ExplainTarget { names, targets, .. } = &target;
        assert_eq!((target.kind, &names[..]), (kind, &[name.to_owned()][..]), "{method} {url}");
        assert!(targets.iter().map(String::as_str).eq(lines.iter().copied()), "{targets:?}");
    };
    let (service, upstream) = ("default/default/Service/things", "default/default/Upstream/u");
    let address = ["a.example:80 (weight 1)"];
    check("GET", "/api/things/1", "upstream", upstream, &address);
    let most = "at most 20 requests, 8 of them at once; each is a call of its own";
    check("POST", "/api/batch", "batch", service, &[most]);
    check("GET", "/api/batch", "upstream", upstream, &address);
    let lines = ["one: GET /api/things/{id}", "sum", "with `Prefer: respond-async` as a job, at /jobs/ID"];
    check("GET", "/page", "flow", "default/default/Flow/page", &lines);
    let job = "the job of this id: its state or its result, which its caller alone is told";
    for path in [
        "/api/jobs/019ab0c4-7e5a-7c3e-8a53-0242ac120002",
        "/api/jobs/019ab0c4-7e5a-7c3e-8a53-0242ac120002/result",
    ] {
        check("GET", path, "jobs", service, &[job]);
    }
    check("GET", "/api/jobs/other", "upstream", upstream, &address);
}
