//! The steps of a flow in the short form: an object in YAML, whose order counts; a list in JSON, whose objects have none.

use serde_json::{Map, Value};

/// Has the steps be a list, in the order in which they are written. `names` are those of the object at a place.
pub(crate) fn in_order(flow: &mut Value, names: &dyn Fn(&str) -> Option<Vec<String>>) {
    let count = flow.get("flows").and_then(Value::as_array).map_or(0, Vec::len);
    for place in std::iter::once(String::new()).chain((0..count).map(|flow| format!("/flows/{flow}"))) {
        let path = format!("{place}/steps");
        let Some(names) = names(&path) else { continue };
        let Some(Value::Object(steps)) = flow.pointer_mut(&path).map(Value::take) else { continue };
        let one = |name: String| {
            let step = steps.get(&name).cloned().unwrap_or_default();
            Value::Object(Map::from_iter([(name, step)]))
        };
        if let Some(place) = flow.pointer_mut(&path) {
            *place = names.into_iter().map(one).collect();
        }
    }
}

/// A place of such a list where it stands in the file: in an object steps have no numbers.
pub(crate) fn written(path: &str, is_map: &dyn Fn(&str) -> bool) -> String {
    let Some((above, rest)) = path.split_once("/steps/") else { return path.to_owned() };
    let steps = format!("{above}/steps");
    match rest.split_once('/') {
        Some((number, rest)) if is_map(&steps) && is_number(number) => format!("{steps}/{rest}"),
        None if is_map(&steps) && is_number(rest) => steps,
        _ => path.to_owned(),
    }
}

fn is_number(token: &str) -> bool {
    token.bytes().all(|byte| byte.is_ascii_digit())
}
