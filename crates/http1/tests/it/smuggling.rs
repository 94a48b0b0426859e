//! Request smuggling: messages that two readers could take for different ones. Each is refused for the
//! stated reason, or read in the one way that the RFCs allow with nothing left to guess.

use bytes::BytesMut;
use http1::{Decoded, Decoder, Framing, Limits, Peer, Scan, request};
use message::Reason::{
    self, AmbiguousLength, ExpectationFailed, InvalidHost, MalformedBody, MalformedRequest,
    MisdirectedRequest, UnsupportedCoding, UnsupportedVersion,
};
use message::Scheme;

const TE: &str = "Transfer-Encoding: chunked\r\n";

/// The reason for which a head or, if that is sound, its body is refused.
fn verdict(input: &[u8]) -> Option<Reason> {
    let limits = Limits::default();
    let parsed = match request::parse(input, &limits, Scheme::Http, &mut Scan::default()) {
        Ok(Some(parsed)) => parsed,
        Ok(None) => return None,
        Err(reject) => return Some(reject.reason),
    };
    let mut decoder = Decoder::new(parsed.framing, Peer::Client, &limits);
    let mut buf = BytesMut::from(&input[parsed.consumed..]);
    loop {
        match decoder.decode(&mut buf) {
            Ok(Decoded::Data(_)) => {}
            Ok(Decoded::End(_)) => return None,
            Ok(Decoded::NeedMore) => return decoder.on_eof().err().map(|reject| reject.reason),
            Err(reject) => return Some(reject.reason),
        }
    }
}

#[track_caller]
fn refused(reason: Reason, cases: &[&[u8]]) {
    for input in cases {
        assert_eq!(verdict(input), Some(reason), "{}", input.escape_ascii());
    }
}

/// Heads with these field lines behind `Host`, and a body that looks like a second request.
fn refused_fields(reason: Reason, cases: &[&str]) {
    for fields in cases {
        let input = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n");
        assert_eq!(verdict(input.as_bytes()), Some(reason), "{fields:?}");
    }
}

#[test]
fn two_lengths() {
    refused_fields(
        AmbiguousLength,
        &[
            "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
            "content-length:6\r\nTRANSFER-ENCODING:chunked\r\n",
            "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 6\r\nTransfer-Encoding: identity\r\n",
            "Content-Length: 6\r\nTransfer-Encoding:\r\n",
            "Content-Length: 6\r\nTransfer-Encoding: x\r\n",
            "Content-Length: x\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 6\r\nContent-Length: 6\r\n",
            "Content-Length: 6\r\nContent-Length: 0\r\n",
            "Content-Length: 6\r\nContent-Length:\r\n",
            "Content-Length: 6\r\ncontent-length: 6\r\nA: b\r\n",
            "Content-Length: 6, 6\r\n",
            "Content-Length: 6, 0\r\n",
            "Content-Length: 6,\r\n",
            "Content-Length: ,6\r\n",
        ],
    );
}

#[test]
fn lengths_that_are_no_numbers() {
    refused_fields(
        MalformedRequest,
        &[
            "Content-Length: +5\r\n",
            "Content-Length: -5\r\n",
            "Content-Length: 0x5\r\n",
            "Content-Length: 5 5\r\n",
            "Content-Length: 5\t5\r\n",
            "Content-Length: 5;\r\n",
            "Content-Length: 5.\r\n",
            "Content-Length: 5e0\r\n",
            "Content-Length: 1_0\r\n",
            "Content-Length: \"5\"\r\n",
            "Content-Length: '5'\r\n",
            "Content-Length: 5\u{a0}\r\n",
            "Content-Length: \u{ff15}\r\n",
            "Content-Length:\r\n",
            "Content-Length: 18446744073709551616\r\n",
            "Content-Length: 99999999999999999999999999999999\r\n",
            "Content-Length: NaN\r\n",
            "Content-Length: 5\x0b\r\n",
            "Content-Length: 5\x00\r\n",
            "Content-Length: \x0c5\r\n",
        ],
    );
}

#[test]
fn codings_in_disguise() {
    refused_fields(
        AmbiguousLength,
        &[
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: chunkedx\r\n",
            "Transfer-Encoding: chunke\r\n",
            "Transfer-Encoding: \"chunked\"\r\n",
            "Transfer-Encoding: 'chunked'\r\n",
            "Transfer-Encoding: chunked;foo=bar\r\n",
            "Transfer-Encoding: chunked ;q=1\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding: chunked, cow\r\n",
            "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer-Encoding: chunked,\r\n",
            "Transfer-Encoding: ,chunked\r\n",
            "Transfer-Encoding: chunked identity\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: \u{ff43}hunked\r\n",
            "Transfer-Encoding: chun\tked\r\n",
            "Transfer-Encoding: chunked\u{85}\r\n",
            "Transfer-Encoding: \u{a0}chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n",
            "Transfer-Encoding: chunked\r\ntransfer-encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n",
        ],
    );
    refused_fields(
        UnsupportedCoding,
        &[
            "Transfer-Encoding: identity, chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip;x=\"a, chunked\r\n",
        ],
    );
}

#[test]
fn names_and_lines_in_disguise() {
    refused_fields(
        MalformedRequest,
        &[
            "Transfer-Encoding : chunked\r\n",
            "Transfer-Encoding\t: chunked\r\n",
            "Transfer-Encoding\x0b: chunked\r\n",
            "Transfer-Encoding\x00: chunked\r\n",
            "Transfer Encoding: chunked\r\n",
            " Transfer-Encoding: chunked\r\n",
            "\tTransfer-Encoding: chunked\r\n",
            "\x0bTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding:\x0bchunked\r\n",
            "Transfer-Encoding: chunked\x0b\r\n",
            "Transfer-Encoding: \x00chunked\r\n",
            "Transfer-Encoding:\r\n chunked\r\n",
            "Transfer-Encoding: chunked\r\n , identity\r\n",
            "X: y\r\n Transfer-Encoding: chunked\r\n",
            "X: y\rTransfer-Encoding: chunked\r\n",
            "X: y\nTransfer-Encoding: chunked\r\n",
            "X: y\r\rTransfer-Encoding: chunked\r\n",
            "X: y\n\rTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\r\n",
            "Transfer-Encoding: chunked\n",
            "Transfer-Encoding\r\n: chunked\r\n",
            "Transfer-Encoding\r\n",
            ": chunked\r\n",
            "\"Transfer-Encoding\": chunked\r\n",
            "Transfer\u{2010}Encoding: chunked\r\n",
            "Content-Length : 5\r\n",
            "Content-Length\r\n : 5\r\n",
            "Content-Length: 5\n",
            "\r",
            "Connection: close\0\r\n",
        ],
    );
}

#[test]
fn names_that_only_resemble_a_length() {
    // A token is a token: these are fields of their own, and no front end may read them as lengths.
    for name in
        ["Transfer_Encoding", "Content_Length", "XTransfer-Encoding", "Transfer-Encodings", "Content-Length-"]
    {
        let input = format!("GET / HTTP/1.1\r\nHost: a\r\n{name}: 5\r\n\r\n");
        let parsed = request::parse(input.as_bytes(), &Limits::default(), Scheme::Http, &mut Scan::default());
        assert_eq!(parsed.unwrap().unwrap().framing, Framing::None, "{name}");
    }
}

#[test]
fn hosts_and_targets_at_odds() {
    refused(
        InvalidHost,
        &[
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            b"GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a:80@b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a/\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a?b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a#b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a:8a\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
            b"GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n",
            b"GET http://a:80\\@b/ HTTP/1.1\r\nHost: b\r\n\r\n",
            b"GET http://a\\.b/ HTTP/1.1\r\nHost: b\r\n\r\n",
            b"GET http:/// HTTP/1.1\r\nHost: b\r\n\r\n",
        ],
    );
    refused(
        MalformedRequest,
        &[
            b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n",
            b"GET //a HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET /\rX HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET a HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET @a/ HTTP/1.1\r\nHost: b\r\n\r\n",
            b"GET file:///x HTTP/1.1\r\nHost: b\r\n\r\n",
            b"GET http:\\\\a/ HTTP/1.1\r\nHost: b\r\n\r\n",
            b"GET /a\\..\\b HTTP/1.1\r\nHost: b\r\n\r\n",
            b"GET * HTTP/1.1\r\nHost: b\r\n\r\n",
            b"\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n",
        ],
    );
    refused(MisdirectedRequest, &[b"GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n"]);
    let parsed = request::parse(
        b"GET http://real/ HTTP/1.1\r\nHost: other\r\n\r\n",
        &Limits::default(),
        Scheme::Http,
        &mut Scan::default(),
    );
    assert_eq!(parsed.unwrap().unwrap().head.authority(), "real", "the target counts, not Host");
}

#[test]
fn versions_that_change_the_framing() {
    refused(
        AmbiguousLength,
        &[
            b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: identity\r\n\r\n",
        ],
    );
    refused(
        UnsupportedVersion,
        &[
            b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
            b"GET / HTTP/0.9\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ],
    );
    refused(
        MalformedRequest,
        &[
            b"GET /\r\nHost: a\r\n\r\n",
            b"GET / HTTP/1.1x\r\nHost: a\r\n\r\n",
            b"GET / HTTP/01.1\r\nHost: a\r\n\r\n",
            b"GET / HTTP /1.1\r\nHost: a\r\n\r\n",
        ],
    );
    let expect: &[&[u8]] = &[b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\x20x\r\n\r\n"];
    refused(ExpectationFailed, expect);
}

#[test]
fn chunks_in_disguise() {
    let chunks: &[&[u8]] = &[
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\rhello\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5_0\r\nhello\r\n0\r\n\r\n",
        b"5;\nhello\r\n0\r\n\r\n",
        b"5;a\nhello\r\n0\r\n\r\n",
        b"5;a=\"\nx\"\r\nhello\r\n0\r\n\r\n",
        b"5;a\rb\r\nhello\r\n0\r\n\r\n",
        b"5;a\x00\r\nhello\r\n0\r\n\r\n",
        b"5;;\r\nhello\r\n0\r\n\r\n",
        b"6\r\nhello\r\n0\r\n\r\n",
        b"4\r\nhello\r\n0\r\n\r\n",
        b"10000000000000005\r\nhello\r\n0\r\n\r\n",
        b"ffffffffffffffffffff5\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"5\r\nhello\r\n0\n\n",
        b"5\r\nhello\r\n0\r\n\n",
        b"5\r\nhello\r\n0\r\nX: y\n\r\n",
        b"5\r\nhello\r\n0\r\nX : y\r\n\r\n",
        b"5\r\nhello\r\n0\r\nGET / HTTP/1.1\r\n\r\n",
        b"5\r\nhello\r\n\r\n",
        b"\r\n5\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\r\n",
    ];
    for chunks in chunks {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{TE}\r\n");
        refused(MalformedBody, &[&[head.as_bytes(), chunks].concat()]);
    }
}

#[test]
fn what_is_behind_a_body_is_not_of_it() {
    let next = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
    for body in ["Content-Length: 0\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"] {
        let input = [b"GET / HTTP/1.1\r\nHost: a\r\n", body.as_bytes(), next].concat();
        let limits = Limits::default();
        let first = request::parse(&input, &limits, Scheme::Http, &mut Scan::default()).unwrap().unwrap();
        let mut buf = BytesMut::from(&input[first.consumed..]);
        let mut decoder = Decoder::new(first.framing, Peer::Client, &limits);
        assert_eq!(decoder.decode(&mut buf), Ok(Decoded::End(None)));
        assert_eq!(&buf[..], next);
    }
}
