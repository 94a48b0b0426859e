//! Vendors' state in the `signature` of thoughts, which holds base64. Gemini's own state of a call stands in the thought
//! before it, as Google's does; that of a text in a thought behind it, in a seal that says so. Another's is in a seal
//! that may hold the thinking too which it belongs to, where the client does not want to see it.

use json::Text;

use crate::canonical::{Content, Opaque, Origin};
use crate::dialect::gemini::state;

/// What stands behind the seal of a text's state.
const OF_TEXT: &str = "\ntext\n";

/// What a thought's signature is.
#[derive(Debug)]
pub(super) enum Signed<'a> {
    /// State of the text before it.
    OfText(Opaque<'a>),
    /// Gemini's own, of what comes after it.
    Own(Opaque<'a>),
    /// Thinking of its own.
    Thought(Content<'a>),
}

/// The state of a text.
pub(super) fn of_text(state: &Opaque<'_>) -> Text<'static> {
    state::in_seal(state, OF_TEXT)
}

/// Reads the signature of a thought that says `summary`.
pub(super) fn read<'a>(signature: Text<'a>, summary: &Text<'a>) -> Signed<'a> {
    if let Some(state) = state::out_of_seal(&signature.decode(), OF_TEXT) {
        return Signed::OfText(state);
    }
    if !state::is_foreign(&signature.decode()) {
        return Signed::Own(Opaque::new(Origin::Gemini, signature));
    }
    Signed::Thought(state::thinking(summary.clone(), Some(signature)))
}

/// The signature as Gemini itself gave it; none if it is another's.
pub(super) fn own(signature: &str) -> Option<Text<'static>> {
    let of_text = state::out_of_seal(signature, OF_TEXT);
    if let Some(state) = of_text {
        return (state.origin == Origin::Gemini).then(|| Text::from_plain(&state.data.decode()));
    }
    (!state::is_foreign(signature)).then(|| Text::from_plain(signature))
}
