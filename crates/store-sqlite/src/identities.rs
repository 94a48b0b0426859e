//! Users, sessions and tokens.

use base::Micros;
use domain::{Permission, Role};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;
use store::{Identities, Session, StoreError, Token, User};

use crate::{SqliteStore, backend};

const USER: &str = "id, email, name, password, roles, disabled, created_at";
const TOKEN: &str = "id, hash, user, name, scopes, team, created_at, expires_at, last_used_at";

impl Identities for SqliteStore {
    fn users(&self) -> Result<Vec<User>, StoreError> {
        let reader = self.reader();
        let mut statement =
            reader.prepare_cached(&format!("SELECT {USER} FROM users ORDER BY email")).map_err(backend)?;
        let users = statement.query_map([], user).map_err(backend)?;
        users.collect::<Result<_, _>>().map_err(backend)
    }

    fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        let sql = format!("SELECT {USER} FROM users WHERE id = ?");
        self.reader().query_row(&sql, [id], user).optional().map_err(backend)
    }

    fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        let sql = format!("SELECT {USER} FROM users WHERE email = ?");
        self.reader().query_row(&sql, [email], user).optional().map_err(backend)
    }

    fn add_user(&self, user: &User) -> Result<(), StoreError> {
        add_user(&self.writer(), user)
    }

    fn update_user(&self, user: &User) -> Result<bool, StoreError> {
        let sql =
            "UPDATE users SET email = ?2, name = ?3, password = ?4, roles = ?5, disabled = ?6 WHERE id = ?1";
        let roles = serde_json::to_string(&user.roles).unwrap_or_default();
        let row = params![user.id, user.email, user.name, user.password, roles, user.disabled];
        written(self.writer().execute(sql, row), user).map(|count| count > 0)
    }

    fn put_first_user(&self, user: &User) -> Result<bool, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction().map_err(backend)?;
        let count: i64 =
            transaction.query_row("SELECT COUNT(*) FROM users", [], |row| row.get(0)).map_err(backend)?;
        if count > 0 {
            return Ok(false);
        }
        add_user(&transaction, user)?;
        transaction.commit().map_err(backend)?;
        Ok(true)
    }

    fn delete_user(&self, id: &str) -> Result<(), StoreError> {
        self.writer().execute("DELETE FROM users WHERE id = ?", [id]).map(|_| ()).map_err(backend)
    }

    fn session(&self, hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
        let sql = "SELECT hash, user, csrf, created_at, seen_at FROM sessions WHERE hash = ?";
        let session = |row: &Row<'_>| {
            Ok(Session {
                hash: row.get(0)?,
                user: row.get(1)?,
                csrf: row.get(2)?,
                created_at: Micros(row.get(3)?),
                seen_at: Micros(row.get(4)?),
            })
        };
        self.reader().query_row(sql, [&hash[..]], session).optional().map_err(backend)
    }

    fn begin_session(&self, session: &Session, password: &str) -> Result<bool, StoreError> {
        let sql = "INSERT INTO sessions (hash, user, csrf, created_at, seen_at)
            SELECT ?1, id, ?3, ?4, ?5 FROM users WHERE id = ?2 AND password = ?6 AND NOT disabled";
        let Session { hash, user, csrf, created_at, seen_at } = session;
        let row = params![&hash[..], user, csrf, created_at.0, seen_at.0, password];
        self.writer().execute(sql, row).map(|count| count > 0).map_err(backend)
    }

    fn touch_session(&self, hash: &[u8; 32], seen_at: Micros) -> Result<bool, StoreError> {
        let sql = "UPDATE sessions SET seen_at = ? WHERE hash = ?";
        self.writer().execute(sql, params![seen_at.0, &hash[..]]).map(|count| count > 0).map_err(backend)
    }

    fn delete_session(&self, hash: &[u8; 32]) -> Result<(), StoreError> {
        self.writer().execute("DELETE FROM sessions WHERE hash = ?", [&hash[..]]).map(|_| ()).map_err(backend)
    }

    fn end_sessions(&self, user: &str, keep: Option<&[u8; 32]>) -> Result<(), StoreError> {
        let keep = keep.map(|hash| &hash[..]);
        self.writer()
            .execute("DELETE FROM sessions WHERE user = ? AND hash IS NOT ?", params![user, keep])
            .map(|_| ())
            .map_err(backend)
    }

    fn expire_sessions(&self, seen_before: Micros) -> Result<(), StoreError> {
        self.writer()
            .execute("DELETE FROM sessions WHERE seen_at < ?", [seen_before.0])
            .map(|_| ())
            .map_err(backend)
    }

    fn tokens(&self, user: &str) -> Result<Vec<Token>, StoreError> {
        let reader = self.reader();
        let sql = format!("SELECT {TOKEN} FROM tokens WHERE user = ? ORDER BY created_at, id");
        let mut statement = reader.prepare_cached(&sql).map_err(backend)?;
        let tokens = statement.query_map([user], token).map_err(backend)?;
        tokens.collect::<Result<_, _>>().map_err(backend)
    }

    fn token(&self, hash: &[u8; 32]) -> Result<Option<Token>, StoreError> {
        let sql = format!("SELECT {TOKEN} FROM tokens WHERE hash = ?");
        self.reader().query_row(&sql, [&hash[..]], token).optional().map_err(backend)
    }

    fn add_token(&self, token: &Token) -> Result<(), StoreError> {
        let sql = format!("INSERT INTO tokens ({TOKEN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        let scopes = serde_json::to_string(&token.scopes).unwrap_or_default();
        let row = params![
            token.id,
            &token.hash[..],
            token.user,
            token.name,
            scopes,
            token.team,
            token.created_at.0,
            token.expires_at.map(|at| at.0),
            token.last_used_at.map(|at| at.0),
        ];
        self.writer().execute(&sql, row).map(|_| ()).map_err(backend)
    }

    fn touch_token(&self, hash: &[u8; 32], used_at: Micros) -> Result<bool, StoreError> {
        let sql = "UPDATE tokens SET last_used_at = ? WHERE hash = ?";
        self.writer().execute(sql, params![used_at.0, &hash[..]]).map(|count| count > 0).map_err(backend)
    }

    fn delete_token(&self, user: &str, id: &str) -> Result<bool, StoreError> {
        let deleted = self.writer().execute("DELETE FROM tokens WHERE user = ? AND id = ?", [user, id]);
        deleted.map(|count| count > 0).map_err(backend)
    }
}

fn add_user(connection: &Connection, user: &User) -> Result<(), StoreError> {
    let sql = "INSERT INTO users (id, email, name, password, roles, disabled, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
    let roles = serde_json::to_string(&user.roles).unwrap_or_default();
    let row = params![user.id, user.email, user.name, user.password, roles, user.disabled, user.created_at.0];
    written(connection.execute(sql, row), user).map(|_| ())
}

fn written(done: rusqlite::Result<usize>, user: &User) -> Result<usize, StoreError> {
    done.map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => StoreError::EmailTaken(user.email.clone()),
        _ => backend(error),
    })
}

/// What this version can read of a list; a role or permission that it does not know counts as none.
fn known<T: DeserializeOwned>(json: &str) -> Vec<T> {
    let all: Vec<serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    all.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect()
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let roles: String = row.get(4)?;
    Ok(User {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        password: row.get(3)?,
        roles: known::<(String, Role)>(&roles),
        disabled: row.get(5)?,
        created_at: Micros(row.get(6)?),
    })
}

fn token(row: &Row<'_>) -> rusqlite::Result<Token> {
    let scopes: String = row.get(4)?;
    Ok(Token {
        id: row.get(0)?,
        hash: row.get(1)?,
        user: row.get(2)?,
        name: row.get(3)?,
        scopes: known::<Permission>(&scopes),
        team: row.get(5)?,
        created_at: Micros(row.get(6)?),
        expires_at: row.get::<_, Option<i64>>(7)?.map(Micros),
        last_used_at: row.get::<_, Option<i64>>(8)?.map(Micros),
    })
}
