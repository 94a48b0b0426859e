//! Bytes as text (XML Schema 1.1 part 2 §3.3.15 `xs:hexBinary`, §3.3.16 `xs:base64Binary`).

const HEX: &[u8; 16] = b"0123456789ABCDEF";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as two digits each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from(HEX[usize::from(digit & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Bytes as four characters for three of them.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = (bits >> (18 - 6 * at)) & 63;
            text.push(if at <= group.len() { char::from(BASE64[digit as usize]) } else { '=' });
        }
    }
    text
}

/// Reads bytes of two digits each.
pub(super) fn read_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// Reads bytes of four characters for three of them; there may be blanks between the characters.
pub(super) fn read_base64(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3);
    let last = (digits.len() / 4).saturating_sub(1);
    for (index, group) in digits.chunks_exact(4).enumerate() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && index != last) {
            return None;
        }
        let mut bits = 0_u32;
        for byte in group.iter().take(4 - padding) {
            bits = bits << 6 | sextet(*byte)?;
        }
        bits <<= 6 * padding;
        let [_, made @ ..] = bits.to_be_bytes();
        let (whole, rest) = made.split_at(3 - padding);
        if rest.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(whole);
    }
    Some(bytes)
}

fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_and_written() {
        for (bytes, as_hex, as_base64) in [
            (&b""[..], "", ""),
            (b"f", "66", "Zg=="),
            (b"fo", "666F", "Zm8="),
            (b"foo", "666F6F", "Zm9v"),
            (b"\xff\xfe\xfd\x00", "FFFEFD00", "//79AA=="),
        ] {
            assert_eq!((hex(bytes).as_str(), base64(bytes).as_str()), (as_hex, as_base64));
            assert_eq!(read_hex(&as_hex.to_lowercase()).as_deref(), Some(bytes));
            assert_eq!(read_base64(as_base64).as_deref(), Some(bytes));
        }
        assert_eq!(read_base64("Z m 9 v").as_deref(), Some(&b"foo"[..]));
        for wrong in ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9*", "Zm9v="] {
            assert_eq!(read_base64(wrong), None, "{wrong}");
        }
        for wrong in ["6", "6G", "é"] {
            assert_eq!(read_hex(wrong), None, "{wrong}");
        }
    }
}
