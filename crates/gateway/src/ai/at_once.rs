//! Several waits at once.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A wait.
pub(crate) type Waiting<'w, T> = Pin<Box<dyn Future<Output = T> + Send + 'w>>;

/// Waits for all, each going on as it can; gives what they give, in their order.
pub(crate) async fn all<T>(waiting: Vec<Waiting<'_, T>>) -> Vec<T> {
    all_good(waiting, |_| true).await.unwrap_or_else(|last| vec![last])
}

/// Waits for all, or for the first that is not good: what is not done then is dropped, and what has not begun never
/// does. They begin in their order.
pub(crate) async fn all_good<T>(
    mut waiting: Vec<Waiting<'_, T>>,
    good: impl Fn(&T) -> bool,
) -> Result<Vec<T>, T> {
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    poll_fn(|cx| {
        for (wait, done) in waiting.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            match wait.as_mut().poll(cx) {
                Poll::Ready(value) if good(&value) => *done = Some(value),
                Poll::Ready(value) => return Poll::Ready(Err(value)),
                Poll::Pending => {}
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await?;
    Ok(done.into_iter().flatten().collect())
}
