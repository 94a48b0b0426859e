//! The shop's data, made from the seed.

use std::collections::BTreeMap;

use base::{Micros, Rng};
use serde::Serialize;

use crate::dice::{self, Dice};
use crate::world::rfc3339;

/// All that the shop knows.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(super) users: Vec<User>,
    pub(super) products: Vec<Product>,
    pub(super) orders: BTreeMap<u32, Order>,
    pub(super) next_order: u32,
}

/// A customer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct User {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) city: &'static str,
    pub(super) country: &'static str,
    pub(super) currency: &'static str,
    pub(super) joined_at: String,
}

/// Something for sale.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Product {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) category: &'static str,
    pub(super) description: String,
    pub(super) weight_grams: u32,
    /// Euro cents; what it costs is `/shop/prices`' business.
    #[serde(skip)]
    pub(super) cents: u32,
}

/// A purchase.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Order {
    pub(super) id: u32,
    pub(super) user_id: u32,
    pub(super) status: &'static str,
    pub(super) items: Vec<Item>,
    pub(super) placed_at: String,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Item {
    pub(super) product_id: u32,
    pub(super) quantity: u32,
}

/// What an order can be.
pub(super) const STATUSES: [&str; 5] = ["pending", "paid", "shipped", "delivered", "cancelled"];

/// Orders there can be at once; the oldest made by a request goes when there are more.
const MOST_ORDERS: usize = 10_000;

const USERS: u32 = 50;
const PRODUCTS: u32 = 200;
const ORDERS: u32 = 400;

/// 2026-01-01T00:00:00Z, the shop's first day.
const FIRST_DAY: i64 = 1_767_225_600;

const GIVEN: [&str; 20] = [
    "Ada", "Ben", "Chloe", "Dario", "Elif", "Finn", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Leo", "Mina", "Noor",
    "Otto", "Priya", "Quinn", "Rosa", "Sami", "Tove",
];
const FAMILY: [&str; 16] = [
    "Adler", "Becker", "Costa", "Dahl", "Eriksen", "Fischer", "Garcia", "Haas", "Ivanova", "Jansen", "Keller", "Lopez",
    "Moreau", "Novak", "Okafor", "Park",
];
const PLACES: [(&str, &str, &str); 10] = [
    ("Berlin", "DE", "EUR"),
    ("Paris", "FR", "EUR"),
    ("Lisbon", "PT", "EUR"),
    ("Vienna", "AT", "EUR"),
    ("London", "GB", "GBP"),
    ("Leeds", "GB", "GBP"),
    ("Boston", "US", "USD"),
    ("Austin", "US", "USD"),
    ("Osaka", "JP", "JPY"),
    ("Zurich", "CH", "CHF"),
];
const ADJECTIVES: [&str; 12] = [
    "Quiet", "Bright", "Sturdy", "Folding", "Compact", "Classic", "Linen", "Copper", "Oak", "Light", "Travel", "Garden",
];
const NOUNS: [(&str, &str); 12] = [
    ("Lamp", "home"),
    ("Chair", "home"),
    ("Kettle", "kitchen"),
    ("Pan", "kitchen"),
    ("Backpack", "travel"),
    ("Notebook", "office"),
    ("Keyboard", "office"),
    ("Headphones", "audio"),
    ("Speaker", "audio"),
    ("Spade", "garden"),
    ("Tent", "travel"),
    ("Clock", "home"),
];

// === impl Shop ===

impl Shop {
    pub(crate) fn generate(dice: Dice) -> Self {
        let orders = (1..=ORDERS).map(|id| (id, order(id, &mut dice.rng("order", id.into()))));
        Self {
            users: (1..=USERS).map(|id| user(id, &mut dice.rng("user", id.into()))).collect(),
            products: (1..=PRODUCTS).map(|id| product(id, &mut dice.rng("product", id.into()))).collect(),
            orders: orders.collect(),
            next_order: ORDERS + 1,
        }
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        by_id(&self.users, id.parse().ok()?)
    }

    pub(super) fn product(&self, id: &str) -> Option<&Product> {
        by_id(&self.products, id.parse().ok()?)
    }

    pub(super) fn order(&self, id: &str) -> Option<&Order> {
        self.orders.get(&id.parse().ok()?)
    }

    /// Adds an order and gives its id.
    pub(super) fn add(&mut self, user_id: u32, items: Vec<Item>, status: &'static str, now: Micros) -> u32 {
        if self.orders.len() >= MOST_ORDERS {
            let oldest = self.orders.range(ORDERS + 1..).next().map(|(id, _)| *id);
            oldest.and_then(|id| self.orders.remove(&id));
        }
        let id = self.next_order;
        self.next_order += 1;
        self.orders.insert(id, Order { id, user_id, status, items, placed_at: rfc3339(now) });
        id
    }
}

/// Ids count from 1 without gaps.
fn by_id<T>(all: &[T], id: usize) -> Option<&T> {
    all.get(id.checked_sub(1)?)
}

fn some<T: Copy + Default>(rng: &mut Rng, of: &[T]) -> T {
    dice::pick(rng, of).copied().unwrap_or_default()
}

/// A number of `min..=max`.
pub(super) fn between(rng: &mut Rng, min: u32, max: u32) -> u32 {
    min + u32::try_from(rng.below(u64::from(max - min) + 1)).unwrap_or(0)
}

fn moment(rng: &mut Rng) -> String {
    rfc3339(Micros((FIRST_DAY + i64::from(between(rng, 0, 300 * 86_400))) * 1_000_000))
}

fn user(id: u32, rng: &mut Rng) -> User {
    let (given, family) = (some(rng, &GIVEN), some(rng, &FAMILY));
    let (city, country, currency) = some(rng, &PLACES);
    User {
        id,
        name: format!("{given} {family}"),
        email: format!("{}.{}{id}@example.com", given.to_lowercase(), family.to_lowercase()),
        city,
        country,
        currency,
        joined_at: moment(rng),
    }
}

fn product(id: u32, rng: &mut Rng) -> Product {
    let (adjective, (noun, category)) = (some(rng, &ADJECTIVES), some(rng, &NOUNS));
    Product {
        id,
        name: format!("{adjective} {noun}"),
        category,
        description: format!("A {} {} that lasts.", adjective.to_lowercase(), noun.to_lowercase()),
        weight_grams: between(rng, 50, 4_000),
        cents: between(rng, 5, 300) * 100 - 1,
    }
}

fn order(id: u32, rng: &mut Rng) -> Order {
    let item = |rng: &mut Rng| Item { product_id: between(rng, 1, PRODUCTS), quantity: between(rng, 1, 3) };
    let lines = between(rng, 1, 5);
    Order {
        id,
        user_id: between(rng, 1, USERS),
        status: some(rng, &STATUSES),
        items: (0..lines).map(|_| item(rng)).collect(),
        placed_at: moment(rng),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_makes_the_shop() {
        let shop = |seed| format!("{:?}", Shop::generate(Dice::new(seed)));
        assert_eq!(shop(1), shop(1));
        assert_ne!(shop(1), shop(2));
        let shop = Shop::generate(Dice::new(1));
        assert_eq!((shop.users.len(), shop.products.len(), shop.orders.len()), (50, 200, 400));
        assert_eq!(shop.user("50").unwrap().id, 50);
        assert!(shop.user("0").is_none() && shop.user("51").is_none() && shop.user("x").is_none());
    }
}
