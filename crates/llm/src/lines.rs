//! Streams of one JSON text a line (NDJSON), read incrementally and bounded. A line ends in LF, a CR before it is
//! left away; the last line counts without its end. What comes out is the same however the input is cut.

use crate::sse::TooLarge;

/// Reads lines from pieces of a stream. Copies only what a piece cuts through.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    limit: usize,
    /// A line whose end has not come.
    pending: Vec<u8>,
    failed: bool,
}

// === impl Lines ===

impl Lines {
    /// A reader that takes lines of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, pending: Vec::new(), failed: false }
    }

    /// Reads a piece and gives every line that it completes, with its end.
    pub(crate) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), TooLarge> {
        let mut rest = bytes;
        while !self.failed {
            let Some(at) = memchr::memchr(b'\n', rest) else {
                self.keep(rest);
                break;
            };
            let (line, after) = rest.split_at(at + 1);
            if self.pending.is_empty() && line.len() <= self.limit {
                each(line);
            } else {
                self.keep(line);
                if !self.failed {
                    each(&self.pending);
                    self.pending.clear();
                }
            }
            rest = after;
        }
        if self.failed { Err(TooLarge { limit: self.limit }) } else { Ok(()) }
    }

    /// The stream has ended: gives what lacked its end.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(&[u8])) -> Result<(), TooLarge> {
        if self.failed {
            return Err(TooLarge { limit: self.limit });
        }
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            each(&pending);
        }
        Ok(())
    }

    /// Holds a piece of a line back, unless the line grows too long.
    fn keep(&mut self, piece: &[u8]) {
        if self.pending.len().saturating_add(piece.len()) > self.limit {
            self.failed = true;
            self.pending = Vec::new();
        } else {
            self.pending.extend_from_slice(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of pieces, and whether one was too long.
    fn read<'p>(limit: usize, pieces: impl IntoIterator<Item = &'p [u8]>) -> (Vec<Vec<u8>>, bool) {
        let mut lines = Lines::new(limit);
        let mut got = Vec::new();
        for piece in pieces {
            if lines.push(piece, |line| got.push(line.to_vec())).is_err() {
                return (got, true);
            }
        }
        let failed = lines.finish(|line| got.push(line.to_vec())).is_err();
        (got, failed)
    }

    #[test]
    fn lines_are_given_whole_and_the_last_without_its_end() {
        let got = read(9, [&b"ab\r\n\ncd"[..], b"e\n", b"f"]);
        assert_eq!(got.0, [&b"ab\r\n"[..], b"\n", b"cde\n", b"f"]);
        assert!(!got.1);
    }

    #[test]
    fn a_line_beyond_the_limit_ends_it() {
        assert_eq!(read(4, [&b"abc\nabcd\nx\n"[..]]), (vec![b"abc\n".to_vec()], true));
        let mut lines = Lines::new(4);
        assert!(lines.push(b"abcde", |_| {}).is_err() && lines.push(b"\n", |_| {}).is_err());
        assert!(lines.finish(|_| {}).is_err());
    }

    proptest! {
        #[test]
        fn any_cuts_give_the_same(text in "[a-c\n\r]{0,40}", cuts in proptest::collection::vec(0_usize..40, 0..6)) {
            let bytes = text.as_bytes();
            let mut at: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(read(6, pieces), read(6, [bytes]));
        }
    }
}
