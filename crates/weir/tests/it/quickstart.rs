//! `weir serve --quickstart` over an empty store.

use store::Store;
use store::seal::Sealer;
use store_sqlite::SqliteStore;

use crate::support::{Weir, ask};

const FLAGS: &[&str] = &["--quickstart", "--quickstart-listen", "127.0.0.1:0"];

#[track_caller]
fn reads_the_shop(weir: &Weir, key: &str) {
    let line = "GET /shop/users/usr-1/orders";
    let answer = ask(weir.gateway, line, &format!("authorization: Bearer {key}\r\n"), "");
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn the_printed_key_opens_the_shop_at_any_free_port() {
    let mut weir = Weir::over_store(tempfile::tempdir().unwrap(), FLAGS);
    let line = weir.says("key ");
    reads_the_shop(&weir, line.split_whitespace().nth(1).unwrap());
}

#[test]
fn a_flow_of_the_shop_is_answered_later_where_that_is_asked_for() {
    let mut weir = Weir::over_store(tempfile::tempdir().unwrap(), FLAGS);
    let line = weir.says("key ");
    let key = format!("authorization: Bearer {}\r\n", line.split_whitespace().nth(1).unwrap());
    let fields = format!("{key}prefer: respond-async, wait=60\r\n");
    let answer = ask(weir.gateway, "GET /shop/pages/prd-1", &fields, "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let job = answer.field("content-location").unwrap().trim_end_matches("/result").to_owned();
    assert!(job.starts_with("/shop/jobs/"), "{job}");
    let told = ask(weir.gateway, &format!("GET {job}"), &key, "");
    assert!(told.body.contains("\"state\":\"succeeded\""), "{}", told.body);
    assert_eq!(ask(weir.gateway, &format!("DELETE {job}"), &key, "").status, 200);
}

#[test]
fn a_start_that_ended_before_the_documents_were_written_is_made_good() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let store = SqliteStore::open(&data).unwrap();
    let sealer = Sealer::open(&data.join("weir.key")).unwrap();
    sealer.make_key().unwrap();
    store.set_meta("quickstart_key", Some(&sealer.seal("quickstart_key", "kept-key").unwrap())).unwrap();
    drop(store);
    let mut weir = Weir::over_store(folder, FLAGS);
    assert!(weir.says("key ").ends_with(" kept-key\n"));
    reads_the_shop(&weir, "kept-key");
}
