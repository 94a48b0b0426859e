//! Parsing of bytes that arrive in pieces, and what the fuzzer calls with any (`fuzz/`).

use bytes::BytesMut;
use http1::{Decoded, Decoder, Framing, Limits, Peer, Reject, Scan, request, response};
use message::{Fields, Method, Scheme};

pub(crate) const SMALL: Limits = Limits { request_line: 40, head: 120, fields: 6 };

/// The outcome of a parse, with what matters of it.
pub(crate) type Outcome = Result<Option<(usize, Framing, Fields)>, Reject>;

pub(crate) fn parse_request(buf: &[u8], scan: &mut Scan) -> Outcome {
    let parsed = request::parse(buf, &SMALL, Scheme::Http, scan)?;
    Ok(parsed.map(|r| (r.consumed, r.framing, r.head.fields)))
}

pub(crate) fn parse_response(buf: &[u8], scan: &mut Scan) -> Outcome {
    let parsed = response::parse(buf, &SMALL, &Method::Get, scan)?;
    Ok(parsed.map(|r| (r.consumed, r.framing, r.head.fields)))
}

/// Parses a buffer that grows to each of `cuts` in turn and at last to all of `input`.
pub(crate) fn grow(input: &[u8], cuts: &[usize], parse: fn(&[u8], &mut Scan) -> Outcome) -> Outcome {
    let mut scan = Scan::default();
    for &cut in cuts.iter().chain([&input.len()]) {
        let outcome = parse(&input[..cut.min(input.len())], &mut scan);
        if !matches!(outcome, Ok(None)) {
            return outcome;
        }
    }
    Ok(None)
}

/// Content and end of a body that arrives in pieces, or why it was refused.
pub(crate) fn decode(input: &[u8], step: usize) -> Result<(Vec<u8>, Option<Fields>), Reject> {
    let mut decoder = Decoder::new(Framing::Chunked, Peer::Client, &SMALL);
    let (mut buf, mut content) = (BytesMut::new(), Vec::new());
    let mut pieces = input.chunks(step);
    loop {
        match decoder.decode(&mut buf)? {
            Decoded::Data(data) => content.extend_from_slice(&data),
            Decoded::End(trailers) => return Ok((content, trailers)),
            Decoded::NeedMore => match pieces.next() {
                Some(piece) => buf.extend_from_slice(piece),
                None => decoder.on_eof()?,
            },
        }
    }
}

/// A request, and the chunks of its body, come to the same whole and cut; the first two bytes say where.
pub(crate) fn request(data: &[u8]) {
    head(data, parse_request);
}

/// The same of a response.
pub(crate) fn response(data: &[u8]) {
    head(data, parse_response);
}

fn head(data: &[u8], parse: fn(&[u8], &mut Scan) -> Outcome) {
    let [first, second, input @ ..] = data else { return };
    let mut cuts = [usize::from(*first), usize::from(*second)];
    cuts.sort_unstable();
    let whole = grow(input, &[], parse);
    assert_eq!(grow(input, &cuts, parse), whole);
    if let Ok(Some((consumed, Framing::Chunked, _))) = whole {
        let body = input.get(consumed..).unwrap_or_default();
        assert_eq!(decode(body, cuts[0].max(1)), decode(body, usize::MAX));
    }
}
