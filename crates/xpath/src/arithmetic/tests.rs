use super::*;
use crate::atomic::Moment;
use crate::version::Version;

fn eval() -> Eval<'static> {
    Eval::new(Version::V31, &[], Moment::at(0, Some(0)).unwrap())
}

/// A number by how it is written: `1` is whole, `1.0` a decimal, `1e0` a double, `1f` a float.
fn read(text: &str) -> Atomic {
    if let Some(float) = text.strip_suffix('f') {
        return number::float(float).unwrap().into();
    }
    if let Some(whole) = number::integer(text) {
        return whole.into();
    }
    number::decimal(text).map_or_else(|| number::double(text).unwrap().into(), Atomic::from)
}

/// With the type's name before it.
fn write(atomic: &Atomic) -> String {
    let text = match &atomic.value {
        Value::Integer(number) => number.to_string(),
        Value::Decimal(number) => number::decimal_text(number),
        Value::Float(number) => number::float_text(*number),
        Value::Double(number) => number::double_text(*number),
        _ => String::new(),
    };
    format!("{} {text}", atomic.kind.name())
}

fn check(left: &str, operator: &str, right: &str, expected: &str) {
    let by = match operator {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "div" => Operator::Divide,
        "idiv" => Operator::DivideWhole,
        _ => Operator::Remainder,
    };
    let made = binary(by, &read(left), &read(right), &eval());
    let made = made.map_or_else(|error| error.code().to_owned(), |atomic| write(&atomic));
    assert_eq!(made, expected, "{left} {operator} {right}");
}

const LARGEST: &str = "170141183460469231731687303715884105727";

#[test]
fn numbers_are_calculated_with() {
    for (left, operator, right, expected) in [
        ("1", "+", "2", "integer 3"),
        ("1", "+", "2.5", "decimal 3.5"),
        ("1", "+", "2.5f", "float 3.5"),
        ("0.1f", "+", "1e0", "double 1.1000000014901161"),
        ("0.1", "+", "0.2", "decimal 0.3"),
        ("0.1e0", "+", "0.2e0", "double 0.30000000000000004"),
        (LARGEST, "+", "1", "FOAR0002"),
        (LARGEST, "*", "2", "FOAR0002"),
        (LARGEST, "-", "-1", "FOAR0002"),
        (LARGEST, "+", "0.5", "FOAR0002"),
        ("7", "div", "2", "decimal 3.5"),
        ("4", "div", "2", "decimal 2"),
        ("1", "div", "3", "decimal 0.3333333333333333333333333333"),
        ("1", "div", "0", "FOAR0001"),
        ("1.0", "div", "0", "FOAR0001"),
        ("1e0", "div", "0", "double INF"),
        ("-1", "div", "0e0", "double -INF"),
        ("0e0", "div", "0", "double NaN"),
        ("1", "div", "-0e0", "double -INF"),
        ("79228162514264337593543950335.0", "*", "2.0", "FOAR0002"),
        ("INF", "*", "0", "double NaN"),
        ("INF", "-", "INF", "double NaN"),
    ] {
        check(left, operator, right, expected);
    }
}

#[test]
fn numbers_are_divided_whole() {
    for (left, operator, right, expected) in [
        ("10", "idiv", "3", "integer 3"),
        ("3", "idiv", "-2", "integer -1"),
        ("-3", "idiv", "2", "integer -1"),
        ("-3", "idiv", "-2", "integer 1"),
        ("9.0", "idiv", "3", "integer 3"),
        ("-3.5", "idiv", "3", "integer -1"),
        ("3.0", "idiv", "4", "integer 0"),
        ("3.1E1", "idiv", "6", "integer 5"),
        ("3.1E1", "idiv", "7", "integer 4"),
        ("2f", "idiv", "0.7f", "integer 2"),
        ("79228162514264337593543950334.0", "idiv", "79228162514264337593543950335.0", "integer 0"),
        ("1", "idiv", "0", "FOAR0001"),
        ("1.5", "idiv", "0", "FOAR0001"),
        ("1e0", "idiv", "0", "FOAR0001"),
        ("NaN", "idiv", "1", "FOAR0002"),
        ("NaN", "idiv", "0", "FOAR0001"),
        ("1", "idiv", "NaN", "FOAR0002"),
        ("INF", "idiv", "1", "FOAR0002"),
        ("1", "idiv", "INF", "integer 0"),
        ("1e300", "idiv", "1", "FOAR0002"),
        ("10", "mod", "3", "integer 1"),
        ("6", "mod", "-2", "integer 0"),
        ("-5", "mod", "3", "integer -2"),
        ("4.5", "mod", "1.2", "decimal 0.9"),
        ("1.23E2", "mod", "0.6E1", "double 3"),
        ("-4.5", "mod", "1.5", "decimal 0"),
        ("5", "mod", "0", "FOAR0001"),
        ("5.0", "mod", "0.0", "FOAR0001"),
        ("5", "mod", "0e0", "double NaN"),
        ("INF", "mod", "3", "double NaN"),
        ("-5", "mod", "INF", "double -5"),
        ("-4", "mod", "2e0", "double -0"),
    ] {
        check(left, operator, right, expected);
    }
    let least = Atomic::from(i128::MIN);
    let minus = Atomic::from(-1i128);
    assert_eq!(binary(Operator::DivideWhole, &least, &minus, &eval()).unwrap_err().code(), "FOAR0002");
    assert_eq!(write(&binary(Operator::Remainder, &least, &minus, &eval()).unwrap()), "integer 0");
}

#[test]
fn numbers_have_negatives() {
    for (text, expected) in [
        ("5", "integer -5"),
        ("0", "integer 0"),
        ("0.0", "decimal 0"),
        ("1.5", "decimal -1.5"),
        ("0e0", "double -0"),
        ("INF", "double -INF"),
        ("2f", "float -2"),
    ] {
        assert_eq!(write(&negate(&read(text)).unwrap()), expected);
    }
    assert_eq!(negate(&Atomic::from(i128::MIN)).unwrap_err().code(), "FOAR0002");
    assert_eq!(negate(&Atomic::from("a")).unwrap_err().code(), "XPTY0004");
    assert_eq!(
        binary(Operator::Add, &read("1"), &Atomic::from("a"), &eval()).unwrap_err().code(),
        "XPTY0004"
    );
}
