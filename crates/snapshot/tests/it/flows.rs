//! Flows over services, and over the workflows of other flows: found by name or by the address of their documents.

use domain::{DocId, Document, Kind};
use serde_json::{Value, json};
use snapshot::{Change, Snapshot};

use crate::support::{Plain, document, full, in_team, put, upstream};

fn openapi() -> Value {
    json!({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "get"}}, "/b": {"get": {"operationId": "other"}}},
    })
}

/// A service with a description, and a route to it.
fn shop() -> Vec<Document> {
    let backend = json!({"upstream": {"name": "u"}});
    vec![
        upstream("u"),
        document("Service", "shop", json!({"backend": backend, "openapi": openapi()})),
        document("Route", "shop", json!({"service": "shop", "paths": ["/shop/*"], "strip_prefix": "/shop"})),
    ]
}

fn arazzo(own: Option<&str>, sources: &Value, steps: &Value) -> Value {
    let mut document = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"}, "sourceDescriptions": sources,
        "workflows": [{"workflowId": "w", "steps": steps}],
    });
    if let Some(own) = own {
        document["$self"] = own.into();
    }
    document
}

/// A flow that calls an operation of the shop, whose description says who serves it.
fn inner(name: &str, own: Option<&str>) -> Document {
    let sources = json!([{"name": "shop", "url": "shop.json", "type": "openapi", "x-weir-service": "shop"}]);
    let steps = json!([{"stepId": "a", "operationId": "get"}]);
    document("Flow", name, json!({"arazzo": arazzo(own, &sources, &steps)}))
}

/// A flow that runs a workflow of another one.
fn outer(url: &str, own: Option<&str>, flows: Option<&str>) -> Document {
    let sources = json!([{"name": "other", "url": url, "type": "arazzo"}]);
    let steps = json!([{"stepId": "far", "workflowId": "$sourceDescriptions.other.w"}]);
    let mut spec = json!({"arazzo": arazzo(own, &sources, &steps)});
    if let Some(flow) = flows {
        spec["flows"] = json!({"other": flow});
    }
    document("Flow", "outer", spec)
}

fn id(kind: Kind, name: &str) -> DocId {
    DocId::new("default", kind, name).unwrap()
}

/// Where the calls of a flow go.
fn places(snapshot: &Snapshot, name: &str) -> Vec<String> {
    let flow = snapshot.flow(&id(Kind::Flow, name)).unwrap();
    let told = |at: usize, source: &str| {
        let place = flow.place(at).unwrap();
        format!("{source} {}{}", place.service.name, place.base)
    };
    flow.program.sources.iter().enumerate().map(|(at, source)| told(at, source)).collect()
}

#[track_caller]
fn check(documents: &[Document], wanted: &[(&str, &str)]) {
    let mistakes = full(documents).err().unwrap_or_default();
    let found: Vec<String> =
        mistakes.iter().map(|m| format!("{} {} {}", m.document.name, m.path, m.message)).collect();
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (place, message) in wanted {
        let stands =
            found.iter().any(|one| one.strip_prefix(place).is_some_and(|rest| rest.contains(message)));
        assert!(stands, "{place} {message}: {found:#?}");
    }
}

#[test]
fn a_source_description_may_say_who_serves_it() {
    let mut documents = shop();
    documents.push(inner("inner", None));
    assert_eq!(places(&full(&documents).unwrap(), "inner"), ["shop shop/shop"]);
    let sources = json!([
        {"name": "shop", "url": "shop.json", "x-weir-service": "shop"},
        {"name": "gone", "url": "x", "x-weir-service": "gone", "x-weir-servise": 1},
        {"name": "none", "url": "https://api.example/openapi.json", "type": "openapi"},
    ]);
    let steps = json!([{"stepId": "a", "operationId": "$sourceDescriptions.shop.get"}]);
    documents[3] = document("Flow", "inner", json!({"arazzo": arazzo(None, &sources, &steps)}));
    let path = "inner /spec/arazzo/sourceDescriptions/1";
    let (gone, near) = (format!("{path}/x-weir-service "), format!("{path}/x-weir-servise "));
    let served = ("inner /spec/sources ", "say which service serves source `none`");
    check(
        &documents,
        &[(&*gone, "there is no Service `gone`"), (&*near, "did you mean `x-weir-service`?"), served],
    );
    let spec = json!({
        "arazzo": arazzo(None, &json!([sources[0]]), &steps),
        "sources": {"shop": {"service": "shop", "file": "shop.yaml"}},
    });
    documents[3] = document("Flow", "inner", spec);
    check(
        &documents,
        &[("inner /spec/sources/shop/file ", "is read only where configuration stands in files")],
    );
    documents[3] = document("Flow", "inner", json!({"arazzo": "flow.yaml"}));
    check(&documents, &[("inner /spec/arazzo ", "is a file, which is read only where")]);
    let sources = json!([sources[0], sources[2]]);
    documents[3] = document("Flow", "inner", json!({"arazzo": arazzo(None, &sources, &steps)}));
    check(&documents, &[("inner /spec/sources ", "say which service serves source `none`")]);
}

#[test]
fn workflows_of_other_flows_are_run_by_name_and_by_the_address_of_their_documents() {
    let own = "https://flows.example/canonical/inner.yaml";
    for (inner, outer) in [
        (inner("inner", None), outer("anything.yaml", None, Some("inner"))),
        (inner("inner", Some(own)), outer(own, None, None)),
        (
            inner("inner", Some(own)),
            outer("../canonical/inner.yaml", Some("https://flows.example/a/outer.yaml"), None),
        ),
        // Without an address of its own it has that of its flow.
        (inner("inner", None), outer("inner", None, None)),
        (inner("inner", Some("x/y")), outer("./x/y", None, None)),
    ] {
        let mut documents = shop();
        documents.extend([inner, outer]);
        let snapshot = full(&documents).unwrap();
        assert_eq!(places(&snapshot, "outer"), ["other/shop shop/shop"]);
        let flow = snapshot.flow(&id(Kind::Flow, "outer")).unwrap();
        assert_eq!(&*flow.program.workflows[flow.workflow].acts.len().to_string(), "1");
    }
}

#[test]
fn a_change_reaches_the_flows_that_run_what_has_changed() {
    let own = "https://flows.example/inner.yaml";
    for (inner_own, outer) in [(None, outer("x", None, Some("inner"))), (Some(own), outer(own, None, None))] {
        let mut documents = shop();
        documents.extend([inner("inner", inner_own), outer]);
        let before = full(&documents).unwrap();
        let route =
            document("Route", "shop", json!({"service": "shop", "paths": ["/v2/*"], "strip_prefix": "/v2"}));
        let after = before.apply(&[put(&route)], 2, &Plain).unwrap();
        assert_eq!(places(&after, "outer"), ["other/shop shop/v2"]);
        let gone = Change { id: id(Kind::Flow, "inner"), document: None };
        let mistakes = before.apply(&[gone], 2, &Plain).unwrap_err();
        assert_eq!((mistakes.len(), mistakes[0].document.name.as_str()), (1, "outer"), "{mistakes:?}");
        // What comes later is found too.
        let (last, rest) = documents.split_last().unwrap();
        let first = full(rest).unwrap().apply(&[put(last)], 2, &Plain).unwrap();
        assert_eq!(places(&first, "outer"), ["other/shop shop/shop"]);
    }
}

#[test]
fn flows_that_cannot_be_found_or_name_each_other_in_a_circle_are_told() {
    let own = "https://flows.example/inner.yaml";
    let with = |more: Vec<Document>| [shop(), more].concat();
    let at = "outer /spec/arazzo/sourceDescriptions/0";
    check(
        &with(vec![outer("gone.yaml", None, None)]),
        &[(at, "give that flow the address `weir://default/default/gone.yaml`")],
    );
    check(
        &with(vec![outer("x", None, Some("gone"))]),
        &[("outer /spec/flows/other ", "there is no Flow `gone`")],
    );
    check(
        &with(vec![outer("x", None, Some("outer"))]),
        &[("outer /spec/flows/other ", "flows name each other in a circle: outer, outer")],
    );
    // Another team's address is not found, that of the system team is.
    let mut elsewhere = inner("inner", Some(own));
    elsewhere.id = DocId::new("acme", Kind::Flow, "inner").unwrap();
    let team = in_team("acme", "Team", "acme", json!({}));
    let mut theirs = shop();
    for document in &mut theirs {
        document.id.team = elsewhere.id.team.clone();
    }
    let all = [theirs, vec![team, elsewhere, outer(own, None, None)]].concat();
    check(&all, &[(at, "say which flow has these workflows")]);
    check(
        &with(vec![inner("inner", Some(own)), inner("second", Some(own))]),
        &[
            ("inner /spec/arazzo/$self ", "this is the address of Flow `second` too"),
            ("second /spec/arazzo/$self ", "this is the address of Flow `inner` too"),
        ],
    );
    let mut wrong = outer("x", None, Some("inner"));
    if let domain::Spec::Flow(flow) = &mut wrong.spec {
        flow.arazzo.as_mut().unwrap()["workflows"][0]["steps"][0]["workflowId"] =
            "$sourceDescriptions.other.none".into();
        flow.flows.insert("more".to_owned(), "inner".into());
    }
    check(
        &with(vec![inner("inner", None), wrong]),
        &[("outer /spec/flows/more ", "the document has no source `more`")],
    );
}

#[test]
fn credentials_of_steps_are_policies_that_hold_some() {
    let with = |step: &Value| {
        let sources = json!([{"name": "shop", "url": "x", "x-weir-service": "shop"}]);
        let mut more = shop();
        let set = json!({"request": {"set": {"X-Key": "secret"}}});
        more.push(document("Policy", "crm", json!({"headers": set})));
        more.push(document("Policy", "slow", json!({"timeout": {"total": "1s"}})));
        more.push(document("Flow", "f", json!({"arazzo": arazzo(None, &sources, &json!([step]))})));
        more
    };
    let step = |name: &str| json!({"stepId": "a", "operationId": "get", "x-weir-credentials": name});
    let snapshot = full(&with(&step("crm"))).unwrap();
    let flow = snapshot.flow(&id(Kind::Flow, "f")).unwrap();
    let names: Vec<&str> = flow.credentials(0, "crm").unwrap().fields().names().collect();
    assert_eq!((names, flow.credentials(0, "slow").is_none()), (vec!["X-Key"], true));
    let at = "f /spec/arazzo/workflows/0/steps/0/x-weir-credentials ";
    check(&with(&step("gone")), &[(at, "there is no Policy `gone`")]);
    check(&with(&step("slow")), &[(at, "Policy `slow` holds no credentials")]);
    check(&with(&step("acme::crm")), &[(at, "belongs to another team")]);
    let run = json!({"stepId": "a", "workflowId": "w", "x-weir-credentials": "crm"});
    let mistakes = full(&with(&run)).unwrap_err();
    assert!(
        mistakes.iter().any(|one| one.message.contains("runs a workflow makes no call itself")),
        "{mistakes:?}"
    );
}

/// A flow in the short form, whose source is the shop.
fn short(flow: &Value) -> Document {
    document("Flow", "page", json!({"flow": flow, "sources": {"shop": {"service": "shop"}}}))
}

#[test]
fn a_flow_may_be_written_in_the_short_form() {
    let steps = json!([{"a": "GET /a"}, {"b": {"call": "GET /b?of={a.id}", "optional": true}}]);
    let flow = json!({"inputs": {"id": "string"}, "steps": steps, "response": {"a": "a", "b": "b.name"}});
    let mut documents = shop();
    documents.push(short(&flow));
    let snapshot = full(&documents).unwrap();
    assert_eq!(places(&snapshot, "page"), ["shop shop/shop"]);
    let flow = snapshot.flow(&id(Kind::Flow, "page")).unwrap();
    let workflow = &flow.program.workflows[flow.workflow];
    assert_eq!(&*workflow.workflow.id, "page", "the name of the document is the flow's");
    let at = expr::Pointer::parse("/workflows/0/steps/1/x-weir-optional").unwrap();
    assert_eq!(flow.path(&at), "/spec/flow/steps/1/b/optional");
    let arazzo = json!({
        "arazzo": "1.1.0", "info": {"title": "page", "version": "1.0.0"},
        "sourceDescriptions": [{"name": "shop", "url": "shop", "type": "openapi"}],
        "workflows": [{"workflowId": "page", "steps": [{"stepId": "a", "operationId": "get"}]}],
    });
    let same = json!({"steps": [{"a": "GET /a"}]});
    let digest = |spec: Value| {
        let mut documents = shop();
        documents.push(document("Flow", "page", spec));
        full(&documents).unwrap().flow(&id(Kind::Flow, "page")).unwrap().digest
    };
    let sources = json!({"shop": {"service": "shop"}});
    assert_eq!(
        digest(json!({"flow": same, "sources": sources})),
        digest(json!({"arazzo": arazzo, "sources": sources})),
        "both forms are the same flow"
    );
}

#[test]
fn mistakes_in_the_short_form_stand_where_it_is_written() {
    let with = |flow: Value| {
        let mut documents = shop();
        documents.push(short(&flow));
        documents
    };
    let one = |flow: Value, place: &str, message: &str| check(&with(flow), &[(place, message)]);
    one(
        json!({"steps": [{"a": "GET /none"}]}),
        "page /spec/flow/steps/0/a",
        "no source has an operation `GET /none`",
    );
    one(
        json!({"steps": [{"a": "GET /a"}, {"b": {"call": "GET /b", "when": "steps.a.outputs.x =="}}]}),
        "page /spec/flow/steps/1/b/when",
        "",
    );
    one(json!({"steps": [{"a": "GET /a?x={c.id}"}]}), "page /spec/flow/steps/0/a", "there is no step `c`");
    one(json!({"steps": {"a": "GET /a", "b": "GET /b"}}), "page /spec/flow/steps", "a list");
    one(json!({"step": {}, "steps": [{"a": "GET /a"}]}), "page /spec/flow/step", "did you mean `steps`?");
    one(json!("page.yaml"), "page /spec/flow", "is a file");
    let steps = json!([{"a": {"call": "GET /a", "credentials": "key"}}]);
    one(json!({"steps": steps}), "page /spec/flow/steps/0/a/credentials", "there is no Policy `key`");
    let arazzo = json!({"flow": "page", "steps": [{"a": "GET /a"}]});
    check(&[document("Flow", "page", json!({"arazzo": arazzo}))], &[("page /spec/arazzo", "short form")]);
    check(&[document("Flow", "page", json!({}))], &[("page /spec ", "`flow`")]);
    let both = json!({"arazzo": arazzo, "flow": arazzo});
    check(&[document("Flow", "page", both)], &[("page /spec ", "written once")]);
}

#[test]
fn a_short_form_asks_schemas_and_runs_other_flows() {
    let mut documents = shop();
    documents.push(inner("billing", None));
    let pay = json!({"workflowId": "$sourceDescriptions.billing.w"});
    let spec = json!({"flow": {"steps": [{"pay": pay}, {"a": "GET /a"}]},
        "flows": {"billing": "billing"}, "sources": {"shop": {"service": "shop"}}});
    documents.push(document("Flow", "page", spec));
    let snapshot = full(&documents).unwrap();
    let mut places = places(&snapshot, "page");
    places.sort();
    assert_eq!(places, ["billing/shop shop/shop", "shop shop/shop"]);
    // A schema that is asked by queries alone needs no description.
    let graph = json!({"backend": {"upstream": {"name": "u"}}});
    documents.push(document("Service", "graph", graph));
    let query = json!({"graphql": {"source": "graph", "query": "{ a }"}});
    let spec = json!({"flow": {"steps": [{"a": query}]}, "sources": {"graph": {"service": "graph"}}});
    documents.push(document("Flow", "asks", spec));
    full(&documents).unwrap();
}

#[test]
fn a_policy_of_credentials_holds_a_secret_of_a_kind_and_is_attached_to_nothing() {
    let with = |credentials: Value| {
        let mut more = shop();
        more.push(document("Policy", "crm", json!({"credentials": credentials})));
        more
    };
    let secret = json!({"value": "s3cret"});
    for credentials in [
        json!({"bearer": secret}),
        json!({"basic": {"user": "weir", "password": secret}}),
        json!({"header": {"name": "X-Key", "value": secret}}),
        json!({"query": {"name": "key", "value": secret}}),
    ] {
        let snapshot = full(&with(credentials.clone())).unwrap();
        let document = snapshot.document(&id(Kind::Policy, "crm")).unwrap();
        assert!(!format!("{document:?}").contains("s3cret"), "{document:?}");
        let mut attached = with(credentials);
        attached.push(document_of_team(&json!([{"ref": "crm"}])));
        check(&attached, &[("default /spec/policies/0/ref ", "attached, they would do nothing")]);
    }
    let none = |credentials: Value, at: &str, message: &str| {
        check(&with(credentials), &[(&format!("crm {at} "), message)]);
    };
    none(json!({"oauth2": {"token_url": "x"}}), "/spec/credentials/oauth2", "fetches no tokens");
    let basic = json!({"basic": {"user": "a:b", "password": secret}});
    none(basic, "/spec/credentials/basic/user", "no colon");
    let host = json!({"header": {"name": "Host", "value": secret}});
    none(host, "/spec/credentials/header/name", "the gateway's own");
    none(json!({"query": {"name": "", "value": secret}}), "/spec/credentials/query/name", "has a name");
    let bearer = json!({"bearer": {"value": "a\u{1}b"}});
    none(bearer, "/spec/credentials/bearer", "no control characters");
    none(json!({"bearer": {"env": "GONE"}}), "/spec/credentials/bearer", "");
}

fn document_of_team(policies: &Value) -> Document {
    document("Team", "default", json!({"policies": policies}))
}
