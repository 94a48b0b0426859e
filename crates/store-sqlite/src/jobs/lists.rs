//! Lists of jobs, without what they are to do and what came of them.

use base::Micros;
use rusqlite::{Row, named_params};
use stateport::{JobLine, JobQuery, Scope, Stands};

use super::table::Table;

/// Behind everything that begins so.
const BEHIND: char = char::MAX;

// === impl Table ===

impl Table {
    /// The newest first.
    pub(super) fn list(&mut self, which: &JobQuery, now: Micros) -> Result<Vec<JobLine>, rusqlite::Error> {
        let (first, last) = match &which.scope {
            Scope::One(scope) => (scope.clone(), scope.clone()),
            Scope::Below(prefix) => (prefix.clone(), format!("{prefix}{BEHIND}")),
        };
        let (open, came) = match &which.stands {
            None => (None, None),
            Some(Stands::Open) => (Some(true), None),
            Some(Stands::Ended(came)) => (Some(false), Some(came)),
        };
        let sql = "SELECT id, scope, owner, name, created, ended, came FROM jobs
            WHERE scope BETWEEN :first AND :last AND (until IS NULL OR until > :now)
            AND (:open IS NULL OR (ended IS NULL) = :open) AND (:came IS NULL OR came = :came)
            AND (:before IS NULL OR number < (SELECT number FROM jobs WHERE id = :before))
            ORDER BY number DESC LIMIT :limit";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(
            named_params! {
                ":first": first, ":last": last, ":now": now.0, ":open": open, ":came": came,
                ":before": which.before, ":limit": i64::try_from(which.limit).unwrap_or(i64::MAX),
            },
            line,
        )?;
        rows.collect()
    }
}

fn line(row: &Row<'_>) -> Result<JobLine, rusqlite::Error> {
    let (ended, came): (Option<i64>, String) = (row.get(5)?, row.get(6)?);
    Ok(JobLine {
        id: row.get(0)?,
        scope: row.get(1)?,
        owner: row.get(2)?,
        name: row.get(3)?,
        created: Micros(row.get(4)?),
        ended: ended.map(|at| (Micros(at), came)),
    })
}
