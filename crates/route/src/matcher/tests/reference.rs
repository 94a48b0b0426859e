//! The matcher's meaning, written down as slowly and plainly as it gets: try every route, sort, take
//! the first. Shares no code with the search but the patterns' own text.

use std::cmp::Reverse;

use super::super::{Miss, Route};
use super::Request;
use crate::host::{Host, HostPattern};
use crate::method::Methods;

type Params = Vec<(String, String)>;

pub(super) fn find(routes: &[Route<u32>], request: &Request) -> Result<(u32, Params), Miss> {
    let mut matching = Vec::new();
    for route in routes {
        let any = [HostPattern::Any];
        let hosts = if route.hosts.is_empty() { &any[..] } else { &route.hosts };
        let host = Host::new(request.host);
        let best = hosts.iter().filter(|pattern| pattern.matches(&host)).map(host_order).min();
        let holds = route.conditions.iter().all(|condition| condition.holds(request));
        if let (Some(best), Some(params), true) = (best, params(route, &request.path), holds) {
            matching.push((route, best, params));
        }
    }
    let mut allowed = Methods::default();
    for (route, ..) in &matching {
        allowed.join(&route.methods);
    }
    matching.retain(|(route, ..)| route.methods.contains(request.method));
    let order = |(route, host, _): &(&Route<u32>, (u8, Reverse<usize>), Params)| {
        (*host, path_order(route), Reverse(route.conditions.len()), route.name.clone())
    };
    matching.sort_by_key(order);
    let Some(team) = matching.first().map(|(route, ..)| route.team.clone()) else {
        return Err(if allowed.is_empty() { Miss::NoRoute } else { Miss::MethodNotAllowed(allowed) });
    };
    matching.retain(|(route, ..)| route.team == team);
    // Stable: the order above decides among equal priorities.
    matching.sort_by_key(|(route, ..)| Reverse(route.priority));
    let (route, _, params) = matching.swap_remove(0);
    Ok((route.id, params))
}

fn host_order(pattern: &HostPattern) -> (u8, Reverse<usize>) {
    match pattern {
        HostPattern::Exact(_) => (0, Reverse(0)),
        HostPattern::Suffix(suffix) => (1, Reverse(suffix.len())),
        HostPattern::Any => (2, Reverse(0)),
    }
}

/// Class, literal characters, parameters, prefixes last.
fn path_order(route: &Route<u32>) -> (u8, Reverse<usize>, usize, bool) {
    let text = route.path.as_str();
    let (closed, is_prefix) = (!route.path.is_open(), route.path.is_open() && !text.contains('*'));
    let mut literal = 0;
    let mut count = 0;
    for segment in split(text, is_prefix) {
        match segment.split_once('{') {
            None => literal += segment.len() + 1,
            Some((before, rest)) => {
                literal += before.len() + rest.split_once('}').unwrap().1.len() + 1;
                count += 1;
            }
        }
    }
    let class = if !closed { 2 } else { u8::from(count > 0) };
    (class, Reverse(literal), count, is_prefix)
}

/// The segments of a pattern's text, without the one for the rest.
fn split(text: &str, is_prefix: bool) -> Vec<&str> {
    let text = if is_prefix { text.strip_suffix('/').unwrap_or(text) } else { text };
    let segments = text.split('/').skip(1);
    segments.filter(|segment| !segment.starts_with('*')).collect()
}

fn params(route: &Route<u32>, path: &str) -> Option<Params> {
    let text = route.path.as_str();
    let is_prefix = route.path.is_open() && !text.contains('*');
    let patterns = split(text, is_prefix);
    let mut segments: Vec<&str> = path.split('/').skip(1).collect();
    let enough = match (route.path.is_open(), is_prefix) {
        (false, _) => segments.len() == patterns.len(),
        (true, true) => segments.len() >= patterns.len(),
        (true, false) => segments.len() > patterns.len(),
    };
    if !enough {
        return None;
    }
    let mut params = Params::new();
    for (pattern, segment) in patterns.iter().zip(&segments) {
        let Some((before, rest)) = pattern.split_once('{') else {
            if pattern != segment {
                return None;
            }
            continue;
        };
        let (name, after) = rest.split_once('}').unwrap();
        let value = segment.strip_prefix(before)?.strip_suffix(after)?;
        if value.is_empty() {
            return None;
        }
        params.push((name.to_owned(), value.to_owned()));
    }
    if let Some((_, name)) = text.split_once("/*").filter(|(_, name)| !name.is_empty()) {
        params.push((name.to_owned(), segments.split_off(patterns.len()).join("/")));
    }
    Some(params)
}
