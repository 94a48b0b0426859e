//! Jobs: calls of flows that are answered later, also by another process than the one that accepted them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base::{Clock, Micros};
use bytes::Bytes;
use message::Reason;
use serde_json::{Value, json};
use stateport::{
    Accepted, Ending, Fired, Job, JobLine, JobPort, JobQuery, MemoryJobs, NewJob, Pending, StateError,
    Watched,
};

use crate::client::{Answer, Raw};
use crate::flows::{answer, by_target, flow, get};
use crate::gate::{Gate, caller, upstream};
use crate::upstream::Upstream;

/// A flow at `POST /run/{id}` whose service has jobs.
fn documents(up: &Upstream, steps: &Value, jobs: &str) -> String {
    let last = steps.as_array().unwrap().last().unwrap()["stepId"].as_str().unwrap();
    let outputs = json!({"v": format!("$steps.{last}.outputs.v"), "id": "$inputs.id"});
    let public = "access: {mode: public}}";
    let documents = flow(up, steps, &outputs, "");
    assert!(documents.contains(public));
    documents.replace(public, &format!("access: {{mode: public}}, jobs: {{{jobs}}}}}"))
        + "---\nkind: Route\nname: jobs\nspec: {service: flows, paths: [\"/a/*\"], strip_prefix: /a}\n"
}

pub(crate) fn make(id: &str) -> Value {
    json!({"stepId": id, "operationId": "make", "outputs": {"v": "$response.body#/v"}})
}

pub(crate) fn read(id: &str, value: &str) -> Value {
    get(id, value, &json!({"v": "$response.body#/v"}))
}

fn keep() -> Arc<MemoryJobs> {
    Arc::new(MemoryJobs::new(Clock::system(), 1 << 20))
}

fn gate(documents: &str, jobs: &Arc<MemoryJobs>) -> Gate {
    Gate::with_jobs(documents, Clock::system(), Arc::clone(jobs) as _)
}

fn ask(gate: &Gate, request: &str, fields: &str) -> Answer {
    gate.connect()
        .send(format!("{request} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n{fields}\r\n"))
        .answer()
}

/// Starts a job; gives where it is.
fn begin(gate: &Gate, fields: &str) -> String {
    let accepted = ask(gate, "POST /run/7", &format!("Prefer: respond-async\r\n{fields}"));
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    assert_eq!(accepted.field("preference-applied"), Some("respond-async"));
    accepted.field("location").unwrap().to_owned()
}

/// Follows a job to its end; gives the steps that were told, and the job.
fn follow(gate: &Gate, place: &str, fields: &str) -> (Vec<Value>, Value) {
    let told = ask(gate, &format!("GET {place}"), &format!("Accept: text/event-stream\r\n{fields}"));
    assert_eq!(told.status, 200, "{}", told.text());
    let text = told.text();
    let data = |event: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        serde_json::from_str::<Value>(line).unwrap()
    };
    let events: Vec<&str> = text.split("\n\n").filter(|event| event.starts_with("event: ")).collect();
    let (done, steps) = events.split_last().unwrap();
    assert!(done.starts_with("event: done\n"), "{text}");
    (steps.iter().map(|step| data(step)).collect(), data(done))
}

/// An upstream that tells of each request, and answers those of a path when it is let.
pub(crate) fn held(path: &'static str) -> (Upstream, Receiver<String>, Sender<()>) {
    let (tell, seen) = channel();
    let (let_go, wait) = channel();
    let (tell, wait) = (Mutex::new(tell), Mutex::new(wait));
    let up = Upstream::start(move |_, conn: &mut Raw| {
        while let Some(head) = conn.try_request() {
            let line = head.split(" HTTP/").next().unwrap_or_default().to_owned();
            let key = head.lines().find(|line| line.to_ascii_lowercase().starts_with("idempotency-key: "));
            // Nobody listens where the test is over.
            drop(tell.lock().unwrap().send(format!("{line} {}", key.unwrap_or_default())));
            if line.ends_with(path) && wait.lock().unwrap().recv().is_err() {
                return;
            }
            answer(conn, 200, &json!({"v": line}));
        }
    });
    (up, seen, let_go)
}

pub(crate) fn next(seen: &Receiver<String>) -> String {
    seen.recv_timeout(Duration::from_secs(20)).expect("a request")
}

#[test]
fn a_call_is_accepted_told_of_and_answered_as_it_would_have_been() {
    let up = by_target(|line| (200, json!({"v": line})));
    let gate = gate(&documents(&up, &json!([read("a", "x"), read("b", "$steps.a.outputs.v")]), ""), &keep());
    let at_once = ask(&gate, "POST /run/7", "");
    assert_eq!(at_once.status, 200, "{}", at_once.text());
    let place = begin(&gate, "");
    assert!(place.starts_with("/a/jobs/"), "{place}");
    let (steps, done) = follow(&gate, &place, "");
    let names: Vec<&Value> = steps.iter().map(|step| &step["step"]).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!((&done["state"], &done["result"]["body"]), (&json!("succeeded"), &at_once.json()));
    let job = ask(&gate, &format!("GET {place}"), "").json();
    assert_eq!(done, job, "the end is told as the job is found");
    assert_eq!(job["steps"], json!({"total": 2, "done": 2, "current": []}));
    assert_eq!((&job["trail"], &job["href"], &job["flow"]), (&json!(steps), &json!(place), &json!("f")));
    let time = |name: &str| job[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(time("expires_at").duration_since(time("ended_at")).as_secs(), 86_400);
    assert_eq!(job["created_at"].as_str().unwrap().len(), "2026-01-01T00:00:00.000000Z".len(), "{job}");
    let waits = |at: usize| (&steps[at]["number"], &steps[at]["after"]);
    assert_eq!(waits(0), (&json!(0), &json!([])));
    assert_eq!(waits(1), (&json!(1), &json!([0])), "it waited for the first");
    assert!(steps.iter().all(|step| step["request_id"].is_string()), "{steps:?}");
    let result = ask(&gate, &format!("GET {place}/result"), "");
    assert_eq!((result.status, result.json()), (200, at_once.json()));
    assert_eq!(result.field("cache-control"), Some("no-store"));
    let (later, _) = follow(&gate, &place, "Last-Event-ID: 1\r\n");
    assert_eq!(later, steps[1..]);
    let again = ask(&gate, &format!("GET {place}"), "Accept: text/event-stream\r\nLast-Event-ID: 3\r\n");
    assert_eq!(again.status, 204, "who has seen the end stays away");
    let none = ask(&gate, "GET /a/jobs/0190a5c1-0000-7000-8000-000000000000", "");
    assert_eq!((none.status, &none.json()["reason"]), (404, &json!(Reason::UnknownObject.code())));
    assert_eq!(ask(&gate, &format!("PUT {place}"), "").field("allow"), Some("get, head, delete"));
    gate.end_with();
}

#[test]
fn who_waits_is_answered_at_once_if_it_ends_in_time() {
    let (up, seen, let_go) = held("/things/slow");
    let gate = gate(&documents(&up, &json!([read("a", "$inputs.id")]), ""), &keep());
    let quick = ask(&gate, "POST /run/7", "Prefer: respond-async, wait=20\r\n");
    assert_eq!((quick.status, quick.field("preference-applied")), (200, Some("wait")), "{}", quick.text());
    assert_eq!(quick.json()["v"], "GET /things/7");
    assert_eq!(quick.field("vary"), Some("accept, prefer, user-agent"), "as without a job");
    let result = quick.field("content-location").unwrap();
    assert_eq!(ask(&gate, &format!("GET {result}"), "").json(), quick.json());
    let slow = ask(&gate, "POST /run/slow", "Prefer: respond-async, wait=0\r\n");
    assert_eq!(slow.status, 202);
    let place = slow.field("location").unwrap().to_owned();
    let early = ask(&gate, &format!("GET {place}/result"), "");
    assert_eq!((early.status, early.field("retry-after")), (202, Some("1")), "{}", early.text());
    assert_eq!(next(&seen).trim(), "GET /things/7");
    assert_eq!(next(&seen).trim(), "GET /things/slow");
    let_go.send(()).unwrap();
    assert_eq!(follow(&gate, &place, "").1["state"], "succeeded");
    gate.end_with();
}

#[test]
fn a_job_goes_on_in_another_process_and_nothing_is_made_twice() {
    let (up, seen, let_go) = held("/things/slow");
    let steps = json!([read("a", "x"), make("b"), read("c", "slow"), make("d")]);
    let steps = {
        let mut steps = steps;
        steps[2]["dependsOn"] = json!(["a", "b"]);
        steps[3]["dependsOn"] = json!(["c"]);
        steps
    };
    let (documents, jobs) = (documents(&up, &steps, ""), keep());
    let first = gate(&documents, &jobs);
    let place = begin(&first, "");
    let begun: Vec<String> = (0..3).map(|_| next(&seen)).collect();
    assert!(begun.contains(&"GET /things/slow ".to_owned()), "{begun:?}");
    first.end_with();
    let second = gate(&documents, &jobs);
    assert_eq!(
        next(&seen),
        "GET /things/slow ",
        "what changes nothing and was not answered is asked for again"
    );
    let_go.send(()).unwrap();
    let_go.send(()).unwrap();
    let (steps, done) = follow(&second, &place, "");
    assert_eq!((&done["state"], steps.len()), (&json!("succeeded"), 4), "{done}");
    let last = next(&seen);
    assert!(last.starts_with("POST /things idempotency-key: \""), "{last}");
    assert!(!begun.contains(&last), "each call has a key of its own");
    assert!(seen.try_recv().is_err(), "nothing else was made twice");
    second.end_with();
}

/// Keeps jobs, and takes no notes.
#[derive(Debug)]
struct Full(Arc<MemoryJobs>);

impl JobPort for Full {
    fn note(&self, _: &str, _: Vec<Bytes>) -> Pending<()> {
        Box::pin(std::future::ready(Err(StateError::Unavailable)))
    }

    fn accept(&self, job: NewJob, most: usize) -> Pending<Accepted> {
        self.0.accept(job, most)
    }

    fn notes(&self, id: &str) -> Pending<Vec<Bytes>> {
        self.0.notes(id)
    }

    fn end(&self, id: &str, end: Ending) -> Pending<bool> {
        self.0.end(id, end)
    }

    fn find(&self, owner: &str, id: &str) -> Pending<Option<Job>> {
        self.0.find(owner, id)
    }

    fn look(&self, id: &str) -> Pending<Option<Job>> {
        self.0.look(id)
    }

    fn list(&self, which: JobQuery) -> Pending<Vec<JobLine>> {
        self.0.list(which)
    }

    fn open(&self) -> Pending<Vec<Job>> {
        self.0.open()
    }

    fn watch(&self, schedule: &str, rule: &str) -> Pending<Watched> {
        self.0.watch(schedule, rule)
    }

    fn fire(&self, schedule: &str, at: Micros, job: NewJob, most: usize) -> Pending<Fired> {
        self.0.fire(schedule, at, job, most)
    }

    fn watched(&self) -> Pending<Vec<Watched>> {
        self.0.watched()
    }

    fn unwatch(&self, schedule: &str) -> Pending<()> {
        self.0.unwatch(schedule)
    }
}

#[test]
fn who_cancels_is_told_where_that_cannot_be_kept() {
    let (up, seen, let_go) = held("/things/slow");
    let steps = json!([read("a", "slow"), read("b", "x")]);
    let full = Arc::new(Full(keep()));
    let gate = Gate::with_jobs(&documents(&up, &steps, ""), Clock::system(), full);
    let place = begin(&gate, "");
    next(&seen);
    let told = ask(&gate, &format!("DELETE {place}"), "");
    assert_eq!((told.status, told.field("retry-after")), (503, Some("10")), "{}", told.text());
    assert!(told.text().contains("not kept yet that the job is given up"), "{}", told.text());
    assert_eq!(ask(&gate, &format!("GET {place}"), "").json()["state"], "running");
    drop(let_go);
    gate.end_with();
}

/// Keeps jobs, and has no room for every other note or look, nor for many questions for schedules at once.
#[derive(Debug)]
pub(crate) struct Crowded {
    kept: Arc<MemoryJobs>,
    turn: AtomicUsize,
    looks: AtomicUsize,
    watching: Arc<AtomicUsize>,
}

impl Crowded {
    pub(crate) fn new(kept: Arc<MemoryJobs>) -> Self {
        Self { kept, turn: AtomicUsize::new(0), looks: AtomicUsize::new(0), watching: Arc::default() }
    }
}

impl JobPort for Crowded {
    fn note(&self, id: &str, notes: Vec<Bytes>) -> Pending<()> {
        if self.turn.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            return Box::pin(std::future::ready(Err(StateError::Busy)));
        }
        self.kept.note(id, notes)
    }

    fn accept(&self, job: NewJob, most: usize) -> Pending<Accepted> {
        self.kept.accept(job, most)
    }

    fn notes(&self, id: &str) -> Pending<Vec<Bytes>> {
        self.kept.notes(id)
    }

    fn end(&self, id: &str, end: Ending) -> Pending<bool> {
        self.kept.end(id, end)
    }

    fn find(&self, owner: &str, id: &str) -> Pending<Option<Job>> {
        self.kept.find(owner, id)
    }

    fn look(&self, id: &str) -> Pending<Option<Job>> {
        if self.looks.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            return Box::pin(std::future::ready(Err(StateError::Busy)));
        }
        self.kept.look(id)
    }

    fn list(&self, which: JobQuery) -> Pending<Vec<JobLine>> {
        self.kept.list(which)
    }

    fn open(&self) -> Pending<Vec<Job>> {
        self.kept.open()
    }

    fn watch(&self, schedule: &str, rule: &str) -> Pending<Watched> {
        let watching = Arc::clone(&self.watching);
        if watching.fetch_add(1, Ordering::Relaxed) >= 100 {
            watching.fetch_sub(1, Ordering::Relaxed);
            return Box::pin(std::future::ready(Err(StateError::Busy)));
        }
        let watched = self.kept.watch(schedule, rule);
        Box::pin(async move {
            tokio::task::yield_now().await;
            watching.fetch_sub(1, Ordering::Relaxed);
            watched.await
        })
    }

    fn fire(&self, schedule: &str, at: Micros, job: NewJob, most: usize) -> Pending<Fired> {
        self.kept.fire(schedule, at, job, most)
    }

    fn watched(&self) -> Pending<Vec<Watched>> {
        self.kept.watched()
    }

    fn unwatch(&self, schedule: &str) -> Pending<()> {
        self.kept.unwatch(schedule)
    }
}

#[test]
fn what_cannot_be_kept_at_once_is_kept_before_anything_is_built_on_it() {
    let (up, seen, let_go) = held("/things/slow");
    let mut steps = json!([read("a", "x"), make("b"), make("c"), read("d", "slow")]);
    steps[1]["dependsOn"] = json!(["a"]);
    steps[3]["dependsOn"] = json!(["c"]);
    let kept = keep();
    let crowded = Arc::new(Crowded::new(Arc::clone(&kept)));
    let documents = documents(&up, &steps, "");
    let first = Gate::with_jobs(&documents, Clock::system(), crowded);
    let place = begin(&first, "");
    let begun: Vec<String> = (0..4).map(|_| next(&seen)).collect();
    let lines: Vec<&str> = begun.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(lines, ["GET", "POST", "POST", "GET"], "{begun:?}");
    first.end_with();
    // What `c` answered may not be kept yet: it is not needed by anything that changes something.
    let second = gate(&documents, &kept);
    let_go.send(()).unwrap();
    let_go.send(()).unwrap();
    let (steps, _) = follow(&second, &place, "");
    let came = |name: &str| steps.iter().find(|step| step["step"] == name).unwrap()["came"].clone();
    assert_eq!([came("a"), came("b")], ["good", "good"], "{steps:?}");
    let again: Vec<String> = seen.try_iter().collect();
    assert!(again.iter().all(|line| line.starts_with("GET /things/slow ")), "{again:?}");
    second.end_with();
}

#[test]
fn what_may_have_been_made_is_not_made_again_unless_it_may_be() {
    for repeatable in [false, true] {
        let (up, seen, let_go) = held("POST /things");
        let mut step = make("pay");
        step["x-weir-repeatable"] = json!(repeatable);
        let (documents, jobs) = (documents(&up, &json!([step]), ""), keep());
        let first = gate(&documents, &jobs);
        let place = begin(&first, "");
        let before = next(&seen);
        first.end_with();
        let second = gate(&documents, &jobs);
        if repeatable {
            assert_eq!(next(&seen), before, "by the same key");
            let_go.send(()).unwrap();
            let_go.send(()).unwrap();
        }
        let (_, done) = follow(&second, &place, "");
        if repeatable {
            assert_eq!(done["state"], "succeeded", "{done}");
        } else {
            let failed = &done["result"]["body"]["steps"][0];
            assert_eq!((&done["state"], &failed["id"]), (&json!("failed"), &json!("pay")), "{done}");
            assert!(
                failed["detail"].as_str().unwrap().contains("whether it was made is not known"),
                "{failed}"
            );
        }
        assert!(seen.try_recv().is_err());
        second.end_with();
    }
}

#[test]
fn a_key_names_one_job() {
    let up = by_target(|line| (200, json!({"v": line})));
    let gate = gate(&documents(&up, &json!([read("a", "x")]), ""), &keep());
    let place = begin(&gate, "Idempotency-Key: \"k1\"\r\n");
    follow(&gate, &place, "");
    let again = ask(&gate, "POST /run/7", "Prefer: respond-async\r\nIdempotency-Key: \"k1\"\r\n");
    assert_eq!((again.status, again.field("location")), (200, Some(&*place)), "{}", again.text());
    let other = ask(&gate, "POST /run/8", "Prefer: respond-async\r\nIdempotency-Key: \"k1\"\r\n");
    assert_eq!((other.status, &other.json()["reason"]), (422, &json!(Reason::IdempotencyKeyReused.code())));
    assert_ne!(begin(&gate, "Idempotency-Key: \"k2\"\r\n"), place);
    // The order of members says nothing.
    let with = |body: &str| {
        let fields =
            "Host: a\r\nPrefer: respond-async\r\nIdempotency-Key: \"k3\"\r\nContent-Type: application/json";
        let length = body.len();
        let request = format!("POST /run/7 HTTP/1.1\r\n{fields}\r\nContent-Length: {length}\r\n\r\n{body}");
        gate.connect().send(request).answer()
    };
    let place = with(r#"{"z":{"y":1,"b":2},"a":3}"#).field("location").unwrap().to_owned();
    assert_eq!(with(r#"{"a": 3, "z": {"b": 2, "y": 1}}"#).field("location"), Some(&*place));
    assert_eq!(with(r#"{"z":{"y":1,"b":2},"a":4}"#).status, 422);
    assert_eq!(ask(&gate, "POST /run/7", "Prefer: respond-async\r\nIdempotency-Key: \"\"\r\n").status, 400);
    gate.end_with();
}

#[test]
fn a_job_is_cancelled_and_what_it_did_is_undone() {
    let (up, seen, let_go) = held("/things/slow");
    let mut reserve = make("reserve");
    reserve["x-weir-compensate"] =
        json!({"operationId": "get", "parameters": [{"name": "id", "in": "path", "value": "undo"}]});
    let mut slow = read("slow", "slow");
    slow["dependsOn"] = json!(["reserve"]);
    let gate = gate(&documents(&up, &json!([reserve, slow]), ""), &keep());
    let place = begin(&gate, "");
    assert!(next(&seen).starts_with("POST /things "));
    assert_eq!(next(&seen), "GET /things/slow ");
    let told = ask(&gate, &format!("DELETE {place}"), "");
    assert!(matches!(told.status, 200 | 202), "{}", told.text());
    assert_eq!(next(&seen), "GET /things/undo ");
    let (_, done) = follow(&gate, &place, "");
    assert_eq!(done["state"], "cancelled", "{done}");
    assert_eq!(done["result"]["body"]["detail"], "the job was cancelled");
    assert_eq!(ask(&gate, &format!("DELETE {place}"), "").json()["state"], "cancelled");
    drop(let_go);
    gate.end_with();
}

#[test]
fn a_job_that_is_cancelled_before_its_turn_makes_no_call() {
    let (up, seen, let_go) = held("/things/slow");
    let mut slow = read("a", "$inputs.id");
    slow["dependsOn"] = json!(["b"]);
    let gate = gate(&documents(&up, &json!([make("b"), slow]), "max_running: 1"), &keep());
    let running = ask(&gate, "POST /run/slow", "Prefer: respond-async\r\n");
    assert!(next(&seen).starts_with("POST /things ") && next(&seen).starts_with("GET /things/slow "));
    let waiting = begin(&gate, "");
    let told = ask(&gate, &format!("DELETE {waiting}"), "").json();
    assert_eq!((&told["state"], &told["trail"]), (&json!("cancelled"), &json!([])), "{told}");
    assert_eq!(told["result"]["body"]["detail"], "the job was cancelled");
    let_go.send(()).unwrap();
    assert_eq!(follow(&gate, running.field("location").unwrap(), "").1["state"], "succeeded");
    assert!(seen.try_recv().is_err(), "nothing was made for the other");
    gate.end_with();
}

#[test]
fn a_call_that_came_to_its_end_is_the_answer_though_its_job_was_cancelled() {
    let (up, seen, let_go) = held("POST /report");
    let gate = gate(&slow(&up, ""), &keep());
    let accepted = ask(&gate, "POST /slow/report", "Prefer: respond-async\r\n");
    let place = accepted.field("location").unwrap();
    next(&seen);
    assert_eq!(ask(&gate, &format!("DELETE {place}"), "").json()["state"], "cancelling");
    let_go.send(()).unwrap();
    let (_, done) = follow(&gate, place, "");
    assert_eq!((&done["state"], &done["result"]["status"]), (&json!("succeeded"), &json!(200)), "{done}");
    gate.end_with();
}

#[test]
fn so_many_run_so_many_wait_and_more_are_refused() {
    let (up, seen, let_go) = held("/things/slow");
    let jobs = "max_running: 1, max_queued: 1";
    let gate = gate(&documents(&up, &json!([read("a", "slow")]), jobs), &keep());
    let running = begin(&gate, "");
    next(&seen);
    let waiting = begin(&gate, "");
    assert_eq!(ask(&gate, &format!("GET {waiting}"), "").json()["state"], "queued");
    let refused = ask(&gate, "POST /run/7", "Prefer: respond-async\r\n");
    assert_eq!((refused.status, refused.field("retry-after")), (503, Some("10")), "{}", refused.text());
    assert!(seen.try_recv().is_err(), "one runs at a time");
    for place in [running, waiting] {
        let_go.send(()).unwrap();
        assert_eq!(follow(&gate, &place, "").1["state"], "succeeded");
    }
    gate.end_with();
}

#[test]
fn no_more_run_at_once_where_they_cannot_be_looked_at_when_they_are_taken_up() {
    let (up, seen, let_go) = held("/things/slow");
    let documents = documents(&up, &json!([read("a", "slow")]), "max_running: 1");
    let kept = keep();
    let first = gate(&documents, &kept);
    let places = [begin(&first, ""), begin(&first, "")];
    next(&seen);
    first.end_with();
    let crowded = Arc::new(Crowded::new(Arc::clone(&kept)));
    let second = Gate::with_jobs(&documents, Clock::system(), crowded);
    let_go.send(()).unwrap();
    next(&seen);
    let state = |place: &String| ask(&second, &format!("GET {place}"), "").json()["state"].clone();
    let mut states: Vec<String> =
        places.iter().map(|place| state(place).as_str().unwrap().to_owned()).collect();
    states.sort_unstable();
    assert_eq!(states, ["queued", "running"]);
    assert!(seen.try_recv().is_err(), "one runs at a time");
    for place in &places {
        let_go.send(()).unwrap();
        assert_eq!(follow(&second, place, "").1["state"], "succeeded");
    }
    second.end_with();
}

#[test]
fn a_job_is_its_callers() {
    let up = by_target(|line| (200, json!({"v": line})));
    let own = documents(&up, &json!([read("a", "x")]), "")
        .replace("access: {mode: public}", "access: {mode: application}");
    let other = caller("key-b", "")
        .replace("name: shop", "name: other")
        .replace("application: shop", "application: other");
    let gate = gate(&(own + &caller("key-a", "") + &other), &keep());
    let place = begin(&gate, "Authorization: Bearer key-a\r\n");
    follow(&gate, &place, "Authorization: Bearer key-a\r\n");
    for method in ["GET", "DELETE"] {
        let found = ask(&gate, &format!("{method} {place}"), "Authorization: Bearer key-b\r\n");
        assert_eq!(found.status, 404, "{}", found.text());
        assert_eq!(ask(&gate, &format!("{method} {place}"), "").status, 401);
    }
    gate.end_with();
}

#[test]
fn a_job_whose_flow_is_gone_has_failed_and_one_is_forgotten_when_its_time_is_over() {
    let (up, seen, _let_go) = held("/things/slow");
    let clock = Clock::manual(Micros(1_767_225_600_000_000));
    let jobs = Arc::new(MemoryJobs::new(clock.clone(), 1 << 20));
    let documents = documents(&up, &json!([read("a", "slow")]), "retention: 1h");
    let first = Gate::with_jobs(&documents, clock.clone(), Arc::clone(&jobs) as _);
    let place = begin(&first, "");
    next(&seen);
    first.end_with();
    let without = documents.replace("name: f\n", "name: g\n").replace("flow: {name: f,", "flow: {name: g,");
    let second = Gate::with_jobs(&without, clock.clone(), Arc::clone(&jobs) as _);
    let (_, done) = follow(&second, &place, "");
    assert_eq!((&done["state"], &done["result"]["status"]), (&json!("failed"), &json!(502)), "{done}");
    clock.advance(Duration::from_hours(1));
    assert_eq!(ask(&second, &format!("GET {place}"), "").status, 404);
    second.end_with();
}

/// A route `/slow/*` to the upstream whose service has jobs; what `more` says of them.
fn slow(up: &Upstream, more: &str) -> String {
    upstream(&[up.addr], "")
        + &format!(
            "---
kind: Service
name: reports
spec:
  backend: {{upstream: {{name: up}}}}
  access: {{mode: public}}
  jobs: {{{more}}}
  policies: [{{headers: {{request: {{add: {{x-made: once}}}}, response: {{add: {{x-told: once}}}}}}}}]
---
kind: Route
name: reports
spec: {{service: reports, paths: [\"/slow/*\"], strip_prefix: /slow}}
"
        )
}

#[test]
fn a_slow_route_that_runs_no_flow_is_answered_later() {
    let up = Upstream::start(|_, conn: &mut Raw| {
        while let Some(head) = conn.try_request() {
            let made: Vec<&str> =
                head.lines().filter(|line| line.to_ascii_lowercase().starts_with("x-made")).collect();
            let answer = format!(
                "HTTP/1.1 418 Teapot\r\nContent-Type: text/plain\r\nX-Own: yes\r\nContent-Length: 7\r\n\r\nmade {:02}",
                made.len()
            );
            conn.send(answer);
        }
    });
    let gate = gate(&slow(&up, ""), &keep());
    let accepted = ask(&gate, "GET /slow/report?day=1", "Prefer: respond-async\r\n");
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    let place = accepted.field("location").unwrap().to_owned();
    assert!(place.starts_with("/slow/jobs/"), "{place}");
    let (steps, done) = follow(&gate, &place, "");
    assert_eq!((&done["state"], &done["call"]), (&json!("succeeded"), &json!("GET /slow/report")), "{done}");
    assert_eq!((steps.len(), &steps[0]["status"]), (1, &json!(418)));
    let result = ask(&gate, &format!("GET {place}/result"), "");
    assert_eq!((result.status, result.text()), (418, "made 01"), "{}", result.head);
    assert_eq!((result.field("x-own"), result.field("x-told")), (Some("yes"), Some("once")));
    let at_once = ask(&gate, "GET /slow/report", "");
    assert_eq!((at_once.status, at_once.text()), (418, "made 01"));
    // A cache may keep this one and not the one that is given later.
    assert_eq!((at_once.field("vary"), accepted.field("vary")), (Some("prefer"), Some("prefer")));
    assert_eq!(ask(&gate, "POST /slow/report", "").field("vary"), None);
    gate.end_with();
}

#[test]
fn a_call_whose_fields_are_no_text_is_answered_at_once() {
    let up = Upstream::mirror();
    let gate = gate(&slow(&up, ""), &keep());
    let mut request =
        b"GET /slow/report HTTP/1.1\r\nHost: a\r\nPrefer: respond-async\r\nX-Name: caf\xe9\r\n\r\n".to_vec();
    let at_once = gate.connect().send(&request).answer();
    assert_eq!(at_once.status, 200, "{}", at_once.text());
    assert!(at_once.text().starts_with("GET /report "), "{}", at_once.text());
    request.retain(|byte| *byte != 0xe9);
    assert_eq!(gate.connect().send(&request).answer().status, 202);
    gate.end_with();
}

#[test]
fn a_slow_call_that_changes_something_is_not_made_again_unless_it_may_be() {
    for repeatable in [false, true] {
        let (up, seen, let_go) = held("POST /report");
        let (documents, jobs) = (slow(&up, &format!("repeatable: {repeatable}")), keep());
        let first = gate(&documents, &jobs);
        let body = "{\"day\": 1}";
        let mut connection = first.connect();
        let accepted = connection.send(format!(
            "POST /slow/report HTTP/1.1\r\nHost: a\r\nPrefer: respond-async\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let accepted = accepted.answer();
        assert_eq!(accepted.status, 202, "{}", accepted.text());
        let place = accepted.field("location").unwrap().to_owned();
        let before = next(&seen);
        assert!(before.starts_with("POST /report idempotency-key: \""), "{before}");
        first.end_with();
        let second = gate(&documents, &jobs);
        if repeatable {
            assert_eq!(next(&seen), before, "by the same key");
            let_go.send(()).unwrap();
            let_go.send(()).unwrap();
        }
        let (_, done) = follow(&second, &place, "");
        if repeatable {
            assert_eq!(done["state"], "succeeded", "{done}");
        } else {
            let detail = done["result"]["body"]["detail"].as_str().unwrap();
            assert!(
                done["state"] == "failed" && detail.contains("whether it was made is not known"),
                "{done}"
            );
        }
        assert!(seen.try_recv().is_err());
        second.end_with();
    }
}
