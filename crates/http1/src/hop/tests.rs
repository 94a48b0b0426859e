use std::net::IpAddr;

use message::{Method, Reason, RequestHead, Scheme, Version};

use super::*;

fn fields(list: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in list {
        assert!(fields.push_named(name.as_bytes(), value.as_bytes()));
    }
    fields
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn hop_by_hop_fields_and_those_that_connection_names_are_removed() {
    let mut all = fields(&[
        ("Connection", "X-Private, , keep-ALIVE"),
        ("x-private", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "keep-alive"),
        ("Transfer-Encoding", "chunked"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAAA"),
        ("TE", "gzip"),
        ("X-PRIVATE", "2"),
        ("X-Private-Not", "3"),
        ("connection", "close, x-other"),
        ("X-Other", "4"),
        ("Accept", "*/*"),
    ]);
    assert_eq!(strip(&mut all), Stripped::default());
    assert_eq!(all, fields(&[("X-Private-Not", "3"), ("Accept", "*/*")]));
}

#[test]
fn connection_is_obeyed_whatever_it_names() {
    let mut all = fields(&[
        ("Connection", "authorization, cookie, content-length, host, via, cache-control, connection"),
        ("Authorization", "x"),
        ("Cookie", "y"),
        ("Content-Length", "5"),
        ("Via", "1.1 z"),
        ("Cache-Control", "no-store"),
        ("A", "1"),
    ]);
    strip(&mut all);
    assert_eq!(all, fields(&[("A", "1")]));
}

#[test]
fn nothing_is_touched_where_there_is_nothing_to_remove() {
    let list = [("Accept", "*/*"), ("Content-Length", "5"), ("Trailer", "X")];
    let mut all = fields(&list);
    assert_eq!(strip(&mut all), Stripped::default());
    assert_eq!(all, fields(&list));
}

#[test]
fn upgrade_and_te_survive_as_what_the_peer_wants() {
    let mut all =
        fields(&[("Connection", "Upgrade, te"), ("Upgrade", "websocket"), ("TE", "gzip, trailers")]);
    assert_eq!(upgrade(&all), Some(&b"websocket"[..]));
    let stripped = strip(&mut all);
    assert_eq!(stripped, Stripped { upgrade: Some(b"websocket"[..].into()) });
    assert_eq!(all, fields(&[("te", "trailers")]));
    let unnamed = fields(&[("Connection", "keep-alive"), ("Upgrade", "websocket")]);
    assert_eq!(upgrade(&unnamed), None);
}

#[test]
fn many_connection_options_are_no_burden() {
    let names: Vec<String> = (0..5000).map(|n| format!("x{n}")).collect();
    let mut all = fields(&[("Connection", &names.join(",")), ("X4999", "a"), ("X5000", "b")]);
    strip(&mut all);
    assert_eq!(all, fields(&[("X5000", "b")]));
}

#[test]
fn via_grows_and_shows_a_loop() {
    let mut all = fields(&[("Via", "1.0 fred (a, \\) weir), 1.1 p.example.net")]);
    assert!(!loops(&all, "weir"));
    push_via(&mut all, Version::Http2, "Weir");
    push_via(&mut all, Version::Http10, "next");
    let values: Vec<_> = all.get_all(Known::Via).skip(1).collect();
    assert_eq!(values, [&b"2 Weir"[..], b"1.0 next"]);
    for (name, found) in [("weir", true), ("FRED", true), ("p.example.net", true), ("a", false), ("2", false)]
    {
        assert_eq!(loops(&all, name), found, "{name}");
    }
    let tight = fields(&[("Via", "HTTP/1.1  weir,1.1 b")]);
    assert!(loops(&tight, "weir") && loops(&tight, "b") && !loops(&tight, "wei"));
}

#[test]
fn max_forwards_counts_down_for_trace_and_options() {
    let run = |method: Method, value: &str| {
        let mut head = RequestHead::new(method, "a", "/");
        head.fields.push(Known::MaxForwards, value.as_bytes());
        let what = max_forwards(&mut head)?;
        Ok((what, head.fields.get_str(Known::MaxForwards).unwrap_or_default().to_owned()))
    };
    let went = |what, left: &str| Ok::<_, crate::Reject>((what, left.to_owned()));
    for method in [Method::Trace, Method::Options] {
        assert_eq!(run(method.clone(), "0"), went(MaxForwards::Answer, "0"));
        assert_eq!(run(method.clone(), "000"), went(MaxForwards::Answer, "000"));
        assert_eq!(run(method.clone(), "10"), went(MaxForwards::Forward, "9"));
        let huge = "99999999999999999999999";
        assert_eq!(run(method.clone(), huge), went(MaxForwards::Forward, "18446744073709551614"));
        for bad in ["", "-1", "1, 1", "x", "+1"] {
            let reject: crate::Reject = run(method.clone(), bad).unwrap_err();
            assert_eq!(reject.reason, Reason::MalformedRequest, "{bad}");
        }
    }
    assert_eq!(run(Method::Get, "0"), went(MaxForwards::Forward, "0"));
    let mut none = RequestHead::new(Method::Options, "a", "*");
    assert_eq!(max_forwards(&mut none), Ok(MaxForwards::Forward));
    let mut twice = RequestHead::new(Method::Trace, "a", "/");
    twice.fields = fields(&[("Max-Forwards", "1"), ("Max-Forwards", "1")]);
    assert!(max_forwards(&mut twice).is_err());
}

#[test]
fn lengths_follow_the_status() {
    for (status, left) in [(100, 0), (103, 0), (204, 0), (200, 1), (304, 1)] {
        let mut head = ResponseHead::new(status);
        head.fields.push(Known::ContentLength, b"0");
        drop_bodiless_length(&mut head);
        assert_eq!(head.fields.len(), left, "{status}");
    }
}

#[test]
fn forwarding_fields_are_replaced_or_extended_by_trust() {
    let earlier = [
        ("X-Forwarded-For", "1.2.3.4"),
        ("x-forwarded-for", "5.6.7.8, 9.9.9.9"),
        ("X-Forwarded-Host", "first.example"),
        ("X-Forwarded-Proto", "https"),
        ("Forwarded", "for=1.2.3.4"),
    ];
    let mut hop =
        Forwarding { peer: ip("10.0.200.9"), trust: Trust::Extend, scheme: Scheme::Http, port: 8080 };
    let value = |all: &RequestHead, known| all.fields.get_str(known).unwrap_or_default().to_owned();
    let head = |host: &str, list: &[(&str, &str)]| {
        let mut head = RequestHead::new(Method::Get, host, "/");
        for (name, value) in list {
            assert!(head.fields.push_named(name.as_bytes(), value.as_bytes()));
        }
        head
    };
    let mut all = head("a.example:80", &earlier);
    push_x_forwarded(&mut all, &hop);
    push_forwarded(&mut all, &hop);
    assert_eq!(value(&all, Known::XForwardedFor), "1.2.3.4, 5.6.7.8, 9.9.9.9, 10.0.200.9");
    assert_eq!(all.fields.get_all(Known::XForwardedFor).count(), 1);
    assert_eq!(value(&all, Known::XForwardedHost), "first.example");
    assert_eq!(value(&all, Known::XForwardedProto), "https");
    assert_eq!(value(&all, Known::XForwardedPort), "8080");
    let expect = "for=1.2.3.4, for=10.0.200.9;host=\"a.example:80\";proto=http";
    assert_eq!(value(&all, Known::Forwarded), expect);

    hop.trust = Trust::Replace;
    hop.peer = ip("2001:db8::1");
    let mut all = head("a.example", &earlier);
    push_x_forwarded(&mut all, &hop);
    push_forwarded(&mut all, &hop);
    assert_eq!(value(&all, Known::XForwardedFor), "2001:db8::1");
    assert_eq!(value(&all, Known::XForwardedHost), "a.example");
    assert_eq!(value(&all, Known::XForwardedProto), "http");
    assert_eq!(value(&all, Known::Forwarded), "for=\"[2001:db8::1]\";host=a.example;proto=http");

    hop.peer = ip("::ffff:192.0.2.1");
    let mut all = head("", &[]);
    push_x_forwarded(&mut all, &hop);
    push_forwarded(&mut all, &hop);
    assert_eq!(value(&all, Known::XForwardedFor), "192.0.2.1");
    assert!(!all.fields.has(Known::XForwardedHost));
    assert_eq!(value(&all, Known::Forwarded), "for=192.0.2.1;proto=http");
}

#[test]
fn the_client_is_the_last_address_that_no_trusted_proxy_stands_at() {
    let trusted = |address: IpAddr| address.to_string().starts_with("10.");
    let client = |value: &str, peer: &str| {
        client_address(&fields(&[("X-Forwarded-For", value)]), ip(peer), trusted).to_string()
    };
    assert_eq!(client("1.2.3.4", "192.0.2.1"), "192.0.2.1", "an untrusted peer is not believed");
    assert_eq!(client("1.2.3.4", "10.0.0.1"), "1.2.3.4");
    assert_eq!(client("6.6.6.6, 1.2.3.4, 10.0.0.2", "10.0.0.1"), "1.2.3.4");
    assert_eq!(client("10.0.0.3, 10.0.0.2", "10.0.0.1"), "10.0.0.3", "all trusted: the first");
    assert_eq!(client("1.2.3.4, junk, 10.0.0.2", "10.0.0.1"), "10.0.0.2", "nothing behind junk");
    assert_eq!(client("1.2.3.4,,  ,", "::ffff:10.0.0.1"), "1.2.3.4");
    assert_eq!(client("1.2.3.4:5678", "10.0.0.1"), "1.2.3.4");
    assert_eq!(client("[2001:db8::1]:443", "10.0.0.1"), "2001:db8::1");
    assert_eq!(client("[2001:db8::1]", "10.0.0.1"), "2001:db8::1");
    assert_eq!(client("", "10.0.0.1"), "10.0.0.1");
    assert_eq!(client_address(&Fields::new(), ip("10.0.0.1"), trusted), ip("10.0.0.1"));
}

#[test]
fn trailers_that_change_a_message_are_not_allowed() {
    let denied = [
        "Transfer-Encoding",
        "content-length",
        "Host",
        "Trailer",
        "TE",
        "Connection",
        "Cache-Control",
        "Expect",
        "Max-Forwards",
        "Pragma",
        "Range",
        "If-Match",
        "If-None-Match",
        "If-Modified-Since",
        "If-Unmodified-Since",
        "If-Range",
        "Authorization",
        "Proxy-Authorization",
        "Proxy-Authenticate",
        "WWW-Authenticate",
        "Cookie",
        "Set-Cookie",
        "Age",
        "Date",
        "Expires",
        "Location",
        "Retry-After",
        "Vary",
        "Warning",
        "Content-Encoding",
        "Content-Type",
        "Content-Range",
        "X-Forwarded-For",
        "Forwarded",
        "Via",
        "X-Api-Key",
    ];
    for name in denied {
        assert!(!trailer_allowed(Known::of(name.as_bytes()), name.as_bytes()), "{name}");
    }
    for name in
        ["Grpc-Status", "grpc-message", "Digest", "ETag", "Server-Timing", "X-Checksum", "Proxy-Status"]
    {
        assert!(trailer_allowed(Known::of(name.as_bytes()), name.as_bytes()), "{name}");
    }
}
