//! What Anthropic's models take, told from their names: what the catalogue does not say.

use crate::canonical::Effort;

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::provider) struct Rules {
    /// Whether `temperature`, `top_p` and `top_k` may be sent at all.
    pub(in crate::provider) sampling: bool,
    /// Whether `temperature` and `top_p` may be sent together.
    pub(in crate::provider) both_samplers: bool,
    pub(in crate::provider) thinking: Thinking,
}

/// How a model is told to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::provider) enum Thinking {
    /// It cannot.
    Never,
    /// By a number of tokens.
    Budget,
    /// By an effort; the model sees for itself.
    Adaptive {
        /// Whether it can be told not to think.
        optional: bool,
        /// Whether it knows `xhigh`.
        xhigh: bool,
        /// Whether it knows `max`.
        max: bool,
    },
}

// === impl Rules ===

impl Rules {
    /// The rules of a model. A name of Anthropic's without a version that we can read is taken for the
    /// newest; any other name for a model that takes the original parameters.
    pub(in crate::provider) fn of(model: &str) -> Self {
        let Some((_, name)) = model.split_once("claude") else {
            return Self { sampling: true, both_samplers: true, thinking: Thinking::Budget };
        };
        let version = version(name).unwrap_or((u8::MAX, 0));
        let always = name.contains("fable") || name.contains("mythos");
        let thinking = match version {
            (0..=2, _) | (3, 0..=6) => Thinking::Never,
            (3, _) | (4, 0..=5) => Thinking::Budget,
            (4, 6) => Thinking::Adaptive { optional: true, xhigh: false, max: name.contains("opus") },
            _ => Thinking::Adaptive { optional: !always, xhigh: true, max: true },
        };
        Self { sampling: version < (4, 7) && !always, both_samplers: version < (4, 1), thinking }
    }
}

/// The version in a name such as `-3-5-sonnet-20241022` or `-opus-4-7`: the first number of at most two
/// digits, and the one that follows it.
fn version(name: &str) -> Option<(u8, u8)> {
    let mut parts = name.split(['-', '.', '_', '@', ':']).skip_while(|part| number(part).is_none());
    let major = number(parts.next()?)?;
    Some((major, parts.next().and_then(number).unwrap_or(0)))
}

fn number(part: &str) -> Option<u8> {
    if part.len() <= 2 { part.parse().ok() } else { None }
}

// === impl Thinking ===

impl Thinking {
    /// The word for an effort, lowered to what the model knows. Only for adaptive models.
    pub(in crate::provider) fn effort(self, effort: Effort) -> Option<&'static str> {
        let Self::Adaptive { xhigh, max, .. } = self else { return None };
        match effort {
            Effort::None => None,
            Effort::Minimal | Effort::Low => Some("low"),
            Effort::Medium => Some("medium"),
            Effort::Max if max => Some("max"),
            Effort::XHigh if xhigh => Some("xhigh"),
            Effort::High | Effort::XHigh | Effort::Max => Some("high"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_names() {
        for (name, expect) in [
            ("-3-5-sonnet-20241022", Some((3, 5))),
            ("-3-haiku-20240307", Some((3, 0))),
            ("-sonnet-4-20250514", Some((4, 0))),
            ("-opus-4-7", Some((4, 7))),
            ("-opus-4.7", Some((4, 7))),
            ("-sonnet-5", Some((5, 0))),
            ("-fable-5-1", Some((5, 1))),
            ("-haiku-4-5@20251001", Some((4, 5))),
            ("-instant-v1", None),
            ("-mythos-preview", None),
        ] {
            assert_eq!(version(name), expect, "{name}");
        }
    }

    #[test]
    fn newer_models_take_no_sampling_and_think_by_effort() {
        let old = Rules::of("claude-sonnet-4-5");
        assert!(old.sampling && !old.both_samplers && old.thinking == Thinking::Budget);
        let middle = Rules::of("anthropic.claude-sonnet-4-6-v1");
        assert!(middle.sampling);
        assert_eq!(middle.thinking.effort(Effort::Max), Some("high"));
        let new = Rules::of("claude-sonnet-5");
        assert!(!new.sampling);
        assert_eq!(new.thinking.effort(Effort::XHigh), Some("xhigh"));
        assert!(matches!(
            Rules::of("claude-mythos-preview").thinking,
            Thinking::Adaptive { optional: false, .. }
        ));
        assert!(Rules::of("deepseek-chat").sampling);
        assert_eq!(Rules::of("claude-3-opus-20240229").thinking, Thinking::Never);
    }
}
