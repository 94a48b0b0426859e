//! Times that a cron expression tells in a time zone.

use std::fmt;

use base::Micros;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// See the module's description. Where clocks go forward, a fixed time that does not exist is the first one behind it;
/// where they go back, a fixed time that comes twice is the first of both. Times that repeat, such as every quarter of an
/// hour, are left out and come twice as the clock says.
pub struct Times {
    cron: Cron,
    zone: TimeZone,
    /// As they are written.
    text: (Box<str>, Box<str>),
}

// === impl Times ===

impl Times {
    /// Reads them. Fails with the field that is wrong, and how.
    pub fn read(cron: &str, zone: &str) -> Result<Self, (&'static str, String)> {
        let known = TimeZone::get(zone);
        let known = known
            .map_err(|_| ("time_zone", format!("`{zone}` is not a time zone such as `Europe/Paris`")))?;
        let parser = CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build();
        let read = parser.parse(cron).map_err(|error| ("cron", wrong(cron, &error.to_string())))?;
        if let Some(word) = misplaced(cron) {
            return Err(("cron", wrong(cron, &format!("`{word}` means nothing where it stands"))));
        }
        let times = Self { cron: read, zone: known, text: (cron.into(), zone.into()) };
        if times.next(super::SAMPLE).is_none() {
            return Err(("cron", format!("`{cron}` is a time that never comes")));
        }
        Ok(times)
    }

    /// The first behind a time.
    pub fn next(&self, behind: Micros) -> Option<Micros> {
        self.cron.find_next_occurrence(&self.zoned(behind)?, false).ok().map(|time| micros(&time))
    }

    /// The last that is not behind a time.
    pub fn last(&self, until: Micros) -> Option<Micros> {
        self.cron.find_previous_occurrence(&self.zoned(until)?, true).ok().map(|time| micros(&time))
    }

    /// A time as RFC 3339 has it.
    pub fn show(at: Micros) -> String {
        Timestamp::from_second(at.0.div_euclid(1_000_000)).map(|time| time.to_string()).unwrap_or_default()
    }

    /// Its date here.
    pub(super) fn date(&self, at: Micros) -> String {
        self.zoned(at).map(|time| time.date().to_string()).unwrap_or_default()
    }

    fn zoned(&self, at: Micros) -> Option<Zoned> {
        Some(Timestamp::from_microsecond(at.0).ok()?.to_zoned(self.zone.clone()))
    }
}

fn micros(time: &Zoned) -> Micros {
    Micros(time.timestamp().as_microsecond())
}

/// A word that means nothing in its field: the parser takes names wherever they stand, as if they were their numbers, so that
/// a weekday among the months would be a month.
fn misplaced(cron: &str) -> Option<&str> {
    const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    const MONTHS: [&str; 12] =
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let is_day = |word: &str| word == "L" || DAYS.contains(&word.strip_suffix('L').unwrap_or(word));
    let may = |behind: usize, word: &str| match behind {
        0 => is_day(word),
        1 => MONTHS.contains(&word),
        2 => matches!(word, "L" | "W" | "LW"),
        _ => false,
    };
    let fields = cron.split_whitespace().filter(|field| !field.starts_with('@')).rev().enumerate();
    let words = fields.flat_map(|(behind, field)| {
        field.split(|c: char| !c.is_ascii_alphabetic()).map(move |word| (behind, word))
    });
    let mut words = words.filter(|(_, word)| !word.is_empty());
    words.find(|(behind, word)| !may(*behind, &word.to_ascii_uppercase())).map(|(_, word)| word)
}

fn wrong(cron: &str, told: &str) -> String {
    let told = told.trim_end_matches('.');
    format!(
        "`{cron}` is not a time such as `0 3 * * *` (minute, hour, day of the month, month, day of the week): {told}"
    )
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.text.0, self.text.1)
    }
}

impl fmt::Debug for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
