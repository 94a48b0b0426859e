//! How far schedules have come.

use base::Micros;
use rusqlite::{OptionalExtension, Row, params};
use stateport::{Accepted, Fired, NewJob, Watched};

use super::table::Table;

// === impl Table ===

impl Table {
    pub(super) fn watch(
        &mut self,
        schedule: &str,
        rule: &str,
        now: Micros,
    ) -> Result<Watched, rusqlite::Error> {
        let sql = "INSERT INTO schedules (name, rule, at) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET rule = excluded.rule, at = excluded.at WHERE rule <> excluded.rule";
        self.connection.prepare_cached(sql)?.execute(params![schedule, rule, now.0])?;
        let sql = "SELECT name, at, fired, job FROM schedules WHERE name = ?";
        self.connection.prepare_cached(sql)?.query_row([schedule], watched)
    }

    /// That a time has come is written with its job, or neither is.
    pub(super) fn fire(
        &mut self,
        schedule: &str,
        at: Micros,
        job: (&NewJob, usize),
        now: Micros,
    ) -> Result<Fired, rusqlite::Error> {
        let bytes = self.bytes;
        self.connection.execute_batch("SAVEPOINT fire")?;
        let fired = self.fire_within(schedule, at, job, now);
        if fired.is_err() {
            self.connection.execute_batch("ROLLBACK TO fire")?;
            self.bytes = bytes;
        }
        self.connection.execute_batch("RELEASE fire")?;
        fired
    }

    fn fire_within(
        &mut self,
        schedule: &str,
        at: Micros,
        (job, most): (&NewJob, usize),
        now: Micros,
    ) -> Result<Fired, rusqlite::Error> {
        let sql = "SELECT at FROM schedules WHERE name = ?";
        let come: Option<i64> =
            self.connection.prepare_cached(sql)?.query_row([schedule], |row| row.get(0)).optional()?;
        if come.is_none_or(|come| come >= at.0) {
            return Ok(Fired::Before);
        }
        let (fired, id) = match self.accept(job, most, now)? {
            Accepted::New => (Fired::New, Some(&job.id)),
            Accepted::Full => (Fired::Full, None),
            Accepted::NoRoom => return Ok(Fired::NoRoom),
            Accepted::Known(_) | Accepted::Differs => return Ok(Fired::Before),
        };
        let sql = "UPDATE schedules SET at = ?, fired = ?, job = ? WHERE name = ?";
        self.connection.prepare_cached(sql)?.execute(params![at.0, at.0, id, schedule])?;
        Ok(fired)
    }

    pub(super) fn watched(&mut self) -> Result<Vec<Watched>, rusqlite::Error> {
        let sql = "SELECT name, at, fired, job FROM schedules ORDER BY name";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], watched)?;
        rows.collect()
    }

    pub(super) fn unwatch(&mut self, schedule: &str) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached("DELETE FROM schedules WHERE name = ?")?.execute([schedule])?;
        Ok(())
    }
}

fn watched(row: &Row<'_>) -> Result<Watched, rusqlite::Error> {
    let (fired, job): (Option<i64>, Option<String>) = (row.get(2)?, row.get(3)?);
    let last = fired.map(|at| (Micros(at), job));
    Ok(Watched { schedule: row.get(0)?, at: Micros(row.get(1)?), last })
}
