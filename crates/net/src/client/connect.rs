//! A new connection: name, TCP, TLS.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use message::Reason;
use tokio::net::TcpStream;
use tokio::time::timeout;
use trace::Attempt;

use super::error::Fault;
use super::pool::Conn;
use super::target::Target;
use super::{ClientTimeouts, Shared};
use crate::io::Io;

/// An address is given at least this long before the next is tried.
const LEAST: Duration = Duration::from_millis(250);

/// Connects and stamps the phases it took.
pub(super) async fn connect(
    shared: &Shared,
    target: &Target,
    timeouts: &ClientTimeouts,
    attempt: &mut Attempt,
) -> Result<Box<Conn>, Fault> {
    let clock = &shared.clock;
    let started = clock.now();
    let (addresses, asked) = shared.resolver.resolve(target, clock, timeouts.dns).await?;
    let resolved = clock.now();
    if asked {
        attempt.phases.dns = resolved.micros_since(started);
    }
    let opened = open(&addresses, target.port(), timeouts.connect, attempt).await;
    let connected = clock.now();
    attempt.phases.connect = connected.micros_since(resolved);
    let (tcp, peer) = opened?;
    // small requests must not wait for acknowledgements; a socket that refuses the option works as well
    tcp.set_nodelay(true).ok();
    let Some((tls, name)) = target.tls() else {
        return Ok(Conn::new(Io::Plain(tcp), peer));
    };
    let name = name.cloned().ok_or_else(|| Fault::new(Reason::TlsFailed, "the TLS name is no host name"))?;
    let shaken = timeout(timeouts.tls, tls.connect(name, tcp)).await;
    attempt.phases.tls = clock.now().micros_since(connected);
    match shaken {
        Ok(Ok(stream)) => Ok(Conn::new(Io::Client(Box::new(stream)), peer)),
        Ok(Err(error)) => Err(Fault::new(Reason::TlsFailed, error.to_string())),
        Err(_) => Err(Fault::new(Reason::ConnectTimeout, "the TLS handshake took too long")),
    }
}

/// Tries the addresses in order; each gets its share of the time that is left.
async fn open(
    addresses: &[IpAddr],
    port: u16,
    mut left: Duration,
    attempt: &mut Attempt,
) -> Result<(TcpStream, SocketAddr), Fault> {
    let mut fault = Fault::new(Reason::ConnectFailed, "the target has no address");
    for (at, &address) in addresses.iter().enumerate() {
        let others = u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        let share = (left / others).max(LEAST).min(left);
        let peer = SocketAddr::new(address, port);
        attempt.peer = Some(peer);
        fault = match timeout(share, TcpStream::connect(peer)).await {
            Ok(Ok(tcp)) => return Ok((tcp, peer)),
            Ok(Err(error)) => Fault::new(Reason::ConnectFailed, error.to_string()),
            Err(_) => {
                left = left.saturating_sub(share);
                Fault::new(Reason::ConnectTimeout, "the target did not take the connection in time")
            }
        };
    }
    Err(fault)
}
