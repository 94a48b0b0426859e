//! The handler.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::Dist;
use crate::encoding::{STORED, accepts};

/// Scripts and styles from here alone; nothing may frame the console. Styles may stand on elements, since
/// the charts place their parts so.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Shown where the binary was built without the console.
const MISSING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Weir</title>\
    <body style=\"font:16px/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem\">\
    <h1>The console is not in this binary</h1><p>Build it with <code>make build</code>, which needs Node.js, \
    and start again. The admin API under <code>/api/v1</code> works all the same.</p></body></html>";

pub(crate) async fn serve(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "the console is read with GET");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let name = request.uri().path().trim_start_matches('/');
    let mut response = match find(name, request.headers()) {
        Some(response) => response,
        None if is_file(name) => plain(StatusCode::NOT_FOUND, "there is no such file"),
        None => find("index.html", request.headers()).unwrap_or_else(missing),
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// Whether a name is a file's rather than a page's. Pages may have dots further down, as documents' names have.
fn is_file(name: &str) -> bool {
    name.starts_with("assets/") || name.split('/').next().is_some_and(|first| first.contains('.'))
}

/// The file of a name in the best encoding that the client takes, or that it has not changed.
fn find(name: &str, asked: &HeaderMap) -> Option<Response> {
    // The encoded forms are not files of their own.
    if name.is_empty() || STORED.iter().any(|(_, suffix)| name.ends_with(suffix)) {
        return None;
    }
    let plain = Dist::get(name)?;
    let accepted = asked.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let stored = STORED.iter().filter(|(encoding, _)| accepts(accepted, encoding));
    let mut found =
        stored.filter_map(|(encoding, suffix)| Some((*encoding, Dist::get(&format!("{name}{suffix}"))?)));
    let (encoding, file) = match found.next() {
        Some((encoding, file)) => (Some(encoding), file),
        None => (None, plain),
    };
    let hash = file.metadata.sha256_hash();
    let start = hash.first_chunk().copied().unwrap_or_default();
    let tag = format!("\"{:016x}\"", u64::from_be_bytes(start));
    let mut response = if matches(asked, &tag) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        Response::new(Body::from(file.data.into_owned()))
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    // Names under assets/ change with their content and can be kept for good. index.html names them, so that an
    // old one would ask for files that a newer binary no longer has: `no-cache` lets it be kept, and makes the
    // browser ask each time whether the tag still holds, which is answered 304 without a body.
    let keep = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// `If-None-Match` by weak comparison (RFC 9110 §13.1.2).
fn matches(asked: &HeaderMap, tag: &str) -> bool {
    let values = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.trim_start_matches("W/") == tag
    })
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn missing() -> Response {
    let mut response = Response::new(Body::from(MISSING));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower::ServiceExt;

    async fn get(path: &str) -> Response {
        let request = http::Request::builder().uri(path).body(Body::empty()).unwrap();
        crate::router().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn pages_are_the_application_and_missing_files_are_not_found() {
        for page in ["/", "/calls", "/calls/01a1", "/services/default/shop", "/model-aliases/a/gpt-4.1"] {
            let response = get(page).await;
            assert_eq!(response.status(), StatusCode::OK, "{page}");
            assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
            assert!(
                response.headers()[CONTENT_SECURITY_POLICY]
                    .to_str()
                    .unwrap()
                    .contains("frame-ancestors 'none'")
            );
        }
        for file in ["/assets/none.js", "/index.html.br", "/../Cargo.toml"] {
            assert_eq!(get(file).await.status(), StatusCode::NOT_FOUND, "{file}");
        }
    }

    #[tokio::test]
    async fn only_reading_is_allowed() {
        let request = http::Request::builder().method("POST").uri("/").body(Body::empty()).unwrap();
        let response = crate::router().oneshot(request).await.unwrap();
        assert_eq!(
            (response.status(), &response.headers()[ALLOW]),
            (StatusCode::METHOD_NOT_ALLOWED, &HeaderValue::from_static("GET, HEAD"))
        );
    }
}
