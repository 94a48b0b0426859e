//! A REST shop: users, products, stock, prices, reviews, recommendations, orders and shipping. One
//! answer holds the ids that the next request needs, so that a page of it takes a waterfall of calls.

use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

use axum::Router;
use axum::routing::{get, put};

use crate::world::World;

mod catalogue;
mod orders;
mod problem;
mod reads;
mod respond;
mod writes;

use catalogue::Catalogue;
use orders::OrderBook;

pub(crate) use problem::nowhere;

/// The shop's description of itself.
/// The shop's OpenAPI description.
pub const OPENAPI: &str = include_str!("shop/openapi.json");

/// The shop's data: what never changes, and the orders.
#[derive(Debug)]
pub(crate) struct Shop {
    catalogue: Catalogue,
    orders: Mutex<OrderBook>,
}

// === impl Shop ===

impl Shop {
    pub(crate) fn new(seed: u64) -> Self {
        let catalogue = Catalogue::new(seed);
        let orders = Mutex::new(OrderBook::new(&catalogue));
        Self { catalogue, orders }
    }

    /// The orders as they were at the start.
    pub(crate) fn reset(&self) {
        *self.book() = OrderBook::new(&self.catalogue);
    }

    fn book(&self) -> std::sync::MutexGuard<'_, OrderBook> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The routes under `/shop`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/openapi.json", get(reads::openapi))
        .route("/users", get(reads::users))
        .route("/users/{id}", get(reads::user))
        .route("/users/{id}/orders", get(reads::orders_of_user))
        .route("/users/{id}/recommendations", get(reads::recommendations))
        .route("/products", get(reads::products))
        .route("/products/{id}", get(reads::product))
        .route("/products/{id}/reviews", get(reads::reviews))
        .route("/stock/{product}", get(reads::stock))
        .route("/prices/{product}", get(reads::price))
        .route("/shipping/{order}", get(reads::shipping))
        .route("/orders", get(reads::orders).post(writes::create))
        .route(
            "/orders/{id}",
            put(writes::replace).patch(writes::change).delete(writes::delete).get(reads::order),
        )
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::no_such_method)
}
