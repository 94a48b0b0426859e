//! Around every request: its id, the host check, headers that browsers heed, and the body of errors.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use base::RequestId;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Uri};

use crate::app::App;
use crate::problem::{Code, Problem};

const HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
];
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) async fn frame(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = RequestId::new(app.admin.control.clock().wall(), &mut app.rng.lock()).to_string();
    let path = request.uri().path();
    let api = path.starts_with("/api/") || path == "/api" || path == "/metrics" || path == "/openapi.json";
    let probe = path == "/healthz" || path == "/readyz";
    let mut response = if probe || host_is_ours(&app, &authority(request.uri(), request.headers())) {
        next.run(request).await
    } else {
        let problem = Problem::new(Code::WrongHost);
        problem.detail("start weir with --admin-host NAME to be asked for by this name").render(&id)
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let allow = response.headers_mut().remove(http::header::ALLOW);
        response = problem.render(&id);
        response.headers_mut().extend(allow.map(|allow| (http::header::ALLOW, allow)));
    } else if api && !response.status().is_success() && unexplained(&response) {
        response = Problem::new(Code::of_status(response.status())).render(&id);
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if api {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// Whether an error comes from the HTTP library, in plain text.
fn unexplained(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    let json = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/"));
    (response.status().is_client_error() || response.status().is_server_error()) && !json
}

/// Whom the request is meant for: the authority of its target, else `Host`.
pub(crate) fn authority(uri: &Uri, headers: &HeaderMap) -> String {
    let host = || headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    uri.authority().map_or_else(|| host().to_owned(), |authority| authority.as_str().to_owned())
}

/// Names that a foreign page could have pointed at us are refused; addresses cannot be.
fn host_is_ours(app: &App, authority: &str) -> bool {
    let Ok(parsed) = authority.parse::<Authority>() else { return false };
    let host = parsed.host().trim_end_matches('.').to_ascii_lowercase();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::IpAddr>().is_ok()
        || host == "localhost"
        || host.ends_with(".localhost")
        || app.admin.hosts.iter().any(|known| known.eq_ignore_ascii_case(&host))
}
