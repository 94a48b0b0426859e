//! Every endpoint, asked by nobody and by the wrong team.

use admin::{Access, endpoints};
use serde_json::json;

use crate::support::{Who, api};

/// The endpoints that answer everyone. Adding one takes a thought and a line here.
const PUBLIC: [&str; 8] = [
    "GET /api/v1/setup",
    "GET /docs/errors",
    "GET /healthz",
    "GET /metrics",
    "GET /openapi.json",
    "GET /readyz",
    "POST /api/v1/session",
    "POST /api/v1/setup",
];

fn filled(path: &str, team: &str) -> String {
    path.replace("{team}", team)
        .replace("{plural}", "upstreams")
        .replace("{name}", "shop")
        .replace("{id}", "x")
        .replace("{kind}", "Route")
}

#[tokio::test]
async fn nobody_gets_in() {
    let api = api();
    let admin = api.admin().await;
    api.upstream(&admin, "default", "shop").await;
    let mut public = Vec::new();
    for endpoint in endpoints() {
        if endpoint.access == Access::Public {
            public.push(format!("{} {}", endpoint.method, endpoint.path));
            continue;
        }
        let path = filled(endpoint.path, "default");
        for who in [Who::default(), Who::token("weir_at_wrong"), Who::token("")] {
            let answer = api.send(&who, &endpoint.method, &path, Some(json!({}))).await;
            assert_eq!(answer.problem(401), "unauthenticated", "{} {path}", endpoint.method);
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    }
    public.sort();
    assert_eq!(public, PUBLIC);
}

#[tokio::test]
async fn the_wrong_team_learns_nothing() {
    let api = api();
    let admin = api.admin().await;
    api.upstream(&admin, "default", "shop").await;
    let ann = api.user(&admin, "ann@example.com", json!([{ "team": "other", "role": "admin" }])).await;
    let mut swept = 0;
    for endpoint in endpoints() {
        let path = filled(endpoint.path, "default");
        match endpoint.access {
            Access::Team(_) => {
                assert!(endpoint.path.contains("{team}"), "{} has no team in its path", endpoint.path);
                for headers in [&[][..], &[("if-match", "*")], &[("if-none-match", "*")]] {
                    let body = Some(json!({ "name": "shop", "revision": 1 }));
                    let answer = api.send_with(&ann, &endpoint.method, &path, headers, body).await;
                    assert_eq!(answer.problem(404), "not_found", "{} {path}", endpoint.method);
                }
                swept += 1;
            }
            Access::Installation(_) => {
                let answer = api.send(&ann, &endpoint.method, &path, Some(json!({}))).await;
                assert_eq!(answer.problem(403), "forbidden", "{} {path}", endpoint.method);
            }
            Access::Public | Access::SignedIn | Access::SomeTeam(_) => {
                assert!(
                    !endpoint.path.contains("{team}"),
                    "{} must declare a right in the team",
                    endpoint.path
                );
            }
        }
    }
    assert!(swept >= 8);
    api.get(&admin, "/api/v1/teams/default/upstreams/shop").await.expect(200);
}

#[tokio::test]
async fn a_viewer_changes_nothing() {
    let api = api();
    let admin = api.admin().await;
    api.upstream(&admin, "default", "shop").await;
    let ann = api.user(&admin, "ann@example.com", json!([{ "team": "default", "role": "viewer" }])).await;
    for endpoint in endpoints() {
        if endpoint.access != Access::Team(domain::Permission::DocumentsWrite) {
            continue;
        }
        let path = filled(endpoint.path, "default");
        let answer =
            api.send_with(&ann, &endpoint.method, &path, &[("if-match", "*")], Some(json!({}))).await;
        assert_eq!(answer.problem(403), "forbidden", "{} {path}", endpoint.method);
    }
}
