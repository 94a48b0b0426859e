//! OpenAI's Responses beyond a single answer: those that their vendor keeps and those that Weir keeps, in the background,
//! made short, named by item; each its owner's alone.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use base::Clock;
use bytes::Bytes;
use message::Reason;
use serde_json::{Value, json};
use stateport::{Key, Pending, StatePort};
use trace::CallRecord;

use crate::client::{Answer, Raw};
use crate::files::documents;
use crate::gate::{Gate, check_told};
use crate::vendor::Vendor;

/// The models: `native` keeps answers itself, `claude` does not, `slow` takes its time.
pub(crate) fn gate(vendor: &Vendor) -> Gate {
    gate_at(vendor, "/v1/*")
}

/// The same, whose route has these paths.
pub(crate) fn gate_at(vendor: &Vendor, paths: &str) -> Gate {
    Gate::start(&yaml(vendor).replace("paths: [\"/v1/*\"]", &format!("paths: [\"{paths}\"]")))
}

fn yaml(vendor: &Vendor) -> String {
    let at = vendor.address;
    let native = format!("api: openai_responses, base_url: \"http://{at}/openai/v1\"");
    let claude = format!("api: anthropic, base_url: \"http://{at}/anthropic\"");
    let alias = |name: &str, provider: &str, model: &str| {
        format!(
            "---\nkind: ModelAlias\nname: {name}\nspec: {{targets: [{{provider: {provider}, model: {model}}}]}}\n"
        )
    };
    documents(&[("native", &native), ("anthropic", &claude)])
        + &alias("claude", "anthropic", "claude-sonnet-5")
        + &alias("slow", "anthropic", "\"claude-sonnet-5+gap=100ms\"")
        + &alias("broken", "anthropic", "\"claude-sonnet-5+status=400\"")
}

fn post(key: &str, path: &str, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "POST /v1/responses{path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

impl Gate {
    fn respond(&self, key: &str, body: &Value) -> (Answer, CallRecord) {
        self.call(post(key, "", body))
    }
}

fn id(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Polls until the answer is made.
fn done(gate: &Gate, key: &str, id: &str) -> Value {
    loop {
        let (answer, _) = gate.of(key, "GET", &format!("/v1/responses/{id}"));
        let object = answer.json();
        assert_eq!(answer.status, 200, "{object}");
        if object["status"] != "queued" && object["status"] != "in_progress" {
            return object;
        }
    }
}

/// The data of the events of a stream.
fn events(answer: &Answer) -> Vec<Value> {
    let text = answer.text();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

fn check_absent((answer, record): &(Answer, CallRecord), status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.json()["error"]["code"], code);
    let reason = if status == 404 { Reason::UnknownObject } else { Reason::InvalidAiRequest };
    check_told(answer, record, reason);
}

/// Complaint: higress-group/higress#3841, higress-group/higress#4688, BerriAI/litellm#23854.
#[test]
fn an_answer_that_its_vendor_keeps_is_found_by_its_owner_alone() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    let (first, _) = gate.respond("shop", &json!({"model": "native", "input": "Say hello"}));
    let first = id(&first);
    let (second, _) =
        gate.respond("shop", &json!({"model": "native", "input": "more", "previous_response_id": first}));
    assert_eq!(second.json()["previous_response_id"], first.as_str());
    let second = id(&second);
    // Sealed, so that nobody guesses; another caller has no such answer.
    for (path, status, code) in [("", 404, "response_not_found"), ("/input_items", 404, "response_not_found")]
    {
        check_absent(&gate.of("mill", "GET", &format!("/v1/responses/{second}{path}")), status, code);
    }
    check_absent(&gate.of("mill", "DELETE", &format!("/v1/responses/{second}")), 404, "response_not_found");
    let steal = json!({"model": "native", "input": "more", "previous_response_id": second});
    check_absent(&gate.respond("mill", &steal), 400, "previous_response_not_found");
    let (raw, _) =
        gate.respond("shop", &json!({"model": "native", "input": "x", "previous_response_id": "resp_1"}));
    assert_eq!(raw.json()["error"]["code"], "previous_response_not_found");
    // What another vendor cannot know is not sent to it.
    check_absent(
        &gate
            .respond("shop", &json!({"model": "claude", "input": "x", "previous_response_id": second}))
            .into_unfit(),
        400,
        "previous_response_not_found",
    );
    // The owner has it, whole, in events and with what it was asked.
    let (kept, record) = gate.of("shop", "GET", &format!("/v1/responses/{second}"));
    assert_eq!(
        (kept.json()["id"].as_str(), kept.json()["previous_response_id"].as_str()),
        (Some(&*second), Some(&*first))
    );
    assert!(record.ai.is_none(), "its usage was told with the answer");
    let (items, _) = gate.of("shop", "GET", &format!("/v1/responses/{second}/input_items?limit=1&key=x"));
    assert_eq!(items.json()["data"].as_array().unwrap().len(), 1, "{}", items.text());
    let (streamed, _) = gate.respond("shop", &json!({"model": "native", "input": "hi", "stream": true}));
    let streamed = events(&streamed);
    let named = streamed.iter().filter_map(|event| event["response"]["id"].as_str());
    let ids: std::collections::BTreeSet<&str> = named.collect();
    assert_eq!(ids.len(), 1);
    let (again, _) = gate.of("shop", "GET", &format!("/v1/responses/{}", ids.first().unwrap()));
    assert_eq!(again.json()["status"], "completed");
    let (gone, _) = gate.of("shop", "DELETE", &format!("/v1/responses/{second}"));
    assert_eq!((gone.json()["deleted"].as_bool(), gone.json()["id"].as_str()), (Some(true), Some(&*second)));
    check_absent(&gate.of("shop", "GET", &format!("/v1/responses/{second}")), 404, "response_not_found");
    gate.end();
}

/// A refusal that came since no target could take the request.
trait IntoUnfit {
    fn into_unfit(self) -> Self;
}

impl IntoUnfit for (Answer, CallRecord) {
    fn into_unfit(mut self) -> Self {
        assert_eq!(self.1.reason.as_deref(), Some(Reason::UnsupportedContent.code()));
        let (from, to) = (Reason::UnsupportedContent.code(), Reason::InvalidAiRequest.code());
        self.0.head = self.0.head.replace(from, to);
        self.1.reason = Some(to.into());
        self
    }
}

#[test]
fn what_a_vendor_makes_in_the_background_is_settled_once() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    let (begun, record) =
        gate.respond("shop", &json!({"model": "native", "input": "hi", "background": true}));
    let id = id(&begun);
    assert_eq!(begun.json()["status"], "queued");
    let ai = record.ai.unwrap();
    assert_eq!((ai.usage.output, ai.estimated, ai.cost_micros), (0, false, None));
    let path = format!("/v1/responses/{id}");
    let mut told = Vec::new();
    for _ in 0..2 {
        loop {
            let (answer, record) = gate.of("shop", "GET", &path);
            if answer.json()["status"] == "completed" {
                told.push(record.ai.map(|ai| ai.usage.output > 0));
                break;
            }
        }
    }
    assert_eq!(told, [Some(true), None]);
    let (late, _) = gate.call(post("shop", &format!("/{id}/cancel"), &json!({})));
    assert_eq!(late.status, 400, "{}", late.text());
    gate.end();
}

#[test]
fn an_answer_in_the_background_is_asked_for_where_its_caller_did() {
    let vendor = Vendor::start();
    let gate = gate_at(&vendor, "/openai/v1/*");
    let asked = json!({"model": "claude", "input": "Say hello", "background": true});
    let (begun, _) = gate.call(post("shop", "", &asked).replace("/v1/responses", "/openai/v1/responses"));
    let path = format!("/openai/v1/responses/{}", id(&begun));
    let ended = loop {
        let object = gate.of("shop", "GET", &path).0.json();
        if object["status"] != "queued" && object["status"] != "in_progress" {
            break object;
        }
    };
    assert_eq!(ended["status"], "completed", "{ended}");
    // That of the call made inside is among them.
    gate.record();
    gate.end();
}

#[test]
fn what_is_streamed_in_the_background_is_settled_by_whoever_reads_its_end() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    let asked = json!({"model": "native", "input": "hi", "background": true, "stream": true});
    let (begun, record) = gate.respond("shop", &asked);
    assert!(begun.text().contains("response.completed"), "{}", begun.text());
    assert!(record.ai.unwrap().usage.output > 0);
    let text = begun.text();
    let id = text.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let (answer, record) = gate.of("shop", "GET", &format!("/v1/responses/{id}"));
    assert_eq!((answer.status, record.ai), (200, None));
    gate.end();
}

#[test]
fn an_answer_in_the_background_is_made_without_its_caller() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    let asked = json!({"model": "claude", "input": "Say hello", "background": true, "metadata": {"a": "b"}});
    let (begun, first) = gate.respond("shop", &asked);
    let id = id(&begun);
    assert_eq!(
        (begun.json()["status"].as_str(), begun.json()["background"].as_bool()),
        (Some("queued"), Some(true))
    );
    let made = gate.record();
    let (outer, inner) = if first.ai.is_some() { (made, first) } else { (first, made) };
    assert!(outer.ai.is_none_or(|ai| ai.usage.output == 0));
    assert!(inner.ai.unwrap().usage.output > 0, "the answer's own call is settled");
    assert_eq!(
        (inner.trace_id, inner.caller.unwrap().application.clone()),
        (outer.trace_id, outer.caller.unwrap().application.clone())
    );
    let object = done(&gate, "shop", &id);
    assert_eq!(
        (&object["id"], &object["status"], &object["metadata"]["a"]),
        (&json!(id), &json!("completed"), &json!("b"))
    );
    assert!(object["output"][0]["content"][0]["text"].is_string(), "{object}");
    check_absent(&gate.of("mill", "GET", &format!("/v1/responses/{id}")), 404, "response_not_found");
    // Its events are there to be followed, from wherever one was.
    let (all, _) = gate.of("shop", "GET", &format!("/v1/responses/{id}?stream=true"));
    let all = events(&all);
    assert_eq!(all.last().unwrap()["type"], "response.completed");
    assert!(all.iter().filter_map(|event| event["response"]["id"].as_str()).all(|told| told == id));
    let (rest, _) = gate.of("shop", "GET", &format!("/v1/responses/{id}?stream=true&starting_after=2"));
    let rest = events(&rest);
    assert_eq!((rest[0]["sequence_number"].as_u64(), rest.len()), (Some(3), all.len() - 3));
    // The next turn goes on from it, and says so.
    let (next, _) =
        gate.respond("shop", &json!({"model": "claude", "input": "more", "previous_response_id": id}));
    assert_eq!(next.json()["previous_response_id"], id.as_str(), "{}", next.text());
    let items = gate
        .of("shop", "GET", &format!("/v1/responses/{}/input_items", next.json()["id"].as_str().unwrap()))
        .0;
    assert_eq!(items.json()["data"].as_array().unwrap().len(), 3);
    let late = gate.call(post("shop", &format!("/{id}/cancel"), &json!({}))).0;
    assert_eq!(
        (late.status, &late.json()["error"]["message"]),
        (400, &json!("Cannot cancel a completed response."))
    );
    gate.end();
}

/// State that never keeps an answer until it is told to, and says when it was asked to.
#[derive(Debug)]
struct Stuck {
    memory: stateport::Memory,
    asked: SyncSender<()>,
    keeps: AtomicBool,
}

impl StatePort for Stuck {
    fn get(&self, key: &Key) -> Pending<Option<Bytes>> {
        self.memory.get(key)
    }

    fn put(&self, key: &Key, value: Bytes, keep: Duration) -> Pending<()> {
        if key.space != "responses" || self.keeps.load(Ordering::Acquire) {
            return self.memory.put(key, value, keep);
        }
        self.asked.try_send(()).ok();
        Box::pin(std::future::pending())
    }

    fn remove(&self, key: &Key) -> Pending<bool> {
        self.memory.remove(key)
    }

    fn list(&self, space: &'static str, owner: &str) -> Pending<Vec<(String, Bytes)>> {
        self.memory.list(space, owner)
    }
}

/// As many as there may be at once leave before their answers are begun, and the next caller is served all the same.
#[test]
fn callers_who_leave_before_their_answer_is_begun_leave_nothing_behind() {
    const MOST: usize = 1_000;
    let vendor = Vendor::start();
    let (asked, was_asked) = sync_channel(10_000);
    let memory = stateport::Memory::new(Clock::system(), 1 << 20);
    let stuck = Arc::new(Stuck { memory, asked, keeps: AtomicBool::new(false) });
    let gate = Gate::over(&yaml(&vendor), Arc::clone(&stuck) as Arc<dyn StatePort>);
    let request = json!({"model": "claude", "input": "Say hello", "background": true});
    let gone: Vec<Raw> = (0..MOST)
        .map(|_| {
            let mut client = gate.connect();
            client.send(post("shop", "", &request));
            was_asked.recv_timeout(Duration::from_secs(20)).unwrap();
            client
        })
        .collect();
    let (refused, record) = gate.respond("shop", &request);
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert_eq!(record.reason.as_deref(), Some(Reason::Overloaded.code()));
    gone.into_iter().for_each(Raw::reset);
    for _ in 0..MOST {
        assert_eq!(gate.record().reason.as_deref(), Some(Reason::ClientClosed.code()));
    }
    stuck.keeps.store(true, Ordering::Release);
    let (begun, _) = gate.respond("shop", &request);
    assert_eq!(done(&gate, "shop", &id(&begun))["status"], "completed");
}

#[test]
fn an_answer_in_the_background_can_be_followed_and_cancelled() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    let mut follower = Raw::connect(gate.addr);
    let asked = json!({"model": "slow", "input": "Tell me of the sea.", "background": true, "stream": true});
    follower.send(post("shop", "", &asked)).head();
    // The first events tell its id; then the client leaves.
    let mut text = String::new();
    while !text.contains("output_text.delta") {
        let mut piece = [0; 512];
        let count = follower.0.read(&mut piece).unwrap();
        text += &String::from_utf8_lossy(&piece[..count]);
    }
    drop(follower);
    let id = text.split("\"id\":\"resp_").nth(1).unwrap().split('"').next().unwrap();
    let id = format!("resp_{id}");
    assert_eq!(gate.of_late(&id).json()["status"], "in_progress");
    let busy = gate.respond_late(&json!({"model": "claude", "input": "x", "previous_response_id": id}));
    assert!(busy.text().contains("is not completed"), "{}", busy.text());
    let cancelled = gate.late(post("shop", &format!("/{id}/cancel"), &json!({})));
    assert_eq!(cancelled.json()["status"], "cancelled", "{}", cancelled.text());
    assert_eq!(gate.late(post("shop", &format!("/{id}/cancel"), &json!({}))).json()["status"], "cancelled");
    assert_eq!(gate.of_late(&id).json()["status"], "cancelled");
    let plain = gate.respond_late(&json!({"model": "claude", "input": "hi"}));
    let plain = plain.json()["id"].as_str().unwrap().to_owned();
    let refused = gate.late(post("shop", &format!("/{plain}/cancel"), &json!({})));
    assert_eq!(refused.json()["error"]["message"], "Cannot cancel a synchronous response.");
    let path = format!(
        "GET /v1/responses/{plain}?stream=true HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer shop\r\n\r\n"
    );
    assert_eq!(gate.late(path).status, 400);
    // Nine calls of the client's, and the one that was cancelled.
    let records: Vec<CallRecord> = (0..10).map(|_| gate.record()).collect();
    let made = records.iter().find(|record| record.parent_span_id.is_some()).unwrap();
    assert_eq!(made.reason.as_deref(), Some("client_closed"));
    assert!(made.ai.as_ref().unwrap().estimated, "what was made until then is counted");
    gate.end();
}

impl Gate {
    /// An answer whose record is looked at later.
    fn late(&self, request: impl AsRef<[u8]>) -> Answer {
        self.connect().send(request).answer()
    }

    fn respond_late(&self, body: &Value) -> Answer {
        self.late(post("shop", "", body))
    }

    fn of_late(&self, id: &str) -> Answer {
        self.late(format!("GET /v1/responses/{id} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer shop\r\n\r\n"))
    }
}

#[test]
fn an_answer_in_the_background_may_fail_and_what_cannot_be_is_refused_at_once() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    let (begun, _) = gate.respond("shop", &json!({"model": "broken", "input": "hi", "background": true}));
    let id = id(&begun);
    gate.record();
    let object = done(&gate, "shop", &id);
    assert_eq!(
        (&object["status"], object["error"]["message"].is_string()),
        (&json!("failed"), true),
        "{object}"
    );
    for (body, param) in [
        (json!({"model": "claude", "input": "x", "background": true, "store": false}), "store"),
        (json!({"model": "claude", "input": 5, "background": true}), "input"),
        (json!({"model": "claude", "input": [{"type": "item_reference", "id": "msg_none_1"}]}), "input[0]"),
    ] {
        let (answer, _) = gate.respond("shop", &body);
        assert_eq!(
            (answer.status, &answer.json()["error"]["param"]),
            (400, &json!(param)),
            "{}",
            answer.text()
        );
    }
    gate.end();
}

#[test]
fn a_conversation_is_made_short_and_goes_on() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    let talk = json!([{"role": "user", "content": "Say hello"}, {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": [{"type": "input_text", "text": "And again"}]}]);
    for model in ["claude", "native"] {
        let (short, record) = gate.call(post("shop", "/compact", &json!({"model": model, "input": talk})));
        let short = short.json();
        assert_eq!(short["object"], "response.compaction", "{short}");
        assert!(record.ai.unwrap().usage.output > 0);
        let output = short["output"].as_array().unwrap().clone();
        assert_eq!((output.len(), &output[2]["type"]), (3, &json!("compaction")), "{short}");
        let mut input = output;
        input.push(json!({"role": "user", "content": "Go on"}));
        let next = json!({"model": model, "input": input});
        let (answer, _) = gate.respond("shop", &next);
        assert_eq!(answer.status, 200, "{}", answer.text());
        if model == "claude" {
            let (stolen, _) = gate.respond("mill", &next);
            assert_eq!(stolen.json()["error"]["param"], "input[2].encrypted_content");
        }
    }
    gate.end();
}

#[test]
fn items_that_are_only_named_are_found() {
    let vendor = Vendor::start();
    let gate = gate(&vendor);
    let (first, _) = gate.respond("shop", &json!({"model": "claude", "input": "Say hello"}));
    let first = first.json();
    let item = first["output"][0]["id"].as_str().unwrap();
    let ask = json!({"model": "claude", "input": [{"role": "user", "content": "Say hello"},
        {"type": "item_reference", "id": item}, {"role": "user", "content": "again"}]});
    let (second, _) = gate.respond("shop", &ask);
    assert_eq!(second.status, 200, "{}", second.text());
    let (items, _) = gate.of(
        "shop",
        "GET",
        &format!("/v1/responses/{}/input_items", second.json()["id"].as_str().unwrap()),
    );
    assert_eq!(items.json()["data"][1]["content"], first["output"][0]["content"]);
    let (stolen, _) = gate.respond("mill", &ask);
    assert_eq!(stolen.json()["error"]["param"], "input[1]");
    gate.end();
}
