//! Documents and their history.

use base::Micros;
use domain::{DocId, Document};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params, params_from_iter};
use store::{Action, Documents, Entry, Expected, Filter, Page, StoreError, Stored, Write};

use crate::rows::{self, signed, unsigned};
use crate::{SqliteStore, backend};

const STORED: &str = "json, revision, created_at, updated_at, updated_by";
const ENTRY: &str = "revision, team, environment, kind, name, at, by, action, json";
const IS: &str = "team = ? AND environment = ? AND kind = ? AND name = ?";

impl Documents for SqliteStore {
    fn revision(&self) -> Result<u64, StoreError> {
        let max =
            self.reader().query_row("SELECT COALESCE(MAX(revision), 0) FROM history", [], |row| row.get(0));
        max.map(unsigned).map_err(backend)
    }

    fn load_all(&self) -> Result<Vec<Document>, StoreError> {
        let reader = self.reader();
        let mut statement = reader.prepare_cached("SELECT json FROM documents").map_err(backend)?;
        let mut rows = statement.query([]).map_err(backend)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(backend)? {
            let json = row.get_ref(0).map_err(backend)?;
            all.push(rows::document(json.as_str().unwrap_or_default())?);
        }
        Ok(all)
    }

    fn get(&self, id: &DocId) -> Result<Option<Stored>, StoreError> {
        let sql = format!("SELECT {STORED} FROM documents WHERE {IS}");
        let reader = self.reader();
        let mut statement = reader.prepare_cached(&sql).map_err(backend)?;
        let mut rows = statement.query(params_from_iter(key(id))).map_err(backend)?;
        rows.next().map_err(backend)?.map(rows::stored).transpose()
    }

    fn list(&self, filter: &Filter) -> Result<Page<Stored>, StoreError> {
        let (condition, mut values) = conditions(filter);
        let sql = format!(
            "SELECT {STORED} FROM documents WHERE {condition} ORDER BY team, environment, kind, name LIMIT ?"
        );
        values.push(limit(filter.limit));
        let reader = self.reader();
        let mut statement = reader.prepare(&sql).map_err(backend)?;
        let mut rows = statement.query(params_from_iter(values)).map_err(backend)?;
        let mut items = Vec::new();
        while let Some(row) = rows.next().map_err(backend)? {
            items.push(rows::stored(row)?);
        }
        Ok(page(items, filter.limit))
    }

    fn write(&self, batch: &[Write], by: &str, at: Micros) -> Result<u64, StoreError> {
        let mut writer = self.writer();
        let transaction =
            writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(backend)?;
        let last: i64 = transaction
            .query_row("SELECT COALESCE(MAX(revision), 0) FROM history", [], |row| row.get(0))
            .map_err(backend)?;
        if batch.is_empty() {
            return Ok(unsigned(last));
        }
        for write in batch {
            apply(&transaction, write, last + 1, by, at)?;
        }
        transaction.commit().map_err(backend)?;
        Ok(unsigned(last + 1))
    }

    fn history(&self, id: &DocId, before: Option<u64>, limit: usize) -> Result<Page<Entry>, StoreError> {
        let before = before.map_or(i64::MAX, signed);
        let sql =
            format!("SELECT {ENTRY} FROM history WHERE {IS} AND revision < ? ORDER BY revision DESC LIMIT ?");
        let values = key(id).into_iter().chain([Value::Integer(before), self::limit(limit)]);
        Ok(page(self.entries(&sql, values)?, limit))
    }

    fn at_revision(&self, id: &DocId, revision: u64) -> Result<Option<Entry>, StoreError> {
        let sql = format!("SELECT {ENTRY} FROM history WHERE {IS} AND revision = ?");
        let values = key(id).into_iter().chain([Value::Integer(signed(revision))]);
        Ok(self.entries(&sql, values)?.pop())
    }

    fn changes_since(&self, revision: u64, limit: usize) -> Result<Page<Entry>, StoreError> {
        let sql = format!(
            "SELECT {ENTRY} FROM history WHERE revision > ? ORDER BY revision, team, environment, kind, name LIMIT ?"
        );
        let values = [Value::Integer(signed(revision)), self::limit(limit)];
        Ok(page(self.entries(&sql, values)?, limit))
    }
}

impl SqliteStore {
    fn entries(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<Entry>, StoreError> {
        let reader = self.reader();
        let mut statement = reader.prepare_cached(sql).map_err(backend)?;
        let mut rows = statement.query(params_from_iter(values)).map_err(backend)?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next().map_err(backend)? {
            entries.push(rows::entry(row)?);
        }
        Ok(entries)
    }
}

fn apply(
    transaction: &Transaction<'_>,
    write: &Write,
    revision: i64,
    by: &str,
    at: Micros,
) -> Result<(), StoreError> {
    let sql = format!("SELECT revision FROM documents WHERE {IS}");
    let found = transaction
        .prepare_cached(&sql)
        .and_then(|mut statement| {
            statement.query_row(params_from_iter(key(&write.id)), |row| row.get(0)).optional()
        })
        .map_err(backend)?
        .map(unsigned);
    let fits = match write.expected {
        Expected::Absent => found.is_none(),
        Expected::Revision(revision) => found == Some(revision),
        Expected::Any => true,
    };
    if !fits || (write.document.is_none() && found.is_none()) {
        return Err(StoreError::Conflict { id: write.id.clone(), found });
    }
    let json = write.document.as_ref().map(|document| document.to_json().to_string());
    let action = match (&write.document, found) {
        (None, _) => Action::Deleted,
        (Some(_), _) if write.rollback => Action::RolledBack,
        (Some(_), None) => Action::Created,
        (Some(_), Some(_)) => Action::Updated,
    };
    put(transaction, write, json.as_deref(), revision, by, at)?;
    let [team, environment, kind, name] = key(&write.id);
    let row = params![revision, team, environment, kind, name, at.0, by, rows::show_action(action), json];
    let sql = format!("INSERT INTO history ({ENTRY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    transaction.prepare_cached(&sql).and_then(|mut statement| statement.execute(row)).map_err(backend)?;
    Ok(())
}

fn put(
    transaction: &Transaction<'_>,
    write: &Write,
    json: Option<&str>,
    revision: i64,
    by: &str,
    at: Micros,
) -> Result<(), StoreError> {
    let [team, environment, kind, name] = key(&write.id);
    let (Some(json), Some(document)) = (json, &write.document) else {
        let sql = format!("DELETE FROM documents WHERE {IS}");
        transaction.execute(&sql, params![team, environment, kind, name]).map_err(backend)?;
        return Ok(());
    };
    let title = document.meta.title.clone().unwrap_or_default();
    let sql = "INSERT INTO documents (team, environment, kind, name, title, json, revision, created_at, updated_at, updated_by)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)
        ON CONFLICT (team, environment, kind, name) DO UPDATE SET
            title = excluded.title, json = excluded.json, revision = excluded.revision,
            updated_at = excluded.updated_at, updated_by = excluded.updated_by";
    let row = params![team, environment, kind, name, title, json, revision, at.0, by];
    transaction.prepare_cached(sql).and_then(|mut statement| statement.execute(row)).map_err(backend)?;
    Ok(())
}

fn key(id: &DocId) -> [Value; 4] {
    [id.team.as_str(), id.environment.as_str(), id.kind.as_str(), id.name.as_str()]
        .map(|text| Value::Text(text.to_owned()))
}

/// One more than asked for tells whether more follow.
fn limit(limit: usize) -> Value {
    Value::Integer(i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX))
}

fn page<T>(mut items: Vec<T>, limit: usize) -> Page<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    Page { items, more }
}

fn conditions(filter: &Filter) -> (String, Vec<Value>) {
    let mut parts = vec!["1".to_owned()];
    let mut values = Vec::new();
    if let Some(teams) = &filter.teams {
        parts.push(format!("team IN ({})", vec!["?"; teams.len()].join(", ")));
        values.extend(teams.iter().map(|team| Value::Text(team.clone())));
    }
    if let Some(kind) = filter.kind {
        parts.push("kind = ?".into());
        values.push(Value::Text(kind.as_str().into()));
    }
    if let Some(environment) = &filter.environment {
        parts.push("environment = ?".into());
        values.push(Value::Text(environment.clone()));
    }
    if let Some(text) = &filter.contains {
        parts.push("(instr(lower_case(name), ?) > 0 OR instr(lower_case(title), ?) > 0)".into());
        let text = Value::Text(text.to_lowercase());
        values.extend([text.clone(), text]);
    }
    if let Some(after) = &filter.after {
        parts.push("(team, environment, kind, name) > (?, ?, ?, ?)".into());
        values.extend(key(after));
    }
    (parts.join(" AND "), values)
}
