//! What machines ask: probes, metrics, the OpenAPI document.

use std::sync::LazyLock;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::app::App;
use crate::endpoint::{Access, Endpoint};

use crate::problem::Problem;

/// Prometheus' text format.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

static DOCUMENT: LazyLock<String> = LazyLock::new(|| crate::openapi::document().to_string());

pub(crate) fn healthz() -> Endpoint {
    let names = ("healthz", "Whether the process lives");
    Endpoint::new((Method::GET, "/healthz"), Access::Public, names, async || "ok\n").answer_as::<String>(
        200,
        "It does.",
        "text/plain",
    )
}

pub(crate) fn readyz() -> Endpoint {
    let names = ("readyz", "Whether the store answers");
    Endpoint::new((Method::GET, "/readyz"), Access::Public, names, ready).answer_as::<String>(
        200,
        "It does.",
        "text/plain",
    )
}

pub(crate) fn metrics() -> Endpoint {
    let names = ("metrics", "Metrics in Prometheus' text format");
    Endpoint::new((Method::GET, "/metrics"), Access::Public, names, show_metrics).answer_as::<String>(
        200,
        "The metrics.",
        "text/plain",
    )
}

pub(crate) fn openapi() -> Endpoint {
    let names = ("openapi", "This document");
    Endpoint::new((Method::GET, "/openapi.json"), Access::Public, names, show_document)
        .answer::<Map<String, Value>>(200, "An OpenAPI 3.1 document.")
}

async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    app.run(control::Control::needs_setup).await.map(|_| "ok\n")
}

async fn show_metrics(State(app): State<App>) -> Result<Response, Problem> {
    let mut text = app.run(|control| Ok(control.log().prometheus())).await?;
    text.push_str(&(app.admin.metrics)());
    let revision = app.admin.control.live().peek().revision();
    let name = "gateway_snapshot_revision";
    let gauge =
        format!("# HELP {name} The configuration that is live.\n# TYPE {name} gauge\n{name} {revision}\n");
    text.push_str(&gauge);
    Ok(([(CONTENT_TYPE, PROMETHEUS)], text).into_response())
}

async fn show_document() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}
