//! Lists of models in Anthropic's words.

use json::Object;

use crate::dialect::ModelEntry;

/// Writes one model.
pub(super) fn encode(model: &ModelEntry<'_>, out: &mut Vec<u8>) {
    let mut entry = Object::begin(out);
    entry.string("type", "model").string("id", model.id).string("display_name", model.id);
    entry.string("created_at", &date_time(model.created)).string("lifecycle", "active");
    entry.end();
}

/// Writes a list, which is always the whole of it.
pub(super) fn encode_list(models: &mut dyn Iterator<Item = ModelEntry<'_>>, out: &mut Vec<u8>) {
    let mut list = Object::begin(out);
    let mut data = list.array("data");
    let (mut first, mut last) = (None, None);
    for model in models {
        encode(&model, data.item());
        first.get_or_insert(model.id);
        last = Some(model.id);
    }
    data.end();
    list.raw("has_more", "false");
    for (name, id) in [("first_id", first), ("last_id", last)] {
        match id {
            Some(id) => list.string(name, id),
            None => list.raw(name, "null"),
        };
    }
    list.end();
}

/// A time in seconds since 1970, as RFC 3339 has it; what is before is 1970.
fn date_time(seconds: i64) -> String {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    let (day, within) = (seconds / 86_400, seconds % 86_400);
    // Years begin in March here, so that the leap day is the last of its year; eras of 400 years are alike.
    let day = day + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (within / 3600, within / 60 % 60, within % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_full() {
        for (seconds, expect) in [
            (0, "1970-01-01T00:00:00Z"),
            (-5, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_763_640_000, "2025-11-20T12:00:00Z"),
            (4_102_444_799, "2099-12-31T23:59:59Z"),
        ] {
            assert_eq!(date_time(seconds), expect);
        }
    }
}
