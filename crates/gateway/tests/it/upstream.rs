//! Upstreams that do what a script says.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::client::Raw;

/// An upstream; every connection has a thread.
pub(crate) struct Upstream {
    pub(crate) addr: SocketAddr,
    connections: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

impl Upstream {
    /// Serves each connection by `script`, which is told the number of the connection, 0 for the first.
    pub(crate) fn start(script: impl Fn(usize, &mut Raw) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let stopped = Arc::new(AtomicBool::new(false));
        let (counter, stop) = (Arc::clone(&connections), Arc::clone(&stopped));
        let script = Arc::new(script);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let number = counter.fetch_add(1, Ordering::SeqCst);
                let script = Arc::clone(&script);
                std::thread::spawn(move || script(number, &mut Raw::over(stream.unwrap())));
            }
        });
        Self { addr, connections, stopped }
    }

    /// Answers every request on every connection with `answer`.
    pub(crate) fn fixed(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::start(move |_, conn| {
            while conn.try_request().is_some() {
                conn.send(&answer);
            }
        })
    }

    /// Reads a request, sends `bytes` and closes.
    pub(crate) fn once(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |_, conn| {
            conn.try_request();
            conn.send(&bytes);
        })
    }

    /// Answers every request with its own head, as it came, in the body.
    pub(crate) fn mirror() -> Self {
        Self::start(|_, conn| {
            while let Some(head) = conn.try_request() {
                conn.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len()));
            }
        })
    }

    /// An address at which nobody listens.
    pub(crate) fn nobody() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    /// How many connections came so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // the listener's thread wakes up and ends
        drop(std::net::TcpStream::connect(self.addr));
    }
}
