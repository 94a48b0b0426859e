//! Before every endpoint: who asks, whether they may, and whether a foreign page made them ask.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use control::{Principal, Via};
use domain::Permission;
use http::header::{AUTHORIZATION, HeaderMap, ORIGIN};
use http::request::Parts;

use crate::app::App;
use crate::endpoint::Access;
use crate::problem::{Code, Problem};
use crate::{cookie, frame};

/// Where the request came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// The client's address.
    pub(crate) address: IpAddr,
    /// Whether the client speaks TLS, to us or to a proxy before us.
    pub(crate) secure: bool,
}

/// What the guard needs to know of the endpoint.
#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) app: App,
    pub(crate) access: Access,
}

pub(crate) async fn guard(
    State(post): State<Post>,
    params: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    let team = params.iter().find(|(name, _)| *name == "team").map(|(_, team)| team.to_owned());
    let (mut parts, body) = request.into_parts();
    let from = origin_of(&parts);
    match admit(&post, &parts, team.as_deref()).await {
        Ok(principal) => {
            parts.extensions.insert(from);
            if let Some(principal) = principal {
                parts.extensions.insert(Arc::new(principal));
            }
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn admit(post: &Post, parts: &Parts, team: Option<&str>) -> Result<Option<Principal>, Problem> {
    let unsafe_method = !parts.method.is_safe();
    let bearer = bearer(&parts.headers);
    if unsafe_method && bearer.is_none() {
        same_site(parts)?;
    }
    if post.access == Access::Public {
        return Ok(None);
    }
    let token = bearer.map(str::to_owned);
    let cookie = cookie::session(&parts.headers).map(str::to_owned);
    let principal = match (token, cookie) {
        (Some(token), _) => post.app.run(move |control| control.by_token(&token)).await?,
        (None, Some(cookie)) => post.app.run(move |control| control.by_cookie(&cookie)).await?,
        (None, None) => return Err(Problem::new(Code::Unauthenticated)),
    };
    if unsafe_method {
        not_forged(&principal, &parts.headers)?;
    }
    permitted(&principal, post.access, team)?;
    Ok(Some(principal))
}

/// Refuses what they may not do: as unknown where they may not know of the team.
fn permitted(principal: &Principal, access: Access, team: Option<&str>) -> Result<(), Problem> {
    let forbidden = |permission: Permission| {
        let detail = format!("this needs the permission `{}`", permission.as_str());
        Err(Problem::new(Code::Forbidden).detail(detail))
    };
    match access {
        Access::Public | Access::SignedIn => Ok(()),
        Access::Team(permission) => {
            let team = team.unwrap_or_default();
            if principal.can(team, permission) {
                Ok(())
            } else if principal.knows(team) {
                forbidden(permission)
            } else {
                Err(Problem::new(Code::NotFound).detail(format!("there is no team `{team}`")))
            }
        }
        Access::SomeTeam(permission) => {
            let somewhere = principal.teams(permission).is_none_or(|teams| !teams.is_empty());
            if somewhere { Ok(()) } else { forbidden(permission) }
        }
        Access::Installation(permission) => {
            if principal.can_system(permission) {
                Ok(())
            } else {
                forbidden(permission)
            }
        }
    }
}

/// A page of another site can send the cookie, but cannot read the session's token.
fn not_forged(principal: &Principal, headers: &HeaderMap) -> Result<(), Problem> {
    let Via::Session { csrf, .. } = &principal.via else { return Ok(()) };
    let sent = headers.get("x-csrf-token").map(http::HeaderValue::as_bytes).unwrap_or_default();
    // The time that this takes tells nothing of use: the token is of 256 random bits and a guess is one request.
    if sent == csrf.as_bytes() { Ok(()) } else { Err(Problem::new(Code::CsrfFailed)) }
}

/// Browsers say which site's page asks (`Origin`, `Sec-Fetch-Site`); what says nothing is no browser.
fn same_site(parts: &Parts) -> Result<(), Problem> {
    let text = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap_or("null"));
    let ours = match (text(ORIGIN.as_str()), text("sec-fetch-site")) {
        (Some(origin), _) => {
            let own = frame::authority(&parts.uri, &parts.headers);
            origin.split_once("://").is_some_and(|(_, site)| site.eq_ignore_ascii_case(&own))
        }
        (None, Some(site)) => matches!(site, "same-origin" | "none"),
        (None, None) => true,
    };
    if ours { Ok(()) } else { Err(Problem::new(Code::ForeignOrigin)) }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// What a proxy says counts only if it is on this machine.
fn origin_of(parts: &Parts) -> Origin {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(peer)| peer.ip().to_canonical());
    let last = |name: &str| {
        let value = parts.headers.get_all(name).iter().next_back()?.to_str().ok()?;
        value.rsplit(',').next().map(str::trim)
    };
    if !peer.is_loopback() {
        return Origin { address: peer, secure: false };
    }
    let address = last("x-forwarded-for").and_then(|text| text.parse().ok()).unwrap_or(peer);
    Origin {
        address,
        secure: last("x-forwarded-proto").is_some_and(|text| text.eq_ignore_ascii_case("https")),
    }
}
