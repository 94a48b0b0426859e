//! Thought signatures: what a model thought, sealed, on the part that it led to. Bound to the model, the
//! surface and that part, so that one that was made up, changed or put elsewhere is found out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Surface;
use super::proto::decode;
use crate::seed;

/// What stands in for a signature where there is none, such as in the history of another model; in base64,
/// as bytes go over the wire, or plain, as the documentation shows it.
const SKIP: &str = "skip_thought_signature_validator";

/// What a signature belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    pub(super) seed: u64,
    pub(super) surface: Surface,
    pub(super) model: &'a str,
    /// The function that is called, or nothing for a text.
    pub(super) function: &'a str,
}

/// Whether a signature is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Ours,
    /// It says that it shall not be looked at.
    Skipped,
    Forged,
}

// === impl Owner ===

impl Owner<'_> {
    /// A signature; `about` makes it another one each time.
    pub(super) fn sign(self, about: u64) -> String {
        let nonce = about.to_be_bytes();
        let bytes = [b"\x12\x10".as_slice(), &nonce, &self.mac(&nonce)].concat();
        STANDARD.encode(bytes)
    }

    pub(super) fn check(self, signature: &str) -> Verdict {
        let bytes = decode(signature).unwrap_or_default();
        if bytes == SKIP.as_bytes() || signature == SKIP {
            return Verdict::Skipped;
        }
        let inner = bytes.strip_prefix(b"\x12\x10").and_then(|rest| rest.split_first_chunk::<8>());
        match inner {
            Some((nonce, mac)) if mac == self.mac(nonce) => Verdict::Ours,
            _ => Verdict::Forged,
        }
    }

    fn mac(self, nonce: &[u8]) -> [u8; 8] {
        let surface: &[u8] = if self.surface == Surface::Vertex { b"vertex" } else { b"gemini" };
        let parts: [&[u8]; 6] = [
            b"thought signature",
            &self.seed.to_le_bytes(),
            surface,
            self.model.as_bytes(),
            self.function.as_bytes(),
            nonce,
        ];
        seed::hash(&parts).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_part_takes_a_signature() {
        let owner = Owner { seed: 1, surface: Surface::Vertex, model: "gemini-3-pro", function: "f" };
        let signature = owner.sign(7);
        assert_eq!(owner.check(&signature), Verdict::Ours);
        assert_ne!(signature, owner.sign(8));
        for other in [
            Owner { seed: 2, ..owner },
            Owner { surface: Surface::Gemini("v1"), ..owner },
            Owner { model: "gemini-3-flash", ..owner },
            Owner { function: "g", ..owner },
        ] {
            assert_eq!(other.check(&signature), Verdict::Forged);
        }
        assert_eq!(owner.check("c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="), Verdict::Skipped);
        assert_eq!(owner.check("Zm9yZ2Vk"), Verdict::Forged);
    }
}
