//! What can be written: orders.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

use super::orders::{Item, Order, STATUSES};
use super::problem::{Mistake, Problem};
use super::respond::{Answer, Visit, matches, tag};
use crate::body;
use crate::world::{Ticket, World};

/// The most items of one order and the most of one product.
const MOST_ITEMS: usize = 50;
const MOST_OF_ONE: u64 = 1_000;

/// An order's fields as a request gives them, each found to be right.
#[derive(Default)]
struct Fields {
    user_id: Option<String>,
    items: Option<Vec<Item>>,
    status: Option<&'static str>,
}

/// Whether all fields must be there or some may be left as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Whole,
    Part,
}

pub(super) async fn create(
    State(world): State<Arc<World>>,
    ticket: Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 55).await?;
    let fields = fields(visit.world(), &headers, body, Form::Whole).await?;
    let (Some(user), Some(items)) = (fields.user_id, fields.items) else {
        return Err(Problem::mistakes(Vec::new()));
    };
    let order = visit.world().shop.book().create(user, items, fields.status.unwrap_or("pending"));
    let mut response = visit.sent(StatusCode::CREATED, &order);
    if let Ok(place) = HeaderValue::from_str(&format!("/shop/orders/{}", order.id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

pub(super) async fn replace(
    State(world): State<Arc<World>>,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 50).await?;
    let mut fields = fields(visit.world(), &headers, body, Form::Whole).await?;
    fields.status = fields.status.or(Some("pending"));
    write(&visit, &id, &headers, fields)
}

pub(super) async fn change(
    State(world): State<Arc<World>>,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 50).await?;
    let fields = fields(visit.world(), &headers, body, Form::Part).await?;
    write(&visit, &id, &headers, fields)
}

pub(super) async fn delete(
    State(world): State<Arc<World>>,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 40).await?;
    let mut book = visit.world().shop.book();
    let order = book.get(&id).ok_or_else(|| Problem::not_found("order", &id))?;
    precondition(&headers, order)?;
    book.delete(&id);
    drop(book);
    Ok(visit.empty(StatusCode::NO_CONTENT))
}

fn write(visit: &Visit, id: &str, headers: &HeaderMap, fields: Fields) -> Answer {
    let mut book = visit.world().shop.book();
    let order = book.get(id).ok_or_else(|| Problem::not_found("order", id))?;
    precondition(headers, order)?;
    let written = book.update(id, |order| {
        order.user_id = fields.user_id.unwrap_or_else(|| std::mem::take(&mut order.user_id));
        order.items = fields.items.unwrap_or_else(|| std::mem::take(&mut order.items));
        order.status = fields.status.unwrap_or(order.status);
    });
    drop(book);
    let order = written.ok_or_else(|| Problem::not_found("order", id))?;
    Ok(visit.sent(StatusCode::OK, &order))
}

/// `If-Match` (RFC 9110 §13.1.1), if the caller sent it.
fn precondition(headers: &HeaderMap, order: &Order) -> Result<(), Problem> {
    let Some(wanted) = headers.get(header::IF_MATCH) else { return Ok(()) };
    let now = tag(&serde_json::to_vec(order).unwrap_or_default());
    if matches(&String::from_utf8_lossy(wanted.as_bytes()), &now) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::PRECONDITION_FAILED, "the order was changed since it was read"))
}

/// Reads the body and finds every mistake in it.
async fn fields(world: &World, headers: &HeaderMap, body: Body, form: Form) -> Result<Fields, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !matches!(kind.as_str(), "application/json" | "application/merge-patch+json") {
        let detail = "send the order as application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let bytes = body::read(body, world.config.body_limit).await?;
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("the body is no JSON: {error}")))?;
    let Value::Object(map) = value else {
        return Err(Problem::mistake("", "an order is an object"));
    };
    let mut reader = Reader { world, mistakes: Vec::new() };
    let fields = reader.order(&map, form);
    if reader.mistakes.is_empty() { Ok(fields) } else { Err(Problem::mistakes(reader.mistakes)) }
}

struct Reader<'a> {
    world: &'a World,
    mistakes: Vec<Mistake>,
}

// === impl Reader ===

impl Reader<'_> {
    fn wrong(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.mistakes.push(Mistake { pointer: pointer.into(), detail: detail.into() });
    }

    fn order(&mut self, map: &Map<String, Value>, form: Form) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in map {
            match name.as_str() {
                "user_id" => fields.user_id = self.user(value),
                "items" => fields.items = self.items(value),
                "status" => fields.status = self.status(value),
                _ => self.wrong(format!("/{name}"), "an order has no such field"),
            }
        }
        for name in ["user_id", "items"] {
            if form == Form::Whole && !map.contains_key(name) {
                self.wrong(format!("/{name}"), "is missing");
            }
        }
        fields
    }

    fn user(&mut self, value: &Value) -> Option<String> {
        let known = value.as_str().filter(|id| self.world.shop.catalogue.user(id).is_some());
        if known.is_none() {
            self.wrong("/user_id", "no user has this id");
        }
        known.map(str::to_owned)
    }

    fn status(&mut self, value: &Value) -> Option<&'static str> {
        let known = STATUSES.iter().find(|status| value.as_str() == Some(status)).copied();
        if known.is_none() {
            self.wrong("/status", format!("takes one of {}", STATUSES.join(", ")));
        }
        known
    }

    fn items(&mut self, value: &Value) -> Option<Vec<Item>> {
        let Some(list) = value.as_array().filter(|list| (1..=MOST_ITEMS).contains(&list.len())) else {
            self.wrong("/items", format!("takes 1 to {MOST_ITEMS} items"));
            return None;
        };
        // All are looked at before the first that is wrong ends it, so that every mistake is told.
        let items: Vec<_> = list.iter().enumerate().map(|(at, item)| self.item(at, item)).collect();
        items.into_iter().collect()
    }

    fn item(&mut self, at: usize, value: &Value) -> Option<Item> {
        let product = value.get("product_id").and_then(Value::as_str);
        let product = product.filter(|id| self.world.shop.catalogue.product(id).is_some());
        if product.is_none() {
            self.wrong(format!("/items/{at}/product_id"), "no product has this id");
        }
        let quantity = value.get("quantity").map_or(Some(1), Value::as_u64);
        let quantity = quantity.filter(|quantity| (1..=MOST_OF_ONE).contains(quantity));
        if quantity.is_none() {
            self.wrong(
                format!("/items/{at}/quantity"),
                format!("takes a whole number of 1 to {MOST_OF_ONE}"),
            );
        }
        Some(Item { product_id: product?.to_owned(), quantity: u32::try_from(quantity?).ok()? })
    }
}
