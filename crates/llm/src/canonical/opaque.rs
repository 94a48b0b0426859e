//! What a vendor hands out with its reasoning and wants to see again, byte for byte: signatures, sealed
//! thoughts, encrypted items. Only its own vendor can read it.

use json::Text;

/// What stands before state that travels in another vendor's place for it.
const MARK: &str = "weir.";

/// Whose state it is. Vendors check it, so that state of one is never sent to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Anthropic,
    Bedrock,
    Gemini,
    /// An encrypted item of OpenAI's Responses: its id, `~`, its content.
    OpenAi,
    Mistral,
}

/// The names of origins in a seal.
const NAMES: [(&str, Origin); 5] = [
    ("anthropic", Origin::Anthropic),
    ("bedrock", Origin::Bedrock),
    ("gemini", Origin::Gemini),
    ("openai", Origin::OpenAi),
    ("mistral", Origin::Mistral),
];

/// A vendor's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opaque<'a> {
    pub(crate) origin: Origin,
    /// As the vendor wrote it.
    pub(crate) data: Text<'a>,
}

// === impl Opaque ===

impl<'a> Opaque<'a> {
    pub(crate) fn new(origin: Origin, data: Text<'a>) -> Self {
        Self { origin, data }
    }

    /// The state in a place that belongs to `native`: its own as it is, another's in a seal that names it.
    pub(crate) fn sealed_in(&self, native: Origin) -> Text<'_> {
        if self.origin == native {
            return self.data.clone();
        }
        self.sealed()
    }

    /// Reads what [`Self::sealed_in`] wrote; what has no seal is the native vendor's.
    pub(crate) fn open(text: Text<'a>, native: Origin) -> Self {
        let sealed = text.split_once(MARK).filter(|(before, _)| before.is_empty());
        let opened = sealed.and_then(|(_, rest)| rest.split_once(".")).and_then(|(name, data)| {
            let (_, origin) = NAMES.iter().find(|(known, _)| name.is(known))?;
            Some(Self { origin: *origin, data })
        });
        opened.unwrap_or(Self { origin: native, data: text })
    }

    /// The state in a seal, whoever's it is.
    pub(crate) fn sealed(&self) -> Text<'static> {
        let name = NAMES.iter().find(|(_, origin)| *origin == self.origin).map_or("", |(name, _)| name);
        Text::from_plain(&format!("{MARK}{name}.{}", self.data.decode()))
    }

    /// The data, if this vendor can read it.
    pub(crate) fn of(&self, origin: Origin) -> Option<&Text<'a>> {
        (self.origin == origin).then_some(&self.data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_name_the_vendor_and_keep_every_byte() {
        let state = Opaque::new(Origin::Gemini, Text::from_plain("a+b/c=="));
        assert_eq!(state.sealed_in(Origin::Gemini).literal(), "a+b/c==");
        let sealed = state.sealed_in(Origin::Anthropic);
        assert_eq!(sealed.literal(), "weir.gemini.a+b/c==");
        assert_eq!(Opaque::open(sealed, Origin::Anthropic), state);
        for own in ["weir.nobody.x", "weir.", "a.weir.gemini.x", ""] {
            let opened = Opaque::open(Text::from_plain(own), Origin::Anthropic);
            assert_eq!((opened.origin, opened.data.literal()), (Origin::Anthropic, own));
        }
    }
}
