//! The simulator as a provider, on a thread of its own.

use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::client::Raw;

/// A running simulator; ends when it is dropped.
pub(crate) struct Vendor {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

// === impl Vendor ===

impl Vendor {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let config = simulate::Config { latency: simulate::Latency::None, ..simulate::Config::default() };
            let ended = async move { drop(stopped.await) };
            runtime.block_on(config.build().serve_std(listener, ended)).unwrap();
        });
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    /// How many requests an endpoint had, by its method and path.
    pub(crate) fn count(&self, endpoint: &str) -> u64 {
        let asked = "GET /_simulate/stats HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let stats = Raw::connect(self.address).send(asked).answer().json();
        stats["endpoints"][endpoint]["count"].as_u64().unwrap_or_default()
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
