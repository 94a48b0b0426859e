//! OpenAI's batches: handed over to the provider that can run one, or run here line by line.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base::{Clock, Micros};
use serde_json::{Value, json};
use trace::CallRecord;

use crate::chat::completion;
use crate::client::Answer;
use crate::files::{documents, form, openai};
use crate::gate::Gate;
use crate::upstream::Upstream;
use crate::vendor::Vendor;

const CHAT: &str = "/v1/chat/completions";

/// A gateway whose calls come of themselves, and their records.
struct Mill {
    gate: Gate,
    records: RefCell<Vec<CallRecord>>,
}

// === impl Mill ===

impl Mill {
    fn start(yaml: &str) -> Self {
        Self { gate: Gate::start(yaml), records: RefCell::default() }
    }

    fn ask(&self, key: &str, method: &str, path: &str, body: &str) -> Answer {
        let kind =
            if body.starts_with("--b") { "multipart/form-data; boundary=b" } else { "application/json" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Type: {kind}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = self.gate.connect().send(request).answer();
        self.records.borrow_mut().extend(self.gate.records());
        answer
    }

    fn upload(&self, content: &str) -> String {
        let file =
            self.ask("shop", "POST", "/v1/files", &form(&[("purpose", "batch"), ("file", content)])).json();
        file["id"].as_str().unwrap_or_else(|| panic!("{file}")).to_owned()
    }

    fn create(&self, content: &str, endpoint: &str) -> Value {
        let asked = json!({"input_file_id": self.upload(content), "endpoint": endpoint, "completion_window": "24h",
            "metadata": {"a": "b"}});
        let answer = self.ask("shop", "POST", "/v1/batches", &asked.to_string());
        assert_eq!(answer.status, 200, "{}", answer.text());
        let batch = answer.json();
        assert_eq!((&batch["object"], &batch["metadata"]), (&json!("batch"), &json!({"a": "b"})));
        assert_eq!(
            (&batch["status"], &batch["input_file_id"]),
            (&json!("validating"), &asked["input_file_id"])
        );
        batch
    }

    fn get(&self, batch: &Value) -> Value {
        let answer = self.ask("shop", "GET", &format!("/v1/batches/{}", batch["id"].as_str().unwrap()), "");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Asks until something is so.
    fn until(&self, batch: &Value, is_so: impl Fn(&Value) -> bool) -> Value {
        let began = self.gate.clock.now();
        let real = Clock::system();
        let start = real.now();
        loop {
            let batch = self.get(batch);
            if is_so(&batch) {
                return batch;
            }
            let waited = real.now().since(start);
            assert!(waited < Duration::from_secs(30), "{batch} since {began:?}");
        }
    }

    fn over(&self, batch: &Value, status: &str) -> Value {
        let over = ["completed", "failed", "expired", "cancelled"];
        let batch = self.until(batch, |batch| over.contains(&batch["status"].as_str().unwrap()));
        assert_eq!(batch["status"], status, "{batch}");
        assert!(
            batch[format!("{status}_at")]
                .as_i64()
                .is_some_and(|at| at >= batch["created_at"].as_i64().unwrap())
        );
        batch
    }

    /// The lines of a file by their custom ids.
    fn lines(&self, id: &Value) -> BTreeMap<String, Value> {
        let Some(id) = id.as_str() else { return BTreeMap::new() };
        let content = self.ask("shop", "GET", &format!("/v1/files/{id}/content"), "");
        assert_eq!(content.status, 200, "{}", content.text());
        let lines = content.text().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| (line["custom_id"].as_str().unwrap().to_owned(), line)).collect()
    }

    /// The records of lines.
    fn end(self) -> Vec<CallRecord> {
        let mut records = self.records.into_inner();
        records.extend(self.gate.end_with());
        records.retain(|record| &*record.path == CHAT);
        records
    }
}

fn line(id: &str, model: &str) -> String {
    let body = json!({"model": model, "max_completion_tokens": 50, "messages": [{"role": "user", "content": format!("line {id}")}]});
    json!({"custom_id": id, "method": "POST", "url": CHAT, "body": body}).to_string() + "\n"
}

fn anthropic(address: SocketAddr) -> String {
    format!("api: anthropic, base_url: \"http://{address}/anthropic\"")
}

fn counts(total: usize, completed: usize, failed: usize) -> Value {
    json!({"total": total, "completed": completed, "failed": failed})
}

#[test]
fn a_batch_is_run_here_where_the_provider_runs_none() {
    let vendor = Vendor::start();
    let yaml = documents(&[("claude", &anthropic(vendor.address)), ("gpt", &openai(vendor.address, true))])
        .replace("provider: claude, model: gpt-5", "provider: claude, model: claude-sonnet-5");
    let mill = Mill::start(&yaml);
    // Lines of several models are of none of the providers alone.
    let content =
        [line("a", "claude"), line("b", "gpt"), line("c", "none"), "\n".into(), line("d", "claude")].concat();
    let batch = mill.create(content.trim_end(), CHAT);
    let done = mill.over(&batch, "completed");
    assert_eq!(done["request_counts"], counts(4, 3, 1), "{done}");
    let good = mill.lines(&done["output_file_id"]);
    assert_eq!(good.keys().collect::<Vec<_>>(), ["a", "b", "d"]);
    for (id, line) in &good {
        assert!(line["id"].as_str().unwrap().starts_with("batch_req_"), "{line}");
        let response = &line["response"];
        assert_eq!((&response["status_code"], &line["error"]), (&json!(200), &Value::Null));
        assert_eq!(response["body"]["object"], "chat.completion");
        assert!(response["body"]["choices"][0]["message"]["content"].is_string(), "{id}");
    }
    let bad = mill.lines(&done["error_file_id"]);
    let response = &bad["c"]["response"];
    assert_eq!(
        (&response["status_code"], &response["body"]["error"]["code"]),
        (&json!(404), &json!("model_not_found"))
    );
    let file = mill
        .ask("shop", "GET", &format!("/v1/files/{}", done["output_file_id"].as_str().unwrap()), "")
        .json();
    assert_eq!(
        (&file["purpose"], file["filename"].as_str().unwrap().ends_with("_output.jsonl")),
        (&json!("batch_output"), true)
    );
    // Nobody else's.
    let path = format!("/v1/batches/{}", batch["id"].as_str().unwrap());
    for (method, path) in [("GET", path.clone()), ("POST", format!("{path}/cancel"))] {
        let answer = mill.ask("mill", method, &path, "");
        assert_eq!(answer.status, 404);
        assert_eq!(
            answer.json()["error"]["message"],
            format!("No batch found with id '{}'.", batch["id"].as_str().unwrap())
        );
    }
    assert_eq!(mill.ask("mill", "GET", "/v1/batches", "").json()["data"], json!([]));
    let listed = mill.ask("shop", "GET", "/v1/batches?limit=1", "").json();
    assert_eq!(listed["data"], json!([done]));
    assert_eq!(mill.ask("shop", "POST", &format!("{path}/cancel"), "").status, 409);
    let records = mill.end();
    assert_eq!(records.len(), 4);
    for record in &records {
        assert_eq!(&*record.caller.as_ref().unwrap().application, "shop");
    }
    let used: u64 = records.iter().filter_map(|record| record.ai.as_ref()).map(|ai| ai.usage.output).sum();
    let told: u64 = good
        .values()
        .map(|line| line["response"]["body"]["usage"]["completion_tokens"].as_u64().unwrap())
        .sum();
    assert_eq!(used, told);
}

#[test]
fn a_batch_is_handed_over_to_the_provider_that_can_run_all_of_it() {
    let vendor = Vendor::start();
    let yaml = documents(&[("gpt", &openai(vendor.address, true)), ("claude", &anthropic(vendor.address))]);
    let mill = Mill::start(&yaml);
    let batch = mill.create(&[line("a", "gpt"), line("b", "gpt")].concat(), CHAT);
    assert_eq!(vendor.count("POST /openai/v1/batches"), 1);
    let done = mill.over(&batch, "completed");
    assert_eq!((&done["request_counts"], &done["id"]), (&counts(2, 2, 0), &batch["id"]));
    assert_eq!(done["input_file_id"], batch["input_file_id"]);
    let good = mill.lines(&done["output_file_id"]);
    assert!(good["b"]["response"]["body"]["model"].as_str().unwrap().starts_with("gpt-5"), "{good:?}");
    let listed = mill.ask("shop", "GET", "/v1/batches", "").json();
    assert_eq!((&listed["data"], &listed["has_more"]), (&json!([done]), &json!(false)));
    // To another it is not there, nor what came out of it.
    let output = done["output_file_id"].as_str().unwrap();
    assert_eq!(mill.ask("mill", "GET", &format!("/v1/files/{output}/content"), "").status, 404);
    let path = format!("/v1/batches/{}", batch["id"].as_str().unwrap());
    assert_eq!(mill.ask("mill", "GET", &path, "").status, 404);
    let answer = mill.ask("shop", "POST", &format!("{path}/cancel"), "");
    assert_eq!(
        (answer.status, &answer.json()["error"]["message"]),
        (409, &json!("Cannot cancel a batch with status 'completed'."))
    );
    assert!(mill.end().is_empty(), "no line was a call here");
    // Another node, which has never seen it.
    let mill = Mill::start(&yaml);
    assert_eq!(mill.get(&batch)["output_file_id"], done["output_file_id"]);
    mill.end();
}

#[test]
fn mistakes_of_an_input_are_told_with_their_lines() {
    let mill = Mill::start(&documents(&[]));
    let content =
        [line("a", "m"), "{\n".into(), line("a", "m"), line("b", "m").replace("POST", "GET")].concat();
    let batch = mill.over(&mill.create(&content, CHAT), "failed");
    let told: Vec<_> = batch["errors"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|wrong| (&wrong["line"], &wrong["code"]))
        .collect();
    let expect = [
        (json!(2), json!("invalid_json_line")),
        (json!(3), json!("duplicate_custom_id")),
        (json!(4), json!("invalid_method")),
    ];
    assert_eq!(told, expect.iter().map(|(line, code)| (line, code)).collect::<Vec<_>>());
    assert_eq!((&batch["output_file_id"], &batch["request_counts"]["completed"]), (&Value::Null, &json!(0)));
    let many = "x\n".repeat(50_001);
    let batch = mill.over(&mill.create(&many, CHAT), "failed");
    let errors = batch["errors"]["data"].as_array().unwrap();
    assert_eq!((errors.len(), &errors[100]["code"]), (101, &json!("too_many_requests")));
    assert!(mill.end().is_empty(), "nothing was executed");
}

#[test]
fn requests_for_no_batch_are_told_what_is_wrong() {
    let mill = Mill::start(&documents(&[]));
    let file = mill.upload(&line("a", "m"));
    let other =
        mill.ask("shop", "POST", "/v1/files", &form(&[("purpose", "user_data"), ("file", "x")])).json();
    let refused = |asked: Value, status: u16, param: &str| {
        let answer = mill.ask("shop", "POST", "/v1/batches", &asked.to_string());
        assert_eq!(
            (answer.status, &answer.json()["error"]["param"]),
            (status, &json!(param)),
            "{}",
            answer.text()
        );
    };
    let asked = |file: &Value, endpoint: &str| json!({"input_file_id": file, "endpoint": endpoint, "completion_window": "24h"});
    refused(asked(&json!(file), "/v1/messages"), 400, "endpoint");
    refused(asked(&other["id"], CHAT), 400, "input_file_id");
    refused(asked(&json!("file-none"), CHAT), 404, "id");
    let foreign = mill.ask("mill", "POST", "/v1/batches", &asked(&json!(file), CHAT).to_string());
    assert_eq!(foreign.json()["error"]["message"], format!("No such File object: {file}"));
    let cancel = mill.ask("shop", "POST", "/v1/batches/batch_none/cancel", "");
    assert_eq!(cancel.json()["error"]["message"], "No batch found with id 'batch_none'.");
    assert_eq!(mill.ask("shop", "GET", "/v1/batches?limit=101", "").status, 400);
    assert_eq!(mill.ask("shop", "DELETE", "/v1/batches", "").status, 405);
    mill.end();
}

/// Answers lines whose text does not have `stuck` in it, and leaves the others waiting; counts those that were asked.
fn stuck() -> (Upstream, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let up = Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            let length = crate::client::field_lines(&head, "content-length").next().unwrap();
            let body = conn.text(length.trim().parse().unwrap());
            counter.fetch_add(1, Ordering::SeqCst);
            if body.contains("stuck") {
                conn.rest();
                return;
            }
            conn.send(completion("hi"));
        }
    });
    (up, asked)
}

fn is_at(completed: usize) -> impl Fn(&Value) -> bool {
    move |batch| batch["request_counts"]["completed"] == completed
}

#[test]
fn a_batch_that_is_cancelled_keeps_what_was_done() {
    let (up, _) = stuck();
    let mill = Mill::start(&documents(&[("plain", &openai(up.addr, false))]));
    let batch = mill.create(&[line("a", "plain"), line("stuck", "plain"), line("c", "plain")].concat(), CHAT);
    mill.until(&batch, is_at(2));
    let path = format!("/v1/batches/{}/cancel", batch["id"].as_str().unwrap());
    let told = mill.ask("shop", "POST", &path, "").json();
    assert!(told["status"] == "cancelling" && told["cancelling_at"].is_i64(), "{told}");
    let done = mill.over(&batch, "cancelled");
    assert_eq!(done["request_counts"], counts(3, 2, 0));
    assert_eq!(mill.lines(&done["output_file_id"]).keys().collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!((&done["error_file_id"], done["cancelling_at"].is_i64()), (&Value::Null, true));
    assert_eq!(mill.ask("shop", "POST", &path, "").status, 409);
    let records = mill.end();
    assert_eq!(records.iter().filter(|record| record.reason.as_deref() == Some("client_closed")).count(), 1);
}

#[test]
fn a_batch_goes_on_after_a_restart_from_what_was_done() {
    let (up, asked) = stuck();
    let files = Arc::new(stateport::Memory::new(Clock::system(), 64 << 20));
    let start = |to: SocketAddr| {
        let yaml = documents(&[("plain", &openai(to, false))]);
        let gate = Gate::keeping(&yaml, Clock::system(), Arc::clone(&files), |_| {});
        Mill { gate, records: RefCell::default() }
    };
    let mill = start(up.addr);
    let content: String =
        (0..20).map(|at| line(&format!("{at}{}", if at == 9 { "stuck" } else { "" }), "plain")).collect();
    let batch = mill.create(&content, CHAT);
    mill.until(&batch, is_at(19));
    mill.end();
    assert_eq!(asked.load(Ordering::SeqCst), 20);
    // Nobody asks for it: it goes on by itself.
    let again = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&again);
    let up = Upstream::start(move |_, conn| {
        while conn.try_request().is_some() {
            counter.fetch_add(1, Ordering::SeqCst);
            conn.send(completion("hi"));
        }
    });
    let mill = start(up.addr);
    let record = mill.gate.record();
    assert_eq!((&*record.path, record.status), (CHAT, 200));
    let done = mill.over(&batch, "completed");
    assert_eq!(done["request_counts"], counts(20, 20, 0));
    assert_eq!((mill.lines(&done["output_file_id"]).len(), again.load(Ordering::SeqCst)), (20, 1));
    mill.end();
}

#[test]
fn lines_wait_for_the_limits_of_their_caller() {
    let up = Upstream::fixed(completion("hi"));
    let yaml = documents(&[("plain", &openai(up.addr, false))]);
    // The upload and the batch itself are calls too, and so is each question how it is.
    let limited =
        "{service: models, paths: [\"/v1/chat/*\"], policies: [rate_limit: {requests: 2, window: 1s}]}";
    let yaml = yaml + &format!("---\nkind: Route\nname: limited\nspec: {limited}\n");
    let mill = Mill::start(&yaml);
    let content: String = (0..5).map(|at| line(&at.to_string(), "plain")).collect();
    let done = mill.over(&mill.create(&content, CHAT), "completed");
    assert_eq!(done["request_counts"], counts(5, 5, 0));
    let records = mill.end();
    let refused = records.iter().filter(|record| record.reason.as_deref() == Some("rate_limited")).count();
    assert!(refused > 0 && records.len() == 5 + refused, "{refused} of {}", records.len());
}

#[test]
fn a_batch_whose_time_is_over_tells_which_lines_were_not_executed() {
    let busy = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}";
    let up = Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            let length = crate::client::field_lines(&head, "content-length").next().unwrap();
            let body = conn.text(length.trim().parse().unwrap());
            conn.send(if body.contains("busy") { busy.to_owned() } else { completion("hi") });
        }
    });
    let clock = Clock::manual(Micros(1_767_225_600_000_000));
    let files = Arc::new(stateport::Memory::new(Clock::system(), 64 << 20));
    let yaml = documents(&[("plain", &openai(up.addr, false))]);
    let gate = Gate::keeping(&yaml, clock, files, |_| {});
    let mill = Mill { gate, records: RefCell::default() };
    let batch = mill.create(&[line("a", "plain"), line("busy", "plain")].concat(), CHAT);
    mill.until(&batch, is_at(1));
    mill.gate.clock.advance(Duration::from_hours(24));
    let done = mill.over(&batch, "expired");
    assert_eq!(done["request_counts"], counts(2, 1, 1));
    assert_eq!(mill.lines(&done["output_file_id"]).len(), 1);
    let bad = mill.lines(&done["error_file_id"]);
    assert_eq!(
        (&bad["busy"]["response"], &bad["busy"]["error"]["code"]),
        (&Value::Null, &json!("batch_expired"))
    );
    mill.end();
}

/// Each line may have a service under any path in front of it.
#[test]
fn lines_take_the_way_of_their_batch() {
    let up = Upstream::fixed(completion("hi"));
    let yaml = documents(&[("plain", &openai(up.addr, false))])
        .replace("paths: [\"/v1/*\"]", "paths: [\"/ai/*\"], strip_prefix: /ai");
    let mill = Mill::start(&yaml);
    let file = mill
        .ask(
            "shop",
            "POST",
            "/ai/openai/v1/files",
            &form(&[("purpose", "batch"), ("file", &line("a", "plain"))]),
        )
        .json();
    let asked = json!({"input_file_id": file["id"], "endpoint": CHAT, "completion_window": "24h"});
    let batch = mill.ask("shop", "POST", "/ai/openai/batches", &asked.to_string()).json();
    let path = format!("/ai/v1/batches/{}", batch["id"].as_str().unwrap());
    let real = Clock::system();
    let start = real.now();
    while mill.ask("shop", "GET", &path, "").json()["status"] != "completed" {
        assert!(real.now().since(start) < Duration::from_secs(30));
    }
    let records: Vec<CallRecord> = mill.records.borrow().clone();
    assert!(
        records
            .iter()
            .any(|record| &*record.path == "/ai/openai/v1/chat/completions" && record.status == 200)
    );
    mill.end();
}

/// A provider that runs batches and tells their usage; each is over when it is asked about.
fn telling() -> Upstream {
    let made = Arc::new(AtomicUsize::new(0));
    Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            let lower = head.to_ascii_lowercase();
            match crate::client::field_lines(&lower, "content-length").next() {
                Some(length) => drop(conn.bytes(length.parse().unwrap())),
                None if lower.contains("chunked") => while conn.chunk() > 0 {},
                None => {}
            }
            let (first, status) = (head.lines().next().unwrap(), "completed");
            let told = if first.starts_with("POST /openai/v1/files") {
                json!({"id": "file-1", "object": "file"})
            } else if first.starts_with("POST") {
                let id = format!("batch_{}", made.fetch_add(1, Ordering::SeqCst));
                json!({"id": id, "object": "batch", "status": "validating", "metadata": {"a": "b"}})
            } else {
                let id = first.split(['/', ' ']).find(|part| part.starts_with("batch_")).unwrap();
                let usage = json!({"input_tokens": 1_000, "input_tokens_details": {"cached_tokens": 0},
                    "output_tokens": 100, "total_tokens": 1_100});
                json!({"id": id, "object": "batch", "status": status, "completed_at": 9, "usage": usage})
            }
            .to_string();
            let length = told.len();
            conn.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{told}"
            ));
        }
    })
}

#[test]
fn what_a_providers_batch_used_is_told_once_at_its_prices() {
    let up = telling();
    let price =
        "price: {input: 2, output: 8, batch_input: 1, batch_output: 4, tiers: [{above: 10, input: 4}]}";
    let yaml = documents(&[("gpt", &openai(up.addr, true))])
        .replace("model: gpt-5", &format!("model: gpt-5, {price}"));
    let mill = Mill::start(&yaml);
    let batches = ["a", "b"].map(|id| mill.create(&line(id, "gpt"), CHAT));
    // The list tells that both are over, and is the record of neither.
    let listed = mill.ask("shop", "GET", "/v1/batches", "").json();
    assert!(
        listed["data"].as_array().unwrap().iter().all(|batch| batch["status"] == "completed"),
        "{listed}"
    );
    for batch in batches.iter().chain(&batches) {
        assert_eq!(mill.get(batch)["status"], "completed");
    }
    let mut records = mill.records.into_inner();
    records.extend(mill.gate.end_with());
    let told: Vec<_> = records.iter().filter_map(|record| record.ai.as_ref()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for ai in told {
        assert_eq!((ai.usage.input, ai.usage.output, ai.model.as_deref()), (1_000, 100, Some("gpt-5")));
        assert_eq!(ai.cost_micros, Some(1_400));
    }
}

#[test]
fn a_batch_whose_lines_are_limited_is_run_here() {
    let vendor = Vendor::start();
    let limited =
        "{service: models, paths: [\"/v1/chat/*\"], policies: [rate_limit: {requests: 900, window: 1s}]}";
    let yaml = documents(&[("gpt", &openai(vendor.address, true))])
        + &format!("---\nkind: Route\nname: limited\nspec: {limited}\n");
    let mill = Mill::start(&yaml);
    mill.over(&mill.create(&line("a", "gpt"), CHAT), "completed");
    assert_eq!(vendor.count("POST /openai/v1/batches"), 0);
    assert_eq!(mill.end().len(), 1);
}

#[test]
fn more_batches_than_run_at_once_wait() {
    let (up, asked) = stuck();
    let mill = Mill::start(&documents(&[("plain", &openai(up.addr, false))]));
    let batches: Vec<Value> = (0..4).map(|_| mill.create(&line("stuck", "plain"), CHAT)).collect();
    for batch in &batches {
        mill.until(batch, |batch| batch["status"] == "in_progress");
    }
    mill.until(&batches[0], |_| asked.load(Ordering::SeqCst) == 4);
    let fifth = mill.create(&line("a", "plain"), CHAT);
    for _ in 0..20 {
        assert_eq!(mill.get(&fifth)["status"], "validating");
    }
    let path = format!("/v1/batches/{}/cancel", batches[0]["id"].as_str().unwrap());
    assert_eq!(mill.ask("shop", "POST", &path, "").status, 200);
    mill.over(&fifth, "completed");
    assert_eq!(asked.load(Ordering::SeqCst), 5);
    mill.end();
}
