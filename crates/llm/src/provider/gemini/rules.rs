//! What differs between models, read from their names, since it decides whether a request is refused.

use crate::canonical::Effort;

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) thinking: Thinking,
    /// Gemini 3 and later: calls of a turn under way must bring their thought signature back, results of tools may hold
    /// media, an answer may have a shape beside tools.
    pub(super) third: bool,
    /// Whether calls can be held to their schema while the model is free to call.
    pub(super) strict_tools: bool,
}

/// How a model is told to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// It is not told.
    Never,
    /// By a number of tokens; 0 is not at all, where it can do without.
    Budget { least: u64, most: u64, optional: bool },
    /// By a level.
    Level { minimal: bool, medium: bool },
}

/// The generation that a name without a version is of.
const NEWEST: (u8, u8) = (u8::MAX, 0);

// === impl Rules ===

impl Rules {
    /// The rules of a model. A name of Gemini's without a version that we can read is taken for the newest, any
    /// other name for a model of before Gemini 2.5.
    pub(super) fn of(model: &str) -> Self {
        let Some((_, name)) = model.rsplit_once("gemini") else { return Self::of_generation((2, 0), model) };
        Self::of_generation(version(name).unwrap_or(NEWEST), name)
    }

    fn of_generation(version: (u8, u8), name: &str) -> Self {
        let flash = name.contains("flash");
        let thinking = match version {
            (0..=1, _) | (2, 0..=4) => Thinking::Never,
            (2, _) if name.contains("-image") || name.contains("-tts") => Thinking::Never,
            (2, _) if name.contains("lite") => Thinking::Budget { least: 512, most: 24_576, optional: true },
            (2, _) if flash => Thinking::Budget { least: 1, most: 24_576, optional: true },
            (2, _) => Thinking::Budget { least: 128, most: 32_768, optional: false },
            // The first of the third generation knew two levels.
            (3, 0) => Thinking::Level { minimal: flash, medium: flash },
            _ => Thinking::Level { minimal: flash, medium: true },
        };
        Self { thinking, third: version >= (3, 0), strict_tools: version >= (2, 5) }
    }
}

/// The version in a name such as `-2.5-flash` or `-3-pro-preview`: the first number of at most two digits, with
/// what stands behind its dot.
fn version(name: &str) -> Option<(u8, u8)> {
    let number = |part: &str| if part.len() <= 2 { part.parse::<u8>().ok() } else { None };
    name.split(['-', '@', ':', '_']).find_map(|part| {
        let (major, minor) = part.split_once('.').unwrap_or((part, "0"));
        Some((number(major)?, number(minor)?))
    })
}

// === impl Thinking ===

impl Thinking {
    /// The word for an effort, lowered or raised to what the model knows. Only for models with levels.
    pub(super) fn level(self, effort: Effort) -> Option<&'static str> {
        let Self::Level { minimal, medium } = self else { return None };
        Some(match effort {
            Effort::None | Effort::Minimal if minimal => "MINIMAL",
            Effort::None | Effort::Minimal | Effort::Low => "LOW",
            Effort::Medium if medium => "MEDIUM",
            Effort::Medium | Effort::High | Effort::XHigh | Effort::Max => "HIGH",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_names() {
        for (name, expect) in [
            ("-2.5-flash", Some((2, 5))),
            ("-3-pro-preview", Some((3, 0))),
            ("-3.1-flash-lite", Some((3, 1))),
            ("-2.0-flash-001", Some((2, 0))),
            ("-1.5-pro", Some((1, 5))),
            ("-flash-latest", None),
            ("-exp-1206", None),
        ] {
            assert_eq!(version(name), expect, "{name}");
        }
    }

    #[test]
    fn each_generation_is_told_to_think_in_its_way() {
        let thinking = |model| Rules::of(model).thinking;
        assert_eq!(thinking("gemini-2.0-flash"), Thinking::Never);
        assert_eq!(thinking("gemma-3-27b-it"), Thinking::Never);
        assert_eq!(thinking("gemini-2.5-flash-image"), Thinking::Never);
        assert!(matches!(thinking("gemini-2.5-pro"), Thinking::Budget { optional: false, .. }));
        assert!(matches!(thinking("models/gemini-2.5-flash-lite"), Thinking::Budget { least: 512, .. }));
        let levels =
            |model| [Effort::None, Effort::Medium, Effort::Max].map(|effort| thinking(model).level(effort));
        assert_eq!(levels("gemini-3-pro-preview"), [Some("LOW"), Some("HIGH"), Some("HIGH")]);
        assert_eq!(levels("gemini-3.1-pro"), [Some("LOW"), Some("MEDIUM"), Some("HIGH")]);
        assert_eq!(levels("gemini-3-flash"), [Some("MINIMAL"), Some("MEDIUM"), Some("HIGH")]);
        assert_eq!(levels("gemini-flash-latest"), levels("gemini-3.5-flash"));
    }
}
