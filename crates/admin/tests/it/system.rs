//! The installation, explanations, the catalogue.

use serde_json::json;

use crate::support::{Who, api};

#[tokio::test]
async fn the_state_of_the_installation_is_for_those_who_run_it() {
    let api = api();
    let admin = api.admin().await;
    api.upstream(&admin, "default", "shop").await;
    let system = api.get(&admin, "/api/v1/system").await.expect(200).json();
    assert_eq!(
        (&system["version"], &system["documents"], &system["mode"]),
        (&json!("0.0.0-test"), &json!(1), &json!("store"))
    );
    let ann = api.user(&admin, "ann@example.com", json!([{ "team": "default", "role": "admin" }])).await;
    assert_eq!(api.get(&ann, "/api/v1/system").await.problem(403), "forbidden");
    for path in ["/healthz", "/readyz"] {
        assert_eq!(api.get(&Who::default(), path).await.expect(200).text, "ok\n");
    }
}

#[tokio::test]
async fn a_request_is_explained_to_those_whose_route_it_is() {
    let api = api();
    let admin = api.admin().await;
    for team in ["red", "blue"] {
        api.post(&admin, &format!("/api/v1/teams/{team}/teams"), json!({ "name": team, "spec": {} }))
            .await
            .expect(201);
    }
    api.upstream(&admin, "red", "shop").await;
    let service = json!({ "name": "api", "spec": { "backend": { "upstream": { "name": "shop" } }, "policies": [{ "rate_limit": { "requests": 5, "window": "1m" } }] } });
    api.post(&admin, "/api/v1/teams/red/services", service).await.expect(201);
    let route = json!({ "name": "r", "spec": { "service": "api", "paths": ["/users/{id}"] } });
    api.post(&admin, "/api/v1/teams/red/routes", route).await.expect(201);
    let request = json!({ "method": "GET", "url": "http://any/users/7", "headers": {} });
    let explain = api.post(&admin, "/api/v1/explain", request.clone()).await.expect(200).json();
    assert_eq!(explain["route"], "red/default/Route/r");
    assert_eq!(explain["path_params"], json!({ "id": "7" }));
    assert_eq!(explain["target"]["upstream"], "red/default/Upstream/shop");
    assert_eq!(
        (&explain["chain"][0]["stage"], &explain["chain"][0]["scope"]),
        (&json!("rate_limit"), &json!("service"))
    );
    let nowhere = api.post(&admin, "/api/v1/explain", json!({ "url": "/nothing" })).await.expect(200).json();
    assert_eq!((&nowhere["matched"], &nowhere["refused"]["reason"]), (&json!(false), &json!("no_route")));
    let ann = api.user(&admin, "ann@example.com", json!([{ "team": "blue", "role": "viewer" }])).await;
    assert_eq!(api.post(&ann, "/api/v1/explain", request).await.problem(404), "not_found");
}

#[tokio::test]
async fn the_catalogue_is_searched_page_by_page() {
    let api = api();
    let admin = api.admin().await;
    let first = api.get(&admin, "/api/v1/catalogue/models?q=claude&limit=5").await.expect(200).json();
    assert_eq!(first["items"].as_array().unwrap().len(), 5);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = api
        .get(&admin, &format!("/api/v1/catalogue/models?q=claude&limit=5&cursor={cursor}"))
        .await
        .expect(200)
        .json();
    assert_ne!(first["items"][4], second["items"][0]);
    let provider = first["items"][0]["provider"].as_str().unwrap();
    let of = api
        .get(&admin, &format!("/api/v1/catalogue/models?provider={provider}&limit=200"))
        .await
        .expect(200)
        .json();
    assert!(of["items"].as_array().unwrap().iter().all(|model| model["provider"] == provider));
}

#[tokio::test]
async fn the_catalogue_is_filtered_and_sorted() {
    let api = api();
    let admin = api.admin().await;
    let facets = api.get(&admin, "/api/v1/catalogue/facets").await.expect(200).json();
    assert!(facets["models"].as_u64().unwrap() >= 2_000 && facets["unpriced"].as_u64().unwrap() > 0);
    let names = |facet: &str| {
        let items = facets[facet].as_array().unwrap();
        items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(names("providers").contains(&"openai".to_owned()));
    assert_eq!(names("modes")[0], "chat");
    assert!(names("capabilities").contains(&"vision".to_owned()));
    let path = "/api/v1/catalogue/models?provider=openai&mode=chat&can=vision,tools&sort=output&limit=50";
    let listed = api.get(&admin, path).await.expect(200).json();
    let items = listed["items"].as_array().unwrap();
    assert!(!items.is_empty());
    let has = |item: &serde_json::Value, name: &str| {
        item["capabilities"].as_array().unwrap().iter().any(|c| c == name)
    };
    assert!(items.iter().all(|item| item["mode"] == "chat" && has(item, "vision") && has(item, "tools")));
    let prices: Vec<i64> =
        items.iter().map(|item| item["prices"]["output"].as_i64().unwrap_or(i64::MAX)).collect();
    assert!(prices.is_sorted(), "{prices:?}");
    assert_eq!(api.get(&admin, "/api/v1/catalogue/models?sort=colour").await.problem(400), "invalid_request");
}
