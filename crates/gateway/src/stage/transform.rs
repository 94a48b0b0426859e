//! Header changes that policies ask for, on the request before the target and on the answer behind it.

use message::percent::{self, Plus};
use message::{Fields, Known, RequestHead};
use net::Reply;
use snapshot::{HeaderOp, HeaderOps};

use crate::exchange::Exchange;

/// `false`: nothing asks for one.
pub(crate) fn request(x: &mut Exchange<'_>) -> bool {
    let credentials = x.vouched.as_ref().and_then(|vouched| vouched.credentials.clone());
    if x.is_rest() || credentials.is_none() && x.chains().all(|chain| chain.request.is_empty()) {
        return false;
    }
    let mut head = x.take_head();
    for chain in x.chains() {
        change(&mut head.fields, &chain.request);
    }
    // What a step shows the service comes last: nothing of the gateway's reads it as a caller's key.
    if let Some(credentials) = credentials {
        change(&mut head.fields, credentials.fields());
        if let Some((name, value)) = credentials.query() {
            put_parameter(&mut head, name, value);
        }
    }
    x.head = head;
    true
}

/// Innermost first, so that the gateway's word is the last.
pub(crate) fn response(x: &Exchange<'_>, reply: &mut Reply) {
    // Whoever is given the answer later is given it with the changes.
    if x.is_rest() {
        return;
    }
    if let Some(route) = x.route.as_ref().filter(|route| !route.service.announce.is_empty()) {
        change(&mut reply.head.fields, &route.service.announce);
    }
    for chain in x.chains().rev() {
        change(&mut reply.head.fields, &chain.response);
    }
}

/// Makes the changes of one chain.
pub(crate) fn change(fields: &mut Fields, ops: &HeaderOps) {
    for op in &ops.0 {
        match op {
            HeaderOp::Remove(known, name) => remove(fields, *known, name),
            HeaderOp::Set(known, name, value) => {
                remove(fields, *known, name);
                fields.push_named(name.as_bytes(), value.as_bytes());
            }
            HeaderOp::Add(_, name, value) => {
                fields.push_named(name.as_bytes(), value.as_bytes());
            }
        }
    }
}

/// Sets a parameter of the query, in place of those of its name, however that is escaped.
fn put_parameter(head: &mut RequestHead, name: &str, value: &str) {
    let is_own =
        |pair: &str| percent::decoded(pair.split('=').next().unwrap_or_default(), Plus::Space) == name;
    let before = head.query().unwrap_or_default().split('&');
    let query: Vec<&str> = before.filter(|pair| !pair.is_empty() && !is_own(pair)).collect();
    let pair = format!("{}={}", escape(name), escape(value));
    let query = [&query[..], &[&pair]].concat().join("&");
    head.set_query(Some(&query));
}

/// With percent escapes of all that is not unreserved (RFC 3986 §2.3).
fn escape(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn remove(fields: &mut Fields, known: Known, name: &str) {
    match known {
        Known::Other => fields.remove_named(name.as_bytes()),
        known => fields.remove(known),
    }
}

#[cfg(test)]
mod tests {
    use message::Method;

    use super::*;

    #[test]
    fn a_parameter_takes_the_place_of_those_of_its_name() {
        for (target, expect) in [
            ("/p", "key=a%2Fb"),
            ("/p?", "key=a%2Fb"),
            ("/p?x=1&key=own&y=%26&key", "x=1&y=%26&key=a%2Fb"),
            ("/p?keys=1", "keys=1&key=a%2Fb"),
            ("/p?k%65y=own&%6b%65%79&x=%6Bey&k%2565y=1", "x=%6Bey&k%2565y=1&key=a%2Fb"),
        ] {
            let mut head = RequestHead::new(Method::Get, "a", target);
            put_parameter(&mut head, "key", "a/b");
            assert_eq!(head.query(), Some(expect), "{target}");
        }
        for target in ["/p?the+key=own", "/p?the%20key=own"] {
            let mut head = RequestHead::new(Method::Get, "a", target);
            put_parameter(&mut head, "the key", "b");
            assert_eq!(head.query(), Some("the%20key=b"), "{target}");
        }
    }
}
