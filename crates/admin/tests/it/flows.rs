//! Flows: planned while they are written, and run.

use serde_json::{Value, json};

use crate::support::{Api, Who, api};

const PLAN: &str = "/api/v1/flows/plan";
const RUN: &str = "/api/v1/flows/run";

/// A service with a description and a route, for flows to call.
async fn shop(api: &Api, who: &Who) {
    api.upstream(who, "default", "shop").await;
    let id = json!([{ "name": "id", "in": "path", "required": true, "schema": {} }]);
    let openapi = json!({
        "openapi": "3.1.0", "info": { "title": "Shop", "version": "1" },
        "paths": {
            "/users/{id}": { "get": { "operationId": "user", "parameters": id } },
            "/carts/{id}": { "get": { "operationId": "cart", "parameters": id } },
            "/orders": { "post": { "operationId": "order" } },
        },
    });
    let post = async |plural: &str, body: Value| {
        api.post(who, &format!("/api/v1/teams/default/{plural}"), body).await.expect(201);
    };
    let backend = json!({ "upstream": { "name": "shop" } });
    post("services", json!({ "name": "shop", "spec": { "backend": backend, "openapi": openapi } })).await;
    let route = json!({ "service": "shop", "paths": ["/api/*"], "strip_prefix": "/api" });
    post("routes", json!({ "name": "shop-all", "spec": route })).await;
}

fn step(id: &str, operation: &str, value: &str, outputs: &Value) -> Value {
    let parameters = json!([{ "name": "id", "in": "path", "value": value }]);
    json!({ "stepId": id, "operationId": operation, "parameters": parameters, "outputs": outputs })
}

/// Who the user is, then the cart, then an order.
fn document(cart_of: &str) -> Value {
    let order = json!({
        "stepId": "order", "operationId": "order",
        "requestBody": { "contentType": "application/json", "payload": { "cart": "$steps.cart.outputs.id" } },
    });
    let steps = [
        step("user", "user", "$inputs.user", &json!({ "id": "$response.body#/id" })),
        step("cart", "cart", cart_of, &json!({ "id": "$response.body#/id" })),
        order,
    ];
    let inputs = json!({
        "type": "object", "required": ["user"], "properties": { "user": { "type": "integer" }, "in": { "default": "EUR" } },
    });
    let arazzo = json!({
        "arazzo": "1.1.0", "info": { "title": "Order", "version": "1" },
        "sourceDescriptions": [{ "name": "shop", "url": "./shop.json", "type": "openapi" }],
        "workflows": [{
            "workflowId": "order", "inputs": inputs, "steps": steps,
            "outputs": { "cart": "$steps.cart.outputs.id" },
        }],
    });
    let sources = json!({ "shop": { "service": "shop" } });
    json!({ "kind": "Flow", "name": "order", "spec": { "arazzo": arazzo, "sources": sources } })
}

const GOOD: &str = "$steps.user.outputs.id";

#[tokio::test]
async fn a_flow_is_planned_while_it_is_written() {
    let api = api();
    let admin = api.admin().await;
    shop(&api, &admin).await;
    let latencies = json!({ "user": 3_000, "order/cart": 4_000, "order": 5_000 });
    let body = json!({ "document": document(GOOD), "latencies": latencies });
    let plan = api.post(&admin, PLAN, body).await.expect(200).json();
    assert_eq!(plan["workflow"], "order");
    let workflow = &plan["workflows"][0];
    assert_eq!((&workflow["critical"], &workflow["levels"]), (&json!(["user", "cart", "order"]), &json!(3)));
    assert_eq!((&workflow["total_us"], &workflow["timed"]), (&json!(12_000), &json!(true)));
    assert_eq!(workflow["inputs"]["required"], json!(["user"]));
    let cart = &workflow["steps"][1];
    let call = json!({
        "method": "GET", "path": "/api/carts/{id}", "operation": "cart", "source": "shop",
        "service": "default/default/Service/shop", "route": "default/default/Route/shop-all",
    });
    assert_eq!(cart["call"], call);
    assert_eq!((&cart["begins_us"], &cart["latency"]), (&json!(3_000), &json!("given")));
    let wait = json!({
        "on": "user", "why": "output", "text": "needs $steps.user.outputs.id",
        "path": "/spec/arazzo/workflows/0/steps/1/parameters/0/value",
    });
    assert_eq!(cart["waits"], json!([wait]));
    assert_eq!((&workflow["steps"][2]["safe"], &cart["safe"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn a_workflow_that_shares_the_graph_is_planned_in_it() {
    let api = api();
    let admin = api.admin().await;
    shop(&api, &admin).await;
    let mut document = document(GOOD);
    let out = json!({ "id": "$response.body#/id" });
    let page = json!({
        "stepId": "page", "workflowId": "page", "outputs": { "own": "$outputs.own" },
        "parameters": [{ "name": "user", "value": "$steps.user.outputs.id" }, { "name": "other", "value": "$steps.other.outputs.id" }],
    });
    let steps = json!([
        step("user", "user", "1", &out),
        step("other", "user", "2", &out),
        page,
        step("last", "cart", "$steps.page.outputs.own", &out),
    ]);
    let inner = [step("own", "cart", "$inputs.user", &out), step("else", "cart", "$inputs.other", &out)];
    document["spec"]["arazzo"]["workflows"] = json!([
        { "workflowId": "main", "steps": steps, "outputs": { "last": "$steps.last.outputs.id" } },
        { "workflowId": "page", "steps": inner, "outputs": { "own": "$steps.own.outputs.id", "else": "$steps.else.outputs.id" } },
    ]);
    let latencies = json!({ "user": 1_000, "other": 9_000, "own": 2_000, "else": 3_000, "last": 4_000 });
    let body = json!({ "document": &document, "latencies": latencies });
    let plan = api.post(&admin, PLAN, body).await.expect(200).json();
    let main = &plan["workflows"][1];
    assert_eq!((&main["id"], &main["total_us"]), (&json!("main"), &json!(12_000)));
    let steps = main["steps"].as_array().unwrap();
    let told = |id: &str| {
        let step = steps.iter().find(|step| step["id"] == id).unwrap();
        let waits = step["waits"].as_array().unwrap().iter().map(|wait| &wait["on"]);
        (step["begins_us"].clone(), step["expected_us"].clone(), waits.collect::<Vec<_>>())
    };
    assert_eq!(told("page/own"), (json!(1_000), json!(2_000), vec![&json!("user")]));
    assert_eq!(told("page/else"), (json!(9_000), json!(3_000), vec![&json!("other")]));
    assert_eq!(told("last"), (json!(3_000), json!(4_000), vec![&json!("page/own")]));
    assert_eq!(
        (told("page").0, told("page").1),
        (json!(12_000), json!(11_000)),
        "it ends with what is within it"
    );
    assert_eq!(main["critical"], json!(["other", "page/else"]));
    let plan = api.post(&admin, PLAN, json!({ "document": document })).await.expect(200).json();
    let main = &plan["workflows"][1];
    assert_eq!(
        (&main["total_us"], &main["levels"]),
        (&json!(3_000), &json!(3)),
        "each step counts as one millisecond"
    );
}

#[tokio::test]
async fn mistakes_are_told_with_their_places_and_nothing_is_written() {
    let api = api();
    let admin = api.admin().await;
    shop(&api, &admin).await;
    let body = json!({ "document": document("$steps.usr.outputs.id") });
    let answer = api.post(&admin, PLAN, body).await;
    assert_eq!(answer.problem(422), "invalid");
    let error = &answer.json()["errors"][0];
    assert_eq!(error["path"], "/spec/arazzo/workflows/0/steps/1/parameters/0/value");
    assert!(error["message"].as_str().unwrap().contains("there is no step `usr`"), "{error}");
    let flows = api.get(&admin, "/api/v1/documents?kind=Flow").await.expect(200).json();
    assert_eq!(flows["items"], json!([]));
    for body in [json!({}), json!({ "id": "a", "document": document(GOOD) }), json!({ "id": "order" })] {
        assert_eq!(api.post(&admin, PLAN, body).await.problem(422), "invalid");
    }
}

#[tokio::test]
async fn a_run_tells_its_steps_and_a_dry_one_what_it_would_send() {
    let api = api();
    let admin = api.admin().await;
    shop(&api, &admin).await;
    let written = api.post(&admin, "/api/v1/teams/default/flows", document(GOOD)).await;
    written.expect(201);
    let id = "default/default/Flow/order";
    let run = json!({ "id": id, "inputs": { "user": 7 } });
    let ran = api.post(&admin, RUN, run).await.expect(200).json();
    assert_eq!((&ran["outputs"], &ran["failure"]), (&json!({ "user": 7, "in": "EUR" }), &Value::Null));
    let step = &ran["steps"][0];
    assert_eq!(
        (&step["step"], &step["critical"], &step["end"]),
        (&json!("user"), &json!(true), &json!("good"))
    );
    assert_eq!(step["call"], "07070707-0707-0707-0707-070707070707");
    let dry = json!({ "document": document(GOOD), "inputs": { "user": 7 }, "dry_run": true });
    let dry = api.post(&admin, RUN, dry).await.expect(200).json();
    let first =
        json!([{ "step": "user", "method": "GET", "target": "/api/users/7", "headers": [], "body": null }]);
    assert_eq!((&dry["requests"], &dry["steps"]), (&first, &json!([])));
    assert_eq!(dry["plan"]["workflow"], "order");
    let mut dated = document(GOOD);
    let today = json!({ "context": "$inputs.xml", "selector": "string(current-date())", "type": "xpath" });
    let parameters = &mut dated["spec"]["arazzo"]["workflows"][0]["steps"][0]["parameters"];
    parameters.as_array_mut().unwrap().push(json!({ "name": "x-today", "in": "header", "value": today }));
    let dry = json!({ "document": dated, "inputs": { "user": 7, "xml": "<a/>" }, "dry_run": true });
    let dry = api.post(&admin, RUN, dry).await.expect(200).json();
    assert_eq!(dry["requests"][0]["headers"], json!([["x-today", "2023-11-14Z"]]));
    for (inputs, path) in [(json!({}), "/inputs"), (json!({ "user": "x" }), "/inputs/user")] {
        let answer = api.post(&admin, RUN, json!({ "id": id, "inputs": inputs })).await;
        assert_eq!(answer.problem(422), "invalid");
        assert_eq!(answer.json()["errors"][0]["path"], path);
    }
}

#[tokio::test]
async fn who_may_read_plans_and_who_may_write_runs() {
    let api = api();
    let admin = api.admin().await;
    shop(&api, &admin).await;
    api.post(&admin, "/api/v1/teams/default/flows", document(GOOD)).await.expect(201);
    let reader = api.user(&admin, "a@example.com", json!([{ "team": "default", "role": "viewer" }])).await;
    let other = api.user(&admin, "b@example.com", json!([{ "team": "other", "role": "admin" }])).await;
    let run = |live: bool| {
        if live {
            json!({ "id": "default/default/Flow/order" })
        } else {
            json!({ "document": document(GOOD) })
        }
    };
    for live in [true, false] {
        api.post(&reader, PLAN, run(live)).await.expect(200);
        assert_eq!(api.post(&reader, RUN, run(live)).await.problem(403), "forbidden");
        assert_eq!(api.post(&other, PLAN, run(live)).await.problem(404), "not_found");
        assert_eq!(api.post(&other, RUN, run(live)).await.problem(404), "not_found");
    }
}

#[tokio::test]
async fn what_a_services_flows_take_and_answer_is_told_as_openapi() {
    let api = api();
    let admin = api.admin().await;
    shop(&api, &admin).await;
    let flow = json!({ "name": "order", "spec": document("$steps.user.outputs.id")["spec"] });
    api.post(&admin, "/api/v1/teams/default/flows", flow).await.expect(201);
    let route = json!({ "service": "shop", "paths": ["/orders/{user}"], "methods": ["POST"], "flow": { "name": "order" } });
    let route = json!({ "name": "order", "spec": route });
    api.post(&admin, "/api/v1/teams/default/routes", route).await.expect(201);
    let told = api.get(&admin, "/api/v1/teams/default/services/shop/openapi").await.expect(200).json();
    let operation = &told["paths"]["/orders/{user}"]["post"];
    assert_eq!(told["openapi"], "3.1.1");
    assert_eq!(operation["parameters"][0]["name"], "user");
    assert!(operation["responses"]["200"].is_object(), "{told}");
    let none = api.get(&admin, "/api/v1/teams/default/services/none/openapi").await;
    assert_eq!(none.problem(404), "not_found");
}

/// The flow of `document` in the short form.
fn short() -> Value {
    let steps = json!([
        { "user": "GET /users/{inputs.user}" },
        { "cart": "GET /carts/{user.id}" },
        { "order": { "call": "POST /orders", "body": { "cart": "{cart.id}" } } },
    ]);
    let flow = json!({ "inputs": { "user": "integer" }, "steps": steps, "response": { "cart": "cart.id" } });
    let sources = json!({ "shop": { "service": "shop" } });
    json!({ "kind": "Flow", "name": "order", "spec": { "flow": flow, "sources": sources } })
}

#[tokio::test]
async fn the_short_form_is_planned_run_stored_and_turned_into_arazzo_and_back() {
    let api = api();
    let admin = api.admin().await;
    shop(&api, &admin).await;
    let body = json!({ "document": short(), "latencies": { "user": 3_000, "cart": 4_000 } });
    let plan = api.post(&admin, PLAN, body).await.expect(200).json();
    let cart = &plan["workflows"][0]["steps"][1];
    assert_eq!(
        (&plan["workflow"], &cart["path"]),
        (&json!("order"), &json!("/spec/flow/steps/1/cart")),
        "{plan}"
    );
    assert_eq!(cart["waits"][0]["path"], "/spec/flow/steps/1/cart");
    let written = api.post(&admin, "/api/v1/teams/default/flows", short()).await.expect(201).json();
    assert_eq!(written["spec"]["flow"], short()["spec"]["flow"], "it is kept as it is written");
    let run = json!({ "id": "default/default/Flow/order", "inputs": { "user": 7 } });
    let ran = api.post(&admin, RUN, run).await.expect(200).json();
    assert_eq!((&ran["steps"][0]["step"], &ran["failure"]), (&json!("user"), &Value::Null));

    let turn = "/api/v1/flows/turn";
    let turned =
        api.post(&admin, turn, json!({ "id": "default/default/Flow/order" })).await.expect(200).json();
    let arazzo = &turned["spec"]["arazzo"];
    assert_eq!(
        (&arazzo["workflows"][0]["workflowId"], &turned["spec"]["flow"]),
        (&json!("order"), &Value::Null)
    );
    let document = json!({ "kind": "Flow", "name": "order", "spec": turned["spec"] });
    let back = api.post(&admin, turn, json!({ "document": document })).await.expect(200).json();
    assert_eq!(back["spec"]["flow"]["steps"], short()["spec"]["flow"]["steps"]);
    let reader = api.user(&admin, "a@example.com", json!([{ "team": "default", "role": "viewer" }])).await;
    api.post(&reader, turn, json!({ "document": document })).await.expect(200);
    let other = api.user(&admin, "b@example.com", json!([{ "team": "other", "role": "admin" }])).await;
    assert_eq!(api.post(&other, turn, json!({ "document": document })).await.problem(404), "not_found");
}

#[tokio::test]
async fn mistakes_in_the_short_form_are_told_where_they_stand() {
    let api = api();
    let admin = api.admin().await;
    shop(&api, &admin).await;
    let cases = [
        (json!([{ "a": "GET /users/{inputs.user}" }, { "b": "GET /none" }]), "/spec/flow/steps/1/b"),
        (json!([{ "a": { "call": "GET /users/7", "whenn": "true" } }]), "/spec/flow/steps/0/a/whenn"),
        (json!({ "b": "GET /users/7", "a": "POST /orders" }), "/spec/flow/steps"),
    ];
    for (steps, path) in cases {
        let mut document = short();
        document["spec"]["flow"]["steps"] = steps;
        document["spec"]["flow"]["response"] = json!({ "a": "$inputs.user" });
        let answer = api.post(&admin, PLAN, json!({ "document": document })).await;
        assert_eq!(answer.problem(422), "invalid");
        assert_eq!(answer.json()["errors"][0]["path"], path, "{}", answer.json());
        let stored = api.post(&admin, "/api/v1/teams/default/flows", document).await;
        assert_eq!(stored.json()["errors"][0]["path"], path);
    }
}
