//! What can be read.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::json;

use super::OPENAPI;
use super::catalogue::{CATEGORIES, CURRENCIES, Product, User};
use super::orders::STATUSES;
use super::problem::Problem;
use super::respond::{Answer, Visit};
use crate::world::{Ticket, World};

/// What the shop's handlers take.
type Shared = State<Arc<World>>;
type Asked = Query<HashMap<String, String>>;

/// How many products can be asked for by their ids at once.
const MOST_IDS: usize = 50;

pub(super) async fn openapi(State(world): Shared, ticket: Extension<Ticket>, headers: HeaderMap) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 0).await?;
    Ok(visit.found_bytes(Bytes::from_static(OPENAPI.as_bytes())))
}

pub(super) async fn users(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Query(query): Asked,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 25).await?;
    let users = visit.world().shop.catalogue.users.clone();
    visit.page("/shop/users", &query, users)
}

pub(super) async fn user(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 12).await?;
    Ok(visit.found(user_of(visit.world(), &id)?))
}

pub(super) async fn orders_of_user(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    Query(query): Asked,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 35).await?;
    user_of(visit.world(), &id)?;
    let status = one_of(&query, "status", &STATUSES)?;
    let orders = visit.world().shop.book().list(Some(&id), status);
    visit.page(&format!("/shop/users/{id}/orders"), &query, orders)
}

pub(super) async fn recommendations(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 60).await?;
    let user = user_of(visit.world(), &id)?;
    let products = visit.world().shop.catalogue.recommendations(user);
    Ok(visit.found(&json!({"user_id": user.id, "product_ids": products})))
}

pub(super) async fn products(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Query(query): Asked,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 30).await?;
    let category = one_of(&query, "category", &CATEGORIES)?;
    let ids = ids(visit.world(), &query)?;
    let wanted = |product: &&Product| {
        category.is_none_or(|category| product.category == category)
            && ids.as_ref().is_none_or(|ids| ids.contains(&&*product.id))
    };
    let products: Vec<_> = visit.world().shop.catalogue.products.iter().filter(wanted).cloned().collect();
    let mut query = query.clone();
    if let Some(ids) = &ids {
        // Only those that are there get into the next page's path; one page has them all unless told otherwise.
        query.insert("ids".to_owned(), ids.join(","));
        query.entry("limit".to_owned()).or_insert_with(|| MOST_IDS.to_string());
    }
    visit.page("/shop/products", &query, products)
}

pub(super) async fn product(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 15).await?;
    Ok(visit.found(product_of(visit.world(), &id)?))
}

pub(super) async fn reviews(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    Query(query): Asked,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 40).await?;
    let product = product_of(visit.world(), &id)?;
    let reviews = visit.world().shop.catalogue.reviews(product);
    visit.page(&format!("/shop/products/{id}/reviews"), &query, reviews)
}

pub(super) async fn stock(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 10).await?;
    let product = product_of(visit.world(), &id)?;
    Ok(visit.found(&visit.world().shop.catalogue.stock(product)))
}

pub(super) async fn price(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    Query(query): Asked,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 8).await?;
    let product = product_of(visit.world(), &id)?;
    let currency = query.get("currency").map_or("EUR", String::as_str);
    let price = product.price(currency).ok_or_else(|| {
        let known = CURRENCIES.map(|(name, _)| name).join(", ");
        Problem::mistake("currency", format!("takes one of {known}"))
    })?;
    Ok(visit.found(&price))
}

pub(super) async fn orders(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Query(query): Asked,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 45).await?;
    let status = one_of(&query, "status", &STATUSES)?;
    let user = query.get("user_id").map(|id| {
        let known = visit.world().shop.catalogue.user(id).is_some();
        known.then_some(id.as_str()).ok_or_else(|| Problem::mistake("user_id", "no user has this id"))
    });
    let orders = visit.world().shop.book().list(user.transpose()?, status);
    visit.page("/shop/orders", &query, orders)
}

pub(super) async fn order(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 20).await?;
    let order = visit.world().shop.book().get(&id).cloned();
    Ok(visit.found(&order.ok_or_else(|| Problem::not_found("order", &id))?))
}

pub(super) async fn shipping(
    State(world): Shared,
    ticket: Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let visit = Visit::enter(world, &ticket, &headers, 50).await?;
    let order = visit.world().shop.book().get(&id).cloned();
    let order = order.ok_or_else(|| Problem::not_found("order", &id))?;
    Ok(visit.found(&order.shipping(&visit.world().shop.catalogue)))
}

fn user_of<'a>(world: &'a World, id: &str) -> Result<&'a User, Problem> {
    world.shop.catalogue.user(id).ok_or_else(|| Problem::not_found("user", id))
}

fn product_of<'a>(world: &'a World, id: &str) -> Result<&'a Product, Problem> {
    world.shop.catalogue.product(id).ok_or_else(|| Problem::not_found("product", id))
}

/// The ids of products that the query names, if it names any: those that there are.
fn ids<'a>(world: &'a World, query: &HashMap<String, String>) -> Result<Option<Vec<&'a str>>, Problem> {
    let Some(text) = query.get("ids") else { return Ok(None) };
    let named: Vec<&str> = text.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    if named.len() > MOST_IDS {
        return Err(Problem::mistake("ids", format!("takes at most {MOST_IDS} ids")));
    }
    Ok(Some(named.iter().filter_map(|id| Some(&*world.shop.catalogue.product(id)?.id)).collect()))
}

/// A word of the query that must be one of a few, if it is there.
fn one_of(
    query: &HashMap<String, String>,
    name: &str,
    known: &[&'static str],
) -> Result<Option<&'static str>, Problem> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let found = known.iter().find(|word| *word == text);
    found
        .map(|word| Some(*word))
        .ok_or_else(|| Problem::mistake(name, format!("takes one of {}", known.join(", "))))
}
