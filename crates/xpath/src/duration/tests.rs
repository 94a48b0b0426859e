use super::{read, text};
use crate::types::Type::{self, DayTimeDuration, Duration, YearMonthDuration};

#[test]
fn canonical_forms() {
    let cases: &[(Type, &str, &str)] = &[
        (Duration, "P1Y2M3DT4H5M6.7S", "P1Y2M3DT4H5M6.7S"),
        (Duration, " P13M ", "P1Y1M"),
        (Duration, "P0Y", "PT0S"),
        (Duration, "-PT0S", "PT0S"),
        (Duration, "PT36H", "P1DT12H"),
        (Duration, "PT100000S", "P1DT3H46M40S"),
        (Duration, "-P1Y1DT0.000S", "-P1Y1D"),
        (Duration, "PT0.0000000019S", "PT0.000000001S"),
        (YearMonthDuration, "P0M", "P0M"),
        (YearMonthDuration, "-P14M", "-P1Y2M"),
        (YearMonthDuration, "P2Y", "P2Y"),
        (DayTimeDuration, "P0D", "PT0S"),
        (DayTimeDuration, "PT60.5S", "PT1M0.5S"),
        (DayTimeDuration, "P3DT10H30M", "P3DT10H30M"),
        (DayTimeDuration, "PT25H", "P1DT1H"),
    ];
    for (kind, given, expect) in cases {
        let duration = read(*kind, given).unwrap();
        assert_eq!(text(*kind, &duration), *expect, "{given}");
    }
}

#[test]
fn mistakes() {
    let given = [
        "", "P", "-P", "PT", "P1YT", "1Y", "P1", "P1S", "PT1D", "PT.5S", "PT5.S", "P1.5Y", "P-1Y", "P1M1Y",
        "PT1S1M", "PT1HT1M", "P1Y ago", "+P1Y", "p1y", "P1Y1Y",
    ];
    for given in given {
        assert!(read(Duration, given).is_err(), "{given}");
    }
    assert!(read(YearMonthDuration, "P1D").is_err());
    assert!(read(YearMonthDuration, "P1YT0S").is_err());
    assert!(read(DayTimeDuration, "P1Y1D").is_err());
}

#[test]
fn too_long() {
    let days = format!("P{}D", "9".repeat(40));
    for given in ["P768614336404564651Y", "-P9999999999999999999999999999999999999999M", &days] {
        assert_eq!(read(Duration, given).unwrap_err().code(), "FODT0002", "{given}");
    }
    assert_eq!(
        text(Duration, &read(Duration, "-P768614336404564650Y7M").unwrap()),
        "-P768614336404564650Y7M"
    );
}
