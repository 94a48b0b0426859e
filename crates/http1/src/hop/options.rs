//! The options of `Connection` (RFC 9110 §7.6.1, RFC 9112 §9.3).

use message::{Fields, Known, Version};

use crate::{chars, list};

/// The options that the codec itself acts on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    close: bool,
    keep_alive: bool,
    pub(crate) upgrade: bool,
}

// === impl Options ===

impl Options {
    /// Reads every `Connection` line; a member that is no token is refused.
    pub(crate) fn of(fields: &Fields) -> Result<Self, &'static str> {
        let mut options = Self::default();
        for option in list::members(fields, Known::Connection) {
            if option.eq_ignore_ascii_case(b"keep-alive") {
                options.keep_alive = true;
            } else if option.eq_ignore_ascii_case(b"close") {
                options.close = true;
            } else if option.eq_ignore_ascii_case(b"upgrade") {
                options.upgrade = true;
            } else if !chars::is_token(option) {
                return Err("Connection has a member that is no token (RFC 9110 §7.6.1)");
            }
        }
        Ok(options)
    }

    /// Whether the connection persists after a message of this version.
    pub(crate) fn keeps(self, version: Version) -> bool {
        match version {
            Version::Http10 => self.keep_alive && !self.close,
            Version::Http11 | Version::Http2 => !self.close,
        }
    }
}

/// The names of fields that `Connection` lists, in lower case and joined by commas, without the options
/// that every message may have and that name no further field. Usually there is none.
pub(super) fn fields_named(fields: &Fields) -> Vec<u8> {
    let mut named = Vec::new();
    for option in list::members(fields, Known::Connection) {
        let known = Known::of(option);
        if known.is_hop_by_hop() || option.eq_ignore_ascii_case(b"close") {
            continue;
        }
        named.extend(option.iter().map(u8::to_ascii_lowercase));
        named.push(b',');
    }
    named
}
