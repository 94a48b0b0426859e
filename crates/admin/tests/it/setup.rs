//! `/api/v1/setup`.

use serde_json::json;

use crate::support::{PASSWORD, Who, api};

#[tokio::test]
async fn the_link_makes_one_administrator_once() {
    let api = api();
    let nobody = Who::default();
    assert_eq!(api.get(&nobody, "/api/v1/setup").await.json(), json!({ "needed": true }));
    let token = api.control.new_setup_token().unwrap().unwrap();
    let body = |token: &str, password: &str| json!({ "token": token, "email": "Root@Example.com ", "name": "Root", "password": password });
    let wrong = api.post(&nobody, "/api/v1/setup", body("wrong", PASSWORD)).await;
    assert_eq!(wrong.problem(403), "wrong_setup_token");
    let short = api.post(&nobody, "/api/v1/setup", body(&token, "short")).await;
    assert_eq!(short.problem(422), "invalid");
    assert_eq!(short.json()["errors"][0]["path"], "/password");
    let made = api.post(&nobody, "/api/v1/setup", body(&token, PASSWORD)).await.expect(201);
    assert_eq!(made.json()["user"]["email"], "root@example.com");
    let cookie = made.header("set-cookie");
    assert!(cookie.contains("HttpOnly; SameSite=Strict; Path=/") && !cookie.contains("Secure"), "{cookie}");
    assert_eq!(
        api.post(&nobody, "/api/v1/setup", body(&token, PASSWORD)).await.problem(409),
        "set_up_already"
    );
    assert_eq!(api.get(&nobody, "/api/v1/setup").await.json(), json!({ "needed": false }));
    let session = api.get(&made.signed_in(), "/api/v1/session").await.expect(200).json();
    assert_eq!(session["roles"], json!([{ "team": "system", "role": "admin" }]));
    assert_eq!(session["permissions"]["default"].as_array().unwrap().len(), 8);
}
