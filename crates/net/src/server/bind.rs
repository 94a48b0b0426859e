//! Taking the addresses: a socket a core for each, or those that were handed to the process.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};

use super::{ListenerConfig, ServerConfig};
use crate::metrics::Metrics;

/// An address that could not be taken.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {addr} for {name}")]
pub struct BindError {
    /// The listener's name.
    pub name: Arc<str>,
    /// Its address.
    pub addr: SocketAddr,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// Listeners whose addresses are taken; connections queue from here on.
#[derive(Debug)]
pub struct Bound {
    pub(super) config: ServerConfig,
    /// Sockets of every listener, one a core.
    pub(super) sockets: Vec<Vec<TcpListener>>,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) metrics: Metrics,
}

/// The listening sockets that this process was started with (`LISTEN_FDS`, as systemd and other
/// supervisors pass them).
pub fn inherited() -> io::Result<Vec<TcpListener>> {
    let mut handed = listenfd::ListenFd::from_env();
    let count = handed.len();
    (0..count).filter_map(|at| handed.take_tcp_listener(at).transpose()).collect()
}

// === impl ServerConfig ===

impl ServerConfig {
    /// Takes the addresses. A listener whose address is among `inherited` uses those sockets, and opens
    /// more beside them only if they are fewer than the cores.
    pub fn bind(mut self, inherited: Vec<TcpListener>) -> Result<Bound, BindError> {
        self.cores = self.cores.max(1);
        let mut handed: HashMap<SocketAddr, Vec<TcpListener>> = HashMap::new();
        for socket in inherited {
            if let Ok(addr) = socket.local_addr() {
                handed.entry(addr).or_default().push(socket);
            }
        }
        let (mut sockets, mut addresses) = (Vec::new(), Vec::new());
        for listener in &self.listeners {
            let given = handed.remove(&listener.addr).unwrap_or_default();
            let error = |source| BindError { name: listener.name.clone(), addr: listener.addr, source };
            let (opened, addr) = open_all(listener, given, self.cores).map_err(error)?;
            sockets.push(opened);
            addresses.push(addr);
        }
        let names = self.listeners.iter().map(|listener| listener.name.clone());
        let metrics = Metrics::new(names, self.cores);
        Ok(Bound { config: self, sockets, addresses, metrics })
    }
}

// === impl Bound ===

impl Bound {
    /// The name and the address, with its true port, of every listener.
    pub fn addresses(&self) -> Vec<(Arc<str>, SocketAddr)> {
        let names = self.config.listeners.iter().map(|listener| listener.name.clone());
        names.zip(self.addresses.iter().copied()).collect()
    }

    /// The listeners' counters.
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }
}

/// A socket for each core. Inherited ones may not have been opened for sharing: then the cores share
/// what there is.
fn open_all(
    listener: &ListenerConfig,
    mut sockets: Vec<TcpListener>,
    cores: usize,
) -> io::Result<(Vec<TcpListener>, SocketAddr)> {
    let mut addr = listener.addr;
    for socket in &sockets {
        socket.set_nonblocking(true)?;
    }
    let given = sockets.len();
    if given == 0 && addr.port() != 0 {
        // Sockets that share a port take it beside another process's too; one that does not tells.
        drop(TcpListener::bind(addr)?);
    }
    while sockets.len() < cores {
        match open(addr, listener.backlog) {
            Ok(socket) => sockets.push(socket),
            Err(_) if given > 0 => {
                let share = sockets.len() % given;
                let Some(copy) = sockets.get(share).map(TcpListener::try_clone) else { break };
                sockets.push(copy?);
            }
            Err(error) => return Err(error),
        }
        if let Some(first) = sockets.first() {
            addr = first.local_addr()?;
        }
    }
    // more were handed over than there are cores: none may stay unserved
    Ok((sockets, addr))
}

fn open(addr: SocketAddr, backlog: i32) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    if addr.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(backlog)?;
    Ok(socket.into())
}
