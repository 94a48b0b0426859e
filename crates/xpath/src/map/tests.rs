use rust_decimal::Decimal;

use super::Map;
use crate::atomic::{Atomic, QName};
use crate::item::one;

/// Whether two values are the same key.
fn same(left: impl Into<Atomic>, right: impl Into<Atomic>) -> bool {
    let mut map = Map::default();
    map.put(left.into(), one(true));
    map.get(&right.into()).is_some()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn numbers_are_the_same_key_where_their_exact_values_are_equal() {
    assert!(same(1_i64, 1.0_f64));
    assert!(same(1_i64, 1.0_f32));
    assert!(same(1_i64, decimal("1.000")));
    assert!(same(10_i64, 10.0_f64));
    assert!(same(decimal("0.5"), 0.5_f64));
    assert!(same(decimal("-0.125"), -0.125_f32));
    assert!(!same(decimal("0.1"), 0.1_f64));
    assert!(!same(0.1_f32, 0.1_f64));
    assert!(same(f64::NAN, f32::NAN));
    assert!(same(0.0_f64, -0.0_f64));
    assert!(same(0_i64, -0.0_f32));
    assert!(same(f64::INFINITY, f32::INFINITY));
    assert!(!same(f64::INFINITY, f64::NEG_INFINITY));
    assert!(!same(9_007_199_254_740_993_i64, 9_007_199_254_740_992.0_f64));
    assert!(same(9_007_199_254_740_992_i64, 9_007_199_254_740_992.0_f64));
    assert!(same(i128::MIN, -170_141_183_460_469_231_731_687_303_715_884_105_728.0_f64));
    assert!(same(5e-324_f64, 5e-324_f64));
    assert!(!same(5e-324_f64, 0.0_f64));
    assert!(!same(1_i64, true));
    assert!(!same(1_i64, "1"));
}

#[test]
fn texts_are_the_same_key_whatever_their_type_is() {
    assert!(same("a", Atomic::untyped("a")));
    assert!(same(Atomic::uri("a"), "a"));
    assert!(!same("a", "A"));
    assert!(!same("e\u{301}", "\u{e9}"));
}

#[test]
fn names_are_the_same_key_whatever_their_prefix_is() {
    let name = |prefix: &str| {
        let name = QName { prefix: prefix.into(), namespace: "urn:a".into(), local: "b".into() };
        Atomic::from(std::sync::Arc::new(name))
    };
    assert!(same(name("x"), name("y")));
}

#[test]
fn the_order_stays_whatever_is_put_and_removed() {
    let mut map = Map::default();
    for number in 0..100_i64 {
        map.put(number.into(), one(Atomic::from(number)));
    }
    for number in 0..100_i64 {
        if number % 7 != 3 {
            map.remove(&number.into());
        }
    }
    map.put(Atomic::from(10.0), one(true));
    map.put(1_i64.into(), one(true));
    let keys: Vec<_> = map.entries().map(|(key, _)| format!("{:?}", key.value)).collect();
    assert_eq!(keys.len(), map.len());
    assert_eq!(keys.first().unwrap(), "Integer(3)");
    assert_eq!(keys.get(1).unwrap(), "Double(10.0)");
    assert_eq!(keys.last().unwrap(), "Integer(1)");
    assert_eq!(map.len(), 15);
}
