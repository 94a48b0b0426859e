//! Cross-origin rules (WHATWG Fetch §3.2): preflights are answered here, other answers get their headers.

use message::{Body, Known, Method, Reason, ResponseHead};
use net::Reply;
use snapshot::{Cors, OriginRule};

use crate::Refusal;
use crate::exchange::Exchange;

pub(crate) fn apply(x: &mut Exchange<'_>) -> Result<Option<Reply>, Refusal> {
    let Some(cors) = x.route_chains().rev().find_map(|chain| chain.cors.clone()) else { return Ok(None) };
    x.cors = true;
    if x.is_rest() {
        return Ok(None);
    }
    let Some(origin) = x.head.fields.get_str(Known::Origin).map(str::to_owned) else {
        // The answer differs for requests with an origin, so caches must know (Fetch, "CORS protocol and HTTP caches").
        if !cors.origins.contains(&OriginRule::Any) {
            x.answer.push(Known::Vary, b"origin");
        }
        return Ok(None);
    };
    let preflight = x.head.method == Method::Options && x.head.fields.has(Known::AccessControlRequestMethod);
    if !cors.origins.iter().any(|rule| rule.allows(&origin)) {
        if preflight {
            return Err(Refusal::new(Reason::OriginDenied, format!("origin `{origin}` is not allowed")));
        }
        // Without the headers the browser keeps the answer from the page; others are not concerned.
        x.answer.push(Known::Vary, b"origin");
        return Ok(None);
    }
    allow_origin(x, &cors, &origin);
    if preflight {
        return Ok(Some(answer(x, &cors)));
    }
    if let Some(expose) = &cors.expose {
        x.answer.push(Known::AccessControlExposeHeaders, expose.as_bytes());
    }
    Ok(None)
}

fn allow_origin(x: &mut Exchange<'_>, cors: &Cors, origin: &str) {
    let any = cors.origins.contains(&OriginRule::Any) && !cors.credentials;
    let value = if any { "*" } else { origin };
    x.answer.push(Known::AccessControlAllowOrigin, value.as_bytes());
    if !any {
        x.answer.push(Known::Vary, b"origin");
    }
    if cors.credentials {
        x.answer.push(Known::AccessControlAllowCredentials, b"true");
    }
}

fn answer(x: &mut Exchange<'_>, cors: &Cors) -> Reply {
    let asked = |known| x.head.fields.get_str(known).map(str::to_owned);
    let methods = cors.methods.clone().or_else(|| asked(Known::AccessControlRequestMethod));
    let headers = cors.headers.clone().or_else(|| asked(Known::AccessControlRequestHeaders));
    let mut head = ResponseHead::new(204);
    let mut push = |known, value: Option<String>| {
        if let Some(value) = value {
            head.fields.push(known, value.as_bytes());
        }
    };
    push(Known::AccessControlAllowMethods, methods);
    push(Known::AccessControlAllowHeaders, headers);
    push(Known::AccessControlMaxAge, cors.max_age.map(|age| age.to_string()));
    Reply::new(head, Body::empty())
}
