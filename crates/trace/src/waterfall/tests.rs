use std::net::{IpAddr, Ipv4Addr};

use base::{Micros, RequestId, Rng};
use proptest::prelude::*;

use super::*;
use crate::{SpanId, StageTime, TraceId};

fn call(duration_us: u64, stages: &[(&'static str, u32, u32)]) -> CallRecord {
    let id = RequestId::new(Micros(0), &mut Rng::seeded(1));
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut record = CallRecord::new(id, TraceId::default(), SpanId::default(), Micros(0), client);
    record.duration_us = duration_us;
    record.method = "GET".into();
    for (name, start_us, duration_us) in stages.iter().copied() {
        record.stages.push(StageTime { name: name.into(), start_us, duration_us });
    }
    record
}

fn attempt(number: u8, started_us: u32, phases: &[(Phase, u32)]) -> Attempt {
    let mut attempt = Attempt::new(number, "10.0.0.1:80".into(), started_us);
    for (phase, micros) in phases {
        attempt.phases.set(*phase, *micros);
    }
    attempt
}

/// The spans as `depth*name@start+duration`, with `!` on the critical path and `~slack` off it.
fn picture(spans: &[Span]) -> Vec<String> {
    let depth = |span: &Span| {
        let mut depth = 0;
        let mut at = span.parent;
        while let Some(parent) = at {
            depth += 1;
            at = spans[parent as usize].parent;
        }
        depth
    };
    let line = |span: &Span| {
        let mark = if span.critical { "!".into() } else { format!("~{}", span.slack_us) };
        format!("{}{}@{}+{}{mark}", " ".repeat(depth(span)), span.name, span.start_us, span.duration_us)
    };
    spans.iter().map(line).collect()
}

#[test]
fn a_plain_call_is_critical_from_end_to_end() {
    let mut record = call(1_000, &[("route", 0, 10), ("target", 10, 590), ("response", 600, 20)]);
    record.attempts.push(attempt(1, 20, &[(Phase::Send, 30), (Phase::Wait, 550), (Phase::Receive, 400)]));
    assert_eq!(
        picture(&waterfall(&record)),
        [
            "GET@0+1000!",
            " route@0+10!",
            " target@10+590!",
            "  attempt 1@20+980!",
            "   send@20+30!",
            "   wait@50+550!",
            "   receive@600+400!",
            // The body went on for 380 µs after the last stage was done.
            " response@600+20~380",
        ]
    );
}

#[test]
fn a_retry_waits_for_the_attempt_that_failed() {
    let mut record = call(500, &[("target", 0, 500)]);
    let mut first = attempt(1, 0, &[(Phase::Dns, 40), (Phase::Connect, 60)]);
    first.error = Some("connect_failed".into());
    let mut second = attempt(2, 150, &[(Phase::Connect, 50), (Phase::Wait, 300)]);
    second.retry_of = Some(1);
    record.attempts = vec![first, second].into();
    let spans = waterfall(&record);
    assert!(spans.iter().all(|span| span.critical), "{:?}", picture(&spans));
    let retry = spans.iter().find(|span| span.name == "attempt 2").unwrap();
    assert!(retry.attrs.contains(&("retry_of", "1".into())));
}

#[test]
fn nothing_waited_for_an_attempt_that_lost() {
    let mut record = call(400, &[("target", 0, 400)]);
    let mut lost = attempt(1, 0, &[(Phase::Wait, 350)]);
    lost.discarded = true;
    record.attempts = vec![lost, attempt(2, 100, &[(Phase::Wait, 300)])].into();
    assert_eq!(
        picture(&waterfall(&record)),
        [
            "GET@0+400!",
            " target@0+400!",
            "  attempt 1@0+350~50",
            "   wait@0+350~50",
            "  attempt 2@100+300!",
            "   wait@100+300!",
        ]
    );
}

#[test]
fn attempts_outside_all_stages_hang_from_the_call() {
    let mut record = call(10, &[]);
    record.attempts.push(attempt(1, 2, &[(Phase::Wait, 8)]));
    assert_eq!(picture(&waterfall(&record)), ["GET@0+10!", " attempt 1@2+8!", "  wait@2+8!"]);
    assert_eq!(picture(&waterfall(&call(5, &[]))), ["GET@0+5!"]);
}

/// A random run: each node starts when the last it waits for is done, plus a delay.
fn run(seed: u64, delays: &[(u64, u64)]) -> (Vec<Node>, Vec<(u64, u64)>) {
    let mut rng = Rng::seeded(seed);
    let mut nodes: Vec<Node> = Vec::new();
    for at in 0..delays.len() {
        let after = (0..at).filter(|_| rng.below(3) == 0).collect();
        nodes.push(Node { end_us: 0, after, last: true });
    }
    let ends = execute(&nodes, delays);
    nodes.iter_mut().zip(ends).for_each(|(node, end)| node.end_us = end);
    (nodes, delays.to_vec())
}

fn execute(nodes: &[Node], delays: &[(u64, u64)]) -> Vec<u64> {
    let mut ends: Vec<u64> = Vec::new();
    for (node, (delay, work)) in nodes.iter().zip(delays) {
        let ready = node.after.iter().map(|at| ends[*at]).max().unwrap_or(0);
        ends.push(ready + delay + work);
    }
    ends
}

proptest! {
    /// The definition of slack, tried out: a node that takes its slack longer delays nothing, and one
    /// microsecond more delays the whole.
    #[test]
    fn slack_is_how_much_longer_a_piece_may_take(
        seed in any::<u64>(),
        delays in prop::collection::vec((0_u64..20, 0_u64..100), 1..25),
    ) {
        let (nodes, delays) = run(seed, &delays);
        let whole = nodes.iter().map(|node| node.end_us).max().unwrap();
        let slack = slacks(&nodes, whole);
        prop_assert!(slack.contains(&0));
        for at in 0..nodes.len() {
            let mut longer = delays.clone();
            longer[at].1 += slack[at];
            prop_assert_eq!(execute(&nodes, &longer).into_iter().max().unwrap(), whole);
            longer[at].1 += 1;
            prop_assert_eq!(execute(&nodes, &longer).into_iter().max().unwrap(), whole + 1);
        }
    }

    #[test]
    fn any_record_gives_a_tree(
        duration in 0_u64..10_000,
        stages in prop::collection::vec((0_u32..5_000, 0_u32..5_000), 0..6),
        attempts in prop::collection::vec((0_u32..5_000, any::<u32>(), prop::option::of(0_u8..5), any::<bool>()), 0..5),
    ) {
        let mut record = call(duration, &[]);
        for (start_us, duration_us) in stages {
            record.stages.push(StageTime { name: "stage".into(), start_us, duration_us });
        }
        for (at, (start, wait, retry_of, discarded)) in attempts.iter().enumerate() {
            let mut attempt = attempt(u8::try_from(at + 1).unwrap(), *start, &[(Phase::Wait, *wait), (Phase::Receive, 5)]);
            (attempt.retry_of, attempt.discarded) = (*retry_of, *discarded);
            record.attempts.push(attempt);
        }
        let spans = waterfall(&record);
        prop_assert_eq!(spans.iter().filter(|span| span.kind == SpanKind::Attempt).count(), attempts.len());
        for (at, span) in spans.iter().enumerate() {
            prop_assert_eq!(span.id as usize, at);
            prop_assert!(span.parent.map_or(at == 0, |parent| (parent as usize) < at));
            prop_assert_eq!(span.critical, span.slack_us == 0);
        }
    }
}
