use proptest::prelude::*;

use super::*;

type Owned = (String, String);

/// The events, the bytes of all blocks, and whether the limit was passed.
fn read(pieces: &[&[u8]], limit: usize) -> (Vec<Owned>, Vec<u8>, bool) {
    let mut parser = Parser::new(limit);
    let (mut events, mut bytes, mut failed) = (Vec::new(), Vec::new(), false);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut each = |block: Block<'_>| {
        bytes.extend_from_slice(block.raw);
        events.extend(block.event.map(|event| (text(event.name), text(event.data))));
    };
    for piece in pieces {
        failed |= parser.push(piece, &mut each).is_err();
    }
    failed |= parser.finish(&mut each).is_err();
    (events, bytes, failed)
}

fn check(stream: &str, expect: &[(&str, &str)]) {
    let expect: Vec<Owned> = expect.iter().map(|(name, data)| ((*name).into(), (*data).into())).collect();
    let expect = (expect, stream.as_bytes().to_vec(), false);
    assert_eq!(read(&[stream.as_bytes()], 1000), expect, "{stream:?}");
    let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
    assert_eq!(read(&bytes, 1000), expect, "{stream:?} byte by byte");
}

#[test]
fn reads_events() {
    check("data: a\n\n", &[("", "a")]);
    check("event: x\ndata: a\n\ndata:b\n\n", &[("x", "a"), ("", "b")]);
    check("data: a\r\n\r\ndata: b\r\rdata: c\n\n", &[("", "a"), ("", "b"), ("", "c")]);
    check("data:  two spaces\n\n", &[("", " two spaces")]);
    check("data: a\ndata: b\ndata\n\n", &[("", "a\nb\n")]);
    check("data: \ndata: b\n\n", &[("", "\nb")]);
    check("data\n\n", &[("", "")]);
}

#[test]
fn ignores_what_is_no_event() {
    check(": keep-alive\n\n\n\n: again\n\n", &[]);
    check("event: lonely\n\ndata: a\n\n", &[("", "a")]);
    check("id: 1\nretry: 5\nother: x\ndata: a\n\n", &[("", "a")]);
    check("\u{feff}data: a\n\n\u{feff}data: b\n\n", &[("", "a")]);
}

#[test]
fn an_unfinished_last_event_counts() {
    check("data: a\n\ndata: b", &[("", "a"), ("", "b")]);
    check("data: b\n", &[("", "b")]);
    check("data: b\r\r", &[("", "b")]);
}

#[test]
fn sizes_are_bounded() {
    let too_large = |pieces: &[&[u8]], limit| {
        let (events, _, failed) = read(pieces, limit);
        assert!(failed && events.is_empty());
    };
    too_large(&[b"data: 0123456789\n\n"], 10);
    too_large(&[&b"data: 1\n".repeat(9)], 16);
    too_large(&[b"datadatadata"], 10);
    too_large(&[b"datad", b"atadata"], 10);
    // Nothing comes after the limit was passed.
    too_large(&[b"data: 0123456789\n\n", b"data: a\n\n"], 10);
    assert_eq!(read(&[&b"data: 1\n\n".repeat(99)], 10).0.len(), 99);
}

proptest! {
    #[test]
    fn every_cut_reads_the_same(
        stream in "\u{feff}?(data|event|: c|d|:|\u{feff})?(: ?)?[ab\r\n :é]{0,6}(\r\n|\n\n|\r)?data: x(\n|\r\n|\r){1,3}.{0,5}",
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let bytes = stream.as_bytes();
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let pieces: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let whole = read(&[bytes], 1 << 20);
        prop_assert_eq!(&whole.1, bytes);
        prop_assert_eq!(read(&pieces, 1 << 20), whole);
    }

    #[test]
    fn arbitrary_bytes_are_harmless(bytes in any::<Vec<u8>>(), limit in 0_usize..64) {
        read(&[&bytes], limit);
    }
}
