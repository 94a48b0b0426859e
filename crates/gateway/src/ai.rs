//! Serving a call from models: the endpoints of the dialects, the alias, its targets in order.

mod alias;
mod answer;
mod chat;
mod models;
mod stream;
mod target;

use std::sync::Arc;

use domain::DocId;
use llm::{ApiError, Dialect, ErrorKind};
use message::{Method, Reason};
use net::Reply;
use snapshot::Route;

use crate::exchange::Exchange;
use crate::problem::whole_seconds;
use crate::{Refusal, Shape};

pub(crate) async fn serve(
    x: &mut Exchange<'_>,
    route: &Arc<Route>,
    models: Option<&[DocId]>,
) -> Result<Reply, Refusal> {
    let path = route.upstream_path(x.head.path());
    let endpoint = path.strip_prefix("/v1").unwrap_or(&path).to_owned();
    let (team, environment) = (route.id.team.as_str(), route.id.environment.as_str());
    let allowed = alias::Allowed { team, environment, models };
    match (&x.head.method, endpoint.as_str()) {
        (Method::Post, "/chat/completions") => Box::pin(chat::serve(x, &allowed)).await,
        (Method::Get | Method::Head, "/models") => Ok(models::list(x, &allowed)),
        (Method::Get | Method::Head, one) if one.starts_with("/models/") => {
            models::one(x, &allowed, one.trim_start_matches("/models/"))
        }
        (method, "/chat/completions") => Err(not_allowed(method, "POST")),
        (method, "/models") => Err(not_allowed(method, "GET, HEAD")),
        (method, other) => {
            let detail = format!(
                "there is no AI endpoint {method} {other}; there are POST /chat/completions and GET /models"
            );
            Err(Refusal::new(Reason::NoRoute, detail).shaped(x.shape()))
        }
    }
}

fn not_allowed(method: &Method, allow: &str) -> Refusal {
    let refusal =
        Refusal::new(Reason::MethodNotAllowed, format!("{method} is not among the methods: {allow}"));
    let shape = Shape::OpenAi { param: None, code: None };
    Refusal { allow: Some(allow.to_owned()), ..refusal.shaped(shape) }
}

/// A refusal in the client's dialect, of an error that the translation or a provider gave.
fn refusal_of(error: &ApiError, reason: Reason) -> Refusal {
    let body = Dialect::OpenAiChat.encode_error(error);
    Refusal {
        status: Some(error.status),
        retry_after: error.retry_after.map(whole_seconds),
        ..Refusal::new(reason, error.message.clone()).shaped(Shape::Json(body))
    }
}

/// What the client is told of a provider's error. One that concerns our key at the provider is ours to
/// mend, and its text may name the account.
fn for_client(error: ApiError) -> ApiError {
    match error.kind {
        ErrorKind::Authentication | ErrorKind::Billing | ErrorKind::Permission => {
            let message = "the provider refused the gateway's key for it; tell the gateway's operator";
            ApiError::new(502, ErrorKind::Server, message).with_code(Reason::ProviderError.code())
        }
        _ => error,
    }
}
