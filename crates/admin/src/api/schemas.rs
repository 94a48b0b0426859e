//! `/api/v1/schemas`: the JSON Schemas of the documents' specs.

use std::collections::BTreeMap;

use domain::{Kind, spec_schema};
use http::Method;
use serde_json::{Map, Value};

use crate::endpoint::{Access, Endpoint};
use crate::extract::{Json, Place};
use crate::problem::{Code, Problem};

type Schemas = BTreeMap<&'static str, Value>;

pub(crate) fn list() -> Endpoint {
    let names = ("listSchemas", "The JSON Schemas of all kinds' specs, by kind");
    Endpoint::new((Method::GET, "/api/v1/schemas"), Access::SignedIn, names, all).answer::<BTreeMap<
        String,
        Map<String, Value>,
    >>(
        200,
        "JSON Schemas (2020-12).",
    )
}

pub(crate) fn read() -> Endpoint {
    let names = ("getSchema", "The JSON Schema of a kind's spec");
    Endpoint::new((Method::GET, "/api/v1/schemas/{kind}"), Access::SignedIn, names, one)
        .answer::<Map<String, Value>>(200, "A JSON Schema (2020-12).")
}

async fn all() -> Json<Schemas> {
    Json(Kind::ALL.iter().map(|kind| (kind.as_str(), spec_schema(*kind))).collect())
}

async fn one(Place(kind): Place<String>) -> Result<Json<Value>, Problem> {
    let known = Kind::parse(&kind);
    let unknown = || Problem::new(Code::NotFound).detail(format!("there is no kind `{kind}`"));
    known.map(|kind| Json(spec_schema(kind))).ok_or_else(unknown)
}
