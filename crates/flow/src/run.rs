//! A run of a plan: which step begins when, and how the whole ends. No clock and no calls: times and verdicts are given,
//! commands are taken.

mod graph;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

pub use graph::Graph;
pub(crate) use graph::{Facts, order};

/// A run.
#[derive(Debug, Default)]
pub struct Run {
    graph: Arc<Graph>,
    states: Vec<State>,
    /// Steps that nothing holds back, by their ranks. One that is not wanted any more is passed over.
    ready: BinaryHeap<(usize, Reverse<usize>)>,
    /// How many steps are to be tried again.
    paused: usize,
    /// So many steps may be under way at the same time.
    limit: usize,
    running: usize,
    /// So many of them run a workflow that shares the graph: they wait for others, and take no place.
    sharing: usize,
    /// Facts that are known, and of which that was not told yet.
    reached: Vec<usize>,
    /// Why no further step begins, once there is a reason.
    over: Option<Over>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// The step begins, for the so many-th time, counted from 1.
    Start(usize, u32),
    /// It is given up: its result does not matter any more. Nothing is to be said of it later.
    Cancel(usize),
    /// All that this fact waits for is over.
    Reached(usize),
}

/// How a step came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The next steps may begin.
    Succeeded,
    /// The workflow fails.
    Failed,
    /// It is to be tried again after a time.
    Again(Duration),
    /// The workflow ends here, well.
    End,
    /// It goes on at this step.
    Goto(usize),
}

/// How a run came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every step that was to be made was made.
    Complete,
    /// A step failed, this one as the first.
    Failed(usize),
    /// It was given up from outside.
    GivenUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting {
        attempts: u32,
    },
    Running {
        attempts: u32,
    },
    /// Until this time it is not tried again.
    Paused {
        attempts: u32,
        until: Duration,
    },
    Done,
    /// It will not be made.
    Left,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// At a step, behind which none begins any more.
    End(usize),
    /// It goes on at the second once all before the first have come to their end.
    Goto(usize, usize),
    Failed(usize),
    GivenUp,
}

// === impl Run ===

impl Run {
    /// A run that has not begun; `limit` bounds the steps under way at the same time, and is 1 at least.
    pub fn new(graph: Arc<Graph>, limit: usize) -> Self {
        let states = vec![State::Waiting { attempts: 0 }; graph.nodes()];
        let mut run = Self {
            graph,
            states,
            ready: BinaryHeap::new(),
            paused: 0,
            limit: limit.max(1),
            running: 0,
            sharing: 0,
            reached: Vec::new(),
            over: None,
        };
        (0..run.states.len()).for_each(|node| run.offer(node));
        run
    }

    /// What is to be done now.
    pub fn commands(&mut self, now: Duration) -> Vec<Command> {
        let mut commands = self.stop();
        self.go_on();
        self.wake(now);
        commands.extend(self.reached.drain(..).map(Command::Reached));
        while self.running - self.sharing < self.limit {
            let Some((_, Reverse(step))) = self.ready.pop() else { break };
            if !self.is_wanted(step) {
                continue;
            }
            let State::Waiting { attempts } = self.states[step] else { continue };
            self.states[step] = State::Running { attempts: attempts + 1 };
            self.running += 1;
            self.sharing += usize::from(self.graph.shares(step));
            commands.push(Command::Start(step, attempts + 1));
        }
        commands
    }

    /// Takes in how a step that was begun came out.
    pub fn settle(&mut self, step: usize, verdict: Verdict, now: Duration) {
        let Some(State::Running { attempts }) = self.states.get(step).copied() else { return };
        self.leave(step);
        let ends = self.over.is_some();
        self.states[step] = match verdict {
            Verdict::Again(_) if !self.is_wanted(step) => State::Left,
            Verdict::Again(after) => {
                self.paused += 1;
                State::Paused { attempts, until: now + after }
            }
            Verdict::Failed => State::Left,
            Verdict::Succeeded | Verdict::End | Verdict::Goto(_) => State::Done,
        };
        match verdict {
            Verdict::Failed if !matches!(self.over, Some(Over::Failed(_) | Over::GivenUp)) => {
                self.over = Some(Over::Failed(step));
            }
            Verdict::End if !ends => self.over = Some(Over::End(step)),
            Verdict::Goto(to) if !ends => self.over = Some(Over::Goto(step, to)),
            _ => {}
        }
        if !matches!(self.states[step], State::Paused { .. }) {
            let graph = Arc::clone(&self.graph);
            graph.after[step].iter().for_each(|after| self.offer(*after));
        }
    }

    /// A fact is known, by the word of whoever knows it.
    pub fn tell(&mut self, fact: usize) {
        if let Some(state @ State::Waiting { .. }) = self.states.get_mut(fact) {
            *state = State::Done;
            let graph = Arc::clone(&self.graph);
            graph.after[fact].iter().for_each(|after| self.offer(*after));
        }
    }

    /// Whether no further step begins, and why one that is made again need not be.
    pub fn is_over(&self) -> bool {
        matches!(self.over, Some(Over::Failed(_) | Over::GivenUp))
    }

    /// Gives the run up: its caller has left, or its time is over.
    pub fn give_up(&mut self) {
        self.over = Some(Over::GivenUp);
    }

    /// When there is more to do though no step comes out.
    pub fn wakes(&self) -> Option<Duration> {
        if self.paused == 0 {
            return None;
        }
        let paused = self.states.iter().filter_map(|state| match state {
            State::Paused { until, .. } => Some(*until),
            _ => None,
        });
        paused.min()
    }

    /// How it came out, once no step is under way or to be made.
    pub fn outcome(&self) -> Option<Outcome> {
        if self.running > 0 {
            return None;
        }
        match self.over {
            Some(Over::Failed(step)) => Some(Outcome::Failed(step)),
            Some(Over::GivenUp) => Some(Outcome::GivenUp),
            Some(Over::Goto(..)) => None,
            Some(Over::End(_)) | None => {
                let mut left = (0..self.states.len()).filter(|step| self.is_wanted(*step));
                let made = left.all(|step| matches!(self.states[step], State::Done | State::Left));
                made.then_some(Outcome::Complete)
            }
        }
    }

    /// Whether a step was made to its end, or a fact is known.
    pub fn is_done(&self, node: usize) -> bool {
        self.states.get(node) == Some(&State::Done)
    }

    /// A step is not under way any more.
    fn leave(&mut self, step: usize) {
        self.running -= 1;
        self.sharing -= usize::from(self.graph.shares(step));
    }

    /// Gives up what does not matter any more. What changes something and is under way comes to its end: whether it has
    /// changed it must be known.
    fn stop(&mut self) -> Vec<Command> {
        if !matches!(self.over, Some(Over::Failed(_) | Over::GivenUp)) {
            return Vec::new();
        }
        let mut commands = Vec::new();
        self.reached.clear();
        for step in 0..self.states.len() {
            match self.states[step] {
                State::Running { .. } if self.graph.is_safe(step) => {
                    self.states[step] = State::Left;
                    self.leave(step);
                    commands.push(Command::Cancel(step));
                }
                State::Waiting { .. } | State::Paused { .. } => self.states[step] = State::Left,
                _ => {}
            }
        }
        self.paused = 0;
        self.ready.clear();
        commands
    }

    /// Goes elsewhere, once all steps before the one that said so have come to their end.
    fn go_on(&mut self) {
        let Some(Over::Goto(from, to)) = self.over else { return };
        let open = |state: &State| !matches!(state, State::Done | State::Left);
        if self.running > 0 || self.states.iter().take(from).any(open) {
            return;
        }
        for (step, state) in self.states.iter_mut().enumerate() {
            if step >= to {
                *state = State::Waiting { attempts: 0 };
            } else if step > from {
                *state = State::Left;
            }
        }
        self.over = None;
        self.ready.clear();
        (0..self.states.len()).for_each(|step| self.offer(step));
    }

    /// Lets the steps whose time has come be tried again.
    fn wake(&mut self, now: Duration) {
        if self.paused == 0 {
            return;
        }
        for step in 0..self.states.len() {
            if let State::Paused { attempts, until } = self.states[step]
                && until <= now
            {
                self.states[step] = State::Waiting { attempts };
                self.paused -= 1;
                self.offer(step);
            }
        }
    }

    /// Puts a step among those that may begin, and a fact among those that are known, if nothing holds it back.
    fn offer(&mut self, node: usize) {
        let over = |on: &usize| matches!(self.states[*on], State::Done | State::Left);
        if !matches!(self.states[node], State::Waiting { .. }) || !self.graph.before[node].iter().all(over) {
            return;
        }
        match self.graph.fact(node) {
            None => self.ready.push((self.graph.ranks[node], Reverse(node))),
            Some(true) => {}
            // Nothing waits for it in this graph.
            Some(false) => {
                self.states[node] = State::Done;
                self.reached.push(node);
            }
        }
    }

    /// Whether the step is still to be made.
    fn is_wanted(&self, step: usize) -> bool {
        match self.over {
            None => true,
            Some(Over::End(at) | Over::Goto(at, _)) => step < at,
            Some(Over::Failed(_) | Over::GivenUp) => false,
        }
    }
}

#[cfg(test)]
mod tests;
