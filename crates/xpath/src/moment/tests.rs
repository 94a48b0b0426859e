use super::{instant, parse, read, text};
use crate::types::Type::{
    self, Date, DateTime, DateTimeStamp, GDay, GMonth, GMonthDay, GYear, GYearMonth, Time,
};

#[test]
fn canonical_forms() {
    let cases: &[(Type, &str, &str)] = &[
        (DateTime, "2002-10-10T17:00:00.500Z", "2002-10-10T17:00:00.5Z"),
        (DateTime, "\n2002-10-10T17:00:00+05:00 ", "2002-10-10T17:00:00+05:00"),
        (DateTime, "1999-12-31T24:00:00", "2000-01-01T00:00:00"),
        (DateTime, "1999-12-31T24:00:00.000-00:00", "2000-01-01T00:00:00Z"),
        (DateTime, "2024-02-29T00:00:00.1234567899", "2024-02-29T00:00:00.123456789"),
        (DateTime, "-0001-01-01T00:00:00", "-0001-01-01T00:00:00"),
        (DateTime, "0000-02-29T00:00:00", "0000-02-29T00:00:00"),
        (DateTime, "12345-01-01T00:00:00", "12345-01-01T00:00:00"),
        (DateTimeStamp, "2002-10-10T17:00:00-14:00", "2002-10-10T17:00:00-14:00"),
        (Date, "2002-10-10+13:59", "2002-10-10+13:59"),
        (Date, "-25252734927766555-06-07+02:00", "-25252734927766555-06-07+02:00"),
        (Time, "24:00:00Z", "00:00:00Z"),
        (Time, "13:20:10.50", "13:20:10.5"),
        (GYear, "-0044Z", "-0044Z"),
        (GYearMonth, "2002-10", "2002-10"),
        (GMonth, "--12-05:00", "--12-05:00"),
        (GMonthDay, "--02-29", "--02-29"),
        (GDay, "---31Z", "---31Z"),
    ];
    for (kind, given, expect) in cases {
        let moment = parse(*kind, given).unwrap_or_else(|| panic!("{given}"));
        assert_eq!(text(*kind, &moment), *expect, "{given}");
    }
}

#[test]
fn mistakes() {
    let cases: &[(Type, &[&str])] = &[
        (
            DateTime,
            &[
                "",
                "2002-10-10",
                "2002-10-10T17:00",
                "2002-10-10t17:00:00",
                "2002-10-10T24:00:01",
                "2002-10-10T24:01:00",
                "2002-10-10T24:00:00.1",
                "2002-10-10T25:00:00",
                "2002-10-10T17:60:00",
                "2002-10-10T17:00:60",
                "2002-10-10T17:00:00.",
                "2002-10-10T17:00:00+14:01",
                "2002-10-10T17:00:00+15:00",
                "2002-10-10T17:00:00z",
                "2002-10-10T17:00:00+1:00",
                "2002-10-10 17:00:00",
                "2002-10-10T17:00:00Z1",
            ],
        ),
        (DateTimeStamp, &["2002-10-10T17:00:00"]),
        (
            Date,
            &[
                "2002-13-01",
                "2002-00-01",
                "2002-02-29",
                "1900-02-29",
                "2002-04-31",
                "202-01-01",
                "02002-01-01",
                "+2002-01-01",
                "2002-1-01",
                "2002-01-1",
                "2002-01-00",
                "--2002-01-01",
            ],
        ),
        (Time, &["1:00:00", "01:00", "24:00:01"]),
        (GYear, &["44", "2002-", "02002"]),
        (GMonth, &["--13", "--12--", "-12"]),
        (GMonthDay, &["--02-30", "--04-31", "--00-01"]),
        (GDay, &["---32", "--01", "---00"]),
        (Type::String, &["2002-10-10"]),
    ];
    for (kind, cases) in cases {
        for given in *cases {
            assert!(parse(*kind, given).is_none(), "{given}");
        }
    }
    assert_eq!(read(Date, "x").unwrap_err().code(), "FORG0001");
    assert_eq!(read(Date, "99999999999999999999-01-01").unwrap_err().code(), "FODT0001");
}

#[test]
fn instants() {
    let of = |text: &str| instant(&parse(DateTime, text).unwrap(), -300);
    assert_eq!(of("1970-01-01T00:00:00Z"), 0);
    assert_eq!(of("1970-01-01T00:00:01.5Z"), 1_500_000_000);
    assert_eq!(of("1969-12-31T19:00:00"), 0);
    assert_eq!(of("2000-03-01T00:00:00Z") / super::DAY, 11_017);
    assert_eq!(of("-0001-12-31T00:00:00Z") + super::DAY, of("0000-01-01T00:00:00Z"));
    assert_eq!(of("2002-10-10T12:00:00+14:00"), of("2002-10-09T22:00:00Z"));
}

#[test]
fn days_and_dates_agree() {
    for day in (-800_000..800_000).step_by(13) {
        let (year, month, of_month) = super::calendar::date(day).unwrap();
        assert_eq!(super::days(year, month, of_month), day);
        assert!(of_month <= super::calendar::length(year.into(), month) && of_month > 0);
    }
}
