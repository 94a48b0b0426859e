//! The store in SQLite: conformance, and what only a file can get wrong.

use std::sync::{Arc, Mutex};

use domain::{Permission, Role};
use store::{Identities, Store, StoreError};
use store_sqlite::SqliteStore;

#[test]
fn it_conforms() {
    let folders = Arc::new(Mutex::new(Vec::new()));
    store::conformance::run(&move || {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path()).unwrap();
        folders.lock().unwrap().push(folder);
        Box::new(store) as Box<dyn Store>
    });
}

#[test]
fn a_store_in_use_or_of_a_newer_format_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let open = SqliteStore::open(folder.path()).unwrap();
    assert!(matches!(SqliteStore::open(folder.path()), Err(StoreError::InUse(_))));
    drop(open);
    let connection = rusqlite::Connection::open(folder.path().join("weir.db")).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    drop(connection);
    let error = SqliteStore::open(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 999, .. }), "{error}");
    assert!(error.to_string().contains("newer version"), "{error}");
}

#[test]
fn a_folder_that_is_a_file_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, "x").unwrap();
    assert!(matches!(SqliteStore::open(&path), Err(StoreError::Folder { .. })));
}

#[test]
fn a_role_or_permission_of_another_version_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    let connection = rusqlite::Connection::open(folder.path().join("weir.db")).unwrap();
    let roles = r#"[["a", "viewer"], ["b", "auditor"], ["c", "admin"]]"#;
    let user = "INSERT INTO users (id, email, name, password, roles, disabled, created_at) VALUES ('1', 'a@x', 'A', 'phc', ?, 0, 1)";
    connection.execute(user, [roles]).unwrap();
    let token =
        "INSERT INTO tokens (id, hash, user, name, scopes, created_at) VALUES ('t', ?, '1', 'ci', ?, 1)";
    let scopes = r#"["calls_read", "calls_forget"]"#;
    connection.execute(token, rusqlite::params![&[1_u8; 32][..], scopes]).unwrap();
    let user = store.user("1").unwrap().unwrap();
    assert_eq!(user.roles, [("a".to_owned(), Role::Viewer), ("c".to_owned(), Role::Admin)]);
    assert_eq!(store.token(&[1; 32]).unwrap().unwrap().scopes, [Permission::CallsRead]);
}
