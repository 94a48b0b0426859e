//! Properties that hold for any input, however it is cut.

use http1::{Connection, Framing, Limits, Scan, encode, request, response};
use message::{Fields, Known, Method, RequestHead, ResponseHead, Scheme, Version};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::entry::{self, Outcome, decode, grow, parse_request, parse_response};

/// Bytes of which messages are made, so that random input gets past the first line often enough.
fn messages() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        &b"GET / HTTP/1.1\r\n"[..],
        b"POST /x?y HTTP/1.1\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 103\r\n",
        b"OPTIONS * HTTP/1.0\r\n",
        b"GET http://a HTTP/1.1\r\n",
        b"Host: a\r\n",
        b"host:b:80\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b":",
        b"X: y\r\n",
        b"X : y\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: 3, 3\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: close\r\n",
        b"Connection: a b\r\n",
        b"5\r\nhello\r\n",
        b"0\r\n",
        b"0\r\n\r\n",
        b"3;a=\"b\"\r\nabc\r\n",
        b"\0",
        b"\x80",
        b"a",
        b",",
        b"xxxxxxxxxxxxxxxxxxxx",
    ]);
    let mixed = vec(pieces, 0..14).prop_map(|pieces| pieces.concat());
    prop_oneof![3 => mixed, 1 => vec(any::<u8>(), 0..200)]
}

fn same_for_every_cut(input: &[u8], cuts: &mut [usize], parse: fn(&[u8], &mut Scan) -> Outcome) {
    cuts.sort_unstable();
    let whole = grow(input, &[], parse);
    let every: Vec<usize> = (0..input.len()).collect();
    for cuts in [&cuts[..], &every[..]] {
        assert_eq!(grow(input, cuts, parse), whole, "{} cut at {cuts:?}", input.escape_ascii());
    }
}

fn field_list() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let value = vec(prop_oneof![0x21..=0x7e_u8, 0x80..=0xff_u8], 1..3)
        .prop_flat_map(|ends| {
            vec(prop_oneof![0x20..=0x7e_u8, 0x80..=0xff_u8, Just(b'\t')], 0..30).prop_map(
                move |mut middle| {
                    middle.insert(0, ends[0]);
                    middle.push(ends[ends.len() - 1]);
                    middle
                },
            )
        })
        .boxed();
    vec(("X-[A-Za-z0-9!#$%&'*+.^_`|~-]{0,20}", prop_oneof![4 => value, 1 => Just(Vec::new())]), 0..12)
}

fn fields_of(list: &[(String, Vec<u8>)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in list {
        assert!(fields.push_named(name.as_bytes(), value));
    }
    fields
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn requests_parse_alike_however_they_arrive(input in messages(), mut cuts in vec(0..300_usize, 0..6)) {
        same_for_every_cut(&input, &mut cuts, parse_request);
    }

    #[test]
    fn responses_parse_alike_however_they_arrive(input in messages(), mut cuts in vec(0..300_usize, 0..6)) {
        same_for_every_cut(&input, &mut cuts, parse_response);
    }

    #[test]
    fn what_the_fuzzer_calls_takes_anything(input in messages(), cuts in vec(any::<u8>(), 2)) {
        let data = [cuts, input].concat();
        entry::request(&data);
        entry::response(&data);
    }

    #[test]
    fn chunks_decode_alike_however_they_arrive(input in messages()) {
        let whole = decode(&input, usize::MAX);
        for step in 1..20 {
            prop_assert_eq!(decode(&input, step), whole.clone(), "pieces of {}", step);
        }
    }

    #[test]
    fn a_taken_head_is_never_longer_than_its_buffer(input in messages()) {
        if let Ok(Some((consumed, _, fields))) = parse_request(&input, &mut Scan::default()) {
            prop_assert!(consumed <= input.len());
            prop_assert!(input[..consumed].ends_with(b"\r\n\r\n"));
            for (name, value, _) in &fields {
                prop_assert!(!name.is_empty() && !value.contains(&b'\n') && !value.contains(&b'\r'));
            }
        }
    }

    #[test]
    fn a_written_request_reads_back(
        list in field_list(), path in "/[a-zA-Z0-9/._~!$&'()*+,;=:@%|{}-]{0,40}",
        query in prop::option::of("[a-z0-9=&?/\\\\]{0,20}"), length in prop::option::of(any::<u64>()),
    ) {
        let mut head = RequestHead::new(Method::Post, "a.example:8080", "/");
        head.fields = fields_of(&list);
        head.set_authority("a.example:8080");
        head.set_path(&path);
        head.set_query(query.as_deref());
        let framing = Framing::of_request(&head.method, length);
        let mut out = Vec::new();
        encode::request_head(&mut out, &head, framing, Connection::KeepAlive);
        let read = request::parse(&out, &Limits::default(), Scheme::Http, &mut Scan::default());
        let mut read = read.unwrap().unwrap();
        prop_assert_eq!(read.consumed, out.len());
        prop_assert_eq!(read.framing, framing);
        prop_assert_eq!((read.head.path(), read.head.query()), (path.as_str(), query.as_deref()));
        prop_assert_eq!(read.head.authority(), "a.example:8080");
        read.head.fields.remove(Known::ContentLength);
        read.head.fields.remove(Known::TransferEncoding);
        prop_assert_eq!(&read.head.fields, &head.fields);
    }

    #[test]
    fn a_written_response_reads_back(list in field_list(), status in 200..1000_u16, length in prop::option::of(any::<u64>())) {
        let mut head = ResponseHead::new(status);
        head.fields = fields_of(&list);
        let framing = Framing::of_response(status, &Method::Get, Version::Http11, length);
        let mut out = Vec::new();
        encode::response_head(&mut out, &head, framing, Connection::KeepAlive, Version::Http11, b"");
        let mut read = response::parse(&out, &Limits::default(), &Method::Get, &mut Scan::default()).unwrap().unwrap();
        prop_assert_eq!((read.consumed, read.framing, read.keep_alive), (out.len(), framing, true));
        read.head.fields.remove(Known::ContentLength);
        read.head.fields.remove(Known::TransferEncoding);
        prop_assert_eq!(&read.head, &head);
    }

    #[test]
    fn written_chunks_read_back(chunks in vec(vec(any::<u8>(), 1..50), 0..8), step in 1..40_usize) {
        let mut trailers = Fields::new();
        trailers.push_named(b"X-Sum", b"1");
        let mut out = Vec::new();
        for chunk in &chunks {
            encode::chunk_header(&mut out, chunk.len());
            out.extend_from_slice(chunk);
            out.extend_from_slice(encode::CHUNK_END);
        }
        encode::last_chunk(&mut out, Some(&trailers));
        prop_assert_eq!(decode(&out, step), Ok((chunks.concat(), Some(trailers))));
    }

    #[test]
    fn no_field_can_forge_another(value in vec(any::<u8>(), 0..40)) {
        let mut head = ResponseHead::new(200);
        let (name, value) = (head.fields.store(b"X"), head.fields.store(&value));
        head.fields.push_parsed(Known::Other, name, value);
        let mut out = Vec::new();
        encode::response_head(&mut out, &head, Framing::Length(0), Connection::Close, Version::Http11, b"");
        let read = response::parse(&out, &Limits::default(), &Method::Get, &mut Scan::default()).unwrap().unwrap();
        prop_assert_eq!(read.head.fields.len(), 3);
        prop_assert_eq!(read.consumed, out.len());
    }
}
