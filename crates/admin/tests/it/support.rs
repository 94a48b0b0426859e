//! A whole control plane to ask.

use std::sync::Arc;
use std::time::Duration;

use admin::{Admin, FlowRan, Probed, ProbedAnswer, ProbedFailure, StoreView};
use axum::Router;
use axum::body::Body;
use base::{Clock, Micros, Secret};
use calllog::{CallLog, Recorder, Writer};
use control::Control;
use domain::{DocId, Document, SecretSource};
use futures_util::StreamExt;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use snapshot::{Change, Live, Secrets, Snapshot};
use store::seal::Sealer;
use store::{Documents, Expected, Write};
use store_sqlite::SqliteStore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct Api {
    pub(crate) router: Router,
    pub(crate) control: Control,
    pub(crate) clock: Clock,
    pub(crate) live: Live,
    recorder: Option<Recorder>,
    writer: Option<Writer>,
    pub(crate) log: CallLog,
    pub(crate) shutdown: CancellationToken,
    _folder: tempfile::TempDir,
}

/// Someone who asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who {
    pub(crate) headers: Vec<(String, String)>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// Over a store, which is empty.
pub(crate) fn api() -> Api {
    build(None)
}

/// Over documents that come from files, with others that were left in the store.
pub(crate) fn api_over_files(documents: &[Value], left: &[Value]) -> Api {
    build(Some((documents, left)))
}

fn build(files: Option<(&[Value], &[Value])>) -> Api {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(1_700_000_000_000_000));
    let store = Arc::new(SqliteStore::open(folder.path()).unwrap());
    let sealer = Sealer::open(&folder.path().join("key")).unwrap();
    sealer.make_key().unwrap();
    let live = Live::new(Snapshot::empty());
    let calls = calllog::Config {
        flush: Duration::from_millis(1),
        ..calllog::Config::new(folder.path().join("calls"))
    };
    let (recorder, log, writer) = calls.build(clock.clone()).unwrap();
    let control = match files {
        None => Control::open(store, sealer, live.clone(), log.clone(), clock.clone()).unwrap().unwrap(),
        Some((documents, left)) => {
            store.write(&left.iter().map(write).collect::<Vec<_>>(), "someone", Micros(1)).unwrap();
            live.publish(Arc::new(compiled(documents)));
            Control::over_files(store, sealer, live.clone(), log.clone(), clock.clone())
        }
    };
    let shutdown = CancellationToken::new();
    let router = Admin {
        control: control.clone(),
        health: Arc::new(|upstream| {
            let view = |target: &snapshot::Target| {
                json!({ "target": &*target.label, "state": "ejected", "weight": target.weight, "consecutive_failures": 5, "ejected_for_ms": 10_000 })
            };
            upstream.targets.iter().map(view).collect()
        }),
        prober: Arc::new(|provider, model| Box::pin(std::future::ready(probed(&provider, model)))),
        runner: Arc::new(|flow, inputs| Box::pin(std::future::ready(ran(&flow, inputs)))),
        jobs: Arc::new(crate::jobs::Desk::default()),
        listeners: Arc::new(Vec::new),
        metrics: Arc::new(|| "listener_connections 3\n".to_owned()),
        config_error: Arc::new(|| None),
        console: Router::new().fallback(async || "the console"),
        version: "0.0.0-test",
        store: StoreView { kind: "sqlite".into(), path: None },
        hosts: vec!["gateway.example".into()],
        shutdown: shutdown.clone(),
    }
    .router();
    Api {
        router,
        control,
        clock,
        live,
        recorder: Some(recorder),
        writer: Some(writer),
        log,
        shutdown,
        _folder: folder,
    }
}

fn write(value: &Value) -> Write {
    let document = Document::from_json(value.clone()).unwrap();
    let id = document.id.clone();
    Write { id, document: Some(document), expected: Expected::Absent, rollback: false }
}

/// Documents as files give them.
pub(crate) fn compiled(documents: &[Value]) -> Snapshot {
    let change = |value: &Value| {
        let document = Document::from_json(value.clone()).unwrap();
        Change { id: document.id.clone(), document: Some(Arc::new(document)) }
    };
    let changes: Vec<Change> = documents.iter().map(change).collect();
    Snapshot::empty().apply(&changes, 1, &PlainSecrets).unwrap()
}

/// One step, which gives the inputs; without any it fails.
fn ran(flow: &snapshot::Flow, inputs: flow::values::Values) -> FlowRan {
    let name = flow.program.workflows[flow.workflow].workflow.steps[0].id.clone();
    let failure = inputs.is_empty().then(|| flow::engine::Failure {
        step: name.clone(),
        reason: flow::engine::Reason::Status(503),
        status: Some(503),
        lasted: Duration::from_millis(4),
        attempts: 2,
    });
    let step = trace::FlowStep {
        name,
        attempt: 1,
        start_us: 10,
        duration_us: 4_000,
        status: if failure.is_none() { 200 } else { 503 },
        end: if failure.is_none() { trace::StepEnd::Good } else { trace::StepEnd::Failed },
        after: Vec::new(),
        within: None,
        call: Some(base::RequestId::from_bytes([7; 16])),
    };
    FlowRan {
        trace_id: trace::TraceId([9; 16]),
        duration_us: 4_010,
        outputs: if failure.is_none() { inputs } else { flow::values::Values::new() },
        failure,
        absent: Vec::new(),
        record: trace::FlowRecord { steps: vec![step] },
    }
}

/// The model `m` answers; of any other the vendor says that it does not know it.
fn probed(provider: &snapshot::Provider, model: Option<String>) -> Probed {
    let target = provider.upstream.targets[0].label.clone();
    let known = model.as_deref() == Some("m");
    let mut attempt = trace::Attempt::new(1, target.clone(), 0);
    attempt.status = if known { 200 } else { 404 };
    attempt.phases.wait = 700;
    let answer = ProbedAnswer {
        text: "Hello.".into(),
        input_tokens: 12,
        output_tokens: 3,
        cost_micros: Some(7),
        finish_reason: Some("stop"),
    };
    let failure = ProbedFailure { step: "status", code: None, message: "no such model".into() };
    Probed {
        target: target.to_string(),
        model,
        attempt: Some(attempt),
        duration_us: 1_000,
        outcome: if known { Ok(answer) } else { Err(failure) },
        models: Some(vec!["m".into(), "n".into()]),
    }
}

/// Those alone that are written.
struct PlainSecrets;

impl Secrets for PlainSecrets {
    fn resolve(&self, _: &DocId, source: &SecretSource) -> Result<Secret<String>, String> {
        match source {
            SecretSource::Value(value) => Ok(Secret::new(value.clone())),
            _ => Err("there are none".into()),
        }
    }
}

impl Api {
    pub(crate) fn record(&self, record: trace::CallRecord) {
        self.recorder.as_ref().unwrap().record(Box::new(record));
    }

    /// Ends recording; all that was recorded is written.
    pub(crate) fn written(&mut self) {
        self.recorder = None;
        self.writer.take().unwrap().finish();
    }

    pub(crate) async fn send(&self, who: &Who, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.send_with(who, method, path, &[], body).await
    }

    pub(crate) async fn send_with(
        &self,
        who: &Who,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "localhost:8081");
        }
        for (name, value) in &who.headers {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.raw(request.body(body).unwrap()).await
    }

    pub(crate) async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let mut bytes = Vec::new();
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            bytes.extend_from_slice(&chunk.unwrap());
        }
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes).unwrap() }
    }

    pub(crate) async fn get(&self, who: &Who, path: &str) -> Answer {
        self.send(who, "GET", path, None).await
    }

    pub(crate) async fn post(&self, who: &Who, path: &str, body: Value) -> Answer {
        self.send(who, "POST", path, Some(body)).await
    }

    /// The first administrator, signed in.
    pub(crate) async fn admin(&self) -> Who {
        let token = self.control.new_setup_token().unwrap().unwrap();
        let body =
            json!({ "token": token, "email": "root@example.com", "name": "Root", "password": PASSWORD });
        self.post(&Who::default(), "/api/v1/setup", body).await.expect(201).signed_in()
    }

    /// A user with roles, signed in.
    pub(crate) async fn user(&self, admin: &Who, email: &str, roles: Value) -> Who {
        let body = json!({ "email": email, "name": "Someone", "roles": roles, "password": PASSWORD });
        self.post(admin, "/api/v1/users", body).await.expect(201);
        let body = json!({ "email": email, "password": PASSWORD });
        self.post(&Who::default(), "/api/v1/session", body).await.expect(200).signed_in()
    }

    /// An upstream in a team, which is made if need be. Gives its tag.
    pub(crate) async fn upstream(&self, who: &Who, team: &str, name: &str) -> String {
        let body = json!({ "name": name, "spec": { "targets": [{ "host": "127.0.0.1", "port": 9000 }] } });
        let made = self.post(who, &format!("/api/v1/teams/{team}/upstreams"), body).await.expect(201);
        made.header("etag")
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    /// The code of a problem, after a look at the rest of it.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        let body = self.json();
        assert_eq!(body["status"], status);
        assert_eq!(body["request_id"], self.header("x-request-id"));
        body["code"].as_str().unwrap().to_owned()
    }

    /// Whose session this answer begins.
    pub(crate) fn signed_in(&self) -> Who {
        let cookie = self.header("set-cookie");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let csrf = self.json()["csrf_token"].as_str().unwrap().to_owned();
        Who { headers: vec![("cookie".into(), cookie), ("x-csrf-token".into(), csrf)] }
    }

    /// The names of the items of a page.
    pub(crate) fn names(&self) -> Vec<String> {
        let body = self.json();
        let items = body["items"].as_array().unwrap().iter();
        items.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    }
}

impl Who {
    pub(crate) fn token(token: &str) -> Self {
        Self { headers: vec![("authorization".into(), format!("Bearer {token}"))] }
    }

    pub(crate) fn without(&self, name: &str) -> Self {
        Self { headers: self.headers.iter().filter(|(header, _)| header != name).cloned().collect() }
    }
}
