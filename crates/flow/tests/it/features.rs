//! What 1.1 added to Arazzo, one document each.

use std::sync::Arc;

use flow::Document;
use flow::engine::Reply;
use flow::program::Program;
use flow::resolve::{Source, Sources};
use openapi::Description;
use serde_json::{Value, json};

use super::runner::{answer, run};
use super::yaml;

fn sources() -> Sources {
    let api = yaml(
        "
openapi: 3.2.0
info: {title: Shop, version: '1'}
paths:
  /things:
    get: {operationId: list, parameters: [{name: q, in: querystring, content: {application/x-www-form-urlencoded: {}}}]}
    post: {operationId: make, requestBody: {content: {application/json: {}, application/xml: {}}}}
  /soap: {post: {operationId: getPrice, requestBody: {content: {text/xml: {}}}}}
  /things/{id}: {get: {operationId: one, parameters: [{name: id, in: path, required: true}]}}
",
    );
    [("shop".into(), Source::OpenApi(Arc::new(Description::read(&api).unwrap())))].into()
}

/// A document with these workflows.
fn document(workflows: &str) -> Value {
    yaml(&format!(
        "arazzo: 1.1.0\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: shop, url: shop.yaml, type: openapi}}]\nworkflows:\n{workflows}"
    ))
}

/// Runs the first workflow: what it called, and what it gave.
#[track_caller]
fn runs(
    document: &Value,
    inputs: &Value,
    service: impl FnMut(&flow::request::Request) -> Reply,
) -> (Vec<String>, Value) {
    let id = document["workflows"][0]["workflowId"].as_str().unwrap();
    let (calls, ended) = run((document, &sources()), id, inputs, service);
    assert_eq!(ended.failure, None, "{calls:#?}");
    (calls, Value::Object(ended.outputs))
}

#[track_caller]
fn refused(document: &Value, expect: &str) {
    let found = Document::read(document).and_then(|read| Program::new(&read, &sources()).map(drop));
    let told: Vec<String> = found.unwrap_err().iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|one| one.contains(expect)), "{told:#?}");
}

fn xml(text: &str) -> Reply {
    let headers = vec![("content-type".into(), "application/xml".to_owned())];
    Reply { status: 200, headers: headers.into(), body: text.as_bytes().to_vec() }
}

#[test]
fn selectors() {
    let document = document(
        "
- workflowId: w
  steps:
  - stepId: a
    operationId: list
    outputs:
      dear: {context: $response.body, selector: '$.items[?@.price > {$inputs.least}].id', type: jsonpath}
      first: {context: $response.body, selector: /items/0/id, type: jsonpointer}
      version: {context: $response.body, selector: '$.items[*].price', type: {type: jsonpath, version: rfc9535}}
  - stepId: b
    operationId: make
    parameters: [{name: X-First, in: header, value: {context: $steps.a.outputs, selector: $.first, type: jsonpath}}]
    requestBody:
      contentType: application/json
      payload:
        dear: {context: $steps.a.outputs, selector: /dear, type: {type: jsonpointer, version: rfc6901}}
        note: {context: $inputs.order, selector: /order/note, type: {type: xpath, version: xpath-30}}
  outputs:
    all: {context: $steps.a.outputs.version, selector: '$[*]', type: jsonpath}
",
    );
    let items = json!({"items": [{"id": "x", "price": 1}, {"id": "y", "price": 9}]});
    let inputs = json!({"least": 5, "order": "<order><note>n</note></order>"});
    let (calls, outputs) = runs(&document, &inputs, |request| {
        let first = request.headers.iter().any(|(name, value)| &**name == "x-first" && value == "x");
        assert!(request.method.as_ref() == "GET" || first);
        answer(200, &items)
    });
    assert_eq!(calls[1], r#"POST /things {"dear":"y","note":"n"}"#);
    assert_eq!(outputs, json!({"all": [1, 9]}));
}

/// Appendix B.
#[test]
fn own_addresses() {
    let mut value = document(
        "\n- {workflowId: w, steps: [{stepId: a, operationId: list, outputs: {self: $self}}], outputs: {self: $steps.a.outputs.self}}",
    );
    let mut check = |own: Option<&str>, retrieved: &str, (address, source): (&str, &str)| {
        value["sourceDescriptions"][0]["url"] = json!("../specs/petstore.yaml");
        let members = value.as_object_mut().unwrap();
        members.shift_remove("$self");
        members.extend(own.map(|own| ("$self".to_owned(), json!(own))));
        let document = Document::read(&value).unwrap();
        assert_eq!(document.address(retrieved), address);
        assert_eq!(document.address_of(&document.sources[0], retrieved), source);
    };
    let file = "file:///Users/dev/projects/workflows/purchase.arazzo.yaml";
    let own = "https://api.example.com/workflows/purchase.arazzo.yaml";
    check(Some(own), file, (own, "https://api.example.com/specs/petstore.yaml"));
    check(None, file, (file, "file:///Users/dev/projects/specs/petstore.yaml"));
    let within = "https://api.example.com/workflows/purchase.arazzo.json";
    check(None, within, (within, "https://api.example.com/specs/petstore.yaml"));
    let relative = (
        "https://api.example.com/v2/workflows/purchase.arazzo.yaml",
        "https://api.example.com/v2/specs/petstore.yaml",
    );
    check(
        Some("workflows/purchase.arazzo.yaml"),
        "https://api.example.com/v2/api-description.yaml",
        relative,
    );
    value["$self"] = json!(own);
    let (_, outputs) = runs(&value, &json!({}), |_| answer(200, &json!([])));
    assert_eq!(outputs, json!({"self": own}));
}

#[test]
fn whole_queries() {
    let document = document(
        "
- workflowId: w
  steps: [{stepId: a, operationId: list, parameters: [{name: q, in: querystring, value: 'category={$inputs.category}&inStock=true'}]}]
",
    );
    let (calls, _) = runs(&document, &json!({"category": "a%20b"}), |_| answer(200, &json!([])));
    assert_eq!(calls, ["GET /things?category=a%20b&inStock=true "]);
    let (_, ended) =
        run((&document, &sources()), "w", &json!({"category": "a b"}), |_| answer(200, &json!([])));
    assert!(ended.failure.unwrap().reason.to_string().contains("as it is to be sent, encoded"));
}

#[test]
fn replacements_by_each_language() {
    let document = document(
        "
- workflowId: w
  steps:
  - stepId: a
    operationId: make
    requestBody:
      contentType: application/json
      payload: {items: [{sku: a, n: 1}, {sku: b, n: 1}], to: ''}
      replacements:
      - {target: /to, value: $inputs.to}
      - {target: /items/0/n, targetSelectorType: jsonpointer, value: 2}
      - {target: \"$.items[?(@.sku=='b')].n\", targetSelectorType: jsonpath, value: {context: $inputs.stock, selector: $.b, type: jsonpath}}
  - stepId: b
    operationId: make
    requestBody:
      contentType: application/xml
      payload: <order><to/><n k='0'>0</n></order>
      replacements:
      - {target: /order/to, value: $inputs.to}
      - {target: /order/n/@k, targetSelectorType: {type: xpath, version: xpath-30}, value: 5}
",
    );
    let inputs = json!({"to": "A & B", "stock": {"b": 7}});
    let (calls, _) = runs(&document, &inputs, |_| answer(200, &json!({})));
    assert_eq!(
        calls,
        [
            r#"POST /things {"items":[{"sku":"a","n":2},{"sku":"b","n":7}],"to":"A & B"}"#,
            r#"POST /things <order><to>A &amp; B</to><n k="5">0</n></order>"#,
        ]
    );
}

/// The example of `docs/flows.md`.
#[test]
fn a_price_by_soap() {
    let page = include_str!("../../../../docs/flows.md");
    let example =
        page.split("```yaml\n").find(|example| example.starts_with("- workflowId: price\n")).unwrap();
    let document = document(example.split("\n```").next().unwrap());
    let soap = |product: &str, amount: &str| {
        let price = format!(
            "<Price xmlns='urn:shop' currency='EUR'><product>{product}</product><amount>{amount}</amount></Price>"
        );
        xml(&format!(
            "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>{price}</e:Body></e:Envelope>"
        ))
    };
    let (calls, outputs) = runs(&document, &json!({"product": "prd-1"}), |_| soap("prd-1", "12.50"));
    assert!(calls[0].contains("m:currency=\"EUR\"><m:product>prd-1</m:product></m:GetPrice>"), "{calls:?}");
    assert_eq!(outputs, json!({"price": {"amount": 12.5, "currency": "EUR"}}));
    for (product, amount, expect) in [
        ("prd-2", "12.50", "its success criteria do not pass"),
        ("prd-1", "0", "its success criteria do not pass"),
        ("prd-1", "<b", "`//*:product = 'prd-1' and //*:amount > 0`: it is no XML"),
    ] {
        let inputs = json!({"product": "prd-1"});
        let (_, ended) = run((&document, &sources()), "price", &inputs, |_| soap(product, amount));
        let reason = ended.failure.unwrap().reason.to_string();
        assert!(reason.contains(expect), "{reason}");
    }
}

#[test]
fn conditions_with_expressions_in_each_language() {
    let document = document(
        "
- workflowId: w
  steps:
  - stepId: a
    operationId: list
    successCriteria:
    - {context: $response.body, condition: '/list[state = \"{$inputs.state}\"]', type: xpath}
    - {context: $response.body, condition: 'count(/list/*) > {$inputs.least}', type: {type: xpath, version: xpath-31}}
    - {context: $response.header.content-type, condition: '^application/{$inputs.kind}$', type: regex}
  - stepId: b
    operationId: one
    parameters: [{name: id, in: path, value: 1}]
    successCriteria: [{context: $response.body, condition: '$[?@.state == \"{$inputs.state}\"]', type: jsonpath}]
",
    );
    let inputs = json!({"state": "open", "least": 1, "kind": "xml"});
    let list = "<list><state>open</state><a/></list>";
    let service = |request: &flow::request::Request| match &*request.target {
        "/things" => xml(list),
        _ => answer(200, &json!({"it": {"state": "open"}})),
    };
    runs(&document, &inputs, service);
    for (name, value, step) in [
        ("state", json!("shut"), "a"),
        ("least", json!(9), "a"),
        ("kind", json!("json"), "a"),
        ("least", json!("("), "a"),
    ] {
        let mut inputs = inputs.clone();
        inputs[name] = value;
        let (_, ended) = run((&document, &sources()), "w", &inputs, service);
        assert_eq!(&*ended.failure.unwrap().step, step, "{inputs}");
    }
}

#[test]
fn steps_that_depend_on_others() {
    let document = document(
        "
- workflowId: w
  steps:
  - {stepId: a, operationId: one, parameters: [{name: id, in: path, value: a}], dependsOn: [b]}
  - {stepId: b, operationId: one, parameters: [{name: id, in: path, value: b}]}
",
    );
    let (calls, _) = runs(&document, &json!({}), |_| answer(200, &json!({})));
    assert_eq!(calls, ["GET /things/b ", "GET /things/a "]);
    let mut unknown = document.clone();
    unknown["workflows"][0]["steps"][0]["dependsOn"] = json!(["none"]);
    refused(&unknown, "/workflows/0/steps/0/dependsOn/0: there is no step `none`");
    let mut circle = document.clone();
    circle["workflows"][0]["steps"][1]["dependsOn"] = json!(["a"]);
    refused(&circle, "wait");
    let mut foreign = document;
    foreign["workflows"][0]["steps"][0]["dependsOn"] = json!(["$workflows.v.steps.a"]);
    refused(&foreign, "no other step here runs workflow `v`");
}

#[test]
fn steps_that_depend_on_those_of_other_workflows() {
    let document = document(
        "
- workflowId: w
  steps:
  - {stepId: a, operationId: one, parameters: [{name: id, in: path, value: a}], dependsOn: [$workflows.v.steps.x]}
  - {stepId: runs, workflowId: v}
- workflowId: v
  steps:
  - {stepId: x, operationId: one, parameters: [{name: id, in: path, value: x}]}
  - {stepId: z, operationId: one, parameters: [{name: id, in: path, value: z}]}
",
    );
    let (calls, _) = runs(&document, &json!({}), |_| answer(200, &json!({})));
    assert_eq!(calls, ["GET /things/x ", "GET /things/z ", "GET /things/a "]);
    let mut before = document.clone();
    before["workflows"][0]["dependsOn"] = json!(["v"]);
    before["workflows"][0]["steps"].as_array_mut().unwrap().pop();
    assert_eq!(runs(&before, &json!({}), |_| answer(200, &json!({}))).0, calls);
    for (name, expect) in [
        ("$workflows.v.steps.q", "workflow `v`: there is no step `q`; steps of this workflow are `x`, `z`"),
        ("$workflows.v.outputs.z", "a step of another workflow is named `$workflows.ID.steps.STEP`"),
        ("$workflows.none.steps.z", "no other step here runs workflow `none`"),
    ] {
        let mut wrong = document.clone();
        wrong["workflows"][0]["steps"][0]["dependsOn"] = json!([name]);
        refused(&wrong, expect);
    }
}

#[test]
fn actions_with_inputs_for_a_workflow() {
    let document = document(
        "
- workflowId: w
  failureActions:
  - {name: tell, type: goto, workflowId: tell, parameters: [{name: what, value: '{$statusCode} of {$url}'}], criteria: [{condition: $statusCode == 418}]}
  steps: [{stepId: a, operationId: list}]
- workflowId: tell
  steps: [{stepId: t, operationId: make, requestBody: {payload: {what: $inputs.what}}}]
",
    );
    let (calls, ended) = run((&document, &sources()), "w", &json!({}), |request| {
        answer(if &*request.method == "GET" { 418 } else { 200 }, &json!({}))
    });
    assert_eq!(ended.failure, None);
    assert!(calls[1].starts_with("POST /things {\"what\":\"418 of "), "{calls:?}");
}

#[test]
fn timeouts_of_steps() {
    let document = document("\n- {workflowId: w, steps: [{stepId: a, operationId: list, timeout: 250}]}");
    let read = Document::read(&document).unwrap();
    assert_eq!(read.workflows[0].steps[0].timeout, Some(std::time::Duration::from_millis(250)));
    for wrong in [json!(-1), json!(1.5), json!("PT1S")] {
        let mut document = document.clone();
        document["workflows"][0]["steps"][0]["timeout"] = wrong;
        refused(&document, "/workflows/0/steps/0/timeout: `timeout` is a whole number of milliseconds");
    }
}

#[test]
fn outputs_are_entered_by_pointers() {
    let document = document(
        "
- workflowId: w
  steps: [{stepId: a, operationId: list, outputs: {pets: $response.body}}, {stepId: b, workflowId: inner, outputs: {x: '$outputs.o#/deep'}}]
  outputs: {id: '$steps.a.outputs.pets#/0/id', in: '$inputs.a#/b~1c', x: $steps.b.outputs.x, other: '$workflows.inner.outputs.o#/deep'}
- workflowId: inner
  steps: [{stepId: i, operationId: list, outputs: {all: '$response.body#/0'}}]
  outputs: {o: $steps.i.outputs.all}
",
    );
    let (_, outputs) =
        runs(&document, &json!({"a": {"b/c": 3}}), |_| answer(200, &json!([{"id": 5, "deep": [1]}])));
    assert_eq!(outputs, json!({"id": 5, "in": 3, "x": [1], "other": [1]}));
}

#[test]
fn fields_of_sources_are_values() {
    let document = document(
        r#"
- workflowId: w
  steps:
  - stepId: a
    operationId: make
    parameters: [{name: X-From, in: header, value: $sourceDescriptions.shop.url}]
    successCriteria:
    - {condition: "$sourceDescriptions.shop.url == 'shop.yaml' && $workflows.w.inputs.who == 'me'"}
    - {context: $sourceDescriptions.shop.url, condition: '^shop', type: regex}
    - {context: $response.body, condition: "$[?@.from == '{$sourceDescriptions.shop.url}']", type: jsonpath}
    requestBody: {payload: {all: ['a {$sourceDescriptions.shop.type} of {$inputs.who}'], name: $sourceDescriptions.shop.name}}
    outputs: {url: $sourceDescriptions.shop.url}
  outputs: {url: $steps.a.outputs.url}
"#,
    );
    let (calls, outputs) = runs(&document, &json!({"who": "me"}), |request| {
        assert_eq!(request.headers, [("x-from".into(), "shop.yaml".to_owned())]);
        answer(200, &json!([{"from": "shop.yaml"}]))
    });
    assert_eq!(calls, [r#"POST /things {"all":["a openapi of me"],"name":"shop"}"#]);
    assert_eq!(outputs, json!({"url": "shop.yaml"}));
}

#[test]
fn channels_are_refused_with_a_word() {
    let document = document(
        "\n- {workflowId: w, steps: [{stepId: a, channelPath: '{$sourceDescriptions.shop.url}#/channels/x', action: send}]}",
    );
    refused(&document, "messages on channels (AsyncAPI) are not sent or received");
}
