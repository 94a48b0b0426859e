//! Serving the router on a listener. Clients that dawdle are let go: one that sends its head or body drop
//! by drop, or holds a connection without asking, must not use up what others need.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long to wait where the system has no more descriptors.
const BREATHE: Duration = Duration::from_secs(1);

/// What a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// From accepting a connection, or from the last answer on it, to the end of a request's head.
    pub head: Duration,
    /// Connections open at once; more wait to be accepted.
    pub connections: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { head: Duration::from_secs(30), connections: 1024 }
    }
}

/// Serves until `shutdown`, then finishes what is under way. HTTP without TLS: for loopback, or behind a
/// proxy that speaks TLS.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(bounds.connections));
    let (connections, tasks) = (GracefulShutdown::new(), TaskTracker::new());
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(bounds.head);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let (socket, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = shutdown.cancelled() => break,
        };
        let router = router.clone();
        let service = service_fn(move |request| call(router.clone(), request, peer));
        let connection = connections.watch(server.serve_connection(TokioIo::new(socket), service));
        tasks.spawn(async move {
            // How a connection ends is the client's affair.
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a connection to the admin address broke");
            }
            drop(place);
        });
    }
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

/// The next connection. What fails does so for one client, or for want of descriptors that others give back.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        let error = match listener.accept().await {
            Ok((socket, peer)) => match socket.set_nodelay(true) {
                Ok(()) => return (socket, peer),
                Err(error) => error,
            },
            Err(error) => error,
        };
        let gone = [
            io::ErrorKind::ConnectionRefused,
            io::ErrorKind::ConnectionAborted,
            io::ErrorKind::ConnectionReset,
        ];
        if !gone.contains(&error.kind()) {
            tracing::error!(error = %error, "cannot accept on the admin address");
            tokio::time::sleep(BREATHE).await;
        }
    }
}

async fn call(
    router: Router,
    mut request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<http::Response<Body>, std::convert::Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    TowerToHyperService::new(router).call(request).await
}
