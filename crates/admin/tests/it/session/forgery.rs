//! Requests that a page of another site makes.

use serde_json::json;

use crate::support::{PASSWORD, Who, api};

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let api = api();
    let admin = api.admin().await;
    let no_token = admin.without("x-csrf-token");
    assert_eq!(api.send(&no_token, "DELETE", "/api/v1/session", None).await.problem(403), "csrf_failed");
    let mut wrong = no_token.clone();
    wrong.headers.push(("x-csrf-token".into(), "wrong".into()));
    assert_eq!(api.send(&wrong, "DELETE", "/api/v1/session", None).await.problem(403), "csrf_failed");
    api.get(&no_token, "/api/v1/session").await.expect(200);
    let gone = api.send(&admin, "DELETE", "/api/v1/session", None).await.expect(204);
    assert!(gone.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(api.get(&admin, "/api/v1/session").await.problem(401), "unauthenticated");
}

#[tokio::test]
async fn other_sites_pages_are_refused() {
    let api = api();
    let admin = api.admin().await;
    let body = || Some(json!({ "email": "root@example.com", "password": PASSWORD }));
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for who in [&Who::default(), &admin] {
            let answer = api.send_with(who, "POST", "/api/v1/session", &[(name, value)], body()).await;
            assert_eq!(answer.problem(403), "foreign_origin", "{name}: {value}");
        }
    }
    for (name, value) in [("origin", "http://localhost:8081"), ("sec-fetch-site", "same-origin")] {
        api.send_with(&Who::default(), "POST", "/api/v1/session", &[(name, value)], body()).await.expect(200);
    }
}

#[tokio::test]
async fn names_that_are_not_ours_are_refused() {
    let api = api();
    for host in ["evil.example", "localhost.evil.example", ""] {
        let answer = api.send_with(&Who::default(), "GET", "/api/v1/setup", &[("host", host)], None).await;
        assert_eq!(answer.problem(421), "wrong_host", "{host}");
    }
    for host in ["localhost:8081", "127.0.0.1:8081", "[::1]:8081", "gateway.example", "GATEWAY.example:443"] {
        api.send_with(&Who::default(), "GET", "/api/v1/setup", &[("host", host)], None).await.expect(200);
    }
}
