//! Listeners: one socket a core for each address, connections served where they were accepted.

mod accept;
mod bind;
mod run;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base::Clock;
use http1::Limits;

pub use bind::{BindError, Bound, inherited};
pub use run::{CorePanicked, Running, Shutdown};

use crate::tls::TlsAcceptor;

/// What to listen on, and by how many cores.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The listeners.
    pub listeners: Vec<ListenerConfig>,
    /// Threads, each with a runtime, sockets and connections of its own; at least one.
    pub cores: usize,
    /// The clock for deadlines and `Date`.
    pub clock: Clock,
    /// How long requests under way may go on after a drain began.
    pub drain: Duration,
}

/// One address to listen on.
#[derive(Clone, Debug)]
pub struct ListenerConfig {
    /// Its name in records and metrics.
    pub name: Arc<str>,
    /// The address; port 0 takes a free one.
    pub addr: SocketAddr,
    /// Speak TLS, with these certificates.
    pub tls: Option<TlsAcceptor>,
    /// Bounds of a head.
    pub limits: Limits,
    /// How long each step may take.
    pub timeouts: ServerTimeouts,
    /// Connections open at once, all cores together.
    pub max_connections: usize,
    /// Bounds of an HTTP/2 connection.
    pub h2: H2Limits,
    /// What it means that a client ends its sending side while it waits for an answer.
    pub half_close: HalfClose,
    /// Connections that may wait to be accepted, per core.
    pub backlog: i32,
}

/// How long each step with a client may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerTimeouts {
    /// The TLS handshake.
    pub handshake: Duration,
    /// From the first byte of a head, or from accepting, to its end.
    pub head: Duration,
    /// Between two requests.
    pub keep_alive: Duration,
    /// Between two pieces of a request's body, while it is being pulled.
    pub body_idle: Duration,
    /// While an answer waits to be taken.
    pub write_idle: Duration,
}

/// Bounds of an HTTP/2 connection (RFC 9113 §10.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct H2Limits {
    /// Requests under way at once.
    pub max_streams: u32,
    /// Flow-control window of one request's body, in bytes.
    pub stream_window: u32,
    /// Flow-control window of the connection, in bytes.
    pub connection_window: u32,
    /// Requests reset by the client that may lie unanswered before the connection is closed.
    pub max_pending_resets: usize,
    /// Errors of the client's streams before the connection is closed.
    pub max_stream_errors: usize,
    /// Unanswered requests that the client may reset, beyond those that it let be answered, before the
    /// connection is closed.
    pub max_resets: u32,
}

/// What a client's half-close means while its request is being answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HalfClose {
    /// It still reads: the answer is finished (RFC 9112 §9.6).
    #[default]
    Serve,
    /// It is gone: the call is cancelled.
    Cancel,
}

// === impl ListenerConfig ===

impl ListenerConfig {
    /// A plain listener with the defaults.
    pub fn new(name: impl Into<Arc<str>>, addr: SocketAddr) -> Self {
        Self {
            name: name.into(),
            addr,
            tls: None,
            limits: Limits::default(),
            timeouts: ServerTimeouts::default(),
            max_connections: 65_536,
            h2: H2Limits::default(),
            half_close: HalfClose::default(),
            backlog: 4_096,
        }
    }
}

// === impl ServerTimeouts ===

impl Default for ServerTimeouts {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(15),
            keep_alive: Duration::from_secs(75),
            body_idle: Duration::from_secs(30),
            write_idle: Duration::from_mins(1),
        }
    }
}

// === impl H2Limits ===

impl Default for H2Limits {
    fn default() -> Self {
        Self {
            max_streams: 128,
            stream_window: 256 * 1024,
            connection_window: 1024 * 1024,
            max_pending_resets: 20,
            max_stream_errors: 256,
            max_resets: 200,
        }
    }
}
