//! Frames that a well-meaning client does not send.

use std::io::Read;

use crate::support::{Event, Raw, Server};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PROTOCOL_ERROR: u32 = 1;
const ENHANCE_YOUR_CALM: u32 = 11;

/// `GET http://a/` in HPACK: three indexed fields and a literal authority.
const GET: &[u8] = &[0x82, 0x86, 0x84, 0x01, 0x01, b'a'];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

fn connect(server: &Server) -> Raw {
    let mut client = server.connect();
    client.send(PREFACE).send(frame(SETTINGS, 0, 0, &[]));
    client
}

/// The frames up to the end: kind, stream, payload.
fn frames(client: &mut Raw) -> Vec<(u8, u32, Vec<u8>)> {
    let mut bytes = Vec::new();
    // what was on its way when the server closed may turn its farewell into a reset at the end
    client.0.read_to_end(&mut bytes).ok();
    let mut frames = Vec::new();
    let mut rest = &bytes[..];
    while rest.len() >= 9 {
        let length = usize::from(rest[0]) << 16 | usize::from(rest[1]) << 8 | usize::from(rest[2]);
        let stream = u32::from_be_bytes(rest[5..9].try_into().unwrap());
        frames.push((rest[3], stream, rest[9..9 + length].to_vec()));
        rest = &rest[9 + length..];
    }
    frames
}

fn check_goaway(client: &mut Raw, code: u32) {
    let frames = frames(client);
    let farewell = frames.iter().rev().find(|(kind, ..)| *kind == GOAWAY).expect("a farewell");
    assert_eq!(u32::from_be_bytes(farewell.2[4..8].try_into().unwrap()), code);
}

#[test]
fn a_burst_of_resets_ends_the_connection() {
    let server = Server::start();
    let mut client = connect(&server);
    let mut burst = Vec::new();
    for stream in (1..2001).step_by(2) {
        burst.extend(frame(HEADERS, END_HEADERS | END_STREAM, stream, GET));
        burst.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
    }
    client.send(burst);
    check_goaway(&mut client, ENHANCE_YOUR_CALM);
    server.counted(|metrics| metrics.abused == 1 && metrics.requests < 100);
}

#[test]
fn a_steady_stream_of_resets_ends_it_too() {
    let server = Server::start();
    let mut client = connect(&server);
    let hang: Vec<u8> = [&[0x82, 0x86, 0x04, 0x05][..], b"/hang", &[0x01, 0x01, b'a']].concat();
    let mut ended = false;
    for stream in (1..2001).step_by(2) {
        let request = frame(HEADERS, END_HEADERS | END_STREAM, stream, &hang);
        let reset = frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes());
        ended = std::io::Write::write_all(&mut client.0, &request).is_err();
        if ended || server.events.recv_timeout(std::time::Duration::from_secs(2)).is_err() {
            ended = true;
            break;
        }
        // the call has begun: now it is taken back, and waited for
        ended = std::io::Write::write_all(&mut client.0, &reset).is_err();
        if ended || server.events.recv_timeout(std::time::Duration::from_secs(2)).is_err() {
            ended = true;
            break;
        }
    }
    assert!(ended);
    server.counted(|metrics| metrics.requests < 300 && metrics.abused == 1);
}

#[test]
fn continuations_without_end_end_the_connection() {
    let server = Server::start();
    let mut client = connect(&server);
    let mut flood = frame(HEADERS, END_STREAM, 1, GET);
    for _ in 0..10_000 {
        flood.extend(frame(CONTINUATION, 0, 1, &[0x00, 0x01, b'x', 0x01, b'y']));
    }
    // the server may close before all of it is sent
    std::io::Write::write_all(&mut client.0, &flood).ok();
    let frames = frames(&mut client);
    if let Some(farewell) = frames.iter().rev().find(|(kind, ..)| *kind == GOAWAY) {
        let code = u32::from_be_bytes(farewell.2[4..8].try_into().unwrap());
        assert!([PROTOCOL_ERROR, ENHANCE_YOUR_CALM].contains(&code), "{code}");
    }
    server.counted(|metrics| metrics.requests == 0 && metrics.active == 0);
}

#[test]
fn fields_of_one_connection_are_refused() {
    let server = Server::start();
    let mut client = connect(&server);
    let bad: Vec<u8> = [GET, &[0x00, 0x0a], b"connection", &[0x05], b"close"].concat();
    client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, &bad));
    client.send(frame(HEADERS, END_HEADERS | END_STREAM, 3, GET));
    let mut reset = false;
    loop {
        let head = client.bytes(9);
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        client.bytes(length);
        let stream = u32::from_be_bytes(head[5..9].try_into().unwrap());
        assert!((head[3], stream) != (HEADERS, 1), "it was answered");
        reset |= (head[3], stream) == (RST_STREAM, 1);
        if (head[3], stream) == (HEADERS, 3) {
            break;
        }
    }
    assert!(reset);
}

#[test]
fn a_client_that_does_not_acknowledge_the_end_is_not_waited_for() {
    let server = Server::with(|listener| listener.timeouts.keep_alive = std::time::Duration::from_millis(50));
    let mut client = connect(&server);
    // its farewell is a ping, which stays unanswered
    server.wait(|event| (event == Event::Closed).then_some(()));
    let frames = frames(&mut client);
    let farewells = frames.iter().filter(|(kind, ..)| *kind == GOAWAY);
    let farewells: Vec<_> = farewells.map(|(_, _, payload)| &payload[4..8]).collect();
    assert_eq!(farewells, [[0; 4]; 2], "no error");
}

#[test]
fn a_host_stands_in_for_the_authority_and_is_checked_as_in_http_1() {
    let server = Server::start();
    for host in ["a:80", "a:80:80", "a:x", "u@a", "[::1", ":80", "a b"] {
        let mut client = connect(&server);
        // `:path /` and no `:authority`
        let length = u8::try_from(host.len()).unwrap();
        let head = [&[0x82, 0x86, 0x84, 0x00, 0x04], &b"host"[..], &[length], host.as_bytes()].concat();
        client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, &head));
        let refused = server.wait(|event| match event {
            Event::Refused(reason, _) => Some(Some(reason)),
            Event::Called(_) => Some(None),
            _ => None,
        });
        let expected = (host != "a:80").then_some(message::Reason::InvalidHost);
        assert_eq!(refused, expected, "{host}");
    }
}
