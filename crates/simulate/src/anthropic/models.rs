//! The models that are there: `claude-*`.

use std::collections::HashMap;

use serde::Serialize;

use super::error::ApiError;

/// What the list shows, the newest first; any other name of the family is taken as well.
const LISTED: [(&str, &str, &str); 4] = [
    ("claude-sonnet-5", "Claude Sonnet 5", "2026-09-01T00:00:00Z"),
    ("claude-opus-4-7", "Claude Opus 4.7", "2026-04-01T00:00:00Z"),
    ("claude-sonnet-4-5", "Claude Sonnet 4.5", "2025-09-29T00:00:00Z"),
    ("claude-haiku-4-5", "Claude Haiku 4.5", "2025-10-01T00:00:00Z"),
];

#[derive(Serialize)]
pub(super) struct Described {
    r#type: &'static str,
    id: String,
    display_name: String,
    created_at: &'static str,
}

#[derive(Serialize)]
pub(super) struct List {
    data: Vec<Described>,
    has_more: bool,
    first_id: Option<String>,
    last_id: Option<String>,
}

/// The name without faults; `None` if it is not of the family.
pub(super) fn resolve(name: &str) -> Option<String> {
    let bare = name.split('+').next().unwrap_or_default();
    let plain = bare.len() <= 128 && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._@".contains(&b));
    (plain && bare.strip_prefix("claude-").is_some_and(|rest| !rest.is_empty())).then(|| bare.to_owned())
}

pub(super) fn describe(name: &str) -> Described {
    let known = LISTED.iter().find(|(id, ..)| *id == name);
    let (display_name, created_at) =
        known.map_or((name, "2026-01-01T00:00:00Z"), |(_, shown, at)| (shown, at));
    Described { r#type: "model", id: name.to_owned(), display_name: display_name.to_owned(), created_at }
}

/// The list, or the part of it that `limit`, `after_id` and `before_id` ask for.
pub(super) fn list(query: &HashMap<String, String>) -> Result<List, ApiError> {
    let limit = match query.get("limit") {
        None => 20,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=1_000).contains(limit))
            .ok_or_else(|| ApiError::invalid("limit: Input should be a whole number from 1 to 1000"))?,
    };
    let at = |name: &str| {
        let id = query.get(name)?;
        LISTED.iter().position(|(known, ..)| known == id)
    };
    let start = at("after_id").map_or(0, |at| at + 1);
    let end = at("before_id").unwrap_or(LISTED.len());
    let part: Vec<_> = LISTED.iter().take(end).skip(start).collect();
    let data: Vec<_> = part.iter().take(limit).map(|(id, ..)| describe(id)).collect();
    Ok(List {
        has_more: part.len() > data.len(),
        first_id: data.first().map(|model| model.id.clone()),
        last_id: data.last().map(|model| model.id.clone()),
        data,
    })
}
