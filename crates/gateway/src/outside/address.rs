//! Addresses of the web, taken apart.

use std::fmt::Write as _;

/// An address by `http` or `https`, for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) tls: bool,
    /// Without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// `Host`'s value.
    pub(crate) authority: String,
    /// The path and the query.
    pub(crate) path: String,
}

// === impl Address ===

impl Address {
    /// `None`: it is not one that can be fetched. One with a user's name is none.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?', '\\']).unwrap_or(rest.len()));
        let usual = if tls { 443 } else { 80 };
        let (host, port) = split_port(authority, usual)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
        if host.is_empty() || host.len() > 253 || !host.bytes().all(plain) {
            return None;
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        let mut escaped = slash.to_owned();
        for byte in path.bytes() {
            match byte {
                b'!'..=b'~' => escaped.push(char::from(byte)),
                // Writing to a string cannot fail.
                _ => write!(escaped, "%{byte:02X}").unwrap_or_default(),
            }
        }
        Some(Self { tls, host: host.to_owned(), port, authority: authority.to_owned(), path: escaped })
    }

    /// Where a redirect from here leads.
    pub(crate) fn join(&self, location: &str) -> Option<Self> {
        if is_absolute(location) {
            return Self::parse(location);
        }
        let scheme = if self.tls { "https:" } else { "http:" };
        let path = self.path.split('?').next().unwrap_or_default();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let authority = &self.authority;
        Self::parse(&match location {
            other if other.starts_with("//") => format!("{scheme}{other}"),
            absolute if absolute.starts_with('/') => format!("{scheme}//{authority}{absolute}"),
            query if query.starts_with('?') => format!("{scheme}//{authority}{path}{query}"),
            same if same.is_empty() || same.starts_with('#') => {
                format!("{scheme}//{authority}{}", self.path)
            }
            relative => format!("{scheme}//{authority}{folder}/{relative}"),
        })
    }
}

/// Whether a scheme stands before the first colon (RFC 3986, section 3.1).
fn is_absolute(location: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(part)
    };
    location.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme))
}

fn split_port(authority: &str, usual: u16) -> Option<(&str, u16)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        let port = if port.is_empty() { usual } else { port.strip_prefix(':')?.parse().ok()? };
        return Some((host, port));
    }
    match authority.split_once(':') {
        Some((host, port)) => Some((host, port.parse().ok().filter(|port| *port != 0)?)),
        None => Some((authority, usual)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart_or_refused() {
        let parse = |url| {
            Address::parse(url).map(|a| format!("{} {} {} {} {}", a.tls, a.host, a.port, a.authority, a.path))
        };
        for (url, expect) in [
            ("https://a.example/b.png?c=d#e", "true a.example 443 a.example /b.png?c=d"),
            ("HTTP://a.example:8080", "false a.example 8080 a.example:8080 /"),
            ("http://a?b", "false a 80 a /?b"),
            ("http://[::1]:9/x y\u{e9}", "false ::1 9 [::1]:9 /x%20y%C3%A9"),
            ("http://a\\@b/", "false a 80 a /\\@b/"),
        ] {
            assert_eq!(parse(url).as_deref(), Some(expect), "{url}");
        }
        for url in [
            "ftp://a/",
            "a",
            "http://",
            "http://u@a/",
            "http://u:p@a/",
            "http://a:0/",
            "http://a:x/",
            "http://[a]/",
            "http://\u{e4}/",
        ] {
            assert_eq!(parse(url), None, "{url}");
        }
    }

    #[test]
    fn redirects_lead_on_from_where_they_stand() {
        let from = Address::parse("https://a.example:1/b/c.png?d").unwrap();
        let to = |location| from.join(location).map(|a| format!("{} {}{}", a.tls, a.authority, a.path));
        assert_eq!(to("http://x/y").as_deref(), Some("false x/y"));
        assert_eq!(to("//x/y").as_deref(), Some("true x/y"));
        assert_eq!(to("/y?z").as_deref(), Some("true a.example:1/y?z"));
        assert_eq!(to("y").as_deref(), Some("true a.example:1/b/y"));
        assert_eq!(to("/y?z=http://x/").as_deref(), Some("true a.example:1/y?z=http://x/"));
        assert_eq!(to("y?z=http://x/").as_deref(), Some("true a.example:1/b/y?z=http://x/"));
        assert_eq!(to("?v=2").as_deref(), Some("true a.example:1/b/c.png?v=2"));
        assert_eq!(to("#e").as_deref(), Some("true a.example:1/b/c.png?d"));
        assert_eq!(to("data:text/plain,a"), None);
        assert_eq!(to("file:///etc/passwd"), None);
    }
}
