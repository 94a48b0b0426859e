use proptest::prelude::*;

use super::*;

fn micros(text: &str) -> Micros {
    Micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

fn schedule(cron: &str, zone: &str, missed: Missed) -> Schedule {
    let id = |kind, name| DocId::new("default", kind, name).unwrap();
    let inputs = serde_json::json!({
        "day": "{$schedule.date}", "at": ["of {$schedule.time}"], "n": 1,
    });
    let Value::Object(inputs) = inputs else { panic!("no object") };
    Schedule {
        id: id(Kind::Schedule, "s"),
        flow: id(Kind::Flow, "f"),
        times: Times::read(cron, zone).unwrap(),
        concurrency: Concurrency::Skip,
        missed,
        suspended: false,
        retention: LONGEST,
        max_journal: 1,
        inputs,
    }
}

/// The first times behind one.
fn check(cron: &str, zone: &str, behind: &str, expect: &[&str]) {
    let times = Times::read(cron, zone).unwrap();
    let next = |time: &Micros| times.next(*time);
    let found = std::iter::successors(next(&micros(behind)), next);
    let found: Vec<String> = found.take(expect.len()).map(Times::show).collect();
    assert_eq!(found, expect, "{cron} in {zone}");
}

#[test]
fn names_stand_in_their_own_fields() {
    for good in
        ["0 0 * JAN-mar MON-FRI", "0 0 L * *", "0 0 15W * *", "0 0 * * FRI#2", "0 0 0 * * 5L", "@daily"]
    {
        assert!(Times::read(good, "UTC").is_ok(), "{good}");
    }
    for (bad, word) in
        [("MON * * * *", "MON"), ("0 0 * mon *", "mon"), ("0 0 1 JANFEB *", "JANFEB"), ("0 0 * * MAY", "MAY")]
    {
        let (field, why) = Times::read(bad, "UTC").unwrap_err();
        assert_eq!(field, "cron");
        assert!(why.ends_with(&format!("`{word}` means nothing where it stands")), "{why}");
    }
}

#[test]
fn times_are_those_of_cron_in_their_zone() {
    check("0 3 * * *", "UTC", "2026-01-01T03:00:00Z", &["2026-01-02T03:00:00Z", "2026-01-03T03:00:00Z"]);
    check("*/20 * * * *", "UTC", "2026-01-01T03:01:00Z", &["2026-01-01T03:20:00Z", "2026-01-01T03:40:00Z"]);
    check("*/30 0 0 * * *", "UTC", "2026-01-01T00:00:00Z", &["2026-01-01T00:00:30Z", "2026-01-02T00:00:00Z"]);
    check("30 8 * * MON-FRI", "Europe/Paris", "2026-11-20T08:00:00Z", &["2026-11-23T07:30:00Z"]);
    check("0 0 L * *", "Asia/Kolkata", "2026-02-01T00:00:00Z", &["2026-02-27T18:30:00Z"]);
    check("@monthly", "UTC", "2026-01-31T00:00:00Z", &["2026-02-01T00:00:00Z"]);
    check("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", &["2028-02-29T00:00:00Z"]);
}

#[test]
fn where_clocks_go_forward_a_fixed_time_comes_late_and_others_are_left_out() {
    // In Paris 02:00 to 03:00 does not exist on 2026-03-29.
    let zone = "Europe/Paris";
    check("30 2 * * *", zone, "2026-03-28T12:00:00Z", &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
    check("0 3 * * *", zone, "2026-03-28T12:00:00Z", &["2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"]);
    check("*/30 * * * *", zone, "2026-03-29T00:30:00Z", &["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]);
}

#[test]
fn where_clocks_go_back_a_fixed_time_comes_once_and_others_twice() {
    // In Paris 02:00 to 03:00 comes twice on 2026-10-25, at 00:00Z and at 01:00Z.
    let zone = "Europe/Paris";
    check("30 2 * * *", zone, "2026-10-24T12:00:00Z", &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    check("*/30 * * * *", zone, "2026-10-25T00:00:00Z", &["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"]);
}

#[test]
fn what_is_no_time_is_told_with_its_field() {
    let check = |cron: &str, zone: &str, field: &str, words: &str| {
        let (found, message) = Times::read(cron, zone).unwrap_err();
        assert!(found == field && message.contains(words), "{found}: {message}");
    };
    check("", "UTC", "cron", "empty");
    check("0 3 * *", "UTC", "cron", "`0 3 * *` is not a time");
    check("61 3 * * *", "UTC", "cron", "minute, hour");
    check("0 3 * * FOO", "UTC", "cron", "is not a time");
    check("0 0 3 * * * 2030", "UTC", "cron", "is not a time");
    check("0 0 30 2 *", "UTC", "cron", "never comes");
    check("0 3 * * *", "Europe/Atlantis", "time_zone", "`Europe/Atlantis` is not a time zone");
}

#[test]
fn what_was_missed_is_made_up_for_once() {
    let due = |missed, seen: &str, now: &str| -> Vec<String> {
        let all = schedule("0 3 * * *", "UTC", missed).due(micros(seen), micros(now));
        all.into_iter().map(Times::show).collect()
    };
    let (run, skip) = (Missed::RunOnce, Missed::Skip);
    let (seen, late) = ("2026-01-01T03:00:00Z", "2026-01-04T12:00:00Z");
    assert_eq!(due(run, seen, late), ["2026-01-04T03:00:00Z"]);
    assert!(due(skip, seen, late).is_empty());
    for missed in [run, skip] {
        assert!(due(missed, seen, "2026-01-02T02:59:59Z").is_empty());
        assert_eq!(due(missed, seen, "2026-01-02T03:00:01Z"), ["2026-01-02T03:00:00Z"]);
    }
    assert_eq!(due(run, seen, "2026-01-03T03:00:05Z"), ["2026-01-02T03:00:00Z", "2026-01-03T03:00:00Z"]);
    let often = schedule("* * * * * *", "UTC", run);
    assert_eq!(often.due(micros(seen), micros("2026-01-01T03:00:04Z")).len(), 4);
    // A whole year of seconds is not gone through.
    assert_eq!(often.due(micros(seen), micros("2027-01-01T03:00:00Z")).len(), 11);
}

#[test]
fn inputs_know_the_time() {
    let inputs =
        schedule("0 3 * * *", "America/New_York", Missed::Skip).inputs(micros("2026-01-02T03:00:00Z"));
    let expect = serde_json::json!({"day": "2026-01-01", "at": ["of 2026-01-02T03:00:00Z"], "n": 1});
    assert_eq!(Value::Object(inputs), expect);
}

proptest! {
    /// However often it is looked, each time is seen to once, and none is left out unless it was missed.
    #[test]
    fn each_time_is_seen_to_once(steps in prop::collection::vec(1_u32..9_000, 1..60), start in 0_u32..86_400) {
        let schedule = schedule("*/7 * * * * *", "UTC", Missed::RunOnce);
        let start = Micros(SAMPLE.0 + i64::from(start) * 1_000_000);
        let (mut seen, mut now, mut all) = (start, start, Vec::new());
        for step in steps {
            now = Micros(now.0 + i64::from(step) * 1_000);
            for time in schedule.due(seen, now) {
                prop_assert!(time > seen && time <= now);
                seen = time;
                all.push(time);
            }
        }
        let times = std::iter::successors(schedule.times.next(start), |time| schedule.times.next(*time));
        let expect: Vec<Micros> = times.take_while(|time| *time <= now).collect();
        prop_assert_eq!(all, expect);
    }
}

#[test]
fn only_what_a_schedule_has_may_be_named() {
    let mut told = Vec::new();
    let inputs = serde_json::json!({
        "good": "{$schedule.date} {$schedule.time}", "a": ["{$schedule.day}"], "b": {"c/d": "x {$schedule.time"},
        "long": [format!("{{$schedule.{}", "é".repeat(50)), format!("{{$schedule.{}}}", "a".repeat(39))],
    });
    unknown(&Pointer::default(), &inputs, &mut |at, name| told.push(format!("{at} {name}")));
    let (cut, whole) = (format!("/long/0 {}…", "é".repeat(40)), format!("/long/1 {}}}", "a".repeat(39)));
    assert_eq!(told, ["/a/0 day}", "/b/c~1d time", &*cut, &*whole]);
}
