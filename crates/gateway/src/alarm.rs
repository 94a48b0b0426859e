//! The one timer of a run. A run waits once for each of its calls, nearly always until the same time, so that the runtime's timer
//! is touched only where that time comes nearer or the timer has gone off.

use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// How much later than asked for a timer that is set already may go off: the runtime counts milliseconds.
const NEAR: Duration = Duration::from_micros(500);

/// See the module's description.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Option<Pin<Box<Sleep>>>);

// === impl Alarm ===

impl Alarm {
    /// Waits for so long, or for ever where there is no time to wait for. It may go off earlier, for a time that was asked for
    /// before: whoever waits looks at the clock.
    pub(crate) async fn after(&mut self, wait: Option<Duration>) {
        // A time that no clock comes to is none.
        let at = wait.and_then(|wait| Instant::now().checked_add(wait));
        let Some((at, late)) = at.and_then(|at| Some((at, at.checked_add(NEAR)?))) else {
            return pending().await;
        };
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if sleep.is_elapsed() || sleep.deadline() > late {
            sleep.as_mut().reset(at);
        }
        sleep.await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_alarm_goes_off_in_time_and_at_most_early() {
        let mut alarm = Alarm::default();
        let began = Instant::now();
        let mut lasted = async |wait: u64, patience: u64| {
            let wait = alarm.after(Some(Duration::from_secs(wait)));
            let rang = tokio::time::timeout(Duration::from_secs(patience), wait).await.is_ok();
            (rang, began.elapsed().as_secs())
        };
        assert_eq!(lasted(10, 1).await, (false, 1));
        // The same time again, a later one and an earlier one.
        assert_eq!(lasted(9, 1).await, (false, 2));
        assert_eq!(lasted(100, 1).await, (false, 3));
        assert_eq!(lasted(2, 100).await, (true, 5));
        // It has gone off, and is set anew.
        assert_eq!(lasted(3, 100).await, (true, 8));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_time_it_never_goes_off() {
        let mut alarm = Alarm::default();
        let hour = Duration::from_hours(1);
        for never in [None, Some(Duration::MAX), Some(Duration::from_secs(u64::MAX / 2))] {
            assert!(tokio::time::timeout(hour, alarm.after(never)).await.is_err(), "{never:?}");
        }
    }
}
