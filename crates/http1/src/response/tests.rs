use super::*;

fn run(input: &[u8], method: &Method) -> Result<Option<Response>, Reject> {
    parse(input, &Limits::default(), method, &mut Scan::default())
}

fn ok(input: &str, method: &Method) -> Response {
    match run(input.as_bytes(), method) {
        Ok(Some(response)) => response,
        other => panic!("{input:?}: {other:?}"),
    }
}

#[track_caller]
fn refused(input: &[u8], detail: &str) {
    let reject = match run(input, &Method::Get) {
        Err(reject) => reject,
        other => panic!("{}: {other:?}", input.escape_ascii()),
    };
    assert_eq!(reject.reason, Reason::UpstreamMalformed, "{}", input.escape_ascii());
    assert!(reject.detail.contains(detail), "{}: {}", input.escape_ascii(), reject.detail);
    assert!(reject.detail.contains("(RFC "), "no section: {}", reject.detail);
}

#[test]
fn a_plain_response_is_read_whole() {
    let input = "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 2\r\nHost: odd\r\n\r\nhi";
    let response = ok(input, &Method::Get);
    assert_eq!((response.head.status, response.head.version), (200, Version::Http11));
    assert_eq!(response.consumed, input.len() - 2);
    assert_eq!((response.framing, response.kind), (Framing::Length(2), Kind::Final));
    assert!(response.keep_alive);
    assert_eq!(response.head.fields.len(), 3);
}

#[test]
fn status_lines_that_are_taken() {
    let cases = [
        ("HTTP/1.1 200 OK", 200, Version::Http11),
        ("HTTP/1.1 200 ", 200, Version::Http11),
        ("HTTP/1.1 200", 200, Version::Http11),
        ("HTTP/1.0 404 Not here, \u{e9}", 404, Version::Http10),
        ("HTTP/1.2 599 x", 599, Version::Http11),
        ("HTTP/1.1 999 x", 999, Version::Http11),
    ];
    for (line, status, version) in cases {
        let response = ok(&format!("{line}\r\n\r\n"), &Method::Get);
        assert_eq!((response.head.status, response.head.version), (status, version), "{line}");
    }
}

#[test]
fn status_lines_that_are_refused() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "start with HTTP/"),
        (b"200 OK", "start with HTTP/"),
        (b" HTTP/1.1 200 OK", "start with HTTP/"),
        (b"ICY 200 OK", "start with HTTP/"),
        (b"http/1.1 200 OK", "start with HTTP/"),
        (b"HTTP/2.0 200 OK", "version"),
        (b"HTTP/0.9 200 OK", "version"),
        (b"HTTP/1.1  200 OK", "status"),
        (b"HTTP/1.1\t200 OK", "status"),
        (b"HTTP/1.1 20 OK", "status"),
        (b"HTTP/1.1 2000 OK", "status"),
        (b"HTTP/1.1 099 OK", "status"),
        (b"HTTP/1.1 +20 OK", "status"),
        (b"HTTP/1.1 200OK", "status"),
        (b"HTTP/1.1 200 a\x00b", "NUL"),
        (b"HTTP/1.1 200 a\rb", "CR"),
    ];
    for (line, detail) in cases {
        refused(&[line, &b"\r\n\r\n"[..]].concat(), detail);
    }
    refused(b"HTTP/1.1 200 OK\nA: b\r\n\r\n", "LF");
}

#[test]
fn white_space_before_a_colon_is_removed_and_folding_refused() {
    let response = ok("HTTP/1.1 200 OK\r\nContent-Length \t: 3\r\nX-Y : z\r\n\r\n", &Method::Get);
    assert_eq!(response.framing, Framing::Length(3));
    let names: Vec<_> = response.head.fields.iter().map(|(name, _, _)| name).collect();
    assert_eq!(names, [&b"Content-Length"[..], b"X-Y"]);
    refused(b"HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\n\r\n", "folding");
    refused(b"HTTP/1.1 200 OK\r\n X: 1\r\n\r\n", "folding");
    refused(b"HTTP/1.1 200 OK\r\n : 1\r\n\r\n", "folding");
    refused(b"HTTP/1.1 200 OK\r\nX Y: 1\r\n\r\n", "white space in it");
    refused(b"HTTP/1.1 200 OK\r\n: 1\r\n\r\n", "no name");
    refused(b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n", "NUL");
    refused(b"HTTP/1.1 200 OK\r\nConnection: a b\r\n\r\n", "token");
}

#[test]
fn bodies_are_framed_by_the_rules_in_their_order() {
    use Framing::{Chunked, Length, None, UntilClose};
    use Kind::{Final, Interim, Switched};
    let framing = |head: &str, method: &Method| {
        let response = ok(&format!("{head}\r\n\r\n"), method);
        (response.framing, response.kind, response.keep_alive)
    };
    let get = &Method::Get;
    assert_eq!(framing("HTTP/1.1 200 OK", get), (UntilClose, Final, false));
    assert_eq!(framing("HTTP/1.1 200 OK\r\nContent-Length: 9", get), (Length(9), Final, true));
    assert_eq!(framing("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", get), (Chunked, Final, true));
    assert_eq!(framing("HTTP/1.1 200 OK\r\nContent-Length: 9", &Method::Head), (None, Final, true));
    assert_eq!(framing("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", &Method::Head), (None, Final, true));
    assert_eq!(framing("HTTP/1.1 304 x\r\nContent-Length: 9", get), (None, Final, true));
    assert_eq!(framing("HTTP/1.1 204 x", get), (None, Final, true));
    assert_eq!(framing("HTTP/1.1 204 x\r\nContent-Length: 0", get), (None, Final, true));
    assert_eq!(framing("HTTP/1.1 204 x\r\nContent-Length: 5", get), (None, Final, false));
    assert_eq!(framing("HTTP/1.1 204 x\r\nTransfer-Encoding: chunked", get), (None, Final, false));
    assert_eq!(framing("HTTP/1.1 100 Continue", get), (None, Interim, true));
    assert_eq!(framing("HTTP/1.1 103 x\r\nLink: </a>", get), (None, Interim, true));
    assert_eq!(framing("HTTP/1.1 101 x\r\nUpgrade: y\r\nConnection: upgrade", get), (None, Switched, false));
    let connect = &Method::Connect;
    assert_eq!(framing("HTTP/1.1 200 OK\r\nContent-Length: 9", connect), (None, Switched, false));
    assert_eq!(framing("HTTP/1.1 403 No\r\nContent-Length: 9", connect), (Length(9), Final, true));
    assert_eq!(framing("HTTP/1.0 200 OK\r\nContent-Length: 9", get), (Length(9), Final, false));
    let kept = "HTTP/1.0 200 OK\r\nContent-Length: 9\r\nConnection: keep-alive";
    assert_eq!(framing(kept, get), (Length(9), Final, true));
    let closed = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close";
    assert_eq!(framing(closed, get), (Length(9), Final, false));
}

#[test]
fn ambiguous_lengths_are_refused_from_upstreams_too() {
    let cases = [
        ("Content-Length: 5\r\nContent-Length: 5", "more than once"),
        ("Content-Length: 5, 5", "list"),
        ("Content-Length: +5", "decimal"),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", "both"),
        ("Transfer-Encoding: gzip, chunked", "besides chunked"),
        ("Transfer-Encoding: gzip", "final"),
        ("Transfer-Encoding: chunked, chunked", "more than once"),
    ];
    for (fields, detail) in cases {
        refused(format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n").as_bytes(), detail);
    }
    refused(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.0");
    refused(b"HTTP/1.1 103 x\r\nContent-Length: 5\r\n\r\n", "interim");
    refused(b"HTTP/1.1 100 x\r\nTransfer-Encoding: chunked\r\n\r\n", "interim");
}

#[test]
fn limits_have_their_own_reason() {
    let limits = Limits { request_line: 16, head: 48, fields: 2 };
    let run = |input: &str| parse(input.as_bytes(), &limits, &Method::Get, &mut Scan::default());
    assert!(run("HTTP/1.1 200 abc\r\nA: b\r\n\r\n").unwrap().is_some());
    for input in [
        "HTTP/1.1 200 abcd\r\n\r\n".to_owned(),
        format!("HTTP/1.1 200 a\r\nX: {}", "x".repeat(48)),
        "HTTP/1.1 200 a\r\nA:\r\nB:\r\nC:\r\n\r\n".to_owned(),
    ] {
        assert_eq!(run(&input).unwrap_err().reason, Reason::UpstreamHeadTooLarge, "{input}");
    }
}
