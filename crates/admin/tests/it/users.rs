//! `/api/v1/users`.

use serde_json::json;

use crate::support::{PASSWORD, Who, api};

#[tokio::test]
async fn users_are_made_changed_and_shut_out_at_once() {
    let api = api();
    let admin = api.admin().await;
    let ann = api.user(&admin, "ann@example.com", json!([{ "team": "default", "role": "viewer" }])).await;
    assert_eq!(api.get(&ann, "/api/v1/users").await.problem(403), "forbidden");
    let listed = api.get(&admin, "/api/v1/users").await.expect(200);
    assert!(!listed.text.contains("argon2"), "{}", listed.text);
    let users = listed.json();
    let ids: Vec<&str> =
        users["items"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap()).collect();
    let twice = json!({ "email": "ANN@example.com", "name": "A", "roles": [], "password": PASSWORD });
    assert_eq!(api.post(&admin, "/api/v1/users", twice).await.problem(422), "invalid");
    let disabled = json!({ "email": "ann@example.com", "name": "Ann", "roles": [], "disabled": true });
    let path = format!("/api/v1/users/{}", ids[0]);
    api.send(&admin, "PUT", &path, Some(disabled)).await.expect(200);
    assert_eq!(api.get(&ann, "/api/v1/session").await.problem(401), "unauthenticated");
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    assert_eq!(api.post(&Who::default(), "/api/v1/session", body).await.problem(401), "wrong_login");
    api.send(&admin, "DELETE", &path, None).await.expect(204);
    assert_eq!(api.send(&admin, "DELETE", &path, None).await.problem(404), "not_found");
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_that_were_begun_with_the_old() {
    let api = api();
    let admin = api.admin().await;
    let ann = api.user(&admin, "ann@example.com", json!([])).await;
    let sign_in = async |email: &str| {
        let body = json!({ "email": email, "password": PASSWORD });
        api.post(&Who::default(), "/api/v1/session", body).await.expect(200).signed_in()
    };
    let users = api.get(&admin, "/api/v1/users").await.json();
    let change = async |at: usize, email: &str, password: Option<&str>| {
        let user = &users["items"][at];
        let body = json!({ "email": email, "name": "N", "roles": user["roles"], "password": password });
        let path = format!("/api/v1/users/{}", user["id"].as_str().unwrap());
        api.send(&admin, "PUT", &path, Some(body)).await.expect(200);
    };
    // Another's password: all their sessions.
    change(0, "ann@example.com", None).await;
    api.get(&ann, "/api/v1/session").await.expect(200);
    change(0, "ann@example.com", Some("another long password")).await;
    assert_eq!(api.get(&ann, "/api/v1/session").await.problem(401), "unauthenticated");
    // One's own: all but this one.
    let elsewhere = sign_in("root@example.com").await;
    change(1, "root@example.com", Some("another long password")).await;
    assert_eq!(api.get(&elsewhere, "/api/v1/session").await.problem(401), "unauthenticated");
    api.get(&admin, "/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn an_administrator_is_always_left() {
    let api = api();
    let admin = api.admin().await;
    let users = api.get(&admin, "/api/v1/users").await.json();
    let path = format!("/api/v1/users/{}", users["items"][0]["id"].as_str().unwrap());
    let less = json!({ "email": "root@example.com", "name": "Root", "roles": [{ "team": "default", "role": "admin" }] });
    assert_eq!(api.send(&admin, "PUT", &path, Some(less)).await.problem(422), "invalid");
    assert_eq!(api.send(&admin, "DELETE", &path, None).await.problem(422), "invalid");
}

#[tokio::test]
async fn two_administrators_who_demote_each_other_leave_one() {
    let api = api();
    let root = api.admin().await;
    let admins = json!([{ "team": "system", "role": "admin" }]);
    let none = json!([]);
    let ann = api.user(&root, "ann@example.com", admins.clone()).await;
    let users = api.get(&root, "/api/v1/users").await.json();
    let change = async |who: &Who, at: usize, roles: &serde_json::Value| {
        let user = &users["items"][at];
        let body = json!({ "email": user["email"], "name": user["name"], "roles": roles });
        let path = format!("/api/v1/users/{}", user["id"].as_str().unwrap());
        api.send(who, "PUT", &path, Some(body)).await.status.as_u16()
    };
    for _ in 0..20 {
        let (of_ann, of_root) = tokio::join!(change(&root, 0, &none), change(&ann, 1, &none));
        match (of_ann, of_root) {
            (200, 403 | 422) => assert_eq!(change(&root, 0, &admins).await, 200),
            (403 | 422, 200) => assert_eq!(change(&ann, 1, &admins).await, 200),
            both => panic!("{both:?}"),
        }
    }
}
