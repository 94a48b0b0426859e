//! Numbers: Functions and Operators 3.1 §4, §14.4.

use super::{are, is};
use crate::Version;

#[test]
fn arithmetic() {
    is(&[
        ("1 + 2, 1 - 2.5, 2 * 1e0, 7 div 2, 4 div 2", "3, -1.5, 2, 3.5, 2"),
        ("1 div 3", "0.3333333333333333333333333333"),
        ("(4 div 2) instance of xs:integer, (4 div 2) instance of xs:decimal", "false, true"),
        ("10 idiv 3, 3 idiv -2, -3 idiv 2, -3 idiv -2, 9.0 idiv 3, -3.5 idiv 3", "3, -1, -1, 1, 3, -1"),
        ("10 mod 3, 6 mod -2, 4.5 mod 1.2, 1.23E2 mod 0.6E1", "1, 0, 0.9, 3"),
        ("1 div 0", "!FOAR0001"),
        ("1.0 div 0", "!FOAR0001"),
        ("1 div 0e0, -1e0 div 0, 0e0 div 0", "INF, -INF, NaN"),
        ("5 idiv 0e0", "!FOAR0001"),
        ("5 mod 0", "!FOAR0001"),
        ("5 mod 0e0", "NaN"),
        ("number('x') idiv 2", "!FOAR0002"),
        ("() + 1, 1 * ()", ""),
        ("'1' + 1", "!XPTY0004"),
        ("xs:untypedAtomic('1.5') + 1", "2.5"),
        ("//a[1]/@x + 1, //a[2]/@x * 2", "2, 4"),
        ("xs:untypedAtomic('a') + 1", "!FORG0001"),
        ("(1, 2) + 1", "!XPTY0004"),
        ("170141183460469231731687303715884105727 + 1", "!FOAR0002"),
        ("-1, - -1, -0e0, -0.0, +5, -(2 + 3)", "-1, 1, -0, 0, 5, -5"),
        ("-'1'", "!XPTY0004"),
        ("true() + 1", "!XPTY0004"),
        (
            "(xs:float('0.1') + 1) instance of xs:float, (xs:float(1) + 1e0) instance of xs:double",
            "true, true",
        ),
        ("xs:unsignedByte(255) + xs:unsignedByte(1)", "256"),
        (
            "1e3, 1e6, 1e-7, 123456.789e0, 0.1e0 + 0.2e0",
            "1000, 1.0E6, 1.0E-7, 123456.789, 0.30000000000000004",
        ),
        (
            "xs:dayTimeDuration('PT1H') * 1.5, xs:dayTimeDuration('PT3H') div xs:dayTimeDuration('PT2H')",
            "PT1H30M, 1.5",
        ),
    ]);
}

#[test]
fn numbers_are_rounded() {
    is(&[
        (
            "abs(10.5), abs(-10.5), abs(-3), abs(-0e0), abs(xs:float('-INF')), abs(())",
            "10.5, 10.5, 3, 0, INF",
        ),
        ("ceiling(10.5), ceiling(-10.5), ceiling(-0.5), ceiling(-0.5e0), ceiling(3)", "11, -10, 0, -0, 3"),
        ("floor(10.5), floor(-10.5), floor(0.5e0), floor(-0e0), floor(())", "10, -11, 0, -0"),
        ("round(2.5), round(2.4999), round(-2.5), round(2.5e0), round(-0.3e0)", "3, 2, -2, 3, -0"),
        ("round(1.125, 2), round(8452, -2), round(3.1415e0, 2)", "1.13, 8500, 3.14"),
        ("round(35.425e0, 2), round(0.285e0, 2), round(-1.5e0), round(-1.51e0)", "35.42, 0.28, -1, -2"),
        ("round(-2.55, 1), round(2.55, 1), round(-7.5), round(-7.50)", "-2.5, 2.6, -7, -7"),
        ("round(number('NaN')), round(1 div 0e0), round(-0e0), round(0e0)", "NaN, INF, -0, 0"),
        ("round(()), round((), 2)", ""),
        ("round(55, -2), round(44, -2), round(-50, -2), round(50, -2), round(5, -9)", "100, 0, 0, 100, 0"),
        ("round(1.5) instance of xs:decimal, round(1) instance of xs:integer", "true, true"),
        ("round(xs:float('2.5')) instance of xs:float, round(2.5e0, 0) instance of xs:double", "true, true"),
        ("round(4503599627370497.5e0), round(0.49999999999999994e0)", "4.503599627370498E15, 0"),
        ("round(1.23456e10, -20), round(1.5e300, -300), round(1e-300, 10)", "0, 2.0E300, 0"),
        ("round(1.5, 99999999999999999999), round(15, -99999999999999999999)", "1.5, 0"),
        ("round-half-to-even(0.5), round-half-to-even(1.5), round-half-to-even(2.5)", "0, 2, 2"),
        ("round-half-to-even(3.567812e+3, 2), round-half-to-even(4.7564e-3, 2)", "3567.81, 0"),
        (
            "round-half-to-even(35612.25, -2), round-half-to-even(-2.5e0), round-half-to-even(-0.2e0)",
            "35600, -2, -0",
        ),
        (
            "round-half-to-even(150.015, 2), round-half-to-even(12450, -2), round-half-to-even(12550, -2)",
            "150.02, 12400, 12600",
        ),
        ("round-half-to-even(xs:float('0.05'), 1), round-half-to-even(xs:float('-0.05'), 1)", "0.1, -0.1"),
        ("round('a')", "!XPTY0004"),
        ("abs(xs:untypedAtomic('-4.5')), round(//a[2]/@x)", "4.5, 2"),
        ("round(170141183460469231731687303715884105727, -1)", "!FOAR0002"),
    ]);
}

#[test]
fn values_become_numbers() {
    is(&[
        (
            "number('12.5'), number(' 7 '), number('x'), number(()), number(true()), number('1e3')",
            "12.5, 7, NaN, NaN, 1, 1000",
        ),
        ("number('INF'), number('-INF'), number('+INF'), number('Infinity')", "INF, -INF, INF, NaN"),
        ("number(xs:anyURI('http://x')), number(xs:date('2020-01-01')), number('')", "NaN, NaN, NaN"),
        ("//a[1]/@x/number(), (//a)[1]/number()", "1, NaN"),
        ("('3', '4') ! number()", "3, 4"),
        ("number((1, 2))", "!XPTY0004"),
        ("number(1.5) instance of xs:double", "true"),
        ("let $f := function($a) { number() } return $f(1)", "!XPDY0002"),
    ]);
    are(
        Version::V10,
        &[
            ("number('12.50')", "12.5"),
            ("number('x')", "NaN"),
            ("number(//a/@x)", "1"),
            ("number(true())", "1"),
            ("sum(//a/@x)", "3"),
            ("sum(//a)", "NaN"),
            ("sum(//zz)", "0"),
            ("floor(2.6)", "2"),
            ("floor('2.6')", "2"),
            ("ceiling(2.2)", "3"),
            ("round(2.5)", "3"),
            ("round(-2.5)", "-2"),
            ("round('abc')", "NaN"),
            ("round(//zz)", "NaN"),
            ("string(1000000 * 1000000)", "1000000000000"),
            ("string(1 div 0)", "Infinity"),
            ("string(-1 div 0)", "-Infinity"),
            ("string(0 div 0)", "NaN"),
            ("string(0.1 + 0.2)", "0.30000000000000004"),
            ("5 mod 2", "1"),
            ("5 mod -2", "1"),
            ("-5 mod 2", "-1"),
            ("'5' + '6'", "11"),
            ("count(//a)", "2"),
            ("abs(1)", "!XPST0017"),
        ],
    );
}

#[test]
fn mathematics() {
    is(&[
        ("math:pi(), 2 * math:pi()", "3.141592653589793, 6.283185307179586"),
        ("math:exp(()), math:exp(0), math:exp(1), math:exp(number('-INF'))", "1, 2.718281828459045, 0"),
        ("math:exp10(0), math:exp10(3), math:exp10(0.5), math:exp10(-1)", "1, 1000, 3.1622776601683795, 0.1"),
        ("math:log(0), math:log(math:exp(1)), math:log(-1), math:log(1)", "-INF, 1, NaN, 0"),
        ("math:log10(0), math:log10(1.0E3), math:log10(1.0E-3), math:log10(-1)", "-INF, 3, -3, NaN"),
        (
            "math:pow(2, 3), math:pow(-2, 3), math:pow(2, -3), math:pow(2, 0), math:pow(0, 0)",
            "8, -8, 0.125, 1, 1",
        ),
        ("math:pow(number('NaN'), 0), math:pow(2.5, 2), math:pow(-2.5e0, 2.00000001e0)", "1, 6.25, NaN"),
        (
            "math:pow(-1, number('INF')), math:pow(1, number('NaN')), math:pow(0e0, -3), math:pow(-0e0, -3)",
            "1, 1, INF, -INF",
        ),
        ("math:pow((), 93.7)", ""),
        (
            "math:sqrt(0.0e0), math:sqrt(-0.0e0), math:sqrt(1.0e6), math:sqrt(-2.0e0), math:sqrt(())",
            "0, -0, 1000, NaN",
        ),
        (
            "math:sin(0), math:sin(-0e0), math:cos(0), math:tan(0), math:sin(number('INF'))",
            "0, -0, 1, 0, NaN",
        ),
        (
            "math:asin(1), math:acos(1), math:acos(2), math:atan(0), math:atan(())",
            "1.5707963267948966, 0, NaN, 0",
        ),
        (
            "math:atan2(0, -1), math:atan2(-0e0, -1), math:atan2(1, 0), math:atan2(0, 1)",
            "3.141592653589793, -3.141592653589793, 1.5707963267948966, 0",
        ),
        ("math:sqrt('a')", "!XPTY0004"),
    ]);
}

#[test]
fn many_values_become_one() {
    is(&[
        ("count(()), count((1, 2, 2)), count(//a), count([1, 2])", "0, 3, 2, 1"),
        (
            "sum((1, 2, 3)), sum(()), sum((), ()), sum((), 0.0), sum((1, 2.5)), sum((1, 2e0))",
            "6, 0, 0, 3.5, 3",
        ),
        ("sum(//a/@x), sum(//a/@x) instance of xs:double", "3, true"),
        ("sum((xs:yearMonthDuration('P20Y'), xs:yearMonthDuration('P10M')))", "P20Y10M"),
        (
            "sum(xs:dayTimeDuration('PT1H')[. > xs:dayTimeDuration('PT2H')], xs:dayTimeDuration('PT0S'))",
            "PT0S",
        ),
        ("sum(('a', 'b'))", "!FORG0006"),
        ("sum((1, xs:dayTimeDuration('PT1H')))", "!FORG0006"),
        ("sum((xs:yearMonthDuration('P20Y'), xs:dayTimeDuration('PT1H')))", "!FORG0006"),
        ("sum(xs:duration('P1Y'))", "!FORG0006"),
        ("sum(true())", "!FORG0006"),
        ("sum(xs:untypedAtomic('x'))", "!FORG0001"),
        ("sum((0.1, 0.2)), sum((0.1, 0.2e0)), sum(([1, 2], 3))", "0.3, 0.30000000000000004, 6"),
        ("sum((1, number('NaN')))", "NaN"),
        ("avg((3, 4, 5)), avg((1, 2)), avg(()), avg((1, 2e0))", "4, 1.5, 1.5"),
        ("avg((1, 2)) instance of xs:decimal, avg((xs:float(1), 2)) instance of xs:float", "true, true"),
        ("avg((xs:yearMonthDuration('P20Y'), xs:yearMonthDuration('P10M')))", "P10Y5M"),
        ("avg((number('INF'), number('-INF'))), avg((3, 4, 5, number('NaN')))", "NaN, NaN"),
        ("avg(('P10M', 3))", "!FORG0006"),
        ("avg((xs:dayTimeDuration('PT1H'), 3))", "!FORG0006"),
        ("max((3, 4, 5)), max([3, 4]), max((xs:integer(5), xs:float(5.0), xs:double(0)))", "5, 4, 5"),
        (
            "max((5, 5e0)) instance of xs:double, max((1, 2.5)), max((xs:float(1), 2.5)) instance of xs:float",
            "true, 2.5, true",
        ),
        ("max((1, number('NaN'))), min((1, xs:float('NaN'), 2e0)) instance of xs:double", "NaN, true"),
        ("max((3, 4, 'Zero'))", "!FORG0006"),
        ("max((current-date(), xs:date('1999-01-01')))", "2026-03-04Z"),
        (
            "max(('a', 'b', 'c')), min(('a', 'b', 'c')), max((xs:anyURI('z'), 'a')) instance of xs:string",
            "c, a, true",
        ),
        ("max((true(), false())), min((true(), false()))", "true, false"),
        ("max(()), min(())", ""),
        ("max(//a/@x), min(//a/@x), max((xs:untypedAtomic('10'), 9))", "2, 1, 10"),
        (
            "max((xs:anyURI('a'), xs:anyURI('b'))) instance of xs:anyURI, max((xs:token('z'), xs:anyURI('b'))) instance of xs:token",
            "true, true",
        ),
        ("max((xs:untypedAtomic('3'), 'a'))", "!FORG0006"),
        ("max((xs:untypedAtomic('one'), 1, xs:float('NaN')))", "!FORG0001"),
        (
            "max((1, 1, 1.0)) instance of xs:decimal, max((xs:positiveInteger(1), xs:unsignedShort(2))) instance of xs:unsignedShort",
            "true, true",
        ),
        ("max(//a)", "!FORG0001"),
        ("min((xs:dayTimeDuration('PT1H'), xs:dayTimeDuration('PT59M')))", "PT59M"),
        ("min((xs:dayTimeDuration('PT1H'), xs:yearMonthDuration('P1Y')))", "!FORG0006"),
        ("max(xs:duration('P1Y'))", "!FORG0006"),
        ("max(xs:gYear('2000'))", "!FORG0006"),
        ("max(xs:QName('a'))", "!FORG0006"),
        ("max((xs:dateTime('2020-01-01T00:00:00Z'), xs:date('2020-01-01')))", "!FORG0006"),
        ("max((xs:time('12:00:00Z'), xs:time('13:00:00+02:00')))", "12:00:00Z"),
        ("max((xs:hexBinary('01'), xs:hexBinary('0a')))", "0A"),
        (
            "max(('B', 'a')), max(('B', 'a'), 'http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive')",
            "a, B",
        ),
        ("max(('a', 'b'), 'urn:none')", "!FOCH0002"),
        (
            "min((0e0, -0e0)) instance of xs:double, max(xs:unsignedByte(3)) instance of xs:integer",
            "true, true",
        ),
    ]);
}

#[test]
fn whole_numbers_are_formatted() {
    is(&[
        (
            "format-integer(123, '0000'), format-integer(123, 'w'), format-integer(21, '1;o')",
            "0123, one hundred and twenty-three, 21st",
        ),
        (
            "format-integer(1234567, '#,##0'), format-integer(1500000, '0,000'), format-integer(12345678901,'# 000')",
            "1,234,567, 1,500,000, 12 345 678 901",
        ),
        ("format-integer(-123, '99999'), format-integer(0, '000'), format-integer((), 'w')", "-00123, 000, "),
        (
            "format-integer(123456789, '0,0,00,0'), format-integer(123456789, '00,00,00'), format-integer(123456789, '000,00,00')",
            "12345,6,78,9, 1,23,45,67,89, 12345,67,89",
        ),
        ("format-integer(602347826, '#(000)000-000'), format-integer(1234,'#;##1;')", "602)347-826, 1;234"),
        (
            "format-integer(15, '٠'), format-integer(1234, '#,𐒠𐒠𐒠'), format-integer(7, '００')",
            "١٥, 𐒡,𐒢𐒣𐒤, ０７",
        ),
        ("(1, 26, 27, 702, 703) ! format-integer(., 'a')", "a, z, aa, zz, aaa"),
        ("format-integer(85, 'A;o'), format-integer(0, 'A'), format-integer(-2, 'A')", "CG, 0, -B"),
        (
            "(1, 4, 9, 14, 1999, 3999, 4000, 0) ! format-integer(., 'I')",
            "I, IV, IX, XIV, MCMXCIX, MMMCMXCIX, MMMM, 0",
        ),
        (
            "(0, 5, 13, 20, 21, 100, 101, 1000, 1001, 1234, 1005000) ! format-integer(., 'w')",
            "zero, five, thirteen, twenty, twenty-one, one hundred, one hundred and one, one thousand, one thousand and one, one thousand two hundred and thirty-four, one million five thousand",
        ),
        (
            "(0, 1, 2, 3, 5, 8, 9, 12, 20, 21, 100, 1000000) ! format-integer(., 'w;o')",
            "zeroth, first, second, third, fifth, eighth, ninth, twelfth, twentieth, twenty-first, one hundredth, one millionth",
        ),
        (
            "format-integer(2, 'W;o'), format-integer(-5, 'Ww;o'), format-integer(123, 'Ww'), format-integer(1, 'Ww;t')",
            "SECOND, -Fifth, One Hundred and Twenty-Three, One",
        ),
        (
            "(1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111) ! format-integer(., '1;o')",
            "1st, 2nd, 3rd, 4th, 11th, 12th, 13th, 21st, 22nd, 101st, 111th",
        ),
        (
            "format-integer(1, '1;o(-en)'), format-integer(-8500, '#,##1;o'), format-integer(1234, '()Ww;o'), format-integer(1, '001;')",
            "1st, -8,500th, 1234th, 001",
        ),
        ("(1 to 3, 20, 21) ! format-integer(., '①')", "①, ②, ③, ⑳, 21"),
        (
            "format-integer(5, '#'), format-integer(5, '#a'), format-integer(5, 'zz'), format-integer(5, '\u{fbf4}')",
            "5, 5, 5, 5",
        ),
        (
            "format-integer(11, 'Ww', 'en'), format-integer(11, 'Ww', '@*!'), format-integer(11, 'w', ())",
            "Eleven, Eleven, eleven",
        ),
        ("format-integer(170141183460469231731687303715884105727, 'w') => string-length() > 100", "true"),
        ("format-integer(1, '')", "!FODF1310"),
        ("format-integer(1, ';')", "!FODF1310"),
        ("format-integer(1, '0,000,')", "!FODF1310"),
        ("format-integer(1, ',123')", "!FODF1310"),
        ("format-integer(1, '0,,0')", "!FODF1310"),
        ("format-integer(1, '0#')", "!FODF1310"),
        ("format-integer(1, '11#0,000')", "!FODF1310"),
        ("format-integer(1, '123١')", "!FODF1310"),
        ("format-integer(1, '1o')", "!FODF1310"),
        ("format-integer(1, '1;o(-er)z')", "!FODF1310"),
        ("format-integer(1, 'Ww;o()(')", "!FODF1310"),
        ("format-integer(1, 'Ww;o(')", "!FODF1310"),
        ("format-integer(1.5, '1')", "!XPTY0004"),
    ]);
}

#[test]
fn numbers_are_formatted() {
    is(&[
        (
            "format-number(12345.6, '#,###.00'), format-number(12345678.9, '9,999.99'), format-number(123.9, '9999')",
            "12,345.60, 12,345,678.90, 0124",
        ),
        (
            "format-number(0.14, '01%'), format-number(-6, '000'), format-number(0.4857,'###.###‰')",
            "14%, -006, 485.7‰",
        ),
        (
            "format-number(1234.5678, '00.000e0'), format-number(0.234, '0.0e0'), format-number(0.00234, '0.000e0')",
            "12.346e2, 2.3e-1, 2.340e-3",
        ),
        (
            "format-number(0.234, '#.00e0'), format-number(0.234, '.00e0'), format-number(0.123, '#.e9'), format-number(0, '0.0e00')",
            "0.23e0, .23e0, 0.1e0, 0.0e00",
        ),
        ("format-number(1.5e-20, '0.0e000'), format-number(123456, '#00e0')", "1.5e-020, 12e4"),
        (
            "format-number(2392.14*36.58,'000,000.000000'), format-number(12792.14*96.58,'##,###,000.000###')",
            "087,504.481200, 1,235,464.8812",
        ),
        (
            "format-number(2392.14*(-36.58),'000,000.000###;###,###.000###'), format-number(-1.5, '0.0;(0.0)')",
            "87,504.4812, (1.5)",
        ),
        (
            "format-number(95.4857,'¤###.####'), format-number(2.14*86.58,'PREFIX##00.000###SUFFIX')",
            "¤95.4857, PREFIX185.2812SUFFIX",
        ),
        (
            "format-number(987654321,'###,##0,00.00'), format-number(239236.588,'00000.00')",
            "9876,543,21.00, 239236.59",
        ),
        (
            "format-number(1 div 0e0, '###'), format-number(-1 div 0e0, '#.0x'), format-number(number('x'), 'a0')",
            "Infinity, -Infinityx, NaN",
        ),
        (
            "format-number(1E25,'#,######'), format-number(1E100 div 3,'#') => string-length()",
            "10,000000,000000,000000,000000, 100",
        ),
        (
            "format-number((), '###.###'), format-number(0, '#'), format-number(0.0, '#'), format-number(xs:float(0), '#')",
            "NaN, 0, 0, 0",
        ),
        (
            "format-number(0.23, '#'), format-number(0, '.##'), format-number(0.5, '.#'), format-number(0, '#.#')",
            "0, .0, .5, .0",
        ),
        ("format-number(1234e0, '0000.####'), format-number(1234.5678, '0.0,0,0')", "1234, 1234.5,6,8"),
        ("format-number(-0e0, '0'), format-number(-0.001, '0.00'), format-number(0.0, '0')", "-0, -0.00, 0"),
        (
            "format-number(0.125, '0.00'), format-number(0.135, '0.00'), format-number(2.5, '0')",
            "0.12, 0.14, 2",
        ),
        (
            "format-number(0.4857,'###.###%', ()), format-number(12, 'e0e'), format-number(1e-7, '0.#########')",
            "48.57%, e12e, 0.0000001",
        ),
        ("format-number(xs:float('0.1'), '0.0##########')", "0.1"),
    ]);
}

#[test]
fn pictures_of_numbers_are_checked() {
    is(&[
        ("format-number(1, '0', 'foo:bar')", "!FODF1280"),
        ("format-number(1, '000.##0')", "!FODF1310"),
        ("format-number(1, '#0#')", "!FODF1310"),
        ("format-number(1, 'fred.ginger')", "!FODF1310"),
        ("format-number(1, '')", "!FODF1310"),
        ("format-number(1, '0;0;0')", "!FODF1310"),
        ("format-number(1, '0;0;')", "!FODF1310"),
        ("format-number(1, '0.0.0')", "!FODF1310"),
        ("format-number(1, '0,,0')", "!FODF1310"),
        ("format-number(1, '0,.0')", "!FODF1310"),
        ("format-number(1, '0.,0')", "!FODF1310"),
        ("format-number(1, '0,')", "!FODF1310"),
        ("format-number(1, '0 0')", "!FODF1310"),
        ("format-number(1, '%0%')", "!FODF1310"),
        ("format-number(1, '%0‰')", "!FODF1310"),
        ("format-number(1, '0e#')", "!FODF1310"),
        ("format-number(1, '0e0%')", "!FODF1310"),
        ("format-number(1, '0e0e0')", "!FODF1310"),
        ("format-number('abc', '0')", "!XPTY0004"),
    ]);
}

#[test]
fn numbers_at_random() {
    is(&[
        ("random-number-generator('a')?number = random-number-generator('a')?number", "true"),
        ("random-number-generator('a')?number = random-number-generator('b')?number", "false"),
        ("random-number-generator()?number = random-number-generator()?number", "true"),
        ("every $i in 1 to 50 satisfies random-number-generator($i)?number[. ge 0 and . lt 1]", "true"),
        ("let $r := random-number-generator(1) return $r?number eq $r?next()?number", "false"),
        (
            "let $r := random-number-generator(1)?next() return $r?next()?next()?number instance of xs:double",
            "true",
        ),
        ("sort(random-number-generator(1)?permute(1 to 9)) => string-join()", "123456789"),
        ("deep-equal(random-number-generator(1)?permute(1 to 30), 1 to 30)", "false"),
        ("random-number-generator(1)?permute(())", ""),
        ("map:keys(random-number-generator()) => sort()", "next, number, permute"),
        ("random:next(1)", "!XPST0017"),
    ]);
}

#[test]
fn large_pictures_are_no_burden() {
    is(&[
        (
            "let $p := string-join((1 to 50000) ! '0,0,00') return string-length(format-integer(1, $p))",
            "300000",
        ),
        ("let $p := string-join((1 to 50000) ! '0,0') return string-length(format-integer(1, $p))", "150000"),
        (
            "let $p := string-join((1 to 50000) ! '0,00') return string-length(format-number(1, '0.' || $p))",
            "200002",
        ),
        (
            "let $p := string-join((1 to 99999) ! '0') return string-length(format-number(1, '0e' || $p))",
            "100001",
        ),
        (
            "let $p := string-join((1 to 99999) ! '0') return string-length(format-number(1, $p || '.#'))",
            "99999",
        ),
        ("count((1 to 2000) ! round(1e-300 * ., 290))", "2000"),
        ("count((1 to 20000) ! round(1e-300 * ., 290))", "!XPDY0130"),
    ]);
}
