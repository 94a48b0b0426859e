//! Writing JSON into a buffer that the caller owns.

use super::Text;

/// An object being written; [`Object::end`] closes it.
#[derive(Debug)]
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

/// An array being written; [`Array::end`] closes it.
#[derive(Debug)]
pub struct Array<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

// === impl Object ===

impl<'o> Object<'o> {
    /// Opens it.
    pub fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    /// Writes a key, which needs no escaping; the caller writes one value after it.
    pub fn key(&mut self, key: &'static str) -> &mut Vec<u8> {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// A key that comes from a document, as it is written there.
    pub fn text_key(&mut self, key: &Text<'_>) -> &mut Vec<u8> {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        push_text(self.out, key);
        self.out.push(b':');
        self.out
    }

    /// A member that is a string.
    pub fn string(&mut self, key: &'static str, value: &str) -> &mut Self {
        push_string(self.key(key), value);
        self
    }

    /// A member that is a text, as it is written.
    pub fn text(&mut self, key: &'static str, value: &Text<'_>) -> &mut Self {
        push_text(self.key(key), value);
        self
    }

    /// A member that is a number.
    pub fn number(&mut self, key: &'static str, value: u64) -> &mut Self {
        push_number(self.key(key), value);
        self
    }

    /// A value that is JSON already.
    pub fn raw(&mut self, key: &'static str, json: &str) -> &mut Self {
        self.key(key).extend_from_slice(json.as_bytes());
        self
    }

    /// A member that is an object.
    pub fn object(&mut self, key: &'static str) -> Object<'_> {
        Object::begin(self.key(key))
    }

    /// A member that is an array.
    pub fn array(&mut self, key: &'static str) -> Array<'_> {
        Array::begin(self.key(key))
    }

    /// Closes it.
    pub fn end(self) {
        self.out.push(b'}');
    }
}

// === impl Array ===

impl<'o> Array<'o> {
    /// Opens it.
    pub fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'[');
        Self { out, first: true }
    }

    /// Makes room for an item, which the caller writes.
    pub fn item(&mut self) -> &mut Vec<u8> {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out
    }

    /// An item that is an object.
    pub fn object(&mut self) -> Object<'_> {
        Object::begin(self.item())
    }

    /// Closes it.
    pub fn end(self) {
        self.out.push(b']');
    }
}

/// Writes a string with its quotes.
pub fn push_string(out: &mut Vec<u8>, plain: &str) {
    out.push(b'"');
    push_escaped(out, plain);
    out.push(b'"');
}

/// Writes a text with its quotes.
pub fn push_text(out: &mut Vec<u8>, text: &Text<'_>) {
    out.push(b'"');
    out.extend_from_slice(text.literal().as_bytes());
    out.push(b'"');
}

/// Writes the inside of a string literal.
pub fn push_escaped(out: &mut Vec<u8>, plain: &str) {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    let mut rest = plain.as_bytes();
    while let Some(at) = rest.iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        let (run, special) = rest.split_at(at);
        out.extend_from_slice(run);
        let Some((&byte, after)) = special.split_first() else { break };
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.push(b'0' + (byte >> 4));
                out.push(HEX.get(usize::from(byte & 15)).copied().unwrap_or(b'0'));
            }
        }
        rest = after;
    }
    out.extend_from_slice(rest);
}

/// Writes JSON without white space between its values: an event of a stream is one line.
pub fn push_compact(out: &mut Vec<u8>, json: &str) {
    let mut rest = json;
    while !rest.is_empty() {
        let (between, string) = rest.split_at(rest.find('"').unwrap_or(rest.len()));
        out.extend(between.bytes().filter(|byte| !byte.is_ascii_whitespace()));
        let end = string_end(string);
        out.extend_from_slice(string.as_bytes().get(..end).unwrap_or_default());
        rest = string.get(end..).unwrap_or_default();
    }
}

/// Where the string that stands at the front ends, its quotes included.
fn string_end(json: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

/// Writes a number in decimal.
pub fn push_number(out: &mut Vec<u8>, value: u64) {
    let mut digits = [0_u8; 20];
    let mut rest = value;
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        used += 1;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_json_keeps_its_strings() {
        let mut out = Vec::new();
        push_compact(&mut out, " { \"a b\" : [ 1 ,\r\n\t\" \\\" x\\\\\" , {} ] } ");
        assert_eq!(String::from_utf8(out).unwrap(), "{\"a b\":[1,\" \\\" x\\\\\",{}]}");
    }
}
