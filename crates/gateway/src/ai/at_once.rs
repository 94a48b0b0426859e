//! Several waits at once.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A wait.
pub(crate) type Waiting<'w, T> = Pin<Box<dyn Future<Output = T> + Send + 'w>>;

/// Waits for all, each going on as it can; gives what they give, in their order.
pub(crate) async fn all<T>(mut waiting: Vec<Waiting<'_, T>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    poll_fn(|cx| {
        for (wait, done) in waiting.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(value) = wait.as_mut().poll(cx) {
                *done = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
