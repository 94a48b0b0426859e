//! The orders: the only data of the shop that changes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::catalogue::{Catalogue, EPOCH, ORDERS, PRODUCTS, USERS, number, word};
use crate::seed::between;
use crate::when::rfc3339;

/// How many orders there can be; a new one beyond it takes the place of the oldest.
const MOST_ORDERS: usize = 10_000;

/// What an order can be in.
pub(super) const STATUSES: [&str; 5] = ["pending", "paid", "shipped", "delivered", "cancelled"];
const CARRIERS: [&str; 3] = ["heron-post", "northline", "quickriver"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Item {
    pub(super) product_id: String,
    pub(super) quantity: u32,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) user_id: String,
    pub(super) status: &'static str,
    pub(super) items: Vec<Item>,
    pub(super) created_at: String,
    /// How often it was written, from 1.
    pub(super) version: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct Shipping {
    order_id: String,
    carrier: &'static str,
    tracking_code: String,
    status: &'static str,
    estimated_at: String,
}

/// All orders by number.
#[derive(Debug)]
pub(super) struct OrderBook {
    orders: BTreeMap<u32, Order>,
    next: u32,
}

// === impl OrderBook ===

impl OrderBook {
    pub(super) fn new(catalogue: &Catalogue) -> Self {
        let orders = (1..=ORDERS).map(|number| (number, first_order(number, catalogue))).collect();
        Self { orders, next: ORDERS + 1 }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Order> {
        self.orders.get(&number(id, "ord-")?)
    }

    /// Those of one user, or of all, in one status, or in any; the oldest first.
    pub(super) fn list(&self, user: Option<&str>, status: Option<&str>) -> Vec<Order> {
        let wanted = |order: &&Order| {
            user.is_none_or(|user| order.user_id == user)
                && status.is_none_or(|status| order.status == status)
        };
        self.orders.values().filter(wanted).cloned().collect()
    }

    pub(super) fn create(&mut self, user_id: String, items: Vec<Item>, status: &'static str) -> Order {
        if self.orders.len() >= MOST_ORDERS {
            self.orders.pop_first();
        }
        let number = self.next;
        self.next = self.next.saturating_add(1);
        let created_at = rfc3339(EPOCH + i64::from(number));
        let order = Order { id: format!("ord-{number}"), user_id, status, items, created_at, version: 1 };
        self.orders.insert(number, order.clone());
        order
    }

    /// Changes an order and counts its version; `None` if there is none.
    pub(super) fn update(&mut self, id: &str, change: impl FnOnce(&mut Order)) -> Option<Order> {
        let order = self.orders.get_mut(&number(id, "ord-")?)?;
        change(order);
        order.version += 1;
        Some(order.clone())
    }

    pub(super) fn delete(&mut self, id: &str) {
        if let Some(number) = number(id, "ord-") {
            self.orders.remove(&number);
        }
    }
}

// === impl Order ===

impl Order {
    pub(super) fn shipping(&self, catalogue: &Catalogue) -> Shipping {
        let mut rng = catalogue.rng("shipping", &self.id);
        let status = match self.status {
            "shipped" => "in_transit",
            "delivered" => "delivered",
            "cancelled" => "none",
            _ => "preparing",
        };
        Shipping {
            order_id: self.id.clone(),
            carrier: word(&mut rng, &CARRIERS),
            tracking_code: format!("TRK{:09}", between(&mut rng, 0, 999_999_999)),
            status,
            estimated_at: rfc3339(EPOCH + i64::from(between(&mut rng, 1, 30)) * 86_400),
        }
    }
}

fn first_order(number: u32, catalogue: &Catalogue) -> Order {
    let id = format!("ord-{number}");
    let mut rng = catalogue.rng("order", &id);
    let first = between(&mut rng, 1, PRODUCTS);
    let items = (0..between(&mut rng, 1, 4)).map(|step| Item {
        product_id: format!("prd-{}", (first + step * 53 - 1) % PRODUCTS + 1),
        quantity: between(&mut rng, 1, 3),
    });
    let items = items.collect();
    Order {
        user_id: format!("usr-{}", between(&mut rng, 1, USERS)),
        status: word(&mut rng, &STATUSES),
        items,
        created_at: rfc3339(EPOCH - i64::from(between(&mut rng, 1, 7_775_999))),
        version: 1,
        id,
    }
}
