//! Vendors' state in `thoughtSignature`, which holds base64: Gemini's own as it is, another's in a seal. A seal may hold
//! the thinking too that it belongs to, where the client does not want to see it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use json::Text;

use crate::canonical::{Content, Opaque, Origin};

/// What every seal begins with.
const MARK: &str = "weir.";

/// What stands behind the seal of thinking that is not shown, the thinking following, and of redacted thinking.
const HIDDEN: &str = "\nthinking\n";
const REDACTED: &str = "\nredacted\n";

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// The usual alphabet.
const USUAL: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);

/// The one for addresses, which Google's libraries write.
const OF_ADDRESSES: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Decodes base64, in either alphabet and with or without padding.
pub(in crate::dialect) fn decode(text: &str) -> Option<Vec<u8>> {
    USUAL.decode(text).or_else(|_| OF_ADDRESSES.decode(text)).ok()
}

/// A state as it stands on its part.
pub(in crate::dialect) fn sealed(state: &Opaque<'_>) -> Text<'static> {
    write(state, "")
}

/// The state of thinking that is not shown, with the thinking.
pub(in crate::dialect) fn with_thinking(state: &Opaque<'_>, thinking: &str) -> Text<'static> {
    write(state, &format!("{HIDDEN}{thinking}"))
}

/// Redacted thinking.
pub(in crate::dialect) fn redacted(state: &Opaque<'_>) -> Text<'static> {
    write(state, REDACTED)
}

fn write(state: &Opaque<'_>, behind: &str) -> Text<'static> {
    if state.origin == Origin::Gemini {
        return Text::from_plain(&state.data.decode());
    }
    in_seal(state, behind)
}

/// A state in a seal, whoever's it is, with what stands behind it.
pub(in crate::dialect) fn in_seal(state: &Opaque<'_>, behind: &str) -> Text<'static> {
    Text::from_plain(&STANDARD.encode(format!("{}{behind}", state.sealed().decode())))
}

/// The state of such a seal, if this and no more stands behind it.
pub(in crate::dialect) fn out_of_seal<'a>(signature: &str, behind: &str) -> Option<Opaque<'a>> {
    seal(signature)?.strip_suffix(behind).map(opened)
}

/// Whether a signature is not Gemini's own.
pub(in crate::dialect) fn is_foreign(signature: &str) -> bool {
    seal(signature).is_some()
}

fn seal(signature: &str) -> Option<String> {
    // Each of both alphabets begins so.
    if !signature.starts_with("d2Vpci") {
        return None;
    }
    let seal = String::from_utf8(decode(signature)?).ok()?;
    seal.starts_with(MARK).then_some(seal)
}

/// The state that a signature is.
pub(super) fn open(signature: Text<'_>) -> Opaque<'_> {
    match seal(&signature.decode()) {
        Some(seal) => opened(seal.split_once('\n').map_or(seal.as_str(), |(seal, _)| seal)),
        None => Opaque::new(Origin::Gemini, signature),
    }
}

fn opened<'a>(seal: &str) -> Opaque<'a> {
    Opaque::open(Text::from_plain(seal), Origin::Gemini)
}

/// The thinking of a part with this text and signature.
pub(in crate::dialect) fn thinking<'a>(text: Text<'a>, signature: Option<Text<'a>>) -> Content<'a> {
    let Some(signature) = signature else { return Content::Thinking { text, state: None } };
    let seal = seal(&signature.decode());
    if let Some((seal, hidden)) = seal.as_deref().and_then(|seal| seal.split_once(HIDDEN)) {
        return Content::Thinking { text: Text::from_plain(hidden), state: Some(opened(seal)) };
    }
    if let Some((seal, _)) = seal.as_deref().and_then(|seal| seal.split_once(REDACTED)) {
        return Content::Redacted(opened(seal));
    }
    Content::Thinking { text, state: Some(open(signature)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_come_back_as_they_were() {
        let own = Opaque::new(Origin::Gemini, Text::from_plain("a-b_c+/="));
        assert_eq!(sealed(&own).literal(), "a-b_c+/=");
        assert_eq!(open(sealed(&own)), own);
        for origin in [Origin::Anthropic, Origin::Bedrock, Origin::OpenAi, Origin::Mistral] {
            let state = Opaque::new(origin, Text::from_plain("rs_1~Qk+/é\"=="));
            let seal = sealed(&state);
            assert!(is_foreign(seal.literal()));
            assert_eq!(open(seal.clone()), state);
            // As Google's libraries write it again.
            let again = seal.literal().replace('+', "-").replace('/', "_").replace('=', "");
            assert_eq!(open(Text::from_plain(&again)), state);
            let Content::Thinking { text, state: back } =
                thinking(Text::default(), Some(with_thinking(&state, "deep\n\"é")))
            else {
                panic!()
            };
            assert_eq!((&*text.decode(), back), ("deep\n\"é", Some(state.clone())));
            let Content::Redacted(back) = thinking(Text::default(), Some(redacted(&state))) else { panic!() };
            assert_eq!(back, state);
        }
        for own in ["", "weir.", "d2Vpcg==", "d2VpciA=", "no base64 at all!"] {
            assert!(!is_foreign(own), "{own}");
        }
    }
}
