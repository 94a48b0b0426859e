//! Aggregates on disk: by minute for two days, by hour for two months, by day for good.

use std::path::Path;

use base::Micros;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use trace::{AggregateKey, Cell};

use crate::CallLogError;

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS cells (
    span INTEGER NOT NULL, minute INTEGER NOT NULL, team TEXT NOT NULL, service TEXT NOT NULL, route TEXT NOT NULL,
    application TEXT NOT NULL, upstream TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
    status_class INTEGER NOT NULL, reason TEXT NOT NULL, cell BLOB NOT NULL,
    PRIMARY KEY (span, minute, team, service, route, application, upstream, provider, model, status_class, reason)
    ) WITHOUT ROWID;";
const IS: &str = "span = ? AND minute = ? AND team = ? AND service = ? AND route = ? AND application = ? AND
    upstream = ? AND provider = ? AND model = ? AND status_class = ? AND reason = ?";

/// Lengths in minutes, and for how many minutes each is kept.
pub(crate) const SPANS: [(i64, i64); 3] = [(1, 2 * 1_440), (60, 62 * 1_440), (1_440, i64::MAX)];

/// The aggregates' file.
#[derive(Debug)]
pub(crate) struct AggregateStore {
    connection: Connection,
}

/// Which aggregates are read. Empty names ask for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells<'a> {
    pub(crate) span: i64,
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) names: [(&'static str, &'a str); 6],
    pub(crate) teams: Option<&'a [String]>,
}

impl AggregateStore {
    pub(crate) fn open(folder: &Path) -> Result<Self, CallLogError> {
        let connection = Connection::open(folder.join("aggregates.db"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection })
    }

    /// Adds cells to what is there, in every span.
    pub(crate) fn add(&mut self, cells: &[(AggregateKey, Cell)]) -> Result<(), CallLogError> {
        if cells.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        {
            let mut select = transaction.prepare_cached(&format!("SELECT cell FROM cells WHERE {IS}"))?;
            let mut insert = transaction
                .prepare_cached("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
            for (key, cell) in cells {
                for (span, _) in SPANS {
                    let key = key.clone().floored(span);
                    let of = params![
                        span,
                        key.minute,
                        key.team,
                        key.service,
                        key.route,
                        key.application,
                        key.upstream,
                        key.provider,
                        key.model,
                        key.status_class,
                        key.reason
                    ];
                    let old: Option<Vec<u8>> = select.query_row(of, |row| row.get(0)).optional()?;
                    let mut sum = old.and_then(|bytes| Cell::decode(&bytes).ok()).unwrap_or_default();
                    sum.merge(cell);
                    insert.execute(params![
                        span,
                        key.minute,
                        key.team,
                        key.service,
                        key.route,
                        key.application,
                        key.upstream,
                        key.provider,
                        key.model,
                        key.status_class,
                        key.reason,
                        sum.encode()
                    ])?;
                }
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Hands every cell of a query to `each`.
    pub(crate) fn read(
        &self,
        query: &Cells<'_>,
        mut each: impl FnMut(AggregateKey, Cell),
    ) -> Result<(), CallLogError> {
        let mut sql = "SELECT minute, team, service, route, application, upstream, provider, model, status_class, reason, cell
            FROM cells WHERE span = ? AND minute >= ? AND minute < ?".to_owned();
        let mut values: Vec<rusqlite::types::Value> =
            vec![query.span.into(), query.from.into(), query.to.into()];
        for (column, name) in query.names.iter().filter(|(_, name)| !name.is_empty()) {
            sql += " AND ";
            sql += column;
            sql += " = ?";
            values.push((*name).to_owned().into());
        }
        if let Some(teams) = query.teams {
            sql += " AND team IN (";
            sql += &vec!["?"; teams.len()].join(", ");
            sql += ")";
            values.extend(teams.iter().map(|team| team.clone().into()));
        }
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let text = |at: usize| row.get::<_, String>(at).map(String::into_boxed_str);
            let key = AggregateKey {
                minute: row.get(0)?,
                team: text(1)?,
                service: text(2)?,
                route: text(3)?,
                application: text(4)?,
                upstream: text(5)?,
                provider: text(6)?,
                model: text(7)?,
                status_class: row.get(8)?,
                reason: text(9)?,
            };
            let bytes: Vec<u8> = row.get(10)?;
            if let Ok(cell) = Cell::decode(&bytes) {
                each(key, cell);
            }
        }
        Ok(())
    }

    /// Deletes what is older than each span is kept.
    pub(crate) fn prune(&mut self, now: Micros) {
        let now = AggregateKey::minute_of(now);
        for (span, keep) in SPANS {
            let before = now.saturating_sub(keep);
            let done = self
                .connection
                .execute("DELETE FROM cells WHERE span = ? AND minute < ?", params![span, before]);
            if let Err(error) = done {
                tracing::error!(%error, "old aggregates could not be deleted");
            }
        }
    }
}
