//! Products, and what is known of each in other places: stock, price, reviews.

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::data::{Product, between};
use super::params::Params;
use super::{nothing, reply};
use crate::dice;
use crate::world::Shared;

/// Currencies, and what a hundred euro cents are in their smallest unit, times a hundred.
const CURRENCIES: [(&str, u32); 5] = [("EUR", 10_000), ("USD", 11_000), ("GBP", 8_500), ("CHF", 9_500), ("JPY", 160)];

const WAREHOUSES: [&str; 3] = ["north", "south", "overseas"];

const VERDICTS: [&str; 6] = [
    "Does what it should.",
    "Better than the old one.",
    "Arrived late, but works.",
    "Would buy it again.",
    "Not quite what I expected.",
    "A gift that was well received.",
];

/// Ids that one request may name.
const MOST_IDS: usize = 100;

pub(super) async fn list(State(world): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let params = match Params::read(&uri, &["page", "per_page", "ids", "category"]) {
        Ok(params) => params,
        Err(response) => return *response,
    };
    let shop = world.shop.lock();
    if let Some(ids) = params.get("ids") {
        let ids: Option<Vec<usize>> = ids.split(',').map(|id| id.trim().parse().ok()).collect();
        let Some(ids) = ids.filter(|ids| ids.len() <= MOST_IDS) else {
            return reply::bad_request("`ids` must be at most 100 whole numbers, separated by commas.");
        };
        let named: Vec<&Product> = ids.iter().filter_map(|id| shop.products.get(id.checked_sub(1)?)).collect();
        return params.page(&uri, &headers, &named);
    }
    let fits = |product: &&Product| params.get("category").is_none_or(|category| category == product.category);
    let products: Vec<&Product> = shop.products.iter().filter(fits).collect();
    params.page(&uri, &headers, &products)
}

pub(super) async fn one(State(world): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match world.shop.lock().product(&id) {
        Some(product) => reply::found(&headers, product),
        None => nothing("product", &id),
    }
}

pub(super) async fn stock(State(world): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let shop = world.shop.lock();
    let Some(product) = shop.product(&id) else {
        return nothing("product", &id);
    };
    let mut rng = world.dice.rng("stock", product.id.into());
    let shelves: Vec<(&str, u32)> = WAREHOUSES.iter().map(|name| (*name, between(&mut rng, 0, 40))).collect();
    let available: u32 = shelves.iter().map(|(_, count)| count).sum();
    let warehouses: Vec<Value> =
        shelves.iter().map(|(name, count)| json!({"warehouse": name, "available": count})).collect();
    let body = json!({"product_id": product.id, "available": available, "warehouses": warehouses});
    reply::found(&headers, &body)
}

pub(super) async fn price(
    State(world): State<Shared>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let params = match Params::read(&uri, &["currency"]) {
        Ok(params) => params,
        Err(response) => return *response,
    };
    let shop = world.shop.lock();
    let Some(product) = shop.product(&id) else {
        return nothing("product", &id);
    };
    let wanted = params.get("currency").unwrap_or("EUR");
    let Some((currency, rate)) = CURRENCIES.iter().find(|(name, _)| *name == wanted) else {
        return reply::bad_request("`currency` must be one of EUR, USD, GBP, CHF, JPY.");
    };
    let amount = u64::from(product.cents) * u64::from(*rate) / 10_000;
    reply::found(&headers, &json!({"product_id": product.id, "amount": amount, "currency": currency}))
}

pub(super) async fn reviews(
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
    let Some(product) = shop.product(&id) else {
        return nothing("product", &id);
    };
    let mut rng = world.dice.rng("reviews", product.id.into());
    let users = u32::try_from(shop.users.len()).unwrap_or(1);
    let mut review = |number: u32| {
        json!({
            "id": product.id * 100 + number,
            "product_id": product.id,
            "user_id": between(&mut rng, 1, users),
            "rating": between(&mut rng, 1, 5),
            "text": dice::pick(&mut rng, &VERDICTS),
        })
    };
    let reviews: Vec<Value> = (0..product.id % 8).map(&mut review).collect();
    params.page(&uri, &headers, &reviews)
}
