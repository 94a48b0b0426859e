//! Accepting connections on one socket, and starting each.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use message::{Reason, Version};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::call::{ConnInfo, Handler, Refused};
use crate::core::{Core, Listener};
use crate::io::{Io, Rewind};
use crate::{h1, h2};

/// How long to wait when the process has no descriptor left for a connection.
const BREATHER: Duration = Duration::from_millis(50);

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// Counts a listener's connections over all cores.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) open: AtomicUsize,
}

/// One connection's place; given back when it ends.
struct Place<H: Handler> {
    gate: Arc<Gate>,
    listener: Arc<Listener>,
    told: Option<(H, Arc<ConnInfo>)>,
}

/// Accepts until a drain begins; then once more all that queued before it.
pub(super) async fn run<H: Handler>(
    socket: std::net::TcpListener,
    listener: Arc<Listener>,
    gate: Arc<Gate>,
    core: Arc<Core>,
    handler: H,
    drain: CancellationToken,
) {
    // a socket that the runtime does not take cannot be served by anyone
    let Ok(socket) = TcpListener::from_std(socket) else { return };
    let mut drain = pin!(drain.cancelled());
    loop {
        let accepted = std::future::poll_fn(|cx| match socket.poll_accept(cx) {
            Poll::Ready(accepted) => Poll::Ready(Some(accepted)),
            Poll::Pending => drain.as_mut().poll(cx).map(|()| None),
        });
        match accepted.await {
            None => return,
            Some(Ok((tcp, peer))) => start(tcp, peer, &listener, &gate, &core, &handler),
            Some(Err(error)) if is_of_one_connection(&error) => {}
            Some(Err(_)) => tokio::time::sleep(BREATHER).await,
        }
    }
}

/// The connection was gone before it was accepted; the socket is well.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

fn start<H: Handler>(
    tcp: TcpStream,
    peer: SocketAddr,
    listener: &Arc<Listener>,
    gate: &Arc<Gate>,
    core: &Arc<Core>,
    handler: &H,
) {
    let info = ConnInfo {
        id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
        peer,
        local: tcp.local_addr().unwrap_or(listener.config.addr),
        listener: Arc::clone(&listener.config.name),
        tls: None,
        opened: core.clock.now(),
    };
    // small answers must not wait for acknowledgements; a socket that refuses the option works as well
    tcp.set_nodelay(true).ok();
    let (listener, core, handler) = (Arc::clone(listener), Arc::clone(core), handler.clone());
    let Some(place) = Place::take(gate, &listener) else {
        let conn = Arc::new(info);
        return turn_away(&tcp, conn, &listener, &core, &handler);
    };
    let tasks = core.tasks.clone();
    tasks.spawn(serve(tcp, info, place, listener, core, handler));
}

/// As many connections as allowed are open: says so, where that can be said at once, and closes.
fn turn_away<H: Handler>(
    tcp: &TcpStream,
    conn: Arc<ConnInfo>,
    listener: &Listener,
    core: &Core,
    handler: &H,
) {
    listener.counters.refused.add(1);
    if listener.config.tls.is_some() {
        return;
    }
    let detail = "as many connections as allowed are open".into();
    let (started, version) = (conn.opened, Version::Http11);
    let reason = Reason::Overloaded;
    let refused = Refused { reason, detail, conn, started, version, head: None, core: core.id };
    let mut reply = handler.refused(refused);
    let content = reply.body.take_full().unwrap_or_default();
    let mut answer = Vec::with_capacity(1024);
    let framing = http1::Framing::Length(content.len() as u64);
    let date = core.date(core.clock.now());
    http1::encode::response_head(&mut answer, &reply.head, framing, http1::Connection::Close, version, &date);
    answer.extend_from_slice(&content);
    // a fresh socket takes this much at once; if not, the close says enough
    tcp.try_write(&answer).ok();
}

async fn serve<H: Handler>(
    tcp: TcpStream,
    mut info: ConnInfo,
    mut place: Place<H>,
    listener: Arc<Listener>,
    core: Arc<Core>,
    handler: H,
) {
    let (io, info) = match &listener.config.tls {
        None => (Io::Plain(tcp), info),
        Some(tls) => {
            let accepting = Box::pin(tls.accept(tcp));
            match tokio::time::timeout(listener.config.timeouts.handshake, accepting).await {
                Ok(Ok((stream, agreed))) => {
                    info.tls = Some(agreed);
                    (Io::Server(Box::new(stream)), info)
                }
                _ => return listener.counters.tls_failed.add(1),
            }
        }
    };
    let conn = Arc::new(info);
    handler.opened(&conn);
    place.told = Some((handler.clone(), Arc::clone(&conn)));
    let _registered = core.register(conn.id).await;
    let is_h2 = conn.tls.as_ref().is_some_and(|tls| tls.alpn.as_deref() == Some("h2"));
    let h2_io = if is_h2 {
        Some(Rewind::new(bytes::Bytes::new(), io))
    } else {
        let (conn, listener, core) = (Arc::clone(&conn), Arc::clone(&listener), Arc::clone(&core));
        h1::serve(handler.clone(), conn, listener, core, io).await
    };
    if let Some(io) = h2_io {
        Box::pin(h2::serve(handler, conn, listener, core, io)).await;
    }
}

// === impl Place ===

impl<H: Handler> Place<H> {
    fn take(gate: &Arc<Gate>, listener: &Arc<Listener>) -> Option<Self> {
        listener.counters.accepted.add(1);
        if gate.open.fetch_add(1, Ordering::Relaxed) >= listener.config.max_connections {
            gate.open.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        listener.counters.active.add(1);
        Some(Self { gate: Arc::clone(gate), listener: Arc::clone(listener), told: None })
    }
}

impl<H: Handler> Drop for Place<H> {
    fn drop(&mut self) {
        self.gate.open.fetch_sub(1, Ordering::Relaxed);
        self.listener.counters.active.sub(1);
        if let Some((handler, conn)) = self.told.take() {
            handler.closed(&conn);
        }
    }
}
