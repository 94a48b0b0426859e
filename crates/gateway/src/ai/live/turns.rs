//! The turns of a session: who may begin one, which are under way, and what each used.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use llm::{ApiError, Heard, Live, Named, Said};
use message::{Outcome, Reason};
use snapshot::Pace;
use tokio::time::Instant;

use super::Line;
use super::session::Opening;
use super::turn::Turn;
use crate::ai::alias::Allowed;
use crate::ai::target::{kind, tariff};
use crate::ai::tariff::Tariff;
use crate::gateway::Core;
use crate::stage::authenticate;
use crate::{Refusal, Shape};

/// So many turns may be under way or asked for at once.
const TURNS: usize = 32;

/// See the module's description.
pub(super) struct Turns {
    core: Core,
    wire: Live,
    opening: Opening,
    line: Line,
    tariff: Arc<Tariff>,
    /// Those that the client asked for and the provider has not begun, by the client's own names.
    asked: VecDeque<(Option<String>, Turn)>,
    open: Vec<Turn>,
    /// The model that writes down what was said, where the client chose one.
    writes: Option<Line>,
    /// So many bytes of text the client has said.
    text: usize,
}

// === impl Turns ===

impl Turns {
    pub(super) fn new(core: Core, wire: Live, opening: Opening, line: Line) -> Self {
        let tariff = line.target().map(tariff).unwrap_or_default();
        let (asked, open) = (VecDeque::new(), Vec::new());
        Self { core, wire, opening, line, tariff, asked, open, writes: None, text: 0 }
    }

    pub(super) fn pace(&self) -> Option<Pace> {
        self.line.target().map(|target| target.provider.pace)
    }

    /// How long nothing may be heard of a peer.
    pub(super) fn idle(&self) -> Duration {
        self.line.target().map_or(Duration::MAX, |target| target.provider.upstream.timeouts.idle.0)
    }

    /// None is under way.
    pub(super) fn quiet(&self) -> bool {
        self.open.is_empty() && self.asked.is_empty()
    }

    /// Whether the caller may go on.
    pub(super) fn still(&self) -> Result<(), Refusal> {
        let service = &self.opening.route.service;
        self.opening.key.map_or(Ok(()), |key| authenticate::still(&self.core, service, key))
    }

    /// The names that the provider has for the models that a message names. One that the caller may not use is refused.
    pub(super) fn names(&mut self, said: &Said) -> Result<Vec<String>, Box<ApiError>> {
        said.models.iter().map(|named| self.name(named)).collect()
    }

    fn name(&mut self, named: &Named) -> Result<String, Box<ApiError>> {
        let line = if named.transcribes { self.writes.as_ref() } else { Some(&self.line) };
        if let Some((line, target)) = line.and_then(|line| Some((line, line.target()?)))
            && [line.alias.name.as_ref(), &target.model].contains(&named.name.as_str())
        {
            let to = llm::Target::new(&target.model, None).at(&target.provider.path);
            return Ok(self.wire.model(kind(target), &to));
        }
        let line = if named.transcribes { self.writer(&named.name) } else { None };
        let model = line.as_ref().and_then(|line| Some(line.target()?.model.to_string()));
        let model = model.ok_or_else(|| {
            let message = format!("the model `{}` may not be used in this session", named.name);
            let error = ApiError::new(404, llm::ErrorKind::NotFound, message);
            Box::new(error.with_param(named.path.clone()).with_code("model_not_found"))
        })?;
        self.writes = line;
        Ok(model)
    }

    /// The alias of a model that writes down, if the caller may use it and this session's provider has it.
    fn writer(&self, name: &str) -> Option<Line> {
        let snapshot = self.core.shared.config.live.load();
        let dialect = llm::Dialect::OpenAiChat;
        let alias = Allowed::of(&self.opening.route, dialect).find(&snapshot, name).ok()?;
        let provider = &self.line.target()?.provider.id;
        let at = alias.targets.iter().position(|target| target.provider.id == *provider)?;
        Some(Line { alias: Arc::clone(&alias), at })
    }

    /// The client said so many bytes of text.
    pub(super) fn said(&mut self, bytes: usize) {
        self.text = self.text.saturating_add(bytes);
    }

    /// The client asks for a turn; `id` is its own name for that.
    pub(super) fn ask(&mut self, id: Option<String>) -> Result<(), Refusal> {
        let turn = self.begin()?;
        self.asked.push_back((id, turn));
        Ok(())
    }

    /// Begins a turn: policies are asked as if it were a call of its own.
    fn begin(&self) -> Result<Turn, Refusal> {
        let mut x = self.opening.origin.turn(&self.core, &self.opening.path, false);
        let admitted = Opening::admit(&mut x).and_then(|()| {
            let Some(route) = x.route.clone() else { return Ok(()) };
            let allowed = Allowed::of(&route, llm::Dialect::OpenAiChat);
            allowed.find(&x.snapshot, &self.line.alias.name)?;
            if self.open.len() + self.asked.len() >= TURNS {
                let detail = format!("{TURNS} turns of this session are under way already");
                return Err(Refusal::new(Reason::ConcurrencyLimited, detail));
            }
            Ok(())
        });
        match admitted {
            Ok(()) => Ok(Turn::begin(x, self.wire, &self.line)),
            Err(refusal) => {
                let refusal = match refusal.shape {
                    Shape::Problem => refusal.shaped(x.shape()),
                    Shape::Ai { .. } | Shape::Graphql(_) => refusal,
                };
                let reply = x.refuse(&refusal);
                drop(x.finish(reply));
                Err(refusal)
            }
        }
    }

    /// Takes in a message of the provider's, of so many bytes. A turn that it began by itself may be refused.
    pub(super) fn hear(&mut self, heard: &Heard, bytes: usize) -> Result<(), Refusal> {
        if let Some(id) = &heard.refused {
            self.refused(id);
        }
        if heard.transcribed {
            let line = self.writes.clone().unwrap_or_else(|| Line { at: usize::MAX, ..self.line.clone() });
            self.extra(&line, heard, bytes);
            return Ok(());
        }
        let mut at = self.find(heard);
        // An end that names a turn of which nothing was heard is of one that was refused or given up.
        let unheard = heard.ended.is_some() && heard.turn.is_none() && !self.asked.is_empty();
        if at.is_none() && (heard.speaks || unheard) {
            let mut turn = match self.asked.pop_front() {
                Some((_, turn)) => turn,
                None => self.begin()?,
            };
            turn.id.clone_from(&heard.turn);
            self.open.push(turn);
            at = Some(self.open.len() - 1);
        }
        let Some(at) = at else {
            if heard.usage.is_some() {
                self.extra(&self.line.clone(), heard, bytes);
            }
            return Ok(());
        };
        if let Some(turn) = self.open.get_mut(at) {
            turn.hear(heard, bytes);
        }
        if let Some(ended) = heard.ended {
            let outcome = if heard.failed {
                super::session::failed(Reason::ProviderError, "the turn failed")
            } else {
                Outcome::Complete
            };
            self.open.remove(at).end(&self.tariff, (Some(ended), outcome), self.text);
        }
        Ok(())
    }

    fn find(&self, heard: &Heard) -> Option<usize> {
        match &heard.turn {
            Some(id) => self.open.iter().position(|turn| turn.id.as_ref() == Some(id)),
            None if heard.content || heard.usage.is_some() || heard.ended.is_some() => {
                (!self.open.is_empty()).then_some(0)
            }
            None => None,
        }
    }

    /// The provider refused a message: the turn that it asked for, if it did, is none.
    fn refused(&mut self, id: &str) {
        let named = self.asked.iter().position(|(name, _)| name.as_deref() == Some(id));
        let at = if id.is_empty() { (!self.asked.is_empty()).then_some(0) } else { named };
        if let Some((_, turn)) = at.and_then(|at| self.asked.remove(at)) {
            turn.fail(&self.tariff, Reason::ProviderError, "the provider refused the turn", self.text);
        }
    }

    /// Records what was used outside of a turn.
    fn extra(&self, line: &Line, heard: &Heard, bytes: usize) {
        let mut x = self.opening.origin.turn(&self.core, &self.opening.path, true);
        // What was used is recorded, whoever may still call.
        Opening::admit(&mut x).ok();
        let mut turn = Turn::begin(x, self.wire, line);
        turn.hear(heard, bytes);
        let tariff = line.target().map(tariff).unwrap_or_default();
        turn.end(&tariff, (heard.ended, Outcome::Complete), 0);
    }

    /// Gives up turns of which nothing was heard for too long. The session goes on: a client may take its time for the
    /// results of a tool.
    pub(super) fn expire(&mut self, pace: &Pace) {
        let now = Instant::now();
        let (tariff, text) = (Arc::clone(&self.tariff), self.text);
        let late = |turn: &Turn| {
            let patience = if turn.spoke { pace.between_tokens } else { pace.first_token };
            now.duration_since(turn.last) >= patience
        };
        while let Some((_, turn)) = self.asked.pop_front_if(|(_, turn)| late(turn)) {
            turn.fail(&tariff, Reason::FirstTokenTimeout, "the model said nothing", text);
        }
        for turn in self.open.extract_if(.., |turn| late(turn)) {
            turn.fail(&tariff, Reason::UpstreamStalled, "the model stopped speaking", text);
        }
    }

    /// The session has ended, and with it all turns.
    pub(super) fn end(&mut self, outcome: &Outcome) {
        let (tariff, text) = (Arc::clone(&self.tariff), self.text);
        let outcome = || match outcome {
            // Whoever closed did not wait for the turn's end.
            Outcome::Complete | Outcome::Dropped => Outcome::Dropped,
            failed @ Outcome::Failed(_) => failed.clone(),
        };
        let asked = self.asked.drain(..).map(|(_, turn)| turn);
        for turn in self.open.drain(..).chain(asked) {
            turn.end(&tariff, (None, outcome()), text);
        }
    }
}
