//! Signing in.

use std::time::Duration;

use serde_json::json;

use crate::support::{PASSWORD, Who, api};

#[tokio::test]
async fn wrong_tries_are_refused_alike_and_then_slowed_down() {
    let api = api();
    api.admin().await;
    let nobody = Who::default();
    let body = |email: &str, password: &str| json!({ "email": email, "password": password });
    let unknown = api.post(&nobody, "/api/v1/session", body("who@example.com", PASSWORD)).await;
    let wrong = api.post(&nobody, "/api/v1/session", body("root@example.com", "wrong")).await;
    assert_eq!(unknown.problem(401), wrong.problem(401));
    assert_eq!(unknown.json()["detail"], wrong.json()["detail"]);
    let mut tries = 1;
    let slowed = loop {
        let answer = api.post(&nobody, "/api/v1/session", body("root@example.com", "wrong")).await;
        if answer.status != 401 {
            break answer;
        }
        tries += 1;
        assert!(tries < 50, "tries are not limited");
    };
    assert_eq!(slowed.problem(429), "throttled");
    let right = api.post(&nobody, "/api/v1/session", body("root@example.com", PASSWORD)).await;
    assert_eq!(right.problem(429), "throttled");
    let wait: u64 = right.header("retry-after").parse().unwrap();
    api.clock.advance(Duration::from_secs(wait));
    api.post(&nobody, "/api/v1/session", body("root@example.com", PASSWORD)).await.expect(200);
}

#[tokio::test]
async fn the_cookie_is_secure_behind_a_proxy_that_speaks_tls() {
    let api = api();
    api.admin().await;
    let body = json!({ "email": "root@example.com", "password": PASSWORD });
    let headers = [("x-forwarded-proto", "https"), ("origin", "https://localhost:8081")];
    let answer =
        api.send_with(&Who::default(), "POST", "/api/v1/session", &headers, Some(body)).await.expect(200);
    assert!(answer.header("set-cookie").ends_with("; Secure"));
}
