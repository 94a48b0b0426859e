//! Header changes that policies ask for, on the request before the target and on the answer behind it.

use message::{Fields, Known};
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
        change(&mut head.fields, &credentials);
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

fn remove(fields: &mut Fields, known: Known, name: &str) {
    match known {
        Known::Other => fields.remove_named(name.as_bytes()),
        known => fields.remove(known),
    }
}
