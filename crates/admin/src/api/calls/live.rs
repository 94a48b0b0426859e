//! `GET /api/v1/calls/live`: calls as they end, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use base::Nanos;
use calllog::{Call, CallFilter};
use domain::Permission;
use futures_util::stream::{Stream, unfold};
use http::header::RETRY_AFTER;
use http::{HeaderValue, Method};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::filter::CallParams;
use super::view::CallSummary;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Params};
use crate::problem::{Code, Problem};

/// Calls shown a second; more are counted.
const RATE: u64 = 20;
/// How often those that were not shown are told.
const TELL: Duration = Duration::from_secs(1);
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A view ends after so long, so that what its owner may see is asked anew.
const LONGEST: Duration = Duration::from_mins(10);

struct View {
    app: App,
    filter: CallFilter,
    calls: Receiver<Arc<Call>>,
    began: Nanos,
    /// When what may be shown was last counted, and how many more may.
    counted: Nanos,
    left: u64,
    hidden: u64,
    _place: OwnedSemaphorePermit,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("watchCalls", "Calls as they end: events `call` with a call, `dropped` with a count");
    let access = Access::SomeTeam(Permission::CallsRead);
    Endpoint::new((Method::GET, "/api/v1/calls/live"), access, names, handle)
        .query::<CallParams>()
        .answer_as::<CallSummary>(
            200,
            "At most 20 calls a second; a comment every 15 s.",
            "text/event-stream",
        )
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Params(params): Params<CallParams>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let filter = params.filter(&principal)?;
    let place = Arc::clone(&app.streams).try_acquire_owned().map_err(|_| {
        let problem = Problem::new(Code::Throttled).detail("too many live views are open");
        problem.header(RETRY_AFTER, HeaderValue::from_static("5"))
    })?;
    let calls = app.admin.control.log().live();
    let now = app.admin.control.clock().now();
    let view = View { app, filter, calls, began: now, counted: now, left: RATE, hidden: 0, _place: place };
    let events = unfold(view, |mut view| async move { Some((Ok(view.next().await?), view)) });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

impl View {
    /// The next event; `None`: the view ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let shutdown = self.app.admin.shutdown.clone();
            let age = self.app.admin.control.clock().now().since(self.began);
            let left = LONGEST.checked_sub(age).filter(|left| !left.is_zero())?;
            let received = tokio::select! {
                () = shutdown.cancelled() => return None,
                () = tokio::time::sleep(left) => return None,
                received = self.calls.recv() => received,
                () = tokio::time::sleep(TELL), if self.hidden > 0 => return Some(self.tell()),
            };
            match received {
                Ok(call) if self.filter.matches(&call) => {
                    if self.may_show() {
                        return Event::default().event("call").json_data(CallSummary::from(&*call)).ok();
                    }
                    self.hidden += 1;
                }
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => self.hidden += missed,
                Err(RecvError::Closed) => return None,
            }
            let now = self.app.admin.control.clock().now();
            if self.hidden > 0 && now.since(self.counted) >= TELL {
                return Some(self.tell());
            }
        }
    }

    /// Twenty a second, all at once if they come so.
    fn may_show(&mut self) -> bool {
        let now = self.app.admin.control.clock().now();
        if now.since(self.counted) >= TELL && self.hidden == 0 {
            self.counted = now;
            self.left = RATE;
        }
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may
    }

    fn tell(&mut self) -> Event {
        let count = std::mem::take(&mut self.hidden);
        self.counted = self.app.admin.control.clock().now();
        self.left = RATE;
        Event::default().event("dropped").data(format!("{{\"count\":{count}}}"))
    }
}
