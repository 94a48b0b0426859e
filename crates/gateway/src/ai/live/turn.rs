//! A turn: what the model says once it was asked or began by itself. It is a call of its own in the records.

use std::sync::Arc;

use llm::{Heard, Live, Usage};
use message::{Guard, Outcome, Reason, ResponseHead};
use tokio::time::Instant;
use trace::AiRecord;

use super::session::failed;
use super::{Line, of_session};
use crate::ai::tariff::Tariff;
use crate::exchange::Exchange;
use crate::settle::Ledger;

/// See the module's description. Dropped, it is settled as one that the client left.
pub(super) struct Turn {
    /// The wire's name for it.
    pub(super) id: Option<String>,
    ledger: Box<Ledger>,
    usage: Option<Usage>,
    /// So many bytes of text were said.
    text: usize,
    /// When the model last said something; before that, when the turn began.
    pub(super) last: Instant,
    /// The model has said something.
    pub(super) spoke: bool,
}

// === impl Turn ===

impl Turn {
    /// Begins one, with the exchange that policies have let pass.
    pub(super) fn begin(x: Box<Exchange<'_>>, wire: Live, line: &Line) -> Self {
        let Exchange { mut ledger, .. } = *x;
        let target = line.target();
        ledger.note(|record| {
            record.upstream = target.map(|target| Arc::clone(&target.provider.upstream.label));
            record.ai = Some(Box::new(AiRecord {
                alias: Some(Arc::clone(&line.alias.name)),
                provider: target.map(|target| Arc::clone(&target.provider.label)),
                model: target.map(|target| Arc::clone(&target.model)),
                ..of_session(wire)
            }));
        });
        let last = Instant::now();
        Self { id: None, ledger, usage: None, text: 0, last, spoke: false }
    }

    /// Takes in a message of the turn's, of so many bytes.
    pub(super) fn hear(&mut self, heard: &Heard, bytes: usize) {
        self.ledger.sent(bytes);
        self.text += heard.text;
        if let Some(usage) = heard.usage {
            self.usage = Some(self.usage.map_or(usage, |before| before.plus(&usage)));
        }
        if heard.content {
            self.last = Instant::now();
            if !self.spoke {
                self.answered();
                let ttft = self.ledger.offset();
                self.note(|ai| ai.ttft_us = Some(ttft));
            }
            self.spoke = true;
        }
    }

    /// Ends it. `before`: so many bytes of text the client had said by then, for an estimate where the provider told
    /// nothing of what was used.
    pub(super) fn end(
        mut self,
        tariff: &Tariff,
        (ended, outcome): (Option<&'static str>, Outcome),
        before: usize,
    ) {
        if !self.spoke {
            self.answered();
        }
        let said = || if self.spoke { Usage::estimate(before, self.text) } else { Usage::default() };
        let usage = self.usage.unwrap_or_else(said);
        self.note(|ai| {
            tariff.settle(ai, &usage);
            ai.finish_reason = ended.map(Into::into);
        });
        self.ledger.settle(outcome);
    }

    /// Ends it as one that its provider refused or gave up.
    pub(super) fn fail(self, tariff: &Tariff, reason: Reason, detail: &'static str, before: usize) {
        self.end(tariff, (Some("error"), failed(reason, detail)), before);
    }

    fn answered(&mut self) {
        let now = base::Nanos(self.ledger.started().0 + u64::from(self.ledger.offset()) * 1_000);
        self.ledger.answered(&ResponseHead::new(200), None, now);
    }

    fn note(&mut self, note: impl FnOnce(&mut AiRecord)) {
        self.ledger.note(|record| {
            if let Some(ai) = &mut record.ai {
                note(ai);
            }
        });
    }
}
