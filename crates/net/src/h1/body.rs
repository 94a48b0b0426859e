//! The body of a request, read from its connection as it is pulled.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http1::body::{Decoded, Decoder};
use message::{BodyError, Frame, Reason, Stream};

use super::link::{Link, Progress, State};

/// The source of a request's body.
#[derive(Debug)]
pub(super) struct RequestBody {
    link: Arc<Link>,
    request: u32,
}

impl RequestBody {
    /// Opens the body of the request under way.
    pub(super) fn open(link: &Arc<Link>, request: u32, decoder: Decoder, expects: bool) -> Self {
        link.lock().body = Progress::Open { decoder, expects, dropped: false };
        Self { link: Arc::clone(link), request }
    }
}

impl Stream for RequestBody {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let mut state = self.link.lock();
        if state.request != self.request {
            let late = BodyError::new(Reason::ClientClosed, "the request was answered already");
            return Poll::Ready(Some(Err(late)));
        }
        let polled = ready!(state.poll_body(cx));
        if !matches!(polled, Some(Ok(Frame::Data(_)))) {
            state.wake_driver(cx.waker());
        }
        Poll::Ready(polled)
    }

    fn remaining(&self) -> Option<u64> {
        match &self.link.lock().body {
            Progress::Open { decoder, .. } => decoder.remaining(),
            Progress::Done => Some(0),
            Progress::Failed => None,
        }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let mut state = self.link.lock();
        if state.request != self.request {
            return;
        }
        if let Progress::Open { dropped, .. } = &mut state.body {
            *dropped = true;
            state.body_timer.clear();
        }
    }
}

impl State {
    /// The next frame of the open body. Reading it is what lets the client send it: `100 Continue` is
    /// queued here and not before.
    pub(super) fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        loop {
            let Progress::Open { decoder, expects, .. } = &mut self.body else {
                return Poll::Ready(None);
            };
            match decoder.decode(&mut self.ahead) {
                Ok(Decoded::Data(data)) => {
                    self.body_timer.clear();
                    return Poll::Ready(Some(Ok(Frame::Data(data))));
                }
                Ok(Decoded::End(trailers)) => {
                    self.body = Progress::Done;
                    self.body_timer.clear();
                    return Poll::Ready(trailers.map(|trailers| Ok(Frame::Trailers(trailers))));
                }
                Ok(Decoded::NeedMore) => {}
                Err(reject) => return self.fail(reject.into()),
            }
            if std::mem::take(expects) && self.undecided {
                self.interim.extend_from_slice(http1::encode::CONTINUE);
                self.wake_driver(cx.waker());
            }
            match self.poll_fill(cx) {
                Poll::Ready(Ok(0)) => return self.ended(),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => {
                    return self.fail(BodyError::new(Reason::ClientClosed, error.to_string()));
                }
                Poll::Pending => {
                    ready!(self.poll_body_timer(cx));
                    let slow = BodyError::new(Reason::BodyTimeout, "nothing more of the body came");
                    return self.fail(slow);
                }
            }
        }
    }

    fn ended(&mut self) -> Poll<Option<Result<Frame, BodyError>>> {
        self.fin = true;
        let Progress::Open { decoder, .. } = &mut self.body else { return Poll::Ready(None) };
        match decoder.on_eof() {
            Ok(()) => {
                self.body = Progress::Done;
                Poll::Ready(None)
            }
            Err(reject) => self.fail(reject.into()),
        }
    }

    fn fail(&mut self, error: BodyError) -> Poll<Option<Result<Frame, BodyError>>> {
        self.body = Progress::Failed;
        self.body_timer.clear();
        Poll::Ready(Some(Err(error)))
    }

    fn poll_body_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.body_timer.is_set() {
            let at = self.core.clock.now() + self.body_idle;
            self.body_timer.set(at);
        }
        let core = Arc::clone(&self.core);
        self.body_timer.poll(cx, &core.clock)
    }
}
