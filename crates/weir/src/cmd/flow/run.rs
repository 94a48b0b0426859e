//! `weir flow run`: a flow run from the command line, by a gateway of its own, and its waterfall.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use base::{Clock, Rng, Secret};
use domain::{DocId, Document, Kind, SecretSource};
use flow::document::SourceKind;
use gateway::{Config, Ran, Sink};
use serde_json::{Map, Value, json};
use snapshot::{Change, Live, Secrets, Snapshot};
use stateport::{MemoryEvents, NewEvent};
use trace::CallRecord;

use super::bars;
use super::picture::{self, Picture};
use super::read::{Read, read, single, source_path};
use crate::cli::FlowRunArgs;
use crate::cmd::{refused, say};

/// The flow's name among the documents.
const NAME: &str = "run";

/// Records of a run that is shown itself are not kept.
struct Forget;

impl Sink for Forget {
    fn record(&self, _: Box<CallRecord>) {}
}

/// There is no secret.
struct NoSecrets;

impl Secrets for NoSecrets {
    fn resolve(&self, _: &DocId, _: &SecretSource) -> Result<Secret<String>, String> {
        Err("there are no secrets here".to_owned())
    }
}

pub(crate) fn run(args: &FlowRunArgs) -> anyhow::Result<ExitCode> {
    let nothing = |mistakes: &[config::FileMistake]| refused("the document", mistakes, "nothing was run");
    let read = read(&args.file, &args.source)?.map_err(|mistakes| nothing(&mistakes))?;
    read.program().map_err(|mistakes| nothing(&mistakes))?;
    let documents = documents(&read, args)?;
    let snapshot = snapshot(&documents)?;
    let id = DocId::new("default", Kind::Flow, NAME)?;
    let flow = Arc::clone(snapshot.flow(&id).context("the flow")?);
    let given = inputs(args)?;
    let compiled = flow.program.workflows.get(flow.workflow).context("the workflow")?;
    let inputs = match compiled.inputs.check(Value::Object(given)) {
        Ok(inputs) => inputs,
        Err(mistakes) => {
            let told: Vec<String> = mistakes.iter().map(|one| format!("  {one}")).collect();
            bail!(
                "the inputs of `{}` are not right (`--input NAME=VALUE`):\n{}",
                compiled.workflow.id,
                told.join("\n")
            );
        }
    };
    let events = Arc::new(MemoryEvents::default());
    let gateway = Config {
        live: Live::new(snapshot),
        sink: Arc::new(Forget),
        clock: Clock::system(),
        trusted: Arc::new(|_| false),
        pseudonym: "weir-flow".into(),
        reasons_at: "".into(),
        body_limit: None,
        ai_body_limit: 32 << 20,
        state: Arc::new(stateport::Memory::new(Clock::system(), 1 << 20)),
        files: Arc::new(stateport::Memory::new(Clock::system(), 1 << 20)),
        jobs: Arc::new(stateport::MemoryJobs::new(Clock::system(), 1 << 20)),
        events: events.clone(),
        seal_key: Secret::new(seal_key()),
    }
    .build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ran = runtime.block_on(async { gateway.run_flow(flow, inputs).await });
    if let Some(path) = &args.svg {
        draw(&read.document.title, &ran, path)?;
    }
    // There is no webhook here that they could go to.
    for NewEvent { kind, data, webhook, .. } in events.taken() {
        let to = webhook.map(|webhook| format!(" to `{webhook}`")).unwrap_or_default();
        tell(&format!("event {kind}{to}, not sent: {data}"));
    }
    Ok(told(&ran))
}

/// Writes the waterfall as a picture; what made no call is no call of the client's.
fn draw(title: &str, ran: &Ran, path: &Path) -> anyhow::Result<()> {
    let steps = &ran.record.steps;
    let called =
        |at: usize| steps.get(at).filter(|step| step.call.is_some()).map(|step| step.name.to_string());
    let picture = Picture {
        title,
        record: &ran.record,
        end_us: u64::try_from(ran.duration.as_micros()).unwrap_or(u64::MAX),
        link_us: 0,
        before: picture::own_calls(&ran.record, called),
    };
    std::fs::write(path, picture.svg()).with_context(|| format!("cannot write `{}`", path.display()))
}

/// The waterfall beside the result, so that the result alone can be piped on.
fn told(ran: &Ran) -> ExitCode {
    for line in bars::lines(ran) {
        tell(&line);
    }
    match &ran.failure {
        None => {
            say(&serde_json::to_string_pretty(&ran.outputs).unwrap_or_default());
            ExitCode::SUCCESS
        }
        Some(failure) if failure.step.is_empty() => {
            tell(&format!("failed: {}", failure.reason));
            ExitCode::FAILURE
        }
        Some(failure) => {
            tell(&format!("failed: step `{}`: {}", failure.step, failure.reason));
            ExitCode::FAILURE
        }
    }
}

fn tell(line: &str) {
    use std::io::Write;
    // Where nobody reads, nothing is lost.
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

fn seal_key() -> [u8; 32] {
    let mut rng = Rng::from_system();
    std::array::from_fn(|_| rng.next_u64().to_le_bytes()[0])
}

fn inputs(args: &FlowRunArgs) -> anyhow::Result<Map<String, Value>> {
    let mut inputs = match &args.inputs {
        Some(file) => match single(file)?.map_err(|mistake| anyhow::anyhow!("{mistake}"))?.to_json() {
            Value::Object(members) => members,
            _ => bail!("`{}` is no object of inputs", file.display()),
        },
        None => Map::new(),
    };
    for (name, text) in &args.input {
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
        inputs.insert(name.clone(), value);
    }
    Ok(inputs)
}

/// The documents of a gateway that serves each source under a path of its own.
fn documents(read: &Read, args: &FlowRunArgs) -> anyhow::Result<Vec<Value>> {
    let mut documents = Vec::new();
    let mut sources = Map::new();
    for source in read.document.sources.iter().filter(|source| source.kind == Some(SourceKind::OpenApi)) {
        let path = source_path(&args.file, source, &args.source);
        let openapi = single(&path)?.map_err(|mistake| anyhow::anyhow!("{mistake}"))?.to_json();
        let own = openapi.pointer("/servers/0/url").and_then(Value::as_str).unwrap_or_default();
        let given = args.server.iter().find(|(name, _)| **name == *source.name).map(|(_, url)| url.as_str());
        let name = &*source.name;
        let server = Server::parse(given.unwrap_or(own)).with_context(|| {
            format!("source `{name}`: say where its server is, `--server {name}=http://HOST:PORT` (its description has `{own}`)")
        })?;
        let headers: Map<String, Value> =
            args.header.iter().map(|(field, value)| (field.clone(), value.as_str().into())).collect();
        let policies =
            if headers.is_empty() { json!([]) } else { json!([{"headers": {"request": {"set": headers}}}]) };
        documents.push(json!({"kind": "Upstream", "name": name, "spec": server.upstream()}));
        documents.push(json!({"kind": "Service", "name": name, "spec": {
            "backend": {"upstream": {"name": name, "path_prefix": server.path}},
            "access": {"mode": "public"}, "policies": policies,
        }}));
        documents.push(json!({"kind": "Route", "name": name, "spec": {
            "service": name, "paths": [format!("/{name}/*")], "strip_prefix": format!("/{name}"),
        }}));
        let base = format!("/{name}");
        sources.insert(name.to_owned(), json!({"service": name, "openapi": openapi, "base": base}));
    }
    let arazzo = read.to_json();
    let timeout = format!("{}ms", args.timeout.as_millis());
    let mut spec = json!({"arazzo": arazzo, "sources": sources, "timeout": timeout});
    if let Some(workflow) = &args.workflow {
        spec["workflow"] = workflow.as_str().into();
    }
    documents.push(json!({"kind": "Flow", "name": NAME, "spec": spec}));
    Ok(documents)
}

fn snapshot(documents: &[Value]) -> anyhow::Result<Snapshot> {
    let mut changes = Vec::new();
    for document in documents {
        let document = Document::from_json(document.clone()).context("the documents of the run")?;
        changes.push(Change { id: document.id.clone(), document: Some(document.into()) });
    }
    Snapshot::empty().apply(&changes, 1, &NoSecrets).map_err(|mistakes| {
        let told: Vec<String> =
            mistakes.iter().map(|one| format!("  {}: {}", one.path, one.message)).collect();
        anyhow::anyhow!("the flow cannot be run:\n{}", told.join("\n"))
    })
}

/// Where a source is served.
struct Server {
    tls: bool,
    host: String,
    port: u16,
    path: String,
}

impl Server {
    fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, if tls { 443 } else { 80 }),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let plain = !host.is_empty() && !url.contains(['{', '?', '#', '@']);
        plain.then(|| Self { tls, host, port, path: path.trim_end_matches('/').to_owned() })
    }

    fn upstream(&self) -> Value {
        let mut spec = json!({"targets": [{"host": self.host, "port": self.port}]});
        if self.tls {
            spec["tls"] = json!({});
        }
        spec
    }
}
