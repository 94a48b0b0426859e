//! What to do when a provider that was tried did not answer.

use crate::probed::ProbedFailure;

/// The way out, by how far it came and what was answered. `keyless`: the provider has no key that is on.
pub(super) fn advice(failure: &ProbedFailure, status: Option<u16>, keyless: bool) -> &'static str {
    match failure.step {
        "request" => {
            "Name a model as the vendor calls it, and look at the key: its form may not be the vendor's."
        }
        "dns" => {
            "The host's name is not known. Look for a mistake in the base URL; if it is right, ask whether this machine's \
             DNS knows it."
        }
        "connect" => {
            "Nobody answers at this address and port. Look at the base URL's port and whether a firewall lets this machine \
             out; a local runtime must be running."
        }
        "tls" => {
            "The connection stands, but not its encryption. Look whether the base URL should be `http`, and give the \
             provider's own authority under `tls.ca` where its certificate is not a public one."
        }
        "queued" | "send" => {
            "The vendor does not take the request. Try again; if it stays so, look at its status page."
        }
        "wait" => {
            "The request went out and no answer came in time. The model may be loading: try again, name a smaller one, or \
             raise `timeouts.first_byte`."
        }
        "receive" => {
            "The answer broke off. Try again; if it stays so, something between here and the vendor cuts it."
        }
        "answer" => {
            "Something answered, but not in the vendor's format. Look whether the base URL leads to its API, with `/v1` \
             where it belongs, and whether the wire format is the right one."
        }
        _ => by_status(status.unwrap_or(0), keyless),
    }
}

fn by_status(status: u16, keyless: bool) -> &'static str {
    match status {
        401 | 403 if keyless => "The vendor wants a key, and this provider has none that is on: add one.",
        401 => "The vendor does not know the key. Make a new one in its console and rotate the key here.",
        402 => "The account's credit is used up: top it up with the vendor.",
        403 => {
            "The vendor knows the key and does not allow this. Look at the key's rights, and whether the account may use \
             this model and region."
        }
        404 | 405 => {
            "The vendor does not know this address or model. Look at the model's name, and whether the base URL ends as \
             the vendor says, with `/v1` for most."
        }
        400 | 422 => {
            "The vendor refused the request. Its words tell why; the model may be one for something other than chat."
        }
        429 => "The account's limit or quota is used up. Wait, or raise it with the vendor.",
        300..=399 => {
            "The address leads elsewhere, and redirects are not followed: put the final address into the base URL."
        }
        500..=599 => "The vendor failed on its side. Try again; if it stays so, look at its status page.",
        _ => "The vendor's words tell why.",
    }
}
