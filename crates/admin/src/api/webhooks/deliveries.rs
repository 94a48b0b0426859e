//! `GET /api/v1/teams/{team}/webhooks/{name}/deliveries`.

use axum::extract::State;
use control::{DeliveryQuery, DeliveryView};
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::DeliveryState;

use crate::api::documents::identity;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Params, Place};
use crate::page::limit;
use crate::problem::{Code, Problem};
use crate::time;

/// Which deliveries are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
struct DeliveryParams {
    /// The environment; `default` if absent.
    environment: Option<String>,
    /// `waiting`, `delivered` or `dead`; absent: all.
    state: Option<String>,
    /// At most so many: 1 to 200, usually 50.
    limit: Option<usize>,
    /// Where an earlier part ended.
    cursor: Option<String>,
}

/// What became of events that a webhook was sent.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookDeliveries {
    /// Since when nothing came through; null: it works.
    failing_since: Option<String>,
    /// Why nothing is sent any more, `gone` (its receiver answered 410) or `failing`; null: it is.
    off: Option<String>,
    /// The deliveries, newest first.
    items: Vec<WebhookDelivery>,
    /// Where the next part begins; null: there is none.
    next_cursor: Option<String>,
}

/// A delivery.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookDelivery {
    /// The event's id.
    event: String,
    /// The event's type.
    r#type: String,
    /// `waiting`, `delivered` or `dead`.
    state: String,
    /// How often it was tried.
    attempts: u32,
    /// Since when it is tried.
    began: String,
    /// When it is tried next; null: it has ended.
    due: Option<String>,
    /// When it was tried last.
    last_at: Option<String>,
    /// What was answered then; null: nothing.
    last_status: Option<u16>,
    /// The same in words.
    last_detail: Option<String>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("listWebhookDeliveries", "What became of the events that a webhook was sent");
    let access = Access::Team(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/teams/{team}/webhooks/{name}/deliveries"), access, names, handle)
        .query::<DeliveryParams>()
        .answer::<WebhookDeliveries>(200, "The deliveries, newest first.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, name)): Place<(String, String)>,
    Params(params): Params<DeliveryParams>,
) -> Result<Json<WebhookDeliveries>, Problem> {
    let id = identity((&team, "webhooks", &name), params.environment.as_deref())?;
    let unknown = || Problem::new(Code::InvalidRequest).detail("`state` is `waiting`, `delivered` or `dead`");
    let state =
        params.state.as_deref().map(|word| DeliveryState::parse(word).ok_or_else(unknown)).transpose()?;
    let cursor = params.cursor.filter(|cursor| !cursor.is_empty());
    let query = DeliveryQuery { state, cursor, limit: limit(params.limit)? };
    let view = app.run(move |control| control.scoped(&principal).deliveries(&id, &query)).await?;
    Ok(Json(WebhookDeliveries {
        failing_since: view.failing_since.map(time::show),
        off: view.off.map(str::to_owned),
        items: view.items.into_iter().map(WebhookDelivery::from).collect(),
        next_cursor: view.next_cursor,
    }))
}

impl From<DeliveryView> for WebhookDelivery {
    fn from(DeliveryView { delivery, event }: DeliveryView) -> Self {
        let waits = delivery.state == DeliveryState::Waiting;
        Self {
            event: delivery.message,
            r#type: event,
            state: delivery.state.as_str().to_owned(),
            attempts: delivery.attempts,
            began: time::show(delivery.began),
            due: waits.then(|| time::show(delivery.due)),
            last_at: delivery.last.as_ref().map(|last| time::show(last.at)),
            last_status: delivery.last.as_ref().and_then(|last| last.status),
            last_detail: delivery.last.map(|last| last.detail),
        }
    }
}
