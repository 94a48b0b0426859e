use super::*;

fn run(input: &[u8]) -> Result<Option<Request>, Reject> {
    parse(input, &Limits::default(), Scheme::Http, &mut Scan::default())
}

fn ok(input: &str) -> Request {
    match run(input.as_bytes()) {
        Ok(Some(request)) => request,
        other => panic!("{input:?}: {other:?}"),
    }
}

#[track_caller]
fn refused(input: &[u8], reason: Reason, detail: &str) {
    match run(input) {
        Err(reject) => {
            assert_eq!(reject.reason, reason, "{}: {}", input.escape_ascii(), reject.detail);
            assert!(reject.detail.contains(detail), "{}: {}", input.escape_ascii(), reject.detail);
            assert!(reject.detail.contains("(RFC "), "no section: {}", reject.detail);
        }
        other => panic!("{}: {other:?}", input.escape_ascii()),
    }
}

/// A GET with these fields behind `Host`.
fn with(fields: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

#[test]
fn a_plain_request_is_read_whole() {
    let input = "GET /a/b?x=1&y=?z HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent:  curl/8 \t\r\nX-Empty:\r\n\r\nrest";
    let request = ok(input);
    let head = &request.head;
    assert_eq!((&head.method, head.version, head.scheme), (&Method::Get, Version::Http11, Scheme::Http));
    assert_eq!(head.authority(), "shop.example:8080");
    assert_eq!((head.path(), head.query()), ("/a/b", Some("x=1&y=?z")));
    assert_eq!(head.fields.get(Known::UserAgent), Some(&b"curl/8"[..]));
    assert_eq!(head.fields.get_named("x-empty"), Some(&b""[..]));
    assert!(!head.fields.has(Known::Host));
    assert_eq!(request.consumed, input.len() - 4);
    assert_eq!(request.framing, Framing::None);
    assert!(request.keep_alive);
    assert!(!request.expect_continue && !request.upgrade);
}

#[test]
fn fields_keep_order_case_and_bytes_above_ascii() {
    let input = b"GET / HTTP/1.1\r\nhost: a\r\nX-B: 1\r\nx-a: \xc3\xa9\xff\r\nX-B: 2\r\n\r\n";
    let request = run(input).unwrap().unwrap();
    let all: Vec<_> = request.head.fields.iter().map(|(name, value, _)| (name, value)).collect();
    assert_eq!(all, [(&b"X-B"[..], &b"1"[..]), (b"x-a", b"\xc3\xa9\xff"), (b"X-B", b"2")]);
}

#[test]
fn the_four_target_forms() {
    let cases = [
        ("GET / HTTP/1.1\r\nHost: a", ("a", "/", None)),
        ("GET //b/../c%2f;v=1 HTTP/1.1\r\nHost: a", ("a", "//b/../c%2f;v=1", None)),
        ("GET /? HTTP/1.1\r\nHost: a", ("a", "/", Some(""))),
        ("GET /f[0]|{x}^` HTTP/1.1\r\nHost: a", ("a", "/f[0]|{x}^`", None)),
        ("GET /?q=a\\b'[] HTTP/1.1\r\nHost: a", ("a", "/", Some("q=a\\b'[]"))),
        ("GET http://b:81/x?y HTTP/1.1\r\nHost: a", ("b:81", "/x", Some("y"))),
        ("GET HTTP://b HTTP/1.1\r\nHost: a", ("b", "/", None)),
        ("GET http://b?y HTTP/1.1\r\nHost: a", ("b", "/", Some("y"))),
        ("GET http://[::1]:80/ HTTP/1.1\r\nHost: a", ("[::1]:80", "/", None)),
        ("OPTIONS * HTTP/1.1\r\nHost: a", ("a", "*", None)),
        ("OPTIONS http://b HTTP/1.1\r\nHost: a", ("b", "*", None)),
        ("OPTIONS http://b/ HTTP/1.1\r\nHost: a", ("b", "/", None)),
        ("OPTIONS /x HTTP/1.1\r\nHost: a", ("a", "/x", None)),
        ("CONNECT b.example:443 HTTP/1.1\r\nHost: a", ("b.example:443", "", None)),
        ("GET /x HTTP/1.0", ("", "/x", None)),
        ("GET /x HTTP/1.0\r\nHost: a", ("a", "/x", None)),
    ];
    for (start, expect) in cases {
        let request = ok(&format!("{start}\r\n\r\n"));
        let head = &request.head;
        assert_eq!((head.authority(), head.path(), head.query()), expect, "{start}");
    }
}

#[test]
fn an_absolute_target_must_fit_the_connection() {
    let input = b"GET https://b/ HTTP/1.1\r\nHost: a\r\n\r\n";
    refused(input, Reason::MisdirectedRequest, "https");
    let over_tls = |input: &[u8]| parse(input, &Limits::default(), Scheme::Https, &mut Scan::default());
    assert_eq!(over_tls(input).unwrap().unwrap().head.scheme, Scheme::Https);
    let plain = over_tls(b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n").unwrap().unwrap();
    assert_eq!(plain.head.scheme, Scheme::Http);
    let origin = over_tls(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap().unwrap();
    assert_eq!(origin.head.scheme, Scheme::Https);
}

#[test]
fn request_lines_that_break_the_grammar() {
    let cases: &[(&[u8], &str)] = &[
        (b" GET / HTTP/1.1", "method"),
        (b"GET", "method"),
        (b"G@T / HTTP/1.1", "method"),
        (b"GET\t/ HTTP/1.1", "method"),
        (b"\x00GET / HTTP/1.1", "method"),
        (b"\x16\x03\x01\x02", "method"),
        (b"GET  / HTTP/1.1", "neither a path"),
        (b"GET /", "no version"),
        (b"GET / ", "two digits"),
        (b"GET / HTTP/1.1 ", "two digits"),
        (b"GET /\tHTTP/1.1", "no version"),
        (b"GET / http/1.1", "two digits"),
        (b"GET / HTTP/1.10", "two digits"),
        (b"GET / HTTP/11", "two digits"),
        (b"GET / HTTP/1,1", "two digits"),
        (b"GET / HTTP/x.1", "two digits"),
        (b"GET / / HTTP/1.1", "space"),
        (b"GET /a b HTTP/1.1", "space"),
        (b"GET /a?b c HTTP/1.1", "space"),
        (b"GET a HTTP/1.1", "neither a path"),
        (b"GET a.example:80 HTTP/1.1", "neither a path"),
        (b"GET ?x HTTP/1.1", "neither a path"),
        (b"GET ftp://a/ HTTP/1.1", "neither a path"),
        (b"GET http:/a/ HTTP/1.1", "neither a path"),
        (b"GET * HTTP/1.1", "OPTIONS alone"),
        (b"OPTIONS *x HTTP/1.1", "neither a path"),
        (b"GET /a#b HTTP/1.1", "fragment"),
        (b"GET /a?b#c HTTP/1.1", "fragment"),
        (b"GET http://a#c HTTP/1.1", "fragment"),
        (b"GET /a\x00b HTTP/1.1", "character"),
        (b"GET /a\x7fb HTTP/1.1", "character"),
        (b"GET /a\xc3\xa9 HTTP/1.1", "character"),
        (b"GET /a?\xff HTTP/1.1", "character"),
        (b"GET /a\\b HTTP/1.1", "character"),
        (b"GET /<b> HTTP/1.1", "character"),
        (b"GET /?\"x\" HTTP/1.1", "character"),
        (b"CONNECT a.example HTTP/1.1", "no port"),
        (b"CONNECT a.example: HTTP/1.1", "no port"),
        (b"CONNECT a.example:0 HTTP/1.1", "no port"),
        (b"CONNECT / HTTP/1.1", "not a host"),
        (b"CONNECT http://a:80/ HTTP/1.1", "not a host"),
        (b"CONNECT user@a:80 HTTP/1.1", "not a host"),
    ];
    for (line, detail) in cases {
        refused(&[line, &b"\r\nHost: a\r\n\r\n"[..]].concat(), Reason::MalformedRequest, detail);
    }
}

#[test]
fn versions_are_told_apart() {
    for (version, expect) in [("1.0", Version::Http10), ("1.1", Version::Http11), ("1.9", Version::Http11)] {
        assert_eq!(ok(&format!("GET / HTTP/{version}\r\nHost: a\r\n\r\n")).head.version, expect);
    }
    for line in ["GET / HTTP/2.0", "GET / HTTP/0.9", "GET / HTTP/3.1", "PRI * HTTP/2.0"] {
        refused(format!("{line}\r\n\r\n").as_bytes(), Reason::UnsupportedVersion, "major");
    }
}

#[test]
fn authorities_of_absolute_targets_are_checked() {
    for target in
        ["http://", "http:///x", "http://u@a/", "http://a:b/", "http://[::1/", "http://a%/", "http://:80/"]
    {
        let input = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        refused(input.as_bytes(), Reason::InvalidHost, "");
    }
}

#[test]
fn hosts_are_required_single_and_valid() {
    refused(b"GET / HTTP/1.1\r\n\r\n", Reason::InvalidHost, "missing");
    refused(b"GET http://a/ HTTP/1.1\r\n\r\n", Reason::InvalidHost, "missing");
    refused(b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", Reason::InvalidHost, "more than once");
    refused(b"GET http://a/ HTTP/1.1\r\nHost: b\r\nHost: c\r\n\r\n", Reason::InvalidHost, "more than once");
    refused(b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", Reason::InvalidHost, "more than once");
    for value in
        ["", " ", "a b", "a/b", "http://a", "u@a", "a:b", "a:99999", "[::1", "a\tb", "a\\b", "a?b", "a#b"]
    {
        refused(format!("GET / HTTP/1.1\r\nHost: {value}\r\n\r\n").as_bytes(), Reason::InvalidHost, "");
    }
}

#[test]
fn field_lines_that_break_the_grammar() {
    let cases: &[(&[u8], &str)] = &[
        (b" X: 1\r\n", "folding"),
        (b"X: 1\r\n 2\r\n", "folding"),
        (b"X: 1\r\n\t2\r\n", "folding"),
        (b"X : 1\r\n", "before the colon"),
        (b"X\t: 1\r\n", "before the colon"),
        (b": 1\r\n", "no name"),
        (b"X\r\n", "no colon"),
        (b"X Y: 1\r\n", "white space in it"),
        (b"X\x00Y: 1\r\n", "no token"),
        (b"X(Y): 1\r\n", "no token"),
        (b"\xc3\xa9: 1\r\n", "no token"),
        (b"X\x0b: 1\r\n", "no token"),
        (b"X: a\x00b\r\n", "NUL"),
        (b"X: a\rb\r\n", "CR stands without LF"),
        (b"X: a\r\r\n", "CR stands without LF"),
        (b"X: a\x0bb\r\n", "control"),
        (b"X: a\x7f\r\n", "control"),
        (b"X: a\x1b[0m\r\n", "control"),
        (b"X: 1\nY: 2\r\n", "LF without CR"),
        (b"X: 1\n", "LF without CR"),
        (b"\n", "LF without CR"),
    ];
    for (fields, detail) in cases {
        let input = [&b"GET / HTTP/1.1\r\nHost: a\r\n"[..], fields, b"\r\n"].concat();
        refused(&input, Reason::MalformedRequest, detail);
    }
    refused(b"GET / HTTP/1.1\nHost: a\r\n\r\n", Reason::MalformedRequest, "LF without CR");
    refused(b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", Reason::MalformedRequest, "folding");
}

#[test]
fn one_empty_line_may_stand_before_a_request() {
    let request = ok("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((request.head.authority(), request.consumed), ("a", 29));
    refused(b"\r\n\r\nGET / HTTP/1.1\r\n", Reason::MalformedRequest, "more than one");
    refused(b"\r\n\nGET", Reason::MalformedRequest, "more than one");
    refused(b"\nGET", Reason::MalformedRequest, "LF");
    refused(b"\rGET", Reason::MalformedRequest, "CR");
    for partial in [&b""[..], b"\r", b"\r\n", b"\r\nG", b"G", b"GET / HTTP/1.1\r\nHost: a\r\n\r"] {
        assert!(run(partial).unwrap().is_none(), "{partial:?}");
    }
}

#[test]
fn lengths_are_stated_once_or_refused() {
    let framing = |fields: &str| ok(&with(fields)).framing;
    assert_eq!(framing(""), Framing::None);
    assert_eq!(framing("Content-Length: 0\r\n"), Framing::Length(0));
    assert_eq!(framing("content-length:007\r\n"), Framing::Length(7));
    assert_eq!(framing("Content-Length: 18446744073709551615\r\n"), Framing::Length(u64::MAX));
    assert_eq!(framing("Transfer-Encoding: chunked\r\n"), Framing::Chunked);
    assert_eq!(framing("transfer-encoding:\tCHUNKED \r\n"), Framing::Chunked);
    let ambiguous = [
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: 5,\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: chunked,\r\n",
        "Transfer-Encoding: , chunked\r\n",
        "Transfer-Encoding:\r\n",
    ];
    for fields in ambiguous {
        refused(with(fields).as_bytes(), Reason::AmbiguousLength, "");
    }
    for fields in ["gzip, chunked", "identity, chunked", "gzip\r\nTransfer-Encoding: chunked"] {
        let fields = format!("Transfer-Encoding: {fields}\r\n");
        refused(with(&fields).as_bytes(), Reason::UnsupportedCoding, "besides chunked");
    }
    for value in
        ["", "+5", "-5", "5 5", "0x5", "5;", "five", "\"5\"", "5.0", "18446744073709551616", "\u{665}"]
    {
        let fields = format!("Content-Length: {value}\r\n");
        refused(with(&fields).as_bytes(), Reason::MalformedRequest, "decimal");
    }
    let old = b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    refused(old, Reason::AmbiguousLength, "HTTP/1.0");
    let trace = b"TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n";
    refused(trace, Reason::MalformedRequest, "TRACE");
}

#[test]
fn connections_persist_as_told() {
    let keeps = |version: &str, fields: &str| {
        ok(&format!("GET / HTTP/{version}\r\nHost: a\r\n{fields}\r\n")).keep_alive
    };
    assert!(keeps("1.1", ""));
    assert!(keeps("1.1", "Connection: , ,keep-alive\r\n"));
    assert!(!keeps("1.1", "Connection: Close\r\n"));
    assert!(!keeps("1.1", "Connection: keep-alive, close\r\n"));
    assert!(!keeps("1.1", "Connection: x\r\nConnection: close\r\n"));
    assert!(!keeps("1.0", ""));
    assert!(keeps("1.0", "Connection: Keep-Alive\r\n"));
    assert!(!keeps("1.0", "Connection: keep-alive, close\r\n"));
    refused(with("Connection: a b\r\n").as_bytes(), Reason::MalformedRequest, "token");
}

#[test]
fn expectations_are_met_or_refused() {
    let post = |version: &str, fields: &str| format!("POST / HTTP/{version}\r\nHost: a\r\n{fields}\r\n");
    assert!(ok(&post("1.1", "Expect: 100-Continue\r\nContent-Length: 1\r\n")).expect_continue);
    let empty = ok(&post("1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n"));
    assert!(!empty.expect_continue && !empty.head.fields.has(Known::Expect), "nothing to wait for");
    assert!(!ok(&post("1.1", "Expect:\r\nContent-Length: 1\r\n")).expect_continue);
    let old = ok(&post("1.0", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
    assert!(!old.expect_continue && !old.head.fields.has(Known::Expect));
    refused(post("1.1", "Expect: 200-ok\r\n").as_bytes(), Reason::ExpectationFailed, "100-continue");
    refused(post("1.1", "Expect: 100-continue, x\r\n").as_bytes(), Reason::ExpectationFailed, "100-continue");
}

#[test]
fn upgrades_are_noticed() {
    let upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n";
    assert!(ok(&with(upgrade)).upgrade);
    assert!(!ok(&with("Upgrade: websocket\r\n")).upgrade);
    assert!(!ok(&with("Connection: upgrade\r\n")).upgrade);
    let old = ok(&format!("GET / HTTP/1.0\r\n{upgrade}\r\n"));
    assert!(!old.upgrade && !old.head.fields.has(Known::Upgrade));
}

#[test]
fn limits_hold_to_the_byte() {
    let limits = Limits { request_line: 16, head: 64, fields: 3 };
    let run = |input: &str| parse(input.as_bytes(), &limits, Scheme::Http, &mut Scan::default());
    let reason = |input: &str| run(input).unwrap_err().reason;
    assert!(run("GET /ab HTTP/1.1\r\nHost: a\r\n\r\n").unwrap().is_some());
    assert_eq!(reason("GET /abc HTTP/1.1\r\nHost: a\r\n\r\n"), Reason::TargetTooLong);
    assert!(run("GET /abcdefghijklm").unwrap().is_none(), "18 bytes: line end may be among them");
    assert_eq!(reason("GET /abcdefghijklmn"), Reason::TargetTooLong);
    let padded = |pad: usize| format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(pad));
    assert_eq!(padded(32).len(), 64);
    assert!(run(&padded(32)).unwrap().is_some());
    assert_eq!(reason(&padded(33)), Reason::HeadTooLarge);
    let endless = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(46));
    assert_eq!(reason(&endless), Reason::HeadTooLarge);
    let many = |n: usize| format!("GET / HTTP/1.1\r\n{}Host: a\r\n\r\n", "X:\r\n".repeat(n));
    assert!(run(&many(2)).unwrap().is_some());
    assert_eq!(reason(&many(3)), Reason::HeadTooLarge);
}
