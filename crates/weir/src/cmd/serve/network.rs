//! Networks of addresses.

use std::net::IpAddr;

/// An address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    bits: u32,
}

/// Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone.
pub(crate) fn parse_network(text: &str) -> Result<Network, String> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| format!("`{address}` is not an IP address"))?;
    let all = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Ok(all), |bits| bits.parse().ok().filter(|bits| *bits <= all).ok_or(bits));
    let bits = bits.map_err(|bits| format!("`{bits}` is not a prefix length of at most {all}"))?;
    Ok(Network { address, bits })
}

impl Network {
    /// Whether the address lies in the network.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let shifted = |value: u128, all: u32| value.checked_shr(all - self.bits).unwrap_or(0);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                shifted(a.to_bits().into(), 32) == shifted(b.to_bits().into(), 32)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => shifted(a.to_bits(), 128) == shifted(b.to_bits(), 128),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses_alone() {
        let holds =
            |network: &str, address: &str| parse_network(network).unwrap().contains(address.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.255.0.1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.1.1.1"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("0.0.0.0/0", "1.2.3.4"));
        assert!(!holds("0.0.0.0/0", "::1"));
        assert!(holds("::1", "::1"));
        assert!(!holds("2001:db8::/32", "2001:db9::1"));
        for bad in ["10.0.0.0/33", "x", "::/129", "10.0.0.0/-1"] {
            assert!(parse_network(bad).is_err(), "{bad}");
        }
    }
}
