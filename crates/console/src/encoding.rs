//! Which of the stored encodings a client takes (RFC 9110 §12.5.3).

/// The encodings that files are stored in, the best first: the name and what it adds to the file's.
pub(crate) const STORED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Whether `Accept-Encoding` allows an encoding: it is named with a weight above 0, or `*` is and it is not.
pub(crate) fn accepts(header: &str, encoding: &str) -> bool {
    let weight = |name: &str| {
        header.split(',').find_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            let named = parts.next()?.eq_ignore_ascii_case(name);
            let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            named.then(|| quality.and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0))
        })
    };
    weight(encoding).or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_and_the_asterisk_count() {
        assert!(accepts("gzip, br;q=0.9", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(accepts("*;q=0.5", "br"));
        assert!(!accepts("br;q=0, *", "br"));
        assert!(!accepts("", "gzip"));
    }
}
