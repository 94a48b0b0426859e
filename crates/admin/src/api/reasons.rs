//! `GET /docs/errors`: the page to which the `type` of every problem leads, made from the closed tables.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::Method;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use message::{Reason, Side};

use crate::endpoint::{Access, Endpoint};
use crate::problem::Code;

/// Its path. In front of it stands where the admin API is reached, behind it `#` and the code.
pub(crate) const PATH: &str = "/docs/errors";
/// No scripts, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;\
    padding:0 1rem}h2{margin-top:3rem}section{margin:1.5rem 0;padding:0 1rem;border-left:3px solid #8884}\
    section:target{border-color:#d97706}h3{margin:0;font-family:ui-monospace,monospace}p{margin:.25rem 0}\
    code{font-family:ui-monospace,monospace}";

static PAGE: LazyLock<String> = LazyLock::new(page);

pub(crate) fn endpoint() -> Endpoint {
    let names = ("errors", "What every code of an error means, for people");
    Endpoint::new((Method::GET, PATH), Access::Public, names, show).answer_as::<String>(
        200,
        "A page with an anchor for each code.",
        "text/html",
    )
}

async fn show() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        // Another version may have other codes.
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, PAGE.as_str()).into_response()
}

fn page() -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
        <title>Weir: error codes</title><style>{STYLE}</style><body><h1>Error codes</h1>\
        <p>A call that is refused or fails has one of these codes: in the body (<code>reason</code>, or <code>error.code</code> \
        where models are called), in <code>Proxy-Status</code>, in its record and in metrics.</p>"
    );
    for (side, title) in [
        (Side::Client, "The caller's side"),
        (Side::Upstream, "The upstream's side"),
        (Side::Gateway, "The gateway's side"),
    ] {
        heading(&mut page, title);
        for reason in Reason::ALL.iter().filter(|reason| reason.side() == side) {
            entry(&mut page, reason.code(), reason.status(), reason.title(), reason.explanation());
        }
    }
    heading(&mut page, "The admin API");
    let shown = |code: &&Code| Reason::ALL.iter().all(|reason| reason.code() != code.as_str());
    for code in Code::ALL.iter().filter(shown) {
        entry(&mut page, code.as_str(), code.status(), code.title(), code.explanation());
    }
    page.push_str("</body></html>");
    page
}

fn heading(page: &mut String, title: &str) {
    // Writing to a string cannot fail.
    write!(page, "<h2>{}</h2>", html(title)).unwrap_or_default();
}

fn entry(page: &mut String, code: &str, status: u16, title: &str, explanation: &str) {
    write!(
        page,
        "<section id=\"{code}\"><h3>{code}</h3><p><b>{status}</b> {}</p><p>{}</p></section>",
        html(title),
        html(explanation)
    )
    .unwrap_or_default();
}

/// Text as HTML; what stands between backticks is code.
fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let parts = escaped.split('`').enumerate();
    parts
        .map(|(at, part)| if at % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() })
        .collect()
}
