//! Calls and metrics.

mod bodies;
mod live;
mod search;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use base::{Micros, RequestId, Rng};
use trace::{Attempt, CallRecord, Phases, RouteLabels, SpanId, TraceId};

use crate::support::Api;

/// Records a call of a team and waits until it is written.
pub(crate) async fn record(api: &Api, team: &str, path: &str, status: u16) -> String {
    record_with(api, team, path, status, |_| {}).await
}

/// The same with what else is to be in the record.
pub(crate) async fn record_with(
    api: &Api,
    team: &str,
    path: &str,
    status: u16,
    change: impl FnOnce(&mut CallRecord),
) -> String {
    let mut written = api.log.live();
    let mut rng = Rng::from_system();
    let started = api.clock.wall();
    let id = RequestId::new(started, &mut rng);
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut record = CallRecord::new(id, TraceId([7; 16]), SpanId([8; 8]), Micros(started.0), client);
    record.method = "GET".into();
    record.path = path.into();
    record.status = status;
    record.duration_us = 1_000;
    change(&mut record);
    if !team.is_empty() {
        let labels = RouteLabels { team: team.into(), service: "shop".into(), route: "r".into() };
        record.place = Some(Arc::new(labels));
    }
    let mut attempt = Attempt::new(1, "127.0.0.1:9000".into(), 100);
    attempt.phases = Phases { send: 50, wait: 500, receive: 150, ..Phases::default() };
    attempt.status = status;
    record.attempts.push(attempt);
    api.record(record);
    written.recv().await.unwrap();
    id.to_string()
}
