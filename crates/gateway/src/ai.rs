//! Serving a call from models: the endpoints of the dialects, the alias, its targets in order.

mod alias;
mod answer;
mod at_once;
mod background;
pub(crate) mod batches;
mod compact;
mod conversation;
mod debt;
mod endpoint;
mod errand;
mod fan;
mod fetch;
mod files;
mod follow;
pub(crate) mod google;
mod interactions;
mod keeper;
mod lent;
mod live;
mod models;
mod native;
mod owner;
mod pace;
mod page;
mod passed;
pub(crate) mod probe;
mod responses;
mod runs;
mod seal;
mod serve;
mod signed;
mod socket;
mod stream;
mod target;
mod tariff;
mod task;

use std::sync::Arc;

use domain::DocId;
use llm::{ApiError, Dialect};
use message::{Method, Reason};
use net::Reply;
use snapshot::{AiWays, Route};

use self::endpoint::{Endpoint, Found};
pub(crate) use self::owner::Owner;
pub(crate) use self::runs::Runs;
pub(crate) use self::seal::Seal;
use self::task::Task;
use crate::exchange::Exchange;
use crate::problem::whole_seconds;
use crate::{Refusal, Shape};

pub(crate) async fn serve(
    x: &mut Exchange<'_>,
    route: &Arc<Route>,
    models: Option<&[DocId]>,
    ways: AiWays,
) -> Result<Reply, Refusal> {
    let path = route.upstream_path(x.head.path());
    let (team, environment) = (route.id.team.as_str(), route.id.environment.as_str());
    let Some(Found { dialect, endpoint }) = endpoint::find(&path, &x.head, x.key_of) else {
        let detail = format!(
            "there is no AI endpoint {} {path}; there are POST /v1/chat/completions and GET /v1/models among others",
            x.head.method
        );
        return Err(Refusal::new(Reason::NoRoute, detail).shaped(x.shape()));
    };
    let opens = x.upgrade.is_some() && x.head.method == Method::Get;
    if opens && dialect == Dialect::OpenAiResponses && matches!(endpoint, Endpoint::Do(Task::Generate, _)) {
        return socket::open(x);
    }
    if !endpoint.takes(&x.head.method) {
        let allow = endpoint.allow();
        let detail = format!("{} is not among the methods: {allow}", x.head.method);
        let refusal = Refusal::new(Reason::MethodNotAllowed, detail).shaped(Shape::ai(dialect));
        // Who asks for a WebSocket where there is none falls back at once, as Codex does by this status alone.
        let status = x.upgrade.is_some().then_some(426);
        return Err(Refusal { allow: Some(allow.to_owned()), status, ..refusal });
    }
    let allowed = alias::Allowed { team, environment, models, dialect, ways };
    match endpoint {
        Endpoint::Batches(batches) => Box::pin(batches::serve(x, &allowed, &batches)).await,
        Endpoint::Do(task, place) => Box::pin(serve::serve(x, &allowed, task, &place)).await,
        Endpoint::Files(files) => Box::pin(files::serve(x, &allowed, &files)).await,
        Endpoint::Interaction(kept) => interactions::serve(x, &kept).await,
        Endpoint::Kept(kept) => Box::pin(responses::serve(x, &allowed, &kept)).await,
        Endpoint::Live(place) => Box::pin(live::serve(x, &allowed, place)).await,
        Endpoint::Models => Ok(models::list(x, &allowed)),
        Endpoint::Model(name) => models::one(x, &allowed, &name),
    }
}

/// The dialect that a caller of this route speaks, as far as its path and its key tell.
pub(crate) fn dialect(x: &Exchange<'_>, route: &Route) -> Dialect {
    endpoint::dialect_of(&route.upstream_path(x.head.path()), &x.head, x.key_of)
}

/// A refusal in the client's dialect, of an error that the translation or a provider gave.
fn refusal_of(dialect: Dialect, error: &ApiError, reason: Reason) -> Refusal {
    let shape = Shape::Ai { dialect, error: Some(Box::new(error.clone())) };
    Refusal {
        retry_after: error.retry_after.map(whole_seconds),
        ..Refusal::new(reason, error.message.clone()).shaped(shape)
    }
}
