//! What RFC 9110 and RFC 9112 want of whoever stands between a client and a server.

use message::Reason;

use crate::client::field_lines;
use crate::gate::{Gate, plain, public, upstream};
use crate::upstream::{OK, Upstream};

/// What the upstream sees of a request.
fn seen(request: &str) -> String {
    let up = Upstream::mirror();
    let gate = Gate::start(&plain(&[up.addr]));
    let (answer, _) = gate.call(request);
    assert_eq!(answer.status, 200, "{request:?}: {}", answer.text());
    gate.end();
    answer.text().to_owned()
}

/// What the client gets of an upstream's answer to GET.
fn got(answer: &str) -> crate::client::Answer {
    let up = Upstream::once(answer);
    let gate = Gate::start(&plain(&[up.addr]));
    let (answer, record) = gate.call("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(record.reason, None, "{} {}", answer.head, answer.text());
    gate.end();
    answer
}

#[test]
fn via_is_added_both_ways_behind_what_is_there() {
    let seen = seen("GET / HTTP/1.1\r\nHost: a\r\nVia: 1.0 first\r\n\r\n").to_ascii_lowercase();
    assert_eq!(field_lines(&seen, "via").collect::<Vec<_>>(), ["1.0 first", "1.1 weir-test"]);
    let old = self::seen("GET / HTTP/1.0\r\nHost: a\r\n\r\n").to_ascii_lowercase();
    assert_eq!(field_lines(&old, "via").collect::<Vec<_>>(), ["1.0 weir-test"]);
    let answer = got("HTTP/1.1 200 OK\r\nVia: 1.1 back\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(answer.fields("via").collect::<Vec<_>>(), ["1.1 back", "1.1 weir-test"]);
    let answer = got("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(answer.fields("via").collect::<Vec<_>>(), ["1.0 weir-test"]);
}

#[test]
fn a_loop_ends_here() {
    let up = Upstream::fixed(OK);
    let gate = Gate::start(&plain(&[up.addr]));
    let request = "GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 other (a, comment), 1.1 WEIR-test\r\n\r\n";
    gate.refuses(request, Reason::LoopDetected);
    // really: the upstream is the gateway itself
    let twice = Gate::start(&plain(&[gate.addr]));
    assert_eq!(twice.get("/", "").0.status, 508);
    gate.record();
    twice.end();
    gate.end();
}

#[test]
fn max_forwards_counts_down_and_ends_here_at_zero() {
    let up = Upstream::mirror();
    let gate = Gate::start(&plain(&[up.addr]));
    for method in ["OPTIONS", "TRACE"] {
        let request = |n: &str| format!("{method} /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: {n}\r\n\r\n");
        let (answer, _) = gate.call(request("7"));
        let seen = answer.text().to_ascii_lowercase();
        assert_eq!(field_lines(&seen, "max-forwards").collect::<Vec<_>>(), ["6"]);
        let (answer, record) = gate.call(request("0"));
        assert!(record.attempts.is_empty() && answer.field("allow").is_some(), "{}", answer.head);
        assert_eq!(answer.status, if method == "OPTIONS" { 204 } else { 405 });
        gate.refuses(request("-1"), Reason::MalformedRequest);
    }
    // of other methods it means nothing, and none is added
    let (answer, _) = gate.get("/x", "Max-Forwards: 0\r\n");
    assert!(answer.text().to_ascii_lowercase().contains("max-forwards: 0\r\n"));
    let (answer, _) = gate.call("OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(!answer.text().to_ascii_lowercase().contains("max-forwards"));
    gate.end();
}

#[test]
fn fields_of_one_connection_stay_on_it() {
    let seen = seen(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: x-mine, Keep-Alive, ,\r\nConnection: X-Other\r\nX-Mine: 1\r\n\
         X-Other: 2\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nX-End: 3\r\n\r\n",
    )
    .to_ascii_lowercase();
    for gone in ["x-mine", "x-other", "keep-alive", "proxy-connection", "connection"] {
        assert_eq!(field_lines(&seen, gone).count(), 0, "{seen}");
    }
    assert_eq!(field_lines(&seen, "x-end").collect::<Vec<_>>(), ["3"]);
    let answer = got(
        "HTTP/1.1 200 OK\r\nConnection: x-mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nX-End: 3\r\nContent-Length: 0\r\n\r\n",
    );
    for gone in ["x-mine", "keep-alive", "connection"] {
        assert_eq!(answer.field(gone), None, "{}", answer.head);
    }
    assert_eq!(answer.field("x-end"), Some("3"));
}

#[test]
fn connection_cannot_take_away_what_the_gateway_adds_or_frames() {
    let seen = seen(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: via, host, content-length, x-forwarded-for, traceparent\r\n\
         Content-Length: 3\r\n\r\nabc",
    )
    .to_ascii_lowercase();
    for stays in ["via", "host", "content-length", "x-forwarded-for", "traceparent"] {
        assert_eq!(field_lines(&seen, stays).count(), 1, "{stays}: {seen}");
    }
}

#[test]
fn te_goes_on_as_trailers_alone_and_named() {
    let head = seen("GET / HTTP/1.1\r\nHost: a\r\nConnection: te\r\nTE: gzip;q=1, trailers, chunked\r\n\r\n")
        .to_ascii_lowercase();
    assert_eq!(field_lines(&head, "te").collect::<Vec<_>>(), ["trailers"]);
    assert_eq!(field_lines(&head, "connection").collect::<Vec<_>>(), ["te"]);
    let head = seen("GET / HTTP/1.1\r\nHost: a\r\nConnection: te\r\nTE: gzip\r\n\r\n").to_ascii_lowercase();
    assert_eq!(field_lines(&head, "te").count() + field_lines(&head, "connection").count(), 0);
}

#[test]
fn trailers_pass_without_those_that_may_be_none() {
    let up = Upstream::start(|_, conn| {
        let head = conn.head();
        assert!(head.contains("transfer-encoding: chunked"), "{head}");
        let body = conn.text("3\r\nabc\r\n0\r\nx-sum: 6\r\n\r\n".len());
        assert_eq!(body.to_ascii_lowercase(), "3\r\nabc\r\n0\r\nx-sum: 6\r\n\r\n");
        conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n");
        conn.send("X-End: 7\r\nContent-Length: 9\r\nSet-Cookie: a=b\r\nTransfer-Encoding: gzip\r\n\r\n");
    });
    let gate = Gate::start(&plain(&[up.addr]));
    let (answer, _) = gate.call(
        "POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: te\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=\"1\"\r\nabc\r\n0\r\n\
         X-Sum: 6\r\nAuthorization: Bearer x\r\nHost: b\r\nContent-Length: 5\r\n\r\n",
    );
    assert_eq!((answer.text(), answer.trailers.lines().next()), ("ok", Some("x-end: 7")));
    assert!(!answer.trailers.contains("content-length") && !answer.trailers.contains("transfer-encoding"));
    assert!(!answer.head.contains("x-end"), "never merged into the head");
    gate.end();
}

#[test]
fn continue_is_answered_here_and_the_expectation_passes_on() {
    let up = Upstream::mirror();
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = gate.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.head(), "http/1.1 100 continue\r\n\r\n");
    let answer = client.send("abc").answer();
    assert!(answer.text().to_ascii_lowercase().contains("expect: 100-continue\r\n"), "{}", answer.text());
    gate.record();
    // refused before the body: no 100, and the connection ends since the body may come or not
    let post = "POST /../x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    let (answer, _) = gate.refuses(post, Reason::InvalidPath);
    assert_eq!(answer.field("connection"), Some("close"));
    // HTTP/1.0 knows no expectations
    let old = "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc";
    let mut client = gate.connect();
    let answer = client.send(old).answer();
    assert!(!answer.text().to_ascii_lowercase().contains("expect"), "{}", answer.text());
    assert!(answer.text().contains("content-length: 3\r\n"), "{}", answer.text());
    gate.record();
    gate.end();
}

#[test]
fn an_upstream_that_knows_no_expectations_gets_the_body_all_the_same() {
    let up = Upstream::start(|_, conn| {
        conn.head();
        assert_eq!(conn.text(3), "abc");
        conn.send("HTTP/1.0 200 OK\r\n\r\nok");
    });
    let gate = Gate::start(&plain(&[up.addr]));
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    let mut client = gate.connect();
    client.send(request);
    assert_eq!(client.head(), "http/1.1 100 continue\r\n\r\n");
    assert_eq!(client.send("abc").answer().text(), "ok");
    gate.record();
    gate.end();
}

#[test]
fn interim_answers_pass_to_whom_knows_them() {
    let hints = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x\r\nX: 1\r\n\r\n\
                 HTTP/1.1 199 Whatever\r\n\r\n";
    let up = Upstream::start(move |_, conn| {
        while conn.try_head().is_some() {
            conn.send(hints).send(OK);
        }
    });
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = gate.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let hint = client.head();
    assert!(hint.starts_with("http/1.1 103") && hint.contains("link: </a>"), "{hint}");
    assert!(!hint.contains("content-length") && !hint.contains("connection"), "{hint}");
    assert!(client.head().starts_with("http/1.1 199"));
    assert_eq!(client.answer().text(), "ok");
    gate.record();
    let mut old = gate.connect();
    assert!(old.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n").head().starts_with("http/1.1 200"));
    gate.record();
    gate.end();
}

#[test]
fn answers_without_content_end_with_their_head() {
    let up = Upstream::start(|_, conn| {
        while let Some(head) = conn.try_head() {
            conn.send(match head.split(' ').nth(1) {
                Some("/204") => "HTTP/1.1 204 No Content\r\n\r\n",
                Some("/304") => "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n",
                Some("/205") => "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n",
                _ if head.starts_with("HEAD") => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
                _ => OK,
            });
        }
    });
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = gate.connect();
    let mut ask = |method: &str, path: &str| {
        client.send(format!("{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n")).answer_to_head()
    };
    let answer = ask("GET", "/204");
    assert_eq!(
        (answer.status, answer.field("content-length"), answer.field("transfer-encoding")),
        (204, None, None)
    );
    let answer = ask("GET", "/304");
    assert_eq!((answer.status, answer.field("content-length")), (304, Some("10")));
    assert_eq!(ask("GET", "/205").field("content-length"), Some("0"));
    let answer = ask("HEAD", "/");
    assert_eq!((answer.status, answer.field("content-length")), (200, Some("1000")));
    assert_eq!(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").answer().text(), "ok");
    assert_eq!(up.connections(), 1);
    (0..5).for_each(|_| drop(gate.record()));
    gate.end();
}

#[test]
fn an_absolute_target_counts_and_its_host_is_sent() {
    let up = Upstream::mirror();
    let gate = Gate::start(&(upstream(&[up.addr], "  host_header: client") + &public("")));
    let (answer, record) = gate.call("GET http://b.example:8080/p?q HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert!(answer.text().starts_with("GET /p?q HTTP/1.1\r\nhost: b.example:8080\r\n"), "{}", answer.text());
    assert_eq!(&*record.host, "b.example");
    let (answer, _) = gate.call("GET http://b.example?q HTTP/1.1\r\nHost: b.example\r\n\r\n");
    assert!(answer.text().starts_with("GET /?q HTTP/1.1\r\n"), "{}", answer.text());
    for bad in ["http://user@b.example/", "http:///p", "ftp://b.example/", "http://b.example:x/"] {
        let (answer, _) = gate.call(format!("GET {bad} HTTP/1.1\r\nHost: b.example\r\n\r\n"));
        assert_eq!(answer.status, 400, "{bad}");
    }
    let (answer, _) = gate.call("GET https://b.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n");
    assert_eq!(answer.status, 421);
    assert_eq!(up.connections(), 1);
    gate.end();
}

#[test]
fn one_host_of_the_target_s_is_sent_unless_the_client_s_is_wanted() {
    let up = Upstream::mirror();
    let gate = Gate::start(&plain(&[up.addr]));
    let (answer, _) = gate.call("GET / HTTP/1.1\r\nHost: c.example\r\n\r\n");
    let seen = answer.text().to_ascii_lowercase();
    assert_eq!(field_lines(&seen, "host").collect::<Vec<_>>(), [up.addr.to_string()]);
    assert_eq!(field_lines(&seen, "x-forwarded-host").collect::<Vec<_>>(), ["c.example"]);
    gate.end();
}

#[test]
fn options_of_the_server_as_a_whole_is_answered_here() {
    let up = Upstream::fixed(OK);
    let gate = Gate::start(&plain(&[up.addr]));
    for target in ["*", "http://a.example"] {
        let (answer, record) = gate.call(format!("OPTIONS {target} HTTP/1.1\r\nHost: a.example\r\n\r\n"));
        assert_eq!((answer.status, &*record.path), (204, "*"));
    }
    gate.end();
}

#[test]
fn a_change_of_protocol_is_asked_for_and_joined() {
    let up = Upstream::start(|_, conn| {
        let head = conn.head();
        assert!(head.contains("connection: upgrade\r\nupgrade: websocket\r\n"), "{head}");
        conn.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nhi");
        let word = conn.text(5);
        conn.send(word);
    });
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = gate.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    let head = client.head();
    assert!(head.starts_with("http/1.1 101") && head.contains("upgrade: websocket\r\n"), "{head}");
    assert!(!head.contains("content-length") && !head.contains("transfer-encoding"), "{head}");
    assert_eq!(client.text(2), "hi");
    assert_eq!(client.send("there").rest_text(), "there");
    drop(client);
    assert_eq!(gate.record().status, 101);
    gate.end();
}

#[test]
fn continue_comes_before_a_change_of_protocol() {
    let up = Upstream::start(|_, conn| {
        let head = conn.head();
        assert!(head.contains("upgrade: x") && head.contains("expect: 100-continue"), "{head}");
        assert_eq!(conn.text(3), "abc");
        conn.send("HTTP/1.1 100 Continue\r\n\r\n");
        conn.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhi");
    });
    let gate = Gate::start(&plain(&[up.addr]));
    let mut client = gate.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    );
    assert!(client.head().starts_with("http/1.1 100"));
    assert!(client.send("abc").head().starts_with("http/1.1 101"));
    assert_eq!(client.text(2), "hi");
    drop(client);
    gate.record();
    gate.end();
}

#[test]
fn conditions_and_ranges_are_the_upstream_s() {
    let fields = [
        "if-match: \"a\"",
        "if-none-match: \"b\"",
        "if-modified-since: sun, 06 nov 1994 08:49:37 gmt",
        "if-unmodified-since: sun, 06 nov 1994 08:49:37 gmt",
        "if-range: \"c\"",
        "range: bytes=0-1",
    ];
    let lines = fields.join("\r\n") + "\r\n";
    let seen = seen(&format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n"));
    assert!(fields.iter().all(|field| seen.contains(field)), "{seen}");
    let part = "HTTP/1.1 206 Partial Content\r\nContent-Range: lines 0-1/7\r\nContent-Length: 2\r\n\r\nok";
    let answer = got(part);
    assert_eq!(
        (answer.status, answer.field("content-range"), answer.text()),
        (206, Some("lines 0-1/7"), "ok")
    );
}

#[test]
fn an_upgrade_that_is_not_named_or_old_is_none() {
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    ] {
        let seen = seen(request).to_ascii_lowercase();
        assert!(!seen.contains("upgrade"), "{seen}");
    }
}

#[test]
fn an_upgrade_that_the_upstream_passes_over_is_a_plain_answer() {
    let up = Upstream::fixed(OK);
    let gate = Gate::start(&plain(&[up.addr]));
    let (answer, _) =
        gate.call("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    assert_eq!((answer.status, answer.text(), answer.field("upgrade")), (200, "ok", None));
    gate.end();
}

#[test]
fn upgrade_required_says_to_what() {
    let answer = got(
        "HTTP/1.1 426 Upgrade Required\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",
    );
    assert_eq!((answer.field("upgrade"), answer.field("connection")), (Some("websocket"), Some("upgrade")));
}

#[test]
fn an_answer_that_ends_with_its_connection_is_chunked_on() {
    let answer = got("HTTP/1.1 200 OK\r\n\r\nall of it");
    assert_eq!((answer.field("transfer-encoding"), answer.text()), (Some("chunked"), "all of it"));
    let old = got("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nall of it");
    assert_eq!((old.text(), old.whole), ("all of it", true));
}

#[test]
fn fields_pass_in_their_order_and_unknown_ones_too() {
    let head =
        seen("GET / HTTP/1.1\r\nHost: a\r\nX-B: 1\r\nx-a: 2\r\nX-B:  3 \r\nX-Bytes: caf\u{e9}\r\n\r\n")
            .to_ascii_lowercase();
    assert_eq!(field_lines(&head, "x-b").collect::<Vec<_>>(), ["1", "3"]);
    assert_eq!(field_lines(&head, "x-bytes").collect::<Vec<_>>(), ["caf\u{e9}"]);
    let answer = got(
        "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, X-OWN\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX-New: c\r\nContent-Length: 0\r\n\r\n",
    );
    assert_eq!((answer.field("allow"), answer.field("x-new")), (Some("get, x-own"), Some("c")));
    assert_eq!(answer.fields("set-cookie").collect::<Vec<_>>(), ["a", "b"]);
    let answer =
        got("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"up\"\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(answer.field("www-authenticate"), Some("basic realm=\"up\""));
}

#[test]
fn credentials_that_are_not_the_gateway_s_pass() {
    let head = seen("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YTpi\r\n\r\n");
    assert!(head.to_ascii_lowercase().contains("authorization: basic ytpi\r\n"), "{head}");
}

#[test]
fn content_is_not_touched_and_dates_are_added_once() {
    let answer = got(
        "HTTP/1.1 200 OK\r\nCache-Control: no-transform\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x08\x01",
    );
    assert_eq!((&answer.body[..], answer.field("content-encoding")), (&b"\x1f\x08\x01"[..], Some("gzip")));
    assert!(answer.field("date").expect("a date").ends_with(" gmt"));
    let answer = got("HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(answer.field("date"), Some("sun, 06 nov 1994 08:49:37 gmt"));
}

#[test]
fn clients_of_http_1_0_get_what_they_can_read() {
    let up =
        Upstream::fixed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n");
    let gate = Gate::start(&plain(&[up.addr]));
    let (answer, record) = gate.call("GET / HTTP/1.0\r\n\r\n");
    assert_eq!((answer.field("transfer-encoding"), answer.field("connection")), (None, Some("close")));
    assert_eq!((answer.text(), record.protocol), ("ok", trace::Protocol::Http10));
    gate.end();
}
