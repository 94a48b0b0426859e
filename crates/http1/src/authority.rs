//! Host and port (RFC 3986 §3.2, RFC 9110 §4.2).

use std::net::Ipv6Addr;

use crate::{chars, length};

/// Checks `host [ ":" port ]`: a name, an IPv4 address or an IPv6 address in brackets, and a port below
/// 65536. User information is refused (RFC 9110 §4.2.4), as is an empty host (§4.2.1). The port is `None`
/// where it is left out or empty.
pub fn check(authority: &[u8]) -> Result<Option<u16>, &'static str> {
    let (host_len, detail) = match authority {
        [b'[', rest @ ..] => {
            (bracketed(rest)?, "something stands behind the closing bracket (RFC 3986 §3.2.2)")
        }
        _ => (name_len(authority)?, "the host has a character that no host has (RFC 3986 §3.2.2)"),
    };
    if host_len == 0 {
        return Err("the host is empty (RFC 9110 §4.2.1)");
    }
    match authority.get(host_len..).unwrap_or_default() {
        [] => Ok(None),
        [b':', port @ ..] if !port.contains(&b'@') => check_port(port),
        rest if rest.contains(&b'@') => Err("user information stands before the host (RFC 9110 §4.2.4)"),
        _ => Err(detail),
    }
}

fn check_port(port: &[u8]) -> Result<Option<u16>, &'static str> {
    if port.is_empty() {
        return Ok(None);
    }
    let number = length::number(port).and_then(|number| u16::try_from(number).ok());
    number.map(Some).ok_or("the port is not a number below 65536 (RFC 3986 §3.2.3)")
}

/// The length of `[` address `]`, given what stands behind the opening bracket.
fn bracketed(rest: &[u8]) -> Result<usize, &'static str> {
    let close = rest.iter().position(|&b| b == b']').ok_or("a bracket is not closed (RFC 3986 §3.2.2)")?;
    let address = std::str::from_utf8(rest.get(..close).unwrap_or_default()).unwrap_or_default();
    match address.parse::<Ipv6Addr>() {
        Ok(_) => Ok(close + 2),
        Err(_) => Err("the brackets hold no IPv6 address (RFC 3986 §3.2.2)"),
    }
}

/// The number of bytes of a registered name at the start.
fn name_len(authority: &[u8]) -> Result<usize, &'static str> {
    let mut at = 0;
    while let Some(&b) = authority.get(at) {
        if chars::is_name_char(b) {
            at += 1;
        } else if b == b'%' {
            match authority.get(at + 1..at + 3) {
                Some([a, b]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => at += 3,
                _ => return Err("an escape in the host is cut off or not hexadecimal (RFC 3986 §2.1)"),
            }
        } else {
            break;
        }
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_from_other_things() {
        let default =
            ["a", "a.example", "a_b", "127.0.0.1", "[::1]", "a.example:", "a%20b", "xn--p1ai", "a,b"];
        for good in default {
            assert_eq!(check(good.as_bytes()), Ok(None), "{good}");
        }
        for (good, port) in
            [("a:0", 0), ("a.example:80", 80), ("[::1]:65535", 65_535), ("[::ffff:1.2.3.4]:1", 1)]
        {
            assert_eq!(check(good.as_bytes()), Ok(Some(port)), "{good}");
        }
        let bad = [
            ("", "empty"),
            (":80", "empty"),
            ("a b", "character"),
            ("a/b", "character"),
            ("a\\b", "character"),
            ("http://a", "port"),
            ("user@a", "user"),
            ("user:pw@a:80", "user"),
            ("@a", "empty"),
            ("a:80@b", "user"),
            ("a:+80", "port"),
            ("a:65536", "port"),
            ("a:80:80", "port"),
            ("[::1", "bracket"),
            ("[::1]x", "bracket"),
            ("[1.2.3.4]", "IPv6"),
            ("[v1.x]", "IPv6"),
            ("[fe80::1%25eth0]", "IPv6"),
            ("a%2", "escape"),
            ("a%zz", "escape"),
            ("b\u{fc}cher.example", "character"),
        ];
        for (bad, rule) in bad {
            let detail = check(bad.as_bytes()).unwrap_err();
            assert!(detail.contains(rule), "{bad}: {detail}");
        }
    }
}
