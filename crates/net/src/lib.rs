//! The edge of the process: listeners and connections towards clients, the pooled client towards
//! upstreams, TLS on both sides. Speaks the types of `message`; knows no routes, policies or records.
#![warn(missing_docs)]

mod call;
mod client;
mod core;
mod h1;
mod h2;
mod interim;
mod io;
mod metrics;
mod out;
mod sending;
mod server;
mod session;
mod timer;
mod tls;
mod tunnel;
pub mod websocket;

pub use call::{Call, ConnInfo, Handler, Refused, Reply, TlsInfo, Upgrade};
pub use client::{
    Client, ClientConfig, ClientTimeouts, Receipt, Received, Response, SendError, SendOptions, Target,
    TargetConfig,
};
pub use interim::Interim;
pub use metrics::{ListenerMetrics, Metrics};
pub use server::{
    BindError, Bound, CorePanicked, H2Limits, HalfClose, ListenerConfig, Running, ServerConfig,
    ServerTimeouts, Shutdown, inherited,
};
pub use session::{Drain, Running as RunningSession, Session};
pub use tls::{Alpn, Certificate, TlsAcceptor, TlsConnector, TlsError};
pub use tunnel::{Tunnel, TunnelIo};
