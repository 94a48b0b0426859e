//! Where the search for the end of a head stands, so that a head that trickles in is not parsed anew at
//! every byte.

use memchr::memchr;

use crate::Limits;

/// Resumes the parsing of one head: pass the same one with the same buffer, grown; take a new one for the
/// next head.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scan {
    /// Bytes of the head that were looked at.
    seen: usize,
}

// === impl Scan ===

impl Scan {
    /// Whether parsing `head` can tell anything that it could not the last time: it can if a line has been
    /// completed or a limit passed since. As the number of lines is limited, so is the work, however the
    /// bytes trickle in; and a line that is refused is refused as soon as it is there.
    pub(crate) fn is_worth_parsing(&mut self, head: &[u8], limits: &Limits) -> bool {
        if self.seen == 0 {
            return true;
        }
        let fresh = head.get(self.seen..).unwrap_or_default();
        let line = limits.request_line.saturating_add(2);
        let crossed = head.len() > limits.head || (self.seen <= line && head.len() > line);
        if crossed || memchr(b'\n', fresh).is_some() {
            return true;
        }
        self.seen = head.len();
        false
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
    fn the_end_of_a_line_is_seen_wherever_the_buffer_was_cut() {
        let limits = Limits::default();
        let head = b"a\r\n\r\n";
        for cut in 1..head.len() {
            let mut scan = Scan::default();
            assert!(scan.is_worth_parsing(&head[..cut], &limits));
            scan.incomplete(&head[..cut]);
            assert!(scan.is_worth_parsing(head, &limits), "cut at {cut}");
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
