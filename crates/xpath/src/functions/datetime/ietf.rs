//! `fn:parse-ietf-date` (Functions and Operators 3.1 §9.9): the dates of mails and of HTTP.

use super::super::{Args, nothing};
use super::names::{DAYS, MONTHS};
use crate::atomic::{Atomic, Moment};
use crate::character::BLANKS;
use crate::error::{Error, Result, shown};
use crate::function::Call;
use crate::item::{Sequence, one};
use crate::moment;
use crate::types::Type;

/// The names of zones with their hours east of UTC; a longer one before its beginning.
const ZONES: [(&str, i16); 11] = [
    ("utc", 0),
    ("ut", 0),
    ("gmt", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];

pub(super) fn parse_ietf_date(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(text) = args.text(0) else { return nothing() };
    call.eval.charge_text(text.len())?;
    let lower = text.to_ascii_lowercase();
    let moment = Reader(&lower).input().ok_or_else(|| {
        Error::new("FORG0010", format_args!("`{}` is no date as the IETF writes it", shown(text)))
    })?;
    Ok(one(Atomic::moment(Type::DateTime, moment)))
}

/// What is left of a text in small letters.
struct Reader<'a>(&'a str);

/// Of a time: as `xs:time` writes it, and the zone.
type Time = (String, i16);

// === impl Reader ===

impl<'a> Reader<'a> {
    fn eat(&mut self, text: &str) -> bool {
        let rest = self.0.strip_prefix(text);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Takes spaces; whether there is one.
    fn spaces(&mut self) -> bool {
        let rest = self.0.trim_start_matches(BLANKS);
        let any = rest.len() < self.0.len();
        self.0 = rest;
        any
    }

    /// The digits that come next, if they are so many.
    fn digits(&mut self, least: usize, most: usize) -> Option<&'a str> {
        let end = self.0.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (least..=most).contains(&digits.len()).then_some(digits)
    }

    fn input(&mut self) -> Option<Moment> {
        self.spaces();
        if self.day_name() {
            self.eat(",");
            self.spaces().then_some(())?;
        }
        let (year, month, day, (time, zone));
        if self.0.starts_with(|letter: char| letter.is_ascii_digit()) {
            day = self.digits(1, 2)?;
            self.separator()?;
            month = self.month()?;
            self.separator()?;
            year = self.year()?;
            self.spaces().then_some(())?;
            (time, zone) = self.time()?;
        } else {
            month = self.month()?;
            self.separator()?;
            day = self.digits(1, 2)?;
            self.spaces().then_some(())?;
            (time, zone) = self.time()?;
            self.spaces().then_some(())?;
            year = self.year()?;
        }
        self.spaces();
        self.0.is_empty().then_some(())?;
        let moment = moment::parse(Type::DateTime, &format!("{year}-{month:02}-{day:0>2}T{time}"))?;
        Some(Moment { zone: Some(zone), ..moment })
    }

    fn day_name(&mut self) -> bool {
        DAYS.iter().any(|day| self.eat(&day.to_ascii_lowercase()) || self.eat(&short(day)))
    }

    fn month(&mut self) -> Option<usize> {
        MONTHS.iter().position(|month| self.eat(&short(month))).map(|at| at + 1)
    }

    /// Spaces or a hyphen.
    fn separator(&mut self) -> Option<()> {
        let before = self.spaces();
        let hyphen = self.eat("-");
        if hyphen {
            self.spaces();
        }
        (before || hyphen).then_some(())
    }

    /// Two digits are of the 20th century.
    fn year(&mut self) -> Option<String> {
        match self.digits(2, 4)? {
            short if short.len() == 2 => Some(format!("19{short}")),
            year if year.len() == 4 => Some(year.to_owned()),
            _ => None,
        }
    }

    fn time(&mut self) -> Option<Time> {
        let hours = self.digits(1, 2)?;
        self.eat(":").then_some(())?;
        let minutes = self.digits(2, 2)?;
        let mut time = format!("{hours:0>2}:{minutes}");
        if self.eat(":") {
            time += ":";
            time += self.digits(2, 2)?;
            if self.eat(".") {
                time += ".";
                time += self.digits(1, usize::MAX)?;
            }
        } else {
            time += ":00";
        }
        let zone = self.zone()?;
        Some((time, zone))
    }

    /// Minutes east of UTC; 0 where nothing stands.
    fn zone(&mut self) -> Option<i16> {
        let before = self.0;
        self.spaces();
        if let Some(zone) = self.zone_name() {
            return Some(zone);
        }
        if !self.0.starts_with(['+', '-']) {
            self.0 = before;
            return Some(0);
        }
        let negative = self.eat("-") || !self.eat("+");
        let digits = self.digits(1, 4)?;
        let (hours, mut minutes) =
            digits.split_at_checked(if digits.len() < 3 { digits.len() } else { digits.len() - 2 })?;
        if minutes.is_empty() && self.eat(":") {
            minutes = if self.0.starts_with(|letter: char| letter.is_ascii_digit()) {
                self.digits(2, 2)?
            } else {
                ""
            };
        }
        self.remark()?;
        let minutes: i16 = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
        let zone = hours.parse::<i16>().ok()? * 60 + minutes;
        (minutes < 60 && zone <= 14 * 60).then_some(if negative { -zone } else { zone })
    }

    fn zone_name(&mut self) -> Option<i16> {
        ZONES.iter().find(|(name, _)| self.eat(name)).map(|(_, hours)| hours * 60)
    }

    /// The name of a zone in brackets, which says nothing.
    fn remark(&mut self) -> Option<()> {
        let before = self.0;
        self.spaces();
        if !self.eat("(") {
            self.0 = before;
            return Some(());
        }
        self.spaces();
        self.zone_name()?;
        self.spaces();
        self.eat(")").then_some(())
    }
}

/// The first three letters of a name, small ones.
fn short(name: &str) -> String {
    name.chars().take(3).map(|letter| letter.to_ascii_lowercase()).collect()
}
