//! Whether and how the model is told to think.

use json::{Object, Value};

use super::Encoder;
use super::messages;
use super::turns::Turn;
use crate::canonical::{Content, Effort};
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
    /// The client sent a setting of Anthropic's own, which passes as it is; and whether it is to think.
    Client {
        thinks: bool,
    },
}

// === impl Plan ===

impl Plan {
    /// Whether the model thinks as far as the request tells, which forbids sampling parameters.
    pub(super) fn thinks(&self) -> bool {
        matches!(self.mode, Some(Mode::Adaptive | Mode::Budget(_) | Mode::Client { thinks: true }))
    }

    pub(super) fn write(&self, body: &mut Object<'_>) {
        let mut thinking = match self.mode {
            None | Some(Mode::Client { .. }) => return,
            Some(_) => body.object("thinking"),
        };
        match self.mode {
            Some(Mode::Disabled) => thinking.string("type", "disabled"),
            // Newer models keep their thinking to themselves unless asked.
            Some(Mode::Adaptive) => thinking.string("type", "adaptive").string("display", "summarized"),
            Some(Mode::Budget(budget)) => thinking.string("type", "enabled").number("budget_tokens", budget),
            None | Some(Mode::Client { .. }) => &mut thinking,
        };
        thinking.end();
    }
}

impl Encoder<'_, '_> {
    /// Chooses by the model and by what forbids thinking: a forced tool, too short an answer, or, for a
    /// budget, a turn under way whose thinking was not given back.
    pub(super) fn thinking(&mut self, turns: &[Turn<'_, '_>]) -> Plan {
        let client = self.client_setting();
        let Some(effort) = self.request.effort_wanted() else { return Plan { mode: client, effort: None } };
        let plan = match client {
            Some(_) => Plan { mode: client, effort: self.rules.thinking.effort(effort) },
            None => self.plan(effort, turns),
        };
        let met = match (effort, plan.mode) {
            (Effort::None, Some(Mode::Disabled | Mode::Client { thinks: false })) => true,
            (Effort::None, None) => {
                !matches!(self.rules.thinking, Thinking::Adaptive { optional: false, .. })
            }
            (Effort::None, Some(_)) => false,
            (_, Some(Mode::Adaptive | Mode::Budget(_))) => true,
            _ => plan.effort.is_some(),
        };
        if !met {
            self.drop("reasoning_effort");
        }
        plan
    }

    /// What the client says of thinking in Anthropic's own words.
    fn client_setting(&self) -> Option<Mode> {
        let setting = self.request.rest.iter().rev().find(|rest| rest.name.is("thinking"))?;
        let thinks = Value::parse(setting.raw).is_ok_and(|setting| !setting.get("type").is("disabled"));
        Some(Mode::Client { thinks })
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
    let thinks = has(|content| {
        matches!(content, Content::Thinking { .. } | Content::Redacted(_)) && !messages::is_foreign(content)
    });
    calls && !thinks
}
