//! `WebSockets` over real sockets: what RFC 6455 asks of a server, and of a client against one that breaks it.

use std::time::Duration;

use base::{Clock, Rng};
use bytes::Bytes;
use message::{Body, Known, Method, Outcome, Reason, RequestHead, ResponseHead};
use net::websocket::{Close, Handshake, Key, Message, WebSocket, WebSocketError};
use net::{
    Call, Client, ClientConfig, Drain, Reply, SendOptions, Session, Target, TargetConfig, Tunnel, TunnelIo,
};
use proptest::collection;
use proptest::prelude::{any, proptest};
use trace::Attempt;

use crate::fuzzed;
use crate::support::{Raw, Server, problem, upstream};

/// The longest message that the server takes.
const LONGEST: usize = 100_000;

/// Says everything back; `bye` has it close, and so does a drain.
struct Echo;

pub(crate) fn answer(call: &Call) -> Reply {
    match Handshake::read(&call.head, call.upgrade.as_ref()) {
        Ok(handshake) => {
            let head = handshake.accept(handshake.protocols().first().map(String::as_str));
            Reply::switched(head, Box::new(Tunnel::session("websocket".into(), Box::new(Echo))))
        }
        Err(error) => problem(Reason::MalformedRequest, &error.to_string()),
    }
}

impl Session for Echo {
    fn run<'a>(self: Box<Self>, client: Box<dyn TunnelIo + 'a>, drain: Drain) -> net::RunningSession<'a> {
        Box::pin(async move {
            let mut socket = WebSocket::server(client, LONGEST);
            loop {
                let next = tokio::select! {
                    next = socket.next() => next,
                    () = drain.begun() => {
                        socket.start_close(1001, "going away");
                        break;
                    }
                };
                match next {
                    Some(Ok(Message::Text(text))) if text == "bye" => {
                        socket.start_close(4000, "as you wish");
                        break;
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                    Some(Ok(message)) => socket.send(message).await.unwrap(),
                }
            }
            socket.finish(Duration::from_secs(5)).await;
            Outcome::Complete
        })
    }
}

const HELLO: &str = "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

fn open(server: &Server) -> Raw {
    let mut client = server.connect();
    let head = client.send(HELLO).head();
    assert!(head.starts_with("http/1.1 101"), "{head}");
    assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    client
}

/// A masked frame, as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length @ 126..=0xffff => {
            frame.push(0xfe);
            frame.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(0xff);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    let mask = [1, 2, 3, 4];
    frame.extend_from_slice(&mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// The next frame of a server: its first byte and its payload.
fn read(client: &mut Raw) -> (u8, Vec<u8>) {
    let head = client.bytes(2);
    let length = match head[1] {
        126 => u64::from(u16::from_be_bytes(client.bytes(2).try_into().unwrap())),
        127 => u64::from_be_bytes(client.bytes(8).try_into().unwrap()),
        length => u64::from(length),
    };
    (head[0], client.bytes(usize::try_from(length).unwrap()))
}

fn close(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

#[test]
fn messages_of_every_length_come_back() {
    let server = Server::start();
    let mut client = open(&server);
    for length in [0, 1, 125, 126, 127, 65_535, 65_536, LONGEST] {
        let text = vec![b'x'; length];
        assert_eq!(read(client.send(frame(0x81, &text))), (0x81, text), "{length}");
        let bytes = vec![0xff; length];
        assert_eq!(read(client.send(frame(0x82, &bytes))), (0x82, bytes), "{length}");
    }
    client.send(frame(0x88, &close(1000, "done")));
    assert_eq!(read(&mut client), (0x88, close(1000, "")));
    assert!(client.rest().is_empty());
}

#[test]
fn fragments_are_one_message_and_pings_between_them_are_answered_first() {
    let server = Server::start();
    let mut client = open(&server);
    // a code point is cut in the middle, and the frames come byte by byte
    let parts = [frame(0x01, b"f\xc3"), frame(0x89, b"ping"), frame(0x00, b""), frame(0x80, b"\xbcr")];
    for byte in parts.concat() {
        client.send([byte]);
    }
    assert_eq!(read(&mut client), (0x8a, b"ping".to_vec()));
    assert_eq!(read(&mut client), (0x81, "für".into()));
    // a pong that nobody asked for says nothing
    client.send(frame(0x8a, b"?")).send(frame(0x81, b"bye"));
    assert_eq!(read(&mut client), (0x88, close(4000, "as you wish")));
    client.send(frame(0x88, &close(4000, "")));
    assert!(client.rest().is_empty());
}

#[test]
fn what_breaks_the_protocol_is_closed_with_its_code() {
    let server = Server::start();
    let unmasked = b"\x81\x02hi".to_vec();
    let too_long = frame(0x82, &vec![0; LONGEST + 1]);
    let long_parts = [frame(0x02, &vec![0; LONGEST]), frame(0x80, &[0; 2])].concat();
    let long_length = [&[0x81, 0xfe, 0, 5][..], &[0; 9]].concat();
    for (name, bytes, code) in [
        ("unmasked", unmasked, 1002),
        ("a reserved bit", frame(0xc1, b"hi"), 1002),
        ("an unknown opcode", frame(0x83, b""), 1002),
        ("an unknown control", frame(0x8b, b""), 1002),
        ("a fragmented ping", frame(0x09, b""), 1002),
        ("a long ping", frame(0x89, &[0; 126]), 1002),
        ("a continuation of nothing", frame(0x80, b"x"), 1002),
        ("a message within another", [frame(0x01, b"x"), frame(0x81, b"y")].concat(), 1002),
        ("a length longer than it must be", long_length, 1002),
        ("a close of one byte", frame(0x88, b"\x03"), 1002),
        ("a close that may not be sent", frame(0x88, &close(1005, "")), 1002),
        ("a close of no one's", frame(0x88, &close(999, "")), 1002),
        ("a reason that is no text", frame(0x88, &[&1000_u16.to_be_bytes()[..], b"\xff"].concat()), 1007),
        ("no text", frame(0x81, b"\xed\xa0\x80"), 1007),
        ("cut text", frame(0x81, b"\xc3"), 1007),
        ("no text in a fragment", [frame(0x01, b"\xce"), frame(0x00, b"\xff")].concat(), 1007),
        ("too long", too_long, 1009),
        ("too long in parts", long_parts, 1009),
    ] {
        let mut client = open(&server);
        // more comes behind, which the server does not wait for
        let (first, payload) = read(client.send(bytes).send(frame(0x81, b"more")));
        assert_eq!((first, &payload[..2]), (0x88, &u16::to_be_bytes(code)[..]), "{name}");
        client.half_close();
        assert!(client.rest().is_empty(), "{name}");
    }
}

#[test]
fn who_does_not_read_is_not_read_from() {
    let server = Server::start();
    let mut client = open(&server);
    client.0.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let pings = frame(0x89, &[7; 125]).repeat(1000);
    let mut sent = 0;
    let full = (0..2000).any(|_| match std::io::Write::write(&mut client.0, &pings) {
        Ok(count) => {
            sent += count;
            count < pings.len() && sent > 64 << 20
        }
        Err(_) => true,
    });
    assert!(full, "{sent} bytes of pings were taken");
}

#[test]
fn a_subprotocol_is_chosen_and_no_handshake_refused() {
    let server = Server::start();
    let mut client = server.connect();
    let head = client.send(HELLO.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: b, c\r\n\r\n")).head();
    assert!(head.contains("sec-websocket-protocol: b\r\n"), "{head}");
    let (head, body) = server.connect().send(HELLO.replace("Version: 13", "Version: 7")).answer();
    assert!(head.starts_with("http/1.1 400") && body.contains("is not 13"), "{head}{body}");
}

#[test]
fn a_drain_is_told_to_the_client() {
    let server = Server::start();
    let mut client = open(&server);
    client.send(frame(0x81, b"hi"));
    assert_eq!(read(&mut client), (0x81, b"hi".to_vec()));
    server.running.shutdown().drain();
    assert_eq!(read(&mut client), (0x88, close(1001, "going away")));
    client.send(frame(0x88, &close(1001, ""))).half_close();
    assert!(client.rest().is_empty());
    server.running.join().unwrap();
}

/// What a client of ours gets from a server that sends these bytes behind its head.
fn listen(bytes: Vec<u8>) -> Vec<Result<Message, String>> {
    let (addr, far) = upstream(1, move |_, conn| {
        let head = conn.head();
        assert!(head.contains("sec-websocket-version: 13") && head.contains("upgrade: websocket"), "{head}");
        conn.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
        conn.send(&bytes).rest();
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let got = runtime.block_on(async {
        let client = Client::new(ClientConfig::default(), Clock::system());
        let target = Target::new(TargetConfig::new(addr.ip().to_string(), addr.port()));
        let mut head = RequestHead::new(Method::Get, "a", "/");
        Key::random(&mut Rng::seeded(1)).push(&mut head.fields);
        let options = SendOptions { upgrade: Some("websocket".into()), ..SendOptions::default() };
        let mut attempt = Attempt::new(1, "a".into(), 0);
        let sent = client.send(&target, &head, &mut Body::empty(), &options, &mut attempt).await;
        let (io, ahead) = sent.unwrap().tunnel.unwrap().into_io().unwrap();
        let mut socket = WebSocket::client(io, ahead, LONGEST);
        let mut got = Vec::new();
        while let Some(next) = socket.next().await {
            let end = next.is_err();
            got.push(next.map_err(|error| error.to_string()));
            if end {
                break;
            }
        }
        socket.finish(Duration::from_secs(1)).await;
        got
    });
    far.join().unwrap();
    got
}

#[test]
fn a_client_reads_a_server_and_wants_no_masks() {
    let text = |text: &'static str| Ok(Message::Text(Bytes::from_static(text.as_bytes())));
    let hello = [&b"\x81\x02hi\x02\x01a\x80\x01b\x89\x00"[..], b"\x88\x06\x0f\xa1gone"].concat();
    let gone = Message::Close(Some(Close { code: 4001, reason: "gone".into() }));
    assert_eq!(listen(hello), [text("hi"), Ok(Message::Binary("ab".into())), Ok(gone)]);
    assert_eq!(listen(b"\x88\x00".to_vec()), [Ok(Message::Close(None))]);
    let masked = WebSocketError::Protocol("unexpected masked frame".into()).to_string();
    assert_eq!(listen(frame(0x81, b"hi")), [Err(masked)]);
    assert_eq!(listen(b"\x82\x7f\0\0\0\0\0\x02\0\0".to_vec()), [Err(WebSocketError::TooLong.to_string())]);
}

#[test]
fn a_close_says_what_may_be_said() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (code, reason, expected) in [
        (4000, "ü".repeat(100), close(4000, &"ü".repeat(61))),
        (1006, "lost".into(), close(1011, "lost")),
        (5, String::new(), close(1011, "")),
    ] {
        let (near, mut far) = tokio::io::duplex(1024);
        let said = runtime.block_on(async {
            let mut socket = WebSocket::server(Box::new(near), LONGEST);
            socket.start_close(code, &reason);
            // what follows is not said
            socket.start_send(Message::from(String::from("more")));
            socket.finish(Duration::ZERO).await;
            let mut said = Vec::new();
            tokio::io::AsyncReadExt::read_to_end(&mut far, &mut said).await.unwrap();
            said
        });
        assert_eq!(said[2..], expected, "{code}");
    }
    let head = ResponseHead::new(101);
    assert!(!Key::random(&mut Rng::seeded(1)).is_accepted_by(&head) && !head.fields.has(Known::Upgrade));
}

/// What a server of ours reads of a client's bytes, which come in two pieces.
async fn pieces(first: &[u8], second: &[u8]) -> Vec<String> {
    let (near, mut far) = tokio::io::duplex(1024);
    let mut socket = WebSocket::server(Box::new(near), LONGEST);
    let write = async {
        for piece in [first, second] {
            tokio::io::AsyncWriteExt::write_all(&mut far, piece).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let read = async {
        let mut got = Vec::new();
        while let Some(next) = socket.next().await {
            got.push(format!("{next:?}"));
        }
        got
    };
    tokio::join!(write, read).1
}

#[test]
fn every_cut_gives_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let good = [
        // the examples of RFC 6455 §5.7
        &[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58][..],
        &frame(0x01, "gr\u{fc}\u{df}".as_bytes()),
        &frame(0x89, b"p"),
        &frame(0x80, "e \u{1f600}".as_bytes()),
        &frame(0x82, &[0xff; 200]),
        &frame(0x88, &close(4001, "bye")),
    ]
    .concat();
    let bad = [&frame(0x81, b"hi")[..], &frame(0x01, b"a\xf0\x9f"), &frame(0x80, b"\x98x")].concat();
    let broken = [&frame(0x81, b"hi")[..], &frame(0xa1, b"x")].concat();
    for bytes in [good, bad, broken] {
        let whole = runtime.block_on(pieces(&bytes, b""));
        assert!(whole.len() > 1, "{whole:?}");
        for at in 1..bytes.len() {
            assert_eq!(runtime.block_on(pieces(&bytes[..at], &bytes[at..])), whole, "cut at {at}");
        }
    }
}

/// A frame that is its message's whole: a client's, whose mask is zero, or a server's.
fn whole(of_client: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    if of_client {
        return frame(0x80 | opcode, payload);
    }
    [&[0x80 | opcode, u8::try_from(payload.len()).unwrap()], payload].concat()
}

proptest! {
    #[test]
    fn any_bytes_come_to_the_same_however_they_are_cut(
        bytes in collection::vec(any::<u8>(), 0..64),
        cut in any::<u8>(),
        payload in "[a-zäß]{0,40}",
        opcode in 0..11_u8,
    ) {
        for of_client in [true, false] {
            let begun = [&[u8::from(!of_client), cut], &whole(of_client, opcode, payload.as_bytes())[..], &bytes].concat();
            fuzzed::frames(&begun);
        }
    }
}

#[test]
fn a_message_is_heard_and_a_broken_frame_is_told() {
    let of_client = [whole(true, 1, b"hello"), whole(true, 2, b"\xff"), whole(true, 1, b"\xff")].concat();
    let expect = [r#"Text(b"hello")"#, r#"Binary(b"\xff")"#, "the protocol was broken: invalid utf-8"];
    assert_eq!(fuzzed::heard(true, &[&of_client]), expect);
    // a character may be cut by frames, and not by the message's end, even where the last frame is empty
    let cut = |last: &[u8]| {
        [frame(0x01, "ä€😀".as_bytes()).as_slice(), &frame(0x00, b"\xc3"), &frame(0x80, last)].concat()
    };
    assert_eq!(
        fuzzed::heard(true, &[&cut(b"\xa4")]),
        [r#"Text(b"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa4")"#]
    );
    assert_eq!(fuzzed::heard(true, &[&cut(b"")]), ["the protocol was broken: invalid utf-8"]);
}
