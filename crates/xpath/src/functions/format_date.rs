//! `fn:format-dateTime`, `fn:format-date` and `fn:format-time` (Functions and Operators 3.1 §9.8): in English, by the
//! Gregorian calendar and that of ISO 8601.

mod fraction;
mod picture;
mod whole;
mod zone;

use super::datetime::moment;
use super::{Args, Entry, nothing};
use crate::atomic::{Atomic, Moment};
use crate::character::BLANKS;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Call;
use crate::item::{Sequence, one};
use crate::types::Type;
use crate::version::Version::V30;
use picture::{Marker, Piece};

pub(super) const TABLE: &[Entry] = &[
    (V30, "fn:format-dateTime(xs:dateTime?, xs:string) as xs:string?", date_time),
    (
        V30,
        "fn:format-dateTime(xs:dateTime?, xs:string, xs:string?, xs:string?, xs:string?) as xs:string?",
        date_time,
    ),
    (V30, "fn:format-date(xs:date?, xs:string) as xs:string?", date),
    (V30, "fn:format-date(xs:date?, xs:string, xs:string?, xs:string?, xs:string?) as xs:string?", date),
    (V30, "fn:format-time(xs:time?, xs:string) as xs:string?", time),
    (V30, "fn:format-time(xs:time?, xs:string, xs:string?, xs:string?, xs:string?) as xs:string?", time),
];

/// The calendars that have a name (§9.8.4.8).
const CALENDARS: [&str; 28] = [
    "AD", "AH", "AME", "AM", "AP", "AS", "BE", "CB", "CE", "CL", "CS", "EE", "FE", "ISO", "JE", "KE", "KY",
    "ME", "MS", "NS", "OS", "RS", "SE", "SH", "SS", "TE", "VE", "VS",
];

/// A calendar that can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Calendar {
    /// The Christian era.
    Ad,
    /// The same, by the name of Common Era.
    Ce,
    Iso,
}

fn date_time(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    format(call, args, Type::DateTime)
}

fn date(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    format(call, args, Type::Date)
}

fn time(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    format(call, args, Type::Time)
}

fn format(call: &Call<'_>, args: &Args, kind: Type) -> Result<Sequence> {
    let Some(moment) = moment(args, 0) else { return nothing() };
    let picture = args.string(1);
    call.eval.charge_text(picture.len())?;
    let language = args.string(2);
    call.eval.charge_text(language.len().saturating_add(args.string(3).len()))?;
    let mut text = String::new();
    if !is_english(language) {
        text += "[Language: en]";
    }
    let calendar = match args.text(3).map(|name| calendar(name, call.eval)).transpose()? {
        Some(None) => {
            text += "[Calendar: AD]";
            Calendar::Ad
        }
        Some(Some(calendar)) => calendar,
        None => Calendar::Ad,
    };
    for piece in picture::read(picture)? {
        match piece {
            Piece::Text(literal) => text += &literal,
            Piece::Marker(marker) => {
                call.eval.charge_text(marker.least)?;
                text += &component(&marker, &moment, kind, calendar)?;
            }
        }
    }
    call.eval.charge_text(text.len())?;
    Ok(one(Atomic::from(text)))
}

fn is_english(language: &str) -> bool {
    let main = language.split('-').next().unwrap_or_default();
    language.is_empty() || main.eq_ignore_ascii_case("en")
}

/// The calendar of a name; `None` for one that cannot be written in. `FOFD1340` where it is none.
fn calendar(name: &str, eval: &Eval<'_>) -> Result<Option<Calendar>> {
    let invalid = || mistake(format_args!("`{name}` is no calendar"));
    let name = name.trim_matches(BLANKS);
    let (namespace, local) = match (name.strip_prefix("Q{"), name.split_once(':')) {
        (Some(rest), _) => rest.split_once('}').ok_or_else(invalid)?,
        (None, Some((prefix, local))) => (eval.namespace(prefix)?.ok_or_else(invalid)?, local),
        (None, None) => ("", name),
    };
    let letters = local.chars().all(|letter| letter.is_alphanumeric() || "-_.".contains(letter));
    if local.is_empty()
        || !letters
        || local.starts_with(|letter: char| !letter.is_alphabetic() && letter != '_')
    {
        return Err(invalid());
    }
    match local {
        _ if !namespace.trim_matches(BLANKS).is_empty() => Ok(None),
        "AD" => Ok(Some(Calendar::Ad)),
        "CE" => Ok(Some(Calendar::Ce)),
        "ISO" => Ok(Some(Calendar::Iso)),
        other if CALENDARS.contains(&other) => Ok(None),
        _ => Err(invalid()),
    }
}

/// A mistake in a picture or in another argument.
fn mistake(text: impl std::fmt::Display) -> Error {
    Error::new("FOFD1340", text)
}

/// What stands for a marker.
fn component(marker: &Marker, moment: &Moment, kind: Type, calendar: Calendar) -> Result<String> {
    let missing = match kind {
        Type::Date => "HhPmsf",
        Type::Time => "YMDdFWwCE",
        _ => "",
    };
    if missing.contains(marker.component) {
        let text = format!("a value of xs:{} has no component `{}`", kind.name(), marker.component);
        return Err(Error::new("FOFD1350", text));
    }
    match marker.component {
        'P' => Ok(marker.named(if moment.hour < 12 { "am" } else { "pm" })),
        'C' => Ok(marker.named(calendar.name())),
        'E' => Ok(marker.named(calendar.era(moment.year))),
        'Z' | 'z' => Ok(zone::text(marker, moment.zone)),
        'f' => Ok(fraction::text(marker, moment.nanos)),
        _ => whole::text(marker, moment),
    }
}

// === impl Calendar ===

impl Calendar {
    fn name(self) -> &'static str {
        match self {
            Self::Ad => "AD",
            Self::Ce => "CE",
            Self::Iso => "ISO",
        }
    }

    fn era(self, year: i64) -> &'static str {
        match (self, year < 0) {
            (Self::Ad, false) => "AD",
            (Self::Ad, true) => "BC",
            (Self::Ce, false) => "CE",
            (Self::Ce, true) => "BCE",
            (Self::Iso, false) => "",
            (Self::Iso, true) => "-",
        }
    }
}
