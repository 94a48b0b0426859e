//! Casts: `XPath` 3.1 §3.14; Functions and Operators 3.1 §18, §19.

use super::is;

#[test]
fn texts_become_values() {
    is(&[
        ("xs:integer(' 12 '), xs:integer('-0'), xs:integer('+7'), xs:integer('007')", "12, 0, 7, 7"),
        ("xs:integer('1.0')", "!FORG0001"),
        ("xs:integer('')", "!FORG0001"),
        ("xs:integer('1e3')", "!FORG0001"),
        ("xs:integer('1 2')", "!FORG0001"),
        ("xs:integer('1000000000000000000000000000000000000000000')", "!FOCA0003"),
        ("xs:decimal('1.50'), xs:decimal('.5'), xs:decimal('5.'), xs:decimal('-0.0')", "1.5, 0.5, 5, 0"),
        ("xs:decimal('1e3')", "!FORG0001"),
        ("xs:decimal('INF')", "!FORG0001"),
        ("xs:decimal('1000000000000000000000000000000000000000000')", "!FOCA0001"),
        ("xs:double('1e3'), xs:double('INF'), xs:double('-INF'), xs:double('NaN')", "1000, INF, -INF, NaN"),
        ("xs:double('-0'), xs:double('1e400'), xs:double('1e-400'), xs:double(' 1 ')", "-0, INF, 0, 1"),
        ("xs:double('Infinity')", "!FORG0001"),
        ("xs:double('inf')", "!FORG0001"),
        ("xs:double('1 e3')", "!FORG0001"),
        ("xs:float('3.4e39'), xs:float('0.1'), xs:float('1e10')", "INF, 0.1, 1.0E10"),
        (
            "xs:boolean('true'), xs:boolean(' 1 '), xs:boolean('false'), xs:boolean('0')",
            "true, true, false, false",
        ),
        ("xs:boolean('True')", "!FORG0001"),
        ("xs:boolean('')", "!FORG0001"),
        ("xs:anyURI(' a b '), xs:anyURI('')", "a b, "),
        ("xs:anyURI('a%20b'), xs:anyURI('//a/b'), xs:anyURI('a:b')", "a%20b, //a/b, a:b"),
        ("xs:anyURI('%gg')", "!FORG0001"),
        ("xs:anyURI('a%1')", "!FORG0001"),
        ("xs:anyURI(':/a')", "!FORG0001"),
        ("xs:nonNegativeInteger('-00'), xs:nonPositiveInteger('+00')", "0, 0"),
        ("'P768614336404564651Y' cast as xs:yearMonthDuration", "!FODT0002"),
        ("'99999999999999999999999999999' cast as xs:gYear", "!FODT0001"),
        ("xs:NCName('เฉมส์')", "เฉมส์"),
        ("xs:hexBinary('0fb7'), xs:hexBinary(' 0FB7 '), xs:hexBinary('')", "0FB7, 0FB7, "),
        ("xs:hexBinary('0fb')", "!FORG0001"),
        ("xs:hexBinary('0g')", "!FORG0001"),
        ("xs:base64Binary('D7c='), xs:base64Binary(' D 7 c = ')", "D7c=, D7c="),
        ("xs:base64Binary('D7c')", "!FORG0001"),
        ("xs:base64Binary('D7d=')", "!FORG0001"),
        (
            "xs:QName('fn:count'), namespace-uri-from-QName(xs:QName('xs:a'))",
            "fn:count, http://www.w3.org/2001/XMLSchema",
        ),
        ("xs:QName(' a ')", "a"),
        ("xs:QName('zz:a')", "!FONS0004"),
        ("xs:QName(':a')", "!FORG0001"),
        ("xs:QName('a:')", "!FORG0001"),
        ("xs:QName('a:b:c')", "!FORG0001"),
        ("xs:QName('1a')", "!FORG0001"),
        ("xs:date('2002-02-30')", "!FORG0001"),
        (
            "xs:date('2000-02-29'), xs:dateTime('2000-12-31T24:00:00'), xs:time('24:00:00')",
            "2000-02-29, 2001-01-01T00:00:00, 00:00:00",
        ),
        (
            "xs:gYear('2000Z'), xs:gMonth('--05'), xs:gDay('---31'), xs:gMonthDay('--02-29'), xs:gYearMonth('1999-05')",
            "2000Z, --05, ---31, --02-29, 1999-05",
        ),
        ("xs:date('99999999999999999999-01-01')", "!FODT0001"),
        ("xs:duration('P99999999999999999999Y')", "!FODT0002"),
        (
            "xs:duration('P1Y2M3DT4H5M6.7S'), xs:duration('-P12M'), xs:duration('PT0S')",
            "P1Y2M3DT4H5M6.7S, -P1Y, PT0S",
        ),
        ("xs:dayTimeDuration('P1Y')", "!FORG0001"),
        ("xs:untypedAtomic('a') instance of xs:untypedAtomic, xs:untypedAtomic(12)", "true, 12"),
        ("xs:integer(()), xs:date(())", ""),
        ("xs:integer((1, 2))", "!XPTY0004"),
        ("xs:integer([1, 2])", "!XPTY0004"),
        ("xs:integer(['1'])", "1"),
        ("xs:integer(/r/a[1]/@x), xs:integer(//p:b)", "1, 7"),
        ("xs:integer(/r/a[1])", "!FORG0001"),
        ("xs:integer(abs#1)", "!FOTY0013"),
    ]);
}

#[test]
fn texts_are_of_the_types_of_texts() {
    is(&[
        ("concat('[', xs:string(' a '), ']')", "[ a ]"),
        (
            "concat('[', xs:normalizedString(concat(' a', codepoints-to-string((9, 10, 13)), 'b ')), ']')",
            "[ a   b ]",
        ),
        ("concat('[', xs:token('  a   b '), ']')", "[a b]"),
        (
            "xs:language('en-US'), xs:language(' de '), xs:language('x-abc-12345678')",
            "en-US, de, x-abc-12345678",
        ),
        ("xs:language('en_US')", "!FORG0001"),
        ("xs:language('1a')", "!FORG0001"),
        ("xs:language('abcdefghi')", "!FORG0001"),
        ("xs:NMTOKEN('1a:b.c-d')", "1a:b.c-d"),
        ("xs:NMTOKEN('a b')", "!FORG0001"),
        ("xs:NMTOKEN('')", "!FORG0001"),
        ("xs:Name('a:b'), xs:Name('_a'), xs:Name(':')", "a:b, _a, :"),
        ("xs:Name('-a')", "!FORG0001"),
        ("xs:NCName('a.b'), xs:NCName('élan')", "a.b, élan"),
        ("xs:NCName('a:b')", "!FORG0001"),
        ("xs:ID('a'), xs:IDREF('b'), xs:ENTITY('c')", "a, b, c"),
        ("xs:ID('1')", "!FORG0001"),
        ("xs:token(12.50), xs:NCName(true())", "12.5, true"),
        ("xs:NCName(1)", "!FORG0001"),
        ("xs:NCName(xs:anyURI('a'))", "a"),
        ("xs:token('a') instance of xs:string, xs:string(xs:token('a')) instance of xs:token", "true, false"),
        ("xs:NCName('a') instance of xs:Name, xs:ID('a') instance of xs:IDREF", "true, false"),
    ]);
}

#[test]
fn whole_numbers_have_ranges() {
    is(&[
        ("xs:byte(127), xs:byte('-128'), xs:unsignedByte(255)", "127, -128, 255"),
        ("xs:byte(128)", "!FORG0001"),
        ("xs:byte('-129')", "!FORG0001"),
        ("xs:unsignedByte(-1)", "!FORG0001"),
        (
            "xs:short(32767), xs:int(2147483647), xs:long('9223372036854775807')",
            "32767, 2147483647, 9223372036854775807",
        ),
        ("xs:short(32768)", "!FORG0001"),
        ("xs:int(2147483648)", "!FORG0001"),
        ("xs:long('9223372036854775808')", "!FORG0001"),
        ("xs:unsignedLong('18446744073709551615')", "18446744073709551615"),
        ("xs:unsignedLong('18446744073709551616')", "!FORG0001"),
        ("xs:unsignedInt('4294967296')", "!FORG0001"),
        ("xs:unsignedShort('65536')", "!FORG0001"),
        ("xs:nonNegativeInteger(0), xs:nonPositiveInteger(0)", "0, 0"),
        ("xs:positiveInteger(0)", "!FORG0001"),
        ("xs:negativeInteger(0)", "!FORG0001"),
        ("xs:nonNegativeInteger(-1)", "!FORG0001"),
        (
            "xs:byte(1.9), xs:byte('1') instance of xs:short, xs:short(xs:byte(1)) instance of xs:byte",
            "1, true, false",
        ),
        ("xs:byte('1000000000000000000000000000000000000000000')", "!FORG0001"),
        (
            "xs:integer(xs:byte(3)) instance of xs:byte, (xs:byte(3) + 1) instance of xs:integer",
            "false, true",
        ),
    ]);
}

#[test]
fn numbers_become_others() {
    is(&[
        (
            "xs:integer(1.9), xs:integer(-1.9), xs:integer(1.9e0), xs:integer(-0.5e0), xs:integer(true())",
            "1, -1, 1, 0, 1",
        ),
        ("xs:integer(xs:double('NaN'))", "!FOCA0002"),
        ("xs:integer(xs:float('INF'))", "!FOCA0002"),
        ("xs:integer(1e300)", "!FOCA0003"),
        ("xs:integer(1e20), xs:integer(123456789012e0)", "100000000000000000000, 123456789012"),
        ("xs:decimal(xs:double('-INF'))", "!FOCA0002"),
        ("xs:decimal(1e30)", "!FOCA0001"),
        ("xs:decimal(0.5e0), xs:decimal(1e6), xs:decimal(-0e0), xs:decimal(false())", "0.5, 1000000, 0, 0"),
        ("xs:decimal(xs:float('0.25')), xs:decimal(1e-30)", "0.25, 0"),
        (
            "xs:decimal(3) instance of xs:integer, xs:decimal(xs:byte(3)) instance of xs:decimal",
            "false, true",
        ),
        ("xs:double(1), xs:double(0.1), xs:double(xs:float('0.5')), xs:double(true())", "1, 0.1, 0.5, 1"),
        (
            "xs:float(1e39), xs:float(0.1e0), xs:float(16777217), xs:float(false())",
            "INF, 0.1, 1.6777216E7, 0",
        ),
        (
            "xs:boolean(0), xs:boolean(0.0), xs:boolean(0e0), xs:boolean(xs:double('NaN')), xs:boolean(-1), xs:boolean(0.1)",
            "false, false, false, false, true, true",
        ),
        (
            "xs:string(1.0), xs:string(1e6), xs:string(1e5), xs:string(1e-7), xs:string(true())",
            "1, 1.0E6, 100000, 1.0E-7, true",
        ),
        ("xs:string(-0e0), xs:string(xs:float('1.5e20')), xs:string(12345678.9)", "-0, 1.5E20, 12345678.9"),
        ("xs:numeric('1') instance of xs:double, xs:numeric(1) instance of xs:integer", "true, true"),
        ("xs:numeric('a')", "!FORG0001"),
        ("1.5 cast as xs:numeric instance of xs:decimal, 'x' castable as xs:numeric", "true, false"),
    ]);
}

#[test]
fn others_become_others() {
    is(&[
        (
            "xs:date(xs:dateTime('2001-02-03T04:05:06Z')), xs:time(xs:dateTime('2001-02-03T04:05:06.5+01:00'))",
            "2001-02-03Z, 04:05:06.5+01:00",
        ),
        ("xs:dateTime(xs:date('2001-02-03-05:00'))", "2001-02-03T00:00:00-05:00"),
        (
            "xs:gYear(xs:date('2001-02-03Z')), xs:gMonth(xs:date('2001-02-03')), xs:gDay(xs:date('2001-02-03'))",
            "2001Z, --02, ---03",
        ),
        (
            "xs:gYearMonth(xs:dateTime('2001-02-03T04:05:06')), xs:gMonthDay(xs:date('2001-02-29' ! '2000-02-29'))",
            "2001-02, --02-29",
        ),
        ("xs:gDay(xs:date('2001-05-31')) eq xs:gDay('---31')", "true"),
        ("xs:time(xs:dateTime('2001-02-03T04:05:06')) eq xs:time('04:05:06')", "true"),
        ("xs:date(xs:time('04:05:06'))", "!XPTY0004"),
        ("xs:date(xs:gYear('2001'))", "!XPTY0004"),
        ("xs:gMonth(xs:gMonthDay('--02-03'))", "!XPTY0004"),
        ("xs:time(xs:date('2001-02-03'))", "!XPTY0004"),
        (
            "xs:dateTimeStamp('2001-02-03T04:05:06Z'), xs:dateTimeStamp(xs:date('2001-02-03Z'))",
            "2001-02-03T04:05:06Z, 2001-02-03T00:00:00Z",
        ),
        ("xs:dateTimeStamp('2001-02-03T04:05:06')", "!FORG0001"),
        ("xs:dateTime(xs:dateTimeStamp('2001-02-03T04:05:06Z')) instance of xs:dateTimeStamp", "false"),
        (
            "xs:dayTimeDuration(xs:duration('P1Y2M3DT4H')), xs:yearMonthDuration(xs:duration('P1Y2M3DT4H'))",
            "P3DT4H, P1Y2M",
        ),
        (
            "xs:yearMonthDuration(xs:dayTimeDuration('P3D')), xs:dayTimeDuration(xs:yearMonthDuration('P3Y'))",
            "P0M, PT0S",
        ),
        ("xs:duration(xs:yearMonthDuration('P0M'))", "PT0S"),
        ("xs:duration(1)", "!XPTY0004"),
        ("xs:hexBinary(xs:base64Binary('D7c=')), xs:base64Binary(xs:hexBinary('0fb7'))", "0FB7, D7c="),
        ("xs:base64Binary(1)", "!XPTY0004"),
        ("xs:integer(xs:date('2001-02-03'))", "!XPTY0004"),
        ("xs:boolean(xs:date('2001-02-03'))", "!XPTY0004"),
        ("xs:integer(xs:anyURI('1'))", "!XPTY0004"),
        ("xs:string(xs:anyURI('a')), xs:untypedAtomic(xs:QName('xs:a'))", "a, xs:a"),
        ("xs:integer(xs:QName('a'))", "!XPTY0004"),
        ("xs:QName(1)", "!XPTY0004"),
        ("xs:date(1) , 1", "!XPTY0004"),
        ("xs:boolean('true') cast as xs:integer, true() cast as xs:string", "1, true"),
        (
            "xs:untypedAtomic('5') cast as xs:integer, xs:untypedAtomic('2001-02-03') cast as xs:date",
            "5, 2001-02-03",
        ),
        ("() cast as xs:integer?, () castable as xs:integer, () castable as xs:integer?", "false, true"),
        ("() cast as xs:integer", "!XPTY0004"),
        ("(1, 2) cast as xs:integer?", "!XPTY0004"),
        ("'a' cast as xs:anyAtomicType", "!XPST0080"),
        ("'a' cast as xs:error", "!FORG0001"),
        (
            "() cast as xs:error?, 'a' castable as xs:error, xs:error(()), () instance of xs:error?",
            "false, true",
        ),
        ("'a' castable as xs:NOTATION", "!XPST0080"),
        ("'a' cast as xs:nothing", "!XPST0051"),
        (
            "1 castable as xs:date, '2001-02-29' castable as xs:date, (1, 2) castable as xs:integer",
            "false, false, false",
        ),
        ("xs:string(/r/a[2]), /r/a[1]/@x cast as xs:integer", "uv, 1"),
    ]);
}
