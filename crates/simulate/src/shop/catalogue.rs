//! What the shop knows and never changes: users, products and what belongs to them, made from the seed.

use base::Rng;
use serde::Serialize;

use crate::seed::{self, between, pick};
use crate::when::rfc3339;

/// 2026-01-01T00:00:00Z, from which the shop counts its times.
pub(crate) const EPOCH: i64 = 1_767_225_600;

pub(super) const USERS: u32 = 50;
pub(super) const PRODUCTS: u32 = 200;
pub(super) const ORDERS: u32 = 400;

const FIRST: [&str; 20] = [
    "Ada", "Bela", "Chidi", "Dana", "Emil", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kemal", "Lena",
    "Mira", "Nuno", "Olga", "Pavel", "Rosa", "Sven", "Tala", "Yuki",
];
const LAST: [&str; 20] = [
    "Almeida",
    "Berg",
    "Costa",
    "Demir",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Horvat",
    "Ivanova",
    "Jensen",
    "Kaya",
    "Lindqvist",
    "Moreau",
    "Novak",
    "Okafor",
    "Petrov",
    "Rossi",
    "Sato",
    "Tanaka",
    "Weber",
];
const COUNTRIES: [&str; 8] = ["DE", "FR", "GB", "JP", "NO", "PT", "TR", "US"];
const TIERS: [&str; 3] = ["basic", "plus", "premium"];
pub(super) const CATEGORIES: [&str; 6] = ["kitchen", "garden", "office", "outdoor", "toys", "tools"];
const QUALITIES: [&str; 10] =
    ["Folding", "Steel", "Oak", "Compact", "Quiet", "Bright", "Light", "Sturdy", "Woven", "Classic"];
const THINGS: [&str; 12] = [
    "Kettle", "Lamp", "Chair", "Spade", "Clock", "Basket", "Desk", "Tent", "Puzzle", "Hammer", "Bottle",
    "Shelf",
];
const WAREHOUSES: [&str; 4] = ["ams-1", "ber-2", "lis-1", "osl-3"];
const OPINIONS: [&str; 6] = [
    "Does what it says.",
    "Arrived early and works well.",
    "Smaller than I thought.",
    "I would buy it again.",
    "Good, but the manual is thin.",
    "Broke after a month.",
];

/// Currencies and what one euro cent is worth in thousandths of their smallest unit.
pub(super) const CURRENCIES: [(&str, u64); 4] =
    [("EUR", 1_000), ("USD", 1_085), ("GBP", 845), ("JPY", 1_620)];

#[derive(Clone, Debug, Serialize)]
pub(super) struct User {
    pub(super) id: String,
    name: String,
    email: String,
    country: &'static str,
    tier: &'static str,
    created_at: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Product {
    pub(super) id: String,
    name: String,
    pub(super) category: &'static str,
    description: String,
    weight_grams: u32,
    created_at: String,
    #[serde(skip)]
    cents: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct Stock {
    product_id: String,
    available: u32,
    reserved: u32,
    warehouse: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Price {
    product_id: String,
    currency: &'static str,
    /// In the currency's smallest unit.
    amount_minor: u64,
    amount: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Review {
    id: String,
    product_id: String,
    user_id: String,
    rating: u32,
    text: &'static str,
    created_at: String,
}

/// Users and products by their number, and the seed for what hangs on them.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) seed: u64,
    pub(super) users: Vec<User>,
    pub(super) products: Vec<Product>,
}

// === impl Catalogue ===

impl Catalogue {
    pub(super) fn new(seed: u64) -> Self {
        let users =
            (1..=USERS).map(|number| user(number, &mut seed::rng(seed, "user", number.into()))).collect();
        let products = (1..=PRODUCTS)
            .map(|number| product(number, &mut seed::rng(seed, "product", number.into())))
            .collect();
        Self { seed, users, products }
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.get(index(id, "usr-")?)
    }

    pub(super) fn product(&self, id: &str) -> Option<&Product> {
        self.products.get(index(id, "prd-")?)
    }

    pub(super) fn stock(&self, product: &Product) -> Stock {
        let mut rng = self.rng("stock", &product.id);
        Stock {
            product_id: product.id.clone(),
            available: between(&mut rng, 0, 120),
            reserved: between(&mut rng, 0, 9),
            warehouse: word(&mut rng, &WAREHOUSES),
        }
    }

    pub(super) fn reviews(&self, product: &Product) -> Vec<Review> {
        let mut rng = self.rng("reviews", &product.id);
        let number = product.id.trim_start_matches("prd-").to_owned();
        let review = |at: u32| Review {
            id: format!("rev-{number}-{at}"),
            product_id: product.id.clone(),
            user_id: format!("usr-{}", between(&mut rng, 1, USERS)),
            rating: between(&mut rng, 1, 5),
            text: word(&mut rng, &OPINIONS),
            created_at: day(&mut rng),
        };
        (1..=between(&mut self.rng("review count", &product.id), 0, 12)).map(review).collect()
    }

    /// Ids of five products that a user may like.
    pub(super) fn recommendations(&self, user: &User) -> Vec<String> {
        let mut rng = self.rng("recommendations", &user.id);
        let start = between(&mut rng, 0, PRODUCTS - 1);
        (0..5).map(|step| format!("prd-{}", (start + step * 37) % PRODUCTS + 1)).collect()
    }

    pub(super) fn rng(&self, label: &str, id: &str) -> Rng {
        seed::rng(self.seed, label, seed::hash(&[id.as_bytes()]))
    }
}

// === impl Product ===

impl Product {
    /// The price; `None` if the shop does not sell in that currency.
    pub(super) fn price(&self, currency: &str) -> Option<Price> {
        let (currency, rate) = *CURRENCIES.iter().find(|(name, _)| *name == currency)?;
        let minor = u64::from(self.cents) * rate / 1_000;
        // The yen has no smaller unit.
        let (amount_minor, amount) = match currency {
            "JPY" => (minor, minor.to_string()),
            _ => (minor, format!("{}.{:02}", minor / 100, minor % 100)),
        };
        Some(Price { product_id: self.id.clone(), currency, amount_minor, amount })
    }
}

fn user(number: u32, rng: &mut Rng) -> User {
    let (first, last) = (word(rng, &FIRST), word(rng, &LAST));
    User {
        id: format!("usr-{number}"),
        name: format!("{first} {last}"),
        email: format!("{}.{}.{number}@example.com", first.to_lowercase(), last.to_lowercase()),
        country: word(rng, &COUNTRIES),
        tier: word(rng, &TIERS),
        created_at: day(rng),
    }
}

fn product(number: u32, rng: &mut Rng) -> Product {
    let (quality, thing) = (word(rng, &QUALITIES), word(rng, &THINGS));
    let category = word(rng, &CATEGORIES);
    Product {
        id: format!("prd-{number}"),
        name: format!("{quality} {thing} {number}"),
        category,
        description: format!("A {} {} for {category}.", quality.to_lowercase(), thing.to_lowercase()),
        weight_grams: between(rng, 50, 9_000),
        created_at: day(rng),
        cents: between(rng, 199, 29_999),
    }
}

/// A time in the year before the shop's epoch.
fn day(rng: &mut Rng) -> String {
    rfc3339(EPOCH - i64::from(between(rng, 1, 31_535_999)))
}

pub(super) fn word(rng: &mut Rng, words: &[&'static str]) -> &'static str {
    pick(rng, words).copied().unwrap_or_default()
}

/// The place in a list of the number behind the prefix; only the one way to write it counts.
fn index(id: &str, prefix: &str) -> Option<usize> {
    number(id, prefix).and_then(|number| usize::try_from(number - 1).ok())
}

/// The number behind the prefix, from 1; no sign and no leading zero.
pub(super) fn number(id: &str, prefix: &str) -> Option<u32> {
    let digits = id.strip_prefix(prefix)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| plain)
}
