//! Whether and how the model is told to think.

use super::Encoder;
use super::turns::Turn;
use crate::canonical::{Content, Effort};
use crate::json::Object;
use crate::provider::anthropic::rules::Thinking;

/// The least budget that the API takes, and what an answer must have room for beyond it.
const LEAST_BUDGET: u64 = 1024;

/// What is sent about thinking.
#[derive(Debug, Default)]
pub(super) struct Plan {
    mode: Option<Mode>,
    /// The word for `output_config.effort`.
    pub(super) effort: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Disabled,
    Adaptive,
    Budget(u64),
    /// The client sent a setting of Anthropic's own, which passes as it is.
    Client,
}

// === impl Plan ===

impl Plan {
    pub(super) fn has_budget(&self) -> bool {
        matches!(self.mode, Some(Mode::Budget(_) | Mode::Client))
    }

    pub(super) fn write(&self, body: &mut Object<'_>) {
        let mut thinking = match self.mode {
            None | Some(Mode::Client) => return,
            Some(_) => body.object("thinking"),
        };
        match self.mode {
            Some(Mode::Disabled) => thinking.string("type", "disabled"),
            // Newer models keep their thinking to themselves unless asked.
            Some(Mode::Adaptive) => thinking.string("type", "adaptive").string("display", "summarized"),
            Some(Mode::Budget(budget)) => thinking.string("type", "enabled").number("budget_tokens", budget),
            None | Some(Mode::Client) => &mut thinking,
        };
        thinking.end();
    }
}

impl Encoder<'_, '_> {
    /// Chooses by the model and by what forbids thinking: a forced tool, too short an answer, or, for a
    /// budget, a turn under way whose thinking was not given back.
    pub(super) fn thinking(&mut self, turns: &[Turn<'_, '_>]) -> Plan {
        if self.request.rest.iter().any(|rest| rest.name.is("thinking")) {
            return Plan { mode: Some(Mode::Client), effort: None };
        }
        let Some(effort) = self.request.effort else { return Plan::default() };
        let mut plan = self.plan(effort, turns);
        let asked = effort != Effort::None;
        let met = match plan.mode {
            Some(Mode::Disabled) => !asked,
            Some(_) => asked,
            None => !asked && !matches!(self.rules.thinking, Thinking::Adaptive { optional: false, .. }),
        };
        if !met {
            self.drop("reasoning_effort");
            plan.mode = None;
        }
        plan
    }

    fn plan(&self, effort: Effort, turns: &[Turn<'_, '_>]) -> Plan {
        match self.rules.thinking {
            Thinking::Never => Plan::default(),
            Thinking::Budget => {
                let room = self.max_tokens.saturating_sub(1);
                let budget =
                    effort.budget().map(|budget| budget.min(room)).filter(|&budget| budget >= LEAST_BUDGET);
                let possible = !self.forced() && !silent_turn_under_way(turns);
                Plan { mode: budget.filter(|_| possible).map(Mode::Budget), effort: None }
            }
            Thinking::Adaptive { optional, .. } => {
                let mode = match effort {
                    Effort::None if optional => Some(Mode::Disabled),
                    Effort::None => None,
                    _ if self.forced() => None,
                    _ => Some(Mode::Adaptive),
                };
                Plan { mode, effort: self.rules.thinking.effort(effort) }
            }
        }
    }
}

/// Whether the assistant is amid a turn with tools that began without thinking.
fn silent_turn_under_way(turns: &[Turn<'_, '_>]) -> bool {
    let Some(last) = turns.iter().rev().find(|turn| turn.assistant) else { return false };
    let has = |wanted: fn(&Content<'_>) -> bool| last.parts.iter().any(|part| wanted(&part.content));
    let calls = has(|content| matches!(content, Content::ToolUse(_)));
    let thinks = has(|content| matches!(content, Content::Thinking { .. } | Content::Redacted { .. }));
    calls && !thinks
}
