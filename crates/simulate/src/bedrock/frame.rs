//! Amazon's event stream: frames of a length, a length of headers, a CRC-32 of both, headers, payload and a
//! CRC-32 of everything before it, all big-endian.

use bytes::Bytes;

/// A value of a header is a text.
const TEXT: u8 = 7;

/// A frame of an event.
pub(super) fn event(kind: &str, payload: &[u8]) -> Bytes {
    frame(
        &[(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")],
        payload,
    )
}

/// A frame of an error that ends the stream.
pub(super) fn exception(kind: &str, payload: &[u8]) -> Bytes {
    let headers =
        [(":exception-type", kind), (":content-type", "application/json"), (":message-type", "exception")];
    frame(&headers, payload)
}

fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Bytes {
    let mut head = Vec::new();
    for (name, value) in headers {
        head.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        head.extend_from_slice(name.as_bytes());
        head.push(TEXT);
        head.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        head.extend_from_slice(value.as_bytes());
    }
    let whole = 16 + head.len() + payload.len();
    let mut bytes = Vec::with_capacity(whole);
    bytes.extend_from_slice(&u32::try_from(whole).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(&crc32(&bytes).to_be_bytes());
    bytes.append(&mut head);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&crc32(&bytes).to_be_bytes());
    bytes.into()
}

/// The CRC-32 of ISO 3309, bit by bit; frames are small.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |state: u32, byte: &u8| {
        (0..8).fold(state ^ u32::from(*byte), |state, _| {
            if state & 1 == 1 { state >> 1 ^ 0xedb8_8320 } else { state >> 1 }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_has_its_known_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn a_frame_is_laid_out_as_the_vendor_does() {
        let frame = event("messageStart", br#"{"role": "assistant"}"#);
        assert_eq!(frame[..12], [0, 0, 0, 0x77, 0, 0, 0, 0x52, 0xab, 0xb5, 0xd3, 0x6e]);
        assert_eq!(frame[12..25], *b"\x0b:event-type\x07");
        assert_eq!(frame[0x73..], [0x5b, 0xe0, 0xd2, 0xf5]);
    }
}
