use std::sync::Arc;

use openapi::Description;
use proptest::prelude::*;

use super::*;
use crate::plan::Plan;
use crate::resolve::{self, Source};

fn sources() -> Sources {
    let shop = json!({
        "openapi": "3.1.0", "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/products": {"get": {"operationId": "listProducts"}},
            "/products/top": {"get": {"operationId": "topProducts"}},
            "/products/{id}": {"get": {"operationId": "getProduct"}, "delete": {}},
            "/products/{id}/reviews": {"get": {"operationId": "listReviews"}},
            "/users/{id}": {"get": {"operationId": "getUser"}},
            "/orders": {"post": {"operationId": "addOrder"}},
            "/orders/{id}": {"delete": {"operationId": "cancelOrder"}},
        },
    });
    Sources::from([("shop".into(), Source::OpenApi(Arc::new(Description::read(&shop).unwrap())))])
}

fn page() -> Value {
    json!({
        "flow": "product-page",
        "inputs": {"productId": "integer", "userId": "integer?"},
        "sources": {"shop": "shop.openapi.json"},
        "steps": [
            {"product": "GET /products/{inputs.productId}"},
            {"reviews": "GET /products/{inputs.productId}/reviews?limit=3"},
            {"seller": {"call": "GET /users/{product.sellerId}", "optional": true, "timeout": "2s"}},
        ],
        "response": {"product": "product", "reviews": "reviews.items", "seller": "$steps.seller.outputs.name"},
    })
}

#[track_caller]
fn exported(short: &Value) -> Value {
    export(short, &sources()).unwrap_or_else(|mistakes| panic!("{short}: {mistakes:?}"))
}

/// The short form comes back from Arazzo, and Arazzo from that.
#[track_caller]
fn both_ways(short: &Value) -> Value {
    let arazzo = exported(short);
    let back = import(&arazzo, &sources()).unwrap_or_else(|mistakes| panic!("{arazzo}: {mistakes:?}"));
    assert_eq!(back, *short, "{arazzo}");
    arazzo
}

#[track_caller]
fn step(short: &Value, arazzo: &Value) {
    let flow = json!({"flow": "f", "sources": {"shop": "x"}, "steps": [{"product": "GET /products/1"}, {"s": short}]});
    let mut found = both_ways(&flow)["workflows"][0]["steps"][1].clone();
    found.as_object_mut().unwrap().shift_remove("stepId");
    assert_eq!(found, *arazzo);
}

#[test]
fn a_page_is_written_in_a_minute() {
    let mut short = page();
    short["response"]["seller"] = json!("seller.name");
    let path = |name: &str, value: &str| json!({"name": name, "in": "path", "value": value});
    assert_eq!(
        both_ways(&short),
        json!({
            "arazzo": "1.1.0", "info": {"title": "product-page", "version": "1.0.0"},
            "sourceDescriptions": [{"name": "shop", "url": "shop.openapi.json", "type": "openapi"}],
            "workflows": [{
                "workflowId": "product-page",
                "inputs": {"type": "object", "required": ["productId"], "properties": {"productId": {"type": "integer"}, "userId": {"type": "integer"}}},
                "steps": [
                    {"stepId": "product", "operationId": "getProduct", "parameters": [path("id", "$inputs.productId")], "outputs": {"body": "$response.body"}},
                    {"stepId": "reviews", "operationId": "listReviews", "parameters": [path("id", "$inputs.productId"), {"name": "limit", "in": "query", "value": 3}], "outputs": {"body": "$response.body"}},
                    {"stepId": "seller", "operationId": "getUser", "parameters": [path("id", "$steps.product.outputs.body#/sellerId")], "outputs": {"body": "$response.body"}, "x-weir-optional": true, "x-weir-timeout": "2s"},
                ],
                "outputs": {"product": "$steps.product.outputs.body", "reviews": "$steps.reviews.outputs.body#/items", "seller": "$steps.seller.outputs.body#/name"},
            }],
        })
    );
}

#[test]
fn each_part_of_a_step_has_its_form() {
    step(&json!("GET /products/top"), &json!({"operationId": "topProducts"}));
    step(
        &json!("GET /products?q=a&all=true"),
        &json!({"operationId": "listProducts", "parameters": [{"name": "q", "in": "query", "value": "a"}, {"name": "all", "in": "query", "value": true}]}),
    );
    step(
        &json!("DELETE /products/{inputs.id}"),
        &json!({"operationPath": "{$sourceDescriptions.shop.url}#/paths/~1products~1{id}/delete", "parameters": [{"name": "id", "in": "path", "value": "$inputs.id"}]}),
    );
    step(
        &json!({"call": "POST /orders", "headers": {"If-Match": "{inputs.tag}"}, "body": {"of": "{inputs.a}", "text": "no {inputs.b}, {plain}", "n": [1]}, "timeout": 100, "retry": {"attempts": 2}, "dependsOn": ["product"]}),
        &json!({
            "operationId": "addOrder", "timeout": 100, "dependsOn": ["product"], "x-weir-retry": {"attempts": 2},
            "parameters": [{"name": "If-Match", "in": "header", "value": "$inputs.tag"}],
            "requestBody": {"payload": {"of": "$inputs.a", "text": "no {$inputs.b}, {plain}", "n": [1]}},
        }),
    );
    step(
        &json!({"switch": [{"when": "inputs.a", "call": "GET /users/{inputs.u}"}, {"default": "GET /products/top"}]}),
        &json!({"x-weir-switch": [
            {"when": "inputs.a", "operationId": "getUser", "parameters": [{"name": "id", "in": "path", "value": "$inputs.u"}]},
            {"default": {"operationId": "topProducts"}},
        ]}),
    );
    step(
        &json!({"call": "POST /orders", "compensate": "DELETE /orders/{$steps.s.outputs.id}", "outputs": {"id": "$response.body#/id"}}),
        &json!({
            "operationId": "addOrder", "outputs": {"id": "$response.body#/id"},
            "x-weir-compensate": {"operationId": "cancelOrder", "parameters": [{"name": "id", "in": "path", "value": "$steps.s.outputs.id"}]},
        }),
    );
    step(
        &json!({"race": ["GET /products/top", "GET /products"]}),
        &json!({"x-weir-race": [{"operationId": "topProducts"}, {"operationId": "listProducts"}]}),
    );
    step(&json!({"transform": {"n": "inputs.a + 1"}}), &json!({"x-weir-transform": {"n": "inputs.a + 1"}}));
    step(
        &json!({"workflowId": "f2", "parameters": [{"name": "n", "value": 1}]}),
        &json!({"workflowId": "f2", "parameters": [{"name": "n", "value": 1}]}),
    );
}

#[test]
fn an_answer_may_be_shaped() {
    let mut short = page();
    short["response"] = json!({"status": 200, "body": {"all": "{product}", "deep": ["{reviews.items}"], "n": {"cel": "size(steps.reviews.outputs.body.items)"}}});
    let arazzo = both_ways(&short);
    assert_eq!(arazzo["workflows"][0]["x-weir-response"]["body"]["all"], "$steps.product.outputs.body");
    assert_eq!(arazzo["workflows"][0]["steps"][1]["outputs"]["body"], "$response.body");
    assert!(arazzo["workflows"][0]["steps"][2].get("outputs").is_none());
}

#[test]
fn several_flows_and_what_has_no_short_form_stay() {
    let arazzo = json!({
        "arazzo": "1.0.1", "info": {"title": "T", "version": "2", "summary": "s"}, "x-own": 1,
        "sourceDescriptions": [{"name": "shop", "url": "x"}],
        "components": {"inputs": {"a": {"type": "string"}}},
        "workflows": [
            {"workflowId": "a", "x-mine": 2, "x-weir-timeout": "1s", "inputs": {"$ref": "#/components/inputs/a"}, "steps": [
                {"stepId": "inputs", "operationId": "getUser", "parameters": [{"name": "id", "in": "path", "value": "a b"}], "successCriteria": [{"condition": "$statusCode == 200"}], "outputs": {"body": "$response.body"}},
                {"stepId": "unknown", "operationId": "nowhere", "requestBody": {"contentType": "text/plain", "payload": "{inputs.x}"}},
                {"stepId": "query", "operationId": "getUser", "parameters": [{"name": "q", "in": "query", "value": "1"}, {"name": "id", "in": "path", "value": 5}]},
                {"stepId": "literal", "operationId": "addOrder", "requestBody": {"payload": {"a": "{query.x}"}}},
            ], "outputs": {"body": "$steps.inputs.outputs.body", "part": {"context": "$steps.inputs.outputs.body", "selector": "/x", "type": "jsonpointer"}}},
            {"workflowId": "b", "steps": [{"stepId": "s", "workflowId": "a"}]},
        ],
    });
    let short = import(&arazzo, &sources()).unwrap();
    assert_eq!(short["flows"][1], json!({"flow": "b", "steps": [{"s": {"workflowId": "a"}}]}));
    assert_eq!(exported(&short), arazzo);
}

#[test]
fn mistakes_name_their_place_in_the_short_form() {
    let check = |path: &str, value: Value, expect: &str| {
        let mut short = page();
        *short.pointer_mut(path).unwrap() = value;
        let mistakes = export(&short, &sources()).unwrap_err();
        let found: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|found| found.starts_with(expect)), "{found:#?}\nhas no: {expect}");
    };
    check(
        "/steps/0/product",
        json!("GET /product/1"),
        "/steps/0/product: no source has an operation `GET /product/1`; there are `GET /products`",
    );
    check("/steps/0/product", json!("GET"), "/steps/0/product: `GET` is no call");
    check("/steps/0/product", json!("crm GET /products/1"), "/steps/0/product: there is no source `crm`");
    check(
        "/steps/2/seller/call",
        json!("GET /users/{prodct.id}"),
        "/steps/2/seller/call: `prodct.id`: there is no step `prodct`; there are `inputs` and `product`",
    );
    check(
        "/steps/2/seller",
        json!({"call": "GET /users/1", "optionl": true}),
        "/steps/2/seller/optionl: `optionl` is not known here: did you mean `optional`?",
    );
    check("/steps/0", json!("GET /products/1"), "/steps/0: a step is an object with one member");
    check("/steps", json!([]), "/steps: `steps` has at least one step");
    check("/flow", json!(1), "`flow` is missing");
    check("/response/product", json!("prod uct"), "/response/product: `prod uct`: there is no step");
    check("/response", json!(["product"]), "/response: `response` has references by their names");
}

#[test]
fn extensions_of_others_stay_where_they_are() {
    let mut flow = page();
    flow["response"]["seller"] = json!("seller.name");
    flow["x-mine"] = json!(1);
    let mut arazzo = both_ways(&flow);
    assert_eq!((arazzo.get("x-mine"), &arazzo["workflows"][0]["x-mine"]), (None, &json!(1)));
    arazzo["x-own"] = json!(2);
    let short = import(&arazzo, &sources()).unwrap();
    assert_eq!((&short["x-own"], &short["flows"][0]["x-mine"]), (&json!(2), &json!(1)));
    assert_eq!(exported(&short), arazzo);
    let computed = json!({"flow": "f", "sources": {"shop": "x"}, "steps": [{"a": {"transform": {"body": "1"}}}], "response": {"n": "a"}});
    assert!(both_ways(&computed)["workflows"][0]["steps"][0].get("outputs").is_none());
}

#[test]
fn a_place_in_arazzo_is_where_a_person_wrote_it() {
    let short = json!({
        "flow": "page", "version": "2", "inputs": {"id": "integer"}, "sources": {"shop": "x"}, "timeout": "1s",
        "steps": [
            {"product": "GET /products/{inputs.id}"},
            {"order": {
                "call": "DELETE /orders/{product.id}?q=1", "headers": {"If-Match": "{product.tag}"}, "parameters": [{"name": "c", "in": "cookie", "value": 1}],
                "body": {"a": ["{product.id}"]}, "retry": {"attempts": 2}, "onSuccess": [{"name": "n", "type": "end"}],
                "compensate": "GET /products/top", "fallback": {"call": "GET /products", "when": "true"},
                "switch": [{"when": "true", "call": "GET /users/{product.u}"}, {"default": "GET /products/top"}],
            }},
        ],
        "response": {"all": "product"},
    });
    let arazzo = exported(&short);
    let check = |at: &str, expect: &str| {
        assert!(arazzo.pointer(at).is_some(), "{at} is not in {arazzo}");
        let found = place(&short, &arazzo, &Pointer::parse(at).unwrap());
        assert_eq!(found.to_string(), expect, "{at}");
        assert!(short.pointer(expect).is_some(), "{expect}");
    };
    check("", "");
    check("/arazzo", "");
    check("/info/version", "/version");
    check("/info/title", "");
    check("/sourceDescriptions/0/url", "/sources/shop");
    check("/workflows/0", "");
    check("/workflows/0/workflowId", "/flow");
    check("/workflows/0/inputs/properties/id/type", "/inputs/id");
    check("/workflows/0/inputs/required", "/inputs");
    check("/workflows/0/x-weir-timeout", "/timeout");
    check("/workflows/0/outputs/all", "/response/all");
    let step = "/workflows/0/steps/0";
    check(&format!("{step}/operationId"), "/steps/0/product");
    check(&format!("{step}/parameters/0/value"), "/steps/0/product");
    check(&format!("{step}/outputs/body"), "/steps/0/product");
    let step = "/workflows/0/steps/1";
    for (at, expect) in [
        ("", ""),
        ("/stepId", ""),
        ("/operationId", "/call"),
        ("/parameters/0/value", "/call"),
        ("/parameters/1/name", "/call"),
        ("/parameters/2/value", "/headers/If-Match"),
        ("/parameters/3/value", "/parameters/0/value"),
        ("/requestBody/payload/a/0", "/body/a/0"),
        ("/requestBody", "/body"),
        ("/x-weir-retry/attempts", "/retry/attempts"),
        ("/onSuccess/0/type", "/onSuccess/0/type"),
        ("/x-weir-compensate/operationId", "/compensate"),
        ("/x-weir-fallback/operationId", "/fallback/call"),
        ("/x-weir-fallback/when", "/fallback/when"),
        ("/x-weir-switch/0/parameters/0/value", "/switch/0/call"),
        ("/x-weir-switch/1/default/operationId", "/switch/1/default"),
    ] {
        check(&format!("{step}{at}"), &format!("/steps/1/order{expect}"));
    }
    let several =
        json!({"flows": [{"flow": "a", "steps": [{"s": "GET /products/top"}]}], "sources": {"shop": "x"}});
    let arazzo = exported(&several);
    let at = Pointer::parse("/workflows/0/steps/0/operationId").unwrap();
    assert_eq!(place(&several, &arazzo, &at).to_string(), "/flows/0/steps/0/s");
}

/// A document: what its steps refer to, and how, is random.
fn documents() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        Just(json!("$inputs.id")),
        Just(json!("$inputs.some-thing#/a/b")),
        Just(json!("$inputs.a.b")),
        Just(json!("{$inputs.id} and {more}")),
        Just(json!("{inputs.id}")),
        Just(json!("a/b?c=d&e")),
        Just(json!("")),
        Just(json!(7)),
        Just(json!("7")),
        Just(json!(1.5)),
        Just(json!(true)),
        Just(json!(["$inputs.id", null])),
        (
            0..8_usize,
            prop::sample::select(vec!["body", "body#/x", "body#/x/0/y", "body#/a~1b", "other", "body.z"])
        )
            .prop_map(|(of, output)| json!(format!("$steps.s{of}.outputs.{output}"))),
    ];
    let place = prop::sample::select(vec!["query", "header", "cookie"]);
    let parameter = (prop::sample::select(vec!["a", "b", "c d"]), place, value.clone())
        .prop_filter("names of header fields have no blanks", |(name, place, _)| {
            *place != "header" || !name.contains(' ')
        });
    let operation =
        prop::sample::select(vec!["getProduct", "listProducts", "topProducts", "addOrder", "cancelOrder"]);
    let more = prop::sample::subsequence(
        vec![
            ("x-weir-when", json!("has(inputs.id)")),
            ("x-weir-timeout", json!("1s")),
            ("timeout", json!(500)),
            ("x-weir-safe", json!(true)),
            ("x-other", json!({"call": 1})),
            ("description", json!("{inputs.id}")),
            ("x-weir-fallback", json!({"operationId": "topProducts"})),
            ("x-weir-transform", json!({"t": "inputs.id"})),
        ],
        0..4,
    );
    let step = (operation, prop::collection::vec(parameter, 0..3), value, any::<bool>(), more);
    prop::collection::vec(step, 1..6).prop_map(|steps| {
        let mut all = Vec::new();
        for (at, (operation, parameters, value, has_body, more)) in steps.into_iter().enumerate() {
            let known = |value: Value| match value.as_str().and_then(|text| text.strip_prefix("$steps.s")?.chars().next()?.to_digit(10)) {
                Some(of) if of as usize >= at => json!("$inputs.later"),
                _ => value,
            };
            let mut given: Vec<Value> = Vec::new();
            if ["getProduct", "cancelOrder"].contains(&operation) {
                given.push(json!({"name": "id", "in": "path", "value": known(value.clone())}));
            }
            for (name, place, value) in parameters {
                if !given.iter().any(|one| one["name"] == name && one["in"] == place) {
                    given.push(json!({"name": name, "in": place, "value": known(value)}));
                }
            }
            let mut step = json!({"stepId": format!("s{at}"), "operationId": operation, "outputs": {"body": "$response.body", "other": "$response.header.x"}});
            if !given.is_empty() {
                step["parameters"] = given.into();
            }
            if has_body {
                step["requestBody"] = json!({"payload": {"deep": [known(value)]}});
            }
            for (name, value) in more {
                step[name] = value;
            }
            all.push(step);
        }
        json!({
            "arazzo": "1.1.0", "info": {"title": "w", "version": "1.0.0"},
            "sourceDescriptions": [{"name": "shop", "url": "x", "type": "openapi"}],
            "workflows": [{"workflowId": "w", "steps": all, "outputs": {"first": "$steps.s0.outputs.body#/x"}}],
        })
    })
}

/// The places of all values in a value.
fn pointers(value: &Value) -> Vec<Pointer> {
    let mut found = vec![(Pointer::default(), value)];
    let mut at = 0;
    while let Some((place, value)) = found.get(at).cloned() {
        at += 1;
        match value {
            Value::Object(members) => {
                found.extend(members.iter().map(|(name, value)| (place.join(name), value)));
            }
            Value::Array(items) => {
                let all = items.iter().enumerate();
                found.extend(all.map(|(index, value)| (place.join(&index.to_string()), value)));
            }
            _ => {}
        }
    }
    found.into_iter().map(|(place, _)| place).collect()
}

fn planned(document: &Value) -> Plan {
    let document = Document::read(document).unwrap();
    let workflow = &document.workflows[0];
    let calls = resolve::calls(&document, workflow, &sources()).unwrap();
    let traits: Vec<_> =
        workflow.steps.iter().zip(&calls).map(|(step, call)| resolve::traits(step, call)).collect();
    Plan::new(workflow, &traits).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_is_lost_on_the_way(document in documents()) {
        let short = import(&document, &sources()).unwrap();
        let back = export(&short, &sources()).unwrap();
        prop_assert_eq!(&back, &document, "{}", short);
        prop_assert_eq!(planned(&back), planned(&document));
        prop_assert_eq!(&import(&back, &sources()).unwrap(), &short);
        for at in pointers(&document) {
            prop_assert!(place(&short, &document, &at).find(&short).is_some(), "{}", at);
        }
    }
}

#[test]
fn members_keep_their_order_there_and_back() {
    let mut short = page();
    short["inputs"] = json!({"userId": "integer?", "productId": "integer", "all": "boolean"});
    short["response"] = json!({"body": {"z": "product", "a": {"y": "reviews.items", "b": 1}}});
    short["steps"][1] =
        json!({"reviews": {"call": "POST /orders", "body": {"z": "{product.id}", "a": [{"y": 1, "b": 2}]}}});
    let arazzo = both_ways(&short);
    let flow = &arazzo["workflows"][0];
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(names(&arazzo), "arazzo info sourceDescriptions workflows");
    assert_eq!(names(flow), "workflowId inputs steps x-weir-response");
    assert_eq!(names(&flow["inputs"]["properties"]), "userId productId all");
    assert_eq!(flow["inputs"]["required"], json!(["productId", "all"]));
    assert_eq!(names(&flow["steps"][0]), "stepId operationId parameters outputs");
    assert_eq!(
        flow["steps"][1]["requestBody"]["payload"].to_string(),
        r#"{"z":"$steps.product.outputs.body#/id","a":[{"y":1,"b":2}]}"#
    );
    let body = flow["x-weir-response"]["body"].to_string();
    assert!(body.starts_with(r#"{"z":"#) && body.ends_with(r#","b":1}}"#), "{body}");
    let back = import(&arazzo, &sources()).unwrap();
    for member in ["inputs", "response", "sources"] {
        assert_eq!(back[member].to_string(), short[member].to_string());
    }
}

#[test]
fn a_flow_that_calls_no_operations_needs_no_sources() {
    let short = json!({"flow": "f", "steps": [{"a": {"model": {"alias": "m", "prompt": "hello"}}}]});
    let arazzo = export(&short, &Sources::new()).unwrap();
    assert!(Document::read(&arazzo).is_ok(), "{arazzo}");
    let back = import(&arazzo, &Sources::new()).unwrap();
    assert_eq!(export(&back, &Sources::new()).unwrap(), arazzo);
    let short = json!({"flow": "f", "steps": [{"a": "GET /a"}]});
    let mistakes = export(&short, &Sources::new()).unwrap_err();
    assert!(mistakes[0].message.contains("needs a source"), "{mistakes:?}");
}
