//! Counters of the listeners. Each core counts for itself, so that counting never makes two cores
//! wait for one cache line; reading adds up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// What a listener has done since the start, all cores together. Plain counters but for `active`.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct ListenerMetrics {
            /// The listener's name.
            pub name: Arc<str>,
            $($(#[doc = $doc])* pub $name: u64,)*
        }

        /// One listener's counters on one core.
        #[derive(Debug, Default)]
        pub(crate) struct Counters { $(pub(crate) $name: Counter,)* }

        impl ListenerMetrics {
            fn add(&mut self, counters: &Counters) {
                $(self.$name = self.$name.wrapping_add(counters.$name.get());)*
            }
        }
    };
}

counters! {
    /// Connections accepted.
    accepted,
    /// Connections open now.
    active,
    /// Connections turned away because as many as allowed were open.
    refused,
    /// TLS handshakes that failed or took too long.
    tls_failed,
    /// Requests handed on.
    requests,
    /// Requests that were malformed or whose head took too long.
    malformed,
    /// Bytes of HTTP/1 and of tunnels read, after TLS.
    bytes_in,
    /// Bytes of HTTP/1 and of tunnels written, before TLS.
    bytes_out,
    /// Connections that spoke HTTP/2.
    h2_connections,
    /// HTTP/2 connections closed for burning resources.
    abused,
}

/// A counter written by one core.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

/// Reads the counters of all listeners; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    listeners: Arc<[Cores]>,
}

/// One listener's counters on all cores.
#[derive(Debug)]
struct Cores {
    name: Arc<str>,
    cores: Box<[Arc<Counters>]>,
}

// === impl Counter ===

impl Counter {
    /// Adds to it.
    pub(crate) fn add(&self, by: u64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// Takes from it.
    pub(crate) fn sub(&self, by: u64) {
        self.0.fetch_sub(by, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

// === impl Metrics ===

impl Metrics {
    pub(crate) fn new(names: impl Iterator<Item = Arc<str>>, cores: usize) -> Self {
        let listener = |name| Cores { name, cores: (0..cores).map(|_| Arc::default()).collect() };
        Self { listeners: names.map(listener).collect() }
    }

    pub(crate) fn counters(&self, listener: usize, core: usize) -> Arc<Counters> {
        let listener = self.listeners.get(listener);
        listener.and_then(|listener| listener.cores.get(core)).cloned().unwrap_or_default()
    }

    /// The counters of every listener as they stand now, in the order of configuration.
    pub fn read(&self) -> Vec<ListenerMetrics> {
        let sum = |listener: &Cores| {
            let name = Arc::clone(&listener.name);
            let mut metrics = ListenerMetrics { name, ..ListenerMetrics::default() };
            listener.cores.iter().for_each(|counters| metrics.add(counters));
            metrics
        };
        self.listeners.iter().map(sum).collect()
    }
}
