//! What an intermediary does to a message on its way (RFC 9110 §7.6), for every version of HTTP alike:
//! pure functions over fields. [`strip`] comes first, while all fields are still the peer's own.

mod forwarded;
mod max_forwards;
mod options;
mod trailer;
mod via;

use message::{Fields, Known, ResponseHead};

use crate::list;

pub use forwarded::{Forwarding, Trust, client_address, push_forwarded, push_x_forwarded};
pub use max_forwards::{MaxForwards, max_forwards};
pub(crate) use options::Options;
pub use trailer::trailer_allowed;
pub use via::{loops, push_via};

/// What the removed fields said that is still needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stripped {
    /// The protocols of `Upgrade`, if `Connection` named it: whoever passes the upgrade on writes both
    /// anew (RFC 9110 §7.8).
    pub upgrade: Option<Box<[u8]>>,
}

/// Removes what is meant for this connection alone: every field that `Connection` names, `Connection`
/// itself, and those that are known to be hop-by-hop even where it does not (RFC 9110 §7.6.1).
///
/// `Connection` is obeyed whatever it names, `Authorization` or `Cookie` too: the RFC has no exceptions,
/// and a peer can only take away what it sent itself. So this must run before anything is added that the
/// peer must not take away. `TE: trailers` is written anew where the peer reads trailers. Framing and authority were read from the head before and do not change.
pub fn strip(fields: &mut Fields) -> Stripped {
    if !fields.iter().any(|(_, _, known)| known.is_hop_by_hop()) {
        return Stripped::default();
    }
    let upgrade = upgrade(fields).map(Box::from);
    let te_trailers = te_trailers(fields);
    let listed = options::fields_named(fields);
    let mut named: Vec<&[u8]> = listed.split(|&b| b == b',').filter(|name| !name.is_empty()).collect();
    named.sort_unstable();
    fields.retain(|known, name, _| !known.is_hop_by_hop() && !is_named(&named, name));
    if te_trailers {
        fields.push(Known::Te, b"trailers");
    }
    Stripped { upgrade }
}

/// The value of `Upgrade` if `Connection` names it (RFC 9110 §7.8). Several lines count as their first.
pub fn upgrade(fields: &Fields) -> Option<&[u8]> {
    let value = fields.get(Known::Upgrade).filter(|value| !value.is_empty())?;
    list::members(fields, Known::Connection)
        .any(|option| option.eq_ignore_ascii_case(b"upgrade"))
        .then_some(value)
}

/// Removes `Content-Length` from a response that must not have it: 1xx and 204 (RFC 9110 §8.6).
pub fn drop_bodiless_length(head: &mut ResponseHead) {
    if matches!(head.status, 100..=199 | 204) {
        head.fields.remove(Known::ContentLength);
    }
}

/// Whether `TE` has the member `trailers` (RFC 9110 §10.1.4).
pub(crate) fn te_trailers(fields: &Fields) -> bool {
    list::members(fields, Known::Te).any(|member| member.eq_ignore_ascii_case(b"trailers"))
}

/// Whether the lower-cased, sorted list has the name.
fn is_named(named: &[&[u8]], name: &[u8]) -> bool {
    let lower = name.iter().map(u8::to_ascii_lowercase);
    named.binary_search_by(|probe| probe.iter().copied().cmp(lower.clone())).is_ok()
}

#[cfg(test)]
mod tests;
