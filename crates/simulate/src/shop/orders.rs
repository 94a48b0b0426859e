//! Orders: the part of the shop that can be changed.

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};

use super::data::{Item, Order, STATUSES, Shop, between};
use super::params::Params;
use super::{nothing, reply};
use crate::areas::Refusal;
use crate::check::{Checked, Field, Kind, Object};
use crate::world::Shared;

/// What a body may say of an order.
#[derive(Debug, Default)]
struct Draft {
    user_id: Option<u32>,
    items: Option<Vec<Item>>,
    status: Option<&'static str>,
}

/// Lines of one order.
const MOST_ITEMS: usize = 50;

pub(super) async fn list(State(world): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let params = match Params::read(&uri, &["page", "per_page", "status", "user"]) {
        Ok(params) => params,
        Err(response) => return *response,
    };
    let shop = world.shop.lock();
    let fits = |order: &&Order| {
        params.get("status").is_none_or(|status| status == order.status)
            && params.get("user").is_none_or(|user| user.parse() == Ok(order.user_id))
    };
    let orders: Vec<&Order> = shop.orders.values().filter(fits).collect();
    params.page(&uri, &headers, &orders)
}

pub(super) async fn one(State(world): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match world.shop.lock().order(&id) {
        Some(order) => reply::found(&headers, order),
        None => nothing("order", &id),
    }
}

pub(super) async fn create(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut shop = world.shop.lock();
    let draft = match read(&shop, &headers, &body, &["user_id", "items"]) {
        Ok(draft) => draft,
        Err(response) => return *response,
    };
    let status = draft.status.unwrap_or("pending");
    let id = shop.add(
        draft.user_id.unwrap_or_default(),
        draft.items.unwrap_or_default(),
        status,
        world.clock.wall(),
    );
    match shop.orders.get(&id) {
        Some(order) => reply::created(&format!("/shop/orders/{id}"), order),
        None => nothing("order", &id.to_string()),
    }
}

pub(super) async fn replace(
    State(world): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    update(&mut world.shop.lock(), &id, &headers, &body, &["user_id", "items", "status"])
}

pub(super) async fn change(
    State(world): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    update(&mut world.shop.lock(), &id, &headers, &body, &[])
}

pub(super) async fn remove(State(world): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let mut shop = world.shop.lock();
    let Some(order) = shop.order(&id) else {
        return nothing("order", &id);
    };
    if let Some(refused) = reply::changed(&headers, order) {
        return refused;
    }
    let id = order.id;
    shop.orders.remove(&id);
    reply::gone()
}

/// What it takes to send an order: hangs on the order and its products.
pub(super) async fn shipping(State(world): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let shop = world.shop.lock();
    let Some(order) = shop.order(&id) else {
        return nothing("order", &id);
    };
    let weight: u64 = order
        .items
        .iter()
        .filter_map(|item| {
            let product = shop.product(&item.product_id.to_string())?;
            Some(u64::from(product.weight_grams) * u64::from(item.quantity))
        })
        .sum();
    let mut rng = world.dice.rng("shipping", order.id.into());
    let body = json!({
        "order_id": order.id,
        "carrier": if weight > 5_000 { "freight" } else { "parcel" },
        "weight_grams": weight,
        "amount": 390 + weight / 10,
        "currency": "EUR",
        "estimated_days": between(&mut rng, 1, 6),
    });
    reply::found(&headers, &body)
}

fn update(shop: &mut Shop, id: &str, headers: &HeaderMap, body: &[u8], required: &[&'static str]) -> Response {
    let Some(order) = shop.order(id) else {
        return nothing("order", id);
    };
    if let Some(refused) = reply::changed(headers, order) {
        return refused;
    }
    let draft = match read(shop, headers, body, required) {
        Ok(draft) => draft,
        Err(response) => return *response,
    };
    let Some(order) = id.parse().ok().and_then(|id: u32| shop.orders.get_mut(&id)) else {
        return nothing("order", id);
    };
    order.user_id = draft.user_id.unwrap_or(order.user_id);
    order.status = draft.status.unwrap_or(order.status);
    if let Some(items) = draft.items {
        order.items = items;
    }
    reply::found(&HeaderMap::new(), order)
}

fn read(shop: &Shop, headers: &HeaderMap, body: &[u8], required: &[&'static str]) -> Result<Draft, Box<Response>> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence != "application/json" && essence != "application/merge-patch+json" {
        return Err(Box::new(reply::problem(&Refusal {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            message: "Send the order as application/json.".to_owned(),
            ..Refusal::default()
        })));
    }
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Box::new(reply::bad_request(&format!("The body is no JSON: {error}."))))?;
    draft(shop, &Field::root(&value), required).map_err(|violation| Box::new(reply::invalid(&violation)))
}

fn draft(shop: &Shop, field: &Field<'_>, required: &[&'static str]) -> Checked<Draft> {
    let object = field.object()?;
    object.only(&["user_id", "items", "status"])?;
    for name in required {
        object.required(name)?;
    }
    let user_id = object.optional("user_id").map(|user| known(&user, shop.users.len(), "user")).transpose()?;
    let status = object.optional("status").map(|status| status.one_of(&STATUSES)).transpose()?;
    let items = object.optional("items").map(|items| read_items(shop, &items)).transpose()?;
    Ok(Draft { user_id, items, status })
}

fn read_items(shop: &Shop, field: &Field<'_>) -> Checked<Vec<Item>> {
    let items = field.array()?;
    if items.is_empty() {
        return Err(field.path.violation(Kind::Empty));
    }
    if items.len() > MOST_ITEMS {
        return Err(field.path.violation(Kind::TooLong { max: MOST_ITEMS, got: items.len() }));
    }
    items.iter().map(|item| read_item(shop, &item.object()?)).collect()
}

fn read_item(shop: &Shop, item: &Object<'_>) -> Checked<Item> {
    item.only(&["product_id", "quantity"])?;
    let quantity = item.required("quantity")?.integer(1, 1_000)?;
    Ok(Item {
        product_id: known(&item.required("product_id")?, shop.products.len(), "product")?,
        quantity: u32::try_from(quantity).unwrap_or(1),
    })
}

/// An id of something that is there; ids count from 1.
fn known(field: &Field<'_>, count: usize, what: &str) -> Checked<u32> {
    let id = field.integer(i64::MIN, i64::MAX)?;
    let found = u32::try_from(id).ok().filter(|id| (1..=count).contains(&(*id as usize)));
    found.ok_or_else(|| field.path.rule(format!("there is no {what} {id}"), None))
}
