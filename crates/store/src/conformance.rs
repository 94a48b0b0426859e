//! What every backend must do; called from each backend's own tests with a fresh store.

mod deliveries;

use base::Micros;
use domain::{DocId, Document, Kind, Permission, Role};
use serde_json::json;

use crate::{Action, Expected, Filter, Session, Store, StoreError, Token, User, Write};

/// Runs the whole suite on fresh stores.
///
/// # Panics
/// If the backend does not conform.
pub fn run(fresh: &dyn Fn() -> Box<dyn Store>) {
    documents_are_written_whole_or_not_at_all(&*fresh());
    history_and_the_feed_tell_all_that_was_written(&*fresh());
    lists_are_stable_and_filtered(&*fresh());
    identities_are_kept_apart(&*fresh());
    deliveries::run(fresh);
}

fn plan(team: &str, name: &str, title: &str) -> Document {
    let value = json!({ "kind": "Plan", "team": team, "name": name, "title": title });
    read(Document::from_json(value))
}

#[expect(clippy::panic, reason = "a failing conformance check is a failing test")]
fn read<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error:?}"),
    }
}

fn write(document: &Document, expected: Expected) -> Write {
    Write { id: document.id.clone(), document: Some(document.clone()), expected, rollback: false }
}

fn delete(id: &DocId, expected: Expected) -> Write {
    Write { id: id.clone(), document: None, expected, rollback: false }
}

fn documents_are_written_whole_or_not_at_all(store: &dyn Store) {
    let (a, b) = (plan("t", "a", "A"), plan("t", "b", "B"));
    assert_eq!(read(store.revision()), 0);
    let first = read(store.write(&[write(&a, Expected::Absent)], "ann", Micros(5)));
    assert_eq!(first, 1);
    let stored = read(store.get(&a.id));
    assert_eq!(
        stored.as_ref().map(|s| (s.revision, s.created_at, s.updated_by.as_str())),
        Some((1, Micros(5), "ann"))
    );
    let refused = store.write(&[write(&b, Expected::Absent), write(&a, Expected::Absent)], "ann", Micros(6));
    assert!(
        matches!(refused, Err(StoreError::Conflict { ref id, found: Some(1) }) if *id == a.id),
        "{refused:?}"
    );
    assert_eq!(read(store.get(&b.id)), None);
    let refused = store.write(&[write(&a, Expected::Revision(7))], "ann", Micros(6));
    assert!(matches!(refused, Err(StoreError::Conflict { found: Some(1), .. })));
    let refused = store.write(&[delete(&b.id, Expected::Any)], "ann", Micros(6));
    assert!(matches!(refused, Err(StoreError::Conflict { found: None, .. })));
    let newer = plan("t", "a", "newer");
    assert_eq!(read(store.write(&[write(&newer, Expected::Revision(1))], "bob", Micros(9))), 2);
    let stored = read(store.get(&a.id));
    let times = stored.map(|s| (s.created_at, s.updated_at, s.document));
    assert_eq!(times, Some((Micros(5), Micros(9), newer)));
    assert_eq!(read(store.write(&[delete(&a.id, Expected::Revision(2))], "bob", Micros(10))), 3);
    assert_eq!(read(store.load_all()), []);
    assert_eq!(read(store.revision()), 3);
}

fn history_and_the_feed_tell_all_that_was_written(store: &dyn Store) {
    let a = plan("t", "a", "1");
    read(store.write(&[write(&a, Expected::Any)], "ann", Micros(1)));
    let b = plan("t", "a", "2");
    read(store.write(&[write(&b, Expected::Any)], "ann", Micros(2)));
    let back = Write { rollback: true, ..write(&a, Expected::Revision(2)) };
    read(store.write(&[back], "bob", Micros(3)));
    read(store.write(&[delete(&a.id, Expected::Any)], "bob", Micros(4)));
    let page = read(store.history(&a.id, None, 3));
    let told: Vec<_> = page.items.iter().map(|e| (e.revision, e.action, e.by.as_str())).collect();
    assert_eq!(
        told,
        [(4, Action::Deleted, "bob"), (3, Action::RolledBack, "bob"), (2, Action::Updated, "ann")]
    );
    assert!(page.more);
    let rest = read(store.history(&a.id, Some(2), 3));
    assert_eq!(rest.items.iter().map(|e| (e.revision, e.action)).collect::<Vec<_>>(), [(1, Action::Created)]);
    assert!(!rest.more);
    assert_eq!(read(store.at_revision(&a.id, 1)).and_then(|e| e.document), Some(a));
    let feed = read(store.changes_since(1, 2));
    assert_eq!(feed.items.iter().map(|e| e.revision).collect::<Vec<_>>(), [2, 3]);
    assert!(feed.more);
}

fn lists_are_stable_and_filtered(store: &dyn Store) {
    let batch: Vec<Write> = [("t", "c", "Gold"), ("s", "a", "x"), ("t", "a", "y"), ("t", "b", "z")]
        .map(|(team, name, title)| write(&plan(team, name, title), Expected::Absent))
        .to_vec();
    assert_eq!(read(store.write(&batch, "ann", Micros(1))), 1);
    let all = Filter { limit: 3, ..Filter::default() };
    let page = read(store.list(&all));
    let names = |page: &crate::Page<crate::Stored>| {
        page.items
            .iter()
            .map(|s| format!("{}/{}", s.document.id.team, s.document.id.name))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&page), ["s/a", "t/a", "t/b"]);
    assert!(page.more);
    let after = page.items.last().map(|s| s.document.id.clone());
    let rest = read(store.list(&Filter { after, ..all.clone() }));
    assert_eq!((names(&rest), rest.more), (vec!["t/c".to_owned()], false));
    let some = Filter {
        teams: Some(vec!["t".into()]),
        contains: Some("GOLD".into()),
        kind: Some(Kind::Plan),
        ..all.clone()
    };
    assert_eq!(names(&read(store.list(&some))), ["t/c"]);
    let beyond = write(&plan("t", "d", "Straßen ÜBER Köln"), Expected::Absent);
    read(store.write(&[beyond], "ann", Micros(2)));
    for text in ["über", "Über", "KÖLN"] {
        let filter = Filter { contains: Some(text.into()), ..all.clone() };
        assert_eq!(names(&read(store.list(&filter))), ["t/d"], "{text}");
    }
    assert_eq!(
        names(&read(store.list(&Filter { teams: Some(Vec::new()), ..all.clone() }))),
        Vec::<String>::new()
    );
    assert_eq!(names(&read(store.list(&Filter { contains: Some("%".into()), ..all }))), Vec::<String>::new());
}

fn identities_are_kept_apart(store: &dyn Store) {
    let user = |id: &str, email: &str| User {
        id: id.into(),
        email: email.into(),
        name: "N".into(),
        password: "phc".into(),
        roles: vec![("t".into(), Role::Editor)],
        disabled: false,
        created_at: Micros(1),
    };
    let (ann, bob) = (user("1", "ann@x"), user("2", "bob@x"));
    assert!(read(store.put_first_user(&ann)));
    assert!(!read(store.put_first_user(&bob)));
    assert!(!read(store.update_user(&bob)), "an unknown user is written");
    read(store.add_user(&bob));
    assert!(read(store.update_user(&bob)));
    assert!(matches!(store.update_user(&user("2", "ann@x")), Err(StoreError::EmailTaken(_))));
    assert!(matches!(store.add_user(&user("3", "ann@x")), Err(StoreError::EmailTaken(_))));
    assert_eq!(read(store.user_by_email("bob@x")), Some(bob.clone()));
    assert_eq!(read(store.users()).len(), 2);
    let session = Session {
        hash: [1; 32],
        user: "1".into(),
        csrf: "c".into(),
        created_at: Micros(1),
        seen_at: Micros(5),
    };
    assert!(!read(store.begin_session(&session, "an older phc")));
    assert_eq!(read(store.session(&[1; 32])), None);
    assert!(read(store.begin_session(&session, "phc")));
    let others = [("1", [3; 32]), ("2", [4; 32])];
    for (user, hash) in others {
        let session = Session { hash, user: user.into(), ..session.clone() };
        assert!(read(store.begin_session(&session, "phc")));
    }
    assert_eq!(read(store.session(&[1; 32])), Some(session.clone()));
    read(store.end_sessions("1", Some(&[1; 32])));
    let left = |hash: u8| read(store.session(&[hash; 32])).is_some();
    assert_eq!([1, 3, 4].map(left), [true, false, true]);
    read(store.end_sessions("2", None));
    assert_eq!([1, 3, 4].map(left), [true, false, false]);
    assert!(read(store.touch_session(&[1; 32], Micros(7))));
    read(store.expire_sessions(Micros(7)));
    assert_eq!(read(store.session(&[1; 32])).map(|session| session.seen_at), Some(Micros(7)));
    read(store.expire_sessions(Micros(8)));
    assert!(!read(store.touch_session(&[1; 32], Micros(9))), "an ended session comes back");
    assert_eq!(read(store.session(&[1; 32])), None);
    read(store.update_user(&User { disabled: true, ..ann.clone() }));
    let session = Session { hash: [5; 32], ..session };
    assert!(!read(store.begin_session(&session, "phc")), "a disabled user signs in");
    let token = Token {
        id: "tok".into(),
        hash: [2; 32],
        user: "2".into(),
        name: "ci".into(),
        scopes: vec![Permission::CallsRead],
        team: Some("t".into()),
        created_at: Micros(1),
        expires_at: Some(Micros(9)),
        last_used_at: None,
    };
    read(store.add_token(&token));
    assert_eq!(read(store.token(&[2; 32])), Some(token));
    assert!(!read(store.delete_token("1", "tok")));
    assert!(read(store.touch_token(&[2; 32], Micros(8))));
    assert_eq!(read(store.token(&[2; 32])).and_then(|token| token.last_used_at), Some(Micros(8)));
    read(store.delete_user("2"));
    assert!(!read(store.touch_token(&[2; 32], Micros(9))), "a revoked token comes back");
    assert_eq!(read(store.token(&[2; 32])), None);
    assert!(!read(store.update_user(&bob)), "a deleted user comes back");
    read(store.set_meta("k", Some("v")));
    assert_eq!(read(store.meta("k")).as_deref(), Some("v"));
    read(store.set_meta("k", None));
    assert_eq!(read(store.meta("k")), None);
}
