//! Any bytes, and documents of which any part is something else.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{entry, yaml};

/// Something that may stand anywhere.
fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[$a-z.#/{}\\[\\]' ]{0,24}".prop_map(Value::from),
        Just(json!("$steps.get-client-creds-token.outputs.access_token")),
        Just(json!({"context": "$response.body", "selector": "$..a", "type": "jsonpath"})),
        Just(json!({"reference": "$components.parameters.page"})),
        Just(json!([{}, [], "", 0])),
    ]
}

/// Every place in a value.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{at}/{index}"), found));
        }
        Value::Object(members) => {
            for (key, member) in members {
                places(member, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}

static EXAMPLES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let files = [
        include_str!("examples/oauth.yaml"),
        include_str!("examples/bnpl.yaml"),
        include_str!("examples/pet-coupons.yaml"),
    ];
    files.map(|file| yaml(file)["document"].clone()).to_vec()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_with_anything_anywhere(which in 0..3usize, changes in prop::collection::vec((any::<prop::sample::Index>(), anything()), 1..4)) {
        let mut document = EXAMPLES[which].clone();
        for (place, value) in changes {
            let mut all = Vec::new();
            places(&document, "", &mut all);
            let place: &String = place.get(&all);
            *document.pointer_mut(place).unwrap() = value;
        }
        entry::document(document.to_string().as_bytes());
    }

    #[test]
    fn expressions_of_anything(text in "(\\$(inputs|steps|response|workflows|outputs)[.a-z#/\\[\\]0-9{}$ ]{0,30}|[ -~é]{0,40}|[$.a-z ()!&|<=>'0-9]{0,40})") {
        entry::expression(text.as_bytes());
    }

    #[test]
    fn criteria_of_anything(kind in any::<u8>(), text in "([$@.a-z\\[\\]*?()'\"=<>!&|0-9,: ]{0,40}|[ -~]{0,30}|[a-z/\\[\\]@*()'=|:.0-9 -]{0,40})") {
        let mut data = vec![kind];
        data.extend_from_slice(text.as_bytes());
        entry::criterion(&data);
    }

    #[test]
    fn bytes(data in prop::collection::vec(any::<u8>(), 0..64)) {
        entry::document(&data);
        entry::expression(&data);
        entry::criterion(&data);
    }
}
