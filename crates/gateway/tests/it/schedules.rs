//! Schedules: flows that are run at given times, by a clock that the test moves.

use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Micros};
use futures_util::FutureExt;
use serde_json::json;
use stateport::{JobPort, JobQuery, MemoryJobs, Watched};

use crate::flows::flow;
use crate::gate::Gate;
use crate::jobs::{Crowded, held, next, read};
use crate::upstream::Upstream;

/// 2026-01-01T02:59:58Z.
const BEFORE: Micros = Micros(1_767_236_398_000_000);
const DAY: Duration = Duration::from_hours(24);

/// A flow that reads `/things/{day}` at three o'clock.
fn documents(up: &Upstream, spec: &str) -> String {
    let outputs = json!({"v": "$steps.a.outputs.v"});
    flow(up, &json!([read("a", "$inputs.day")]), &outputs, "")
        + &format!(
            "---\nkind: Schedule\nname: nightly\nspec: {{cron: \"0 3 * * *\", flow: f, inputs: {{day: \"{{$schedule.date}}\"}}{spec}}}\n"
        )
}

struct Night {
    clock: Clock,
    jobs: Arc<MemoryJobs>,
}

impl Night {
    fn new() -> Self {
        let clock = Clock::manual(BEFORE);
        Self { jobs: Arc::new(MemoryJobs::new(clock.clone(), 1 << 20)), clock }
    }

    fn gate(&self, documents: &str) -> Gate {
        Gate::with_jobs(documents, self.clock.clone(), Arc::clone(&self.jobs) as _)
    }

    /// How each job has ended, the newest first; none: it has not.
    fn ends(&self) -> Vec<Option<String>> {
        let lines = self.jobs.list(JobQuery { limit: 100, ..JobQuery::default() });
        let lines = lines.now_or_never().unwrap().unwrap();
        lines.into_iter().map(|line| line.ended.map(|(_, came)| came)).collect()
    }

    fn schedules(&self) -> Vec<Watched> {
        self.jobs.watched().now_or_never().unwrap().unwrap()
    }

    /// Waits until the gateway looks after so many schedules.
    fn watched(&self, count: usize) {
        wait(|| self.schedules().len() == count);
    }

    /// Waits until so many jobs have ended.
    fn ended(&self, count: usize) {
        wait(|| self.ends().into_iter().flatten().count() == count);
    }
}

/// Waits for something that another thread does.
fn wait(is: impl Fn() -> bool) {
    let clock = Clock::system();
    let begun = clock.now();
    while !is() {
        assert!(clock.now().since(begun) < Duration::from_secs(20), "it does not come");
        std::thread::yield_now();
    }
}

fn day(seen: &std::sync::mpsc::Receiver<String>) -> String {
    next(seen).trim().replace("GET /things/", "")
}

#[test]
fn a_time_that_comes_is_a_job_once_also_for_two_gateways_and_after_a_restart() {
    let (up, seen, _) = held("/things/slow");
    let (night, documents) = (Night::new(), documents(&up, ""));
    let (one, other) = (night.gate(&documents), night.gate(&documents));
    night.watched(1);
    assert!(night.ends().is_empty());
    night.clock.advance(Duration::from_secs(2));
    assert_eq!(day(&seen), "2026-01-01");
    night.ended(1);
    one.end_with();
    other.end_with();
    let again = night.gate(&documents);
    night.clock.advance(DAY);
    assert_eq!(day(&seen), "2026-01-02");
    night.ended(2);
    again.end_with();
    assert!(seen.try_recv().is_err(), "each time came once");
}

#[test]
fn what_was_missed_is_made_up_for_once_or_not_at_all() {
    for makes_up in [true, false] {
        let (up, seen, _) = held("/things/slow");
        let night = Night::new();
        let documents = documents(&up, if makes_up { "" } else { ", missed: skip" });
        let first = night.gate(&documents);
        night.watched(1);
        first.end_with();
        // It is away for three nights, and comes up at noon.
        night.clock.advance(3 * DAY + Duration::from_hours(9));
        let second = night.gate(&documents);
        if makes_up {
            assert_eq!(day(&seen), "2026-01-04");
            night.ended(1);
        }
        second.end_with();
        let third = night.gate(&documents);
        night.clock.advance(Duration::from_hours(15) + Duration::from_secs(2));
        assert_eq!(day(&seen), "2026-01-05");
        third.end_with();
        assert!(seen.try_recv().is_err(), "nothing else was run");
    }
}

#[test]
fn a_run_that_has_not_ended_is_let_be_joined_or_replaced() {
    for (concurrency, runs) in [("skip", 1), ("allow", 2), ("replace", 2)] {
        let (up, seen, let_go) = held("/things/slow");
        let spec = format!(", concurrency: {concurrency}");
        let documents = documents(&up, &spec).replace("{$schedule.date}", "slow");
        let documents = documents.replace("0 3 * * *", "*/20 * * * * *");
        let night = Night::new();
        let gate = night.gate(&documents);
        night.watched(1);
        night.clock.advance(Duration::from_secs(2));
        assert_eq!(day(&seen), "slow");
        // Less than the flow's own time.
        night.clock.advance(Duration::from_secs(20));
        if concurrency == "skip" {
            wait(|| night.schedules()[0].last.as_ref().is_some_and(|(_, job)| job.is_none()));
        } else {
            assert_eq!(day(&seen), "slow");
        }
        for _ in 0..runs {
            let_go.send(()).unwrap();
        }
        night.ended(runs);
        let ends: Vec<String> = night.ends().into_iter().flatten().collect();
        let expect: &[&str] = match concurrency {
            "skip" => &["succeeded"],
            "allow" => &["succeeded", "succeeded"],
            _ => &["succeeded", "cancelled"],
        };
        assert_eq!(ends, expect, "{concurrency}");
        gate.end_with();
    }
}

#[test]
fn one_that_is_changed_begins_anew_and_one_that_is_suspended_rests() {
    let (up, seen, _) = held("/things/slow");
    let (night, plain) = (Night::new(), documents(&up, ""));
    let gate = night.gate(&documents(&up, ", suspended: true"));
    night.watched(1);
    night.clock.advance(2 * DAY);
    gate.publish(&plain);
    // Its time begins when it is taken up: nothing is made up for.
    wait(|| night.schedules()[0].at > BEFORE);
    night.clock.advance(Duration::from_secs(2));
    assert_eq!(day(&seen), "2026-01-03");
    night.ended(1);
    let none = plain.split("---\nkind: Schedule").next().unwrap().to_owned();
    gate.publish(&none);
    night.watched(0);
    gate.end_with();
    assert!(seen.try_recv().is_err());
}

#[test]
fn many_new_schedules_are_taken_in_however_few_may_be_asked_for_at_once() {
    let up = Upstream::start(|_, _| {});
    let night = Night::new();
    let one = |number: usize| {
        format!(
            "---\nkind: Schedule\nname: s{number}\nspec: {{cron: \"0 3 * * *\", flow: f, inputs: {{day: a}}}}\n"
        )
    };
    let documents = documents(&up, "") + &(1..200).map(one).collect::<String>();
    let crowded = Arc::new(Crowded::new(Arc::clone(&night.jobs)));
    let gate = Gate::with_jobs(&documents, night.clock.clone(), crowded as _);
    night.watched(200);
    gate.end_with();
}
