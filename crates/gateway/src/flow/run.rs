//! One run of a flow: its engine given the time and the answers to its calls.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Nanos};
use flow::Engine;
use flow::engine::{Bounds, Order};
use flow::values::Values;
use snapshot::Flow;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::calls::{Calls, Done};
use super::outcome::Told;
use crate::gateway::Core;
use crate::inside::Origin;

/// A run.
pub(super) struct Running {
    engine: Engine,
    calls: Calls,
    clock: Clock,
    started: Nanos,
}

/// What a run waited for.
enum Event {
    Call(Done),
    /// A time has come.
    Time,
    /// Whoever was to be told has left.
    Left,
}

// === impl Running ===

impl Running {
    pub(super) fn new(core: &Core, flow: Arc<Flow>, origin: &Origin, inputs: Values) -> Self {
        let clock = core.shared.config.clock.clone();
        let program = Arc::clone(&flow.program);
        let bounds = Bounds { seed: core.with_rng(base::Rng::next_u64), ..flow.bounds };
        let engine = Engine::new(program, flow.workflow, inputs, bounds, Duration::ZERO);
        Self { engine, calls: Calls::new(core, flow, origin), started: clock.now(), clock }
    }

    /// Runs to the end; dropping it gives up all that is under way.
    pub(super) async fn finish(mut self) -> Told {
        while !self.step() {
            let event = self.wait(None).await;
            self.take(event);
        }
        Told::of(&self.engine)
    }

    /// Runs to the end, whether the one that is to be told waits or not. Told is at the end, or when it is given up.
    pub(super) async fn telling(mut self, tell: oneshot::Sender<Told>) {
        let mut tell = Some(tell);
        while !self.step() {
            if self.engine.given_up().is_some()
                && let Some(tell) = tell.take()
            {
                // Nobody waits where the caller left.
                drop(tell.send(Told::of(&self.engine)));
            }
            let event = self.wait(tell.as_mut()).await;
            if matches!(event, Event::Left) {
                tell = None;
            }
            self.take(event);
        }
        if let Some(tell) = tell {
            drop(tell.send(Told::of(&self.engine)));
        }
    }

    /// Does what is to be done now; whether the run has ended.
    fn step(&mut self) -> bool {
        let now = self.now();
        while let Some(order) = self.engine.poll(now) {
            match order {
                Order::Call { id, call, .. } => self.calls.make(id, call),
                Order::Cancel(id) => self.calls.cancel(id),
            }
        }
        self.engine.ended().is_some()
    }

    async fn wait(&mut self, tell: Option<&mut oneshot::Sender<Told>>) -> Event {
        let until = self.engine.wakes().map(|wake| wake.saturating_sub(self.now()));
        let time = async {
            match until {
                Some(until) => sleep(until).await,
                None => std::future::pending().await,
            }
        };
        let left = async {
            match tell {
                Some(tell) => tell.closed().await,
                None => std::future::pending().await,
            }
        };
        let (time, left) = (pin!(time), pin!(left));
        tokio::select! {
            biased;
            done = self.calls.next() => Event::Call(done),
            () = left => Event::Left,
            () = time => Event::Time,
        }
    }

    fn take(&mut self, event: Event) {
        let now = self.now();
        match event {
            Event::Call(Done { id, result: Ok(reply) }) => self.engine.answered(id, reply, now),
            Event::Call(Done { id, result: Err(lost) }) => self.engine.lost(id, &lost, now),
            Event::Left => self.engine.give_up(),
            Event::Time => {}
        }
    }

    fn now(&self) -> Duration {
        self.clock.now().since(self.started)
    }
}
