//! What OpenAI's models take, told from their names: what the catalogue does not say. A name that is not OpenAI's is
//! taken for a model that takes everything.

use crate::canonical::Effort;

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// The efforts it knows, from least to most; none if it does not reason, or nothing is known of it.
    efforts: &'static [Effort],
    /// Whether it reasons as far as is known.
    pub(crate) reasons: bool,
    /// Whether it reasons unless it is told not to.
    always: bool,
}

const ALL: [Effort; 7] =
    [Effort::None, Effort::Minimal, Effort::Low, Effort::Medium, Effort::High, Effort::XHigh, Effort::Max];

// === impl Rules ===

impl Rules {
    pub(crate) fn of(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or_default();
        let old = ["gpt-3", "gpt-4", "chatgpt"].iter().any(|start| name.starts_with(start));
        if old || (name.starts_with("gpt-5") && name.contains("-chat")) {
            return Self { efforts: &[], reasons: false, always: false };
        }
        if ["o1", "o3", "o4"].iter().any(|start| name.starts_with(start)) {
            const FEW: [Effort; 3] = [Effort::Low, Effort::Medium, Effort::High];
            return Self { efforts: &FEW, reasons: true, always: true };
        }
        match name.strip_prefix("gpt-5") {
            Some(rest) if rest.starts_with('.') => {
                const NEW: [Effort; 6] =
                    [Effort::None, Effort::Low, Effort::Medium, Effort::High, Effort::XHigh, Effort::Max];
                Self { efforts: &NEW, reasons: true, always: false }
            }
            Some(_) => {
                const FIRST: [Effort; 4] = [Effort::Minimal, Effort::Low, Effort::Medium, Effort::High];
                Self { efforts: &FIRST, reasons: true, always: true }
            }
            None => Self { efforts: &ALL, reasons: true, always: false },
        }
    }

    /// Whether it is one of OpenAI's models that reason.
    pub(crate) fn is_known_to_reason(self) -> bool {
        self.reasons && self.efforts.len() < ALL.len()
    }

    /// The effort that is sent for one that is wanted: the same, or the next less that the model knows, or its least.
    pub(crate) fn effort(self, wanted: Effort) -> Option<Effort> {
        let less = self.efforts.iter().rev().find(|known| **known <= wanted && **known != Effort::None);
        match wanted {
            Effort::None => self.efforts.first(),
            _ => less.or_else(|| self.efforts.iter().find(|known| **known != Effort::None)),
        }
        .copied()
    }

    /// Whether what is sent for this effort is near enough to it.
    pub(crate) fn meets(self, wanted: Effort) -> bool {
        match self.effort(wanted) {
            Some(sent) => wanted != Effort::None || sent == Effort::None,
            None => wanted == Effort::None,
        }
    }

    /// Whether sampling parameters may be sent with this effort.
    pub(crate) fn samples(self, effort: Option<Effort>) -> bool {
        !(self.is_known_to_reason() && (self.always || effort.is_some_and(|effort| effort != Effort::None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn efforts_are_lowered_to_what_the_model_knows() {
        for (model, wanted, sent) in [
            ("gpt-4.1", Effort::High, None),
            ("chatgpt-4o-latest", Effort::None, None),
            ("gpt-5-chat-latest", Effort::Low, None),
            ("o4-mini", Effort::Minimal, Some(Effort::Low)),
            ("o3", Effort::Max, Some(Effort::High)),
            ("gpt-5-2025-08-07", Effort::None, Some(Effort::Minimal)),
            ("openai/gpt-5-mini", Effort::XHigh, Some(Effort::High)),
            ("gpt-5.2", Effort::Minimal, Some(Effort::Low)),
            ("gpt-5.2", Effort::None, Some(Effort::None)),
            ("my-model", Effort::Minimal, Some(Effort::Minimal)),
        ] {
            assert_eq!(Rules::of(model).effort(wanted), sent, "{model} {wanted:?}");
        }
    }

    #[test]
    fn reasoning_and_sampling_exclude_each_other() {
        assert!(Rules::of("gpt-4o").samples(None) && Rules::of("my-model").samples(Some(Effort::High)));
        assert!(!Rules::of("o3").samples(None) && !Rules::of("gpt-5-mini").samples(None));
        let new = Rules::of("gpt-5.1");
        assert!(new.samples(None) && new.samples(Some(Effort::None)) && !new.samples(Some(Effort::Low)));
    }
}
