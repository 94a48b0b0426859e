use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::condition::{NoFacts, Test};
use crate::{HostError, PatternError};

mod reference;

fn route(name: &str, host: &str, path: &str) -> Route<u32> {
    Route {
        id: 0,
        name: name.into(),
        team: "shop".into(),
        hosts: if host.is_empty() { Arc::default() } else { [HostPattern::parse(host).unwrap()].into() },
        path: match path.strip_suffix('^') {
            Some(prefix) => PathPattern::prefix(prefix).unwrap(),
            None => PathPattern::parse(path).unwrap(),
        }
        .into(),
        methods: Methods::any(),
        priority: 0,
        conditions: Vec::new(),
    }
}

fn matcher(routes: impl IntoIterator<Item = Route<u32>>) -> Matcher<u32> {
    let mut builder = Builder::new();
    for route in routes {
        builder.add(route);
    }
    builder.build().0
}

/// Finds by `host path` among routes written as `host path`, named by what they are written as.
fn check(routes: &[&str], request: &str, expect: Option<&str>) {
    let routes = routes.iter().map(|text| {
        let (host, path) = text.split_once(' ').unwrap();
        route(text, host, path)
    });
    let (host, path) = request.split_once(' ').unwrap();
    let matcher = matcher(routes);
    let found = matcher.find(host, path, "GET", &NoFacts);
    assert_eq!(found.ok().map(|found| &*found.route.name), expect, "{request}");
}

#[test]
fn paths_match_whole_by_parameter_or_by_prefix() {
    let routes = [" /", " /a", " /a/{x}", " /a/{x}/c", " /a/b/*rest", " /p^", " /p/q^", " /{x}.json", " /*"];
    let check = |path: &str, expect| check(&routes, &format!("h {path}"), Some(expect));
    check("/", " /");
    check("/a", " /a");
    check("/a/", " /*");
    check("/a/b", " /a/{x}");
    check("/a/b/", " /a/b/*rest");
    check("/a/z/c", " /a/{x}/c");
    check("/a/b/c", " /a/{x}/c");
    check("/a/b/c/d", " /a/b/*rest");
    check("/a/z/d", " /*");
    check("/p", " /p^");
    check("/p/", " /p^");
    check("/p/x", " /p^");
    check("/pq", " /*");
    check("/p/q/r", " /p/q^");
    check("/x.json", " /{x}.json");
    check("/.json", " /*");
}

#[test]
fn hosts_match_without_case_port_or_final_dot() {
    let routes = ["api.x.com /", "*.x.com /", "*.b.x.com /", "[2001:db8::1] /", "10.0.0.1 /", " /"];
    let check = |host: &str, expect| check(&routes, &format!("{host} /"), Some(expect));
    check("api.x.com", "api.x.com /");
    check("API.X.com.:8443", "api.x.com /");
    check("c.x.com", "*.x.com /");
    check("d.c.x.com", "*.x.com /");
    check("d.b.x.com", "*.b.x.com /");
    check("b.x.com", "*.x.com /");
    check("x.com", " /");
    check("yx.com", " /");
    check(".x.com", " /");
    check("[2001:DB8:0:0::1]:80", "[2001:db8::1] /");
    check("[::2]", " /");
    check("[junk", " /");
    check("10.0.0.1:80", "10.0.0.1 /");
    check("", " /");
    check(&"a.".repeat(500), " /");
}

#[test]
fn patterns_that_cannot_be_meant_are_refused() {
    let path = |text: &str| PathPattern::parse(text).unwrap_err();
    assert_eq!(path("a"), PatternError::Path(crate::PathError::Relative));
    assert_eq!(path("/a/../b"), PatternError::Path(crate::PathError::HiddenDots));
    assert_eq!(path("/a b"), PatternError::Path(crate::PathError::Character));
    assert_eq!(path("/{a}{b}"), PatternError::Braces);
    assert_eq!(path("/{a"), PatternError::Braces);
    assert_eq!(path("/a}"), PatternError::Braces);
    assert_eq!(path("/{}"), PatternError::Name);
    assert_eq!(path("/{a}/{a}"), PatternError::DuplicateName("a".into()));
    assert_eq!(path("/*a/b"), PatternError::Wildcard);
    assert_eq!(path("/a*"), PatternError::Wildcard);
    assert_eq!(path(&"/{a".repeat(3)), PatternError::Braces);
    assert_eq!(path(&"/a".repeat(65)), PatternError::TooMany);
    assert_eq!(PathPattern::prefix("/a/*").unwrap_err(), PatternError::WildcardInPrefix);
    let odd = PathPattern::parse("/caf\u{e9}/%7e").unwrap();
    assert_eq!(odd.segments, PathPattern::parse("/caf%C3%A9/~").unwrap().segments);
    let host = |text: &str| HostPattern::parse(text).unwrap_err();
    assert_eq!(host(""), HostError::Empty);
    assert_eq!(host("a..b"), HostError::Empty);
    assert_eq!(host("a.com:80"), HostError::Port);
    assert_eq!(host("[::1]:80"), HostError::Port);
    assert_eq!(host("a.*.com"), HostError::Wildcard);
    assert_eq!(host("a b"), HostError::Character);
    assert_eq!(host("[zz]"), HostError::Character);
    assert_eq!(host(&"a".repeat(64)), HostError::TooLong);
}

#[test]
fn parameters_are_ranges_of_the_path() {
    let routes = matcher([route("r", "", "/v1/{kind}/x-{id}.json:go/*rest"), route("p", "", "/files/{id}^")]);
    let path = "/v1/a%20b/x-7.json:go/c/d";
    let found = routes.find("", path, "GET", &NoFacts).unwrap();
    let params: Vec<_> = found.params(path).collect();
    assert_eq!(params, [("kind", "a%20b"), ("id", "7"), ("rest", "c/d")]);
    assert_eq!((found.param("id", path), found.param("nix", path)), (Some("7"), None));
    assert_eq!((found.params.rest(path), found.params.prefix(path)), (Some("c/d"), "/v1/a%20b/x-7.json:go"));
    let path = "/files/9";
    let found = routes.find("", path, "GET", &NoFacts).unwrap();
    assert_eq!(
        (found.param("id", path), found.params.rest(path), found.params.prefix(path)),
        (Some("9"), None, path)
    );
    let path = "/files/9/";
    let found = routes.find("", path, "GET", &NoFacts).unwrap();
    assert_eq!((found.params.rest(path), found.params.prefix(path)), (Some(""), "/files/9"));
}

#[test]
fn a_method_that_no_route_takes_is_told_from_no_route() {
    let with = |name: &str, path: &str, methods: &[&str]| Route {
        methods: Methods::of(methods.iter().copied()),
        ..route(name, "", path)
    };
    let routes = matcher([
        with("a", "/a", &["GET", "PURGE"]),
        with("b", "/{x}", &["POST"]),
        with("c", "/c/*", &["PUT"]),
    ]);
    let find = |path: &str, method: &str| {
        routes.find("h", path, method, &NoFacts).map(|found| found.route.name.clone())
    };
    assert_eq!(find("/a", "GET"), Ok("a".into()));
    assert_eq!(find("/a", "PURGE"), Ok("a".into()));
    assert_eq!(find("/a", "POST"), Ok("b".into()));
    assert_eq!(find("/a", "get"), Err(Miss::MethodNotAllowed(Methods::of(["PURGE", "POST", "GET"]))));
    assert_eq!(find("/d/e", "GET"), Err(Miss::NoRoute));
    assert_eq!(find("*", "OPTIONS"), Err(Miss::NoRoute));
    assert_eq!(find("", "GET"), Err(Miss::NoRoute));
    let Err(Miss::MethodNotAllowed(allowed)) = find("/a", "DELETE") else { panic!("405") };
    assert_eq!(allowed.to_string(), "GET, POST, PURGE");
}

#[test]
fn priorities_count_within_a_team_and_not_beyond() {
    let of = |name: &str, team: &str, path: &str, priority| Route {
        team: team.into(),
        priority,
        ..route(name, "", path)
    };
    let routes = matcher([
        of("low", "shop", "/shop/a", 0),
        of("high", "shop", "/shop/*", 5),
        of("higher", "bank", "/*", 1_000_000),
        of("own", "bank", "/bank/a", 0),
    ]);
    let find = |path: &str| &*routes.find("h", path, "GET", &NoFacts).unwrap().route.name;
    assert_eq!(find("/shop/a"), "high");
    assert_eq!(find("/bank/a"), "higher");
    assert_eq!(find("/other"), "higher");
}

#[test]
fn conditions_choose_among_like_routes() {
    struct Version(&'static str);
    impl Facts for Version {
        fn any_header(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
            name == "version" && test(self.0.as_bytes())
        }
        fn any_query(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
            name == "debug" && test(b"")
        }
    }
    let with = |name: &str, conditions: &[Condition]| Route {
        conditions: conditions.to_vec(),
        ..route(name, "", "/")
    };
    let two = Condition::Header("version".into(), Test::Equals("2".into()));
    let debug = Condition::Query("debug".into(), Test::Present);
    let routes = matcher([
        with("any", &[]),
        with("two", std::slice::from_ref(&two)),
        with("both", &[two.clone(), debug]),
        with("beta", &[Condition::Header("version".into(), Test::StartsWith("3".into()))]),
        with("never", &[two.clone(), Condition::Not(Box::new(two))]),
    ]);
    let find = |facts: &dyn Facts| &*routes.find("h", "/", "GET", facts).unwrap().route.name;
    assert_eq!(find(&NoFacts), "any");
    assert_eq!(find(&Version("2")), "both");
    assert_eq!(find(&Version("3.1")), "beta");
    assert_eq!(find(&Version("1")), "any");
    let all = routes.candidates("h", "/", &Version("2"));
    assert_eq!(all.iter().map(|route| &*route.name).collect::<Vec<_>>(), ["both", "two", "any"]);
}

#[test]
fn routes_that_only_their_names_tell_apart_are_reported() {
    let get = |name: &str, path: &str| Route { methods: Methods::of(["GET"]), ..route(name, "a.com", path) };
    let mut builder = Builder::new();
    builder.add(get("z", "/a/{x}")).add(get("y", "/a/{other}"));
    builder.add(Route { priority: 1, ..get("priority", "/a/{x}") });
    builder.add(Route { methods: Methods::of(["POST"]), ..get("method", "/a/{x}") });
    builder.add(Route { hosts: [HostPattern::Any].into(), ..get("host", "/a/{x}") });
    builder.add(Route { team: "other".into(), priority: 1, ..get("team", "/a/{x}") });
    let (matcher, conflicts) = builder.build();
    let mut pairs: Vec<_> =
        conflicts.iter().map(|conflict| (&*conflict.first.name, &*conflict.second.name)).collect();
    pairs.sort_unstable();
    assert_eq!(pairs, [("priority", "team"), ("team", "y"), ("team", "z"), ("y", "z")]);
    let text = conflicts.iter().map(ToString::to_string).find(|text| text.contains("routes y and z"));
    assert_eq!(text.as_deref(), Some("routes y and z match the same requests (GET a.com/a/{x})"));
    assert_eq!(matcher.len(), 6);
}

#[test]
fn a_changed_copy_leaves_the_original_as_it_was() {
    let (a, b) = (Arc::new(route("a", "x.com", "/a/b")), Arc::new(route("b", "x.com", "/a/{x}")));
    let mut before = Matcher::default();
    before.insert(Arc::clone(&a));
    before.insert(Arc::clone(&b));
    let mut after = before.clone();
    assert!(after.remove(&a));
    assert!(!after.remove(&a));
    let find =
        |matcher: &Matcher<u32>| matcher.find("x.com", "/a/b", "GET", &NoFacts).unwrap().route.name.clone();
    assert_eq!((&*find(&before), &*find(&after)), ("a", "b"));
    assert!(after.remove(&b) && after.is_empty());
    assert_eq!(after.find("x.com", "/a/b", "GET", &NoFacts).unwrap_err(), Miss::NoRoute);
    assert!(after.exact.is_empty());
}

#[test]
fn ten_thousand_routes_are_found_each() {
    let name = |at: u32| format!("/service-{}/v1/resource-{}/{{id}}/part-{}", at % 100, at / 100, at % 7);
    let routes = matcher((0..10_000).map(|at| Route { id: at, ..route(&name(at), "*.x.com", &name(at)) }));
    for at in 0..10_000 {
        let path = name(at).replace("{id}", "42");
        let found = routes.find("api.x.com", &path, "GET", &NoFacts).unwrap();
        assert_eq!((*found.id(), found.param("id", &path)), (at, Some("42")));
    }
}

const HOSTS: &[&str] = &["", "*", "a.com", "*.a.com", "*.b.a.com", "b.a.com", "[::1]"];
const PARTS: &[&str] = &["a", "b", "ab", "{p}", "a{p}", "{p}b", ""];
const METHODS: &[&str] = &["GET", "POST", "PURGE"];

fn any_route() -> impl Strategy<Value = Route<u32>> {
    let path = (prop::collection::vec(prop::sample::select(PARTS), 1..4), 0..4_u8);
    let condition =
        prop::option::of((prop::sample::select(&["v", "w"][..]), prop::sample::select(&["1", "2"][..])));
    let hosts = prop::collection::vec(prop::sample::select(HOSTS), 0..3);
    let methods = prop::collection::vec(prop::sample::select(METHODS), 0..3);
    (hosts, path, methods, -1..2_i32, condition, 0..3_u32).prop_map(
        |(hosts, (parts, tail), methods, priority, condition, team)| {
            let parts = parts.iter().enumerate().map(|(at, part)| part.replace("{p}", &format!("{{p{at}}}")));
            let mut path = format!("/{}", parts.collect::<Vec<_>>().join("/"));
            match tail {
                1 => path.push_str("/*rest"),
                2 => path.push_str("/*"),
                3 => path.push('^'),
                _ => {}
            }
            let hosts = hosts.into_iter().filter(|host| !host.is_empty());
            Route {
                hosts: hosts.map(|host| HostPattern::parse(host).unwrap()).collect(),
                methods: if methods.is_empty() { Methods::any() } else { Methods::of(methods) },
                priority: if team == 2 { 0 } else { priority },
                team: format!("team-{team}").into(),
                conditions: condition
                    .map(|(name, value)| Condition::Header(name.into(), Test::Equals(value.into())))
                    .into_iter()
                    .collect(),
                ..route("", "", &path)
            }
        },
    )
}

fn any_routes() -> impl Strategy<Value = Vec<Route<u32>>> {
    prop::collection::vec(any_route(), 0..25).prop_map(|mut routes| {
        for (at, route) in routes.iter_mut().enumerate() {
            route.name = format!("route-{at:02}").into();
            route.id = u32::try_from(at).unwrap();
        }
        routes
    })
}

#[derive(Debug)]
struct Request {
    host: &'static str,
    path: String,
    method: &'static str,
    headers: HashMap<&'static str, &'static str>,
}

impl Facts for Request {
    fn any_header(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.headers.get(name).is_some_and(|value| test(value.as_bytes()))
    }

    fn any_query(&self, _: &str, _: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        false
    }
}

fn any_request() -> impl Strategy<Value = Request> {
    let host =
        prop::sample::select(&["a.com", "B.a.com:80", "c.b.a.com", "x.a.com.", "[0::1]:1", "z", ""][..]);
    let parts = prop::collection::vec(prop::sample::select(&["a", "b", "ab", "abb", "c", ""][..]), 1..6);
    let method = prop::sample::select(&["GET", "POST", "PURGE", "PUT"][..]);
    let header = (prop::sample::select(&["v", "w"][..]), prop::sample::select(&["1", "2"][..]));
    (host, parts, method, prop::option::of(header)).prop_map(|(host, parts, method, header)| Request {
        host,
        path: format!("/{}", parts.join("/")),
        method,
        headers: header.into_iter().collect(),
    })
}

proptest! {
    #[test]
    fn the_matcher_finds_what_trying_all_routes_finds(
        routes in any_routes(),
        requests in prop::collection::vec(any_request(), 1..20),
    ) {
        let matcher = matcher(routes.clone());
        for request in &requests {
            let found = matcher.find(request.host, &request.path, request.method, request);
            let expect = reference::find(&routes, request);
            let found = found.map(|found| {
                let params = found.params(&request.path);
                (*found.id(), params.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>())
            });
            prop_assert_eq!(&found, &expect, "{:?}", request);
        }
    }

    #[test]
    fn changing_a_matcher_equals_building_it_anew(
        routes in any_routes(),
        keep in prop::collection::vec(any::<bool>(), 25),
        requests in prop::collection::vec(any_request(), 1..20),
    ) {
        let all: Vec<_> = routes.into_iter().map(Arc::new).collect();
        let mut changed = Matcher::default();
        let other = |route: &Arc<Route<u32>>| Route { id: route.id + 1_000, ..Route::clone(route) };
        all.iter().rev().for_each(|route| drop(changed.insert(other(route))));
        for (route, keep) in all.iter().zip(&keep) {
            prop_assert!(*keep || changed.remove(route));
        }
        let before = changed.clone();
        for (route, keep) in all.iter().zip(&keep) {
            prop_assert_eq!(changed.exchange(Arc::clone(route)), *keep);
        }
        let kept = all.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(route, _)| Route::clone(route));
        let anew = matcher(kept);
        prop_assert_eq!(changed.len(), anew.len());
        for request in &requests {
            let find = |matcher: &Matcher<u32>| {
                let found = matcher.find(request.host, &request.path, request.method, request);
                found.map(|found| (*found.id(), found.params))
            };
            prop_assert_eq!(find(&changed), find(&anew), "{:?}", request);
            let old = find(&before).map(|(id, params)| (id - 1_000, params));
            prop_assert_eq!(old, find(&anew), "{:?}", request);
        }
    }

    #[test]
    fn any_text_is_a_host_or_not(text in any::<String>(), pattern in any::<String>()) {
        let host = Host::new(&text);
        prop_assert!(HostPattern::Any.matches(&host));
        if let Ok(pattern) = HostPattern::parse(&pattern) {
            prop_assert_eq!(HostPattern::parse(&pattern.to_string()), Ok(pattern));
        }
        std::hint::black_box(&PathPattern::parse(&pattern));
        std::hint::black_box(&PathPattern::prefix(&format!("/{pattern}")));
    }
}
