//! Ids of tool calls for those who take nine letters and digits alone.

use json::Text;

use super::names;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The id as it is sent: the same if it fits, else one made of it, in every request and process the same.
pub(crate) fn id(id: &Text<'_>) -> String {
    let plain = id.decode();
    if plain.len() == 9 && plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return plain.into_owned();
    }
    let mut rest = names::hash(&plain);
    let mut letter = || {
        let at = usize::try_from(rest % 62).unwrap_or_default();
        rest /= 62;
        char::from(LETTERS.get(at).copied().unwrap_or(b'0'))
    };
    std::iter::repeat_with(&mut letter).take(9).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_fit_stay_and_others_differ() {
        assert_eq!(id(&Text::from_plain("D681PevKs")), "D681PevKs");
        let made: Vec<String> = ["call_1", "call_2", "", "toolu_01ABC", "D681PevK", "D681PevK-"]
            .iter()
            .map(|plain| id(&Text::from_plain(plain)))
            .collect();
        for (i, one) in made.iter().enumerate() {
            assert!(one.len() == 9 && one.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{one}");
            assert!(!made[..i].contains(one), "{made:?}");
        }
    }
}
