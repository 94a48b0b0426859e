//! AI providers: the list, the vendors, and trying one out.

use serde_json::{Value, json};

use crate::support::{Api, Who, api};

async fn provider(api: &Api, who: &Who, team: &str) {
    let post = async |plural: &str, body: Value| {
        api.post(who, &format!("/api/v1/teams/{team}/{plural}"), body).await.expect(201);
    };
    post("providers", json!({ "name": "fast", "spec": { "vendor": "groq" } })).await;
    let secret = json!({ "value": "gsk-very-secret-1" });
    post("provider-keys", json!({ "name": "fast-a", "spec": { "provider": "fast", "secret": secret } }))
        .await;
    let spec = json!({ "provider": "fast", "secret": { "value": "x" }, "disabled": true });
    post("provider-keys", json!({ "name": "fast-0", "spec": spec })).await;
    // What cannot chat is not asked to.
    let targets = json!([{ "provider": "fast", "model": "text-embedding-3-small" }, { "provider": "fast", "model": "m" }]);
    post("model-aliases", json!({ "name": "quick", "spec": { "targets": targets } })).await;
}

#[tokio::test]
async fn providers_are_listed_with_keys_that_are_not_read_out() {
    let api = api();
    let admin = api.admin().await;
    provider(&api, &admin, "default").await;
    let answer = api.get(&admin, "/api/v1/providers").await.expect(200);
    assert!(!answer.text.contains("very-secret") && !answer.text.contains("sealed"), "{}", answer.text);
    let listed = &answer.json()["items"][0];
    assert_eq!((&listed["vendor"], &listed["api"]), (&json!("Groq"), &json!("openai")));
    assert_eq!(listed["base_url"], "https://api.groq.com/openai/v1");
    assert_eq!(listed["aliases"], json!(["quick"]));
    let keys = listed["keys"].as_array().unwrap();
    let facts: Vec<_> = keys.iter().map(|key| (&key["name"], &key["disabled"], &key["used"])).collect();
    let (yes, no) = (json!(true), json!(false));
    assert_eq!(facts, [(&json!("fast-0"), &yes, &no), (&json!("fast-a"), &no, &yes)]);
    assert_eq!(listed["targets"][0]["target"], "api.groq.com:443");
    assert_eq!(listed["traffic"]["calls"], 0);
}

#[tokio::test]
async fn a_team_sees_its_own_providers_alone() {
    let api = api();
    let admin = api.admin().await;
    provider(&api, &admin, "default").await;
    let other = api.user(&admin, "b@example.com", json!([{ "team": "other", "role": "viewer" }])).await;
    let listed = api.get(&other, "/api/v1/providers").await.expect(200).json();
    assert_eq!(listed["items"], json!([]));
    let path = "/api/v1/teams/default/providers/fast/test";
    assert_eq!(api.post(&other, path, json!({})).await.problem(404), "not_found");
    let reader = api.user(&admin, "c@example.com", json!([{ "team": "default", "role": "viewer" }])).await;
    assert_eq!(api.post(&reader, path, json!({})).await.problem(403), "forbidden");
}

#[tokio::test]
async fn every_vendor_comes_with_its_address() {
    let api = api();
    let admin = api.admin().await;
    let listed = api.get(&admin, "/api/v1/catalogue/vendors").await.expect(200).json();
    let listed = listed["items"].as_array().unwrap();
    assert!(listed.len() >= 55, "{}", listed.len());
    let find = |id: &str| listed.iter().find(|vendor| vendor["id"] == id).unwrap();
    assert_eq!(find("api:anthropic")["base_url"], "https://api.anthropic.com");
    assert_eq!(find("api:bedrock")["needs_base_url"], true);
    assert_eq!(find("groq")["needs_base_url"], false);
    assert_eq!(find("azure_openai")["needs_base_url"], true);
    assert!(listed.iter().all(|vendor| vendor["needs_base_url"] == true || vendor["base_url"].is_string()));
}

#[tokio::test]
async fn a_provider_is_tried_with_the_model_that_an_alias_leads_to() {
    let api = api();
    let admin = api.admin().await;
    provider(&api, &admin, "default").await;
    let path = "/api/v1/teams/default/providers/fast/test";
    let told = api.post(&admin, path, json!({})).await.expect(200).json();
    assert_eq!((&told["ok"], &told["model"]), (&json!(true), &json!("m")));
    assert_eq!(told["answer"]["text"], "Hello.");
    assert_eq!((&told["phases"]["wait"], &told["status"]), (&json!(700), &json!(200)));
    assert_eq!(told["models"], json!(["m", "n"]));
    let told = api.post(&admin, path, json!({ "model": "other" })).await.expect(200).json();
    assert_eq!((&told["ok"], &told["answer"]), (&json!(false), &Value::Null));
    assert_eq!(told["failure"]["step"], "status");
    assert_eq!(told["failure"]["message"], "no such model");
    assert!(told["failure"]["advice"].as_str().unwrap().contains("model's name"), "{told}");
    for bad in [json!({ "model": "a\nb" }), json!({ "model": "x".repeat(300) })] {
        assert_eq!(api.post(&admin, path, bad).await.problem(422), "invalid");
    }
    let gone = "/api/v1/teams/default/providers/nothing/test";
    assert_eq!(api.post(&admin, gone, json!({})).await.problem(404), "not_found");
}
