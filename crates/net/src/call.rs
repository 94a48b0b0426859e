//! What passes between a listener and the one function that answers calls.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use base::Nanos;
use message::{Body, Reason, RequestHead, ResponseHead, Scheme, Version};

use crate::{Interim, Tunnel};

/// One request, as a listener hands it on.
#[derive(Debug)]
pub struct Call {
    /// The head. Of HTTP/1 the hop-by-hop fields are still there; see `http1::hop::strip`.
    pub head: RequestHead,
    /// The body; it is read from the connection as it is pulled.
    pub body: Body,
    /// The connection it came by.
    pub conn: Arc<ConnInfo>,
    /// When the first byte of the head was read.
    pub started: Nanos,
    /// The client wants to change the protocol.
    pub upgrade: Option<Upgrade>,
    /// The way back for interim answers.
    pub interim: Interim,
    /// The core that serves the connection.
    pub core: usize,
}

/// A wish to change the protocol of a connection (RFC 9110 §7.8) or a stream (RFC 8441).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The protocol asked for, such as `websocket`.
    pub protocol: Box<str>,
    /// It came as an extended CONNECT of HTTP/2. The head was turned into the equal HTTP/1.1 `GET`.
    pub extended_connect: bool,
}

/// A client's connection.
#[derive(Clone, Debug)]
pub struct ConnInfo {
    /// Number of the connection in this process.
    pub id: u64,
    /// The other end.
    pub peer: SocketAddr,
    /// Our end.
    pub local: SocketAddr,
    /// The name of the listener.
    pub listener: Arc<str>,
    /// What the handshake agreed on, where there was one.
    pub tls: Option<TlsInfo>,
    /// When it was accepted.
    pub opened: Nanos,
}

/// What a TLS handshake agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsInfo {
    /// The name that the client asked for (RFC 6066 §3).
    pub sni: Option<Box<str>>,
    /// `1.2` or `1.3`.
    pub version: &'static str,
    /// The protocol agreed on (RFC 7301).
    pub alpn: Option<Box<str>>,
    /// The cipher suite's name.
    pub cipher: Option<&'static str>,
}

/// The answer to a call.
#[derive(Debug)]
pub struct Reply {
    /// The final head. Framing, `Connection` and `Date` are written by the listener.
    pub head: ResponseHead,
    /// The body, pulled as the client takes it.
    pub body: Body,
    /// After `101`: what the client shall be joined to.
    pub tunnel: Option<Box<Tunnel>>,
    /// Close the connection after this answer.
    pub close: bool,
    /// Why whoever answers calls has refused this one: what it says is its own, and no upstream's.
    pub refused: Option<Reason>,
}

/// A request that never became a call: malformed, too slow, or not accepted. The connection is closed
/// after the answer.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// The rule that was broken, for the record and the answer.
    pub detail: Cow<'static, str>,
    /// The connection.
    pub conn: Arc<ConnInfo>,
    /// When the first byte of the request was read, or the connection was accepted.
    pub started: Nanos,
    /// The protocol spoken.
    pub version: Version,
    /// The head, where it could be read.
    pub head: Option<RequestHead>,
    /// The core that serves the connection.
    pub core: usize,
}

/// Answers calls. One is made per core.
pub trait Handler: Clone + Send + Sync + 'static {
    /// Answers one call. The future is dropped when the client is gone. It lies in the task of every
    /// connection, idle ones too, so that it should stay below 8 KiB.
    fn handle(&self, call: Call) -> impl Future<Output = Reply> + Send;

    /// Records a request that cannot be served and makes the answer.
    fn refused(&self, refused: Refused) -> Reply;

    /// A connection was accepted, and its handshake done where there is one.
    fn opened(&self, _conn: &Arc<ConnInfo>) {}

    /// A connection has ended.
    fn closed(&self, _conn: &Arc<ConnInfo>) {}
}

// === impl ConnInfo ===

impl ConnInfo {
    /// The scheme that this connection speaks.
    pub fn scheme(&self) -> Scheme {
        if self.tls.is_some() { Scheme::Https } else { Scheme::Http }
    }
}

// === impl Reply ===

impl Reply {
    /// An answer with a body.
    pub fn new(head: ResponseHead, body: Body) -> Self {
        Self { head, body, tunnel: None, close: false, refused: None }
    }

    /// The upstream changed the protocol; the client shall be joined to it.
    pub fn switched(head: ResponseHead, tunnel: Box<Tunnel>) -> Self {
        Self { head, body: Body::empty(), tunnel: Some(tunnel), close: true, refused: None }
    }
}

// === impl Refused ===

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.code(), self.detail)
    }
}
