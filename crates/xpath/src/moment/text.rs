//! Dates and times as text (Functions and Operators 3.1 §19.1.2; XML Schema 1.1 part 2 E.3.6).

use crate::atomic::Moment;
use crate::types::Type;

/// Its canonical form (`2002-10-10T17:00:00.5Z`).
pub(crate) fn text(kind: Type, moment: &Moment) -> String {
    let Moment { month, day, .. } = moment;
    let year = year(moment.year);
    let written = match kind {
        Type::Date => format!("{year}-{month:02}-{day:02}"),
        Type::Time => time(moment),
        Type::GYear => year,
        Type::GYearMonth => format!("{year}-{month:02}"),
        Type::GMonth => format!("--{month:02}"),
        Type::GMonthDay => format!("--{month:02}-{day:02}"),
        Type::GDay => format!("---{day:02}"),
        _ => format!("{year}-{month:02}-{day:02}T{}", time(moment)),
    };
    written + &zone(moment.zone)
}

fn year(year: i64) -> String {
    let sign = if year < 0 { "-" } else { "" };
    format!("{sign}{:04}", year.unsigned_abs())
}

fn time(moment: &Moment) -> String {
    let Moment { hour, minute, second, nanos, .. } = moment;
    format!("{hour:02}:{minute:02}:{second:02}{}", fraction(*nanos))
}

/// Nanoseconds with their point, without zeros at the end; nothing for 0.
pub(crate) fn fraction(nanos: u32) -> String {
    if nanos == 0 {
        return String::new();
    }
    format!(".{}", format!("{nanos:09}").trim_end_matches('0'))
}

fn zone(zone: Option<i16>) -> String {
    match zone {
        None => String::new(),
        Some(0) => "Z".to_owned(),
        Some(minutes) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    }
}
