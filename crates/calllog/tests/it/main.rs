//! The call log over its public interface: what goes in comes out, also after a restart.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Micros, RequestId, Rng};
use calllog::{CallFilter, Config, OverviewQuery, StatusFilter};
use trace::{AiRecord, Attempt, CallRecord, GraphqlRecord, Pieces, RouteLabels, SpanId, TokenUsage, TraceId};

const DAY: i64 = 86_400_000_000;
const NOON: i64 = 1_795_262_400_000_000;

fn record(rng: &mut Rng, at: i64, path: &str, status: u16) -> Box<CallRecord> {
    let id = RequestId::new(Micros(at), rng);
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut record =
        Box::new(CallRecord::new(id, TraceId::random(rng), SpanId::random(rng), Micros(at), client));
    record.method = "GET".into();
    record.path = path.into();
    record.status = status;
    record.duration_us = 1_500;
    record.place =
        Some(Arc::new(RouteLabels { team: "t".into(), service: "shop".into(), route: "r".into() }));
    record.attempts.push(Attempt::new(1, "a:80".into(), 10));
    record
}

#[test]
fn what_is_recorded_is_found_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(NOON));
    let mut rng = Rng::seeded(1);
    let (recorder, log, writer) = Config::new(folder.path()).build(clock.clone()).unwrap();
    let mut live = log.live();
    for at in 0..250 {
        let status = if at % 10 == 0 { 503 } else { 200 };
        recorder.record(record(&mut rng, NOON + at, &format!("/orders/{at}"), status));
    }
    drop(recorder);
    writer.finish();
    assert_eq!(live.try_recv().unwrap().path, "/orders/0");
    assert_eq!((log.stats().written, log.stats().dropped), (250, 0));
    drop(log);
    let (_recorder, log, _writer) = Config::new(folder.path()).build(clock).unwrap();
    let mut paths = Vec::new();
    let mut cursor = None;
    loop {
        let page = log.search(&CallFilter::default(), cursor.as_deref(), 100).unwrap();
        paths.extend(page.items.iter().map(|call| call.path.clone()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let wanted: Vec<String> = (0..250).rev().map(|at| format!("/orders/{at}")).collect();
    assert_eq!(paths, wanted);
    let errors = CallFilter {
        status: StatusFilter::parse("5xx"),
        contains: "/orders/2".into(),
        ..CallFilter::default()
    };
    let found = log.search(&errors, None, 100).unwrap();
    let found: Vec<_> = found.items.iter().map(|call| call.path.as_str()).collect();
    assert_eq!(
        found,
        ["/orders/240", "/orders/230", "/orders/220", "/orders/210", "/orders/200", "/orders/20"]
    );
    let trace = TraceId::parse(&found_trace(&log, "/orders/7").unwrap()).unwrap();
    let traced = CallFilter { trace: Some(trace), ..CallFilter::default() };
    let traced = log.search(&traced, None, 100).unwrap().items;
    assert_eq!(traced.iter().map(|call| call.path.as_str()).collect::<Vec<_>>(), ["/orders/7"]);
    let id = traced.first().unwrap().id.clone();
    assert_eq!(log.get(&id).unwrap().as_ref(), traced.first());
    assert_eq!(log.get("01900000-0000-7000-8000-000000000000").unwrap(), None);
    let elsewhere = CallFilter { teams: Some(vec!["u".into()]), ..CallFilter::default() };
    assert!(log.search(&elsewhere, None, 100).unwrap().items.is_empty());
}

#[test]
fn calls_of_graphql_are_found_by_their_operation() {
    let folder = tempfile::tempdir().unwrap();
    let (recorder, log, writer) = Config::new(folder.path()).build(Clock::manual(Micros(NOON))).unwrap();
    let mut rng = Rng::seeded(1);
    let mut live = log.live();
    for (at, graphql) in [
        None,
        Some(GraphqlRecord::new("query", Some("Cart"))),
        Some(GraphqlRecord::new("query", None)),
        Some(GraphqlRecord::new("mutation", Some("Order"))),
        Some(GraphqlRecord::new("", Some("Cart\nGET /forged"))),
    ]
    .into_iter()
    .enumerate()
    {
        let mut record = record(&mut rng, NOON + i64::try_from(at).unwrap(), "/graphql", 200);
        record.graphql = graphql.map(Box::new);
        recorder.record(record);
    }
    drop(recorder);
    writer.finish();
    let lives: Vec<_> = std::iter::from_fn(|| live.try_recv().ok()).collect();
    let of = |operation: &str, kind: &str| {
        let filter = CallFilter { operation: operation.into(), kind: kind.into(), ..CallFilter::default() };
        let found = log.search(&filter, None, 100).unwrap().items;
        assert_eq!(found.len(), lives.iter().filter(|call| filter.matches(call)).count());
        found.iter().map(|call| call.started.0 - NOON).collect::<Vec<_>>()
    };
    assert_eq!(of("", ""), [4, 3, 2, 1, 0]);
    assert_eq!(of("Cart", ""), [1]);
    assert_eq!(of("", "query"), [2, 1]);
    assert_eq!(of("Order", "mutation"), [3]);
    let order = log.search(&CallFilter { kind: "mutation".into(), ..CallFilter::default() }, None, 1);
    let root = order.unwrap().items[0].waterfall().remove(0);
    assert!(root.attrs.contains(&("operation", "mutation Order".to_owned())), "{:?}", root.attrs);
}

fn found_trace(log: &calllog::CallLog, path: &str) -> Option<String> {
    let filter = CallFilter { contains: path.into(), ..CallFilter::default() };
    let found = log.search(&filter, None, 200).ok()?.items;
    found.iter().find(|call| call.path == path).map(|call| call.trace_id.clone())
}

#[test]
fn the_overview_counts_every_call_once_and_metrics_agree() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(NOON));
    let mut rng = Rng::seeded(2);
    let (recorder, log, writer) = Config::new(folder.path()).build(clock).unwrap();
    for at in 0..120 {
        let status = if at < 12 { 500 } else { 200 };
        recorder.record(record(&mut rng, NOON + at * 1_000_000, "/x", status));
    }
    drop(recorder);
    writer.finish();
    let query = OverviewQuery {
        from: Micros(NOON - 600_000_000),
        to: Micros(NOON + 600_000_000),
        step_minutes: 1,
        ..OverviewQuery::default()
    };
    let overview = log.overview(&query).unwrap();
    assert_eq!((overview.totals.calls, overview.totals.errors_5xx), (120, 12));
    assert_eq!(overview.series.iter().map(|point| point.totals.calls).sum::<u64>(), 120);
    assert_eq!((overview.series.len(), overview.step_s), (20, 60));
    assert_eq!(
        overview.top.services.first().map(|top| (top.name.as_str(), top.calls, top.errors)),
        Some(("shop", 120, 12))
    );
    let hours = log
        .overview(&OverviewQuery {
            from: Micros(NOON - DAY),
            to: Micros(NOON + DAY),
            ..OverviewQuery::default()
        })
        .unwrap();
    assert_eq!(hours.totals.calls, 120);
    let metrics = log.prometheus();
    let line = "http_server_request_duration_seconds_count{team=\"t\",service=\"shop\",http_request_method=\"GET\",http_response_status_code=\"200\"} 108";
    assert!(metrics.contains(line), "{metrics}");
}

/// QuantumNous/new-api#5440: what the cache gave is the same number in the call, the sums, the series and the metrics.
#[test]
fn cache_reads_are_the_same_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::seeded(3);
    let (recorder, log, writer) = Config::new(folder.path()).build(Clock::manual(Micros(NOON))).unwrap();
    let ai = AiRecord {
        provider: Some("anthropic".into()),
        model: Some("claude".into()),
        usage: TokenUsage { input: 1_000, output: 20, cache_read: 640, cache_write: 300, reasoning: 0 },
        pieces: Pieces { queries: 2, ..Pieces::default() },
        cost_micros: Some(77),
        cost_reported: true,
        ..AiRecord::default()
    };
    for _ in 0..2 {
        let mut call = record(&mut rng, NOON, "/v1/messages", 200);
        call.ai = Some(Box::new(ai.clone()));
        recorder.record(call);
    }
    drop(recorder);
    writer.finish();
    let found = log.search(&CallFilter::default(), None, 10).unwrap().items;
    let kept = found.first().and_then(|call| call.ai.clone()).unwrap();
    assert_eq!((kept.usage, kept.pieces, kept.cost_source()), (ai.usage, ai.pieces, "reported"));
    let (from, to) = (Micros(NOON - 600_000_000), Micros(NOON + 600_000_000));
    let query = OverviewQuery { from, to, step_minutes: 1, ..OverviewQuery::default() };
    let overview = log.overview(&query).unwrap();
    let cached = |totals: &calllog::Totals| (totals.cache_read_tokens, totals.cache_write_tokens);
    assert_eq!(cached(&overview.totals), (1_280, 600));
    assert_eq!(overview.series.iter().map(|point| cached(&point.totals).0).sum::<u64>(), 1_280);
    let labels = "gen_ai_provider_name=\"anthropic\",gen_ai_request_model=\"claude\"";
    for (kind, tokens) in [("read", 1_280), ("write", 600)] {
        let line = format!("gateway_ai_cache_tokens_total{{{labels},kind=\"{kind}\"}} {tokens}\n");
        assert!(log.prometheus().contains(&line), "{}", log.prometheus());
    }
}

#[test]
fn a_full_queue_drops_and_counts() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { queue: 4, ..Config::new(folder.path()) };
    let mut rng = Rng::seeded(3);
    let (recorder, log, writer) = config.build(Clock::manual(Micros(NOON))).unwrap();
    for at in 0..10_000 {
        recorder.record(record(&mut rng, NOON + at, "/x", 200));
    }
    drop(recorder);
    writer.finish();
    let stats = log.stats();
    assert_eq!(stats.queued + stats.dropped, 10_000);
    assert_eq!(stats.written, stats.queued);
}

#[test]
fn old_days_go_as_files_by_their_date() {
    let folder = tempfile::tempdir().unwrap();
    let today = 1_795_262_400;
    assert_eq!(NOON, today * 1_000_000);
    for day in ["2020-01-01", "2026-11-19", "2026-11-20"] {
        std::fs::write(folder.path().join(format!("calls-{day}.db")), b"").unwrap();
    }
    let config = Config { keep_days: 2, ..Config::new(folder.path()) };
    let mut rng = Rng::seeded(4);
    let (recorder, log, writer) = config.build(Clock::manual(Micros(NOON))).unwrap();
    recorder.record(record(&mut rng, NOON, "/x", 200));
    drop(recorder);
    writer.finish();
    assert_eq!(log.stats().oldest.as_deref(), Some("2026-11-20"));
}

#[test]
fn a_day_keeps_to_the_budget_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (budget, slack) = (2 << 20, 7 << 20);
    // What the writer holds back until a time has come would be waited for below while the time stands.
    let flush = Duration::ZERO;
    let config = Config { disk_budget: budget, queue: 100_000, flush, ..Config::new(folder.path()) };
    let clock = Clock::manual(Micros(NOON));
    let mut rng = Rng::seeded(5);
    let (recorder, log, writer) = config.build(clock.clone()).unwrap();
    let (mut calls, mut first, mut last) = (0, None, RequestId::from_bytes([0; 16]));
    let watch = Clock::system();
    let end = watch.now() + Duration::from_mins(1);
    // Some five budgets, in strokes between which the writer looks at what is kept.
    while log.stats().written < 40_000 {
        assert!(watch.now() < end, "{:?}", log.stats());
        for _ in 0..1_000 {
            calls += 1;
            let record = record(&mut rng, NOON + calls, &format!("/{}/{calls}", "long".repeat(50)), 200);
            last = record.id;
            first.get_or_insert(last);
            recorder.record(record);
        }
        while log.stats().written + 1_000 < log.stats().queued {
            assert!(watch.now() < end, "{:?}", log.stats());
            std::thread::yield_now();
        }
        clock.advance(Duration::from_secs(11));
    }
    drop(recorder);
    writer.finish();
    let stats = log.stats();
    assert!(stats.disk_bytes < budget + slack, "{stats:?}");
    assert!(log.get(&last.to_string()).unwrap().is_some());
    assert!(log.get(&first.unwrap().to_string()).unwrap().is_none());
}

#[test]
fn an_hour_of_last_week_is_counted_by_what_is_still_kept_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(NOON));
    let mut rng = Rng::seeded(6);
    let (recorder, log, writer) = Config::new(folder.path()).build(clock.clone()).unwrap();
    recorder.record(record(&mut rng, NOON, "/x", 200));
    clock.advance(Duration::from_hours(5 * 24));
    drop(recorder);
    writer.finish();
    let (from, to) = (Micros(NOON), Micros(NOON + 1_800_000_000));
    let seen = log.overview(&OverviewQuery { from, to, ..OverviewQuery::default() }).unwrap();
    assert_eq!((seen.totals.calls, seen.step_s), (1, 3_600));
}

fn body(text: &[u8]) -> trace::KeptBody {
    let part = trace::BodyPart::Request;
    let mut body = trace::KeptBody {
        part,
        attempt: 0,
        format: "".into(),
        media_type: "application/json".into(),
        to: "".into(),
        total: 0,
        bytes: Vec::new(),
        arrivals: Vec::new(),
    };
    body.push(text, 7, usize::MAX);
    body
}

#[test]
fn bodies_are_kept_apart_without_secrets_for_some_days() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(NOON));
    let mut rng = Rng::seeded(9);
    let build =
        |clock: &Clock| Config { body_days: 2, ..Config::new(folder.path()) }.build(clock.clone()).unwrap();
    let (recorder, log, writer) = build(&clock);
    let mut with = record(&mut rng, NOON, "/with", 200);
    with.bodies = vec![body(br#"{"password":"x","n":1}"#), body(b"\xff\x00")];
    let id = with.id.to_string();
    let without = record(&mut rng, NOON + 1, "/without", 200);
    let other = without.id.to_string();
    recorder.record(with);
    recorder.record(without);
    drop(recorder);
    writer.finish();
    let kept = log.bodies(&id).unwrap();
    assert_eq!(kept[0].bytes, br#"{"password":"***","n":1}"#);
    assert_eq!((kept[0].total, kept[0].arrivals.as_slice()), (24, &[(7, 22)][..]));
    assert_eq!(kept[1].bytes, b"\xff\x00");
    assert_eq!((log.bodies(&other).unwrap(), log.bodies("no id").unwrap()), (Vec::new(), Vec::new()));
    assert!(log.stats().body_bytes > 0);
    drop(log);
    // Two days later the day is over, for bodies and not for records.
    let later = Clock::manual(Micros(NOON + 2 * DAY));
    let (recorder, log, writer) = build(&later);
    drop(recorder);
    writer.finish();
    assert_eq!(log.bodies(&id).unwrap(), Vec::new());
    assert!(log.get(&id).unwrap().is_some());
}

#[test]
fn bodies_that_are_too_many_for_memory_are_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::seeded(10);
    let (recorder, log, writer) = Config::new(folder.path()).build(Clock::manual(Micros(NOON))).unwrap();
    let mut huge = record(&mut rng, NOON, "/huge", 200);
    huge.bodies = vec![body(&vec![b'a'; 80 << 20])];
    let id = huge.id.to_string();
    recorder.record(huge);
    drop(recorder);
    writer.finish();
    assert!(log.get(&id).unwrap().is_some());
    assert_eq!((log.bodies(&id).unwrap(), log.stats().bodies_dropped), (Vec::new(), 1));
}
