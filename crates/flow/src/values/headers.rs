//! Header fields of an answer, in one text.

use std::sync::Arc;

/// Header fields of an answer, names in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Arc<Block>);

/// Names and values one behind the other.
#[derive(Debug, Default, PartialEq, Eq)]
struct Block {
    text: String,
    /// Where each name and each value ends.
    ends: Vec<(usize, usize)>,
}

// === impl Headers ===

impl Headers {
    /// Those of a message; what is no UTF-8 in them is replaced.
    pub fn new<'f>(fields: impl Iterator<Item = (&'f [u8], &'f [u8])> + Clone) -> Self {
        let more =
            |(length, count), (name, value): (&[u8], &[u8])| (length + name.len() + value.len(), count + 1);
        let (length, count) = fields.clone().fold((0, 0), more);
        let (mut bytes, mut ends) = (Vec::with_capacity(length), Vec::with_capacity(count));
        for (name, value) in fields.clone() {
            let from = bytes.len();
            bytes.extend_from_slice(name);
            let middle = bytes.len();
            bytes.get_mut(from..).unwrap_or_default().make_ascii_lowercase();
            bytes.extend_from_slice(value);
            ends.push((middle, bytes.len()));
        }
        if let Ok(text) = String::from_utf8(bytes)
            && ends.iter().all(|(middle, end)| text.is_char_boundary(*middle) && text.is_char_boundary(*end))
        {
            return Self(Arc::new(Block { text, ends }));
        }
        fields.map(|(name, value)| (String::from_utf8_lossy(name), String::from_utf8_lossy(value))).collect()
    }

    /// A field's value; of one that repeats, the first.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (text, mut from) = (self.0.text.as_bytes(), 0);
        let value = self.0.ends.iter().find_map(|(middle, end)| {
            let is_it = text.get(from..*middle) == Some(name.as_bytes());
            from = *end;
            is_it.then_some(*middle..*end)
        });
        self.0.text.get(value?)
    }

    /// All, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let part = |from: usize, to: usize| self.0.text.get(from..to).unwrap_or_default();
        let mut from = 0;
        self.0.ends.iter().map(move |(middle, end)| {
            let field = (part(from, *middle), part(*middle, *end));
            from = *end;
            field
        })
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut block = Block::default();
        for (name, value) in fields {
            block.text.extend(name.as_ref().chars().map(|one| one.to_ascii_lowercase()));
            let middle = block.text.len();
            block.text.push_str(value.as_ref());
            block.ends.push((middle, block.text.len()));
        }
        Self(Arc::new(block))
    }
}

impl From<Vec<(Box<str>, String)>> for Headers {
    fn from(fields: Vec<(Box<str>, String)>) -> Self {
        fields.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_names_in_lower_case() {
        let fields: [(&[u8], &[u8]); 4] =
            [(b"Content-Type", b"a"), (b"x", b""), (b"X", b"2"), (b"y", "\u{e9}".as_bytes())];
        let headers = Headers::new(fields.into_iter());
        assert_eq!(headers.get("content-type"), Some("a"));
        assert_eq!((headers.get("x"), headers.get("y"), headers.get("z")), (Some(""), Some("\u{e9}"), None));
        assert_eq!(
            headers.iter().collect::<Vec<_>>(),
            [("content-type", "a"), ("x", ""), ("x", "2"), ("y", "\u{e9}")]
        );
    }

    #[test]
    fn what_is_no_text_is_replaced_where_it_stands() {
        let fields: [(&[u8], &[u8]); 3] = [(b"A", b"\xc3"), (b"\xa9", b"b"), (b"c", b"d")];
        let headers = Headers::new(fields.into_iter());
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("a", "\u{fffd}"), ("\u{fffd}", "b"), ("c", "d")]);
    }
}
