//! State of other vendors in the one place that this dialect has for state: the encrypted content of a reasoning
//! item. The seal says which part of the answer it belongs to.

use json::Text;

use crate::canonical::{Opaque, Origin};

/// What state belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The reasoning that it stands with.
    Thinking,
    /// Reasoning that only its vendor can read: it is the state.
    Redacted,
    /// The part after the item.
    Next,
    /// The text before the item.
    Last,
}

/// What a seal begins with, whatever is sealed.
pub(super) const SEAL: &str = "weir.";

/// What stands after it, for state that is not of the reasoning that it stands with.
const PLACES: [(&str, Place); 3] =
    [("weir.redacted.", Place::Redacted), ("weir.next.", Place::Next), ("weir.last.", Place::Last)];

/// What stands between the id and the content of an item of OpenAI's.
const BETWEEN: &str = "~";

/// The encrypted content of a reasoning item with this state, as a JSON literal. OpenAI's own keeps the id that its item
/// had, which is not this item's.
pub(super) fn seal(state: &Opaque<'_>, place: Place) -> String {
    let sealed = state.sealed_in(Origin::OpenAi);
    let named = PLACES.iter().find(|(_, named)| *named == place);
    match (named, sealed.literal().strip_prefix(SEAL)) {
        (Some((prefix, _)), Some(rest)) if state.origin != Origin::OpenAi => format!("{prefix}{rest}"),
        _ => sealed.literal().to_owned(),
    }
}

/// Reads what [`seal`] wrote; what has no seal is OpenAI's.
pub(super) fn open<'a>(id: Option<&Text<'a>>, content: Text<'a>) -> (Place, Opaque<'a>) {
    for (prefix, place) in PLACES {
        let rest = content.split_once(prefix).filter(|(before, _)| before.is_empty());
        let Some((_, rest)) = rest else { continue };
        let plain = Text::from_plain(&format!("{SEAL}{}", rest.decode()));
        let state = Opaque::open(plain, Origin::OpenAi);
        if state.origin != Origin::OpenAi {
            return (place, state);
        }
    }
    let state = Opaque::open(content, Origin::OpenAi);
    if state.origin != Origin::OpenAi {
        return (Place::Thinking, state);
    }
    if state.data.split_once(BETWEEN).is_some() {
        return (Place::Thinking, state);
    }
    let id = id.map(Text::decode).unwrap_or_default();
    let data = Text::from_plain(&format!("{id}{BETWEEN}{}", state.data.decode()));
    (Place::Thinking, Opaque::new(Origin::OpenAi, data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_comes_back_to_its_place() {
        for place in [Place::Thinking, Place::Redacted, Place::Next, Place::Last] {
            let state = Opaque::new(Origin::Gemini, Text::from_plain("a+b/\"c=="));
            let content = seal(&state, place);
            assert!(content.starts_with(SEAL), "{content}");
            assert_eq!(open(None, Text::from_literal(&content)), (place, state.clone()));
        }
    }

    #[test]
    fn an_item_of_openai_keeps_its_id_and_every_byte() {
        let state = Opaque::new(Origin::OpenAi, Text::from_plain("rs_1~gAAA\"=="));
        let (id, other) = (Text::from_literal("rs_1"), Text::from_literal("rs_2"));
        assert_eq!(open(Some(&id), Text::from_literal("gAAA\\\"==")), (Place::Thinking, state.clone()));
        let content = seal(&state, Place::Redacted);
        assert_eq!(open(Some(&other), Text::from_literal(&content)), (Place::Thinking, state));
        assert_eq!(open(None, Text::from_literal("gAAA")).1.data.literal(), "~gAAA");
    }
}
