//! Every flow of `examples/flows` through the gateway, over the simulator's shop: where it goes well, and where its calls
//! fail as the simulator is asked to (`x-simulate`).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base::{Clock, Micros};
use futures_util::FutureExt;
use serde_json::{Value, json};
use stateport::{JobPort, MemoryJobs};
use trace::CallRecord;

use crate::client::{Answer, Raw, field_lines};
use crate::gate::{Gate, upstream};
use crate::upstream::Upstream;
use crate::vendor::Vendor;

/// The examples, each with its tests below.
const EXAMPLES: [&str; 7] = [
    "agent-context",
    "checkout",
    "dashboard",
    "nightly-report",
    "orders-with-products",
    "product-page",
    "search",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/flows")
}

/// An example's document.
fn example(name: &str) -> Value {
    assert!(EXAMPLES.contains(&name));
    let path = folder().join(format!("{name}.arazzo.yaml"));
    config::Single::parse(&path, &std::fs::read(&path).unwrap()).unwrap().to_json()
}

fn step<'d>(document: &'d mut Value, id: &str) -> &'d mut Value {
    let steps = document["workflows"][0]["steps"].as_array_mut().unwrap();
    steps.iter_mut().find(|step| step["stepId"] == id).unwrap()
}

/// Asks for a fault of what a step calls, or one of its targets.
fn fault(callee: &mut Value, fault: &str) {
    let parameters = callee.as_object_mut().unwrap().entry("parameters").or_insert(json!([]));
    parameters.as_array_mut().unwrap().push(json!({"name": "x-simulate", "in": "header", "value": fault}));
}

/// What came of a flow.
struct Came {
    answer: Answer,
    /// The records of its calls, in the order in which they began.
    records: Vec<CallRecord>,
}

/// Runs a document over the shop and a model.
fn run(vendor: &Vendor, document: &Value, inputs: &Value) -> Came {
    run_with(vendor, document, inputs, "gpt-5-mini")
}

fn run_with(vendor: &Vendor, document: &Value, inputs: &Value, model: &str) -> Came {
    let addr = vendor.address;
    let yaml = upstream(&[addr], "")
        + &format!(
            "---
kind: Service
name: shop
spec: {{backend: {{upstream: {{name: up}}}}, openapi: {openapi}}}
---
kind: Route
name: shop
spec: {{service: shop, paths: [\"/shop/*\"]}}
---
kind: Provider
name: sim
spec: {{api: openai, base_url: \"http://{addr}/openai/v1\"}}
---
kind: ProviderKey
name: sim
spec: {{provider: sim, secret: {{value: sk-test}}}}
---
kind: ModelAlias
name: fast
spec: {{targets: [{{provider: sim, model: \"{model}\"}}]}}
---
kind: Service
name: models
spec: {{backend: {{ai: {{}}}}}}
---
kind: Route
name: models
spec: {{service: models, paths: [\"/v1/*\"]}}
---
kind: Service
name: flows
spec: {{backend: {{upstream: {{name: up}}}}, access: {{mode: public}}}}
---
kind: Flow
name: f
spec: {{arazzo: {document}, sources: {{shop: {{service: shop}}}}, models: models}}
---
kind: Route
name: run
spec: {{service: flows, paths: [/run], flow: {{name: f}}}}
",
            openapi = simulate::SHOP_OPENAPI.split_whitespace().collect::<Vec<_>>().join(" "),
        );
    let gate = Gate::start(&yaml);
    let body = inputs.to_string();
    let request = format!(
        "POST /run HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = gate.connect().send(request).answer();
    let mut records = gate.end_with();
    records.retain(|record| &*record.path != "/run");
    records.sort_by_key(|record| record.started);
    Came { answer, records }
}

// === impl Came ===

impl Came {
    /// The calls without the shop's prefix, in the order in which they began.
    fn calls(&self) -> Vec<String> {
        let one = |record: &CallRecord| format!("{} {}", record.method, record.path.replace("/shop", ""));
        self.records.iter().map(one).collect()
    }

    /// The calls by name: for those that begin together.
    fn sorted(&self) -> Vec<String> {
        let mut calls = self.calls();
        calls.sort();
        calls
    }

    /// Whether so many of the first calls were all under way at one time.
    #[track_caller]
    fn assert_first_overlap(&self, count: usize) {
        let first = &self.records[..count];
        let began = first.iter().map(|record| record.started.0).max().unwrap();
        let ended = first
            .iter()
            .map(|record| record.started.0 + i64::try_from(record.duration_us).unwrap())
            .min()
            .unwrap();
        assert!(began < ended, "{:?}", self.calls());
    }

    /// The step because of which the flow failed.
    #[track_caller]
    fn assert_failed(&self, status: u16, step: &str) {
        let problem = self.answer.json();
        assert_eq!(
            (self.answer.status, problem["steps"][0]["id"].as_str()),
            (status, Some(step)),
            "{problem}"
        );
    }
}

/// What the shop itself answers.
fn shop(vendor: &Vendor, path: &str) -> Value {
    ask(vendor, path).json()
}

fn ask(vendor: &Vendor, path: &str) -> Answer {
    let request = format!("GET /shop{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    Raw::connect(vendor.address).send(request).answer()
}

/// The first of the shop's products or users of which this is so.
fn first(kind: &str, is: impl Fn(&str) -> bool) -> String {
    (1..50).map(|number| format!("{kind}-{number}")).find(|id| is(id)).unwrap()
}

#[test]
fn every_example_has_its_tests() {
    let files =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> =
        files.filter_map(|name| Some(name.strip_suffix(".arazzo.yaml")?.to_owned())).collect();
    names.sort();
    assert_eq!(names, EXAMPLES);
    for name in names {
        let cases = folder().join(format!("tests/{name}.yaml"));
        assert!(cases.is_file(), "{name} has no cases for `weir flow test`");
    }
}

#[test]
fn a_product_page_is_eight_calls_on_three_levels() {
    let vendor = Vendor::start();
    let reviewed = |id: &str| shop(&vendor, &format!("/products/{id}/reviews"))["total"] != 0;
    let id = first("prd", reviewed);
    let mut page = example("product-page");
    for name in ["product", "stock", "price", "reviews"] {
        fault(step(&mut page, name), "latency=300ms");
    }
    let came = run(&vendor, &page, &json!({"product": id}));
    assert_eq!(came.answer.status, 200, "{}", came.answer.text());
    came.assert_first_overlap(4);
    let told = came.answer.json();
    let reviews = shop(&vendor, &format!("/products/{id}/reviews"));
    let author = reviews["items"][0]["user_id"].as_str().unwrap();
    assert_eq!(told["product"], shop(&vendor, &format!("/products/{id}")));
    assert_eq!(told["reviews"], reviews["items"]);
    assert_eq!(told["reviewer"], shop(&vendor, &format!("/users/{author}"))["name"]);
    assert_eq!(told["price"], shop(&vendor, &format!("/prices/{id}"))["amount"]);
    assert_eq!(came.records.len(), 8, "{:?}", came.calls());

    let mut page = example("product-page");
    fault(step(&mut page, "author"), "status=503");
    run(&vendor, &page, &json!({"product": id})).assert_failed(502, "author");
    let unknown = run(&vendor, &example("product-page"), &json!({"product": "prd-999"}));
    assert_eq!((unknown.answer.status, &unknown.answer.json()["steps"][0]["status"]), (424, &json!(404)));
}

#[test]
fn a_checkout_that_fails_is_undone() {
    let vendor = Vendor::start();
    let id = first("prd", |id| shop(&vendor, &format!("/stock/{id}"))["available"] != 0);
    let inputs = json!({"user": "usr-1", "items": [{"product_id": id, "quantity": 2}]});
    let mut checkout = example("checkout");
    for name in ["user", "stock", "prices"] {
        fault(step(&mut checkout, name), "latency=300ms");
    }
    let came = run(&vendor, &checkout, &inputs);
    assert_eq!(came.answer.status, 201, "{}", came.answer.text());
    came.assert_first_overlap(3);
    let order = came.answer.json()["order"].clone();
    let path = format!("/orders/{}", order["id"].as_str().unwrap());
    assert_eq!((&order["status"], &order["items"][0]["quantity"]), (&json!("shipped"), &json!(2)));
    assert_eq!(came.answer.field("location"), Some(format!("/shop{path}").as_str()));
    assert_eq!(shop(&vendor, &path), order);
    let tracking = path.replace("orders", "shipping");
    assert_eq!(came.answer.json()["tracking"], shop(&vendor, &tracking)["tracking_code"]);
    let patch = format!("PATCH {path}");
    assert_eq!(
        came.calls()[3..],
        ["POST /orders".to_owned(), patch.clone(), patch, format!("GET {tracking}")]
    );

    let mut checkout = example("checkout");
    fault(step(&mut checkout, "pay"), "status=402");
    let came = run(&vendor, &checkout, &inputs);
    came.assert_failed(424, "pay");
    assert_eq!(came.calls()[3..], ["POST /orders", "PATCH /orders/ord-402", "DELETE /orders/ord-402"]);
    assert_eq!(ask(&vendor, "/orders/ord-402").status, 404);

    let mut checkout = example("checkout");
    fault(step(&mut checkout, "ship"), "status=503");
    let came = run(&vendor, &checkout, &inputs);
    came.assert_failed(502, "ship");
    let patch = "PATCH /orders/ord-403";
    assert_eq!(came.calls()[3..], ["POST /orders", patch, patch, patch, "DELETE /orders/ord-403"]);
    assert_eq!(ask(&vendor, "/orders/ord-403").status, 404);
}

#[test]
fn a_dashboard_tells_what_is_missing() {
    let vendor = Vendor::start();
    let ordered = |id: &str| shop(&vendor, &format!("/users/{id}/orders"))["total"] != 0;
    let inputs = json!({"user": first("usr", ordered)});
    let mut dashboard = example("dashboard");
    for name in ["user", "orders", "recommended"] {
        fault(step(&mut dashboard, name), "latency=300ms");
    }
    let came = run(&vendor, &dashboard, &inputs);
    let told = came.answer.json();
    assert_eq!((came.answer.status, &told["missing"]), (200, &json!([])), "{told}");
    assert_eq!(told["picks"].as_array().unwrap().len(), 5);
    assert!(told["parcel"].is_string() && told["orders"]["total"].as_u64() > Some(0), "{told}");
    assert_eq!(came.answer.field("weir-completed"), None);
    came.assert_first_overlap(3);
    assert_eq!(came.records.len(), 9, "{:?}", came.calls());

    let mut dashboard = example("dashboard");
    fault(step(&mut dashboard, "orders"), "status=503");
    fault(step(&mut dashboard, "recommended"), "status=500");
    let came = run(&vendor, &dashboard, &inputs);
    let told = came.answer.json();
    assert_eq!((came.answer.status, &told["missing"]), (206, &json!(["orders", "picks"])), "{told}");
    assert_eq!(
        (&told["orders"]["items"], &told["picks"], &told["parcel"]),
        (&json!([]), &json!([]), &Value::Null)
    );
    let completed = came.answer.field("weir-completed").unwrap();
    assert!(completed.starts_with("?0") && completed.contains("orders (status)"), "{completed}");
    assert_eq!(came.records.len(), 3, "{:?}", came.calls());

    let mut dashboard = example("dashboard");
    fault(step(&mut dashboard, "user"), "status=500");
    run(&vendor, &dashboard, &inputs).assert_failed(502, "user");
}

#[test]
fn a_search_fans_out_hedges_and_races() {
    let vendor = Vendor::start();
    let ways = |document: &mut Value, faults: [&str; 2]| {
        for (way, spec) in faults.into_iter().enumerate().filter(|(_, spec)| !spec.is_empty()) {
            fault(&mut step(document, "price")["x-weir-race"][way], spec);
        }
    };
    let mut search = example("search");
    fault(step(&mut search, "found"), "latency=200ms");
    ways(&mut search, ["", "latency=20s"]);
    let came = run(&vendor, &search, &json!({"categories": ["toys", "tools", "garden"]}));
    let told = came.answer.json();
    assert_eq!((came.answer.status, &told["currency"]), (200, &json!("USD")), "{told}");
    came.assert_first_overlap(3);
    let list = |category: &str| shop(&vendor, &format!("/products?category={category}&limit=3"));
    let lists = ["toys", "tools", "garden"].map(list);
    let names =
        |list: &Value| list["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect();
    let names: Vec<Vec<Value>> = lists.iter().map(names).collect();
    assert_eq!(told["hits"], json!(names), "in the order of the categories");
    let hit = lists[0]["items"][0]["id"].as_str().unwrap();
    assert_eq!(told["price"], shop(&vendor, &format!("/prices/{hit}?currency=USD"))["amount"]);
    let prices: Vec<&CallRecord> =
        came.records.iter().filter(|record| record.path.contains("/prices/")).collect();
    let ends: Vec<Option<&str>> = prices.iter().map(|record| record.reason.as_deref()).collect();
    assert!(
        ends.contains(&None) && ends.contains(&Some("client_closed")),
        "the later one is given up: {ends:?}"
    );

    let toys = json!({"categories": ["toys"]});
    let mut search = example("search");
    fault(step(&mut search, "found"), "latency=1s");
    ways(&mut search, ["status=500", ""]);
    let came = run(&vendor, &search, &toys);
    assert_eq!(came.answer.json()["currency"], "EUR", "the other way");
    assert_eq!(
        came.calls()[..2],
        ["GET /products", "GET /products"],
        "a slow one is asked for again beside it"
    );
    came.assert_first_overlap(2);

    let mut search = example("search");
    ways(&mut search, ["status=500", "status=500"]);
    run(&vendor, &search, &toys).assert_failed(502, "price");
}

#[test]
fn products_of_orders_are_had_by_one_call() {
    let vendor = Vendor::start();
    let several = |id: &str| shop(&vendor, &format!("/users/{id}/orders"))["total"].as_u64() > Some(3);
    let user = first("usr", several);
    let orders = shop(&vendor, &format!("/users/{user}/orders"));
    let document = example("orders-with-products");
    let came = run(&vendor, &document, &json!({"user": user}));
    let told = came.answer.json();
    assert_eq!(came.calls(), [format!("GET /users/{user}/orders"), "GET /products".to_owned()], "{told}");
    for (told, order) in told["orders"].as_array().unwrap().iter().zip(orders["items"].as_array().unwrap()) {
        assert_eq!(told["id"], order["id"]);
        for (told, item) in told["items"].as_array().unwrap().iter().zip(order["items"].as_array().unwrap()) {
            let product = shop(&vendor, &format!("/products/{}", item["product_id"].as_str().unwrap()));
            assert_eq!(told["name"], product["name"], "{item}");
        }
    }
    let mut broken = document.clone();
    fault(step(&mut broken, "products"), "status=500");
    let came = run(&vendor, &broken, &json!({"user": user}));
    assert_eq!(came.answer.json()["orders"][0]["items"][0]["name"], Value::Null, "{}", came.answer.text());
    let mut broken = document;
    fault(step(&mut broken, "orders"), "status=500");
    run(&vendor, &broken, &json!({"user": user})).assert_failed(502, "orders");
}

#[test]
fn an_agent_has_its_context_and_a_model_in_one_call() {
    let vendor = Vendor::start();
    let mut document = example("agent-context");
    for name in ["user", "orders", "recommended"] {
        fault(step(&mut document, name), "latency=300ms");
    }
    let inputs = json!({"user": "usr-1", "question": "What did I order last?"});
    let came = run(&vendor, &document, &inputs);
    let told = came.answer.json();
    assert!(told["answer"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
    assert_eq!(told["recommended"].as_array().unwrap().len(), 5);
    came.assert_first_overlap(3);
    assert_eq!(came.calls()[3..], ["GET /products", "POST /v1/chat/completions"]);
    let ai = came.records.last().unwrap().ai.as_ref().expect("a model call");
    assert!(ai.usage.input > 50, "the context is in the prompt: {:?}", ai.usage);
    let mut together = came.sorted();
    together.truncate(4);
    let calls =
        ["GET /products", "GET /users/usr-1", "GET /users/usr-1/orders", "GET /users/usr-1/recommendations"];
    assert_eq!(together, calls);

    let came = run_with(&vendor, &example("agent-context"), &inputs, "gpt-5-mini+status=500");
    assert_eq!((came.answer.status, &came.answer.json()["answer"]), (200, &Value::Null));
    assert_eq!(came.answer.field("weir-completed"), Some("?0;missing=\"answer (status)\""));

    let mut tool = example("agent-context");
    step(&mut tool, "answer").as_object_mut().unwrap().shift_remove("x-weir-model");
    step(&mut tool, "answer")["x-weir-tool"] = json!({"name": "lookup"});
    let mistakes = flow::Document::read(&tool).unwrap_err();
    assert!(
        mistakes.iter().any(|mistake| mistake.message.contains("MCP tools have not landed")),
        "{mistakes:?}"
    );
}

#[test]
fn a_report_is_made_every_night_by_a_schedule() {
    let vendor = Vendor::start();
    let (tell, reports) = channel();
    let tell = Mutex::new(tell);
    let kept = Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            let length = head.to_ascii_lowercase();
            let length = field_lines(&length, "content-length").next().unwrap().parse().unwrap();
            let report: Value = serde_json::from_slice(&conn.bytes(length)).unwrap();
            tell.lock().unwrap().send((head.split(" HTTP").next().unwrap().to_owned(), report)).unwrap();
            conn.send("HTTP/1.1 204 No Content\r\n\r\n");
        }
    });
    let openapi = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let described = std::fs::read_to_string(folder().join("reports.openapi.json")).unwrap();
    let schedule = "{cron: \"0 3 * * *\", time_zone: Europe/Paris, flow: nightly-report, inputs: {day: \"{$schedule.date}\"}}";
    let service = |name: &str, openapi: &str, target: SocketAddr| {
        format!(
            "---
kind: Upstream
name: {name}
spec: {{targets: [{{host: {}, port: {}}}]}}
---
kind: Service
name: {name}
spec: {{backend: {{upstream: {{name: {name}}}}}, openapi: {openapi}}}
---
kind: Route
name: {name}
spec: {{service: {name}, paths: [\"/{name}/*\"]}}
",
            target.ip(),
            target.port()
        )
    };
    let yaml = service("shop", &openapi(simulate::SHOP_OPENAPI), vendor.address)
        + &service("reports", &openapi(&described), kept.addr)
        + &format!(
            "---
kind: Flow
name: nightly-report
spec: {{arazzo: {}, sources: {{shop: {{service: shop}}, reports: {{service: reports}}}}}}
---
kind: Schedule
name: nightly-report
spec: {schedule}
",
            example("nightly-report")
        );
    // 2026-01-01T01:59:59Z, a second before three o'clock in Paris.
    let clock = Clock::manual(Micros(1_767_232_799_000_000));
    let jobs = Arc::new(MemoryJobs::new(clock.clone(), 1 << 20));
    let gate = Gate::with_jobs(&yaml, clock.clone(), Arc::clone(&jobs) as _);
    while jobs.watched().now_or_never().unwrap().unwrap().is_empty() {
        std::thread::yield_now();
    }
    clock.advance(Duration::from_secs(1));
    let (line, report) = reports.recv_timeout(Duration::from_secs(20)).expect("a report");
    assert_eq!(line, "PUT /reports/2026-01-01");
    let total = |status: &str| shop(&vendor, &format!("/orders?status={status}"))["total"].as_u64().unwrap();
    let [pending, paid, shipped] = ["pending", "paid", "shipped"].map(total);
    let expect = json!({
        "day": "2026-01-01", "pending": pending, "paid": paid, "shipped": shipped,
        "orders": pending + paid + shipped,
    });
    assert_eq!(report, expect);
    gate.end_with();
}
