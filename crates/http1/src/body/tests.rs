use message::Known;

use super::*;

type Read = Result<(Vec<u8>, Option<Fields>, Vec<u8>), Reject>;

/// Feeds `input` in pieces of `step` bytes; content, trailers and what was left over.
fn read(framing: Framing, peer: Peer, input: &[u8], step: usize) -> Read {
    let mut decoder = Decoder::new(framing, peer, &Limits::default());
    let mut buf = BytesMut::new();
    let mut content = Vec::new();
    let mut pieces = input.chunks(step);
    loop {
        match decoder.decode(&mut buf)? {
            Decoded::Data(data) => {
                assert!(!data.is_empty());
                content.extend_from_slice(&data);
            }
            Decoded::End(trailers) => {
                let rest: Vec<u8> = buf.iter().copied().chain(pieces.flatten().copied()).collect();
                return Ok((content, trailers, rest));
            }
            Decoded::NeedMore => match pieces.next() {
                Some(piece) => buf.extend_from_slice(piece),
                None => decoder.on_eof()?,
            },
        }
    }
}

/// The same result however the bytes arrive.
#[track_caller]
fn chunked(input: &[u8]) -> Read {
    let whole = read(Framing::Chunked, Peer::Client, input, usize::MAX);
    for step in 1..=input.len().min(64) {
        assert_eq!(read(Framing::Chunked, Peer::Client, input, step), whole, "pieces of {step}");
    }
    whole
}

#[test]
fn lengths_and_closes() {
    let ok = |framing, input: &[u8]| read(framing, Peer::Client, input, 3).unwrap();
    assert_eq!(ok(Framing::None, b"next"), (vec![], None, b"next".to_vec()));
    assert_eq!(ok(Framing::Length(0), b"next"), (vec![], None, b"next".to_vec()));
    assert_eq!(ok(Framing::Length(5), b"hellonext"), (b"hello".to_vec(), None, b"next".to_vec()));
    assert_eq!(ok(Framing::UntilClose, b"hello"), (b"hello".to_vec(), None, vec![]));
    assert_eq!(ok(Framing::UntilClose, b""), (vec![], None, vec![]));
}

#[test]
fn bodies_that_end_early_say_whose_fault_it_is() {
    for (framing, input) in [
        (Framing::Length(5), &b"hell"[..]),
        (Framing::Chunked, b""),
        (Framing::Chunked, b"5"),
        (Framing::Chunked, b"5\r\nhel"),
        (Framing::Chunked, b"5\r\nhello"),
        (Framing::Chunked, b"5\r\nhello\r\n"),
        (Framing::Chunked, b"0\r\n"),
        (Framing::Chunked, b"0\r\nA: b\r\n"),
    ] {
        let reason = |peer| read(framing, peer, input, 2).unwrap_err().reason;
        assert_eq!(reason(Peer::Client), Reason::MalformedBody, "{input:?}");
        assert_eq!(reason(Peer::Upstream), Reason::UpstreamIncomplete, "{input:?}");
    }
}

#[test]
fn chunks_are_joined_and_extensions_ignored() {
    let cases: &[&[u8]] = &[
        b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nnext",
        b"05\r\nhello\r\n0000000000000006\r\n world\r\n00\r\n\r\nnext",
        b"5;a\r\nhello\r\n6;b=c;d=\"e;\\\"f\"\r\n world\r\n0;z\r\n\r\nnext",
        b"5 ; a = b\r\nhello\r\n6\t;c\r\n world\r\n0\r\n\r\nnext",
        b"a\r\nhello worl\r\n1\r\nd\r\n0\r\n\r\nnext",
        b"B\r\nhello world\r\n0\r\n\r\nnext",
    ];
    for input in cases {
        let (content, trailers, rest) = chunked(input).unwrap();
        assert_eq!(content, b"hello world", "{}", input.escape_ascii());
        assert_eq!((trailers, &rest[..]), (None, &b"next"[..]));
    }
}

#[test]
fn chunks_that_break_the_grammar() {
    let cases: &[(&[u8], &str)] = &[
        (b"\r\n", "hexadecimal"),
        (b" 5\r\nhello\r\n", "hexadecimal"),
        (b"+5\r\nhello\r\n", "hexadecimal"),
        (b"-1\r\n", "hexadecimal"),
        (b"x\r\n", "hexadecimal"),
        (b";a\r\n", "hexadecimal"),
        (b"0x5\r\nhello\r\n", "extension"),
        (b"5 \r\nhello\r\n", "extension"),
        (b"5\t\r\nhello\r\n", "extension"),
        (b"5,5\r\nhello\r\n", "extension"),
        (b"5;\r\nhello\r\n", "extension"),
        (b"5;=b\r\nhello\r\n", "extension"),
        (b"5;a=\r\nhello\r\n", "extension"),
        (b"5;a=\"b\r\nhello\r\n", "extension"),
        (b"5;a=\"b\"c\r\nhello\r\n", "extension"),
        (b"5;a b\r\nhello\r\n", "extension"),
        (b"5;a\x00\r\nhello\r\n", "extension"),
        (b"5;a\rb\r\nhello\r\n", "extension"),
        (b"5;a=\"\\\x01\"\r\nhello\r\n", "extension"),
        (b"5\nhello\r\n", "LF without CR"),
        (b"5;a\nhello\r\n", "LF without CR"),
        (b"5\rhello\r\n", "CR stands without LF"),
        (b"00000000000000005\r\nhello\r\n", "16 digits"),
        (b"10000000000000000\r\n", "16 digits"),
        (b"5\r\nhelloo\r\n", "CRLF"),
        (b"5\r\nhello\n0\r\n\r\n", "CRLF"),
        (b"5\r\nhello0\r\n\r\n", "CRLF"),
        (b"5\r\nhello\r0\r\n\r\n", "CRLF"),
        (b"0\r\n\n", "LF without CR"),
        (b"0\r\nA : b\r\n\r\n", "before the colon"),
        (b"0\r\n A: b\r\n\r\n", "folding"),
        (b"0\r\nA: b\x00\r\n\r\n", "NUL"),
        (b"0\r\nGET / HTTP/1.1\r\n\r\n", "white space in it"),
    ];
    for (input, detail) in cases {
        let reject = chunked(input).unwrap_err();
        assert_eq!(reject.reason, Reason::MalformedBody, "{}", input.escape_ascii());
        assert!(reject.detail.contains(detail), "{}: {}", input.escape_ascii(), reject.detail);
    }
    let upstream = read(Framing::Chunked, Peer::Upstream, b"x\r\n", 9).unwrap_err();
    assert_eq!(upstream.reason, Reason::UpstreamMalformed);
}

#[test]
fn the_largest_size_is_counted_not_wrapped() {
    let mut decoder = Decoder::new(Framing::Chunked, Peer::Client, &Limits::default());
    let mut buf = BytesMut::from(&b"ffffffffffffffff\r\nab"[..]);
    assert_eq!(decoder.decode(&mut buf).unwrap(), Decoded::Data(Bytes::from_static(b"ab")));
    assert_eq!(decoder.decode(&mut buf).unwrap(), Decoded::NeedMore);
    assert_eq!(decoder.remaining(), None);
}

#[test]
fn extensions_are_bounded_over_the_whole_body() {
    let chunk = |size: usize| [b"1;", "x".repeat(size - 1).as_bytes(), b"\r\na\r\n"].concat();
    let end = b"0\r\n\r\n".to_vec();
    let one = [chunk(chunk::MAX_EXTENSIONS), end.clone()].concat();
    assert!(read(Framing::Chunked, Peer::Client, &one, 1000).is_ok());
    for over in [
        [chunk(chunk::MAX_EXTENSIONS + 1), end.clone()].concat(),
        [chunk(2000), chunk(2000), chunk(97), end].concat(),
        [b"1;", "x".repeat(5000).as_bytes()].concat(),
    ] {
        for step in [1000, usize::MAX] {
            let reject = read(Framing::Chunked, Peer::Client, &over, step).unwrap_err();
            assert!(reject.detail.contains("4096"), "{}", reject.detail);
        }
    }
}

#[test]
fn trailers_are_handed_over_without_those_that_do_not_belong_there() {
    let input = b"1\r\na\r\n0\r\nGrpc-Status: 0\r\nContent-Length: 9\r\nHost: x\r\nAuthorization: y\r\nX: z\r\n\r\nnext";
    let (content, trailers, rest) = chunked(input).unwrap();
    assert_eq!((&content[..], &rest[..]), (&b"a"[..], &b"next"[..]));
    let trailers = trailers.unwrap();
    let names: Vec<_> = trailers.iter().map(|(name, _, _)| name).collect();
    assert_eq!(names, [&b"Grpc-Status"[..], b"X"]);
    assert!(!trailers.has(Known::Host));
    let (_, none, _) = chunked(b"0\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    assert_eq!(none, None, "nothing is left of it");
}

#[test]
fn trailer_sections_have_the_limits_of_heads() {
    let limits = Limits { request_line: 8, head: 32, fields: 2 };
    let run = |peer, trailers: &str| {
        let mut decoder = Decoder::new(Framing::Chunked, peer, &limits);
        decoder.decode(&mut BytesMut::from(format!("0\r\n{trailers}").as_bytes())).map_err(|r| r.reason)
    };
    assert!(run(Peer::Client, "Aaaaaaaaaaaa: 1\r\nB: 2\r\n\r\n").is_ok());
    assert_eq!(run(Peer::Client, "A: 1\r\nB: 2\r\nC: 3\r\n\r\n"), Err(Reason::HeadTooLarge));
    let long = "A: 123456789012345678901234567890";
    assert_eq!(run(Peer::Client, long), Err(Reason::HeadTooLarge));
    assert_eq!(run(Peer::Upstream, long), Err(Reason::UpstreamHeadTooLarge));
}

#[test]
fn what_is_left_is_known_and_data_is_not_copied() {
    let mut decoder = Decoder::new(Framing::Length(5), Peer::Client, &Limits::default());
    let mut buf = BytesMut::from(&b"abcdefg"[..]);
    let start = buf.as_ptr();
    assert_eq!((decoder.remaining(), decoder.is_done()), (Some(5), false));
    let Decoded::Data(data) = decoder.decode(&mut buf).unwrap() else { panic!("no data") };
    assert_eq!((data.as_ptr(), &data[..]), (start, &b"abcde"[..]));
    assert_eq!((decoder.remaining(), decoder.is_done()), (Some(0), true));
    assert_eq!(decoder.decode(&mut buf).unwrap(), Decoded::End(None));
    assert_eq!(decoder.decode(&mut buf).unwrap(), Decoded::End(None));
    assert!(decoder.on_eof().is_ok());
    assert_eq!(&buf[..], b"fg");
}
