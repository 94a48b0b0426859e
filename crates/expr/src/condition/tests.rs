use proptest::prelude::*;
use serde_json::json;

use super::*;

fn value(expression: &Expression) -> Option<Cow<'static, Value>> {
    let body = json!({"data": {"items": [{"id": 7}], "name": "Ann"}, "count": 3, "none": null, "yes": true, "no": false, "zero": 0});
    match expression.to_string().as_str() {
        "$statusCode" => Some(Cow::Owned(json!(200))),
        text if text.starts_with("$response.body") => {
            let pointer = text.strip_prefix("$response.body#").unwrap_or_default();
            body.pointer(pointer).cloned().map(Cow::Owned)
        }
        "$response.header.x-rate" => Some(Cow::Owned(json!("10"))),
        "$inputs.threshold" => Some(Cow::Owned(json!(2.5))),
        "$inputs.big" => Some(Cow::Owned(json!(9_007_199_254_740_993_u64))),
        _ => None,
    }
}

fn check(condition: &str, expect: bool) {
    let read = Condition::parse(condition).unwrap_or_else(|error| panic!("{condition}: {error}"));
    assert_eq!(read.passes(&value), expect, "{condition}");
}

#[test]
fn operators_and_operands() {
    check("$statusCode == 200", true);
    check("$statusCode==200&&$response.body.count>=3", true);
    check("$statusCode != 200", false);
    check("$statusCode == 200 && $response.body.data != null", true);
    check("$response.body.none == null", true);
    check("$response.body.nowhere == null", true);
    check("$response.body.data.items[0].id == 7", true);
    check("$response.body.data.items[1].id == 7", false);
    check("$response.body#/data/name == 'ANN'", true);
    check("$response.body.count > $inputs.threshold", true);
    check("$response.body.yes", true);
    check("$response.body.no", false);
    check("!$response.body.no", true);
    check("!($statusCode < 200 || $statusCode >= 300)", true);
    check("$response.body.zero", false);
    check("$response.body.data", true);
    check("$inputs.nobody", false);
    check("true", true);
    check("null", false);
    check("'it''s' == 'IT''S'", true);
    check("'' || 'x'", true);
    check("false && false || true", true);
    check("true || false && false", true);
    check("!true == false", true);
    check("-1 < 1e2", true);
    check("$inputs.big == 9007199254740993", true);
    check("$inputs.big == 9007199254740992", false);
}

#[test]
fn loose_comparison() {
    check("'ÄB' == 'äb'", true);
    check("'a' < 'B'", true);
    check("$response.header.X-Rate > 9", true);
    check("$response.header.X-Rate == 10", true);
    check("'10' > '9'", true);
    check("'10' == '10.0'", false);
    check("10 == 10.0", true);
    check("'x' > 9", false);
    check("null == null", true);
    check("null != null", false);
    check("null == false", false);
    check("null == 0", false);
    check("null != 0", true);
    check("null < 1", false);
    check("null >= null", false);
    check("true == 'true'", false);
    check("true > false", false);
}

#[test]
fn a_mistake_has_its_place() {
    for (condition, at, what) in [
        ("", 0, "a number"),
        ("$statusCode ==", 14, "a number"),
        ("$statusCode = 200", 12, "an operator or the end"),
        ("($statusCode == 200", 19, "`)`"),
        ("$statusCode == \"200\"", 15, "a number"),
        ("'open", 5, "the closing quote"),
        ("$response.body[a]", 15, "an index"),
        ("$response.body[01]", 17, "an index"),
        ("$response.body[0", 16, "`]`"),
        ("$response.body[0]. == 1", 18, "a member's name"),
        ("ä == 1", 0, "a number"),
        ("'ä' x", 4, "an operator or the end"),
        ("1.2.3 == 1", 0, "a number"),
    ] {
        match Condition::parse(condition).unwrap_err() {
            ConditionError::Expected { at: place, what: expected } => {
                assert!(expected.starts_with(what), "{condition}: {expected}");
                assert_eq!(place, at, "{condition}: {expected}");
            }
            error => panic!("{condition}: {error}"),
        }
    }
    let error = Condition::parse("$nothing == 1").unwrap_err();
    assert!(error.to_string().contains("`$nothing` is no runtime expression"), "{error}");
    assert_eq!(Condition::parse(&"(".repeat(100_000)), Err(ConditionError::Deep));
    assert_eq!(Condition::parse(&"!".repeat(100_000)), Err(ConditionError::Deep));
}

#[test]
fn its_expressions_are_known() {
    let condition =
        Condition::parse("$steps.a.outputs.b > 1 && !($inputs.c == $steps.d.outputs.e#/f)").unwrap();
    let found: Vec<String> = condition.expressions().into_iter().map(ToString::to_string).collect();
    assert_eq!(found, ["$steps.a.outputs.b", "$inputs.c", "$steps.d.outputs.e#/f"]);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in r"[$a-z.'()!&|<>= 0-9\[\]#/]{0,40}") {
        if let Ok(condition) = Condition::parse(&text) {
            condition.passes(&value);
        }
    }
}
