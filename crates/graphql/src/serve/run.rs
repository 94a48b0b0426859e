//! Makes the calls of a request, those that are ready at the same time.

use std::future::Future;
use std::pin::Pin;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use serde_json::Value;

use super::{Call, CallError, Data, Execution};
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
