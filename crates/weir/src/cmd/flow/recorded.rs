//! How long steps take by what a running Weir has recorded: its admin API plans the flow over its own services.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, bail};
use flow::document::SourceKind;
use flow::engine::Lost;
use flow::request::Request;
use serde_json::{Map, Value, json};

use super::own::{Calls, Served, Server};
use super::read::Read;
use crate::cli::FlowExplainArgs;

/// The server's name.
const WEIR: &str = "weir";

/// Times of steps by workflow and step, each with where it is from.
pub(super) type Times = HashMap<(String, String), (Duration, String)>;

/// What the Weir that the command names has recorded; nothing where it names none.
pub(super) fn times(read: &Read, args: &FlowExplainArgs) -> anyhow::Result<Times> {
    let Some(url) = &args.weir else { return Ok(Times::new()) };
    let server =
        Server::parse(url).with_context(|| format!("`--weir {url}`: an address is `http://HOST:PORT`"))?;
    let token = args.token.as_deref().unwrap_or_default();
    let headers = [("authorization".to_owned(), format!("Bearer {token}"))];
    let calls = Calls::new(&[Served::new(WEIR, server, &headers)])?;
    let body = json!({"document": document(read, args)}).to_string().into_bytes();
    let request = Request {
        method: "POST".into(),
        target: "/api/v1/flows/plan".to_owned(),
        headers: Vec::new(),
        body: Some(("application/json".into(), body)),
    };
    let reply = match calls.make(WEIR, request) {
        Ok(reply) => reply,
        Err(Lost::Timeout) => bail!("`{url}` did not answer in time"),
        Err(Lost::Unreachable(why) | Lost::Bound(why)) => bail!("`{url}` cannot be asked: {why}"),
    };
    let told: Value = serde_json::from_slice(&reply.body).with_context(|| {
        format!("`{url}` answered with {}, and not as Weir's admin API does", reply.status)
    })?;
    if reply.status != 200 {
        bail!("`{url}` answered with {}: {}", reply.status, wrong(&told));
    }
    Ok(read_times(&told))
}

/// The flow as a document of that Weir.
fn document(read: &Read, args: &FlowExplainArgs) -> Value {
    let services = read.document.sources.iter().filter(|source| source.kind != Some(SourceKind::Arazzo));
    let sources: Map<String, Value> = services
        .map(|source| {
            let given = args.service.iter().find(|(name, _)| **name == *source.name);
            let service = given.map_or(&*source.name, |(_, service)| service.as_str());
            (source.name.to_string(), json!({"service": service}))
        })
        .collect();
    json!({"kind": "Flow", "name": "explained", "team": args.team, "spec": {"arazzo": read.to_json(), "sources": sources}})
}

/// What a refusal says, with every mistake.
fn wrong(told: &Value) -> String {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut words = vec![text(told, "detail")];
    let errors = told.get("errors").and_then(Value::as_array).into_iter().flatten();
    words.extend(errors.map(|error| format!("{}: {}", text(error, "path"), text(error, "message"))));
    words.retain(|words| !words.is_empty());
    words.join("; ")
}

fn read_times(told: &Value) -> Times {
    let list =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut times = Times::new();
    for workflow in list(told, "workflows") {
        if workflow.get("timed") != Some(&Value::Bool(true)) {
            continue;
        }
        for step in list(&workflow, "steps") {
            let time = step.get("expected_us").and_then(Value::as_u64).map(Duration::from_micros);
            if let Some(time) = time {
                times.insert((text(&workflow, "id"), text(&step, "id")), (time, text(&step, "latency")));
            }
        }
    }
    times
}
