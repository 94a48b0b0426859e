//! State that callers carry without reading it: what a model thought, or what a conversation was boiled
//! down to. It is bound to its item and to the simulator's seed, so that one that was made up, changed or
//! put elsewhere is found out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;

use crate::seed;

/// How what OpenAI seals begins.
const START: &str = "gAAAAAB";

/// Seals a text for the item with this id.
pub(super) fn seal(seed: u64, id: &str, text: &str) -> String {
    let mut bytes = mac(seed, id, text).to_be_bytes().to_vec();
    bytes.extend_from_slice(id.as_bytes());
    bytes.push(b'\n');
    bytes.extend_from_slice(text.as_bytes());
    format!("{START}{}", URL_SAFE.encode(bytes))
}

/// The item's id and the text; `None` if it is not ours.
pub(super) fn open(seed: u64, sealed: &str) -> Option<(String, String)> {
    let bytes = URL_SAFE.decode(sealed.strip_prefix(START)?).ok()?;
    let (found, inner) = bytes.split_first_chunk::<8>()?;
    let (id, text) = std::str::from_utf8(inner).ok()?.split_once('\n')?;
    (*found == mac(seed, id, text).to_be_bytes()).then(|| (id.to_owned(), text.to_owned()))
}

fn mac(seed: u64, id: &str, text: &str) -> u64 {
    seed::hash(&[b"sealed", &seed.to_le_bytes(), id.as_bytes(), text.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sealed_opens() {
        let sealed = seal(1, "rs_1", "Hm.\nYes.");
        assert_eq!(open(1, &sealed), Some(("rs_1".to_owned(), "Hm.\nYes.".to_owned())));
        assert_eq!(open(2, &sealed), None);
        for at in [3, 9, 20, sealed.len() - 4] {
            let mut other = sealed.clone();
            let letter = if sealed.as_bytes()[at] == b'x' { "y" } else { "x" };
            other.replace_range(at..=at, letter);
            assert_eq!(open(1, &other), None, "{at}");
        }
        assert_eq!(open(1, ""), None);
    }
}
