//! Heads between HTTP/2 and the gateway's own types, with the rules of RFC 9113 §8 that the `h2` crate
//! leaves to its user.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode, request};
use http1::Limits;
use message::{Fields, Known, Method, Reason, RequestHead, ResponseHead, Scheme, Version};

use crate::call::Upgrade;
use crate::websocket::Key;

/// A head that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) reason: Reason,
    pub(super) detail: &'static str,
}

const fn broken(reason: Reason, detail: &'static str) -> Broken {
    Broken { reason, detail }
}

/// The gateway's head of a request, and the protocol of an extended CONNECT (RFC 8441 §4), whose head
/// becomes that of the equal HTTP/1.1 upgrade.
pub(super) fn request<B>(
    request: Request<B>,
    scheme: Scheme,
    limits: &Limits,
    key: impl FnOnce() -> Key,
) -> Result<(RequestHead, Option<Upgrade>), Broken> {
    let (parts, _) = request.into_parts();
    let method = Method::parse(parts.method.as_str().as_bytes())
        .ok_or(broken(Reason::MalformedRequest, "the method is no token"))?;
    let protocol = parts.extensions.get::<h2::ext::Protocol>().map(h2::ext::Protocol::as_str);
    let upgrade = protocol.map(|protocol| Upgrade { protocol: protocol.into(), extended_connect: true });
    check_scheme(&parts, scheme, upgrade.is_some(), &method)?;
    let authority = authority(&parts)?;
    let target = match (parts.uri.path_and_query(), &upgrade) {
        (None, None) if method == Method::Connect => "",
        (None, _) => "/",
        (Some(target), _) => target.as_str(),
    };
    if !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(broken(Reason::InvalidPath, ":path has a character that it may not have"));
    }
    // as long as the line would be in HTTP/1
    if method.as_str().len() + target.len() + " HTTP/1.1 ".len() > limits.request_line {
        return Err(broken(Reason::TargetTooLong, "the request line would be longer than is accepted"));
    }
    let method = if upgrade.is_some() { Method::Get } else { method };
    let mut head = RequestHead::new(method, authority, target);
    head.version = Version::Http2;
    head.scheme = scheme;
    copy(&parts.headers, &mut head.fields)?;
    // the authority is a field in HTTP/1
    if head.fields.len() >= limits.fields {
        return Err(broken(Reason::HeadTooLarge, "there are more fields than are accepted"));
    }
    if upgrade.as_ref().is_some_and(|upgrade| upgrade.protocol.eq_ignore_ascii_case("websocket")) {
        head.fields.push(Known::SecWebsocketKey, key().as_str().as_bytes());
    }
    Ok((head, upgrade))
}

/// The scheme must be the connection's: another one names a resource that is not served here.
fn check_scheme(
    parts: &request::Parts,
    scheme: Scheme,
    extended: bool,
    method: &Method,
) -> Result<(), Broken> {
    match parts.uri.scheme_str() {
        Some(given) if given == scheme.as_str() => Ok(()),
        None if *method == Method::Connect && !extended => Ok(()),
        // the `h2` crate has seen one, and drops it where there is no :authority
        None if parts.uri.authority().is_none() => Ok(()),
        // a proxy in front may have taken TLS off
        Some("https") if scheme == Scheme::Http => Ok(()),
        Some(_) => Err(broken(Reason::MisdirectedRequest, "the scheme is not that of the connection")),
        None => Err(broken(Reason::MalformedRequest, "there is no :scheme (RFC 9113 §8.3.1)")),
    }
}

/// `:authority` counts; `Host` may stand beside it if it says the same (RFC 9113 §8.3.1).
fn authority(parts: &request::Parts) -> Result<&str, Broken> {
    let invalid = broken(Reason::InvalidHost, "host is doubled or is no host");
    let mut hosts = parts.headers.get_all(http::header::HOST).iter();
    let host = hosts.next().map(|host| host.to_str().map_err(|_| invalid)).transpose()?;
    if hosts.next().is_some() {
        return Err(invalid);
    }
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    let differ = broken(Reason::InvalidHost, ":authority and host differ (RFC 9113 §8.3.1)");
    let found = match (authority, host) {
        (Some(authority), Some(host)) if !authority.eq_ignore_ascii_case(host) => return Err(differ),
        (Some(authority), _) => authority,
        (None, Some(host)) => host,
        (None, None) => return Err(broken(Reason::InvalidHost, "there is no :authority and no host")),
    };
    http1::authority::check(found.as_bytes()).map_err(|detail| broken(Reason::InvalidHost, detail))?;
    Ok(found)
}

/// Copies fields. Those that speak of one connection have no place in HTTP/2 (RFC 9113 §8.2.2); several
/// `cookie` fields become one (§8.2.3).
fn copy(from: &HeaderMap, to: &mut Fields) -> Result<(), Broken> {
    let mut cookies: Vec<u8> = Vec::new();
    for (name, value) in from {
        let known = Known::of(name.as_str().as_bytes());
        match known {
            Known::Host => continue,
            Known::Cookie => {
                if !cookies.is_empty() {
                    cookies.extend_from_slice(b"; ");
                }
                cookies.extend_from_slice(value.as_bytes());
                continue;
            }
            Known::Te if value.as_bytes().eq_ignore_ascii_case(b"trailers") => {}
            Known::Te => return Err(broken(Reason::MalformedRequest, "te may only be trailers in HTTP/2")),
            _ if is_connection_specific(known) => {
                let detail = "a field of one connection stands in HTTP/2 (RFC 9113 §8.2.2)";
                return Err(broken(Reason::MalformedRequest, detail));
            }
            _ => {}
        }
        if !to.push_named(name.as_str().as_bytes(), value.as_bytes()) {
            return Err(broken(Reason::MalformedRequest, "a field has a character that it may not have"));
        }
    }
    if !cookies.is_empty() && !to.push_named(b"cookie", &cookies) {
        return Err(broken(Reason::MalformedRequest, "a cookie has a character that it may not have"));
    }
    Ok(())
}

fn is_connection_specific(known: Known) -> bool {
    use Known::{Connection, Http2Settings, KeepAlive, ProxyConnection, TransferEncoding, Upgrade};
    matches!(known, Connection | KeepAlive | ProxyConnection | TransferEncoding | Upgrade | Http2Settings)
}

/// The HTTP/2 head of an answer. `101` answers an extended CONNECT as 200 (RFC 8441 §5).
pub(super) fn response(head: &ResponseHead, length: Option<u64>, date: &[u8]) -> Response<()> {
    let mut response = Response::new(());
    let switched = head.status == 101;
    let status = if switched { 200 } else { head.status };
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = response.headers_mut();
    headers.reserve(head.fields.len() + 2);
    for (name, value, known) in &head.fields {
        let skip = match known {
            Known::SecWebsocketAccept => switched,
            // the body's own length counts where there is one; HEAD and 304 keep what the head says
            Known::ContentLength => switched || length.is_some() || matches!(head.status, 100..=199 | 204),
            _ => is_connection_specific(known),
        };
        if !skip {
            append(headers, name, value);
        }
    }
    if let Some(length) = length.filter(|_| !switched) {
        headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if !headers.contains_key(http::header::DATE)
        && let Ok(date) = HeaderValue::from_bytes(date)
    {
        headers.insert(http::header::DATE, date);
    }
    response
}

/// The HTTP/2 form of interim or trailer fields.
pub(super) fn fields(fields: &Fields) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(fields.len());
    for (name, value, known) in fields {
        if !is_connection_specific(known) {
            append(&mut headers, name, value);
        }
    }
    headers
}

/// The gateway's form of a request's trailers; what may not stand there is left out.
pub(super) fn trailers(headers: &HeaderMap) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in headers {
        let known = Known::of(name.as_str().as_bytes());
        if http1::hop::trailer_allowed(known, name.as_str().as_bytes()) {
            // a value that HTTP/1 could not carry is as good as absent
            fields.push_named(name.as_str().as_bytes(), value.as_bytes());
        }
    }
    fields
}

fn append(headers: &mut HeaderMap, name: &[u8], value: &[u8]) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
        headers.append(name, value);
    }
}
