//! Hosts of requests and of routes.

use std::fmt;
use std::io::Write as _;
use std::net::Ipv6Addr;

/// The longest name (RFC 1035 §2.3.4), rounded up.
const MAX_HOST: usize = 256;

/// What hosts a route is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HostPattern {
    /// One host, in normal form.
    Exact(Box<str>),
    /// All hosts that end in `.` and this, with one label or more before it.
    Suffix(Box<str>),
    /// Every host, and requests without one.
    Any,
}

/// Why a host of a route is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostError {
    /// There is nothing in it.
    Empty,
    /// A name longer than 253 or a label longer than 63 characters.
    TooLong,
    /// A character that no host name or address has; names outside ASCII are written in punycode.
    Character,
    /// `*` stands elsewhere than alone or as the whole first label.
    Wildcard,
    /// A port; routes match on hosts alone.
    Port,
}

/// A request's host in normal form: lower case, no port, no final dot, IPv6 addresses in brackets and
/// spelled as RFC 5952 asks. Kept on the stack.
pub struct Host {
    bytes: [u8; MAX_HOST],
    length: usize,
}

// === impl HostPattern ===

impl HostPattern {
    /// Reads `api.example.com`, `*.example.com`, `*`, `192.0.2.1` or `[2001:db8::1]`.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        match text {
            "" => return Err(HostError::Empty),
            "*" => return Ok(Self::Any),
            _ => {}
        }
        if let Some(suffix) = text.strip_prefix("*.") {
            return Ok(Self::Suffix(check_name(suffix)?));
        }
        if let Some(rest) = text.strip_prefix('[') {
            let address = rest.strip_suffix(']').ok_or(HostError::Port)?;
            let address: Ipv6Addr = address.parse().map_err(|_| HostError::Character)?;
            return Ok(Self::Exact(format!("[{address}]").into()));
        }
        check_name(text).map(Self::Exact)
    }

    /// Whether a host is meant.
    pub fn matches(&self, host: &Host) -> bool {
        match self {
            Self::Exact(name) => **name == *host.as_str(),
            Self::Suffix(suffix) => host
                .as_str()
                .strip_suffix(&**suffix)
                .is_some_and(|before| before.len() > 1 && before.ends_with('.')),
            Self::Any => true,
        }
    }

    /// Orders patterns, the most specific the least.
    pub(crate) fn rank(&self) -> u16 {
        match self {
            Self::Exact(_) => 0,
            Self::Suffix(suffix) => u16::MAX - 1 - u16::try_from(suffix.len()).unwrap_or(u16::MAX - 2),
            Self::Any => u16::MAX,
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Suffix(suffix) => write!(f, "*.{suffix}"),
            Self::Any => f.write_str("*"),
        }
    }
}

// === impl Host ===

impl Host {
    /// The normal form of the value of `Host` or `:authority`. What cannot be a host, or is longer than
    /// a host can be, gives the empty host, which only routes for any host match.
    pub fn new(authority: &str) -> Self {
        let mut host = Self { bytes: [0; MAX_HOST], length: 0 };
        if authority.starts_with('[') {
            host.set_address(authority);
        } else {
            host.set_name(authority);
        }
        host
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn set_name(&mut self, authority: &str) {
        let name = authority.split(':').next().unwrap_or_default();
        let name = name.strip_suffix('.').unwrap_or(name);
        if let Some(place) = self.bytes.get_mut(..name.len()) {
            place.copy_from_slice(name.as_bytes());
            place.make_ascii_lowercase();
            self.length = name.len();
        }
    }

    fn set_address(&mut self, authority: &str) {
        let address = authority.get(1..).and_then(|rest| rest.split(']').next());
        let Some(address) = address.and_then(|text| text.parse::<Ipv6Addr>().ok()) else {
            return;
        };
        let mut rest = self.bytes.as_mut_slice();
        if write!(rest, "[{address}]").is_ok() {
            self.length = MAX_HOST - rest.len();
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Host").field(&self.as_str()).finish()
    }
}

// === impl HostError ===

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the host is empty",
            Self::TooLong => "the host is too long",
            Self::Character => "the host has a character that no host has",
            Self::Wildcard => "`*` may only stand alone or as the first label of a host",
            Self::Port => "a route's host has no port",
        })
    }
}

impl std::error::Error for HostError {}

fn check_name(text: &str) -> Result<Box<str>, HostError> {
    let name = text.strip_suffix('.').unwrap_or(text);
    if name.contains('*') {
        return Err(HostError::Wildcard);
    }
    if name.contains(':') {
        return Err(HostError::Port);
    }
    if name.len() > 253 {
        return Err(HostError::TooLong);
    }
    for label in name.split('.') {
        match label.len() {
            0 => return Err(HostError::Empty),
            1..=63 => {}
            _ => return Err(HostError::TooLong),
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !label.bytes().all(fits) {
            return Err(HostError::Character);
        }
    }
    Ok(name.to_ascii_lowercase().into())
}
