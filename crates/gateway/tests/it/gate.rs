//! A gateway on one core, made from documents in YAML, and the records of its calls.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use base::{Clock, Micros, Secret};
use domain::{DocId, Kind, SecretSource};
use gateway::{Config, Gateway, Sink, TargetState};
use message::Reason;
use net::{ListenerConfig, Running, ServerConfig};
use snapshot::{Change, Live, Secrets, Snapshot};
use stateport::{JobPort, MemoryEvents, MemoryJobs, StatePort};
use trace::CallRecord;

use crate::client::{Answer, Raw};

pub(crate) const NAME: &str = "weir-test";

/// 2026-01-01T00:00:00Z, where manual clocks begin.
const NEW_YEAR: Micros = Micros(1_767_225_600_000_000);

/// A gateway that listens.
pub(crate) struct Gate {
    pub(crate) addr: SocketAddr,
    pub(crate) clock: Clock,
    gateway: Gateway,
    live: Live,
    running: Running,
    records: Receiver<CallRecord>,
    /// What steps of flows have sent.
    pub(crate) events: Arc<MemoryEvents>,
}

struct Queue(SyncSender<CallRecord>);

/// Gives what is written, and nothing from elsewhere.
struct Plain;

impl Sink for Queue {
    fn record(&self, record: Box<CallRecord>) {
        self.0.send(*record).unwrap();
    }
}

impl Secrets for Plain {
    fn resolve(&self, _: &DocId, source: &SecretSource) -> Result<Secret<String>, String> {
        match source {
            SecretSource::Value(value) => Ok(Secret::new(value.clone())),
            _ => Err("there is no such secret".into()),
        }
    }
}

// === impl Gate ===

impl Gate {
    pub(crate) fn start(yaml: &str) -> Self {
        Self::with(yaml, Clock::system(), |_| {})
    }

    /// The limits, the ejections and the expiry of keys follow a clock that the test moves.
    pub(crate) fn by_hand(yaml: &str) -> Self {
        Self::with(yaml, Clock::manual(NEW_YEAR), |_| {})
    }

    pub(crate) fn with(yaml: &str, clock: Clock, change: impl FnOnce(&mut ListenerConfig)) -> Self {
        let files = Arc::new(stateport::Memory::new(clock.clone(), 128 << 20));
        Self::keeping(yaml, clock, files, change)
    }

    /// With a state of the test's own.
    pub(crate) fn over(yaml: &str, state: Arc<dyn StatePort>) -> Self {
        let clock = Clock::system();
        let files = Arc::new(stateport::Memory::new(clock.clone(), 128 << 20));
        Self::built(yaml, clock, (state, files), |_| {})
    }

    /// With jobs that others may have left.
    pub(crate) fn with_jobs(yaml: &str, clock: Clock, jobs: Arc<dyn JobPort>) -> Self {
        let state = Arc::new(stateport::Memory::new(clock.clone(), 1 << 20));
        let files = Arc::new(stateport::Memory::new(clock.clone(), 1 << 20));
        Self::holding(yaml, clock, (state, files, jobs), |_| {})
    }

    /// With files and batches that others may have left.
    pub(crate) fn keeping(
        yaml: &str,
        clock: Clock,
        files: Arc<stateport::Memory>,
        change: impl FnOnce(&mut ListenerConfig),
    ) -> Self {
        let state = Arc::new(stateport::Memory::new(clock.clone(), 1 << 20));
        Self::built(yaml, clock, (state, files), change)
    }

    fn built(
        yaml: &str,
        clock: Clock,
        (state, files): (Arc<dyn StatePort>, Arc<stateport::Memory>),
        change: impl FnOnce(&mut ListenerConfig),
    ) -> Self {
        let jobs = Arc::new(MemoryJobs::new(clock.clone(), 64 << 20));
        Self::holding(yaml, clock, (state, files, jobs), change)
    }

    fn holding(
        yaml: &str,
        clock: Clock,
        (state, files, jobs): (Arc<dyn StatePort>, Arc<stateport::Memory>, Arc<dyn JobPort>),
        change: impl FnOnce(&mut ListenerConfig),
    ) -> Self {
        let live = Live::new(compile(yaml));
        let events = Arc::new(MemoryEvents::default());
        let (sender, records) = sync_channel(10_000);
        let config = Config {
            live: live.clone(),
            sink: Arc::new(Queue(sender)),
            clock: clock.clone(),
            trusted: Arc::new(|_| false),
            pseudonym: NAME.into(),
            reasons_at: "https://docs.example/errors#".into(),
            body_limit: None,
            ai_body_limit: 1 << 20,
            state,
            files,
            jobs,
            events: events.clone(),
            seal_key: Secret::new([7; 32]),
        };
        let gateway = config.build();
        let mut listener = ListenerConfig::new("test", "127.0.0.1:0".parse().unwrap());
        change(&mut listener);
        let server = ServerConfig {
            listeners: vec![listener],
            cores: 1,
            clock: clock.clone(),
            drain: Duration::from_secs(5),
        };
        let bound = server.bind(Vec::new()).unwrap();
        let addr = bound.addresses()[0].1;
        let cores = gateway.clone();
        let running = bound.start(move |number| cores.core(number)).unwrap();
        Self { addr, clock, gateway, live, running, records, events }
    }

    /// Changes the documents.
    pub(crate) fn publish(&self, yaml: &str) {
        self.live.publish(Arc::new(compile(yaml)));
    }

    /// Asks the gateway to come to its end.
    pub(crate) fn drain(&self) {
        self.running.shutdown().drain();
    }

    pub(crate) fn connect(&self) -> Raw {
        Raw::connect(self.addr)
    }

    /// Sends one request on a connection of its own; gives the answer and the record.
    pub(crate) fn call(&self, request: impl AsRef<[u8]>) -> (Answer, CallRecord) {
        let answer = self.connect().send(request).answer();
        (answer, self.record())
    }

    /// `GET` of a path with fields, each with its line end.
    pub(crate) fn get(&self, path: &str, fields: &str) -> (Answer, CallRecord) {
        self.call(format!("GET {path} HTTP/1.1\r\nHost: api.example\r\n{fields}\r\n"))
    }

    /// A call that is refused for `reason`, and told so everywhere.
    pub(crate) fn refuses(&self, request: impl AsRef<[u8]>, reason: Reason) -> (Answer, CallRecord) {
        let (answer, record) = self.call(request);
        check_problem(&answer, &record, reason);
        (answer, record)
    }

    /// Tries a provider of the team `default`.
    pub(crate) fn probe(&self, name: &str, model: Option<&str>) -> gateway::Probe {
        let snapshot = self.live.load();
        let id = DocId::new("default", Kind::Provider, name).unwrap();
        let provider = Arc::clone(snapshot.provider(&id).expect("the provider"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.gateway.probe(provider, model.map(str::to_owned)))
    }

    /// Runs a flow of the team `default` for an administrator.
    pub(crate) fn run_flow(&self, name: &str, inputs: serde_json::Value) -> gateway::Ran {
        let id = DocId::new("default", Kind::Flow, name).unwrap();
        let flow = Arc::clone(self.live.load().flow(&id).expect("the flow"));
        let serde_json::Value::Object(inputs) = inputs else { panic!("inputs are an object") };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.gateway.run_flow(flow, inputs))
    }

    /// Sends an event to a webhook of the team `default`.
    pub(crate) fn deliver(&self, name: &str, id: &str, payload: &str) -> Result<gateway::Posted, String> {
        let id_of = DocId::new("default", Kind::Webhook, name).unwrap();
        let webhook = Arc::clone(self.live.load().webhook(&id_of).expect("the webhook"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.gateway.deliver(webhook, id.to_owned(), payload.to_owned().into()))
    }

    /// The next record.
    pub(crate) fn record(&self) -> CallRecord {
        self.records.recv_timeout(Duration::from_secs(20)).expect("a record")
    }

    /// Where the targets of the upstream `up` stand.
    pub(crate) fn targets(&self) -> Vec<TargetState> {
        let snapshot = self.live.load();
        let mut upstreams = snapshot.documents().filter(|document| document.id.kind == Kind::Upstream);
        let upstream = snapshot.upstream(&upstreams.next().unwrap().id).unwrap();
        self.gateway.health(upstream).into_iter().map(|target| target.state).collect()
    }

    /// The records that are there.
    pub(crate) fn records(&self) -> Vec<CallRecord> {
        self.records.try_iter().collect()
    }

    /// Ends the gateway; gives the records that the test has not taken.
    pub(crate) fn end_with(self) -> Vec<CallRecord> {
        self.running.shutdown().drain();
        self.running.join().unwrap();
        drop(self.gateway);
        self.records.try_iter().collect()
    }

    /// Ends the gateway; there must be no record that the test has not taken.
    pub(crate) fn end(self) {
        let left = self.end_with();
        assert!(left.is_empty(), "records of no call: {left:?}");
    }
}

/// What everybody is told of a refused call.
pub(crate) fn check_problem(answer: &Answer, record: &CallRecord, reason: Reason) {
    assert_eq!(answer.status, reason.status(), "{} {}", answer.head, answer.text());
    assert_eq!(answer.field("content-type"), Some("application/problem+json"), "{}", answer.head);
    let problem = answer.json();
    assert_eq!(problem["type"], format!("https://docs.example/errors#{}", reason.code()));
    assert_eq!(problem["reason"], reason.code());
    assert_eq!(problem["status"], reason.status());
    assert_eq!(problem["title"], reason.title());
    assert_eq!(problem["request_id"], record.id.to_string());
    check_told(answer, record, reason);
}

/// What of it does not depend on the body's shape.
pub(crate) fn check_told(answer: &Answer, record: &CallRecord, reason: Reason) {
    let told = format!("{NAME}; error={}; details=\"{}\"", reason.proxy_error(), reason.code());
    assert_eq!(answer.field("proxy-status"), Some(told.as_str()));
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    assert_eq!(answer.field("x-request-id"), Some(record.id.to_string().as_str()));
    assert_eq!(record.reason.as_deref(), Some(reason.code()));
    assert_eq!(record.status, answer.status);
}

fn compile(yaml: &str) -> Snapshot {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weir.yaml");
    std::fs::write(&path, yaml).unwrap();
    let files = config::load(&path).unwrap();
    assert!(files.mistakes.is_empty(), "{:?}\n{yaml}", files.mistakes);
    let change = |document: &domain::Document| Change {
        id: document.id.clone(),
        document: Some(document.clone().into()),
    };
    let changes: Vec<Change> = files.documents.iter().map(change).collect();
    Snapshot::empty().apply(&changes, 1, &Plain).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{yaml}"))
}

// === documents ===

/// An upstream `up` of these targets, with more lines of its spec, each indented by two.
pub(crate) fn upstream(targets: &[SocketAddr], spec: &str) -> String {
    let targets: Vec<String> =
        targets.iter().map(|at| format!("  - {{host: {}, port: {}}}", at.ip(), at.port())).collect();
    format!("---\nkind: Upstream\nname: up\nspec:\n  targets:\n{}\n{spec}\n", targets.join("\n"))
}

/// A public service on `up` at every path, with policies in YAML flow style.
pub(crate) fn public(policies: &str) -> String {
    format!(
        "---
kind: Service
name: api
spec:
  backend: {{upstream: {{name: up}}}}
  access: {{mode: public}}
  policies: [{policies}]
---
kind: Route
name: api
spec: {{service: api, paths: [\"/*\"]}}
"
    )
}

/// A public service at every path on these targets, without policies.
pub(crate) fn plain(targets: &[SocketAddr]) -> String {
    upstream(targets, "") + &public("")
}

/// An application `shop` with a key.
pub(crate) fn caller(key: &str, credential: &str) -> String {
    format!(
        "---
kind: Application
name: shop
spec: {{}}
---
kind: Credential
name: shop-key
spec: {{application: shop, key_hash: \"{}\"{credential}}}
",
        snapshot::key_hash(key.as_bytes())
    )
}
