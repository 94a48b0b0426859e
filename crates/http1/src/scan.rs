//! Where the search for the end of a head stands, so that a head that trickles in is not parsed anew at
//! every byte.

use memchr::memchr_iter;

use crate::Limits;

/// Resumes the parsing of one head: pass the same one with the same buffer, grown; take a new one for the
/// next head.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scan {
    /// Bytes of the head that are known not to complete it.
    seen: usize,
}

// === impl Scan ===

impl Scan {
    /// Whether parsing `head` can tell anything that it could not the last time. It can if the empty line
    /// has come, or if a limit has been passed since.
    pub(crate) fn is_worth_parsing(&mut self, head: &[u8], limits: &Limits) -> bool {
        if self.seen == 0 {
            return true;
        }
        // "\n\r\n" may have been cut after its second byte.
        let fresh = head.get(self.seen.saturating_sub(2)..).unwrap_or_default();
        let ends = memchr_iter(b'\n', fresh).any(|at| {
            let after = fresh.get(at + 1..).unwrap_or_default();
            after.starts_with(b"\r\n") || after.starts_with(b"\n")
        });
        let line = limits.request_line.saturating_add(2);
        let crossed = head.len() > limits.head || (self.seen <= line && head.len() > line);
        if !ends && !crossed {
            self.seen = head.len();
        }
        ends || crossed
    }

    /// Notes that `head` was parsed and is not complete.
    pub(crate) fn incomplete(&mut self, head: &[u8]) {
        self.seen = head.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_seen_wherever_the_buffer_was_cut() {
        let limits = Limits::default();
        for end in [&b"a\r\n\r\n"[..], b"a\n\n", b"a\n\r\n"] {
            for cut in 1..end.len() {
                let mut scan = Scan::default();
                assert!(scan.is_worth_parsing(&end[..cut], &limits));
                scan.incomplete(&end[..cut]);
                assert!(scan.is_worth_parsing(end, &limits), "{end:?} at {cut}");
            }
        }
    }

    #[test]
    fn nothing_new_is_not_worth_it_but_a_limit_is() {
        let limits = Limits { request_line: 4, head: 16, fields: 1 };
        let mut scan = Scan::default();
        scan.incomplete(b"abc");
        assert!(!scan.is_worth_parsing(b"abcd", &limits));
        assert!(scan.is_worth_parsing(b"abcdefg", &limits), "line limit");
        scan.incomplete(b"abcdefg");
        assert!(!scan.is_worth_parsing(b"abcdefgh", &limits));
        assert!(scan.is_worth_parsing(b"abcdefghabcdefghi", &limits), "head limit");
    }
}
