//! Events on their way to webhooks.

use std::collections::HashSet;

use base::Micros;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use store::{
    Attempted, Deliveries, Delivery, DeliveryFilter, DeliveryState, Message, Page, Replay, StoreError,
};
use webhook::{Health, Off};

use crate::{SqliteStore, backend};

const DELIVERY: &str = "message, endpoint, state, attempts, began, due, last_at, last_status, last_detail";

/// The endpoints for which something is due, and since when. Each is one step in the index, however much waits for it.
const DUE_ENDPOINTS: &str = "
    WITH RECURSIVE waiting (endpoint) AS (
        SELECT MIN(endpoint) FROM deliveries WHERE state = 'waiting'
        UNION ALL
        SELECT (SELECT MIN(endpoint) FROM deliveries WHERE state = 'waiting' AND endpoint > waiting.endpoint)
            FROM waiting WHERE endpoint IS NOT NULL),
    first (endpoint, due) AS (
        SELECT endpoint, (SELECT MIN(due) FROM deliveries WHERE state = 'waiting' AND endpoint = waiting.endpoint)
            FROM waiting WHERE endpoint IS NOT NULL)
    SELECT endpoint, due FROM first WHERE due <= ? ORDER BY due, endpoint";

impl Deliveries for SqliteStore {
    fn add_message(&self, message: &Message, endpoints: &[String]) -> Result<bool, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction().map_err(backend)?;
        let sql = "INSERT INTO messages (id, event, payload, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
        let row = params![message.id, message.event, message.payload, message.at.0];
        if transaction.execute(sql, row).map_err(backend)? == 0 {
            return Ok(false);
        }
        let sql = format!(
            "INSERT INTO deliveries ({DELIVERY}) VALUES (?, ?, 'waiting', 0, ?3, ?3, NULL, NULL, NULL)"
        );
        for endpoint in endpoints {
            transaction.execute(&sql, params![message.id, endpoint, message.at.0]).map_err(backend)?;
        }
        transaction.commit().map_err(backend)?;
        Ok(true)
    }

    fn message(&self, id: &str) -> Result<Option<Message>, StoreError> {
        let sql = "SELECT id, event, payload, at FROM messages WHERE id = ?";
        let message = |row: &Row<'_>| {
            Ok(Message { id: row.get(0)?, event: row.get(1)?, payload: row.get(2)?, at: Micros(row.get(3)?) })
        };
        self.reader().query_row(sql, [id], message).optional().map_err(backend)
    }

    fn claim(
        &self,
        now: Micros,
        until: Micros,
        limit: usize,
        but_to: &[String],
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction().map_err(backend)?;
        let claimed = if but_to.is_empty() {
            due_to_all(&transaction, now, limit)
        } else {
            due_to_others(&transaction, now, limit, but_to)
        };
        let claimed = claimed.map_err(backend)?;
        for delivery in &claimed {
            let sql = "UPDATE deliveries SET due = ? WHERE message = ? AND endpoint = ?";
            let row = params![until.0, delivery.message, delivery.endpoint];
            transaction.execute(sql, row).map_err(backend)?;
        }
        transaction.commit().map_err(backend)?;
        Ok(claimed)
    }

    fn next_due(&self) -> Result<Option<Micros>, StoreError> {
        let sql = "SELECT MIN(due) FROM deliveries WHERE state = 'waiting'";
        let due: Option<i64> = self.reader().query_row(sql, [], |row| row.get(0)).map_err(backend)?;
        Ok(due.map(Micros))
    }

    fn settle(&self, delivery: &Delivery) -> Result<bool, StoreError> {
        let sql = "UPDATE deliveries SET state = ?3, attempts = ?4, due = ?5, last_at = ?6, last_status = ?7, last_detail = ?8
            WHERE message = ?1 AND endpoint = ?2 AND state = 'waiting'";
        let last = delivery.last.as_ref();
        let row = params![
            delivery.message,
            delivery.endpoint,
            delivery.state.as_str(),
            delivery.attempts,
            delivery.due.0,
            last.map(|last| last.at.0),
            last.and_then(|last| last.status),
            last.map(|last| &last.detail),
        ];
        self.writer().execute(sql, row).map(|count| count > 0).map_err(backend)
    }

    fn wake(&self, endpoint: &str, now: Micros, under_way: &[String]) -> Result<(), StoreError> {
        let marks = vec!["?"; under_way.len()].join(", ");
        let sql = format!(
            "UPDATE deliveries SET due = ? WHERE state = 'waiting' AND endpoint = ? AND due > ? AND message NOT IN ({marks})"
        );
        let now = Value::Integer(now.0);
        let values = [now.clone(), Value::Text(endpoint.to_owned()), now].into_iter();
        let values = values.chain(under_way.iter().cloned().map(Value::Text));
        self.writer().execute(&sql, params_from_iter(values)).map(|_| ()).map_err(backend)
    }

    fn deliveries(&self, filter: &DeliveryFilter) -> Result<Page<Delivery>, StoreError> {
        let sql = format!(
            "SELECT {DELIVERY} FROM deliveries WHERE endpoint = ?1 AND (?2 IS NULL OR state = ?2)
             AND (?3 IS NULL OR (began, message) < (?3, ?4)) ORDER BY began DESC, message DESC LIMIT ?5"
        );
        let (began, message) = filter.before.as_ref().map(|(began, message)| (began.0, message)).unzip();
        let limit = i64::try_from(filter.limit.saturating_add(1)).unwrap_or(i64::MAX);
        let row = params![filter.endpoint, filter.state.map(DeliveryState::as_str), began, message, limit];
        let reader = self.reader();
        let mut statement = reader.prepare_cached(&sql).map_err(backend)?;
        let rows = statement.query_map(row, delivery).map_err(backend)?;
        let mut items: Vec<Delivery> = rows.collect::<Result<_, _>>().map_err(backend)?;
        let more = items.len() > filter.limit;
        items.truncate(filter.limit);
        Ok(Page { items, more })
    }

    fn replay(&self, endpoint: &str, which: &Replay, now: Micros) -> Result<usize, StoreError> {
        let set =
            "UPDATE deliveries SET state = 'waiting', attempts = 0, began = ?1, due = ?1 WHERE endpoint = ?2";
        let writer = self.writer();
        let done = match which {
            Replay::One(message) => {
                let sql = "UPDATE deliveries SET due = MIN(due, ?1)
                    WHERE endpoint = ?2 AND message = ?3 AND state = 'waiting'";
                let row = params![now.0, endpoint, message];
                match writer.execute(sql, row) {
                    Ok(0) => writer.execute(&format!("{set} AND message = ?3"), row),
                    waits => waits,
                }
            }
            Replay::DeadSince(since) => {
                let sql = format!("{set} AND state = 'dead' AND due >= ?3");
                writer.execute(&sql, params![now.0, endpoint, since.0])
            }
        };
        done.map_err(backend)
    }

    fn endpoints(&self) -> Result<Vec<(String, Health)>, StoreError> {
        let reader = self.reader();
        let statement =
            reader.prepare_cached("SELECT id, failing_since, off, failed_at, failed, address FROM endpoints");
        let mut statement = statement.map_err(backend)?;
        let endpoint = |row: &Row<'_>| {
            let failing_since = row.get::<_, Option<i64>>(1)?.map(Micros);
            let off = row
                .get::<_, Option<String>>(2)?
                .map(|word| if word == "gone" { Off::Gone } else { Off::Failing });
            let failed_at = row.get::<_, Option<i64>>(3)?.map(Micros);
            let address = row.get::<_, Option<String>>(5)?.map(String::into_boxed_str);
            Ok((row.get(0)?, Health { address, failing_since, failed_at, failed: row.get(4)?, off }))
        };
        let rows = statement.query_map([], endpoint).map_err(backend)?;
        rows.collect::<Result<_, _>>().map_err(backend)
    }

    fn set_endpoint(&self, endpoint: &str, health: &Health) -> Result<(), StoreError> {
        let writer = self.writer();
        let done = if *health == Health::default() {
            writer.execute("DELETE FROM endpoints WHERE id = ?", [endpoint])
        } else {
            let off = health.off.map(|off| if off == Off::Gone { "gone" } else { "failing" });
            let sql = "INSERT OR REPLACE INTO endpoints (id, failing_since, off, failed_at, failed, address)
                VALUES (?, ?, ?, ?, ?, ?)";
            let (since, failed_at) = (health.failing_since.map(|at| at.0), health.failed_at.map(|at| at.0));
            let address = health.address.as_deref();
            writer.execute(sql, params![endpoint, since, off, failed_at, health.failed, address])
        };
        done.map(|_| ()).map_err(backend)
    }

    fn forget_ended(&self, before: Micros) -> Result<usize, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction().map_err(backend)?;
        let sql = "DELETE FROM deliveries WHERE state != 'waiting' AND due < ?";
        let count = transaction.execute(sql, [before.0]).map_err(backend)?;
        let sql = "DELETE FROM messages WHERE at < ? AND NOT EXISTS
            (SELECT 1 FROM deliveries WHERE deliveries.message = messages.id)";
        transaction.execute(sql, [before.0]).map_err(backend)?;
        transaction.commit().map_err(backend)?;
        Ok(count)
    }
}

/// What is due, those first that are due longest.
fn due_to_all(connection: &Connection, now: Micros, limit: usize) -> rusqlite::Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {DELIVERY} FROM deliveries WHERE state = 'waiting' AND due <= ?
         ORDER BY due, message, endpoint LIMIT ?"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection.prepare_cached(&sql)?.query_map(params![now.0, limit], delivery)?.collect()
}

/// The same but for these endpoints, for which very much may wait: nothing of that is read.
fn due_to_others(
    connection: &Connection,
    now: Micros,
    limit: usize,
    but_to: &[String],
) -> rusqlite::Result<Vec<Delivery>> {
    let but_to: HashSet<&str> = but_to.iter().map(String::as_str).collect();
    let endpoints: Vec<(String, i64)> = connection
        .prepare_cached(DUE_ENDPOINTS)?
        .query_map([now.0], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut statement = connection.prepare_cached(&due_to_one())?;
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut all: Vec<Delivery> = Vec::new();
    for (endpoint, first) in endpoints.iter().filter(|(endpoint, _)| !but_to.contains(&**endpoint)) {
        // All that follow have waited less long than those that were found.
        if all.len() == limit && all.last().is_none_or(|last| last.due.0 < *first) {
            break;
        }
        for found in statement.query_map(params![endpoint, now.0, most], delivery)? {
            all.push(found?);
        }
        all.sort_by(|a, b| (a.due, &a.message, &a.endpoint).cmp(&(b.due, &b.message, &b.endpoint)));
        all.truncate(limit);
    }
    Ok(all)
}

fn due_to_one() -> String {
    format!(
        "SELECT {DELIVERY} FROM deliveries WHERE state = 'waiting' AND endpoint = ? AND due <= ?
         ORDER BY due, message LIMIT ?"
    )
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let state: String = row.get(2)?;
    let last = match row.get::<_, Option<i64>>(6)? {
        Some(at) => Some(Attempted {
            at: Micros(at),
            status: row.get(7)?,
            detail: row.get::<_, Option<String>>(8)?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(Delivery {
        message: row.get(0)?,
        endpoint: row.get(1)?,
        state: DeliveryState::parse(&state).unwrap_or(DeliveryState::Dead),
        attempts: row.get(3)?,
        began: Micros(row.get(4)?),
        due: Micros(row.get(5)?),
        last,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_others_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path()).unwrap();
        let writer = store.writer();
        for sql in [DUE_ENDPOINTS, &due_to_one()] {
            let mut statement = writer.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let nulls = vec![Value::Null; statement.parameter_count()];
            let plan = statement.query_map(params_from_iter(nulls), |row| row.get::<_, String>(3)).unwrap();
            let plan: Vec<String> =
                plan.map(Result::unwrap).filter(|line| line.contains(" deliveries")).collect();
            assert!(!plan.is_empty());
            for line in plan {
                // The least of all is the first of the index.
                assert!(
                    line.starts_with("SEARCH deliveries USING ") && line.contains(" deliveries_of"),
                    "{line}"
                );
            }
        }
    }
}
