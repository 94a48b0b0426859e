//! What handlers take out of requests, with every refusal as a problem.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::response::{IntoResponse, Response};
use control::Principal;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::guard::Origin;
use crate::problem::{Code, Problem};

/// How long a whole body may take; one that comes slowly holds memory.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Who asks; there on every endpoint that is not public.
pub(crate) struct Caller(pub(crate) Arc<Principal>);

/// Where the request came from.
pub(crate) struct From(pub(crate) Origin);

/// The parameters of the query.
pub(crate) struct Params<T>(pub(crate) T);

/// The parameters of the path.
pub(crate) struct Place<T>(pub(crate) T);

/// A body of JSON.
pub(crate) struct Body<T>(pub(crate) T);

/// An answer of JSON.
pub(crate) struct Json<T>(pub(crate) T);

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let principal = parts.extensions.get::<Arc<Principal>>().cloned();
        principal.map(Self).ok_or_else(|| Problem::new(Code::Unauthenticated))
    }
}

impl FromRequestParts<App> for From {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        parts.extensions.get::<Origin>().copied().map(Self).ok_or_else(|| Problem::new(Code::Internal))
    }
}

impl<T: DeserializeOwned> FromRequestParts<App> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let read = Query::<T>::try_from_uri(&parts.uri);
        read.map(|Query(params)| Self(params))
            .map_err(|error| Problem::new(Code::InvalidRequest).detail(error.body_text()))
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Place<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let read = Path::<T>::from_request_parts(parts, app).await;
        read.map(|Path(place)| Self(place))
            .map_err(|error| Problem::new(Code::InvalidRequest).detail(error.body_text()))
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/json" && !kind.ends_with("+json") {
            return Err(Problem::new(Code::UnsupportedMediaType));
        }
        let bytes = tokio::time::timeout(BODY_TIME, Bytes::from_request(request, app)).await;
        let bytes = bytes.map_err(|_| Problem::new(Code::BodyTimeout))?.map_err(|error| {
            let code = if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Code::BodyTooLarge
            } else {
                Code::InvalidBody
            };
            Problem::new(code)
        })?;
        let read = serde_json::from_slice(&bytes);
        read.map(Self).map_err(|error| Problem::new(Code::InvalidBody).detail(error.to_string()))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => {
                tracing::error!(error = %error, "an answer could not be written");
                Problem::new(Code::Internal).into_response()
            }
        }
    }
}
