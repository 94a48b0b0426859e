//! Reading dates and times.

use super::{DAY, calendar, overflow};
use crate::atomic::Moment;
use crate::character::BLANKS;
use crate::error::{Error, Result, shown};
use crate::types::Type;

/// What is left of a text.
struct Reader<'a>(&'a [u8]);

/// Reads one of `xs:dateTime`, `xs:date`, `xs:time` or a part of a date; `24:00:00` is the beginning of the next day.
pub(crate) fn parse(kind: Type, text: &str) -> Option<Moment> {
    read(kind, text).ok()
}

/// The same, with the reason: `FORG0001` where it is not one, `FODT0001` where the year does not fit.
pub(crate) fn read(kind: Type, text: &str) -> Result<Moment> {
    let trimmed = text.trim_matches(BLANKS);
    let mut reader = Reader(trimmed.as_bytes());
    let (year, moment, next_day) = lexical(kind, &mut reader)
        .ok_or_else(|| Error::new("FORG0001", format_args!("`{}` is no xs:{}", shown(text), kind.name())))?;
    let moment = Moment { year: i64::try_from(year).map_err(|_| overflow())?, ..moment };
    match kind {
        Type::DateTime | Type::DateTimeStamp if next_day => {
            Moment::at(moment.local() + DAY, moment.zone).ok_or_else(overflow)
        }
        _ => Ok(moment),
    }
}

/// The year, the other parts, and whether the time is `24:00:00`.
fn lexical(kind: Type, reader: &mut Reader<'_>) -> Option<(i128, Moment, bool)> {
    let mut year = i128::from(Moment::BASE.year);
    let mut moment = Moment::BASE;
    let mut next_day = false;
    match kind {
        Type::DateTime | Type::DateTimeStamp => {
            year = reader.date(&mut moment)?;
            reader.eat(b"T")?;
            next_day = reader.time(&mut moment)?;
        }
        Type::Date => year = reader.date(&mut moment)?,
        Type::Time => {
            reader.time(&mut moment)?;
        }
        Type::GYear => year = reader.year()?,
        Type::GYearMonth => {
            year = reader.year()?;
            reader.eat(b"-")?;
            moment.month = reader.two(1, 12)?;
        }
        Type::GMonth => {
            reader.eat(b"--")?;
            moment.month = reader.two(1, 12)?;
        }
        Type::GMonthDay => {
            reader.eat(b"--")?;
            moment.month = reader.two(1, 12)?;
            reader.eat(b"-")?;
            moment.day = reader.two(1, calendar::length(year, moment.month))?;
        }
        Type::GDay => {
            reader.eat(b"---")?;
            moment.day = reader.two(1, 31)?;
        }
        _ => return None,
    }
    reader.zone(&mut moment)?;
    let whole = reader.0.is_empty() && (kind != Type::DateTimeStamp || moment.zone.is_some());
    whole.then_some((year, moment, next_day))
}

// === impl Reader ===

impl Reader<'_> {
    fn eat(&mut self, text: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    /// The digits that come next.
    fn digits(&mut self) -> &[u8] {
        let many = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(many);
        self.0 = rest;
        digits
    }

    /// Two digits within bounds.
    fn two(&mut self, least: u8, most: u8) -> Option<u8> {
        let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = self.0 else { return None };
        self.0 = rest;
        let number = (tens - b'0') * 10 + (ones - b'0');
        (least..=most).contains(&number).then_some(number)
    }

    /// At least four digits, and no more that begin with 0.
    fn year(&mut self) -> Option<i128> {
        let negative = self.eat(b"-").is_some();
        let digits = self.digits();
        if digits.len() < 4 || (digits.len() > 4 && digits.first() == Some(&b'0')) {
            return None;
        }
        let year = number(digits);
        Some(if negative { -year } else { year })
    }

    /// A date, whose year is given back.
    fn date(&mut self, moment: &mut Moment) -> Option<i128> {
        let year = self.year()?;
        self.eat(b"-")?;
        moment.month = self.two(1, 12)?;
        self.eat(b"-")?;
        moment.day = self.two(1, calendar::length(year, moment.month))?;
        Some(year)
    }

    /// A time; `true` for `24:00:00`, which is left at 0.
    fn time(&mut self, moment: &mut Moment) -> Option<bool> {
        moment.hour = self.two(0, 24)?;
        self.eat(b":")?;
        moment.minute = self.two(0, 59)?;
        self.eat(b":")?;
        moment.second = self.two(0, 59)?;
        let mut zero = true;
        if self.eat(b".").is_some() {
            let digits = self.digits();
            zero = digits.iter().all(|digit| *digit == b'0');
            moment.nanos = nanos(digits)?;
        }
        if moment.hour < 24 {
            return Some(false);
        }
        moment.hour = 0;
        (zero && moment.minute == 0 && moment.second == 0).then_some(true)
    }

    /// `Z`, `+01:00` or nothing.
    fn zone(&mut self, moment: &mut Moment) -> Option<()> {
        let negative = match self.0.first() {
            None => return Some(()),
            Some(b'Z') => {
                moment.zone = Some(0);
                return self.eat(b"Z");
            }
            Some(b'+') => false,
            Some(b'-') => true,
            Some(_) => return None,
        };
        self.eat(if negative { b"-" } else { b"+" })?;
        let hours = self.two(0, 14)?;
        self.eat(b":")?;
        let minutes = self.two(0, if hours == 14 { 0 } else { 59 })?;
        let zone = i16::from(hours) * 60 + i16::from(minutes);
        moment.zone = Some(if negative { -zone } else { zone });
        Some(())
    }
}

/// Digits as a number; a greater one than fits is the greatest.
pub(crate) fn number(digits: &[u8]) -> i128 {
    digits.iter().fold(0_i128, |number, digit| {
        number.saturating_mul(10).saturating_add(i128::from(digit.saturating_sub(b'0')))
    })
}

/// The digits behind a point as nanoseconds; further ones are left out. `None` without a digit.
pub(crate) fn nanos(digits: &[u8]) -> Option<u32> {
    let nine: Vec<u8> = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9).collect();
    if digits.is_empty() { None } else { u32::try_from(number(&nine)).ok() }
}
