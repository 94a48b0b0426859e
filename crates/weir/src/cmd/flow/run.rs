//! `weir flow run`: a flow run from the command line, by a gateway of its own, and its waterfall.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use domain::{DEFAULT_TEAM, DocId, Kind};
use flow::program::MODELS;
use flow::resolve::{Source, Sources};
use gateway::Ran;
use serde_json::{Map, Value, json};
use stateport::{MemoryEvents, NewEvent};

use super::bars;
use super::hand::Hand;
use super::own::{self, Served, Server};
use super::picture::{self, Picture};
use super::read::{Read, read, single};
use crate::cli::FlowRunArgs;
use crate::cmd::{refused, say};

/// The flow's name among the documents.
const NAME: &str = "run";

pub(crate) fn run(args: &FlowRunArgs) -> anyhow::Result<ExitCode> {
    let nothing = |mistakes: &[config::FileMistake]| refused("the document", mistakes, "nothing was run");
    let read = read(&args.file, &args.source)?.map_err(|mistakes| nothing(&mistakes))?;
    let program = read.program().map_err(|mistakes| nothing(&mistakes))?;
    if args.models.models.is_none() && program.sources.iter().any(|name| name.ends_with(MODELS)) {
        bail!(
            "a step asks a model: say who answers, `--models http://HOST:PORT` (and `--models-key KEY`), a running Weir or another server with OpenAI's chat completions"
        );
    }
    let documents = documents(&read, args)?;
    let snapshot = own::snapshot(&documents)?;
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
    let gateway = crate::own::gateway(snapshot, events.clone());
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
    let hand = Hand::new(&args.file, &args.source);
    let models = Served::models(&args.models)?;
    let mut making = Making { args, hand, models, documents: Vec::new(), flows: HashMap::new() };
    making.flow((NAME, ""), (&read.document, &read.sources, &args.file), &read.to_json())?;
    making.credentials()?;
    making.documents.extend(making.models.iter().flat_map(Served::documents));
    if let Some(flow) = making.documents.iter_mut().find(|document| document["name"] == NAME) {
        flow["spec"]["timeout"] = format!("{}ms", args.timeout.as_millis()).into();
        if let Some(workflow) = &args.workflow {
            flow["spec"]["workflow"] = workflow.as_str().into();
        }
    }
    Ok(making.documents)
}

/// Documents of a gateway while they are made.
struct Making<'a> {
    args: &'a FlowRunArgs,
    hand: Hand<'a>,
    /// Who answers steps that ask a model.
    models: Option<Served>,
    documents: Vec<Value>,
    /// The flows whose documents stand in files, by these.
    flows: HashMap<PathBuf, String>,
}

// === impl Making ===

impl Making<'_> {
    /// A flow of a document, and before it what serves its sources; `prefix` stands before their names.
    fn flow(
        &mut self,
        (name, prefix): (&str, &str),
        (document, sources, path): (&flow::Document, &Sources, &Path),
        arazzo: &Value,
    ) -> anyhow::Result<()> {
        let depth = prefix.matches('/').count();
        let (mut served, mut flows) = (Map::new(), Map::new());
        for source in &document.sources {
            let file = self.hand.file((document, path), source, depth);
            let full = format!("{prefix}{}", source.name);
            match sources.get(&source.name) {
                Some(Source::OpenApi(_)) => {
                    served.insert(source.name.to_string(), self.service(&full, &json_of(&file)?)?);
                }
                Some(Source::Arazzo(inner, sources)) => {
                    let known = self.flows.get(&file).cloned();
                    let other = known.unwrap_or_else(|| format!("{NAME}/{full}"));
                    if self.flows.insert(file.clone(), other.clone()).is_none() {
                        let inner = (&**inner, &**sources, file.as_path());
                        self.flow((&other, &format!("{full}/")), inner, &json_of(&file)?)?;
                    }
                    flows.insert(source.name.to_string(), other.into());
                }
                None => {}
            }
        }
        let steps = document.workflows.iter().flat_map(|workflow| &workflow.steps);
        for source in steps.flat_map(|step| step.weir.asks()) {
            if sources.get(source).is_none() && !served.contains_key(source) {
                let service = self.schema(&format!("{prefix}{source}"))?;
                served.insert(source.to_owned(), service);
            }
        }
        let mut spec = json!({"arazzo": arazzo, "sources": served, "flows": flows});
        if self.models.is_some() {
            spec["models"] = own::MODELS.into();
        }
        self.documents.push(json!({"kind": "Flow", "name": name, "spec": spec}));
        Ok(())
    }

    /// The policies that steps name as their credentials: the header fields of every call.
    fn credentials(&mut self) -> anyhow::Result<()> {
        let steps = self.documents.iter().filter_map(|document| document.pointer("/spec/arazzo/workflows"));
        let steps = steps.flat_map(|workflows| workflows.as_array().into_iter().flatten());
        let steps = steps.flat_map(|workflow| workflow["steps"].as_array().into_iter().flatten());
        let named = steps.filter_map(|step| step["x-weir-credentials"].as_str().map(str::to_owned));
        let named: BTreeSet<String> = named.collect();
        for credentials in named {
            if self.args.header.is_empty() {
                bail!(
                    "a step has the credentials `{credentials}`: say what they are, `--header 'NAME: VALUE'`"
                );
            }
            let (team, name) = credentials.split_once("::").unwrap_or((DEFAULT_TEAM, &credentials));
            let spec = json!({"headers": {"request": {"set": self.headers()}}});
            self.documents.push(json!({"kind": "Policy", "team": team, "name": name, "spec": spec}));
        }
        Ok(())
    }

    /// The header fields of every call.
    fn headers(&self) -> Map<String, Value> {
        self.args.header.iter().map(|(field, value)| (field.clone(), value.as_str().into())).collect()
    }

    /// What serves a source: an upstream, a service and a route.
    fn service(&mut self, name: &str, openapi: &Value) -> anyhow::Result<Value> {
        let own = openapi.pointer("/servers/0/url").and_then(Value::as_str).unwrap_or_default();
        let given = self.server(name).unwrap_or(own);
        let server = Server::parse(given).with_context(|| {
            format!("source `{name}`: say where its server is, `--server {name}=http://HOST:PORT` (its description has `{own}`)")
        })?;
        self.documents.extend(Served::new(name, server, &self.args.header).documents());
        Ok(json!({"service": name, "openapi": openapi, "base": format!("/{name}")}))
    }

    /// What serves a schema that steps ask by GraphQL.
    fn schema(&mut self, name: &str) -> anyhow::Result<Value> {
        let given = self.server(name).unwrap_or_default();
        let server = Server::parse(given).with_context(|| {
            format!("a step asks `{name}` by GraphQL: say where that takes queries, `--server {name}=http://HOST:PORT/PATH`")
        })?;
        let served = Served::schema(name, server, &self.args.header);
        self.documents.extend(served.documents());
        Ok(json!({"service": served.name(), "base": format!("/{}", served.base())}))
    }

    fn server(&self, name: &str) -> Option<&str> {
        self.args.server.iter().find(|(given, _)| given == name).map(|(_, url)| url.as_str())
    }
}

fn json_of(file: &Path) -> anyhow::Result<Value> {
    Ok(single(file)?.map_err(|mistake| anyhow::anyhow!("{mistake}"))?.to_json())
}
