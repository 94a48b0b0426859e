//! The sample shop: a small REST service whose pages need many calls that hang on one another. Its data come from
//! the seed; orders can be changed, in memory. Described by `shop/openapi.json`.

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use axum::Router;
use bytes::BytesMut;
use futures_util::StreamExt as _;
use http::Method;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};

use crate::areas::{AreaId, Refusal};
use crate::distribution::Distribution;
use crate::pace;
use crate::plan;
use crate::world::{Shared, World};

mod catalogue;
mod data;
mod orders;
mod params;
mod people;
mod reply;

pub(crate) use data::Shop;

/// How long each endpoint takes when nothing else is set: path, median and 99th percentile in milliseconds.
const LATENCIES: [(&str, u64, u64); 14] = [
    ("/shop/users", 20, 80),
    ("/shop/users/{id}", 15, 60),
    ("/shop/users/{id}/orders", 35, 160),
    ("/shop/recommendations/{user}", 60, 350),
    ("/shop/orders", 40, 180),
    ("/shop/orders/{id}", 22, 95),
    ("/shop/products", 30, 130),
    ("/shop/products/{id}", 14, 55),
    ("/shop/stock/{product}", 25, 200),
    ("/shop/prices/{product}", 18, 75),
    ("/shop/reviews/{product}", 45, 300),
    ("/shop/shipping/{order}", 50, 400),
    ("/shop/openapi.json", 0, 0),
    ("/shop", 12, 40),
];

pub(crate) fn routes(world: Shared) -> Router<Shared> {
    Router::new()
        .route("/shop", get(index))
        .route("/shop/openapi.json", get(openapi))
        .route("/shop/users", get(people::list))
        .route("/shop/users/{id}", get(people::one))
        .route("/shop/users/{id}/orders", get(people::orders))
        .route("/shop/recommendations/{user}", get(people::recommendations))
        .route("/shop/products", get(catalogue::list))
        .route("/shop/products/{id}", get(catalogue::one))
        .route("/shop/stock/{product}", get(catalogue::stock))
        .route("/shop/prices/{product}", get(catalogue::price))
        .route("/shop/reviews/{product}", get(catalogue::reviews))
        .route("/shop/shipping/{order}", get(orders::shipping))
        .route("/shop/orders", get(orders::list).post(orders::create))
        .route(
            "/shop/orders/{id}",
            get(orders::one).put(orders::replace).patch(orders::change).delete(orders::remove),
        )
        .route_layer(middleware::from_fn_with_state(world, gate))
}

/// Says no, as `application/problem+json`.
pub(crate) fn refuse(_world: &World, refusal: &Refusal) -> Response {
    reply::problem(refusal)
}

/// Middleware: lets the plan of the request come true around its handler.
async fn gate(State(world): State<Shared>, request: Request, next: Next) -> Response {
    let script = match plan::header_script(request.headers()) {
        Ok(script) => script,
        Err(error) => return reply::bad_request(&format!("x-simulate: {error}")),
    };
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let plan = plan::plan(&world, AreaId::Shop, script, latency(&world, path));
    if let Some(answer) = world.open(&plan).await {
        return answer;
    }
    if let Some(refusal) = &plan.refusal {
        return reply::problem(refusal);
    }
    let head_only = request.method() == Method::HEAD;
    let response = next.run(request).await;
    match plan.pacing.trouble {
        Some(trouble) if !head_only => break_off(&world, response, trouble).await,
        _ => response,
    }
}

fn latency(world: &World, path: &str) -> Distribution {
    let own = || {
        let row = LATENCIES.iter().find(|row| row.0 == path);
        row.map_or(Distribution::ZERO, |(_, median, p99)| Distribution::millis(*median, *p99))
    };
    world.config.shop_latency.unwrap_or_else(own)
}

/// The same answer, with trouble in its body.
async fn break_off(world: &Shared, response: Response, trouble: (u64, pace::Trouble)) -> Response {
    let (mut parts, body) = response.into_parts();
    let mut bytes = BytesMut::new();
    let mut rest = body.into_data_stream();
    while let Some(Ok(part)) = rest.next().await {
        bytes.extend_from_slice(&part);
    }
    let (length, body) = pace::whole(world, bytes.freeze(), Some(trouble));
    parts.headers.insert(CONTENT_LENGTH, length.into());
    Response::from_parts(parts, body)
}

async fn index(headers: HeaderMap) -> Response {
    let links = serde_json::json!({
        "users": "/shop/users",
        "orders": "/shop/orders",
        "products": "/shop/products",
        "description": "/shop/openapi.json",
    });
    reply::found(&headers, &links)
}

async fn openapi() -> Response {
    let mut response = Response::new(include_str!("shop/openapi.json").into());
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}

/// Handlers' answers for what is not there.
fn nothing(what: &str, id: &str) -> Response {
    reply::problem(&Refusal {
        status: http::StatusCode::NOT_FOUND,
        message: format!("There is no {what} `{id}`."),
        ..Refusal::default()
    })
}
