use std::collections::BTreeMap;
use std::time::Duration;

use base::{Micros, Rng};
use proptest::prelude::*;

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const PAYLOAD: &[u8] = br#"{"test": 2432232314}"#;
const NOW: Micros = Micros(1_614_265_330_000_000);
const MINUTE: i64 = 60_000_000;

fn keys(texts: &[&str]) -> Vec<Key> {
    texts.iter().map(|text| Key::parse(text).unwrap()).collect()
}

fn check(keys: &[Key], signature: &str, now: Micros) -> Result<(), Unverified> {
    let shown = Shown { id: "msg_1", timestamp: "1614265330", signature };
    verify(keys, shown, PAYLOAD, (now, Duration::from_mins(5)))
}

#[test]
fn the_specifications_libraries_agree() {
    let (timestamp, signature) = sign(&keys(&[SECRET]), "msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, PAYLOAD);
    assert_eq!(
        (timestamp.as_str(), signature.as_str()),
        ("1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    );
}

#[test]
fn keys_are_read_and_told_apart() {
    for (text, error) in [
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", KeyError::Prefix),
        ("whsek_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", KeyError::Prefix),
        ("whsec_*", KeyError::Base64),
        ("whsec_AAAA", KeyError::Secret),
        ("whpk_AAAA", KeyError::Pair),
        ("whsk_AAAA", KeyError::Pair),
    ] {
        assert_eq!(Key::parse(text).unwrap_err(), error, "{text}");
    }
    // RFC 8032 §7.1, test 1: seed and public key
    let pair = Key::parse("whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
    let public = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    assert_eq!(pair.public().as_deref(), Some(public));
    assert!(pair.signs() && !Key::parse(public).unwrap().signs());
    assert_eq!(Key::parse(SECRET).unwrap().public(), None);
    assert!(Key::parse(&Key::secret(&[7; 32])).unwrap().signs());
    assert!(!format!("{:?}", Key::parse(SECRET).unwrap()).contains("MfK"));
}

#[test]
fn each_key_signs_and_one_that_is_known_is_enough() {
    let pair = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    let public = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let (_, signature) = sign(&keys(&[SECRET, OTHER, pair, public]), "msg_1", NOW, PAYLOAD);
    assert_eq!(signature.split(' ').count(), 3);
    for known in [SECRET, OTHER, pair, public] {
        assert_eq!(check(&keys(&[known]), &signature, NOW), Ok(()), "{known}");
    }
    let unknown = keys(&["whsec_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"]);
    assert_eq!(check(&unknown, &signature, NOW), Err(Unverified::Signature));
    for bad in
        ["", "v1", "v1,", "v1,%%", "v2,AAAA", "v1a,AAAA", "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="]
    {
        assert_eq!(check(&keys(&[SECRET]), bad, NOW), Err(Unverified::Signature), "{bad}");
    }
    // of very many, as many are looked at as somebody would send
    let many = format!("{}{signature}", "v1,AAAA ".repeat(16));
    assert_eq!(check(&keys(&[SECRET]), &many, NOW), Err(Unverified::Signature));
}

#[test]
fn old_times_and_changed_requests_are_not_believed() {
    let known = keys(&[SECRET]);
    let (timestamp, signature) = sign(&known, "msg_1", NOW, PAYLOAD);
    for (moved, expect) in [
        (0, Ok(())),
        (5 * MINUTE, Ok(())),
        (-5 * MINUTE, Ok(())),
        (5 * MINUTE + 1_000_000, Err(Unverified::TooOld)),
        (-5 * MINUTE - 1_000_000, Err(Unverified::TooNew)),
    ] {
        assert_eq!(check(&known, &signature, Micros(NOW.0 + moved)), expect, "{moved}");
    }
    let tolerance = Duration::from_mins(5);
    for (id, timestamp, payload, expect) in [
        ("msg_2", &*timestamp, PAYLOAD, Unverified::Signature),
        ("msg_1", "1614265331", PAYLOAD, Unverified::Signature),
        ("msg_1", &timestamp, b"{}", Unverified::Signature),
        ("", &timestamp, PAYLOAD, Unverified::Malformed),
        ("msg.1", &timestamp, PAYLOAD, Unverified::Malformed),
        ("msg_1", "+1614265330", PAYLOAD, Unverified::Malformed),
        ("msg_1", "", PAYLOAD, Unverified::Malformed),
        ("msg_1", "99999999999999999999", PAYLOAD, Unverified::Malformed),
        ("msg_1", "9223372036854775807", PAYLOAD, Unverified::TooNew),
    ] {
        let shown = Shown { id, timestamp, signature: &signature };
        assert_eq!(verify(&known, shown, payload, (NOW, tolerance)), Err(expect), "{id} {timestamp}");
    }
}

/// A queue in simulated time.
struct World {
    desk: Desk,
    schedule: Schedule,
    /// By when it is due, and its number: attempts, and since when it waits.
    queue: BTreeMap<(Micros, usize), (u32, Micros)>,
    attempts: usize,
    delivered: Vec<(usize, Micros)>,
    dead: Vec<(usize, Dead, Micros)>,
}

impl World {
    fn new() -> Self {
        Self {
            desk: Desk::new(Rng::seeded(7)),
            schedule: Schedule::default(),
            queue: BTreeMap::new(),
            attempts: 0,
            delivered: Vec::new(),
            dead: Vec::new(),
        }
    }

    fn off(&self) -> Option<Off> {
        self.desk.health("shop", "a").off
    }

    fn add(&mut self, number: usize, at: Micros) {
        self.queue.insert((at, number), (0, at));
    }

    fn wake(&mut self, now: Micros) {
        for ((at, number), (attempts, began)) in std::mem::take(&mut self.queue) {
            self.queue.insert((at.min(now.max(began)), number), (attempts, began));
        }
    }

    /// Makes everything that becomes due; an attempt takes no time.
    fn run(&mut self, answers: impl Fn(usize, Micros) -> Outcome) {
        while let Some(((now, number), (attempts, began))) = self.queue.pop_first() {
            match self.desk.admit(&shop(&self.schedule), (attempts, began), now) {
                Admission::Later(at) => {
                    assert!(at > now);
                    self.queue.insert((at, number), (attempts, began));
                }
                Admission::Busy => panic!("an attempt takes no time"),
                Admission::Dead(why) => self.dead.push((number, why, now)),
                Admission::Send => {
                    self.attempts += 1;
                    let outcome = answers(number, now);
                    let settled =
                        self.desk.settle(&shop(&self.schedule), (attempts + 1, began), (outcome, now));
                    match settled.verdict {
                        Verdict::Delivered => self.delivered.push((number, now)),
                        Verdict::Dead(why) => self.dead.push((number, why, now)),
                        Verdict::Again(at) => {
                            assert!(at > now);
                            self.queue.insert((at, number), (attempts + 1, began));
                        }
                    }
                    if settled.wake {
                        self.wake(now);
                    }
                }
            }
        }
    }
}

/// The endpoint that the events go to.
fn shop(schedule: &Schedule) -> Receiver<'_> {
    Receiver { endpoint: "shop", address: "a", schedule }
}

#[test]
fn a_receiver_that_is_down_for_an_hour_gets_each_event_once_it_is_back() {
    let mut world = World::new();
    // 1,000 events in two hours, the receiver being down in the first
    (0..1_000)
        .for_each(|number| world.add(number, Micros(NOW.0 + i64::try_from(number).unwrap() * 7_200_000)));
    let back = Micros(NOW.0 + 60 * MINUTE);
    world.run(|_, now| if now < back { Outcome::Unanswered } else { Outcome::Answered(204, None) });
    let mut numbers: Vec<usize> = world.delivered.iter().map(|(number, _)| *number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..1_000).collect::<Vec<_>>());
    assert!(world.dead.is_empty());
    // soon after, and without a storm before: one was tried for all
    let last = world.delivered.iter().filter(|(number, _)| *number < 500).map(|(_, at)| at.0).max().unwrap();
    assert!(last - back.0 <= 18 * MINUTE, "{}", (last - back.0) / MINUTE);
    assert!(world.attempts < 1_030, "{}", world.attempts);
}

#[test]
fn what_never_comes_through_is_a_dead_letter_after_a_day() {
    let mut world = World::new();
    (0..3).for_each(|number| world.add(number, NOW));
    world.run(
        |number, _| if number == 0 { Outcome::Answered(400, None) } else { Outcome::Answered(200, None) },
    );
    assert_eq!(world.delivered.len(), 2);
    let [(0, Dead::Expired, at)] = world.dead[..] else { panic!("{:?}", world.dead) };
    assert_eq!(at.0 - NOW.0, 24 * 60 * MINUTE);
    // 5 s, 10 s, … and then every quarter of an hour
    assert!((95..115).contains(&world.attempts), "{}", world.attempts);
}

#[test]
fn one_that_fails_by_itself_holds_up_no_other() {
    let mut world = World::new();
    (0..100).for_each(|number| world.add(number, NOW));
    world.run(
        |number, _| if number == 0 { Outcome::Answered(500, None) } else { Outcome::Answered(200, None) },
    );
    assert!(world.delivered.iter().all(|(_, at)| *at == NOW) && world.delivered.len() == 99);
}

#[test]
fn gone_is_gone_and_long_failure_switches_off() {
    let mut world = World::new();
    (0..5).for_each(|number| world.add(number, NOW));
    world.run(|_, _| Outcome::Answered(410, None));
    assert_eq!((world.attempts, world.dead.len()), (1, 5));
    assert_eq!(world.off(), Some(Off::Gone));
    // switched on again, and failing for five days
    world.desk.set("shop", Health::default());
    (0..140).for_each(|hour| world.add(hour, Micros(NOW.0 + i64::try_from(hour).unwrap() * 60 * MINUTE)));
    world.run(|_, _| Outcome::Unanswered);
    assert_eq!(world.off(), Some(Off::Failing));
    let first = world
        .dead
        .iter()
        .filter(|(_, why, _)| *why == Dead::Off)
        .map(|(_, _, at)| at.0)
        .filter(|at| *at > NOW.0)
        .min()
        .unwrap();
    assert!((first - NOW.0 - 5 * 24 * 60 * MINUTE) < 60 * MINUTE, "{}", (first - NOW.0) / MINUTE);
    assert_eq!(world.dead.len(), 145);
}

const HOUR: i64 = 60 * MINUTE;

fn hours(after: i64) -> Micros {
    Micros(NOW.0 + after * HOUR)
}

#[test]
fn an_endpoint_that_is_asked_seldom_is_not_switched_off_for_time_in_which_nothing_was_sent() {
    let mut world = World::new();
    // three events that fail for a day each, then nothing for a week, and once more
    for (number, at) in [0, 1, 2, 9 * 24, 9 * 24 + 1, 18 * 24].into_iter().enumerate() {
        world.add(number, hours(at));
    }
    world.run(|_, _| Outcome::Unanswered);
    assert_eq!((world.off(), world.dead.len()), (None, 6));
    assert!(world.dead.iter().all(|(_, why, _)| *why == Dead::Expired), "{:?}", world.dead);
    // one a day is enough: each is tried for a day
    let mut world = World::new();
    (0..8).for_each(|day| world.add(day, hours(24 * i64::try_from(day).unwrap())));
    world.run(|_, _| Outcome::Answered(500, None));
    assert_eq!(world.off(), Some(Off::Failing));
    let off = world.dead.iter().filter(|(_, why, _)| *why == Dead::Off).map(|(_, _, at)| at.0).min();
    assert!((0..2 * HOUR).contains(&(off.unwrap() - hours(5 * 24).0)), "{off:?}");
}

#[test]
fn one_delivery_that_always_fails_switches_nothing_off() {
    let mut world = World::new();
    world.schedule = Schedule { lasts: Duration::from_hours(7 * 24), ..Schedule::default() };
    world.add(0, NOW);
    world.run(|_, _| Outcome::Answered(400, None));
    assert_eq!((world.off(), world.dead.as_slice()), (None, &[(0, Dead::Expired, hours(7 * 24))][..]));
}

#[test]
fn a_receiver_that_asks_to_be_left_alone_for_a_day_each_time_is_switched_off_in_the_end() {
    let mut world = World::new();
    (0..8 * 24).for_each(|hour| world.add(hour, hours(i64::try_from(hour).unwrap())));
    world.run(|_, _| Outcome::Answered(503, Some(Duration::from_hours(24))));
    assert_eq!(world.off(), Some(Off::Failing));
}

#[test]
fn another_address_is_another_receiver() {
    let schedule = Schedule::default();
    let at = |address| Receiver { endpoint: "shop", address, schedule: &schedule };
    let mut desk = Desk::new(Rng::seeded(1));
    let answer = |desk: &mut Desk, address, status, now| {
        assert_eq!(desk.admit(&at(address), (0, now), now), Admission::Send);
        desk.settle(&at(address), (1, now), (Outcome::Answered(status, None), now))
    };
    let off = answer(&mut desk, "a", 410, NOW).health.unwrap();
    assert_eq!((off.off, off.address.as_deref()), (Some(Off::Gone), Some("a")));
    // what was kept is taken in by the next process
    let mut desk = Desk::new(Rng::seeded(1));
    desk.set("shop", off);
    assert_eq!(desk.health("shop", "a").off, Some(Off::Gone));
    assert_eq!(desk.health("shop", "b"), Health::default());
    assert_eq!(desk.admit(&at("a"), (0, NOW), NOW), Admission::Dead(Dead::Off));
    // what is kept of another address goes, also where all is well
    assert_eq!(answer(&mut desk, "b", 200, NOW).health, Some(Health::default()));
    assert_eq!(answer(&mut desk, "b", 200, NOW).health, None);
    let failing = answer(&mut desk, "b", 500, NOW).health.unwrap();
    assert_eq!((failing.off, failing.address.as_deref()), (None, Some("b")));
    let failing = answer(&mut desk, "c", 500, hours(1)).health.unwrap();
    assert_eq!((failing.failing_since, failing.failed), (Some(hours(1)), 1));
    // of an earlier version's, it is not known
    desk.set("shop", Health { off: Some(Off::Failing), ..Health::default() });
    assert_eq!(desk.admit(&at("c"), (0, NOW), NOW), Admission::Dead(Dead::Off));
}

#[test]
fn who_asks_to_be_left_alone_is() {
    let mut desk = Desk::new(Rng::seeded(1));
    let schedule = Schedule::default();
    let ask = |desk: &mut Desk, now| desk.admit(&shop(&schedule), (0, NOW), now);
    assert_eq!(ask(&mut desk, NOW), Admission::Send);
    assert_eq!(ask(&mut desk, NOW), Admission::Send);
    let wait = Duration::from_secs(90);
    let settled = desk.settle(&shop(&schedule), (1, NOW), (Outcome::Answered(503, Some(wait)), NOW));
    let until = Micros(NOW.0 + 90_000_000);
    assert_eq!(settled.verdict, Verdict::Again(until));
    let health = Health {
        address: Some("a".into()),
        failing_since: Some(NOW),
        failed_at: Some(NOW),
        failed: 1,
        off: None,
    };
    assert_eq!(settled.health, Some(health));
    assert_eq!(ask(&mut desk, NOW), Admission::Later(until));
    assert_eq!(ask(&mut desk, Micros(until.0 - 1)), Admission::Later(until));
    // the other one that was under way comes through
    let settled = desk.settle(&shop(&schedule), (1, NOW), (Outcome::Answered(200, None), NOW));
    assert_eq!((settled.verdict, settled.wake), (Verdict::Delivered, true));
    assert_eq!(settled.health, Some(Health::default()));
    let sent = (0..9).filter(|_| ask(&mut desk, NOW) == Admission::Send).count();
    assert_eq!(sent, 4);
    // a year is not waited for
    desk.settle(&shop(&schedule), (1, NOW), (Outcome::Answered(429, Some(Duration::MAX)), NOW));
    assert_eq!(ask(&mut desk, NOW), Admission::Later(Micros(NOW.0 + 24 * 60 * MINUTE)));
}

proptest! {
    /// Whatever receivers answer, each delivery ends once, and within its time.
    #[test]
    fn each_delivery_ends_once(statuses in proptest::collection::vec((0..6_usize, 0..3_u64), 1..40), count in 1..30_usize) {
        let mut world = World::new();
        (0..count).for_each(|number| world.add(number, Micros(NOW.0 + i64::try_from(number).unwrap() * MINUTE)));
        world.run(|number, now| {
            let at = usize::try_from(now.0 / MINUTE).unwrap() + number;
            let (kind, hours) = statuses[at % statuses.len()];
            let asked = (hours > 0).then(|| Duration::from_secs(hours * 3_600));
            match kind {
                0 => Outcome::Unanswered,
                1 => Outcome::Answered(503, asked),
                2 => Outcome::Answered(404, None),
                3 => Outcome::Answered(302, None),
                4 => Outcome::Answered(500, asked),
                _ => Outcome::Answered(200, None),
            }
        });
        prop_assert_eq!(world.delivered.len() + world.dead.len(), count);
        let ends = world.delivered.iter().map(|(_, at)| *at).chain(world.dead.iter().map(|(_, _, at)| *at));
        prop_assert!(ends.max().unwrap().0 - NOW.0 <= 27 * 60 * MINUTE);
    }
}
