use message::{Method, Scheme};

use super::*;

fn request(head: &RequestHead, framing: Framing, connection: Connection<'_>) -> String {
    let mut out = Vec::new();
    request_head(&mut out, head, framing, connection);
    String::from_utf8(out).unwrap()
}

fn response(head: &ResponseHead, framing: Framing, connection: Connection<'_>, client: Version) -> String {
    let mut out = Vec::new();
    response_head(&mut out, head, framing, connection, client, b"NOW");
    String::from_utf8(out).unwrap()
}

fn fields(list: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in list {
        assert!(fields.push_named(name.as_bytes(), value.as_bytes()));
    }
    fields
}

#[test]
fn requests_are_written_in_the_form_for_their_method() {
    let line = |method, authority, target| {
        let head = RequestHead::new(method, authority, target);
        request(&head, Framing::None, Connection::KeepAlive)
    };
    assert_eq!(line(Method::Get, "a:81", "/x?y"), "GET /x?y HTTP/1.1\r\nhost: a:81\r\n\r\n");
    assert_eq!(line(Method::Get, "a", ""), "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(line(Method::Get, "a", "/x?"), "GET /x? HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(line(Method::Options, "a", "*"), "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(line(Method::Connect, "a:443", ""), "CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n");
    assert_eq!(line(Method::Other("PURGE".into()), "", "/"), "PURGE / HTTP/1.1\r\nhost: \r\n\r\n");
}

#[test]
fn framing_and_connection_of_a_request_are_the_callers() {
    let mut head = RequestHead::new(Method::Post, "a", "/");
    head.version = Version::Http2;
    head.scheme = Scheme::Https;
    head.fields = fields(&[
        ("A", "1"),
        ("Content-Length", "999"),
        ("Transfer-Encoding", "gzip"),
        ("Connection", "x, close"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "close"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAA"),
        ("Host", "evil"),
        ("b", "2"),
    ]);
    // The spans of `RequestHead::new` lie in the replaced block.
    head.set_authority("a");
    head.set_target("/");
    let start = "POST / HTTP/1.1\r\nhost: a\r\nA: 1\r\nb: 2\r\n";
    let cases = [
        (Framing::None, Connection::KeepAlive, ""),
        (Framing::Length(0), Connection::KeepAlive, "content-length: 0\r\n"),
        (
            Framing::Length(u64::MAX),
            Connection::Close,
            "content-length: 18446744073709551615\r\nconnection: close\r\n",
        ),
        (Framing::Chunked, Connection::KeepAlive, "transfer-encoding: chunked\r\n"),
        (Framing::UntilClose, Connection::KeepAlive, "transfer-encoding: chunked\r\n"),
        (Framing::None, Connection::Upgrade(b"websocket"), "connection: upgrade\r\nupgrade: websocket\r\n"),
    ];
    for (framing, connection, end) in cases {
        assert_eq!(request(&head, framing, connection), format!("{start}{end}\r\n"));
    }
}

#[test]
fn te_goes_on_only_as_trailers_and_named() {
    let mut head = RequestHead::new(Method::Get, "a", "/");
    assert!(head.fields.push_named(b"TE", b"gzip, trailers;q=0.5, trailers"));
    let start = "GET / HTTP/1.1\r\nhost: a\r\n";
    let kept = request(&head, Framing::None, Connection::KeepAlive);
    assert_eq!(kept, format!("{start}connection: te\r\nte: trailers\r\n\r\n"));
    let closed = request(&head, Framing::None, Connection::Close);
    assert_eq!(closed, format!("{start}connection: close, te\r\nte: trailers\r\n\r\n"));
    head.fields.set(Known::Te, b"gzip");
    assert_eq!(request(&head, Framing::None, Connection::KeepAlive), format!("{start}\r\n"));
}

#[test]
fn responses_are_framed_and_dated() {
    let mut head = ResponseHead::new(200);
    head.fields = fields(&[("Content-Length", "7"), ("Transfer-Encoding", "x"), ("A", "1"), ("TE", "x")]);
    let new = Version::Http11;
    let write = |framing, connection, client| response(&head, framing, connection, client);
    let start = "HTTP/1.1 200 OK\r\ndate: NOW\r\nA: 1\r\n";
    let keep = Connection::KeepAlive;
    assert_eq!(write(Framing::Length(3), keep, new), format!("{start}content-length: 3\r\n\r\n"));
    assert_eq!(write(Framing::Chunked, keep, new), format!("{start}transfer-encoding: chunked\r\n\r\n"));
    assert_eq!(write(Framing::None, keep, new), format!("{start}content-length: 7\r\n\r\n"), "HEAD");
    assert_eq!(write(Framing::UntilClose, keep, new), format!("{start}connection: close\r\n\r\n"));
    let closed = write(Framing::Length(3), Connection::Close, new);
    assert_eq!(closed, format!("{start}content-length: 3\r\nconnection: close\r\n\r\n"));
    let old = write(Framing::Length(3), keep, Version::Http10);
    assert_eq!(old, format!("{start}content-length: 3\r\nconnection: keep-alive\r\n\r\n"));
}

#[test]
fn bodiless_statuses_state_no_length() {
    let mut head = ResponseHead::new(204);
    head.fields = fields(&[("Content-Length", "0"), ("Date", "then")]);
    let new = Version::Http11;
    let empty = response(&head, Framing::None, Connection::KeepAlive, new);
    assert_eq!(empty, "HTTP/1.1 204 No Content\r\nDate: then\r\n\r\n");
    head.status = 304;
    let unchanged = response(&head, Framing::None, Connection::KeepAlive, new);
    assert_eq!(unchanged, "HTTP/1.1 304 Not Modified\r\nDate: then\r\ncontent-length: 0\r\n\r\n");
    head.status = 101;
    head.fields = fields(&[("Sec-WebSocket-Accept", "x"), ("Upgrade", "old")]);
    let switched = response(&head, Framing::None, Connection::Upgrade(b"websocket"), new);
    let expect = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\
                  connection: upgrade\r\nupgrade: websocket\r\n\r\n";
    assert_eq!(switched, expect);
}

#[test]
fn upgrade_required_says_to_what() {
    let mut head = ResponseHead::new(426);
    head.fields = fields(&[("Upgrade", "a/1, b")]);
    let write = |connection, client| response(&head, Framing::Length(0), connection, client);
    let start = "HTTP/1.1 426 Upgrade Required\r\ndate: NOW\r\ncontent-length: 0\r\nconnection: ";
    let end = "upgrade\r\nupgrade: a/1, b\r\n\r\n";
    assert_eq!(write(Connection::KeepAlive, Version::Http11), format!("{start}{end}"));
    assert_eq!(write(Connection::Close, Version::Http11), format!("{start}close, {end}"));
    assert_eq!(write(Connection::KeepAlive, Version::Http10), format!("{start}keep-alive, {end}"));
    head.status = 200;
    let other = response(&head, Framing::Length(0), Connection::KeepAlive, Version::Http11);
    assert!(!other.contains("pgrade"), "{other}");
}

#[test]
fn status_lines_have_their_phrase_or_a_space() {
    let line = |status| {
        let mut out = Vec::new();
        status::line(&mut out, status);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(line(404), "HTTP/1.1 404 Not Found\r\n");
    assert_eq!(line(299), "HTTP/1.1 299 \r\n");
    assert_eq!(line(7), "HTTP/1.1 100 \r\n", "never other than three digits");
    assert_eq!((status::reason_phrase(413), status::reason_phrase(600)), ("Content Too Large", ""));
}

#[test]
fn interim_answers_have_fields_but_no_date_or_length() {
    let mut out = Vec::new();
    interim(&mut out, 103, &fields(&[("Link", "</a>"), ("Content-Length", "3"), ("Connection", "x")]));
    assert_eq!(out, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    out.clear();
    interim(&mut out, 100, &Fields::new());
    assert_eq!(out, CONTINUE);
}

#[test]
fn chunk_sizes_are_hexadecimal() {
    for len in [1, 9, 10, 15, 16, 255, 256, 4096, 65_535, usize::MAX] {
        let mut out = Vec::new();
        chunk_header(&mut out, len);
        assert_eq!(String::from_utf8(out).unwrap(), format!("{len:x}\r\n"));
    }
    let mut out = Vec::new();
    chunk_header(&mut out, 0);
    assert!(out.is_empty());
}

#[test]
fn the_last_chunk_carries_allowed_trailers() {
    let mut out = Vec::new();
    last_chunk(&mut out, None);
    assert_eq!(out, b"0\r\n\r\n");
    out.clear();
    last_chunk(&mut out, Some(&fields(&[("grpc-status", "0"), ("Content-Length", "1"), ("Host", "x")])));
    assert_eq!(out, b"0\r\ngrpc-status: 0\r\n\r\n");
}

/// Puts bytes into a head that no checked call lets in.
fn forged(name: &[u8], value: &[u8]) -> Fields {
    let mut fields = fields(&[("A", "1")]);
    let (name, value) = (fields.store(name), fields.store(value));
    fields.push_parsed(Known::Other, name, value);
    fields
}

#[test]
fn nothing_can_be_injected_by_values_names_or_targets() {
    let mut head = ResponseHead::new(200);
    head.fields = forged(b"B", b"x\r\nSet-Cookie: y\0z");
    let text = response(&head, Framing::None, Connection::KeepAlive, Version::Http11);
    assert_eq!(text, "HTTP/1.1 200 OK\r\ndate: NOW\r\nA: 1\r\nB: x  Set-Cookie: y z\r\n\r\n");
    head.fields = forged(b"B: x\r\nC", b"y");
    let text = response(&head, Framing::None, Connection::KeepAlive, Version::Http11);
    assert_eq!(text, "HTTP/1.1 200 OK\r\ndate: NOW\r\nA: 1\r\n\r\n");
    let head = RequestHead::new(Method::Get, "a\r\nX: y", "/ HTTP/1.1\r\nHost: b?\u{e9} #");
    let text = request(&head, Framing::None, Connection::Upgrade(b"x\r\ny: z"));
    let expect = "GET /%20HTTP/1.1%0D%0AHost:%20b?%C3%A9%20# HTTP/1.1\r\nhost: a%0D%0AX:%20y\r\n\
                  connection: upgrade\r\nupgrade: x  y: z\r\n\r\n";
    assert_eq!(text, expect);
    let mut out = Vec::new();
    last_chunk(&mut out, Some(&forged(b"B", b"\r\n\r\nGET")));
    assert_eq!(out, b"0\r\nA: 1\r\nB:     GET\r\n\r\n");
}
