//! Makes the calls of a request, those that are ready at the same time.

use std::future::Future;
use std::pin::Pin;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use serde_json::Value;

use super::{Call, CallError, Data, Execution, Piece};
use crate::Error;
use crate::http::Response;

/// Makes calls.
pub trait Resolve: Send + Sync {
    /// Makes one; its answer is JSON.
    fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Value, CallError>> + Send + '_>>;
}

/// Runs a request to its end.
pub async fn run(mut execution: Execution<'_>, resolve: &dyn Resolve) -> Response<Data> {
    let mut under_way = FuturesUnordered::new();
    loop {
        for (id, call) in execution.take() {
            under_way.push(resolve.call(call).map(move |answer| (id, answer)));
        }
        let Some((id, answer)) = under_way.next().await else { break };
        execution.answered(id, answer);
        // What follows from answers that have come together goes out together.
        while let Some(Some((id, answer))) = under_way.next().now_or_never() {
            execution.answered(id, answer);
        }
    }
    execution.finish()
}

/// The answer to a request, piece by piece.
pub struct Pieces<'s, 'r> {
    execution: Execution<'s>,
    resolve: &'r dyn Resolve,
    under_way: FuturesUnordered<Answering<'r>>,
    over: bool,
}

/// A call, and which it is.
type Answering<'r> = Pin<Box<dyn Future<Output = (usize, Result<Value, CallError>)> + Send + 'r>>;

// === impl Pieces ===

impl<'s, 'r> Pieces<'s, 'r> {
    /// Of a request that has begun; calls are made while the next piece is waited for.
    pub fn new(execution: Execution<'s>, resolve: &'r dyn Resolve) -> Self {
        Self { execution, resolve, under_way: FuturesUnordered::new(), over: false }
    }

    /// The next piece, as soon as all of it is there; none behind the last.
    pub async fn next(&mut self) -> Option<Piece> {
        while !self.over {
            for (id, call) in self.execution.take() {
                let answering = self.resolve.call(call).map(move |answer| (id, answer));
                self.under_way.push(Box::pin(answering));
            }
            if let Some(piece) = self.execution.piece() {
                self.over = !piece.more;
                return Some(piece);
            }
            let Some((id, answer)) = self.under_way.next().await else { break };
            self.execution.answered(id, answer);
            while let Some(Some((id, answer))) = self.under_way.next().now_or_never() {
                self.execution.answered(id, answer);
            }
        }
        None
    }

    /// The last piece, where no more is waited for: what has not come has failed for this reason.
    pub fn give_up(&mut self, reason: &Error) -> Option<Piece> {
        if self.over {
            return None;
        }
        self.over = true;
        self.execution.give_up(reason);
        self.execution.piece().map(|piece| Piece { more: false, ..piece })
    }
}

impl std::fmt::Debug for Pieces<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pieces").field("under_way", &self.under_way.len()).finish_non_exhaustive()
    }
}
