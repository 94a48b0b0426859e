//! Events on their way to webhooks.

use base::Micros;
use webhook::{Health, Off};

use super::read;
use crate::{Attempted, Delivery, DeliveryFilter, DeliveryState, Message, Replay, Store};

pub(super) fn run(fresh: &dyn Fn() -> Box<dyn Store>) {
    messages_are_taken_in_whole_and_once(&*fresh());
    what_is_claimed_is_due_again_unless_it_is_settled(&*fresh());
    what_waits_for_others_is_passed_by(&*fresh());
    lists_tell_the_newest_first(&*fresh());
    dead_letters_are_made_once_more(&*fresh());
    what_has_ended_is_forgotten_in_time(&*fresh());
}

fn message(id: &str, at: i64) -> Message {
    Message { id: id.into(), event: "order.created".into(), payload: vec![0, 255, 7], at: Micros(at) }
}

fn add(store: &dyn Store, id: &str, at: i64, endpoints: &[&str]) {
    let endpoints: Vec<String> = endpoints.iter().map(|&endpoint| endpoint.to_owned()).collect();
    assert!(read(store.add_message(&message(id, at), &endpoints)));
}

fn claim(store: &dyn Store, now: i64) -> Vec<Delivery> {
    read(store.claim(Micros(now), Micros(now + 100), 10, &[]))
}

fn names(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(|delivery| format!("{} {}", delivery.message, delivery.endpoint)).collect()
}

fn ended(delivery: &Delivery, state: DeliveryState, at: i64) -> Delivery {
    let last = Attempted { at: Micros(at), status: Some(204), detail: "x".into() };
    Delivery { state, attempts: 1, due: Micros(at), last: Some(last), ..delivery.clone() }
}

fn list(store: &dyn Store, endpoint: &str, state: Option<DeliveryState>) -> Vec<Delivery> {
    let filter = DeliveryFilter { endpoint: endpoint.into(), state, before: None, limit: 10 };
    read(store.deliveries(&filter)).items
}

fn messages_are_taken_in_whole_and_once(store: &dyn Store) {
    assert_eq!(read(store.next_due()), None);
    add(store, "m1", 5, &["a", "b"]);
    assert!(!read(store.add_message(&message("m1", 9), &["c".into()])));
    assert_eq!(read(store.message("m1")), Some(message("m1", 5)));
    assert_eq!(read(store.message("m2")), None);
    assert_eq!(read(store.next_due()), Some(Micros(5)));
    let others = ["a", "c"].map(str::to_owned);
    assert_eq!(names(&read(store.claim(Micros(5), Micros(5), 10, &others))), ["m1 b"]);
    assert_eq!(names(&claim(store, 5)), ["m1 a", "m1 b"]);
}

fn what_is_claimed_is_due_again_unless_it_is_settled(store: &dyn Store) {
    add(store, "m1", 5, &["a"]);
    add(store, "m2", 4, &["a"]);
    assert_eq!(claim(store, 3), []);
    let claimed = claim(store, 6);
    assert_eq!(names(&claimed), ["m2 a", "m1 a"]);
    let [first, second] = &claimed[..] else { return };
    assert_eq!((first.attempts, first.began, first.state), (0, Micros(4), DeliveryState::Waiting));
    assert_eq!(claim(store, 105), []);
    assert!(read(store.settle(&ended(first, DeliveryState::Delivered, 7))));
    assert_eq!(names(&claim(store, 106)), ["m1 a"]);
    // one that has ended has, whoever thinks that it was under way
    assert!(!read(store.settle(&ended(first, DeliveryState::Dead, 8))));
    assert_eq!(list(store, "a", None).last().map(|last| last.state), Some(DeliveryState::Delivered));
    let again = Delivery { due: Micros(500), attempts: 1, ..second.clone() };
    assert!(read(store.settle(&again)));
    assert_eq!(read(store.next_due()), Some(Micros(500)));
    add(store, "m3", 600, &["a", "b"]);
    read(store.wake("a", Micros(300), &["m3".into()]));
    assert_eq!(names(&claim(store, 300)), ["m1 a"]);
    assert_eq!(names(&claim(store, 600)), ["m1 a", "m3 a", "m3 b"]);
}

fn what_waits_for_others_is_passed_by(store: &dyn Store) {
    for (id, at) in [("m1", 1), ("m2", 2), ("m3", 3)] {
        add(store, id, at, &["a", "b", "d"]);
    }
    add(store, "m4", 2, &["c"]);
    add(store, "m5", 9, &["e"]);
    let claim = |limit, but_to: &[&str]| {
        let but_to: Vec<String> = but_to.iter().map(|&name| name.to_owned()).collect();
        names(&read(store.claim(Micros(5), Micros(100), limit, &but_to)))
    };
    assert_eq!(claim(3, &["a", "x"]), ["m1 b", "m1 d", "m2 b"]);
    assert_eq!(claim(2, &["a"]), ["m2 d", "m4 c"]);
    assert!(claim(9, &["a", "b", "c", "d"]).is_empty());
    assert_eq!(claim(9, &["a"]), ["m3 b", "m3 d"]);
    assert_eq!(claim(9, &[]), ["m1 a", "m2 a", "m3 a"]);
}

fn lists_tell_the_newest_first(store: &dyn Store) {
    for (id, at) in [("m1", 1), ("m2", 2), ("m3", 2), ("m4", 3)] {
        add(store, id, at, &["a", "b"]);
    }
    let filter = DeliveryFilter { endpoint: "a".into(), state: None, before: None, limit: 3 };
    let page = read(store.deliveries(&filter));
    assert_eq!((names(&page.items), page.more), (vec!["m4 a".into(), "m3 a".into(), "m2 a".into()], true));
    let before = page.items.last().map(|last| (last.began, last.message.clone()));
    let page = read(store.deliveries(&DeliveryFilter { before, ..filter }));
    assert_eq!((names(&page.items), page.more), (vec!["m1 a".into()], false));
    assert_eq!(list(store, "a", Some(DeliveryState::Dead)), []);
}

fn dead_letters_are_made_once_more(store: &dyn Store) {
    for (id, at) in [("m1", 1), ("m2", 2), ("m3", 3)] {
        add(store, id, at, &["a"]);
    }
    for (delivery, at) in claim(store, 10).iter().zip([20, 30, 40]) {
        let state = if at == 40 { DeliveryState::Delivered } else { DeliveryState::Dead };
        assert!(read(store.settle(&ended(delivery, state, at))));
    }
    let dead = list(store, "a", Some(DeliveryState::Dead));
    assert_eq!(names(&dead), ["m2 a", "m1 a"]);
    assert_eq!(
        dead.first().and_then(|dead| dead.last.clone()).map(|last| (last.at, last.status, last.detail)),
        Some((Micros(30), Some(204), "x".into()))
    );
    assert_eq!(read(store.replay("a", &Replay::DeadSince(Micros(30)), Micros(50))), 1);
    assert_eq!(read(store.replay("b", &Replay::One("m3".into()), Micros(50))), 0);
    assert_eq!(read(store.replay("a", &Replay::One("m3".into()), Micros(50))), 1);
    // what waits already does so once
    assert_eq!(read(store.replay("a", &Replay::One("m3".into()), Micros(60))), 1);
    let again = claim(store, 50);
    assert_eq!(names(&again), ["m2 a", "m3 a"]);
    assert!(again.iter().all(|delivery| (delivery.attempts, delivery.began) == (0, Micros(50))));
    let [_, third] = &again[..] else { return };
    assert!(read(store.settle(&Delivery { due: Micros(900), attempts: 2, ..third.clone() })));
    assert_eq!(read(store.replay("a", &Replay::One("m3".into()), Micros(60))), 1);
    assert_eq!(claim(store, 59), []);
    let sooner = claim(store, 60);
    assert_eq!(names(&sooner), ["m3 a"]);
    assert!(sooner.iter().all(|delivery| (delivery.attempts, delivery.began) == (2, Micros(50))));
}

fn what_has_ended_is_forgotten_in_time(store: &dyn Store) {
    let failing = Health {
        address: Some("https://a.example/hooks".into()),
        failing_since: Some(Micros(7)),
        failed_at: Some(Micros(9)),
        failed: 3,
        off: None,
    };
    read(store.set_endpoint("a", &failing));
    let gone = Health { off: Some(Off::Gone), ..Health::default() };
    read(store.set_endpoint("b", &gone));
    let off = Health { off: Some(Off::Failing), ..failing };
    read(store.set_endpoint("a", &off));
    let mut known = read(store.endpoints());
    known.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(known, [("a".to_owned(), off), ("b".to_owned(), gone)]);
    read(store.set_endpoint("b", &Health::default()));
    assert_eq!(read(store.endpoints()).len(), 1);
    add(store, "m1", 1, &["a", "b"]);
    add(store, "m2", 1, &["a"]);
    for delivery in claim(store, 1).iter().filter(|delivery| delivery.endpoint == "a") {
        assert!(read(store.settle(&ended(delivery, DeliveryState::Delivered, 10))));
    }
    assert_eq!(read(store.forget_ended(Micros(10))), 0);
    assert_eq!(read(store.forget_ended(Micros(11))), 2);
    assert!(read(store.message("m1")).is_some());
    assert_eq!(read(store.message("m2")), None);
    assert_eq!(names(&claim(store, 200)), ["m1 b"]);
}
