//! Users, their orders, what they might like.

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Uri};
use serde_json::json;

use super::data::{Order, between};
use super::params::Params;
use super::{nothing, reply};
use crate::world::Shared;

pub(super) async fn list(State(world): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    match Params::read(&uri, &["page", "per_page"]) {
        Ok(params) => params.page(&uri, &headers, &world.shop.lock().users),
        Err(response) => *response,
    }
}

pub(super) async fn one(State(world): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match world.shop.lock().user(&id) {
        Some(user) => reply::found(&headers, user),
        None => nothing("user", &id),
    }
}

pub(super) async fn orders(
    State(world): State<Shared>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let params = match Params::read(&uri, &["page", "per_page"]) {
        Ok(params) => params,
        Err(response) => return *response,
    };
    let shop = world.shop.lock();
    let Some(user) = shop.user(&id) else {
        return nothing("user", &id);
    };
    let orders: Vec<&Order> = shop.orders.values().filter(|order| order.user_id == user.id).collect();
    params.page(&uri, &headers, &orders)
}

pub(super) async fn recommendations(
    State(world): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let shop = world.shop.lock();
    let Some(user) = shop.user(&id) else {
        return nothing("user", &id);
    };
    let mut rng = world.dice.rng("recommendations", user.id.into());
    let most = u32::try_from(shop.products.len()).unwrap_or(1);
    let products: Vec<u32> = (0..5).map(|_| between(&mut rng, 1, most)).collect();
    reply::found(&headers, &json!({"user_id": user.id, "product_ids": products}))
}
