//! Rows to values and back.

use base::Micros;
use domain::{DocId, Document, Kind, Name};
use rusqlite::Row;
use serde::Serialize as _;
use store::{Action, Entry, StoreError, Stored};

use crate::backend;

/// `team, environment, kind, name` of a row, from the column `at` on.
pub(crate) fn id(row: &Row<'_>, at: usize) -> Result<DocId, StoreError> {
    let text = |offset: usize| row.get::<_, String>(at + offset).map_err(backend);
    let name = |text: String| Name::new(&text).map_err(|_| StoreError::Corrupt(format!("name `{text}`")));
    let kind = text(2)?;
    Ok(DocId {
        team: name(text(0)?)?,
        environment: name(text(1)?)?,
        kind: Kind::parse(&kind).ok_or_else(|| StoreError::Corrupt(format!("kind `{kind}`")))?,
        name: name(text(3)?)?,
    })
}

/// `json, revision, created_at, updated_at, updated_by`.
pub(crate) fn stored(row: &Row<'_>) -> Result<Stored, StoreError> {
    let json: String = row.get(0).map_err(backend)?;
    Ok(Stored {
        document: document(&json)?,
        revision: unsigned(row.get(1).map_err(backend)?),
        created_at: Micros(row.get(2).map_err(backend)?),
        updated_at: Micros(row.get(3).map_err(backend)?),
        updated_by: row.get(4).map_err(backend)?,
    })
}

/// `revision, team, environment, kind, name, at, by, action, json`.
pub(crate) fn entry(row: &Row<'_>) -> Result<Entry, StoreError> {
    let action: String = row.get(7).map_err(backend)?;
    let json: Option<String> = row.get(8).map_err(backend)?;
    Ok(Entry {
        revision: unsigned(row.get(0).map_err(backend)?),
        id: id(row, 1)?,
        at: Micros(row.get(5).map_err(backend)?),
        by: row.get(6).map_err(backend)?,
        action: parse_action(&action)?,
        document: json.as_deref().map(document).transpose()?,
    })
}

pub(crate) fn document(json: &str) -> Result<Document, StoreError> {
    let corrupt = |_| StoreError::Corrupt("document".into());
    let value = serde_json::from_str(json).map_err(corrupt)?;
    Document::from_json(value)
        .map_err(|error| StoreError::Corrupt(format!("document: {}", base::chain(&error))))
}

/// SQLite's integers are signed; ours here never reach the sign.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn show_action(action: Action) -> String {
    match action.serialize(serde_json::value::Serializer) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

fn parse_action(text: &str) -> Result<Action, StoreError> {
    serde_json::from_value(text.into()).map_err(|_| StoreError::Corrupt(format!("action `{text}`")))
}
