//! Whether and how the model is told to think.

use json::Object;

use super::Encoder;
use crate::canonical::Effort;
use crate::provider::gemini::rules::Thinking;

impl Encoder<'_, '_> {
    /// Writes `thinkingConfig`, in the words of the model's generation.
    pub(super) fn thinking_config(&mut self, config: &mut Object<'_>) {
        let effort = self.request.effort_wanted();
        let thinking = self.rules.thinking;
        if thinking == Thinking::Never {
            if effort.is_some_and(|effort| effort != Effort::None) {
                self.drop("reasoning_effort");
            }
            return;
        }
        // Thoughts are shown to whoever asks the model to think, unless they do not want to see them.
        let asks = effort.is_some_and(|effort| effort != Effort::None);
        let shown = self.request.show_thinking.unwrap_or(asks);
        if effort.is_none() && !shown {
            return;
        }
        let mut object = config.object("thinkingConfig");
        if shown {
            object.raw("includeThoughts", "true");
        }
        if let Some(effort) = effort {
            match thinking {
                Thinking::Never => {}
                Thinking::Budget { least, most, optional } => {
                    let budget = self.budget(effort, least, most, optional);
                    object.number("thinkingBudget", budget);
                }
                Thinking::Level { .. } => {
                    if effort == Effort::None {
                        self.drop("reasoning_effort");
                    }
                    object.string("thinkingLevel", thinking.level(effort).unwrap_or("HIGH"));
                }
            }
        }
        object.end();
    }

    /// A number of tokens that the model takes, the client's own where it counts so.
    fn budget(&mut self, effort: Effort, least: u64, most: u64, optional: bool) -> u64 {
        let asked = self.request.thinking_budget.or_else(|| effort.budget()).unwrap_or(0);
        if asked == 0 && optional {
            return 0;
        }
        let within = asked.clamp(least, most);
        if within != asked && (asked == 0 || self.request.thinking_budget.is_some()) {
            self.drop("reasoning_effort");
        }
        within
    }
}
