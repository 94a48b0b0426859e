//! When sessions end.

use std::time::Duration;

use crate::support::api;

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_or_has_lasted_a_week() {
    let api = api();
    let admin = api.admin().await;
    for _ in 0..13 {
        api.clock.advance(Duration::from_hours(11));
        api.get(&admin, "/api/v1/session").await.expect(200);
    }
    api.clock.advance(Duration::from_hours(11));
    api.get(&admin, "/api/v1/session").await.expect(200);
    api.clock.advance(Duration::from_hours(11));
    api.get(&admin, "/api/v1/session").await.expect(200);
    api.clock.advance(Duration::from_hours(11));
    assert_eq!(api.get(&admin, "/api/v1/session").await.problem(401), "unauthenticated");
}

#[tokio::test]
async fn an_idle_session_ends() {
    let api = api();
    let admin = api.admin().await;
    api.clock.advance(Duration::from_hours(12));
    assert_eq!(api.get(&admin, "/api/v1/session").await.problem(401), "unauthenticated");
}
