//! `POST /api/v1/teams/{team}/{plural}`.

use axum::extract::State;
use axum::response::Response;
use domain::{DocId, Permission};
use http::header::LOCATION;
use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::{DocumentBody, DocumentView, answer, completed, kind, location};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Place};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = ("createDocument", "Writes a new document, checked as a whole, live when this answers");
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::POST, "/api/v1/teams/{team}/{plural}"), access, names, handle)
        .body::<DocumentBody>()
        .answer::<DocumentView>(201, "Written; `Location` and `ETag` are set.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, plural)): Place<(String, String)>,
    Body(body): Body<Value>,
) -> Result<Response, Problem> {
    let body = completed(body, &[("kind", kind(&plural)?.as_str()), ("team", &team)])?;
    let view = app.run(move |control| control.scoped(&principal).create(&body)).await?;
    let id = serde_json::from_value::<DocId>(identity_of(&view.document)).ok();
    let mut response = answer(StatusCode::CREATED, view);
    let location = id.and_then(|id| HeaderValue::from_str(&location(&id)).ok());
    response.headers_mut().extend(location.map(|location| (LOCATION, location)));
    Ok(response)
}

fn identity_of(document: &Value) -> Value {
    let fields = ["team", "environment", "kind", "name"].into_iter();
    fields.filter_map(|field| Some((field.to_owned(), document.get(field)?.clone()))).collect()
}
