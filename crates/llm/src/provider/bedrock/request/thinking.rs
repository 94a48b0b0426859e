//! Whether and how the model is told to think. Claude models are told in Anthropic's words, OpenAI's in
//! theirs; others have none that are common to them.

use json::{Object, Text, Value};

use super::turns::{self, Turn};
use super::{Encoder, Family};
use crate::canonical::{Content, Effort};
use crate::provider::anthropic::rules::Thinking;

/// The least budget that the API takes.
const LEAST_BUDGET: u64 = 1024;

/// What an answer gets beyond the budget where neither the client nor the catalogue says.
const ROOM_TO_ANSWER: u64 = 4096;

/// What is sent about thinking.
#[derive(Debug, Default)]
pub(super) struct Plan<'r> {
    mode: Option<Mode<'r>>,
    /// The word for `outputConfig.effort`.
    pub(super) effort: Option<&'static str>,
    /// The word for OpenAI's own parameter.
    reasoning_effort: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode<'r> {
    Disabled,
    /// Whether what it thinks is to be hidden.
    Adaptive {
        hidden: bool,
    },
    Budget(u64),
    /// The client sent a setting of Anthropic's own, which passes as it is; and whether it is to think.
    Client {
        raw: &'r str,
        thinks: bool,
    },
}

// === impl Plan ===

impl Plan<'_> {
    /// Whether the model thinks as far as the request tells, which forbids sampling parameters.
    pub(super) fn thinks(&self) -> bool {
        matches!(self.mode, Some(Mode::Adaptive { .. } | Mode::Budget(_) | Mode::Client { thinks: true, .. }))
    }

    /// Whether there is anything for [`Self::write`].
    pub(super) fn has_fields(&self) -> bool {
        self.mode.is_some() || self.reasoning_effort.is_some()
    }

    /// Whether [`Self::write`] writes a member of this name.
    pub(super) fn writes(&self, name: &Text<'_>) -> bool {
        (self.mode.is_some() && name.is("thinking"))
            || (self.reasoning_effort.is_some() && name.is("reasoning_effort"))
    }

    /// Writes the members that are the model's own.
    pub(super) fn write(&self, fields: &mut Object<'_>) {
        if let Some(effort) = self.reasoning_effort {
            fields.string("reasoning_effort", effort);
        }
        let Some(mode) = self.mode else { return };
        if let Mode::Client { raw, .. } = mode {
            fields.raw("thinking", raw);
            return;
        }
        let mut thinking = fields.object("thinking");
        match mode {
            Mode::Disabled => drop(thinking.string("type", "disabled")),
            // Newer models keep their thinking to themselves unless asked.
            Mode::Adaptive { hidden } => {
                let display = if hidden { "omitted" } else { "summarized" };
                thinking.string("type", "adaptive").string("display", display);
            }
            Mode::Budget(budget) => drop(thinking.string("type", "enabled").number("budget_tokens", budget)),
            Mode::Client { .. } => {}
        }
        thinking.end();
    }
}

impl<'r> Encoder<'r, '_> {
    /// Chooses by the model and by what forbids thinking: a forced tool, too short an answer, or, for a
    /// budget, a turn under way whose thinking was not given back.
    pub(super) fn thinking(&mut self, turns: &[Turn<'_, '_>]) -> Plan<'r> {
        let client = self.client_setting();
        let Some(effort) = self.request.effort_wanted() else {
            return Plan { mode: client, ..Plan::default() };
        };
        let plan = match (self.family, client) {
            (Family::Claude, Some(_)) => {
                Plan { mode: client, effort: self.rules.thinking.effort(effort), ..Plan::default() }
            }
            (Family::Claude, None) => self.claude(effort, turns),
            (Family::OpenAi, _) => Plan { reasoning_effort: of_openai(effort), ..Plan::default() },
            _ => Plan::default(),
        };
        if !self.is_met(effort, &plan) {
            self.drop("reasoning_effort");
        }
        plan
    }

    fn is_met(&self, effort: Effort, plan: &Plan<'_>) -> bool {
        let always = matches!(self.rules.thinking, Thinking::Adaptive { optional: false, .. });
        match (effort, plan.mode) {
            (Effort::None, Some(mode)) => matches!(mode, Mode::Disabled | Mode::Client { thinks: false, .. }),
            (Effort::None, None) => self.family != Family::OpenAi && !always,
            (_, Some(Mode::Adaptive { .. } | Mode::Budget(_))) => true,
            _ => plan.effort.or(plan.reasoning_effort).is_some(),
        }
    }

    /// What the client says of thinking in Anthropic's own words.
    fn client_setting(&self) -> Option<Mode<'r>> {
        let setting = self.request.rest.iter().rev().find(|rest| rest.name.is("thinking"))?;
        let thinks = Value::parse(setting.raw).is_ok_and(|setting| !setting.get("type").is("disabled"));
        (self.family == Family::Claude).then_some(Mode::Client { raw: setting.raw, thinks })
    }

    fn claude(&mut self, effort: Effort, turns: &[Turn<'_, '_>]) -> Plan<'r> {
        match self.rules.thinking {
            Thinking::Never => Plan::default(),
            Thinking::Budget => {
                let possible = !self.forced() && !silent_turn_under_way(turns);
                let mode = if possible { self.budget(effort).map(Mode::Budget) } else { None };
                Plan { mode, ..Plan::default() }
            }
            Thinking::Adaptive { optional, .. } => {
                let hidden = self.request.show_thinking == Some(false);
                let mode = match effort {
                    Effort::None if optional => Some(Mode::Disabled),
                    Effort::None => None,
                    _ if self.forced() => None,
                    _ => Some(Mode::Adaptive { hidden }),
                };
                Plan { mode, effort: self.rules.thinking.effort(effort), ..Plan::default() }
            }
        }
    }

    /// The budget: the client's number, or what its effort means; less than the answer, which gets a limit if
    /// it has none.
    fn budget(&mut self, effort: Effort) -> Option<u64> {
        let wanted = match self.request.thinking_budget {
            Some(tokens) => tokens.max(LEAST_BUDGET),
            None => effort.budget()?,
        };
        if effort == Effort::None {
            return None;
        }
        let roomy = wanted.saturating_add(ROOM_TO_ANSWER);
        let limit = self.max_tokens.unwrap_or_else(|| self.max_output.map_or(roomy, |most| most.min(roomy)));
        let budget = wanted.min(limit.saturating_sub(1));
        if budget < LEAST_BUDGET {
            return None;
        }
        self.max_tokens = Some(limit);
        Some(budget)
    }
}

/// OpenAI's word for an effort, of the three that its open models know.
fn of_openai(effort: Effort) -> Option<&'static str> {
    match effort {
        Effort::None => None,
        Effort::Minimal | Effort::Low => Some("low"),
        Effort::Medium => Some("medium"),
        Effort::High | Effort::XHigh | Effort::Max => Some("high"),
    }
}

/// Whether the assistant is amid a turn with tools that began without thinking.
fn silent_turn_under_way(turns: &[Turn<'_, '_>]) -> bool {
    let Some(last) = turns.iter().rev().find(|turn| turn.assistant) else { return false };
    let has = |wanted: fn(&Content<'_>) -> bool| last.parts.iter().any(|part| wanted(&part.content));
    has(|content| matches!(content, Content::ToolUse(_))) && !has(turns::is_reasoning)
}
