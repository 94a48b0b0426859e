use super::*;

#[test]
fn halves_are_rounded_up() {
    let cases = [(0.5, 1.0), (-0.5, 0.0), (1.5, 2.0), (-1.5, -1.0), (0.499_999_999_999_999_94, 0.0)];
    for (number, expected) in cases {
        assert!((rounded(number) - expected).abs() < f64::EPSILON, "{number}");
    }
    assert!(rounded(f64::NAN).is_nan());
    assert!(rounded(f64::NEG_INFINITY).is_infinite());
    assert!(rounded(-0.5).is_sign_negative());
}

#[test]
fn decimals_are_read() {
    for (text, expected) in [
        ("0", Some("0")),
        ("-0", Some("0")),
        ("-0.0", Some("0")),
        ("+1.50", Some("1.5")),
        (" \n12.\t", Some("12")),
        (".5", Some("0.5")),
        ("-.5", Some("-0.5")),
        ("001.100", Some("1.1")),
        ("100", Some("100")),
        ("0.1234567890123456789012345678901234", Some("0.1234567890123456789012345679")),
        ("79228162514264337593543950335", Some("79228162514264337593543950335")),
        ("79228162514264337593543950336", None),
        ("", None),
        (".", None),
        ("+", None),
        ("1_0", None),
        ("1e3", None),
        ("+-1", None),
        ("1.2.3", None),
        ("１", None),
    ] {
        assert_eq!(decimal(text).map(|number| decimal_text(&number)).as_deref(), expected, "{text}");
    }
}

#[test]
fn integers_are_read() {
    for (text, expected) in [
        (" -12 ", Some(-12)),
        ("+7", Some(7)),
        ("-0", Some(0)),
        ("170141183460469231731687303715884105727", Some(i128::MAX)),
        ("170141183460469231731687303715884105728", None),
        ("1.0", None),
        ("", None),
        ("1 2", None),
    ] {
        assert_eq!(integer(text), expected, "{text}");
    }
}

#[test]
fn doubles_are_read_and_written() {
    for (text, expected) in [
        ("1", Some("1")),
        ("1e0", Some("1")),
        ("1E+6", Some("1.0E6")),
        ("999999", Some("999999")),
        ("999999.5", Some("999999.5")),
        ("1000000", Some("1.0E6")),
        ("1234567.25", Some("1.23456725E6")),
        ("1e-6", Some("0.000001")),
        ("9.99e-7", Some("9.99E-7")),
        ("-1.5e-10", Some("-1.5E-10")),
        (".5e1", Some("5")),
        ("5.", Some("5")),
        ("-0", Some("-0")),
        ("0e5", Some("0")),
        ("1e400", Some("INF")),
        ("-1e400", Some("-INF")),
        ("INF", Some("INF")),
        ("+INF", Some("INF")),
        ("-INF", Some("-INF")),
        ("NaN", Some("NaN")),
        ("4.9e-324", Some("5.0E-324")),
        ("0.1", Some("0.1")),
        ("nan", None),
        ("inf", None),
        ("Infinity", None),
        ("-NaN", None),
        ("1e", None),
        ("e1", None),
        ("1e1.0", None),
        ("1 e1", None),
        ("", None),
    ] {
        assert_eq!(double(text).map(double_text).as_deref(), expected, "{text}");
    }
}

#[test]
fn floats_are_read_and_written() {
    for (text, expected) in [
        ("0.1", Some("0.1")),
        ("0.000001", Some("0.000001")),
        ("3.4028235e38", Some("3.4028235E38")),
        ("1e39", Some("INF")),
        ("16777217", Some("1.6777216E7")),
        ("-0", Some("-0")),
        ("x", None),
    ] {
        assert_eq!(float(text).map(float_text).as_deref(), expected, "{text}");
    }
}

#[test]
fn old_numbers_have_no_exponent() {
    for (number, expected) in [
        (1e6, "1000000"),
        (1e21, "1000000000000000000000"),
        (1.5e-7, "0.00000015"),
        (-0.0, "0"),
        (-12.5, "-12.5"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
        (f64::NAN, "NaN"),
    ] {
        assert_eq!(old_text(number), expected);
    }
}

#[test]
fn one_type_becomes_another() {
    assert_eq!(double_integer(-1.9), Some(-1));
    assert_eq!(double_integer(f64::NAN), None);
    assert_eq!(double_integer(1.8e38), None);
    assert_eq!(double_integer(integer_double(i128::MIN)), Some(i128::MIN));
    assert_eq!(integer_decimal(i128::MAX), None);
    assert_eq!(decimal_integer(&Decimal::new(-1999, 3)), -1);
    assert_eq!(decimal_integer(&Decimal::new(120, 0)), 120);
    assert_eq!(decimal_integer(&Decimal::new(5, 28)), 0);
    assert_eq!(decimal_double(&Decimal::new(1, 1)).to_bits(), 0.1f64.to_bits());
}

#[test]
fn digits_are_rounded() {
    for (text, places, up, even) in [
        ("2.5", 0, "3", "2"),
        ("3.5", 0, "4", "4"),
        ("-2.5", 0, "-2", "-2"),
        ("-3.5", 0, "-3", "-4"),
        ("-2.51", 0, "-3", "-3"),
        ("0.5", 0, "1", "0"),
        ("-0.5", 0, "-0", "-0"),
        ("0.05", 0, "0", "0"),
        ("99.95", 1, "100", "100"),
        ("35612.25", -2, "35600", "35600"),
        ("50", -2, "100", "0"),
        ("150", -2, "200", "200"),
        ("49", -2, "0", "0"),
        ("1.125", 2, "1.13", "1.12"),
        ("1.125", 9, "1.125", "1.125"),
        ("0", -3, "0", "0"),
    ] {
        for (ties, expected) in [(Ties::Up, up), (Ties::Even, even)] {
            let mut digits = Digits::read(text);
            digits.round(places, ties);
            assert_eq!(digits.text(), expected, "{text} {places} {ties:?}");
        }
    }
}
