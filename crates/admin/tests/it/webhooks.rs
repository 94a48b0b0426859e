//! Events to webhooks, from the API to the end of their deliveries, in time that the test moves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use control::{Control, Dispatch, Outcome, Tried};
use serde_json::{Value, json};
use stateport::{NewEvent, Taken};

use crate::support::{Api, Who, api, api_over_files, compiled};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

async fn webhook(api: &Api, who: &Who, name: &str, events: &[&str]) {
    let spec = json!({ "url": "https://a.example/hooks", "events": events, "secret": { "value": SECRET } });
    let body = json!({ "name": name, "spec": spec });
    let made = api.post(who, "/api/v1/teams/default/webhooks", body).await.expect(201);
    assert!(!made.text.contains("MfK"), "{}", made.text);
}

async fn send(api: &Api, who: &Who, event: &str) -> (String, Value) {
    let body = json!({ "type": event, "data": { "id": 7 } });
    let taken = api.post(who, "/api/v1/teams/default/events", body).await.expect(200).json();
    (taken["id"].as_str().unwrap().to_owned(), taken["webhooks"].clone())
}

async fn deliveries(api: &Api, who: &Who, more: &str) -> Value {
    api.get(who, &format!("/api/v1/teams/default/webhooks/hook/deliveries{more}")).await.expect(200).json()
}

/// Tries what is due; gives the ids of the events that came through.
fn step(dispatch: &Dispatch, outcome: Outcome) -> Vec<String> {
    let mut through = Vec::new();
    for job in dispatch.begin().unwrap() {
        if matches!(outcome, Outcome::Answered(200..=299, _)) {
            through.push(job.message.id.clone());
        }
        dispatch.end(job, Tried { outcome, detail: "as the test says".into() }).unwrap();
    }
    through
}

#[tokio::test]
async fn events_reach_the_webhooks_that_want_them() {
    let api = api();
    let admin = api.admin().await;
    webhook(&api, &admin, "hook", &["order.*"]).await;
    webhook(&api, &admin, "all", &[]).await;
    let (id, webhooks) = send(&api, &admin, "order.created").await;
    assert!(id.starts_with("msg_") && !id.contains('.'), "{id}");
    assert_eq!(webhooks, json!(["all", "hook"]));
    assert_eq!(send(&api, &admin, "user.created").await.1, json!(["all"]));
    let dispatch = Dispatch::new(&api.control).unwrap();
    let jobs = dispatch.begin().unwrap();
    assert_eq!(jobs.len(), 3);
    let job = jobs.iter().find(|job| job.message.id == id).unwrap();
    let payload: Value = serde_json::from_slice(&job.message.payload).unwrap();
    assert_eq!(
        payload,
        json!({ "type": "order.created", "timestamp": "2023-11-14T22:13:20.000000Z", "data": { "id": 7 } })
    );
    // what is under way is nobody else's
    assert!(dispatch.begin().unwrap().is_empty());
    for job in jobs {
        dispatch
            .end(job, Tried { outcome: Outcome::Answered(204, None), detail: "it answered 204".into() })
            .unwrap();
    }
    let told = deliveries(&api, &admin, "").await;
    assert_eq!(told["items"][0]["event"], id);
    assert_eq!(told["items"][0]["type"], "order.created");
    assert_eq!(told["items"][0]["state"], "delivered");
    assert_eq!((told["items"][0]["last_status"].clone(), told["off"].clone()), (json!(204), Value::Null));
    let bad = api.post(&admin, "/api/v1/teams/default/events", json!({ "type": "a b" })).await;
    assert_eq!(bad.problem(422), "invalid");
    let long = json!({ "type": "a", "data": "x".repeat(300_000) });
    assert_eq!(api.post(&admin, "/api/v1/teams/default/events", long).await.problem(422), "invalid");
}

#[tokio::test]
async fn a_receiver_that_was_down_for_an_hour_gets_each_event_once_it_is_back() {
    let api = api();
    let admin = api.admin().await;
    webhook(&api, &admin, "hook", &[]).await;
    let mut dispatch = Dispatch::new(&api.control).unwrap();
    let (mut sent, mut through) = (Vec::new(), BTreeMap::<String, usize>::new());
    // one event a minute for two hours; at half past the process begins anew in the middle of its attempts
    for minute in 0..120 {
        sent.push(send(&api, &admin, "tick").await.0);
        if minute == 30 {
            drop(dispatch.begin().unwrap());
            dispatch = Dispatch::new(&api.control).unwrap();
        }
        for _ in 0..6 {
            let down = minute < 60;
            let outcome = if down { Outcome::Unanswered } else { Outcome::Answered(200, None) };
            for id in step(&dispatch, outcome) {
                *through.entry(id).or_default() += 1;
            }
            api.clock.advance(Duration::from_secs(10));
        }
    }
    assert_eq!(through.len(), sent.len());
    assert!(through.values().all(|times| *times == 1), "{through:?}");
    let told = deliveries(&api, &admin, "?state=waiting").await;
    assert_eq!((&told["items"], &told["failing_since"]), (&json!([]), &Value::Null));
    let page = deliveries(&api, &admin, "?limit=100").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = deliveries(&api, &admin, &format!("?limit=100&cursor={cursor}")).await;
    assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (100, 20));
}

#[tokio::test]
async fn dead_letters_are_sent_again_when_somebody_says_so() {
    let api = api();
    let admin = api.admin().await;
    webhook(&api, &admin, "hook", &[]).await;
    let (first, _) = send(&api, &admin, "tick").await;
    send(&api, &admin, "tick").await;
    let dispatch = Dispatch::new(&api.control).unwrap();
    assert!(step(&dispatch, Outcome::Answered(410, None)).is_empty());
    assert!(step(&dispatch, Outcome::Answered(200, None)).is_empty());
    let told = deliveries(&api, &admin, "?state=dead").await;
    assert_eq!((told["items"].as_array().unwrap().len(), &told["off"]), (2, &json!("gone")));
    let replay = "/api/v1/teams/default/webhooks/hook/replay";
    assert_eq!(api.post(&admin, replay, json!({})).await.problem(400), "invalid_request");
    let again = api.post(&admin, replay, json!({ "event": first })).await.expect(200).json();
    assert_eq!(again["count"], 1);
    assert_eq!(step(&dispatch, Outcome::Answered(200, None)), [first]);
    let again = api.post(&admin, replay, json!({ "since": "2023-11-14T00:00:00Z" })).await.expect(200).json();
    assert_eq!(again["count"], 1);
    assert_eq!(step(&dispatch, Outcome::Answered(200, None)).len(), 1);
    assert_eq!(deliveries(&api, &admin, "?state=dead").await["items"], json!([]));
    // a webhook that is gone takes its deliveries with it
    send(&api, &admin, "tick").await;
    let path = "/api/v1/teams/default/webhooks/hook";
    let tag = api.get(&admin, path).await.header("etag");
    api.send_with(&admin, "DELETE", path, &[("if-match", &tag)], None).await.expect(204);
    assert!(dispatch.begin().unwrap().is_empty());
    assert_eq!(dispatch.next_due().unwrap(), None);
}

#[tokio::test]
async fn no_more_are_under_way_than_may_be_when_all_receivers_come_up_at_once() {
    let api = api();
    let admin = api.admin().await;
    for number in 0..24 {
        webhook(&api, &admin, &format!("hook-{number}"), &[]).await;
    }
    send(&api, &admin, "tick").await;
    let dispatch = Dispatch::new(&api.control).unwrap();
    // All are down: of each one is tried, and others are held.
    assert!(step(&dispatch, Outcome::Unanswered).is_empty());
    api.clock.advance(Duration::from_mins(10));
    for _ in 0..3 {
        send(&api, &admin, "tick").await;
    }
    let mut jobs = dispatch.begin().unwrap();
    jobs.extend(dispatch.begin().unwrap());
    assert_eq!(jobs.len(), 24);
    let up = || Tried { outcome: Outcome::Answered(200, None), detail: "it answered 200".into() };
    let mut rounds = Vec::new();
    while !jobs.is_empty() {
        rounds.push(jobs.len());
        for job in jobs {
            dispatch.end(job, up()).unwrap();
        }
        jobs = dispatch.begin().unwrap();
    }
    assert_eq!(rounds, [24, 64, 8]);
}

#[tokio::test]
async fn one_that_waits_is_sent_now_when_somebody_says_so() {
    let api = api();
    let admin = api.admin().await;
    webhook(&api, &admin, "hook", &[]).await;
    let (event, _) = send(&api, &admin, "tick").await;
    let dispatch = Dispatch::new(&api.control).unwrap();
    // its receiver wants to be left alone for an hour
    let busy = Outcome::Answered(503, Some(Duration::from_hours(1)));
    assert!(step(&dispatch, busy).is_empty());
    assert!(dispatch.begin().unwrap().is_empty());
    let replay = "/api/v1/teams/default/webhooks/hook/replay";
    let now = api.post(&admin, replay, json!({ "event": event })).await.expect(200).json();
    assert_eq!(now["count"], 1);
    let jobs = dispatch.begin().unwrap();
    assert_eq!(jobs.len(), 1);
    // one that is under way is not sent twice
    let now = api.post(&admin, replay, json!({ "event": event })).await.expect(200).json();
    assert_eq!((now["count"].clone(), dispatch.begin().unwrap().len()), (json!(1), 0));
    for job in jobs {
        dispatch
            .end(job, Tried { outcome: Outcome::Answered(200, None), detail: "it answered".into() })
            .unwrap();
    }
    let told = deliveries(&api, &admin, "").await;
    assert_eq!((&told["items"][0]["state"], &told["items"][0]["attempts"]), (&json!("delivered"), &json!(2)));
    assert!(dispatch.begin().unwrap().is_empty());
}

/// What a step of a flow of the team `default` sends.
fn of_flow(control: &Control, id: &str, kind: &str, webhook: Option<&str>, data: &str) -> Taken {
    let event = NewEvent {
        id: id.into(),
        team: "default".into(),
        environment: "default".into(),
        webhook: webhook.map(Into::into),
        kind: kind.into(),
        data: data.into(),
    };
    control.event_of_flow(&event).unwrap()
}

#[tokio::test]
async fn an_event_of_a_flow_is_taken_in_once() {
    let api = api();
    let admin = api.admin().await;
    webhook(&api, &admin, "hook", &["order.*"]).await;
    webhook(&api, &admin, "all", &[]).await;
    let sent = |names: &[&str]| Taken::Sent(names.iter().map(|&name| name.to_owned()).collect());
    let data = r#"{"id":7}"#;
    assert_eq!(of_flow(&api.control, "msg_1", "order.made", None, data), sent(&["all", "hook"]));
    // the same step, tried again
    assert_eq!(of_flow(&api.control, "msg_1", "order.made", None, data), sent(&["all", "hook"]));
    // one that is named is told whatever it wants otherwise
    assert_eq!(of_flow(&api.control, "msg_2", "user.made", Some("hook"), "null"), sent(&["hook"]));
    assert_eq!(of_flow(&api.control, "msg_3", "user.made", Some("nobody"), "null"), Taken::NoWebhook);
    let long = format!("\"{}\"", "x".repeat(300_000));
    let told = of_flow(&api.control, "msg_4", "user.made", None, &long);
    assert!(matches!(&told, Taken::Refused(why) if why.contains("256 KiB")), "{told:?}");
    let dispatch = Dispatch::new(&api.control).unwrap();
    let jobs = dispatch.begin().unwrap();
    let mut ids: Vec<&str> = jobs.iter().map(|job| job.message.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["msg_1", "msg_1", "msg_2"]);
    let payload: Value = serde_json::from_slice(&jobs[0].message.payload).unwrap();
    assert_eq!((&payload["type"], &payload["data"]["id"]), (&json!("order.made"), &json!(7)));
}

#[tokio::test]
async fn what_one_receiver_has_shown_says_nothing_of_another() {
    let api = api();
    let admin = api.admin().await;
    webhook(&api, &admin, "hook", &[]).await;
    send(&api, &admin, "tick").await;
    let dispatch = Dispatch::new(&api.control).unwrap();
    step(&dispatch, Outcome::Answered(410, None));
    assert_eq!(deliveries(&api, &admin, "").await["off"], "gone");
    let path = "/api/v1/teams/default/webhooks/hook";
    let write = async |url: &str| {
        let tag = api.get(&admin, path).await.header("etag");
        let spec = json!({ "url": url, "events": ["tick"], "secret": { "sealed": "***" } });
        let body = json!({ "spec": spec });
        api.send_with(&admin, "PUT", path, &[("if-match", &tag)], Some(body)).await.expect(200);
    };
    // the same receiver stays as it is
    write("https://a.example/hooks").await;
    assert_eq!(deliveries(&api, &admin, "").await["off"], "gone");
    write("https://b.example/hooks").await;
    assert_eq!(deliveries(&api, &admin, "").await["off"], Value::Null);
    send(&api, &admin, "tick").await;
    assert_eq!(step(&dispatch, Outcome::Answered(410, None)), Vec::<String>::new());
    assert_eq!(deliveries(&api, &admin, "").await["off"], "gone");
    // one that asks to be left alone speaks for itself
    write("https://c.example/hooks").await;
    send(&api, &admin, "tick").await;
    step(&dispatch, Outcome::Answered(503, Some(Duration::from_hours(1))));
    let (id, _) = send(&api, &admin, "tick").await;
    assert!(dispatch.begin().unwrap().is_empty());
    write("https://d.example/hooks").await;
    assert_eq!(step(&dispatch, Outcome::Answered(200, None)), [id]);
    write("https://e.example/hooks").await;
    send(&api, &admin, "tick").await;
    step(&dispatch, Outcome::Answered(410, None));
    let tag = api.get(&admin, path).await.header("etag");
    api.send_with(&admin, "DELETE", path, &[("if-match", &tag)], None).await.expect(204);
    webhook(&api, &admin, "hook", &[]).await;
    assert_eq!(deliveries(&api, &admin, "").await["off"], Value::Null);
}

/// The webhook `hook` as files have it.
fn document(url: &str) -> Value {
    json!({ "kind": "Webhook", "name": "hook", "spec": { "url": url, "secret": { "value": SECRET } } })
}

#[tokio::test]
async fn another_url_in_the_files_switches_a_webhook_on_again() {
    let api = api_over_files(&[document("https://a.example/hooks")], &[]);
    let admin = api.admin().await;
    let read = |url: &str| api.live.publish(Arc::new(compiled(&[document(url)])));
    let mut dispatch = Dispatch::new(&api.control).unwrap();
    for _ in 0..6 * 24 {
        send(&api, &admin, "tick").await;
        step(&dispatch, Outcome::Answered(500, None));
        api.clock.advance(Duration::from_hours(1));
    }
    assert_eq!(deliveries(&api, &admin, "").await["off"], "failing");
    // the same address, and another process, change nothing
    read("https://a.example/hooks");
    dispatch = Dispatch::new(&api.control).unwrap();
    assert_eq!(deliveries(&api, &admin, "").await["off"], "failing");
    read("https://b.example/hooks");
    let told = deliveries(&api, &admin, "").await;
    assert_eq!((&told["off"], &told["failing_since"]), (&Value::Null, &Value::Null));
    let (event, _) = send(&api, &admin, "tick").await;
    let through = step(&dispatch, Outcome::Answered(204, None));
    assert!(through.contains(&event), "{through:?}");
    // nor does the next process find it off
    drop(Dispatch::new(&api.control).unwrap());
    assert_eq!(deliveries(&api, &admin, "").await["off"], Value::Null);
}

#[tokio::test]
async fn a_webhook_that_failed_once_and_was_not_used_for_long_stays_on() {
    let api = api_over_files(&[document("https://a.example/hooks")], &[]);
    let dispatch = Dispatch::new(&api.control).unwrap();
    for number in 0..4 {
        of_flow(&api.control, &format!("msg_{number}"), "tick", None, "null");
        for _ in 0..24 {
            step(&dispatch, Outcome::Answered(500, None));
            api.clock.advance(Duration::from_hours(1));
        }
        api.clock.advance(Duration::from_hours(5 * 24));
    }
    let admin = api.admin().await;
    let told = deliveries(&api, &admin, "").await;
    assert_eq!((&told["off"], told["items"].as_array().unwrap().len()), (&Value::Null, 4));
}

#[tokio::test]
async fn four_at_a_time_follow_each_other_at_once_and_hold_up_no_other_webhook() {
    let api = api();
    let admin = api.admin().await;
    webhook(&api, &admin, "busy", &["order.*"]).await;
    webhook(&api, &admin, "hook", &["user.*"]).await;
    for _ in 0..30 {
        send(&api, &admin, "order.created").await;
    }
    let (last, _) = send(&api, &admin, "user.created").await;
    let dispatch = Dispatch::new(&api.control).unwrap();
    let mut under_way = dispatch.begin().unwrap();
    let other =
        under_way.iter().position(|job| job.message.id == last).expect("it waits for no other webhook's");
    let other = under_way.remove(other);
    assert_eq!(under_way.len(), 4);
    let good = || Tried { outcome: Outcome::Answered(204, None), detail: "it answered 204".into() };
    // As one ends another begins, though no time passes.
    let mut made = under_way.len();
    while let Some(job) = under_way.pop() {
        assert!(dispatch.begin().unwrap().is_empty());
        dispatch.end(job, good()).unwrap();
        let more = dispatch.begin().unwrap();
        assert_eq!(more.len(), usize::from(made < 30), "behind {made}");
        made += more.len();
        under_way.extend(more);
    }
    dispatch.end(other, good()).unwrap();
    assert_eq!((made, dispatch.next_due().unwrap()), (30, None));
}
