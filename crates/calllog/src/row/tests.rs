//! What is written is read again, whole; what is cut or changed is an error, never a panic.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use base::{Micros, RequestId, Rng};
use trace::{
    AiRecord, Attempt, CallRecord, CallerLabels, FlowRecord, FlowStep, GraphqlRecord, Pieces, Protocol,
    RouteLabels, SpanId, StageTime, StepEnd, TokenUsage, TraceId,
};

use super::{Row, write};
use crate::Call;
use crate::groups::Numbers;
use crate::words::{WordList, Words};

fn full(rng: &mut Rng) -> CallRecord {
    let client = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let mut record = CallRecord::new(
        RequestId::new(Micros(9), rng),
        TraceId::random(rng),
        SpanId::random(rng),
        Micros(5),
        client,
    );
    record.parent_span_id = Some(SpanId::random(rng));
    (record.duration_us, record.first_byte_us) = (u64::MAX, Some(u32::MAX));
    (record.method, record.host, record.path) = ("GET".into(), "a.example".into(), "/ä".into());
    (record.query, record.status, record.reason) = (Some("a=1".into()), 503, Some("upstream_reset".into()));
    (record.protocol, record.tls) = (Protocol::Http2, true);
    record.place = Some(Arc::new(RouteLabels { team: "t".into(), service: "s".into(), route: "r".into() }));
    record.caller =
        Some(Arc::new(CallerLabels { application: "a".into(), plan: "p".into(), credential: "c".into() }));
    record.upstream = Some("u".into());
    (record.bytes_in, record.bytes_out) = (1, u64::MAX);
    let mut attempt = Attempt::new(2, "b:80".into(), 7);
    (attempt.retry_of, attempt.reason, attempt.error) =
        (Some(1), Some("status_503".into()), Some("x".into()));
    (attempt.discarded, attempt.reused, attempt.protocol) = (true, true, Some(Protocol::Http11));
    (attempt.phases.wait, attempt.phases.receive) = (0, u32::MAX - 1);
    (attempt.peer, attempt.status) = (Some(([127, 0, 0, 1], 80).into()), 999);
    record.attempts.extend([Attempt::new(1, "a:80".into(), 0), attempt]);
    record.stages.push(StageTime { name: "route".into(), start_us: 1, duration_us: 2 });
    record.ai = Some(Box::new(AiRecord {
        dialect: "openai_chat".into(),
        alias: Some("smart".into()),
        provider: Some("anthropic".into()),
        model: Some("m".into()),
        streamed: true,
        usage: TokenUsage { input: 1, output: 2, cache_read: 3, cache_write: 4, reasoning: 5 },
        estimated: true,
        pieces: Pieces { images: 6, millis: 7, characters: 8, queries: 9 },
        cost_micros: Some(-3),
        cost_reported: true,
        finish_reason: Some("stop".into()),
        ttft_us: Some(1),
        inter_token_p50_us: Some(2),
        dropped_params: vec!["seed".into()],
    }));
    let step = |name: &str, end, within, call| FlowStep {
        name: name.into(),
        attempt: 2,
        start_us: 3,
        duration_us: u64::MAX,
        status: 200,
        end,
        after: vec![0, u32::MAX],
        within,
        call,
    };
    record.flow = Some(Box::new(FlowRecord {
        steps: vec![
            step("pay", StepEnd::Good, None, None),
            step("pay/charge", StepEnd::Skipped, Some(0), Some(RequestId::new(Micros(4), rng))),
        ],
    }));
    record.graphql = Some(Box::new(GraphqlRecord::new("mutation", Some("Order"))));
    record.request_headers.push(("accept".into(), "*/*".into()));
    record.response_headers.push(("date".into(), "now".into()));
    record.user_agent = Some("curl".into());
    record
}

#[test]
fn rows_come_back_as_they_went_in() {
    let mut rng = Rng::seeded(1);
    let plain = CallRecord::new(
        RequestId::new(Micros(9), &mut rng),
        TraceId::random(&mut rng),
        SpanId::random(&mut rng),
        Micros(1_000_000),
        IpAddr::from([10, 0, 0, 1]),
    );
    for record in [full(&mut rng), plain] {
        let (mut out, mut words) = (Vec::new(), Words::default());
        let numbers = Numbers::of(&record, &mut words);
        write(&mut out, &mut words, &numbers, &record, Micros(77));
        let list = WordList::read(words.bytes()).unwrap();
        let row = Row::read(&out, &list, Micros(77)).unwrap();
        let call = row.call(&list).unwrap();
        assert_eq!(call, Call::from(&record));
        let facts = call.facts();
        assert_eq!(
            (facts.id, facts.trace_id, facts.path, facts.model, facts.kind, facts.operation),
            (
                row.facts.id,
                row.facts.trace_id,
                row.facts.path,
                row.facts.model,
                row.facts.kind,
                row.facts.operation
            )
        );
    }
}

#[test]
fn a_flow_is_behind_the_rest_of_its_call_and_costs_nobody_else_a_byte() {
    let mut rng = Rng::seeded(3);
    let with = full(&mut rng);
    let without = CallRecord { flow: None, ..with.clone() };
    let [with, without] = [with, without].map(|record| {
        let (mut out, mut words) = (Vec::new(), Words::default());
        let numbers = Numbers::of(&record, &mut words);
        write(&mut out, &mut words, &numbers, &record, Micros(77));
        out
    });
    assert_eq!(with[1..without.len()], without[1..]);
    // Two steps, one with a call's id, whose times are the largest that there are.
    assert!(with.len() - without.len() <= 80, "{}", with.len() - without.len());
}

#[test]
fn damaged_rows_are_errors() {
    let mut rng = Rng::seeded(2);
    let (mut out, mut words) = (Vec::new(), Words::default());
    let record = full(&mut rng);
    let numbers = Numbers::of(&record, &mut words);
    write(&mut out, &mut words, &numbers, &record, Micros(0));
    let list = WordList::read(words.bytes()).unwrap();
    for end in 0..out.len() {
        let whole = Row::read(&out[..end], &list, Micros(0)).and_then(|row| row.call(&list));
        assert!(whole.is_err(), "cut at {end}");
    }
    for at in 0..out.len() {
        let mut changed = out.clone();
        changed[at] ^= 0x80;
        // Some changes give another call; none may panic or take the memory of the machine.
        if let Ok(call) = Row::read(&changed, &list, Micros(0)).and_then(|row| row.call(&list)) {
            assert!(call.attempts.len() < out.len(), "changed at {at}");
        }
    }
    assert!(WordList::read(&[9, b'a']).is_err());
}
