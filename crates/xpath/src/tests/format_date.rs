//! Dates as pictures say: Functions and Operators 3.1 §9.8.

use super::is;

/// Pictures of a value with what they give.
#[track_caller]
fn pictures(function: &str, value: &str, rows: &[(&str, &str)]) {
    let rows: Vec<(String, &str)> = rows
        .iter()
        .map(|(picture, expected)| (format!("{function}({value}, {picture})"), *expected))
        .collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(row, expected)| (row.as_str(), *expected)).collect();
    is(&rows);
}

#[test]
fn dates() {
    pictures(
        "format-date",
        "xs:date('2002-12-31')",
        &[
            ("'[Y0001]-[M01]-[D01]'", "2002-12-31"),
            ("'[M]-[D]-[Y]'", "12-31-2002"),
            ("'[D1] [MI] [Y]'", "31 XII 2002"),
            ("'[D1o] [MNn], [Y]', 'en', (), ()", "31st December, 2002"),
            ("'[D01] [MN,*-3] [Y0001]', 'en', (), ()", "31 DEC 2002"),
            ("'[MNn] [D], [Y]', 'en-GB', (), ()", "December 31, 2002"),
            ("'[[[Y0001]-[M01]-[D01]]]'", "[2002-12-31]"),
            ("'[[]]'", "[]"),
            ("''", ""),
            ("' [ Y 0 0 0 1 ]\t'", " 2002\t"),
            ("'[d] [F] [FNn] [F1] [W] [w]'", "365 tuesday Tuesday 2 1 1"),
            ("'[YI] [Yi] [YA]'", "MMII mmii BXZ"),
            ("'[Dw] [DW] [DWw] [Dwo]'", "thirty-one THIRTY-ONE Thirty-One thirty-first"),
            (
                "'[Y,2-2] [Y01] [Y,4] [Y001] [Y,6] [Y9999,5] [Y###9] [Y9,999,*]'",
                "02 02 2002 002 002002 02002 2002 2,002",
            ),
            ("'[Y9;999] [Y9,99-9,*]'", "2;002 2,00-2"),
            ("'[M,4-4] [M,1-4] [M,*-1] [D##1,2]'", "0012 12 12 31"),
            ("'[FNn,3-3] [FNn,3-5] [FNn,12] [MN,*-4] [MNn,2-2]|'", "Tue Tue Tuesday      DEC De|"),
            ("'[Mi,5]|'", "xii  |"),
            ("'[Y٠٠٠١]-[D١]'", "٢٠٠٢-٣١"),
            ("'[Z][z]'", ""),
            ("'[ZZ]'", "J"),
            ("'[E] [EN] [CN]'", "ad AD AD"),
            ("'[EN][CN]', 'en', 'CE', ()", "CECE"),
            ("'[EN][CN] [F]', (), 'ISO', ()", "ISO tuesday"),
            ("'[M01]', 'en', 'CB', ()", "[Calendar: AD]12"),
            ("'[M01]', 'en', 'Q{}ISO', ()", "12"),
            ("'[M01]', 'en', 'Q{urn:c}mine', ()", "[Calendar: AD]12"),
            ("'[MNn]', 'xib', 'CB', ()", "[Language: en][Calendar: AD]December"),
            ("'[M01]', 'en', 'nobodys', ()", "!FOFD1340"),
            ("'[M01]', 'en', 'a:b:c', ()", "!FOFD1340"),
            ("'[M01]', 'en', '1', ()", "!FOFD1340"),
            ("'[DN] [YNn] [M?]'", "31 2002 12"),
        ],
    );
}

#[test]
fn mistakes() {
    pictures(
        "format-date",
        "xs:date('2002-12-31')",
        &[
            ("'[H]'", "!FOFD1350"),
            ("'[h]'", "!FOFD1350"),
            ("'[P]'", "!FOFD1350"),
            ("'[f]'", "!FOFD1350"),
            ("'[y]'", "!FOFD1340"),
            ("'[bla]'", "!FOFD1340"),
            ("'[]'", "!FOFD1340"),
            ("'[Y'", "!FOFD1340"),
            ("'[Y[M]]'", "!FOFD1340"),
            ("'Y]'", "!FOFD1340"),
            ("'[Y,0]'", "!FOFD1340"),
            ("'[Y,4-2]'", "!FOFD1340"),
            ("'[Y,]'", "!FOFD1340"),
            ("'[Y,2-]'", "!FOFD1340"),
            ("'[Y,a]'", "!FOFD1340"),
            ("'[Y999#]'", "!FOFD1340"),
            ("'[Y##9#]'", "!FOFD1340"),
            ("'[Y,99999999999999999999]'", "!XPDY0130"),
        ],
    );
    is(&[
        ("format-date((), '[H]')", ""),
        ("format-time(xs:time('12:00:00'), '[Y]')", "!FOFD1350"),
        ("format-time(xs:time('12:00:00'), '[E]')", "!FOFD1350"),
        ("format-time('12:00:00', '[H]')", "!XPTY0004"),
    ]);
}

#[test]
fn times() {
    pictures(
        "format-time",
        "xs:time('15:58:45.762+02:00')",
        &[
            ("'[h]:[m01] [PN]', 'en', (), ()", "3:58 PM"),
            ("'[h]:[m01]:[s01] [Pn]', 'en', (), ()", "3:58:45 pm"),
            ("'[H01]:[m01]'", "15:58"),
            ("'[H01]:[m01]:[s01].[f001]'", "15:58:45.762"),
            ("'[H01]:[m01]:[s01] [z,6-6]', 'en', (), ()", "15:58:45 GMT+02:00"),
            ("'[H]:[m]:[s] [P] [PNn] [P,*-1]'", "15:58:45 pm Pm p"),
            ("'[f] [f1] [f,1-*] [f0001] [f,4-4] [f,2-2] [f01] [f1,1-1]'", "762 762 762 7620 7620 76 76 7"),
            ("'[f,*-2] [f,3] [f1##] [f9''99] [f٠٠]'", "76 762 762 7'62 ٧٦"),
            ("'[m,3]'", "058"),
            ("'[Hw]'", "fifteen"),
        ],
    );
    is(&[
        ("format-time(xs:time('00:05:06'), '[h]:[m] [P], [f] [f001] [f#] [s1]')", "12:05 am, 0 000 0 6"),
        ("format-time(xs:time('12:05:06.100'), '[h]:[m] [P], [f] [f,1-4] [f,2-5]')", "12:05 pm, 1 1 10"),
        ("format-time(xs:time('12:05:06.006'), '[f] [f,1-4] [f,2-5] [f,2-2]')", "006 006 006 00"),
        ("format-time(xs:time('00:00:26'), '[ma] [sa] [sA]')", "0 z Z"),
        (
            "format-dateTime(xs:dateTime('2002-12-31T15:58:45'), '[h].[m01][Pn] on [FNn], [D1o] [MNn]')",
            "3.58pm on Tuesday, 31st December",
        ),
        (
            "format-dateTime(xs:dateTime('2002-12-31T15:58:45'), '[M01]/[D01]/[Y0001] at [H01]:[m01]:[s01]')",
            "12/31/2002 at 15:58:45",
        ),
        ("format-dateTime(xs:dateTime('-0055-12-01T12:00:00'), '[Y][EN]')", "55BC"),
    ]);
}

/// The table of §9.8.4.6.
#[test]
fn zones() {
    let pictures = [
        "[Z]",
        "[Z0]",
        "[Z0:00]",
        "[Z00:00]",
        "[Z0000]",
        "[Z00:00t]",
        "[z]",
        "[ZZ]",
        "[z0]",
        "[Z999]",
        "[Z٠٠:٠٠]",
    ];
    let rows = [
        ("-10:00", "-10:00 -10 -10:00 -10:00 -1000 -10:00 GMT-10:00 W GMT-10 -1000 -١٠:٠٠"),
        ("-05:00", "-05:00 -5 -5:00 -05:00 -0500 -05:00 GMT-05:00 R GMT-5 -500 -٠٥:٠٠"),
        ("Z", "+00:00 +0 +0:00 +00:00 +0000 Z GMT+00:00 Z GMT+0 +000 +٠٠:٠٠"),
        ("+05:30", "+05:30 +5:30 +5:30 +05:30 +0530 +05:30 GMT+05:30 +05:30 GMT+5:30 +530 +٠٥:٣٠"),
        ("+13:00", "+13:00 +13 +13:00 +13:00 +1300 +13:00 GMT+13:00 +13:00 GMT+13 +1300 +١٣:٠٠"),
        ("-00:30", "-00:30 -0:30 -0:30 -00:30 -0030 -00:30 GMT-00:30 -00:30 GMT-0:30 -030 -٠٠:٣٠"),
    ];
    for (zone, expected) in rows {
        let expression = format!("format-time(xs:time('12:00:00{zone}'), '{}')", pictures.join(" "));
        is(&[(&expression, expected)]);
    }
    is(&[
        (
            "for $hour in -12 to 12 return format-time(adjust-time-to-timezone(xs:time('12:00:00Z'), $hour * xs:dayTimeDuration('PT1H')), '[ZZ]')",
            "Y, X, W, V, U, T, S, R, Q, P, O, N, Z, A, B, C, D, E, F, G, H, I, K, L, M",
        ),
        (
            "format-time(xs:time('12:00:00+01:00'), '[ZN] [zN] [Z,8]|[Zw]')",
            "+01:00 GMT+01:00 +01:00  |+01:00",
        ),
    ]);
}

#[test]
fn weeks() {
    let rows = [
        ("2003-12-29", "1 1"),
        ("2004-01-01", "1 1"),
        ("2005-01-01", "53 5"),
        ("2006-01-01", "52 5"),
        ("2013-01-29", "5 5"),
        ("2013-02-01", "5 5"),
        ("2013-02-04", "6 1"),
        ("0001-01-01", "1 1"),
        ("2020-12-31", "53 5"),
    ];
    for (date, expected) in rows {
        is(&[(&format!("format-date(xs:date('{date}'), '[W] [w]', (), 'ISO', ())"), expected)]);
    }
}
