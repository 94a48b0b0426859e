use proptest::prelude::*;

use super::*;

const LIMIT: usize = 1 << 16;

fn written(frames: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (kind, payload) in frames {
        write(&mut out, &[(":event-type", kind), (":message-type", "event")], |out| {
            out.extend_from_slice(payload.as_bytes());
        });
    }
    out
}

/// What frames come out of pieces, and what ends them.
fn read<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> (Vec<(String, Vec<u8>)>, Option<Fault>) {
    let mut parser = Parser::new(LIMIT);
    let (mut frames, mut fault) = (Vec::new(), None);
    for piece in pieces {
        let each = |frame: Frame<'_>| {
            let kind = frame.header(":event-type").unwrap_or_default().to_owned();
            frames.push((kind, frame.payload.to_vec()));
            ControlFlow::Continue(())
        };
        fault = parser.push(piece, each).err();
    }
    (frames, fault)
}

#[test]
fn what_is_written_is_read_however_it_is_cut() {
    let stream = written(&[("a", "{}"), ("b", ""), ("c", "a longer payload")]);
    let (whole, fault) = read([stream.as_slice()]);
    assert_eq!((whole.len(), fault), (3, None));
    assert_eq!(whole[2], ("c".to_owned(), b"a longer payload".to_vec()));
    for at in 0..=stream.len() {
        let (front, back) = stream.split_at(at);
        assert_eq!(read([front, back]), (whole.clone(), None));
    }
    assert_eq!(read(stream.chunks(1)), (whole, None));
}

#[test]
fn every_wrong_byte_is_found() {
    let stream = written(&[("a", "{}"), ("b", "{}")]);
    let first = written(&[("a", "{}")]).len();
    for at in 0..stream.len() {
        let mut damaged = stream.clone();
        damaged[at] ^= 0x10;
        let (frames, fault) = read([damaged.as_slice()]);
        let expect = if at < first { (0, Fault::NoFrames) } else { (1, Fault::Damaged) };
        assert_eq!((frames.len(), fault), (expect.0, Some(expect.1)), "byte {at}");
    }
}

#[test]
fn a_declared_length_is_capped_and_covers_its_headers() {
    let prelude = |length: u32, headers: u32| {
        let mut bytes = [length.to_be_bytes(), headers.to_be_bytes()].concat();
        bytes.extend_from_slice(&crc32(&bytes).to_be_bytes());
        bytes
    };
    assert_eq!(read([prelude(u32::MAX, 0).as_slice()]).1, Some(Fault::TooLarge { limit: LIMIT }));
    assert_eq!(read([prelude(20, 5).as_slice()]).1, Some(Fault::NoFrames));
    assert_eq!(read([prelude(20, 4).as_slice()]).1, None);
    assert_eq!(read([&b"<html>not frames"[..]]).1, Some(Fault::NoFrames));
}

#[test]
fn headers_of_every_kind_are_passed_over() {
    let mut headers = Vec::new();
    let kinds: [(u8, &[u8]); 9] = [
        (0, b""),
        (1, b""),
        (2, b"1"),
        (3, b"12"),
        (4, b"1234"),
        (5, b"12345678"),
        (6, b"\0\x03abc"),
        (8, b"12345678"),
        (9, b"1234567812345678"),
    ];
    for (kind, value) in kinds {
        headers.extend_from_slice(&[1, b'x', kind]);
        headers.extend_from_slice(value);
    }
    headers.extend_from_slice(b"\x01s\x07\0\x02ok");
    let frame = Frame { raw: b"", headers: &headers, payload: b"" };
    assert_eq!((frame.header("s"), frame.header("x"), frame.header("y")), (Some("ok"), None, None));
    for cut in 0..headers.len() {
        assert_eq!(Frame { raw: b"", headers: &headers[..cut], payload: b"" }.header("s"), None);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_harmless(bytes in any::<Vec<u8>>(), cut in any::<prop::sample::Index>()) {
        let (front, back) = bytes.split_at(cut.index(bytes.len() + 1));
        prop_assert_eq!(read([front, back]), read([bytes.as_slice()]));
    }
}
