//! A call of a route that runs no flow, as a job: a program of one step, whose request is the call's and whose answer is
//! the job's.

use std::sync::Arc;

use bytes::Bytes;
use flow::Program;
use flow::document::Document;
use flow::engine::{Bounds, Happened, Noted, Reply as Answer};
use flow::request::Request;
use flow::resolve::{Source, Sources};
use message::{Body, Method, Prefers, ResponseHead};
use net::Reply;
use openapi::Description;
use serde_json::json;
use snapshot::{Backend, Flow, Route};

use super::record::{self, Task, Wanted};
use crate::Refusal;
use crate::exchange::Exchange;
use crate::stage::authenticate::hide_all;

/// Fields of a call that belong to how it came, or are written anew.
const LEFT_OUT: [&str; 6] = ["prefer", "content-length", "expect", "host", "traceparent", "tracestate"];

/// The same of an answer.
const NOT_KEPT: [&str; 5] = ["connection", "content-length", "date", "transfer-encoding", "x-request-id"];

/// Whether a call that runs no flow is to be a job.
pub(crate) fn wants(x: &Exchange<'_>, route: &Route) -> bool {
    // Fields are kept as text: one that is none could not be sent as it came.
    let is_text = || x.head.fields.iter().all(|(_, value, _)| std::str::from_utf8(value).is_ok());
    may(x, route) && Prefers::of(&x.head.fields).later && is_text()
}

/// Whether what caches may do with the answer depends on what is preferred: the one to who is answered later is not to be
/// kept (RFC 7240 §2).
pub(crate) fn varies(x: &Exchange<'_>, route: &Route) -> bool {
    matches!(x.head.method, Method::Get | Method::Head) && may(x, route)
}

fn may(x: &Exchange<'_>, route: &Route) -> bool {
    route.service.jobs.is_some()
        && route.flow.is_none()
        && matches!(route.service.backend, Backend::Upstream { .. })
        && x.vouched.is_none()
        && x.upgrade.is_none()
}

/// Takes the call's request.
pub(super) async fn take(x: &mut Exchange<'_>, route: &Route, repeatable: bool) -> Result<Wanted, Refusal> {
    let cap = x.shared().config.ai_body_limit;
    let body = x.read_body(cap).await.map_err(|error| Refusal::new(error.reason, error.detail))?;
    // Who the caller is was found out; what proved it is not kept.
    hide_all(&mut x.head, &route.service);
    let path = x.head.path();
    let own = path.get(route.path_change(path).0..).unwrap_or_default();
    let target = x.head.query().map_or_else(|| own.to_owned(), |query| format!("{own}?{query}"));
    let mut fields = record::headers(&x.head.fields);
    fields.retain(|(name, _)| !LEFT_OUT.contains(&name.to_ascii_lowercase().as_str()));
    Ok(Wanted { service: route.service.id.clone(), target, fields, repeatable, body })
}

/// The program, with where it calls.
pub(super) fn program(task: &Task, wanted: &Wanted) -> Option<Arc<Flow>> {
    let safe = Method::parse(task.method.as_bytes()).is_some_and(|method| method.is_safe());
    let document = json!({
        "arazzo": "1.1.0",
        "info": {"title": "a call", "version": "1"},
        "sourceDescriptions": [{"name": "service", "url": "./service.json", "type": "openapi"}],
        "workflows": [{"workflowId": "call", "steps": [{
            "stepId": "call",
            "operationId": "call",
            "successCriteria": [{"condition": "$statusCode >= 100"}],
            "x-weir-safe": safe,
            "x-weir-repeatable": wanted.repeatable,
        }]}],
    });
    let description = json!({
        "openapi": "3.1.0",
        "info": {"title": "a service", "version": "1"},
        "paths": {"/": {"post": {"operationId": "call"}}},
    });
    let description = Description::read(&description).ok()?;
    let sources = Sources::from_iter([("service".into(), Source::OpenApi(Arc::new(description)))]);
    let program = Program::new(&Document::read(&document).ok()?, &sources).ok()?;
    let workflow = program.workflow("call")?;
    Some(Arc::new(Flow {
        id: wanted.service.clone(),
        program: Arc::new(program),
        workflow,
        places: vec![Some(task.origin.place(&wanted.service))],
        credentials: Vec::new(),
        digest: 0,
        bounds: Bounds::default(),
        max_answer: task.max_journal,
        written: Arc::default(),
    }))
}

/// The request of its step.
pub(super) fn request(task: &Task, wanted: &Wanted) -> Request {
    let one = |(name, value): &(String, String)| (name.as_str().into(), value.clone());
    Request {
        method: task.method.as_str().into(),
        target: wanted.target.clone(),
        headers: wanted.fields.iter().map(one).collect(),
        body: (!wanted.body.is_empty()).then(|| (Box::default(), wanted.body.to_vec())),
    }
}

/// The answer that was noted, if it was.
pub(super) fn answered(notes: &[Bytes]) -> Option<Answer> {
    notes.iter().filter_map(|note| record::noted(note.clone())).find_map(|Noted { what, .. }| match what {
        Happened::Answered(_, answer) => Some(answer),
        _ => None,
    })
}

/// An answer as the call would have had it.
pub(super) fn reply(answer: Answer, method: &Method) -> Reply {
    let mut head = ResponseHead::new(answer.status);
    for (name, value) in answer.headers.iter().filter(|(name, _)| !NOT_KEPT.contains(name)) {
        head.fields.push_named(name.as_bytes(), value.as_bytes());
    }
    if head.is_bodiless(method) {
        return Reply::new(head, Body::empty());
    }
    Reply::new(head, Body::full(answer.body))
}
